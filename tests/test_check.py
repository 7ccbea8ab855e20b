"""`partybuilding check` on returns: what it says, the marked copy; an error keeps only its own province back."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import python_calamine as calamine
import xlsxwriter
from conftest import ROOT, Command
from test_cli import Typed, command  # noqa: F401 (a fixture)
from test_returns import DEMO, HOSTILE, Sheets, catalog, edited, good, labels, line

from partybuilding.assess.marked import write_marked
from partybuilding.assess.returns import Finding
from partybuilding.errors import UserError


def write(path: Path, sheets: Sheets) -> Path:
    """Write sheets as a workbook, texts as texts."""
    made = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell, *([day] if isinstance(cell, datetime) else []))
    made.close()
    return path


def broken(path: Path, count: int = 1) -> Path:
    return write(path, edited(good(), "official_members", *["mười"] * count))


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder of its own: a return beside another of the same province and period is a mistake."""
    folder = tmp_path / "alone"
    folder.mkdir()
    return folder


# ---- what it says


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("vi", "kon-tum_2022.xlsx: 102 đơn vị, không có lỗi, 0 cảnh báo hoặc ghi chú.\n"),
        ("en", "kon-tum_2022.xlsx: 102 units, no errors, 0 warnings or notes.\n"),
    ],
)
def test_a_good_return_gives_one_line(command: Typed, alone: Path, lang: str, line: str) -> None:  # noqa: F811
    path = shutil.copy(DEMO, alone)
    assert command("check", path, lang=lang) == (0, line, "")
    assert command("check", path, "--lang", lang, lang="vi") == (0, line, "")
    assert command("check", alone, lang=lang) == (0, line, "")


@pytest.mark.parametrize(
    ("lang", "more", "done"),
    [
        (
            "vi",
            "… và 15 chỗ khác; xem đủ bằng --out",
            "a.xlsx: 102 đơn vị, 25 lỗi, 1 cảnh báo hoặc ghi chú. Chưa được đánh giá cho đến khi sửa hết lỗi.",
        ),
        (
            "en",
            "… and 15 more; see all with --out",
            "a.xlsx: 102 units, 25 errors, 1 warnings or notes. It is not assessed until the errors are gone.",
        ),
    ],
)
def test_errors_are_a_table_capped_for_each_rule(
    command: Typed,  # noqa: F811
    alone: Path,
    lang: str,
    more: str,
    done: str,
) -> None:
    status, out, err = command("check", broken(alone / "a.xlsx", 25), lang=lang)
    assert (status, err) == (1, "")
    assert out.count("│ R02 ") == 11 and out.count("│ R11 ") == 1
    assert more in out and out.splitlines()[-1] == done


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_checked(command: Typed, alone: Path) -> None:  # noqa: F811
    shutil.copy(DEMO, alone)
    (alone / "b.xlsx").write_bytes(b"PK")
    (alone / "c.xlsm").write_bytes(b"")
    status, out, err = command("check", alone, lang="en")
    assert status == 1
    assert out == "kon-tum_2022.xlsx: 102 units, no errors, 0 warnings or notes.\n"
    assert [text.partition(":")[0] for text in err.splitlines()] == ["b.xlsx", "c.xlsm"]


def test_a_source_is_checked_by_its_name_and_an_unknown_one_is_refused(command: Typed) -> None:  # noqa: F811
    status, out, err = command("check", "demo", lang="en")
    assert (status, err) == (0, "")
    assert [text.partition(":")[0] for text in out.splitlines() if ".xlsx:" in text] == [
        f"data/demo/{path.name}" for path in sorted((ROOT / "data" / "demo").glob("*.xlsx"))
    ]
    status, out, err = command("check", "demoo", lang="en")
    assert (status, out) == (2, "") and 'Did you mean "demo"?' in err


def test_a_path_that_leads_out_shows_only_the_file(command: Typed, alone: Path) -> None:  # noqa: F811
    (alone / "b.xlsx").write_bytes(b"")
    _, _, err = command("check", alone / ".." / "alone" / "b.xlsx", lang="en")
    assert err.startswith("b.xlsx: the file is damaged")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_printed_as_they_are(command: Typed, alone: Path, text: str) -> None:  # noqa: F811
    sheets = edited(good(), "official_members", text)
    sheets["cells"][0].append(text)
    status, out, _ = command("check", write(alone / "a.xlsx", sheets), lang="en")
    assert status == 1
    assert "".join(text.split())[:20] in re.sub(r"[│\s]", "", out)


# ---- the marked copy


def spoilt() -> Sheets:
    sheets = edited(good(), "official_members", "=1+1", -3.0, 2.5)
    edited(sheets, "militia_members", 5000.0)
    edited(sheets, "commune", "KHÁC <b>", "\\input{a}")
    sheets["cells"][0].append("Họ tên")
    sheets["cells"][1].append("x")
    line(sheets, "committees")[1], line(sheets, "committees_four_good_three_no")[1] = 1.0, 9.0
    line(sheets, "solidarity")[1] = "tốt"
    line(sheets, "context")[1] = "=cmd|'/c calc'!A1"
    line(sheets, "as_of", "about")[1] = datetime(2022, 12, 31)
    return sheets


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}


def values(path: Path, name: str) -> list[list[Any]]:
    rows: list[list[Any]] = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python(False)
    return [
        [f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) or "date" in str(type(cell)) else cell for cell in row]
        for row in rows
    ]


def filled(path: Path, part: str) -> set[str]:
    """Return the cells that have a format of their own."""
    return set(re.findall(r'<c r="([A-Z]+\d+)" s="[1-9]\d*"', parts(path)[part]))


def commented(path: Path, number: int) -> set[str]:
    return set(re.findall(r'<comment ref="([A-Z]+\d+)"', parts(path)[f"xl/comments{number}.xml"]))


@pytest.mark.parametrize("heads", ["ids", "labels"])
def test_the_marked_copy_has_all_values_and_colours_and_comments_the_faulty_cells(
    command: Typed,  # noqa: F811
    alone: Path,
    tmp_path: Path,
    heads: str,
) -> None:
    sheets = spoilt()
    if heads == "labels":
        sheets["cells"][0] = [*labels("vi"), "Họ tên"]
    source, out = write(alone / "a.xlsx", sheets), tmp_path / "findings.xlsx"
    assert command("check", source, "--out", out, lang="en")[0] == 1
    for name in ("about", "cells", "province"):
        assert values(out, name) == values(source, name), name
    rows = {row[0]: number for number, row in enumerate(sheets["province"], start=1)}
    assert filled(out, "xl/worksheets/sheet3.xml") >= {"G2", "G3", "G4", "AI2", "B2", "B3", "BR1"}
    assert commented(out, 1) == filled(out, "xl/worksheets/sheet3.xml")
    in_province = {f"B{rows['committees_four_good_three_no']}", f"B{rows['solidarity']}"}
    assert commented(out, 2) == in_province == filled(out, "xl/worksheets/sheet4.xml")
    assert 'R02: "=1+1" is not a count.' in parts(out)["xl/comments1.xml"].replace("&quot;", '"')


def test_the_marked_copy_holds_no_formula_and_no_link(command: Typed, alone: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "findings.xlsx"
    command("check", write(alone / "a.xlsx", spoilt()), "--out", out)
    found = parts(out)
    assert not any("<f>" in text or "<hyperlink" in text for text in found.values())
    assert "=cmd|'/c calc'!A1" in found["xl/sharedStrings.xml"]


def test_the_marked_copy_lists_every_finding_first(command: Typed, alone: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "findings.xlsx"
    command("check", broken(alone / "a.xlsx", 25), "--out", out, lang="en")
    listed = values(out, "findings")
    assert listed[0] == ["code", "level", "sheet", "row", "column", "value", "message"]
    assert listed[1][:6] == ["R02", "error", "cells", 2.0, "G", "mười"]
    assert len(listed) == 27


def test_the_marked_copy_of_what_excel_cannot_hold(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for name, rows in good(2).items():
        text = "\n".join(";".join("" if cell is None else f"{cell}" for cell in row) for row in rows)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    finding = Finding("R02", "error", "cells", 2, "G", "x", "R02_count")
    write_marked(tmp_path / "b.xlsx", folder, [finding], catalog(), "vi")
    assert filled(tmp_path / "b.xlsx", "xl/worksheets/sheet3.xml") == {"G2"}
    for word in ("NaN", "INF", "1e400"):
        path = write(tmp_path / "c.xlsx", edited(good(2), "official_members", 123456789.0))
        with zipfile.ZipFile(path) as package:
            texts = {
                name: package.read(name).replace(b"<v>123456789</v>", f"<v>{word}</v>".encode())
                for name in package.namelist()
            }
        with zipfile.ZipFile(path, "w") as package:
            for name, text in texts.items():
                package.writestr(name, text)
        write_marked(tmp_path / "d.xlsx", path, [finding], catalog(), "vi")


def test_the_marked_copy_never_overwrites_the_return(command: Typed, alone: Path) -> None:  # noqa: F811
    path = broken(alone / "a.xlsx")
    before = path.read_bytes()
    status, _, err = command("check", path, "--out", alone / ".." / "alone" / "a.xlsx", lang="en")
    assert status == 2 and path.read_bytes() == before
    assert err == ("a.xlsx: the marked copy would overwrite the return itself. Choose another file for --out.\n")
    assert command("check", path, "--out", path)[2] == (
        "a.xlsx: bản đánh dấu không được ghi đè lên chính biểu số liệu. Hãy chọn tên tệp khác cho --out.\n"
    )


def test_a_marked_copy_that_cannot_be_written_is_told(alone: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_marked(alone / "none" / "b.xlsx", broken(alone / "a.xlsx"), [], catalog(), "vi")
    assert caught.value.code == "out_not_writable"


# ---- an error keeps a province from being assessed, and only that one


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_broken_return_leaves_its_earlier_reports_and_does_not_stop_the_others(
    project: Path, reports: Path, partybuilding: Command, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(reports, tmp_path / "reports"))
    kept = files(out / "demo" / "2022" / "kon-tum")
    assert kept
    path = "data/demo/kon-tum_2022.xlsx"
    broken(project / path)
    plan = "{source: demo, provinces: [kon-tum, bac-giang], periods: [2022], languages: [en], formats: [html]}"
    (project / "params" / "batch.yaml").write_text(f"reports:\n  - {plan}\n", encoding="utf-8")
    done = partybuilding("batch", "--out", out, lang="en", home=project)
    assert done.returncode == 1
    assert "1 of 2 reports published" in done.stdout
    assert f"{path}: 1 errors, so it is not assessed (R02: " in done.stderr
    assert f'See all of them: partybuilding check "{path}"' in done.stderr
    assert files(out / "demo" / "2022" / "kon-tum") == kept
