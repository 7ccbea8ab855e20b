"""open_cell(): one commune-level cell on one page: its figures beside the province's, what falls short, what closes it.

What would point at one person is not printed. Imports errors, assess and the rest of this room.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd

from partybuilding.assess.assessment import Assessment, assess, withheld
from partybuilding.assess.catalog import Catalog, Indicator
from partybuilding.assess.communes import Commune
from partybuilding.assess.counts import by_unit
from partybuilding.assess.folder import return_folders
from partybuilding.assess.returns import Return
from partybuilding.errors import UserError
from partybuilding.present import counted
from partybuilding.present.counted import Rows
from partybuilding.present.display import Block, Cell, Column, ReportTable, Section, Text, columns
from partybuilding.present.document import Document, Record, plain_table
from partybuilding.present.fitting import first_that_fits
from partybuilding.present.library import Library, State, state_of
from partybuilding.present.report import day_of
from partybuilding.present.wording import Words, sentence

RATING, MEMBERS = "cell_good_or_excellent_rate", "members"
FIGURES = (
    *("military_cell_coverage_rate", "cell_standing_board_rate", RATING, MEMBERS, "regular_meeting_maintained_rate"),
    *("topic_meeting_rate", "resolution_relevance_rate", "work_regulation_maintained_rate"),
    *("relation_statute_issued_rate", "four_good_three_no_cell_rate", "militia_party_member_rate"),
    *("reserve_party_member_rate", "cells_inspected_rate", "cells_supervised_rate", "strong_political_base_rate"),
)
DUE = (  # what every cell should have: where it is missing, something is to be done
    *("military_cell_coverage_rate", "cell_standing_board_rate", RATING, "regular_meeting_maintained_rate"),
    *("topic_meeting_rate", "resolution_relevance_rate", "work_regulation_maintained_rate"),
    *("relation_statute_issued_rate", "four_good_three_no_cell_rate", "strong_political_base_rate"),
)
COUNTED = ("meeting", "resolution")  # units of which a cell has several
LEAST, FIRST = 6, 5  # figures kept before something to do is left out; things to do kept before figures are
Parts = tuple[int, int] | None  # numerator and denominator of one unit; None where it did not report


@dataclass(frozen=True, eq=False)
class Province:
    """What the handouts of a province's cells share: its assessment, and what of each unit is not printed."""

    assessment: Assessment
    catalog: Catalog

    @property
    def given(self) -> Return:
        """The return itself."""
        given: Return = self.assessment.given
        return given

    @cached_property
    def members(self) -> tuple[pd.Series[Any], set[Any], int]:
        """Members by sheet row, the rows whose number is not printed, and the number below which all of those lie."""
        return counted.members_told(self.given, self.catalog)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Numerator and denominator of each indicator shown, by sheet row."""
        shorts = [indicator.id for indicator in self.catalog.in_group("shortcomings")]
        return {
            name: by_unit(self.catalog.indicators[name], self.given, self.catalog)
            for name in (*(result.indicator.id for result in self.assessment.results), *shorts)
        }

    @cached_property
    def rates_withheld(self) -> dict[str, set[Any]]:
        """By indicator of persons the sheet rows whose rate is not printed."""
        of_persons = [name for name in self.tables if not of_units(self.catalog.indicators[name])]
        areas, limit = self.given.cells["area"].fillna(""), self.catalog.rules.small_count
        return {name: rates_withheld(self.tables[name], areas, limit) for name in of_persons}

    def row_of(self, commune: Commune) -> Any:
        """Return the sheet row of a unit; None where it sent nothing."""
        codes = self.given.cells["commune_code"]
        found = codes.index[(codes == commune.code).fillna(False).to_numpy(bool)]
        return found[0] if len(found) else None

    def parts(self, name: str, row: Any) -> Parts:
        """Return numerator and denominator of one unit; (0, 0) where the indicator is not due of it."""
        table = self.tables[name]
        if row not in table.index:
            return (0, 0)
        line: Any = table.loc[row]
        return None if line.isna().any() else (int(line["numerator"]), int(line["denominator"]))


def of_units(indicator: Indicator) -> bool:
    """Whether an indicator counts units, meetings or papers, not persons."""
    names = f"{indicator.numerator} {indicator.denominator}".replace("(", " ").replace(",", " ").split()
    return not any(counted.PERSONS.search(name.strip(")")) for name in names)


def rates_withheld(table: pd.DataFrame, areas: pd.Series[Any], limit: int) -> set[Any]:
    """Return the rows of units whose rate of persons is not printed.

    Printed is a rate only where part, rest and whole are all `limit` or more; and no small part or rest may follow from
    the sums of its area or of the province (see `counted.not_printed`).
    """
    known = table.dropna().astype("int64")
    known = known.assign(rest=known["denominator"] - known["numerator"])
    inside = areas.reindex(known.index)
    sums = [inside == area for area in dict.fromkeys(inside)]
    found = set(known.index[(known < limit).any(axis=1)])
    return found.union(*(counted.not_printed(known[name], sums, limit)[0] for name in ("numerator", "rest")))


@dataclass(frozen=True)
class CellHandout(Document):
    """One commune-level cell on one page: `head()`, `figures()`, `actions()`, `record()`."""

    notebook = "cell_handout"
    form = "brief"
    pages = 1  # exactly
    province: Province | None = None
    commune: Commune | None = None

    @cached_property
    def _row(self) -> Any:
        return self._in.row_of(self._unit)

    @property
    def _in(self) -> Province:
        if self.province is None:
            raise ValueError("province")
        return self.province

    @property
    def _unit(self) -> Commune:
        if self.commune is None:
            raise ValueError("commune")
        return self.commune

    @property
    def cell(self) -> str:
        """Name of the cell within a sentence, with the area that it lies in."""
        w, unit = self.words, self._unit
        named = w("cell_named", place=w.place(f"{unit.kind} {unit.name}"))
        return w("cell_in_area", cell=named, area=w.place(unit.area)) if unit.area else named

    @property
    def title(self) -> str:
        """Title of the document."""
        w, a = self.words, self.assessment
        kind = w(f"kind_{a.unit.kind}")
        place = w("unit_named", kind=kind, name=a.unit.name(w.lang))
        return w("title_cell", cell=self.cell, province=place, period=w.period(a.period))

    @property
    def excerpt(self) -> str:
        """What the document is about, in a few words."""
        return self.words("excerpt_cell", cell=self.cell, period=self.words.period(self.assessment.period))

    def head(self) -> Block:
        """Head of the document in the Party's form: a sheet, not a report."""
        lines = dict(super().head().lines) | {"title": self.words("document_type_cell")}
        return Block("header", "document-head", tuple(lines.items()))

    def headline(self) -> str:
        """Return how the cell is rated and how much falls short."""
        w, rows = self.words, self._to_do
        if self._row is None:
            return w("cell_silent")
        if self._parts("military_cell_coverage_rate") == (0, 1):
            return w("cell_none")
        rated = self._rating not in (None, "not_rated")
        told = w("cell_rated", level=self._level) if rated else w("cell_unrated")
        return f"{told} {w('cell_short', n=len(rows))}"

    def _parts(self, name: str) -> Parts:
        return None if self._row is None else self._in.parts(name, self._row)

    @property
    def _rating(self) -> str | None:
        rating: Any = None if self._row is None else self._in.given.cells.at[self._row, "cell_rating"]
        return None if rating is None or pd.isna(rating) else str(rating)

    @property
    def _level(self) -> str:
        """The rating in the words of the regime."""
        if self._rating is None:
            return self.words("blank")
        return self.assessment.regime.organisation_levels[self._rating].label(self.words.lang).lower()

    def _own(self, name: str) -> str:
        """Return what the cell's column of the table says on an indicator."""
        w, parts = self.words, self._parts(name)
        if parts is None:
            return w("blank")
        if parts[1] == 0:
            return "–"
        if name == RATING:
            return self._level
        if name in self._in.rates_withheld:
            return w("cell_withheld") if self._row in self._in.rates_withheld[name] else w.share(*parts)
        if self.catalog.indicators[name].unit in COUNTED:
            return f"{w.number(parts[0])}/{w.number(parts[1])}"
        return w("yes") if parts[0] else w("no")

    def _members(self) -> list[Cell | str]:
        """Return the row on members: the cell's number, where it may be printed, and the province's median."""
        w, (members, hidden, bound) = self.words, self._in.members
        own = members.get(self._row) if self._row is not None else None
        told = w("blank") if own is None or pd.isna(own) else w.number(int(own))
        if self._row in hidden:
            told = w("below_limit", limit=bound)
        known, limit = members.dropna(), self.catalog.rules.small_count
        middle = float(known.median()) if len(known) >= limit else 0.0
        shown = w.number(middle, 0 if middle.is_integer() else 1) if middle >= limit else "–"
        return [w("cell_members"), told, w("cell_median", n=shown) if shown != "–" else shown]

    @cached_property
    def _figures(self) -> Rows:
        w, rows = self.words, Rows()
        known = {result.indicator.id: result for result in self.assessment.results}
        for name in FIGURES:
            if name == MEMBERS:
                rows.append(self._members())
            elif name in known:
                result = known[name]
                province = w.value(result) if result.value else "–"
                label = w.subject(result.indicator.label(w.lang)) if name != RATING else w("cell_rating")
                province = w("cell_good", n=province) if name == RATING and result.value else province
                rows.append([label, self._own(name), province])
        return rows

    @cached_property
    def _to_do(self) -> Rows:
        """What falls short and what closes the gap, the named shortcomings first; the measure as note."""
        w, rows = self.words, Rows()
        for name in self._falling():
            parts = self._parts(name) or (0, 0)
            fields = {"n": w.number(max(parts[1] - parts[0], 0)), "level": self._level}
            indicator = self.catalog.indicators[name]
            column = self.catalog.returns["cells"].get(indicator.numerator or "")
            short = indicator.group == "shortcomings" and column is not None
            what = column.label(w.lang).partition(" – ")[2] if short and column else w(f"cell_not_{name}", **fields)
            titles = [m.label(w.lang) for m in self._measures if name in m.indicators]
            note = sentence(titles[0]) if titles else ""
            rows.append([what, Cell(w(f"cell_do_{name}", **fields), note=note)])
        return rows

    def _falling(self) -> Iterator[str]:
        """Yield the indicators in which the cell falls short."""
        if self._row is None:
            return
        shorts = [indicator.id for indicator in self.catalog.in_group("shortcomings")]
        yield from (name for name in shorts if name in self._in.tables and (self._parts(name) or (0, 0))[0] > 0)
        for name in DUE:
            parts = self._parts(name) if name in self._in.tables else None
            if parts is not None and parts[0] < parts[1]:
                yield name

    @cached_property
    def _measures(self) -> list[Any]:
        slug = self.assessment.unit.slug
        return sorted(self.catalog.measures, key=lambda measure: (slug not in measure.provinces, measure.order))

    def _page(self, figures: int, actions: int) -> list[Section]:
        a, w = self.assessment, self.words
        left = len(self._figures) - figures
        told = {"reporting": w.number(a.evidence.reporting or 0), "due": w.number(a.evidence.due or 0)}
        below = w("cell_note", date=w.date(a.as_of), limit=self.catalog.rules.small_count, **told)
        below += " " + w("cell_left", n=left) if left else ""
        heads = [*columns(w, "c_indicator 4.2"), Column(w("c_this_cell"), width=2.3)]
        heads.append(Column(w(f"c_all_{a.unit.kind}"), "number", 1.8))
        table = ReportTable(w("table_cell"), heads, self._figures[:figures], below=below)
        headline = Text(self.headline(), lead=w("headline_lead"), role="headline")
        return [Section("figures", w("h_cell_figures"), 2, (headline, table)), self._actions(actions)]

    def _actions(self, count: int) -> Section:
        w, left = self.words, len(self._to_do) - count
        if not count:
            told = w("cell_send" if self._row is None else "cell_nothing")
            return Section("actions", w("h_cell_actions"), 2, (Text(told),))
        heads = columns(w, "c_cell_short 1", "c_cell_do 1.02")
        below = w("cell_left", n=left) if left else ""
        table = ReportTable(w("table_cell_actions"), heads, self._to_do[:count], below=below)
        return Section("actions", w("h_cell_actions"), 2, (table,))

    @cached_property
    def _fitted(self) -> tuple[int, int]:
        """How many figures and how many things to do the page holds."""
        figures, actions = len(self._figures), len(self._to_do)
        ways = [(count, actions) for count in range(figures, LEAST - 1, -1)]
        ways += [(LEAST, count) for count in range(actions - 1, FIRST - 1, -1)]
        ways += [(count, min(actions, FIRST)) for count in range(LEAST - 1, 0, -1)]
        return first_that_fits(ways, lambda way: [self.head(), *self._page(*way)])

    def figures(self) -> Section:
        """How the cell stands, beside the whole province."""
        return self._section(lambda *_: self._page(*self._fitted)[0])

    def actions(self) -> Section:
        """What falls short, what closes the gap, and the measure that it belongs to."""
        return self._section(lambda *_: self._page(*self._fitted)[1])

    def _tables(self) -> list[dict[str, Any]]:
        every = self._page(len(self._figures), len(self._to_do))
        pieces = [(section.name, section.pieces[-1]) for section in every]
        return [plain_table(piece, name) for name, piece in pieces if isinstance(piece, ReportTable)]

    def _facts(self) -> dict[str, Any]:
        left = [len(self._figures) - self._fitted[0], len(self._to_do) - self._fitted[1]]
        return {**super()._facts(), "texts": [], "left": left, "short": len(self._to_do)}

    def _findings(self) -> list[dict[str, Any]]:
        return []

    def record(self) -> Record:
        """Return the machine-readable report, with the unit that it is on."""
        content = super().record().content
        unit = {"commune": self._unit.code, "cell": self.cell}
        return Record({**content, "report": {**content["report"], **unit}})


@lru_cache(4)
def _province(library: Library, source: str, _: State, province: str, period: str) -> Province:
    """Return a province's assessment, made once for all its cells, with only the results that a handout shows."""
    returns = library.source(source)
    unit, when = library.check(province, period, returns)
    a = withheld(assess(unit, when, library.catalog, returns, library.register), library.catalog.rules.small_count)
    if a.given is None:
        raise UserError("no_return", source=source, known=", ".join(return_folders()))
    shown = tuple(r for r in a.results if r.indicator.id in FIGURES and r.status != "not_applicable")
    return Province(replace(a, results=shown, measures=(), next_targets=()), library.catalog)


def open_cell(
    province: str, period: str, commune: str, lang: str = "vi", source: str = "demo", document_date: str = ""
) -> CellHandout:
    """Return the handout on the military cell of one commune-level unit, one page.

    `commune` is its official code, or its name where only one unit of the province has it. UserError with a suggestion
    for a slip, and where the source is no folder of returns.
    """
    words = Words(lang, "returns")
    try:
        dated, library = day_of(document_date), Library.read()
        shared = _province(library, source, state_of(source), str(province), str(period))
        a = shared.assessment
        unit = library.communes.find(a.unit.slug, a.period.end, str(commune))
    except UserError as error:
        error.lang = None if os.environ.get("PARTYBUILDING_LANG") else lang
        raise
    return CellHandout(a, library.catalog, library.layout, words, dated, shared, unit)
