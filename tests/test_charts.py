"""Charts: the same bytes for the same data, nothing cut off, nothing said that the data does not say."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from lxml import etree

from partybuilding.present import charts
from partybuilding.present.charts import Bar
from partybuilding.present.display import Figure, Section

HERE = Path(__file__).parent
VALUES = ("Kết quả", "Mục tiêu", "Chỉ nêu giới hạn dưới")
COVER = ("Có số liệu", "Nêu bằng lời", "Chỉ có mục tiêu", "Không nêu")
LONG = "Chi bộ quân sự thành lập đúng Điều lệ Đảng, hướng dẫn của cấp trên và quy định của Bộ Chính trị về tổ chức"
BARS = [
    Bar("Chi bộ quân sự có chi ủy", "90,2%", 90.196, "=", None),
    Bar("Chi bộ trong sạch, vững mạnh", "> 90%", 90.0, ">", 95.0),
    Bar("Hoàn thành kế hoạch kiểm tra", "250%", 250.0, "=", 100.0),
]
GROUPS = [("Công tác đảng viên", (3, 1, 0, 10)), ("Công tác cán bộ", (0, 0, 5, 12)), ("Trống", (0, 0, 0, 0))]


def drawn(bars: list[Bar], name: str = "figure-values") -> str:
    return charts.values_against_targets(bars, name, VALUES)


def covered(groups: list[Any], name: str = "figure-coverage") -> str:
    return charts.coverage(groups, name, COVER)


@pytest.fixture
def axes_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Draw a chart and return its axes, as they were when the SVG was written."""
    seen: list[Any] = []
    write = charts._svg
    monkeypatch.setattr(charts, "_svg", lambda figure, name: (seen.append(figure), write(figure, name))[1])

    def axes(draw: Callable[[list[Any]], str], data: list[Any]) -> Any:
        draw(data)
        return seen[-1].axes[0]

    return axes


def labels(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def markers(axes: Any) -> list[str]:
    return [line.get_marker() for line in axes.lines if line.get_marker() != "None"]


def legend(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.figure.legends[0].get_texts()]


def glyphs(svg: str) -> int:
    return svg.count("<use ")


def test_the_same_data_give_the_same_bytes_here_and_in_a_new_process() -> None:
    first = drawn(BARS) + covered(GROUPS)
    assert drawn(BARS) + covered(GROUPS) == first
    program = (
        "import hashlib, test_charts as t;"
        "print(hashlib.sha256((t.drawn(t.BARS) + t.covered(t.GROUPS)).encode()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(first.encode()).hexdigest()


def test_other_data_give_other_bytes() -> None:
    assert drawn(BARS[:2]) != drawn(BARS[1:])


def test_the_look_does_not_hang_on_the_style_of_the_session_and_leaves_it_alone() -> None:
    plain = drawn(BARS)
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "lines.linewidth": 9, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        assert drawn(BARS) == plain
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(("draw", "data"), [(drawn, BARS), (covered, GROUPS)], ids=["values", "coverage"])
def test_a_chart_is_one_well_formed_svg_that_asks_for_nothing(draw: Callable[..., str], data: list[Any]) -> None:
    svg = draw(data)
    root = etree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"<script|<image|<metadata|<!--|@import|href=\"(?!#)|url\((?!#)", svg)


def test_two_charts_on_one_page_share_no_id_and_every_reference_finds_its_place() -> None:
    svgs = {
        "figure-a": drawn(BARS, "figure-a"),
        "figure-b": drawn(BARS, "figure-b"),
        "figure-c": covered(GROUPS, "figure-c"),
    }
    page = Section("x", "x", 2, [Figure(name, svg, "Hình", "alt") for name, svg in svgs.items()]).html()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    assert used
    assert {one or other for one, other in used} <= set(ids)


def test_a_lower_bound_draws_an_arrow_and_says_so(axes_of: Callable[..., Any]) -> None:
    axes = axes_of(drawn, [Bar("a", "> 90%", 90.0, ">", None), Bar("b", "≥ 85%", 85.0, ">=", None)])
    assert markers(axes) == [">", ">"]
    assert legend(axes) == list(VALUES)


@pytest.mark.parametrize("qualifier", ["=", "all", "~", "<", "<="])
def test_what_is_no_lower_bound_draws_no_arrow(axes_of: Callable[..., Any], qualifier: str) -> None:
    axes = axes_of(drawn, [Bar("a", "90%", 90.0, qualifier, 85.0)])
    assert markers(axes) == []
    assert legend(axes) == list(VALUES[:2])


def lengths(axes: Any) -> list[float]:
    return [float(line.get_xdata()[1]) for line in axes.lines if line.get_linewidth() == 5]


def test_bars_are_as_long_as_their_values_but_end_at_a_hundred(axes_of: Callable[..., Any]) -> None:
    amounts = [0.0, 10.65, 90.196, 100.0, 250.0]
    axes = axes_of(drawn, [Bar(str(amount), f"{amount}%", amount, "=", None) for amount in amounts])
    assert lengths(axes) == [0.0, 10.65, 90.196, 100.0, 100.0]
    assert [text.get_text() for text in axes.texts] == ["0.0%", "10.65%", "90.196%", "100.0%", "250.0%"]


def test_targets_stand_where_they_are_set_and_nowhere_else(axes_of: Callable[..., Any]) -> None:
    aims = [None, 0.0, 85.5, 100.0, 120.0]
    axes = axes_of(drawn, [Bar(str(aim), "50%", 50.0, "=", aim) for aim in aims])
    marks = [float(line.get_xdata()[0]) for line in axes.lines if line.get_color() == charts.TARGET]
    assert marks == [0.0, 85.5, 100.0]  # 120 is beyond the scale


@pytest.mark.parametrize("count", [1, 2, 60])
def test_a_chart_grows_with_its_rows(axes_of: Callable[..., Any], count: int) -> None:
    axes = axes_of(drawn, [Bar(f"Nội dung {row}", "50%", 50.0, "=", None) for row in range(count)])
    assert labels(axes) == [f"Nội dung {row}" for row in range(count)]
    assert axes.figure.get_figheight() == pytest.approx(0.62 + 0.37 * count)


@pytest.mark.parametrize("draw", ["values", "coverage"])
def test_a_long_label_is_wrapped_and_kept_whole(axes_of: Callable[..., Any], draw: str) -> None:
    if draw == "values":
        axes = axes_of(drawn, [Bar(LONG, "50%", 50.0, "=", None)])
    else:
        axes = axes_of(covered, [(LONG, (1, 2, 3, 4))])
    (label,) = labels(axes)
    lines = label.split("\n")
    assert " ".join(lines) == LONG
    assert 2 < len(lines) < 5
    assert max(map(len, lines)) <= 48


def test_every_letter_of_a_label_is_drawn_and_none_to_the_left_of_the_picture() -> None:
    short, long = (drawn([Bar(label, "50%", 50.0, "=", None)]) for label in ("A", LONG))
    assert glyphs(long) - glyphs(short) >= len(LONG.replace(" ", "")) - 1
    assert min(float(x) for x in re.findall(r"translate\((-?[\d.]+) ", long)) >= 0


@pytest.mark.parametrize(
    "label", [r"$x^2$", r"$\input{/etc/passwd}$", "$$", "50 $ hay 60 $", "a_b^c", "{braces}", "%d"]
)
def test_a_label_is_text_never_a_formula(axes_of: Callable[..., Any], label: str) -> None:
    axes = axes_of(drawn, [Bar(label, label, 50.0, "=", None)])
    assert labels(axes) == [label]
    blank = drawn([Bar("", "", 50.0, "=", None)])
    assert glyphs(drawn([Bar(label, label, 50.0, "=", None)])) - glyphs(blank) >= 2 * len(label.replace(" ", ""))


def test_the_coverage_chart_prints_its_numbers_and_leaves_out_zeros(axes_of: Callable[..., Any]) -> None:
    axes = axes_of(covered, GROUPS)
    assert labels(axes) == ["Công tác đảng viên", "Công tác cán bộ", "Trống"]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "10", "5", "12"]
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [(0, 3), (3, 1), (4, 10), (0, 5), (5, 12)]
    assert legend(axes) == list(COVER)


def test_no_figure_is_left_open() -> None:
    import matplotlib.pyplot as plt

    drawn(BARS)
    assert plt.get_fignums() == []
