"""params/batch.yaml or arguments -> a list of jobs, all checked before the first one runs.

Imports errors and params. What a notebook needs to know stands in its parameters cell.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

from partybuilding.errors import LANGUAGES, UserError, suggestion
from partybuilding.params import Entry, home, load, read_text

FORMATS = ("html", "pdf")
FORMS = ("long", "brief")
CELLS = ".cells"  # ending of the folder that holds the reports on a province's communes
ALWAYS = ("xlsx", "ipynb", "json")
DEFAULT_NOTEBOOK = "province_assessment"
_CHOSEN = ("form", "commune")  # parameters that are part of a report's name
Check = Callable[[str, str, str], tuple[str, str]]
"""(province, period, source) -> slug and period as they are written in paths; UserError where there is no report."""
Find = Callable[[str, str, str], Sequence[str]]
"""(province, period, commune) -> codes of the communes so called, or of `all`; UserError where there is none."""


@dataclass(frozen=True)
class Job:
    """One report: a notebook with its parameters, and the formats wanted."""

    notebook: str
    source: str
    province: str
    period: str
    lang: str
    formats: tuple[str, ...] = FORMATS
    parameters: Mapping[str, Any] = field(default_factory=dict)
    form: str = "long"
    commune: str = ""

    @property
    def folder(self) -> Path:
        """Folder of the report below the output folder: of the province, or of one commune in a folder beside it."""
        place = Path(self.source, self.period, self.province)
        return place.with_name(f"{self.province}{CELLS}") / self.commune if self.commune else place

    @property
    def stem(self) -> str:
        """File name without ending."""
        return f"{self.notebook}.{self.lang}" if self.form == "long" else f"{self.notebook}.{self.form}.{self.lang}"

    @property
    def name(self) -> str:
        """One name for the list, `--only` and the files: published/2022/kon-tum/province_assessment.vi."""
        return (self.folder / self.stem).as_posix()

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that the report consists of."""
        return tuple(f"{self.stem}.{ending}" for ending in (*self.formats, *ALWAYS))

    @property
    def to_index(self) -> str:
        """The way from a page of the report to the list of all reports."""
        return "../" * len(self.folder.parts) + "index.html"

    @property
    def notebook_path(self) -> Path:
        """The notebook to run."""
        return home() / "notebooks" / f"{self.notebook}.ipynb"


class Wish(Entry):
    """One entry of params/batch.yaml: the reports of every province x period x language x notebook x form named."""

    source: str
    provinces: tuple[str, ...]
    periods: tuple[str, ...]
    languages: tuple[str, ...]
    notebooks: tuple[str, ...] = (DEFAULT_NOTEBOOK,)
    formats: tuple[str, ...] = FORMATS
    forms: tuple[str, ...] = FORMS[:1]
    communes: Literal["all"] | tuple[str, ...] = ()


class _Batch(Entry):
    reports: tuple[Wish, ...]


def notebooks() -> list[str]:
    """Names of the report notebooks."""
    return sorted(path.stem for path in (home() / "notebooks").glob("*.ipynb"))


def parameters_of(notebook: str) -> dict[str, str]:
    """Return the parameters of a notebook with their defaults; UserError for an unknown notebook."""
    known = notebooks()
    if notebook not in known:
        raise UserError(
            "notebook_unknown", value=notebook, known=", ".join(known), suggestion=suggestion(notebook, known)
        )
    path = home() / "notebooks" / f"{notebook}.ipynb"
    return _parameters(path, path.stat().st_mtime_ns)


@cache
def _parameters(path: Path, changed: int) -> dict[str, str]:
    """Return name -> default of the parameters cell; papermill's own reading would cost a second at each start."""
    cells = json.loads(read_text(path))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
    body = ast.parse(sources[0]).body if sources else []
    return {
        node.target.id: ast.unparse(node.value)
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }


def _one_of(value: str, known: Iterable[str], code: str) -> None:
    known = list(known)
    if value not in known:
        raise UserError(code, value=value, known=", ".join(known), suggestion=suggestion(value, known))


def job(
    wish: Mapping[str, str], formats: Sequence[str], more: Mapping[str, str], check: Check, find: Find | None = None
) -> Job:
    """Return one checked job; `wish` has notebook, source, province, period, lang and where wanted form and commune.

    `more` are `-p` parameters.
    """
    _one_of(wish["lang"], LANGUAGES, "language_unknown")
    for name in formats or [""]:
        _one_of(name, FORMATS, "format_unknown")
    known = parameters_of(wish["notebook"])
    for name in more:
        if name in wish:
            raise UserError(
                "parameter_twice", value=name, other=name.upper() if name in ("province", "period") else f"--{name}"
            )
    asked = {name: text for name, text in {**wish, **more}.items() if name in _CHOSEN}
    for name in (*more, *asked):
        if name not in known:
            fields = {"notebook": wish["notebook"], "value": name, "known": ", ".join(known)}
            raise UserError("parameter_unknown", suggestion=suggestion(name, known), **fields)
    _one_of(asked.get("form", "long"), FORMS, "form_unknown")
    slug, period = check(wish["province"], wish["period"], wish["source"])
    if "commune" in known and find:
        (asked["commune"],) = find(slug, period, asked.get("commune", ast.literal_eval(known["commune"])))
    own = {"province": slug, "period": period, "lang": wish["lang"], "source": wish["source"]}
    parameters = {**{name: text for name, text in own.items() if name in known}, **more, **asked}
    wanted = tuple(name for name in FORMATS if name in formats)
    return Job(wish["notebook"], wish["source"], slug, period, wish["lang"], wanted, parameters, **asked)


def batch(
    path: Path, check: Check, only: Sequence[str] = (), limit: int | None = None, find: Find | None = None
) -> list[Job]:
    """Return the checked jobs of a batch file, in its order; `only` keeps those named (by name or its beginning)."""
    jobs: dict[str, Job] = {}
    for wish in load(path, _Batch).reports:
        for fields in _wishes(wish, check, find):
            one = job(fields, wish.formats, {}, check, find)
            if one.name in jobs:
                both = {*one.formats, *jobs[one.name].formats}
                one = replace(one, formats=tuple(name for name in FORMATS if name in both))
            jobs[one.name] = one
    for wanted in only:
        if not any(_matches(name, wanted) for name in jobs):
            parts = [*jobs, *(part for name in jobs for part in name.split("/"))]
            raise UserError("only_unknown", value=wanted, suggestion=suggestion(wanted, parts))
    kept = [one for name, one in jobs.items() if not only or any(_matches(name, wanted) for wanted in only)]
    return kept[:limit]


def _wishes(wish: Wish, check: Check, find: Find | None) -> Iterator[dict[str, str]]:
    """Yield what is wished, one report at a time; communes by their codes."""
    for period, province in product(wish.periods, wish.provinces):
        asked = ("all",) if wish.communes == "all" else wish.communes
        codes: list[str | None] = [None]
        if asked and find:
            slug, when = check(province, period, wish.source)
            codes = list(dict.fromkeys(code for name in asked for code in find(slug, when, name)))
        for code, notebook, form, lang in product(codes, wish.notebooks, wish.forms, wish.languages):
            fields = {"notebook": notebook, "source": wish.source, "province": province, "period": period, "lang": lang}
            yield {**fields, **({"form": form} if form != "long" else {}), **({"commune": code} if code else {})}


def _matches(name: str, wanted: str) -> bool:
    parts, sought = name.split("/"), wanted.strip("/").split("/")
    return any(parts[start : start + len(sought)] == sought for start in range(len(parts)))
