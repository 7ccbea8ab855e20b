"""What a report reads: the hash of each input of its own province and of those it quotes. Imports the data sources."""

from __future__ import annotations

import hashlib

from partybuilding.assess.folder import ReturnFolder
from partybuilding.assess.intake import Published
from partybuilding.assess.returns import digest
from partybuilding.params import shown
from partybuilding.units import Register, Unit


def reads(source: Published | ReturnFolder, unit: Unit, register: Register) -> dict[str, str]:
    """Return name -> SHA-256 of what any report on `unit` may read: of all periods, also of its predecessors."""
    available = source.available()
    days = {period.end for _, period in available}
    slugs = {unit.slug}.union(*(register.predecessors(unit, day) for day in days if day < (unit.valid_from or day)))
    if isinstance(source, ReturnFolder):
        return {shown(path): digest(path) for (slug, _), path in source.places.items() if slug in slugs}
    read = {
        f"{source.name} {slug} {period}": hashlib.sha256(repr(figures).encode()).hexdigest()
        for (slug, period), figures in available.items()
        if slug in slugs
    }
    return {**read, **{file: sha256 for file, sha256 in source.inputs.items() if not file.startswith("params/")}}
