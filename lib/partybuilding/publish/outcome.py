"""How a report is run and what became of it. Imports errors and plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from partybuilding.errors import sentence
from partybuilding.publish.plan import Job


@dataclass(frozen=True)
class Limits:
    """How a report is run: engine, seconds for a cell and for the whole, bytes of memory (0: no limit)."""

    engine: str = "warm"
    cell: float = 300
    report: float = 900
    memory: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a job: published, failed (notebook or exporter), withheld (by the gate) or stopped."""

    job: Job
    state: str
    reasons: tuple[str, ...] = ()
    record: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    trace: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Something that must not go out: the file, what it is, and the words around it."""

    file: str
    what: str
    found: str

    def text(self, lang: str | None = None) -> str:
        """Return the refusal as a sentence."""
        return f"{self.file}: {sentence('gate_' + self.what, lang, found=self.found)}"
