"""The HTML page of a report -> Typst -> PDF (PDF/UA-1 and PDF/A-2a in one file). Imports errors and widths.

Knows exactly the elements that the display objects give. Text goes into Typst as string literals, never as markup.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import typst
from lxml import etree

from partybuilding.errors import UserError
from partybuilding.publish.export.widths import MM, fitted, paragraph

_XHTML = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"
_INLINE = {"strong": "strong", "em": "emph", "sup": "super"}
_PARAGRAPH = "\n\n"
_CONTROL, _SPACES = re.compile(r"[\x00-\x1f\x7f]"), re.compile(r"[ \t\r\n\f]+")
_COLOUR = re.compile("#[0-9a-f]{6}")
_BLOCKS = {"headline": "headline", "grounds": "grounds"}
_IN_MM = ("top", "bottom", "left", "right", "number_edge", "indent")
MEASURES = {  # as params/layout.yaml explains them, for a page that names none
    **{"top": 20.0, "bottom": 20.0, "left": 30.0, "right": 15.0, "number_edge": 10.0, "indent": 10.0},
    **{"number_size": 14.0, "body": 14.0, "pitch": 18.0, "gap": 6.0, "head": 14.0, "party": 15.0, "title": 16.0},
    **{"excerpt": 14.0, "recipients": 12.0},
}
LONG_CELL = 300  # characters: a longer cell may run over a page, so that no page ends half empty
GAP = '#text(size: 4pt, "\u202f")'  # keeps the number of a footnote apart from a number before it
NBSP = "\u00a0"
WIDE = 7  # columns: a table of more lies across, on pages of its own
PORTRAIT, LANDSCAPE = 165 * MM, 252 * MM  # width of the text in points
BODY, APPENDIX = 12.0, 11.0  # points: the type of tables
WHOLE = 150.0  # points: a table that is not higher is never broken
STATUS = {"met", "close", "not_met", "undetermined"}
_HEAD_PARTS = ("superior", "issuer", "number", "draft", "party", "place-date", "title", "excerpt", "mark")


def _string(text: str) -> str:
    """Return `text` as a Typst string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not escaped.isprintable():
        escaped = _CONTROL.sub(lambda m: f"\\u{{{ord(m[0]):x}}}", escaped)
    return f'"{escaped}"'


def _name(node: Any) -> str:
    return str(node.tag).removeprefix(_XHTML)


def _classes(node: Any) -> list[str]:
    return (node.get("class") or "").split()


def _text(node: Any) -> str:
    return "".join(node.itertext()) if len(node) else node.text or ""


@lru_cache(1 << 14)  # cells repeat
def _folded(text: str) -> str:
    """Return running text as a Typst string; white space folds as in HTML."""
    return _string(_SPACES.sub(" ", text))


def _words(text: str | None) -> str:
    return f"#{_folded(text)}" if text else ""


class _Converter:
    """HTML elements -> Typst markup; fails by name on any other element."""

    def __init__(self, main: Any, form: str = "long", contents: str = "") -> None:
        self.form, self.contents = form, contents
        self.size = BODY
        self.closing = _before_foot(main)
        blocks = main.iter(*(f"{_XHTML}{name}" for name in ("p", "div", "figure")))
        self.named = {node.get("id"): node for node in blocks if node.get("id")}  # what a link may lead to
        self.noted: set[str] = set()

    def argument(self, node: Any) -> str:
        """The content of an element as an argument; a string is set faster than a block with it."""
        return f"[{self.inline(node)}]" if len(node) else _folded(node.text or "")

    def inline(self, node: Any) -> str:
        parts = [_words(node.text)]
        for child in node:
            name = _name(child)
            if name == "br":
                parts.append("#linebreak()")
            elif name == "a":
                parts.append(self.link(child))
            elif name == "sup" and len(child) == 1 and child[0].get("href", "").startswith("#note-"):
                parts.append(self.footnote(child[0].get("href")[1:]))
            elif name in _INLINE:
                parts.append(f"#{_INLINE[name]}[{self.inline(child)}]")
            else:
                raise UserError("markup_unknown", value=name)
            parts.append(_words(child.tail))
        return "".join(parts)

    def link(self, node: Any) -> str:
        target, body = node.get("href", ""), self.inline(node)
        if not target.startswith("#"):
            return f"#link({_string(target)})[{body}]"
        return f"#link(label({_string(target[1:])}))[#box[{body}]]" if target[1:] in self.named else body

    def footnote(self, name: str) -> str:
        """A footnote with its words where its mark first stands; then only its mark."""
        again, note = name in self.noted, self.named[name]
        self.noted.add(name)
        if again:
            return f"{GAP}#footnote(label({_string(name)}))"
        return f"{GAP}#footnote[{_words(NBSP + note[0].tail.strip())}]#label({_string(name)})"

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
                    named = [role for child in node for role in _classes(child)]
                    raise UserError("markup_unknown", value=f"header {', '.join(named)}")
                given = [f"{role}: {_string(_text(parts[role]))}" for role in _HEAD_PARTS if role in parts]
                return f"#head({', '.join(given)})"
            case "footer":
                return self.foot(node)
            case "section":
                if node.get("id") != "appendix":
                    return ("#pagebreak(weak: true)\n\n" if "fresh" in classes else "") + self.blocks(node)
                self.size = APPENDIX
                return f"{self.before_appendix()}{self.blocks(node)}"
            case "h2" | "h3" | "h4":
                return f"#heading(level: {int(name[1]) - 1})[#{_string(_text(node))}]"
            case "p":
                special = next((_BLOCKS[c] for c in classes if c in _BLOCKS), None)
                following = node.getnext()
                if not special and following is not None and _name(following) == "div":
                    special = "lead-in"
                return f"#{special or 'par'}({self.argument(node)})"
            case "ul" | "ol":
                return self.listing(node)
            case "div" if "footnotes" in classes:
                return ""  # each stands at the foot of the page of its mark
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

    def before_appendix(self) -> str:
        """The contents, for which the form leaves no place before the signature, and a new page."""
        if self.form != "long":
            return ""
        told = f"#contents({_string(self.contents.upper())})\n\n#pagebreak()"
        return f"{told if self.contents else '#pagebreak(weak: true)'}\n\n"

    def listing(self, node: Any) -> str:
        kept = None if node is not self.closing or len(node[-1]) < 2 else node[-1][-1]  # it stays with the signature
        items = []
        for item in node:
            whole = len(item) and _name(item[0]) == "p"
            parts = [self.block(part) for part in item if part is not kept] if whole else []
            items.append(f"[{_PARAGRAPH.join(parts) or self.inline(item)}]")
        made = f"#{'list' if _name(node) == 'ul' else 'enum'}({', '.join(items)})"
        return made if kept is None else f"{made}\n\n#last-words[{self.block(kept)}]"

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
        head, body = part("thead")[0], part("tbody")
        numbers = ["number" in _classes(cell) for cell in head]
        wide = len(head) > WIDE
        size, room = (APPENDIX, LANDSCAPE) if wide else (self.size, PORTRAIT)
        texts = [[_text(cell) for cell in row] for row in body]
        bold = [any(STATUS & set(_classes(row[n])) for row in body) for n in range(len(head))]
        made = fitted([_text(cell) for cell in head], texts, numbers, bold, size, room)
        rows = [
            "".join(f"{self.cell(cell, len(text) > LONG_CELL)}, " for cell, text in zip(row, line, strict=True))
            for row, line in zip(body, texts, strict=True)
        ]
        whole = made.height < WHOLE
        last = 2 if not whole and len(rows) > 2 and sum(made.rows[-2:]) < WHOLE else 0
        begin = made.height + self.below(node, room) if whole else min(made.head + sum(made.rows[:2]), WHOLE)
        given = {
            "caption": f"[{self.inline(part('caption'))}]",
            "columns": f"({''.join(f'{column:.1f}pt, ' for column in made.columns)})",
            "aligns": f"({''.join('right, ' if number else 'left, ' for number in numbers)})",
            "head": f"({''.join(f'strong({self.argument(cell)}), ' for cell in head)})",
            "last": f"({''.join(rows[len(rows) - last :])})",
            "size": f"{size}pt",
            "room": f"{begin:.1f}pt",
            "wide": str(wide).lower(),
            "name": _string(node.getparent().get("id") or ""),
        }
        named = ", ".join(f"{name}: {value}" for name, value in given.items())
        body_rows = "\n".join(rows[: len(rows) - last])
        return f"#report-table({named},\n{body_rows})"

    def below(self, table: Any, room: float) -> float:
        """Height of the notes below a table, which stay with a small one."""
        notes = table.getnext()
        return sum(paragraph(_text(note), BODY, room) for note in (() if notes is None else notes))

    def cell(self, cell: Any, long: bool) -> str:
        text = self.argument(cell)
        if not STATUS.isdisjoint(_classes(cell)):
            return f"strong({text})"
        return f"table.cell(breakable: true, {text})" if long else text

    def figure(self, node: Any) -> str:
        chart, caption = node.find(f"{_SVG}svg"), node.find(f"{_XHTML}figcaption")
        own = "Be Vietnam" in chart.get("font-family", "")  # an analyst's may be of any kind
        try:
            wide, words = (float(chart.get("width")), _taken(chart)) if own else (100.0, "")
        except (KeyError, TypeError, ValueError) as error:
            raise UserError("markup_unknown", value=f"svg text: {error}"[:80]) from None
        source = etree.tostring(chart, encoding="unicode", with_tail=False)
        told = f"{_string(chart.get('aria-label'))}, [{self.inline(caption)}], {_string(node.get('id') or '')}"
        return f"#chart({_string(source)}, {told}, {wide:g}{words})"


def _taken(chart: Any) -> str:
    """Take the words out of a chart for Typst to set: letters of an image would go into the print one by one."""
    made, side = [], {"": "left", "middle": "center", "end": "right"}
    for text in [*chart.iter(f"{_SVG}text")]:
        fill, size = (text.get(name) or chart.get(name) for name in ("fill", "font-size"))
        if not _COLOUR.fullmatch(fill):
            raise ValueError(fill)
        weight = 600 if text.get("font-weight") else 400
        look = f'{side[text.get("text-anchor", "")]}, {float(size):g}, {weight}, "{fill}"'
        x, y = float(text.get("x")), float(text.get("y"))
        for line in text if len(text) else [text]:
            y += float(line.get("dy", 0))
            made.append(f",\n({x:g}, {y:.2f}, {look}, {_folded(line.text or '')})")
        text.getparent().remove(text)
    return "".join(made)


@cache
def _template() -> str:
    return resources.files("partybuilding.publish.export").joinpath("handout.typ").read_text(encoding="utf-8")


def typst_source(page: str) -> str:
    """Return the Typst document of an HTML page made by `html_page`."""
    return _source(_parsed(page))


def _parsed(page: str) -> Any:
    return etree.fromstring(page.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _source(root: Any) -> str:
    title = root.findtext(f"{_XHTML}head/{_XHTML}title") or ""
    main = root.find(f"{_XHTML}body/{_XHTML}main")
    dated = _dated(root)
    date = f"datetime(year: {dated.year}, month: {dated.month}, day: {dated.day})"
    marks = main.findall(f"{_XHTML}p[@class='page-mark']")
    mark = _string(_text(marks[0])) if marks else "none"
    for node in marks:
        main.remove(node)
    told = f"lang: {_string(root.get('lang'))}, title: {_string(title)}, date: {date}, mark: {mark}"
    form = _meta(root, "form") or "long"
    nav = root.find(f".//{_XHTML}nav[@class='contents']")
    made = _Converter(main, form, "" if nav is None else nav.get("aria-label", ""))
    before = f"#let form = {_string(form)}\n#let layout = {_layout(root)}"
    return f"{before}\n{_template()}\n#show: handout.with({told})\n\n{made.blocks(main)}\n"


def _meta(root: Any, name: str) -> str:
    found = root.find(f"{_XHTML}head/{_XHTML}meta[@name='{name}']")
    return "" if found is None else str(found.get("content"))


def _layout(root: Any) -> str:
    """The measures that the page names, as a Typst dictionary; HD 36 where it names none."""
    told = dict(part.partition("=")[::2] for part in _meta(root, "layout").split("; "))
    measures = MEASURES | {name: float(told[name]) for name in MEASURES if name in told}
    made = [f"{name.replace('_', '-')}: {size:g}{'mm' if name in _IN_MM else 'pt'}" for name, size in measures.items()]
    return f"({', '.join(made)}, duplex: {str(told.get('duplex') == 'True').lower()})"


def _before_foot(main: Any) -> Any:
    """Return the list before the signature, if it ends with one."""
    foot = main.find(f"{_XHTML}footer")
    before = None if foot is None else foot.getprevious()
    return before[-1] if before is not None and len(before) and _name(before[-1]) in ("ul", "ol") else None


def _dated(root: Any) -> datetime:
    return datetime.fromisoformat(_meta(root, "date")).replace(tzinfo=UTC)


@cache
def fonts() -> typst.Fonts:
    """Return the fonts of prints, found once: only those beside the library."""
    with resources.as_file(resources.files("partybuilding") / "fonts") as place:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(place)])


def pdf_of_page(page: str) -> bytes:
    """Return the PDF of an HTML page; the same bytes for the same page."""
    root = _parsed(page)
    dated = {"timestamp": _dated(root), "pdf_standards": ["a-2a", "ua-1"]}
    made: bytes = typst.compile(_source(root).encode(), font_paths=fonts(), **dated)  # type: ignore[call-overload]
    return made
