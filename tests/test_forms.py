"""The form: its structure, and the way through LibreOffice and back through intake without loss."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import Command, catalog, communes, register
from openpyxl.worksheet.worksheet import Worksheet

from partybuilding.assess.demo import synthetic_return
from partybuilding.assess.folder import ReturnFolder
from partybuilding.assess.forms import write_form
from partybuilding.assess.returns import Return
from partybuilding.cli import main
from partybuilding.errors import UserError
from partybuilding.periods import Period

FORMS = [("kon-tum", "2022", "vi", 102), ("kon-tum", "2022", "en", 102), ("quang-ngai", "2025", "vi", 96)]
KNOWN = ("commune_code", "commune", "commune_kind", "area")
STATES = ("met", "partly", "not_met")
PARAGRAPHS = "Địa bàn rộng, dân cư thưa.\nĐoạn thứ hai: “tốt” & <b>, 100%; 'x'.\n\n- Đoạn thứ tư"


def form(path: Path, slug: str = "kon-tum", period: str = "2022", lang: str = "vi") -> Path:
    when = Period.parse(period)
    write_form(path, register().at(slug, when), when, lang, catalog(), communes())
    return path


def opened(path: Path) -> dict[str, Worksheet]:
    return {sheet.title: sheet for sheet in openpyxl.load_workbook(path).worksheets}


@pytest.fixture(params=FORMS, ids=lambda given: "-".join(map(str, given[:3])))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str, str, str, int]:
    slug, period, lang, count = request.param
    return form(tmp_path / "form.xlsx", slug, period, lang), slug, period, lang, count


# ---- structure


def test_the_sheets_and_the_communes_of_the_register(made: tuple[Path, str, str, str, int]) -> None:
    path, slug, period, _, count = made
    sheets = opened(path)
    assert list(sheets) == ["help", "about", "cells", "province"]
    cells = sheets["cells"]
    assert [cell.value for cell in cells[1]] == list(catalog().returns["cells"])
    rows = [tuple(cell.value for cell in row[:4]) for row in cells.iter_rows(min_row=3)]
    due = communes().of(slug, Period.parse(period).end)
    assert len(rows) == count
    assert rows == [(c.code, c.name, c.kind, c.area or None) for c in due]
    assert all(cells.cell(row, 1).data_type == "s" for row in range(3, count + 3))  # text, leading zeros kept
    given = {row[0].value: row[1].value for row in sheets["about"].iter_rows(min_row=2)}
    assert list(given) == list(catalog().returns["about"])
    assert {"province": slug, "period": period, "contract": "1", "as_of": None, "status": None}.items() <= given.items()
    lines = [row[0].value for row in sheets["province"].iter_rows(min_row=2)]
    assert lines == list(catalog().returns["province"])


def test_the_labels_are_of_the_language_and_unique(made: tuple[Path, str, str, str, int]) -> None:
    path, _, _, lang, _ = made
    sheets = opened(path)
    for name, labels in (
        ("cells", [cell.value for cell in sheets["cells"][2]]),
        ("about", [row[2].value for row in sheets["about"].iter_rows(min_row=2)]),
        ("province", [row[3].value for row in sheets["province"].iter_rows(min_row=2)]),
    ):
        assert labels == [column.label(lang) for column in catalog().returns[name].values()]
        assert len(set(labels)) == len(labels)
    help_text = "\n".join(str(row[0].value or "") for row in sheets["help"].iter_rows())
    assert ("Không ghi họ tên" in help_text) == (lang == "vi")
    assert ("No names, birth dates" in help_text) == (lang == "en")
    assert "partybuilding check" in help_text


def expected_inputs(path: Path, slug: str) -> dict[str, set[str]]:
    """Cells into which the clerk enters something, by sheet."""
    sheets, places = opened(path), list(catalog().returns["cells"])
    cells = sheets["cells"]
    free = [n for n, name in enumerate(places, 1) if name not in KNOWN or (name == "area" and slug == "quang-ngai")]
    return {
        "help": set(),
        "about": {f"B{n}" for n, name in enumerate(catalog().returns["about"], 2) if name in OFFICE},
        "cells": {cells.cell(row, n).coordinate for row in range(3, cells.max_row + 1) for n in free},
        "province": {f"{letter}{row}" for row in range(2, sheets["province"].max_row + 1) for letter in "BC"},
    }


OFFICE = ("as_of", "status", "prepared_by")


def test_inputs_are_unlocked_and_the_rest_protected(made: tuple[Path, str, str, str, int]) -> None:
    path, slug, *_ = made
    wanted = expected_inputs(path, slug)
    for name, sheet in opened(path).items():
        assert sheet.protection.sheet, name
        assert not sheet.protection.password
        unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
        assert unlocked == wanted[name], name


def test_every_input_has_a_data_validation_that_fits_its_kind(made: tuple[Path, str, str, str, int]) -> None:
    path, slug, _, lang, _ = made
    wanted = expected_inputs(path, slug)
    kinds = {"count": "whole", "flag": "list", "category": "list", "standard": "list", "text": "textLength"}
    for name, sheet in opened(path).items():
        rules: dict[str, Any] = {}
        for rule in sheet.data_validations.dataValidation:
            for span in rule.sqref.ranges:
                for row in sheet[span.coord] if ":" in span.coord else [[sheet[span.coord]]]:
                    rules |= {cell.coordinate: rule for cell in row}
        free = {place for place in wanted[name] if not (name == "province" and place.startswith("C"))}  # notes
        assert set(rules) == free, name
        for place, rule in rules.items():
            assert rule.error
            assert rule.showErrorMessage
            if name == "about":
                continue
            key = sheet.cell(1, sheet[place].column).value if name == "cells" else sheet[f"A{sheet[place].row}"].value
            column = catalog().returns[name][key]
            assert rule.type == kinds[column.kind], key
            assert rule.promptTitle == column.label(lang)[:32]
            if column.kind == "count":
                assert (rule.operator, rule.formula1) == ("greaterThanOrEqual", "0")
            elif column.kind != "text":
                words = {"flag": ("1", "0"), "standard": STATES}.get(column.kind, tuple(column.values))
                assert rule.formula1 == f'"{",".join(words)}"'
    about = {str(rule.sqref): rule for rule in opened(path)["about"].data_validations.dataValidation}
    assert {place: rule.type for place, rule in about.items()} == {"B4": "date", "B5": "list", "B6": "textLength"}


def test_heads_stay_in_sight_on_screen_and_on_paper(made: tuple[Path, str, str, str, int]) -> None:
    sheets = opened(made[0])
    assert {name: sheet.freeze_panes for name, sheet in sheets.items()} == {
        "help": None,
        "about": "B2",
        "cells": "C3",
        "province": "B2",
    }
    cells = sheets["cells"]
    assert (cells.print_title_rows, cells.print_title_cols) == ("$1:$2", "$A:$B")
    assert cells.page_setup.orientation == "landscape"
    assert cells.print_area
    assert sheets["province"].page_setup.fitToHeight == 0
    for sheet in sheets.values():
        assert sheet.page_setup.paperSize == 9  # A4
        assert "&P" in sheet.oddFooter.right.text
        assert not sheet.merged_cells.ranges


def test_nothing_in_the_file_points_outside_or_runs(made: tuple[Path, str, str, str, int]) -> None:
    with zipfile.ZipFile(made[0]) as package:
        names = package.namelist()
        assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]
        relations = [package.read(name).decode() for name in names if name.endswith(".rels")]
        sheets = [package.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
    assert not [text for text in relations if 'TargetMode="External"' in text]
    assert not [text for text in sheets if "<f>" in text or "<f " in text]


def test_the_same_form_has_the_same_bytes(tmp_path: Path) -> None:
    assert form(tmp_path / "a.xlsx").read_bytes() == form(tmp_path / "b.xlsx").read_bytes()


def test_codes_keep_their_leading_zeros(tmp_path: Path) -> None:
    cells = opened(form(tmp_path / "form.xlsx", "ha-giang"))["cells"]
    assert cells["A3"].value == "00688"


# ---- filled in, through LibreOffice, and back


def clerk(path: Path, slug: str, period: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Fill in the form as a clerk would and return what was entered: rows of cells (None: left blank), province."""
    when, chance = Period.parse(period), random.Random(7)
    rows, province = synthetic_return(register().at(slug, when), when, communes())
    for row in rows:
        for name in chance.sample([name for name in row if name not in (*KNOWN, "cell_established")], 3):
            row[name] = None
        row["area"] = row["area"] or "Khu vực 1 – Đăk Tô"
    rows[3] = {name: cell if name in KNOWN else None for name, cell in rows[3].items()}  # a commune with nothing
    book = openpyxl.load_workbook(path)
    about, cells, lines = book["about"], book["cells"], book["province"]
    entered = {"as_of": date(when.year, 11, 30), "status": "provisional", "prepared_by": "Phòng Chính trị"}
    for row_ in about.iter_rows(min_row=2):
        if row_[0].value in entered:
            row_[1].value = entered[str(row_[0].value)]
    for number, row in enumerate(rows, start=3):
        for place, name in enumerate(catalog().returns["cells"], start=1):
            if not cells.cell(number, place).protection.locked:
                cells.cell(number, place).value = row[name]
    given: dict[str, Any] = {}
    for number, (name, column) in enumerate(catalog().returns["province"].items(), start=2):
        choice = {"count": province.get(name), "standard": STATES[number % 3], "text": PARAGRAPHS}[column.kind]
        given[name] = None if number % 7 == 0 else choice
        lines.cell(number, 2).value = given[name]
        if column.kind == "standard":
            lines.cell(number, 3).value = f"Ghi chú {number}; huyện Ia H'Drai"
    book.save(path)
    return rows, given


def through_libreoffice(path: Path, kind: str, place: Path) -> Path:
    """Open a workbook in LibreOffice and save it there as another one."""
    office = shutil.which("soffice")
    assert office, "LibreOffice is missing: install the Debian package libreoffice-calc-nogui (`make test` does it)"
    (place / kind).mkdir()
    command = [office, f"-env:UserInstallation={(place / 'profile').as_uri()}", "--headless", "--norestore"]
    command += ["--convert-to", kind, "--outdir", str(place / kind), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    saved = place / kind / f"{path.stem}.{kind}"
    assert saved.exists(), done.stdout + done.stderr
    return saved


def same(given: Return, rows: list[dict[str, Any]], province: dict[str, Any], period: str) -> None:
    """Hold what intake read against what was filled in, cell for cell."""
    assert given.as_of == date(Period.parse(period).year, 11, 30)
    assert (given.status, given.prepared_by) == ("provisional", "Phòng Chính trị")
    assert list(given.cells.index) == list(range(3, len(rows) + 3))
    read = given.cells.astype(object)
    for number, row in zip(given.cells.index, rows, strict=True):
        found = {name: cell if cell == cell and cell is not None else None for name, cell in _plain(read, number)}
        assert found == {name: row[name] for name in found}, number
    for number, (name, column) in enumerate(catalog().returns["province"].items(), start=2):
        wanted = province[name]
        if column.kind == "count":
            assert given.counts[name] == wanted, name
        elif column.kind == "standard":
            assert given.standards[name] == (wanted, f"Ghi chú {number}; huyện Ia H'Drai")
        else:
            assert given.texts[name] == (wanted or ""), name
    assert given.errors == [], [finding.message("en") for finding in given.errors]
    assert {finding.code for finding in given.findings} <= {"R04", "R09", "R11"}


def _plain(read: Any, number: int) -> list[tuple[str, Any]]:
    missing = read.isna()
    return [(name, None if missing.at[number, name] else read.at[number, name]) for name in read.columns]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with LibreOffice's profile, made once."""
    return tmp_path_factory.mktemp("office")


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_form_filled_in_comes_back_from_libreoffice_cell_for_cell(tmp_path: Path, office: Path, kind: str) -> None:
    path = form(tmp_path / "kon-tum.xlsx")
    rows, province = clerk(path, "kon-tum", "2022")
    saved = through_libreoffice(path, kind, office)
    folder = ReturnFolder.of(tmp_path, catalog(), register())
    same(folder.checked(path), rows, province, "2022")  # as the clerk saved it
    same(folder.checked(saved), rows, province, "2022")
    if kind == "xlsx":  # LibreOffice kept the form a form
        sheets = opened(saved)
        assert list(sheets) == ["help", "about", "cells", "province"]
        assert sheets["cells"].protection.sheet
        assert not sheets["cells"]["E3"].protection.locked
        assert sheets["cells"]["A3"].protection.locked
        assert len(sheets["cells"].data_validations.dataValidation) >= 3


def test_the_form_of_a_new_unit_takes_its_areas(tmp_path: Path) -> None:
    path = form(tmp_path / "quang-ngai.xlsx", "quang-ngai", "2025", "en")
    rows, province = clerk(path, "quang-ngai", "2025")
    given = ReturnFolder.of(tmp_path, catalog(), register()).checked(path)
    same(given, rows, province, "2025")
    assert set(given.cells["area"]) == {"Khu vực 1 – Đăk Tô"}


def test_an_empty_form_says_what_is_missing(tmp_path: Path) -> None:
    folder = ReturnFolder.of(tmp_path, catalog(), register())
    with pytest.raises(UserError) as caught:
        folder.checked(form(tmp_path / "empty.xlsx"))
    assert caught.value.code == "return_about"
    assert "as_of, status" in caught.value.message("en")


def test_a_date_typed_as_text_or_as_a_moment_is_read(tmp_path: Path) -> None:
    for number, typed in enumerate(("2022-12-15", "15/12/2022", datetime(2022, 12, 15), "15.12.2022")):
        path = form(tmp_path / f"{number}.xlsx")
        book = openpyxl.load_workbook(path)
        book["about"]["B4"].value, book["about"]["B5"].value = typed, "official"
        book.save(path)
        assert ReturnFolder.of(tmp_path, catalog(), register()).read(path).as_of == date(2022, 12, 15)


# ---- the command line


def test_the_command_writes_the_form_of_a_unit_named_with_accents(tmp_path: Path, partybuilding: Command) -> None:
    out = tmp_path / "new" / "form.xlsx"
    done = partybuilding("forms", "Kon Tum", "2022", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "102" in done.stdout
    assert out.read_bytes() == form(tmp_path / "own.xlsx").read_bytes()
    done = partybuilding("forms", "Quảng Ngãi", "2025-H2", "--lang", "en", "--out", out)
    assert (done.returncode, "form.xlsx" in done.stderr) == (2, True), "a form that may be filled in is not overwritten"
    out = tmp_path / "new" / "other.xlsx"
    done = partybuilding("forms", "Quảng Ngãi", "2025-H2", "--lang", "en", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "96" in done.stdout
    assert opened(out)["about"]["B2"].value == "quang-ngai"


@pytest.mark.parametrize(
    ("words", "lang", "message"),
    [
        (("Kon Tom", "2022"), "vi", 'Không có đơn vị "Kon Tom". Có phải ý bạn là "Kon Tum"?'),
        (("Kon Tom", "2022"), "en", 'There is no unit "Kon Tom". Did you mean "Kon Tum"?'),
        (("kon-tum", "2022-H3"), "vi", "2022-H3"),
        (("kon-tum", "2022-H3"), "en", "2022-H3"),
        (("kon-tum", "2025"), "vi", "quang-ngai"),
        (("kon-tum", "2025"), "en", "quang-ngai"),
        (("kon-tum", "2022", "--lang", "fr"), "en", "fr"),
    ],
)
def test_what_is_not_known_is_said_and_nothing_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    lang: str,
    message: str,
) -> None:
    monkeypatch.setenv("PARTYBUILDING_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["partybuilding", "forms", *words, "--out", str(tmp_path / "form.xlsx")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "form.xlsx").exists()
