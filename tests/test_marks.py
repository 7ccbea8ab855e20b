"""The synthetic mark: on every page of everything made from synthetic data, and not to be switched off."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pypdfium2
import pytest
import xlsxwriter
from conftest import ROOT
from lxml import etree
from test_counted import made, reported, rows_of
from test_workbook_output import sheets

from partybuilding import open_cell, open_report
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.gate import Finished, inspect
from partybuilding.publish.workbook import write_workbook

MARKS = {"vi": "SỐ LIỆU MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT", "en": "SYNTHETIC DATA – NOT REAL FIGURES"}
KINDS = [(slug, lang) for slug in ("kon-tum", "bac-giang") for lang in MARKS]
STEM, FOLDER = "province_assessment.en", Path("demo", "2022", "kon-tum")
ENDINGS = ("html", "pdf", "xlsx", "ipynb", "json")
kinds = pytest.mark.parametrize(("slug", "lang"), KINDS)


def squeezed(text: str) -> str:
    return "".join(text.split())


def pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return found


def file(reports: Path, slug: str, lang: str, ending: str, source: str = "demo") -> Path:
    return reports / source / "2022" / slug / f"province_assessment.{lang}.{ending}"


@kinds
def test_the_page_shows_the_mark_first_and_last(reports: Path, slug: str, lang: str) -> None:
    root = etree.fromstring(file(reports, slug, lang, "html").read_bytes())
    marks = ["".join(node.itertext()) for node in root.iter("{*}p") if node.get("class") == "page-mark"]
    assert marks == [MARKS[lang]] * 2
    style = "".join(node.text or "" for node in root.iter("{*}style"))
    assert ".page-mark {" in style
    assert "position: fixed" in style  # in print on each page
    assert not [rule for rule in style.split("}") if "page-mark" in rule and "display: none" in rule]


@kinds
def test_each_printed_page_bears_the_mark(reports: Path, slug: str, lang: str) -> None:
    found = pages(file(reports, slug, lang, "pdf"))
    assert len(found) > 10
    assert [number for number, text in enumerate(found, 1) if squeezed(MARKS[lang]) not in squeezed(text)] == []


@kinds
def test_each_sheet_of_the_workbook_bears_the_mark(reports: Path, slug: str, lang: str) -> None:
    found = sheets(file(reports, slug, lang, "xlsx"))
    assert all(rows[2][0] == MARKS[lang] for rows in found.values())


@kinds
def test_the_json_and_the_notebook_bear_the_mark(reports: Path, slug: str, lang: str) -> None:
    report = json.loads(file(reports, slug, lang, "json").read_text(encoding="utf-8"))["report"]
    assert (report["mark"], report["status"]) == (MARKS[lang], "synthetic")
    notebook = nbformat.read(file(reports, slug, lang, "ipynb"), as_version=4)
    first = next(output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output)
    assert MARKS[lang] in first["data"]["text/html"]
    assert MARKS[lang] in first["data"]["text/plain"]


@kinds
def test_the_index_and_the_manifest_bear_the_mark(reports: Path, slug: str, lang: str) -> None:
    name = f"demo/2022/{slug}/province_assessment.{lang}"
    entry = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))["reports"][name]
    assert (entry["mark"], entry["status"]) == (MARKS[lang], "synthetic")
    root = etree.HTML((reports / "index.html").read_text(encoding="utf-8"))
    (item,) = [node for node in root.iter("li") if node.find(".//a").get("href") == f"{name}.html"]
    assert MARKS[lang] in "".join(item.find("p[@class='facts']").itertext())


@kinds
def test_reports_on_published_figures_bear_none(reports: Path, slug: str, lang: str) -> None:
    marks = [squeezed(mark) for mark in MARKS.values()]
    for ending in ("html", "ipynb", "json"):
        text = squeezed(file(reports, slug, lang, ending, "published").read_text(encoding="utf-8"))
        assert not [mark for mark in marks if mark in text]
    words = squeezed("".join(pages(file(reports, slug, lang, "pdf", "published"))))
    words += squeezed(str(sheets(file(reports, slug, lang, "xlsx", "published"))))
    assert not [mark for mark in marks if mark in words]
    name = f"published/2022/{slug}/province_assessment.{lang}"
    entry = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))["reports"][name]
    assert (entry["mark"], entry["status"]) == (None, "published")


# ---- it cannot be switched off


def parameters() -> set[str]:
    notebook = nbformat.read(ROOT / "notebooks" / "province_assessment.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    return {line.split(":")[0] for line in cell.source.splitlines()}


@pytest.mark.parametrize("lang", MARKS)
@pytest.mark.parametrize(
    "more", [{}, {"document_date": "2023-01-15"}, {"province": "Kon Tum"}, {"period": "2022-H1"}, {"form": "brief"}]
)
def test_no_parameter_of_the_notebook_switches_it_off(lang: str, more: dict[str, Any]) -> None:
    given = {"province": "kon-tum", "period": "2022", "source": "demo"} | more
    assert {*given, "lang", "document_date", "form"} == parameters()  # a new parameter belongs in this test
    report = open_report(**given, lang=lang)
    assert report.mark == MARKS[lang]
    assert ("mark", MARKS[lang]) in report.head().lines


@pytest.mark.parametrize("lang", MARKS)
def test_the_handout_on_a_cell_bears_it(lang: str) -> None:
    cell = open_cell("kon-tum", "2022", "23293", lang)
    assert cell.mark == MARKS[lang]
    assert ("mark", MARKS[lang]) in cell.head().lines


def test_no_words_of_the_layout_switch_it_off(project: Path) -> None:
    path = project / "params" / "layout.yaml"
    rules, _, text = path.read_text(encoding="utf-8").partition("\nvi:\n")
    words = [line.split(": ", 1) for line in text.splitlines() if line.startswith("  ") and ": " in line]
    emptied = text
    for key, _ in words:
        emptied = "\n".join(f'{key}: "x"' if line.startswith(f"{key}: ") else line for line in emptied.splitlines())
    assert emptied != text
    path.write_text(f"{rules}\nvi:\n{emptied}\n", encoding="utf-8")
    for lang, mark in MARKS.items():
        assert open_report("kon-tum", "2022", lang, "demo").head().lines[0] == ("mark", mark)


def test_the_status_of_any_return_behind_the_report_marks_it() -> None:
    now, before = (made("kon-tum", year, rows_of("kon-tum", year, 3)) for year in ("2022", "2021"))
    assert reported(now, before).mark is None
    synthetic = dataclasses.replace(before, status="synthetic")
    assert reported(now, synthetic).mark == MARKS["vi"]
    assert reported(dataclasses.replace(now, status="synthetic"), before).mark == MARKS["vi"]
    assert reported(dataclasses.replace(now, status="provisional"), before).mark == "SỐ LIỆU SƠ BỘ"


# ---- the gate


@pytest.fixture
def place(tmp_path: Path, reports: Path) -> Path:
    """The files of one real report from synthetic returns, to spoil."""
    return Path(shutil.copytree(reports / FOLDER, tmp_path / "kon-tum"))


def refused(place: Path) -> list[tuple[str, str, str]]:
    files = [f"{STEM}.{ending}" for ending in ENDINGS]
    return [(found.file.removeprefix(f"{STEM}."), found.what, found.found) for found in inspect(Finished(place, files))]


def without(path: Path, *more: str) -> str:
    text = path.read_text(encoding="utf-8")
    for mark in (MARKS["en"], *more):
        text = text.replace(mark, "")
    return text


def test_what_is_marked_is_let_through(place: Path) -> None:
    assert refused(place) == []


@pytest.mark.parametrize("ending", ["html", "ipynb"])
def test_the_gate_withholds_a_page_or_notebook_without_the_mark(place: Path, ending: str) -> None:
    path = place / f"{STEM}.{ending}"
    path.write_text(without(path), encoding="utf-8")
    assert refused(place) == [(ending, "no_mark", f".{ending}")]


def test_the_gate_withholds_a_print_with_one_page_without_the_mark(place: Path) -> None:
    html, path = place / f"{STEM}.html", place / f"{STEM}.pdf"
    root = etree.fromstring(html.read_bytes())
    main = root.find(".//{*}main")
    for node in [node for node in main.iter("{*}p") if node.get("class") in ("page-mark", "mark")]:
        node.getparent().remove(node)
    bare = place / "bare.pdf"
    bare.write_bytes(pdf_of_page(etree.tostring(root, encoding="unicode")))
    assert squeezed(MARKS["en"]) not in squeezed("".join(pages(bare)))
    marked, unmarked = pypdfium2.PdfDocument(path), pypdfium2.PdfDocument(bare)
    total = len(marked)
    marked.del_page(3)
    marked.import_pages(unmarked, pages=[3], index=3)
    marked.save(place / "mixed.pdf")
    marked.close()
    unmarked.close()
    (place / "mixed.pdf").replace(path)
    assert len(pages(path)) == total
    assert ("pdf", "no_mark", "4") in refused(place)
    assert [where for name, what, where in refused(place) if what == "no_mark"] == ["4"]


def test_the_gate_withholds_a_workbook_with_one_sheet_without_the_mark(place: Path) -> None:
    path = place / f"{STEM}.xlsx"
    found = sheets(path)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name, rows in found.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            if not (name == "areas" and number == 2):
                sheet.write_row(number, 0, row)
    book.close()
    assert refused(place) == [("xlsx", "no_mark", "areas")]


def test_the_gate_withholds_all_where_the_mark_was_taken_out_when_they_were_made(place: Path) -> None:
    record = json.loads((place / f"{STEM}.json").read_text(encoding="utf-8"))
    bare = record | {"report": record["report"] | {"mark": None}}
    write_workbook(place / f"{STEM}.xlsx", bare)
    assert [found[:2] for found in refused(place)] == [("xlsx", "no_mark")] * len(record["tables"])
