"""Files of .cache/, from which what was once read or parsed comes back at once. Imports nobody.

A file is held against its own checksum, which rests on what its content was made from: one that is damaged, old or not
ours is as good as none. It is replaced in one step, so that several processes may write it. It holds plain data only:
what they are made into again is named by who reads them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

_KIND = ""  # the key that tells what an object of JSON is
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


def hashed(*parts: object) -> str:
    """Return the hash of entries and of tables of them."""
    return hashlib.sha256(to_json(parts)).hexdigest()


def plain(entries: dict[str, Any]) -> bytes:
    """Return entries and tables of them as JSON, each with its kind; TypeError or ValueError where JSON has none."""
    return json.dumps(entries, default=_parts, ensure_ascii=False).encode()


def _parts(one: Any) -> dict[str, Any]:
    return (
        {_KIND: "date", "day": one.isoformat()} if isinstance(one, date) else {_KIND: type(one).__name__, **vars(one)}
    )


def entries(content: memoryview, *kinds: type) -> dict[str, Any]:
    """Return what `plain` wrote: of these kinds, not checked again, tuples for what JSON has as lists."""
    known = {kind.__name__: (kind, issubclass(kind, BaseModel)) for kind in kinds}
    put = object.__setattr__

    def tuples(part: Any) -> Any:
        return tuple(map(tuples, part)) if part.__class__ is list else part

    def made(parts: dict[str, Any]) -> Any:
        for name, part in parts.items():
            if part.__class__ is list:
                parts[name] = tuples(part)
        if (name := parts.pop(_KIND, None)) is None:
            return parts
        if name == "date":
            return date.fromisoformat(parts["day"])
        kind, model = known[name]
        one: Any = object.__new__(kind)
        put(one, "__dict__", parts)
        if model:  # what pydantic's own model_construct puts, ten times as fast
            put(one, "__pydantic_fields_set__", set(parts))
            put(one, "__pydantic_extra__", None)
            put(one, "__pydantic_private__", None)
        return one

    found: dict[str, Any] = json.loads(str(content, "utf-8"), object_hook=made)
    return found
