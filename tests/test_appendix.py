"""The appendix, from assessments made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from test_sections import ADVICE, BOARD, TRAINED, UNSUITABLE, VI, assessed, figure, stated, target

from partybuilding.present import appendix
from partybuilding.present.report import Library


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.read()


def test_the_data_section_counts_each_indicator_once(library: Library) -> None:
    made = assessed(
        library, figure(BOARD, 90.2), stated(ADVICE), figure(UNSUITABLE, None, "some"), targets=(target(TRAINED),)
    )
    section = appendix.data(made, VI, library.catalog)
    chart: Any = section.pieces[1]
    counts = {row[0]: tuple(map(int, row[1:])) for row in chart.rows}
    # group: with figure, in words, target only, not mentioned
    assert counts["Xây dựng tổ chức đảng, chi bộ quân sự, cấp ủy"] == (1, 0, 0, 14)
    assert counts["Lãnh đạo thực hiện nhiệm vụ chính trị, tư tưởng"][:3] == (0, 1, 0)
    assert counts["Công tác cán bộ"] == (0, 0, 1, 16)
    assert counts["Hạn chế, khuyết điểm"] == (0, 1, 0, 4)
    assert sum(map(sum, counts.values())) == len(made.results) - len(made.having("not_applicable"))
    assert chart.alt.startswith("Biểu đồ thanh xếp chồng. 1 trong 100 nội dung có số liệu. Lãnh đạo thực")
    assert "; Công tác cán bộ: có số liệu 0, nêu bằng lời 0, chỉ có chỉ tiêu 1, không đề cập 16; " in chart.alt


def test_every_figure_has_its_place_and_says_what_is_derived(library: Library) -> None:
    note = {"note_vi": "bài báo chỉ nêu tỷ lệ", "note_en": "rate only"}
    made = assessed(library, figure(BOARD, 9200 / 102, numerator=92, denominator=102, derived=True, **note))
    lines = str(appendix.data(made, VI, library.catalog)).splitlines()
    assert "Tỷ lệ chi bộ quân sự có chi ủy  90,2% (suy ra)(1)  [1], đoạn 4" in lines
    assert "(1) 92/102 chi bộ, suy ra từ tỷ lệ. Bài báo chỉ nêu tỷ lệ." in lines


def test_the_method_defines_what_has_a_figure_or_a_target_and_nothing_else(library: Library) -> None:
    made = assessed(library, figure(BOARD, 90.2), stated(ADVICE), targets=(target(TRAINED),))
    glossary: Any = appendix.method(made, VI, library.catalog).pieces[-1]
    table = glossary.pieces[-1]
    assert [row[0].text for row in table.rows] == [
        library.catalog.indicators[name].label("vi") for name in (BOARD, TRAINED)
    ]
    assert len(appendix.method(assessed(library), VI, library.catalog).pieces) == 1  # no glossary of nothing


def test_sources_are_numbered_as_they_are_cited(library: Library) -> None:
    first, _, table = appendix.sources(assessed(library), VI).pieces
    assert str(first).startswith("[1] Bài báo tiếng Anh “Improving the quality")
    assert "Hướng dẫn số 35-HD/BTCTW, ngày 15/10/2009" in str(table)
