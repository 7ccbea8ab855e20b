"""Answers to the analyst's next question: one indicator, the communes that fall short, two provinces side by side.

Nothing is told here that the report itself withholds. Imports errors, assess, counted, display and wording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from partybuilding.assess.assessment import Assessment, Result
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.gaps import partial
from partybuilding.assess.indicators import Trail, Value
from partybuilding.errors import UserError
from partybuilding.present import counted
from partybuilding.present.display import Cell, Column, Element, Piece, ReportTable, Section, Text
from partybuilding.present.wording import Words


@dataclass(frozen=True, kw_only=True)
class Answer(Result, Piece):
    """One indicator's result that shows itself: value, target, status, gap, what it is and where it stands.

    Rates are in per cent and at full precision, gaps in percentage points (of a count: in whole units).
    """

    words: Words

    @property
    def trail(self) -> tuple[Trail, ...]:
        """Where the number stands: source, file, rows or paragraph, SHA-256 of the file; empty without a value."""
        return self.value.trail if self.value else ()

    @property
    def unit(self) -> str:
        """Return `percent`, `count` or `state`: what `value.amount` is in."""
        return {"rate": "percent", "count": "count", "state": "state"}[self.indicator.kind]

    def element(self) -> Element:
        """Return a table of one line for each thing that is known."""
        w, i = self.words, self.indicator
        rows: list[list[Cell | str]] = [[w("c_value"), w.value(self)]]
        rows += [[w("c_counts"), w.counts(self)]] if w.counts(self) else []
        if self.target:
            told = w(f"status_{self.status}")
            told = w("gap_units", status=told, n=self.units_to_close) if self.units_to_close else told
            rows += [[w("c_target"), w.target(i, self.target)], [w("c_status"), Cell(told, self.status)]]
        for head, before in (("c_previous", self.previous), ("c_year_ago", self.year_ago)):
            if before:
                change = w.change(self, before)
                rows.append([w(head), w.value(self, before) + (f" ({change})" if change else "")])
        rows.append([w("c_definition"), i.definition(w.lang)])
        places = [
            f"{t.source}, {t.sheet} {t.rows}" if t.paragraph is None else f"{t.source} ({t.paragraph})"
            for t in self.trail
        ]
        rows += [[w("c_source"), "; ".join(dict.fromkeys(places))]] if places else []
        columns = [Column(w("c_what"), width=1), Column(w("c_known"), width=3)]
        return ReportTable(i.label(w.lang), columns, rows).element()


def units(a: Assessment, w: Words, catalog: Catalog, short_of: str | None) -> pd.DataFrame:
    """Return the communes of a return, or those that fall short of one indicator; as the report prints them."""
    if not a.given:
        raise UserError("units_of_articles", source=a.source)
    if short_of is None:
        table = next(piece for piece in counted.communes(a, a.given, w, catalog) if isinstance(piece, ReportTable))
        rows = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in table.rows]
        names = ["unit", "area", "cell", "standing_board", "members", "rating", "meetings", "shortcomings"]
        frame = pd.DataFrame(rows, columns=pd.Index(names), dtype="string")
        for name in ("members", "shortcomings"):  # a blank and a number that is not printed are both <NA>
            digits = frame[name].str.replace(r"[.,](?=\d{3})", "", regex=True)
            frame[name] = pd.to_numeric(digits, errors="coerce").astype("Int64")
        return frame.set_index("unit")
    indicator = catalog.indicator(short_of)
    if not counted.tells_units(indicator):
        known = ", ".join(name for name, other in catalog.indicators.items() if counted.tells_units(other))
        raise UserError("units_of_persons", value=short_of, known=known)
    found = counted.short_units(indicator, a.given, catalog)
    return pd.DataFrame(found, columns=pd.Index(["area", "unit"]), dtype="string").set_index("unit")


@dataclass(frozen=True)
class Comparison(Piece):
    """Two assessments side by side; what cannot be ranked is shown with the reasons, never ranked."""

    one: Assessment
    other: Assessment
    catalog: Catalog
    words: Words

    def reasons(self, one: Result, other: Result) -> Iterator[str]:
        """Why two values of one indicator cannot be ranked, as words of wording.yaml; empty where they can."""
        a, b, i = one.value, other.value, one.indicator
        if "not_applicable" in (one.status, other.status):
            yield "definition"
            return
        if a is None or b is None:
            yield "missing"
            return
        if i.direction == "none":
            yield "not_judged"
        if i.kind == "count":
            yield "size"
        if a.amount is None or b.amount is None:
            yield "words"
        elif not (a.exact and b.exact):
            yield "qualifier"
        if a.derived or b.derived:
            yield "derived"
        if articles(a) != articles(b):
            yield "article"
        if (articles(a) and a.note_en) or (articles(b) and b.note_en):
            yield "definition"
        if partial(a, self.catalog) or partial(b, self.catalog):
            yield "coverage"
        if self.one.data_status != self.other.data_status:
            yield "data_status"
        if self.one.period.months != self.other.period.months:
            yield "length"
        if i.group == "ratings" and self.one.regime.id != self.other.regime.id:
            yield "regime"

    def _names(self) -> list[str]:
        same = self.one.unit.slug == self.other.unit.slug
        return [a.unit.name(self.words.lang) + (f" {a.period}" if same else "") for a in (self.one, self.other)]

    def _pairs(self) -> list[tuple[Result, Result, list[str]]]:
        pairs = [(r, self.other.result(r.indicator.id)) for r in self.one.results]
        return [(r, s, list(self.reasons(r, s))) for r, s in pairs if r.value or s.value]

    @property
    def frame(self) -> pd.DataFrame:
        """Return one row an indicator: both values, difference (first minus second), better (name or <NA>), reasons.

        Values are in per cent or whole units; difference and better only where nothing stands against a ranking.
        """
        rows = []
        for r, s, why in self._pairs():
            amounts = [result.value.amount if result.value else None for result in (r, s)]
            step = None if why else (amounts[0] or 0) - (amounts[1] or 0)
            rows.append([r.indicator.id, *amounts, step, self._better(r, step) or None, ", ".join(why)])
        names = ["indicator", *self._names(), "difference", "better", "reasons"]
        types = dict.fromkeys([*self._names(), "difference"], "Float64") | {"better": "string", "reasons": "string"}
        return pd.DataFrame(rows, columns=pd.Index(names)).astype(types).set_index("indicator")

    def _better(self, result: Result, step: float | None) -> str:
        if not step:
            return "=" if step == 0 else ""
        return self._names()[(step > 0) != (result.indicator.direction == "higher")]

    def element(self) -> Element:
        """Return the ranking, then what was not ranked with its reasons."""
        w, names = self.words, self._names()
        ranked: list[list[Cell | str]] = []
        refused: list[list[Cell | str]] = []
        for r, s, why in self._pairs():
            shown = [r.indicator.label(w.lang), w.value(r), w.value(s)]
            if why:
                refused.append([*shown, "; ".join(w(f"refuse_{name}", limit=self._limit) for name in why)])
            else:
                step = (r.value.amount or 0) - (s.value.amount or 0) if r.value and s.value else 0.0
                better = self._better(r, step)
                ranked.append([*shown, w.difference(r, step), w("even") if better == "=" else better])
        numbers = [Column(w("c_indicator"), width=4), *(Column(name, "number", 1.5) for name in names)]
        pieces: list[Piece] = [Text(w("compare_intro", ranked=len(ranked), refused=len(refused)))]
        if ranked:
            columns = [*numbers, Column(w("c_difference"), "number", 1.6), Column(w("c_better"), width=1.5)]
            pieces.append(ReportTable(w("table_ranked"), columns, ranked))
        if refused:
            pieces.append(ReportTable(w("table_refused"), [*numbers, Column(w("c_why"), width=3.5)], refused))
        slugs = f"{self.other.unit.slug}-{self.other.period}".lower()
        return Section(f"compare-{slugs}", w("h_compare", one=names[0], other=names[1]), 3, pieces).element()

    @property
    def _limit(self) -> str:
        return self.words.number(self.catalog.rules.coverage)


def articles(value: Value) -> set[str]:
    """Return the articles that a value was printed in; empty for one that was counted."""
    return {trail.source for trail in value.trail if trail.paragraph is not None}
