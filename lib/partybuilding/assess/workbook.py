"""Opens a return's file without trusting it: workbook (.xlsx, .xls, .ods) or CSV folder -> rows of plain values.

What could harm the machine is refused before it is unpacked. Imports errors and params.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from partybuilding.errors import UserError
from partybuilding.params import read_text, shown

Rows = list[list[Any]]
ENDINGS = (".xlsx", ".xls", ".ods")
MACROS = (".xlsm", ".xltm", ".xlsb")
SHEETS = ("about", "cells", "province", "ratings")
LARGEST_FILE = 32_000_000  # bytes, as sent in
LARGEST_UNPACKED = 128_000_000  # bytes
MOST_ROWS = 20_000  # the country has about ten thousand commune-level units
MOST_COLUMNS = 260  # to IZ; the form has about seventy
LONGEST_CELL = 32_767  # characters: what Excel itself allows
_MOST_MEMORY = 1_000_000_000  # bytes, for reading .xls and .ods
_CHUNK = 1 << 20
_TAG = 200  # bytes: longer than any <c r="B7" s="1" t="s">
# A sheet is laid out as a full rectangle: two cells far apart would take all memory. Found: columns from JA on and rows
# from 10000; cells that do not say where they are.
_FAR, _PLACELESS = (
    {prefixed: re.compile((rb"<[^\s<>/:]+:c" if prefixed else b"<c") + pattern) for prefixed in (True, False)}
    for pattern in (
        rb"""(?=[\s/>])[^>]*?\sr\s*=\s*["'](?:([A-Za-z]{3,}|[J-Zj-z][A-Za-z])\d|[A-Za-z]*(\d{5,}))""",
        rb"""(?=[\s/>])(?![^>]*?\sr\s*=\s*["'][A-Za-z]+\d+["'])""",
    )
)
_NEAR = re.compile(rb'<c r="[A-I]?[A-Z][0-9]{1,4}"')


def read_sheets(path: Path, wanted: Sequence[str] = SHEETS) -> dict[str, Rows]:
    """Return the rows of the `wanted` sheets, texts in composed Unicode; UserError says what is wrong with the file."""
    if path.is_dir():
        sheets = {name: _csv(path, name) for name in wanted if (path / f"{name}.csv").is_file()}
    elif not path.is_file():
        raise UserError("file_missing", file=shown(path))
    elif path.suffix.lower() not in ENDINGS:
        code = "return_macros" if path.suffix.lower() in MACROS else "return_kind"
        raise UserError(code, file=shown(path))
    else:
        _check_once(path, path.stat().st_mtime_ns, path.stat().st_size)
        sheets = _workbook(path, wanted) if path.suffix.lower() == ".xlsx" else _apart(path, wanted)
    missing = [name for name in ("about", "cells", "province") if name in wanted and name not in sheets]
    if missing:
        raise UserError("return_sheets", file=shown(path), missing=", ".join(missing))
    return sheets


@lru_cache(256)
def _check_once(path: Path, changed: int, size: int) -> None:
    """Check a file once, not for its sheet about and again for all; one that is refused is refused each time."""
    _check_package(path)


def _check_package(path: Path) -> None:
    """Refuse what is too large unpacked, has macros or is cut off, without unpacking it into memory."""
    if path.stat().st_size > LARGEST_FILE:
        raise UserError("return_large", file=shown(path), limit=LARGEST_FILE // 1_000_000)
    if path.suffix.lower() == ".xls":
        return
    left = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise UserError("return_macros", file=shown(path))
            for part in parts:
                if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise zipfile.BadZipFile(part.filename)
                part.file_size = 1 << 62  # the stated size may lie: count what really comes out
                with package.open(part) as stream:
                    end = b""
                    while chunk := stream.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise UserError("return_unpacked", file=shown(path), limit=LARGEST_UNPACKED // 1_000_000)
                        _check_xml(path, part.filename, end + chunk, whole=len(chunk) < _CHUNK)
                        end = chunk[-_TAG:]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        with path.open("rb") as stream:
            locked = stream.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an encrypted workbook is an OLE file
        code = "return_password" if locked or "encrypted" in str(error) else "return_broken"
        raise UserError(code, file=shown(path)) from None


def _check_xml(path: Path, part: str, text: bytes, whole: bool) -> None:
    """Refuse cells that lie far out, that do not say where they are, or that no cell could hold."""
    if not part.lower().endswith((".xml", ".rels")):
        return
    if len(text) > _CHUNK // 2 and b"<" not in text:
        raise UserError("return_text", file=shown(path), limit=LONGEST_CELL)
    if text.count(b"<c") == len(_NEAR.findall(text)) + text.count(b"<col") and b":c" not in text:
        return  # as every common program writes it: nothing but cells that lie near
    for prefixed in (True, False) if b":c" in text else (False,):
        for far in _FAR[prefixed].finditer(text):
            if far[1]:
                raise UserError("return_columns", file=shown(path), sheet=Path(part).stem, limit=MOST_COLUMNS)
            if int(far[2]) > MOST_ROWS:
                raise UserError("return_rows", file=shown(path), sheet=Path(part).stem, limit=MOST_ROWS)
        placeless = _PLACELESS[prefixed].search(text)
        if placeless and (whole or placeless.start() < len(text) - _TAG):
            raise UserError("return_broken", file=shown(path))


def _workbook(path: Path, wanted: Sequence[str]) -> dict[str, Rows]:
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            known = {name.strip().lower(): name for name in workbook.sheet_names}
            sheets: dict[str, Rows] = {}
            for name in wanted:
                if name in known:
                    sheet = workbook.get_sheet_by_name(known[name])
                    if sheet.total_height > MOST_ROWS:
                        raise UserError("return_rows", file=shown(path), sheet=name, limit=MOST_ROWS)
                    left = [""] * (sheet.start or (0, 0))[1]
                    sheets[name] = _checked(path, name, (left + row for row in sheet.iter_rows()))
            return sheets
    except calamine.PasswordError:
        raise UserError("return_password", file=shown(path)) from None
    except (calamine.CalamineError, OSError):
        raise UserError("return_broken", file=shown(path)) from None


def _apart(path: Path, wanted: Sequence[str]) -> dict[str, Rows]:
    """Read .xls and .ods, which cannot be checked beforehand, in a process of its own with a limit on memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _limit) as pool:
        try:
            return pool.submit(_workbook, path, wanted).result()
        except (BrokenProcessPool, MemoryError):
            limit = LARGEST_UNPACKED // 1_000_000
            raise UserError("return_unpacked", file=shown(path), limit=limit) from None


def _limit() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if os.name == "posix":
        import resource  # noqa: PLC0415 (not on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _csv(folder: Path, sheet: str) -> Rows:
    path = folder / f"{sheet}.csv"
    if path.stat().st_size > LARGEST_FILE:
        raise UserError("return_large", file=shown(path), limit=LARGEST_FILE // 1_000_000)
    text = read_text(path)
    head = text.partition("\n")[0]
    csv.field_size_limit(LARGEST_FILE)
    try:
        return _checked(
            folder, sheet, csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
        )
    except csv.Error:
        raise UserError("return_broken", file=shown(path)) from None


def _checked(path: Path, sheet: str, rows: Iterable[list[Any]]) -> Rows:
    """Return the rows, texts composed and without what cannot be printed; refuse too much of anything."""
    kept: Rows = []
    left = LARGEST_UNPACKED
    for number, row in enumerate(islice(rows, MOST_ROWS + 1), start=1):
        if number > MOST_ROWS:
            raise UserError("return_rows", file=shown(path), sheet=sheet, limit=MOST_ROWS)
        if len(row) > MOST_COLUMNS:
            raise UserError("return_columns", file=shown(path), sheet=sheet, limit=MOST_COLUMNS)
        for column, value in enumerate(row):
            if value.__class__ is not str or not value:
                continue
            if len(value) > LONGEST_CELL:
                where = {"file": shown(path), "sheet": sheet, "row": number, "column": column_letter(column)}
                raise UserError("return_cell", **where, limit=LONGEST_CELL)
            row[column] = _printable(value)
            left -= len(value)
        if left < 0:
            raise UserError("return_unpacked", file=shown(path), limit=LARGEST_UNPACKED // 1_000_000)
        kept.append(row)
    return kept


@lru_cache(1 << 14)
def _printable(text: str) -> str:
    if text.isprintable():
        return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        c for c in composed if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co")
    ).strip()


def column_letter(number: int) -> str:
    """Return the letters of a column counted from 0: 0 -> A, 26 -> AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
