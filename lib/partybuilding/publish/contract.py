"""The contract of the report notebooks: thin, typed, without outputs. Imports errors.

`partybuilding check-notebook FILE` holds a notebook against it; so do the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from partybuilding.errors import UserError

MAX_CELLS, MAX_LINES = 22, 6
FORBIDDEN: dict[type[ast.AST], str] = {
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), "def"),
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.While), "for/while"),
    **{ast.ClassDef: "class", ast.Lambda: "lambda", ast.Try: "try", ast.TryStar: "try"},
}
PARAMETER = re.compile(r"(\w+): (\w+) = (.+?)  # ([^=]{16,})")


def breaches(path: Path) -> list[UserError]:
    """Return what in a notebook breaks the contract, one message each; UserError where there is no such file."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
        return list(breaches_of(notebook))
    except FileNotFoundError:
        raise UserError("file_missing", file=path.name) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError):
        return [UserError("notebook_broken")]


def breaches_of(notebook: Any) -> Iterator[UserError]:
    """Yield what in a notebook node breaks the contract; cells are counted from 1."""
    cells = list(enumerate(notebook.cells, start=1))
    if len(cells) > MAX_CELLS:
        yield UserError("notebook_cells", value=len(cells), limit=MAX_CELLS)
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "")
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5) or kernel != "python3":
        yield UserError("notebook_format", value=f"{notebook.nbformat}.{notebook.nbformat_minor} {kernel}")
    ids = [cell.get("id", "") for _, cell in cells]
    for number, name in enumerate(ids, start=1):
        if not re.fullmatch(r"[a-z][a-z-]+", name) or name in ids[: number - 1]:
            yield UserError("notebook_ids", cell=number, value=name)
    code = [(number, cell) for number, cell in cells if cell.cell_type == "code"]
    for number, cell in code:
        yield from _breaches_of_code(number, cell)
    tagged = [(number, cell) for number, cell in code if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        yield UserError("notebook_parameters", value=len(tagged))
    for number, cell in tagged[:1]:
        for line in cell.source.splitlines():
            if not _sound(line):
                yield UserError("notebook_parameter", cell=number, value=line)
    if not code or not re.fullmatch(r"\w+\.record\(\)", code[-1][1].source.strip()):
        yield UserError("notebook_record")


def _breaches_of_code(number: int, cell: Any) -> Iterator[UserError]:
    count = len(cell.source.splitlines())
    if count > MAX_LINES:
        yield UserError("notebook_lines", cell=number, value=count, limit=MAX_LINES)
    try:
        nodes = list(ast.walk(ast.parse(cell.source)))
        for word in dict.fromkeys(FORBIDDEN[type(node)] for node in nodes if type(node) in FORBIDDEN):
            yield UserError("notebook_logic", cell=number, value=word)
    except SyntaxError as error:
        yield UserError("notebook_syntax", cell=number, value=error.lineno)
    if cell.outputs or cell.execution_count is not None:
        yield UserError("notebook_outputs", cell=number)


def _sound(line: str) -> bool:
    """Whether a line of the parameters cell has a type, a default of that type, and a comment papermill can read."""
    found = PARAMETER.fullmatch(line)
    if not found:
        return False
    try:
        return type(ast.literal_eval(found[3])).__name__ == found[2]
    except (ValueError, SyntaxError):
        return False
