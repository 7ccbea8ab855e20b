"""Indicators from the counts of returns: one line per unit, summed. Imports catalog, formula, indicators and returns.

Sums are summed, rates never averaged: areas, provinces and bridges over a reform are tallies added together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import add, and_
from typing import Any

import pandas as pd

from partybuilding.assess import formula
from partybuilding.assess.catalog import Catalog, Indicator
from partybuilding.assess.indicators import Trail, Value, rate
from partybuilding.assess.returns import Columns, Return

_parsed = cache(formula.parse)


@dataclass(frozen=True)
class Tally:
    """Numerator and denominator of an indicator, the units that reported what it needs, and those that should have."""

    numerator: int
    denominator: int | None
    reporting: int
    due: int

    def __add__(self, other: Tally) -> Tally:
        both = None if self.denominator is None or other.denominator is None else self.denominator + other.denominator
        return Tally(self.numerator + other.numerator, both, self.reporting + other.reporting, self.due + other.due)

    @property
    def amount(self) -> float | None:
        """Rate in per cent, or the count; None where nothing was reported or the rate has an empty base."""
        if not self.reporting or self.denominator == 0:
            return None
        return float(self.numerator) if self.denominator is None else rate(self.numerator, self.denominator)


def by_unit(indicator: Indicator, given: Return, catalog: Catalog) -> pd.DataFrame:
    """Return `numerator` and `denominator` (Int64) for each unit that is due, by sheet row; <NA> where not reported.

    A unit without a cell is not due for what only a cell can have.
    """
    parts, reported, due = _arrays(indicator, given.columns, catalog)
    columns = {
        name: pd.arrays.IntegerArray(part[due].astype("int64"), ~reported[due])
        for name, part in zip(("numerator", "denominator"), parts, strict=False)
    }
    return pd.DataFrame(columns, index=given.cells.index[due], copy=False)


def short_rows(indicator: Indicator, given: Return, catalog: Catalog) -> Any:
    """Return the places (0 is the first row of sheet cells) of the units that fall short in a rate."""
    (numerator, denominator), reported, _ = _arrays(indicator, given.columns, catalog)
    short = numerator > 0 if indicator.direction == "lower" else numerator < denominator
    return (short & reported).nonzero()[0]


def _arrays(indicator: Indicator, columns: Columns, catalog: Catalog) -> tuple[list[Any], Any, Any]:
    """Return numerator and denominator by row, whether the row reports what they need, whether it is due."""
    parsed = [_parsed(text) for text in (indicator.numerator, indicator.denominator) if text]
    among = _parsed(indicator.among) if indicator.among else None
    names = [name for one in (*parsed, *([among] if among else [])) for name in one.columns if "." not in name]
    due = columns.every
    if any(name in catalog.rules.cell_only for name in names):
        due = columns.numbers("cell_established", 1) != 0
    if among:
        due = due & (columns.numbers(among.columns[0], among.limit) >= among.limit)
    reported = due.copy()
    for name in names:
        reported &= ~columns[name][1]
    return [_each(one, columns) for one in parsed], reported, due


def _each(parsed: formula.Formula, columns: Columns) -> Any:
    """Return what a formula gives for each row; where a column is blank, any number."""
    names, ones = [name for name in parsed.columns if "." not in name], columns.every.astype("int64")
    if parsed.kind == "units":
        return ones
    if parsed.kind == "is":
        return columns[names[0]][0].isin(parsed.categories).astype("int64")
    numbers = [columns.numbers(name) for name in names]
    if parsed.kind == "all":
        return ones * reduce(and_, [number == 1 for number in numbers])
    return sum(numbers, start=0 * ones)


def tally(
    indicator: Indicator, given: Return, catalog: Catalog, units_due: int, area: str | None = None
) -> Tally | None:
    """Return the indicator's sums over a return (or one area of it); None where sheet province leaves it blank.

    `units_due` is the number of units of the register; those that sent nothing count as not reporting.
    """
    texts = (indicator.numerator, indicator.denominator)
    fixed = [_of_province(text, given) for text in texts]
    if None in fixed:
        return None
    if all(text is None or text.startswith("province.") for text in texts):
        return Tally(fixed[0] or 0, fixed[1] if indicator.denominator else None, 1, 1)
    parts, reported, due = _arrays(indicator, given.columns, catalog)
    silent = max(0, units_due - len(given.cells))
    if area is not None:
        inside, silent = given.areas == area, 0
        reported, due = reported & inside, due & inside
    sums = [int(part[reported].sum()) + (more or 0) for part, more in zip(parts, fixed, strict=False)]
    denominator = sums[1] if indicator.denominator else None
    return Tally(sums[0], denominator, int(reported.sum()), int(due.sum()) + silent)


def _of_province(text: str | None, given: Return) -> int | None:
    """Return the sum of the counts of sheet province that a formula names; None where one of them is blank."""
    names = [name for name in (_parsed(text).columns if text else ()) if name.startswith("province.")]
    numbers = [given.counts.get(name.removeprefix("province.")) for name in names]
    return None if None in numbers else sum(number or 0 for number in numbers)


def values(returns: Sequence[Return], catalog: Catalog, due: Sequence[int]) -> dict[str, Value]:
    """Return all indicators that have a value, by id; see `value`."""
    found = {name: value(one, returns, catalog, due) for name, one in catalog.indicators.items()}
    return {name: counted for name, counted in found.items() if counted}


def value(indicator: Indicator, returns: Sequence[Return], catalog: Catalog, due: Sequence[int]) -> Value | None:
    """Return the indicator's value from a return, or from several as one: counts summed, the rate of the sums.

    None where it was not reported, or by one of several not; statements in words do not add up. `due` are the units
    of each return's register.
    """
    first, as_of = returns[0], max(given.as_of for given in returns)
    if indicator.kind == "state":
        state, note = first.standards.get(indicator.standard or "", (None, ""))
        if state is None or len(returns) > 1:
            return None
        trail = (Trail(first.file, "province", indicator.standard or "", None, first.sha256),)
        said = note or None
        return Value(indicator.id, None, None, 0, as_of, state, note_vi=said, note_en=said, trail=trail)
    tallies = [tally(indicator, given, catalog, units) for given, units in zip(returns, due, strict=True)]
    given_by_all = [sums for sums in tallies if sums and sums.reporting]
    if len(given_by_all) < len(returns):
        return None
    sums = reduce(add, given_by_all)
    if sums.amount is None:
        return None
    return Value(
        indicator=indicator.id,
        amount=sums.amount,
        qualifier="=",
        decimals=indicator.decimals,
        as_of=as_of,
        numerator=sums.numerator,
        denominator=sums.denominator,
        units_reporting=sums.reporting,
        units_due=sums.due,
        trail=tuple(trail for given in returns for trail in _trail(indicator, given)),
    )


def _trail(indicator: Indicator, given: Return) -> list[Trail]:
    """Return where the counts stand: keys of sheet province, first to last row of sheet cells, or both."""
    texts = [text for text in (indicator.numerator, indicator.denominator) if text]
    keys = [name for text in texts for name in _parsed(text).columns if name.startswith("province.")]
    places = [("province", ", ".join(name.removeprefix("province.") for name in keys))] if keys else []
    if not all(text.startswith("province.") for text in texts):
        places.append(("cells", f"{given.cells.index.min()}-{given.cells.index.max()}"))
    return [Trail(given.file, sheet, place, None, given.sha256) for sheet, place in places]
