"""Reads the files of params/ and data/: as text, typed by pydantic, with messages by file, line and key.

YAML's own typing is switched off: `01` stays "01", `NO` stays "NO", `2024_01` stays "2024_01".
Imports errors.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from partybuilding.errors import UserError, raise_all, suggestion

Key = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
_CONTROL = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIMITS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class Entry(BaseModel):
    """Base of all that is read from params/: unknown keys refused, values never changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


def home() -> Path:
    """Return the folder that holds params/ and data/.

    PARTYBUILDING_HOME, else the first of the working folder and its parents that has
    params/indicators.yaml, else the checkout that the library was installed from.
    """
    named = os.environ.get("PARTYBUILDING_HOME")
    here = Path.cwd()
    places = [Path(named)] if named else [here, *here.parents, Path(__file__).resolve().parents[2]]
    for place in places:
        if (place / "params" / "indicators.yaml").is_file():
            return place
    raise UserError("no_home", place=named or ".")


def shown(path: Path) -> str:
    """Return `path` as it is shown to people: relative to the project where it lies in it."""
    try:
        return path.resolve().relative_to(home().resolve()).as_posix()
    except (ValueError, UserError):
        return path.name


def read_text(path: Path) -> str:
    """Return the file's text in composed Unicode (NFC); UserError where it is missing, not UTF-8 or not plain text."""
    try:
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise UserError("file_missing", file=shown(path)) from None
    except UnicodeDecodeError as error:
        raise UserError("file_not_utf8", file=shown(path), byte=error.start + 1) from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UserError("control_character", file=shown(path), line=line, code=ord(found[0]))
    return text


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int], file: str) -> Any:
    lines[key] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise UserError("yaml_form", file=file, line=name.start_mark.line + 1, problem="key is not a word")
            if name.value in result:
                raise UserError("key_twice", file=file, line=name.start_mark.line + 1, key=name.value)
            result[name.value] = _plain(value, (*key, name.value), lines, file)
            lines[(*key, name.value)] = name.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*key, number), lines, file) for number, value in enumerate(node.value)]
    if found := _CONTROL.search(node.value):
        raise UserError("control_character", file=file, line=lines[key], code=ord(found[0]))
    return node.value


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError:  # the slow reader says better where the mistake is
        return yaml.compose(text, Loader=yaml.BaseLoader)


def read_yaml(path: Path) -> tuple[Any, dict[Key, int]]:
    """Return the file's content, all scalars as text, and the line of each key path."""
    text = read_text(path)
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UserError("yaml_form", file=shown(path), line=line, problem=error.problem or "") from None
    lines: dict[Key, int] = {}
    return (_plain(node, (), lines, shown(path)) if node else {}), lines


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        yield from part.get("properties", {})


def _problem(error: Any, path: Path, line: int, model: type[BaseModel]) -> UserError:
    key = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-"))
    where = {"file": shown(path), "line": line, "key": key or "-"}
    kind, context, value = error["type"], error.get("ctx", {}), error.get("input")
    name = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        return UserError("key_unknown", **where, suggestion=suggestion(name, _field_names(model)))
    if kind == "missing":
        return UserError("key_missing", **where)
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", "")).replace("' or '", "', '")
        words = re.findall(r"'([^']*)'", expected)
        return UserError(
            "value_not_one_of", **where, value=value, allowed=", ".join(words), suggestion=suggestion(str(value), words)
        )
    if kind.startswith(("int", "float", "decimal", "finite")):
        return UserError("value_not_number", **where, value=value)
    if kind.startswith("date"):
        return UserError("value_not_date", **where, value=value)
    if kind.startswith("bool"):
        return UserError("value_not_yes_no", **where, value=value)
    if kind == "string_too_short":
        return UserError("value_empty", **where)
    if kind.startswith(("greater", "less")):
        limit = ", ".join(f"{_LIMITS[name]} {number:g}" for name, number in context.items())
        return UserError("value_out_of_range", **where, value=value, limit=limit)
    if kind in ("tuple_type", "list_type") and isinstance(value, str):
        return UserError("value_not_list", **where, value=value)
    return UserError(
        "value_form", **where, value=value if isinstance(value, str) else "", problem=context.get("error", error["msg"])
    )


def load(path: Path, model: type[M]) -> M:
    """Return the YAML file as a `model`; all problems at once, each with file, line, key and remedy."""
    content, lines = read_yaml(path)
    try:
        return model.model_validate(content)
    except ValidationError as errors:
        found = []
        for error in errors.errors(include_url=False):
            place: Key = tuple(error["loc"])
            while place and place not in lines:
                place = place[:-1]
            found.append((tuple(error["loc"]), _problem(error, path, lines.get(place, 1), model)))
        # a key with a typo is told once: as unknown with its suggestion, not as missing too
        meant = {
            (*key[:-1], problem.fields["suggestion"].word) for key, problem in found if problem.code == "key_unknown"
        }
        raise_all([problem for key, problem in found if problem.code != "key_missing" or key not in meant])
        raise


def read_rows(path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file as (line, {column: text}); blank rows left out, columns checked by name."""
    text = read_text(path)
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","  # Excel's own, where the comma is the decimal mark
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return _rows(lines, path, columns, optional)
    except csv.Error as error:
        raise UserError("csv_form", file=shown(path), line=lines.line_num, problem=str(error)) from None


def _rows(
    lines: Any, path: Path, columns: tuple[str, ...], optional: tuple[str, ...]
) -> list[tuple[int, dict[str, str]]]:
    head = [name.strip() for name in next(lines, [])]
    found: list[UserError] = []
    for number, name in enumerate(head):
        if name not in columns + optional:
            found.append(
                UserError("column_unknown", file=shown(path), key=name, suggestion=suggestion(name, columns + optional))
            )
        elif name in head[:number]:
            found.append(UserError("column_twice", file=shown(path), key=name))
    meant = {problem.fields["suggestion"].word for problem in found if problem.code == "column_unknown"}
    missing = [name for name in columns if name not in head and name not in meant]
    found += [UserError("column_missing", file=shown(path), key=name) for name in missing]
    raise_all(found)
    rows = []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            found.append(
                UserError("row_length", file=shown(path), line=lines.line_num, count=len(cells), due=len(head))
            )
            continue
        rows.append((lines.line_num, {name: cell.strip() for name, cell in zip(head, cells, strict=True)}))
    raise_all(found)
    return rows


def typed_rows(path: Path, model: type[M]) -> list[tuple[int, M]]:
    """Return the rows of a CSV file as `model`s with their lines; a blank cell counts as not given."""
    fields = model.model_fields
    required = tuple(name for name, field in fields.items() if field.is_required())
    rows, found = [], []
    for line, row in read_rows(path, required, tuple(name for name in fields if name not in required)):
        given = {name: cell for name, cell in row.items() if cell}
        try:
            rows.append((line, model.model_validate(given)))
        except ValidationError as errors:
            found += [_problem(error, path, line, model) for error in errors.errors(include_url=False)]
    raise_all(found)
    return rows
