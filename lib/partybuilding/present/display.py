"""Display objects: table, figure, text, section. They render themselves as semantic HTML and as plain text.

The HTML is well-formed XML, and text is only ever set as text, so nothing in the data can become markup.
Imports nothing of the library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lxml import etree
from lxml.builder import E as _E

Element: TypeAlias = Any  # lxml's element
Content: TypeAlias = str | Element
_VOID = {"br", "col"}
_EMPTY = etree.XPath("descendant-or-self::*[not(node())]")
_BLOCKS = ("h1", "h2", "h3", "h4", "p", "li", "caption", "tr", "figcaption")


def element(name: str, *content: Content, **attributes: str) -> Element:
    """Return an element; attribute names may end in `_` (class_) and use `_` for `-` (aria_label)."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    made: Element = _E(name, *content, **named)
    return made


def markup(node: Element) -> str:
    """Return the element as well-formed HTML; it is changed: what HTML does not close by itself gets a text."""
    for part in _EMPTY(node):
        if part.tag not in _VOID and not part.tag.startswith("{"):
            part.text = ""
    return str(etree.tostring(node, encoding="unicode", method="xml"))


def plain_text(node: Element) -> str:
    """Return the element's text, one block a line; without the data of figures, which a page keeps folded."""
    folded = {part for details in node.iter("details") for part in details.iter()}
    lines = []
    for block in node.iter(*_BLOCKS):
        if block in folded or (block.tag == "li" and block.find("p") is not None):
            continue
        cells = [part for part in block if part.tag in ("th", "td")]
        said = ("".join(part.itertext()) if len(part) else part.text or "" for part in cells or [block])
        texts = [" ".join(text.split()) for text in said]
        lines.append("  ".join(texts))
    return "\n".join(lines)


class Piece:
    """Something that shows itself: HTML in a notebook and in the report, plain text elsewhere."""

    def element(self) -> Element:
        """Return the piece as one HTML element."""
        raise NotImplementedError

    def html(self) -> str:
        """Return the piece as HTML."""
        return markup(self.element())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        node = self.element()
        return {"text/plain": plain_text(node), "text/html": markup(node)}

    def __str__(self) -> str:
        return plain_text(self.element())


@dataclass(frozen=True)
class Text(Piece):
    """A paragraph; `lead` is a word or two set in bold before it, `note` a footnote at its end.

    `mark` is the footnote's number and `links` are the labels in the text with what they lead to, (“Biểu 3”, name):
    `numbering` gives both.
    """

    text: str
    lead: str = ""
    role: str = ""
    note: str = ""
    mark: int = 0
    links: Sequence[tuple[str, str]] = ()

    def element(self) -> Element:
        """Return a <p>."""
        parts: list[Content] = [element("strong", self.lead), " "] if self.lead else []
        rest = self.text
        for label, name in self.links:
            before, _, rest = rest.partition(label)
            parts += [before, element("a", label, href=f"#{name}")]
        parts.append(rest)
        if self.mark:
            parts.append(element("sup", element("a", str(self.mark), href=f"#note-{self.mark}")))
        return element("p", *parts, **({"class_": self.role} if self.role else {}))


@dataclass(frozen=True)
class Listing(Piece):
    """A list, numbered or not; an item is a text, or several pieces."""

    items: Sequence[str | Sequence[Piece]]
    numbered: bool = False

    def element(self) -> Element:
        """Return an <ol> or <ul>."""
        made = [
            element("li", item) if isinstance(item, str) else element("li", *(p.element() for p in item))
            for item in self.items
        ]
        return element("ol" if self.numbered else "ul", *made)


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, alignment and share of the width (relative to the other columns)."""

    head: str
    align: str = "left"
    width: float = 1.0


def columns(words: Callable[[str], str], *given: str) -> list[Column]:
    """Return columns from “key width”, with a # after it where numbers stand: “c_indicator 4.2”, “c_value 1.9 #”."""
    parts = [(*text.split(), "")[:3] for text in given]
    return [Column(words(key), "number" if mark else "left", float(width)) for key, width, mark in parts]


@dataclass(frozen=True)
class Cell:
    """A cell: text, an optional status word for its colour, and an optional note below the table."""

    text: str
    status: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportTable(Piece):
    """A table with caption, scoped heads, notes below it, the last one `below`. The first cell of a row is its head."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str]]
    name: str = ""
    label: str = ""
    below: str = ""

    def element(self) -> Element:
        """Return a <div> with the <table> and its notes."""
        notes: dict[str, int] = {}
        head, body = element("tr", *(element("th", c.head, scope="col", class_=c.align) for c in self.columns)), []
        for row in self.rows:
            line = etree.Element("tr")
            for number, (column, given) in enumerate(zip(self.columns, row, strict=True)):
                cell = Cell(given) if isinstance(given, str) else given
                made = etree.SubElement(line, "td") if number else etree.SubElement(line, "th", scope="row")
                made.set("class", " ".join(filter(None, [column.align, cell.status])))
                made.text = cell.text
                if cell.note:
                    mark = notes.setdefault(cell.note, len(notes) + 1)
                    made.append(element("sup", f"({mark})"))
            body.append(line)
        whole = sum(c.width for c in self.columns)
        columns = [element("col", style=f"width:{100 * c.width / whole:.1f}%") for c in self.columns]
        table = element(
            "table",
            element("caption", _labelled(self)),
            element("colgroup", *columns),
            element("thead", head),
            element("tbody", *body),
        )
        marks = [element("p", element("sup", f"({mark})"), " " + note) for note, mark in notes.items()]
        marks += [element("p", self.below)] if self.below else []
        notes_below = [element("div", *marks, class_="notes")] if marks else []
        return element("div", table, *notes_below, class_="table", **({"id": self.name} if self.name else {}))


@dataclass(frozen=True)
class Figure(Piece):
    """A chart as SVG with caption and alternative text made from the same data, which are `rows` under `heads`.

    `finding` is the sentence of the alternative text that says what the chart shows; `data` the words behind which a
    page keeps the table of the rows, blank where one stands beside the chart.
    """

    name: str
    svg: str
    caption: str
    alt: str
    rows: Sequence[Sequence[str]] = ()
    heads: Sequence[str] = ()
    finding: str = ""
    data: str = ""
    label: str = ""

    def element(self) -> Element:
        """Return a <figure>; the table of its data can be opened on a page and is left out in print."""
        chart = etree.fromstring(self.svg.encode())
        chart.set("role", "img")
        chart.set("aria-label", self.alt)
        for place, (tag, text) in enumerate((("title", self.caption), ("desc", self.alt))):
            said = etree.Element(f"{{{chart.nsmap[None]}}}{tag}")
            said.text = text
            chart.insert(place, said)
        made = element("figure", chart, element("figcaption", _labelled(self)), id=self.name)
        if self.data:
            numbers = [Column(self.heads[0], width=2.5), *(Column(head, "number") for head in self.heads[1:])]
            table = ReportTable(self.caption, numbers, self.rows).element()
            made.append(element("details", element("summary", self.data), table, class_="figure-data"))
        return made


def _labelled(piece: ReportTable | Figure) -> str:
    return f"{piece.label}. {piece.caption}" if piece.label else piece.caption


@dataclass(frozen=True)
class Section(Piece):
    """A section: heading of a level, pieces below it, footnotes at its end; a `fresh` one begins a page in print."""

    name: str
    heading: str
    level: int
    pieces: Sequence[Piece] = field(default_factory=tuple)
    fresh: bool = False

    def element(self) -> Element:
        """Return a <section> with its heading."""
        page = {"class_": "fresh"} if self.fresh else {}
        made = element("section", element(f"h{self.level}", self.heading), id=self.name, **page)
        notes: dict[int, str] = {}
        for piece in self.pieces:
            if not isinstance(piece, Section):
                notes |= {text.mark: text.note for text in _texts(piece) if text.mark}
            made.append(piece.element())
        if notes:
            made.append(element("div", *(_footnote(mark, note) for mark, note in notes.items()), class_="footnotes"))
        _marked(made)
        return made


def _texts(piece: Piece) -> list[Text]:
    if isinstance(piece, Listing):
        return [part for item in piece.items if not isinstance(item, str) for part in item if isinstance(part, Text)]
    return [piece] if isinstance(piece, Text) else []


def _footnote(mark: int, note: str) -> Element:
    return element("p", element("sup", element("a", str(mark), href=f"#mark-{mark}")), " " + note, id=f"note-{mark}")


def _marked(section: Element) -> None:
    """Give the first mark of each footnote the name that the footnote leads back to."""
    for link in section.xpath(".//p/sup/a[starts-with(@href, '#note-')]"):
        name = link.get("href").replace("#note-", "mark-")
        if not section.xpath(f".//*[@id='{name}']"):
            link.set("id", name)


@dataclass(frozen=True)
class Block(Piece):
    """A part of the document's head or foot: lines by role, laid out by the templates."""

    tag: str
    name: str
    lines: Sequence[tuple[str, str]]

    def element(self) -> Element:
        """Return a <header> or <footer> of paragraphs, each with its role as class; `title` is the <h1>."""
        made = element(self.tag, class_=self.name)
        made.extend(element("h1" if role == "title" else "p", text, class_=role) for role, text in self.lines)
        return made


def joined(pieces: Iterable[Piece | None]) -> tuple[Piece, ...]:
    """Return the pieces that there are."""
    return tuple(piece for piece in pieces if piece is not None)
