"""Imported before all else by the fork server: leaves out what costs a second and no report needs.

jsonschema takes packages for checks of addresses, times and colours where they are installed: no notebook needs those.
Imports nothing of the library.
"""

from __future__ import annotations

import gc
import sys

gc.disable()  # until a report begins: all that is imported stays
for _name in ("rfc3987_syntax", "rfc3986_validator", "rfc3339_validator", "isoduration", "webcolors", "uri_template"):
    sys.modules[_name] = None  # type: ignore[assignment]  # as if it were not installed
