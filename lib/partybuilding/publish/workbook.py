"""The appendix workbook beside a report, written from the machine-readable report. Imports nothing of the library.

One table a sheet, with title and notes; no merged cells; numbers as numbers; the same bytes for the same report.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

WIDEST, NARROWEST = 60, 9
LONGEST = 32_767  # characters that a cell holds


def write_workbook(path: Path, record: dict[str, Any]) -> None:
    """Write the tables of a report's record, one a sheet, with the report's mark on each."""
    report = record["report"]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": report["title"], "comments": report["mark"] or "", "created": datetime(2022, 1, 1)})
    forms = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "mark": book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#7A1F1A"}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top"}),
    }
    for table in record["tables"]:
        _sheet(book.add_worksheet(table["name"]), table, report, forms)
    book.close()


def _sheet(sheet: Any, table: dict[str, Any], report: dict[str, Any], forms: dict[str, Any]) -> None:
    lines = [(table["title"], "title"), (report["title"], "number"), (report["mark"], "mark")]
    lines += [(note, "number") for note in table["notes"]]
    row = 0
    for text, form in lines:
        if text:
            sheet.write_string(row, 0, _fitting(text), forms[form])
            row += 1
    row += 1
    for column, head in enumerate(table["columns"]):
        sheet.write_string(row, column, head, forms["head"])
        longest = max([len(str(cells[column] or "")) for cells in table["rows"]] + [len(head) // 2, NARROWEST])
        sheet.set_column(column, column, min(longest + 1, WIDEST))
    sheet.freeze_panes(row + 1, 1)
    for number, cells in enumerate(table["rows"], start=row + 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, _fitting(cell), forms["text"])
            elif cell is not None:
                sheet.write_number(number, column, cell, forms["number"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(row)
    if report["mark"]:
        sheet.set_footer(f"&C{report['mark'].replace('&', '&&')}")


def _fitting(text: str) -> str:
    """Return the text, cut where a cell cannot hold all of it, and seen to be cut."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
