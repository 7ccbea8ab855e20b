"""The words of the finished reports, read whole: Vietnamese that is Vietnamese, English that is English."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest

from partybuilding.present.report import Report, open_report

SVG = "{http://www.w3.org/2000/svg}"


def text(report: Report) -> str:
    """All that a reader or a screen reader meets, as it was written, one block a line."""
    groups = [report.results(name) for name in report.catalog.groups]
    pieces: list[Any] = [report.situation(), report.results(), *groups, report.shortcomings(), report.measures()]
    pieces += [report.targets(), report.foot(), report.data(), report.method(), report.sources()]
    said: list[str | None] = []
    for piece in pieces:
        for node in piece.element().iter():
            drawn = node.tag == f"{SVG}style"
            said += [node.get("aria-label"), None if drawn else node.text, node.tail]
    record = report.record().content["report"]
    return "\n".join([report.title, record["headline"], record["draft_note"], *filter(None, said)])


@pytest.fixture(scope="module", params=["kon-tum", "bac-giang"])
def texts(request: pytest.FixtureRequest) -> dict[str, str]:
    return {lang: text(open_report(request.param, "2022", lang)) for lang in ("vi", "en")}


@pytest.fixture
def vi(texts: dict[str, str]) -> str:
    return texts["vi"]


@pytest.fixture
def en(texts: dict[str, str]) -> str:
    return texts["en"]


def unquoted(said: str) -> str:
    """The text without the titles of the English articles, which stand in “…”."""
    return re.sub(r"“[^”]* (?:Kon Tum province|Party improves [^”]*)”", "", said)


def around(pattern: str, said: str) -> list[str]:
    """Where the pattern stands, with the words around it: empty where it does not."""
    return [said[max(0, hit.start() - 30) : hit.end() + 30] for hit in re.finditer(pattern, said)]


def test_the_text_is_long_enough_to_be_the_report(vi: str, en: str) -> None:
    assert min(len(vi), len(en)) > 8000
    assert "PHỤ LỤC" in vi
    assert "APPENDIX" in en


@pytest.mark.parametrize(
    "pattern",
    [r"  ", r" [,;:.)%]", r"\( ", r"\.\.|,,|;;|,\.|;\.", r"[{}]", r"\bNone\b|\bnan\b|\bNaN\b|<NA>|\bTrue\b|\bFalse\b"],
    ids=["two blanks", "blank before mark", "blank after bracket", "two marks", "braces", "program words"],
)
def test_nothing_is_typed_wrong_or_left_over(pattern: str, vi: str, en: str) -> None:
    blocks = [block.strip(" ") for said in (vi, en) for block in said.split("\n")]
    assert [hit for block in blocks for hit in around(pattern, block)] == []


def test_all_text_is_composed(vi: str, en: str) -> None:
    assert unicodedata.is_normalized("NFC", vi + en)


def test_vietnamese_numbers_have_a_decimal_comma_and_no_blank_before_the_per_cent_sign(vi: str) -> None:
    assert around(r"\d\.\d+ ?%", vi) == []
    assert around(r"\d %", vi) == []
    assert re.search(r"\d%", vi)


def test_english_numbers_have_a_decimal_point(en: str) -> None:
    assert around(r"\d,\d+ ?%", en) == []
    assert around(r"\d %", en) == []
    assert re.search(r"\d%", en)


def test_the_decimals_of_kon_tum_stand_in_the_marks_of_the_language() -> None:
    said = {lang: text(open_report("kon-tum", "2022", lang)) for lang in ("vi", "en")}
    for number in ("90,2%", "22,7%", "10,65%"):
        assert number in said["vi"]
        assert number.replace(",", ".") in said["en"]
        assert number not in said["en"]


def test_no_english_remains_in_a_vietnamese_report(vi: str) -> None:
    stop = r"\b(?:the|of|and|is|are|was|with|for|which|that|by|from|has|have|as|at|not|target|source|cells?|members?)\b"
    assert around(f"(?i){stop}", vi) != []  # the title of the article
    assert around(f"(?i){stop}", unquoted(vi)) == []


def test_no_vietnamese_remains_in_an_english_report(en: str) -> None:
    sign = r"\b[\d./]+[-/][A-ZĐ]+(?:[-/][A-ZĐ]+)*"  # 132-QĐ/TW, 1535-CT/ĐU
    rest = re.sub(rf"{sign}|chi ủy|[“”’–≥≤…]", "", en)
    assert around(r"[^\x00-\x7f]", rest) == []
    assert around(r"(?i)\b(?:của|và|chi bộ|đảng|tỷ lệ)\b", en.replace("chi ủy", "")) == []


def test_the_tone_mark_stands_on_the_first_vowel(vi: str) -> None:
    assert around(r"(?i)uỷ|oà\b|oá\b|uý\b(?<!quý)", vi) == []
    assert "cấp ủy" in vi


def test_names_of_the_party_are_spelt_alike(vi: str) -> None:
    assert around(r"(?<!\w)(?:đảng ủy Quân sự|Chi Bộ|đảng Cộng sản|Đảng Ủy|điều lệ Đảng|quân khu \d)", vi) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_block_of_prose_ends_with_a_mark(lang: str) -> None:
    report = open_report("kon-tum", "2022", lang)
    shown = [report.situation(), report.results(), report.shortcomings(), report.measures(), report.method()]
    ends = [
        "".join(node.itertext())
        for piece in shown
        for node in piece.element().iter("p", "li")
        if not len(node) or node.tag == "p"
    ]
    assert [said for said in ends if not said.endswith((".", ":"))] == []
    assert [said for said in ends if not said[:1].isupper() and not said.startswith(("“", "("))] == []
