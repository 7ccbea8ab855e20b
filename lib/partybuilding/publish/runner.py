"""One job: papermill -> notebook -> HTML -> PDF, workbook, JSON in a folder of its own; then through the gate.

Imports errors, params, plan, kernel, engine, export, gate and workbook.
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from partybuilding.errors import UserError, sentence
from partybuilding.params import home
from partybuilding.publish.across import trace
from partybuilding.publish.engine import WarmEngine
from partybuilding.publish.export.content import Content, of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.gate import inspect
from partybuilding.publish.kernel import BatchKernelManager
from partybuilding.publish.outcome import Limits, Outcome
from partybuilding.publish.plan import Job
from partybuilding.publish.workbook import write_workbook

ENGINES = ("warm", "kernel")
_KEPT = ("title", "headline", "lang", "status", "mark", "as_of", "place")


def make(job: Job, folder: Path, limits: Limits) -> Outcome:
    """Make the files of one report in `folder` and inspect them; a failure is told, never raised."""
    start, executed = time.monotonic(), folder / f"{job.stem}.ipynb"
    try:
        notebook = execute(job, executed, limits)
        content = of_notebook(notebook)
        write_files(job, content, notebook, folder)
        refusals = inspect(folder, job.files)
        state, reasons = ("withheld" if refusals else "published"), tuple(refusal.text() for refusal in refusals)
        record = {name: content.report.get(name) for name in _KEPT}
        kept = {} if refusals else trace(folder, job.files)
    except Exception as error:  # one report that fails must not stop the others
        state, reasons, record, kept = "failed", (_reason(error, limits),), {}, {}
    return Outcome(job, state, reasons, record, time.monotonic() - start, kept)


def _reason(error: Exception, limits: Limits) -> str:
    """Return in words why there is no report, whether the notebook raised the error or this process."""
    name, told = type(error).__name__, str(error)
    if isinstance(error, PapermillExecutionError):
        name, told = str(error.ename), str(error.evalue)
    if name == "MemoryError":
        return sentence("report_memory")
    if name in ("CellTimeout", "CellTimeoutError"):
        return sentence("cell_deadline", seconds=f"{limits.cell:g}")
    return told if name == "UserError" or isinstance(error, UserError) else f"{name}: {told}"


def execute(job: Job, place: Path, limits: Limits) -> Any:
    """Run the notebook with papermill and return it; `place` holds it where it fails."""
    papermill_engines.register("partybuilding", WarmEngine)  # also where the package is not installed
    own: dict[str, Any] = {"kernel_manager_class": BatchKernelManager, "execution_timeout": math.ceil(limits.cell)}
    if limits.engine == "warm":
        own = {"engine_name": "partybuilding", "save_to": place, "request_save_on_cell_execute": False}
        own["execution_timeout"] = limits.cell
    return papermill.execute_notebook(
        str(job.notebook_path), str(place), parameters=dict(job.parameters), cwd=str(home()), progress_bar=False, **own
    )


def write_files(job: Job, content: Content, notebook: Any, folder: Path) -> None:
    """Write HTML, PDF, workbook, JSON and the notebook, cleaned of paths and times."""
    page = html_page(content, job.files, job.to_index)
    if "html" in job.formats:
        (folder / f"{job.stem}.html").write_text(page, encoding="utf-8")
    if "pdf" in job.formats:
        (folder / f"{job.stem}.pdf").write_bytes(pdf_of_page(page))
    write_workbook(folder / f"{job.stem}.xlsx", content.record)
    record = json.dumps(content.record, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
    (folder / f"{job.stem}.json").write_text(record, encoding="utf-8")
    notebook.metadata.pop("papermill", None)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"
    nbformat.write(notebook, folder / f"{job.stem}.ipynb")
