"""Imported before all else by the fork server: leaves out what costs a second and no report needs.

jsonschema takes the grammar of addresses (rfc3987_syntax) where it is installed, for a check that notebooks never need.
Imports nothing of the library.
"""

from __future__ import annotations

import gc
import sys

gc.disable()  # until a report begins: all that is imported stays
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # as if it were not installed
