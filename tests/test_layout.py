"""Head and foot in the Party's form: what is printed, and what stays open for a hand."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_counted import made, reported, rows_of

from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.present.layout import Layout
from partybuilding.present.report import open_report
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
                ("closing", "Hết./."),
                ("recipients-head", "Nơi nhận:"),
                ("recipient", "- ………………………………,"),
                ("recipient", "- ………………………………,"),
                ("recipient", "- Lưu ………………………."),
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
    block = layout.foot(Words(lang), "Hết.", date(2022, 12, 31))
    assert (block.tag, block.name, list(block.lines)) == ("footer", "document-foot", lines)


def test_recipients_and_the_last_sentence_end_as_the_rule_of_the_day_asks(layout: Layout) -> None:
    lines = layout.foot(Words("vi"), "Hết.", date(2026, 5, 27)).lines
    assert [text for role, text in lines if role in ("closing", "recipient")] == [
        *("Hết.", "- ………………………………;", "- ………………………………;", "- Lưu ……………………….")
    ]


def test_a_position_stands_below_the_authority_where_the_office_names_one(layout: Layout) -> None:
    frame = layout.vi.model_copy(update={"position": "BÍ THƯ"})
    lines = layout.model_copy(update={"vi": frame}).foot(Words("vi"), "Hết.", date(2022, 1, 1)).lines
    assert lines[-2:] == [("authority", "T/M ĐẢNG ỦY"), ("position", "BÍ THƯ")]


@pytest.mark.parametrize(
    ("day", "name", "certainty"),
    [
        (date(2017, 1, 1), "hd-36", "C"),
        (date(2022, 12, 31), "hd-36", "C"),
        (date(2026, 5, 26), "hd-36", "C"),
        (date(2026, 5, 27), "hd-05", "P"),
        (date(2030, 1, 1), "hd-05", "P"),
    ],
)
def test_the_rule_is_that_of_the_day(layout: Layout, day: date, name: str, certainty: str) -> None:
    measures = layout.measures(day)
    assert (measures["id"], measures["certainty"], measures["duplex"]) == (name, certainty, False)
    assert [measures[side] for side in ("top", "bottom", "left", "right")] == [20, 20, 30, 15]
    assert measures["document"] == {"hd-36": "36-HD/VPTW", "hd-05": "05-HD/VPTW"}[name]


def test_a_report_follows_its_own_date_else_that_of_its_data_and_never_that_of_today() -> None:
    open_, dated = (open_report("kon-tum", "2022", document_date=day) for day in ("", "2026-06-01"))
    assert open_.record().content["report"]["layout"]["id"] == "hd-36"
    assert dated.record().content["report"]["layout"]["id"] == "hd-05"
    assert next(text for role, text in dated.foot().lines if role == "recipient").endswith(";")


def test_a_report_on_a_period_after_the_change_follows_the_new_rule() -> None:
    rows = rows_of("quang-ngai", "2026", 3)
    assert reported(made("quang-ngai", "2026", rows)).record().content["report"]["layout"]["id"] == "hd-05"
    assert reported(made("quang-ngai", "2025", rows)).record().content["report"]["layout"]["id"] == "hd-36"


def test_the_office_may_spell_the_word_as_its_committee_does(project: Path) -> None:
    file = project / "params" / "layout.yaml"
    file.write_text(file.read_text("utf-8").replace("spelling: ủy", "spelling: uỷ"), "utf-8")
    report = open_report("kon-tum", "2022")
    parts = [report.head(), report.situation(), report.results("organisation"), report.foot(), report.data()]
    texts = "\n".join(piece.html() for piece in parts) + json.dumps(report.record().content, ensure_ascii=False)
    assert not re.search(r"\b[ủỦ][yY]\b", texts)
    assert "ĐẢNG UỶ QUÂN SỰ TỈNH" in texts
    assert "chi uỷ" in texts


def test_only_the_word_itself_is_spelt_otherwise(layout: Layout) -> None:
    spelt = layout.model_copy(update={"spelling": "uỷ"}).spelt
    assert spelt("Đảng ủy, ĐẢNG ỦY, Ủy ban; huyện Lệ Thủy, tủy") == "Đảng uỷ, ĐẢNG UỶ, Uỷ ban; huyện Lệ Thủy, tủy"
    assert spelt({"a": ["cấp ủy", 1, None], "b": ("Ủy",)}) == {"a": ["cấp uỷ", 1, None], "b": ("Uỷ",)}
    assert layout.spelt("cấp ủy") == "cấp ủy"


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
