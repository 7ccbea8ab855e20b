"""The contract of the report notebooks: thin, typed, without outputs, and runnable by the plain commands."""

from __future__ import annotations

import ast
import copy
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, alone
from nbclient import NotebookClient

from partybuilding import open_cell, open_quality, open_report
from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.export.page import html_page

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_CELLS, MAX_LINES = 22, 6
FORBIDDEN = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar),
)
DOORS: dict[str, Callable[..., Any]] = {
    "open_report": open_report,
    "open_quality": open_quality,
    "open_cell": open_cell,
}
PARAMETER = re.compile(r"(\w+): (\w+) = (.+?)  # (.+)")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def offences(notebook: Any) -> Iterator[str]:
    """What in a notebook breaks the contract, each named by the rule."""
    cells = notebook.cells
    if len(cells) > MAX_CELLS:
        yield "too many cells"
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5) or notebook.metadata.kernelspec.name != "python3":
        yield "format or kernel"
    if len({cell.id for cell in cells}) < len(cells) or not all(re.fullmatch(r"[a-z][a-z-]+", c.id) for c in cells):
        yield "cell ids"
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell in code:
        if len(cell.source.splitlines()) > MAX_LINES:
            yield "too many lines"
        if any(isinstance(node, FORBIDDEN) for node in ast.walk(ast.parse(cell.source))):
            yield "logic"
        if cell.outputs or cell.execution_count is not None:
            yield "outputs"
    tagged = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        yield "parameters cell"
        return
    found = [PARAMETER.fullmatch(line) for line in tagged[0].source.splitlines()]
    if not all(line and "=" not in line[4] and len(line[4]) > 15 for line in found):
        yield "parameter lines"
        return
    given = [(line[1], line[2], ast.literal_eval(line[3])) for line in found if line]
    opened = [name for name in DOORS if any(f"= {name}(" in cell.source for cell in code)]
    if len(opened) != 1:
        yield "opens one report"
        return
    due = inspect.signature(DOORS[opened[0]]).parameters.values()
    if [(name, kind) for name, kind, _ in given] != [(p.name, p.annotation) for p in due]:
        yield f"parameters unlike {opened[0]}"
    if any(p.default not in (p.empty, value) for p, (_, _, value) in zip(due, given, strict=False)):
        yield f"parameters unlike {opened[0]}"


def _set_parameters(change: Callable[[str], str]) -> Callable[[Any], None]:
    def spoil(notebook: Any) -> None:
        cell = next(cell for cell in notebook.cells if cell.metadata.get("tags") == ["parameters"])
        cell.source = change(cell.source)

    return spoil


def _set_code(source: str) -> Callable[[Any], None]:
    return lambda notebook: notebook.cells[-1].update(source=source)


SPOILT: list[tuple[str, Callable[[Any], Any]]] = [
    (
        "too many cells",
        lambda nb: nb.cells.extend(nbformat.v4.new_markdown_cell(id=f"more-{'x' * n}") for n in range(9)),
    ),
    ("format or kernel", lambda nb: nb.metadata.kernelspec.update(name="conda-env-x-py")),
    ("cell ids", lambda nb: nb.cells[-1].update(id=nb.cells[-2].id)),
    ("cell ids", lambda nb: nb.cells[-1].update(id="3f9c1a2b")),
    ("too many lines", _set_code("a\n" * 7)),
    *(("logic", _set_code(code)) for code in ("def f():\n    pass", "for x in y:\n    x", "while a:\n    b")),
    *(("logic", _set_code(code)) for code in ("class A:\n    pass", "try:\n    a\nexcept E:\n    b", "f(lambda: 1)")),
    (
        "opens one report",
        lambda nb: [c.update(source=c.source.replace("open_report", "show")) for c in nb.cells if c.id == "open"],
    ),
    ("outputs", lambda nb: nb.cells[-1].update(execution_count=3)),
    ("outputs", lambda nb: nb.cells[-1].outputs.append({"output_type": "stream", "name": "stdout", "text": "x"})),
    ("parameters cell", lambda nb: nb.cells[-1].metadata.update(tags=["parameters"])),
    ("parameters cell", lambda nb: [cell.metadata.clear() for cell in nb.cells]),
    ("parameter lines", _set_parameters(lambda text: text.replace("vi or en", "lang=vi or lang=en"))),
    ("parameter lines", _set_parameters(lambda text: re.sub(r"  # .*", "", text, count=1))),
    ("parameter lines", _set_parameters(lambda text: text.replace(": str", "", 1))),
    ("parameters unlike open_report", _set_parameters(lambda text: text.replace("province:", "provnce:"))),
    ("parameters unlike open_report", _set_parameters(lambda text: "\n".join(reversed(text.splitlines())))),
    ("parameters unlike open_report", _set_parameters(lambda text: text.replace('"vi"', '"en"', 1))),
    ("parameters unlike open_report", _set_parameters(lambda text: text.rpartition("\n")[0])),
]


def test_there_are_report_notebooks() -> None:
    assert {"cell_handout", "data_quality", "province_assessment"} <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_contract(path: Path) -> None:
    nbformat.validate(read(path))
    assert list(offences(read(path))) == []


@pytest.mark.parametrize(("rule", "spoil"), SPOILT)
def test_the_contract_finds_what_breaks_it(rule: str, spoil: Callable[[Any], Any]) -> None:
    notebook = copy.deepcopy(read(ROOT / "notebooks" / "province_assessment.ipynb"))
    spoil(notebook)
    assert set(offences(notebook)) == {rule}


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a Jupyter command as a person does who knows nothing of this library."""
    line = [sys.executable, "-m", *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_explains_each_parameter_in_its_line(path: Path) -> None:
    told = " ".join(command("papermill", "--help-notebook", path.relative_to(ROOT)).stdout.split())
    cell = next(cell for cell in read(path).cells if "parameters" in cell.metadata.get("tags", []))
    for line in cell.source.splitlines():
        found = PARAMETER.fullmatch(line)
        assert found
        assert f"{found[1]}: {found[2]} (default {found[3]}) {found[4]}" in told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_plain_papermill_runs_a_notebook_with_its_defaults(path: Path, tmp_path: Path, reports: Path) -> None:
    command("papermill", path.relative_to(ROOT), tmp_path / "out.ipynb", "--no-progress-bar")
    content = of_notebook(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    head = content.report
    assert (head["province"], head["period"], head["lang"]) == ("kon-tum", "2022", "vi")
    folder = f"kon-tum.cells/{head['commune']}" if "commune" in head else "kon-tum"
    made = reports / head["source"] / "2022" / folder / f"{path.stem}.vi.html"
    assert html_page(content) == alone(made.read_text(encoding="utf-8"))


def test_papermill_and_nbconvert_give_the_files_of_the_batch(tmp_path: Path, reports: Path) -> None:
    words = ["-p", "province", "bac-giang", "-p", "period", "2022", "-p", "lang", "en", "--no-progress-bar"]
    command("papermill", "notebooks/province_assessment.ipynb", tmp_path / "out.ipynb", *words)
    for exporter in ("handout", "report"):
        command("nbconvert", "--to", exporter, tmp_path / "out.ipynb")
    made = reports / "published" / "2022" / "bac-giang" / "province_assessment.en"
    page = made.with_name(f"{made.name}.html").read_text(encoding="utf-8")
    assert (tmp_path / "out.html").read_text(encoding="utf-8") == alone(page) != page
    assert (tmp_path / "out.pdf").read_bytes() == made.with_name(f"{made.name}.pdf").read_bytes()


def test_the_first_hour_runs_from_the_return_to_the_handout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "exploratory" / "first_hour.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    monkeypatch.setenv("PARTYBUILDING_HOME", str(ROOT))
    client.execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert [name for name, outputs in shown.items() if any(o.output_type == "error" for o in outputs)] == ["slip"]
    (slip,) = shown["slip"]
    assert "".join(
        slip.traceback
    ) == 'UserError: Không có đơn vị "Kom Tum". Có phải ý bạn là "Kon Tum"? Xem danh sách: ' + (
        "partybuilding list --units."
    )
    assert "92/102 chi bộ" in shown["indicator"][0].data["text/plain"]
    assert "Bắc Giang" in shown["compare"][0].data["text/html"]
    assert "thiếu 5" in shown["trial"][0].data["text/plain"]
    assert any("application/vnd.jupyter.widget-view+json" in output.data for output in shown["panel"])
