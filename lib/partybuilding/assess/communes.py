"""Commune-level units with validity, and where each went on 1 July 2025 (data/register/). Imports errors and params.

Facts compiled from MIT-licensed lists; see data/register/NOTICE.md.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from unicodedata import normalize

from partybuilding.errors import UserError, plain, suggestion
from partybuilding.params import home, read_text


@dataclass(frozen=True)
class Commune:
    """One commune-level unit over a time in which its code, name, kind and area are constant."""

    code: str
    province: str
    name: str
    kind: str
    area: str
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        """Whether the unit exists on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Communes:
    """All commune-level units, past and present, and their successors."""

    folder: Path

    @classmethod
    def read(cls) -> Communes:
        """Return the register; its files are read when they are first asked for."""
        return cls(home() / "data" / "register")

    @cached_property
    def _content(self) -> bytes:
        content = (self.folder / "communes.csv").read_bytes()
        vars(self)["hash"] = hashlib.sha256(content).hexdigest()  # of what is read, whatever was there before
        return content

    @cached_property
    def hash(self) -> str:
        """Hash of all units, without their successors."""
        with (self.folder / "communes.csv").open("rb", buffering=0) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @cached_property
    def _read(self) -> dict[str, list[Commune]]:
        return {}

    def _rows(self, province: str) -> Iterator[Commune]:
        """Read the rows of a province alone, each one line: to read all 14,700 takes fifty times as long."""
        content, sought = self._content, f",{province},".encode()
        head = content.partition(b"\n")[0]
        lines, place = [head], content.find(sought, len(head))
        while place >= 0:
            end = content.find(b"\n", place) % (len(content) + 1)  # the last line may have none
            lines.append(content[content.rfind(b"\n", 0, place) + 1 : end])
            place = content.find(sought, end)
        for row in csv.DictReader(normalize("NFC", line.decode()) for line in lines):
            if row["province"] == province:
                since, until = (
                    date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to")
                )
                yield Commune(row["code"], province, row["name"], row["kind"], row["area"], since, until)

    @cached_property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """Codes of 1 July 2025 by the code of the unit before; several where it was divided."""
        found: dict[str, tuple[str, ...]] = {}
        for row in csv.DictReader(read_text(self.folder / "successors.csv").splitlines()):
            found[row["old_code"]] = (*found.get(row["old_code"], ()), row["new_code"])
        return found

    def of(self, province: str, day: date) -> list[Commune]:
        """Return the units of a province on `day`, in the order of the codes."""
        if province not in self._read:
            self._read[province] = list(self._rows(province))
        return [commune for commune in self._read[province] if commune.valid_on(day)]

    def find(self, province: str, day: date, wanted: str) -> Commune:
        """Return the unit of a province on `day` by code (its zeros may be missing) or name, with its kind or without.

        UserError with a suggestion where there is none, and with the codes where several have the name.
        """
        there, sought = self.of(province, day), plain(str(wanted).strip())
        named = {commune.code: (plain(commune.name), plain(f"{commune.kind} {commune.name}")) for commune in there}
        found = [c for c in there if sought.zfill(len(c.code)) == c.code or sought in named[c.code]]
        if len(found) == 1:
            return found[0]
        if found:
            codes = ", ".join(f"{c.code} ({c.kind} {c.name}, {c.area})" for c in found)
            raise UserError("commune_several", value=wanted, known=codes)
        words = [word for c in there for word in (f"{c.kind} {c.name}", c.name, c.code)]
        raise UserError("commune_unknown", value=wanted, place=province, suggestion=suggestion(str(wanted), words))
