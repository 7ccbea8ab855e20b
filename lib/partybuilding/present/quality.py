"""open_quality(): what came in, what is missing, what the rules found, and what each gap costs the assessment.

Also for a return with errors, which open_report() refuses. What a return says of one commune is never printed: the
place is. Imports errors, periods, units, assess and the rest of this room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from partybuilding.assess.assessment import Result, assess
from partybuilding.assess.communes import Commune
from partybuilding.assess.folder import ReturnFolder, return_folders
from partybuilding.assess.gaps import Gap, gap, partial
from partybuilding.assess.indicators import Evidence
from partybuilding.assess.intake import Article
from partybuilding.assess.returns import Finding, Return
from partybuilding.errors import UserError, told_in
from partybuilding.errors import sentence as message
from partybuilding.periods import Period
from partybuilding.present import figures, sections
from partybuilding.present.counted import OF_PERSONS, PERSONS, grouped, where_in
from partybuilding.present.display import Cell, Column, Piece, ReportTable, Section, Text, joined
from partybuilding.present.document import Document, plain_table
from partybuilding.present.library import Library
from partybuilding.present.numbering import introduced
from partybuilding.present.report import day_of
from partybuilding.present.wording import Words, sentence

RULES = tuple(f"R{number:02}" for number in range(1, 13))
OF_CELLS = ("R01", "R02", "R03", "R04", "R05", "R06", "R12")  # their messages quote a cell
MOST = 300  # findings printed; all of them stand in the workbook
Rows = list[list[Cell | str]]


@dataclass(frozen=True)
class Quality(Document):
    """The quality of one return: its sections as display objects; `due` are the units of the register at its date."""

    notebook = "data_quality"
    pages = 60
    due: tuple[Commune, ...] = ()

    @property
    def given(self) -> Return:
        """The return itself."""
        given: Return = self.assessment.given
        return given

    @property
    def title(self) -> str:
        """Title of the document."""
        a, w = self.assessment, self.words
        return w("title_quality", period=w.period(a.period), organisation=sections.organisation(a, w))

    @property
    def excerpt(self) -> str:
        """What the document is about, in a few words."""
        return self.words("excerpt_quality", period=self.words.period(self.assessment.period))

    @cached_property
    def missing_units(self) -> list[Commune]:
        """Units of the register that have no row."""
        sent = set(self.given.cells["commune_code"].dropna())
        return [unit for unit in self.due if unit.code not in sent]

    @property
    def _counted(self) -> dict[str, str]:
        due = len(self.due) or len(self.given.cells)
        numbers = {"reporting": due - len(self.missing_units), "due": due, "missing": len(self.missing_units)}
        return {name: self.words.number(number) for name, number in numbers.items()}

    @cached_property
    def thin(self) -> list[Result]:
        """Results that rest on too few units."""
        return [r for r in self.assessment.results if r.value and partial(r.value, self.catalog)]

    def headline(self) -> str:
        """Return whether the return can be assessed, and on how much."""
        w, errors, thin = self.words, len(self.given.errors), len(self.thin)
        units = w("quality_units" if self.missing_units else "quality_all_units", **self._counted)
        if errors:
            return f"{units} {w('quality_errors', n=w.number(errors))}"
        return f"{units} {w('quality_partial', n=w.number(thin)) if thin else w('quality_sound')}"

    def received(self) -> Section:
        """What came in: file, date, status, office, units."""
        given, w, levels = self.given, self.words, Counter(f.level for f in self.given.findings)
        place = sections.organisation(self.assessment, w)
        rows: Rows = [
            [w("q_file"), given.file],
            [w("q_as_of"), w.date(given.as_of)],
            [w("q_status"), w(f"given_{given.status}")],
            [w("q_office"), given.prepared_by or w("q_unnamed")],
            [w("q_units"), w("q_of", **self._counted)],
            [w("q_errors"), w.number(levels["error"])],
            [w("q_warnings"), w.number(levels["warning"] + levels["note"])],
            [w("q_hash"), given.sha256[:12]],
        ]
        columns = [Column(w("q_item"), width=1), Column(w("q_content"), width=2.4)]
        opening = w("quality_opening", period=w.period(given.period), organisation=place)
        pieces = [Text(opening), Text(self.headline(), lead=w("headline_lead"), role="headline")]
        return self._numbered(
            Section("received", w("h_received"), 2, (*pieces, ReportTable(w("table_received"), columns, rows)))
        )

    def missing(self) -> Section:
        """Units that sent nothing, by area."""
        w = self.words
        if not self.missing_units:
            told = w("missing_none" if self.due else "missing_unknown", **self._counted)
            return self._numbered(Section("missing", w("h_missing"), 2, (Text(told),)))
        told = w("missing_some", **self._counted)
        return self._numbered(Section("missing", w("h_missing"), 2, (Text(told), self._missing_table())))

    def _missing_table(self) -> ReportTable:
        w, rows = self.words, Rows()
        for area in dict.fromkeys(unit.area for unit in self.missing_units):
            names = [("", f"{unit.kind} {unit.name} ({unit.code})") for unit in self.missing_units if unit.area == area]
            rows.append([w.place(area) or self.given.province.name(w.lang), w.number(len(names)), grouped(names, w)])
        columns = [Column(w("c_area"), width=1.6), Column(w("q_missing"), "number", 0.8), Column(w("c_units"), width=4)]
        return ReportTable(w("table_units_missing"), columns, rows)

    def findings(self) -> Section:
        """What the consistency rules found: by rule, then place by place."""
        w = self.words
        told = w("quality_findings" if self.given.findings else "findings_none", most=w.number(MOST))
        places = self._places(MOST) if self.given.findings else None
        return self._numbered(
            Section("findings", w("h_findings"), 2, joined([Text(told), self._rules_table(), places]))
        )

    def _rules_table(self) -> ReportTable:
        w, rows = self.words, Rows()
        found = Counter((finding.code, str(finding.level)) for finding in self.given.findings)
        for code in RULES:
            levels = [str(level) for rule, level in found if rule == code]
            for level in levels or [""]:
                shown = Cell(self._level(level), "not_met" if level == "error" else "") if level else "–"
                rows.append([code, w(f"rule_{code}"), shown, w.number(found[code, level])])
        columns = [Column(w("c_code"), width=0.6), Column(w("q_rule"), width=4)]
        columns += [Column(w("q_level"), width=1), Column(w("c_number"), "number", 0.9)]
        return ReportTable(w("table_rules"), columns, rows)

    def _level(self, level: str) -> str:
        return message(f"level_{level}", self.words.lang).capitalize()

    def _places(self, most: int | None = None) -> ReportTable:
        """Return the findings with their places, errors first; those on persons as numbers of communes."""
        w, rows = self.words, Rows()
        ordered = sorted(self.given.findings, key=lambda finding: finding.level != "error")
        listed = [finding for finding in ordered if finding.code not in OF_PERSONS]
        for finding in listed[:most]:
            where = where_in(finding.sheet, finding.row, finding.column, w)
            level = Cell(self._level(finding.level), "not_met" if finding.level == "error" else "")
            rows.append([finding.code, where, level, sentence(told(finding, w))])
        if most and len(listed) > most:
            rows.append(["…", "–", "–", w("q_more", n=w.number(len(listed) - most))])
        persons = Counter((f.code, f.column or "", f.level) for f in ordered if f.code in OF_PERSONS)
        for (code, column, word), number in persons.items():
            rows.append([code, where_in("cells", None, column, w), self._level(word), w(f"findings_{code}", n=number)])
        columns = [Column(w("c_code"), width=0.6), Column(w("c_place"), width=1.7)]
        columns += [Column(w("q_level"), width=0.9), Column(w("c_finding"), width=3.6)]
        return ReportTable(w("table_places"), columns, rows)

    def coverage(self) -> Section:
        """How full the return is: units by area, columns with blanks."""
        w, blanks = self.words, self._blanks_table()
        note = Text(w("blanks_note") if blanks else w("blanks_none"))
        drawn = introduced(figures.reporting(self._areas(), w), w, "reporting_intro")
        pieces = joined([*drawn, self._reporting_table(), note, blanks])
        self._shown["coverage"] = self._numbered(Section("coverage", w("h_coverage"), 2, pieces))
        return self._shown["coverage"]

    def _areas(self) -> list[tuple[str, tuple[int, int, int]]]:
        """Return by area the units without a blank, those with blanks, those that sent nothing."""
        cells, names = self.given.cells, [n for n, c in self.catalog.returns["cells"].items() if c.kind != "text"]
        always = [name for name in names if name not in self.catalog.rules.cell_only]
        with_cell = (cells["cell_established"] != 0).fillna(True)
        blank = cells[always].isna().any(axis=1) | (cells[names].isna().any(axis=1) & with_cell)
        state = dict(zip(cells["commune_code"].fillna(""), blank, strict=True))
        units = [(unit.area, unit.code) for unit in self.due] or [("", code) for code in state]
        found: dict[str, list[bool | None]] = {}
        for area, code in units:
            found.setdefault(self.words.place(area) or self.given.province.name(self.words.lang), []).append(
                state.get(code)
            )
        return [(area, (each.count(False), each.count(True), each.count(None))) for area, each in found.items()]

    def _reporting_table(self) -> ReportTable:
        w, rows = self.words, Rows()
        for area, (full, gaps, silent) in self._areas():
            due = full + gaps + silent
            share = w.number(100 * (full + gaps) / due, 1, 100.0 if silent else None)
            rows.append([area, *(w.number(n) for n in (due, full, gaps, silent)), w("percent", n=share)])
        heads = ("q_due", "q_full", "q_blank", "q_silent", "q_share")
        columns = [Column(w("c_area"), width=2.2), *(Column(w(head), "number", 1.1) for head in heads)]
        return ReportTable(w("table_reporting"), columns, rows)

    def _blanks_table(self) -> ReportTable | None:
        w, rows = self.words, Rows()
        for found in (finding for finding in self.given.findings if finding.code == "R11"):
            blank, due = int(found.value), found.fields["due"]
            label = self.catalog.returns["cells"][found.column or ""].label(w.lang)
            share = w("percent", n=w.number(100 * blank / due, 1)) if due else "–"
            counts = f"{w.number(blank)}/{w.number(due)}"
            where = "–" if PERSONS.search(found.column or "") else found.fields["rows"]  # totals would tell more
            rows.append([label, found.column or "", counts, share, where])
        columns = [Column(w("q_label"), width=2.3), Column(w("q_column"), width=2.2)]
        columns += [Column(w("q_blanks"), "number", 1), Column(w("c_share"), "number", 0.9)]
        columns.append(Column(w("q_rows"), width=1.8))
        return ReportTable(w("table_blanks"), columns, rows) if rows else None

    def cost(self) -> Section:
        """What each gap costs the assessment: what becomes partial, where the truth may lie, which targets may turn."""
        w, limit = self.words, self.words.number(self.catalog.rules.coverage)
        if self.given.errors:
            told = w("cost_errors", n=w.number(len(self.given.errors)), period=w.period(self.given.period))
            return self._numbered(Section("cost", w("h_cost"), 2, (Text(told),)))
        pieces: list[Piece] = [Text(w("cost_none", limit=limit))]
        if self.thin:
            groups = dict.fromkeys(self.catalog.groups[r.indicator.group].label(w.lang) for r in self.thin)
            told = w("cost_partial", n=w.number(len(self.thin)), limit=limit, groups="; ".join(groups))
            open_ = [result for result in self.thin if self._may_turn(result)]
            turned = w("cost_turn", n=len(open_), labels=sections.labels(open_, w)) if open_ else w("cost_no_turn")
            pieces = [Text(told), Text(w("cost_range")), Text(turned), self._cost_table()]
        if self._lost:
            pieces += [Text(w("cost_lost", n=len(self._lost))), self._lost_table(self._lost)]
        return self._numbered(Section("cost", w("h_cost"), 2, pieces))

    @property
    def _lost(self) -> list[Result]:
        asked = {"cells", "province"}
        return [r for r in self.assessment.results if r.reason and set(r.indicator.observed_by) & asked]

    def _gap(self, result: Result) -> Gap | None:
        return gap(result.indicator, result.value, self.given, self.catalog) if result.value else None

    def _may_turn(self, result: Result) -> bool:
        bounds, target = self._gap(result), result.target
        return bool(bounds and target and bounds.leaves_open(target.relation, target.value))

    def _cost_table(self) -> ReportTable:
        w, rows = self.words, Rows()
        for result in self.thin:
            value, bounds, target = result.value, self._gap(result), result.target
            if value is None:
                continue
            shown = "–"
            if bounds and result.indicator.kind == "count":
                shown = w("bound_ge", n=w.amount(result.indicator, bounds.low, 0))
            elif bounds:
                edge = target.value if target else 100.0
                low, high = (w.number(end, max(value.decimals, 1), edge) for end in (bounds.low, bounds.high))
                shown = w("range_about" if bounds.estimated else "range", low=low, high=high)
            reporting = f"{w.number(value.units_reporting or 0)}/{w.number(value.units_due or 0)}"
            turn = Cell(w("turn_open"), "undetermined") if self._may_turn(result) else w("turn_firm") if target else "–"
            aim = w.target(result.indicator, target) if target else "–"
            rows.append([result.indicator.label(w.lang), reporting, w.value(result), shown, aim, turn])
        heads = (("q_reporting", 1.2), ("c_value", 1.2), ("q_range", 1.9), ("c_target", 1.0))
        columns = [Column(w("c_indicator"), width=3.4), *(Column(w(head), "number", size) for head, size in heads)]
        return ReportTable(w("table_cost"), [*columns, Column(w("q_turn"), width=1.7)], rows)

    def _lost_table(self, lost: Sequence[Result]) -> ReportTable:
        w, rows = self.words, Rows()
        for group, label in self.catalog.groups.items():
            inside = [result for result in lost if result.indicator.group == group]
            if inside:
                rows.append([label.label(w.lang), sentence(sections.labels(inside, w))])
        return ReportTable(w("table_lost"), [Column(w("c_group"), width=1), Column(w("c_missing"), width=2.6)], rows)

    def method(self) -> Section:
        """How the return is checked, what is printed of it, how the bounds are worked out."""
        w, rules = self.words, self.catalog.rules
        limits = {"limit": w.number(rules.coverage), "small": w.number(rules.small_count)}
        keys = ("quality_method_blank", "quality_method_check", "quality_method_small", "quality_method_range")
        return self._numbered(
            Section("method", w("h_quality_method"), 2, tuple(Text(w(key, **limits)) for key in keys))
        )

    def _facts(self) -> dict[str, Any]:
        """Return the facts of every document, what was counted of the return, and names that stand in the text."""
        return super()._facts() | {
            "reporting": [
                due := len(self.due) or len(self.given.cells),
                missing := len(self.missing_units),
                due - missing,
            ],
            "findings": [found := len(self.given.findings), errors := len(self.given.errors), found - errors],
            "partial": [len(self.thin), sum(map(self._may_turn, self.thin))],
            "lost": len(self._lost),
            "names": [*RULES, len(RULES), MOST, "SHA-256"],
        }

    def _tables(self) -> list[dict[str, Any]]:
        """Return the tables of the workbook; the findings all of them."""
        tables = {
            "reporting": self._reporting_table(),
            "missing": self._missing_table() if self.missing_units else None,
            "rules": self._rules_table(),
            "findings": self._places() if self.given.findings else None,
            "blanks": self._blanks_table(),
            "cost": self._cost_table() if self.thin else None,
        }
        return [plain_table(table, name) for name, table in tables.items() if table]


def told(finding: Finding, w: Words) -> str:
    """Return what is wrong and what to do; what stands in a cell of the return is left out, its place is told."""
    of_sums = finding.code == "R04" and finding.row is None
    if finding.code not in OF_CELLS or finding.sentence == "R01_missing" or of_sums:
        return finding.message(w.lang)
    quoted = ("limit", "members", *(("name",) if finding.code == "R03" else ()))
    fields = {key: "…" if key in quoted else field for key, field in finding.fields.items()}
    return replace(finding, value="…", fields=fields).message(w.lang)


@dataclass(frozen=True)
class _Alone:
    """One return as a source of its own: with an error in it, it says nothing but what was found."""

    name: str
    folder: ReturnFolder
    given: Return

    @property
    def inputs(self) -> dict[str, str]:
        return self.folder.inputs

    @property
    def sources(self) -> dict[str, Article]:
        return {}

    def available(self) -> dict[tuple[str, Period], list[str]]:
        return self.folder.available()

    def evidence(self, slugs: Sequence[str], period: Period) -> Evidence | None:
        given = self.given
        if period != given.period:
            return None
        if not given.errors:
            return self.folder.evidence(slugs, period)
        inputs = {given.file: given.sha256}
        return Evidence({}, given.as_of, given.status, (), inputs, given, given.findings, len(given.cells))


def open_quality(
    province: str, period: str, lang: str = "vi", source: str = "demo", document_date: str = ""
) -> Quality:
    """Return the report on the quality of the return of `province` (slug or name) for `period`.

    `lang` is vi or en; `source` is a folder of returns under data/; `document_date` (YYYY-MM-DD) is printed on the
    document. A return with errors is reported on like any other; UserError only for what cannot be read at all.
    """
    words = Words(lang, "returns")
    with told_in(lang):
        dated, library = day_of(document_date), Library.read()
        folder = library.source(source)
        unit, when = library.check(str(province), str(period), folder)
        if not isinstance(folder, ReturnFolder):
            raise UserError("no_return", source=source, known=", ".join(return_folders()))
        given = folder.checked(folder.places[unit.slug, when])
    due = tuple(folder.communes.of(unit.slug, when.end))
    alone = _Alone(source, folder, given)
    assessment = assess(unit, when, library.catalog, alone, library.register)
    return Quality(assessment, library.catalog, library.layout, words, dated, due)
