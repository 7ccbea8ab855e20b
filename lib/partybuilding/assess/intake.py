"""Published figures (data/<source>/*.csv) -> typed rows, checked against the catalog and the register.

Imports errors, periods, units, params, catalog and indicators.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from partybuilding.assess.catalog import Catalog, Noted, Qualifier
from partybuilding.assess.indicators import Evidence, State, Trail, Value, agrees, rate
from partybuilding.errors import UserError, raise_all, suggestion
from partybuilding.params import home, shown, typed_rows
from partybuilding.periods import Period
from partybuilding.units import Register

_NUMBER = re.compile(r"\d+(?:[.,](\d+))?")
SOURCES = "sources.csv"
FigureKind = Literal["figure", "target"]


class Article(Noted):
    """An article or report from which figures were taken (a row of sources.csv)."""

    id: str
    title_vi: str
    title_en: str
    publication_vi: str
    publication_en: str
    published: date


class _Row(Noted):
    """A row of a published-figures file, as typed in."""

    province: str
    period: str
    indicator: str
    qualifier: Qualifier | None = None
    value: str | None = None
    unit: Literal["percent", "count", "state"]
    kind: FigureKind
    as_of: date
    source: str
    paragraph: int
    derived: bool
    numerator: int | None = Field(None, ge=0)
    denominator: int | None = Field(None, gt=0)


@dataclass(frozen=True, kw_only=True)
class Figure(Value):
    """One published figure, target or statement: a value, with the place where it stands."""

    province: str
    period: Period
    kind: FigureKind
    source: str
    paragraph: int
    file: str
    line: int
    sha256: str

    @property
    def key(self) -> tuple[str, Period, str, str]:
        """What no two figures of a source share."""
        return self.province, self.period, self.indicator, self.kind

    def as_value(self) -> Value:
        """Return the figure as a tidy value."""
        trail = (Trail(self.source, self.file, str(self.line), self.paragraph, self.sha256),)
        return Value(**{field.name: getattr(self, field.name) for field in fields(Value)} | {"trail": trail})


@dataclass(frozen=True)
class Published:
    """All that one source folder under data/ holds; `inputs` are the files that every report rests on, with SHA-256."""

    name: str
    figures: tuple[Figure, ...]
    sources: dict[str, Article]
    inputs: dict[str, str]

    def available(self) -> dict[tuple[str, Period], list[Figure]]:
        """Figures by province and period."""
        place = attrgetter("province", "period")
        return {key: list(group) for key, group in groupby(sorted(self.figures, key=place), place)}

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
    paths = sorted(path for path in (home() / "params").iterdir() if "." in path.name and path.is_file())
    return {f"params/{path.name}": digest(path) for path in paths if path.name != "batch.yaml"}


def source_names(folder: Path | None = None) -> list[str]:
    """Names of the sources: the folders under data/ that hold a sources.csv."""
    folder = folder or home() / "data"
    return sorted(path.name for path in (folder.iterdir() if folder.is_dir() else ()) if (path / SOURCES).exists())


def read_source(name: str, catalog: Catalog, register: Register, folder: Path | None = None) -> Published:
    """Read and check all figures of the source `name`; raises all problems at once."""
    folder = folder or home() / "data"
    known = source_names(folder)
    if name not in known:
        raise UserError("source_unknown", value=name, known=", ".join(known), suggestion=suggestion(name, known))
    listed = folder / name / SOURCES
    sources = {source.id: source for _, source in typed_rows(listed, Article)}
    figures: list[Figure] = []
    found: list[UserError] = []
    for path in sorted({*listed.parent.glob("*.csv")} - {listed}):
        file, sha256 = shown(path), digest(path)
        try:
            rows = typed_rows(path, _Row)
        except UserError as error:
            found.append(error)
            continue
        for line, row in rows:
            reader = _Reader(row, file, line, catalog, register, found)
            reader.check_names(sources)
            if figure := reader.figure(sha256):
                reader.check_against(figures, figure)
                figures.append(figure)
    raise_all(found)
    return Published(name, tuple(figures), sources, {**params_inputs(), shown(listed): digest(listed)})


@dataclass(frozen=True)
class _Reader:
    """Turns one row into a figure and notes every problem with its file, line and column."""

    row: _Row
    file: str
    line: int
    catalog: Catalog
    register: Register
    found: list[UserError]

    def say(self, code: str, **fields: object) -> None:
        self.found.append(UserError(code, file=self.file, line=self.line, **fields))

    def check_names(self, sources: dict[str, Article]) -> None:
        for key, value, names, target in (
            ("province", self.row.province, self.register.slugs, "params/units.csv"),
            ("indicator", self.row.indicator, self.catalog.indicators, "params/indicators.yaml"),
            ("source", self.row.source, sources, SOURCES),
        ):
            if value not in names:
                self.say("reference_unknown", key=key, value=value, target=target, suggestion=suggestion(value, names))

    def figure(self, sha256: str) -> Figure | None:
        """Return the figure; None where the row is wrong."""
        row, before = self.row, len(self.found)
        try:
            period = Period.parse(row.period)
        except UserError as error:
            self.say("figure_parts", key="period", problem=error)
            return None
        number, state = (None, self._state()) if row.unit == "state" else (self._number(), None)
        amount = float(number[0].replace(",", ".")) if number else None
        indicator = self.catalog.indicators.get(row.indicator)
        if indicator and row.unit not in ("state", {"rate": "percent"}.get(indicator.kind, indicator.kind)):
            self.say("figure_unit", value=row.unit, indicator=row.indicator, kind=indicator.kind)
        if row.qualifier == "all" and amount not in (100, None):
            self.say("figure_all")
        if row.numerator is not None and row.qualifier not in ("=", "all"):
            self.say("figure_bound_counts", value=f"{row.qualifier or ''} {row.value or ''}".strip())
        if (row.numerator is None) != (row.denominator is None):
            self.say("figure_parts_counts", key="numerator, denominator")
        elif row.numerator is not None and row.denominator is not None and number:
            amount = rate(row.numerator, row.denominator)
            if not agrees(amount, number[0]):
                counts = {"numerator": row.numerator, "denominator": row.denominator}
                self.say("figure_counts", **counts, computed=round(amount, 4), value=row.value)
        if len(self.found) > before or indicator is None:
            return None
        return Figure(
            **row.model_dump(exclude={"period", "value", "unit"}),
            period=period,
            amount=amount,
            decimals=len(number[1] or "") if number else 0,
            state=state,
            file=self.file,
            line=self.line,
            sha256=sha256,
        )

    def _state(self) -> State | None:
        state: State | None = next((state for state in get_args(State) if state == self.row.value), None)
        if state is None:
            allowed = ", ".join(get_args(State))
            self.say("value_not_one_of", key="value", value=self.row.value, allowed=allowed, suggestion="")
        return state

    def _number(self) -> re.Match[str] | None:
        """Return the number that the row says; None for “some”, and where it is wrong."""
        row = self.row
        if row.qualifier is None:
            self.say("key_missing", key="qualifier")
        if row.qualifier == "some":
            return None
        number = _NUMBER.fullmatch(row.value or "")
        if row.value is None:
            self.say("key_missing", key="value")
        elif not number:
            self.say("figure_not_number", key="value", value=row.value)
        return number

    def check_against(self, before: list[Figure], figure: Figure) -> None:
        """Note a figure given twice, and a published target that params/targets.yaml does not have."""
        told = {"indicator": figure.indicator, "province": figure.province, "period": figure.period}
        for other in before:
            if figure.key == other.key:
                self.say("figure_twice", **told, kind=figure.kind, other=f"{other.file}:{other.line}")
        if figure.province not in self.register.slugs:
            return
        try:
            unit = self.register.at(figure.province, figure.period)
        except UserError as error:
            self.say("figure_parts", key="province", problem=error)
            return
        target = self.catalog.target(figure.indicator, unit, figure.period.end)
        agreed = target and target.value == figure.amount and figure.qualifier in ("=", target.relation)
        if figure.kind == "target" and not agreed:
            self.say("target_differs", **told, value=f"{figure.qualifier} {self.row.value}")
