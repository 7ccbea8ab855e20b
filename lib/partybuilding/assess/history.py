"""What a source says on a unit over time: the same unit, and before a merger the sums of the units it was made of.

Imports errors, periods, units, indicators and intake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from partybuilding.assess.indicators import Evidence, Value
from partybuilding.assess.intake import Article
from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.units import Register, Unit


class Source(Protocol):
    """What figures come from: published figures or a folder of returns."""

    @property
    def name(self) -> str:
        """Name of the folder under data/."""

    @property
    def sources(self) -> dict[str, Article]:
        """Return the articles by id."""

    @property
    def inputs(self) -> dict[str, str]:
        """Return the files that every report of the source rests on, with SHA-256."""

    def evidence(self, slugs: Sequence[str], period: Period) -> Evidence | None:
        """Return what the source says on these units, summed; None where it says nothing."""

    def available(self) -> Mapping[tuple[str, Period], Sequence[object]]:
        """Return what there is, by province and period."""


@dataclass(frozen=True)
class Past:
    """One period: its values by indicator, and the units whose counts they are the sums of.

    No values where what is there cannot be used: a return with errors, one of several units that sent nothing, rates
    of several units, which do not add up.
    """

    period: Period
    units: tuple[Unit, ...]
    values: Mapping[str, Value]
    inputs: Mapping[str, str]
    status: str

    def bridges(self, unit: Unit) -> bool:
        """Whether the values are those of the units from which `unit` was merged."""
        return [one.slug for one in self.units] != [unit.slug]


def spans(unit: Unit, source: Source, register: Register) -> dict[Period, list[str]]:
    """Return the periods on which the source has anything, in order of time, with the units whose area `unit` has."""
    there: dict[Period, set[str]] = {}
    for slug, period in source.available():
        there.setdefault(period, set()).add(slug)
    areas = {period: register.predecessors(unit, period.end) for period in sorted(there)}
    return {period: slugs for period, slugs in areas.items() if there[period] & set(slugs)}


def history(there: Mapping[Period, list[str]], source: Source, register: Register) -> tuple[Past, ...]:
    """Return what the source says in each of these periods of `spans`, in their order."""
    found = list[Past]()
    for period, slugs in there.items():
        units = tuple(register.at(slug, period) for slug in slugs)
        try:
            evidence = source.evidence(slugs, period)
        except UserError:  # an old return with errors: told where it is checked, and where it is reported on
            evidence = None
        told = (evidence.values, evidence.inputs, evidence.status) if evidence else ({}, {}, "")
        found.append(Past(period, units, *told))
    return tuple(found)
