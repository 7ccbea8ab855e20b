"""Charts that are no table: a distribution, a matrix of shares, curves over time. Imports drawing only.

Plain rows go in, SVG comes out; the same data give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from partybuilding.present import drawing as d
from partybuilding.present.drawing import Drawing, width, wrapped

WHITE, EDGE, MIDDLE = "#ffffff", "#6b6b6b", "#6f9bc4"
HEAT = ((95, d.VALUE), (80, MIDDLE), (60, "#b9d0e6"), (0, "#e9f0f7"))  # from this share in per cent on: shade
GAP = 12.0
PANEL, AXIS = 118.0, 36.0  # height of the curve of a panel; room for the ends of its scale


def distribution(bins: Sequence[tuple[str, int, float, float]], lines: Sequence[tuple[str, float, bool]]) -> str:
    """Return “how are the units spread?”: (name, size, from, to) of each class, and lines such as the median.

    A line is (words, place in per cent, whether it is the target).
    """
    drawing, low, high = Drawing(), bins[0][2], bins[-1][3]
    left, unit = 24.0, (d.WIDTH - 48) / max(high - low, 1)
    top, tall = 26.0 + 15 * len(lines), 120.0
    base, most = top + tall, max(size for _, size, _, _ in bins) or 1

    def at(amount: float) -> float:
        return left + unit * (min(max(amount, low), high) - low)

    for _, size, start, end in bins:
        drawing.rect(at(start) + 0.6, base - tall * size / most, at(end) - at(start) - 1.2, tall * size / most, MIDDLE)
    for number, (words, place, target) in enumerate(lines):
        x, y, colour = at(place), 8.0 + 15 * number, d.TARGET if target else d.INK
        drawing.line(x, y - 6, x, base, colour, 1.6, "" if target else "4 3")
        flip = x + 6 + width(words, d.SIZE, True) > d.WIDTH
        drawing.text(x - 6 if flip else x + 6, y, words, anchor="end" if flip else "", fill=colour, bold=True)
    for name, size, start, end in bins:
        with drawing.group("row", name):
            middle, y, wide = (at(start) + at(end)) / 2, base - tall * size / most - 8, width(str(size))
            drawing.rect(middle - wide / 2, y - 6, wide, 12, WHITE, mark=False)
            drawing.text(middle, y, str(size), anchor="middle")
    drawing.line(left, base, d.WIDTH - left, base, d.SOFT, 0.8)
    with drawing.group("axis"):
        edges = [*(start for _, _, start, _ in bins), high]
        step = max(1, math.ceil(38 * len(edges) / (d.WIDTH - 48)))
        for edge in edges[::step]:
            drawing.text(at(edge), base + 11, f"{edge:g}%", d.SMALL, "middle", fill=d.SOFT)
    return drawing.svg(base + 20)


def matrix(rows: Sequence[tuple[str, Sequence[tuple[float | None, str]]]], heads: Sequence[str]) -> str:
    """Return “which point is weak where?”: a row an area, a column a point, each cell (share in per cent, its text)."""
    drawing = Drawing()
    left = min(max((width(label) for label, _ in rows), default=0.0), 130.0) + GAP
    wide, lines = (d.WIDTH - left) / len(heads), list[tuple[str, ...]]()
    lines = [wrapped(head, wide - 5, d.SMALL) for head in heads]
    y = d.SMALL * d.LEADING * max(map(len, lines)) + 8
    for number, head in enumerate(lines):
        drawing.text(left + wide * (number + 0.5), y - 6 - d.SMALL * d.LEADING * len(head) / 2, head, d.SMALL, "middle")
    for label, cells in rows:
        words = wrapped(label, left - GAP)
        height = max(len(words) * d.SIZE * d.LEADING + 8, 24)
        with drawing.group("row", label):
            drawing.text(0, y + height / 2, words)
            for number, (share, shown) in enumerate(cells):
                fill = WHITE if share is None else next(shade for least, shade in HEAT if share >= least)
                x = left + wide * number
                drawing.rect(x + 0.75, y + 0.75, wide - 1.5, height - 1.5, fill, EDGE if share is None else "")
                ink = WHITE if fill == d.VALUE else ""
                drawing.text(x + wide / 2, y + height / 2, shown, anchor="middle", fill=ink, bold=fill == HEAT[-1][1])
        y += height
    return drawing.svg(y + 2)


@dataclass(frozen=True)
class Curve:
    """A panel of the change over time: (amount in per cent, as printed) of each period, None where there is none."""

    label: str
    points: Sequence[tuple[float | None, str]]


def curves(panels: Sequence[Curve], periods: Sequence[str], bridge: int | None, word: str) -> str:
    """Return “how did each rate change?”: a panel a rate, all on one scale; `word` names the line before `bridge`.

    `bridge` is the number of the first period after a merger, None where all lie on one side.
    """
    drawing, across = Drawing(), 2 if len(periods) > 2 or len(panels) < 3 else 4
    across = min(across, len(panels))
    gap, known = 22.0, [amount for panel in panels for amount, _ in panel.points if amount is not None]
    wide = (d.WIDTH - gap * (across - 1)) / across
    low, high = max(10 * math.floor((min(known) - 2) / 10), 0), 10 * math.ceil(max(known) / 10)
    high = high if high > low else low + 10
    titles = [wrapped(panel.label, wide, d.SIZE, bold=True) for panel in panels]
    named = [wrapped(period, min((wide - AXIS) / len(periods), 90.0), d.SMALL) for period in periods]
    below = d.SMALL * d.LEADING * max(map(len, named)) + 8
    y = 0.0
    for first in range(0, len(panels), across):
        head = d.SIZE * d.LEADING * max(map(len, titles[first : first + across])) + (30 if bridge else 12)
        for place, panel in enumerate(panels[first : first + across]):
            x = place * (wide + gap)
            drawing.text(x, y + d.SIZE * d.LEADING * len(titles[first + place]) / 2, titles[first + place], bold=True)
            _curve(drawing, panel, (x, y + head, wide), (low, high), named, (bridge, word))
        y += head + PANEL + below + 14
    return drawing.svg(y - 10)


def _curve(
    drawing: Drawing,
    panel: Curve,
    box: tuple[float, float, float],
    scale: tuple[float, float],
    periods: Sequence[tuple[str, ...]],
    merger: tuple[int | None, str],
) -> None:
    x, top, wide = box[0] + AXIS, box[1], box[2] - AXIS
    step, unit = wide / len(periods), (PANEL - 14) / (scale[1] - scale[0])
    base, places = top + PANEL, list[tuple[float, float]]()
    drawing.line(x, base, x + wide, base, d.SOFT, 0.8)
    drawing.line(x, base - PANEL + 14, x + wide, base - PANEL + 14, d.PALE, 0.8)
    if merger[0] is not None:
        at = x + step * merger[0]
        drawing.line(at, top - 20, at, base, d.SOFT, 1, "3 3")
        room = at + 4 + width(merger[1], d.SMALL) > x + wide
        drawing.text(at - 4 if room else at + 4, top - 15, merger[1], d.SMALL, "end" if room else "", fill=d.SOFT)
    for number, (amount, _) in enumerate(panel.points):
        middle = x + step * (number + 0.5)
        places += [(middle, base - unit * (amount - scale[0]))] if amount is not None else []
        following = amount is None or number + 1 == len(panel.points) or panel.points[number + 1][0] is None
        if following and places:
            drawing.path("M" + " L".join(f"{a:.1f},{b:.1f}" for a, b in places), stroke=d.VALUE, thick=2)
            places = []
    with drawing.group("axis"):
        for amount in scale:
            drawing.text(x - 5, base - unit * (amount - scale[0]), f"{amount:g}%", d.SMALL, "end", fill=d.SOFT)
        for number, lines in enumerate(periods):
            height = d.SMALL * d.LEADING * len(lines)
            drawing.text(x + step * (number + 0.5), base + 5 + height / 2, lines, d.SMALL, "middle", fill=d.SOFT)
    with drawing.group("row", panel.label):
        for number, (amount, shown) in enumerate(panel.points):
            middle = x + step * (number + 0.5)
            y = base - unit * (amount - scale[0]) if amount is not None else base - 6
            if amount is not None:
                drawing.circle(middle, y, 3.4, d.VALUE)
                beside = [panel.points[n][0] for n in (number - 1, number + 1) if 0 <= n < len(panel.points)]
                higher = sum((other or amount) - amount for other in beside) > 0  # the line would cross words above
                y += 13 if higher and y + 21 < base else -11
            drawing.text(middle, y, shown, anchor="middle", bold=number + 1 == len(panel.points))
