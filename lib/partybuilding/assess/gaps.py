"""What the units that did not report leave open in an indicator.

Imports formula, catalog, indicators, returns and counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from partybuilding.assess import formula
from partybuilding.assess.catalog import Catalog, Indicator
from partybuilding.assess.counts import by_unit
from partybuilding.assess.indicators import Interval, Value
from partybuilding.assess.returns import Return


@dataclass(frozen=True)
class Gap:
    """The bounds of an indicator if every silent unit stood at 0 % or every one at 100 %; of a count, from below only.

    `estimated`: the size of a silent unit is not known, and that of the mean reporting unit stands for it.
    """

    low: float
    high: float
    estimated: bool = False

    def leaves_open(self, relation: str, target: float) -> bool:
        """Whether the target may be met and may be missed."""
        return Interval(self.low, self.high).satisfies(relation, target) is None


def partial(value: Value, catalog: Catalog) -> bool:
    """Whether fewer units than params asks for (`coverage`, in per cent) stand behind a value."""
    due = value.units_due or 0
    return due > 0 and 100 * (value.units_reporting or 0) < catalog.rules.coverage * due


def gap(indicator: Indicator, value: Value, given: Return, catalog: Catalog) -> Gap | None:
    """Return the bounds of a value from counts; None where all units reported.

    45 of 50 cells with a chi ủy, 10 units silent: at least 45 of 60 (75 %), at most 55 of 60 (91.7 %).
    """
    silent = (value.units_due or 0) - (value.units_reporting or 0)
    if silent <= 0 or value.amount is None or value.numerator is None:
        return None
    if indicator.denominator is None or value.denominator is None:
        return Gap(value.amount, math.inf)
    size, estimated = _size(indicator, value, given, catalog, silent)
    whole = value.denominator + size
    more = 0 if (indicator.numerator or "").startswith("province.") else size
    low, high = (float(100 * part / whole) for part in (value.numerator, value.numerator + more))
    return Gap(min(low, value.amount), max(high, value.amount), estimated)


def _size(indicator: Indicator, value: Value, given: Return, catalog: Catalog, silent: int) -> tuple[Fraction, bool]:
    """Return what the silent units add to the denominator, and whether that is an estimate."""
    parsed = formula.parse(indicator.denominator or "")
    columns = catalog.returns["cells"]
    one_each = parsed.kind != "sum" or all(columns[name].kind == "flag" for name in parsed.columns)
    blank = by_unit(indicator, given, catalog)["numerator"].isna()
    bases = by_unit(indicator.model_copy(update={"numerator": indicator.denominator}), given, catalog)["numerator"]
    known = bases.reindex(blank.index[blank]).dropna()
    if not one_each and known.sum() < catalog.rules.small_count:  # else the bounds would tell a small count
        known = known.iloc[:0]
    others = silent - len(known)
    mean = Fraction(1) if one_each else Fraction(value.denominator or 0, value.units_reporting or 1)
    return int(known.sum()) + others * mean, not one_each and others > 0
