"""What all pages have in common: fonts, style, script, templates. Imports nothing of the library."""

from __future__ import annotations

import base64
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup

_FONT = (
    '@font-face {{ font-family: "Be Vietnam Pro"; font-weight: {weight}; font-display: swap; '
    'src: url(data:font/woff2;base64,{data}) format("woff2"); }}'
)


def _own(name: str) -> str:
    return resources.files("partybuilding.publish.export").joinpath(name).read_text(encoding="utf-8")


@cache
def style(*sheets: str) -> Markup:
    """Return the fonts, as part of the page, and the named style sheets."""
    fonts = resources.files("partybuilding") / "fonts"
    faces = [
        _FONT.format(weight=weight, data=base64.b64encode((fonts / f"BeVietnamPro-{name}.woff2").read_bytes()).decode())
        for weight, name in (("400", "Regular"), ("600 700", "SemiBold"))
    ]
    return Markup("\n".join([*faces, *map(_own, sheets)]))  # noqa: S704 (our own files)


@cache
def script() -> Markup:
    """Return the one script of all pages; they are whole without it."""
    return Markup(_own("page.js"))  # noqa: S704 (our own file)


@cache
def template(name: str) -> jinja2.Template:
    """Return a page template."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_own(name))
