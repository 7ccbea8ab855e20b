"""The workbook that a province fills in: sheets help, about, cells, province, for one unit and period.

Imports catalog, communes, errors, periods and units. Written by XlsxWriter; reads back without loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from partybuilding.assess.catalog import Catalog, Column
from partybuilding.assess.communes import Commune, Communes
from partybuilding.errors import sentence
from partybuilding.periods import Period
from partybuilding.units import Unit

_KNOWN = {"commune_code": "code", "commune": "name", "commune_kind": "kind", "area": "area"}
_WIDTHS = {"commune_code": 10, "commune": 22, "commune_kind": 11, "area": 20}
_BASE = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
_INPUT = {"border": 1, "locked": False}
_FORMATS: dict[str, dict[str, Any]] = {
    "id": {"font_size": 9, "font_color": "#555555"},
    "head": {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E8EDF2"},
    "input": _INPUT,
    "words": {**_INPUT, "text_wrap": True},
    "code": {"border": 1, "num_format": "@", "bg_color": "#F4F4F4"},
    "day": {**_INPUT, "num_format": "yyyy-mm-dd"},
    "plain": {"text_wrap": True},
    "title": {"bold": True, "font_size": 14},
}


class _Form:
    """One workbook with its formats."""

    def __init__(self, path: Path, catalog: Catalog, lang: str) -> None:
        self.columns, self.contract, self.lang = catalog.returns, catalog.contract, lang
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties({"title": self.word("form_title"), "created": datetime(2022, 1, 1)})
        self.formats = {name: self.book.add_format(_BASE | form) for name, form in _FORMATS.items()}

    def word(self, key: str, **fields: Any) -> str:
        return sentence(key, self.lang, **fields)

    def sheet(self, name: str, widths: Sequence[int], heads: Sequence[str] = ()) -> Any:
        made = self.book.add_worksheet(name)
        made.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        made.set_paper(9)
        made.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
        made.set_footer("&L&A&R&P / &N")
        for place, width in enumerate(widths):
            made.set_column(place, place, width)
        for place, head in enumerate(heads):
            made.write_string(0, place, head, self.formats["id"])
        return made

    def validate(self, sheet: Any, first: int, last: int, place: int, name: str, column: Column) -> None:
        listed = {"flag": ("1", "0"), "category": column.values, "standard": ("met", "partly", "not_met")}
        if words := listed.get(column.kind):
            rule: dict[str, Any] = {"validate": "list", "source": list(words)}
            told = self.word("form_flag" if column.kind == "flag" else "form_category", values=", ".join(words))
        elif column.kind == "count":
            rule, told = {"validate": "integer", "criteria": ">=", "value": 0}, self.word("form_count")
        else:
            rule, told = {"validate": "length", "criteria": "<=", "value": 30_000}, self.word("form_text")
        rule |= {"input_title": column.label(self.lang)[:32], "input_message": told[:255]}
        rule |= {"error_title": name[:32], "error_message": told[:255], "ignore_blank": True}
        sheet.data_validation(first, place, last, place, rule)


def write_form(path: Path, unit: Unit, period: Period, lang: str, catalog: Catalog, communes: Communes) -> int:
    """Write the form for `unit` and `period` and return the number of communes filled in."""
    form = _Form(path, catalog, lang)
    listed = communes.of(unit.slug, period.end)
    _help(form, unit, period)
    _about(form, unit, period)
    _cells(form, listed)
    _province(form)
    form.book.close()
    return len(listed)


def _help(form: _Form, unit: Unit, period: Period) -> None:
    sheet = form.sheet("help", [95])
    title = form.word("form_help_title", unit=unit.name(form.lang), period=period)
    sheet.write_string(0, 0, title, form.formats["title"])
    for row, line in enumerate(form.word("form_help").splitlines(), start=2):
        sheet.write_string(row, 0, line, form.formats["plain"])


def _about(form: _Form, unit: Unit, period: Period) -> None:
    sheet = form.sheet("about", [16, 34, 60], ["key", "value", "label"])
    given = {"province": unit.slug, "period": str(period), "contract": form.contract}
    rules: dict[str, dict[str, Any]] = {
        "as_of": {"validate": "date", "criteria": ">=", "value": period.start},
        "status": {"validate": "list", "source": ["official", "provisional", "synthetic"]},
        "prepared_by": {"validate": "length", "criteria": "<=", "value": 200},
    }
    for row, (name, column) in enumerate(form.columns["about"].items(), start=1):
        sheet.write_string(row, 0, name, form.formats["id"])
        kind = "code" if name in given else "day" if name == "as_of" else "words"
        sheet.write(row, 1, given.get(name), form.formats[kind])
        sheet.write_string(row, 2, column.label(form.lang), form.formats["plain"])
        if name in rules:
            told = {"error_title": name, "error_message": form.word(f"form_{name}", start=period.start)}
            sheet.data_validation(row, 1, row, 1, rules[name] | told)
    sheet.freeze_panes(1, 1)
    sheet.fit_to_pages(1, 0)


def _cells(form: _Form, listed: list[Commune]) -> None:
    columns = form.columns["cells"]
    sheet = form.sheet("cells", [_WIDTHS.get(name, 12) for name in columns], list(columns))
    sheet.set_landscape()
    last = max(len(listed), 1) + 1
    sheet.set_row(1, 96)
    for place, (name, column) in enumerate(columns.items()):
        sheet.write_string(1, place, column.label(form.lang), form.formats["head"])
        given = [getattr(commune, _KNOWN[name]) for commune in listed] if name in _KNOWN else []
        for row in range(2, last + 1):
            cell = given[row - 2] if given else ""
            sheet.write(row, place, cell, form.formats["code" if cell else "input"])
        if not any(given):  # from July 2025 the register gives no area
            form.validate(sheet, 2, last, place, name, column)
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0, 1)
    sheet.print_area(0, 0, last, len(columns) - 1)
    sheet.set_print_scale(60)


def _province(form: _Form) -> None:
    sheet = form.sheet("province", [30, 16, 40, 60], ["key", "value", "note", "label"])
    for row, (name, column) in enumerate(form.columns["province"].items(), start=1):
        words = form.formats["words"]
        sheet.write_string(row, 0, name, form.formats["id"])
        sheet.write_blank(row, 1, None, words if column.kind == "text" else form.formats["input"])
        sheet.write_blank(row, 2, None, words)
        sheet.write_string(row, 3, column.label(form.lang), form.formats["plain"])
        form.validate(sheet, row, row, 1, name, column)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
