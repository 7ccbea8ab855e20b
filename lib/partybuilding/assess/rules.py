"""The consistency rules R03 to R12 over one return; R01, R02 and names to be mended (R12) are found in reading.

An error keeps the return from being assessed; a warning is printed in the report's own data section.
Imports errors, formula, catalog, communes and returns.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from partybuilding.assess import formula
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Commune
from partybuilding.assess.returns import Finding, Return

Mask = np.ndarray[Any, np.dtype[np.bool_]]
MEMBERS = ("official_members", "probationary_members")
RATED = ("excellent", "good", "completed", "not_completed")


class Rules:
    """Holds a return against the rules; `due` are the commune-level units of the register at its date."""

    def __init__(self, given: Return, catalog: Catalog, due: list[Commune], before: Return | None = None) -> None:
        self.given, self.catalog, self.before = given, catalog, before
        self.due = {commune.code: commune for commune in due}
        self.cells = given.cells
        self.numbers = {  # counts and flags as plain numbers, blank as NaN: no comparison is true of it
            name: pa.array(self.cells[name].array).to_numpy(zero_copy_only=False).astype(float, copy=False)
            for name, column in catalog.returns["cells"].items()
            if column.kind in ("count", "flag")
        }
        self.found: list[Finding] = []

    def run(self) -> list[Finding]:
        """Return all findings, sorted by rule and row."""
        for rule in (
            self.r03,
            self.r04,
            self.r05,
            self.r06,
            self.r07,
            self.r08,
            self.r09,
            self.r10,
            self.r11,
            self.r12,
        ):
            rule()
        return sorted(self.found, key=lambda f: (f.code, f.sheet, f.row or 0, f.column or ""))

    def say(
        self, code: str, level: Any, row: Any, column: str | None, value: Any, key: str = "", **fields: Any
    ) -> None:
        """Note a finding on sheet cells (or `sheet`)."""
        sheet = fields.pop("sheet", "cells")
        shown = "" if value is None or value is pd.NA else str(value)
        name = code + (f"_{key}" if key else "")
        self.found.append(
            Finding(code, level, sheet, None if row is None else int(row), column, shown[:80], name, fields)
        )

    def _where(self, mask: pd.Series[Any] | Mask) -> list[Any]:
        mask = mask if isinstance(mask, np.ndarray) else mask.to_numpy(bool, na_value=False)
        return list(self.cells.index[mask]) if mask.any() else []

    def _total(self, names: Iterable[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the sum of columns by row; NaN where one of them is blank."""
        total: np.ndarray[Any, np.dtype[np.float64]] = sum(self.numbers[name] for name in names) + np.zeros(
            len(self.cells)
        )
        return total

    def _name(self, row: Any) -> str:
        name = self.cells.at[row, "commune"]
        return "" if name is pd.NA else str(name)

    def r03(self) -> None:
        """A unit twice; a code that the province does not have at that date."""
        first = dict[Any, Any]()
        for row, code in zip(self.cells.index, self.cells["commune_code"].to_numpy(object), strict=True):
            if code is pd.NA:
                self.say("R03", "error", row, "commune_code", self._name(row), "blank")
                continue
            if first.setdefault(code, row) != row:
                self.say("R03", "error", row, "commune_code", code, "twice", other=first[code])
            if self.due and code not in self.due:
                fields = {"province": self.given.province.name_vi, "name": self._name(row)}
                self.say("R03", "error", row, "commune_code", code, "foreign", **fields)

    def r04(self) -> None:
        """A part above its whole."""
        for part in self.catalog.rules.parts:
            low, high, level = self._sum(part.part), self._sum(part.whole), "warning" if part.may_exceed else "error"
            if low is None or high is None:
                continue
            if isinstance(low, np.ndarray) and isinstance(high, np.ndarray):
                for place in np.flatnonzero(low > high):
                    row, number, limit = self.cells.index[int(place)], int(low[place]), int(high[place])
                    self.say("R04", level, row, part.part.text, number, "part", whole=part.whole.text, limit=limit)
            elif not isinstance(low, np.ndarray) and low > high:
                self.say(
                    "R04", level, None, part.part.text, low, "part", whole=part.whole.text, limit=high, sheet="province"
                )

    def _sum(self, parsed: formula.Formula) -> Any:
        """Return the sum of columns per row, or of counts of sheet province; blank where one of them is blank."""
        if parsed.columns[0].startswith("province."):
            numbers = [self.given.counts.get(name.removeprefix("province.")) for name in parsed.columns]
            return None if None in numbers else sum(number or 0 for number in numbers)
        return self._total(parsed.columns)

    def r05(self) -> None:
        """Member ratings that do not add up to the members."""
        rated, members = self._total(f"members_{level}" for level in (*RATED, "not_rated")), self._total(MEMBERS)
        for place in np.flatnonzero((rated < members) | (rated > members)):
            row, number = self.cells.index[int(place)], int(rated[place])
            self.say("R05", "error", row, "members_excellent", number, "", members=int(members[place]))

    def r06(self) -> None:
        """A unit without a cell that reports what only a cell can have."""
        without = self.numbers["cell_established"] == 0
        for name in self.catalog.rules.cell_only if without.any() else ():
            column = self.cells[name]
            for row in self._where(without & self._where_given(column)):
                self.say("R06", "error", row, name, column[row])

    def _where_given(self, column: pd.Series[Any]) -> Mask:
        text = str(column.name) not in self.numbers
        given = column.notna() & (column != "not_rated" if text else column > 0)
        found: Mask = given.to_numpy(bool, na_value=False)
        return found

    def r07(self) -> None:
        """Fewer units than the register has."""
        sent = set(self.cells["commune_code"].dropna())
        missing = [commune for code, commune in self.due.items() if code not in sent]
        if missing:
            names = ", ".join(f"{commune.kind} {commune.name} ({commune.code})" for commune in missing[:20])
            more = len(missing) - 20
            fields = {"count": len(missing), "due": len(self.due), "names": names + (f" … +{more}" if more > 0 else "")}
            self.say("R07", "warning", None, "commune_code", len(self.due) - len(missing), "", **fields)

    def r08(self) -> None:
        """A chi ủy in a cell with fewer official members than the rule asks for."""
        needed = self.catalog.rules.board_members_needed
        for row in self._where((self.numbers["standing_board"] == 1) & (self.numbers["official_members"] < needed)):
            members = self.cells.at[row, "official_members"]
            self.say("R08", "warning", row, "standing_board", members, "", needed=needed)

    def r09(self) -> None:
        """More rated excellent than the cap allows: cells by area, members by cell; small groups are rounded up."""
        cap = self.catalog.regime(self.given.period).excellent_cap
        if cap is None:
            return
        areas, ratings = (self.cells[name].to_numpy(object) for name in ("area", "cell_rating"))
        by_area: dict[str, Counter[Any]] = {}
        for area, rating in zip(areas, ratings, strict=True):
            by_area.setdefault(self.given.province.name_vi if area is pd.NA else area, Counter())[rating] += 1
        for area, rated in sorted(by_area.items()):
            numbers = {level: rated[level] for level in RATED}
            self._cap(None, "cell_rating", numbers, cap.share, cap.base, area)
        members = np.stack([self.numbers[f"members_{level}"] for level in RATED], axis=1)
        above = members[:, 0] > cap.share / 100 * self._base(cap.base, *members.T)
        for place in np.flatnonzero(above & ~np.isnan(members).any(axis=1)):
            row, numbers = self.cells.index[int(place)], dict(zip(RATED, map(int, members[place]), strict=True))
            self._cap(row, "members_excellent", numbers, cap.share, cap.base, self._name(row))

    @staticmethod
    def _base(base: str, excellent: Any, good: Any, completed: Any, not_completed: Any) -> Any:
        """Return what the cap is a share of, for one group or for many."""
        above = good if base == "rated_good" else excellent + good
        return above + completed + not_completed if base == "assessed" else above

    def _cap(self, row: Any, column: str, numbers: dict[str, int], share: float, base: str, group: str) -> None:
        whole = self._base(base, *(numbers[level] for level in RATED))
        allowed = math.ceil(whole * share / 100)
        if numbers["excellent"] > allowed:
            fields = {"group": group, "share": f"{share:g}", "allowed": allowed, "base": whole}
            self.say("R09", "warning", row, column, numbers["excellent"], "", **fields)

    def r10(self) -> None:
        """A total that moved implausibly from the period before."""
        if self.before is None:
            return
        for name, column in self.catalog.returns["cells"].items():
            if column.kind != "count" or any(t[name].isna().all() for t in (self.cells, self.before.cells)):
                continue
            now, then = (int(table[name].sum()) for table in (self.cells, self.before.cells))
            step = abs(now - then)
            if step > self.catalog.rules.moved_least and step > self.catalog.rules.moved_share / 100 * max(then, 1):
                self.say("R10", "warning", None, name, now, "", then=then, period=str(self.before.period))

    def r11(self) -> None:
        """Blank cells: how many and where."""
        expected = self.numbers["cell_established"] != 0  # a blank one may have a cell
        for name, column in self.catalog.returns["cells"].items():
            if column.kind == "text":
                continue
            due = expected if name in self.catalog.rules.cell_only else np.ones(len(self.cells), bool)
            blank = np.isnan(self.numbers[name]) if name in self.numbers else self.cells[name].isna().to_numpy()
            rows = self._where(blank & due)
            if rows:
                listed = ", ".join(str(row) for row in rows[:15]) + (" …" if len(rows) > 15 else "")
                count = int(due.sum())
                fields: dict[str, Any] = {"rows": listed, "due": count}
                resting = [i.id for i in self.catalog.indicators.values() if name in formula.names(i.formula)]
                share = self.catalog.rules.coverage
                partial = resting and 100 * (count - len(rows)) < share * count
                if partial:
                    fields |= {"share": f"{share:g}", "indicators": ", ".join(resting)}
                only = rows[0] if len(rows) == 1 else None
                self.say("R11", "warning", only, name, len(rows), "partial" if partial else "", **fields)

    def r12(self) -> None:
        """Names that are not those of the register for their code."""
        codes, names = (self.cells[name].to_numpy(object) for name in ("commune_code", "commune"))
        for row, code, name in zip(self.cells.index, codes, names, strict=True):
            commune = None if code is pd.NA else self.due.get(code)
            if commune and name is not pd.NA and name not in ("", commune.name):
                self.say("R12", "warning", row, "commune", name, "other", name=commune.name, unit=code)
