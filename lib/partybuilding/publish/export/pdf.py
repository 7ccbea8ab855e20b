"""The HTML page of a report -> Typst -> PDF (PDF/UA-1 and PDF/A-2a in one file). Imports errors.

Knows exactly the elements that the display objects give. Text goes into Typst as string literals, never as markup.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import pikepdf
import typst
from lxml import etree

from partybuilding.errors import UserError

_XHTML = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"
_INLINE = {"strong": "strong", "em": "emph", "sup": "super"}
_BLOCKS = {"headline": "headline", "grounds": "grounds"}
LONG_CELL = 300  # characters: a longer cell may run over a page, so that no page ends half empty
_HEAD_PARTS = ("superior", "issuer", "number", "draft", "party", "place-date", "title", "excerpt", "mark")


def _string(text: str) -> str:
    """Return `text` as a Typst string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{{{ord(m[0]):x}}}", escaped) + '"'


def _name(node: Any) -> str:
    return str(node.tag).removeprefix(_XHTML)


def _classes(node: Any) -> list[str]:
    return (node.get("class") or "").split()


def _text(node: Any) -> str:
    return "".join(node.itertext())


def _words(text: str | None) -> str:
    """Return running text as Typst content; white space folds as in HTML."""
    return "#" + _string(re.sub(r"[ \t\r\n\f]+", " ", text)) if text else ""


class _Converter:
    """HTML elements -> Typst markup; fails by name on any other element."""

    def inline(self, node: Any) -> str:
        parts = [_words(node.text)]
        for child in node:
            name = _name(child)
            if name == "br":
                parts.append("#linebreak()")
            elif name == "a":
                target = child.get("href", "")
                body = self.inline(child)
                parts.append(body if target.startswith("#") else f"#link({_string(target)})[{body}]")
            elif name in _INLINE:
                parts.append(f"#{_INLINE[name]}[{self.inline(child)}]")
            else:
                raise UserError("markup_unknown", value=name)
            parts.append(_words(child.tail))
        return "".join(parts)

    def blocks(self, node: Any) -> str:
        if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
            raise UserError("markup_unknown", value=f"{_name(node)}> text <")
        return "\n\n".join(filter(None, (self.block(child) for child in node)))

    def block(self, node: Any) -> str:
        name, classes = _name(node), _classes(node)
        match name:
            case "header":
                parts = {role: child for child in node for role in _classes(child) if role in _HEAD_PARTS}
                if len(parts) < len(node):
                    raise UserError(
                        "markup_unknown",
                        value="header " + ", ".join(role for child in node for role in _classes(child)),
                    )
                given = [f"{role}: {_string(_text(parts[role]))}" for role in _HEAD_PARTS if role in parts]
                return f"#head({', '.join(given)})"
            case "footer":
                return self.foot(node)
            case "section":
                fresh = "#pagebreak(weak: true)\n\n" if node.get("id") == "appendix" or "fresh" in classes else ""
                return fresh + self.blocks(node)
            case "h2" | "h3" | "h4":
                return f"#heading(level: {int(name[1]) - 1})[#{_string(_text(node))}]"
            case "p":
                special = next((_BLOCKS[c] for c in classes if c in _BLOCKS), None)
                following = node.getnext()
                if not special and following is not None and _name(following) == "div":
                    special = "lead-in"
                return f"#{special or 'par'}[{self.inline(node)}]"
            case "ul" | "ol":
                items = [
                    f"[{self.blocks(item) if len(item) and _name(item[0]) == 'p' else self.inline(item)}]"
                    for item in node
                ]
                return f"#{'list' if name == 'ul' else 'enum'}({', '.join(items)})"
            case "div" if "notes" in classes:
                return f"#notes[{self.blocks(node)}]"
            case "div" | "aside":
                return self.blocks(node)
            case "table":
                return self.table(node)
            case "figure":
                return self.figure(node)
            case "nav":
                return ""
        raise UserError("markup_unknown", value=name)

    def foot(self, node: Any) -> str:
        lines = [(_classes(child)[0], _string(_text(child))) for child in node]
        recipients = "".join(f"{text}, " for role, text in lines if role == "recipient")
        named = {role: text for role, text in lines if role != "recipient"}
        return f"#foot(recipients: ({recipients}), {', '.join(f'{role}: {text}' for role, text in named.items())})"

    def table(self, node: Any) -> str:
        def part(name: str) -> Any:
            return node.find(f"{_XHTML}{name}")

        names = [_name(child) for child in node]
        if names != ["caption", "colgroup", "thead", "tbody"] or len(part("thead")) != 1:
            raise UserError("markup_unknown", value=f"table: {', '.join(names)}")
        widths = [float(re.findall(r"[\d.]+", column.get("style", "width:10%"))[0]) for column in part("colgroup")]
        head_row = part("thead")[0]
        aligns = ["right" if "number" in _classes(cell) else "left" for cell in head_row]
        head = ", ".join(f"[#strong[{self.inline(cell)}]]" for cell in head_row)
        rows = ["".join(f"{self.cell(cell)}, " for cell in row) for row in part("tbody")]
        columns = ", ".join(f"{width}fr" for width in widths)
        caption = f"[{self.inline(part('caption'))}]"
        body = "\n".join(rows)
        return f"#report-table({caption}, ({columns},), ({', '.join(aligns)},), ({head},),\n{body})"

    def cell(self, cell: Any) -> str:
        text = self.inline(cell)
        if {"met", "close", "not_met", "undetermined"} & set(_classes(cell)):
            return f"[#strong[{text}]]"
        return f"table.cell(breakable: true)[{text}]" if len(_text(cell)) > LONG_CELL else f"[{text}]"

    def figure(self, node: Any) -> str:
        chart, caption = node.find(f"{_SVG}svg"), node.find(f"{_XHTML}figcaption")
        source = etree.tostring(chart, encoding="unicode", with_tail=False)
        return f"#chart({_string(source)}, {_string(chart.get('aria-label'))}, [{self.inline(caption)}])"


@cache
def _template() -> str:
    return resources.files("partybuilding.publish.export").joinpath("handout.typ").read_text(encoding="utf-8")


def typst_source(page: str) -> str:
    """Return the Typst document of an HTML page made by `html_page`."""
    root = etree.fromstring(page.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    title = root.findtext(f"{_XHTML}head/{_XHTML}title") or ""
    main = root.find(f"{_XHTML}body/{_XHTML}main")
    dated = _dated(root)
    date = f"datetime(year: {dated.year}, month: {dated.month}, day: {dated.day})"
    marks = main.findall(f"{_XHTML}p[@class='page-mark']")
    mark = _string(_text(marks[0])) if marks else "none"
    for node in marks:
        main.remove(node)
    show = (
        f"#show: handout.with(lang: {_string(root.get('lang'))}, title: {_string(title)}, date: {date}, mark: {mark})"
    )
    return f"{_template()}\n{show}\n\n{_Converter().blocks(main)}\n"


def _dated(root: Any) -> datetime:
    meta = root.find(f"{_XHTML}head/{_XHTML}meta[@name='date']")
    return datetime.fromisoformat(meta.get("content")).replace(tzinfo=UTC)


def pdf_of_page(page: str) -> bytes:
    """Return the PDF of an HTML page; the same bytes for the same page."""
    dated = _dated(etree.fromstring(page.encode(), etree.XMLParser(huge_tree=True)))
    with resources.as_file(resources.files("partybuilding") / "fonts") as fonts:
        raw: bytes = typst.compile(  # type: ignore[misc]
            typst_source(page).encode(),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            timestamp=dated,
            pdf_standards=["a-2a", "ua-1"],
        )
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as document:
        document.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return packed.getvalue()
