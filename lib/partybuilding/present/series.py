"""One indicator over all periods that there are, as a table that shows itself with its curve.

Nothing is told here that a report on the period would withhold. Imports assess, wording, display and figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from partybuilding.assess.assessment import Assessment, remembered
from partybuilding.assess.catalog import Catalog, Indicator
from partybuilding.assess.history import Past, Source, history, spans
from partybuilding.present import figures
from partybuilding.present.display import Piece, ReportTable, Section, Text, columns, joined
from partybuilding.present.wording import Words
from partybuilding.units import Register

TYPES = {"value": "Float64", "qualifier": "string"}
TYPES |= dict.fromkeys(("numerator", "denominator", "units_reporting", "units_due"), "Int64")
TYPES |= {"units": "string", "bridge": "boolean"}


class SeriesFrame(pd.DataFrame):
    """A table that shows itself as `shown`; what is made of it is an ordinary table."""

    _metadata = ["shown"]  # noqa: RUF012 (pandas asks for it)
    shown: Piece

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_(include, exclude)


def series(
    a: Assessment, catalog: Catalog, w: Words, source: Source, register: Register, indicator: Indicator
) -> SeriesFrame:
    """Return the indicator in each period, as `Report.series` describes it."""
    read = history(spans(a.unit, source, register), source, register)
    past = [remembered(one, a.results, catalog.rules.small_count) for one in read]
    rows = []
    for one in past:
        value = one.values.get(indicator.id)
        known = [getattr(value, name, None) for name in ("amount", *list(TYPES)[1:6])]
        rows.append([str(one.period), *known, _names(a, one, w), one.bridges(a.unit)])
    frame = SeriesFrame(pd.DataFrame(rows, columns=pd.Index(["period", *TYPES])).astype(TYPES).set_index("period"))
    frame.shown = _piece(a, past, indicator, w)
    return frame


def _names(a: Assessment, past: Past, w: Words) -> str:
    """Return the units behind a period; the old unit of the same name is told as such."""
    named = [unit.name(w.lang) for unit in past.units]
    if past.bridges(a.unit):
        named = [w("old_unit", name=name) if name == a.unit.name(w.lang) else name for name in named]
    return ", ".join(named)


def _piece(a: Assessment, past: Sequence[Past], indicator: Indicator, w: Words) -> Section:
    """Return the curve over the periods as long as the report's own, and the table of all."""
    alike = [one for one in past if one.period.months == a.period.months]
    drawn = figures.over_time(a, alike, w, [indicator]) if indicator.kind == "rate" else None
    label = indicator.label(w.lang)
    title = w("table_series", label=w.inner(label))
    curve = replace(drawn, name=f"figure-{indicator.id}", caption=title, data="") if drawn else None
    rows = []
    for one in past:
        value, shown = one.values.get(indicator.id), figures.point(a, one, indicator, w)[1]
        pairs = ("numerator", "denominator"), ("units_reporting", "units_due")
        told = ["/".join(w.number(n) for key in keys if (n := getattr(value, key, None)) is not None) for keys in pairs]
        rows.append([w.period(one.period), shown, *(text or "–" for text in told), _names(a, one, w)])
    heads = columns(w, "c_period 1.4", "c_value 1 #", "c_counts 1 #", "q_reporting 1.2 #", "c_data_of 1.6")
    merged = next((one for one in reversed(past) if one.bridges(a.unit)), None)
    note = Text(w("bridge_note", units=_names(a, merged, w)), role="note") if merged else None
    table = ReportTable(title, heads, rows)
    return Section(f"series-{indicator.id}", label, 3, joined([curve, table, note]))
