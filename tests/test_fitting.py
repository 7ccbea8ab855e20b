"""Heights in print, by hand: letters of Tinos, lines broken greedily, pieces one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import pypdfium2
import pytest

from partybuilding.present import fitting
from partybuilding.present.display import Block, Cell, Column, Listing, Piece, ReportTable, Section, Text
from partybuilding.present.fitting import HEIGHT, first_that_fits, height, lines
from partybuilding.publish.export.content import Content
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page

HEAD = {"lang": "vi", "title": "Thử", "mark": None, "as_of": "2022-12-31", "draft_note": "", "form": "brief"}
WORDS = "Chi bộ quân sự các xã, phường, thị trấn duy trì nghiêm chế độ sinh hoạt và thực hiện đúng quy chế làm việc. "


def test_a_line_is_as_wide_as_its_letters() -> None:
    assert fitting.width("aa aa") == pytest.approx(4 * 909 / 2048 + 0.25)
    assert fitting.width("Ắ", bold=True) == fitting.width("A", bold=True)
    assert fitting.width("") == 0


def test_words_are_broken_where_the_line_is_full() -> None:
    text = " ".join(["aaaa"] * 10)  # 24.9 points each, 3.5 between them
    assert lines(text, 60) == 5  # 53.2 for two of them, 81.6 for three
    assert lines(text, 60, indent=30) == 6
    assert lines(text, 1) == 10
    assert lines("", 60) == 1


def test_pieces_stand_one_below_the_other() -> None:
    table = ReportTable("Biểu", [Column("a"), Column("b")], [["x", Cell("y", note="z")]], below="u")
    assert height([Text("một")]) == 24
    assert height([Text("một", role="headline")]) == 38
    assert height([Listing(["một", "hai"])]) == 14 + 7 + 14 + 10
    assert height([table]) == 12 + 6 + 17 + 17 + 5 + 16 + 16 + 10
    assert (
        height([Section("a", "A", 2, [Text("một")])]) == height([Section("a", "A", 2, [Text("một")], fresh=True)]) + 4
    )
    assert height([]) == 0


def test_the_first_that_fits_is_taken_and_the_last_where_none_does() -> None:
    def pieces(count: int) -> list[Piece]:
        return [Text("một")] * count

    assert first_that_fits(range(100, 0, -1), pieces) == int((HEIGHT - 4) // 24)
    assert first_that_fits([100, 99], pieces) == 99


def bottom(pieces: Sequence[Piece]) -> float:
    """Where the last letter stands in print, in points below the margin."""
    parts = [Block("header", "document-head", [("title", "BÁO CÁO"), ("excerpt", "thử")]).html()]
    page = html_page(Content({"report": HEAD}, (*parts, *(piece.html() for piece in pieces))))
    with pypdfium2.PdfDocument(pdf_of_page(page)) as document:
        assert len(document) == 1
        text = document[0].get_textpage()
        places = [text.get_charbox(n)[1] for n in range(text.count_chars()) if text.get_text_range(n, 1).strip()]
        return float(document[0].get_height() - 20 * fitting.MM - min(places))


@pytest.mark.parametrize(
    "pieces",
    [
        [Text(WORDS * 8 + "g")],
        [Text(WORDS * 3, lead="Đánh giá chung:", role="headline"), Text(WORDS)],
        [Listing([WORDS, WORDS * 2, "x"])],
        [Listing([[Text(WORDS, lead="Giải pháp."), Text(WORDS * 2, role="grounds")], [Text(WORDS)]], numbered=True)],
        [ReportTable("Biểu", [Column("a", width=3), Column("b")], [[WORDS, "90,2%"], ["x", "y"]], below=WORDS * 2)],
        [Section("a", "I- KẾT QUẢ", 2, [Text(WORDS), Section("b", "II- HẠN CHẾ", 3, [Text(WORDS)])])],
    ],
)
def test_nothing_stands_lower_in_print_than_it_is_measured(pieces: list[Piece]) -> None:
    first = Text("g")
    higher = bottom([first, *pieces]) - bottom([first])
    assert height(pieces) - 25 <= higher <= height(pieces)
