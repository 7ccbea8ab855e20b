"""The kernel of a batch run: sockets as files instead of ports, which never race or warn.

Imports nothing of the library.
"""

from __future__ import annotations

import sys
from typing import Any

from jupyter_client.manager import AsyncKernelManager


class BatchKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel that talks over IPC where the platform has it, and over TCP on Windows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if sys.platform != "win32":
            self.transport = "ipc"
