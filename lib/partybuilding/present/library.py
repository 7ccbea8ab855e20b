"""The checked parameters, registers and sources, read anew only when one of their files changed.

Imports errors, params, periods, units, assess and layout: the command line plans a batch without charts.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.folder import ReturnFolder, return_folders
from partybuilding.assess.history import Source
from partybuilding.assess.intake import params_inputs, read_source, source_names
from partybuilding.assess.ready import read_params
from partybuilding.errors import UserError, suggestion
from partybuilding.params import home
from partybuilding.periods import Period
from partybuilding.present.layout import Layout
from partybuilding.units import Register, Unit

State = tuple[tuple[str, int, int], ...]


def _state(folder: Path) -> State:
    """Return what changes when a file of a folder does: its name, time or size."""
    found: list[tuple[str, int, int]] = []
    with suppress(FileNotFoundError, PermissionError):
        for one in os.scandir(folder):
            if one.is_dir(follow_symlinks=False):
                found += _state(Path(one.path))
            elif one.is_file():
                found.append((one.path, one.stat().st_mtime_ns, one.stat().st_size))
    return tuple(sorted(found))


def state_of(source: str) -> State:
    """Return what changes when a file of a source does."""
    return _state(home() / "data" / source)


@dataclass(frozen=True, eq=False)
class Library:
    """The checked parameters and registers; they and the sources are read anew only when one of their files changed."""

    register: Register
    catalog: Catalog
    layout: Layout
    communes: Communes
    inputs: dict[str, str]

    @classmethod
    def read(cls) -> Library:
        """Read and check params/."""
        return _library(_state(home() / "params") + _state(home() / "data" / "register"))

    def source(self, name: str) -> Source:
        """Read one source of data/: published figures (it has a sources.csv) or a folder of returns."""
        if name not in (known := self.names()):
            near = suggestion(name, known)
            raise UserError("source_unknown", value=name, known=", ".join(known), suggestion=near)
        return _source(self, name, state_of(name))

    @staticmethod
    def names() -> list[str]:
        """Names of all sources under data/."""
        return [*source_names(), *return_folders()]

    def check(self, province: str, period: str, published: Source) -> tuple[Unit, Period]:
        """Return the unit and period of a report that can be made; UserError says why it cannot."""
        when = Period.parse(period)
        unit = self.register.at(province, when)
        if (unit.slug, when) not in published.available():
            known = [f"{slug} {p}" for slug, p in published.available() if slug == unit.slug] or [
                f"{s} {p}" for s, p in published.available()
            ]
            raise UserError(
                "nothing_for", source=published.name, name=unit.name_vi, period=str(when), known=", ".join(known)
            )
        return unit, when


@lru_cache(2)
def _library(_: State) -> Library:
    inputs = params_inputs()
    return Library(*read_params(inputs), Layout.read(), Communes.read(), inputs)


@lru_cache(8)
def _source(library: Library, name: str, _: State) -> Source:
    if name not in source_names():
        read = (library.catalog, library.register, library.communes, library.inputs)
        return ReturnFolder(name, home() / "data" / name, *read)
    return read_source(name, library.catalog, library.register)
