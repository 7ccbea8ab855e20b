"""Indicators, targets, measures, rating regimes: params/ as one checked table.

Imports errors, periods, units, params and formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from partybuilding.assess import formula
from partybuilding.errors import UserError, plain, raise_all, suggestion
from partybuilding.params import Entry, Key, home, load, read_yaml, shown
from partybuilding.periods import Period
from partybuilding.units import Certainty, Region, Register, Unit

Kind = Literal["rate", "count", "state"]
Direction = Literal["higher", "lower", "none"]
CountedUnit = Literal[
    "attendance",
    "case",
    "cell",
    "command",
    "committee",
    "commune",
    "inspection",
    "meeting",
    "member",
    "militia",
    "organisation",
    "post",
    "province",
    "reservist",
    "resolution",
    "supervision",
    "survey",
]
OF_UNITS = ("cell", "commune", "command", "meeting", "resolution")  # counted things that are no persons
Qualifier = Literal["=", ">", ">=", "<", "<=", "~", "all", "some"]
Lang = str


def _decimal_point(value: Any) -> Any:
    return value.replace(",", ".") if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(_decimal_point), Field(allow_inf_nan=False)]


class Labelled(Entry):
    """An entry with a label in both languages."""

    vi: str
    en: str

    def label(self, lang: Lang) -> str:
        """Label in `lang`."""
        return self.vi if lang == "vi" else self.en


class Noted(Labelled):
    """A labelled entry that may carry a note in both languages."""

    note_vi: str | None = None
    note_en: str | None = None

    def note(self, lang: Lang) -> str | None:
        """Note in `lang`, if there is one."""
        return self.note_vi if lang == "vi" else self.note_en


class Indicator(Noted):
    """One indicator of params/indicators.yaml. Rates are in per cent, counts in whole units, states in words."""

    id: str
    group: str
    kind: Kind
    definition_vi: str
    definition_en: str
    numerator: str | None = None
    denominator: str | None = None
    among: str | None = None
    standard: str | None = None
    unit: CountedUnit
    direction: Direction
    decimals: int = Field(ge=0, le=3)
    observed_by: tuple[Literal["cells", "province", "published"], ...]
    article: str
    paragraph: int
    valid_from: date | None = None
    valid_to: date | None = None
    regions: tuple[Region, ...] = ()

    @property
    def formula(self) -> str:
        """How it is counted, in the columns of the returns."""
        parts = [part for part in (self.numerator, self.denominator) if part] or [self.standard or ""]
        return " / ".join(parts) + (f" where {self.among}" if self.among else "")

    def definition(self, lang: Lang) -> str:
        """One line: what is counted, over what."""
        return self.definition_vi if lang == "vi" else self.definition_en

    def applies(self, unit: Unit, day: date) -> bool:
        """Whether the indicator exists for `unit` on `day` (4 good, 3 no: only in Military Region 1, since 2018)."""
        in_time = (self.valid_from or date.min) <= day <= (self.valid_to or date.max)
        return in_time and (not self.regions or unit.military_region in self.regions)


class Target(Entry):
    """A target or requirement of params/targets.yaml, bound to whom and when it applies."""

    id: str
    indicator: str
    relation: Literal[">=", ">", "<=", "<"]
    value: Number
    kind: Literal["target", "requirement", "implied"]
    provinces: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    source: str
    paragraph: int | None = None
    certainty: Certainty
    note_vi: str | None = None
    note_en: str | None = None

    @property
    def reach(self) -> int:
        """How closely it is bound: 2 to provinces, 1 to military regions, 0 to all. The closest one counts."""
        return 2 if self.provinces else 1 if self.regions else 0

    def applies(self, unit: Unit, day: date) -> bool:
        """Whether the target binds `unit` on `day`."""
        in_time = (self.valid_from or date.min) <= day <= (self.valid_to or date.max)
        in_reach = (
            unit.slug in self.provinces if self.provinces else not self.regions or unit.military_region in self.regions
        )
        return in_time and in_reach


class Judgement(Entry):
    """Margins of the judgement, in percentage points: `close` below a target, `about` around a “~” value."""

    close: Number = Field(ge=0)
    about: Number = Field(ge=0)


class Measure(Labelled):
    """A measure of params/measures.yaml with the indicators whose shortfall calls for it."""

    id: str
    article: str
    paragraph: int
    order: int
    provinces: tuple[str, ...]
    action_vi: str
    action_en: str
    indicators: tuple[str, ...]

    def action(self, lang: Lang) -> str:
        """What is to be done."""
        return self.action_vi if lang == "vi" else self.action_en


class Document(Entry):
    """A guiding document: number, date of issue, certainty (C certain, P probable, U unverified)."""

    id: str
    issued: date | None = None
    certainty: Certainty


class Cap(Entry):
    """The cap on “excellent”: at most `share` per cent of `base`."""

    share: Number
    base: str
    certainty: Certainty


class Regime(Entry):
    """Rating levels of organisations and members for the years assessed from `year_from` to `year_to`."""

    id: str
    year_from: int | None = None
    year_to: int | None = None
    documents: tuple[Document, ...]
    organisation_levels: dict[str, Labelled]
    member_levels: dict[str, Labelled]
    excellent_cap: Cap | None = None
    note_vi: str | None = None
    note_en: str | None = None


class Guidance(Entry):
    """A document in force between two dates, by subject."""

    id: str
    subject: str
    document: str
    issuer_vi: str
    issuer_en: str
    title_vi: str | None = None
    title_en: str | None = None
    issued: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    certainty: Certainty


class Column(Labelled):
    """A column of the returns (params/returns.yaml)."""

    kind: Literal["text", "category", "flag", "count", "standard"]
    values: tuple[str, ...] = ()
    key: bool = False


def _with_ids(entries: Any) -> Any:
    if not isinstance(entries, dict):
        return entries
    return {key: {**entry, "id": key} if isinstance(entry, dict) else entry for key, entry in entries.items()}


ById = BeforeValidator(_with_ids)


class _Indicators(Entry):
    groups: dict[str, Labelled]
    indicators: Annotated[dict[str, Indicator], ById]


class _Targets(Entry):
    judgement: Judgement
    targets: Annotated[dict[str, Target], ById]


class _Measures(Entry):
    measures: Annotated[dict[str, Measure], ById]


class _Ratings(Entry):
    regimes: Annotated[tuple[Regime, ...], Field(min_length=1)]
    cap_bases: dict[str, Labelled]
    guidance: tuple[Guidance, ...]


def _formula(text: Any) -> Any:
    return formula.parse(text) if isinstance(text, str) else text


class Part(Entry):
    """A part and its whole (rule R04): formulas of columns; `may_exceed` makes more than the whole a warning."""

    part: Annotated[formula.Formula, BeforeValidator(_formula)]
    whole: Annotated[formula.Formula, BeforeValidator(_formula)]
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


class _Returns(Entry):
    contract: str
    rules: ReturnRules
    about: dict[str, Column]
    cells: dict[str, Column]
    province: dict[str, Column]


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
        folder = folder or home() / "params"
        found: list[UserError] = []

        def part(name: str, model: type[Any]) -> Any:
            try:
                return load(folder / name, model)
            except UserError as error:
                found.append(error)

        indicators = part("indicators.yaml", _Indicators)
        targets = part("targets.yaml", _Targets)
        measures = part("measures.yaml", _Measures)
        ratings = part("ratings.yaml", _Ratings)
        returns = part("returns.yaml", _Returns)
        raise_all(found)
        catalog = cls(
            groups=indicators.groups,
            indicators=indicators.indicators,
            judgement=targets.judgement,
            targets=tuple(targets.targets.values()),
            measures=tuple(measures.measures.values()),
            regimes=ratings.regimes,
            cap_bases=ratings.cap_bases,
            guidance=ratings.guidance,
            returns={sheet: getattr(returns, sheet) for sheet in ("about", "cells", "province")},
            contract=returns.contract,
            rules=returns.rules,
        )
        raise_all(_Checks(catalog, register, folder).run())
        return catalog

    def indicator(self, name: str) -> Indicator:
        """Return the indicator with this id; UserError suggests the nearest."""
        if name not in self.indicators:
            raise UserError("indicator_unknown", value=name, suggestion=suggestion(name, self.indicators))
        return self.indicators[name]

    def in_group(self, group: str) -> list[Indicator]:
        """Indicators of one group, in the order of the file."""
        return [indicator for indicator in self.indicators.values() if indicator.group == group]

    def target(self, indicator: str, unit: Unit, day: date) -> Target | None:
        """Return the target that binds `unit` on `day`: its own before its region's before the general one."""
        bound = [t for t in self.targets if t.indicator == indicator and t.applies(unit, day)]
        return max(bound, key=lambda target: target.reach, default=None)

    def regime(self, period: Period) -> Regime:
        """Return the rating regime of the year assessed."""
        return next(r for r in self.regimes if (r.year_from or 0) <= period.year <= (r.year_to or period.year))

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
        return [g for g in self.guidance if (g.valid_from or g.issued or date.min) <= day <= (g.valid_to or date.max)]


class _Checks:
    """The references between the files of params/."""

    def __init__(self, catalog: Catalog, register: Register, folder: Path) -> None:
        self.catalog, self.register, self.folder = catalog, register, folder
        self.found: list[UserError] = []

    @cached_property
    def lines(self) -> dict[str, dict[Key, int]]:
        """Line of each key, by file: read again only when there is a problem to place."""
        return {p.name: read_yaml(p)[1] for p in self.folder.glob("*.yaml")}

    def say(self, code: str, file: str, *key: str | int, **fields: Any) -> None:
        """Note a problem at `key` of `file`."""
        place: Key = key
        while place and place not in self.lines[file]:
            place = place[:-1]
        where = {"file": shown(self.folder / file), "line": self.lines[file].get(place, 1)}
        self.found.append(UserError(code, **where, **{"key": [k for k in key if isinstance(k, str)][-1], **fields}))

    def known(self, value: str, names: Iterable[str], target: str, file: str, *key: str | int) -> None:
        """Note `value` unless it is one of `names`, which stand in `target`."""
        names = list(names)
        if value not in names:
            self.say("reference_unknown", file, *key, value=value, target=target, suggestion=suggestion(value, names))

    def run(self) -> list[UserError]:
        """Return all problems."""
        for indicator in self.catalog.indicators.values():
            self.indicator(indicator)
        for number, target in enumerate(self.catalog.targets):
            self.target(target, self.catalog.targets[:number])
        for measure in self.catalog.measures:
            for number, name in enumerate(measure.indicators):
                key = ("measures", measure.id, "indicators", number)
                self.known(name, self.catalog.indicators, "params/indicators.yaml", "measures.yaml", *key)
            for number, slug in enumerate(measure.provinces):
                self.known(
                    slug,
                    self.register.slugs,
                    "params/units.csv",
                    "measures.yaml",
                    "measures",
                    measure.id,
                    "provinces",
                    number,
                )
        self.regimes()
        self.return_rules()
        return self.found

    def indicator(self, indicator: Indicator) -> None:
        file, key = "indicators.yaml", ("indicators", indicator.id)
        self.known(indicator.group, self.catalog.groups, "groups", file, *key, "group")
        needed = {"rate": {"numerator", "denominator"}, "count": {"numerator"}, "state": set()}[indicator.kind]
        given = {name for name in ("numerator", "denominator", "among", "standard") if getattr(indicator, name)}
        allowed = needed | (
            {"among"} if indicator.kind == "rate" else {"standard"} if indicator.kind == "state" else set()
        )
        for name in sorted((needed - given) | (given - allowed)):
            problem = f"- {name}" if name in given else f"+ {name}"
            self.say("indicator_parts", file, *key, kind=indicator.kind, problem=problem)
        columns = self.catalog.returns
        for name in ("numerator", "denominator", "among"):
            text = getattr(indicator, name)
            if not text:
                continue
            try:
                parsed = formula.parse(text)
            except ValueError:
                self.say("formula_form", file, *key, name, value=text)
                continue
            for column in parsed.columns:
                sheet, _, field = column.rpartition(".")
                self.known(field, columns[sheet or "cells"], "params/returns.yaml", file, *key, name)
            for category in parsed.categories:
                values = columns["cells"][parsed.columns[0]].values if parsed.columns[0] in columns["cells"] else ()
                self.known(category, values, "params/returns.yaml", file, *key, name)
        if indicator.standard:
            standards = [name for name, column in columns["province"].items() if column.kind == "standard"]
            self.known(indicator.standard, standards, "params/returns.yaml", file, *key, "standard")

    def target(self, target: Target, before: tuple[Target, ...]) -> None:
        file, key = "targets.yaml", ("targets", target.id)
        self.known(target.indicator, self.catalog.indicators, "params/indicators.yaml", file, *key, "indicator")
        indicator = self.catalog.indicators.get(target.indicator)
        if indicator and indicator.direction == "none":
            self.say("target_not_judged", file, *key, key=target.indicator)
        for number, slug in enumerate(target.provinces):
            self.known(slug, self.register.slugs, "params/units.csv", file, *key, "provinces", number)
        for other in before:
            same = target.indicator == other.indicator and target.reach == other.reach
            shared = (
                set(target.provinces) & set(other.provinces)
                or set(target.regions) & set(other.regions)
                or target.reach == 0
            )
            apart = (target.valid_to or date.max) < (other.valid_from or date.min) or (
                (other.valid_to or date.max) < (target.valid_from or date.min)
            )
            if same and shared and not apart:
                self.say("target_twice", file, *key, key=target.id, other=other.id, indicator=target.indicator)

    def regimes(self) -> None:
        in_time = sorted(enumerate(self.catalog.regimes), key=lambda numbered: numbered[1].year_from or 0)
        (oldest, first), (newest, last) = in_time[0], in_time[-1]
        if first.year_from is not None:
            self.say("regime_gap", "ratings.yaml", "regimes", oldest, year=first.year_from - 1)
        for (_, before), (number, regime) in pairwise(in_time):
            if before.year_to is None or regime.year_from != before.year_to + 1:
                year = regime.year_from or before.year_to or "-"
                self.say("regime_gap", "ratings.yaml", "regimes", number, year=year)
        if last.year_to is not None:
            self.say("regime_gap", "ratings.yaml", "regimes", newest, year=last.year_to + 1)
        for number, regime in enumerate(self.catalog.regimes):
            if regime.excellent_cap:
                key = ("regimes", number, "excellent_cap", "base")
                self.known(regime.excellent_cap.base, self.catalog.cap_bases, "cap_bases", "ratings.yaml", *key)

    def return_rules(self) -> None:
        """Note columns that the rules name and the form does not have."""
        columns, rules = self.catalog.returns, self.catalog.rules
        target, file = "params/returns.yaml", "returns.yaml"
        for number, part in enumerate(rules.parts):
            for column in (*part.part.columns, *part.whole.columns):
                sheet, _, field = column.rpartition(".")
                self.known(field, columns[sheet or "cells"], target, file, "rules", "parts", number)
        for number, name in enumerate(rules.cell_only):
            self.known(name, columns["cells"], target, file, "rules", "cell_only", number)
