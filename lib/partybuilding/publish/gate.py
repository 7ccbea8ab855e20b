"""Opens the finished files of a report and names what must not go out. Imports params, outcome, held and prints.

Looks at what was written, not at what made it: HTML, PDF and workbook are opened and read like a reader would, and
held against the machine-readable report beside them.
"""

from __future__ import annotations

import getpass
import json
import re
import socket
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import fastjsonschema
import pypdfium2
import python_calamine
from lxml import etree

from partybuilding.params import home
from partybuilding.publish import held, prints
from partybuilding.publish.held import SVG, XHTML
from partybuilding.publish.outcome import Refusal

SECTIONS: dict[str, tuple[str, ...]] = {  # what a reader must find in a report, by its notebook and form
    "province_assessment": (
        *("situation", "results", "shortcomings", "measures", "targets"),
        *("data", "method", "sources"),
    ),
    "province_assessment.brief": ("situation", "shortcomings", "measures", "data"),
    "cell_handout.brief": ("figures", "actions"),
    "data_quality": ("received", "missing", "findings", "coverage", "cost", "method"),
}
MOST = 5  # refusals of one kind that are named for one file
# what to look for, and the letters without which it cannot be there: most texts are never searched
_WORDS: dict[str, tuple[tuple[str, ...], re.Pattern[str]]] = {
    "traceback": (
        ("Traceback", "Error: ", "Warning: "),
        re.compile(r"Traceback \(most recent call last\)|\b[A-Z]\w+Error: |\b\w*Warning: "),
    ),
    "prompt": (("]:",), re.compile(r"\b(?:In|Out)\s?\[[\d*\s]*\]:")),
    "code": (
        ("import partybuilding", "from partybuilding", "open_"),
        re.compile(r"\b(?:import partybuilding|from partybuilding import|open_(?:report|quality|cell)\()"),
    ),
    "path": (
        ("/", ":\\"),
        re.compile(
            r"/(?<![\w/.]/)(?:home|root|usr|tmp|var|opt|work|mnt|srv|Users)/\w|:(?<=\b[A-Z]:)[\\/]\w|file(?<!\wfile)://"
        ),
    ),
    # Vietnamese has a word "nan" (gian nan, nguy nan, nan giải), and an English sentence may begin with "None of"
    "nothing": (
        ("nan", "NaN", "None", "inf", "NaT", "undefined", "<NA>"),
        re.compile(
            r"(?<!\w)(?:NaN|(?<!gian\s)(?<!nguy\s)nan(?!\s+giải)|None(?!\s+(?:of|is|are|was|were|has|have)\b)"
            r"|inf|NaT|undefined|<NA>)(?![\w-])"
        ),
    ),
    "placeholder": (
        ("{", "}", "%(", "<", "&"),
        re.compile(r"\{[^{}\s]*\}|\{\{|\}\}|%\([a-z]+\)s|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|nbsp|#\w+);"),
    ),
}
_LEAKS = ("traceback", "path")
_SPOKEN = ("aria-label", "alt", "title", "content")
_FORBIDDEN = set("script iframe frame link object embed base foreignobject form applet audio video".split())  # noqa: SIM905
_LOOKED_AT = _FORBIDDEN | {"style", "svg", "img", "table"}
_LOADING = set("src srcset href action formaction data poster background ping manifest codebase".split())  # noqa: SIM905
_HARMLESS = {"d", "x", "y", "width", "height", "transform", "style", "class", "id", "scope", "fill", "stroke"}
_INDEX = re.compile(r"(?:\.\./)+index\.html")
_OUTSIDE = re.compile(r"@import|image-set\(|url\((?!\s*['\"]?(?:#|data:))")
_PARTS = re.compile(r"vbaProject|externalLink|embeddings|activeX|connections|queryTable")
_SHAPES = [f"{SVG}{name}" for name in ("path", "rect", "circle", "ellipse", "polygon", "polyline", "line", "use")]
Found = Iterator[tuple[str, str]]


def inspect(finished: Finished) -> list[Refusal]:
    """Return what must not go out in the files of one report; empty where they may be published.

    The machine-readable report, against which the others are held, is the JSON file of the same name beside them.
    """
    checks = {".html": finished.html, ".pdf": finished.pdf, ".json": finished.json}
    checks |= {".ipynb": finished.notebook, ".xlsx": finished.workbook}
    found: list[Refusal] = []
    for name in finished.files:
        path, told = finished.folder / name, dict[str, int]()
        if not path.is_file() or not path.stat().st_size:
            found.append(Refusal(name, "missing_file", ""))
            continue
        for what, words in checks[path.suffix](path):
            told[what] = told.get(what, 0) + 1
            if told[what] <= MOST:
                found.append(Refusal(name, what, words))
    return found


@dataclass(frozen=True)
class Finished:
    """The files of one report in a folder, each read once."""

    folder: Path
    files: Sequence[str]

    @cached_property
    def checked(self) -> tuple[dict[str, Any], tuple[str, str] | None]:
        """The machine-readable report, empty where it cannot be trusted, and why it cannot."""
        path = (self.folder / self.files[0]).with_suffix(".json")
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
            _validator()(record)
        except fastjsonschema.JsonSchemaValueException as error:
            return {}, ("schema", str(error)[:200])
        except (OSError, ValueError) as error:
            return {}, ("unreadable", str(error))
        return record, None

    @property
    def record(self) -> dict[str, Any]:
        """The machine-readable report."""
        return self.checked[0]

    @cached_property
    def head(self) -> dict[str, Any]:
        """What the record says of the report as a whole."""
        head: dict[str, Any] = self.record.get("report", {})
        return head

    @property
    def kind(self) -> str:
        """Notebook and, where it is not the long one, form."""
        notebook, form = self.head.get("notebook", ""), self.head.get("form", "long")
        return f"{notebook}.{form}" if form != "long" else str(notebook)

    @cached_property
    def held(self) -> held.Held | None:
        """The numbers that the record holds; None without a record."""
        return held.Held(self.record) if self.record else None

    @cached_property
    def executed(self) -> tuple[str, Any]:
        """The notebook, as text and read; OSError or ValueError where that fails."""
        name = next(name for name in self.files if name.endswith(".ipynb"))
        text = (self.folder / name).read_text(encoding="utf-8", errors="replace")
        return text, json.loads(text)

    @cached_property
    def shown(self) -> Any:
        """What the notebook of the report shows, else its page; None where that cannot be read.

        A page that holds all that the notebook shows, letter by letter, stands for it.
        """
        names = {name.rpartition(".")[2]: self.folder / name for name in self.files}
        try:
            page = names["html"].read_bytes() if "html" in names else b""
            if "ipynb" in names:
                parts = _shown(self.executed[1])
                if not all(part in page for part in parts):
                    head = f'<html xmlns="{XHTML[1:-1]}"><body><main>'.encode()
                    return _parsed(b"".join([head, *parts, b"</main></body></html>"]))
            return _parsed(page) if page else None
        except (OSError, ValueError, KeyError, etree.XMLSyntaxError):
            return None

    def html(self, path: Path) -> Found:
        """Yield what must not be in the page."""
        root = self.shown if self.shown is not None and self.shown.get("lang") else None
        try:
            root = _parsed(path.read_bytes()) if root is None else root
        except etree.XMLSyntaxError as error:
            yield "unreadable", str(error)
            return
        body = root.find(f"{XHTML}body")
        if body is None or not root.get("lang") or not root.findtext(f"{XHTML}head/{XHTML}title"):
            yield "unreadable", "html lang, title, body"
            return
        said = [root.findtext(f"{XHTML}head/{XHTML}title") or ""]
        for node in root.iter():
            if not isinstance(node.tag, str):
                said.append(node.text or "")
                if node.tag is etree.ProcessingInstruction:
                    yield "request", node.target
                continue
            for key, value in node.attrib.items():
                if key in _HARMLESS and "(" not in value:
                    continue
                name = _local(key)
                if name in _SPOKEN:
                    said.append(value)
                if name in _LOADING and not self.leads(node, value):
                    yield "request", f"{name}={value}"
                if ("url(" in value or "image-set(" in value) and _OUTSIDE.search(value):
                    yield "request", f"{name}={value}"
                if name.startswith("on") or name == "http-equiv":
                    yield "request", name
            if _local(node.tag) in _LOOKED_AT:
                yield from _element(node)
        seen = [*_visible(body)]
        yield from self.words(" \n".join([*seen, *said]))
        present = {node.get("id") for node in root.iter(f"{XHTML}section")}
        for name in SECTIONS.get(self.kind, ()):
            if name not in present:
                yield "no_section", name
        if self.held:
            yield from (("number", words) for words in self.held.page(root))
            if self.shown is not None and self.shown is not root:
                there = held.printed(root, self.held.lang, lists=False)
                yield from (("number", words) for words in held.differences(there, self.shown, self.held.lang, False))
            yield from self.small_on_page(root)
        if self.head.get("mark") and self.head["mark"] not in "".join(seen):
            yield "no_mark", ".html"

    def leads(self, node: Any, value: str) -> bool:
        """Whether an address may stand in a page: in a link also the report's own files and the list of reports."""
        if node.tag != f"{XHTML}a":
            return value.startswith(("#", "data:"))
        if value.startswith(("#", "http://", "https://", "mailto:")) or _INDEX.fullmatch(value):
            return True
        stem, _, ending = unquote(value).rpartition(".")
        own = stem == self.files[0].rpartition(".")[0] and ending.isalpha()
        return own and (self.folder / unquote(value)).is_file()

    def pdf(self, path: Path) -> Found:
        """Yield what must not be in the print."""
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            yield "unreadable", str(error)
            return
        try:
            about = document.get_metadata_dict()
            pages = [page.get_textpage().get_text_range() for page in document]
        finally:
            document.close()
        if not pages or not about["Title"]:
            yield "unreadable", "title"
        text = "\n".join(pages)
        if not text.strip():
            yield "unreadable", "text"
        yield from self.words("\n".join([text, *about.values()]))
        budget = self.head.get("pages")
        if budget and len(pages) > budget:
            yield "pages", f"{len(pages)} > {budget}"
        elif budget and len(pages) < budget and self.head.get("form") == "brief":
            yield "pages", f"{len(pages)} < {budget}"
        for number, page in enumerate(pages, start=1):
            if self.head.get("mark") and _squeezed(self.head["mark"]) not in _squeezed(page):
                yield "no_mark", str(number)
        links = {node.get("href") for node in self.shown.iter(f"{XHTML}a")} if self.shown is not None else set()
        drawn = self.shown.iter(f"{SVG}svg", f"{XHTML}img") if self.shown is not None else ()
        charts = [chart.get("aria-label") or chart.get("alt") or "" for chart in drawn]
        yield from prints.structure(path.read_bytes(), links, charts)
        if self.held and self.shown is not None:
            there = held.in_print(pages, self.shown, self.held.lang)
            yield from (("number", words) for words in held.differences(there, self.shown, self.held.lang, True))

    def json(self, path: Path) -> Found:
        """Yield what must not be in the machine-readable report."""
        if self.checked[1]:
            yield self.checked[1]
            return
        yield from _words(path.read_text(encoding="utf-8").replace("\\\\", "\\"), _LEAKS)
        for table in self.record["tables"]:
            yield from self.small(table, table["rows"])
            yield from self.sums(table)

    def notebook(self, path: Path) -> Found:
        """Yield what must not be in the executed notebook."""
        try:
            text, notebook = self.executed
        except ValueError as error:
            yield "unreadable", str(error)
            return
        yield from self.words(text.replace("\\\\", "\\"), _LEAKS)
        for output in (output for cell in notebook["cells"] for output in cell.get("outputs", ())):
            if output["output_type"] == "error":
                yield "traceback", f"{output['ename']}: {output['evalue']}"
            elif output.get("name") == "stderr":
                yield "stderr", " ".join("".join(output["text"]).split())[:80]
        if self.head.get("mark") and self.head["mark"] not in text:
            yield "no_mark", ".ipynb"

    def workbook(self, path: Path) -> Found:
        """Yield what must not be in the workbook."""
        try:
            with zipfile.ZipFile(path) as package:
                parts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
            with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
                sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
        except (zipfile.BadZipFile, python_calamine.CalamineError) as error:
            yield "unreadable", str(error)
            return
        for name, text in parts.items():
            formula = name.startswith("xl/worksheets/") and re.search(r"<f[ >/]", text)
            if _PARTS.search(name) or formula or 'TargetMode="External"' in text:
                yield "request", name
            if name.startswith("docProps/"):
                yield from self.words(" ".join(re.findall(r">([^<]+)<", text)))
        tables = {table["name"]: table for table in self.record.get("tables", ())}
        yield from (("no_section", name) for name in tables if name not in sheets)
        for name, rows in sheets.items():
            text = "\n".join(str(cell) for row in rows for cell in row if cell != "")
            yield from self.words(text)
            if self.head.get("mark") and self.head["mark"] not in text:
                yield "no_mark", name
            if self.held:
                yield from (("number", f"{name}: {words}") for words in self.held.sheet(rows, tables.get(name)))
            if name in tables:
                yield from self.small(tables[name], [row for row in rows if row[:1] != tables[name]["columns"][:1]])

    def words(self, text: str, kinds: Sequence[str] = tuple(_WORDS)) -> Found:
        """Yield the words that must not go out, and names of this machine and its user."""
        yield from _words(text, kinds)
        for name in _machine():
            if name in text and (hit := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)):
                word = re.compile(rf"(?i)(?<!\w){re.escape(name)}(?!\w)")
                if not word.search(json.dumps(self.record, ensure_ascii=False)) and not word.search(_own_words()):
                    yield "user", " ".join(text[max(0, hit.start() - 30) : hit.end() + 30].split())

    def small(self, table: dict[str, Any], rows: Sequence[Sequence[Any]]) -> Found:
        """Yield the rows on a single commune that print a number of members that is to be withheld."""
        for row in rows if table.get("single_units") else ():
            for column in table["members"]:
                cell = row[column] if column < len(row) else None
                number = float(str(cell)) if re.fullmatch(r"\s*\d+(?:\.0)?\s*", str(cell)) else 0
                if 0 < number < self.head.get("small_count", 0):
                    yield "suppressed", f"{row[0]}: {cell}"

    def sums(self, table: dict[str, Any]) -> Found:
        """Yield the columns on single units that do not add up to an indicator's counts; none with a blank in it."""
        values = {value["indicator"]: value for value in self.record["values"]}
        known: dict[tuple[int, int], int | None] = {}
        for rule in table.get("adds_up", ()):
            key = rule["column"], rule["side"]
            if key not in known:
                counts = [_count(row[key[0]], key[1], rule["words"]) for row in table["rows"]]
                known[key] = sum(map(int, counts)) if None not in counts else None  # type: ignore[arg-type]
            due, total = values[rule["indicator"]][rule["part"]], known[key]
            if total is not None and due is not None and total != due:
                yield "sum", f"{table['columns'][key[0]]}: {total}, {rule['indicator']}: {due}"

    def small_on_page(self, root: Any) -> Found:
        """Yield the numbers of members of single communes that the page prints though they are to be withheld."""
        tables = {held.folded(table["title"]): table for table in self.record["tables"] if table.get("single_units")}
        for node in root.iter(f"{XHTML}table") if tables else ():
            table = tables.get(held.untitled(node.findtext(f"{XHTML}caption") or ""))
            if table:
                lines = node.iterfind(f"{XHTML}tbody/{XHTML}tr")
                yield from self.small(table, [["".join(cell.itertext()) for cell in line] for line in lines])


@cache
def _local(tag: str) -> str:
    return tag[tag.find("}") + 1 :].lower()


def _element(node: Any) -> Found:
    """Yield what must not be in an element of a page."""
    tag = _local(node.tag)
    if tag in _FORBIDDEN and not (tag == "script" and not node.attrib and not len(node) and _own_script(node.text)):
        yield "request", tag
    elif tag == "style" and _OUTSIDE.search(node.text or ""):
        yield "request", "style"
    elif tag == "svg":
        said = (node.get("aria-label") or "").strip()
        marks = any(
            (shape.get("clip-path") or "mark" in (shape.get("class") or "").split())
            and next(shape.iterancestors(f"{SVG}defs", f"{SVG}clipPath"), None) is None
            for shape in node.iter(*_SHAPES)
        )
        if len(said) < 20:
            yield "no_alt", said or "svg"
        elif not marks or not re.search(r"\d", said):
            yield "no_data", said[:80]
    elif node.tag == f"{XHTML}img" and not (node.get("alt") or "").strip():
        yield "no_alt", "img"
    elif node.tag == f"{XHTML}table":
        caption = node.findtext(f"{XHTML}caption")
        if not caption or node.find(f"{XHTML}tbody/{XHTML}tr") is None:
            yield "empty_table", caption or "table"


def _visible(body: Any) -> Iterator[str]:
    """The words of a page, without those of a script."""
    scripted = next(body.iter(f"{XHTML}script"), None) is not None
    return (text for text in body.itertext() if not (scripted and _own_script(text)))


def _count(cell: Any, side: int, words: dict[str, int]) -> int | None:
    """Return the count in a cell: a number, one side of “12/12”, a word for one or none; None where it is not told."""
    if isinstance(cell, str) and cell not in words:
        parts = cell.split("/")
        return int(parts[side]) if len(parts) > side and parts[side].isdigit() else None
    return words[cell] if isinstance(cell, str) else cell


def _words(text: str, kinds: Sequence[str]) -> Found:
    for what in kinds:
        letters, pattern = _WORDS[what]
        hit = pattern.search(text) if any(part in text for part in letters) else None
        if hit:
            yield what, " ".join(text[max(0, hit.start() - 30) : hit.end() + 30].split())


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _parsed(text: bytes) -> Any:
    return etree.fromstring(text, etree.XMLParser(huge_tree=True, no_network=True, resolve_entities=False))


def _shown(notebook: Any) -> list[bytes]:
    """What the cells of a notebook show as HTML."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return ["".join(output.get("data", {}).get("text/html", "")).encode() for output in outputs]


def _refuse(word: str) -> Any:
    raise ValueError(word)


@cache
def _machine() -> tuple[str, ...]:
    """Names of this machine and its user that could slip into a report."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no name for the user's number
        user = ""
    names = {user, Path.home().name, socket.gethostname(), socket.gethostname().partition(".")[0]}
    return tuple(sorted(name for name in names if len(name) > 2))


@cache
def _own_words() -> str:
    """All words that the reports are made of: a user called like one of them gives nothing away."""
    places = (Path(str(resources.files("partybuilding"))), home() / "params")
    return "\n".join(file.read_text(encoding="utf-8") for place in places for file in sorted(place.rglob("*.yaml")))


@cache
def _page_script() -> str | None:
    script = resources.files("partybuilding.publish.export").joinpath("page.js")
    return script.read_text(encoding="utf-8").strip() if script.is_file() else None


def _own_script(text: str | None) -> bool:
    return _page_script() is not None and (text or "").strip() == _page_script()


@cache
def _validator() -> Any:
    return fastjsonschema.compile({key: part for key, part in schema().items() if key != "$schema"})


def schema() -> Any:
    """Return the JSON Schema of the machine-readable report."""
    text = resources.files("partybuilding.publish").joinpath("report.schema.json").read_text(encoding="utf-8")
    return json.loads(text)
