"""SVG made of rectangles, lines and words, measured with the report's own font. Imports letters.

Words stay words: they can be selected and searched, and a chart costs a millisecond. Same bytes for the same data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from lxml import etree

from partybuilding.letters import BE_VIETNAM, em

WIDTH = 620.0  # units of a chart; 165 mm in print: 12 units are 9 pt, 11 are 8.3 pt
SIZE, SMALL = 12.0, 11.0
LEADING = 1.22
INK, SOFT, PALE, VALUE, TARGET = "#1a1a1a", "#595959", "#dfe4ea", "#1f4e79", "#b3261e"
_FAMILY = "'Be Vietnam Pro', Arial, 'Liberation Sans', sans-serif"
_SLACK = 1.05  # a reader's own font may be wider
_SVG = "http://www.w3.org/2000/svg"


@lru_cache(1 << 14)
def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Return the width of a line in units; a letter that the font does not have counts as wide as its size."""
    return _SLACK * size * em(unicodedata.normalize("NFC", text), BE_VIETNAM, bold)


@lru_cache(1 << 12)
def wrapped(text: str, room: float, size: float = SIZE, bold: bool = False) -> tuple[str, ...]:
    """Return the text in as few lines as `room` allows, of even length; a word that is too long is cut."""
    lines = _filled(text, room, size, bold)
    longest = max((width(word, size, bold) for word in text.split()), default=room)
    for part in (0.6, 0.7, 0.8, 0.9):
        even = _filled(text, room * part, size, bold) if longest <= room * part else ()
        if len(even) == len(lines) > 1:
            return even
    return lines


def _filled(text: str, room: float, size: float, bold: bool) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, bold) <= room:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while width(lines[-1], size, bold) > room and len(lines[-1]) > 1:
            fits = next(
                n for n in range(len(lines[-1]) - 1, 0, -1) if n == 1 or width(lines[-1][:n], size, bold) < room
            )
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return tuple(lines)


def _n(number: float) -> str:
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")  # never “-0”


class Drawing:
    """A chart that is being drawn, from above downwards; shapes that stand for data bear the class `mark`."""

    def __init__(self) -> None:
        self.root: Any = etree.Element(f"{{{_SVG}}}svg", nsmap={None: _SVG})
        self._into = self.root

    def _add(self, name: str, **attributes: str) -> Any:
        named = {key.rstrip("_").replace("_", "-"): text for key, text in attributes.items() if text}
        return etree.SubElement(self._into, f"{{{_SVG}}}{name}", named)

    @contextmanager
    def group(self, kind: str, head: str = "") -> Iterator[None]:
        """Draw into a group: `axis`, or `row` for the words of one row of the data, named by its first or by `head`."""
        outer = self._into
        self._into = self._add("g", class_=kind, data_row=head)
        yield
        self._into = outer

    def rect(
        self, x: float, y: float, wide: float, tall: float, fill: str, stroke: str = "", mark: bool = True
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        places = {"x": _n(x), "y": _n(y), "width": _n(max(wide, 0)), "height": _n(max(tall, 0))}
        self._add("rect", class_="mark" if mark else "", **places, fill=fill, stroke=stroke)

    def line(self, x: float, y: float, x2: float, y2: float, stroke: str, thick: float = 1, dash: str = "") -> None:
        """Draw a line; `dash` are the lengths of stroke and gap."""
        ends = {"x1": _n(x), "y1": _n(y), "x2": _n(x2), "y2": _n(y2)}
        self._add("line", **ends, stroke=stroke, stroke_width=_n(thick), stroke_dasharray=dash)

    def path(self, steps: str, fill: str = "none", stroke: str = "", thick: float = 1) -> None:
        """Draw a path of SVG's own steps."""
        self._add("path", d=steps, fill=fill, stroke=stroke, stroke_width=_n(thick) if stroke else "")

    def circle(self, x: float, y: float, radius: float, fill: str, stroke: str = "", thick: float = 1.5) -> None:
        """Draw a circle."""
        places = {"cx": _n(x), "cy": _n(y), "r": _n(radius)}
        self._add("circle", class_="mark", **places, fill=fill, stroke=stroke, stroke_width=_n(thick) if stroke else "")

    def text(
        self,
        x: float,
        y: float,
        words: str | Sequence[str],
        size: float = SIZE,
        anchor: str = "",
        bold: bool = False,
        fill: str = "",
    ) -> None:
        """Set one line or several around the height `y`; `anchor` is middle, end or (blank) start."""
        lines = [words] if isinstance(words, str) else words
        first = y + 0.35 * size - (len(lines) - 1) * size * LEADING / 2
        look = {"font_size": _n(size) if size != SIZE else "", "font_weight": "600" if bold else "", "fill": fill}
        made = self._add("text", x=_n(x), y=_n(first), text_anchor=anchor, **look)
        if len(lines) == 1:
            made.text = lines[0]
            return
        for number, line in enumerate(lines):
            part = etree.SubElement(made, f"{{{_SVG}}}tspan", x=_n(x), dy=_n(size * LEADING if number else 0))
            part.text = line

    def svg(self, tall: float) -> str:
        """Return the chart, `tall` units high."""
        box = {"viewBox": f"0 0 {_n(WIDTH)} {_n(tall)}", "width": _n(WIDTH), "height": _n(tall)}
        for key, text in {**box, "font-family": _FAMILY, "font-size": _n(SIZE), "fill": INK}.items():
            self.root.set(key, text)
        return str(etree.tostring(self.root, encoding="unicode"))
