"""Provincial units with validity dates and successors (params/units.csv). Imports errors, periods, params.

Codes were re-used in 2025 (24 was Bắc Giang and is Bắc Ninh), so a unit is known by slug and date, never by code alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from partybuilding.errors import UserError, plain, raise_all, suggestion
from partybuilding.params import Entry, home, shown, typed_rows
from partybuilding.periods import Period

Certainty = Literal["C", "P", "U"]
Region = Literal["1", "2", "3", "4", "5", "7", "9", "capital"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]


class Unit(Entry):
    """One provincial unit over a time in which all its attributes are constant (a row of units.csv)."""

    slug: Slug
    code: Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
    name_vi: str
    name_en: str
    kind: Literal["tỉnh", "thành phố"]
    military_region: Region
    region_certainty: Certainty
    communes: int
    communes_certainty: Certainty
    valid_from: date | None = None
    valid_to: date | None = None
    successor: Slug | None = None
    certainty: Certainty
    note: str | None = None

    def name(self, lang: str) -> str:
        """Name in `lang`, without the kind of unit."""
        return self.name_vi if lang == "vi" else self.name_en

    def valid_on(self, day: date) -> bool:
        """Whether this row holds on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Register:
    """All provincial units, past and present."""

    rows: tuple[Unit, ...]

    @classmethod
    def read(cls, path: Path | None = None) -> Register:
        """Read and check units.csv: one row per slug and day, successors that exist."""
        path = path or home() / "params" / "units.csv"
        rows = typed_rows(path, Unit)
        register = cls(tuple(row for _, row in rows))
        found: list[UserError] = []
        for line, row in rows:
            if row.valid_from and row.valid_to and row.valid_from > row.valid_to:
                found.append(UserError("dates_reversed", file=shown(path), line=line, key=row.slug))
            where = {"file": shown(path), "line": line, "slug": row.slug}
            first = row.valid_from or date.min
            if sum(other.valid_on(first) for other in register._named(row.slug)) > 1:
                found.append(UserError("unit_overlap", **where, day=first.isoformat()))
            if row.valid_to and not row.successor:
                found.append(UserError("key_missing", file=shown(path), line=line, key="successor"))
            if row.valid_to and row.successor:
                day = row.valid_to + timedelta(days=1)
                if not any(other.valid_on(day) for other in register._named(row.successor)):
                    near = suggestion(row.successor, register.slugs)
                    found.append(
                        UserError(
                            "unit_successor", **where, day=day.isoformat(), successor=row.successor, suggestion=near
                        )
                    )
        raise_all(found)
        return register

    @property
    def slugs(self) -> tuple[str, ...]:
        """All slugs, past and present, sorted."""
        return tuple(sorted({row.slug for row in self.rows}))

    def _named(self, slug: str) -> Iterator[Unit]:
        return (row for row in self.rows if row.slug == slug)

    def on(self, day: date) -> list[Unit]:
        """Units that exist on `day`."""
        return [row for row in self.rows if row.valid_on(day)]

    def known(self, text: str) -> list[Unit]:
        """Rows of the unit that `text` names: its slug, or its name with or without accents; in order of time."""
        wanted = plain(text.strip()).replace(" ", "-")
        rows = [
            row
            for row in self.rows
            if wanted in (row.slug, *(plain(n).replace(" ", "-") for n in (row.name_vi, row.name_en)))
        ]
        if not rows:
            names = [*self.slugs, *(row.name_vi for row in self.rows)]
            raise UserError("unit_unknown", value=text, suggestion=suggestion(text, names))
        return sorted(rows, key=lambda row: row.valid_from or date.min)

    def at(self, text: str, period: Period) -> Unit:
        """Return the unit that `text` names as it is at the end of `period`; UserError names the successor."""
        rows = self.known(text)
        for row in rows:
            if row.valid_on(period.end):
                return row
        last = rows[-1]
        if last.valid_to and last.valid_to < period.end:
            since = last.valid_to + timedelta(days=1)
            heir = self.heir(last, period.end) or last
            raise UserError(
                "unit_ended",
                name=last.name_vi,
                since=since,
                period=str(period),
                successor=heir.slug,
                successor_name=heir.name_vi,
            )
        since = rows[0].valid_from or date.min
        raise UserError("unit_not_yet", name=rows[0].name_vi, period=str(period), since=since)

    def heir(self, unit: Unit, day: date) -> Unit | None:
        """Return the unit that has the area of `unit` on a later `day`, which may be itself; None without one."""
        heir: Unit | None = unit
        while heir and not heir.valid_on(day):
            after = heir.valid_to + timedelta(days=1) if heir.valid_to else None
            named = self._named(heir.successor) if heir.successor and after and after <= day else ()
            heir = next((row for row in named if after and row.valid_on(after)), None)
        return heir

    def predecessors(self, unit: Unit, day: date) -> list[str]:
        """Slugs of the units of an earlier `day` whose area `unit` has now: for Quảng Ngãi, Kon Tum and the old one."""
        heirs = {row.slug: self.heir(row, max(day, unit.valid_from or day)) for row in self.on(day)}
        return [slug for slug, heir in heirs.items() if heir and heir.slug == unit.slug]
