"""The handout on one cell: its figures beside the province's, what falls short, one page in every case, no person."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pypdfium2
import pytest
from conftest import HOSTILE, catalog, communes

from partybuilding import open_cell
from partybuilding.assess.communes import Commune
from partybuilding.errors import UserError
from partybuilding.present.cell import FIGURES, MEMBERS, CellHandout, Province, of_units, rates_withheld
from partybuilding.present.display import ReportTable
from partybuilding.present.panel import exported

EVERY = bool(os.environ.get("PARTYBUILDING_ALL"))  # all communes take minutes
LANGS = ("vi", "en")
DAY = date(2022, 12, 31)
SHORTS = ["short_structure", "short_quality", "short_regulation", "short_member_work", "short_staff_work"]
FLAGS = ["standing_board", "work_regulation_kept", "relation_statute_issued", "strong_political_base"]


def page_count(cell: CellHandout) -> int:
    with pypdfium2.PdfDocument(exported(cell, "handout")) as document:
        return len(document)


def rows(section: Any) -> list[list[str]]:
    tables = [piece for piece in section.pieces if isinstance(piece, ReportTable)]
    return [[c if isinstance(c, str) else c.text for c in row] for table in tables for row in table.rows]


def with_cells(cell: CellHandout, cells: pd.DataFrame) -> CellHandout:
    """The handout from the same return with other rows."""
    assert cell.province
    a = cell.assessment
    given = replace(cell.province.given, cells=cells)
    new = replace(a, evidence=replace(a.evidence, given=given))
    return replace(cell, assessment=new, province=Province(new, cell.catalog))


def changed(cell: CellHandout, **values: Any) -> CellHandout:
    """The handout where the cell's own row says otherwise."""
    assert cell.province
    assert cell.commune
    cells = cell.province.given.cells.copy()
    row = cell.province.row_of(cell.commune)
    for name, value in values.items():
        cells.loc[row, name] = value
    return with_cells(cell, cells)


def worst(cell: CellHandout, area: str = "") -> CellHandout:
    """The handout on a cell that has all shortcomings, with the longest names that there are."""
    every = [c for slug in ("kon-tum", "bac-giang", "ha-noi", "ba-ria-vung-tau") for c in communes().of(slug, DAY)]
    name, place = max((c.name for c in every), key=len), max((c.area for c in every), key=len)
    assert cell.commune
    made = changed(cell, **dict.fromkeys(SHORTS, 1), **dict.fromkeys(FLAGS, 0), cell_rating="not_completed")
    made = changed(made, meetings_held=1, topic_meetings_held=0, resolutions_relevant=0, good_meetings=0)
    return replace(made, commune=replace(cell.commune, kind="thị trấn", name=name, area=area or place))


@pytest.fixture(scope="module")
def cell() -> CellHandout:
    return open_cell("kon-tum", "2022", "23404")


def test_each_figure_stands_beside_that_of_the_province(cell: CellHandout) -> None:
    assert cell.province
    row = cell.province.given.cells.loc[cell.province.row_of(communes().find("kon-tum", DAY, "23404"))]
    told = {head: (own, whole) for head, own, whole in rows(cell.figures())}
    assert told["Chi bộ quân sự có chi ủy"] == ("có" if row["standing_board"] else "không", "90,2%")
    assert told["Duy trì sinh hoạt chi bộ thường kỳ"] == (f"{row['meetings_held']}/12", "99,4%")
    assert told["Số đảng viên của chi bộ"] == (
        str(row["official_members"] + row["probationary_members"]),
        "trung vị 11",
    )
    assert told["Xếp loại chi bộ"][1] == "94,1% tốt trở lên"


def test_what_falls_short_is_told_with_what_closes_it_and_the_measure(cell: CellHandout) -> None:
    made = changed(cell, **dict.fromkeys(SHORTS[1:], 0), short_structure=1, meetings_held=10)
    made = changed(made, **dict.fromkeys(FLAGS, 1), cell_rating="good", topic_meetings_held=4, resolutions_relevant=12)
    section = made.actions()
    assert rows(section) == [
        ["Cơ cấu tổ chức chưa phù hợp", "Kiện toàn cơ cấu chi bộ theo hướng dẫn"],
        ["Sinh hoạt thường kỳ thiếu 2 kỳ", "Tổ chức đủ các kỳ sinh hoạt theo quy định (còn thiếu 2 kỳ)"],
    ]
    assert "(1) Thường xuyên kiện toàn chi bộ quân sự cấp xã" in str(section)
    assert made.headline() == "Chi bộ xếp loại hoàn thành tốt nhiệm vụ. Còn 2 nội dung chưa đạt."


def test_nothing_that_falls_short_is_said(cell: CellHandout) -> None:
    good: dict[str, Any] = {**dict.fromkeys(SHORTS, 0), **dict.fromkeys(FLAGS, 1), "cell_rating": "excellent"}
    made = changed(cell, **good, meetings_held=12, topic_meetings_held=4, resolutions_relevant=12)
    assert "Không có nội dung chưa đạt" in made.headline()
    assert "Tiếp tục giữ vững" in str(made.actions())


@pytest.mark.parametrize("lang", LANGS)
def test_one_page_with_all_shortcomings_and_the_longest_names(lang: str) -> None:
    made = worst(open_cell("kon-tum", "2022", "23404", lang))
    assert len(list(made._to_do)) >= 12
    assert len(rows(made.actions())) >= 5
    names = [catalog().returns["cells"][name].label(lang).partition(" – ")[2] for name in SHORTS]
    assert [head for head, _ in rows(made.actions())][:5] == names
    assert page_count(made) == 1
    left = made.record().content["facts"]["left"]
    assert sum(left) > 0
    assert f" {left[1]} " in str(made.actions()) or not left[1]


@pytest.mark.parametrize("lang", LANGS)
def test_a_unit_without_a_cell_and_one_that_sent_nothing(lang: str) -> None:
    cell = open_cell("kon-tum", "2022", "23404", lang)
    none = dict.fromkeys(catalog().rules.cell_only, pd.NA)
    without = changed(cell, **none, cell_established=0, strong_political_base=1)
    assert (
        without.headline()
        == {"vi": "Đơn vị chưa có chi bộ quân sự.", "en": "The unit has no military Party cell yet."}[lang]
    )
    assert len(rows(without.actions())) == 1
    assert cell.province
    assert cell.commune
    silent = with_cells(cell, cell.province.given.cells.drop(index=cell.province.row_of(cell.commune)))
    assert {own for _, own, _ in rows(silent.figures())} == {"chưa báo cáo" if lang == "vi" else "not reported"}
    assert rows(silent.actions()) == []
    blank = changed(cell, **dict.fromkeys(cell.province.given.cells.columns[4:], pd.NA))
    assert "chưa báo cáo" in str(blank.figures()) or lang == "en"
    assert [page_count(made) for made in (without, silent, blank)] == [1, 1, 1]


@pytest.mark.parametrize("text", HOSTILE[:5])
def test_hostile_names_are_printed_as_they_are(cell: CellHandout, text: str) -> None:
    assert cell.commune
    made = replace(cell, commune=replace(cell.commune, name=text))
    assert text in str(made.head())
    assert page_count(made) == 1


def test_small_numbers_of_members_are_withheld_as_in_the_table_of_communes(cell: CellHandout) -> None:
    assert cell.province
    made = changed(cell, official_members=1, probationary_members=1)
    assert made.province
    _, hidden, bound = made.province.members
    assert len(hidden) > 2
    told = {head: own for head, own, _ in rows(made.figures())}
    assert told["Số đảng viên của chi bộ"] == f"< {bound}"
    for row in hidden:
        code = made.province.given.cells.at[row, "commune_code"]
        other = replace(made, commune=communes().find("kon-tum", DAY, code))
        assert {head: own for head, own, _ in rows(other.figures())}["Số đảng viên của chi bộ"] == f"< {bound}"


def test_no_post_and_no_count_of_persons_is_printed(cell: CellHandout) -> None:
    assert [name for name in FIGURES if name != MEMBERS and not of_units(catalog().indicators[name])] == [
        *("militia_party_member_rate", "reserve_party_member_rate")
    ]
    words = json.dumps(cell.record().content, ensure_ascii=False) + str(cell.figures()) + str(cell.actions())
    for word in ("bí thư", "chỉ huy trưởng", "tệ nạn", "kỷ luật"):
        assert word not in words.lower().replace("đội ngũ bí thư", "")


def table(*pairs: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["numerator", "denominator"], index=range(2, len(pairs) + 2)).astype("Int64")


def test_a_rate_of_persons_is_withheld_with_those_that_give_it_away() -> None:
    one_area = pd.Series("", index=range(2, 12))
    whole = table(*[(20, 100)] * 6)
    assert rates_withheld(whole, one_area, 3) == set()
    assert rates_withheld(table((2, 100), *[(20, 100)] * 5), one_area, 3) == {2, 3, 4}  # two beside it
    assert rates_withheld(table((99, 100), *[(20, 100)] * 5), one_area, 3) >= {2, 3, 4}  # one who is not
    assert 2 in rates_withheld(table((2, 2), *[(20, 100)] * 5), one_area, 3)
    areas = pd.Series(["a", "a", "a", "a", "b", "b", "b", "b"], index=range(2, 10))
    hidden = rates_withheld(table(*[(20, 100)] * 7, (1, 100)), areas, 3)
    assert 9 in hidden
    assert len(hidden & {6, 7, 8, 9}) >= 3  # of its own area, whose rate is printed
    assert rates_withheld(table(), one_area, 3) == set()


def test_a_withheld_rate_is_not_printed(cell: CellHandout) -> None:
    made = changed(cell, militia_members=1)
    (figures, _) = made.record().content["tables"]
    told = {row[0]: row[1] for row in figures["rows"]}
    assert told["Đảng viên trong lực lượng dân quân tự vệ"] == "không nêu"
    assert told["Đảng viên trong lực lượng dự bị động viên"].endswith("%")


def test_the_record_is_of_one_unit_and_small(cell: CellHandout) -> None:
    content = cell.record().content
    head = content["report"]
    assert (head["commune"], head["form"], head["pages"], head["notebook"]) == ("23404", "brief", 1, "cell_handout")
    assert {entry["indicator"] for entry in content["values"]} <= set(FIGURES)
    assert next(one["name"] for one in content["tables"]) == "figures"
    assert "SỐ LIỆU MÔ PHỎNG" in head["mark"]
    assert len(json.dumps(content, ensure_ascii=False)) < 60_000


@pytest.mark.parametrize(
    "text", ["23404", 23404, "Ngọk Lây", "xã ngok lay", " NGỌK LÂY ", unicodedata.normalize("NFD", "Ngọk Lây")]
)
def test_a_unit_is_found_by_code_and_by_name(text: Any) -> None:
    unit = open_cell("kon-tum", "2022", text).commune
    assert unit
    assert (unit.code, unit.name) == ("23404", "Ngọk Lây")


@pytest.mark.parametrize(
    ("text", "code"), [("99999", "commune_unknown"), ("", "commune_unknown"), ("Mang Can", "commune_unknown")]
)
def test_a_slip_in_the_name_is_told(text: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        open_cell("kon-tum", "2022", text)
    assert refused.value.code == code
    assert ("Măng Cành" in refused.value.message()) == (text == "Mang Can")


def test_a_name_that_several_have_needs_the_code() -> None:
    there = communes().of("ha-noi", DAY)
    names = [c.name for c in there]
    twice = next(name for name in names if names.count(name) > 1)
    with pytest.raises(UserError) as refused:
        communes().find("ha-noi", DAY, twice)
    assert refused.value.code == "commune_several"
    assert all(c.code in refused.value.message() for c in there if c.name == twice)


def test_published_figures_know_no_single_unit() -> None:
    with pytest.raises(UserError) as refused:
        open_cell("kon-tum", "2022", "23404", source="published")
    assert refused.value.code == "no_return"


def sample(slug: str) -> Iterator[Commune]:
    there = communes().of(slug, DAY)
    by_length = sorted(there, key=lambda c: -len(c.name + c.area))
    yield from there if EVERY else (*by_length[:4], *there[:: len(there) // 6])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("slug", ["kon-tum", "bac-giang"])
def test_every_cell_has_one_page(slug: str, lang: str) -> None:
    counts: dict[tuple[str, str], int] = {}
    for unit in sample(slug):
        cell = open_cell(slug, "2022", unit.code, lang)
        counts[unit.code, "as reported"] = page_count(cell)
        if EVERY or len(counts) < 8:
            counts[unit.code, "at worst"] = page_count(worst(cell, unit.area))
    assert {key: count for key, count in counts.items() if count != 1} == {}
    assert len(counts) >= (2 * len(communes().of(slug, DAY)) if EVERY else 12)
