"""One function per question, each from the data of the table beside it, as SVG. Imports the theme only.

Byte-identical for the same data: fixed hash salt, no date, ids made unique by the figure's name.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager, style
from matplotlib.figure import Figure as MplFigure

_THEME = resources.files("partybuilding.present") / "theme"
_FONTS = resources.files("partybuilding") / "fonts"
INK, SOFT, VALUE, TARGET, PALE = "#1a1a1a", "#6b6b6b", "#1f4e79", "#b3261e", "#d9dee4"
SHADES = ("#1f4e79", "#7fa3c7", "#e3b23c", "#e6e6e6")
WIDTH = 6.5  # inches: the width of the text on A4


def _style() -> Any:
    for name in ("BeVietnamPro-Regular.ttf", "BeVietnamPro-SemiBold.ttf"):
        with resources.as_file(_FONTS / name) as path:
            font_manager.fontManager.addfont(str(path))
    with resources.as_file(_THEME / "report.mplstyle") as path:
        return style.context(["default", str(path)])


def _svg(figure: MplFigure, name: str, tight: bool = True) -> str:
    mpl.rcParams["svg.hashsalt"] = name
    buffer = io.StringIO()
    box = "tight" if tight else None
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches=box, pad_inches=0.04)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.S)
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", text)
    return re.sub(r"\n\s*", "\n", text)


def _wrapped(label: str, width: int = 42) -> str:
    """Return the label in at most a few lines of even length."""
    lines = textwrap.wrap(label, width)
    return "\n".join(textwrap.wrap(label, max(len(label) // len(lines) + 6, 12))) if len(lines) > 1 else label


@dataclass(frozen=True)
class Bar:
    """One row of the value chart: label, printed value, amount in per cent, qualifier, target in per cent."""

    label: str
    shown: str
    amount: float
    qualifier: str
    target: float | None


def values_against_targets(bars: Sequence[Bar], name: str, legend: tuple[str, str, str]) -> str:
    """Return the chart “where does each rate stand, and where should it stand?”: scale 0 to 100 %."""
    with _style():
        figure = MplFigure(figsize=(WIDTH, 0.62 + 0.37 * len(bars)))
        axes = figure.add_subplot()
        for row, bar in enumerate(bars):
            end = min(bar.amount, 100.0)
            axes.plot([0, 100], [row, row], color=PALE, linewidth=1, zorder=1)
            axes.plot([0, end], [row, row], color=VALUE, linewidth=5, solid_capstyle="butt", zorder=2)
            if bar.target is not None and bar.target <= 100:
                axes.plot([bar.target] * 2, [row - 0.33, row + 0.33], color=TARGET, linewidth=2, zorder=4)
            if bar.qualifier in (">", ">="):
                axes.plot([end, end + 4.2], [row, row], color=VALUE, linewidth=1.4, linestyle=(0, (2, 1.2)), zorder=3)
                axes.plot([end + 4.6], [row], marker=">", color=VALUE, markersize=5, clip_on=False, zorder=5)
            axes.text(107, row, bar.shown, va="center", ha="left", color=INK, fontweight="semibold")
        axes.set_yticks(range(len(bars)), [_wrapped(bar.label) for bar in bars])
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_xlim(0, 106)
        axes.set_xticks([0, 20, 40, 60, 80, 100])
        handles = [
            mpl.lines.Line2D([], [], color=VALUE, linewidth=5, solid_capstyle="butt", label=legend[0]),
            mpl.lines.Line2D(
                [], [], color=TARGET, marker="|", linestyle="", markersize=10, markeredgewidth=2, label=legend[1]
            ),
        ]
        if any(bar.qualifier in (">", ">=") for bar in bars):
            handles.append(
                mpl.lines.Line2D(
                    [], [], color=VALUE, marker=">", linestyle=":", linewidth=1.4, markersize=5, label=legend[2]
                )
            )
        figure.legend(
            handles=handles, loc="lower left", ncols=3, bbox_to_anchor=(0.0, 1.0), bbox_transform=axes.transAxes
        )
        return _svg(figure, name)


def coverage(groups: Sequence[tuple[str, tuple[int, ...]]], name: str, legend: tuple[str, ...]) -> str:
    """Return the chart “what is covered?”: per group a bar of as many parts as the legend has, at most four."""
    with _style():
        figure = MplFigure(figsize=(WIDTH, 0.62 + 0.33 * len(groups)))
        axes = figure.add_subplot()
        for row, (_, parts) in enumerate(groups):
            left = 0
            for number, (size, shade) in enumerate(zip(parts, SHADES, strict=False)):
                if size:
                    axes.barh(row, size, left=left, height=0.62, color=shade, edgecolor="white", linewidth=1)
                    colour = "white" if number == 0 else INK
                    axes.text(left + size / 2, row, str(size), ha="center", va="center", color=colour)
                left += size
        axes.set_yticks(range(len(groups)), [_wrapped(label) for label, _ in groups])
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xticks([])
        handles = [mpl.patches.Patch(facecolor=shade, label=text) for shade, text in zip(SHADES, legend, strict=False)]
        figure.legend(
            handles=handles, loc="lower left", ncols=4, bbox_to_anchor=(0.0, 1.0), bbox_transform=axes.transAxes
        )
        return _svg(figure, name)


def distribution(bins: Sequence[tuple[str, int]], name: str) -> str:
    """Return the chart “how are the units spread?”: the number of units in each class of a rate."""
    with _style():
        figure = MplFigure(figsize=(WIDTH, 2.1))
        axes = figure.add_subplot()
        axes.bar(range(len(bins)), [size for _, size in bins], width=0.92, color=VALUE)
        for place, (_, size) in enumerate(bins):
            axes.text(place, size, str(size), ha="center", va="bottom", color=INK)
        axes.set_xticks(range(len(bins)), [label for label, _ in bins])
        axes.set_yticks([])
        figure.subplots_adjust(left=0.1, right=0.9, top=0.9, bottom=0.13)
        return _svg(figure, name, tight=False)
