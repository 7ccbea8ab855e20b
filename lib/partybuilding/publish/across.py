"""What must not be between the reports of one folder: figures of another province, figures that do not agree.

Of each finished report a trace is kept, small and fit for JSON. Imports periods, outcome, held.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partybuilding.periods import Period
from partybuilding.publish.held import SVG, XHTML, untitled
from partybuilding.publish.outcome import Refusal

if TYPE_CHECKING:
    from partybuilding.publish.gate import Finished

Trace = dict[str, Any]
_FIGURE = re.compile(r"[<>≥≤≈~+−–\s]*[\d.,/%–-]+")
TELLING = 30  # digits in different numbers: fewer may be alike in two provinces by chance, or belong to no province
_PARTS = ("value", "numerator", "denominator")
_HEAD = ("notebook", "province", "period", "lang", "form", "source")


def trace(finished: Finished) -> Trace:
    """Return what is kept of a finished report: whose it is, hashes of its charts and tables of figures, its values."""
    page = finished.shown
    return {**_values(finished.record), "hashes": dict(_hashes(page)) if page is not None else {}}


def values(file: Path) -> Trace:
    """Return whose report it is and its values, from the JSON beside `file`."""
    return _values(json.loads(file.with_suffix(".json").read_text(encoding="utf-8")))


def _values(record: dict[str, Any]) -> Trace:
    told = {entry["indicator"]: told for entry in record["values"] if any(told := _told(entry))}
    return {**{key: record["report"][key] for key in _HEAD}, "values": told}


def _told(entry: dict[str, Any]) -> list[float | None]:
    return [entry[key] for key in (*_PARTS, "previous", "year_ago")]


def _hashes(page: Any) -> Iterator[tuple[str, str]]:
    """Hash the charts and tables that hold figures of the province: many different ones, not definitions or targets."""
    from lxml import etree  # noqa: PLC0415 (not where reports are only compared)

    for chart in page.iter(f"{SVG}svg"):
        if _telling(re.findall(r"\d+(?:[.,]\d+)*", chart.get("aria-label") or "")):
            name = chart.getparent().get("id") or "svg"
            yield name, hashlib.sha256(etree.tostring(chart, with_tail=False)).hexdigest()[:16]
    for table in page.iter(f"{XHTML}table"):
        body = table.find(f"{XHTML}tbody")
        cells = ("".join(cell.itertext()) for cell in (() if body is None else body.iter(f"{XHTML}td")))
        if _telling(cell for cell in cells if _FIGURE.fullmatch(cell)):
            name = untitled("".join(table.find(f"{XHTML}caption").itertext()))
            yield name, hashlib.sha256(etree.tostring(body, with_tail=False)).hexdigest()[:16]


def _telling(figures: Iterable[str]) -> bool:
    return sum(char.isdigit() for figure in set(figures) for char in figure) >= TELLING


def across(name: str, mine: Trace, others: Mapping[str, Trace]) -> list[Refusal]:
    """Return why a finished report must not go out beside `others`; they must be up to date with the same data.

    Another province may not have the same chart or table. A report on the same province from the same source must give
    the same counts and values for the same period, and what is quoted of an earlier period must stand in its report.
    """
    found: list[Refusal] = []
    period = Period.parse(mine["period"])
    quoted = [(str(period.previous), 3), (str(period.year_ago), 4)]
    for other_name, other in others.items():
        if other["province"] != mine["province"]:
            same = set(mine["hashes"].values()) & set(other["hashes"].values())
            names = [title for title, digest in mine["hashes"].items() if digest in same]
            found += [Refusal(name, "same", f"{title} ({other_name})") for title in names]
        elif other_name != name and other["source"] == mine["source"]:
            pairs = [(place, place, part) for place, part in enumerate(_PARTS)]
            if other["period"] != mine["period"]:
                past = [place for when, place in quoted if when == other["period"]]
                pairs = [(place, 0, ("previous", "year_ago")[place - 3]) for place in past]
            for indicator, values in mine["values"].items():
                theirs = other["values"].get(indicator)
                for own, their, part in pairs if theirs else ():
                    a, b = values[own], theirs[their]
                    if a is not None and b is not None and not math.isclose(a, b, rel_tol=1e-9):
                        found.append(Refusal(name, "differs", f"{indicator}, {part}: {a}, {b} ({other_name})"))
    return found
