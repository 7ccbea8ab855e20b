"""The workbook that a province fills in: sheets help, about, cells, province, for one unit and period.

Imports catalog, communes, errors, params, periods and units. Written by XlsxWriter; reads back without loss.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from partybuilding.assess.catalog import Catalog, Column
from partybuilding.assess.communes import Communes
from partybuilding.errors import sentence
from partybuilding.periods import Period
from partybuilding.units import Unit

KNOWN = ("commune_code", "commune", "commune_kind", "area")
_WIDTHS = {"commune_code": 10, "commune": 22, "commune_kind": 11, "area": 20}


class _Form:
    """One workbook with its formats."""

    def __init__(self, path: Path, catalog: Catalog, lang: str) -> None:
        self.catalog, self.lang = catalog, lang
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties({"title": self.word("form_title"), "created": datetime(2022, 1, 1)})
        base = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
        self.formats = {
            "id": self.book.add_format({**base, "font_size": 9, "font_color": "#555555"}),
            "head": self.book.add_format({**base, "bold": True, "text_wrap": True, "border": 1, "bg_color": "#E8EDF2"}),
            "input": self.book.add_format({**base, "border": 1, "locked": False}),
            "words": self.book.add_format({**base, "border": 1, "locked": False, "text_wrap": True}),
            "code": self.book.add_format({**base, "border": 1, "num_format": "@", "bg_color": "#F4F4F4"}),
            "day": self.book.add_format({**base, "border": 1, "locked": False, "num_format": "yyyy-mm-dd"}),
            "plain": self.book.add_format({**base, "text_wrap": True}),
            "title": self.book.add_format({**base, "bold": True, "font_size": 14}),
        }

    def word(self, key: str, **fields: Any) -> str:
        return sentence(key, self.lang, **fields)

    def sheet(self, name: str, landscape: bool) -> Any:
        made = self.book.add_worksheet(name)
        made.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        made.set_paper(9)
        if landscape:
            made.set_landscape()
        made.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
        made.set_footer("&L&A&R&P / &N")
        return made

    def validate(self, sheet: Any, first: int, last: int, column: int, kind: Column, name: str) -> None:
        where = (first, column, last, column)
        title = kind.label(self.lang)[:32]
        if kind.kind == "count":
            rule: dict[str, Any] = {"validate": "integer", "criteria": ">=", "value": 0}
            told = self.word("form_count")
        elif kind.kind == "flag":
            rule, told = {"validate": "list", "source": ["1", "0"]}, self.word("form_flag")
        elif kind.kind in ("category", "standard"):
            words = list(kind.values) if kind.kind == "category" else ["met", "partly", "not_met"]
            rule, told = {"validate": "list", "source": words}, self.word("form_category", values=", ".join(words))
        else:
            rule = {"validate": "length", "criteria": "<=", "value": 30_000}
            told = self.word("form_text")
        message = {
            "input_title": title,
            "input_message": told[:255],
            "error_title": name[:32],
            "error_message": told[:255],
        }
        sheet.data_validation(*where, {**rule, **message, "ignore_blank": True})


def write_form(path: Path, unit: Unit, period: Period, lang: str, catalog: Catalog, communes: Communes) -> int:
    """Write the form for `unit` and `period` and return the number of communes filled in."""
    form = _Form(path, catalog, lang)
    listed = communes.of(unit.slug, period.end)
    _help(form, unit, period)
    _about(form, unit, period)
    _cells(form, [{"commune_code": c.code, "commune": c.name, "commune_kind": c.kind, "area": c.area} for c in listed])
    _province(form)
    form.book.close()
    return len(listed)


def _help(form: _Form, unit: Unit, period: Period) -> None:
    sheet = form.sheet("help", landscape=False)
    sheet.set_column(0, 0, 95)
    sheet.write_string(
        0, 0, form.word("form_help_title", unit=unit.name(form.lang), period=period), form.formats["title"]
    )
    for row, line in enumerate(form.word("form_help").splitlines(), start=2):
        sheet.write_string(row, 0, line, form.formats["plain"])


def _about(form: _Form, unit: Unit, period: Period) -> None:
    sheet = form.sheet("about", landscape=False)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, 2, 60)
    for place, head in enumerate(("key", "value", "label")):
        sheet.write_string(0, place, head, form.formats["id"])
    given = {"province": unit.slug, "period": str(period), "contract": form.catalog.contract}
    rules: dict[str, dict[str, Any]] = {
        "as_of": {"validate": "date", "criteria": ">=", "value": period.start},
        "status": {"validate": "list", "source": ["official", "provisional", "synthetic"]},
        "prepared_by": {"validate": "length", "criteria": "<=", "value": 200},
    }
    for row, (name, column) in enumerate(form.catalog.returns["about"].items(), start=1):
        sheet.write_string(row, 0, name, form.formats["id"])
        kind = "code" if name in given else "day" if name == "as_of" else "words"
        sheet.write(row, 1, given.get(name), form.formats[kind])
        sheet.write_string(row, 2, column.label(form.lang), form.formats["plain"])
        if name in rules:
            told = {"error_title": name, "error_message": form.word(f"form_{name}", start=period.start)}
            sheet.data_validation(row, 1, row, 1, {**rules[name], **told})
    sheet.freeze_panes(1, 1)
    sheet.fit_to_pages(1, 0)


def _cells(form: _Form, rows: list[dict[str, str]]) -> None:
    sheet = form.sheet("cells", landscape=True)
    columns = form.catalog.returns["cells"]
    last = max(len(rows), 1) + 1
    sheet.set_row(1, 96)
    for place, (name, column) in enumerate(columns.items()):
        sheet.set_column(place, place, _WIDTHS.get(name, 12))
        sheet.write_string(0, place, name, form.formats["id"])
        sheet.write_string(1, place, column.label(form.lang), form.formats["head"])
        for row in range(2, last + 1):
            given = rows[row - 2][name] if rows and name in KNOWN else ""
            if given:
                sheet.write_string(row, place, given, form.formats["code"])
            else:
                sheet.write_blank(row, place, None, form.formats["input"])
        if not any(row.get(name) for row in rows):  # from July 2025 the register gives no area
            form.validate(sheet, 2, last, place, column, name)
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0, 1)
    sheet.print_area(0, 0, last, len(columns) - 1)
    sheet.set_print_scale(60)


def _province(form: _Form) -> None:
    sheet = form.sheet("province", landscape=False)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 40)
    sheet.set_column(3, 3, 60)
    for place, head in enumerate(("key", "value", "note", "label")):
        sheet.write_string(0, place, head, form.formats["id"])
    for row, (name, column) in enumerate(form.catalog.returns["province"].items(), start=1):
        sheet.write_string(row, 0, name, form.formats["id"])
        sheet.write_blank(row, 1, None, form.formats["words" if column.kind == "text" else "input"])
        sheet.write_blank(row, 2, None, form.formats["words"])
        sheet.write_string(row, 3, column.label(form.lang), form.formats["plain"])
        form.validate(sheet, row, row, 1, column, name)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
