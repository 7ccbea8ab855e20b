"""Charts: the same bytes for the same data, nothing cut off or on top of another, nothing that the data do not say."""

from __future__ import annotations

import hashlib
import itertools
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import HOSTILE, communes
from lxml import etree

from partybuilding.present import charts, drawing, plots
from partybuilding.present.charts import Bar
from partybuilding.present.display import Figure, Section
from partybuilding.present.drawing import SIZE, WIDTH, width, wrapped
from partybuilding.present.plots import Curve

HERE = Path(__file__).parent
DAY = date(2022, 12, 31)
SVG = "{http://www.w3.org/2000/svg}"
HEADS = ("Kết quả", "Chỉ tiêu", "Cùng kỳ năm trước", "Đánh giá")
COVER = ("Có số liệu", "Nêu bằng lời", "Chỉ có chỉ tiêu", "Không đề cập")
TILES = ("Có chi ủy", "Có chi bộ, chưa có chi ủy", "Chưa có chi bộ", "Chưa báo cáo")
LONG = "Chi bộ quân sự thành lập đúng Điều lệ Đảng, hướng dẫn của cấp trên và quy định của Bộ Chính trị về tổ chức"
BARS = [
    Bar("Chi bộ quân sự có chi ủy", "90,2%", 90.196, "=", 85.0, "≥ 85%", 88.0, "88,0%", "met", "Đạt"),
    Bar("Chi bộ trong sạch, vững mạnh", "> 90%", 90.0, ">", 95.0, "≥ 95%", status="undetermined", told="Chưa xác định"),
    Bar("Hoàn thành kế hoạch kiểm tra", "250%", 250.0, "=", 100.0, "100%", status="met", told="Đạt"),
]
GROUPS = [("Công tác đảng viên", (3, 1, 0, 10)), ("Công tác cán bộ", (0, 0, 5, 12)), ("Trống", (0, 0, 0, 0))]
UNITS = [("thành phố Kon Tum", [0] * 12 + [1] * 5 + [2] * 3 + [3]), ("huyện Đăk Glei", [3]), ("Trống", [])]
BINS = [(f"{n}–<{n + 5}%", n % 7, float(n), float(n + 5)) for n in range(10, 75, 5)]
POINTS = [(100.0, "100%"), (97.0, "97,0%"), (62.5, "62,5%"), (0.0, "0%"), (None, "–")]
CURVES = [
    Curve("Chi bộ có chi ủy", [(60.8, "60,8%"), (None, "–"), (90.2, "90,2%")]),
    Curve(LONG, [(20.0, "20,0%"), (20.0, "20,0%"), (22.7, "22,7%")]),
]


def values(bars: list[Bar]) -> str:
    return charts.values_against_targets(bars, HEADS, "Chỉ nêu giới hạn")


def covered(groups: list[Any]) -> str:
    return charts.parts(groups, COVER)


def tiled(groups: list[Any]) -> str:
    return charts.tiles(groups, TILES, "Số đơn vị")


def spread(bins: list[Any]) -> str:
    return plots.distribution(bins, [("Trung vị: 42%", 42.0, False), ("Chỉ tiêu: ≥ 74%", 74.0, True)])


def heat(labels: list[str]) -> str:
    return plots.matrix([(label, POINTS) for label in labels], [LONG, *COVER])


def curved(panels: list[Curve]) -> str:
    return plots.curves(panels, ["2021", "6 tháng đầu năm 2022", "2022"], 2, "sáp nhập")


EVERY: dict[str, tuple[Callable[..., str], list[Any]]] = {
    "values": (values, BARS),
    "parts": (covered, GROUPS),
    "tiles": (tiled, UNITS),
    "distribution": (spread, BINS),
    "matrix": (heat, ["huyện Hiệp Hòa", "Toàn tỉnh"]),
    "curves": (curved, CURVES),
}
every = pytest.mark.parametrize(("draw", "data"), EVERY.values(), ids=EVERY)


def root(svg: str) -> Any:
    return etree.fromstring(svg)


def said(node: Any) -> list[str]:
    """The words of each text within `node`, lines joined."""
    return [" ".join(text.itertext()) for text in node.iter(f"{SVG}text")]


def rows(svg: str) -> list[list[str]]:
    """The words of each row, the label first where it is drawn."""
    return [said(group) for group in root(svg).iter(f"{SVG}g") if group.get("class") == "row"]


def number(node: Any, key: str) -> float:
    return float(node.get(key))


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Left, upper, right and lower edge of each line of words, as wide as the report's font sets it."""
    found = []
    for text in root(svg).iter(f"{SVG}text"):
        size, bold = float(text.get("font-size") or SIZE), text.get("font-weight") == "600"
        y = number(text, "y")
        for line in text.iter(f"{SVG}tspan") if len(text) else [text]:
            y += float(line.get("dy") or 0)
            wide = width(line.text or "", size, bold)
            left = number(line, "x") - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor"), 0.0)
            found.append((left, y - 0.75 * size, left + wide, y + 0.2 * size, line.text or ""))
    return found


def apart(svg: str) -> None:
    """No words beyond the picture, none on top of others."""
    tall, found = float(root(svg).get("viewBox").split()[3]), boxes(svg)
    for left, upper, right, lower, text in found:
        assert left >= -0.5, text
        assert right <= WIDTH + 0.5, text
        assert upper >= -0.5, text
        assert lower <= tall + 0.5, text
    for one, other in itertools.combinations(found, 2):
        beside = one[2] <= other[0] + 0.5 or other[2] <= one[0] + 0.5
        assert beside or one[3] <= other[1] + 0.5 or other[3] <= one[1] + 0.5, (one[4], other[4])


# ---- all charts


def test_the_same_data_give_the_same_bytes_here_and_in_a_new_process() -> None:
    first = "".join(draw(data) for draw, data in EVERY.values())
    assert "".join(draw(data) for draw, data in EVERY.values()) == first
    program = (
        "import hashlib, test_charts as t;"
        "print(hashlib.sha256(''.join(d(x) for d, x in t.EVERY.values()).encode()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(first.encode()).hexdigest()


def test_no_chart_needs_matplotlib() -> None:
    program = "import sys, test_charts as t; [d(x) for d, x in t.EVERY.values()]; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_other_data_give_other_bytes() -> None:
    assert values(BARS[:2]) != values(BARS[1:])


@every
def test_a_chart_is_one_well_formed_svg_of_words_and_shapes_without_ids(
    draw: Callable[..., str], data: list[Any]
) -> None:
    svg = root(draw(data))
    assert {node.tag.removeprefix(SVG) for node in svg.iter()} <= {
        *("svg", "g", "rect", "line", "path", "circle", "text", "tspan")
    }
    assert not [key for node in svg.iter() for key in node.attrib if key == "id" or "href" in key]
    assert "nan" not in draw(data)
    assert [node for node in svg.iter() if node.get("class") == "mark"]


@every
def test_words_stand_apart_and_within_the_picture(draw: Callable[..., str], data: list[Any]) -> None:
    apart(draw(data))


@every
def test_words_are_printed_in_eight_points_or_more(draw: Callable[..., str], data: list[Any]) -> None:
    sizes = {float(node.get("font-size") or SIZE) for node in root(draw(data)).iter(f"{SVG}text")}
    assert min(sizes) * 165 / 25.4 * 72 / WIDTH >= 8  # a chart is as wide as the text, 165 mm


@every
def test_the_rows_of_one_and_of_many_stand_apart(draw: Callable[..., str], data: list[Any]) -> None:
    apart(draw(data[:1]))
    if draw is not spread:
        apart(draw(data * 12))


LONGEST = max((unit.area for slug in ("bac-giang", "kon-tum") for unit in communes().of(slug, DAY)), key=len)


@pytest.mark.parametrize("label", [LONG, LONGEST, "x" * 90, "Đ", "", LONG.upper()])
def test_the_longest_labels_are_wrapped_and_kept_whole(label: str) -> None:
    drawn = {
        "values": values(
            [Bar(label, "100,0%", 100.0, ">=", 85.0, "≥ 85,5%", 1.0, "100,0%", "not_met", "Chưa đạt (9)")]
        ),
        "parts": covered([(label, (1000, 2000, 3000, 4000))]),
        "tiles": tiled([(label, [0, 1, 2, 3] * 80)]),
        "matrix": heat([label]),
        "curves": curved([Curve(label, [(1.0, "1,0%"), (50.0, "50,0%"), (100.0, "100%")])] * 4),
    }
    for svg in drawn.values():
        apart(svg)
        words = ["".join(text.itertext()).replace(" ", "") for text in root(svg).iter(f"{SVG}text")]
        assert label.replace(" ", "") in words


@pytest.mark.parametrize("label", [*HOSTILE[:-1], r"$x^2$", "50 $ hay 60 $", "{braces}", "%d", "&amp; <b>"])
def test_a_label_is_text_never_markup(label: str) -> None:
    for svg in (values([Bar(label, label, 50.0, "=")]), covered([(label, (1, 0, 0, 0))]), tiled([(label, [0])])):
        assert rows(svg)[0][0].replace(" ", "") == label.replace(" ", "")
        assert root(svg).find(f".//{SVG}script") is None


def test_two_charts_on_one_page_share_no_id() -> None:
    page = Section("x", "x", 2, [Figure(f"figure-{n}", values(BARS), "Hình", "alt") for n in "ab"]).html()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert ids == ["x", "figure-a", "figure-b"]


# ---- measuring and wrapping


def test_a_line_is_measured_by_the_letters_of_the_font_with_a_little_to_spare() -> None:
    assert width("") == 0
    assert width("ab") == pytest.approx(width("a") + width("b"))
    assert width("a", 24) == pytest.approx(2 * width("a", 12))
    assert width("a", 12, bold=True) > width("a", 12)
    assert width("€☃") >= width("€") + SIZE  # a letter that the font does not have
    assert width(unicodedata.normalize("NFD", "Đảng ủy")) == width("Đảng ủy")


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 100, ("",)),
        ("một", 100, ("một",)),
        ("một hai", 500, ("một hai",)),
        ("một hai", 30, ("một", "hai")),
        ("  một   hai  ", 500, ("một hai",)),
    ],
)
def test_a_text_is_wrapped_at_blanks(text: str, room: float, lines: tuple[str, ...]) -> None:
    assert wrapped(text, room) == lines


@pytest.mark.parametrize("room", [20.0, 60.0, 110.0, 300.0])
def test_wrapped_lines_fit_and_keep_every_letter(room: float) -> None:
    lines = wrapped(LONG, room)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert all(width(line) <= room or len(line) == 1 for line in lines)


def test_lines_are_of_even_length_and_no_word_is_cut_for_it() -> None:
    assert wrapped("Narrowly missed", 90.0) == ("Narrowly", "missed")
    one, other = wrapped("Chi bộ hoàn thành tốt nhiệm vụ", 150.0)
    assert abs(width(one) - width(other)) < 40


def test_a_coordinate_is_never_minus_nought() -> None:
    assert [drawing._n(x) for x in (-0.01, 0, 1.04, 1.06, -2.5, 10)] == ["0", "0", "1", "1.1", "-2.5", "10"]


# ---- values against targets


def test_each_row_tells_value_target_last_year_and_status() -> None:
    assert rows(values(BARS)) == [
        ["Chi bộ quân sự có chi ủy", "90,2%", "≥ 85%", "88,0%", "Đạt"],
        ["Chi bộ trong sạch, vững mạnh", "> 90%", "≥ 95%", "–", "Chưa xác định"],
        ["Hoàn thành kế hoạch kiểm tra", "250%", "100%", "–", "Đạt"],
    ]


def test_columns_that_no_row_needs_are_left_out() -> None:
    svg = values([Bar("a", "50%", 50.0, "=")])
    assert rows(svg) == [["a", "50%"]]
    assert [head for head in HEADS if head in said(root(svg))] == ["Kết quả"]


def lengths(svg: str) -> list[float]:
    """Lengths of the bars in per cent of their track."""
    rects = [node for node in root(svg).iter(f"{SVG}rect") if number(node, "height") == 10]
    tracks = [number(node, "width") for node in rects if node.get("class") != "mark"]
    bars = [number(node, "width") for node in rects if node.get("class") == "mark"]
    return [round(100 * bar / track, 1) for bar, track in zip(bars, tracks, strict=True)]


def test_bars_are_as_long_as_their_values_but_end_at_a_hundred() -> None:
    amounts = [0.0, 10.65, 90.196, 100.0, 250.0]
    svg = values([Bar(str(amount), f"{amount}%", amount, "=") for amount in amounts])
    assert lengths(svg) == pytest.approx([0.0, 10.65, 90.196, 100.0, 100.0], abs=0.1)
    assert [row[1] for row in rows(svg)] == ["0.0%", "10.65%", "90.196%", "100.0%", "250.0%"]


def dashed(svg: str) -> int:
    """Dashed lines within rows: what lies beyond a bound."""
    lines = root(svg).iterfind(f".//{SVG}g[@class='row']/{SVG}line")
    return sum(bool(line.get("stroke-dasharray")) for line in lines)


@pytest.mark.parametrize(("qualifier", "open_ended"), [(">", 1), (">=", 1), ("<", 1), ("<=", 1), ("=", 0), ("all", 0)])
def test_a_bound_is_drawn_open_and_explained(qualifier: str, open_ended: int) -> None:
    svg = values([Bar("a", "85%", 85.0, qualifier)])
    assert dashed(svg) == open_ended
    assert ("Chỉ nêu giới hạn" in said(root(svg))) == bool(open_ended)


def test_targets_stand_where_they_are_set_and_nowhere_else() -> None:
    aims = [None, 0.0, 85.5, 100.0, 120.0]
    svg = values([Bar(str(aim), "50%", 50.0, "=", aim) for aim in aims])
    track = next(node for node in root(svg).iter(f"{SVG}rect") if number(node, "height") == 10)
    marks = root(svg).iterfind(f".//{SVG}g[@class='row']/{SVG}line[@stroke='{drawing.TARGET}']")
    left, unit = number(track, "x"), number(track, "width") / 100
    assert [round((number(mark, "x1") - left) / unit, 1) for mark in marks] == [0.0, 85.5, 100.0]  # 120: off the scale


def test_no_status_is_told_by_colour_alone() -> None:
    signs = []
    for status in ("met", "close", "not_met", "undetermined"):
        (row,) = root(values([Bar("a", "5%", 5.0, "=", status=status, told=status)])).iterfind(
            f".//{SVG}g[@class='row']"
        )
        assert said(row)[-1] == status
        shapes = [node for node in row if node.tag in (f"{SVG}circle", f"{SVG}path")]
        signs.append(tuple(re.sub(r"[\d.,-]+", "", node.get("d") or node.get("fill")) for node in shapes))
    assert len(set(signs)) == 4


# ---- parts and tiles


def test_a_chart_of_parts_prints_every_number_beside_the_bar() -> None:
    assert rows(covered(GROUPS)) == [
        ["Công tác đảng viên", "3", "1", "0", "10"],
        ["Công tác cán bộ", "0", "0", "5", "12"],
        ["Trống", "0", "0", "0", "0"],
    ]


def marks(svg: str) -> list[list[float]]:
    found = []
    for group in root(svg).iterfind(f".//{SVG}g[@class='row']"):
        found.append([number(node, "width") for node in group.iter(f"{SVG}rect") if node.get("class") == "mark"])
    return found


def test_bars_of_parts_share_one_scale_and_leave_out_what_is_nought() -> None:
    first, second, third = marks(charts.parts([("a", (30, 10)), ("b", (10, 0)), ("c", (0, 0))], ("x", "y")))
    assert first[0] / second[0] == pytest.approx(3, rel=0.05)
    assert (len(first), len(second), len(third)) == (2, 1, 0)


def test_shares_fill_the_width_whatever_the_whole() -> None:
    one, other = marks(charts.parts([("a", (1, 1)), ("b", (500, 500))], ("x", "y"), [["50%", "50%"]] * 2))
    assert one == other


def test_each_unit_is_a_tile_with_the_numbers_beside() -> None:
    svg = tiled(UNITS)
    assert rows(svg) == [
        ["thành phố Kon Tum", "21", "12", "5", "3", "1"],
        ["huyện Đăk Glei", "1", "0", "0", "0", "1"],
        ["Trống", "0", "0", "0", "0", "0"],
    ]
    assert [len(row) for row in marks(svg)] == [21, 1, 0]


@pytest.mark.parametrize(("areas", "each"), [(30, 20), (27, 21), (1, 600), (2, 150)])
def test_the_tiles_of_the_largest_provinces_fit_a_page(areas: int, each: int) -> None:
    svg = tiled([(f"thành phố số {number}", [number % 4] * each) for number in range(areas)])
    assert float(root(svg).get("viewBox").split()[3]) < 850  # 165 mm wide, 226 mm high
    assert [len(row) for row in marks(svg)] == [each] * areas
    apart(svg)


def test_tiles_differ_by_sign_besides_their_shade() -> None:
    kinds = []
    for part in range(4):
        (row,) = root(tiled([("a", [part])])).iterfind(f".//{SVG}g[@class='row']")
        kinds.append(tuple((node.tag, node.get("fill")) for node in row if node.tag != f"{SVG}text"))
    assert len(set(kinds)) == 4


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_shades_can_be_told_apart_in_grey_and_words_read_on_them() -> None:
    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    shades = [*charts.SHADES, charts.HOLLOW]
    assert all(contrast(one, other) >= 1.4 for one, other in itertools.pairwise(shades))
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in (drawing.INK, drawing.SOFT, drawing.TARGET))
    for _, shade in plots.HEAT:
        assert contrast("#ffffff" if shade == drawing.VALUE else drawing.INK, shade) >= 4.5


# ---- distribution, matrix, curves


def test_classes_are_as_high_as_their_sizes_and_median_and_target_stand_at_their_places() -> None:
    svg = spread([("10–<15%", 4, 10.0, 15.0), ("15–<20%", 0, 15.0, 20.0), ("20–<75%", 2, 20.0, 75.0)])
    bars = [node for node in root(svg).iter(f"{SVG}rect") if node.get("class") == "mark"]
    assert [number(bar, "height") for bar in bars] == [120, 0, 60]
    assert rows(svg) == [["4"], ["0"], ["2"]]
    lines = [node for node in root(svg).iter(f"{SVG}line") if node.get("x1") == node.get("x2")]
    places = [10 + 65 * (number(line, "x1") - 24) / (WIDTH - 48) for line in lines]
    assert places == pytest.approx([42, 74], abs=0.1)
    assert {"Trung vị: 42%", "Chỉ tiêu: ≥ 74%"} <= set(said(root(svg)))


@pytest.mark.parametrize("bins", [[("0–<5%", 30, 0.0, 5.0)], [("95–<100%", 0, 95.0, 100.0)]])
def test_one_class_and_an_empty_one_are_drawn(bins: list[Any]) -> None:
    apart(plots.distribution(bins, [("Trung vị: 2%", 2.0, False)]))


def test_a_matrix_prints_each_share_and_marks_what_is_not_known() -> None:
    svg = heat(["huyện Hiệp Hòa"])
    assert rows(svg) == [["huyện Hiệp Hòa", "100%", "97,0%", "62,5%", "0%", "–"]]
    fills = [node.get("fill") for node in root(svg).iter(f"{SVG}rect")]
    assert fills == [drawing.VALUE, drawing.VALUE, "#b9d0e6", "#e9f0f7", "#ffffff"]


def test_curves_share_one_scale_break_at_gaps_and_name_the_merger() -> None:
    svg = curved(CURVES)
    assert rows(svg) == [["60,8%", "–", "90,2%"], ["20,0%", "20,0%", "22,7%"]]
    words = said(root(svg))
    assert words.count("sáp nhập") == 2
    assert (words.count("10%"), words.count("100%")) == (2, 2)  # both panels: 10 to 100
    paths = [node.get("d") for node in root(svg).iter(f"{SVG}path")]
    assert sum("L" in path for path in paths) == 1  # the first has no two neighbours


def test_without_a_merger_there_is_no_line_of_it() -> None:
    assert "sáp nhập" not in said(root(plots.curves(CURVES, ["1", "2", "3"], None, "sáp nhập")))


@pytest.mark.parametrize("amount", [0.0, 100.0])
def test_curves_that_never_move_are_drawn(amount: float) -> None:
    apart(plots.curves([Curve("a", [(amount, f"{amount:g}%")] * 2)], ["2021", "2022"], None, ""))
