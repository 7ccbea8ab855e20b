"""Reporting notebooks that assess Party-building work in Vietnam's provincial military Party organisations."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partybuilding.present.cell import CellHandout, open_cell
    from partybuilding.present.quality import Quality, open_quality
    from partybuilding.present.report import Report, open_report

__all__ = ["CellHandout", "Quality", "Report", "open_cell", "open_quality", "open_report"]
_ROOMS = {"CellHandout": "cell", "open_cell": "cell", "Quality": "quality", "open_quality": "quality"}


def __getattr__(name: str) -> Any:
    """Import a report's door only when it is used: the command line starts without pandas and matplotlib."""
    if name in __all__:
        return getattr(import_module(f"partybuilding.present.{_ROOMS.get(name, 'report')}"), name)
    raise AttributeError(f"module 'partybuilding' has no attribute {name!r}")
