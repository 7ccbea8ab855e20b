"""The register and the catalog as they were last checked, in .cache/ until a file of theirs or the library changes.

Imports kept, params, units, formula, entries, catalog, intake and store.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from partybuilding import kept
from partybuilding.assess import entries
from partybuilding.assess.catalog import Catalog, Part, ReturnRules
from partybuilding.assess.formula import Formula
from partybuilding.assess.intake import params_inputs
from partybuilding.assess.store import DAMAGED, LIBRARY
from partybuilding.params import cache
from partybuilding.units import Register, Unit

_KINDS: tuple[type, ...] = (
    *(Register, Unit, Catalog, ReturnRules, Part, Formula, entries.Cap, entries.Column, entries.Document),
    *(entries.Guidance, entries.Indicator, entries.Judgement, entries.Labelled, entries.Measure, entries.Regime),
    entries.Target,
)


def read_params(inputs: dict[str, str]) -> tuple[Register, Catalog]:
    """Return both as they are in params/, whose files and hashes are `inputs`: checked, unless these files were."""
    key = LIBRARY + json.dumps(inputs).encode()
    with suppress(OSError, *DAMAGED):
        found = kept.entries(kept.read(_place(), key), *_KINDS)
        return found["register"], found["catalog"]
    register = Register.read()
    catalog = Catalog.read(register)
    with suppress(OSError, *DAMAGED):
        if inputs == params_inputs():  # not changed in the meantime
            _keep(key, replace(register), replace(catalog))
    return register, catalog


def _place() -> Path:
    return cache() / "params" / "checked.json"


def _keep(key: bytes, register: Register, catalog: Catalog) -> None:
    known = (register.hash, register.places, catalog.read_by, catalog.counted_by)  # asked for now, both keep them
    made = {"known": known, "register": register, "catalog": catalog}
    content = kept.plain(made)
    if kept.entries(memoryview(content), *_KINDS) == made:  # else JSON cannot hold it
        kept.write(_place(), key, content)
