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
from collections.abc import Sequence
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
    return json.dumps(_parts(entries), ensure_ascii=False).encode()


def _parts(one: Any) -> Any:
    if isinstance(one, date):
        return {_KIND: "date", "of": one.isoformat()}
    if isinstance(one, list | tuple):
        return _table(one, None) or [_parts(part) for part in one]
    if isinstance(one, dict):
        return _table([*one.values()], [*one]) or {key: _parts(part) for key, part in one.items()}
    return {_KIND: type(one).__name__, **_parts(vars(one))} if hasattr(one, "__dict__") else one


def _table(entries: Sequence[Any], keys: list[Any] | None) -> dict[str, Any] | None:
    """Return several entries of one kind column by column, which is half as long."""
    if len(entries) < 4 or len({type(one) for one in entries}) > 1 or not hasattr(entries[0], "__dict__"):
        return None
    names = list(vars(entries[0]))
    columns = [_column([vars(one)[name] for one in entries]) for name in names]
    return {_KIND: "table", "kind": type(entries[0]).__name__, "keys": keys, "names": names, "of": columns}


def _column(held: list[Any]) -> Any:
    """Return a column, with what stands in it again and again only once, as also lists."""
    if table := _table(held, None):
        return table
    cells = [_parts(one) for one in held]
    written = [json.dumps(cell) for cell in cells]
    places = {text: place for place, text in enumerate(dict.fromkeys(written))}
    if 2 * len(places) > len(cells) and not any(isinstance(cell, list) for cell in cells):
        return cells
    return {_KIND: "few", "of": [json.loads(text) for text in places], "at": [places[text] for text in written]}


def entries(content: memoryview, *kinds: type) -> dict[str, Any]:
    """Return what `plain` wrote: of these kinds, not checked again, tuples for what JSON has as lists."""
    known = {kind.__name__: (kind, issubclass(kind, BaseModel)) for kind in kinds}
    new, put = object.__new__, object.__setattr__

    def tuples(part: list[Any]) -> tuple[Any, ...]:
        return tuple([tuples(one) if one.__class__ is list else one for one in part])

    def entry(kind: type, model: bool, parts: dict[str, Any], names: set[str]) -> Any:
        one: Any = new(kind)
        put(one, "__dict__", parts)
        if model:  # what pydantic's own model_construct puts, ten times as fast
            put(one, "__pydantic_fields_set__", names)
            put(one, "__pydantic_extra__", None)
            put(one, "__pydantic_private__", None)
        return one

    def made(parts: dict[str, Any]) -> Any:
        kind = parts.pop(_KIND, None)
        if kind == "date":
            return date.fromisoformat(parts["of"])
        if kind == "few":
            few = tuples(parts["of"])
            return [few[place] for place in parts["at"]]
        if kind == "table":
            (kind, model), names, given = known[parts["kind"]], parts["names"], set(parts["names"])
            rows = [entry(kind, model, dict(zip(names, row)), given) for row in zip(*parts["of"])]  # noqa: B905
            return tuple(rows) if parts["keys"] is None else dict(zip(parts["keys"], rows, strict=True))
        for name, part in parts.items():
            if part.__class__ is list:
                parts[name] = tuples(part)
        return parts if kind is None else entry(*known[kind], parts, set(parts))

    found: dict[str, Any] = json.loads(str(content, "utf-8"), object_hook=made)
    return found
