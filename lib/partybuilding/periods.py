"""Reporting periods: `2022`, `2022-H1`, `2022-Q4`, `2022-11`. Imports errors."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from partybuilding.errors import UserError

_SHAPE = re.compile(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?")
FIRST_YEAR, LAST_YEAR = 1990, 2100


@total_ordering
@dataclass(frozen=True)
class Period:
    """A span of whole months: `months` of them, beginning with month `first` of `year`."""

    year: int
    first: int = 1
    months: int = 12

    @classmethod
    def parse(cls, text: str) -> Period:
        """Return the period that `text` names; UserError says which forms there are."""
        found = _SHAPE.fullmatch(text.strip())
        if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise UserError("period_form", value=text)
        year, half, quarter, month = found.groups()
        if half:
            return cls(int(year), 6 * int(half) - 5, 6)
        if quarter:
            return cls(int(year), 3 * int(quarter) - 2, 3)
        return cls(int(year), int(month), 1) if month else cls(int(year))

    def __str__(self) -> str:
        match self.months:
            case 12:
                return f"{self.year}"
            case 6:
                return f"{self.year}-H{(self.first + 5) // 6}"
            case 3:
                return f"{self.year}-Q{(self.first + 2) // 3}"
            case _:
                return f"{self.year}-{self.first:02d}"

    def __lt__(self, other: Period) -> bool:
        return (self.end, -self.months) < (other.end, -other.months)

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, self.first, 1)

    @property
    def end(self) -> date:
        """Last day."""
        last = self.first + self.months - 1
        return date(self.year, last, calendar.monthrange(self.year, last)[1])

    @property
    def previous(self) -> Period:
        """The period of the same length just before."""
        month = self.first - self.months
        return Period(self.year - 1, month + 12, self.months) if month < 1 else Period(self.year, month, self.months)

    @property
    def next(self) -> Period:
        """The period of the same length just after."""
        month = self.first + self.months
        return Period(self.year + 1, month - 12, self.months) if month > 12 else Period(self.year, month, self.months)

    @property
    def year_ago(self) -> Period:
        """The same period of the year before."""
        return Period(self.year - 1, self.first, self.months)
