"""One step for a whole folder: two folders change places, or one is moved into place. Imports nothing of ours."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_AT_FDCWD, _EXCHANGE = -100, 2


@cache
def _renameat2() -> Any:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def exchange(new: Path, place: Path, aside: Path) -> None:
    """Put `new` where `place` is and the old folder where `new` was or `aside`; at no moment is there half of either.

    Where the file system cannot exchange, the old folder is first moved aside: a kill between the two moves leaves it
    there, and `put_back` finds it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        new.rename(place)
        return
    call = _renameat2()
    if call and call(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(place), _EXCHANGE) == 0:
        return
    code = ctypes.get_errno() if call else errno.ENOSYS
    if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(place))
    aside.parent.mkdir(parents=True, exist_ok=True)
    place.rename(aside)
    new.rename(place)


def put_back(aside: Path, place: Path) -> None:
    """Undo what a kill left half done."""
    if aside.exists() and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(place)
