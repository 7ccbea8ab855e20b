"""Head and foot in the Party's form: what is printed, and what stays open for a hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.present.layout import Layout
from partybuilding.present.wording import Words
from partybuilding.units import Register, Unit

YEAR = Period.parse("2022")


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.read()


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout.read()


def head(layout: Layout, unit: Unit, lang: str, dated: date | None = None) -> dict[str, str]:
    return dict(layout.head(unit, Words(lang), 2022, dated, "…").lines)


def test_the_head_has_the_lines_of_the_party_form_in_order(layout: Layout, register: Register) -> None:
    block = layout.head(register.at("kon-tum", YEAR), Words("vi"), 2022, None, "đánh giá năm 2022")
    assert (block.tag, block.name) == ("header", "document-head")
    assert list(block.lines) == [
        ("superior", "ĐẢNG BỘ TỈNH KON TUM"),
        ("issuer", "ĐẢNG ỦY QUÂN SỰ TỈNH"),
        ("number", "Số          -BC/ĐU"),
        ("draft", "Dự thảo"),
        ("party", "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("place-date", "Kon Tum, ngày      tháng      năm 2022"),
        ("title", "BÁO CÁO"),
        ("excerpt", "đánh giá năm 2022"),
    ]


def test_the_english_head_says_the_same(layout: Layout, register: Register) -> None:
    block = layout.head(register.at("kon-tum", YEAR), Words("en"), 2022, None, "Assessment")
    assert list(block.lines) == [
        ("superior", "PARTY ORGANISATION OF KON TUM"),
        ("issuer", "PROVINCIAL MILITARY PARTY COMMITTEE"),
        ("number", "No.          -BC/ĐU"),
        ("draft", "Draft"),
        ("party", "COMMUNIST PARTY OF VIETNAM"),
        ("place-date", "Kon Tum,                     2022"),
        ("title", "REPORT"),
        ("excerpt", "Assessment"),
    ]


@pytest.mark.parametrize(
    ("slug", "superior", "issuer"),
    [
        ("bac-giang", "ĐẢNG BỘ TỈNH BẮC GIANG", "ĐẢNG ỦY QUÂN SỰ TỈNH"),
        ("dak-lak", "ĐẢNG BỘ TỈNH ĐẮK LẮK", "ĐẢNG ỦY QUÂN SỰ TỈNH"),
        ("da-nang", "ĐẢNG BỘ THÀNH PHỐ ĐÀ NẴNG", "ĐẢNG ỦY QUÂN SỰ THÀNH PHỐ"),
    ],
)
def test_a_city_is_called_a_city(layout: Layout, register: Register, slug: str, superior: str, issuer: str) -> None:
    lines = head(layout, register.at(slug, YEAR), "vi")
    assert (lines["superior"], lines["issuer"]) == (superior, issuer)


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        (date(2022, 2, 5), "ngày 05 tháng 02 năm 2022", "5 February 2022"),
        (date(2022, 1, 31), "ngày 31 tháng 01 năm 2022", "31 January 2022"),
        (date(2022, 3, 5), "ngày 05 tháng 3 năm 2022", "5 March 2022"),
        (date(2022, 10, 15), "ngày 15 tháng 10 năm 2022", "15 October 2022"),
        (date(2023, 1, 9), "ngày 09 tháng 01 năm 2023", "9 January 2023"),
    ],
)
def test_a_date_has_a_zero_before_days_to_nine_and_months_to_two(
    layout: Layout, register: Register, day: date, vi: str, en: str
) -> None:
    unit = register.at("kon-tum", YEAR)
    assert head(layout, unit, "vi", day)["place-date"] == f"Kon Tum, {vi}"
    assert head(layout, unit, "en", day)["place-date"] == f"Kon Tum, {en}"


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "vi",
            [
                ("closing", "Hết."),
                ("recipients-head", "Nơi nhận:"),
                ("recipient", "- ………………………………,"),
                ("recipient", "- ………………………………,"),
                ("recipient", "- Lưu ………………………"),
                ("authority", "T/M ĐẢNG ỦY"),
            ],
        ),
        (
            "en",
            [
                ("closing", "Hết."),
                ("recipients-head", "Distribution:"),
                ("recipient", "- ………………………………"),
                ("recipient", "- ………………………………"),
                ("recipient", "- File ………………………"),
                ("authority", "FOR THE PARTY COMMITTEE"),
            ],
        ),
    ],
)
def test_the_foot_leaves_recipients_and_signer_open(layout: Layout, lang: str, lines: list[Any]) -> None:
    block = layout.foot(Words(lang), "Hết.")
    assert (block.tag, block.name, list(block.lines)) == ("footer", "document-foot", lines)


@pytest.mark.parametrize("word", ["{braces}", "{}", "{0}", "{place.__class__}", "{", "<b>&", "%s $x$"])
def test_words_of_the_office_that_are_no_field_are_printed_as_they_stand(
    layout: Layout, register: Register, word: str
) -> None:
    frame = layout.vi.model_copy(update={"superior": f"{word} {{KIND}}", "issuer": word, "number": word})
    lines = head(layout.model_copy(update={"vi": frame}), register.at("kon-tum", YEAR), "vi")
    assert (lines["superior"], lines["issuer"], lines["number"]) == (f"{word} TỈNH", word, word)


def test_a_name_is_not_filled_in_a_second_time(layout: Layout, register: Register) -> None:
    unit = register.at("kon-tum", YEAR).model_copy(update={"name_vi": "{year} {KIND}"})
    assert head(layout, unit, "vi")["superior"] == "ĐẢNG BỘ TỈNH {YEAR} {KIND}"
    assert head(layout, unit, "vi")["place-date"] == "{year} {KIND}, ngày      tháng      năm 2022"


def test_an_office_may_change_the_words(project: Path) -> None:
    file = project / "params" / "layout.yaml"
    file.write_text(file.read_text("utf-8").replace("ĐẢNG BỘ {KIND} {PLACE}", "ĐẢNG ỦY QUÂN KHU 5, {place} {year}"))
    unit = Register.read().at("kon-tum", YEAR)
    assert head(Layout.read(), unit, "vi")["superior"] == "ĐẢNG ỦY QUÂN KHU 5, Kon Tum 2022"


def test_a_key_that_is_missing_is_named(project: Path) -> None:
    file = project / "params" / "layout.yaml"
    file.write_text(file.read_text("utf-8").replace("  draft: Dự thảo\n", ""))
    with pytest.raises(UserError) as caught:
        Layout.read()
    assert (caught.value.code, caught.value.fields["key"]) == ("key_missing", "vi.draft")
