"""How high the pieces of a page stand in print, so that what is written fits its pages. Imports letters and display.

Measures as handout.typ sets, in points, with the advance widths of its own type; the constants are those of the
template, rounded to the side of too high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from partybuilding.letters import TINOS, em
from partybuilding.present.display import Block, Cell, Listing, Piece, ReportTable, Section, Text

MM = 72 / 25.4
WIDTH, HEIGHT = 165 * MM, 257 * MM  # of the text on a page of A4
BODY, LEADING, PARAGRAPH, INDENT = 14.0, 4.0, 10.0, 10 * MM
TABLE, TABLE_LEADING, INSET, PADDING = 12.0, 2.5, 3.5, 2.5
ITEM = 7.5 * MM  # from the margin to the words of a list, without its mark
SIGNATURE = 45 * MM  # recipients, authority and the room to sign
SLACK = 0.99  # of a line that is filled: kerning, and justified lines that are broken otherwise
SPARE = 4.0  # below the last piece
T = TypeVar("T")


def width(text: str, bold: bool = False) -> float:
    """Return the width of a line in em."""
    return em(text, TINOS, bold)


def lines(text: str, room: float, size: float = BODY, bold: bool = False, indent: float = 0, lead: str = "") -> int:
    """Return in how many lines of `room` points a text is set; `lead` stands before it in bold type."""
    count, used, free = 1, indent / size, SLACK * room / size
    for strong, part in ((True, lead), (bold, text)):
        for word in part.split():
            more = width(word, strong)
            if used + more > free and used:
                count, used = count + 1, 0.0
            used += more + 0.25
    return count


def _high(count: int, size: float = BODY, leading: float = LEADING) -> float:
    return count * size + (count - 1) * leading


def height(pieces: Iterable[Piece], room: float = WIDTH, indent: float = INDENT) -> float:
    """Return how high pieces stand one below the other, with the space after the last."""
    return sum(_height(piece, room, indent) for piece in pieces)


def _height(piece: Piece, room: float, indent: float) -> float:
    if isinstance(piece, Section):
        heading = _high(lines(piece.heading, room, bold=True)) + PARAGRAPH + (0 if piece.fresh else LEADING)
        return heading + height(piece.pieces, room, indent)
    if isinstance(piece, ReportTable):
        return _table(piece, room)
    if isinstance(piece, Listing):
        mark, gap = (width("1."), PARAGRAPH) if piece.numbered else (width("-"), LEADING + 3)
        inner = room - ITEM - BODY * mark
        items = [[Text(item)] if isinstance(item, str) else item for item in piece.items]
        return sum(height(item, inner, 0) - PARAGRAPH + gap for item in items) - gap + PARAGRAPH
    if isinstance(piece, Block):
        return _foot(piece) if piece.tag == "footer" else _head(piece)
    if isinstance(piece, Text):
        boxed = piece.role == "headline"
        inner = room - 18 if boxed else room
        count = lines(piece.text, inner, indent=0 if boxed else indent, lead=piece.lead)
        return _high(count) + (14 if boxed else 0) + (PARAGRAPH / 2 if piece.role == "grounds" else PARAGRAPH)
    return 0.0


def _table(table: ReportTable, room: float) -> float:
    shares = [room * column.width / sum(c.width for c in table.columns) - 2 * INSET for column in table.columns]
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in table.rows]
    total = _high(lines(table.caption, room, TABLE, bold=True), TABLE) + 6
    for row in ([Cell(column.head, "head") for column in table.columns], *cells):
        texts = [c.text + "(1)" * bool(c.note) for c in row]
        count = max(lines(t, free, TABLE, bool(c.status)) for t, c, free in zip(texts, row, shares, strict=True))
        total += _high(count, TABLE, TABLE_LEADING) + 2 * PADDING
    notes = [f"(1) {note}" for note in dict.fromkeys(cell.note for row in cells for cell in row if cell.note)]
    notes += [table.below] if table.below else []
    total += sum(_high(lines(note, room, TABLE), TABLE, TABLE_LEADING) + 4 for note in notes)
    return total + PARAGRAPH + (5 if notes else 0)


def _head(block: Block) -> float:
    """Return the height of a document's head: two columns, then the title in the middle."""
    said = dict(block.lines)
    size = BODY if "VIỆT NAM" in said.get("party", "") else 10.5
    right = max((WIDTH - 2 * MM) * 1.05 / 2.05, BODY * width(said.get("place-date", "")))
    left = WIDTH - 2 * MM - right
    rows = [
        max(lines(said.get("superior", ""), left, size), lines(said.get("party", ""), right, size + 1, bold=True)),
        lines(said.get("issuer", ""), left, size, bold=True),
        *[1] * 3,  # the star, number and date, the draft mark
    ]
    below = [(said.get(role) or "", size) for role, size in (("title", 16.0), ("excerpt", BODY), ("mark", BODY))]
    centred = [_high(lines(text, WIDTH, size, bold=True), size) + LEADING for text, size in below if text]
    return sum(_high(count) + LEADING for count in rows) + 12 + sum(centred) + BODY + 2 * PARAGRAPH


def _foot(block: Block) -> float:
    said = dict(block.lines)
    closing = _high(lines(said["closing"], WIDTH, indent=INDENT)) + PARAGRAPH if said.get("closing") else 0
    return closing + SIGNATURE


def first_that_fits(candidates: Iterable[T], pieces: Callable[[T], Sequence[Piece]]) -> T:
    """Return the first candidate whose pieces stand on a page; the last one where none does."""
    chosen: list[T] = []
    for candidate in candidates:
        chosen = [candidate]
        if height(pieces(candidate)) <= HEIGHT - SPARE:
            break
    return chosen[0]
