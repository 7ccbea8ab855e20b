"""Findings as people read them: a copy of the return with the faulty cells coloured and commented.

Only values are copied (no formulas, links or macros). Imports errors, params, catalog, returns and workbook.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from partybuilding.assess.catalog import Catalog, Column
from partybuilding.assess.returns import Finding, folded
from partybuilding.assess.workbook import LONGEST_CELL, Rows, column_letter, read_sheets
from partybuilding.errors import UserError
from partybuilding.params import shown

Marks = dict[tuple[int, str], list[Finding]]
COLOURS = {"error": "#F4B6B0", "warning": "#FCE5A6", "note": "#D6E6F5"}


def _places(rows: Rows, findings: list[Finding], columns: dict[str, Column], keyed: bool) -> Marks:
    """Return findings by row and column letter; they name a column by letter, id or formula, or a line by key."""
    names = {folded(word): name for name, column in columns.items() for word in (name, column.vi, column.en)}
    lines = {names.get(folded(str(row[0]))): number for number, row in enumerate(rows, start=1) if row and keyed}
    heads = {names.get(folded(str(cell))): column_letter(n) for row in rows[4::-1] for n, cell in enumerate(row)}
    marks: Marks = {}
    for finding in findings:
        name = (finding.column or "").split(" ")[0].removeprefix("province.")
        row, letter = (lines.get(name), "B") if name in lines else (finding.row, heads.get(name, name))
        if row and letter.isupper():
            marks.setdefault((row, letter), []).append(finding)
    return marks


def write_marked(path: Path, source: Path, findings: list[Finding], catalog: Catalog, lang: str) -> None:
    """Write the sheets of `source` to `path`, with a sheet `findings` in front and comments at the faulty cells."""
    if path.resolve() == source.resolve():
        raise UserError("return_out", value=shown(path))
    sheets = read_sheets(source)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    fills = {level: book.add_format({"bg_color": colour}) for level, colour in COLOURS.items()}
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    listed = book.add_worksheet("findings")
    listed.write_row(0, 0, ["code", "level", "sheet", "row", "column", "value", "message"], bold)
    listed.set_column(6, 6, 90)
    for line, finding in enumerate(findings, start=1):
        place = [finding.code, finding.level, finding.sheet, finding.row, finding.column, finding.value]
        for column, cell in enumerate(place):
            _write(listed, line, column, cell, fills[finding.level] if column == 1 else None)
        listed.write_string(line, 6, finding.message(lang), wrap)
    for name, rows in sheets.items():
        inside = [finding for finding in findings if finding.sheet == name]
        marks = _places(rows, inside, catalog.returns.get(name, {}), keyed=name != "cells")
        _copy(book.add_worksheet(name), rows, marks, fills, lang)
    try:
        book.close()
    except FileCreateError as error:
        raise UserError("out_not_writable", value=path.name, problem=error) from None


def _copy(sheet: Any, rows: Rows, marks: Marks, fills: dict[str, Any], lang: str) -> None:
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            found = marks.get((number, column_letter(place)), [])
            _write(sheet, number - 1, place, cell, fills[found[0].level] if found else None)
            if found:
                sheet.write_comment(number - 1, place, "\n".join(f"{f.code}: {f.message(lang)}" for f in found)[:2000])


def _write(sheet: Any, row: int, column: int, cell: Any, form: Any) -> None:
    if isinstance(cell, date):
        cell = cell.strftime("%Y-%m-%d")
    elif not (cell is None or isinstance(cell, int) or (isinstance(cell, float) and math.isfinite(cell))):
        cell = str(cell)[:LONGEST_CELL]
    sheet.write(row, column, cell, form)
