"""Values against targets: status, gap, trend, measures called for. Frozen once made.

Imports periods, units, catalog, intake, indicators and history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import pandas as pd

from partybuilding.assess.catalog import OF_UNITS, Catalog, Guidance, Indicator, Measure, Regime, Target
from partybuilding.assess.history import Past, Source, history, spans
from partybuilding.assess.indicators import Evidence, Value, plus, units_to_close
from partybuilding.assess.intake import Article
from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.units import Register, Unit

Status = Literal["met", "close", "not_met", "undetermined", "no_target", "not_reported", "not_applicable"]
Reason = Literal["target_only", "not_in_source", "too_small"]
_Then = tuple[Value | None, Value | None]  # of the period before, of a year ago
_COUNTS = ("numerator", "denominator")
REMEMBERED = 6  # periods of the same length, the last one that of the report


@dataclass(frozen=True)
class Result:
    """One indicator: its value, the target that binds it, and what follows.

    `gap` is value minus target in percentage points (or whole units), negative where it falls short, None where the
    value is a bound or a statement. `units_to_close` is known only where counts are.
    """

    indicator: Indicator
    value: Value | None
    target: Target | None
    status: Status
    reason: Reason | None = None
    gap: float | None = None
    units_to_close: int | None = None
    previous: Value | None = None
    year_ago: Value | None = None

    @property
    def falls_short(self) -> bool:
        """Whether the value shows a shortfall: below its target, or a named shortcoming."""
        if self.status in ("close", "not_met"):
            return True
        named = self.value is not None and (self.value.qualifier == "some" or (self.value.amount or 0) > 0)
        return self.status == "no_target" and self.indicator.direction == "lower" and named

    @property
    def open_question(self) -> bool:
        """Whether there is a target but the source does not show whether it is met."""
        return self.target is not None and self.status in ("not_reported", "undetermined")


@dataclass(frozen=True)
class Called:
    """A measure with the results that call for it: shortfalls, and targets whose outcome is not known."""

    measure: Measure
    short: tuple[Result, ...]
    open: tuple[Result, ...]


@dataclass(frozen=True)
class Assessment:
    """Everything that a report on one unit and period says."""

    unit: Unit
    period: Period
    source: str
    data_status: str
    as_of: date
    results: tuple[Result, ...]
    next_targets: tuple[tuple[Target, Result], ...]
    next_unit: Unit | None
    measures: tuple[Called, ...]
    regime: Regime
    guidance: tuple[Guidance, ...]
    sources: tuple[Article, ...]
    inputs: dict[str, str]
    evidence: Evidence
    bridge: tuple[Unit, ...] = ()
    history: tuple[Past, ...] = ()

    def result(self, indicator: str) -> Result:
        """Return the result of one indicator; KeyError where there is none of that name."""
        return {result.indicator.id: result for result in self.results}[indicator]

    def in_group(self, group: str) -> list[Result]:
        """Results of one group, in the order of params/indicators.yaml."""
        return [result for result in self.results if result.indicator.group == group]

    def having(self, *statuses: Status) -> list[Result]:
        """Results with one of these statuses."""
        return [result for result in self.results if result.status in statuses]

    @property
    def given(self) -> Any:
        """The return that the assessment rests on; None for published figures."""
        return self.evidence.given

    @property
    def communes(self) -> tuple[int, str]:
        """Commune-level units and how certain that is: of a return on its day, else as params/units.csv counts them."""
        due = self.evidence.due if self.given else None
        return (due, "C") if due else (self.unit.communes, self.unit.communes_certainty)

    def bridge_names(self, lang: str) -> list[str]:
        """Names of the units whose counts were summed for the years before a merger."""
        summed = [one.units for one in self.history if one.values and one.bridges(self.unit)]
        return [unit.name(lang) for unit in self.bridge or (summed[-1] if summed else ())]

    @property
    def reported(self) -> list[Result]:
        """Results that have a value, be it a number or a statement."""
        return [result for result in self.results if result.value]

    @property
    def short(self) -> list[Result]:
        """Results that show a shortfall."""
        return [result for result in self.results if result.falls_short]

    def frame(self) -> pd.DataFrame:
        """Return the results as a tidy table: one row an indicator, rates in per cent, None where not known."""
        rows = [
            {
                "indicator": result.indicator.id,
                "group": result.indicator.group,
                "value": getattr(result.value, "amount", None),
                **{name: getattr(result.value, name, None) for name in ("qualifier", "state", *_COUNTS)},
                "target": getattr(result.target, "value", None),
                "target_relation": getattr(result.target, "relation", None),
                **{name: getattr(result, name) for name in ("status", "gap", "units_to_close")},
            }
            for result in self.results
        ]
        numbers = {"value": "Float64", "target": "Float64", "gap": "Float64"}
        counts = dict.fromkeys((*_COUNTS, "units_to_close"), "Int64")
        words = dict.fromkeys(("group", "qualifier", "state", "target_relation", "status"), "string")
        return pd.DataFrame(rows).set_index("indicator").astype({**numbers, **counts, **words})


def status_of(value: Value, target: Target | None, catalog: Catalog, direction: str) -> Status:
    """Return the status of a value against its target."""
    margin = catalog.judgement
    interval = value.interval(margin.about)
    if direction == "none" or (interval and target is None):
        return "no_target"
    if interval is None or target is None:
        said: dict[str | None, Status] = {"met": "met", "partly": "close", "not_met": "not_met"}
        return "undetermined" if target else said.get(value.state, "undetermined")
    met = interval.satisfies(target.relation, target.value)
    if met is not False:
        return "met" if met else "undetermined"
    near, step = (">=", -margin.close) if target.relation in (">", ">=") else ("<=", margin.close)
    return "close" if interval.satisfies(near, plus(target.value, step)) else "not_met"


def _result(indicator: Indicator, value: Value | None, then: _Then, unit: Unit, day: date, catalog: Catalog) -> Result:
    if not indicator.applies(unit, day):
        return Result(indicator, None, None, "not_applicable")
    target = catalog.target(indicator.id, unit, day)
    if value is None:
        reason: Reason = "target_only" if target else "not_in_source"
        return Result(indicator, None, target, "not_reported", reason, None, None, *then)
    status = status_of(value, target, catalog, indicator.direction)
    gap = missing = None
    if target and value.exact and value.amount is not None:
        gap = value.amount - target.value
        if indicator.kind == "rate" and value.numerator is not None and value.denominator is not None:
            missing = units_to_close(value.numerator, value.denominator, target.relation, target.value)
    return Result(indicator, value, target, status, None, gap, missing, *then)


def _called(catalog: Catalog, unit: Unit, results: tuple[Result, ...]) -> tuple[Called, ...]:
    """Measures of the unit's own programme, then those of others for shortfalls that its own do not cover."""
    short, unclear = [r for r in results if r.falls_short], [r for r in results if r.open_question]
    called = [
        Called(
            measure,
            short=tuple(r for r in short if r.indicator.id in measure.indicators),
            open=tuple(r for r in unclear if r.indicator.id in measure.indicators),
        )
        for measure in sorted(catalog.measures, key=lambda measure: measure.order)
    ]
    own = [c for c in called if unit.slug in c.measure.provinces]
    covered = {result.indicator.id for c in own for result in c.short}
    others = []
    for c in sorted(called, key=lambda c: -len(c.short)):
        missing = {result.indicator.id for result in c.short} - covered
        if c not in own and missing:
            others.append(c)
            covered |= missing
    return (*own, *others)


def assess(unit: Unit, period: Period, catalog: Catalog, source: Source, register: Register) -> Assessment:
    """Return the assessment of `unit` for `period` from one source: published figures or returns.

    An earlier period is that of the units whose area `unit` has now: across the mergers of 2025 counts are summed,
    and where a source has only rates there is nothing to compare.
    """
    now = source.evidence([unit.slug], period)
    if now is None:
        raise UserError("nothing_for", source=source.name, name=unit.name_vi, period=str(period), known="-")
    before = {when: register.predecessors(unit, when.end) for when in (period.previous, period.year_ago)}
    earlier = {when: source.evidence(slugs, when) if slugs else None for when, slugs in before.items()}
    previous, year_ago = earlier[period.previous], earlier[period.year_ago]
    results, day = [], period.end
    for name, indicator in catalog.indicators.items():
        then = (previous.values.get(name) if previous else None, year_ago.values.get(name) if year_ago else None)
        results.append(_result(indicator, now.values.get(name), then, unit, day, catalog))
    next_day = period.next.end
    next_unit = register.heir(unit, next_day)
    ahead = [
        (target, result)
        for result in results
        if next_unit and (target := catalog.target(result.indicator.id, next_unit, next_day))
    ]
    summed = before[period.year_ago]
    there = spans(unit, source, register)
    alike = [p for p in there if p.months == period.months and p <= period]
    past = history({p: there[p] for p in alike[-REMEMBERED:]}, source, register)
    used = [evidence for evidence in (now, previous, year_ago) if evidence]
    read: list[Evidence | Past] = [*used, *past]
    articles = dict.fromkeys(name for evidence in used for name in evidence.sources)
    return Assessment(
        unit=unit,
        period=period,
        source=source.name,
        data_status="synthetic" if any(one.status == "synthetic" for one in read) else now.status,
        as_of=now.as_of,
        results=tuple(results),
        next_targets=tuple(ahead),
        next_unit=next_unit,
        measures=_called(catalog, unit, tuple(results)),
        regime=catalog.regime(period),
        guidance=tuple(catalog.in_force(period.end)),
        sources=tuple(source.sources[name] for name in articles),
        inputs={file: sha256 for one in read for file, sha256 in one.inputs.items()} | source.inputs,
        evidence=now,
        bridge=tuple(register.at(slug, period.year_ago) for slug in summed if year_ago and summed != [unit.slug]),
        history=past,
    )


def points_at_few(indicator: Indicator, value: Value | None, limit: int) -> bool:
    """Whether a figure on persons rests on so few communes that it would tell of single ones."""
    if value is None or not 0 < (value.units_reporting or 0) < limit:
        return False
    return indicator.unit not in OF_UNITS and not (indicator.numerator or "").startswith("province.")


def withheld(a: Assessment, limit: int) -> Assessment:
    """Return the assessment without figures on persons that rest on fewer than `limit` communes."""

    def clean(result: Result) -> Result:
        values = (result.value, result.previous, result.year_ago)
        few = [points_at_few(result.indicator, value, limit) for value in values]
        if not any(few):
            return result
        value, previous, year_ago = (None if small else value for small, value in zip(few, values, strict=True))
        result = replace(result, value=value, previous=previous, year_ago=year_ago)
        lost: dict[str, Any] = {"status": "not_reported", "reason": "too_small", "gap": None, "units_to_close": None}
        return replace(result, **lost) if few[0] else result

    made = {result.indicator.id: clean(result) for result in a.results}

    def cleaned(results: Sequence[Result]) -> tuple[Result, ...]:
        return tuple(made[result.indicator.id] for result in results)

    called = tuple(replace(c, short=cleaned(c.short), open=cleaned(c.open)) for c in a.measures)
    ahead = tuple((target, made[result.indicator.id]) for target, result in a.next_targets)
    past = tuple(remembered(one, a.results, limit) for one in a.history)
    return replace(a, results=tuple(made.values()), measures=called, next_targets=ahead, history=past)


def remembered(past: Past, results: Sequence[Result], limit: int) -> Past:
    """Return a period without figures on persons that rest on fewer than `limit` communes."""
    told = {r.indicator.id: past.values.get(r.indicator.id) for r in results}
    few = {r.indicator.id for r in results if points_at_few(r.indicator, told[r.indicator.id], limit)}
    return replace(past, values={name: value for name, value in past.values.items() if name not in few})


def retargeted(a: Assessment, catalog: Catalog) -> Assessment:
    """Return the assessment with the targets of another catalog: the same values, judged anew."""
    made = {}
    for old in a.results:
        new = _result(old.indicator, old.value, (old.previous, old.year_ago), a.unit, a.period.end, catalog)
        made[old.indicator.id] = replace(new, reason=old.reason) if old.reason == "too_small" else new
    results, heir, day = tuple(made.values()), a.next_unit, a.period.next.end
    ahead = [(target, r) for r in results if heir and (target := catalog.target(r.indicator.id, heir, day))]
    return replace(a, results=results, measures=_called(catalog, a.unit, results), next_targets=tuple(ahead))
