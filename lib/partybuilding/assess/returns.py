"""A return (workbook or CSV folder) -> typed tables and findings.

Every mistake is a finding with code, sheet, row, column, value, what is wrong and what to do; all of them at once.
Imports errors, params, periods, units, catalog, communes, indicators and workbook.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from partybuilding.assess.catalog import Catalog, Column
from partybuilding.assess.communes import Communes
from partybuilding.assess.indicators import State
from partybuilding.assess.workbook import Rows, column_letter, read_sheets
from partybuilding.errors import UserError, plain, sentence, suggestion
from partybuilding.params import shown
from partybuilding.periods import Period
from partybuilding.units import Register, Unit

Level = Literal["error", "warning", "note"]
DataStatus = Literal["official", "provisional", "synthetic"]
STANDARDS: dict[str, State] = {
    **dict.fromkeys(("met", "dat"), "met"),
    **dict.fromkeys(("partly", "partly met", "dat mot phan"), "partly"),
    **dict.fromkeys(("not_met", "not met", "chua dat"), "not_met"),
}
YES, NO = ("1", "co", "yes", "true"), ("0", "khong", "no", "false")
MOST_COUNTED = 10**12  # no count of a province is as large; sums stay within 64 bits
_SUGGESTED = 100  # findings for which a similar name is looked up
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")


@dataclass(frozen=True)
class Finding:
    """Something that the consistency rules found; `sentence` names its words in errors.yaml."""

    code: str
    level: Level
    sheet: str
    row: int | None
    column: str | None
    value: str
    sentence: str
    fields: dict[str, Any] = field(default_factory=dict)

    def message(self, lang: str | None = None) -> str:
        """Return what is wrong and what to do, in `lang`."""
        return sentence(self.sentence, lang, **{"value": self.value, **self.fields})


class Columns(dict[str, tuple[Any, Any]]):
    """Columns of a return, each taken out of its table once: what its rows hold (0 for no number), what is blank."""

    def __init__(self, cells: pd.DataFrame) -> None:
        self.cells = cells
        self.every = np.ones(len(cells), bool)

    def __missing__(self, name: str) -> tuple[Any, Any]:
        column = self.cells[name].array
        blank = column.isna()
        held = column.to_numpy("int64", na_value=0) if isinstance(column, pd.arrays.IntegerArray) else column
        self[name] = held, blank
        return self[name]

    def numbers(self, name: str, blank: int = 0) -> Any:
        """Return whole numbers, with `blank` where there is none."""
        held, missing = self[name]
        return np.where(missing, blank, held) if blank else held


@dataclass(frozen=True)
class Return:
    """One province's return for one period: counts only, no persons.

    `cells`: a row per commune-level unit, indexed by sheet row; counts and flags Int64, the rest string; blank is <NA>.
    `counts`, `standards` (state, note) and `texts` are sheet province.
    """

    file: str
    sha256: str
    province: Unit
    period: Period
    as_of: date
    status: DataStatus
    prepared_by: str
    cells: pd.DataFrame
    counts: dict[str, int | None]
    standards: dict[str, tuple[State | None, str]]
    texts: dict[str, str]
    findings: tuple[Finding, ...]

    @cached_property
    def columns(self) -> Columns:
        """The columns of the units, each taken out once."""
        return Columns(self.cells)

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """Area and name with its kind of each unit, in the order of the rows; empty where they are blank."""
        names = self.cells[["area", "commune_kind", "commune"]].fillna("")
        return [(area, f"{kind} {name}".strip()) for area, kind, name in names.itertuples(index=False)]

    @cached_property
    def areas(self) -> Any:
        """Area of each unit in the order of the rows, empty where it is blank: a numpy array of strings."""
        return np.array([area for area, _ in self.places], dtype=object)

    @property
    def errors(self) -> list[Finding]:
        """Findings that keep the return from being assessed."""
        return [finding for finding in self.findings if finding.level == "error"]


def digest(path: Path) -> str:
    """Return the SHA-256 of a return: of the file, or of a folder's CSV files in the order of their names."""
    total = hashlib.sha256()
    for part in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
        total.update(part.name.encode() + b"\0" if path.is_dir() else b"")
        total.update(part.read_bytes())
    return total.hexdigest()


class Reader:
    """Reads one return and gathers findings."""

    def __init__(self, path: Path, catalog: Catalog, register: Register, communes: Communes) -> None:
        self.path, self.catalog, self.register, self.communes = path, catalog, register, communes
        self.findings: list[Finding] = []

    def say(
        self,
        code: str,
        level: Level,
        sheet: str,
        row: int | None,
        column: str | None,
        value: object,
        key: str,
        **fields: Any,
    ) -> None:
        """Note a finding."""
        text = "" if value is None else str(value)
        self.findings.append(Finding(code, level, sheet, row, column, text[:80], f"{code}_{key}", fields))

    def read(self) -> Return:
        """Return the typed tables with the findings R01, R02 and names mended (R12); the rest is in `rules`."""
        sheets = read_sheets(self.path)
        about = self._about(sheets["about"])
        counts, standards, texts = self._province(sheets["province"])
        for name in ("about", "province", "ratings"):
            self._personal(name, sheets.get(name, []))
        cells = self._cells(sheets["cells"])
        self._mend_names(cells, about["province"], about["period"])
        return Return(
            file=shown(self.path),
            sha256=digest(self.path),
            cells=cells,
            counts=counts,
            standards=standards,
            texts=texts,
            findings=tuple(self.findings),
            **about,
        )

    def whose(self) -> tuple[Unit, Period]:
        """Return the unit and period that the return is of, from sheet about alone."""
        about = self._about(read_sheets(self.path, ("about",))["about"])
        return about["province"], about["period"]

    def _names(self, sheet: str) -> dict[str, str]:
        """Return id by id and by label in either language, folded."""
        names: dict[str, str] = {}
        for name, column in self.catalog.returns[sheet].items():
            names |= dict.fromkeys((folded(name), folded(column.vi), folded(column.en)), name)
        return names

    def _pairs(self, rows: Rows, sheet: str) -> dict[str, tuple[int, list[Any]]]:
        """Return the lines of a key-value sheet by id: (row, cells after the key)."""
        names, found = self._names(sheet), dict[str, tuple[int, list[Any]]]()
        for number, row in enumerate(rows, start=1):
            key = folded(_text(row[0])) if row else ""
            if not key or key in ("key", "khoa", "muc"):
                continue
            name = names.get(key)
            if name is None:
                self._unknown(sheet, number, "A", _text(row[0]))
            elif name in found:
                self.say("R01", "error", sheet, number, "A", _text(row[0]), "twice", other=found[name][0])
            else:
                found[name] = (number, [*row[1:], "", ""])
        return found

    def _unknown(self, sheet: str, row: int, column: str, value: str) -> None:
        if self.catalog.rules.is_personal(value):
            self.say("R01", "error", sheet, row, column, value, "personal")
            return
        columns = self.catalog.returns[sheet] if len(self.findings) < _SUGGESTED else {}
        known = (word for name, column in columns.items() for word in (name, column.vi, column.en))
        self.say("R01", "error", sheet, row, column, value, "unknown", suggestion=suggestion(value, known))

    def _personal(self, sheet: str, rows: Rows) -> None:
        """Note personal data in the head of a sheet of lines (its first column is read as keys)."""
        for place, cell in enumerate(rows[0] if rows else []):
            if (place or sheet == "ratings") and self.catalog.rules.is_personal(_text(cell)):
                self.say("R01", "error", sheet, 1, column_letter(place), _text(cell), "personal")

    def _mend_names(self, cells: pd.DataFrame, unit: Unit, period: Period) -> None:
        """Give communes the register's name where theirs differs only in accents, case or Unicode form (R12)."""
        due = {commune.code: commune for commune in self.communes.of(unit.slug, period.end)}
        codes, names = (cells[column].to_numpy(object) for column in ("commune_code", "commune"))
        for row, code, name in zip(cells.index, codes, names, strict=True):
            commune = None if code is pd.NA else due.get(code)
            if commune is None or not isinstance(name, str) or name == commune.name:
                continue
            full = f"{commune.kind} {commune.name}"
            if _bare(name) in (_bare(commune.name), _bare(full)):
                if name != full:
                    self.say("R12", "note", "cells", int(row), "commune", name, "accents", name=commune.name)
                cells.at[row, "commune"] = commune.name

    def _about(self, rows: Rows) -> dict[str, Any]:
        pairs = self._pairs(rows, "about")
        given = {name: cells[0] for name, (_, cells) in pairs.items() if _text(cells[0])}
        missing = [name for name in ("province", "period", "as_of", "status") if name not in given]
        if missing:
            raise UserError("return_about", file=shown(self.path), missing=", ".join(missing))
        when = given["period"]  # Excel turns 2022-11 into a date
        try:
            period = Period.parse(f"{when:%Y-%m}" if isinstance(when, date) else _text(when))
            unit = self.register.at(_text(given["province"]), period)
        except UserError as error:
            raise UserError("return_about_value", file=shown(self.path), problem=error) from None
        status = _text(given["status"]).lower()
        if status not in ("official", "provisional", "synthetic"):
            raise UserError("return_status", file=shown(self.path), value=status)
        if _text(given.get("contract", self.catalog.contract)) != self.catalog.contract:
            raise UserError(
                "return_contract", file=shown(self.path), value=_text(given["contract"]), due=self.catalog.contract
            )
        as_of = _date(given["as_of"])
        if as_of is None:
            raise UserError("return_as_of", file=shown(self.path), value=_text(given["as_of"]))
        office = _text(given.get("prepared_by", ""))
        return {"province": unit, "period": period, "as_of": as_of, "status": status, "prepared_by": office}

    def _province(
        self, rows: Rows
    ) -> tuple[dict[str, int | None], dict[str, tuple[State | None, str]], dict[str, str]]:
        pairs, columns = self._pairs(rows, "province"), self.catalog.returns["province"]
        counts: dict[str, int | None] = {}
        standards: dict[str, tuple[State | None, str]] = {}
        texts: dict[str, str] = {}
        for name, column in columns.items():
            row, cells = pairs.get(name, (None, ["", ""]))
            if column.kind == "count":
                counts[name] = self._count(cells[0], "province", row, "B")
            elif column.kind == "standard":
                word = _text(cells[0])
                state = STANDARDS.get(plain(word))
                if word and state is None:
                    self.say("R02", "error", "province", row, "B", word, "standard")
                standards[name] = (state, _text(cells[1]))
            else:
                texts[name] = _text(cells[0])
        return counts, standards, texts

    def _count(self, value: Any, sheet: str, row: int | None, column: str | None) -> int | None:
        """Return a whole number of 0 or more, None for a blank; anything else is a finding."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and 0 <= value < MOST_COUNTED and value == int(value):
            return int(value)
        text = _text(value).replace("\u00a0", "")
        if not text:
            return None
        if re.fullmatch(r"\d{1,12}([.,]0{1,2})?", text):
            return int(re.split("[.,]", text)[0])
        parted = "fraction" if re.fullmatch(r"\d+[.,]\d+", text) else "count"
        key = "negative" if re.fullmatch(r"[-−]\s?\d+([.,]\d+)?", text) else parted
        self.say("R02", "error", sheet, row, column, text, key)
        return None

    def _flag(self, value: Any, row: int, column: str) -> int | None:
        if isinstance(value, bool):
            return int(value)
        text = plain(_text(int(value) if isinstance(value, float) and value.is_integer() else value))
        if not text:
            return None
        if text in YES or text in NO:
            return int(text in YES)
        self.say("R02", "error", "cells", row, column, _text(value), "flag")
        return None

    def _category(self, value: Any, row: int, letter: str, known: dict[str, str], column: Column) -> str | None:
        text = _text(value)
        if not text:
            return None
        found = known.get(plain(text))
        if found is None:
            self.say("R02", "error", "cells", row, letter, text, "category", allowed=", ".join(column.values))
        return found

    def _header(self, rows: Rows) -> tuple[int, dict[str, int]]:
        """Return the number of head rows and the place of each column; findings R01."""
        names = self._names("cells")
        best = max(range(min(5, len(rows))), key=lambda n: sum(folded(_text(c)) in names for c in rows[n]), default=0)
        places: dict[str, int] = {}
        for place, cell in enumerate(rows[best] if rows else []):
            text = _text(cell)
            if not text:
                if any(_text(row[place]) for row in rows[best + 1 :] if place < len(row)):
                    self.say("R01", "error", "cells", best + 1, column_letter(place), "", "nameless")
                continue
            name = names.get(folded(text))
            if name is None:
                self._unknown("cells", best + 1, column_letter(place), text)
            elif name in places:
                self.say(
                    "R01",
                    "error",
                    "cells",
                    best + 1,
                    column_letter(place),
                    text,
                    "twice",
                    other=column_letter(places[name]),
                )
            else:
                places[name] = place
        for name in self.catalog.returns["cells"]:
            if name not in places and name != "area":
                self.say("R01", "error", "cells", best + 1, None, name, "missing")
        after = best + 1
        if after < len(rows) and sum(folded(_text(cell)) in names for cell in rows[after]) > len(places) / 2:
            after += 1
        return after, places

    def _cells(self, rows: Rows) -> pd.DataFrame:
        start, places = self._header(rows)
        kept = [
            (number, row)
            for number, row in enumerate(rows[start:], start=start + 1)
            if any(cell != "" and _text(cell) for cell in row)
        ]
        index = pd.Index([number for number, _ in kept], name="row")
        width = max(places.values(), default=-1) + 1
        columns = list(
            zip(*(row if len(row) >= width else [*row, *[""] * (width - len(row))] for _, row in kept), strict=False)
        )
        table: dict[str, pd.api.extensions.ExtensionArray] = {}
        for name, column in self.catalog.returns["cells"].items():
            place = places.get(name)
            raw = columns[place] if place is not None and columns else [""] * len(kept)
            letter = column_letter(place) if place is not None else name
            table[name] = self._typed(name, column, raw, index, letter)
        return pd.DataFrame(table, index=index, copy=False)

    def _typed(
        self, name: str, column: Column, raw: Sequence[Any], index: pd.Index[int], letter: str
    ) -> pd.api.extensions.ExtensionArray:
        if column.kind in ("count", "flag"):
            easy = _whole_numbers(raw, most=1 if column.kind == "flag" else MOST_COUNTED - 1)
            if easy is not None:
                return easy
        if column.kind == "count":
            values: list[Any] = [
                self._count(value, "cells", row, letter) for row, value in zip(index, raw, strict=True)
            ]
        elif column.kind == "flag":
            values = [self._flag(value, row, letter) for row, value in zip(index, raw, strict=True)]
        elif column.kind == "category":
            known = self.catalog.category_words(name)
            values = [self._category(value, row, letter, known, column) for row, value in zip(index, raw, strict=True)]
        elif column.key:
            values = [_code(value) for value in raw]
        else:
            values = [_text(value) or None for value in raw]
        if column.kind in ("count", "flag"):
            return pd.array(values, dtype="Int64")
        return pd.arrays.ArrowStringArray(pa.chunked_array([pa.array(values, pa.large_string())]))


def _whole_numbers(raw: Sequence[Any], most: int) -> pd.api.extensions.ExtensionArray | None:
    """Return a column of nothing but blanks and numbers from 0 to `most`, without looking at each; None for any other.

    Whatever could be a finding is left to the cell by cell way.
    """
    kinds = set(map(type, raw))
    if not kinds <= {float, int, str} or (str in kinds and any(type(value) is str and value for value in raw)):
        return None
    blank = np.array([value == "" for value in raw], bool) if str in kinds else np.zeros(len(raw), bool)
    try:
        numbers = np.array([0 if value == "" else value for value in raw] if str in kinds else raw, np.float64)
    except OverflowError:
        return None
    whole = bool(((numbers >= 0) & (numbers <= most) & (numbers == np.floor(numbers))).all())
    return pd.arrays.IntegerArray(numbers.astype(np.int64), blank) if whole else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return str(value)


def _code(value: Any) -> str | None:
    """Return a commune code as text of five digits: Excel turns "01234" into the number 1234."""
    text = _text(value)
    return text.zfill(5) if text.isdigit() else text or None


def _bare(name: str) -> str:
    return "".join(c for c in plain(name) if c.isalnum())


@lru_cache(1 << 12)
def folded(text: str) -> str:
    """Return a head or key as it is compared: lower case, no accents, single spaces."""
    return " ".join(plain(text).split())


def _date(value: Any) -> date | None:
    text = _text(value)
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
