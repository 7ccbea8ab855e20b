"""The appendix workbook beside a report: plain tables that any program reads, the same bytes each time."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from test_counted import HOSTILE, shown

from partybuilding.publish.workbook import write_workbook

KINDS = [(slug, lang) for slug in ("kon-tum", "bac-giang") for lang in ("vi", "en")]


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name).decode("utf-8") for name in package.namelist()}


def record(*tables: dict[str, Any], mark: str | None = None) -> dict[str, Any]:
    return {"report": {"title": "Title", "mark": mark}, "tables": list(tables)}


def table(rows: list[list[Any]], columns: tuple[str, ...] = ("a", "b"), **more: Any) -> dict[str, Any]:
    return {"name": "rows", "title": "Rows", "columns": list(columns), "rows": rows, "notes": []} | more


@pytest.fixture(scope="module", params=KINDS, ids=["-".join(kind) for kind in KINDS])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    content = json.loads(json.dumps(shown(*request.param).record().content))
    path = tmp_path_factory.mktemp("books") / "a.xlsx"
    write_workbook(path, content)
    return path, content


def test_each_table_has_a_sheet_that_begins_with_its_title(written: tuple[Path, dict[str, Any]]) -> None:
    path, content = written
    found = sheets(path)
    assert list(found) == [stored["name"] for stored in content["tables"]]
    assert {"results", "areas", "communes"} <= set(found)
    for stored in content["tables"]:
        rows = found[stored["name"]]
        assert rows[0][0] == stored["title"]
        assert rows[1][0] == content["report"]["title"]
        assert rows[2][0] == content["report"]["mark"]
        assert [row[0] for row in rows[3 : 3 + len(stored["notes"])]] == stored["notes"]
        start = 4 + len(stored["notes"])
        assert rows[start - 1] == [""] * len(stored["columns"])
        assert rows[start] == stored["columns"]
        for row, given in zip(rows[start + 1 :], stored["rows"], strict=True):
            wanted = ["" if cell is None else cell for cell in given]
            assert row == [cell if isinstance(cell, str) else pytest.approx(cell, rel=1e-14) for cell in wanted]


def test_the_mark_is_on_each_sheet_and_on_each_printed_page(written: tuple[Path, dict[str, Any]]) -> None:
    path, content = written
    mark = content["report"]["mark"]
    assert mark in ("SỐ LIỆU MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT", "SYNTHETIC DATA – NOT REAL FIGURES")
    assert all(mark in [row[0] for row in rows] for rows in sheets(path).values())
    stored = [text for name, text in parts(path).items() if name.startswith("xl/worksheets/sheet")]
    assert len(stored) == len(content["tables"])
    assert all(f"&amp;C{mark}" in text for text in stored)
    assert mark in parts(path)["docProps/core.xml"]


def test_numbers_are_numbers(written: tuple[Path, dict[str, Any]]) -> None:
    path, content = written
    numbers = 0
    for stored in content["tables"]:
        rows = sheets(path)[stored["name"]][-len(stored["rows"]) :]
        for row, given in zip(rows, stored["rows"], strict=True):
            for cell, was in zip(row, given, strict=True):
                assert isinstance(cell, float) == (was is not None and not isinstance(was, str))
                assert not (isinstance(cell, str) and re.fullmatch(r"\d+([.,]\d+)?", cell))
                numbers += isinstance(cell, float)
    assert numbers > 300


def test_no_merged_cells_no_formulas_no_links_no_macros(written: tuple[Path, dict[str, Any]]) -> None:
    found = parts(written[0])
    assert not [name for name in found if re.search(r"externalLink|vbaProject|hyperlink|drawing|connection", name)]
    for name, text in found.items():
        if name.startswith("xl/worksheets/sheet"):
            assert not re.search(r"<mergeCell|<f[ >]|<hyperlink|t=\"str\"", text)
        if name.endswith(".rels"):
            assert "TargetMode" not in text


def test_the_same_report_gives_the_same_bytes(written: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, content = written
    write_workbook(tmp_path / "b.xlsx", content)
    assert (tmp_path / "b.xlsx").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "text", [*HOSTILE, "@SUM(A1)", "+1", "-1+1", "http://example.org/", "{=1}", "mailto:a@b.c", "0123"]
)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, record(table([[text, 1]], (text, "b"), title=text, notes=[text])))
    rows = sheets(path)["rows"]
    assert [row[0] for row in rows] == [text, "Title", text, "", text, text]
    assert rows[-1][1] == 1.0
    found = parts(path)
    assert not re.search(r"<f[ >]|<hyperlink", found["xl/worksheets/sheet1.xml"])
    assert "<script>" not in "".join(found.values())


def test_control_characters_and_long_texts_do_not_break_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, record(table([["a\x0bb\x00", "x" * 40_000], ["<NUL>", None]])))
    rows = sheets(path)["rows"]
    assert rows[-1][0] == "<NUL>"
    assert len(rows[-2][1]) == 32_767  # what a cell of a workbook holds
    assert rows[-2][1].endswith("…")


def test_without_a_mark_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, record(table([["a", 0], ["b", None], ["c", 0.5]])))
    assert sheets(path)["rows"] == [
        ["Rows", ""],
        ["Title", ""],
        ["", ""],
        ["a", "b"],
        ["a", 0.0],
        ["b", ""],
        ["c", 0.5],
    ]
    assert "oddFooter" not in parts(path)["xl/worksheets/sheet1.xml"]


def test_a_table_without_rows_has_its_head(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, record(table([])))
    assert sheets(path)["rows"][-1] == ["a", "b"]


def test_a_mark_with_an_ampersand_stands_in_the_footer_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, record(table([["a", 1]]), mark="A & B"))
    assert "&amp;CA &amp;&amp; B" in parts(path)["xl/worksheets/sheet1.xml"]
