"""Opens the finished files of a report and names what must not go out. Imports errors.

Looks at what was written, not at what made it: HTML and PDF are opened and read like a reader would.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pypdfium2
import python_calamine
from lxml import etree

from partybuilding.errors import sentence

_XHTML = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"
SECTIONS: dict[str, tuple[str, ...]] = {  # what a reader must find in a report, by its notebook
    "province_assessment": (
        *("situation", "results", "shortcomings", "measures", "targets"),
        *("data", "method", "sources"),
    ),
    "data_quality": ("received", "missing", "findings", "coverage", "cost", "method"),
}
_WORDS = {
    "traceback": re.compile(r"Traceback \(most recent call last\)|\b[A-Z]\w+Error: |\b\w*Warning: "),
    "prompt": re.compile(r"\b(?:In|Out)\s?\[[\d*\s]*\]:"),
    "code": re.compile(r"\b(?:import partybuilding|from partybuilding import|open_report\()"),
    "path": re.compile(
        r"(?:(?<![\w/.])/(?:home|root|usr|tmp|var|opt|work|mnt|srv|Users)/\w|\b[A-Z]:[\\/]\w|\bfile://)"
    ),
    # Vietnamese has a word "nan" (gian nan, nguy nan, nan giải), and an English sentence may begin with "None of"
    "nothing": re.compile(
        r"(?<!\w)(?:NaN|(?<!gian\s)(?<!nguy\s)nan(?!\s+giải)|None(?!\s+(?:of|is|are|was|were|has|have)\b)"
        r"|inf|NaT|undefined|<NA>)(?![\w-])"
    ),
    "placeholder": re.compile(
        r"\{[^{}\s]*\}|\{\{|\}\}|%\([a-z]+\)s|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|nbsp|#\w+);"
    ),
}
_SPOKEN = ("aria-label", "alt", "title")
_FORBIDDEN = {"script", "iframe", "link", "object", "embed", "base", "foreignobject"}
_OUTSIDE = re.compile(r"@import|url\((?!\s*['\"]?(?:#|data:))")


@dataclass(frozen=True)
class Refusal:
    """Something that must not go out: the file, what it is, and the words around it."""

    file: str
    what: str
    found: str

    def text(self, lang: str | None = None) -> str:
        """Return the refusal as a sentence."""
        return f"{self.file}: {sentence('gate_' + self.what, lang, found=self.found)}"


def inspect(folder: Path, files: Sequence[str]) -> list[Refusal]:
    """Return what must not go out in the files of one report; empty where they may be published."""
    found: list[Refusal] = []
    mark = _mark(folder, files)
    for name in files:
        path = folder / name
        if not path.is_file() or not path.stat().st_size:
            found.append(Refusal(name, "missing_file", ""))
            continue
        checks = {".html": _html, ".pdf": _pdf, ".json": _json, ".ipynb": _notebook, ".xlsx": _workbook}
        found += (Refusal(name, what, words) for what, words in checks[path.suffix](path))
        found += (Refusal(name, "no_mark", place) for place in (_unmarked(path, mark) if mark else ()))
    return found


def _mark(folder: Path, files: Sequence[str]) -> str | None:
    """Return the words that must stand on every page, from the JSON; None where the data are official."""
    marks = [_report(folder / name).get("mark") for name in files if name.endswith(".json")]
    return str(marks[0]) if marks and marks[0] else None


def _report(path: Path) -> dict[str, Any]:
    """Return the head of a machine-readable report; empty where it cannot be read."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))["report"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return report if isinstance(report, dict) else {}


def _unmarked(path: Path, mark: str) -> Iterator[str]:
    """Name the pages and sheets on which the mark is missing."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        for number, page in enumerate(document, start=1):
            if _folded(mark) not in _folded(page.get_textpage().get_text_range()):
                yield str(number)
        document.close()
    elif path.suffix == ".xlsx":
        for name, text in _sheets(path):
            if mark not in text:
                yield name
    elif path.suffix in (".html", ".ipynb") and mark not in path.read_text(encoding="utf-8"):
        yield path.suffix


def _folded(text: str) -> str:
    return "".join(text.split())


def _sheets(path: Path) -> Iterator[tuple[str, str]]:
    with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            yield name, "\n".join(str(cell) for row in rows for cell in row if cell != "")


def _workbook(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(path) as package:
            for part in package.namelist():
                if "vbaProject" in part or "externalLink" in part:
                    yield "request", part
        for _, text in _sheets(path):
            yield from _words(text)
    except (zipfile.BadZipFile, python_calamine.CalamineError) as error:
        yield "unreadable", str(error)


def _words(text: str) -> Iterator[tuple[str, str]]:
    for what, pattern in _WORDS.items():
        hit = pattern.search(text)
        if hit:
            yield what, " ".join(text[max(0, hit.start() - 30) : hit.end() + 30].split())


def _html(path: Path) -> Iterator[tuple[str, str]]:
    try:
        root = etree.fromstring(
            path.read_bytes(), etree.XMLParser(huge_tree=True, no_network=True, resolve_entities=False)
        )
    except etree.XMLSyntaxError as error:
        yield "unreadable", str(error)
        return
    body = root.find(f"{_XHTML}body")
    if body is None or not root.get("lang") or not root.findtext(f"{_XHTML}head/{_XHTML}title"):
        yield "unreadable", "html lang, title, body"
        return
    said = [value for node in root.iter("{*}*") for key, value in node.attrib.items() if key in _SPOKEN]
    yield from _words(" \n".join([root.findtext(f"{_XHTML}head/{_XHTML}title") or "", *body.itertext(), *said]))
    for node in root.iter("{*}*"):
        tag = etree.QName(node).localname.lower()
        for key, value in node.attrib.items():
            name = etree.QName(key).localname.lower()
            allowed = ("#", "http://", "https://", "mailto:") if node.tag == f"{_XHTML}a" else ("#", "data:")
            outside = name in ("src", "srcset", "href", "action", "data", "poster") and not value.startswith(allowed)
            if outside or _OUTSIDE.search(value):
                yield "request", f"{name}={value}"
            if name.startswith("on") or name == "http-equiv":
                yield "request", name
        if tag in _FORBIDDEN:
            yield "request", tag
        if tag == "style" and _OUTSIDE.search(node.text or ""):
            yield "request", "style"
        if node.tag == f"{_SVG}svg" and len((node.get("aria-label") or "").strip()) < 20:
            yield "no_alt", node.get("aria-label") or "svg"
        if node.tag == f"{_XHTML}img" and not (node.get("alt") or "").strip():
            yield "no_alt", "img"
        if node.tag == f"{_XHTML}table" and not (
            node.findtext(f"{_XHTML}caption") and node.findall(f"{_XHTML}tbody/{_XHTML}tr")
        ):
            yield "empty_table", node.findtext(f"{_XHTML}caption") or "table"
    present = {node.get("id") for node in root.iter(f"{_XHTML}section")}
    for name in SECTIONS.get(str(_report(path.with_suffix(".json")).get("notebook")), ()):
        if name not in present:
            yield "no_section", name


def _pdf(path: Path) -> Iterator[tuple[str, str]]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        yield "unreadable", str(error)
        return
    try:
        if len(document) == 0 or not document.get_metadata_value("Title"):
            yield "unreadable", "title"
        text = "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    if not text.strip():
        yield "unreadable", "text"
    yield from _words(text)


def _json(path: Path) -> Iterator[tuple[str, str]]:
    def refuse(word: str) -> Any:
        raise ValueError(word)

    try:
        record = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
        jsonschema.validate(record, schema())
    except jsonschema.ValidationError as error:
        yield "schema", f"{error.json_path}: {error.message}"[:200]
    except ValueError as error:
        yield "unreadable", str(error)
        return
    yield from _leaks(path)


def _notebook(path: Path) -> Iterator[tuple[str, str]]:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        yield "unreadable", str(error)
        return
    yield from _leaks(path)


def _leaks(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text(encoding="utf-8").replace("\\\\", "\\")
    yield from ((what, words) for what, words in _words(text) if what in ("traceback", "path"))


def schema() -> Any:
    """Return the JSON Schema of the machine-readable report."""
    text = resources.files("partybuilding.publish").joinpath("report.schema.json").read_text(encoding="utf-8")
    return json.loads(text)
