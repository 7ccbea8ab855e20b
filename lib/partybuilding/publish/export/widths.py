"""Widths of a printed table's columns, from its words in the print's own type. Imports letters.

Typst has no automatic widths like a browser's, and `auto` lets one long cell starve all others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from partybuilding.letters import TINOS, em

MM = 72 / 25.4
INSET = 3.5  # points at either side of a cell
LEADING, PADDING = 2.5, 2.5  # points between the lines of a cell; above and below them
WIDEST_WORD = 0.4  # of the text: one that is longer (a file, a checksum) runs out of its column, not over the page
NUMBER, WORDS = 90.0, 80.0  # points: numbers and words up to these widths stay on one line
SHORT = 4  # words: a column's head of no more takes two lines, another one three
POWERS = (0.5, 0.7, 0.85, 1.0)  # how strongly the words of a column weigh: the one with the fewest lines is taken
SPACE = 0.25  # em
SLACK = 0.75  # points: kerning may make a line that much longer than its letters


def width(text: str, bold: bool = False) -> float:
    """Return the width of a line in em."""
    return em(text, TINOS, bold)


@dataclass(frozen=True)
class Fitted:
    """Columns in points with the room within, and the heights that follow from them, in points."""

    columns: tuple[float, ...]
    head: float
    rows: tuple[float, ...]

    @property
    def height(self) -> float:
        """Height of head and rows."""
        return self.head + sum(self.rows)


def fitted(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[bool],
    bold: Sequence[bool],
    size: float,
    room: float,
) -> Fitted:
    """Return the columns of a table that fill `room` points with the fewest lines, in type of `size` points.

    No word is cut, and no number of a column of `numbers`; what is left goes to where the most words stand. `bold`
    says which columns have cells in bold type.
    """
    free = room - 2 * INSET * len(head)
    titles = [_measured(title, True) for title in head]
    measured = [[*map(_measured, row, bold)] for row in rows]
    least, most, weight = [], [], []
    for place, title in enumerate(titles):
        cells = [_line(row[place]) * size + SLACK for row in measured]
        longest = max([_title(title), *(word for row in measured for word in row[place])]) * size + SLACK
        widest = max(cells, default=0.0)
        if widest <= (NUMBER if numbers[place] else WORDS):
            longest = max(longest, widest)
        least.append(min(longest, WIDEST_WORD * free))
        most.append(max(least[-1], widest, _line(title) * size / 2))
        weight.append(sum(cells) or 1.0)
    best: Fitted | None = None
    for power in POWERS if sum(most) > free else POWERS[:1]:
        inner = _shared(least, most, [one**power for one in weight], free)
        ems = [one / size for one in inner]
        each = (max(map(_lines, row, ems)) for row in (titles, *measured))
        head_height, *heights = [_height(lines, size) for lines in each]
        made = Fitted(tuple(one + 2 * INSET for one in inner), head_height, tuple(heights))
        if best is None or made.height < best.height:
            best = made
    return best or made


@lru_cache(1 << 14)  # cells repeat
def _measured(text: str, bold: bool) -> tuple[float, ...]:
    return tuple(width(word, bold) for word in text.split())


def paragraph(text: str, size: float, room: float) -> float:
    """Return the height of a note below a table with the gap before it, in points."""
    return _height(_lines(_measured(text, False), room / size), size)


def _shared(least: Sequence[float], most: Sequence[float], weight: Sequence[float], free: float) -> list[float]:
    """Share `free` by weight, each column between its least and its most; a rest is shared evenly."""
    if sum(least) >= free:
        return [one * free / sum(least) for one in least]
    bounds = list(zip(weight, least, most, strict=True))
    steps = sorted(bound / w for w, a, b in bounds for bound in (a, b))

    def shared(step: float) -> list[float]:
        return [a if step * w < a else b if step * w > b else step * w for w, a, b in bounds]

    past = bisect_left(steps, free, key=lambda step: sum(shared(step)))  # between two steps all grows evenly
    low, high = steps[past - 1], steps[min(past, len(steps) - 1)]
    before, after = sum(shared(low)), sum(shared(high))
    given = shared(low + (high - low) * (free - before) / (after - before) if after > before else high)
    rest = (free - sum(given)) / len(given)
    return [one + rest for one in given]


def _line(words: Sequence[float]) -> float:
    """Return the width of words in one line, in em."""
    return sum(words) + SPACE * max(0, len(words) - 1)


def _lines(words: Sequence[float], room: float) -> int:
    """Return in how many lines words of these widths are set, in em."""
    if len(words) < 2 or sum(words) + SPACE * (len(words) - 1) <= room:
        return 1
    lines, used = 1, 0.0
    for word in words:
        if used and used + SPACE + word > room:
            lines, used = lines + 1, word
        else:
            used += word + (SPACE if used else 0.0)
    return lines


def _title(words: Sequence[float]) -> float:
    """Return the width in em in which a column's head takes two lines, or three."""
    most = 2 if len(words) <= SHORT else 3
    runs = {_line(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)}
    return min((run for run in runs if run >= max(words) and _lines(words, run) <= most), default=0.0)


def _height(lines: int, size: float) -> float:
    return lines * size + (lines - 1) * LEADING + 2 * PADDING
