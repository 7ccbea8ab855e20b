"""Provincial units with validity dates and successors (params/units.csv). Imports errors, kept, periods, params.

Codes were re-used in 2025 (24 was Bắc Giang and is Bắc Ninh), so a unit is known by slug and date, never by code alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from partybuilding import kept
from partybuilding.errors import UserError, plain, raise_all, suggestion
from partybuilding.params import Dated, home, shown, typed_rows
from partybuilding.periods import Period

Certainty = Literal["C", "P", "U"]
Region = Literal["1", "2", "3", "4", "5", "7", "9", "capital"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]


class Unit(Dated):
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
    successor: Slug | None = None
    certainty: Certainty
    note: str | None = None

    def name(self, lang: str) -> str:
        """Name in `lang`, without the kind of unit."""
        return self.name_vi if lang == "vi" else self.name_en

    @property
    def after(self) -> date | None:
        """The day after the last one; None while it holds."""
        return self.valid_to + timedelta(days=1) if self.valid_to else None


@dataclass(frozen=True)
class Register:
    """All provincial units, past and present."""

    rows: tuple[Unit, ...]

    @classmethod
    def read(cls, path: Path | None = None) -> Register:
        """Read and check units.csv: one row per slug and day, successors that exist."""
        path = path or home() / "params" / "units.csv"
        rows = typed_rows(path, Unit)
        register, file = cls(tuple(row for _, row in rows)), shown(path)
        found: list[UserError] = []
        for line, row in rows:
            where, first = {"file": file, "line": line}, row.valid_from or date.min
            if first > (row.valid_to or date.max):
                found.append(UserError("dates_reversed", **where, key=row.slug))
            if len(register._named(row.slug, first)) > 1:
                found.append(UserError("unit_overlap", **where, slug=row.slug, day=first.isoformat()))
            if row.after and not row.successor:
                found.append(UserError("key_missing", **where, key="successor"))
            if row.after and row.successor and not register._named(row.successor, row.after):
                near = suggestion(row.successor, register.slugs)
                fields = {"slug": row.slug, "day": row.after.isoformat(), "successor": row.successor}
                found.append(UserError("unit_successor", **where, **fields, suggestion=near))
        raise_all(found)
        return register

    @cached_property
    def hash(self) -> str:
        """Hash of all that it says."""
        return kept.hashed(self.rows)

    @property
    def slugs(self) -> tuple[str, ...]:
        """All slugs, past and present, sorted."""
        return tuple(sorted({row.slug for row in self.rows}))

    @cached_property
    def _by_slug(self) -> dict[str, list[Unit]]:
        return {slug: [row for row in self.rows if row.slug == slug] for slug in self.slugs}

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Places of a unit's rows by each of its names, without accents."""
        found: dict[str, dict[int, None]] = {}
        for place, row in enumerate(self.rows):
            for name in (row.slug, row.name_vi, row.name_en):
                found.setdefault(plain(name).replace(" ", "-"), {})[place] = None
        return {name: tuple(places) for name, places in found.items()}

    def _named(self, slug: str, day: date) -> list[Unit]:
        return [row for row in self._by_slug.get(slug, ()) if row.valid_on(day)]

    def on(self, day: date) -> list[Unit]:
        """Units that exist on `day`."""
        return [row for row in self.rows if row.valid_on(day)]

    def known(self, text: str) -> list[Unit]:
        """Rows of the unit that `text` names: its slug, or its name with or without accents; in order of time."""
        rows = [self.rows[place] for place in self.places.get(plain(text.strip()).replace(" ", "-"), ())]
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
        last, told = rows[-1], {"name": rows[-1].name_vi, "period": str(period)}
        if last.after and last.after <= period.end:
            heir = self.heir(last, period.end) or last
            successor = {"successor": heir.slug, "successor_name": heir.name_vi}
            raise UserError("unit_ended", **told, since=last.after, **successor)
        raise UserError("unit_not_yet", **told, since=rows[0].valid_from or date.min)

    def heir(self, unit: Unit, day: date) -> Unit | None:
        """Return the unit that has the area of `unit` on a later `day`, which may be itself; None without one."""
        heir: Unit | None = unit
        while heir and not heir.valid_on(day):
            due = heir.after if heir.after and heir.after <= day else None
            heir = next(iter(self._named(heir.successor, due)), None) if heir.successor and due else None
        return heir

    def predecessors(self, unit: Unit, day: date) -> list[str]:
        """Slugs of the units of an earlier `day` whose area `unit` has now: for Quảng Ngãi, Kon Tum and the old one."""
        heirs = {row.slug: self.heir(row, max(day, unit.valid_from or day)) for row in self.on(day)}
        return [slug for slug, heir in heirs.items() if heir and heir.slug == unit.slug]
