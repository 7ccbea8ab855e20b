"""What all reports share: title, mark, head, values as a table, and the machine-readable record. Imports this room."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from typing import Any, ClassVar

import pandas as pd

from partybuilding.assess.assessment import Assessment, Called, Result
from partybuilding.assess.catalog import Catalog, Target
from partybuilding.errors import told_in
from partybuilding.params import home, read_text
from partybuilding.present.display import Block, Cell, Column, Figure, Piece, ReportTable, Section, Text
from partybuilding.present.layout import Layout
from partybuilding.present.numbering import Numbering
from partybuilding.present.questions import Answer
from partybuilding.present.wording import Words

_SHOWN = re.compile(r'\w+\.(\w+)\((?:"(\w+)")?\)')
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
    form: ClassVar[str] = "long"
    assessment: Assessment
    catalog: Catalog
    layout: Layout
    words: Words
    document_date: date | None = None

    def _section(self, write: Callable[..., Section], *more: Any) -> Section:
        section = self._numbered(write(self.assessment, self.words, *more))
        self._shown[section.name] = section
        return section

    def _numbered(self, section: Section) -> Section:
        numbered: Section = self.layout.spelt(self._numbering.numbered(section))
        return numbered

    @cached_property
    def _numbering(self) -> Numbering:
        """The numbers of tables, figures and footnotes shown so far."""
        return Numbering(self.words)

    @cached_property
    def _shown(self) -> dict[str, Section]:
        """The sections shown so far, by name: their tables belong into the record."""
        return {}

    def _shown_table(self, caption: str) -> list[ReportTable]:
        """Return the table of that caption, where a section has shown it: it need not be made twice."""
        shown = (piece for piece in _pieces(self._shown.values()) if isinstance(piece, ReportTable))
        return [table for table in shown if table.caption == caption][:1]

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
        head = self.layout.head(a.unit, self.words, a.period.year, self.document_date, self.excerpt, self.mark)
        spelt: Block = self.layout.spelt(head)
        return spelt

    @property
    def day(self) -> date:
        """The day whose rules of form the document follows: its own date, or while that is open that of its data."""
        return self.document_date or self.assessment.as_of

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All indicators as a table: value, target, status, gap; rates in per cent."""
        return self.assessment.frame()

    def indicator(self, name: str) -> Answer:
        """Return one indicator of params/indicators.yaml: value, target, status, gap, trail; it shows itself.

        `report["cell_standing_board_rate"]` is the same and completes the id with Tab. Rates are in per cent at full
        precision. UserError suggests the nearest id.
        """
        with told_in(self.words.lang):
            known = self.catalog.indicator(name)
        return Answer(**vars(self.assessment.result(known.id)), words=self.words)

    __getitem__ = indicator

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.catalog.indicators)

    def cells(self) -> list[tuple[str, bool]]:
        """Return the code of each cell of the report's notebook, and whether it is the parameters cell."""
        notebook = json.loads(read_text(home() / "notebooks" / f"{self.notebook}.ipynb"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return [("".join(cell["source"]), "parameters" in cell["metadata"].get("tags", ())) for cell in code]

    def pieces(self) -> Iterator[tuple[str, Any]]:
        """Return each cell of the report's notebook that shows something, and what it shows for this report."""
        for source, _ in self.cells():
            if shown := _SHOWN.fullmatch(source):
                made = getattr(self, shown[1])(*filter(None, [shown[2]]))
                if made is not None:
                    yield source, made

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        judged = ReportTable(self.title, *_judged(self.assessment, self.words))
        lead = Text(self.headline(), lead=self.words("headline_lead"), role="headline")
        mark = [Text(self.mark, role="mark")] if self.mark else []
        return Section("report", self.title, 3, (*mark, lead, judged))._repr_mimebundle_()

    def _findings(self) -> list[dict[str, Any]]:
        """Return what the consistency rules found, by rule and column: numbers of places, never a commune's figures."""
        given, found = self.assessment.given, dict[tuple[str, str, str, str], int]()
        for f in given.findings if given else ():
            key = (f.code, f.level, f.sheet, f.column or "")
            found[key] = found.get(key, 0) + 1
        names = ("code", "level", "sheet", "column")
        return [dict(zip(names, key, strict=True), count=n, message=f"{key[0]} {key[3]}") for key, n in found.items()]

    def _facts(self) -> dict[str, Any]:
        """Return what the text tells besides values and tables: numbers, limits, dates, names, texts as given."""
        a, lang, rules, d = self.assessment, self.words.lang, self.catalog.rules, self.document_date
        given, results = a.given, [result for result in a.results if result.status != "not_applicable"]
        figures = [r.value is not None and r.value.amount is not None for r in a.short if not r.target]
        known = [r.value.amount is not None for r in results if r.value]
        statuses = sorted({r.status for r in a.results})
        days = (a.period.start, a.period.end, a.period.next.end, a.as_of, a.unit.valid_from)  # the last: of a merger
        return {
            "periods": [str(period) for period in (a.period, a.period.next, a.period.previous, a.period.year_ago)],
            "dates": [str(day) for day in days if day],
            "place_date": [d.year, d.day, f"{d.day:02d}", d.month, f"{d.month:02d}"] if d else [],
            "units": [a.evidence.reporting, a.evidence.due],
            "results": [len(results), len(known), known.count(True), known.count(False)],
            "shortcomings": [figures.count(True), figures.count(False)],
            "status": {name: len(a.having(name)) for name in statuses},
            "judged": {name: sum(r.target is not None for r in a.having(name)) for name in statuses},
            "missed": sum(r.target is not None for r in a.short),
            "waiting": [sum(r.open_question for r in a.in_group(group)) for group in self.catalog.groups],
            "rules": 12,  # of consistency, R01 to R12
            "limits": [self.catalog.judgement.close, rules.coverage, 0, 100],
            "contract": self.catalog.contract,
            "documents": [r.id for r in a.regime.documents] + [g.document for g in a.guidance],
            "issued": [str(one.issued) for part in (a.regime.documents, a.guidance) for one in part],
            "sources": [
                [getattr(s, f"title_{lang}"), getattr(s, f"publication_{lang}"), str(s.published)] for s in a.sources
            ],
            "return": [given.file, given.prepared_by, given.sha256] if given else [],
            "places": self._places_with_numbers(),
            "texts": [
                *(part.strip() for text in (given.texts.values() if given else ()) for part in text.split("\n")),
                *(piece.finding for piece in _pieces(self._shown.values()) if isinstance(piece, Figure)),
            ],
        }

    def _places_with_numbers(self) -> list[str]:
        """Return the names of areas and communes that hold a number, such as “phường 12”."""
        given = self.assessment.given
        names = {name for place in given.places for name in place} if given else ()
        return sorted(self.words.place(name) for name in names if re.search(r"\d", name))

    @property
    def pages(self) -> int | None:
        """Pages that the print may have; in brief form those that it must have."""
        return None

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
        a, lang = self.assessment, self.words.lang
        report = {
            "notebook": self.notebook,
            "province": a.unit.slug,
            "place": a.unit.name(lang),
            "period": str(a.period),
            "lang": lang,
            "form": self.form,
            "source": a.source,
            "status": a.data_status,
            "as_of": a.as_of.isoformat(),
            "title": self.title,
            "headline": self.headline(),
            "draft_note": self.words("draft_note"),
            "mark": self.mark,
            "document_date": self.document_date.isoformat() if self.document_date else None,
            "communes": a.communes[0],
            "military_region": a.unit.military_region,
            "pages": self.pages,
            "small_count": self.catalog.rules.small_count,
            "layout": self.layout.measures(self.day),
        }
        periods = [str(period) for period in (a.period, a.period.previous, a.period.year_ago)]
        tables, ahead = self._tables(), {result.indicator.id: target for target, result in a.next_targets}
        short = Counter(row[0] for table in tables if table["name"] == "units" for row in table["rows"])
        measures = [
            {"measure": called.measure.id, "title": called.measure.label(lang), "action": called.measure.action(lang)}
            | {"article": called.measure.article}
            | {name: [one.indicator.id for one in getattr(called, name)] for name in ("short", "open")}
            for called in self._called()
        ]
        values = [_entry(one, self.words, self.catalog, ahead, short) | {"periods": periods} for one in a.results]
        shown = _shown_tables(self._shown.values(), tables, a, self.words)
        record = {"report": report, "values": values, "findings": self._findings(), "measures": measures}
        record |= {"tables": tables, "shown": shown, "facts": self._facts()}
        record |= {"versions": {"partybuilding": version("partybuilding")}, "inputs": dict(sorted(a.inputs.items()))}
        return Record(self.layout.spelt(record))


def _judged(a: Assessment, w: Words) -> tuple[list[Column], list[list[Cell | str]]]:
    columns = [Column(w("c_indicator"), width=4), *(Column(w(head), "number", 1.3) for head in ("c_value", "c_target"))]
    shown = [r for r in a.results if r.target and r.value]
    rows: list[list[Cell | str]] = [
        [
            r.indicator.label(w.lang),
            w.value(r),
            w.target(r.indicator, r.target),
            Cell(w(f"status_{r.status}"), r.status),
        ]
        for r in shown
        if r.target
    ]
    return [*columns, Column(w("c_status"), width=1.7)], rows


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


def _pieces(shown: Iterable[Piece]) -> Iterator[Piece]:
    """Return the pieces and all that is within them."""
    for piece in shown:
        yield piece
        yield from _pieces(getattr(piece, "pieces", ()))


def _shown_tables(
    shown: Iterable[Section], tables: Sequence[dict[str, Any]], a: Assessment, w: Words
) -> list[dict[str, Any]]:
    """Return the tables of the sections shown that neither the workbook's tables nor the values hold."""
    known, names = {table["title"] for table in tables}, [result.indicator.label(w.lang) for result in a.results]
    labels = {*names, *map(w.subject, names)}
    found = []
    for piece in _pieces(shown):
        if isinstance(piece, Figure) and piece.rows:
            rows = [list(row) for row in piece.rows]
            found.append({"title": piece.caption, "columns": list(piece.heads), "rows": rows})
        if isinstance(piece, ReportTable) and piece.caption not in known:
            heads = {row[0] if isinstance(row[0], str) else row[0].text for row in piece.rows}
            if not heads <= labels:
                found.append({**plain_table(piece, "shown"), "title": piece.caption})
    return [{"name": "shown", "notes": [], **table} for table in found]


def _change(result: Result, before: Any) -> float | None:
    """Return the change on an earlier value, where both are exact numbers."""
    now = result.value
    if not (now and before and now.exact and before.exact) or now.amount is None or before.amount is None:
        return None
    return float(now.amount - before.amount)


_OF_VALUE = "qualifier state decimals numerator denominator derived units_reporting units_due".split()  # noqa: SIM905


def _entry(
    result: Result, w: Words, catalog: Catalog, ahead: Mapping[str, Target], short: Mapping[str, int]
) -> dict[str, Any]:
    value, target, after = result.value, result.target, ahead.get(result.indicator.id)
    return {
        "indicator": result.indicator.id,
        "label": result.indicator.label(w.lang),
        "subject": w.subject(result.indicator.label(w.lang)),
        "thing": w.thing(result.indicator),
        "definition": result.indicator.definition(w.lang),
        "about": result.indicator.note(w.lang),
        "note": value.note(w.lang) if value else None,
        "columns": catalog.columns_named(result.indicator, w.lang),
        "article": result.indicator.article,
        "paragraph": result.indicator.paragraph,
        "group": result.indicator.group,
        "value": value.amount if value else None,
        "unit": {"rate": "percent", "count": "count", "state": "state"}[result.indicator.kind],
        **{name: getattr(value, name, None) for name in _OF_VALUE},
        "status": result.status,
        "reason": result.reason,
        "target": target.value if target else None,
        "target_qualifier": target.relation if target else None,
        "target_source": target.source if target else None,
        "target_paragraph": target.paragraph if target else None,
        "target_note": (target.note_vi if w.lang == "vi" else target.note_en) if target else None,
        "gap": result.gap,
        "units_to_close": result.units_to_close,
        "previous": result.previous.amount if result.previous else None,
        "previous_change": _change(result, result.previous),
        "year_ago": result.year_ago.amount if result.year_ago else None,
        "year_ago_change": _change(result, result.year_ago),
        "units_short": short.get(result.indicator.label(w.lang), 0) if short else None,
        "next_target": after.value if after else None,
        "trail": [
            {name: getattr(t, name) for name in ("source", "sheet", "rows", "paragraph")}
            | {"formula": None if t.paragraph else result.indicator.formula, "hash": t.sha256}
            for t in (value.trail if value else ())
        ],
    }
