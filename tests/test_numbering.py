"""Numbers in the order of showing, kept by name; references that lead to what they name; footnotes with a way back."""

from __future__ import annotations

import pytest
from conftest import HOSTILE
from lxml import etree

from partybuilding.present.display import Column, Figure, Listing, ReportTable, Section, Text
from partybuilding.present.numbering import Numbering, ref
from partybuilding.present.wording import Words

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0"/></svg>'


def table(name: str = "") -> ReportTable:
    return ReportTable("Kết quả", [Column("a")], [["1"]], name)


def figure(name: str) -> Figure:
    return Figure(name, SVG, "Biểu đồ", "…")


def section(name: str, *pieces: object) -> Section:
    return Section(name, name, 3, pieces)  # type: ignore[arg-type]


@pytest.fixture
def numbering() -> Numbering:
    return Numbering(Words("vi"))


def captions(made: Section) -> list[str]:
    return ["".join(node.itertext()) for node in etree.fromstring(made.html()).iter("caption", "figcaption")]


def test_tables_and_figures_are_numbered_apart_in_the_order_of_showing(numbering: Numbering) -> None:
    first = numbering.numbered(section("a", table("table-x"), figure("figure-x"), section("b", table())))
    second = numbering.numbered(section("c", figure("figure-y"), table(), table()))
    assert captions(first) == ["Biểu 1. Kết quả", "Hình 1. Biểu đồ", "Biểu 2. Kết quả"]
    assert captions(second) == ["Hình 2. Biểu đồ", "Biểu 3. Kết quả", "Biểu 4. Kết quả"]


def test_a_cell_that_is_run_again_keeps_its_numbers(numbering: Numbering) -> None:
    shown = [section("a", table(), Text("x", note="Nguồn: [1].")), section("b", table(), Text("y", note="Nguồn: [2]."))]
    before = [numbering.numbered(one).html() for one in shown]
    assert [numbering.numbered(one).html() for one in reversed(shown)] == before[::-1]


def test_a_text_refers_to_tables_before_and_after_it(numbering: Numbering) -> None:
    told = Text(f"{ref('figure-x')} và {ref('table-y')}; xem {ref('figure-x')}.")
    made = numbering.numbered(section("a", told, table("table-z"), table("table-y"), figure("figure-x")))
    paragraph = etree.fromstring(made.html()).find("p")
    assert "".join(paragraph.itertext()) == "Hình 1 và Biểu 2; xem Hình 1."
    assert [(a.text, a.get("href")) for a in paragraph.iter("a")] == [("Hình 1", "#figure-x"), ("Biểu 2", "#table-y")]


def test_a_list_may_refer_and_have_notes_too(numbering: Numbering) -> None:
    listed = Listing([f"Xem {ref('table-x')}.", (Text("Đạt 90,2%.", note="Nguồn: [1]."),), "Trơn"])
    root = etree.fromstring(numbering.numbered(section("a", listed, table("table-x"))).html())
    assert ["".join(item.itertext()) for item in root.iter("li")] == ["Xem Biểu 1.", "Đạt 90,2%.1", "Trơn"]


def test_the_same_note_is_one_footnote_of_its_section(numbering: Numbering) -> None:
    same, other = Text("x", note="Nguồn: [1]."), Text("y", note="Nguồn: [2].")
    first = etree.fromstring(numbering.numbered(section("a", same, other, same)).html())
    second = etree.fromstring(numbering.numbered(section("b", same)).html())
    assert [sup.findtext("a") for sup in first.xpath("p/sup")] == ["1", "2", "1"]
    notes = [(p.get("id"), "".join(p.itertext())) for p in first.xpath("div[@class='footnotes']/p")]
    assert notes == [("note-1", "1 Nguồn: [1]."), ("note-2", "2 Nguồn: [2].")]
    assert second.xpath("string(div[@class='footnotes'])") == "3 Nguồn: [1]."


def test_marks_lead_to_notes_and_notes_back_to_the_first_mark(numbering: Numbering) -> None:
    text = Text("x", note="n")
    root = etree.fromstring(numbering.numbered(section("a", text, text, section("b", text))).html())
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in root.iter("a")} == {"note-1", "mark-1", "note-2", "mark-2"} <= set(ids)


@pytest.mark.parametrize("text", [*HOSTILE, "\ue000", "\ue001\ue000x y\ue001"])
def test_what_is_no_reference_stays_text(numbering: Numbering, text: str) -> None:
    root = etree.fromstring(numbering.numbered(section("a", Text(text, note=text))).html())
    assert root.findtext("p") == text
    assert root.xpath("string(div/p)") == f"1 {text}"
    assert len(root.xpath("//a")) == 2  # the mark, and the way back


def test_english_has_its_own_labels() -> None:
    made = Numbering(Words("en")).numbered(section("a", table(), figure("figure-x")))
    assert captions(made) == ["Table 1. Kết quả", "Figure 1. Biểu đồ"]
