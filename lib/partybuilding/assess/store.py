"""Checked returns, and what was counted in them, under .cache/returns/: a second reading costs next to nothing.

A record is found by the hash of all that it depends on and held against its own checksum; one that is missing, damaged
or not ours, and a folder that cannot be written, only mean that the return is read anew. Imports errors, kept, params,
periods, units, catalog, communes, indicators and returns.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.pandas_compat  # pandas imports it with the first column of text

from partybuilding import kept
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.indicators import Trail, Value
from partybuilding.assess.returns import Finding, Return, digest
from partybuilding.errors import Suggestion
from partybuilding.params import cache, shown
from partybuilding.periods import Period
from partybuilding.units import Register, Unit

KEPT = 1000  # records; a return needs three, about a kilobyte for each commune
DAMAGED = (ValueError, TypeError, KeyError, StopIteration, pa.ArrowException)
_PLAIN = (str, int, float, bool, type(None), Suggestion)


def _library() -> bytes:
    """Return the hash of the code that reads and checks: this room, the ground floor and the packages beneath."""
    here = Path(__file__).parent
    code = b"".join(path.read_bytes() for path in sorted([*here.glob("*.py"), *here.parent.glob("*.py")]))
    packages = [f"{name} {version(name)}" for name in ("pandas", "pyarrow", "pydantic", "python-calamine", "pyyaml")]
    return hashlib.sha256(repr(packages).encode() + code).digest()


LIBRARY = _library()  # as it is imported, not as it may be changed while it runs


@dataclasses.dataclass(frozen=True)
class Store:
    """Keeps what was read; what it depends on is taken from these very tables, not from files beside them."""

    catalog: Catalog
    register: Register
    communes: Communes

    @cached_property
    def folder(self) -> Path:
        """Where the records are."""
        return cache() / "returns"

    @cached_property
    def _rests_on(self) -> bytes:
        return LIBRARY + (self.catalog.read_by + self.register.hash).encode()

    @cached_property
    def _hashes(self) -> dict[Path, str]:
        return {}

    def _hash(self, path: Path) -> str:
        return self._hashes.get(path) or self._hashes.setdefault(path, digest(path))

    def _key(self, path: Path, *more: str) -> str:
        words = "\0".join((self._hash(path), path.suffix.lower(), str(path.is_dir()), *more))
        return hashlib.sha256(self._rests_on + words.encode()).hexdigest()

    def whose(self, path: Path) -> tuple[Unit, Period] | None:
        """Return the unit and period that a return is of, None where that is not known yet."""
        with suppress(OSError, *DAMAGED):
            facts = self._get(self._key(path, "whose"))[1]
            return self._unit(facts["province"], facts["period"]), Period.parse(facts["period"])
        return None

    def keep(self, path: Path, unit: Unit, period: Period) -> None:
        """Remember whose return it is."""
        with suppress(OSError):
            self._put(self._key(path, "whose"), None, {"province": unit.slug, "period": str(period)})

    def checked(self, path: Path, before: Path | None, check: Callable[[Path], Return]) -> Return:
        """Return a return with all its findings; `check` reads it anew; R10 rests on `before` too."""
        try:
            due = self.communes.hash
            key = self._key(path, "checked", self._hash(before) if before else "", due)
        except OSError:
            return check(path)
        with suppress(OSError, *DAMAGED):
            return self._restored(path, *self._get(key))
        given = check(path)
        if (given.sha256, self.communes.hash) == (self._hash(path), due):  # not changed in the meantime
            with suppress(OSError, *DAMAGED):
                self._put(key, given.cells, _facts(given))
        return given

    def counted(self, returns: Mapping[Path, Return], count: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return what these returns come to together; `count` counts anew."""
        try:
            due, own = self.communes.hash, [self._key(path, one.file, one.sha256) for path, one in returns.items()]
        except OSError:
            return count()
        key = kept.hashed(own, due, self.catalog.counted_by)
        with suppress(OSError, *DAMAGED):
            return kept.entries(kept.read(self.folder / f"{key}.json", key.encode()), Value, Trail)
        found = count()
        unchanged = due == self.communes.hash and all(one.sha256 == self._hash(path) for path, one in returns.items())
        with suppress(OSError, *DAMAGED):
            content = kept.plain(found)
            if unchanged and kept.entries(memoryview(content), Value, Trail) == found:
                self._write(f"{key}.json", key, content)
        return found

    def shown(self, path: Path) -> str:
        """Return `path` as it is shown to people."""
        folder = path.parent
        if folder not in self._folders:
            self._folders[folder] = shown(folder / "x").removesuffix("x")
        return self._folders[folder] + path.name

    @cached_property
    def _folders(self) -> dict[Path, str]:
        return {}

    def _unit(self, slug: str, period: str) -> Unit:
        day = Period.parse(period).end
        return next(unit for unit in self.register.rows if unit.slug == slug and unit.valid_on(day))

    def _get(self, key: str) -> tuple[memoryview, Any]:
        content = kept.read(self.folder / f"{key}.arrow", key.encode())
        size = int.from_bytes(content[:8], "big")
        return content[size:], json.loads(bytes(content[8:size]))

    def _put(self, key: str, cells: pd.DataFrame | None, facts: dict[str, Any]) -> None:
        told, sink = json.dumps(facts).encode(), pa.BufferOutputStream()
        told += b" " * (-len(told) % 8)  # what follows stands as Arrow wants it
        if cells is not None:
            table = pa.Table.from_pandas(cells.reset_index(), preserve_index=False).combine_chunks()
            with pa.ipc.new_file(sink, table.schema.remove_metadata()) as writer:
                writer.write_table(table.replace_schema_metadata())
        self._write(f"{key}.arrow", key, (len(told) + 8).to_bytes(8, "big") + told + sink.getvalue().to_pybytes())

    def _write(self, name: str, key: str, content: bytes) -> None:
        kept.write(self.folder / name, key.encode(), content)
        self._pruned  # noqa: B018 (once)

    @cached_property
    def _pruned(self) -> None:
        """Remove all but the newest records, once in the life of this store."""
        kinds = (".arrow", ".json", ".tmp")
        ages = {path: path.stat().st_mtime for path in self.folder.glob("*.*") if path.suffix in kinds}
        for path in sorted(ages, key=lambda path: ages[path])[:-KEPT]:
            path.unlink(missing_ok=True)

    def _restored(self, path: Path, table: memoryview, facts: Any) -> Return:
        findings = tuple(
            Finding(**parts, fields={name: Suggestion(**v) if isinstance(v, dict) else v for name, v in fields.items()})
            for parts, fields in facts["findings"]
        )
        given = object.__new__(_Stored)
        vars(given).update(
            file=self.shown(path),
            sha256=self._hash(path),
            province=self._unit(facts["province"], facts["period"]),
            period=Period.parse(facts["period"]),
            as_of=date.fromisoformat(facts["as_of"]),
            status=facts["status"],
            prepared_by=facts["prepared_by"],
            counts=facts["counts"],
            standards={name: (state, note) for name, (state, note) in facts["standards"].items()},
            texts=facts["texts"],
            findings=findings,
        )
        object.__setattr__(given, "table", table)
        return given


class _Stored(Return):
    """A return whose cells are taken out of their table when they are first asked for."""

    __slots__ = ("table",)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:  # a copy is one like any other
        return Return, tuple(getattr(self, one.name) for one in dataclasses.fields(Return))

    def __getattr__(self, name: str) -> Any:
        if name != "cells":
            raise AttributeError(name)
        table = pa.ipc.open_file(pa.py_buffer(self.table)).read_all()
        columns = {name: _array(column) for name, column in zip(table.column_names, table.columns, strict=True)}
        index = pd.Index(columns.pop("row").to_numpy(np.int64), name="row")
        cells = pd.DataFrame(columns, copy=False)
        cells.index = index  # given at once, each column would be aligned with it
        vars(self)["cells"] = cells
        return cells


def _facts(given: Return) -> dict[str, Any]:
    """Return all of a return but its cells in JSON's types; TypeError for what JSON would not give back unchanged."""
    if not all(type(value) in _PLAIN for finding in given.findings for value in finding.fields.values()):
        raise TypeError(given.file)
    of_return = ("status", "prepared_by", "counts", "standards", "texts")
    findings = [
        (
            {name: value for name, value in vars(finding).items() if name != "fields"},
            {name: vars(value) if isinstance(value, Suggestion) else value for name, value in finding.fields.items()},
        )
        for finding in given.findings
    ]
    return {
        **{name: getattr(given, name) for name in of_return},
        "province": given.province.slug,
        "period": str(given.period),
        "as_of": given.as_of.isoformat(),
        "findings": findings,
    }


def _array(column: pa.ChunkedArray) -> Any:
    """Return a column as pandas holds it; whole numbers straight from memory, several times faster than converted."""
    if not pa.types.is_int64(column.type):
        return pd.arrays.ArrowStringArray(column)
    numbers = column.chunk(0)
    blank = numbers.is_null().to_numpy(zero_copy_only=False) if numbers.null_count else np.zeros(len(numbers), bool)
    values = np.frombuffer(numbers.buffers()[1], np.int64, len(numbers), 8 * numbers.offset)
    return pd.arrays.IntegerArray(values.copy(), blank)
