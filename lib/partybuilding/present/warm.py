"""Imported once by the fork server of a batch: everything that a report needs, and one of each thing made.

Starts no threads: it is what the reports' processes are forked from. Imports the rest of this room.
"""

from __future__ import annotations

from contextlib import suppress

from partybuilding.errors import UserError
from partybuilding.present import quality, report  # noqa: F401 (loaded, not used)
from partybuilding.present.library import Library

with suppress(UserError):
    LIBRARY = Library.read()
    SOURCES = [LIBRARY.source(name).available() for name in LIBRARY.names()]
