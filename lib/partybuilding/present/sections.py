"""One function per section of the report, from one assessment. Imports assess, wording, display and charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from partybuilding.assess.assessment import Assessment, Called, Result
from partybuilding.assess.catalog import Catalog
from partybuilding.present import charts, counted
from partybuilding.present.display import Cell, Column, Figure, Listing, Piece, ReportTable, Section, Text, joined
from partybuilding.present.wording import Words

OUTCOMES = ("met", "close", "not_met", "undetermined", "not_reported")


def organisation(a: Assessment, w: Words) -> str:
    """Name of the organisation assessed."""
    return w("organisation", kind=w(f"kind_{a.unit.kind}"), place=a.unit.name(w.lang))


def labels(results: Sequence[Result], w: Words) -> str:
    """Labels of results as they stand within a sentence, separated by semicolons."""
    return "; ".join(w.inner(_label(result, w)) for result in results)


def _label(result: Result, w: Words) -> str:
    """Label of a result; of a shortcoming named without a figure, what it is a shortcoming of."""
    label = result.indicator.label(w.lang)
    if result.indicator.direction == "lower" and result.indicator.kind == "rate" and result.value:
        counts = w.counts(result)
        return w.subject(label) + (f" ({counts})" if counts else "")
    return label


def headline(a: Assessment, w: Words) -> str:
    """Return the main finding in one or two sentences: what is met, what is not, what is not known."""
    judged = [result for result in a.results if result.target]
    if not judged:
        text = w("headline_none")
    else:
        numbers = [(status, sum(result.status == status for result in judged)) for status in OUTCOMES]
        if dict(numbers)["not_reported"] == len(judged):
            parts = [w("headline_all_not_reported", n=len(judged))]
        else:
            parts = [w(f"headline_{status}", n=n) for status, n in numbers if n]
        text = w("headline_targets", n=len(judged), parts=w.listed(parts))
    in_words, in_figures = _named(a)
    for key, named in (("headline_shortcomings", in_words), ("headline_shortcomings_figures", in_figures)):
        text += " " + w(key, n=len(named)) if named else ""
    return text


def _named(a: Assessment) -> tuple[list[Result], list[Result]]:
    """Shortcomings that have no target: those told in words, and those told in figures."""
    named = [result for result in a.short if not result.target]
    in_figures = [result for result in named if _has_figure(result)]
    return [result for result in named if result not in in_figures], in_figures


def _has_figure(result: Result) -> bool:
    return result.value is not None and result.value.amount is not None


def situation(a: Assessment, w: Words) -> Section:
    """Where, under which rules, on which data."""
    unit = a.unit
    region = w("region_capital") if unit.military_region == "capital" else w("region_numbered", n=unit.military_region)
    caution = "" if unit.communes_certainty == "C" else w(f"caution_{unit.communes_certainty}")
    place = w(
        "situation_place",
        place=f"{w('kind_' + unit.kind).capitalize()} {unit.name(w.lang)}" if w.lang == "vi" else unit.name(w.lang),
        region=region,
        date=w.date(a.period.end),
        communes=w.number(unit.communes),
        caution=caution,
    )
    rules = [
        w(
            "document_dated",
            document=w.document(g.document),
            date=w.date(g.issued),
            issuer=g.issuer_vi if w.lang == "vi" else g.issuer_en,
        )
        for g in a.guidance
        if g.subject == "commune_cells" and g.issued
    ]
    ratings = [
        w("document_short_dated", document=w.document(d.id), date=w.date(d.issued)) if d.issued else w.document(d.id)
        for d in a.regime.documents
        if d.certainty == "C"
    ]
    levels = [
        level.label(w.lang).lower() for name, level in a.regime.organisation_levels.items() if name != "not_rated"
    ]
    publications = w.listed([_publication(a, w, source.id) for source in a.sources])
    figures = sum(_has_figure(result) for result in a.reported)
    return Section(
        "situation",
        w("h_situation"),
        2,
        joined(
            [
                Text(
                    w(
                        "opening_published",
                        period=w.period(a.period),
                        organisation=organisation(a, w),
                        publications=publications,
                        reporting=w.number(a.evidence.reporting or 0),
                        due=w.number(a.evidence.due or 0),
                        date=w.date(a.as_of),
                    )
                ),
                Text(headline(a, w), lead=w("headline_lead"), role="headline"),
                Text(place),
                *(counted.texts(a.given, w, "context", "advantages", "difficulties") if a.given else ()),
                Text(w("situation_guidance", documents=w.listed(rules))) if rules else None,
                Text(w("situation_ratings", year=a.period.year, documents=w.listed(ratings), levels=w.listed(levels))),
                Text(
                    w(
                        "situation_published" if figures else "situation_published_words",
                        reported=len(a.reported),
                        figures=figures,
                        stated=len(a.reported) - figures,
                        date=w.date(a.as_of),
                    )
                ),
            ]
        ),
    )


def _publication(a: Assessment, w: Words, name: str) -> str:
    source = next(source for source in a.sources if source.id == name)
    title = source.publication_vi if w.lang == "vi" else source.publication_en
    return w("publication_dated", publication=title, date=w.date(source.published))


def _rates(a: Assessment) -> list[Result]:
    """Rates for the overview: all that were published; of a return's many, those with a target and the main ones."""
    rates = [result for result in a.results if result.indicator.kind == "rate" and _has_figure(result)]
    return [r for r in rates if r.target or r.indicator.id in counted.MAIN] if a.given else rates


def _bars(a: Assessment, w: Words) -> list[charts.Bar]:
    bars = []
    for result in _rates(a):
        value, target = result.value, result.target.value if result.target else None
        if value and value.amount is not None and value.qualifier:
            label = w.subject(result.indicator.label(w.lang))
            bars.append(charts.Bar(label, w.value(result), value.amount, value.qualifier, target))
    return bars


def _figure(name: str, number: int, svg: str, caption: str, alt: str, w: Words) -> Figure:
    return Figure(name, svg, w("figure_numbered", number=number, caption=w(caption)), alt)


def results(a: Assessment, w: Words) -> Section:
    """Overview of the results: each published rate beside its target."""
    bars = _bars(a, w)
    if not bars:
        return Section("results", w("h_results"), 2, (Text(w("results_overview_none")),))
    items = [
        w(
            "alt_value",
            label=bar.label,
            value=bar.shown,
            target=w("alt_target", target=w.target(result.indicator, result.target)) if result.target else "",
        )
        for bar, result in zip(bars, _rates(a), strict=True)
    ]
    legend = (w("legend_value"), w("legend_target"), w("legend_bound"))
    svg = charts.values_against_targets(bars, "figure-values", legend)
    figure = _figure("figure-values", 1, svg, "figure_values", w("alt_values", items="; ".join(items)), w)
    bounds = " " + w("results_overview_bounds") if any(bar.qualifier in (">", ">=") for bar in bars) else ""
    names = [w("old_unit", name=name) if name == a.unit.name(w.lang) else name for name in a.bridge_names(w.lang)]
    bridge = Text(w("bridge_note", units=w.listed(names)), role="note") if names else None
    return Section("results", w("h_results"), 2, joined([Text(w("results_overview_some") + bounds), figure, bridge]))


def group_results(a: Assessment, w: Words, catalog: Catalog, group: str) -> Section:
    """Return the results of one group: sentences, table, and the targets without outcome."""
    shown = [result for result in a.in_group(group) if result.value]
    waiting = [result for result in a.in_group(group) if result.status == "not_reported" and result.target]
    figures = [result for result in shown if result.value and result.value.state is None]
    stated = [result for result in shown if result.value and result.value.state == "met"]
    below = [result for result in shown if result.value and result.value.state in ("partly", "not_met")]
    number = list(catalog.groups).index(group) + 1
    title = catalog.groups[group].label(w.lang)
    pieces: list[Piece | None] = []
    told = [result for result in figures if result.target] or figures[:3] if a.given else figures
    if told:
        sentences = "; ".join(w.clause(result) for result in told)
        pieces.append(
            Text(w("group_figures", sentences=sentences[:1].upper() + sentences[1:] if w.lang == "vi" else sentences))
        )
    if stated:
        pieces.append(Text(w("group_stated", labels=labels(stated, w))))
    if below:
        pieces.append(Text(w("group_stated_short", labels=labels(below, w))))
    if a.given:
        pieces += counted.notes_on_standards(shown, w)
    if figures:
        caption = w("table_results", group=title)
        made = counted.results_table(figures, w, caption, catalog) if a.given else _results_table(figures, w, caption)
        pieces.append(made)
    if a.given and group == "ratings":
        pieces += counted.ratings(a, a.given, w, catalog)
    if a.given and group == "members":
        pieces += counted.spread(a.given, w, catalog)
    if a.given:
        pieces += counted.units_to_support(figures, a.given, w, catalog, title)
    if waiting:
        pieces.append(Text(w("group_targets_only", n=len(waiting))))
        pieces.append(_targets_table(a, waiting, w, w("table_targets_only", group=title)))
    if not shown and not waiting:
        pieces.append(Text(w("group_nothing")))
    return Section(f"results-{group}", f"{number}. {title}", 3, joined(pieces))


def _results_table(shown: Sequence[Result], w: Words, caption: str) -> ReportTable:
    earlier = any(result.year_ago for result in shown)
    columns = [Column(w("c_indicator"), width=4.2), Column(w("c_value"), "number", 1.9)]
    if earlier:
        columns += [Column(w("c_year_ago"), "number", 1.6), Column(w("c_change"), "number", 2.0)]
    columns += [Column(w("c_target"), "number", 1.2), Column(w("c_status"), width=2.5)]
    rows: list[list[Cell | str]] = []
    for result in shown:
        row: list[Cell | str] = [result.indicator.label(w.lang), Cell(w.value(result), note=_note(result, w))]
        if earlier:
            before = w.value(result, result.year_ago) if result.year_ago else w("no_previous")
            row += [before, w.change(result, result.year_ago) or w("no_previous")]
        target = w.target(result.indicator, result.target) if result.target else "–"
        row += [target, counted.status_cell(result, w)]
        rows.append(row)
    return ReportTable(caption, columns, rows)


def _note(result: Result, w: Words) -> str:
    """Return the note on a value: the counts behind it, then what the source file notes."""
    noted = result.value.note(w.lang) if result.value else None
    return " ".join(filter(None, [counted.sentence(w.counts(result)), counted.sentence(noted or "")]))


def _targets_table(a: Assessment, waiting: Sequence[Result], w: Words, caption: str) -> ReportTable:
    columns = [
        Column(w("c_indicator"), width=4.6),
        Column(w("c_target"), "number", 1.2),
        Column(w("c_kind"), width=2.0),
        Column(w("c_source"), width=2.4),
    ]
    rows: list[list[Cell | str]] = []
    for result in waiting:
        target = result.target
        if target is None:
            continue
        note = target.note_vi if w.lang == "vi" else target.note_en
        head = Cell(result.indicator.label(w.lang), note=counted.sentence(note or ""))
        rows.append(
            [
                head,
                w.target(result.indicator, target),
                w(f"kind_{target.kind}"),
                _place(a, w, target.source, target.paragraph),
            ]
        )
    return ReportTable(caption, columns, rows)


def _place(a: Assessment, w: Words, source: str, paragraph: int | None) -> str:
    named = [f"[{number}]" for number, known in enumerate(a.sources, start=1) if known.id == source]
    text = named[0] if named else source
    return w("place_of", source=text, paragraph=paragraph) if paragraph else text


def shortcomings(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """What falls short, what the source names, and what cannot be said."""
    in_words, in_figures = _named(a)
    missed = [result for result in a.short if result.target]
    waiting = [result for result in a.results if result.open_question]
    pieces: list[Piece | None] = []
    if missed:
        pieces += [
            Text(w("shortcomings_short", n=len(missed))),
            Listing([counted.sentence(w.clause(result)) for result in missed]),
        ]
    for key, named in (("shortcomings_named", in_words), ("shortcomings_figures", in_figures)):
        if named:
            pieces += [
                Text(w(key, n=len(named))),
                Listing([counted.sentence(_shortcoming(result, w)) for result in named]),
            ]
    if not a.short:
        pieces.append(Text(w("shortcomings_none", n=len(waiting)) if waiting else w("shortcomings_none_all")))
    elif waiting:
        pieces.append(Text(w("shortcomings_open", n=len(waiting), labels=labels(waiting, w))))
    if a.given:
        title = catalog.groups["shortcomings"].label(w.lang)
        pieces += counted.units_to_support(in_figures, a.given, w, catalog, title)
        pieces += counted.texts(a.given, w, "causes_objective", "causes_subjective", "lessons")
    return Section("shortcomings", w("h_shortcomings"), 2, joined(pieces))


def _shortcoming(result: Result, w: Words) -> str:
    if result.indicator.kind == "rate" and result.value and result.value.qualifier == "some":
        return w("some_subject", subject=w.inner(_label(result, w)))
    return w("short_item", label=result.indicator.label(w.lang), value=w.value(result))


def measures(a: Assessment, w: Words) -> Section:
    """Return the measures that the shortfalls call for, each with its grounds."""
    own = [called for called in a.measures if a.unit.slug in called.measure.provinces]
    other = [called for called in a.measures if called not in own]
    pieces: list[Piece | None] = []
    if own:
        short, waiting = (any(getattr(called, part) for called in own) for part in ("short", "open"))
        key = "measures_own_short" if short else "measures_own" if waiting else "measures_own_met"
        pieces += [
            Text(w(key, organisation=organisation(a, w), n=len(own))),
            Listing([_measure(called, w) for called in own], numbered=True),
        ]
    if other:
        pieces += [Text(w("measures_other")), Listing([_measure(called, w) for called in other], numbered=True)]
    if not pieces:
        pieces.append(Text(w("measures_none")))
    return Section("measures", w("h_measures"), 2, joined(pieces))


def _measure(called: Called, w: Words) -> list[Piece]:
    grounds = []
    if called.short:
        grounds.append(w("grounds_short", labels=labels(called.short, w)))
    if called.open:
        grounds.append(w("grounds_open", labels=labels(called.open, w)))
    title = called.measure.label(w.lang) + "."
    return [
        Text(called.measure.action(w.lang), lead=title),
        Text(" ".join(grounds) or w("grounds_none"), lead=w("grounds"), role="grounds"),
    ]


def targets(a: Assessment, w: Words) -> Section:
    """Return the targets and requirements that apply in the next period, beside this period's result."""
    ahead = w.period(a.period.next)
    heading = w("h_targets", PERIOD=ahead.upper())
    pieces: list[Piece | None] = []
    if a.next_unit and a.next_unit.slug != a.unit.slug:
        since = (a.unit.valid_to or a.period.end) + timedelta(days=1)
        fields = {"place": a.unit.name(w.lang), "successor": a.next_unit.name(w.lang), "date": w.date(since)}
        pieces.append(Text(w("targets_other_unit", **fields)))
    if a.given:
        pieces += counted.texts(a.given, w, "directions_next_period", "proposals")
    if not a.next_targets:
        pieces.append(Text(w("targets_none", period=ahead)))
        return Section("targets", heading, 2, joined(pieces))
    columns = [
        Column(w("c_indicator"), width=4.4),
        Column(w("c_target"), "number", 1.2),
        Column(w("c_kind"), width=2.0),
    ]
    columns.append(Column(w("c_now", period=w.period(a.period)), "number", 2.0))
    rows = [
        [result.indicator.label(w.lang), w.target(result.indicator, target), w(f"kind_{target.kind}"), w.value(result)]
        for target, result in a.next_targets
    ]
    pieces += [Text(w("targets_intro", period=ahead)), ReportTable(w("table_targets", period=ahead), columns, rows)]
    return Section("targets", heading, 2, joined(pieces))


def data(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return what the report rests on: each figure with its place, and what the source does not mention."""
    covered: list[tuple[str, tuple[int, int, int, int]]] = []
    rows: list[list[Cell | str]] = []
    for group, label in catalog.groups.items():
        members = [result for result in a.in_group(group) if result.status != "not_applicable"]
        figure = sum(_has_figure(result) for result in members)
        stated = sum(result.value is not None for result in members) - figure
        target = sum(result.value is None and result.target is not None for result in members)
        parts = (figure, stated, target, len(members) - figure - stated - target)
        covered.append((label.label(w.lang), parts))
        rows.append([label.label(w.lang), *(w.number(part) for part in parts)])
    legend = (w("cover_figure"), w("cover_stated"), w("cover_target"), w("cover_missing"))
    alt = w(
        "alt_coverage",
        items="; ".join(
            f"{row[0]}: " + ", ".join(f"{t.lower()} {n}" for t, n in zip(legend, row[1:], strict=True)) for row in rows
        ),
    )
    number = 2 if _bars(a, w) else 1
    chart = _figure(
        "figure-coverage", number, charts.coverage(covered, "figure-coverage", legend), "figure_coverage", alt, w
    )
    columns = [Column(w("c_group"), width=4), *(Column(text, "number", 1.2) for text in legend)]
    missing = [result for result in a.results if result.reason == "not_in_source"]
    by_group: list[list[Cell | str]] = []
    for group, label in catalog.groups.items():
        absent = [result for result in missing if result.indicator.group == group]
        if absent:
            by_group.append([label.label(w.lang), counted.sentence(labels(absent, w))])
    absent = a.having("not_applicable")
    few = [result for result in a.results if result.reason == "too_small"]
    applying = len(a.results) - len(absent)
    return Section(
        "data",
        w("h_data"),
        3,
        joined(
            [
                Text(w("data_intro", n=applying, organisation=organisation(a, w), number=number)),
                chart,
                ReportTable(w("figure_coverage"), columns, rows),
                *(counted.appendix(a, a.given, w, catalog) if a.given else (_data_table(a, w),)),
                Text(w("data_missing")) if by_group else None,
                ReportTable(
                    w("table_missing"), [Column(w("c_group"), width=1), Column(w("c_missing"), width=2.6)], by_group
                )
                if by_group
                else None,
                Text(w("data_not_applicable", labels=labels(absent, w))) if absent else None,
                Text(w("data_too_small", labels=labels(few, w))) if few else None,
            ]
        ),
    )


def _data_table(a: Assessment, w: Words) -> ReportTable:
    columns = [
        Column(w("c_indicator"), width=4.2),
        Column(w("c_value"), "number", 2.2),
        Column(w("c_source"), width=1.8),
    ]
    rows: list[list[Cell | str]] = []
    for result in a.reported:
        value = result.value
        if value is None:
            continue
        shown = Cell(w.value(result) + (f" ({w('derived')})" if value.derived else ""), note=_note(result, w))
        place = ", ".join(_place(a, w, trail.source, trail.paragraph) for trail in value.trail)
        rows.append([result.indicator.label(w.lang), shown, place])
    return ReportTable(w("table_data"), columns, rows)


def method(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """Return how values are compared, rounded and judged, and how the rates of this report are defined."""
    used = [result.indicator for result in a.results if (result.value and result.value.qualifier) or result.target]
    rows: list[list[Cell | str]] = [
        [Cell(i.label(w.lang), note="" if a.given else i.note(w.lang) or ""), i.definition(w.lang)] for i in used
    ]
    columns = [Column(w("c_indicator"), width=1), Column(w("c_definition"), width=1.7)]
    return Section(
        "method",
        w("h_method"),
        3,
        joined(
            [
                Text(w("method_status", close=w.number(catalog.judgement.close))),
                Text(w("method_rounding")),
                Text(w("method_direction")),
                Text(w("method_targets")),
                ReportTable(w("table_definitions"), columns, rows) if rows else None,
            ]
        ),
    )


def sources(a: Assessment, w: Words) -> Section:
    """Return the articles and the guiding documents in force."""
    vi = w.lang == "vi"
    articles = [
        w(
            "source_item",
            title=source.title_vi if vi else source.title_en,
            publication=source.publication_vi if vi else source.publication_en,
            date=w.date(source.published),
        )
        for source in a.sources
    ]
    documents: list[list[Cell | str]] = []
    for g in a.guidance:
        sign = w.document(g.document)
        named = w("document_of", document=sign, date=w.date(g.issued)) if g.issued else sign
        issuer, title = (g.issuer_vi, g.title_vi) if vi else (g.issuer_en, g.title_en)
        documents.append([named, issuer, title or "–", w(f"certainty_{g.certainty}")])
    columns = [
        Column(w("c_document"), width=1.9),
        Column(w("c_issuer"), width=1.4),
        Column(w("c_about"), width=2.4),
        Column(w("c_certainty"), width=1.0),
    ]
    if a.given:
        office = a.given.prepared_by or organisation(a, w)
        articles.append(w("source_return", file=a.given.file, office=office, date=w.date(a.as_of)))
    numbered = [Text(f"[{number}] {text}") for number, text in enumerate(articles, start=1)]
    return Section("sources", w("h_sources"), 3, (*numbered, ReportTable(w("table_documents"), columns, documents)))


def closing(a: Assessment, w: Words) -> str:
    """Return the last sentence before the signature."""
    return w("closing", period=w.period(a.period), organisation=organisation(a, w))
