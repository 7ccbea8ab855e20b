"""Reports from returns: what only counts can show, held against the rows of workbooks and hand-made returns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import python_calamine
from conftest import ROOT
from test_language import around, text

from partybuilding.assess import demo
from partybuilding.assess.assessment import assess
from partybuilding.assess.communes import Communes
from partybuilding.assess.folder import ReturnFolder
from partybuilding.assess.returns import Return
from partybuilding.periods import Period
from partybuilding.present import counted
from partybuilding.present.display import Section
from partybuilding.present.report import Library, Report, open_report
from partybuilding.present.wording import Words

Row = dict[str, Any]
Table = list[list[str]]
LEVELS = ("excellent", "good", "completed", "not_completed", "not_rated")


@cache
def library() -> Library:
    return Library.read()


@cache
def communes() -> Communes:
    return Communes.read()


def rows_of(slug: str, period: str, number: int | None = None) -> list[Row]:
    """Rows of sheet cells to change by hand: full, consistent, of real communes."""
    unit, when = library().register.at(slug, Period.parse(period)), Period.parse(period)
    return [dict(row) for row in demo.synthetic_return(unit, when, communes())[0][:number]]


def made(
    slug: str,
    period: str,
    rows: list[Row],
    province: Row | None = None,
    standards: dict[str, Any] | None = None,
    texts: dict[str, str] | None = None,
    **about: Any,
) -> Return:
    """A return with these rows; what a row does not name is blank."""
    columns, lines = (library().catalog.returns[sheet] for sheet in ("cells", "province"))
    index = pd.Index(range(2, 2 + len(rows)), name="row")
    kinds = {name: "Int64" if column.kind in ("count", "flag") else "string" for name, column in columns.items()}
    cells = {n: pd.Series([row.get(n) for row in rows], index=index, dtype=kind) for n, kind in kinds.items()}
    when = Period.parse(period)
    fields: dict[str, Any] = {
        "file": f"data/hand/{slug}_{period}.xlsx",
        "sha256": "0" * 64,
        "province": library().register.at(slug, when),
        "period": when,
        "as_of": when.end,
        "status": "official",
        "prepared_by": "",
        "cells": pd.DataFrame(cells, index=index),
        "counts": {name: (province or {}).get(name) for name, line in lines.items() if line.kind == "count"},
        "standards": {name: (None, "") for name, line in lines.items() if line.kind == "standard"} | (standards or {}),
        "texts": {name: "" for name, line in lines.items() if line.kind == "text"} | (texts or {}),
        "findings": (),
    }
    return Return(**(fields | about))


def reported(*returns: Return, lang: str = "vi") -> Report:
    """The report on the first return; the others are those of other periods and units."""
    folder = ReturnFolder("hand", Path("data/hand"), library().catalog, library().register, communes())
    first, places = returns[0], {(one.province.slug, one.period): Path(one.file) for one in returns}
    vars(folder)["places"] = places
    folder._read.update({Path(one.file): one for one in returns})
    assessment = assess(first.province, first.period, library().catalog, folder, library().register)
    return Report(assessment, library().catalog, library().layout, Words(lang, "returns"))


def sections(report: Report) -> list[Section]:
    groups = [report.results(name) for name in report.catalog.groups if name != "shortcomings"]
    found = [report.situation(), report.results(), *groups, report.shortcomings(), report.measures(), report.targets()]
    return [*found, report.data(), report.method(), report.sources()]


_tables: dict[int, tuple[Report, dict[str, Table]]] = {}


def caption_of(table: Any) -> str:
    """The words of a table's caption, without its number."""
    return re.sub(r"^(Biểu|Table) \d+\. ", "", table.findtext("caption"))


def tables(report: Report) -> dict[str, Table]:
    """All tables of the report by caption: rows of texts, the head first."""
    if id(report) in _tables:
        return _tables[id(report)][1]
    found: dict[str, Table] = {}
    for section in sections(report):
        for table in section.element().xpath(".//table[not(ancestor::details)]"):
            rows = [["".join(cell.itertext()) for cell in row.iter("th", "td")] for row in table.iter("tr")]
            assert found.setdefault(caption_of(table), rows) is rows  # no caption twice
    _tables[id(report)] = (report, found)
    return found


def row_of(report: Report, label: str) -> list[str]:
    """The one row that begins with `label` in the tables of results."""
    word = "Kết quả: " if report.words.lang == "vi" else "Results: "
    rows = [row for name, table in tables(report).items() if name.startswith(word) for row in table]
    found = [row for row in rows if re.sub(r"\(\d+\)$", "", row[0]) == label]
    assert len(found) == 1
    return found[0]


@cache
def workbook(slug: str, period: str) -> tuple[Row, ...]:
    """Rows of sheet cells as they stand in the workbook, read without the library."""
    with python_calamine.CalamineWorkbook.from_path(str(ROOT / f"data/demo/{slug}_{period}.xlsx")) as book:
        head, *rows = book.get_sheet_by_name("cells").to_python()
    return tuple(dict(zip(map(str, head), row, strict=True)) for row in rows)


def total(slug: str, period: str, *names: str) -> int:
    return int(sum(row[name] for row in workbook(slug, period) for name in names))


@cache
def shown(slug: str, lang: str) -> Report:
    return open_report(slug, "2022", lang, "demo")


@cache
def said(slug: str, lang: str) -> str:
    return text(shown(slug, lang))


# ---- the demonstration returns


@pytest.mark.parametrize(
    ("label", "counts", "rate"),
    [
        ("Tỷ lệ chi bộ quân sự có chi ủy", "92/102", "90,2%"),
        ("Tỷ lệ đảng viên trong lực lượng dân quân tự vệ", "2.270/10.000", "22,7%"),
        ("Tỷ lệ đảng viên trong lực lượng dự bị động viên", "852/8.000", "10,65%"),
    ],
)
def test_kon_tum_2022_gives_the_printed_figures(label: str, counts: str, rate: str) -> None:
    assert row_of(shown("kon-tum", "vi"), label)[1:3] == [counts, rate]
    english = next(i.en for i in library().catalog.indicators.values() if i.vi == label)
    swapped = [said.translate(str.maketrans(",.", ".,")) for said in (counts, rate)]
    assert row_of(shown("kon-tum", "en"), english)[1:3] == swapped


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_kon_tum_names_the_ten_communes_without_a_committee(lang: str) -> None:
    report, without = shown("kon-tum", lang), dict[str, list[str]]()
    place = report.words.place
    for row in workbook("kon-tum", "2022"):
        if not row["standing_board"]:
            without.setdefault(place(row["area"]), []).append(place(f"{row['commune_kind']} {row['commune']}"))
    told = "; ".join(f"{area}: {', '.join(names)}" for area, names in without.items()) + "."
    label = report.words.subject(report.indicator("cell_standing_board_rate").indicator.label(lang))
    rows = [row for table in tables(report).values() for row in table if row[0] == label and row[1].isdigit()]
    assert rows == [[label, "10", told]]


def test_what_would_close_the_gap_is_told_in_units() -> None:
    missing = total("kon-tum", "2022", "secretaries") - total("kon-tum", "2022", "secretaries_trained")
    assert missing > 0
    assert f"({missing} đồng chí) so với yêu cầu 100%" in said("kon-tum", "vi")
    assert f"({missing} more posts needed)" in said("kon-tum", "en")
    row = row_of(shown("kon-tum", "vi"), "Tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương")
    assert row[-1] == f"Chưa đạt (thiếu {missing})"


@pytest.mark.parametrize(
    ("slug", "indicator", "parts", "places"),
    [
        ("kon-tum", "cell_standing_board_rate", ("standing_board", "cell_established"), 1),
        ("kon-tum", "reserve_party_member_rate", ("reserve_members", "reserve_strength"), 2),
        ("bac-giang", "regular_meeting_maintained_rate", ("meetings_held", "meetings_due"), 1),
        ("bac-giang", "young_member_rate", ("members_young", "official_members probationary_members"), 1),
    ],
)
def test_the_change_on_a_year_ago_is_that_of_the_sums(
    slug: str, indicator: str, parts: tuple[str, str], places: int
) -> None:
    above, below = (part.split() for part in parts)
    now, then = (100 * total(slug, year, *above) / total(slug, year, *below) for year in ("2022", "2021"))
    label = library().catalog.indicators[indicator].vi
    row = row_of(shown(slug, "vi"), label)
    words = Words("vi")
    step = round(now - then, places)
    sign = "+" if step > 0 else "−"
    assert row[3] == f"{words.number(then, places)}%"
    assert row[4] == (f"{sign}{words.number(abs(now - then), places)}" if step else "0")


@pytest.mark.parametrize(
    ("lang", "caption"), [("vi", "“4 tốt, 3 không” của các chi bộ"), ("en", "“4 good, 3 no”: cells")]
)
def test_bac_giang_has_the_seven_points_and_kon_tum_has_not(lang: str, caption: str) -> None:
    assert not [name for name in tables(shown("kon-tum", lang)) if caption in name]
    (name,) = [name for name in tables(shown("bac-giang", lang)) if caption in name]
    rows = tables(shown("bac-giang", lang))[name]
    columns = library().catalog.returns["cells"]
    cells = [row for row in workbook("bac-giang", "2022") if row["cell_established"]]
    words = Words(lang)
    for row, point in zip(rows[1:8], demo.SEVEN, strict=True):
        met = int(sum(cell[point] for cell in cells))
        assert row == [columns[point].label(lang), f"{met}/{len(cells)}", f"{words.number(100 * met / len(cells), 1)}%"]
    everything = sum(all(cell[point] for point in demo.SEVEN) for cell in cells)
    assert rows[8][1:] == [f"{everything}/{len(cells)}", f"{words.number(100 * everything / len(cells), 1)}%"]


@pytest.mark.parametrize("slug", ["kon-tum", "bac-giang"])
def test_the_shortcomings_name_the_communes_concerned(slug: str) -> None:
    rows = tables(shown(slug, "vi"))["Đơn vị cần hỗ trợ: Hạn chế, khuyết điểm"][1:]
    indicators = library().catalog.in_group("shortcomings")
    assert len(rows) == len(indicators) == 5
    for row, indicator in zip(rows, indicators, strict=True):
        named = [cell for cell in workbook(slug, "2022") if cell[str(indicator.numerator)]]
        assert row[1] == str(len(named))
        inside = [part.split(": ", 1) for part in row[2].removesuffix(".").split("; ")]
        told = [(area, name) for area, names in inside for name in names.split(", ")]
        wanted = [(cell["area"], f"{cell['commune_kind']} {cell['commune']}") for cell in named]
        assert sorted(told) == sorted(wanted)


@pytest.mark.parametrize("slug", ["kon-tum", "bac-giang"])
def test_measures_stand_with_the_shortfalls_that_call_for_them(slug: str) -> None:
    report = shown(slug, "vi")
    grounds = ["".join(node.itertext()) for node in report.measures().element().iter("p") if node.get("class")]
    assert len(grounds) == len(report.assessment.measures) > 0
    called = {result.indicator.id for one in report.assessment.measures for result in one.short}
    assert {i.id for i in library().catalog.in_group("shortcomings")} <= called
    assert called <= {result.indicator.id for result in report.assessment.short}
    for told, one in zip(grounds, report.assessment.measures, strict=True):
        for result in one.short:
            assert report.words.inner(report.words.subject(result.indicator.vi)) in told


def test_the_cells_and_members_by_level_are_the_sums_of_the_rows() -> None:
    rows = tables(shown("kon-tum", "vi"))["Kết quả xếp loại chi bộ và đảng viên"]
    cells = Counter(row["cell_rating"] for row in workbook("kon-tum", "2022"))
    for row, level in zip(rows[1:], LEVELS, strict=True):
        assert row[1] == str(cells[level])
        assert row[3] == str(total("kon-tum", "2022", f"members_{level}"))


# ---- the language


@pytest.mark.parametrize("slug", ["kon-tum", "bac-giang"])
@pytest.mark.parametrize(
    "pattern",
    [r"  ", r" [,;:.)%]", r"\( ", r"\.\.|,,|;;|,\.|;\.", r"[{}]", r"\bNone\b|\bnan\b|\bNaN\b|<NA>|\bTrue\b|\bFalse\b"],
    ids=["two blanks", "blank before mark", "blank after bracket", "two marks", "braces", "program words"],
)
def test_nothing_is_typed_wrong_or_left_over(slug: str, pattern: str) -> None:
    blocks = [block.strip(" ") for lang in ("vi", "en") for block in said(slug, lang).split("\n")]
    assert [hit for block in blocks for hit in around(pattern, block)] == []


# ---- hand-made returns


def rated(slug: str, period: str, cells: str = "", **members: int) -> list[Row]:
    """Rows with these ratings of cells (e, g, c, n, -) and members (all in the first commune)."""
    letters = dict(zip("egcn-", LEVELS, strict=True))
    rows = []
    for number, letter in enumerate(cells):
        row: Row = {"commune_code": str(number), "commune": f"Xã {number}", "cell_established": 1, "area": "H"}
        row |= {"cell_rating": letters[letter]} | {f"members_{level}": 0 for level in LEVELS}
        rows.append(row)
    for row, commune in zip(rows, communes().of(slug, Period.parse(period).end), strict=False):
        row["commune_code"] = commune.code
    rows[0] |= {f"members_{level}": number for level, number in members.items()}
    return rows


@pytest.mark.parametrize(
    ("slug", "period", "labels"),
    [
        (
            "kon-tum",
            "2017",
            [
                "Trong sạch, vững mạnh / Đủ tư cách, hoàn thành xuất sắc nhiệm vụ",
                "Hoàn thành tốt nhiệm vụ / Đủ tư cách, hoàn thành tốt nhiệm vụ",
                "Hoàn thành nhiệm vụ / Đủ tư cách, hoàn thành nhiệm vụ",
                "Yếu kém / Vi phạm tư cách, không hoàn thành nhiệm vụ",
                "Chưa đánh giá, xếp loại",
            ],
        ),
        *(
            (
                slug,
                year,
                [
                    "Hoàn thành xuất sắc nhiệm vụ",
                    "Hoàn thành tốt nhiệm vụ",
                    "Hoàn thành nhiệm vụ",
                    "Không hoàn thành nhiệm vụ",
                    "Chưa đánh giá, xếp loại",
                ],
            )
            for slug, year in (("kon-tum", "2022"), ("quang-ngai", "2025"))
        ),
    ],
)
def test_ratings_bear_the_labels_of_their_year(slug: str, period: str, labels: list[str]) -> None:
    rows = rated(slug, period, "egggcn-", excellent=1, good=6, completed=2, not_rated=3)
    report = reported(made(slug, period, rows))
    table = tables(report)["Kết quả xếp loại chi bộ và đảng viên"]
    assert [row[0] for row in table[1:]] == labels
    assert [row[1:] for row in table[1:]] == [
        ["1", "16,7%", "1", "11,1%"],
        ["3", "50,0%", "6", "66,7%"],
        ["1", "16,7%", "2", "22,2%"],
        ["1", "16,7%", "0", "0%"],
        ["1", "–", "3", "–"],
    ]


@pytest.mark.parametrize(
    ("cells", "members", "places"),
    [
        ("eeeee" + "g" * 10, {}, 1),  # 5 of 10 good: 2 are allowed
        ("ee" + "g" * 10, {}, 0),
        ("eee" + "g" * 11, {}, 0),  # a fifth of 11, rounded up
        ("g", {"excellent": 5, "good": 10}, 1),
        ("g", {"excellent": 2, "good": 10}, 0),
        ("eeeee" + "g" * 10, {"excellent": 5, "good": 10}, 2),
    ],
)
def test_more_excellent_than_the_rule_allows_is_warned_of(cells: str, members: dict[str, int], places: int) -> None:
    given = made("kon-tum", "2022", rated("kon-tum", "2022", cells, **members))
    told = str(reported(given).results("ratings"))
    warned = f"Cần rà soát: tỷ lệ xếp loại xuất sắc vượt mức quy định ở {places} nơi (xem Phụ lục)."
    assert (warned in told) == bool(places)
    assert ("Cần rà soát" in told) == bool(places)


def test_no_cap_is_warned_of_in_a_year_without_one() -> None:
    told = str(reported(made("kon-tum", "2017", rated("kon-tum", "2017", "eeeeegg", excellent=5))).results("ratings"))
    assert "Cần rà soát" not in told


def test_areas_are_sums_and_never_means_of_rates() -> None:
    rows = rows_of("kon-tum", "2022", 6)
    for row, area, held, due, strength, members in zip(
        rows, "AAABBB", (1, 11, 12, 12, 12, 11), (1, 12, 12, 12, 12, 12), (10, 90, 100) * 2, (5, 9, 10) * 2, strict=True
    ):
        row |= {"area": area, "meetings_held": held, "meetings_due": due, "commitment_reviews_held": 1}
        row |= {"militia_strength": strength, "militia_members": members, "standing_board": int(area == "B")}
    table = tables(reported(made("kon-tum", "2022", rows)))["Các tỷ lệ chính theo địa bàn"]
    by_area = {row[0]: row[1:] for row in table[1:]}
    assert by_area["A"][0] == "0%"
    assert by_area["B"][0] == "100%"
    assert by_area["A"][2:] == ["96,0%", "12,0%"]  # 24 of 25 meetings, 24 of 200 men; means: 97.2 and 23.3
    assert by_area["B"][2:] == ["97,2%", "12,0%"]  # 35 of 36


def test_a_rate_just_below_all_is_not_rounded_up_to_all() -> None:
    rows = rows_of("kon-tum", "2022")
    for row in rows:
        row |= {"area": "A" if row is not rows[0] else "B", "meetings_held": 100, "meetings_due": 100}
    rows[1]["meetings_held"] = 99
    table = tables(reported(made("kon-tum", "2022", rows)))["Các tỷ lệ chính theo địa bàn"]
    assert {row[0]: row[3] for row in table[1:]} == {"A": "99,9%", "B": "100%"}


@pytest.mark.parametrize(("sent", "partial"), [(102, False), (92, False), (91, True)])
def test_less_than_nine_tenths_of_the_units_is_marked_as_partial(sent: int, partial: bool) -> None:
    report = reported(made("kon-tum", "2022", rows_of("kon-tum", "2022", sent)))
    row = row_of(report, "Tỷ lệ đơn vị cấp xã có chi bộ quân sự")
    assert row[1] == f"{sent}/{sent}"
    assert row[2] == ("100%(1)" if partial else "100%")
    note = f"Mới có {sent}/102 đơn vị báo cáo."
    assert (note in str(report.results("organisation"))) == partial
    english = reported(report.assessment.given, lang="en")
    assert (f"Only {sent} of 102 units reported." in str(english.results("organisation"))) == partial


def test_what_has_no_direction_is_shown_and_never_judged() -> None:
    province = {"members_removed": 40, "members_disciplined": 50, "sign_inspections": 60, "surveys": 1}
    before = made("kon-tum", "2021", rows_of("kon-tum", "2021"), dict.fromkeys(province, 0))
    report = reported(made("kon-tum", "2022", rows_of("kon-tum", "2022"), province), before)
    aimless = [result for result in report.assessment.results if result.indicator.direction == "none" and result.value]
    assert len(aimless) >= 4
    for result in aimless:
        assert (result.status, result.falls_short) == ("no_target", False)
        assert row_of(report, result.indicator.vi)[-2:] == ["–", "–"]
        assert result.indicator.vi not in str(report.shortcomings())
        assert not [called for called in report.assessment.measures if result in (*called.short, *called.open)]
        assert not counted.short_units(result.indicator, report.assessment.given, library().catalog)
    assert row_of(report, "Số đảng viên bị đưa ra khỏi Đảng")[2:5] == ["40", "0", "+40"]


HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1",
    '#set page("a")',
    "\\input{/etc/passwd}",
    "$x$ *b* _i_ [x](y)",
    "{n} {{x}}",
    "&lt;b&gt; & © ]]>",
)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_standards_and_free_texts_stand_as_given(lang: str) -> None:
    names = [name for name, line in library().catalog.returns["province"].items() if line.kind == "text"]
    texts = {name: f"Đoạn một của {name}.\n\n  Đoạn hai: {HOSTILE[n % len(HOSTILE)]}  " for n, name in enumerate(names)}
    standards = {"self_criticism": ("partly", f"Còn nể nang {HOSTILE[0]}"), "solidarity": ("not_met", "")}
    standards |= {"advisory_function": ("met", "Đạt 100% kế hoạch")}
    report = reported(made("kon-tum", "2022", rows_of("kon-tum", "2022"), None, standards, texts), lang=lang)
    blocks = ["".join(node.itertext()) for section in sections(report) for node in section.element().iter("p", "li")]
    for number, name in enumerate(names):
        lead = report.words(f"text_{name}")
        assert blocks.count(f"{lead} Đoạn một của {name}.") == 1
        assert blocks.count(f"Đoạn hai: {HOSTILE[number % len(HOSTILE)]}") >= 1
        place = blocks.index(f"{lead} Đoạn một của {name}.")
        assert blocks[place + 1] == f"Đoạn hai: {HOSTILE[number % len(HOSTILE)]}"
    notes = [block for block in blocks if block.endswith((HOSTILE[0], "Đạt 100% kế hoạch")) and "):" in block]
    state = {"vi": ("đạt một phần", "đạt"), "en": ("partly met", "met")}[lang]
    label_of = {one.standard: one.label(lang) for one in library().catalog.indicators.values() if one.standard}
    labels = [label_of[name] for name in ("advisory_function", "self_criticism")]
    assert sorted(notes) == sorted(
        [f"{labels[0]} ({state[1]}): Đạt 100% kế hoạch", f"{labels[1]} ({state[0]}): Còn nể nang {HOSTILE[0]}"]
    )
    for section in sections(report):
        assert not list(section.element().iter("script"))


def test_hostile_names_are_plain_text_in_tables_and_lists() -> None:
    rows = rows_of("kon-tum", "2022", 8)
    for row, words in zip(rows, HOSTILE, strict=False):
        row |= {"commune": words, "area": words[::-1], "standing_board": 0}
    report = reported(made("kon-tum", "2022", rows))
    listed = [row[0] for row in tables(report)["Tình hình từng đơn vị cấp xã"][1:]]
    assert listed == [f"{row['commune_kind']} {row['commune']}" for row in rows]
    for section in sections(report):
        assert not list(section.element().iter("script", "b"))
        assert "<script>" not in section.html()


def test_a_blank_is_neither_zero_nor_no() -> None:
    rows = rows_of("kon-tum", "2022", 4)
    blank = ("standing_board", "official_members", "cell_rating", "meetings_held", "commitment_reviews_held")
    rows[0] |= dict.fromkeys((*blank, *demo.SHORT))
    row = tables(reported(made("kon-tum", "2022", rows)))["Tình hình từng đơn vị cấp xã"][1]
    assert row[3:] == ["chưa báo cáo"] * 5


Change = Callable[[Path], None]


@pytest.mark.parametrize(
    ("lang", "note"),
    [
        ("vi", "Số liệu trước ngày 1/7/2025 là tổng của {}: cộng số lượng, không lấy bình quân tỷ lệ."),
        ("en", "Figures before 1 July 2025 are the sums of {}: counts added, rates never averaged."),
    ],
)
def test_a_merged_province_is_set_against_the_sums_of_the_old_ones(project: Path, lang: str, note: str) -> None:
    folder = project / "data" / "merged"
    folder.mkdir()
    register, sums = library().register, Counter[str]()
    for slug, year in (("quang-ngai", "2025"), ("quang-ngai", "2024"), ("kon-tum", "2024")):
        unit, when = register.at(slug, Period.parse(year)), Period.parse(year)
        demo.write_return(folder / f"{slug}_{year}.xlsx", unit, when, communes(), library().catalog)
        for row in demo.synthetic_return(unit, when, communes())[0] if year == "2024" else ():
            sums.update({name: row[name] for name in ("militia_members", "militia_strength", "standing_board")})
            sums["cells"] += 1
    report = open_report("quang-ngai", "2025", lang, "merged")
    old = {"vi": ("Kon Tum", "Quảng Ngãi (cũ)", " và "), "en": ("Kon Tum", "Quang Ngai (former)", " and ")}[lang]
    last = list(report.results().element())[-1]
    assert last.get("class") == "note"
    told = "".join(last.itertext())
    assert told in [note.format(f"{one}{old[2]}{two}") for one, two in (old[:2], old[1::-1])]
    assert report.results().element()[-2].tag == "figure"
    before = report.indicator("militia_party_member_rate").year_ago
    assert before is not None
    assert (before.numerator, before.denominator) == (sums["militia_members"], sums["militia_strength"])
    board = report.indicator("cell_standing_board_rate").year_ago
    assert board is not None
    assert (board.numerator, board.denominator) == (sums["standing_board"], sums["cells"])


def test_no_bridge_is_spoken_of_where_there_was_no_merger() -> None:
    for lang, words in (("vi", "1/7/2025"), ("en", "1 July 2025")):
        assert words not in str(shown("kon-tum", lang).results())


@pytest.mark.parametrize(("lang", "head"), [("vi", "Kỳ trước"), ("en", "Period before")])
def test_a_half_year_is_set_against_the_half_before_and_a_year_ago(project: Path, lang: str, head: str) -> None:
    """Whole years have one comparison: there the period before is a year ago."""
    library, communes = Library.read(), Communes.read()
    folder = project / "data" / "halves"
    folder.mkdir()
    for name in ("2022-H2", "2022-H1", "2021-H2"):
        when = Period.parse(name)
        demo.write_return(
            folder / f"{name}.xlsx", library.register.at("kon-tum", when), when, communes, library.catalog
        )
    made = open_report("kon-tum", "2022-H2", lang, "halves")
    result = made.indicator("militia_party_member_rate")
    values = [value.amount for value in (result.value, result.previous, result.year_ago) if value]
    assert len(values) == 3
    text = str(made.results("members"))
    assert head in text
    assert all(made.words.number(value, 1) in text for value in values)
    assert head not in str(open_report("kon-tum", "2022", lang, "demo").results("members"))


@pytest.mark.parametrize(("lang", "name"), [("vi", "xã A Lưới 2"), ("en", "A Lưới 2 Commune")])
def test_a_number_in_the_name_of_a_place_is_held_in_the_language_of_the_report(lang: str, name: str) -> None:
    report = reported(made("hue", "2026-H1", rows_of("hue", "2026-H1")), lang=lang)
    assert name in report.record().content["facts"]["places"]


def test_the_number_of_communes_is_that_of_the_day_of_the_return(project: Path) -> None:
    when = Period.parse("2022")
    unit = library().register.at("ho-chi-minh", when)
    assert unit.communes == 273  # of 2025, in params/units.csv
    demo.write_return(project / "data/demo/ho-chi-minh_2022.xlsx", unit, when, communes(), library().catalog)
    report = open_report("ho-chi-minh", "2022", source="demo")
    told = "".join(report.situation().element().itertext())
    assert "tính đến ngày 31/12/2022 có 312 đơn vị hành chính cấp xã." in told
    assert "chưa kiểm chứng" not in told and "273" not in told
    assert report.record().content["report"]["communes"] == 312
