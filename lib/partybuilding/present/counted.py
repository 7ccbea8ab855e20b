"""What only counts can show: ratings by level, units to support, areas, communes one by one, findings.

Small counts of persons in a single commune are not printed, and cannot be worked out from what is.
Imports assess, wording, display and figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from partybuilding.assess.assessment import Assessment, Result
from partybuilding.assess.catalog import OF_UNITS, Catalog, Indicator
from partybuilding.assess.counts import by_unit, short_rows, tally
from partybuilding.assess.gaps import partial
from partybuilding.assess.returns import Return
from partybuilding.present import figures
from partybuilding.present.display import Cell, Column, Listing, Piece, ReportTable, Text, columns
from partybuilding.present.numbering import introduced, ref
from partybuilding.present.wording import Words, sentence

LISTED = 25  # units named in the report; more stand in the workbook
NAMED = 3  # units named in a sentence
SAME_RULE = 8  # findings printed for each rule
OF_PERSONS = ("R08", "R09")  # their messages tell member numbers of a single commune
PERSONS = re.compile(r"(?:^|_)members|^(?:militia|reserve|secretar|deput|commanders|admission)")  # columns on persons
RATED = ("members_excellent", "members_good", "members_completed", "members_not_completed")
Rows = list[list[Cell | str]]


def texts(given: Return, w: Words, *names: str) -> list[Piece]:
    """Return the free texts of sheet province, as given, paragraph by paragraph."""
    found: list[Piece] = []
    for name in names:
        paragraphs = [part.strip() for part in given.texts.get(name, "").split("\n") if part.strip()]
        found += [Text(part, lead=w(f"text_{name}") if number == 0 else "") for number, part in enumerate(paragraphs)]
    return found


def ratings(a: Assessment, given: Return, w: Words, catalog: Catalog) -> list[Piece]:
    """Return the ratings of cells and members in the levels of the regime, with the cap warning and the matrix."""
    cells, regime = given.cells, a.regime
    levels = list(catalog.returns["cells"]["cell_rating"].values)
    counts = cells["cell_rating"].value_counts()
    numbers = {level: int(counts.get(level, 0)) for level in levels}
    whole = cells[cells[list(RATED)].notna().all(axis=1)]  # one set of communes, that of the rates beside the table
    members = {level: int(whole[f"members_{level}"].sum()) for level in levels}
    rows: Rows = []
    for level in levels:
        names = [regime.organisation_levels[level].label(w.lang), regime.member_levels[level].label(w.lang)]
        row: list[Cell | str] = [" / ".join(dict.fromkeys(names))]
        for column in (numbers, members):
            rated = sum(number for name, number in column.items() if name != "not_rated")
            row += [w.number(column[level]), w.share(column[level], rated) if level != "not_rated" else "–"]
        rows.append(row)
    heads = columns(w, "c_level 3", "c_cells 1 #", "c_share 1 #", "c_members 1 #", "c_share 1 #")
    table = ReportTable(w("table_ratings"), heads, rows, "table-levels")
    pieces: list[Piece] = [Text(w("ratings_intro", table=ref(table.name))), table]
    above = [finding for finding in given.findings if finding.code == "R09"]
    if above:
        pieces.append(Text(w("cap_warning", n=len(above))))
    of_cells, of_members = ([column[name] for name in figures.LEVELS] for column in (numbers, members))
    pieces += introduced(figures.levels(a, of_cells, of_members, w), w, "levels_intro")
    pieces += introduced(figures.ratings_by_area(a, given, w), w, "ratings_areas")
    if any(result.indicator.id == figures.SEVEN and result.value for result in a.results):
        pieces += [Text(w("seven_intro", table=ref("table-seven"))), _seven(given, w, catalog)]
        pieces += introduced(figures.seven(a, given, w, catalog), w, "seven_areas")
    return pieces


def _seven(given: Return, w: Words, catalog: Catalog) -> ReportTable:
    names, flags = figures.seven_flags(given, catalog)
    known = flags.dropna()
    rows: Rows = []
    for name in names:
        column = flags[name].dropna()
        rows.append([catalog.returns["cells"][name].label(w.lang), *_share(int(column.sum()), len(column), w)])
    rows.append([w("all_seven"), *_share(int((known == 1).all(axis=1).sum()), len(known), w)])
    return ReportTable(w("table_seven"), columns(w, "c_point 4", "c_counts 1.3 #", "c_share 1 #"), rows, "table-seven")


def _share(part: int, whole: int, w: Words) -> list[Cell | str]:
    return [f"{w.number(part)}/{w.number(whole)}" if whole else "–", w.share(part, whole)]


def tells_units(indicator: Indicator) -> bool:
    """Whether the communes that fall short may be named: a rate of units that is judged and counts no persons."""
    if indicator.unit not in OF_UNITS or indicator.kind != "rate" or indicator.direction == "none":
        return False
    counts = f"{indicator.numerator} {indicator.denominator}"
    return "cells" in indicator.observed_by and not any(PERSONS.search(name) for name in re.findall(r"\w+", counts))


def short_units(indicator: Indicator, given: Return, catalog: Catalog) -> list[tuple[str, str]]:
    """Return (area, commune) of the units that fall short in an indicator of units, not of persons."""
    if not tells_units(indicator):
        return []
    return [given.places[row] for row in short_rows(indicator, given, catalog)]


def units_to_support(
    shown: Sequence[Result], given: Return, w: Words, catalog: Catalog, title: str, group: str
) -> list[Piece]:
    """Return the table of the units that fall short, for shortfalls and for what every cell should have."""
    rows: Rows = []
    for result in shown:
        wanted = result.falls_short or result.indicator.group == "organisation"
        names = short_units(result.indicator, given, catalog) if wanted else []
        if not names:
            continue
        told = grouped(names, w) if len(names) <= LISTED else w("units_many", n=w.number(len(names)))
        rows.append([w.subject(result.indicator.label(w.lang)), w.number(len(names)), told])
    if not rows:
        return []
    weak = all(result.indicator.direction == "lower" for result in shown)
    heads = columns(w, "c_weak 2" if weak else "c_not_yet 2", "c_number_units 0.7 #", "c_units 4")
    table = ReportTable(w("table_units_short", group=title), heads, rows, f"table-units-{group}")
    return [Text(w("units_intro", table=ref(table.name))), table]


def few_units(result: Result, given: Return | None, w: Words, catalog: Catalog) -> str:
    """Return the names of the units that fall short, where they are few enough for a sentence."""
    names = short_units(result.indicator, given, catalog) if given else []
    return ", ".join(w.place(name) for _, name in names) if len(names) <= NAMED else ""


def grouped(names: Sequence[tuple[str, str]], w: Words) -> str:
    """Return units by area: “huyện Đăk Hà: xã A, xã B; huyện Sa Thầy: xã C”."""
    areas: dict[str, list[str]] = {}
    for area, name in names:
        areas.setdefault(w.place(area), []).append(w.place(name))
    return "; ".join((f"{area}: " if area else "") + ", ".join(inside) for area, inside in areas.items()) + "."


def area_table(given: Return, w: Words, catalog: Catalog) -> list[Piece]:
    """Return the main rates by area, from the sums of each area."""
    areas = figures.areas_of(given)
    if not areas:
        return []
    indicators = [catalog.indicators[name] for name in figures.MAIN if name in catalog.indicators]
    rows: Rows = []
    withheld = {indicator.id: _withheld(indicator, given, catalog) for indicator in indicators}
    for area in areas:
        row: list[Cell | str] = [w.place(area)]
        for indicator in indicators:
            sums = tally(indicator, given, catalog, len(given.cells), area)
            told = sums is not None and sums.reporting and area not in withheld[indicator.id]
            row.append(w.share(sums.numerator, sums.denominator or 0) if sums and told else "–")
        rows.append(row)
    heads = [*columns(w, "c_area 1.6"), *(Column(w.subject(i.label(w.lang)), "number", 1.4) for i in indicators)]
    return [Text(w("areas_intro", table=ref("table-areas"))), ReportTable(w("table_areas"), heads, rows, "table-areas")]


def _withheld(indicator: Indicator, given: Return, catalog: Catalog) -> set[str]:
    """Return the areas for which a rate of persons is not printed: too few communes or persons behind it or its rest.

    Nor may the sum of those withheld, which follows from the province's total, be so small: more are withheld then.
    """
    if indicator.unit in OF_UNITS:
        return set()
    limit = catalog.rules.small_count
    table = by_unit(indicator, given, catalog).dropna().assign(units=1)
    sums = table.groupby(given.cells["area"].reindex(table.index).fillna("").to_numpy(dtype=str)).sum()

    def small(line: Any) -> bool:
        part, whole = int(line["numerator"]), int(line["denominator"])
        return int(line["units"]) < limit or 0 < part < limit or 0 < whole - part < limit

    withheld = [str(area) for area, line in sums.iterrows() if not area or small(line)]
    others = [str(area) for area in sums.sort_values("units", kind="stable").index if area not in withheld]
    while withheld and others and (len(withheld) < 2 or small(sums.loc[withheld].sum())):
        withheld.append(others.pop(0))
    return set(withheld)


def not_printed(members: pd.Series[Any], sums: Sequence[pd.Series[Any]], limit: int) -> tuple[set[Any], int]:
    """Return the communes whose number of members is not printed, and the number below which all of them lie.

    `sums` say for each published total which communes are in it. A small number must not follow from any of them by
    taking away what is printed: within each set of communes that the totals treat alike, its neighbours in the table
    are withheld with it, until every small number is possible even for a reader who knows which ones are small.
    """
    known = members.dropna()
    small = known[(known > 0) & (known < limit)]
    alike, in_sums = dict[tuple[bool, ...], list[Any]](), [inside.to_dict() for inside in sums]
    for place in known[known > 0].index:
        alike.setdefault(tuple(bool(inside.get(place)) for inside in in_sums), []).append(place)
    withheld: set[Any] = set(small.index)
    everywhere = [place for places in alike.values() for place in places]
    for places in alike.values():
        within = [place for place in places if place in small.index]
        if not within:
            continue
        start = places.index(within[0])
        near = dict.fromkeys([*places[start:], *places[:start], *everywhere])
        others = [place for place in near if place not in small.index]
        chosen: list[Any] = []
        while others and not _open(known[within], known[chosen], limit):
            chosen.append(others.pop(0))
        withheld |= set(chosen)
    return withheld, _above(known[list(withheld)])


def _above(numbers: pd.Series[Any]) -> int:
    return 5 * (int(numbers.max()) // 5 + 1) if len(numbers) else 0


def _open(small: pd.Series[Any], others: pd.Series[Any], limit: int) -> bool:
    """Whether the sum of withheld numbers leaves every value from 1 to the limit possible for each small one."""
    total, rest, count = int(small.sum() + others.sum()), len(small) - 1, len(others)
    least = rest + count * limit
    most = rest * (limit - 1) + count * (_above(others) - 1)
    return count >= 2 and least <= total - (limit - 1) and total - 1 <= most


def members_told(given: Return, catalog: Catalog) -> tuple[pd.Series[Any], set[Any], int]:
    """Return the members of each commune by sheet row, which of them are not printed, and what all of those are below.

    See `not_printed`.
    """
    members = given.cells[["official_members", "probationary_members"]].sum(axis=1, skipna=False)
    totals = [i for i in catalog.indicators.values() if "official_members" in (i.denominator or "")]
    inside = [by_unit(i, given, catalog)["denominator"].notna() for i in totals]
    return members, *not_printed(members, inside, catalog.rules.small_count)


def communes(a: Assessment, given: Return, w: Words, catalog: Catalog) -> list[Piece]:
    """Return the appendix table of all communes; numbers of members that are small, or give such away, are withheld."""
    levels = a.regime.organisation_levels
    shorts = [i.numerator for i in catalog.in_group("shortcomings") if i.numerator in given.cells.columns]
    rows: Rows = []
    number_of, withheld, bound = members_told(given, catalog)
    named = ["commune", "commune_kind", "area", "cell_established", "standing_board", "cell_rating"]
    cells = given.cells[[*named, "meetings_held", "meetings_due"]]
    cells = cells.assign(members=number_of, shortcomings=given.cells[shorts].sum(axis=1, min_count=1))
    row: Any
    for row in cells.itertuples():
        place = w.place(" ".join(part for part in (_told(row.commune_kind), _told(row.commune)) if part))
        level = levels[str(row.cell_rating)].label(w.lang) if not pd.isna(row.cell_rating) else w("blank")
        members = w("blank") if pd.isna(row.members) else w.number(row.members)
        if row.Index in withheld:
            members = w("below_limit", limit=bound)
        unknown = pd.isna(row.meetings_held) or pd.isna(row.meetings_due)
        held = w("blank") if unknown else f"{row.meetings_held}/{row.meetings_due}"
        number = w("blank") if pd.isna(row.shortcomings) else w.number(row.shortcomings)
        flags = [_flag(flag, w) for flag in (row.cell_established, row.standing_board)]
        rows.append([place, w.place(_told(row.area)) or "–", *flags, members, level, held, number])
    heads = columns(w, "c_units 2.3", "c_area 2.1", "c_cell 0.7", "c_board 1.5", "c_members 1.4", "c_rating 2.8")
    heads += columns(w, "c_meetings 1.4 #", "c_short 1.9 #")
    table = ReportTable(w("table_communes"), heads, rows, "table-communes")
    return [Text(w("communes_note", limit=catalog.rules.small_count, table=ref(table.name))), table]


def _told(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _flag(value: Any, w: Words) -> str:
    return w("blank") if pd.isna(value) else w("yes") if value == 1 else w("no")


def findings(given: Return, w: Words) -> list[Piece]:
    """Return what the consistency rules found; of single communes' members only how many communes it concerns."""
    if not given.findings:
        return [Text(w("findings_none"))]
    rows: Rows = []
    told: dict[tuple[str, str], int] = {}
    for finding in given.findings:
        if finding.code == "R11" and PERSONS.search(finding.column or ""):  # which communes: totals would tell more
            finding = replace(finding, row=None, fields={**finding.fields, "rows": "…"})  # noqa: PLW2901
        key = (finding.code, finding.column or "")
        told[key] = told.get(key, 0) + 1
        if finding.code not in OF_PERSONS and told[key] <= SAME_RULE:
            where = where_in(finding.sheet, finding.row, finding.column, w)
            rows.append([finding.code, where, sentence(finding.message(w.lang))])
    for (code, column), number in told.items():
        where = where_in("cells", None, column, w)
        if code in OF_PERSONS:
            rows.append([code, where, w(f"findings_{code}", n=number)])
        elif number > SAME_RULE:
            rows.append([code, where, sentence(w("findings_more", n=number - SAME_RULE))])
    heads = columns(w, "c_code 0.5", "c_place 1.5", "c_finding 4")
    table = ReportTable(w("table_findings"), heads, rows, "table-findings")
    return [Text(w("findings_some", n=len(given.findings), table=ref(table.name))), table]


def where_in(sheet: str, row: Any, column: str | None, w: Words) -> str:
    """Return a place in a return: “trang cells, dòng 4, cột standing_board”."""
    parts = [w("at_sheet", sheet=sheet), *([w("at_row", row=row)] if row is not None else [])]
    return ", ".join([*parts, *([w("at_column", column=column)] if column else [])])


def notes_on_standards(shown: Sequence[Result], w: Words) -> list[Piece]:
    """Return the notes that the province gives on the qualitative standards, as given."""
    noted = [(result, result.value.note(w.lang)) for result in shown if result.value and result.value.state]
    items = [f"{result.indicator.label(w.lang)} ({w.value(result)}): {note}" for result, note in noted if note]
    return [Listing(items)] if items else []


def appendix(given: Return, w: Words, catalog: Catalog) -> list[Piece]:
    """Return what only a return has: findings, areas."""
    return [*findings(given, w), *area_table(given, w, catalog)]


def status_cell(result: Result, w: Words) -> Cell:
    """Return the word for a result's status."""
    if result.falls_short and not result.target:
        return Cell(w("status_shortcoming"), "not_met")
    return Cell(w(f"status_{result.status}"), result.status)


def results_table(shown: Sequence[Result], w: Words, caption: str, catalog: Catalog) -> ReportTable:
    """Return the table of a group from counts: result, change on a year ago, target, status, what is missing."""
    earlier = any(result.year_ago for result in shown)
    other = any(result.previous and result.previous != result.year_ago for result in shown)  # not for whole years
    heads = columns(w, "c_indicator 3.7", "c_counts 1.7 #", "c_value 1.3 #")
    heads += columns(w, "c_previous 1.3 #", "c_change_short 1.3 #") if other else []
    heads += columns(w, "c_year_ago 1.3 #", "c_change_short 1.3 #") if earlier else []
    heads += columns(w, "c_target 1.1 #", "c_status 1.7")
    rows: Rows = []
    for result in shown:
        value = result.value
        if value is None:
            continue
        parts = (value.numerator, value.denominator)
        counts = "/".join(w.number(part) for part in parts if part is not None) if value.denominator is not None else ""
        row: list[Cell | str] = [
            result.indicator.label(w.lang),
            counts,
            Cell(w.value(result), note=sentence(w.partial(value)) if partial(value, catalog) else ""),
        ]
        for wanted, before in ((other, result.previous), (earlier, result.year_ago)):
            if wanted:
                row += [w.value(result, before) if before else "–", w.change_short(result, before) or "–"]
        status = status_cell(result, w)
        if result.status == "no_target" and not result.falls_short:
            status = Cell("–")
        elif result.units_to_close:
            told = w("gap_units", status=status.text, n=w.number(result.units_to_close))
            status = Cell(told, status.status)
        row += [w.target(result.indicator, result.target) if result.target else "–", status]
        rows.append(row)
    return ReportTable(caption, heads, rows)
