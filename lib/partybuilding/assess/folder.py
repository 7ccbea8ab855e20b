"""A folder of returns under data/: one workbook or CSV folder per province and period. Imports the rest of this room.

A return is read, checked and counted when a report asks for it; one that cannot be read never stops the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from partybuilding.assess import counts
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.indicators import Evidence
from partybuilding.assess.intake import SOURCES, Article, params_inputs
from partybuilding.assess.returns import Reader, Return
from partybuilding.assess.rules import Rules
from partybuilding.assess.store import Store
from partybuilding.assess.workbook import ENDINGS, MACROS
from partybuilding.errors import UserError, message_language
from partybuilding.params import home, shown
from partybuilding.periods import Period
from partybuilding.units import Register, Unit


def return_paths(folder: Path) -> list[Path]:
    """Return the workbooks and CSV folders in a folder, sorted by name."""
    parts = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")))
    return [path for path in parts if path.suffix.lower() in (*ENDINGS, *MACROS) or (path / "cells.csv").is_file()]


def return_folders(data: Path | None = None) -> list[str]:
    """Names of the sources that are folders of returns."""
    data = data or home() / "data"
    folders = [path for path in data.iterdir() if path.is_dir() and not (path / SOURCES).exists()]
    return sorted(path.name for path in folders if return_paths(path))


@dataclass(frozen=True)
class ReturnFolder:
    """The returns of one source; `whole` where all of them will be read anyway, so that no file is opened twice."""

    name: str
    folder: Path
    catalog: Catalog
    register: Register
    communes: Communes
    inputs: dict[str, str] = field(default_factory=params_inputs)
    sources: dict[str, Article] = field(default_factory=dict)
    whole: bool = False
    _read: dict[Path, Return] = field(default_factory=dict, repr=False)
    _counted: dict[tuple[tuple[str, ...], Period], Evidence | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, folder: Path, catalog: Catalog, register: Register, whole: bool = False) -> ReturnFolder:
        """Return the returns in any folder, also one outside data/."""
        return cls(folder.name, folder, catalog, register, Communes.read(), whole=whole)

    def read(self, path: Path) -> Return:
        """Return one return with the findings R01 and R02; read once."""
        if path not in self._read:
            self._read[path] = Reader(path, self.catalog, self.register, self.communes).read()
        return self._read[path]

    @cached_property
    def places(self) -> dict[tuple[str, Period], Path]:
        """Path of each return by province and period; a file that cannot be read is left to `check`."""
        found: dict[tuple[str, Period], Path] = {}
        known = {path: self._store.whose(path) for path in return_paths(self.folder)}
        unknown = [path for path, whose in known.items() if not whose]
        if unknown:
            with ThreadPoolExecutor(2) as pool:  # unpacking and parsing a workbook leave Python free for the one before
                known |= zip(unknown, pool.map(self._whose, unknown), strict=True)
        for path, whose in known.items():
            if not whose:
                continue
            unit, period = whose
            if (unit.slug, period) in found:
                raise UserError("return_twice", file=shown(path), other=shown(found[unit.slug, period]))
            found[unit.slug, period] = path
        return found

    def _whose(self, path: Path) -> tuple[Unit, Period] | None:
        try:
            if self.whole:
                given = self.read(path)
                whose = given.province, given.period
            else:
                whose = Reader(path, self.catalog, self.register, self.communes).whose()
        except UserError:
            return None
        self._store.keep(path, *whose)
        return whose

    def available(self) -> dict[tuple[str, Period], list[str]]:
        """Return the files by province and period."""
        return self._available

    @cached_property
    def _available(self) -> dict[tuple[str, Period], list[str]]:
        return {key: [self._store.shown(path)] for key, path in sorted(self.places.items(), key=lambda item: item[0])}

    @cached_property
    def _store(self) -> Store:
        return Store(self.catalog, self.register, self.communes)

    def checked(self, path: Path) -> Return:
        """Return one return with all findings, R01 to R12; from the store where it was read and checked before."""
        try:
            slug, period = next(key for key, place in self.places.items() if place == path)
        except (UserError, StopIteration):
            return self._check(path)
        return self._store.checked(path, self.places.get((slug, period.previous)), self._check)

    def _check(self, path: Path) -> Return:
        given = self.read(path)
        before = self._earlier(given)
        due = self.communes.of(given.province.slug, given.period.end)
        try:
            earlier = self.read(before) if before else None
        except UserError:
            earlier = None
        found = (*given.findings, *Rules(given, self.catalog, due, earlier).run())
        return replace(given, findings=found)

    def _earlier(self, given: Return) -> Path | None:
        try:
            return self.places.get((given.province.slug, given.period.previous))
        except UserError:  # two files of one province: told where reports are made, not where one file is checked
            return None

    def evidence(self, slugs: Sequence[str], period: Period) -> Evidence | None:
        """Return the sums of the returns of these units; None unless all sent one; UserError for an error in one."""
        key = (tuple(slugs), period)
        if key not in self._counted:
            self._counted[key] = self._count(*key)
        return self._counted[key]

    def _count(self, slugs: Sequence[str], period: Period) -> Evidence | None:
        paths = [self.places.get((slug, period)) for slug in slugs]
        if not paths or None in paths:
            return None
        returns = [self.checked(path) for path in paths if path]
        for given in returns:
            if given.errors:
                first = given.errors[0]
                fields = {
                    "file": given.file,
                    "count": len(given.errors),
                    "first": f"{first.code}: {first.message(message_language())}",
                }
                raise UserError("return_refused", **fields)
        read = dict(zip(filter(None, paths), returns, strict=True))
        return Evidence(
            **self._store.counted(read, lambda: self._counts(returns, period)),
            as_of=max(given.as_of for given in returns),
            status=min((given.status for given in returns), key=("synthetic", "provisional", "official").index),
            sources=(),
            inputs={given.file: given.sha256 for given in returns},
            given=returns[0] if len(returns) == 1 else None,
            findings=tuple(finding for given in returns for finding in given.findings),
        )

    def _counts(self, returns: Sequence[Return], period: Period) -> dict[str, Any]:
        registers = [self.communes.of(given.province.slug, period.end) for given in returns]
        due = [len(units) or len(given.cells) for units, given in zip(registers, returns, strict=True)]
        sent = {code for given in returns for code in given.cells["commune_code"].dropna()}
        return {
            "values": counts.values(returns, self.catalog, due),
            "reporting": sum(len(given.cells) for given in returns),
            "due": sum(due),
            "silent": tuple((unit.area, unit.kind) for units in registers for unit in units if unit.code not in sent),
        }


def size(source: Any, slug: str, period: Period) -> int:
    """Return the bytes of a return in a folder of returns: roughly how long its report takes; 0 for other sources."""
    return source.places[slug, period].stat().st_size if isinstance(source, ReturnFolder) else 0
