"""The print held against the rule in force, letter by letter: margins, type, lines, head, page number, foot."""

from __future__ import annotations

import ctypes
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from partybuilding.assess.demo import write_return
from partybuilding.periods import Period
from partybuilding.present.library import Library
from partybuilding.present.panel import exported
from partybuilding.present.report import Report, open_report

MM = 72 / 25.4
NEAR, SAME = 0.5 * MM, 0.5  # half a millimetre, half a point
A4 = (210 * MM, 297 * MM)
CASES = [  # duplex, document date, language
    *((False, day, lang) for day in ("", "2026-06-01") for lang in ("vi", "en")),
    *((True, day, "vi") for day in ("2022-12-20", "2026-06-01")),
]


@dataclass(frozen=True)
class Line:
    """Letters on one base line, in points from the upper left corner of the page."""

    base: float
    left: float
    right: float
    top: float
    size: float
    font: str
    text: str

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def lines_of(page: Any) -> Iterator[Line]:
    """The lines of a page in the order of its text, broken where letters leave a gap as wide as a column's."""
    text, height, letters = page.get_textpage(), page.get_height(), list[tuple[Any, ...]]()
    x, y, name = ctypes.c_double(), ctypes.c_double(), ctypes.create_string_buffer(64)
    for place in range(text.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(text, place))
        if letter in "\r\n":
            continue
        pdfium.FPDFText_GetCharOrigin(text, place, x, y)
        _, _, right, top = text.get_charbox(place)
        base = height - y.value
        pdfium.FPDFText_GetFontInfo(text, place, name, 64, None)
        font = name.value.decode().rpartition("+")[2]
        size = pdfium.FPDFText_GetFontSize(text, place)
        if letters and (abs(letters[-1][0] - base) > 0.1 or x.value - letters[-1][2] > 30):
            yield _line(letters)
            letters = []
        if letter.strip() or letters:
            letters.append((base, x.value, right, height - top, size, font, letter))
    if letters:
        yield _line(letters)


def _line(letters: list[tuple[Any, ...]]) -> Line:
    inked = [letter for letter in letters if letter[6].strip()]
    first = inked[0]
    top = min(letter[3] for letter in inked)
    text = "".join(letter[6] for letter in letters).strip()
    return Line(first[0], first[1], max(letter[2] for letter in inked), top, first[4], first[5], text)


@dataclass(frozen=True)
class Print:
    """A report's print: lines by page, sizes of pages, strokes of the first page."""

    report: Report
    pages: tuple[tuple[Line, ...], ...]
    sizes: tuple[tuple[float, float], ...]
    strokes: tuple[tuple[float, float, float, float], ...]
    duplex: bool

    def margins(self, page: int) -> tuple[float, float]:
        """Left and right margin of a page, counted from 0."""
        rule = self.rule
        sides = (rule["left"] * MM, rule["right"] * MM)
        return sides[::-1] if self.duplex and page % 2 else sides

    def middle(self, page: int) -> float:
        left, right = self.margins(page)
        return (left + self.sizes[page][0] - right) / 2

    @property
    def rule(self) -> dict[str, Any]:
        return self.report.layout.measures(self.report.day)

    def line(self, text: str, page: int = 0) -> Line:
        """The first line of a page that begins with the text."""
        folded = " ".join(text.split())
        return next(line for line in self.pages[page] if " ".join(line.text.split()).startswith(folded))


@cache
def printed(duplex: bool, day: str, lang: str, province: str = "kon-tum", source: str = "published") -> Print:
    report = open_report(province, "2022", lang, source, day)
    object.__setattr__(report, "layout", report.layout.model_copy(update={"duplex": duplex}))
    with pypdfium2.PdfDocument(exported(report, "handout")) as document:
        pages = tuple(tuple(lines_of(page)) for page in document)
        sizes = tuple(page.get_size() for page in document)
        paths = document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)
        height = sizes[0][1]
        boxes = [path.get_bounds() for path in paths]
        strokes = tuple((left, height - top, right, height - bottom) for left, bottom, right, top in boxes)
    return Print(report, pages, sizes, strokes, duplex)


@pytest.fixture(params=CASES, ids=lambda case: f"{'duplex' if case[0] else 'simplex'}-{case[1]}-{case[2]}")
def made(request: pytest.FixtureRequest) -> Print:
    return printed(*request.param)


def body(made: Print) -> list[tuple[int, Line]]:
    """The lines of running text: in the type of the body, upright, on all pages but the contents."""
    found = []
    for number, page in enumerate(made.pages):
        for line in () if {"MỤC LỤC", "CONTENTS"} & {line.text for line in page} else page:
            upright = line.font == "Tinos-Regular" and abs(line.size - made.rule["body"]) < 0.01
            if upright and line.base > made.rule["top"] * MM:
                found.append((number, line))
    return found


def test_the_rule_is_that_of_the_date(made: Print) -> None:
    day = made.report.document_date
    assert made.rule["id"] == ("hd-05" if day and day.year == 2026 else "hd-36")


def test_pages_are_a4(made: Print) -> None:
    for size in made.sizes:
        assert size == pytest.approx(A4, abs=0.1)


def test_text_keeps_to_the_margins_and_fills_them(made: Print) -> None:
    lefts, rights = set[bool](), set[bool]()
    for number, line in body(made):
        left, right = made.margins(number)
        assert line.left > left - NEAR, line
        assert line.right < made.sizes[number][0] - right + NEAR, line
        assert line.base + 0.2 * line.size < A4[1] - made.rule["bottom"] * MM + SAME, line
        lefts.add(abs(line.left - left) < NEAR)
        rights.add(abs(line.right - (made.sizes[number][0] - right)) < NEAR)
    assert lefts == rights == {True, False}
    first = made.pages[0][0]
    assert first.base - 0.8 * first.size == pytest.approx(made.rule["top"] * MM, abs=NEAR)


def paragraphs(made: Print) -> Iterator[list[Line]]:
    """Paragraphs of the opening on the first page, which begin indented and go on at the margin."""
    left, found = made.margins(0)[0], list[Line]()
    for number, line in body(made):
        if number or line.base < made.line(made.report.situation().pieces[0].heading).base:  # type: ignore[attr-defined]
            continue
        if line.left > left + NEAR:
            if found:
                yield found
            found = [line] if abs(line.left - left - made.rule["indent"] * MM) < NEAR else []
        elif found:
            found.append(line)
    if found:
        yield found


def test_paragraphs_have_their_indent_pitch_and_gap(made: Print) -> None:
    found = list(paragraphs(made))
    assert len(found) >= 4
    assert 18 <= made.rule["pitch"] <= 22
    for paragraph in found:
        for above, below in pairwise(paragraph):
            assert below.base - above.base == pytest.approx(made.rule["pitch"], abs=0.05)
    gaps = [later[0].base - earlier[-1].base - made.rule["pitch"] for earlier, later in pairwise(found)]
    assert min(gaps) >= made.rule["gap"] - 0.05 >= 6 - 0.05
    assert sum(abs(gap - made.rule["gap"]) < 0.05 for gap in gaps) >= 2


def test_the_page_number_stands_where_the_rule_wants_it(made: Print) -> None:
    edge = made.rule["number_edge"] * MM
    above = [[line for line in page if line.base < made.rule["top"] * MM] for page in made.pages]
    assert not above[0]
    for number, lines in enumerate(above[1:], start=1):
        (shown,) = [line for line in lines if line.text.isdigit()]
        assert shown.text == str(number + 1)
        assert shown.size == pytest.approx(made.rule["number_size"], abs=SAME)
        assert shown.font == "Tinos-Regular"
        assert shown.middle == pytest.approx(made.middle(number), abs=NEAR)
        assert shown.top == pytest.approx(edge, abs=NEAR)


HEAD = {  # line: key of its type in the rule, font
    "superior": ("head", "Tinos-Regular"),
    "issuer": ("head", "Tinos-Bold"),
    "party": ("party", "Tinos-Bold"),
    "number": ("head", "Tinos-Regular"),
    "place-date": ("head", "Tinos-Italic"),
    "title": ("title", "Tinos-Bold"),
    "excerpt": ("excerpt", "Tinos-Bold"),
}


def head(made: Print) -> dict[str, Line]:
    lines = dict(made.report.head().lines)
    return {role: made.line(lines[role].split("    ")[0].strip()[:14]) for role in HEAD}


def test_the_lines_of_the_head_have_the_type_that_the_rule_gives_them(made: Print) -> None:
    for role, line in head(made).items():
        key, font = HEAD[role]
        assert line.font == font, role
        named = role in ("superior", "issuer", "party") and made.report.words.lang == "en"
        assert line.size == pytest.approx(10.5 if named else made.rule[key], abs=SAME), role  # English names are longer


def test_the_head_stands_in_two_columns_and_the_title_in_the_middle(made: Print) -> None:
    found, middle = head(made), made.middle(0)
    for role in ("superior", "issuer", "number"):
        assert found[role].left < middle
    for role in ("party", "place-date"):
        assert found[role].left > middle - NEAR, role
    assert found["superior"].base == pytest.approx(found["party"].base, abs=1.5)
    assert found["number"].base == pytest.approx(found["place-date"].base, abs=SAME)
    assert found["superior"].middle == pytest.approx(found["issuer"].middle, abs=NEAR)
    for role in ("title", "excerpt"):
        assert found[role].middle == pytest.approx(middle, abs=NEAR), role
    bases = [found[role].base for role in ("superior", "issuer", "number", "title", "excerpt")]
    assert bases == sorted(bases)


@pytest.mark.parametrize("slug", ["ba-ria-vung-tau", "ho-chi-minh"])
def test_the_date_stays_on_one_line_however_long_the_name_of_the_place_is(project: Path, slug: str) -> None:
    library, when = Library.read(), Period.parse("2022")
    unit = library.register.at(slug, when)
    write_return(project / f"data/demo/{slug}_2022.xlsx", unit, when, library.communes, library.catalog)
    made = printed(False, "", "vi", slug, "demo")
    dated, issuer = made.line(f"{unit.name_vi}, ngày"), made.line("ĐẢNG ỦY QUÂN SỰ")
    assert " ".join(dated.text.split()) == f"{unit.name_vi}, ngày tháng năm 2022"
    assert issuer.text in ("ĐẢNG ỦY QUÂN SỰ TỈNH", "ĐẢNG ỦY QUÂN SỰ THÀNH PHỐ")
    assert dated.right <= made.sizes[0][0] - made.margins(0)[1] + NEAR


def test_a_line_as_long_as_the_partys_name_stands_below_it(made: Print) -> None:
    party = head(made)["party"]
    below = [stroke for stroke in made.strokes if 0 < stroke[1] - party.base < 8]
    assert [(left, right) for left, _, right, _ in below] == [
        (pytest.approx(party.left, abs=NEAR), pytest.approx(party.right, abs=NEAR))
    ]


def test_the_foot_has_its_type_and_never_stands_alone(made: Print) -> None:
    lines = made.report.foot().lines
    roles = dict(lines)
    page = next(n for n, page in enumerate(made.pages) if any(line.text == roles["authority"] for line in page))
    authority, to = made.line(roles["authority"], page), made.line(roles["recipients-head"], page)
    assert (authority.font, authority.size) == ("Tinos-Bold", pytest.approx(made.rule["head"], abs=SAME))
    assert (to.font, to.size) == ("Tinos-Regular", pytest.approx(made.rule["head"], abs=SAME))
    assert authority.base == pytest.approx(to.base, abs=SAME)
    assert to.left == pytest.approx(made.margins(page)[0], abs=NEAR)
    assert authority.left > made.middle(page)
    listed = [line for line in made.pages[page] if line.text.startswith("- ") and line.base > to.base]
    assert [line.text for line in listed] == [text for role, text in lines if role == "recipient"]
    assert {line.size for line in listed} == {made.rule["recipients"]}
    closing = roles["closing"][:20]
    before = list(takewhile(lambda line: not line.text.startswith(closing), made.pages[page]))
    assert len([line for line in before if line.base > made.rule["top"] * MM]) >= 2


def test_contents_stand_after_the_signature_and_lead_to_the_right_pages() -> None:
    made = printed(False, "", "vi")
    (page,) = [n for n, page in enumerate(made.pages) if any(line.text == "MỤC LỤC" for line in page)]
    foot = next(n for n, page in enumerate(made.pages) if any(line.text == "T/M ĐẢNG ỦY" for line in page))
    assert page == foot + 1
    lines = [line.text for line in made.pages[page]][2:]  # after the page's number and the title
    # each entry is followed by its page, on a line of its own where a leader lies between
    told = {name: int(number) for name, number in re.findall(r"^(.*[^\d\n].*?)[\n ](\d{1,2})$", "\n".join(lines), re.M)}
    assert len(told) > 12
    for name, number in told.items():
        assert any(line.text.startswith(name[:30]) and "Bold" in line.font for line in made.pages[number - 1]), name


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_wide_table_lies_across_and_keeps_the_rule(lang: str) -> None:
    made = printed(False, "", lang, "kon-tum", "demo")
    across = [n for n, (width, height) in enumerate(made.sizes) if width > height]
    assert len(across) == 4
    for page in across:
        assert made.sizes[page] == pytest.approx(A4[::-1], abs=0.1)
        shown = made.line(str(page + 1), page)
        assert (shown.size, shown.middle) == (14, pytest.approx(made.middle(page), abs=NEAR))
        assert shown.top == pytest.approx(made.rule["number_edge"] * MM, abs=NEAR)
        inside = [line for line in made.pages[page] if line.base > made.rule["top"] * MM and line.size == 11]
        assert min(line.left for line in inside) > made.margins(page)[0] - NEAR
        assert max(line.right for line in inside) < made.sizes[page][0] - made.margins(page)[1] + NEAR
        pitches = [round(b.base - a.base, 1) for a, b in pairwise(first_column(inside))]
        assert statistics.mode(pitches) <= 18  # one line a row


def first_column(lines: list[Line]) -> list[Line]:
    left = min(line.left for line in lines)
    return sorted((line for line in lines if line.left < left + 1), key=lambda line: line.base)


def test_no_table_leaves_a_single_row_behind() -> None:
    made = printed(False, "", "vi", "kon-tum", "demo")
    names = re.compile(r"^(?:xã|phường|thị trấn) ")
    across = [page for page, (width, height) in zip(made.pages, made.sizes, strict=True) if width > height]
    rows = [sum(bool(names.match(line.text)) for line in page) for page in across]
    assert sum(rows) >= 102  # and those that name an area
    assert min(rows) >= 2


def test_an_office_may_print_on_both_sides(project: Path) -> None:
    file = project / "params" / "layout.yaml"
    file.write_text(file.read_text("utf-8").replace("duplex: no", "duplex: yes"), "utf-8")
    assert open_report("kon-tum", "2022").record().content["report"]["layout"]["duplex"] is True
