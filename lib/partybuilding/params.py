"""Reads the files of params/ and data/: as text, typed by pydantic, with messages by file, line and key.

YAML's own typing is switched off: `01` stays "01", `NO` stays "NO", `2024_01` stays "2024_01". What a YAML file
holds is kept in .cache/params/ until its text changes, and checked each time. Imports errors and kept.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from partybuilding import kept
from partybuilding.errors import UserError, raise_all, suggestion

Key = tuple[str | int, ...]
Slip = tuple[str, Key, dict[str, Any]]
"""What a validator finds: code of errors.yaml, key path below the value, fields of the sentence."""
M = TypeVar("M", bound=BaseModel)
_CONTROL = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHECKOUT = Path(__file__).resolve().parents[2]
_LIMITS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SENTENCES = {  # by how pydantic's kind of error begins
    "missing": "key_missing",
    "int": "value_not_number",
    "float": "value_not_number",
    "finite": "value_not_number",
    "date": "value_not_date",
    "bool": "value_not_yes_no",
    "string_too_short": "value_empty",
}


class Entry(BaseModel):
    """Base of all that is read from params/: unknown keys refused, values never changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


class Dated(Entry):
    """What holds from one day to another, both included; without a day it is open on that side."""

    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


def home() -> Path:
    """Return the folder that holds params/ and data/.

    PARTYBUILDING_HOME, else the first of the working folder and its parents that has
    params/indicators.yaml, else the checkout that the library was installed from.
    """
    named = os.environ.get("PARTYBUILDING_HOME")
    here = Path.cwd()
    places = [Path(named)] if named else chain([here], here.parents, [_CHECKOUT])
    for place in places:
        if (place / "params" / "indicators.yaml").is_file():
            return place
    raise UserError("no_home", place=named or ".")


def cache() -> Path:
    """PARTYBUILDING_CACHE (a path that is no folder switches it off) or .cache of the project."""
    return Path(os.environ.get("PARTYBUILDING_CACHE") or home() / ".cache")


def shown(path: Path) -> str:
    """Return `path` as it is shown to people: relative to the project where it lies in it."""
    try:
        place = home()
        if path.is_relative_to(place) and ".." not in path.parts:
            return path.relative_to(place).as_posix()
        return path.resolve().relative_to(place.resolve()).as_posix()
    except (ValueError, UserError):
        return path.name


def read_text(path: Path) -> str:
    """Return the file's text in composed Unicode (NFC); UserError where it is missing, not UTF-8 or not plain text."""
    return _text(path, _bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError("file_missing", file=shown(path)) from None


def _text(path: Path, content: bytes) -> str:
    try:
        text = unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError("file_not_utf8", file=shown(path), byte=error.start + 1) from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UserError("control_character", file=shown(path), line=line, code=ord(found[0]))
    return text


def _compose(text: str) -> yaml.Node | None:
    with suppress(yaml.YAMLError):  # C reads ten times as fast; what it refuses is read again for the plainer message
        return yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return yaml.compose(text, Loader=yaml.BaseLoader)


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int], path: Path) -> Any:
    lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*key, number), lines, path) for number, value in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        if found := _CONTROL.search(node.value):  # written as an escape
            raise UserError("control_character", file=shown(path), line=lines[key], code=ord(found[0]))
        return node.value
    result: dict[str, Any] = {}
    for name, value in node.value:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            raise UserError("yaml_form", file=shown(path), line=line, problem="key is not a word")
        if name.value in result:
            raise UserError("key_twice", file=shown(path), line=line, key=name.value)
        lines[(*key, name.value)] = line
        result[name.value] = _plain(value, (*key, name.value), lines, path)
    return result


@lru_cache(32)
def _content(path: Path, text: str) -> tuple[Any, dict[Key, int]]:
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UserError("yaml_form", file=shown(path), line=line, problem=error.problem or "") from None
    lines: dict[Key, int] = {} if node else {(): 1}
    return (_plain(node, (), lines, path) if node else {}), lines


@lru_cache(1)
def _reader() -> bytes:
    return yaml.__version__.encode() + Path(__file__).read_bytes()


def _parsed(path: Path, written: bytes, within: str = "") -> Any:
    def parsed() -> Any:
        content = _content(path, _text(path, written))[0]
        return {key: entry[within] for key, entry in content.items()} if within else content

    with suppress(OSError, UserError):
        name = f"{path.stem}.{within}" if within else path.stem
        place, key = cache() / "params" / f"{name}.json", _reader() + within.encode() + written
        with suppress(FileNotFoundError, ValueError):
            return json.loads(bytes(kept.read(place, key)))
        content = parsed()
        kept.write(place, key, json.dumps(content, ensure_ascii=False).encode())
    return parsed()


def read_yaml(path: Path, within: str = "") -> Any:
    """Return the file's content, all scalars as text; UserError names file and line of what is no YAML.

    Of each entry only what it has under the key `within`, where one is named.
    """
    return _parsed(path, _bytes(path), within)


def _line(lines: dict[Key, int], key: Key) -> int:
    """Return the line of `key`, or of the nearest thing above it that the file has."""
    return lines[key] if key in lines else _line(lines, key[:-1])


def refuse(*found: Slip) -> None:
    """Raise, within a validator, what was found, if anything was."""
    if found:
        raise PydanticCustomError("slips", "slips", {"found": found})


def unknown(value: str, names: Collection[str] | None, target: str, *at: str | int) -> list[Slip]:
    """Return the slip of a value that is none of the `names` in `target`; no slip where the names are not known."""
    if names is None or value in names:
        return []
    return [("reference_unknown", at, {"value": value, "target": target, "suggestion": suggestion(value, names)})]


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        yield from part.get("properties", {})


def _problem(error: Any, where: dict[str, Any], model: type[BaseModel]) -> UserError:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    for begins, code in _SENTENCES.items():
        if kind.startswith(begins):
            return UserError(code, **where, value=value)
    if kind == "extra_forbidden":
        return UserError("key_unknown", **where, suggestion=suggestion(str(error["loc"][-1]), _field_names(model)))
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"].replace("' or '", "', '"))
        near = suggestion(str(value), words)
        return UserError("value_not_one_of", **where, value=value, allowed=", ".join(words), suggestion=near)
    if kind.startswith(("greater", "less")):
        limit = ", ".join(f"{_LIMITS[name]} {number:g}" for name, number in context.items())
        return UserError("value_out_of_range", **where, value=value, limit=limit)
    if kind in ("tuple_type", "list_type") and isinstance(value, str):
        return UserError("value_not_list", **where, value=value)
    told = value if isinstance(value, str) else ""
    return UserError("value_form", **where, value=told, problem=context.get("error", error["msg"]))


def _problems(
    errors: ValidationError, path: Path, model: type[BaseModel], line_of: Callable[[Key], int]
) -> list[UserError]:
    """Return what pydantic found, as people read it."""
    found: list[tuple[Key, UserError]] = []
    for error in errors.errors(include_url=False):
        key = tuple(part for part in error["loc"] if not str(part).startswith("function-"))
        for code, at, fields in error.get("ctx", {}).get("found", ()):
            words = [part for part in (*key, *at) if isinstance(part, str)]
            where = {"file": shown(path), "line": line_of((*key, *at)), "key": words[-1]}
            found.append((key, UserError(code, **where | fields)))
        if error["type"] != "slips":
            where = {"file": shown(path), "line": line_of(key), "key": ".".join(map(str, key)) or "-"}
            found.append((key, _problem(error, where, model)))
    # a key with a typo is told once: as unknown with its suggestion, not as missing too
    meant = {(*key[:-1], problem.fields["suggestion"].word) for key, problem in found if problem.code == "key_unknown"}
    return [problem for key, problem in found if problem.code != "key_missing" or key not in meant]


def load(path: Path, model: type[M], context: dict[str, Any] | None = None) -> M:
    """Return the YAML file as a `model`; all problems at once, each with file, line, key and remedy."""
    written = _bytes(path)
    try:
        return model.model_validate(_parsed(path, written), context=context)
    except ValidationError as errors:
        lines = _content(path, _text(path, written))[1]
        raise_all(_problems(errors, path, model, lambda key: _line(lines, key)))
        raise


def read_rows(path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file as (line, {column: text}); blank rows left out, columns checked by name."""
    text, file, allowed = read_text(path), shown(path), columns + optional
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","  # Excel's own, where the comma is the decimal mark
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        table = [(lines.line_num, [cell.strip() for cell in cells]) for cells in lines]
    except csv.Error as error:
        raise UserError("csv_form", file=file, line=lines.line_num, problem=str(error)) from None
    head = table[0][1] if table else []
    strange = {name: suggestion(name, allowed) for name in head if name not in allowed}
    found = [UserError("column_unknown", file=file, key=name, suggestion=near) for name, near in strange.items()]
    twice = [name for name, times in Counter(head).items() if times > 1 and name in allowed]
    found += [UserError("column_twice", file=file, key=name) for name in twice]
    present = {*head, *(near.word for near in strange.values())}
    found += [UserError("column_missing", file=file, key=name) for name in columns if name not in present]
    raise_all(found)
    rows, due = [(line, cells) for line, cells in table[1:] if any(cells)], len(head)
    wrong = [(line, len(cells)) for line, cells in rows if len(cells) != due]
    raise_all([UserError("row_length", file=file, line=line, count=count, due=due) for line, count in wrong])
    return [(line, dict(zip(head, cells, strict=True))) for line, cells in rows]


def typed_rows(path: Path, model: type[M]) -> list[tuple[int, M]]:
    """Return the rows of a CSV file as `model`s with their lines; a blank cell counts as not given."""
    required = tuple(name for name, field in model.model_fields.items() if field.is_required())
    rows: list[tuple[int, M]] = []
    found: list[UserError] = []
    for line, row in read_rows(path, required, tuple(model.model_fields)):
        try:
            rows.append((line, model.model_validate({name: cell for name, cell in row.items() if cell})))
        except ValidationError as errors:
            found += _problems(errors, path, model, lambda _, line=line: line)  # type: ignore[misc]
    raise_all(found)
    return rows
