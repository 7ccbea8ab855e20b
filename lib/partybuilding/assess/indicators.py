"""Tidy values: a number (or statement) with its qualifier, numerator, denominator and coverage. Imports nobody.

A value is compared as the interval that its qualifier says: “> 90 %” is everything above 90.
Rounding happens at display; here everything is at full precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

State = Literal["met", "partly", "not_met"]


def rate(numerator: int, denominator: int) -> float:
    """Return `numerator` of `denominator` in per cent, at full precision; ValueError for an empty denominator.

    92 of 102 military cells with a chi ủy -> 90.19607843137256, shown as 90.2 %.
    """
    if denominator <= 0:
        raise ValueError("a rate needs a denominator above 0")
    return 100 * numerator / denominator


def plus(amount: float, margin: float) -> float:
    """Return `amount` plus `margin` as they are written: 5.2 and -5 -> 0.2, where floats give 0.2000000000000002."""
    return float(Decimal(str(amount)) + Decimal(str(margin))) if margin else float(amount)


def agrees(computed: float, printed: str) -> bool:
    """Whether `computed` is what `printed` says, at the decimals that were printed."""
    shown = Decimal(printed.replace(",", "."))
    half_a_step = Decimal(1).scaleb(int(shown.as_tuple().exponent)) / 2
    return abs(Decimal(computed) - shown) <= half_a_step


@dataclass(frozen=True)
class Interval:
    """What a qualified number leaves possible; a bound that is `open` is itself not possible."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def of(cls, qualifier: str, amount: float | None, about: float) -> Interval:
        """Return the interval of a value; `about` is the margin around “~”, `some` is anything above 0."""
        number, margin = amount or 0.0, about if qualifier == "~" else 0.0
        low = -math.inf if qualifier in ("<", "<=") else plus(number, -margin)
        high = math.inf if qualifier in (">", ">=", "some") else plus(number, margin)
        return cls(low, high, low_open=qualifier in (">", "some"), high_open=qualifier == "<")

    def satisfies(self, relation: str, target: float) -> bool | None:
        """Whether every number of the interval meets the target (True), none does (False), or it is open (None)."""
        if relation in ("<", "<="):
            mirrored = Interval(-self.high, -self.low, self.high_open, self.low_open)
            return mirrored.satisfies(">" if relation == "<" else ">=", -target)
        strict = relation == ">"
        if self.low > target or (self.low == target and (not strict or self.low_open)):
            return True
        if self.high < target or (self.high == target and (strict or self.high_open)):
            return False
        return None


@dataclass(frozen=True)
class Trail:
    """Where a number stands: source, file, lines or rows, paragraph, hash of the file."""

    source: str
    sheet: str
    rows: str
    paragraph: int | None
    sha256: str


@dataclass(frozen=True)
class Value:
    """One indicator's value for one unit and period.

    `amount` is in per cent for rates and whole units for counts; None for a statement (`state`) or “some”.
    `decimals` is how it is shown; `derived` marks numbers that follow from the source but are not printed in it.
    """

    indicator: str
    amount: float | None
    qualifier: str | None
    decimals: int
    as_of: date
    state: State | None = None
    numerator: int | None = None
    denominator: int | None = None
    units_reporting: int | None = None
    units_due: int | None = None
    derived: bool = False
    note_vi: str | None = None
    note_en: str | None = None
    trail: tuple[Trail, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the value is one number, not a bound, an estimate or a statement."""
        return self.amount is not None and self.qualifier in ("=", "all")

    def interval(self, about: float) -> Interval | None:
        """Return what the value leaves possible; None for a statement in words."""
        return None if self.qualifier is None else Interval.of(self.qualifier, self.amount, about)

    def note(self, lang: str) -> str | None:
        """Note in `lang`, if there is one."""
        return self.note_vi if lang == "vi" else self.note_en


def units_to_close(numerator: int, denominator: int, relation: str, target: float) -> int:
    """Return how many more units (fewer, for an upper limit) bring the rate to `target` per cent; 0 where it is met.

    92 of 102 to at least 95 %: 95 % of 102 is 96.9, so 97 are needed and 5 are missing.
    """
    due = Fraction(str(target)) * denominator / 100
    if relation in (">", ">="):
        needed = math.floor(due) + 1 if relation == ">" else math.ceil(due)
        return max(0, needed - numerator)
    allowed = math.ceil(due) - 1 if relation == "<" else math.floor(due)
    return max(0, numerator - allowed)


@dataclass(frozen=True)
class Evidence:
    """What one source says on one unit (or, summed, on several) for one period.

    `sources` are ids of articles; `inputs` the files read, with SHA-256; `given` the return itself; `reporting` of the
    `due` units have a row, `silent` are area and kind of the others; `findings` is what the consistency rules found.
    """

    values: dict[str, Value]
    as_of: date
    status: str
    sources: tuple[str, ...]
    inputs: dict[str, str]
    given: Any = None
    findings: tuple[Any, ...] = ()
    reporting: int | None = None
    due: int | None = None
    silent: tuple[tuple[str, str], ...] = ()
