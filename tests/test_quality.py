"""The report on a return: what came in, what is missing, what is wrong, what it costs; also with errors in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pypdfium2
import pytest
from conftest import ROOT, Command

from partybuilding import open_quality
from partybuilding.assess.workbook import read_sheets
from partybuilding.errors import UserError
from partybuilding.present.display import ReportTable, Section
from partybuilding.present.quality import Quality
from partybuilding.publish.gate import SECTIONS, schema

Sheets = dict[str, list[list[Any]]]
NAMES = ("received", "missing", "findings", "coverage", "cost", "method")
MARKS = {"vi": "SỐ LIỆU MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT", "en": "SYNTHETIC DATA – NOT REAL FIGURES"}


def column(sheets: Sheets, name: str) -> int:
    return sheets["cells"][0].index(name)


def gaps(sheets: Sheets) -> None:
    """87 of 102 units; 15 of these leave two columns blank, one line of sheet province is blank."""
    cells = sheets["cells"]
    del cells[-15:]
    for row in cells[5:20]:
        row[column(sheets, "standing_board")] = row[column(sheets, "members_attending")] = ""
    next(row for row in sheets["province"] if row[0] == "hot_spots")[1] = ""


def errors(sheets: Sheets) -> None:
    """A name in a count, ratings that do not add up, a foreign code, a hostile head and a hostile word."""
    gaps(sheets)
    for row, name, value in (
        (3, "official_members", "Nguyễn Văn A"),
        (6, "members_excellent", "7777"),
        (8, "commune_code", "99999"),
        (9, "cell_rating", "{x} <b>NaN</b> None"),
        (10, "meetings_held", "4321"),
    ):
        sheets["cells"][row][column(sheets, name)] = value
    for number, line in enumerate(sheets["cells"]):
        line.append("<script>alert(1)</script>" if number == 0 else "1")


def short(sheets: Sheets) -> None:
    """A cell with a chi ủy and too few official members (R08)."""
    row = sheets["cells"][1]
    members = ("official_members", "probationary_members")
    ratings = [name for name in sheets["cells"][0] if name in [f"members_{level}" for level in LEVELS]]
    for name in (*members, *ratings):
        row[column(sheets, name)] = 0
    row[column(sheets, "official_members")] = row[column(sheets, "members_good")] = 2
    row[column(sheets, "standing_board")] = 1


LEVELS = ("excellent", "good", "completed", "not_completed", "not_rated")


def spoilt(project: Path, change: Callable[[Sheets], None]) -> str:
    """Put a changed copy of the demonstration return into a source of its own, as CSV files."""
    read = read_sheets(ROOT / "data" / "demo" / "kon-tum_2022.xlsx")
    sheets = {name: [list(row) for row in rows] for name, rows in read.items()}
    change(sheets)
    place = project / "data" / change.__name__ / "kon-tum_2022"
    place.mkdir(parents=True)
    for name, rows in sheets.items():
        lines = [[int(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)
    return change.__name__


def opened(project: Path, change: Callable[[Sheets], None], lang: str = "vi") -> Quality:
    return open_quality("kon-tum", "2022", lang, spoilt(project, change))


def said(quality: Quality) -> str:
    pieces = [quality.head(), *(getattr(quality, name)() for name in NAMES)]
    return "\n".join(str(piece) for piece in pieces)


def rows(section: Section, number: int = 0) -> list[list[str]]:
    """The rows of one of a section's tables, as texts."""
    tables = [piece for piece in section.pieces if isinstance(piece, ReportTable)]
    return [[cell if isinstance(cell, str) else cell.text for cell in row] for row in tables[number].rows]


@pytest.mark.parametrize(
    ("lang", "headline"),
    [
        (
            "vi",
            "Tất cả 102 đơn vị cấp xã đã gửi số liệu. Biểu số liệu không có lỗi, đủ điều kiện đánh giá; không có nội",
        ),
        ("en", "All 102 commune-level units reported. The return has no errors and is assessed; no indicator rests on"),
    ],
)
def test_a_full_return_costs_nothing(lang: str, headline: str) -> None:
    quality = open_quality("Kon Tum", "2022", lang)
    assert quality.headline().startswith(headline)
    assert [getattr(quality, name)().name for name in NAMES] == list(NAMES) == list(SECTIONS["data_quality"])
    assert not quality.thin
    assert not quality.missing_units
    assert dict(rows(quality.received()))[{"vi": "Tệp", "en": "File"}[lang]] == "data/demo/kon-tum_2022.xlsx"
    assert len(rows(quality.coverage())) == 10
    assert MARKS[lang] in quality.head().html()


def test_gaps_are_counted_and_named_by_area(project: Path) -> None:
    quality = opened(project, gaps)
    assert quality.headline().startswith("87/102 đơn vị cấp xã đã gửi số liệu, còn 15 đơn vị chưa gửi. ")
    assert [row[:2] for row in rows(quality.missing())] == [
        *(["huyện Đăk Hà", "1"], ["huyện Sa Thầy", "11"], ["huyện Ia H'Drai", "3"])
    ]
    assert rows(quality.missing())[0][2] == "xã Đăk La (23524)."
    by_area = {row[0]: row[1:] for row in rows(quality.coverage())}
    assert by_area["thành phố Kon Tum"] == ["21", "6", "15", "0", "100,0%"]
    assert by_area["huyện Đăk Hà"] == ["11", "10", "0", "1", "90,9%"]
    assert by_area["huyện Sa Thầy"] == ["11", "0", "0", "11", "0,0%"]
    blanks = {row[1]: row[2:4] for row in rows(quality.coverage(), 1)}
    assert blanks == {"standing_board": ["15/87", "17,2%"], "members_attending": ["15/87", "17,2%"]}


def test_what_each_gap_costs_is_worked_out_from_counts(project: Path) -> None:
    quality = opened(project, gaps)
    costs = {row[0]: row[1:] for row in rows(quality.cost())}
    # every one of 87 units has a cell, 15 are silent: 87 of 102 to 102 of 102, and the target is 100 %
    established = costs["Tỷ lệ đơn vị cấp xã có chi bộ quân sự"]
    assert established == ["87/102", "100%", "85,3–100,0%", "100%", "có thể thay đổi"]
    # 69 of 72 cells with a chi ủy, 30 silent: 69 of 102 to 99 of 102
    assert costs["Tỷ lệ chi bộ quân sự có chi ủy"][:3] == ["72/102", "95,8%", "67,6–97,1%"]
    # 75 of 87 secretaries; a target of 100 % is missed whatever the others say
    trained = costs["Tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương"]
    assert trained == ["87/102", "86,2%", "≈ 73,5–88,2%", "100%", "không thay đổi"]
    assert costs["Số đảng viên mới kết nạp"][2].startswith("≥ ")
    assert "“điểm nóng”" in rows(quality.cost(), 1)[0][1]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_return_with_errors_is_reported_on_in_full(project: Path, lang: str) -> None:
    quality = opened(project, errors, lang)
    codes = [finding.code for finding in quality.given.errors]
    assert {"R01", "R02", "R03", "R05"} <= set(codes)
    places = rows(quality.findings(), 1)
    assert len([row for row in places if row[2] == {"vi": "Lỗi", "en": "Error"}[lang]]) == len(codes)
    by_rule = [row for row in rows(quality.findings()) if row[0] == "R02"]
    assert by_rule[0][3] == "2"
    place, message = {
        "vi": ("trang cells, dòng 4, cột ", '"…" không phải là số đếm. Hãy nhập số nguyên từ 0 trở lên'),
        "en": ("sheet cells, row 4, column ", '"…" is not a count. Enter a whole number of 0 or more'),
    }[lang]
    assert any(row[1].startswith(place) and row[3].startswith(message) for row in places)
    text = said(quality)
    assert str(len(codes)) in quality.headline()
    assert {"vi": "chưa nội dung nào của năm 2022 được đánh giá", "en": "nothing is assessed for 2022"}[lang] in text


def test_nothing_that_stands_in_a_cell_is_repeated(project: Path) -> None:
    quality = opened(project, errors)
    record = json.dumps(quality.record().content, ensure_ascii=False)
    for value in ("Nguyễn Văn A", "99999", "4321", "7777", "{x}", "NaN", "script"):
        assert value not in said(quality)
        assert value not in record


def test_findings_on_members_are_numbers_of_communes(project: Path) -> None:
    quality = opened(project, short)
    found = [row for row in rows(quality.findings(), 1) if row[0] == "R08"]
    assert [row[1:] for row in found] == [
        [
            "trang cells, cột standing_board",
            "Cảnh báo",
            "1 chi bộ có chi ủy nhưng chưa đủ số đảng viên chính thức theo quy định.",
        ]
    ]


@pytest.mark.parametrize("change", [gaps, errors])
def test_the_record_has_the_shape_of_the_report(project: Path, change: Callable[[Sheets], None]) -> None:
    quality = opened(project, change)
    content = quality.record().content
    jsonschema.validate(content, schema())
    assert content["report"]["notebook"] == "data_quality"
    assert (content["report"]["status"], content["report"]["mark"]) == ("synthetic", MARKS["vi"])
    statuses = {value["status"] for value in content["values"]}
    assert (statuses <= {"not_reported", "not_applicable"}) is (change is errors)
    names = [table["name"] for table in content["tables"]]
    assert names == ["reporting", "missing", "rules", "findings", "blanks", *(["cost"] if change is gaps else [])]
    assert f"data/{change.__name__}/kon-tum_2022" in content["inputs"]
    assert sum(finding["count"] for finding in content["findings"]) == len(quality.given.findings)


def test_the_list_is_cut_in_print_and_whole_in_the_workbook(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partybuilding.present.quality.MOST", 2)
    quality = opened(project, errors)
    places = rows(quality.findings(), 1)
    assert places[2][3].endswith("vị trí khác, xem bảng tính kèm theo")
    whole = next(table for table in quality.record().content["tables"] if table["name"] == "findings")
    assert len(whole["rows"]) > len(places)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("kon-tum", "2022", "vi", "published"), "no_return"),
        (("kon-tum", "2019"), "nothing_for"),
        (("kon-tun", "2022"), "unit_unknown"),
        (("kon-tum", "2022", "fr"), "language_unknown"),
        (("kon-tum", "2022", "vi", "demo", "tomorrow"), "document_date"),
    ],
)
def test_what_cannot_be_read_is_refused(words: tuple[str, ...], code: str) -> None:
    with pytest.raises(UserError) as refused:
        open_quality(*words)
    assert refused.value.code == code


@pytest.mark.parametrize(("change", "lang"), [(errors, "vi"), (gaps, "en")])
def test_it_is_published_although_the_return_has_errors(
    project: Path, tmp_path: Path, partybuilding: Command, change: Callable[[Sheets], None], lang: str
) -> None:
    source, out = spoilt(project, change), tmp_path / "out"
    words = ("run", "kon-tum", "2022", "--source", source, "--notebook", "data_quality", "--lang", lang, "--out", out)
    done = partybuilding(*words, home=project)
    assert done.returncode == 0, done.stderr
    made = out / source / "2022" / "kon-tum" / f"data_quality.{lang}.pdf"
    document = pypdfium2.PdfDocument(made)
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    assert len(pages) > 2
    assert all(MARKS[lang] in page for page in pages)
    html = made.with_suffix(".html").read_text(encoding="utf-8")
    assert MARKS[lang] in html
    assert all(f'<section id="{name}"' in html for name in NAMES)
