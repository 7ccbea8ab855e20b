"""Content of an executed notebook -> one self-contained HTML page, well-formed. Imports content."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.metadata import version

import jinja2
from lxml import etree
from markupsafe import Markup

from partybuilding.publish.export.content import Content

_WORDS = {
    "vi": {"skip": "Đến nội dung", "contents": "Mục lục"},
    "en": {"skip": "Skip to content", "contents": "Contents"},
}


@cache
def _template() -> tuple[jinja2.Template, str]:
    here = resources.files("partybuilding.publish.export")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(here.joinpath("page.html.j2").read_text(encoding="utf-8"))
    return template, here.joinpath("page.css").read_text(encoding="utf-8")


def html_page(content: Content) -> str:
    """Return the report as one HTML page that asks nothing of any server."""
    template, css = _template()
    entries = []
    for part in content.parts:
        for heading in etree.fromstring(part.encode()).iter("h2", "h3", "h4"):
            section = heading.getparent()
            if section is not None and section.get("id"):
                entries.append((section.get("id"), "".join(heading.itertext()), heading.tag[1]))
    head, *parts = (Markup(part) for part in content.parts)  # noqa: S704 (checked by content)
    return template.render(
        report=content.report,
        words=_WORDS[content.report["lang"]],
        head=head,
        parts=parts,
        contents=entries,
        css=Markup(css),  # noqa: S704 (our own file)
        version=version("partybuilding"),
    )
