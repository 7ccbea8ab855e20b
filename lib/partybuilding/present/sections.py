"""The body of the report, one function per section, from one assessment. Imports assess, wording, display, figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from partybuilding.assess.assessment import Assessment, Called, Result
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.gaps import partial
from partybuilding.present import counted, figures
from partybuilding.present.counted import Rows
from partybuilding.present.display import Cell, Listing, Piece, ReportTable, Section, Text, columns, joined
from partybuilding.present.numbering import introduced, ref
from partybuilding.present.wording import Words, sentence
from partybuilding.units import Unit

OUTCOMES = ("met", "close", "not_met", "undetermined", "not_reported")
MEMBERS_TOLD = 3  # results told in sentences where a group of a return has no target


def organisation(a: Assessment, w: Words) -> str:
    """Name of the organisation assessed."""
    return w("organisation", kind=w(f"kind_{a.unit.kind}"), place=a.unit.name(w.lang))


def _named_unit(unit: Unit, w: Words) -> str:
    """Return a province as a sentence names it: “tỉnh Kon Tum”, “Kon Tum”."""
    return w("unit_named", kind=w(f"kind_{unit.kind}"), name=unit.name(w.lang))


def labels(results: Sequence[Result], w: Words) -> str:
    """Labels of results as they stand within a sentence, separated by semicolons."""
    return "; ".join(w.inner(_label(result, w)) for result in results)


def _label(result: Result, w: Words) -> str:
    """Label of a result; of a shortfall what falls short, with its counts; of what was avoided that it was."""
    label, value = result.indicator.label(w.lang), result.value
    if value and result.indicator.kind == "rate" and (result.falls_short or result.indicator.direction == "lower"):
        counts = w.counts(result)
        return w.subject(label) + (f" ({counts})" if counts else "")
    if value and value.state == "met" and result.indicator.kind == "count":
        return w("count_avoided", thing=w.thing(result.indicator))
    return label


def headline(a: Assessment, w: Words) -> str:
    """Return the main finding in one or two sentences: what is met, what is not, what is not known."""
    judged = [result for result in a.results if result.target]
    numbers = [(status, sum(result.status == status for result in judged)) for status in OUTCOMES]
    found = [(status, n) for status, n in numbers if n]
    if len(found) > 1:
        parts = w.listed([w(f"headline_{status}", n=n) for status, n in found])
        told = [w("headline_targets", n=len(judged), parts=parts)]
    else:
        told = [w(f"headline_all_{found[0][0]}", n=len(judged)) if found else w("headline_none")]
    in_words, in_figures = _named(a)
    for key, named in (("headline_shortcomings", in_words), ("headline_shortcomings_figures", in_figures)):
        told += [w(key, n=len(named))] if named else []
    return " ".join(told)


def _named(a: Assessment) -> tuple[list[Result], list[Result]]:
    """Shortcomings that have no target: those told in words, and those told in figures."""
    named = [result for result in a.short if not result.target]
    in_figures = [result for result in named if has_figure(result)]
    return [result for result in named if result not in in_figures], in_figures


def has_figure(result: Result) -> bool:
    """Whether a result has a number, not a statement in words."""
    return result.value is not None and result.value.amount is not None


def situation(a: Assessment, w: Words) -> Section:
    """Where, under which rules, on which data; it opens part one."""
    unit, vi = a.unit, w.lang == "vi"
    region = w("region_capital") if unit.military_region == "capital" else w("region_numbered", n=unit.military_region)
    count, certainty = a.communes
    caution = "" if certainty == "C" else w(f"caution_{certainty}")
    rules = [
        w(
            "document_dated",
            document=w.document(g.document),
            date=w.date(g.issued),
            issuer=g.issuer_vi if vi else g.issuer_en,
        )
        for g in a.guidance
        if g.subject == "commune_cells" and g.issued
    ]
    ratings = [
        w("document_short_dated", document=w.document(d.id), date=w.date(d.issued)) if d.issued else w.document(d.id)
        for d in a.regime.documents
        if d.certainty == "C"
    ]
    levels = [level.label(w.lang).lower() for key, level in a.regime.organisation_levels.items() if key != "not_rated"]
    titles = [(s.publication_vi if vi else s.publication_en, w.date(s.published)) for s in a.sources]
    opening = {
        "publications": w.listed([w("publication_dated", publication=title, date=date) for title, date in titles]),
        "reporting": w.number(a.evidence.reporting or 0),
        "due": w.number(a.evidence.due or 0),
        **{"period": w.period(a.period), "organisation": organisation(a, w), "date": w.date(a.as_of)},
    }
    where = {"place": sentence(_named_unit(unit, w), ""), "region": region, "date": w.date(a.period.end)}
    where |= {"communes": w.number(count), "caution": caution}
    figures, reported = sum(map(has_figure, a.reported)), len(a.reported)
    told = {"reported": reported, "figures": figures, "stated": reported - figures, "date": w.date(a.as_of)}
    pieces = [
        Text(w("opening_published", **opening)),
        Text(headline(a, w), lead=w("headline_lead"), role="headline"),
        Text(w("situation_place", **where)),
        *(counted.texts(a.given, w, "context", "advantages", "difficulties") if a.given else ()),
        Text(w("situation_guidance", documents=w.listed(rules))) if rules else None,
        Text(w("situation_ratings", year=a.period.year, documents=w.listed(ratings), levels=w.listed(levels))),
        Text(
            w(f"situation_published{'' if told['stated'] and figures else '_figures' if figures else '_words'}", **told)
        ),
    ]
    part = w("h_part_one", PERIOD=w.period(a.period).upper())
    return Section("part-one", part, 2, (Section("situation", w("h_situation"), 3, joined(pieces)),))


def results(a: Assessment, w: Words) -> Section:
    """Overview of the results: each published rate beside its target, the main ones over time."""
    chart = figures.values(a, w)
    if not chart:
        return Section("results", w("h_results"), 3, (Text(w("results_overview_none")),))
    bounds = any(r.value and r.value.qualifier in (">", ">=") for r in figures.rates(a))
    told = [w("results_overview_some", figure=ref(chart.name))]
    told += [w("results_overview_bounds")] if bounds else []
    told += [w("first_period")] if a.given and not any(result.year_ago for result in a.results) else []
    names = [w("old_unit", name=name) if name == a.unit.name(w.lang) else name for name in a.bridge_names(w.lang)]
    bridge = Text(w("bridge_note", units=w.listed(names)), role="note") if names else None
    pieces = [Text(" ".join(told)), chart, *introduced(figures.trend(a, w), w, "trend_intro"), bridge]
    return Section("results", w("h_results"), 3, joined(pieces))


def group_results(a: Assessment, w: Words, catalog: Catalog, group: str) -> Section:
    """Return the results of one group: sentences, table, and the targets without outcome."""
    shown = [result for result in a.in_group(group) if result.value]
    waiting = [result for result in a.in_group(group) if result.status == "not_reported" and result.target]
    known = [result for result in shown if result.value and result.value.state is None]
    stated = [result for result in shown if result.value and result.value.state == "met"]
    below = [result for result in shown if result.value and result.value.state in ("partly", "not_met")]
    title = catalog.groups[group].label(w.lang)
    told = [result for result in known if result.target] or known[:MEMBERS_TOLD] if a.given else known
    clauses = [
        Text(sentence(w.clause(r, a.period.year_ago, False, _thin(r, catalog), noted=True)), note=footnote(a, r, w))
        for r in told
    ]
    pieces: list[Piece | None] = [Listing([(one,) for one in clauses]) if len(clauses) > 1 else None]
    pieces += clauses if len(clauses) == 1 else []
    pieces += [Text(w("group_stated", labels=labels(stated, w)))] if stated else []
    pieces += [Text(w("group_stated_short", labels=labels(below, w)))] if below else []
    if a.given:
        pieces += counted.notes_on_standards(shown, w)
    if known:
        caption = w("table_results", group=title)
        made = counted.results_table(known, w, caption, catalog) if a.given else _results_table(known, w, caption)
        pieces += [Text(w("group_table", table=ref(f"table-{group}"))), replace(made, name=f"table-{group}")]
    if a.given:
        pieces += counted.ratings(a, a.given, w, catalog) if group == "ratings" else []
        pieces += introduced(figures.tiles(a, a.given, w), w, "tiles_intro") if group == "organisation" else []
        pieces += introduced(figures.spread(a, a.given, w, catalog), w, "spread_intro") if group == "members" else []
        pieces += counted.units_to_support(known, a.given, w, catalog, title, group)
    if waiting:
        name = f"table-targets-{group}"
        pieces.append(Text(w("group_targets_only", n=len(waiting), table=ref(name))))
        pieces.append(replace(_targets_table(a, waiting, w, w("table_targets_only", group=title)), name=name))
    if not shown and not waiting:
        pieces.append(Text(w("group_nothing")))
    return Section(f"results-{group}", f"{list(catalog.groups).index(group) + 1}. {title}", 4, joined(pieces))


def _thin(result: Result, catalog: Catalog) -> bool:
    return result.value is not None and partial(result.value, catalog)


def _results_table(shown: Sequence[Result], w: Words, caption: str) -> ReportTable:
    earlier = ("c_year_ago 1.6 #", "c_change 2.0 #") if any(result.year_ago for result in shown) else ()
    heads = columns(w, "c_indicator 4.2", "c_value 1.9 #", *earlier, "c_target 1.2 #", "c_status 2.5")
    rows: Rows = []
    for result in shown:
        row: list[Cell | str] = [result.indicator.label(w.lang), Cell(w.value(result), note=note(result, w))]
        if earlier:
            before = w.value(result, result.year_ago) if result.year_ago else w("no_previous")
            row += [before, w.change(result, result.year_ago) or w("no_previous")]
        target = w.target(result.indicator, result.target) if result.target else "–"
        rows.append([*row, target, counted.status_cell(result, w)])
    return ReportTable(caption, heads, rows)


def note(result: Result, w: Words) -> str:
    """Return the note on a value: the counts behind it, then what the source file notes."""
    noted = result.value.note(w.lang) if result.value else None
    return " ".join(filter(None, [sentence(w.counts(result)), sentence(noted or "")]))


def _targets_table(a: Assessment, waiting: Sequence[Result], w: Words, caption: str) -> ReportTable:
    rows: Rows = []
    for result in waiting:
        if (target := result.target) is None:
            continue
        noted = sentence((target.note_vi if w.lang == "vi" else target.note_en) or "")
        aim, where = w.target(result.indicator, target), place(a, w, target.source, target.paragraph)
        rows.append([Cell(result.indicator.label(w.lang), note=noted), aim, w(f"kind_{target.kind}"), where])
    return ReportTable(caption, columns(w, "c_indicator 4.6", "c_target 1.2 #", "c_kind 2.0", "c_source 2.4"), rows)


def place(a: Assessment, w: Words, source: str, paragraph: int | None) -> str:
    """Return where a figure or target stands: “[1], đoạn 4”."""
    named = [f"[{number}]" for number, known in enumerate(a.sources, start=1) if known.id == source]
    text = named[0] if named else source
    return w("place_of", source=text, paragraph=paragraph) if paragraph else text


def footnote(a: Assessment, result: Result, w: Words) -> str:
    """Return where a published value and its target stand, and counts that are derived; of returns the appendix tells.

    “Nguồn: [1], đoạn 4; 92/102 chi bộ, suy ra từ tỷ lệ.”
    """
    value, target = result.value, result.target
    if a.given or value is None or not value.trail:
        return ""
    places = "; ".join(dict.fromkeys(place(a, w, trail.source, trail.paragraph) for trail in value.trail))
    told = [
        w("note_derived", places=places, counts=w.counts(result) or w("derived"))
        if value.derived
        else w("note_source", places=places)
    ]
    if target and (aim := place(a, w, target.source, target.paragraph)) != places:
        told.append(w("note_target", aim=w("aim_target" if target.kind == "target" else "aim_requirement"), place=aim))
    return " ".join(told)


def shortcomings(a: Assessment, w: Words, catalog: Catalog) -> Section:
    """What falls short, what the source names, and what cannot be said."""
    in_words, in_figures = _named(a)
    missed = [result for result in a.short if result.target]
    close = sum(result.status == "close" for result in missed)
    waiting = [result for result in a.results if result.open_question]
    pieces: list[Piece | None] = []
    if missed:
        key = "close" if close == len(missed) else "both" if close else "not_met"
        pieces.append(Text(w(f"shortcomings_{key}", n=len(missed), close=close)))
        clauses = [(w.clause(result, thin=_thin(result, catalog), noted=True), result) for result in missed]
        pieces.append(Listing([(Text(sentence(told), note=footnote(a, one, w)),) for told, one in clauses]))
    for key, named in (("shortcomings_named", in_words), ("shortcomings_figures", in_figures)):
        if named:
            told = [w.shortcoming(r, a.period.year_ago, counted.few_units(r, a.given, w, catalog)) for r in named]
            items = [(Text(sentence(text), note=footnote(a, r, w)),) for text, r in zip(told, named, strict=True)]
            pieces += [Text(w(key, n=len(named))), Listing(items)]
    if not a.short:
        pieces.append(Text(w("shortcomings_none", n=len(waiting)) if waiting else w("shortcomings_none_all")))
    elif waiting:
        pieces.append(Text(w("shortcomings_open", n=len(waiting), labels=labels(waiting, w))))
    heading = "h_shortcomings"
    if a.given:
        title = catalog.groups["shortcomings"].label(w.lang)
        pieces += counted.units_to_support(in_figures, a.given, w, catalog, title, "shortcomings")
        causes = counted.texts(a.given, w, "causes_objective", "causes_subjective", "lessons")
        heading, pieces = "h_shortcomings_causes" if causes else heading, [*pieces, *causes]
    return Section("shortcomings", w(heading), 3, joined(pieces))


def targets(a: Assessment, w: Words) -> Section:
    """Return the targets and requirements of the next period, beside this period's result; it opens part two."""
    ahead = w.period(a.period.next)
    pieces: list[Piece] = []
    if a.next_unit and a.next_unit.slug != a.unit.slug:
        since = w.date((a.unit.valid_to or a.period.end) + timedelta(days=1))
        names = {"place": _named_unit(a.unit, w), "successor": _named_unit(a.next_unit, w)}
        pieces.append(Text(w("targets_other_unit", date=since, **names)))
    if a.given:
        pieces += counted.texts(a.given, w, "directions_next_period")
    if a.next_targets:
        heads = columns(w, "c_indicator 4.4", "c_target 1.2 #", "c_kind 2.0", "c_now 2.0 #")
        rows: Rows = [
            [r.indicator.label(w.lang), w.target(r.indicator, target), w(f"kind_{target.kind}"), w.value(r)]
            for target, r in a.next_targets
        ]
        heads[-1] = type(heads[-1])(w("c_now", period=w.period(a.period)), "number", 2.0)
        made = ReportTable(w("table_targets", period=ahead), heads, rows, "table-targets")
        pieces += [Text(w("targets_intro", period=ahead, table=ref(made.name))), made]
    else:
        pieces.append(Text(w("targets_none", period=ahead)))
    part = w("h_part_two", PERIOD=ahead.upper())
    return Section("part-two", part, 2, (Section("targets", w("h_targets"), 3, pieces),))


def measures(a: Assessment, w: Words) -> Section:
    """Return the measures that the shortfalls call for, each with its grounds."""
    own = [called for called in a.measures if a.unit.slug in called.measure.provinces]
    other = [called for called in a.measures if called not in own]
    pieces: list[Piece] = []
    if own:
        short, waiting = (any(getattr(called, part) for called in own) for part in ("short", "open"))
        key = "measures_own_short" if short else "measures_own" if waiting else "measures_own_met"
        pieces += [Text(w(key, organisation=organisation(a, w), n=len(own))), _measures(own, w)]
    if other:
        pieces += [Text(w("measures_other")), _measures(other, w)]
    if not pieces:
        pieces.append(Text(w("measures_none")))
    if a.given:
        pieces += counted.texts(a.given, w, "proposals")
    return Section("measures", w("h_measures"), 3, pieces)


def _measures(given: Sequence[Called], w: Words) -> Listing:
    items: list[Sequence[Piece]] = []
    for called in given:
        missed = [result for result in called.short if result.target]
        named = [result for result in called.short if not result.target]
        told = [("grounds_missed", missed), ("grounds_short", named), ("grounds_open", called.open)]
        grounds = [w(key, labels=labels(results, w)) for key, results in told if results]
        action = Text(called.measure.action(w.lang), lead=called.measure.label(w.lang) + ".")
        items.append([action, Text(" ".join(grounds) or w("grounds_none"), lead=w("grounds"), role="grounds")])
    return Listing(items, numbered=True)


def closing(a: Assessment, w: Words) -> str:
    """Return the last sentence before the signature."""
    return w("closing", period=w.period(a.period), organisation=organisation(a, w))
