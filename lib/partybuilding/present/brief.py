"""The report on one sheet: where it stands on the front, what falls short and what to do on the back.

What does not fit is left out and counted. Imports assess and, of this room, counted, display, document, fitting,
sections and wording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from partybuilding.assess.assessment import Assessment, Called, Result
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.gaps import partial
from partybuilding.present import counted, figures
from partybuilding.present.counted import Rows
from partybuilding.present.display import Block, Cell, Listing, Piece, ReportTable, Section, Text, columns
from partybuilding.present.document import Document
from partybuilding.present.fitting import first_that_fits
from partybuilding.present.sections import closing, has_figure, headline, labels
from partybuilding.present.wording import Words, sentence

MOST = 10  # results in the table
LEAST = 6  # shortcomings told before a measure is left out


@dataclass(frozen=True)
class Fitted:
    """Sections that fit a page, and how many results, shortcomings or measures were left out of each list."""

    sections: tuple[Section, ...]
    left: tuple[int, ...]


class OneSheet(Document):
    """What a report shows in brief form, section by section; what only the long form says shows nothing."""

    form = "brief"
    pages = 2  # exactly

    @cached_property
    def _front(self) -> Fitted:
        return front(self.assessment, self.words, self.catalog, self.head())

    @cached_property
    def _back(self) -> Fitted:
        foot = self.layout.spelt(self.layout.foot(self.words, closing(self.assessment, self.words), self.day))
        return back(self.assessment, self.words, self.catalog, foot)

    @property
    def title(self) -> str:
        """Title of the document."""
        a, w = self.assessment, self.words
        return w("title_brief", period=w.period(a.period), kind=w(f"kind_{a.unit.kind}"), place=a.unit.name(w.lang))

    @property
    def excerpt(self) -> str:
        """What the document is about, in a few words."""
        return self.words("excerpt_brief", period=self.words.period(self.assessment.period))

    def situation(self) -> Section:
        """Return the front: main finding and main results."""
        return self._section(lambda *_: self._front.sections[0])

    def shortcomings(self) -> Section:
        """What falls short; begins the back."""
        return self._section(lambda *_: self._back.sections[0])

    def measures(self) -> Section:
        """Return what to do, and what would close the gaps."""
        return self._section(lambda *_: self._back.sections[1])

    def foot(self) -> Any:
        """Return what the figures rest on, and the signature, left open."""
        return self._section(lambda *_: self._back.sections[2])

    def results(self, group: str | None = None) -> Any:
        """Show nothing: the main results stand on the front."""

    def targets(self) -> Any:
        """Show nothing."""

    data = method = sources = targets

    def _facts(self) -> dict[str, Any]:
        return {**super()._facts(), "left": [*self._front.left, *self._back.left]}


def chosen(a: Assessment) -> list[Result]:
    """Return the results by weight: targets missed, targets met, those left open, main rates, other figures, words."""
    told = [r for r in a.results if r.target or r.value]

    def weight(result: Result) -> int:
        if result.target:
            return 0 if result.falls_short else 1 if result.status == "met" else 2
        return 3 if result.indicator.id in figures.MAIN else 4 if has_figure(result) else 5

    return sorted((r for r in told if r.status != "not_applicable"), key=weight)


def front(a: Assessment, w: Words, catalog: Catalog, head: Block) -> Fitted:
    """Return the main finding and the table of the results that matter most."""
    results = chosen(a)

    def page(count: int) -> Section:
        told = Text(headline(a, w), lead=w("headline_lead"), role="headline")
        pieces = [told, _table(results[:count], len(results) - count, w, catalog)] if results else [told]
        return Section("situation", w("h_brief_results"), 2, pieces)

    counts = range(min(MOST, len(results)), 0, -1) if results else [0]
    count = first_that_fits(counts, lambda count: [head, page(count)])
    return Fitted((page(count),), (len(results) - count,))


def _table(shown: Sequence[Result], left: int, w: Words, catalog: Catalog) -> ReportTable:
    earlier = ("c_year_ago 1.5 #",) if any(r.year_ago for r in shown) else ()
    judged = ("c_target 1.0 #", "c_status 2.0") if any(r.target or r.falls_short for r in shown) else ()
    rows: Rows = []
    for result in shown:
        status = counted.status_cell(result, w)
        if result.status == "no_target" and not result.falls_short:
            status = Cell("–")
        elif result.units_to_close:
            status = Cell(w("gap_units", status=status.text, n=w.number(result.units_to_close)), status.status)
        thin = result.value is not None and partial(result.value, catalog)
        note = sentence(w.partial(result.value)) if result.value and thin else ""
        row: list[Cell | str] = [
            result.indicator.label(w.lang),
            Cell(w.value(result) if result.value else "–", note=note),
        ]
        if earlier:
            change = w.change_short(result, result.year_ago)
            before = w.value(result, result.year_ago) if result.year_ago else "–"
            row.append(w("brief_year_ago", value=before, change=change) if change else before)
        if judged:
            row += [w.target(result.indicator, result.target) if result.target else "–", status]
        rows.append(row)
    below = [w("brief_choice" if judged else "brief_choice_plain"), *([w("brief_left", n=left)] if left else [])]
    below += [w("brief_change")] if earlier else []
    heads = columns(w, "c_indicator 4.3", "c_value 1.4 #", *earlier, *judged)
    return ReportTable(w("table_brief"), heads, rows, below=" ".join(below))


@dataclass(frozen=True)
class _Way:
    """How full the back is written: shortcomings told one by one or in a row, and which measures with how much."""

    apart: bool
    count: int
    measures: Sequence[Called]
    detail: int


def back(a: Assessment, w: Words, catalog: Catalog, foot: Block) -> Fitted:
    """Return what falls short, what to do and what the figures rest on, as full as the page allows."""
    short = sorted(a.short, key=lambda result: result.target is None)
    every, wanted = list(a.measures), [c for c in a.measures if c.short or c.open] or list(a.measures)

    def page(way: _Way) -> list[Section]:
        told = _apart(a, short, w, catalog) if way.apart else _in_a_row(short, way.count, w)
        pieces = told if short else [Text(_nothing(a, w))]
        return [
            Section("shortcomings", w("h_brief_shortcomings"), 2, pieces, fresh=True),
            Section("measures", w("h_brief_measures"), 2, _measures(way, len(every), w)),
            Section("data", w("h_brief_data"), 2, [Text(" ".join(_data(a, w))), foot]),
        ]

    def ways() -> Iterator[_Way]:
        yield from (_Way(True, len(short), measures, n) for measures, n in ((every, 3), (every, 2), (wanted, 2)))
        yield from (_Way(apart, len(short), wanted, n) for apart, n in ((True, 1), (False, 2), (False, 1), (False, 0)))
        counts = range(len(short), min(LEAST, len(short)) - 1, -1)
        yield from (_Way(False, count, wanted, 0) for count in counts)
        yield from (_Way(False, counts[-1], wanted[:number], 0) for number in range(len(wanted) - 1, 0, -1))

    best = first_that_fits(ways(), page)
    return Fitted(tuple(page(best)), (len(short) - best.count, len(every) - len(best.measures)))


def _apart(a: Assessment, short: Sequence[Result], w: Words, catalog: Catalog) -> list[Piece]:
    told = []
    for result in short:
        thin = result.value is not None and partial(result.value, catalog)
        names = "" if result.target else counted.few_units(result, a.given, w, catalog)
        text = w.clause(result, thin=thin) if result.target else w.shortcoming(result, a.period.year_ago, names)
        told.append(sentence(text))
    return [Listing(told)]


def _in_a_row(short: Sequence[Result], count: int, w: Words) -> list[Piece]:
    missed, named = ([r for r in short[:count] if (r.target is None) == own] for own in (False, True))
    told = [Text(sentence("; ".join(map(_missing(w), missed))), lead=w("brief_missed"))] if missed else []
    told += [Text(sentence(labels(named, w)), lead=w("brief_named"))] if named else []
    return [*told, *([Text(w("brief_more", n=len(short) - count))] if count < len(short) else [])]


def _missing(w: Words) -> Callable[[Result], str]:
    """Return how to tell what falls short of its target, with what is missing: “bí thư được … (thiếu 14 đồng chí)”."""

    def told(result: Result) -> str:
        n, value = result.units_to_close, w.value(result)
        unit = w(f"unit_{result.indicator.unit}", n=n) if n else ""
        return w("brief_short" if n else "short_item", label=w.thing(result.indicator), value=value, n=n, unit=unit)

    return told


def _nothing(a: Assessment, w: Words) -> str:
    waiting = sum(result.open_question for result in a.results)
    return w("shortcomings_none", n=waiting) if waiting else w("shortcomings_none_all")


def _measures(way: _Way, whole: int, w: Words) -> list[Piece]:
    """Return the measures: `detail` 3 with all that is to be done, 2 and 1 its beginning, 0 the title; 1 and 0 bare."""
    if not way.measures:
        return [Text(w("measures_none"))]
    items: list[Sequence[Piece]] = []
    for called in way.measures:
        action = called.measure.action(w.lang)
        if way.detail < 3:
            action = sentence(re.split(r"[.;]\s", action)[0]) if way.detail else ""
        grounds = _grounds(called, w) if way.detail > 1 else ""
        own = [Text(action, lead=called.measure.label(w.lang) + ".")]
        items.append([*own, *([Text(grounds, role="grounds")] if grounds else [])])
    more = whole - len(way.measures)
    return [Listing(items, numbered=True), *([Text(w("brief_more", n=more))] if more else [])]


def _grounds(called: Called, w: Words) -> str:
    """Return what would close the gap: what is missing to the targets, what is to be remedied, what to verify."""
    missed = [result for result in called.short if result.target]
    named = [result for result in called.short if not result.target]
    told = [w("brief_missing", items="; ".join(map(_missing(w), missed)))] if missed else []
    told += [w("grounds_short", labels=labels(named, w))] if named else []
    return " ".join([*told, *([w("grounds_open", labels=labels(called.open, w))] if called.open else [])])


def _data(a: Assessment, w: Words) -> list[str]:
    figures, reported = sum(map(has_figure, a.reported)), len(a.reported)
    titles = dict.fromkeys(s.publication_vi if w.lang == "vi" else s.publication_en for s in a.sources)
    units = {name: w.number(getattr(a.evidence, name) or 0) for name in ("reporting", "due")}
    told = [w("brief_data", publications=w.listed(list(titles)), date=w.date(a.as_of), **units)]
    key = "" if 0 < figures < reported else "_figures" if figures else "_words"
    numbers = {"reported": reported, "figures": figures, "stated": reported - figures}
    told.append(w(f"situation_published{key}", date=w.date(a.as_of), **numbers))
    told += [w("brief_derived")] if any(r.value and r.value.derived for r in a.results) else []
    told += [w(f"brief_{a.data_status}")] if a.data_status in ("synthetic", "provisional") else []
    return [*told, w("brief_full")]
