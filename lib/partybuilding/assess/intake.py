"""Published figures (data/<source>/*.csv) -> typed rows, checked against the catalog and the register.

Imports errors, periods, units, params and catalog.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from partybuilding.assess.catalog import Catalog, Qualifier, Target
from partybuilding.assess.indicators import Evidence, State, Trail, Value, agrees, rate
from partybuilding.errors import UserError, raise_all, suggestion
from partybuilding.params import Entry, home, shown, typed_rows
from partybuilding.periods import Period
from partybuilding.units import Register

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
SOURCES = "sources.csv"
_STATES: dict[str, State] = {"met": "met", "partly": "partly", "not_met": "not_met"}


class Article(Entry):
    """An article or report from which figures were taken (a row of sources.csv)."""

    id: str
    title_vi: str
    title_en: str
    publication_vi: str
    publication_en: str
    published: date
    note_vi: str | None = None
    note_en: str | None = None


class _Row(Entry):
    """A row of a published-figures file, as typed in."""

    province: str
    period: str
    indicator: str
    qualifier: Qualifier | None = None
    value: str | None = None
    unit: Literal["percent", "count", "state"]
    kind: Literal["figure", "target"]
    as_of: date
    source: str
    paragraph: int
    derived: bool
    numerator: int | None = Field(None, ge=0)
    denominator: int | None = Field(None, gt=0)
    note_vi: str | None = None
    note_en: str | None = None


@dataclass(frozen=True)
class Figure:
    """One published figure, target or statement, with the place where it stands.

    `amount` is in per cent or whole units, None for a statement in words or “some”; `decimals` as printed;
    `derived` where the counts or the number follow from the text but are not printed in it.
    """

    province: str
    period: Period
    indicator: str
    kind: Literal["figure", "target"]
    qualifier: Qualifier | None
    amount: float | None
    decimals: int
    state: State | None
    numerator: int | None
    denominator: int | None
    as_of: date
    source: str
    paragraph: int
    derived: bool
    note_vi: str | None
    note_en: str | None
    file: str
    line: int
    sha256: str

    def as_value(self) -> Value:
        """Return the figure as a tidy value."""
        return Value(
            indicator=self.indicator,
            amount=self.amount,
            qualifier=self.qualifier,
            decimals=self.decimals,
            as_of=self.as_of,
            state=self.state,
            numerator=self.numerator,
            denominator=self.denominator,
            derived=self.derived,
            note_vi=self.note_vi,
            note_en=self.note_en,
            trail=(Trail(self.source, self.file, str(self.line), self.paragraph, self.sha256),),
        )


@dataclass(frozen=True)
class Published:
    """All that one source folder under data/ holds; `inputs` are the files that every report rests on, with SHA-256."""

    name: str
    figures: tuple[Figure, ...]
    sources: dict[str, Article]
    inputs: dict[str, str]

    def available(self) -> dict[tuple[str, Period], list[Figure]]:
        """Figures by province and period."""
        found: dict[tuple[str, Period], list[Figure]] = {}
        for figure in sorted(self.figures, key=lambda figure: (figure.province, figure.period)):
            found.setdefault((figure.province, figure.period), []).append(figure)
        return found

    def evidence(self, slugs: Sequence[str], period: Period) -> Evidence | None:
        """Return what the source says on one unit; None where it says nothing, and for several: rates do not add up."""
        figures = [figure for slug in slugs for figure in self.of(slug, period)]
        if not figures or len(slugs) != 1:
            return None
        return Evidence(
            values={figure.indicator: figure.as_value() for figure in figures if figure.kind == "figure"},
            as_of=max(figure.as_of for figure in figures),
            status="published",
            sources=tuple(dict.fromkeys(figure.source for figure in figures)),
            inputs={figure.file: figure.sha256 for figure in figures},
        )

    def of(self, province: str, period: Period) -> list[Figure]:
        """Return the figures of one province and period, in the order of the file."""
        return [figure for figure in self.figures if figure.province == province and figure.period == period]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def params_inputs() -> dict[str, str]:
    """Return the files of params/ that every report rests on, with their SHA-256."""
    paths = sorted((home() / "params").glob("*.*"))
    return {shown(path): digest(path) for path in paths if path.name != "batch.yaml"}


def source_names(folder: Path | None = None) -> list[str]:
    """Names of the sources: the folders under data/ that hold a sources.csv."""
    folder = folder or home() / "data"
    return sorted(path.parent.name for path in folder.glob(f"*/{SOURCES}"))


def read_source(name: str, catalog: Catalog, register: Register, folder: Path | None = None) -> Published:
    """Read and check all figures of the source `name`; raises all problems at once."""
    folder = folder or home() / "data"
    known = source_names(folder)
    if name not in known:
        raise UserError("source_unknown", value=name, known=", ".join(known), suggestion=suggestion(name, known))
    place = folder / name
    sources = {source.id: source for _, source in typed_rows(place / SOURCES, Article)}
    inputs = {**params_inputs(), shown(place / SOURCES): digest(place / SOURCES)}
    figures: list[Figure] = []
    found: list[UserError] = []
    for path in sorted(place.glob("*.csv")):
        if path.name == SOURCES:
            continue
        sha256 = digest(path)
        try:
            rows = typed_rows(path, _Row)
        except UserError as error:
            found.append(error)
            continue
        for line, row in rows:
            reader = _Reader(path, line, row, sha256, found)
            reader.check_names(catalog, register, sources)
            figure = reader.figure(catalog)
            if figure:
                reader.check_against(figures, catalog, register, figure)
                figures.append(figure)
    raise_all(found)
    return Published(name, tuple(figures), sources, inputs)


class _Reader:
    """Turns one row into a figure and notes every problem with its file, line and column."""

    def __init__(self, path: Path, line: int, row: _Row, sha256: str, found: list[UserError]) -> None:
        self.file, self.line, self.row, self.sha256, self.found = shown(path), line, row, sha256, found

    def say(self, code: str, **fields: object) -> None:
        self.found.append(UserError(code, file=self.file, line=self.line, **fields))

    def check_names(self, catalog: Catalog, register: Register, sources: Iterable[str]) -> None:
        row = self.row
        for key, names, target in (
            ("province", register.slugs, "params/units.csv"),
            ("indicator", catalog.indicators, "params/indicators.yaml"),
            ("source", list(sources), SOURCES),
        ):
            value = getattr(row, key)
            if value not in names:
                self.say("reference_unknown", key=key, value=value, target=target, suggestion=suggestion(value, names))

    def figure(self, catalog: Catalog) -> Figure | None:
        """Return the figure; None where the row is wrong."""
        row, before = self.row, len(self.found)
        try:
            period = Period.parse(row.period)
        except UserError as error:
            self.say("figure_parts", key="period", problem=error)
            return None
        amount, state = self._amount()
        indicator = catalog.indicators.get(row.indicator)
        if indicator and row.unit not in ("state", {"rate": "percent"}.get(indicator.kind, indicator.kind)):
            self.say("figure_unit", value=row.unit, indicator=row.indicator, kind=indicator.kind)
        if row.qualifier == "all" and amount not in (100, None):
            self.say("figure_all")
        if row.numerator is not None and row.qualifier not in ("=", "all"):
            self.say("figure_bound_counts", value=f"{row.qualifier or ''} {row.value or ''}".strip())
        if (row.numerator is None) != (row.denominator is None):
            self.say("figure_parts_counts", key="numerator, denominator")
        elif row.numerator is not None and row.denominator is not None and amount is not None:
            computed = rate(row.numerator, row.denominator)
            if not agrees(computed, row.value or ""):
                self.say(
                    "figure_counts",
                    numerator=row.numerator,
                    denominator=row.denominator,
                    computed=round(computed, 4),
                    value=row.value,
                )
            amount = computed
        if len(self.found) > before or indicator is None:
            return None
        decimals = (
            len(re.split("[.,]", row.value)[1])
            if row.value and amount is not None and re.search("[.,]", row.value)
            else 0
        )
        return Figure(
            **row.model_dump(
                include={"province", "indicator", "kind", "qualifier", "numerator", "denominator", "as_of", "source"}
            ),
            **row.model_dump(include={"paragraph", "derived", "note_vi", "note_en"}),
            period=period,
            amount=amount,
            decimals=decimals,
            state=state,
            file=self.file,
            line=self.line,
            sha256=self.sha256,
        )

    def _amount(self) -> tuple[float | None, State | None]:
        row = self.row
        if row.unit == "state":
            state = _STATES.get(row.value or "")
            if state is None:
                self.say(
                    "value_not_one_of", key="value", value=row.value, allowed="met, partly, not_met", suggestion=""
                )
                return None, None
            return None, state
        if row.qualifier is None:
            self.say("key_missing", key="qualifier")
        if row.qualifier == "some":
            return None, None
        if row.value is None:
            self.say("key_missing", key="value")
        elif not _NUMBER.fullmatch(row.value):
            self.say("figure_not_number", key="value", value=row.value)
        else:
            return float(row.value.replace(",", ".")), None
        return None, None

    def check_against(self, before: list[Figure], catalog: Catalog, register: Register, figure: Figure) -> None:
        """Note a figure given twice, and a published target that params/targets.yaml does not have."""
        key = (figure.province, figure.period, figure.indicator, figure.kind)
        fields = {"indicator": figure.indicator, "province": figure.province, "period": figure.period}
        for other in before:
            if (other.province, other.period, other.indicator, other.kind) == key:
                self.say("figure_twice", **fields, kind=figure.kind, other=f"{other.file}:{other.line}")
        if figure.province not in register.slugs:
            return
        try:
            unit = register.at(figure.province, figure.period)
        except UserError as error:
            self.say("figure_parts", key="province", problem=error)
            return
        if figure.kind == "target":
            target = catalog.target(figure.indicator, unit, figure.period.end)
            if not (target and _same(target, figure)):
                self.say("target_differs", **fields, value=f"{figure.qualifier} {self.row.value}")


def _same(target: Target, figure: Figure) -> bool:
    return target.value == figure.amount and figure.qualifier in ("=", target.relation)
