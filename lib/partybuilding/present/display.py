"""Display objects: table, figure, text, section. They render themselves as semantic HTML and as plain text.

The HTML is well-formed XML, and text is only ever set as text, so nothing in the data can become markup.
Imports nothing of the library.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lxml import etree
from lxml.builder import E as _E

Element: TypeAlias = Any  # lxml's element
Content: TypeAlias = str | Element
_VOID = {"br", "col"}
_BLOCKS = " or ".join(
    f"self::{name}" for name in ("h1", "h2", "h3", "h4", "p", "li[not(p)]", "caption", "tr", "figcaption")
)


def element(name: str, *content: Content, **attributes: str) -> Element:
    """Return an element; attribute names may end in `_` (class_) and use `_` for `-` (aria_label)."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    made: Element = _E(name, *content, **named)
    return made


def markup(node: Element) -> str:
    """Return the element as well-formed HTML, without self-closed elements that HTML does not know."""
    node = copy.deepcopy(node)
    for part in node.iter():
        if (
            len(part) == 0
            and not part.text
            and isinstance(part.tag, str)
            and part.tag not in _VOID
            and not part.tag.startswith("{")
        ):
            part.text = ""
    return str(etree.tostring(node, encoding="unicode", method="xml"))


def plain_text(node: Element) -> str:
    """Return the element's text, one block a line; without the data of figures, which a page keeps folded."""
    blocks = node.xpath(f"descendant-or-self::*[{_BLOCKS}][not(ancestor::details)]")
    lines = []
    for block in blocks:
        cells = block.xpath("th|td")
        texts = [" ".join("".join(part.itertext()).split()) for part in (cells or [block])]
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
        return {"text/html": self.html(), "text/plain": plain_text(self.element())}

    def __str__(self) -> str:
        return plain_text(self.element())


@dataclass(frozen=True)
class Text(Piece):
    """A paragraph; `lead` is a word or two set in bold before it."""

    text: str
    lead: str = ""
    role: str = ""

    def element(self) -> Element:
        """Return a <p>."""
        parts: list[Content] = [element("strong", self.lead), " " + self.text] if self.lead else [self.text]
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
    """A table with caption, scoped heads, notes below it. The first cell of a row is the row's head."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str]]

    def element(self) -> Element:
        """Return a <div> with the <table> and its notes."""
        notes: dict[str, int] = {}
        head = element("tr", *(element("th", c.head, scope="col", class_=c.align) for c in self.columns))
        body = []
        for row in self.rows:
            cells = []
            for number, (column, given) in enumerate(zip(self.columns, row, strict=True)):
                cell = Cell(given) if isinstance(given, str) else given
                parts: list[Content] = [cell.text]
                if cell.note:
                    mark = notes.setdefault(cell.note, len(notes) + 1)
                    parts.append(element("sup", f"({mark})"))
                classes = " ".join(filter(None, [column.align, cell.status]))
                cells.append(
                    element("td", *parts, class_=classes)
                    if number
                    else element("th", *parts, scope="row", class_=classes)
                )
            body.append(element("tr", *cells))
        columns = [
            element("col", style=f"width:{100 * c.width / sum(c.width for c in self.columns):.1f}%")
            for c in self.columns
        ]
        table = element(
            "table",
            element("caption", self.caption),
            element("colgroup", *columns),
            element("thead", head),
            element("tbody", *body),
        )
        marks = [element("p", element("sup", f"({mark})"), " " + note) for note, mark in notes.items()]
        notes_below = [element("div", *marks, class_="notes")] if marks else []
        return element("div", table, *notes_below, class_="table")


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

    def element(self) -> Element:
        """Return a <figure>; the table of its data can be opened on a page and is left out in print."""
        chart = etree.fromstring(self.svg.encode())
        chart.set("role", "img")
        chart.set("aria-label", self.alt)
        for place, (tag, text) in enumerate((("title", self.caption), ("desc", self.alt))):
            said = etree.Element(f"{{{chart.nsmap[None]}}}{tag}")
            said.text = text
            chart.insert(place, said)
        made = element("figure", chart, element("figcaption", self.caption), id=self.name)
        if self.data:
            numbers = [Column(self.heads[0], width=2.5), *(Column(head, "number") for head in self.heads[1:])]
            table = ReportTable(self.caption, numbers, self.rows).element()
            made.append(element("details", element("summary", self.data), table, class_="figure-data"))
        return made


@dataclass(frozen=True)
class Section(Piece):
    """A section: heading of a level, and pieces below it."""

    name: str
    heading: str
    level: int
    pieces: Sequence[Piece] = field(default_factory=tuple)

    def element(self) -> Element:
        """Return a <section> with its heading."""
        made = element("section", element(f"h{self.level}", self.heading), id=self.name)
        made.extend(piece.element() for piece in self.pieces)
        return made


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
