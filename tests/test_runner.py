"""One job in a folder of its own: its files, or the reason why there are none; never an exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from test_export import RECORD, notebook, parts, shown

from partybuilding.errors import UserError
from partybuilding.publish import runner
from partybuilding.publish.plan import Job

CODE = [
    "import json\nfrom pathlib import Path\nfrom IPython.display import publish_display_data",
    "content = json.loads(Path('stub.json').read_text(encoding='utf-8'))[lang]",
    "1 / content['divisor']",
    "for html in content['parts']:\n    publish_display_data({'text/html': html})",
    "publish_display_data({'application/vnd.partybuilding.report+json': content['record']})",
]
PARAMETERS = """province: str = "kon-tum"  # slug of the province
period: str = "2022"  # year
lang: str = "vi"  # language
source: str = "published"  # folder under data"""


def write_stub(project: Path, name: str = "stub", **changes: Any) -> None:
    """Write a notebook that shows what stub.json gives it for the language, without the library: it starts fast."""
    cells = [nbformat.v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(f"{code};", id=f"code-{n}") for n, code in enumerate(CODE)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, project / "notebooks" / f"{name}.ipynb")
    content = {
        lang: {
            "divisor": 1,
            "parts": parts(),
            "record": {**RECORD, "report": RECORD["report"] | {"lang": lang}},
            **changes.get(lang, {}),
        }
        for lang in ("vi", "en")
    }
    (project / "stub.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def job(formats: tuple[str, ...] = ("html", "pdf")) -> Job:
    given = {"province": "kon-tum", "period": "2022", "lang": "en", "source": "published"}
    return Job("stub", "published", "kon-tum", "2022", "en", formats, given)


def files(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


FILES = {f"stub.en.{ending}" for ending in ("html", "pdf", "xlsx", "ipynb", "json")}
ENGINES = pytest.mark.parametrize("engine", runner.ENGINES)


def made(folder: Path, engine: str = "warm", one: Job | None = None, **limits: float) -> runner.Outcome:
    """What becomes of the job in a new folder."""
    folder.mkdir()
    return runner.make(one or job(), folder, runner.Limits(engine, **limits))


@ENGINES
def test_a_report_that_passes_has_all_its_files_and_the_record_of_what_it_is(
    project: Path, tmp_path: Path, engine: str
) -> None:
    write_stub(project)
    found = made(tmp_path / "out", engine)
    assert (found.state, found.reasons) == ("published", ())
    assert found.record == {
        **{"title": "A stub of a report", "headline": "Nothing is known.", "lang": "en"},
        **{"status": "published", "mark": None, "as_of": "2022-07-20", "place": "Kon Tum"},
    }
    assert set(files(tmp_path / "out")) == FILES
    assert found.seconds > 0


def test_both_engines_give_the_same_files_byte_for_byte(project: Path, tmp_path: Path) -> None:
    write_stub(project)
    for engine in runner.ENGINES:
        assert made(tmp_path / engine, engine).state == "published"
    assert files(tmp_path / "warm") == files(tmp_path / "kernel")


@ENGINES
def test_a_notebook_that_raises_gives_its_error_and_is_kept_as_it_was_executed(
    project: Path, tmp_path: Path, engine: str
) -> None:
    write_stub(project, en={"divisor": 0})
    found = made(tmp_path / "out", engine)
    assert (found.state, found.reasons, found.record) == ("failed", ("ZeroDivisionError: division by zero",), {})
    assert set(files(tmp_path / "out")) == {"stub.en.ipynb"}
    executed = nbformat.read(tmp_path / "out" / "stub.en.ipynb", as_version=4)
    assert [o.ename for cell in executed.cells for o in cell.get("outputs", []) if o.output_type == "error"] == [
        "ZeroDivisionError"
    ]
    ran = [cell.execution_count for cell in executed.cells if cell.cell_type == "code"]
    assert ran == [1, 2, 3, 4, 5, None, None]


def test_a_slip_of_a_person_inside_the_notebook_is_told_in_its_own_words(project: Path, tmp_path: Path) -> None:
    write_stub(project)
    path = project / "notebooks" / "stub.ipynb"
    slip = "from partybuilding.errors import UserError\nraise UserError('period_form', value='2022-13')"
    path.write_text(path.read_text().replace("1 / content['divisor'];", json.dumps(slip)[1:-1]))
    assert made(tmp_path / "out").reasons == (UserError("period_form", value="2022-13").message(),)


def test_what_the_gate_finds_withholds_the_report(project: Path, tmp_path: Path) -> None:
    write_stub(project, en={"parts": parts("<p>The value is None, read from /home/analyst/data.csv</p>")})
    withheld = made(tmp_path / "out")
    assert withheld.state == "withheld"
    assert {reason.partition(":")[0] for reason in withheld.reasons} == {"stub.en.html", "stub.en.pdf", "stub.en.ipynb"}
    assert any("/home/analyst" in reason for reason in withheld.reasons)


def test_formats_that_are_not_wanted_are_not_made(project: Path, tmp_path: Path) -> None:
    write_stub(project)
    assert made(tmp_path / "out", one=job(("html",))).state == "published"
    assert set(files(tmp_path / "out")) == FILES - {"stub.en.pdf"}


def test_a_published_notebook_names_no_path_and_no_time_and_keeps_its_tags(project: Path, tmp_path: Path) -> None:
    write_stub(project)
    made(tmp_path / "out", one=job(("html",)))
    text = (tmp_path / "out" / "stub.en.ipynb").read_text(encoding="utf-8")
    assert not [word for word in ("papermill", "start_time", "duration", str(tmp_path), "iopub") if word in text]
    read = nbformat.reads(text, as_version=4)
    nbformat.validate(read)
    assert [cell.metadata.get("tags") for cell in read.cells][:3] == [["parameters"], ["injected-parameters"], None]
    assert 'lang = "en"' in read.cells[1].source
    assert set(read.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("step", ["html_page", "pdf_of_page", "write_workbook", "inspect"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (UserError("report_memory"), UserError("report_memory").message("vi")),
        (MemoryError(), UserError("report_memory").message("vi")),
        (RuntimeError(), "RuntimeError: "),
    ],
)
def test_an_error_at_any_step_is_told_never_raised(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception, reason: str
) -> None:
    def die(*_: Any) -> None:
        raise error

    executed = notebook(*(shown(html=part) for part in parts()), shown(record=RECORD))
    monkeypatch.setattr(runner, "execute", lambda *_: executed)
    monkeypatch.setattr(runner, step, die)
    found = made(tmp_path / "out")
    assert (found.state, found.reasons, found.record) == ("failed", (reason,), {})


@ENGINES
def test_memory_that_ends_inside_a_cell_is_told_with_the_remedy(project: Path, tmp_path: Path, engine: str) -> None:
    write_stub(project)
    path = project / "notebooks" / "stub.ipynb"
    path.write_text(path.read_text().replace("1 / content['divisor'];", "bytearray(1 << 60);"))
    assert made(tmp_path / "out", engine).reasons == (UserError("report_memory").message(),)


@ENGINES
def test_a_cell_has_its_own_deadline(project: Path, tmp_path: Path, engine: str) -> None:
    write_stub(project)
    path = project / "notebooks" / "stub.ipynb"
    path.write_text(path.read_text().replace("1 / content['divisor'];", "import time; time.sleep(600);"))
    found = made(tmp_path / "out", engine, cell=0.5)
    assert found.state == "failed"
    assert "0.5" in found.reasons[0]
    assert 0.5 < found.seconds < 60
