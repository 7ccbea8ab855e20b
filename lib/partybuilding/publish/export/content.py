"""What an executed notebook hands over: the record, and the HTML of its display objects.

Accepts only what the library's display objects give, and fails by name on anything else. Imports errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from partybuilding.errors import UserError

REPORT_MIME = "application/vnd.partybuilding.report+json"
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = set(
    "a aside br caption col colgroup details div em figcaption figure footer h1 h2 h3 h4 header li ol p section "  # noqa: SIM905
    "strong summary sup table tbody td tfoot th thead tr ul".split()
)
ATTRIBUTES = {"id", "class", "scope", "style", "href", "lang"}
_WIDTH = re.compile(r"width:\d+(\.\d+)?%")
_LINK = re.compile(r"#[\w-]+|https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Content:
    """The record of a report and its parts as HTML, in the order of the notebook's cells."""

    record: dict[str, Any]
    parts: tuple[str, ...]

    @property
    def report(self) -> dict[str, Any]:
        """The head of the record: notebook, province, period, lang, title, as_of."""
        head: dict[str, Any] = self.record["report"]
        return head


def of_notebook(notebook: Any, strict: bool = True) -> Content:
    """Return the content of an executed notebook; UserError where it is unfinished, failed, or shows something else.

    Not `strict`, what is not of the report is left out: an analyst's own tables, prints and widgets.
    """
    record: dict[str, Any] | None = None
    parts: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                raise UserError("not_a_report", problem=f"[{number}] {output.ename}: {output.evalue}")
            if output.output_type == "stream":
                if not strict:
                    continue
                raise UserError("not_a_report", problem=f"[{number}] {output.name}: {output.text.strip()[:80]}")
            bundle = output.get("data", {})
            if REPORT_MIME in bundle:
                record = bundle[REPORT_MIME]
            elif "text/html" in bundle and (strict or _known(bundle["text/html"])):
                parts.append(checked(bundle["text/html"]))
            elif bundle and strict:
                raise UserError("not_a_report", problem=f"[{number}] {', '.join(bundle)}")
    if record is None or not parts:
        raise UserError("not_a_report", problem=REPORT_MIME)
    return Content(record, tuple(parts))


def _known(html: str) -> bool:
    try:
        return bool(checked(html))
    except UserError:
        return False


@lru_cache(64)  # the glossary is that of the report before
def checked(html: str) -> str:
    """Return `html` if it is well-formed and made of known elements only; UserError names the first other one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(html.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise UserError("markup_unknown", value=str(error)[:80]) from None
    for node in root.iter():
        if not isinstance(node.tag, str):
            raise UserError("markup_unknown", value=str(node)[:80])
        if node.tag.startswith(SVG):
            _check_svg(node)
            continue
        if node.tag not in ELEMENTS:
            raise UserError("markup_unknown", value=node.tag)
        for name, value in node.attrib.items():
            bad_style = name == "style" and not _WIDTH.fullmatch(value)
            bad_link = name == "href" and not _LINK.fullmatch(value)
            if name not in ATTRIBUTES or bad_style or bad_link:
                raise UserError("markup_unknown", value=f"{node.tag} {name}={value}"[:80])
    return html


def _check_svg(node: Any) -> None:
    name = node.tag.removeprefix(SVG)
    if name.lower() in ("script", "foreignobject", "image", "a", "animate", "set"):
        raise UserError("markup_unknown", value=f"svg {name}")
    for key, value in node.attrib.items():
        if key.lower().startswith("on") or (key.endswith("href") and not value.startswith("#")):
            raise UserError("markup_unknown", value=f"svg {name} {key}")
