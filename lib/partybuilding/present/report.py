"""open_report(): the notebook's one door. Imports errors, params, periods, units, assess and the rest of this room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from typing import Any, ClassVar

import pandas as pd

from partybuilding.assess.assessment import Assessment, Called, Result, Source, assess, withheld
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.folder import ReturnFolder, return_folders
from partybuilding.assess.intake import read_source
from partybuilding.errors import UserError, suggestion
from partybuilding.params import home
from partybuilding.periods import Period
from partybuilding.present import appendix, counted, sections
from partybuilding.present.display import Block, ReportTable, Section
from partybuilding.present.layout import Layout
from partybuilding.present.wording import Words
from partybuilding.units import Register, Unit

REPORT_MIME = "application/vnd.partybuilding.report+json"


@dataclass(frozen=True)
class Record:
    """The machine-readable report; the notebook's last output, from which the JSON file is written."""

    content: dict[str, Any]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown = f"{self.content['report']['title']}: {len(self.content['values'])} values"
        return {REPORT_MIME: self.content, "text/plain": shown}


@dataclass(frozen=True)
class Document:
    """What the reports on one province and period share: title, mark, head, values as a table, record."""

    notebook: ClassVar[str]
    assessment: Assessment
    catalog: Catalog
    layout: Layout
    words: Words
    document_date: date | None = None

    def _section(self, write: Callable[..., Section], *more: Any) -> Section:
        return write(self.assessment, self.words, *more)

    @property
    def title(self) -> str:
        """Title of the document."""
        a, w = self.assessment, self.words
        return w("title", period=w.period(a.period), kind=w(f"kind_{a.unit.kind}"), place=a.unit.name(w.lang))

    @property
    def excerpt(self) -> str:
        """What the document is about, in a few words."""
        return self.words("excerpt", period=self.words.period(self.assessment.period))

    @property
    def mark(self) -> str | None:
        """The words on every page of a report whose data are not official; None for the others."""
        status = self.assessment.data_status
        return self.words(f"mark_{status}") if status in ("synthetic", "provisional") else None

    def head(self) -> Block:
        """Head of the document in the Party's form; number and date left open."""
        a = self.assessment
        return self.layout.head(a.unit, self.words, a.period.year, self.document_date, self.excerpt, self.mark)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All indicators as a table: value, target, status, gap; rates in per cent."""
        return self.assessment.frame()

    def indicator(self, name: str) -> Result:
        """Return one indicator's result; UserError suggests the nearest id."""
        return self.assessment.result(self.catalog.indicator(name).id)

    def _findings(self) -> list[dict[str, Any]]:
        """Return what the consistency rules found, by rule and column: numbers of places, never a commune's figures."""
        given, found = self.assessment.given, dict[tuple[str, str, str, str], int]()
        for f in given.findings if given else ():
            key = (f.code, f.level, f.sheet, f.column or "")
            found[key] = found.get(key, 0) + 1
        return [
            {
                "code": code,
                "level": level,
                "sheet": sheet,
                "column": column,
                "count": count,
                "message": f"{code} {column}",
            }
            for (code, level, sheet, column), count in found.items()
        ]

    def headline(self) -> str:
        """Return the main finding."""
        raise NotImplementedError

    def _called(self) -> Sequence[Called]:
        return ()

    def _tables(self) -> list[dict[str, Any]]:
        """Return the tables of the appendix workbook."""
        raise NotImplementedError

    def record(self) -> Record:
        """Return the machine-readable report: every value with its target, status and trail."""
        a = self.assessment
        report = {
            "notebook": self.notebook,
            "province": a.unit.slug,
            "period": str(a.period),
            "lang": self.words.lang,
            "form": "long",
            "source": a.source,
            "status": a.data_status,
            "as_of": a.as_of.isoformat(),
            "title": self.title,
            "headline": self.headline(),
            "draft_note": self.words("draft_note"),
            "mark": self.mark,
            "document_date": self.document_date.isoformat() if self.document_date else None,
            "communes": a.unit.communes,
            "military_region": a.unit.military_region,
        }
        measures = [
            {
                "measure": called.measure.id,
                "article": called.measure.article,
                "short": [result.indicator.id for result in called.short],
                "open": [result.indicator.id for result in called.open],
            }
            for called in self._called()
        ]
        return Record(
            {
                "report": report,
                "values": [_entry(result) for result in a.results],
                "findings": self._findings(),
                "measures": measures,
                "tables": self._tables(),
                "versions": {"partybuilding": version("partybuilding")},
                "inputs": dict(sorted(a.inputs.items())),
            }
        )


@dataclass(frozen=True)
class Report(Document):
    """A report on one province and period: its sections as display objects, its values as a table."""

    notebook = "province_assessment"

    def situation(self) -> Section:
        """Where, under which rules, on which data; with the main finding."""
        return self._section(sections.situation)

    def results(self, group: str | None = None) -> Section:
        """Overview of the results, or the results of one group of params/indicators.yaml."""
        if group is None:
            return self._section(sections.results)
        if group not in self.catalog.groups:
            known = ", ".join(self.catalog.groups)
            raise UserError(
                "group_unknown", value=group, known=known, suggestion=suggestion(group, self.catalog.groups)
            )
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
        return self.layout.foot(self.words, sections.closing(self.assessment, self.words))

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
        heads = (
            "c_indicator",
            "c_number",
            "c_whole",
            "c_value",
            "c_year_ago",
            "c_target",
            "c_status",
            "c_missing_units",
        )
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
        tables = [
            {
                "name": "results",
                "title": w("table_all"),
                "columns": [w(head) for head in heads],
                "rows": rows,
                "notes": [w("table_all_note")],
            }
        ]
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
            for name, pieces in (
                ("areas", counted.area_table(a.given, w, self.catalog)),
                ("communes", counted.communes(a, a.given, w, self.catalog)),
                ("findings", counted.findings(a.given, w)),
            ):
                tables += [plain_table(piece, name) for piece in pieces if isinstance(piece, ReportTable)]
        return tables


def plain_table(table: ReportTable, name: str) -> dict[str, Any]:
    """Return a table of the report as plain rows; whole numbers as numbers."""
    rows = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in table.rows]
    return {
        "name": name,
        "title": table.caption,
        "columns": [column.head for column in table.columns],
        "rows": [[int(text) if text.isdigit() else text for text in row] for row in rows],
        "notes": [],
    }


def _entry(result: Result) -> dict[str, Any]:
    value, target = result.value, result.target
    return {
        "indicator": result.indicator.id,
        "group": result.indicator.group,
        "value": value.amount if value else None,
        "qualifier": value.qualifier if value else None,
        "state": value.state if value else None,
        "unit": {"rate": "percent", "count": "count", "state": "state"}[result.indicator.kind],
        "decimals": value.decimals if value else None,
        "numerator": value.numerator if value else None,
        "denominator": value.denominator if value else None,
        "derived": value.derived if value else None,
        "units_reporting": value.units_reporting if value else None,
        "units_due": value.units_due if value else None,
        "status": result.status,
        "reason": result.reason,
        "target": target.value if target else None,
        "target_qualifier": target.relation if target else None,
        "target_source": target.source if target else None,
        "gap": result.gap,
        "units_to_close": result.units_to_close,
        "previous": result.previous.amount if result.previous else None,
        "year_ago": result.year_ago.amount if result.year_ago else None,
        "trail": [
            {
                "source": t.source,
                "sheet": t.sheet,
                "rows": t.rows,
                "paragraph": t.paragraph,
                "formula": None if t.paragraph else result.indicator.formula,
                "hash": t.sha256,
            }
            for t in (value.trail if value else ())
        ],
    }


@dataclass(frozen=True)
class Library:
    """The checked parameters and register, read once."""

    register: Register
    catalog: Catalog
    layout: Layout

    @classmethod
    def read(cls) -> Library:
        """Read and check params/."""
        register = Register.read()
        return cls(register, Catalog.read(register), Layout.read())

    def source(self, name: str) -> Source:
        """Read one source of data/: published figures (it has a sources.csv) or a folder of returns."""
        if name in return_folders():
            return ReturnFolder(name, home() / "data" / name, self.catalog, self.register, Communes.read())
        return read_source(name, self.catalog, self.register)

    def check(self, province: str, period: str, published: Source) -> tuple[Unit, Period]:
        """Return the unit and period of a report that can be made; UserError says why it cannot."""
        when = Period.parse(period)
        unit = self.register.at(province, when)
        if (unit.slug, when) not in published.available():
            known = [f"{slug} {p}" for slug, p in published.available() if slug == unit.slug] or [
                f"{s} {p}" for s, p in published.available()
            ]
            raise UserError(
                "nothing_for", source=published.name, name=unit.name_vi, period=str(when), known=", ".join(known)
            )
        return unit, when


def day_of(document_date: str) -> date | None:
    """Return the date printed on a document; None where it is left open."""
    try:
        return date.fromisoformat(document_date) if document_date else None
    except ValueError:
        raise UserError("document_date", value=document_date) from None


def open_report(
    province: str, period: str, lang: str = "vi", source: str = "published", document_date: str = ""
) -> Report:
    """Return the report on `province` (slug or name) for `period` (2022, 2022-H1, 2022-Q4, 2022-11).

    `lang` is vi or en; `source` is a folder under data/; `document_date` (YYYY-MM-DD) is printed on the document,
    empty leaves it open. Every slip raises a UserError with one message that says what to do.
    """
    basis = "returns" if source in return_folders() else "published"
    words = Words(lang, basis)
    dated = day_of(document_date)
    library = Library.read()
    published = library.source(source)
    unit, when = library.check(str(province), str(period), published)
    whole = assess(unit, when, library.catalog, published, library.register)
    assessment = withheld(whole, library.catalog.rules.small_count)
    return Report(assessment, library.catalog, library.layout, words, dated)
