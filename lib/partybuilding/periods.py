"""Reporting periods: `2022`, `2022-H1`, `2022-Q4`, `2022-11`. Imports errors."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from partybuilding.errors import UserError

_SHAPE = re.compile(r"(\d{4})(?:-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?")
_MONTHS = {"H": 6, "Q": 3}
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
        year, part = int(found[1]), found[2]
        if part is None:
            return cls(year)
        months = _MONTHS.get(part[0], 1)
        return cls(year, months * (int(part.strip("HQ")) - 1) + 1, months)

    def __str__(self) -> str:
        if self.months == 12:
            return f"{self.year}"
        letter = {months: letter for letter, months in _MONTHS.items()}.get(self.months)
        return f"{self.year}-{letter}{self.first // self.months + 1}" if letter else f"{self.year}-{self.first:02d}"

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

    def _moved(self, months: int) -> Period:
        years, month = divmod(self.first - 1 + months, 12)
        return Period(self.year + years, month + 1, self.months)

    @property
    def previous(self) -> Period:
        """The period of the same length just before."""
        return self._moved(-self.months)

    @property
    def next(self) -> Period:
        """The period of the same length just after."""
        return self._moved(self.months)

    @property
    def year_ago(self) -> Period:
        """The same period of the year before."""
        return self._moved(-12)
