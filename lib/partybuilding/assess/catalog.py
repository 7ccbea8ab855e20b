"""Indicators, targets, measures, rating regimes: params/ as one checked table.

Imports errors, kept, periods, units, params, formula and entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from partybuilding import kept
from partybuilding.assess import formula
from partybuilding.assess.entries import (
    CAP_BASES,
    GROUPS,
    INDICATORS,
    OF_UNITS,
    RETURNS,
    UNITS,
    ById,
    Column,
    Guidance,
    Indicator,
    Judgement,
    Labelled,
    Measure,
    Noted,
    Number,
    Qualifier,
    Regime,
    Target,
    columns_known,
    offered,
)
from partybuilding.errors import UserError, plain, raise_all, suggestion
from partybuilding.params import Entry, home, load, refuse
from partybuilding.periods import Period
from partybuilding.units import Register, Unit

__all__ = ["OF_UNITS", "Catalog", "Column", "Guidance", "Indicator", "Judgement", "Labelled", "Measure", "Noted"]
__all__ += ["Qualifier", "Regime", "ReturnRules", "Target"]


Parsed = Annotated[formula.Formula, BeforeValidator(lambda text: formula.parse(str(text)))]


class Part(Entry):
    """A part and its whole (rule R04): formulas of columns; `may_exceed` makes more than the whole a warning."""

    part: Parsed
    whole: Parsed
    may_exceed: bool = False


class ReturnRules(Entry):
    """What the consistency rules hold a return against (section `rules` of params/returns.yaml)."""

    parts: tuple[Part, ...]
    cell_only: tuple[str, ...]
    board_members_needed: int
    moved_share: Number
    moved_least: int
    coverage: Number
    small_count: int
    personal: tuple[str, ...]

    def is_personal(self, head: str) -> bool:
        """Whether a column head would bring personal data in."""
        folded = " ".join(re.findall(r"\w+", plain(head.replace("_", " "))))
        folded = f" {folded} ".replace(" sinh hoat ", " ")  # meetings, not birth
        return any(f" {plain(word)} " in folded for word in self.personal)


def _each_once(targets: dict[str, Target]) -> dict[str, Target]:
    refuse(
        *(
            ("target_twice", (later.id,), {"key": later.id, "other": first.id, "indicator": first.indicator})
            for first, later in combinations(targets.values(), 2)
            if later.collides(first)
        )
    )
    return targets


def _without_gap(regimes: tuple[Regime, ...]) -> tuple[Regime, ...]:
    """Refuse rating regimes that leave a year out or share one; the first and the last are open."""
    in_time = sorted(enumerate(regimes), key=lambda numbered: numbered[1].year_from or 0)
    (oldest, first), (newest, last) = in_time[0], in_time[-1]
    gaps: list[tuple[int, int | str]] = []
    if first.year_from is not None:
        gaps.append((oldest, first.year_from - 1))
    for (_, before), (number, regime) in pairwise(in_time):
        if before.year_to is None or regime.year_from != before.year_to + 1:
            gaps.append((number, regime.year_from or before.year_to or "-"))
    if last.year_to is not None:
        gaps.append((newest, last.year_to + 1))
    refuse(*(("regime_gap", (number,), {"year": year}) for number, year in gaps))
    return regimes


class _Indicators(Entry):
    groups: Annotated[dict[str, Labelled], offered(GROUPS)]
    indicators: Annotated[dict[str, Indicator], ById, offered(INDICATORS)]


class _Targets(Entry):
    judgement: Judgement
    targets: Annotated[dict[str, Target], ById, AfterValidator(_each_once)]


class _Measures(Entry):
    measures: Annotated[dict[str, Measure], ById]


class _Ratings(Entry):
    cap_bases: Annotated[dict[str, Labelled], offered(CAP_BASES)]
    regimes: Annotated[tuple[Regime, ...], Field(min_length=1), AfterValidator(_without_gap)]
    guidance: tuple[Guidance, ...]


class _Returns(Entry):
    contract: str
    rules: ReturnRules
    about: dict[str, Column]
    cells: dict[str, Column]
    province: dict[str, Column]

    @property
    def sheets(self) -> dict[str, dict[str, Column]]:
        return {"about": self.about, "cells": self.cells, "province": self.province}

    @model_validator(mode="after")
    def _rules_name_columns(self, info: ValidationInfo) -> Self:
        if info.context is not None:
            info.context[RETURNS] = self.sheets
        named = {("parts", n): (*p.part.columns, *p.whole.columns) for n, p in enumerate(self.rules.parts)}
        named |= {("cell_only", n): (name,) for n, name in enumerate(self.rules.cell_only)}
        refuse(*(slip for at, names in named.items() for slip in columns_known(names, self.sheets, "rules", *at)))
        return self


FILES: dict[str, type[Entry]] = {  # in the order in which problems are told
    "indicators": _Indicators,
    "targets": _Targets,
    "measures": _Measures,
    "ratings": _Ratings,
    "returns": _Returns,
}


@dataclass(frozen=True)
class Catalog:
    """All of params/ but the units, checked against each other."""

    groups: dict[str, Labelled]
    indicators: dict[str, Indicator]
    judgement: Judgement
    targets: tuple[Target, ...]
    measures: tuple[Measure, ...]
    regimes: tuple[Regime, ...]
    cap_bases: dict[str, Labelled]
    guidance: tuple[Guidance, ...]
    returns: dict[str, dict[str, Column]]
    contract: str
    rules: ReturnRules

    @classmethod
    def read(cls, register: Register, folder: Path | None = None) -> Catalog:
        """Read params/ and check every reference; raises all problems at once."""
        folder, context = folder or home() / "params", {UNITS: register.slugs}
        read: dict[str, Any] = {}
        found: dict[str, UserError] = {}
        for name in ("returns", "indicators", "targets", "measures", "ratings"):  # each after what it refers to
            try:
                read[name] = load(folder / f"{name}.yaml", FILES[name], context)
            except UserError as error:
                found[name] = error
        raise_all([found[name] for name in FILES if name in found])
        return cls(
            **vars(read["indicators"]),
            judgement=read["targets"].judgement,
            targets=tuple(read["targets"].targets.values()),
            measures=tuple(read["measures"].measures.values()),
            **vars(read["ratings"]),
            returns=read["returns"].sheets,
            contract=read["returns"].contract,
            rules=read["returns"].rules,
        )

    @cached_property
    def read_by(self) -> str:
        """Hash of what returns are read and checked by."""
        return kept.hashed(self.contract, self.returns, self.rules, self.regimes)

    @cached_property
    def counted_by(self) -> str:
        """Hash of what returns are counted by, besides."""
        return kept.hashed(self.indicators)

    def indicator(self, name: str) -> Indicator:
        """Return the indicator with this id; UserError suggests the nearest."""
        if not isinstance(name, str) or name not in self.indicators:
            raise UserError("indicator_unknown", value=name, suggestion=suggestion(str(name), self.indicators))
        return self.indicators[name]

    def in_group(self, group: str) -> list[Indicator]:
        """Indicators of one group, in the order of the file."""
        return [indicator for indicator in self.indicators.values() if indicator.group == group]

    def target(self, indicator: str, unit: Unit, day: date) -> Target | None:
        """Return the target that binds `unit` on `day`: its own before its region's before the general one."""
        bound = [t for t in self._targets.get(indicator, ()) if t.applies(unit, day)]
        return max(bound, key=lambda target: target.reach, default=None)

    @cached_property
    def _targets(self) -> dict[str, list[Target]]:
        return {name: [t for t in self.targets if t.indicator == name] for name in {t.indicator for t in self.targets}}

    def regime(self, period: Period) -> Regime:
        """Return the rating regime of the year assessed."""
        return next(r for r in self.regimes if (r.year_from or 0) <= period.year <= (r.year_to or period.year))

    def columns_named(self, indicator: Indicator, lang: str) -> list[str]:
        """Return the labels of the columns of the return form that an indicator is computed from."""
        names = dict.fromkeys(re.findall(r"[a-z]\w*(?:\.\w+)?", indicator.formula))
        parts = [name.rpartition(".") for name in names]
        columns = [self.returns[sheet or "cells"].get(column) for sheet, _, column in parts]
        return [column.label(lang) for column in columns if column]

    def category_words(self, column: str) -> dict[str, str]:
        """Return the category by each word that names it, folded: its id, or its label in any regime and language."""
        values = self.returns["cells"][column].values
        words = {plain(value): value for value in values}
        if column == "cell_rating":
            levels = [(level, label) for regime in self.regimes for level, label in regime.organisation_levels.items()]
            words |= {plain(word): level for level, label in levels for word in (label.vi, label.en) if level in values}
        return words

    def in_force(self, day: date) -> list[Guidance]:
        """Return the guiding documents in force on `day`, in the order of the file."""
        return [g for g in self.guidance if g.valid_on(day) and (g.valid_from or g.issued or date.min) <= day]
