"""The report on one sheet: what it tells first, what it leaves out and counts, two pages in every case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conftest import catalog, communes, register

from partybuilding import open_report
from partybuilding.assess.demo import write_return
from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.present import brief
from partybuilding.present.brief import chosen
from partybuilding.present.display import Listing, ReportTable
from partybuilding.present.panel import exported
from partybuilding.present.report import BriefReport, Report

EVERY = bool(os.environ.get("PARTYBUILDING_ALL"))  # all provinces take minutes
SAMPLE = ["ha-noi", "ba-ria-vung-tau", "tuyen-quang", "thua-thien-hue", "kon-tum"]
LANGS = ("vi", "en")


def page_count(report: Any) -> int:
    with pypdfium2.PdfDocument(exported(report, "handout")) as document:
        return len(document)


def table_of(report: Any) -> ReportTable:
    (table,) = [piece for piece in report.situation().pieces if isinstance(piece, ReportTable)]
    return table


def texts(row: Any) -> list[str]:
    return [cell if isinstance(cell, str) else cell.text for cell in row]


@pytest.fixture(scope="module")
def kon_tum() -> Any:
    return open_report("kon-tum", "2022", source="demo", form="brief")


def test_a_missed_target_comes_first_then_those_met(kon_tum: Any) -> None:
    rows = [texts(row) for row in table_of(kon_tum).rows]
    assert rows[0] == [
        *("Tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương", "86,3%", "80,4% (+5,9)", "100%"),
        "Chưa đạt (thiếu 14)",
    ]
    assert [row[-1].partition(" (")[0] for row in rows] == ["Chưa đạt"] * 2 + ["Gần đạt"] + ["Chưa đạt"] * 2 + [
        "Đạt"
    ] * 5


def test_what_is_left_out_is_counted(kon_tum: Any) -> None:
    told = [r for r in kon_tum.assessment.results if r.value or r.target]
    assert len(chosen(kon_tum.assessment)) == len(told) == 80
    assert "Còn 70 nội dung khác, xem báo cáo đầy đủ." in table_of(kon_tum).below
    assert kon_tum.record().content["facts"]["left"] == [70, 0, 0]


def test_the_back_tells_every_shortcoming_and_what_is_missing(kon_tum: Any) -> None:
    assert kon_tum.shortcomings().fresh
    told = str(kon_tum.shortcomings())
    assert "bí thư được bồi dưỡng công tác đảng và quân sự địa phương (thiếu 14 đồng chí)" in told.lower()
    assert told.count("thiếu") == 5
    assert told.count("/102 chi bộ)") == 5
    (listing,) = [piece for piece in kon_tum.measures().pieces if isinstance(piece, Listing)]
    assert len(listing.items) == 4
    assert "mô phỏng" in str(kon_tum.foot())
    assert "T/M ĐẢNG ỦY" in str(kon_tum.foot())


def test_only_the_long_form_shows_the_rest(kon_tum: Any) -> None:
    assert [kon_tum.results(), kon_tum.results("members"), kon_tum.targets()] == [None] * 3
    assert [kon_tum.data(), kon_tum.method(), kon_tum.sources()] == [None] * 3
    shown = [source for source, _ in kon_tum.pieces()]
    assert [s.split(".")[1] for s in shown] == [
        "head()",
        "situation()",
        "shortcomings()",
        "measures()",
        "foot()",
        "record()",
    ]


def test_the_record_says_that_it_is_brief(kon_tum: Any) -> None:
    head = kon_tum.record().content["report"]
    assert (head["form"], head["pages"]) == ("brief", 2)
    assert open_report("kon-tum", "2022").record().content["report"]["form"] == "long"


def test_a_trial_stays_brief_and_marked() -> None:
    trial = open_report("kon-tum", "2022", source="demo", form="brief").what_if({"cell_standing_board_rate": 95})
    assert isinstance(trial, BriefReport)
    assert "TÍNH THỬ" in str(trial.head())
    assert "Tỷ lệ chi bộ quân sự có chi ủy" in [texts(row)[0] for row in table_of(trial).rows][:6]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("brif", 'Không có hình thức báo cáo "brif". Có phải ý bạn là "brief"? Hãy chọn trong: long, brief.'),
        ("", 'Không có hình thức báo cáo "". Hãy chọn trong: long, brief.'),
    ],
)
def test_an_unknown_form_is_a_slip(form: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        open_report("kon-tum", "2022", form=form)
    assert refused.value.message() == message


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
def test_little_that_was_published_fills_two_pages(province: str, lang: str) -> None:
    report = open_report(province, "2022", lang, form="brief")
    assert len(table_of(report).rows) == 10
    assert page_count(report) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_when_all_falls_short_the_page_counts_what_it_leaves_out(lang: str) -> None:
    report: Report = open_report("kon-tum", "2022", lang, source="demo", form="brief")
    rates = [r.indicator for r in report.assessment.results if r.value and r.indicator.kind == "rate"]
    trial = report.what_if({i.id: 200 if i.direction == "higher" else 0 for i in rates if i.direction != "none"})
    front, short, measures = trial.record().content["facts"]["left"]
    assert front > 50
    assert short > 20
    assert measures > 0  # those of other provinces, the last ones
    for count, section in ((short, trial.shortcomings()), (measures, trial.measures())):
        assert f" {count} " in str(section).splitlines()[-1]
    assert page_count(trial) == 2


def test_a_year_without_targets_has_no_empty_columns(project: Path) -> None:
    make(project, "tuyen-quang", "2026")
    report = open_report("tuyen-quang", "2026", source="demo", form="brief")
    assert [column.head for column in table_of(report).columns] == ["Nội dung", "Kết quả"]
    assert page_count(report) == 2


def make(project: Path, slug: str, period: str) -> None:
    when = Period.parse(period)
    path = project / "data" / "demo" / f"{slug}_{period}.xlsx"
    write_return(path, register().at(slug, when), when, communes(), catalog())


def provinces() -> Iterator[str]:
    day = Period.parse("2022").end
    yield from sorted(unit.slug for unit in register().rows if unit.valid_on(day)) if EVERY else SAMPLE


def test_every_province_has_two_pages(project: Path) -> None:
    for slug in provinces():
        make(project, slug, "2022")
    counts = {
        (slug, lang): page_count(open_report(slug, "2022", lang, source="demo", form="brief"))
        for slug in provinces()
        for lang in LANGS
    }
    assert {key: count for key, count in counts.items() if count != 2} == {}
    assert len(counts) == (126 if EVERY else 10)
    assert brief.MOST == 10
