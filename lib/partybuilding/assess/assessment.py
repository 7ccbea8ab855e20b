"""Values against targets: status, gap, trend, measures called for. Frozen once made.

Imports periods, units, catalog, intake and indicators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import pandas as pd

from partybuilding.assess.catalog import Catalog, Guidance, Indicator, Measure, Regime, Target
from partybuilding.assess.indicators import Trail, Value, plus, units_to_close
from partybuilding.assess.intake import Figure, Published, Source
from partybuilding.periods import Period
from partybuilding.units import Register, Unit

Status = Literal["met", "close", "not_met", "undetermined", "no_target", "not_reported", "not_applicable"]
Reason = Literal["target_only", "not_in_source"]


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
    sources: tuple[Source, ...]
    inputs: dict[str, str]

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
    def reported(self) -> list[Result]:
        """Results that have a value, be it a number or a statement."""
        return [result for result in self.results if result.value]

    @property
    def short(self) -> list[Result]:
        """Results that show a shortfall."""
        return [result for result in self.results if result.falls_short]

    def frame(self) -> pd.DataFrame:
        """Return the results as a tidy table: one row an indicator, rates in per cent, None where not known."""
        rows = []
        for result in self.results:
            value, target = result.value, result.target
            rows.append(
                {
                    "indicator": result.indicator.id,
                    "group": result.indicator.group,
                    "value": value.amount if value else None,
                    "qualifier": value.qualifier if value else None,
                    "state": value.state if value else None,
                    "numerator": value.numerator if value else None,
                    "denominator": value.denominator if value else None,
                    "target": target.value if target else None,
                    "target_relation": target.relation if target else None,
                    "status": result.status,
                    "gap": result.gap,
                    "units_to_close": result.units_to_close,
                }
            )
        numbers = {"value": "Float64", "target": "Float64", "gap": "Float64"}
        counts = dict.fromkeys(("numerator", "denominator", "units_to_close"), "Int64")
        words = dict.fromkeys(("group", "qualifier", "state", "target_relation", "status"), "string")
        return pd.DataFrame(rows).set_index("indicator").astype({**numbers, **counts, **words})


def status_of(value: Value, target: Target | None, catalog: Catalog, direction: str) -> Status:
    """Return the status of a value against its target."""
    margin = catalog.judgement
    if direction == "none":
        return "no_target"
    interval = value.interval(margin.about)
    if interval is None:
        if target or value.state is None:
            return "undetermined"
        return "met" if value.state == "met" else "close" if value.state == "partly" else "not_met"
    if target is None:
        return "no_target"
    met = interval.satisfies(target.relation, target.value)
    if met is None:
        return "undetermined"
    if met:
        return "met"
    step = -margin.close if target.relation in (">", ">=") else margin.close
    near = ">=" if target.relation in (">", ">=") else "<="
    return "close" if interval.satisfies(near, plus(target.value, step)) else "not_met"


def _value(figure: Figure) -> Value:
    trail = Trail(figure.source, figure.file, str(figure.line), figure.paragraph, figure.sha256)
    return Value(
        indicator=figure.indicator,
        amount=figure.amount,
        qualifier=figure.qualifier,
        decimals=figure.decimals,
        as_of=figure.as_of,
        state=figure.state,
        numerator=figure.numerator,
        denominator=figure.denominator,
        derived=figure.derived,
        note_vi=figure.note_vi,
        note_en=figure.note_en,
        trail=(trail,),
    )


def _values(published: Published, unit: Unit, period: Period) -> dict[str, Value]:
    return {f.indicator: _value(f) for f in published.of(unit.slug, period) if f.kind == "figure"}


def _result(indicator: Indicator, value: Value | None, unit: Unit, period: Period, catalog: Catalog) -> Result:
    target = catalog.target(indicator.id, unit, period.end)
    if value is None:
        if not indicator.applies(unit, period.end):
            return Result(indicator, None, None, "not_applicable")
        return Result(indicator, None, target, "not_reported", "target_only" if target else "not_in_source")
    status = status_of(value, target, catalog, indicator.direction)
    gap = missing = None
    if target and value.exact and value.amount is not None:
        gap = value.amount - target.value
        if indicator.kind == "rate" and value.numerator is not None and value.denominator is not None:
            missing = units_to_close(value.numerator, value.denominator, target.relation, target.value)
    return Result(indicator, value, target, status, None, gap, missing)


def _called(catalog: Catalog, unit: Unit, results: tuple[Result, ...]) -> tuple[Called, ...]:
    """Measures of the unit's own programme, then those of others for shortfalls that its own do not cover."""
    called = [
        Called(
            measure,
            short=tuple(r for r in results if r.indicator.id in measure.indicators and r.falls_short),
            open=tuple(r for r in results if r.indicator.id in measure.indicators and r.open_question),
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


def assess(unit: Unit, period: Period, catalog: Catalog, published: Published, register: Register) -> Assessment:
    """Return the assessment of `unit` for `period` from published figures.

    An earlier period is compared only where the unit then had the same area: not across the mergers of 2025.
    """
    values = _values(published, unit, period)
    then = [p for p in (period.previous, period.year_ago) if register.predecessors(unit, p.end) == [unit.slug]]
    previous, year_ago = (_values(published, unit, p) if p in then else {} for p in (period.previous, period.year_ago))
    next_unit = register.heir(unit, period.next.end)
    results = []
    for indicator in catalog.indicators.values():
        result = _result(indicator, values.get(indicator.id), unit, period, catalog)
        results.append(replace(result, previous=previous.get(indicator.id), year_ago=year_ago.get(indicator.id)))
    figures = published.of(unit.slug, period)
    by_id = {result.indicator.id: result for result in results}
    ahead = []
    if next_unit:
        for name, result in by_id.items():
            target = catalog.target(name, next_unit, period.next.end)
            if target:
                ahead.append((target, result))
    earlier = [f for p in then for f in published.of(unit.slug, p) if f.kind == "figure"]
    used = dict.fromkeys(figure.source for figure in (*figures, *earlier))
    inputs = {figure.file: figure.sha256 for figure in (*figures, *earlier)}
    return Assessment(
        unit=unit,
        period=period,
        source=published.name,
        data_status="published",
        as_of=max(figure.as_of for figure in figures),
        results=tuple(results),
        next_targets=tuple(ahead),
        next_unit=next_unit,
        measures=_called(catalog, unit, tuple(results)),
        regime=catalog.regime(period),
        guidance=tuple(catalog.in_force(period.end)),
        sources=tuple(published.sources[name] for name in used),
        inputs=inputs | published.inputs,
    )
