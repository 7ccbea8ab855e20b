"""The papermill engine `partybuilding`: runs the cells in this very process, in IPython's own shell.

It saves the start of a kernel and of its imports where the process is warm. Outputs are those that a kernel would send.
Imports nothing of the library.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from papermill.engines import Engine
from traitlets import Type
from traitlets.config import Config

SAVED_EVERY = 1.0  # seconds: what is left of a report that is killed


class CellTimeout(Exception):  # noqa: N818 (its name is shown)
    """A cell took longer than its deadline."""


def _clean(data: Any) -> Any:
    """Return what would arrive from a kernel: plain JSON, bytes as base64; a text is that already."""
    if all(type(part) is str for part in data.values()):
        return dict(data)
    return json.loads(json.dumps(json_clean(encode_images(data)), default=json_default))


def _output(kind: str, **fields: Any) -> Any:
    """Return an output of a cell; nbformat's own way checks each one against the whole schema of notebooks."""
    return nbformat.NotebookNode(output_type=kind, **fields)


class _Result(DisplayHook):  # type: ignore[misc]
    def start_displayhook(self) -> None:
        self.output: Any = None

    def write_output_prompt(self) -> None:
        return

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        told = {"data": _clean(format_dict), "metadata": md_dict or {}}
        self.output = _output("execute_result", execution_count=self.prompt_count, **told)

    def finish_displayhook(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        if self.output and self.output.data:
            self.shell.show(self.output)


class _Display(DisplayPublisher):  # type: ignore[misc]
    def publish(
        self, data: Any, metadata: Any = None, *, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        plain, more = _clean(data), metadata or {}
        name = (transient or {}).get("display_id")
        for made in self.shell.displays.get(name, []) if name else []:
            made.data, made.metadata = plain, more
        if not update:
            made = _output("display_data", data=plain, metadata=more)
            self.shell.show(made)
            self.shell.displays.setdefault(name, []).append(made)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.clearing = True  # at the next output
        if not wait:
            self.shell.show(None)


class Shell(InteractiveShell):  # type: ignore[misc]
    """IPython's shell, keeping what a cell shows as notebook outputs."""

    display_pub_class = Type(_Display)
    displayhook_class = Type(_Result)

    def __init__(self, **more: Any) -> None:
        self.outputs: list[Any] = []
        self.clearing = False
        self.displays: dict[str | None, list[Any]] = {}
        super().__init__(config=Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}}), **more)

    def show(self, output: Any) -> None:
        """Take an output of the running cell; None where there is only something to clear."""
        if self.clearing:
            self.outputs.clear()
            self.clearing = False
        if output:
            self.outputs.append(output)

    def init_virtualenv(self) -> None:
        """Leave the packages as they are, whatever environment the person has activated; a kernel would warn."""

    def enable_gui(self, gui: Any = None) -> None:
        """Nothing to enable: matplotlib's inline backend asks for it."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.show(_output("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb)))


class _Stream:
    encoding, errors = "utf-8", "strict"

    def __init__(self, name: str, shell: Shell) -> None:
        self.name, self.shell = name, shell

    def write(self, text: str) -> int:
        last = self.shell.outputs[-1] if self.shell.outputs and not self.shell.clearing else {}
        if last.get("name") == self.name:
            last["text"] += text
        elif text:
            self.shell.show(_output("stream", name=self.name, text=text))
        return len(text)

    def flush(self) -> None:
        return

    def isatty(self) -> bool:
        return False


class WarmEngine(Engine):  # type: ignore[misc]
    """Runs the cells of a notebook in this process; `execution_timeout` is in seconds for each cell."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        execution_timeout: float | None = None,
        save_to: Path | None = None,
        **_: Any,
    ) -> None:
        """Run all cells until one fails; `save_to` gets the notebook so far, at the start and then every second."""
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        _leave()
        shell = Shell.instance()
        saved = -SAVED_EVERY
        with ExitStack() as ends:
            ends.callback(_leave)
            ends.enter_context(_streams(shell))
            for index, cell in enumerate(nb_man.nb.cells):
                if save_to and time.monotonic() - saved >= SAVED_EVERY:
                    save_to.write_text(json.dumps(nb_man.nb, ensure_ascii=False), encoding="utf-8")
                    saved = time.monotonic()
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip() and not _run(shell, cell, execution_timeout):
                        nb_man.cell_exception(cell, index)
                        break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)


def _leave() -> None:
    """Let no shell stay, of whatever kind."""
    for kind in (Shell, InteractiveShell):
        kind.clear_instance()


def _run(shell: Shell, cell: Any, timeout: float | None) -> bool:
    shell.outputs, shell.clearing = [], False
    cell.outputs = shell.outputs
    with _deadline(timeout, lambda: CellTimeout(f"cell not finished after {timeout:g} s")):
        result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = result.execution_count
    return bool(result.success) or "raises-exception" in cell.metadata.get("tags", ())


@contextmanager
def _streams(shell: Shell) -> Iterator[None]:
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream("stdout", shell), _Stream("stderr", shell)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


@contextmanager
def _deadline(seconds: float | None, error: Callable[[], Exception]) -> Iterator[None]:
    """Raise in the running code when time is up; where there is no such signal only the report's deadline holds."""
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise error()

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
