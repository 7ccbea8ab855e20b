"""The figures of the report, one function per question, from one assessment: chart, description, the data behind it.

What a chart shows, what its description says and what the record holds are one set of rows, so they cannot differ.
Imports assess, wording, display, charts and plots.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

import pandas as pd

from partybuilding.assess.assessment import Assessment, Result
from partybuilding.assess.catalog import Catalog, Indicator
from partybuilding.assess.counts import by_unit
from partybuilding.assess.history import Past
from partybuilding.assess.indicators import Value
from partybuilding.assess.returns import Return
from partybuilding.periods import Period
from partybuilding.present import charts, plots
from partybuilding.present.display import Figure
from partybuilding.present.wording import Words

SEVEN = "four_good_three_no_cell_rate"
MAIN = (
    "cell_standing_board_rate",
    "cell_good_or_excellent_rate",
    "regular_meeting_maintained_rate",
    "militia_party_member_rate",
)
LEVELS = ("excellent", "good", "completed", "not_completed")
CLASS = 5  # percentage points of a class
LEAST = 25  # communes behind a distribution: fewer would point at single ones
Row = Sequence[str]


def figure(
    name: str,
    svg: str,
    w: Words,
    rows: Sequence[Row],
    heads: Row,
    *,
    finding: str = "",
    items: Sequence[str] = (),
    caption: str = "",
    data: bool = True,
) -> Figure:
    """Return a figure: its description is its kind, the finding, then each row; `data`: no table beside shows them."""
    key = name.removeprefix("figure-")
    told = items or [f"{row[0]}: {', '.join(_pairs(row, heads, w))}" for row in rows]
    alt = " ".join(filter(None, [w(f"alt_{key}"), finding, "; ".join(told) + "."]))
    return Figure(name, svg, caption or w(f"figure_{key}"), alt, rows, heads, finding, w("figure_data") if data else "")


def _pairs(row: Row, heads: Row, w: Words) -> list[str]:
    return [f"{w.inner(head)} {cell}" if head else cell for head, cell in zip(heads[1:], row[1:], strict=True)]


def rates(a: Assessment) -> list[Result]:
    """Rates for the overview: all that were published; of a return's many, those with a target and the main ones."""
    found = [r for r in a.results if r.indicator.kind == "rate" and r.value and r.value.amount is not None]
    return [r for r in found if r.target or r.indicator.id in MAIN] if a.given else found


def values(a: Assessment, w: Words) -> Figure | None:
    """Where does each rate stand, where should it, where did it a year ago? None without a rate."""
    shown, bars, rows, items = rates(a), list[charts.Bar](), list[Row](), list[str]()
    for r in shown:
        status, told = _status(r, w)
        before = r.year_ago if r.year_ago and r.year_ago.exact else None
        label, value = w.subject(r.indicator.label(w.lang)), w.value(r)
        aim = w.target(r.indicator, r.target) if r.target else "–"
        earlier = w.value(r, before) if before else "–"
        known = r.value if r.value and r.value.amount is not None else None
        if known is None or known.amount is None or known.qualifier is None:
            continue
        target, then = r.target.value if r.target else None, before.amount if before else None
        bars.append(charts.Bar(label, value, known.amount, known.qualifier, target, aim, then, earlier, status, told))
        rows.append([label, value, aim, earlier, told])
        more = [w("alt_target", target=aim)] if r.target else []
        more += [w("alt_before", before=earlier)] if before else []
        items.append(f"{label}: {', '.join([value, *more, *([told.lower()] if status else [])])}")
    if not bars:
        return None
    judged = [r for r in shown if r.target]
    met = sum(r.status == "met" for r in judged)
    heads = (w("c_value"), w("c_target"), w("c_year_ago"), w("c_status"))
    svg = charts.values_against_targets(bars, heads, w("legend_bound"))
    finding = w("finding_values_all" if met == len(judged) else "finding_values", n=met, all=len(judged))
    lines = [row for row in zip([w("c_indicator"), *heads], *rows, strict=True) if set(row[1:]) != {"–"}]
    top, *below = zip(*lines, strict=True)  # without columns in which nothing stands
    return figure("figure-values", svg, w, below, top, finding=finding if judged else "", items=items)


def _status(result: Result, w: Words) -> tuple[str, str]:
    if result.falls_short and not result.target:
        return "not_met", w("status_shortcoming")
    return (str(result.status), w(f"status_{result.status}")) if result.target else ("", "–")


def trend(a: Assessment, w: Words) -> Figure | None:
    """How did the main rates change over periods of this length? None where none has two values."""
    return over_time(a, a.history, w, [r.indicator for r in a.results if r.indicator.id in MAIN])


def over_time(a: Assessment, past: Sequence[Past], w: Words, shown: Sequence[Indicator]) -> Figure | None:
    """Return the curves of rates over `past`, with the line of a merger; None where none has two exact values."""
    panels, rows = list[plots.Curve](), list[Row]()
    for indicator in shown:
        points = [point(a, one, indicator, w) for one in past]
        if sum(amount is not None for amount, _ in points) > 1:
            label = w.subject(indicator.label(w.lang))
            panels.append(plots.Curve(label, points))
            rows.append([label, *(told for _, told in points)])
    if not panels:
        return None
    named, merged = [short_period(one.period, w) for one in past], [one.bridges(a.unit) for one in past]
    bridge = merged.index(False) if True in merged and False in merged else None
    svg = plots.curves(panels, named, bridge, w("merger"))
    finding = w("finding_trend", first=named[bridge]) if bridge else ""
    return figure("figure-trend", svg, w, rows, [w("c_indicator"), *named], finding=finding)


def point(a: Assessment, past: Past, indicator: Indicator, w: Words) -> tuple[float | None, str]:
    """Return the exact amount in a period and how it is printed; a bound is printed, but no point of a curve."""
    value: Value | None = past.values.get(indicator.id)
    if value is None:
        return None, "–"
    result = a.result(indicator.id)
    return (value.amount if value.exact else None), w.value(result, value)


def short_period(period: Period, w: Words) -> str:
    """Return a period as an axis names it: “2022”, “quý IV năm 2022”."""
    return str(period) if period.months == 12 else w.period(period)


def coverage(a: Assessment, w: Words, catalog: Catalog) -> Figure:
    """What does the source cover? Indicators of each group with a figure, in words, with a target only, missing."""
    groups: list[tuple[str, list[int]]] = []
    for name, label in catalog.groups.items():
        members = [r for r in a.in_group(name) if r.status != "not_applicable"]
        figures = sum(r.value is not None and r.value.amount is not None for r in members)
        stated = sum(r.value is not None for r in members) - figures
        target = sum(r.value is None and r.target is not None for r in members)
        groups.append((label.label(w.lang), [figures, stated, target, len(members) - figures - stated - target]))
    legend = [w(f"cover_{part}") for part in ("figure", "stated", "target", "missing")]
    rows = [[name, *map(str, sizes)] for name, sizes in groups]
    whole = [sum(sizes) for _, sizes in groups]
    finding = w("finding_coverage", n=sum(sizes[0] for _, sizes in groups), all=sum(whole))
    return figure("figure-coverage", charts.parts(groups, legend), w, rows, [w("c_group"), *legend], finding=finding)


def areas_of(given: Return) -> list[str]:
    """Areas of a return in the order of its rows; empty where it has fewer than two."""
    found = list(dict.fromkeys(area for area in given.areas if area))
    return found if len(found) > 1 else []


def ratings_by_area(a: Assessment, given: Return, w: Words) -> Figure | None:
    """How were the cells of each area rated? None where there are no areas."""
    legend = [a.regime.organisation_levels[name].label(w.lang) for name in LEVELS]
    counts = Counter(given.cells[["area", "cell_rating"]].itertuples(index=False, name=None))
    groups = [(w.place(area), [counts[area, name] for name in LEVELS]) for area in areas_of(given)]
    if not groups:
        return None
    rows = [[area, *map(str, sizes)] for area, sizes in groups]
    best, rated = sum(sum(sizes[:2]) for _, sizes in groups), sum(sum(sizes) for _, sizes in groups)
    finding = w("finding_areas", n=w.number(best), all=w.number(rated), level=w.inner(legend[1])) if rated else ""
    return figure("figure-areas", charts.parts(groups, legend), w, rows, [w("c_area"), *legend], finding=finding)


def levels(a: Assessment, cells: Sequence[int], members: Sequence[int], w: Words) -> Figure | None:
    """Return the shares of the levels among the rated cells and members; the numbers stand in the table beside."""
    groups = [(w("c_cells"), cells), (w("c_members"), members)]
    groups = [(label, sizes) for label, sizes in groups if sum(sizes)]
    if not groups:
        return None
    of_cells, of_members = a.regime.organisation_levels, a.regime.member_levels
    legend = [" / ".join(dict.fromkeys(each[name].label(w.lang) for each in (of_cells, of_members))) for name in LEVELS]
    shares = [[w.share(size, sum(sizes)) for size in sizes] for _, sizes in groups]
    rows = [[label, *told] for (label, _), told in zip(groups, shares, strict=True)]
    svg = charts.parts(groups, legend, shares)
    return figure("figure-levels", svg, w, rows, ["", *legend], data=False)


def seven(a: Assessment, given: Return, w: Words, catalog: Catalog) -> Figure | None:
    """Which of the seven points of “4 good, 3 no” is weak where? None outside the region, and without areas."""
    areas = areas_of(given)
    if not areas or not any(r.indicator.id == SEVEN and r.value for r in a.results):
        return None
    names, flags = seven_flags(given, catalog)
    heads = [catalog.returns["cells"][name].label(w.lang).rpartition(" – ")[2] for name in names]
    table, rows = list[tuple[str, list[tuple[float | None, str]]]](), list[Row]()
    every = flags.to_numpy("float64", na_value=math.nan)
    where = given.cells.loc[flags.index, "area"].fillna("").to_numpy(dtype=str)
    for area in [*areas, ""]:
        inside = every[where == area] if area else every
        full = inside[(inside >= 0).all(axis=1)]  # a blank is no number
        cells = [
            (int(met), int(n)) for met, n in zip((inside == 1).sum(axis=0), (inside >= 0).sum(axis=0), strict=True)
        ]
        cells.append((int((full == 1).all(axis=1).sum()), len(full)))
        label = w.place(area) if area else w("whole_unit", kind=w(f"kind_{a.unit.kind}"))
        table.append((label, [(100 * part / n if n else None, w.share(part, n)) for part, n in cells]))
        rows.append([label, *(shown for _, shown in table[-1][1])])
    heads.append(w("all_seven"))
    whole = table[-1]
    weakest = min((share, n) for n, (share, _) in enumerate(whole[1][:-1]) if share is not None)[1]
    finding = w("finding_seven", point=w.inner(heads[weakest]), share=whole[1][weakest][1])
    items = [f"{whole[0]}: {', '.join(_pairs(rows[-1], ['', *heads], w))}"]
    svg = plots.matrix(table, heads)
    return figure("figure-seven", svg, w, rows, [w("c_area"), *heads], finding=finding, items=items)


def seven_flags(given: Return, catalog: Catalog) -> tuple[list[str], pd.DataFrame]:
    """Return the columns of the seven points, and what the units with a cell report in them."""
    text = catalog.indicators[SEVEN].numerator or ""
    names = text.removeprefix("all(").removesuffix(")").replace(" ", "").split(",")
    return names, given.cells[given.cells["cell_established"].fillna(1) != 0][names]


def tiles(a: Assessment, given: Return, w: Words) -> Figure | None:
    """Where is there a cell, where a committee? A tile a unit, by area, or by kind of unit where there are no areas."""
    key = "area" if areas_of(given) else "commune_kind"
    groups: dict[str, list[int]] = {}
    cells = given.cells[[key, "cell_established", "standing_board"]]
    for place, cell, board in cells.itertuples(index=False):
        groups.setdefault("" if pd.isna(place) else str(place), []).append(_state(cell, board))
    for area, kind in a.evidence.silent:
        groups.setdefault(area if key == "area" else kind, []).append(3)
    if not groups:
        return None
    labelled = [(w.place(name) if key == "area" and name else w.units(name), states) for name, states in groups.items()]
    legend = [w(f"tile_{part}") for part in ("board", "cell", "none", "blank")]
    rows = [[label, str(len(s)), *(str(s.count(part)) for part in range(4))] for label, s in labelled]
    every = [state for _, states in labelled for state in states]
    told = {"n": every.count(0) + every.count(1), "all": len(every), "boards": every.count(0)}
    finding = w("finding_tiles", **{name: w.number(number) for name, number in told.items()})
    heads = [w("c_area") if key == "area" else w("c_kind"), w("c_tiles"), *legend]
    return figure("figure-tiles", charts.tiles(labelled, legend, w("c_tiles")), w, rows, heads, finding=finding)


def _state(cell: Any, board: Any) -> int:
    """Return the part of the coverage that a unit belongs to: committee, cell only, no cell, not reported."""
    if not pd.isna(cell) and cell == 0:
        return 2
    return 3 if pd.isna(cell) or pd.isna(board) else 0 if board else 1


def spread(a: Assessment, given: Return, w: Words, catalog: Catalog) -> Figure | None:
    """How are the communes spread over classes of the militia rate? Only their number is shown, never which."""
    indicator = catalog.indicators["militia_party_member_rate"]
    table = by_unit(indicator, given, catalog).dropna()
    table = table[table["denominator"] > 0]
    if len(table) < LEAST:
        return None
    found = (100 * table["numerator"] / table["denominator"]).to_numpy(float)
    edges = range(0, 100, CLASS)
    sizes = [int(((found >= edge) & (found < edge + CLASS)).sum()) for edge in edges]
    sizes[-1] += int((found >= 100).sum())
    held = [place for place, size in enumerate(sizes) if size]
    bins = [
        (w("class_of", low=edges[n], high=edges[n] + CLASS), sizes[n], float(edges[n]), float(edges[n] + CLASS))
        for n in range(held[0], held[-1] + 1)
    ]
    middle = float(median(found))
    lines, rows = [(w("median"), w("percent", n=w.number(middle)), middle, False)], [[n, str(k)] for n, k, _, _ in bins]
    target = a.result(indicator.id).target
    lines += [(w("c_target"), w.target(indicator, target), target.value, True)] if target else []
    rows += [[label, told] for label, told, _, _ in lines]
    svg = plots.distribution(bins, [(f"{label}: {told}", place, aim) for label, told, place, aim in lines])
    return figure("figure-spread", svg, w, rows, [w("c_share"), ""])


def reporting(areas: Sequence[tuple[str, Sequence[int]]], w: Words) -> Figure:
    """How many units of each area reported in full, with blanks, not at all? The table beside has the numbers."""
    legend = [w("q_full"), w("q_blank"), w("q_silent")]
    rows = [[area, *map(str, sizes)] for area, sizes in areas]
    svg = charts.parts(areas, legend)
    return figure("figure-reporting", svg, w, rows, [w("c_area"), *legend], data=False)
