"""Figures made from hand-made returns: what they draw, say and hand to the record, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import HOSTILE
from lxml import etree
from test_counted import Row, communes, library, made, rated, reported, rows_of, sections
from test_sections import BOARD, VI, YOUNG, assessed, figure, target

from partybuilding.assess.assessment import withheld
from partybuilding.assess.folder import ReturnFolder
from partybuilding.assess.returns import Return
from partybuilding.errors import UserError
from partybuilding.present import figures
from partybuilding.present.display import Figure
from partybuilding.present.report import Report, open_report
from partybuilding.present.series import SeriesFrame
from partybuilding.publish.export.content import checked

POINTS = ("good_political_tasks", "good_meetings", "good_solidarity", "good_cadres")
POINTS += ("no_social_vices", "no_traffic_violations", "no_pledged_papers")


def units(slug: str, period: str, *states: tuple[str | None, int | None, int | None]) -> list[Row]:
    """Rows of the first communes: area, has a cell, has a committee."""
    found = rows_of(slug, period, len(states))
    for row, (area, cell, board) in zip(found, states, strict=True):
        if not cell:  # then nothing that only a cell can have
            row |= dict.fromkeys(library().catalog.rules.cell_only)
        row |= {"area": area, "cell_established": cell, "standing_board": board}
    return found


def of(report: Report, name: str) -> Figure:
    """The figure of that name in the report."""
    found, rest = [], list[Any](sections(report))
    while rest:
        piece = rest.pop()
        found += [piece] if isinstance(piece, Figure) and piece.name == name else []
        rest += getattr(piece, "pieces", ())
    (one,) = found
    return one


def drawn(one: Figure) -> list[list[str]]:
    """The rows of words that the chart shows."""
    svg = etree.fromstring(one.svg.encode())
    groups = svg.iterfind(".//{*}g[@class='row']")
    return [[" ".join(text.itertext()) for text in group.iter("{*}text")] for group in groups]


# ---- the report's figures


def test_every_figure_of_a_full_report_says_what_it_shows_and_hands_its_rows_over() -> None:
    report = open_report("bac-giang", "2022", "vi", "demo")
    for section in sections(report):
        checked(section.html())
    record = report.record().content
    held = {table["title"]: table for table in record["shown"]}
    names = ("values", "trend", "tiles", "levels", "areas", "seven", "spread", "coverage")
    for one in (of(report, f"figure-{name}") for name in names):
        assert held[one.caption]["rows"] == [list(row) for row in one.rows]
        assert held[one.caption]["columns"] == list(one.heads)
        assert one.finding in ("", *record["facts"]["texts"])
        told = [cell for row in drawn(one) for cell in row[1:] or row]
        assert set(told) <= {cell for row in one.rows for cell in row}
        assert all(len(row) == len(one.heads) for row in one.rows)


def test_a_figure_is_read_aloud_and_keeps_its_data_folded() -> None:
    node = of(open_report("kon-tum", "2022", "vi", "demo"), "figure-tiles").element()
    svg, caption, data = node
    assert (svg.get("role"), svg.get("aria-label")) == ("img", svg.findtext("{*}desc"))
    assert caption.text == f"Hình 1. {svg.findtext('{*}title')}"
    assert svg.findtext("{*}title") == data.findtext(".//caption")
    assert data.findtext("summary") == "Số liệu của hình"
    assert len(data.findall(".//tbody/tr")) == 10  # the districts and the city of Kon Tum


def test_where_a_table_stands_beside_the_data_are_not_folded_below() -> None:
    assert len(of(open_report("kon-tum", "2022", "vi", "demo"), "figure-levels").element()) == 2


def test_values_and_bounds_with_target_and_last_year() -> None:
    said = (figure(BOARD, 90.2), figure(YOUNG, 85, ">", decimals=0))
    a = assessed(library(), *said, targets=(target(BOARD, 95), target(YOUNG, 80)))
    one = figures.values(a, VI)
    assert one is not None
    assert [list(row[1:]) for row in one.rows] == [["90,2%", "≥ 95%", "Gần đạt"], ["> 85%", "≥ 80%", "Đạt"]]
    assert list(one.heads) == ["Nội dung", "Kết quả", "Chỉ tiêu", "Đánh giá"]
    assert one.alt.startswith("Biểu đồ thanh ngang. Đạt 1 trong 2 chỉ tiêu, yêu cầu. Chi bộ quân sự có chi ủy: 90,2%, ")


def test_without_a_rate_there_is_no_figure_of_values() -> None:
    assert figures.values(assessed(library()), VI) is None


# ---- tiles


def test_each_unit_has_its_place_and_the_silent_ones_are_not_left_out() -> None:
    states = [("huyện A", 1, 1), ("huyện A", 1, 0), ("huyện A", 0, None), ("huyện B", None, None), ("huyện B", 1, None)]
    report = reported(made("kon-tum", "2022", units("kon-tum", "2022", *states)))
    one = of(report, "figure-tiles")
    rows = {row[0]: list(row[1:]) for row in one.rows}
    assert rows["huyện A"] == ["3", "1", "1", "1", "0"]
    assert rows["huyện B"] == ["2", "0", "0", "0", "2"]
    assert sum(int(row[1]) for row in one.rows) == 102  # 97 sent nothing
    assert sum(int(row[5]) for row in one.rows) == 99
    assert one.finding == "2 trong 102 đơn vị có chi bộ quân sự, 1 chi bộ có chi ủy."


def test_without_areas_the_tiles_are_grouped_by_kind_of_unit() -> None:
    rows = rows_of("quang-ngai", "2026")
    for row in rows:
        row["area"] = None
    one = of(reported(made("quang-ngai", "2026", rows)), "figure-tiles")
    assert [(row[0], row[1]) for row in one.rows] == [("Phường", "9"), ("Xã", "86"), ("Đặc khu", "1")]


def test_names_of_areas_are_text(tmp_path: Path) -> None:
    states = [(name, 1, 1) for name in HOSTILE[:5]]
    one = of(reported(made("kon-tum", "2022", units("kon-tum", "2022", *states))), "figure-tiles")
    assert set(HOSTILE[:5]) <= {row[0] for row in one.rows}
    checked(one.html())


# ---- ratings, the seven points, the spread


def test_ratings_by_area_and_shares_of_the_levels() -> None:
    rows = rated("kon-tum", "2022", "egc-", excellent=1, good=3)
    for row, area in zip(rows, "AABB", strict=True):
        row["area"] = area
    report = reported(made("kon-tum", "2022", rows))
    one = of(report, "figure-areas")
    assert [list(row) for row in one.rows] == [["A", "1", "1", "0", "0"], ["B", "0", "0", "1", "0"]]
    assert one.finding == "2 trong 3 chi bộ được xếp loại từ mức hoàn thành tốt nhiệm vụ trở lên."
    assert [list(row) for row in of(report, "figure-levels").rows] == [
        ["Chi bộ", "33,3%", "33,3%", "33,3%", "0%"],
        ["Đảng viên", "25,0%", "75,0%", "0%", "0%"],
    ]


def seven(*cells: tuple[str, str]) -> Return:
    """A return of Bac Giang: area, and for each of the seven points 1, 0 or a blank."""
    rows = rows_of("bac-giang", "2022", len(cells))
    for row, (area, flags) in zip(rows, cells, strict=True):
        row |= {"area": area, "cell_established": 1}
        row |= {name: int(flag) if flag.strip() else None for name, flag in zip(POINTS, flags, strict=True)}
    return made("bac-giang", "2022", rows)


def test_the_matrix_has_a_share_for_each_area_and_point() -> None:
    one = of(reported(seven(("A", "1111111"), ("A", "1011111"), ("B", "101111 "))), "figure-seven")
    assert [list(row) for row in one.rows] == [
        ["A", "100%", "50,0%", "100%", "100%", "100%", "100%", "100%", "50,0%"],
        ["B", "100%", "0%", "100%", "100%", "100%", "100%", "–", "–"],
        ["Toàn tỉnh", "100%", "33,3%", "100%", "100%", "100%", "100%", "100%", "50,0%"],
    ]
    assert one.finding == "Tiêu chí có tỷ lệ đạt thấp nhất là chất lượng sinh hoạt tốt với 33,3%."
    assert drawn(one) == [list(row) for row in one.rows]


def test_the_matrix_is_for_the_region_and_for_areas_only() -> None:
    names = [piece.name for piece in _figures(open_report("kon-tum", "2022", "vi", "demo"))]
    assert "figure-seven" not in names
    assert "figure-seven" not in [piece.name for piece in _figures(reported(seven(("A", "1" * 7), ("A", "1" * 7))))]


def _figures(report: Report) -> list[Figure]:
    rest, found = list[Any](sections(report)), []
    while rest:
        piece = rest.pop()
        found += [piece] if isinstance(piece, Figure) else []
        rest += getattr(piece, "pieces", ())
    return found


def militia(number: int, shares: list[int]) -> Return:
    rows = rows_of("kon-tum", "2022", number)
    for place, row in enumerate(rows):
        row |= {"militia_strength": 100, "militia_members": shares[place % len(shares)]}
    return made("kon-tum", "2022", rows)


def test_the_spread_counts_communes_and_marks_the_median() -> None:
    one = of(reported(militia(30, [10, 20, 24])), "figure-spread")
    assert [list(row) for row in one.rows] == [
        ["10–<15%", "10"],
        ["15–<20%", "0"],
        ["20–<25%", "20"],
        ["Trung vị", "20%"],
    ]
    assert of(reported(militia(25, [100])), "figure-spread").rows[0] == ["95–<100%", "25"]
    assert of(reported(militia(25, [0])), "figure-spread").rows[0] == ["0–<5%", "25"]


def test_few_communes_make_no_spread() -> None:
    assert "figure-spread" not in [piece.name for piece in _figures(reported(militia(24, [10])))]


# ---- change over time


def boards(slug: str, period: str, having: int, of_all: int) -> Return:
    """A return of so many communes, so many of them with a committee."""
    states = [("A", 1, int(number < having)) for number in range(of_all)]
    return made(slug, period, units(slug, period, *states))


def merged(*more: Return) -> Report:
    past = [boards("quang-ngai", "2024", 10, 20), boards("kon-tum", "2024", 30, 40)]
    return reported(boards("quang-ngai", "2026", 9, 10), boards("quang-ngai", "2025", 4, 5), *past, *more)


def test_over_a_merger_counts_are_summed_and_the_merger_is_marked() -> None:
    one = of(merged(), "figure-trend")
    assert one.heads[1:] == ["2024", "2025", "2026"]
    assert list(one.rows[0]) == ["Chi bộ quân sự có chi ủy", "66,7%", "80,0%", "90,0%"]  # 40 of 60, not (50 + 75) / 2
    assert one.finding == "Từ kỳ 2025 là số liệu của đơn vị sau sáp nhập."
    assert one.svg.count("sáp nhập") == len(one.rows)
    note = "Số liệu trước ngày 1/7/2025 là tổng của Quảng Ngãi (cũ) và Kon Tum"
    assert note in str(merged().results())


def test_one_of_two_former_provinces_alone_makes_no_point() -> None:
    one = of(merged(boards("quang-ngai", "2023", 1, 2)), "figure-trend")
    assert list(one.rows[0][1:]) == ["–", "66,7%", "80,0%", "90,0%"]


def test_periods_of_another_length_and_later_ones_are_left_out() -> None:
    given = [boards("kon-tum", period, 1, 4) for period in ("2022", "2021", "2022-H1", "2023")]
    one = of(reported(*given), "figure-trend")
    assert one.heads[1:] == ["2021", "2022"]
    assert "sáp nhập" not in one.svg


def test_one_period_alone_makes_no_curve() -> None:
    assert "figure-trend" not in [piece.name for piece in _figures(reported(boards("kon-tum", "2022", 1, 4)))]


def test_a_bound_is_printed_but_no_point_of_a_curve() -> None:
    a = assessed(library(), figure(BOARD, 90, ">", decimals=0))
    assert figures.point(a, a.history[-1], a.result(BOARD).indicator, VI) == (None, "> 90%")


# ---- report.series


def test_the_series_of_an_indicator_tells_each_period_with_its_counts() -> None:
    frame = open_report("kon-tum", "2022", "vi", "demo").series(BOARD)
    assert list(frame.index) == ["2021", "2022-H1", "2022"]
    assert list(frame.columns) == [
        *("value", "qualifier", "numerator", "denominator", "units_reporting", "units_due", "units", "bridge")
    ]
    last = frame.loc["2022"]
    assert (last["numerator"], last["denominator"], last["units"], last["bridge"]) == (92, 102, "Kon Tum", False)
    assert last["value"] == pytest.approx(9200 / 102)
    assert str(frame["numerator"].dtype) == "Int64"


def test_the_series_shows_itself_as_curve_and_table_and_what_is_made_of_it_is_a_plain_table() -> None:
    frame = open_report("kon-tum", "2022", "en", "demo").series(BOARD)
    html = frame._repr_mimebundle_()["text/html"]
    root = etree.fromstring(checked(html))
    assert len(root.findall(".//{*}svg")) == 1
    assert len(root.findall(".//tbody/tr")) == 3
    assert isinstance(frame, SeriesFrame)
    assert type(frame.head(1)) is pd.DataFrame


def test_the_series_marks_the_sums_over_a_merger(monkeypatch: pytest.MonkeyPatch) -> None:
    report = merged()
    folder = report_source(report)
    monkeypatch.setattr(type(library()), "source", lambda *_: folder)
    frame = report.series(BOARD)
    assert list(frame["bridge"]) == [True, False, False]
    assert list(frame["numerator"]) == [40, 4, 9]
    assert frame.loc["2024", "units"] == "Quảng Ngãi (cũ), Kon Tum"
    assert "cộng số lượng, không lấy bình quân tỷ lệ" in str(frame.shown)


def report_source(report: Report) -> Any:
    """The folder of returns that a hand-made report was read from."""
    past = [boards("quang-ngai", "2024", 10, 20), boards("kon-tum", "2024", 30, 40)]
    given = [boards("quang-ngai", "2026", 9, 10), boards("quang-ngai", "2025", 4, 5), *past]
    folder = ReturnFolder("hand", Path("data/hand"), library().catalog, library().register, communes())
    vars(folder)["places"] = {(one.province.slug, one.period): Path(one.file) for one in given}
    folder._read.update({Path(one.file): one for one in given})
    return folder


def test_the_series_of_a_statement_and_of_what_nobody_reported_is_there_and_empty() -> None:
    report = open_report("kon-tum", "2022", "vi", "demo")
    for name in ("callup_quality", "advisory_function"):
        assert report.series(name)["value"].isna().all()
        assert "svg" not in report.series(name)._repr_mimebundle_()["text/html"]


def test_an_unknown_indicator_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="cell_standing_board_rate"):
        open_report("kon-tum", "2022", "vi", "demo").series("cell_standing_bord_rate")


def test_persons_of_few_communes_are_withheld_in_each_period(monkeypatch: pytest.MonkeyPatch) -> None:
    few = made("kon-tum", "2021", rows_of("kon-tum", "2021", 2))
    report = reported(made("kon-tum", "2022", rows_of("kon-tum", "2022")), few)
    assert "militia_party_member_rate" in report.assessment.history[0].values
    cleaned = withheld(report.assessment, 5).history[0].values
    assert "militia_party_member_rate" not in cleaned
    assert BOARD in cleaned
