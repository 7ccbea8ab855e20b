"""One job: papermill -> notebook -> HTML -> PDF, workbook, JSON in a folder of its own; then through the gate.

Imports errors, params, plan, kernel, engine, export, gate and workbook.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import chdir
from pathlib import Path
from typing import Any

from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from partybuilding.errors import UserError, sentence
from partybuilding.params import home
from partybuilding.publish.across import trace
from partybuilding.publish.engine import WarmEngine
from partybuilding.publish.export.content import Content, of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.gate import Finished, inspect
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
        finished = Finished(folder, job.files)
        refusals = inspect(finished)
        state, reasons = ("withheld" if refusals else "published"), tuple(refusal.text() for refusal in refusals)
        record = {name: content.report.get(name) for name in _KEPT}
        kept = {} if refusals else trace(finished)
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
    """Run the notebook with papermill and return it; `place` holds it where it fails.

    These are the steps of papermill's execute_notebook, which would write the notebook three times on the way.
    """
    papermill_engines.register("partybuilding", WarmEngine)  # also where the package is not installed
    given = parameterize_notebook(load_notebook_node(str(job.notebook_path)), dict(job.parameters))
    given.metadata.papermill |= {"input_path": job.notebook_path.name, "output_path": place.name}
    name, own = "partybuilding", {"save_to": place, "execution_timeout": limits.cell}
    if limits.engine == "kernel":
        name, own = "nbclient", {"output_path": str(place), "kernel_manager_class": BatchKernelManager}
        own["execution_timeout"] = math.ceil(limits.cell)
    kernel = papermill_engines.nb_kernel_name(name, given)
    with chdir(home()):
        notebook = papermill_engines.execute_notebook_with_engine(name, given, kernel, progress_bar=False, **own)
    raise_for_execution_errors(notebook, str(place))
    return notebook


def write_files(job: Job, content: Content, notebook: Any, folder: Path) -> None:
    """Write HTML, PDF, workbook, JSON and the notebook, cleaned of paths and times."""
    page = html_page(content, job.files, job.to_index)
    if "html" in job.formats:
        (folder / f"{job.stem}.html").write_text(page, encoding="utf-8")
    if "pdf" in job.formats:
        (folder / f"{job.stem}.pdf").write_bytes(pdf_of_page(page))
    write_workbook(folder / f"{job.stem}.xlsx", content.record)
    (folder / f"{job.stem}.json").write_text(_lines(content.record), encoding="utf-8")
    notebook.metadata.pop("papermill", None)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"
    # as nbformat writes it, but for the indenting, which it always does
    written = json.dumps(notebook, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / f"{job.stem}.ipynb").write_text(written, encoding="utf-8")


def _lines(record: dict[str, Any]) -> str:
    """Return a record as JSON with a line for each of its parts and each item of their lists.

    Indenting it would be Python's slow way.
    """

    def told(part: Any) -> str:
        if isinstance(part, list) and part:
            return "[\n  " + ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in part) + "\n ]"
        return json.dumps(part, ensure_ascii=False)

    return "{\n " + ",\n ".join(f"{json.dumps(name)}: {told(part)}" for name, part in record.items()) + "\n}\n"
