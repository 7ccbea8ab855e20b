"""The appendix: data, method, sources, from one assessment. Imports assess, wording, display, figures and sections."""

from __future__ import annotations

from partybuilding.assess.assessment import Assessment
from partybuilding.assess.catalog import Catalog
from partybuilding.present import counted, figures
from partybuilding.present.counted import Rows
from partybuilding.present.display import Cell, Piece, ReportTable, Section, Text, columns, joined
from partybuilding.present.sections import labels, note, numbered, organisation, place
from partybuilding.present.wording import Words, sentence


def data(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return what the report rests on: each figure with its place, and what the source does not mention."""
    missing: Rows = []
    for group, label in catalog.groups.items():
        absent = [result for result in a.in_group(group) if result.reason == "not_in_source"]
        missing += [[label.label(w.lang), sentence(labels(absent, w))]] if absent else []
    number = 2 if figures.rates(a) else 1
    absent, few = a.having("not_applicable"), [result for result in a.results if result.reason == "too_small"]
    applying = len(a.results) - len(absent)
    pieces: list[Piece] = [
        Text(w("data_intro", n=applying, organisation=organisation(a, w), number=number)),
        numbered(figures.coverage(a, w, catalog), number, w),
        *(counted.appendix(a, a.given, w, catalog) if a.given else (_data_table(a, w),)),
    ]
    if missing:
        heads = columns(w, "c_group 1", "c_missing 2.6")
        pieces += [Text(w("data_missing")), ReportTable(w("table_missing"), heads, missing)]
    for key, those in (("data_not_applicable", absent), ("data_too_small", few)):
        pieces += [Text(w(key, labels=labels(those, w)))] if those else []
    return Section("data", w("h_data"), 3, pieces)


def _data_table(a: Assessment, w: Words) -> ReportTable:
    rows: Rows = []
    for result in a.reported:
        if (value := result.value) is None:
            continue
        shown = Cell(w.value(result) + (f" ({w('derived')})" if value.derived else ""), note=note(result, w))
        where = ", ".join(place(a, w, trail.source, trail.paragraph) for trail in value.trail)
        rows.append([result.indicator.label(w.lang), shown, where])
    return ReportTable(w("table_data"), columns(w, "c_indicator 4.2", "c_value 2.2 #", "c_source 1.8"), rows)


def method(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return how values are compared, rounded and judged, and how the rates of this report are defined."""
    used = [result.indicator for result in a.results if (result.value and result.value.qualifier) or result.target]
    rows: Rows = [
        [Cell(i.label(w.lang), note="" if a.given else i.note(w.lang) or ""), i.definition(w.lang)] for i in used
    ]
    heads = columns(w, "c_indicator 1", "c_definition 1.7")
    told = [w("method_status", close=w.number(catalog.judgement.close))]
    told += [w(f"method_{part}") for part in ("rounding", "direction", "targets")]
    table = ReportTable(w("table_definitions"), heads, rows) if rows else None
    return Section("method", w("h_method"), 3, joined([*map(Text, told), table]))


def sources(a: Assessment, w: Words) -> Section:
    """Return the articles and the guiding documents in force."""
    vi = w.lang == "vi"
    articles = []
    for s in a.sources:
        title, publication = (s.title_vi, s.publication_vi) if vi else (s.title_en, s.publication_en)
        articles.append(w("source_item", title=title, publication=publication, date=w.date(s.published)))
    documents: Rows = []
    for g in a.guidance:
        sign = w.document(g.document)
        named = w("document_of", document=sign, date=w.date(g.issued)) if g.issued else sign
        issuer, about = (g.issuer_vi, g.title_vi) if vi else (g.issuer_en, g.title_en)
        documents.append([named, issuer, about or "–", w(f"certainty_{g.certainty}")])
    if a.given:
        office = a.given.prepared_by or organisation(a, w)
        articles.append(w("source_return", file=a.given.file, office=office, date=w.date(a.as_of)))
    numbered = [Text(f"[{number}] {text}") for number, text in enumerate(articles, start=1)]
    heads = columns(w, "c_document 1.9", "c_issuer 1.4", "c_about 2.4", "c_certainty 1.0")
    return Section("sources", w("h_sources"), 3, (*numbered, ReportTable(w("table_documents"), heads, documents)))
