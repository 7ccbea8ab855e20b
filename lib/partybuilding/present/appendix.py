"""The appendix: data, method, sources, from one assessment. Imports assess, wording, display, figures and sections."""

from __future__ import annotations

from partybuilding.assess.assessment import Assessment
from partybuilding.assess.catalog import Catalog
from partybuilding.present import counted, figures
from partybuilding.present.counted import Rows
from partybuilding.present.display import Cell, Listing, Piece, ReportTable, Section, Text, columns, joined
from partybuilding.present.numbering import introduced, ref
from partybuilding.present.sections import labels, note, organisation, place
from partybuilding.present.wording import Words, sentence


def data(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return what the report rests on: each figure with its place, and what the source does not mention."""
    missing: Rows = []
    for group, label in catalog.groups.items():
        absent = [result for result in a.in_group(group) if result.reason == "not_in_source"]
        missing += [[label.label(w.lang), sentence(labels(absent, w))]] if absent else []
    absent, few = a.having("not_applicable"), [result for result in a.results if result.reason == "too_small"]
    applying = len(a.results) - len(absent)
    pieces: list[Piece] = [
        *introduced(figures.coverage(a, w, catalog), w, "data_intro", n=applying, organisation=organisation(a, w)),
        *(counted.appendix(a.given, w, catalog) if a.given else _data_table(a, w)),
    ]
    if missing:
        heads = columns(w, "c_group 1", "c_missing 2.6")
        table = ReportTable(w("table_missing"), heads, missing, "table-missing")
        pieces += [Text(w("data_missing", table=ref(table.name))), table]
    for key, those in (("data_not_applicable", absent), ("data_too_small", few)):
        pieces += [Text(w(key, labels=labels(those, w)))] if those else []
    pieces += counted.communes(a, a.given, w, catalog) if a.given else []
    return Section("data", w("h_data"), 3, pieces)


def _data_table(a: Assessment, w: Words) -> list[Piece]:
    rows: Rows = []
    for result in a.reported:
        if (value := result.value) is None:
            continue
        shown = Cell(w.value(result) + (f" ({w('derived')})" if value.derived else ""), note=note(result, w))
        where = ", ".join(place(a, w, trail.source, trail.paragraph) for trail in value.trail)
        rows.append([result.indicator.label(w.lang), shown, where])
    heads = columns(w, "c_indicator 4.2", "c_value 2.2 #", "c_source 1.8")
    return [Text(w("data_table", table=ref("table-data"))), ReportTable(w("table_data"), heads, rows, "table-data")]


TREATMENT = ("source", "bounds", "status", "targets", "rounding", "missing", "labels", "mergers", "direction")
OF_RETURNS = ("coverage", "small")


def method(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return how the data were treated, in numbered paragraphs, and the glossary of the report's indicators."""
    rules = catalog.rules
    limits = {"close": catalog.judgement.close, "coverage": rules.coverage, "small": rules.small_count}
    told = {name: w.number(limit) for name, limit in limits.items()}
    keys = (*TREATMENT[:6], *(OF_RETURNS if a.given else ()), *TREATMENT[6:])
    items = [(Text(w(f"method_{key}", **told), lead=w(f"method_{key}_lead")),) for key in keys]
    treated = Section("treatment", w("h_treatment"), 4, (Listing(items, numbered=True),))
    return Section("method", w("h_method"), 3, joined([treated, _glossary(a, w, catalog)]))


def _glossary(a: Assessment, w: Words, catalog: Catalog) -> Section | None:
    used = [result.indicator for result in a.results if (result.value and result.value.qualifier) or result.target]
    rows: Rows = []
    for i in used:
        counted_in = w(f"unit_{i.unit}", n=2)
        unit = {"rate": w("unit_rate", unit=counted_in), "count": counted_in}.get(i.kind, w("unit_state"))
        named = Cell(i.label(w.lang), note="" if a.given else i.note(w.lang) or "")
        judged = w("unit_direction", unit=unit, direction=w(f"direction_{i.direction}"))
        source = [] if a.given else [place(a, w, i.article, i.paragraph)]
        rows.append([named, i.definition(w.lang), judged, *source])
    heads = columns(w, "c_indicator 2", "c_definition 3.6", "c_unit 1.4", *([] if a.given else ["c_source 1.2"]))
    table = ReportTable(w("table_definitions"), heads, rows, "table-glossary")
    told = Text(w("glossary_intro", table=ref(table.name)))
    return Section("glossary", w("h_glossary"), 4, (told, table)) if rows else None


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
    table = ReportTable(w("table_documents"), heads, documents, "table-documents")
    told = Text(w("documents_intro", table=ref(table.name)))
    return Section("sources", w("h_sources"), 3, (*numbered, told, table))
