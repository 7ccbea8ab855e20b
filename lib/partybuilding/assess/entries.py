"""What params/ holds, entry by entry, each checked as it is read: forms by pydantic, references by the names known.

The context of a reading holds what was read before, by the place that messages name: there later entries look up what
they refer to. An entry made without a context is taken as it is. Imports params, units and formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from partybuilding.assess import formula
from partybuilding.params import Dated, Entry, Slip, refuse, unknown
from partybuilding.units import Certainty, Region, Unit

OfUnits = Literal["cell", "commune", "command", "meeting", "resolution"]
OfPersons = Literal["attendance", "member", "militia", "post", "reservist"]
OfOthers = Literal["case", "committee", "inspection", "organisation", "province", "supervision", "survey"]
OF_UNITS: tuple[str, ...] = get_args(OfUnits)  # counted things that are no persons
Qualifier = Literal["=", ">", ">=", "<", "<=", "~", "all", "some"]
GROUPS, CAP_BASES = "groups", "cap_bases"
UNITS, INDICATORS, RETURNS = "params/units.csv", "params/indicators.yaml", "params/returns.yaml"


def _known(place: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        refuse(*unknown(value, (info.context or {}).get(place), place))
        return value

    return AfterValidator(check)


def offered(place: str) -> WrapValidator:
    """Put what is read into the context, under `place`; where an entry is wrong, the ids as they are typed."""

    def offer(typed: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        known = {} if info.context is None else info.context
        if isinstance(typed, dict):
            known[place] = typed
        known[place] = entries = read(typed)
        return entries

    return WrapValidator(offer)


def _with_ids(entries: Any) -> Any:
    if not isinstance(entries, dict):
        return entries
    return {key: {**entry, "id": key} if isinstance(entry, dict) else entry for key, entry in entries.items()}


def columns_known(names: Iterable[str], sheets: dict[str, dict[str, Column]], *at: str | int) -> list[Slip]:
    """Return the slips of columns that the form does not have (`province.x` is on sheet province, else cells)."""
    parts = [name.rpartition(".") for name in names]
    return [slip for sheet, _, name in parts for slip in unknown(name, sheets[sheet or "cells"], RETURNS, *at)]


def _countable(text: str, info: ValidationInfo) -> str:
    """Refuse a formula that cannot be read, or that names what the form does not have."""
    try:
        parsed = formula.parse(text)
    except ValueError:
        refuse(("formula_form", (), {"value": text}))
    if sheets := (info.context or {}).get(RETURNS):
        column = sheets["cells"].get(parsed.columns[0]) if parsed.categories else None
        values = column.values if column else ()
        refuse(
            *columns_known(parsed.columns, sheets),
            *(slip for category in parsed.categories for slip in unknown(category, values, RETURNS)),
        )
    return text


Number = Annotated[
    float,
    BeforeValidator(lambda value: value.replace(",", ".") if isinstance(value, str) else value),
    Field(allow_inf_nan=False),
]
ById = BeforeValidator(_with_ids)
Countable = Annotated[str, AfterValidator(_countable)]
IndicatorId = Annotated[str, _known(INDICATORS)]
Province = Annotated[str, _known(UNITS)]


class Labelled(Entry):
    """An entry with a label in both languages."""

    vi: str
    en: str

    def label(self, lang: str) -> str:
        """Label in `lang`."""
        return self.vi if lang == "vi" else self.en


class Noted(Entry):
    """An entry that may carry a note in both languages."""

    note_vi: str | None = None
    note_en: str | None = None

    def note(self, lang: str) -> str | None:
        """Note in `lang`, if there is one."""
        return self.note_vi if lang == "vi" else self.note_en


class Bound(Dated):
    """An entry that holds in some military regions (in all where it names none) between two days."""

    regions: tuple[Region, ...] = ()

    def applies(self, unit: Unit, day: date) -> bool:
        """Whether it holds for `unit` on `day` (4 good, 3 no: only in Military Region 1, since 2018)."""
        return self.valid_on(day) and (not self.regions or unit.military_region in self.regions)


class Indicator(Labelled, Noted, Bound):
    """One indicator of params/indicators.yaml. Rates are in per cent, counts in whole units, states in words."""

    id: str
    group: Annotated[str, _known(GROUPS)]
    kind: Literal["rate", "count", "state"]
    definition_vi: str
    definition_en: str
    numerator: Countable | None = None
    denominator: Countable | None = None
    among: Countable | None = None
    standard: str | None = None
    unit: Literal[OfUnits, OfPersons, OfOthers]
    direction: Literal["higher", "lower", "none"]
    decimals: int = Field(ge=0, le=3)
    observed_by: tuple[Literal["cells", "province", "published"], ...]
    article: str
    paragraph: int

    @model_validator(mode="after")
    def _has_the_parts_of_its_kind(self, info: ValidationInfo) -> Self:
        if info.context is None:
            return self
        needed, allowed = _PARTS[self.kind]
        found: list[Slip] = []
        for name in ("among", "denominator", "numerator", "standard"):
            given = bool(getattr(self, name))
            odd = "+" if name in needed and not given else "-" if given and name not in allowed else ""
            if odd:
                found.append(("indicator_parts", (), {"kind": self.kind, "problem": f"{odd} {name}"}))
        if self.standard and (sheets := info.context.get(RETURNS)):
            standards = [name for name, column in sheets["province"].items() if column.kind == "standard"]
            found += unknown(self.standard, standards, RETURNS, "standard")
        refuse(*found)
        return self

    @property
    def formula(self) -> str:
        """How it is counted, in the columns of the returns."""
        parts = [part for part in (self.numerator, self.denominator) if part] or [self.standard or ""]
        return " / ".join(parts) + (f" where {self.among}" if self.among else "")

    def definition(self, lang: str) -> str:
        """One line: what is counted, over what."""
        return self.definition_vi if lang == "vi" else self.definition_en


_PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # needed, allowed
    "rate": (("numerator", "denominator"), ("numerator", "denominator", "among")),
    "count": (("numerator",), ("numerator",)),
    "state": ((), ("standard",)),
}


class Target(Noted, Bound):
    """A target or requirement of params/targets.yaml, bound to whom and when it applies."""

    id: str
    indicator: IndicatorId
    relation: Literal[">=", ">", "<=", "<"]
    value: Number
    kind: Literal["target", "requirement", "implied"]
    provinces: tuple[Province, ...] = ()
    source: str
    paragraph: int | None = None
    certainty: Certainty

    @model_validator(mode="after")
    def _is_judged(self, info: ValidationInfo) -> Self:
        indicator = (info.context or {}).get(INDICATORS, {}).get(self.indicator)
        if getattr(indicator, "direction", "") == "none":
            refuse(("target_not_judged", (), {"key": self.indicator}))
        return self

    @property
    def reach(self) -> int:
        """How closely it is bound: 2 to provinces, 1 to military regions, 0 to all. The closest one counts."""
        return 2 if self.provinces else 1 if self.regions else 0

    def applies(self, unit: Unit, day: date) -> bool:
        """Whether the target binds `unit` on `day`."""
        return self.valid_on(day) and unit.slug in self.provinces if self.provinces else super().applies(unit, day)

    def collides(self, other: Target) -> bool:
        """Whether both bind the same on one indicator on one day."""
        same = (self.indicator, self.reach) == (other.indicator, other.reach)
        shared = {*self.provinces} & {*other.provinces} or {*self.regions} & {*other.regions} or not self.reach
        first = max(one.valid_from or date.min for one in (self, other))
        return same and bool(shared) and first <= min(one.valid_to or date.max for one in (self, other))


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
    provinces: tuple[Province, ...]
    action_vi: str
    action_en: str
    indicators: tuple[IndicatorId, ...]

    def action(self, lang: str) -> str:
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
    base: Annotated[str, _known(CAP_BASES)]
    certainty: Certainty


class Regime(Noted):
    """Rating levels of organisations and members for the years assessed from `year_from` to `year_to`."""

    id: str
    year_from: int | None = None
    year_to: int | None = None
    documents: tuple[Document, ...]
    organisation_levels: dict[str, Labelled]
    member_levels: dict[str, Labelled]
    excellent_cap: Cap | None = None


class Guidance(Dated):
    """A document in force between two dates, by subject."""

    id: str
    subject: str
    document: str
    issuer_vi: str
    issuer_en: str
    title_vi: str | None = None
    title_en: str | None = None
    issued: date | None = None
    certainty: Certainty


class Column(Labelled):
    """A column of the returns (params/returns.yaml)."""

    kind: Literal["text", "category", "flag", "count", "standard"]
    values: tuple[str, ...] = ()
    key: bool = False
