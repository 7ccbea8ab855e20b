"""What an indicator counts, in the columns of the returns (params/returns.yaml). Imports nothing of the library.

units                             the commune-level units (rows of sheet cells)
column                            a count summed over the cells, or the cells whose flag is 1
a + b                             sums of columns
cell_rating = excellent | good    the cells in one of these categories
all(a, b, c)                      the cells whose flags are all 1
province.column                   a count of sheet province
official_members >= 9             only in `among`: the rows that are looked at
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_NAME = r"[a-z][a-z0-9_]*"
_SUM = re.compile(rf"(?:province\.)?{_NAME}(?:\s*\+\s*(?:province\.)?{_NAME})*")
_ALL = re.compile(rf"all\(\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*\)")
_IS = re.compile(rf"({_NAME})\s*=\s*({_NAME}(?:\s*\|\s*{_NAME})*)")
_AMONG = re.compile(rf"({_NAME})\s*>=\s*(\d+)")


@dataclass(frozen=True)
class Formula:
    """A parsed formula: what is done with `columns` (`province.x` is on the province sheet, else sheet cells)."""

    text: str
    kind: Literal["sum", "all", "is", "units", "at_least"]
    columns: tuple[str, ...]
    categories: tuple[str, ...] = ()
    limit: int = 0


def parse(text: str) -> Formula:
    """Return the formula that `text` says; ValueError where it has none of the forms above."""
    if text == "units":
        return Formula(text, "units", ())
    if found := _ALL.fullmatch(text):
        return Formula(text, "all", tuple(re.split(r"\s*,\s*", found[1])))
    if found := _IS.fullmatch(text):
        return Formula(text, "is", (found[1],), tuple(re.split(r"\s*\|\s*", found[2])))
    if found := _AMONG.fullmatch(text):
        return Formula(text, "at_least", (found[1],), limit=int(found[2]))
    if _SUM.fullmatch(text):
        return Formula(text, "sum", tuple(re.split(r"\s*\+\s*", text)))
    raise ValueError(text)


def names(text: str) -> set[str]:
    """Return the columns that stand in a formula, or in several joined by other signs."""
    return set(re.findall(_NAME, text))
