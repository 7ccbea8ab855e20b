"""One job: papermill -> notebook -> HTML -> PDF, JSON in a staging folder; through the gate; moved into place.

Imports errors, params, plan, kernel, export and gate.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from partybuilding.errors import UserError
from partybuilding.params import home
from partybuilding.publish.export.content import Content, of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.gate import inspect
from partybuilding.publish.kernel import BatchKernelManager
from partybuilding.publish.plan import FORMATS, Job
from partybuilding.publish.workbook import write_workbook

STAGING, FAILED = ".staging", "_failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a job: published, failed (the notebook or an exporter raised) or withheld (by the gate)."""

    job: Job
    state: str
    reasons: tuple[str, ...] = ()
    record: dict[str, Any] = field(default_factory=dict)


def run(job: Job, out: Path) -> Outcome:
    """Make one report and publish it below `out`; its earlier edition stays whole unless the new one is finished."""
    staging = _staging(out)
    try:
        executed = staging / f"{job.stem}.ipynb"
        try:
            papermill.execute_notebook(
                str(job.notebook_path),
                str(executed),
                parameters=dict(job.parameters),
                cwd=str(home()),
                progress_bar=False,
                kernel_manager_class=BatchKernelManager,
            )
            notebook = nbformat.read(executed, as_version=4)
            content = of_notebook(notebook)
            write_files(job, content, notebook, staging)
        except PapermillExecutionError as error:
            return _failed(
                job,
                out,
                executed,
                f"{error.ename}: {error.evalue}" if error.ename != "UserError" else str(error.evalue),
            )
        except Exception as error:  # one report that fails must not stop the others
            return _failed(
                job, out, executed, str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            )
        refusals = inspect(staging, job.files)
        if refusals:
            reasons = tuple(refusal.text() for refusal in refusals)
            _keep(job, out, executed, "\n".join(reasons))
            return Outcome(job, "withheld", reasons, content.report)
        _publish(job, staging, out / job.folder, out)
        _forget(job, out)
        return Outcome(job, "published", (), content.report)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_files(job: Job, content: Content, notebook: Any, staging: Path) -> None:
    """Write HTML, PDF, JSON and the notebook, cleaned of paths and times, into the staging folder."""
    page = html_page(content)
    if "html" in job.formats:
        (staging / f"{job.stem}.html").write_text(page, encoding="utf-8")
    if "pdf" in job.formats:
        (staging / f"{job.stem}.pdf").write_bytes(pdf_of_page(page))
    write_workbook(staging / f"{job.stem}.xlsx", content.record)
    record = json.dumps(content.record, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
    (staging / f"{job.stem}.json").write_text(record, encoding="utf-8")
    notebook.metadata.pop("papermill", None)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"
    nbformat.write(notebook, staging / f"{job.stem}.ipynb")


def _publish(job: Job, staging: Path, place: Path, out: Path) -> None:
    """Move the files into place; formats of the earlier edition that are not wanted any more go."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name in job.files:
            (staging / name).replace(place / name)
        for ending in set(FORMATS) - set(job.formats):
            (place / f"{job.stem}.{ending}").unlink(missing_ok=True)
    except OSError as error:
        raise UserError("out_not_writable", value=out.name, problem=error.strerror) from None


def _staging(out: Path) -> Path:
    folder = out / STAGING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=folder))
    except OSError as error:
        raise UserError("out_not_writable", value=out.name, problem=error.strerror) from None


def _failed(job: Job, out: Path, executed: Path, reason: str) -> Outcome:
    _keep(job, out, executed, reason)
    return Outcome(job, "failed", (reason,))


def _keep(job: Job, out: Path, executed: Path, reason: str) -> None:
    """Keep the executed notebook and the reason under _failed/."""
    place = out / FAILED / job.folder
    place.mkdir(parents=True, exist_ok=True)
    if executed.exists():
        executed.replace(place / executed.name)
    (place / f"{job.stem}.txt").write_text(reason + "\n", encoding="utf-8")


def _forget(job: Job, out: Path) -> None:
    for ending in ("ipynb", "txt"):
        (out / FAILED / job.folder / f"{job.stem}.{ending}").unlink(missing_ok=True)
    tidy([out / FAILED / job.folder, *(out / FAILED / parent for parent in job.folder.parents)])


def tidy(folders: Sequence[Path]) -> None:
    """Remove the folders that are empty, in the order given."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
