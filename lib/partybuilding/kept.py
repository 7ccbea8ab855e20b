"""Files of .cache/, from which what was once read or parsed comes back at once. Imports nobody.

A file is held against its own checksum, which rests on what its content was made from: one that is damaged, old or not
ours is as good as none. It is replaced in one step, so that several processes may write it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

_CHECKSUM = hashlib.sha256().digest_size


def read(path: Path, key: bytes) -> memoryview:
    """Return what was written with this `key`; OSError where there is nothing, ValueError where it is not that."""
    record = path.read_bytes()
    content = memoryview(record)[_CHECKSUM:]
    if _sum(key, content) != record[:_CHECKSUM]:
        raise ValueError(path)
    return content


def write(path: Path, key: bytes, content: bytes) -> None:
    """Keep `content` under `key`; OSError where the folder cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(".tmp", "", path.parent)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(_sum(key, content) + content)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _sum(key: bytes, content: bytes | memoryview) -> bytes:
    total = hashlib.sha256(hashlib.sha256(key).digest())
    total.update(content)
    return total.digest()
