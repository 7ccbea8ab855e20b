"""One chart for each kind of question, from plain rows, as SVG. Imports drawing only.

Most charts are tables with a picture in each row: a label, the picture, the numbers in columns whose heads are the
legend. So no number is ever squeezed, and none stands in colour alone. The same data give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from partybuilding.present import drawing as d
from partybuilding.present.drawing import Drawing, width, wrapped

SHADES = (d.VALUE, "#6f9bc4", "#c9d9e8")  # one hue from dark to light: also in grey print and for the colour-blind
HOLLOW, EDGE = "#ffffff", "#6b6b6b"
GAP, PAD = 12.0, 9.0  # between columns; above and below the words of a row
MOST_LABEL, LEAST_LABEL, LEAST_PICTURE = 185.0, 118.0, 160.0
HEAD_ROOM = 56.0  # a head is wrapped to this, or to its longest word
TILES = (13.0, 11.0, 9.0, 7.0)  # sides of a tile with its gap, the first with which the chart fits a page
PAGE = 800.0

Mark = Callable[[Drawing, float, float], None]


@dataclass(frozen=True)
class Bar:
    """A row of the value chart: printed value, amount in per cent, qualifier; target and last year, where known."""

    label: str
    shown: str
    amount: float
    qualifier: str
    target: float | None = None
    aim: str = "–"
    before: float | None = None
    before_shown: str = "–"
    status: str = ""
    told: str = "–"


@dataclass(frozen=True)
class _Column:
    """Numbers or words to the right of the pictures; `key` draws the legend's sign, `marks` a sign in each row."""

    head: str
    cells: Sequence[str]
    key: Mark | None = None
    bold: bool = False
    marks: Sequence[str] = ()

    @property
    def indent(self) -> float:
        return 16.0 if self.marks else 0.0

    @property
    def room(self) -> float:
        words = max((width(word, d.SMALL) for word in self.head.split()), default=0)
        cells = max((width(line, d.SIZE, self.bold) for cell in self.cells for line in self.lines(cell)), default=0)
        return max(min(width(self.head, d.SMALL), HEAD_ROOM), words, cells + self.indent) + 2

    def lines(self, cell: str) -> tuple[str, ...]:
        return wrapped(cell, 90.0, d.SIZE, self.bold)


@dataclass
class _Rows:
    """Labels, pictures and columns, laid out: where the pictures begin, how wide they are, where each row lies."""

    labels: Sequence[str]
    columns: Sequence[_Column]
    drawing: Drawing = field(default_factory=Drawing)

    def __post_init__(self) -> None:
        right = sum(column.room + GAP for column in self.columns)
        label = min(MOST_LABEL, max((width(label) for label in self.labels), default=0.0))
        self.left = min(label, max(d.WIDTH - right - LEAST_PICTURE - GAP, LEAST_LABEL)) + GAP
        self.wide = d.WIDTH - right - self.left
        self.heads = [wrapped(column.head, column.room, d.SMALL) for column in self.columns]
        self.top = 22.0 + d.SMALL * d.LEADING * max((len(head) for head in self.heads), default=0)

    def draw(self, picture: Callable[[int, float], None], tall: Sequence[float] = ()) -> float:
        """Draw heads and rows; `picture` gets the row and its middle. Return where the last row ends."""
        x, edges = d.WIDTH - sum(column.room + GAP for column in self.columns), list[float]()
        for column, head in zip(self.columns, self.heads, strict=True):
            x += column.room + GAP
            edges.append(x)
            left = bool(column.marks)
            place = x - column.room if left else x
            at = self.top - 8 - d.SMALL * d.LEADING * len(head) / 2
            self.drawing.text(place, at, head, d.SMALL, "" if left else "end", fill=d.SOFT)
            if column.key:
                column.key(self.drawing, place + 7 if left else x - 7, at - d.SMALL * d.LEADING * len(head) / 2 - 7)
        y = self.top
        for number, label in enumerate(self.labels):
            lines = wrapped(label, self.left - GAP)
            most = max([len(lines), *(len(column.lines(column.cells[number])) for column in self.columns)])
            height = max(most * d.SIZE * d.LEADING + PAD, *(tall[number : number + 1] or [0.0]))
            middle = y + height / 2
            self.drawing.line(0, y, d.WIDTH, y, d.PALE, 0.6)
            with self.drawing.group("row", label):
                self.drawing.text(0, middle, lines)
                picture(number, middle)
                for column, edge in zip(self.columns, edges, strict=True):
                    self._cell(column, number, edge, middle)
            y += height
        self.drawing.line(0, y, d.WIDTH, y, d.PALE, 0.6)
        return y

    def _cell(self, column: _Column, number: int, edge: float, middle: float) -> None:
        cell = column.lines(column.cells[number])
        if column.marks:
            start = edge - column.room
            status_sign(self.drawing, start + 6, middle, column.marks[number])
            self.drawing.text(start + column.indent, middle, cell, bold=column.bold)
        else:
            self.drawing.text(edge, middle, cell, anchor="end", bold=column.bold)


def status_sign(drawing: Drawing, x: float, y: float, status: str) -> None:
    """Draw the sign of a status: a tick on a disc, a half disc, a cross in a ring, a ring with a dot."""
    if status == "met":
        drawing.circle(x, y, 5.5, d.VALUE)
        drawing.path(f"M{x - 2.7:.1f},{y + 0.2:.1f} l2,2.2 l3.4,-4.4", stroke=HOLLOW, thick=1.5)
    elif status == "close":
        drawing.circle(x, y, 5, HOLLOW, d.INK, 1.2)
        drawing.path(f"M{x:.1f},{y - 5:.1f} a5,5 0 0 0 0,10 z", d.INK)
    elif status == "not_met":
        drawing.circle(x, y, 5, HOLLOW, d.TARGET, 1.4)
        drawing.path(f"M{x - 2.2:.1f},{y - 2.2:.1f} l4.4,4.4 m0,-4.4 l-4.4,4.4", stroke=d.TARGET, thick=1.5)
    elif status == "undetermined":
        drawing.circle(x, y, 5, HOLLOW, d.SOFT, 1.2)
        drawing.circle(x, y, 1.2, d.SOFT)


def _bar_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.rect(x - 7, y - 4, 14, 8, d.VALUE, mark=False)


def _target_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.line(x, y - 6, x, y + 6, d.TARGET, 2.4)


def _before_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.circle(x, y, 3.6, HOLLOW, d.INK, 1.3)


def values_against_targets(bars: Sequence[Bar], heads: tuple[str, str, str, str], bound: str) -> str:
    """Return “where does each rate stand, where should it, where did it a year ago?”, from 0 to 100 %.

    `heads` are those of value, target, last year and status; the last three are left out where there are none.
    A bound is drawn open: “> 90 %” with an arrow to the right, explained by `bound` below the axis.
    """
    columns = [_Column(heads[0], [bar.shown for bar in bars], _bar_key, bold=True)]
    if any(bar.target is not None for bar in bars):
        columns.append(_Column(heads[1], [bar.aim for bar in bars], _target_key))
    if any(bar.before is not None for bar in bars):
        columns.append(_Column(heads[2], [bar.before_shown for bar in bars], _before_key))
    if any(bar.status for bar in bars):
        columns.append(_Column(heads[3], [bar.told for bar in bars], marks=[bar.status or "-" for bar in bars]))
    rows = _Rows([bar.label for bar in bars], columns)
    drawing, unit = rows.drawing, (rows.wide - GAP) / 100  # the rest is for the arrow of a value beyond the scale

    def at(amount: float) -> float:
        return rows.left + unit * min(amount, 100.0)

    def picture(number: int, middle: float) -> None:
        bar = bars[number]
        end = at(bar.amount)
        drawing.rect(rows.left, middle - 5, 100 * unit, 10, d.PALE, mark=False)
        if bar.qualifier in ("<", "<="):
            drawing.line(rows.left + 6, middle, end, middle, d.VALUE, 1.6, "3 2")
            drawing.path(f"M{rows.left:.1f},{middle:.1f} l7,-4 v8 z", d.VALUE)
            drawing.rect(end - 1.5, middle - 5, 3, 10, d.VALUE)
        else:
            drawing.rect(rows.left, middle - 5, end - rows.left, 10, d.VALUE)
        if bar.qualifier in (">", ">=") and bar.amount < 100:
            drawing.line(end, middle, at(100) - 6, middle, d.VALUE, 1.6, "3 2")
            drawing.path(f"M{at(100):.1f},{middle:.1f} l-7,-4 v8 z", d.VALUE)
        if bar.amount > 100:
            drawing.path(f"M{at(100) + 1.5:.1f},{middle - 5:.1f} l6,5 l-6,5 z", d.VALUE)
        if bar.target is not None and bar.target <= 100:
            drawing.line(at(bar.target), middle - 9, at(bar.target), middle + 9, d.TARGET, 2.4)
        if bar.before is not None:
            drawing.circle(at(bar.before), middle, 3.6, HOLLOW, d.INK, 1.3)

    bottom = rows.draw(picture)
    with drawing.group("axis"):
        for amount, anchor in ((0, ""), (50, "middle"), (100, "end")):
            drawing.line(at(amount), bottom, at(amount), bottom + 4, d.SOFT, 0.8)
            drawing.text(at(amount), bottom + 12, f"{amount}%", d.SMALL, anchor, fill=d.SOFT)
    if not any(bar.qualifier in (">", ">=", "<", "<=") for bar in bars):
        return drawing.svg(bottom + 20)
    drawing.line(rows.left, bottom + 30, rows.left + 14, bottom + 30, d.VALUE, 1.6, "3 2")
    drawing.path(f"M{rows.left + 20:.1f},{bottom + 30:.1f} l-7,-4 v8 z", d.VALUE)
    drawing.text(rows.left + 26, bottom + 30, bound, d.SMALL, fill=d.SOFT)
    return drawing.svg(bottom + 38)


def _shades(number: int) -> list[str]:
    """Return a shade for each part: from dark to light, the last one hollow."""
    return [*SHADES[: number - 1], HOLLOW]


def _swatch(shade: str) -> Mark:
    def draw(drawing: Drawing, x: float, y: float) -> None:
        drawing.rect(x - 7, y - 4, 14, 8, shade, EDGE if shade == HOLLOW else "", mark=False)

    return draw


def parts(
    groups: Sequence[tuple[str, Sequence[int]]], legend: Sequence[str], shown: Sequence[Sequence[str]] = ()
) -> str:
    """Return “what is each made of?”: a bar of two to four parts a row, all on one scale, with the numbers beside.

    With `shown` (texts, such as shares) every bar has the full width.
    """
    shades = _shades(len(legend))
    cells = shown or [[str(part) for part in sizes] for _, sizes in groups]
    columns = [_Column(head, [row[n] for row in cells], _swatch(shades[n])) for n, head in enumerate(legend)]
    rows = _Rows([label for label, _ in groups], columns)
    most = max((sum(sizes) for _, sizes in groups), default=0)

    def picture(number: int, middle: float) -> None:
        sizes, x = groups[number][1], rows.left
        whole = sum(sizes) if shown else most
        for size, shade in zip(sizes, shades, strict=True):
            if size:
                wide = rows.wide * size / whole
                inset = 0.5 if shade == HOLLOW else 0.0
                edge = EDGE if shade == HOLLOW else ""
                rows.drawing.rect(x + inset, middle - 6 + inset, wide - 0.8 - inset, 12 - 2 * inset, shade, edge)
                x += wide

    return rows.drawing.svg(rows.draw(picture) + 2)


def tiles(groups: Sequence[tuple[str, Sequence[int]]], legend: Sequence[str], total: str) -> str:
    """Return “where is each unit?”: a tile a unit, grouped in rows; `groups` give for each tile its part (0 first).

    Parts differ in shade and in sign: full, with a dot, empty, crossed out. `total` heads the number of tiles.
    """
    counts = [[str(list(states).count(part)) for part in range(len(legend))] for _, states in groups]
    columns = [_Column(total, [str(len(states)) for _, states in groups], bold=True)]
    columns += [_Column(head, [row[n] for row in counts], _tile_key(n)) for n, head in enumerate(legend)]
    rows = _Rows([label for label, _ in groups], columns)
    for side in TILES:
        across = int(rows.wide // side)
        tall = [max(math.ceil(len(states) / across) * side + PAD, d.SIZE * 2) for _, states in groups]
        if rows.top + sum(tall) < PAGE:
            break

    def picture(number: int, middle: float) -> None:
        states = sorted(groups[number][1])
        top = middle - side * math.ceil(len(states) / across) / 2
        for place, part in enumerate(states):
            x, y = rows.left + place % across * side, top + place // across * side
            _tile(rows.drawing, x + side / 2, y + side / 2, part, side - 3)

    return rows.drawing.svg(rows.draw(picture, tall) + 2)


def _tile(drawing: Drawing, x: float, y: float, part: int, side: float) -> None:
    fill, half = (d.VALUE, "#9dbbd8", HOLLOW, HOLLOW)[part], side / 2
    drawing.rect(x - half, y - half, side, side, fill, "" if part == 0 else EDGE)
    if part == 1:
        drawing.circle(x, y, 0.18 * side, d.INK)
    if part == len(SHADES):
        drawing.path(f"M{x - half:.1f},{y - half:.1f} l{side:g},{side:g} m0,-{side:g} l-{side:g},{side:g}", stroke=EDGE)


def _tile_key(part: int) -> Mark:
    return lambda drawing, x, y: _tile(drawing, x + 1.5, y, part, 10.0)
