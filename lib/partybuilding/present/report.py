"""open_report(): the notebook's one door. Imports errors, params, periods, units, assess and the rest of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import pandas as pd

from partybuilding.assess.assessment import Called, assess, retargeted, withheld
from partybuilding.assess.catalog import Target
from partybuilding.assess.folder import ReturnFolder
from partybuilding.errors import UserError, suggestion, told_in
from partybuilding.present import appendix, counted, questions, sections
from partybuilding.present.brief import OneSheet
from partybuilding.present.display import Block, ReportTable, Section
from partybuilding.present.document import Document, plain_table
from partybuilding.present.library import Library
from partybuilding.present.questions import Comparison
from partybuilding.present.series import SeriesFrame, series
from partybuilding.present.wording import Words

FIXED_PAGES, COMMUNES_A_PAGE = 30, 10


@dataclass(frozen=True)
class Report(Document):
    """A report on one province and period: its sections as display objects, its values as a table.

    Ask it: `indicator(id)`, `series(id)`, `units(short_of=id)`, `compare(province)`, `frame`,
    `what_if(targets={id: number})`; see and print it: `panel()`. `trial` are the targets of a trial calculation, by
    indicator.
    """

    notebook = "province_assessment"
    forms: ClassVar[tuple[str, ...]] = ("long", "brief")
    trial: tuple[tuple[str, float | None], ...] = ()

    @property
    def mark(self) -> str | None:
        """The words on every page: that data are not official, that targets are those of a trial calculation."""
        marks = [super().mark, self.words("mark_trial") if self.trial else None]
        return " · ".join(mark for mark in marks if mark) or None

    def units(self, short_of: str | None = None) -> pd.DataFrame:
        """Return the communes of the return as a table, or those that fall short of the indicator `short_of`.

        Index `unit`; with `short_of` column `area`, without it also cell, standing_board, rating, meetings (texts as
        printed), members and shortcomings (Int64). Numbers of members that the report withholds are <NA>.
        UserError for published figures, and for an indicator of persons: which commune stands behind it is not told.
        """
        with told_in(self.words.lang):
            return questions.units(self.assessment, self.words, self.catalog, short_of)

    def series(self, indicator: str) -> SeriesFrame:
        """Return one indicator over all periods that the source has; it shows itself as a curve and a table.

        Index `period` (text, in order of time). Columns: `value` (Float64; per cent for rates, whole units for
        counts), `qualifier` (string; a bound is no point of the curve), `numerator`, `denominator`, `units_reporting`,
        `units_due` (Int64), `units` (string, whose data they are) and `bridge` (boolean): whether they are those of the
        units that were merged into this one, whose counts are summed, never their rates averaged. <NA> where a period
        does not tell, or its return has errors. The curve takes the periods as long as the report's own.
        UserError suggests the nearest id.
        """
        library, a = Library.read(), self.assessment
        source, wanted = library.source(a.source), self.catalog.indicator(indicator)
        return series(a, self.catalog, self.words, source, library.register, wanted)

    def compare(self, province: str, period: str = "", source: str = "") -> Comparison:
        """Return this province and another (or the same in another period) side by side; `.frame` is the table.

        Ranks an indicator only where like stands against like. It refuses, and says why: other article, other
        definition, derived value, bound or statement, counts of unlike provinces, coverage below the limit of
        params/returns.yaml, other rating regime, other length of period, real beside synthetic data.
        UserError for what there is no report on, and for the same province, period and source once more.
        """
        a = self.assessment
        other = open_report(province, period or str(a.period), self.words.lang, source or a.source).assessment
        if (a.unit, a.period, a.source) == (other.unit, other.period, other.source):
            with told_in(self.words.lang):
                raise UserError("compare_itself", name=a.unit.name(self.words.lang), period=str(a.period))
        return Comparison(a, other, self.catalog, self.words)

    def what_if(self, targets: Mapping[str, float | None], weights: Mapping[str, float] | None = None) -> Report:
        """Return this report with other targets, marked on every page as a trial calculation.

        `targets` gives a number by indicator id (per cent for rates: 95, not 0.95; whole units for counts), None takes
        the target away; they hold for this period and the next. `weights` are refused: no guidance weighs one target
        against another, and a score of one's own would be a rating beside the rating regime. A UserError also meets
        unknown ids and numbers that cannot be.
        """
        with told_in(self.words.lang):
            return self._on_trial(targets, weights)

    def _on_trial(self, targets: Mapping[str, float | None], weights: Mapping[str, float] | None) -> Report:
        a, w, trial = self.assessment, self.words, dict(self.trial)
        if weights:
            raise UserError("no_weights")
        kept = list(self.catalog.targets)
        for name, number in targets.items():
            indicator = self.catalog.indicator(name)
            if indicator.direction == "none" or indicator.kind == "state":
                raise UserError("trial_not_judged", value=name)
            most = 200 if indicator.kind == "rate" else 10**9  # a plan may be exceeded
            fits = isinstance(number, int | float) and 0 <= number <= most
            share = fits and 0 < (number or 0) <= 1 and (indicator.kind, indicator.direction) == ("rate", "higher")
            if number is not None and (share or not fits):
                raise UserError("trial_number", key=name, value=repr(number))
            before = self.catalog.target(name, a.unit, a.period.end)
            kept = [target for target in kept if target.indicator != name]
            trial[name] = number
            if number is not None:
                relation = before.relation if before else ">=" if indicator.direction == "higher" else "<="
                new = {"id": f"trial_{name}", "indicator": name, "relation": relation, "value": number}
                kept.append(
                    Target.model_validate({**new, "kind": "target", "source": w("trial_source"), "certainty": "C"})
                )
        catalog = replace(self.catalog, targets=tuple(kept))
        return replace(self, assessment=retargeted(a, catalog), catalog=catalog, trial=tuple(trial.items()))

    @property
    def pages(self) -> int | None:
        """Pages that the print may have: the report proper, and the table of communes at its end."""
        return FIXED_PAGES + (self.assessment.communes[0] if self.assessment.given else 0) // COMMUNES_A_PAGE

    def panel(self) -> Any:
        """Return the panel: choose province, period, language; see the pages; save HTML and PDF."""
        from partybuilding.present.panel import Panel  # noqa: PLC0415 (widgets only where they are shown)

        return Panel(self, open_report, Library.read()).box

    def situation(self) -> Section:
        """Where, under which rules, on which data; with the main finding."""
        return self._section(sections.situation)

    def results(self, group: str | None = None) -> Section:
        """Overview of the results, or the results of one group of params/indicators.yaml."""
        if group is None:
            return self._section(sections.results)
        if group not in self.catalog.groups:
            near, known = suggestion(group, self.catalog.groups), ", ".join(self.catalog.groups)
            with told_in(self.words.lang):
                raise UserError("group_unknown", value=group, known=known, suggestion=near)
        return self._section(sections.group_results, self.catalog, group)

    def shortcomings(self) -> Section:
        """What falls short, what the source names, what cannot be said."""
        return self._section(sections.shortcomings, self.catalog)

    def measures(self) -> Section:
        """Return the measures that the shortfalls call for, with their grounds."""
        return self._section(sections.measures)

    def targets(self) -> Section:
        """Targets and requirements for the next period."""
        return self._section(sections.targets)

    def foot(self) -> Block:
        """Recipients and signature, left open."""
        foot: Block = self.layout.spelt(
            self.layout.foot(self.words, sections.closing(self.assessment, self.words), self.day)
        )
        return foot

    def data(self) -> Section:
        """Return the data behind the report, under the heading of the appendix."""
        section = self._section(appendix.data, self.catalog)
        return Section("appendix", self.words("h_appendix"), 2, (section,))

    def method(self) -> Section:
        """How values are compared, rounded and judged."""
        return self._section(appendix.method, self.catalog)

    def sources(self) -> Section:
        """Articles and guiding documents."""
        return self._section(appendix.sources)

    def headline(self) -> str:
        """Return what is met, what is not, what is not known."""
        return sections.headline(self.assessment, self.words)

    def _called(self) -> Sequence[Called]:
        return self.assessment.measures

    def _tables(self) -> list[dict[str, Any]]:
        """Return the tables of the workbook: all values, and of returns what stands in the report's appendix."""
        a, w = self.assessment, self.words
        names = "indicator number whole value year_ago target status missing_units".split()  # noqa: SIM905
        rows = [
            [
                r.indicator.label(w.lang),
                r.value.numerator if r.value else None,
                r.value.denominator if r.value else None,
                w.value(r) if r.value is None or r.value.amount is None or not r.value.exact else r.value.amount,
                r.year_ago.amount if r.year_ago else None,
                r.target.value if r.target else None,
                w(f"status_{r.status}"),
                r.units_to_close,
            ]
            for r in a.results
            if r.status != "not_applicable"
        ]
        columns = [w(f"c_{name}") for name in names]
        table = {"name": "results", "title": w("table_all"), "columns": columns, "rows": rows}
        tables: list[dict[str, Any]] = [{**table, "notes": [w("table_all_note")]}]
        if a.given:
            units = [
                [r.indicator.label(w.lang), w.place(area), w.place(unit)]
                for r in a.results
                if r.value
                for area, unit in counted.short_units(r.indicator, a.given, self.catalog)
            ]
            columns = [w("c_indicator"), w("c_area"), w("c_units")]
            table = {"name": "units", "title": w("table_units"), "columns": columns, "rows": units}
            tables.append({**table, "notes": []})
            for name, title, write, own in (
                ("areas", w("table_areas"), counted.area_table, (a.given, w, self.catalog)),
                ("communes", w("table_communes"), counted.communes, (a, a.given, w, self.catalog)),
                ("findings", w("table_findings"), counted.findings, (a.given, w)),
            ):
                pieces = self._shown_table(title) or write(*own)
                tables += [plain_table(piece, name) for piece in pieces if isinstance(piece, ReportTable)]
                if name == "communes":
                    tables[-1] |= {"single_units": True, "members": [4], "adds_up": self._sums()}
        return tables

    def _sums(self) -> list[dict[str, Any]]:
        """Return which columns of the table of communes add up to which counts, where all units due have reported."""
        parts = [
            (2, 0, "cell_established"),
            (3, 0, "standing_board"),
            (4, 0, "official_members + probationary_members"),
        ]
        parts += [(6, 0, "meetings_held"), (6, 1, "meetings_due")]
        words = {self.words("yes"): 1, self.words("no"): 0}
        return [
            {"column": column, "side": side, "words": words, "indicator": r.indicator.id, "part": part}
            for r in self.assessment.results
            if r.value and r.value.units_reporting == r.value.units_due and not r.indicator.among
            for column, side, name in parts
            for part in ("numerator", "denominator")
            if getattr(r.indicator, part) == name
        ]


class BriefReport(OneSheet, Report):
    """The same report on one sheet: two pages."""


def day_of(document_date: str) -> date | None:
    """Return the date printed on a document; None where it is left open."""
    try:
        return date.fromisoformat(document_date) if document_date else None
    except ValueError:
        raise UserError("document_date", value=document_date) from None


def open_report(
    province: str, period: str, lang: str = "vi", source: str = "published", document_date: str = "", form: str = "long"
) -> Report:
    """Return the report on `province` (slug or name) for `period` (2022, 2022-H1, 2022-Q4, 2022-11).

    `lang` is vi or en; `source` is a folder under data/; `document_date` (YYYY-MM-DD) is printed on the document,
    empty leaves it open; `form` is long, or brief: two pages on one sheet. Every slip raises a UserError with one
    message that says what to do.
    """
    words = Words(lang)
    with told_in(lang):
        dated = day_of(document_date)
        if form not in Report.forms:
            fields = {"known": ", ".join(Report.forms), "suggestion": suggestion(form, Report.forms)}
            raise UserError("form_unknown", value=form, **fields)
        library = Library.read()
        published = library.source(source)
        unit, when = library.check(str(province), str(period), published)
        whole = assess(unit, when, library.catalog, published, library.register)
        words = Words(lang, "returns" if isinstance(published, ReturnFolder) else "published")
    assessment = withheld(whole, library.catalog.rules.small_count)
    kind = BriefReport if form == "brief" else Report
    return kind(assessment, library.catalog, library.layout, words, dated)
