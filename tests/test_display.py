"""Display objects: semantic HTML that is well-formed and from which no text can escape."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import Any

import lxml.html
import pytest
from lxml import etree

from partybuilding.present.display import (
    Block,
    Cell,
    Column,
    Figure,
    Listing,
    Piece,
    ReportTable,
    Section,
    Text,
    element,
    joined,
    markup,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "</p></td></table><img src=x onerror=alert(1)>",
    '#panic("x")',
    r"$x^2$ \input{/etc/passwd}",
    "../../x",
    "=1+1",
    "{braces} {0} %s",
    "\"double\" 'single' & &amp; &#60;",
    "<!-- --> ]]> <?php ?>",
    "Đa\u0309ng u\u0309y",
    "\u202eright to left\u202c",
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt"><path d="M 0 0"/></svg>'


def pieces(text: str) -> list[Piece]:
    """One of each kind with `text` in every field that holds text."""
    table = ReportTable(
        text, [Column(text), Column(text, "number")], [[Cell(text, text, text), Cell(text, "met", text)]]
    )
    figure = Figure("figure-x", SVG, text, text)
    return [
        Text(text, text, text),
        Listing([text, (Text(text),)]),
        table,
        figure,
        Block("header", "document-head", [("title", text), ("issuer", text)]),
        Section("x", text, 2, (Text(text), table, figure)),
    ]


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements with the names of their attributes, as a browser's parser sees them."""
    root = lxml.html.fragment_fromstring(html, create_parent="main")
    return [(str(node.tag), tuple(sorted(node.attrib))) for node in root.iter()]


def xml(piece: Piece) -> Any:
    return etree.fromstring(piece.html())


@pytest.mark.parametrize("text", HOSTILE)
def test_text_never_becomes_markup(text: str) -> None:
    for hostile, tame in zip(pieces(text), pieces("x"), strict=True):
        html = hostile.html()
        assert shape(html) == shape(tame.html())
        root = etree.fromstring(html)
        assert "".join(xml(tame).itertext()).count("x") == "".join(root.itertext()).count(text)
        assert all(text in part or not part for part in root.xpath("//@aria-label"))


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\x1fb", "a\ud800b", "a\ufffeb"])
def test_a_control_character_is_refused_not_published(text: str) -> None:
    for piece in pieces(text):
        with pytest.raises((ValueError, UnicodeEncodeError)):
            piece.html()


@pytest.mark.parametrize("piece", pieces("Đảng ủy"), ids=lambda piece: type(piece).__name__)
def test_every_piece_shows_itself_as_html_and_as_plain_text(piece: Piece) -> None:
    bundle = piece._repr_mimebundle_()
    assert bundle == {"text/html": piece.html(), "text/plain": str(piece)}
    assert "Đảng ủy" in bundle["text/plain"]
    assert "<" not in bundle["text/plain"]
    assert piece.html() == piece.html()


@pytest.mark.parametrize("piece", pieces("x"), ids=lambda piece: type(piece).__name__)
def test_a_piece_cannot_be_changed(piece: Piece) -> None:
    name = next(iter(vars(piece)))
    with pytest.raises(FrozenInstanceError):
        setattr(piece, name, "y")


def test_only_void_elements_are_closed_in_their_tag() -> None:
    made = element("div", element("p"), element("br"), element("col", style="width:1%"), element("td", element("sup")))
    assert markup(made) == '<div><p></p><br/><col style="width:1%"/><td><sup></sup></td></div>'
    for piece in pieces(""):
        assert set(re.findall(r"<(\w+)[^<>]*/>", piece.html())) <= {"col", "path"}


def test_markup_made_twice_is_the_same() -> None:
    made = element("p")
    assert markup(made) == markup(made) == "<p></p>"


def test_attribute_names_may_avoid_pythons_words() -> None:
    assert markup(element("p", "x", class_="lead", aria_label="y")) == '<p class="lead" aria-label="y">x</p>'


def test_a_text_has_its_lead_in_bold() -> None:
    assert Text("6 đạt.", "Kết luận:", "headline").html() == (
        '<p class="headline"><strong>Kết luận:</strong> 6 đạt.</p>'
    )
    assert Text("6 đạt.").html() == "<p>6 đạt.</p>"
    assert str(Text("6 đạt.", "Kết luận:")) == "Kết luận: 6 đạt."


def test_a_listing_is_numbered_only_when_asked() -> None:
    assert Listing(["a", (Text("b"), Text("c"))]).html() == "<ul><li>a</li><li><p>b</p><p>c</p></li></ul>"
    assert Listing(["a"], numbered=True).html() == "<ol><li>a</li></ol>"
    assert str(Listing(["a", (Text("b"), Text("c"))])) == "a\nb\nc"


TABLE = ReportTable(
    "Kết quả",
    [Column("Nội dung", width=3), Column("Kết quả", "number", 1)],
    [["Một", Cell("90,2%", "met", "Suy ra.")], [Cell("Hai", note="Khác."), Cell("–", note="Suy ra.")], ["Ba", "5"]],
)


def test_a_table_has_caption_scoped_heads_and_column_widths() -> None:
    table = xml(TABLE).find("table")
    assert [child.tag for child in table] == ["caption", "colgroup", "thead", "tbody"]
    assert table.findtext("caption") == "Kết quả"
    assert table.xpath("colgroup/col/@style") == ["width:75.0%", "width:25.0%"]
    assert [(th.text, th.get("scope"), th.get("class")) for th in table.iterfind("thead/tr/th")] == [
        ("Nội dung", "col", "left"),
        ("Kết quả", "col", "number"),
    ]
    for row in table.iterfind("tbody/tr"):
        assert [(cell.tag, cell.get("scope")) for cell in row] == [("th", "row"), ("td", None)]
    assert table.xpath("tbody/tr/td/@class") == ["number met", "number", "number"]


def test_a_note_is_numbered_once_in_the_order_of_reading() -> None:
    root = xml(TABLE)
    assert ["".join(row.itertext()) for row in root.iterfind("table/tbody/tr")] == ["Một90,2%(1)", "Hai(2)–(1)", "Ba5"]
    assert ["".join(note.itertext()) for note in root.xpath("div[@class='notes']/p")] == ["(1) Suy ra.", "(2) Khác."]


def test_a_table_without_notes_has_no_place_for_them() -> None:
    assert xml(ReportTable("x", [Column("a")], [["1"]])).xpath("//*[@class='notes']|//sup") == []


def test_a_row_of_the_wrong_length_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="zip"):
        ReportTable("x", [Column("a"), Column("b")], [["1"]]).html()


def test_a_table_reads_in_plain_text_row_by_row() -> None:
    assert str(TABLE) == ("Kết quả\nNội dung  Kết quả\nMột  90,2%(1)\nHai(2)  –(1)\nBa  5\n(1) Suy ra.\n(2) Khác.")


def test_a_figure_is_an_image_with_a_description() -> None:
    root = xml(Figure("figure-x", SVG, "Hình 1", "Biểu đồ: 90,2% & 5 < 6"))
    svg = root.find("{http://www.w3.org/2000/svg}svg")
    assert (root.tag, root.get("id"), root.findtext("figcaption")) == ("figure", "figure-x", "Hình 1")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Biểu đồ: 90,2% & 5 < 6")


@pytest.mark.parametrize("level", [2, 3])
def test_a_section_has_a_heading_of_its_level(level: int) -> None:
    inner = Section("inner", "Bên trong", level + 1, (Text("x"),))
    assert Section("outer", "Bên ngoài", level, (inner,)).html() == (
        f'<section id="outer"><h{level}>Bên ngoài</h{level}>'
        f'<section id="inner"><h{level + 1}>Bên trong</h{level + 1}><p>x</p></section></section>'
    )


def test_a_block_has_its_lines_by_role_and_the_title_as_first_heading() -> None:
    assert Block("header", "document-head", [("issuer", "A"), ("title", "B")]).html() == (
        '<header class="document-head"><p class="issuer">A</p><h1 class="title">B</h1></header>'
    )


def test_joined_leaves_out_what_is_not_there() -> None:
    assert joined([None, Text("a"), None]) == (Text("a"),)
