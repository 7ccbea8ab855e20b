"""The warm engine: what a kernel would have shown, cell by cell; deadlines, errors, and the plain command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from papermill.exceptions import PapermillExecutionError

from partybuilding.publish.kernel import BatchKernelManager

CELLS = {
    "result": "6 * 7",
    "no result": "answer = 42; None",
    "semicolon": "answer;",
    "history": "6 * 7\n_",
    "last result": "(_, __, _oh[1], In[1])",
    "import": "from IPython.display import HTML, clear_output, display, update_display",
    "display": "display('a', 1)\nHTML('<b>b</b>')",
    "mime": "display({'application/vnd.partybuilding.report+json': {'a': [1, None, 'đ']}}, raw=True)",
    "metadata": "display({'text/plain': 'x'}, raw=True, metadata={'text/plain': {'wide': True}})",
    "bytes": "display({'image/png': b'\\x89PNG'}, raw=True)",
    "print": "import sys\nprint('đồng chí')\nprint('two', end='')",
    "stderr": "print('slip', file=sys.stderr)",
    "between": "print('before')\ndisplay('shown')\nprint('after')\n'result'",
    "id": "display('first', display_id='here');",
    "update": "update_display('second', display_id='here')",
    "id again": "display('third', display_id='here');",
    "clear": "print('gone'); display('gone'); clear_output(); print('stays')",
    "clear at the next": "print('gone'); clear_output(wait=True); print('stays')",
    "clear and nothing next": "print('stays'); clear_output(wait=True)",
    "magic": "%matplotlib inline\nimport matplotlib.pyplot as plt",
    "figure": "plt.plot([1, 2, 3]); plt.title('A'); None",
    "figure returned": "plt.subplots()[0]",
    "table": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "await": "import asyncio\nawait asyncio.sleep(0, 'awaited')",
    "raises, as is due": "1 / 0",
    "syntax, as is due": "1 +",
    "shell": "get_ipython().run_cell_magic('capture', 'kept', 'print(1)'); kept.stdout",
    "markdown": "",
    "empty": "  \n",
    "own error": "class E(Exception):\n    def _render_traceback_(self): return ['E: told']\nraise E('told')",
    "never run": "print('never')",
}
CELLS = {re.sub("[ ,]+", "-", name): source for name, source in CELLS.items()}
DUE = ("raises-as-is-due", "syntax-as-is-due")


def written(place: Path) -> Path:
    """Write the notebook of all cells."""
    cells = []
    for name, source in CELLS.items():
        made = nbformat.v4.new_markdown_cell("# text") if name == "markdown" else nbformat.v4.new_code_cell(source)
        made.id = name
        made.metadata = {"tags": ["raises-exception"] if name in DUE else []}
        cells.append(made)
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, place / "in.ipynb")
    return place / "in.ipynb"


@pytest.fixture(autouse=True)
def _shell_of_before() -> Iterator[None]:
    """Each test leaves the process as it was."""
    kept = sys.modules["__main__"], sys.displayhook, sys.excepthook, Path.cwd()
    with warnings.catch_warnings():
        yield
    sys.modules["__main__"], sys.displayhook, sys.excepthook = kept[:3]
    os.chdir(kept[3])
    InteractiveShell.clear_instance()


def run(path: Path, out: Path, **more: Any) -> tuple[Any, str]:
    """The executed notebook, and the error that papermill raised."""
    told = ""
    try:
        papermill.execute_notebook(path, out, progress_bar=False, **more)
    except PapermillExecutionError as error:
        told = f"{error.ename}: {error.evalue}"
    return nbformat.read(out, as_version=4), told


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, str]]:
    """The notebook of all cells, executed by both engines."""
    place = tmp_path_factory.mktemp("both")
    path = written(place)
    return {
        "warm": run(path, place / "warm.ipynb", engine_name="partybuilding"),
        "kernel": run(path, place / "kernel.ipynb", kernel_manager_class=BatchKernelManager),
    }


def by_name(notebook: Any) -> dict[str, Any]:
    """The cells without times; pieces of one stream that a kernel sends apart are put together."""
    found = {}
    for cell in notebook.cells:
        for key in ("start_time", "end_time", "duration"):
            cell.metadata.get("papermill", {}).pop(key, None)
        cell.metadata.pop("execution", None)
        outputs: list[Any] = []
        for output in cell.get("outputs", []):
            if outputs and output.output_type == "stream" and outputs[-1].get("name") == output.name:
                outputs[-1].text += output.text
            else:
                outputs.append(output)
        if "outputs" in cell:
            cell.outputs = outputs
        found[cell.id if not cell.source.startswith("<span") else "mark"] = cell
    return found


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_the_same_by_both_engines(both: dict[str, tuple[Any, str]], name: str) -> None:
    warm, kernel = (by_name(both[engine][0])[name] for engine in ("warm", "kernel"))
    for cell in (warm, kernel):
        for output in cell.get("outputs", []) if name in DUE else ():  # the cell has a file's name there
            output.traceback, output.evalue = [], re.sub(r"\(.*,", "(,", output.evalue)
    assert warm == kernel


def test_the_executed_notebook_is_the_same_but_for_times(both: dict[str, tuple[Any, str]]) -> None:
    (warm, told), (kernel, _) = both["warm"], both["kernel"]
    assert both["kernel"][1] == told == "E: told"
    assert len(warm.cells) == len(kernel.cells) == len(CELLS) + 2  # papermill's marks at the error
    for made in (warm, kernel):
        for name in ("start_time", "end_time", "duration", "output_path"):
            made.metadata.papermill.pop(name)
        made.metadata.pop("language_info", None)  # the runner writes its own
    assert warm.metadata == kernel.metadata


def test_the_outputs_are_what_they_must_be(both: dict[str, tuple[Any, str]]) -> None:
    cells = by_name(both["warm"][0])

    def shown(name: str) -> list[Any]:
        return [o.get("text") or o.get("data") or f"{o.ename}: {o.evalue}" for o in cells[name].get("outputs", [])]

    assert (shown("result"), shown("no-result"), shown("semicolon")) == ([{"text/plain": "42"}], [], [])
    assert shown("between")[0] == "before\n"
    assert shown("between")[2:] == ["after\n", {"text/plain": "'result'"}]
    assert shown("mime") == [{"application/vnd.partybuilding.report+json": {"a": [1, None, "đ"]}}]
    assert shown("bytes")[0]["image/png"].strip() == "iVBORw=="
    assert [output["text/plain"] for output in shown("id")] == ["'third'"]
    assert (shown("update"), shown("clear"), shown("clear-and-nothing-next")) == ([], ["stays\n"], ["stays\n"])
    assert shown("await") == [{"text/plain": "'awaited'"}]
    assert set(shown("figure")[0]) == {"image/png", "text/plain"}
    assert shown("raises-as-is-due") == ["ZeroDivisionError: division by zero"]
    assert (shown("own-error"), cells["own-error"].outputs[0].traceback) == (["E: told"], ["E: told"])
    assert cells["own-error"].metadata.papermill.status == "failed"
    assert cells["own-error"].metadata.papermill.exception is True
    assert (cells["never-run"].outputs, cells["never-run"].execution_count) == ([], None)
    assert cells["never-run"].metadata.papermill.status == "pending"
    assert (cells["print"].execution_count, cells["empty"].execution_count) == (11, None)


def small(place: Path, *sources: str) -> Path:
    """A notebook of these cells."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, place / "small.ipynb")
    return place / "small.ipynb"


WARM = {"engine_name": "partybuilding"}


@pytest.mark.parametrize(
    "code", ["while True: pass", "import time; time.sleep(600)", "await __import__('asyncio').sleep(600)"]
)
def test_a_cell_that_takes_too_long_is_ended_where_it_stands(tmp_path: Path, code: str) -> None:
    before = signal.getsignal(signal.SIGALRM)
    start = time.monotonic()
    made, told = run(small(tmp_path, "1", code, "2"), tmp_path / "out.ipynb", execution_timeout=0.3, **WARM)
    assert told == "CellTimeout: cell not finished after 0.3 s"
    assert 0.3 <= time.monotonic() - start < 30
    assert [cell.metadata.papermill.status for cell in made.cells if "papermill" in cell.metadata] == [
        *("completed", "failed", "pending")
    ]
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_deadline_is_for_each_cell_not_for_all(tmp_path: Path) -> None:
    cells = ["import time\ntime.sleep(0.4)"] * 3
    _, told = run(small(tmp_path, *cells), tmp_path / "out.ipynb", execution_timeout=1, **WARM)
    assert told == ""


def test_what_is_left_of_a_report_that_is_killed_is_saved_on_the_way(tmp_path: Path) -> None:
    saved = tmp_path / "saved.ipynb"
    code = f"import json, pathlib\nlen(json.loads(pathlib.Path({str(saved)!r}).read_text())['cells'])"
    made, _ = run(small(tmp_path, code), tmp_path / "out.ipynb", save_to=saved, **WARM)
    assert made.cells[0].outputs[0].data == {"text/plain": "1"}


def test_two_notebooks_after_each_other_know_nothing_of_each_other(tmp_path: Path) -> None:
    kept = sys.stdout, sys.stderr
    run(small(tmp_path, "kept = 1", "kept"), tmp_path / "a.ipynb", **WARM)
    made, told = run(small(tmp_path, "kept"), tmp_path / "b.ipynb", **WARM)
    assert told == "NameError: name 'kept' is not defined"
    assert next(cell for cell in made.cells if cell.cell_type == "code").execution_count == 1
    assert (sys.stdout, sys.stderr) == kept
    assert not InteractiveShell.initialized()


def test_nothing_is_written_into_the_history_of_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    run(small(tmp_path, "1"), tmp_path / "out.ipynb", **WARM)
    assert not list((tmp_path / "ipython").rglob("*.sqlite"))


def test_papermill_knows_the_engine_by_its_command_line(tmp_path: Path) -> None:
    path = small(tmp_path, "a = 1", "a + 1")
    words = ["-m", "papermill", path, tmp_path / "out.ipynb", "--engine", "partybuilding", "-p", "a", "2"]
    done = subprocess.run(
        [sys.executable, *map(str, words), "--no-progress-bar"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.execution_count for cell in made.cells] == [1, 2, 3]
    assert made.cells[-1].outputs[0].data == {"text/plain": "2"}
