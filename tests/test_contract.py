"""The contract of the report notebooks: what breaks it is named, one message each; the command says so."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, Command

from partybuilding.errors import LANGUAGES, UserError
from partybuilding.publish.contract import MAX_CELLS, breaches, breaches_of

TEMPLATE = ROOT / "notebooks" / "exploratory" / "template.ipynb"
SOUND = [*sorted((ROOT / "notebooks").glob("*.ipynb")), TEMPLATE]


@pytest.fixture
def notebook() -> Any:
    return nbformat.read(TEMPLATE, as_version=4)


def parameters(notebook: Any) -> Any:
    return next(cell for cell in notebook.cells if cell.metadata.get("tags") == ["parameters"])


def line(text: str) -> Callable[[Any], Any]:
    """Put a line in the place of the first parameter's."""
    return lambda nb: parameters(nb).update(source=text)


def head(source: str) -> Callable[[Any], Any]:
    return lambda nb: next(c for c in nb.cells if c.id == "head").update(source=source)


SPOILT: list[tuple[str, Callable[[Any], Any]]] = [
    (
        "notebook_cells",
        lambda nb: (
            (nb.cells[1:1] and None)
            or nb.cells.__setitem__(
                slice(1, 1), [nbformat.v4.new_markdown_cell(id=f"more-{'x' * n}") for n in range(MAX_CELLS)]
            )
        ),
    ),
    ("notebook_format", lambda nb: nb.metadata.kernelspec.update(name="conda-env-x-py")),
    ("notebook_format", lambda nb: nb.metadata.pop("kernelspec")),
    ("notebook_format", lambda nb: nb.update(nbformat_minor=4)),
    ("notebook_ids", lambda nb: nb.cells[-1].update(id=nb.cells[-2].id)),
    ("notebook_ids", lambda nb: nb.cells[-1].update(id="3f9c1a2b")),
    ("notebook_lines", head("a\n" * 7)),
    ("notebook_syntax", head("report.head(")),
    *[("notebook_logic", head(code)) for code in ("def f():\n    pass", "for x in y:\n    x", "while a:\n    b")],
    *[("notebook_logic", head(code)) for code in ("class A:\n    pass", "f(lambda: 1)", "async def f():\n    pass")],
    ("notebook_logic", head("try:\n    a\nexcept E:\n    b")),
    ("notebook_outputs", lambda nb: nb.cells[-1].update(execution_count=3)),
    ("notebook_outputs", lambda nb: nb.cells[-1].outputs.append(nbformat.v4.new_output("stream", text="x"))),
    ("notebook_parameters", lambda nb: nb.cells[-1].metadata.update(tags=["parameters"])),
    ("notebook_parameters", lambda nb: parameters(nb).metadata.clear()),
    ("notebook_parameter", line('lang: str = "vi"')),
    ("notebook_parameter", line('lang = "vi"  # language of the report: vi or en')),
    ("notebook_parameter", line('lang: str = "vi"  # language of the report: lang=vi or en')),
    ("notebook_parameter", line('lang: int = "vi"  # language of the report: vi or en')),
    ("notebook_parameter", line("lang: str = other  # language of the report: vi or en")),
    ("notebook_parameter", line("\n" + 'lang: str = "vi"  # language of the report: vi or en')),
    ("notebook_record", lambda nb: nb.cells.pop()),
    ("notebook_record", lambda nb: nb.cells[-1].update(source="report.record")),
    ("notebook_record", lambda nb: nb.update(cells=[])),
]


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_the_notebooks_of_the_project_keep_it(path: Path) -> None:
    assert breaches(path) == []


@pytest.mark.parametrize(("code", "spoil"), SPOILT)
def test_what_breaks_it_is_named(notebook: Any, code: str, spoil: Callable[[Any], Any]) -> None:
    spoil(notebook)
    found = list(breaches_of(notebook))
    assert code in {breach.code for breach in found}
    assert len({breach.code for breach in found} - {"notebook_parameters"}) <= 1 + (notebook.cells == [])
    for breach in found:
        assert all(breach.message(lang) for lang in LANGUAGES)


def test_every_breach_is_told_at_once(notebook: Any) -> None:
    notebook.cells[-1].update(source="for x in y:\n    x\n" + "a\n" * 6, execution_count=1)
    parameters(notebook).source += "\nx = 1"
    codes = [breach.code for breach in breaches_of(notebook)]
    assert codes == ["notebook_lines", "notebook_logic", "notebook_outputs", "notebook_parameter", "notebook_record"]


def test_a_cell_is_named_by_its_number(notebook: Any) -> None:
    notebook.cells[3].source = "def f(): pass"
    (breach,) = breaches_of(notebook)
    assert breach.message("en").startswith("cell 4: has def.")


def test_what_is_no_notebook_is_told(tmp_path: Path) -> None:
    for number, content in enumerate([b"", b"{}", b'{"cells": 1, "nbformat": 4}', b"\xff\xfe", b"# x"]):
        path = tmp_path / f"{number}.ipynb"
        path.write_bytes(content)
        assert [breach.code for breach in breaches(path)] == ["notebook_broken"]
    assert [breach.code for breach in breaches(tmp_path)] == ["notebook_broken"]
    with pytest.raises(UserError) as refused:
        breaches(tmp_path / "none.ipynb")
    assert refused.value.code == "file_missing"


def test_the_command_says_one_line_for_each_breach(partybuilding: Command, notebook: Any, tmp_path: Path) -> None:
    done = partybuilding("check-notebook", TEMPLATE)
    assert (done.returncode, done.stdout) == (0, "template.ipynb: đúng quy ước của sổ tay báo cáo.\n")
    spoilt = copy.deepcopy(notebook)
    spoilt.cells[-1].update(source="lambda: 1", execution_count=1)
    nbformat.write(spoilt, tmp_path / "mine.ipynb")
    done = partybuilding("check-notebook", tmp_path / "mine.ipynb", "--lang", "en")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    assert all(one.startswith("mine.ipynb: ") for one in done.stderr.splitlines())
    assert partybuilding("check-notebook", tmp_path / "none.ipynb").returncode == 2


def test_a_copy_of_the_template_becomes_a_report(project: Path, partybuilding: Command, tmp_path: Path) -> None:
    (project / "notebooks" / "mine.ipynb").write_bytes(TEMPLATE.read_bytes())
    words = ("run", "kon-tum", "2022", "--source", "demo", "--notebook", "mine", "--out", tmp_path / "o")
    done = partybuilding(*words, home=project)
    assert done.returncode == 0, done.stderr
    assert re.search(rb"%PDF", (tmp_path / "o" / "demo" / "2022" / "kon-tum" / "mine.vi.pdf").read_bytes())
