"""Imported before all else by the fork server: leaves out what costs a second and no report needs.

jsonschema takes the grammar of addresses (rfc3987_syntax) where it is installed, for a check that notebooks never need.
And memory that a report gives back is not given back to the system, which would hand it out again page by page.
Imports nothing of the library.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

gc.disable()  # until a report begins: all that is imported stays
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # as if it were not installed

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
with suppress(AttributeError, OSError, TypeError):  # only glibc has it
    for _option, _bytes in ((_TRIM_THRESHOLD, 1 << 28), (_TOP_PAD, 1 << 24), (_MMAP_THRESHOLD, 1 << 25)):
        ctypes.CDLL(None).mallopt(_option, _bytes)
