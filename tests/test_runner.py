"""One job: an edition appears whole or not at all, and what failed is kept where it can be looked at."""

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


EDITION = {f"published/2022/kon-tum/stub.en.{ending}" for ending in ("html", "pdf", "xlsx", "ipynb", "json")}
KEPT = {f"_failed/published/2022/kon-tum/stub.en.{ending}" for ending in ("ipynb", "txt")}


def test_an_edition_stays_whole_whatever_becomes_of_the_next_one(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    write_stub(project)
    first = runner.run(job(), out)
    assert (first.state, first.reasons, first.record["title"]) == ("published", (), "A stub of a report")
    edition = files(out)
    assert set(edition) == EDITION

    write_stub(project, en={"divisor": 0})
    failed = runner.run(job(), out)
    assert (failed.state, failed.reasons) == ("failed", ("ZeroDivisionError: division by zero",))
    after = files(out)
    assert {name: after[name] for name in EDITION} == edition
    assert set(after) == EDITION | KEPT
    assert (out / "_failed/published/2022/kon-tum/stub.en.txt").read_text() == "ZeroDivisionError: division by zero\n"
    executed = nbformat.read(out / "_failed/published/2022/kon-tum/stub.en.ipynb", as_version=4)
    assert [o.ename for cell in executed.cells for o in cell.get("outputs", []) if o.output_type == "error"]

    write_stub(project, en={"parts": parts("<p>The value is None, read from /home/analyst/data.csv</p>")})
    withheld = runner.run(job(), out)
    assert withheld.state == "withheld"
    assert {reason.partition(":")[0] for reason in withheld.reasons} == {"stub.en.html", "stub.en.pdf", "stub.en.ipynb"}
    assert any("/home/analyst" in reason for reason in withheld.reasons)
    assert {name: files(out)[name] for name in EDITION} == edition
    assert set(files(out)) == EDITION | KEPT
    told = (out / "_failed/published/2022/kon-tum/stub.en.txt").read_text(encoding="utf-8")
    assert told.splitlines() == list(withheld.reasons)

    write_stub(project)
    assert runner.run(job(), out).state == "published"
    assert files(out) == edition
    assert not (out / "_failed").exists()
    assert list((out / ".staging").iterdir()) == []


def test_a_published_notebook_names_no_path_and_no_time_and_keeps_its_tags(project: Path, tmp_path: Path) -> None:
    write_stub(project)
    runner.run(job(("html",)), tmp_path / "reports")
    text = (tmp_path / "reports/published/2022/kon-tum/stub.en.ipynb").read_text(encoding="utf-8")
    assert not [word for word in ("papermill", "start_time", "duration", str(tmp_path), "iopub") if word in text]
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    assert [cell.metadata.get("tags") for cell in made.cells][:3] == [["parameters"], ["injected-parameters"], None]
    assert 'lang = "en"' in made.cells[1].source
    assert set(made.metadata) == {"kernelspec", "language_info"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papermill without a kernel: it writes an executed notebook of the small report."""

    def execute(source: str, target: str, **_: Any) -> None:
        nbformat.write(notebook(*(shown(html=part) for part in parts()), shown(record=RECORD)), target)

    monkeypatch.setattr(runner.papermill, "execute_notebook", execute)


@pytest.mark.usefixtures("quick")
def test_formats_that_are_not_wanted_any_more_leave_with_the_earlier_edition(tmp_path: Path) -> None:
    runner.run(job(), tmp_path)
    assert set(files(tmp_path)) == EDITION
    runner.run(job(("html",)), tmp_path)
    assert set(files(tmp_path)) == {name for name in EDITION if not name.endswith(".pdf")}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("step", ["html_page", "pdf_of_page", "inspect"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_run_that_dies_at_any_step_leaves_the_earlier_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: type[BaseException]
) -> None:
    runner.run(job(), tmp_path)
    edition = files(tmp_path)

    def die(*_: Any) -> None:
        raise error

    monkeypatch.setattr(runner, step, die)
    if error is MemoryError and step != "inspect":
        assert runner.run(job(), tmp_path).reasons == ("MemoryError: ",)
    else:
        with pytest.raises(error):
            runner.run(job(), tmp_path)
    after = files(tmp_path)
    assert {name: after[name] for name in EDITION} == edition
    assert not any(name.startswith(".staging") for name in after)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("blocked", ["reports", "reports/.staging", "reports/published", "reports/published/2022"])
def test_a_folder_that_cannot_be_written_to_is_named_with_the_remedy(tmp_path: Path, blocked: str) -> None:
    place = tmp_path / blocked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file where a folder should be")
    with pytest.raises(UserError) as refused:
        runner.run(job(), tmp_path / "reports")
    problem = refused.value.fields["problem"]
    assert problem in ("File exists", "Not a directory")
    assert refused.value.message("en") == (
        f'The folder "reports" cannot be written to ({problem}). Choose another with --out, or allow writing.'
    )
    assert refused.value.message("vi") == (
        f'Không ghi được vào thư mục "reports" ({problem}). Hãy chọn thư mục khác bằng --out hoặc cấp quyền ghi.'
    )
    assert place.read_text() == "a file where a folder should be"
