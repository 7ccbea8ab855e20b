"""Reporting notebooks that assess Party-building work in Vietnam's provincial military Party organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partybuilding.present.quality import Quality, open_quality
    from partybuilding.present.report import Report, open_report

__all__ = ["Quality", "Report", "open_quality", "open_report"]


def __getattr__(name: str) -> Any:
    """Import a report's door only when it is used: the command line starts without pandas and matplotlib."""
    if name in __all__:
        from partybuilding.present import quality, report

        return getattr(quality if name in ("Quality", "open_quality") else report, name)
    raise AttributeError(f"module 'partybuilding' has no attribute {name!r}")
