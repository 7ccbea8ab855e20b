"""What the operator of a batch sees: a live display, plain lines without a terminal, events as JSON lines for programs.

Imports errors only.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from partybuilding.errors import sentence

ENDED = ("published", "failed", "withheld", "stopped")


def say(text: str, error: bool = False) -> None:
    """Print a message without reading anything in it as markup."""
    Console(stderr=error, soft_wrap=True, highlight=False, markup=False, emoji=False).print(text)


class Display(AbstractContextManager["Display"]):
    """Shows how a batch goes; `events` prints JSON lines instead, nothing else goes to standard output then."""

    def __init__(self, total: int, events: bool = False) -> None:
        self.total, self.events = total, events
        self.count: Counter[str] = Counter()
        self.running: list[str] = []
        self.start = time.monotonic()
        console = Console(stderr=True)
        self.plain = not console.is_terminal and not events
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # it gives way on a narrow terminal
        columns = (
            *(BarColumn(10), MofNCompleteColumn(), TimeElapsedColumn()),
            TextColumn("{task.description}", markup=False, table_column=rest),
        )
        self.bar = Progress(*columns, console=console, disable=self.plain or events, expand=True)
        self.task = self.bar.add_task("", total=total)

    def __enter__(self) -> Display:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def event(self, name: str, **fields: Any) -> None:
        """Print an event where they are wanted."""
        if self.events:
            sys.stdout.write(json.dumps({"event": name, **fields}, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def note(self, state: str, name: str, reasons: tuple[str, ...] = (), seconds: float = 0) -> None:
        """Take down that a report was started or ended."""
        if state == "started":
            self.running.append(name)
            self.event("started", report=name)
        else:
            self.running.remove(name)
            self.count[state] += 1
            self.event(state, report=name, reasons=list(reasons), seconds=round(seconds, 3))
            if self.plain:
                say(f"[{self.done}/{self.total}] {sentence('state_' + state)}: {name}")
        self.bar.update(self.task, completed=self.done, description=self._line())

    @property
    def done(self) -> int:
        """Number of reports that have ended."""
        return self.count.total()

    def _line(self) -> str:
        """Return what runs, what went wrong, what is left and when the end is expected."""
        left = self.total - self.done
        ahead = (time.monotonic() - self.start) / self.done * left if self.done else None
        end = time.strftime("%H:%M", time.localtime(time.time() + ahead)) if ahead is not None and left else ""
        fields: dict[str, Any] = {
            "failed": self.count["failed"],
            "withheld": self.count["withheld"],
            "left": left,
            "end": end or "–",
        }
        return sentence("batch_live", running=", ".join(self.running[:3]) or "–", **fields)
