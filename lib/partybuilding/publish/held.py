"""Numbers of a finished file that its machine-readable report does not hold. Imports nothing of the library.

A number is looked for where it belongs: in a table of the record its row, beside the name of an indicator the entry
of that indicator, elsewhere what the record says of the report as a whole. Numbering (headings, captions, list items,
footnote marks, contents, pages) is structure, exempt by its place.
"""

from __future__ import annotations

import calendar
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
Token = tuple[int, int] | str  # decimals and digits of a number; a word that holds digits, as it is
_SHAPES = {
    "vi": re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?"),
    "en": re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?"),
}
_DIGITS = re.compile(r"\d\w*(?:[.,]\d+(?!\w))*")
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_WHOLE = re.compile(  # what is one thing: a date, the number of a document, a reference
    rf"\d{{4}}-\d\d-\d\d\b|\d{{1,2}}/\d{{1,2}}/\d{{4}}\b|\d{{1,2}} (?:{'|'.join(_MONTHS)}) \d{{4}}\b"
    r"|\d+[-/][A-ZĐƯ]{2}[A-ZĐƯa-z/-]*|\[\d+\]"
)
_DIGIT = re.compile(r"\d")
_CHECKSUM = re.compile(r"#?[0-9a-f]{6,}")
_NUMBERING = re.compile(r"^\s*(?:\d+|[IVX]+)[.\-)]\s")
_CAPTION = re.compile(r"^(?:Biểu|Hình|Table|Figure) \d+(?=\. )")
_REFERENCE = re.compile(r"^\[\d+\]")
_CONTENTS = {"MỤC LỤC", "CONTENTS"}
_LEADER = re.compile(r"(?:^|[ .]+)\d{1,3}$")  # before the number of a page
_CLAUSE = re.compile(r"[;.](?=\s|$)")
LONGEST = 32_000  # characters of a cell that are compared: a cell of a workbook holds few more
_SAID = ("aria-label", "alt", "title")
_TITLE, _DESC = f"{SVG}title", f"{SVG}desc"
_INLINE = {f"{XHTML}{name}" for name in ("a", "strong", "em", "sup", "br", "col", "span", "summary")}


@lru_cache(20_000)
def _number(text: str, lang: str) -> Token:
    found = _SHAPES[lang].fullmatch(text)
    if not found or (text[0] == "0" and text[1:2].isdigit()):
        return text
    return len(found[2] or ""), int(re.sub(r"\D", "", found[1]) + (found[2] or ""))


def _one(word: str) -> str:
    """Return a date in one form, whatever the language; anything else as it is."""
    if "/" in word and word[-1].isdigit():
        day, month, year = word.split("/")
    elif " " in word:
        day, month, year = word.split(" ")
    else:
        return word
    return f"{year}-{_MONTHS.get(month) or int(month):02d}-{int(day):02d}"


@lru_cache(5_000)  # a page, a print and a record say the same things
def tokens(text: str, lang: str, whole: bool = True) -> list[tuple[int, Token]]:
    """Return the numbers of a text with their places; what is part of a word (R10, a checksum) as a word.

    Dates and numbers of documents are one word each where `whole`; a print may break them over two lines.
    """
    found: list[tuple[int, Token]] = []
    if whole and _WHOLE.search(text):
        found = [(hit.start(), _one(hit[0])) for hit in _WHOLE.finditer(text)]
        text = _WHOLE.sub(lambda hit: " " * len(hit[0]), text)
    for hit in _DIGITS.finditer(text):
        start, word = hit.start(), hit[0]
        before = text[start - 1] if start else " "
        found.append((start, f"#{word}" if before.isalpha() or before == "_" else _number(word, lang)))
    return found


def _leaves(content: Any) -> tuple[list[float], list[str]]:
    """The numbers in a part of a record, and the texts that hold a digit."""
    numbers: list[float] = []
    texts: list[str] = []
    rest = [content]
    while rest:
        part = rest.pop()
        kind = type(part)  # of what JSON gives: this is done for all of it
        if kind is str:
            if _DIGIT.search(part):
                texts.append(part)
        elif kind is dict:
            rest.extend(part.values())
        elif kind is list:
            rest.extend(part)
        elif kind is int or kind is float:
            numbers.append(abs(part))
    return numbers, texts


class Scope:
    """The numbers that one part of the record holds."""

    def __init__(self, content: Any, lang: str) -> None:
        numbers, texts = _leaves(content)
        self.numbers, self.words = set(numbers), {token for text in texts for _, token in tokens(text, lang)}

    def __contains__(self, token: Token) -> bool:
        if token in self.words:
            return True
        if isinstance(token, str):  # the beginning of a checksum
            texts = (word for word in self.words if isinstance(word, str))
            return bool(_CHECKSUM.fullmatch(token)) and any(word.startswith(token) for word in texts)
        decimals, digits = token
        step = 10**decimals
        for number in self.numbers:
            exact = number * step
            half_up = math.floor(exact + 0.5 + 1e-9)
            # a value is never rounded onto a bound that it does not reach: 99.96 of a target of 100 is shown as 99.9
            kept_off = abs(digits - exact) < 1 and half_up != digits and half_up / step in (0, 100, *self.numbers)
            if half_up == digits or kept_off:
                return True
        return False


class Held:
    """What a record holds, by place."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record, self.lang = record, str(record["report"]["lang"])
        self.tables: dict[str, list[dict[str, Any]]] = {}
        for table in (*record["tables"], *record["shown"]):
            self.tables.setdefault(folded(table["title"]), []).append(table)
        heads = [[t["title"], t["columns"], t["notes"]] for tables in self.tables.values() for t in tables]
        facts = {name: fact for name, fact in record["facts"].items() if name not in ("texts", "places")}
        head = {
            name: fact for name, fact in record["report"].items() if name not in ("headline", "draft_note", "layout")
        }
        self.free = Scope([facts, head, heads, record["findings"]], self.lang)
        self.strings = {folded(text).rstrip(".") for text in _leaves(record)[1]}
        self._entries: dict[str, list[Any]] = {}
        self._counted: set[str] = set()  # names that may follow their number: “còn 9/102 chi bộ …”
        for entry in record["values"]:
            names = {folded(entry[key]).lower() for key in ("label", "subject", "thing") if entry.get(key)}
            for name in names:
                self._entries.setdefault(name, []).append(entry)
            self._counted |= names - {folded(entry["label"]).lower()}
        self._scopes: dict[str, Scope] = {}
        self._named = sorted(self._entries, key=len, reverse=True)
        self._structure: re.Pattern[str] | None = None

    def _scope(self, name: str) -> Scope | None:
        """The numbers of the indicator of that name; None where there is none."""
        name = folded(name).lower()
        if name in self._entries and name not in self._scopes:
            self._scopes[name] = Scope(self._entries[name], self.lang)
        return self._scopes.get(name)

    @cached_property
    def everything(self) -> Scope:
        """All numbers of the record, wherever they stand."""
        return Scope(self.record, self.lang)

    @cached_property
    def _rows(self) -> dict[str, dict[str, list[tuple[list[str], list[Any]]]]]:
        """By table and by the first cell of a row: the heads of the other columns, and the row's other cells."""
        found: dict[str, dict[str, list[tuple[list[str], list[Any]]]]] = {}
        for title, tables in self.tables.items():
            mine = found.setdefault(title, {})
            for table in tables:
                heads = table["columns"][1:]
                for head, *cells in table["rows"]:
                    mine.setdefault(folded(str(head)), []).append((heads, cells))
        return found

    def _sequence(self, cells: Iterable[Any]) -> tuple[Token, ...]:
        found: list[Token] = []
        for cell in cells:
            if isinstance(cell, str):
                if _DIGIT.search(cell):
                    found += [token for _, token in tokens(self._plain(cell), self.lang)]
            elif cell is not None:
                found.append((0, int(cell)) if cell == int(cell) else (-1, 0))
        return tuple(found)

    def _plain(self, text: str) -> str:
        """Return the text without references to captions and sources, and without names of places with a number."""
        return self._structure.sub(" ", text) if self._structure else text

    def prose(self, text: str) -> Iterator[str]:
        """Yield the words around each number of a running text that is not held where it stands."""
        if not _DIGIT.search(text) or folded(text).rstrip(".") in self.strings:
            return
        text = self._plain(text)
        found = tokens(text, self.lang)
        if not found:
            return
        low, taken = text.lower(), list[tuple[int, int, int, Scope | None]]()
        for name in self._named:
            at = low.find(name)
            while at >= 0:
                end = at + len(name)
                if not any(start < end and at < known for start, known, _, _ in taken):
                    stop = _CLAUSE.search(text, end)
                    before = list(_CLAUSE.finditer(text, 0, at)) if name in self._counted else ()
                    start = before[-1].end() if before else 0 if name in self._counted else at
                    taken.append((start, end, stop.start() if stop else len(text), self._scope(name)))
                at = low.find(name, end)
        for place, token in found:
            inside = max((one for one in taken if one[0] <= place < one[2]), default=None, key=lambda one: one[0])
            scope = inside[3] if inside else None
            if token not in (scope or self.free):
                yield _around(text, place)

    def _row(self, title: str, cells: Sequence[str]) -> Iterator[str]:
        """Yield what is not held of one row of a table."""
        mine = self._rows.get(title)
        if mine is not None and cells[0] != "…":
            rows, shown = [row for _, row in mine.get(folded(cells[0]), ())], list(cells[1:])
            if not any([str(cell) for cell in row] == shown for row in rows):  # letter by letter: mostly so
                numbers = self._sequence(shown)
                if not any(self._sequence(row) == numbers for row in rows):
                    yield " ".join(cells)
            return
        scope = self._scope(cells[0])
        for cell in cells:
            if scope is None:
                yield from self.prose(cell)
            else:
                cell = self._plain(cell)  # noqa: PLW2901
                yield from (_around(cell, place) for place, token in tokens(cell, self.lang) if token not in scope)

    def page(self, root: Any) -> Iterator[str]:
        """Yield what is not held of a page: paragraphs, headings, tables with their notes, charts with their words."""
        captions = [_CAPTION.match(_text(node)) for node in root.iter(f"{XHTML}figcaption", f"{XHTML}caption")]
        sources = [_REFERENCE.match(_text(node)) for node in root.iter(f"{XHTML}p")]
        marks = {found[0] for found in (*captions, *sources) if found} | set(self.record["facts"].get("places", ()))
        told = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
        self._structure = re.compile(rf"(?:{told})(?!\d)") if marks else None
        apart = {part for node in root.iter(f"{XHTML}nav", f"{XHTML}table") for part in node.iter()}
        for table in root.iter(f"{XHTML}table"):
            notes = table.getnext()
            notes = notes if notes is not None and notes.get("class") == "notes" else ()
            apart.update(part for note in notes for part in note.iter())
            yield from self._table(table, notes)
        for chart in root.iter(f"{SVG}svg"):
            yield from self._chart(chart)
        for note, text in footnotes(root):
            apart.add(note)
            yield from self._note(_text(note), text)
        for node in root.find(f"{XHTML}body").iter(f"{XHTML}*"):
            for said in _SAID:
                if said in node.attrib:
                    yield from self.prose(node.attrib[said])
            if node in apart or node.tag in _INLINE or node.tag == f"{XHTML}style":
                continue
            text = _text(node)
            if node.tag[len(XHTML) :] in ("h2", "h3", "h4"):
                text = _NUMBERING.sub("", text)
            lead = node.findtext(f"{XHTML}strong") or ""
            for part in (lead, text.removeprefix(lead)) if lead else (text,):
                yield from self.prose(part)

    def sheet(self, rows: Sequence[Sequence[Any]], table: dict[str, Any] | None) -> Iterator[str]:
        """Yield what a sheet of the workbook says otherwise than its table of the record, cell by cell."""
        head = next((n for n, row in enumerate(rows) if table and list(row) == table["columns"]), None)
        for row in rows[:head]:
            for cell in row:
                yield from self.prose(str(cell))
        if table is None or head is None:
            return
        below = [list(row) for row in rows[head + 1 :]]
        due = [["" if cell is None else cell for cell in row] for row in table["rows"]]
        if len(below) != len(due):
            yield f"{len(below)} / {len(due)}"
        for row, wanted in zip(below, due, strict=False):
            for cell, value in zip(row, wanted, strict=False):
                if not _same(cell, value):
                    yield f"{row[0]}: {cell}"

    def _chart(self, node: Any) -> Iterator[str]:
        """A chart's words: each row that is drawn or described is one of a table, the rest belongs where it stands."""
        yield from self.prose(node.findtext(_TITLE) or "")
        for spoken in {node.get("aria-label") or "", node.findtext(_DESC) or ""}:
            for part in re.split(r";\s|\.\s|\.$", spoken):
                head, _, told = part.partition(": ")
                if told or not _DIGIT.search(part):
                    yield from self._told(head, told)
                elif folded(part) not in self.strings:  # the finding, which the record holds word by word
                    yield part
        rows: dict[Any, list[str]] = {}
        for text in node.iter(f"{SVG}text"):
            group, words = text.getparent(), " ".join(text.itertext())
            if group.get("class") == "row":
                rows.setdefault(group, []).append(words)
            elif group.get("class") != "axis":
                yield from self._told(*words.partition(": ")[::2])
        for group, cells in rows.items():
            head = group.get("data-row") or cells[0]
            named = "".join(cells[0].split()) == "".join(head.split())
            yield from self._told(head, " ".join(cells[named:]))

    def _told(self, head: str, told: str) -> Iterator[str]:
        """Yield what is told of `head` where it is neither a row of that name in a table nor held in prose."""
        name, numbers = folded(head), self._sequence([told])
        mine = [row for rows in self._rows.values() for row in rows.get(name, ())]
        for heads, row in mine:  # with the heads of its columns or without: “2021 60,8%, 2022 90,2%”
            named = (part for pair in zip(heads, row, strict=False) for part in pair)
            if numbers in (self._sequence(row), self._sequence(named)):
                return
        if told and mine:
            yield f"{head}: {told}"
        else:
            yield from self.prose(f"{head}: {told}" if told else head)

    def _table(self, table: Any, notes: Iterable[Any]) -> Iterator[str]:
        title = untitled(_text(table.find(f"{XHTML}caption"))) if len(table) else ""
        marked: dict[str, list[str]] = {}
        yield from self.prose(title)
        for line in table.iter(f"{XHTML}tr"):
            cells = [_text(cell) for cell in line.iterchildren("{*}*")]
            if line.getparent().tag == f"{XHTML}thead":
                for cell in cells:
                    yield from self.prose(cell)
                continue
            yield from self._row(title, cells or [""])
            for sup in line.iter(f"{XHTML}sup"):
                marked.setdefault(sup.text or "", []).append(cells[0])
        for note in notes:
            heads = marked.get(note.findtext(f"{XHTML}sup") or "", ())
            yield from self._of(_text(note), [scope for head in heads if (scope := self._scope(head))])

    def _note(self, note: str, text: str) -> Iterator[str]:
        """A footnote may tell numbers of the indicators that are named where its mark stands."""
        low = text.lower()
        yield from self._of(note, [scope for name in self._named if name in low and (scope := self._scope(name))])

    def _of(self, note: str, scopes: Sequence[Scope]) -> Iterator[str]:
        if not scopes:
            yield from self.prose(note)
        elif folded(note).rstrip(".") not in self.strings:
            text = self._plain(note)
            found = tokens(text, self.lang)
            yield from (_around(text, p) for p, t in found if not any(t in scope for scope in scopes))


def _same(cell: Any, value: Any) -> bool:
    if isinstance(value, str) or isinstance(cell, str):
        return str(cell)[:LONGEST] == str(value)[:LONGEST]
    return math.isclose(cell, value, rel_tol=1e-12)  # a workbook keeps fifteen digits


def _text(node: Any) -> str:
    """The words of an element itself and of what stands within its lines; no footnote marks, no blocks within it."""
    if node is None or not len(node):
        return node.text or "" if node is not None else ""
    parts = [node.text]
    for part in node:
        parts += ("".join(part.itertext()) if part.tag in _INLINE and part.tag != f"{XHTML}sup" else "", part.tail)
    return "".join(filter(None, parts))


def footnotes(root: Any) -> Iterator[tuple[Any, str]]:
    """Yield the footnotes of a page, each with the words where its marks stand."""
    marked: dict[str, str] = {}
    for link in root.iter(f"{XHTML}a"):
        target = link.get("href", "")
        if target.startswith("#note-"):
            block = next(part for part in link.iterancestors() if part.tag not in _INLINE)
            marked[target[1:]] = f"{marked.get(target[1:], '')} {_text(block)}"
    for part in root.iter(f"{XHTML}div"):
        if part.get("class") == "footnotes":
            yield from ((note, marked.get(note.get("id"), "")) for note in part)


def untitled(caption: str) -> str:
    """Return the words of a caption, without the number of its table or figure."""
    return folded(_CAPTION.sub("", caption).removeprefix(". "))


def folded(text: str) -> str:
    """Return the text with single spaces."""
    return " ".join(text.split())


def _around(text: str, place: int) -> str:
    return folded(text[max(0, place - 40) : place + 25])


def printed(root: Any, lang: str, lists: bool) -> Counter[Token]:
    """Return how often each number stands on a page, without its contents and what charts only say aloud.

    For a print with the numbers of `lists`, and without the data of figures, which a page keeps folded.
    """
    main, found = root.find(f".//{XHTML}main"), Counter[Token]()
    for node in main.iterchildren("{*}*") if main is not None else ():
        if node.tag != f"{XHTML}nav":
            found.update(token for _, token in tokens(" ".join(node.itertext()), lang, whole=False))
    for unseen in (*root.iter(_TITLE, _DESC), *(root.iterfind(f".//{XHTML}figure/{XHTML}details") if lists else ())):
        found -= Counter(token for _, token in tokens(" ".join(unseen.itertext()), lang, whole=False))
    for listing in root.iter(f"{XHTML}ol") if lists else ():
        if next(listing.iterancestors(f"{XHTML}nav"), None) is None:
            found.update((0, number) for number in range(1, len(listing) + 1))
    return found


def in_print(pages: Sequence[str], root: Any, lang: str) -> Counter[Token]:
    """Return how often each number stands in a print; page numbers, running names of sections, contents do not count.

    `root` is what the notebook shows: its headings are the names of sections and the lines of the contents.
    """
    names = {folded(_text(node)) for node in root.iter(f"{XHTML}h2", f"{XHTML}h3", f"{XHTML}h4")}
    found, before = Counter[Token](), ""
    for number, page in enumerate(pages, start=1):
        lines = [folded(line) for line in page.splitlines()]
        place = lines.index(str(number)) if number > 1 and str(number) in lines[:3] else None
        if place is not None:
            running = lines[place + 1 : place + 2]  # it names a section that began on an earlier page
            del lines[place : place + 1 + (running[0] in names and running[0] in before if running else 0)]
        if _CONTENTS & set(lines[:2]):
            lines = [_LEADER.sub("", line) for line in lines]
            told = Counter(token for _, token in tokens("\n".join(lines), lang, whole=False))
            found += told - Counter(token for name in names for _, token in tokens(name, lang, whole=False))
        else:
            found.update(token for _, token in tokens("\n".join(lines), lang, whole=False))
            before += " ".join([*lines, ""])
    return found


def differences(found: Counter[Token], root: Any, lang: str, lists: bool) -> Iterator[str]:
    """Yield the numbers that stand more or less often than in `root`, what the notebook shows."""
    due = printed(root, lang, lists)
    heads = {t for head in root.iter(f"{XHTML}thead") for _, t in tokens(" ".join(head.itertext()), lang, whole=False)}
    # a print repeats the head of a table on each page of it
    yield from (f"+{_spelt(token)}" for token in found - due if not lists or token not in heads)
    yield from (f"−{_spelt(token)}" for token in due - found)


def _spelt(token: Token) -> str:
    return token.removeprefix("#") if isinstance(token, str) else f"{token[1] / 10 ** token[0]:.{token[0]}f}"
