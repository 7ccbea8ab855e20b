"""Numbers, periods, documents and clauses in both languages; and the catalogue of words itself."""

from __future__ import annotations

import ast
import re
import string
import unicodedata
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from partybuilding import present
from partybuilding.assess.assessment import Result, Status
from partybuilding.assess.catalog import Indicator, Target
from partybuilding.assess.indicators import State, Value
from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.present import appendix
from partybuilding.present.cell import DUE
from partybuilding.present.sections import OUTCOMES
from partybuilding.present.wording import Words, rounded, sentence

ROOM = Path(present.__file__).parent
PARAMS = Path(__file__).parents[1] / "params" / "indicators.yaml"
WORDS: dict[str, dict[str, Any]] = yaml.load(
    (ROOM / "wording.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
VI, EN = Words("vi"), Words("en")


def in_both(say: Any) -> tuple[str, str]:
    """What `say` says in Vietnamese and in English."""
    return say(VI), say(EN)


def indicator(kind: str = "rate", direction: str = "higher", **given: Any) -> Indicator:
    fields: dict[str, Any] = {
        "id": "x",
        "group": "organisation",
        "vi": "Tỷ lệ chi bộ có chi ủy" if kind == "rate" else "Số đảng viên mới kết nạp",
        "en": "Cells with a cell committee" if kind == "rate" else "New members admitted",
        "definition_vi": "…",
        "definition_en": "…",
        "unit": "cell" if kind == "rate" else "member",
        "decimals": 1,
        "observed_by": ("published",),
        "article": "kon-tum-2022",
        "paragraph": 4,
    }
    return Indicator(kind=kind, direction=direction, **(fields | given))


def value(amount: float | None, qualifier: str | None = "=", decimals: int = 1, **given: Any) -> Value:
    return Value("x", amount, qualifier, decimals, date(2022, 7, 20), **given)


def target(number: float, relation: str = ">=", kind: str = "target") -> Target:
    return Target(id="t", indicator="x", relation=relation, value=number, kind=kind, source="s", certainty="C")


def result(
    what: Value | None = None,
    aim: Target | None = None,
    status: str = "no_target",
    of: Indicator | None = None,
    **given: Any,
) -> Result:
    gap = what.amount - aim.value if what and aim and what.exact and what.amount is not None else None
    return Result(of or indicator(), what, aim, status, gap=gap, **given)  # type: ignore[arg-type]


# ---- numbers, dates, periods


@pytest.mark.parametrize(
    ("amount", "decimals", "limit", "expected"),
    [
        (0.25, 1, None, "0.3"),
        (0.35, 1, None, "0.4"),
        (2.675, 2, None, "2.68"),
        (22.5, 0, None, "23"),
        (99.96, 1, None, "100.0"),
        (99.96, 1, 100, "99.9"),
        (99.996, 2, 100, "99.99"),
        (100.04, 1, 100, "100.1"),
        (100, 1, 100, "100.0"),
        (90.19607843137256, 1, 100, "90.2"),
        (0.04, 1, 0, "0.1"),
        (0, 1, 0, "0.0"),
    ],
)
def test_rounds_half_up_but_never_onto_or_across_the_limit(
    amount: float, decimals: int, limit: float | None, expected: str
) -> None:
    assert rounded(amount, decimals, limit) == Decimal(expected)
    assert str(rounded(amount, decimals, limit)) == expected


@pytest.mark.parametrize(
    ("amount", "decimals", "vi", "en"),
    [
        (0, 0, "0", "0"),
        (0, 1, "0,0", "0.0"),
        (7, 0, "7", "7"),
        (999, 0, "999", "999"),
        (10035, 0, "10.035", "10,035"),
        (10035.25, 1, "10.035,3", "10,035.3"),
        (1234567, 2, "1.234.567,00", "1,234,567.00"),
        (10.65, 2, "10,65", "10.65"),
        (Decimal("90.2"), 1, "90,2", "90.2"),
    ],
)
def test_numbers_have_the_marks_of_the_language(amount: float, decimals: int, vi: str, en: str) -> None:
    assert in_both(lambda w: w.number(amount, decimals)) == (vi, en)


def test_dates_are_short_in_vietnamese_and_spelt_in_english() -> None:
    assert in_both(lambda w: w.date(date(2022, 7, 5))) == ("5/7/2022", "5 July 2022")


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2022", "năm 2022", "2022"),
        ("2022-H1", "6 tháng đầu năm 2022", "the first half of 2022"),
        ("2022-H2", "6 tháng cuối năm 2022", "the second half of 2022"),
        ("2022-Q1", "quý I năm 2022", "the first quarter of 2022"),
        ("2022-Q2", "quý II năm 2022", "the second quarter of 2022"),
        ("2022-Q3", "quý III năm 2022", "the third quarter of 2022"),
        ("2022-Q4", "quý IV năm 2022", "the fourth quarter of 2022"),
        ("2022-01", "tháng 1 năm 2022", "January 2022"),
        ("2022-06", "tháng 6 năm 2022", "June 2022"),
        ("2022-12", "tháng 12 năm 2022", "December 2022"),
    ],
)
def test_periods_have_names(period: str, vi: str, en: str) -> None:
    assert in_both(lambda w: w.period(Period.parse(period))) == (vi, en)


@pytest.mark.parametrize(
    ("items", "vi", "en"),
    [([], "", ""), (["a"], "a", "a"), (["a", "b"], "a và b", "a and b"), (["a", "b", "c"], "a, b và c", "a, b and c")],
)
def test_lists_are_joined_as_one_says_them(items: list[str], vi: str, en: str) -> None:
    assert in_both(lambda w: w.listed(items)) == (vi, en)


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Tỷ lệ chi bộ có chi ủy", "tỷ lệ chi bộ có chi ủy"),
        ("Đoàn kết thống nhất", "đoàn kết thống nhất"),
        ("Ủy ban kiểm tra cấp trên", "ủy ban kiểm tra cấp trên"),
        ("CHQS cấp xã", "CHQS cấp xã"),
        ("Party members in the reserve force", "Party members in the reserve force"),
        ("Cells with a plan", "cells with a plan"),
        ("", ""),
    ],
)
def test_a_label_within_a_sentence_begins_small_unless_it_is_a_name(label: str, inside: str) -> None:
    assert VI.inner(label) == inside


def test_the_subject_of_a_rate_is_the_label_without_the_word_rate() -> None:
    assert VI.subject("Tỷ lệ đảng viên trẻ") == "Đảng viên trẻ"
    assert VI.subject("Số cuộc kiểm tra") == "Số cuộc kiểm tra"
    assert EN.subject("Young members") == "Young members"


@pytest.mark.parametrize(
    ("sign", "vi", "en"),
    [
        ("35-HD/BTCTW", "Hướng dẫn số 35-HD/BTCTW", "Guidance 35-HD/BTCTW"),
        ("1677/HD-CT", "Hướng dẫn số 1677/HD-CT", "Guidance 1677/HD-CT"),
        ("HD 1758", "Hướng dẫn số 1758", "Guidance 1758"),
        ("132-QĐ/TW", "Quy định số 132-QĐ/TW", "Regulation 132-QĐ/TW"),
        ("142/QĐ-BQP", "Quyết định số 142/QĐ-BQP", "Decision 142/QĐ-BQP"),
        ("1535-CT/ĐU", "Chỉ thị số 1535-CT/ĐU", "Directive 1535-CT/ĐU"),
        ("847-NQ/QUTW", "Nghị quyết số 847-NQ/QUTW", "Resolution 847-NQ/QUTW"),
        ("66.12/2026/NQ-CP", "Nghị quyết số 66.12/2026/NQ-CP", "Resolution 66.12/2026/NQ-CP"),
        ("228-KL/TW", "Kết luận số 228-KL/TW", "Conclusion 228-KL/TW"),
        ("10072-CV/BTCTW", "Công văn số 10072-CV/BTCTW", "Official letter 10072-CV/BTCTW"),
        ("48/2019/QH14", "Luật số 48/2019/QH14", "Law 48/2019/QH14"),
        ("Điều lệ Đảng", "Điều lệ Đảng", "Điều lệ Đảng"),
    ],
)
def test_documents_carry_their_type(sign: str, vi: str, en: str) -> None:
    assert in_both(lambda w: w.document(sign)) == (vi, en)


# ---- values


@pytest.mark.parametrize(
    ("what", "vi", "en"),
    [
        (value(90.19607843137256), "90,2%", "90.2%"),
        (value(10.65, decimals=2), "10,65%", "10.65%"),
        (value(95, decimals=0), "95%", "95%"),
        (value(0, decimals=0), "0%", "0%"),
        (value(0.25), "0,3%", "0.3%"),
        (value(100, "all", 0), "100% (toàn bộ)", "100% (all)"),
        (value(90, ">", 0), "> 90%", "> 90%"),
        (value(85, ">=", 0), "≥ 85%", "≥ 85%"),
        (value(5.5, "<"), "< 5,5%", "< 5.5%"),
        (value(5, "<=", 0), "≤ 5%", "≤ 5%"),
        (value(90, "~", 0), "khoảng 90%", "about 90%"),
        (value(None, "some"), "có, không nêu số liệu", "some, no figure given"),
        (value(None, None, state="met"), "được ghi nhận là đạt", "stated as met"),
        (value(None, None, state="partly"), "được ghi nhận là đạt một phần", "stated as partly met"),
        (value(None, None, state="not_met"), "được ghi nhận là chưa đạt", "stated as not met"),
        (value(250.5), "250,5%", "250.5%"),
    ],
)
def test_a_value_shows_its_qualifier(what: Value, vi: str, en: str) -> None:
    assert in_both(lambda w: w.value(result(what))) == (vi, en)


def test_a_value_that_is_missing_shows_why() -> None:
    assert in_both(lambda w: w.value(result(status="not_reported"))) == ("Chưa công bố", "Not published")
    assert in_both(lambda w: w.value(result(status="not_applicable"))) == ("Không áp dụng", "Not applicable")


def test_a_count_has_no_per_cent_sign() -> None:
    shown = result(value(10035, decimals=0), of=indicator("count"))
    assert in_both(lambda w: w.value(shown)) == ("10.035", "10,035")


@pytest.mark.parametrize(
    ("amount", "aim", "vi", "en"),
    [
        (99.96, target(100), "99,9%", "99.9%"),  # misses: not shown as met
        (84.96, target(85), "84,9%", "84.9%"),
        (85.04, target(85), "85,0%", "85.0%"),  # meets: rounded as any number
        (85.04, target(85, ">"), "85,1%", "85.1%"),  # meets only because it is above
        (5.04, target(5, "<="), "5,1%", "5.1%"),  # misses an upper limit
        (4.96, target(5, "<="), "5,0%", "5.0%"),
        (4.96, target(5, "<"), "4,9%", "4.9%"),
        (100, target(100), "100%", "100%"),
    ],
)
def test_rounding_never_turns_a_miss_into_a_hit_or_back(amount: float, aim: Target, vi: str, en: str) -> None:
    assert in_both(lambda w: w.value(result(value(amount), aim))) == (vi, en)


@pytest.mark.parametrize(
    ("aim", "vi", "en"),
    [
        (target(100), "100%", "100%"),
        (target(85), "≥ 85%", "≥ 85%"),
        (target(90, ">"), "> 90%", "> 90%"),
        (target(5, "<="), "≤ 5%", "≤ 5%"),
        (target(0, "<="), "≤ 0%", "≤ 0%"),
        (target(100, ">"), "> 100%", "> 100%"),
        (target(85.5), "≥ 85,5%", "≥ 85.5%"),
        (target(33.333), "≥ 33,333%", "≥ 33.333%"),  # all its decimals, though the indicator prints one
    ],
)
def test_a_target_is_printed_as_it_was_set(aim: Target, vi: str, en: str) -> None:
    assert in_both(lambda w: w.target(indicator(), aim)) == (vi, en)


def test_a_target_of_a_count_has_no_per_cent_sign() -> None:
    assert in_both(lambda w: w.target(indicator("count"), target(1200))) == ("≥ 1.200", "≥ 1,200")


def test_counts_say_of_what_and_whether_they_are_derived() -> None:
    known = result(value(90.2, numerator=92, denominator=102))
    derived = result(value(90.2, numerator=1092, denominator=10035, derived=True))
    assert in_both(lambda w: w.counts(known)) == ("92/102 chi bộ", "92 of 102 cells")
    assert in_both(lambda w: w.counts(derived)) == (
        "1.092/10.035 chi bộ, suy ra từ tỷ lệ",
        "1,092 of 10,035 cells, derived from the rate",
    )
    assert EN.counts(result(value(100, numerator=1, denominator=1))) == "1 of 1 cell"
    assert VI.counts(result(value(90.2))) == VI.counts(result()) == ""


@pytest.mark.parametrize(
    ("now", "before", "vi", "en"),
    [
        (value(90.2), value(88.9), "tăng 1,3 điểm phần trăm", "up 1.3 percentage points"),
        (value(10, decimals=0), value(95.5), "giảm 85,5 điểm phần trăm", "down 85.5 percentage points"),
        (value(100, "all", 0), value(0, decimals=0), "tăng 100 điểm phần trăm", "up 100 percentage points"),
        (value(90.2), value(90.2), "không đổi", "unchanged"),
        (value(90.196), value(90.2), "không đổi", "unchanged"),  # both print 90.2
        (value(90), value(80, ">"), "", ""),
        (value(90, "~"), value(80), "", ""),
        (value(None, None, state="met"), value(80), "", ""),
        (value(90), None, "", ""),
        (None, value(90), "", ""),
    ],
)
def test_a_change_is_told_only_between_two_exact_numbers(
    now: Value | None, before: Value | None, vi: str, en: str
) -> None:
    assert in_both(lambda w: w.change(result(now), before)) == (vi, en)


def test_a_change_of_a_count_is_in_units() -> None:
    counted = result(value(1200, decimals=0), of=indicator("count"))
    assert in_both(lambda w: w.change(counted, value(100, decimals=0))) == ("tăng 1.100 đảng viên", "up 1,100 members")
    assert in_both(lambda w: w.change_short(counted, value(100, decimals=0))) == ("+1.100", "+1,100")


def test_what_is_filled_in_is_never_filled_in_itself() -> None:
    assert VI("short_item", label="{value}", value="{label} {0} %s") == "{value}: {label} {0} %s"


@pytest.mark.parametrize(("n", "en"), [(0, "0 are met"), (1, "1 is met"), (2, "2 are met"), ("1", "1 is met")])
def test_the_number_chooses_the_english_form(n: int | str, en: str) -> None:
    assert EN("headline_met", n=n) == en


@pytest.mark.parametrize(
    ("name", "en"),
    [
        ("xã Đăk Mar", "Đăk Mar Commune"),
        ("thị trấn Đăk Rve", "Đăk Rve Township"),
        ("thị xã Buôn Hồ", "Buôn Hồ Town"),
        ("thành phố Kon Tum", "Kon Tum City"),
        ("huyện Ia H'Drai", "Ia H'Drai District"),
        ("quận 1", "1 Urban District"),
        ("đặc khu Lý Sơn", "Lý Sơn Special Zone"),
        ("Xã Hội", "Xã Hội"),
        ("xã", "xã"),
        ("", ""),
    ],
)
def test_a_unit_is_named_with_its_kind_in_the_language(name: str, en: str) -> None:
    assert in_both(lambda w: w.place(name)) == (name, en)


@pytest.mark.parametrize(
    ("part", "whole", "vi"),
    [(0, 0, "–"), (0, 3, "0%"), (3, 3, "100%"), (92, 102, "90,2%"), (9999, 10000, "99,9%"), (5, 4, "125,0%")],
)
def test_a_share_is_whole_only_where_it_is_all_or_nothing(part: int, whole: int, vi: str) -> None:
    assert in_both(lambda w: w.share(part, whole)) == (vi, vi.replace(",", "."))


def test_a_sentence_begins_with_a_capital_and_ends_with_one_full_stop() -> None:
    assert [sentence(text) for text in ("đạt", "đạt.", "Ừ", "")] == ["Đạt.", "Đạt.", "Ừ.", ""]


def test_another_language_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        Words("fr")
    assert caught.value.code == "language_unknown"


# ---- the catalogue


def forms(key: str, lang: str) -> list[str]:
    form = WORDS[key][lang]
    return list(form.values()) if isinstance(form, dict) else [form]


def fields(text: str) -> set[str]:
    """Fields of a sentence; a month is a number in Vietnamese and a name in English."""
    return {
        {"month_name": "month"}.get(name, name) for _, name, _, _ in string.Formatter().parse(text) if name is not None
    }


# What a label is called in one language only: Vietnamese names the thing counted where English has the whole label;
# and what the case itself says (the value of “none”, the aim of an upper limit).
OWN = {"thing", "label", "value", "aim", "gap", "kind"}


@pytest.mark.parametrize("key", WORDS)
def test_every_sentence_stands_in_both_languages_with_the_same_fields(key: str) -> None:
    assert set(WORDS[key]) == {"vi", "en"}
    for lang in ("vi", "en"):
        if isinstance(WORDS[key][lang], dict):
            assert {"other"} < set(WORDS[key][lang]) <= {"none", "one", "other"}
    every = {lang: set().union(*map(fields, forms(key, lang))) for lang in ("vi", "en")}
    assert every["vi"] - OWN == every["en"] - OWN
    # a form may leave out only the number that chose it
    for lang in ("vi", "en"):
        assert all(every[lang] - OWN <= fields(text) | {"n"} for text in forms(key, lang))


@pytest.mark.parametrize("key", WORDS)
def test_every_sentence_is_typed_clean(key: str) -> None:
    for text in (*forms(key, "vi"), *forms(key, "en")):
        assert unicodedata.is_normalized("NFC", text)
        assert "  " not in text or key == "place_date_open"
        assert not re.search(r"\s[,.;:)%]|\(\s|\.\.", text)
    assert "uỷ" not in " ".join(forms(key, "vi")).lower()


def test_no_english_remains_in_the_vietnamese() -> None:
    stop = re.compile(r"(?<!\{)\b(the|of|and|is|are|was|were|with|for|which|that|by|from|has|have|as|at|not)\b(?!\})")
    assert [key for key in WORDS if any(stop.search(text) for text in forms(key, "vi"))] == []
    same = {key for key in WORDS if WORDS[key]["vi"] == WORDS[key]["en"]}
    assert same == {
        "percent",
        "bound_gt",
        "bound_ge",
        "bound_lt",
        "bound_le",
        "short_item",
        "below_limit",
        "class_of",
        "range",
        "range_about",
        "brief_year_ago",
        "cell_in_area",
        "excerpt_cell",
        "unit_direction",
    }


def test_no_vietnamese_remains_in_the_english() -> None:
    assert [key for key in WORDS if any(not re.sub(r"[“”≥≤–…≈]", "", t).isascii() for t in forms(key, "en"))] == []


RETURNS = yaml.safe_load((PARAMS.parent / "returns.yaml").read_bytes())
UNITS = {entry["unit"] for entry in yaml.safe_load(PARAMS.read_bytes())["indicators"].values()}
DRAWN = ("figure_{}", "alt_{}")
SHORTS = [
    *("cell_structure_unsuitable_rate", "party_building_low_quality_rate", "staff_work_ineffective_rate"),
    *("regulation_coordination_ineffective_rate", "member_work_shortfall_rate"),
]
FAMILIES: dict[str, list[Any]] = {
    "status_{}": [*get_args(Status)],
    "state_{}": [*get_args(State)],
    "brief_{}": ["synthetic", "provisional"],
    "c_{}": ["indicator", "number", "whole", "value", "year_ago", "target", "status", "missing_units"],
    "c_all_{}": ["tỉnh", "thành phố"],
    "cell_not_{}": [*DUE],
    "cell_do_{}": [*DUE, *SHORTS],
    "kind_{}": ["target", "requirement", "implied", "tỉnh", "thành phố"],
    "certainty_{}": ["C", "P", "U"],
    "caution_{}": ["P", "U"],
    "unit_{}": sorted(UNITS),
    "bound_{}": ["gt", "ge", "lt", "le"],
    "value_{}": ["gt", "ge", "lt", "le"],
    "headline_{}": [*OUTCOMES],
    "headline_all_{}": [*OUTCOMES],
    "against_{}": [
        *("none", "above", "at_target", "at_requirement", "close", "met", "not_met", "over", "undetermined", "within")
    ],
    "aim_{}": ["target", "requirement"],
    "situation_published{}": ["", "_figures", "_words"],
    "gap_{}": ["close", "not_met", "over"],
    "shortcomings_{}": ["close", "both", "not_met"],
    "cover_{}": ["figure", "stated", "target", "missing"],
    "method_{}": [*appendix.TREATMENT, *appendix.OF_RETURNS],
    "method_{}_lead": [*appendix.TREATMENT, *appendix.OF_RETURNS],
    "direction_{}": ["higher", "lower", "none"],
    "place_{}": [*("huyện", "quận", "thành phố", "thị xã", "thị trấn", "xã", "phường", "đặc khu")],
    "{}_{}": [*product(("bound", "value"), ("gt", "ge", "lt", "le"))],
    "doc_{}": ["HD", "QĐ", "QĐ-BQP", "CT", "NQ", "KL", "CV", "QH"],
    "half_{}": [1, 2],
    "quarter_{}": [1, 2, 3, 4],
    "mark_{}": ["synthetic", "provisional"],
    "findings_{}": ["R08", "R09"],
    **{
        family: ["values", "trend", "coverage", "areas", "levels", "seven", "tiles", "spread", "reporting"]
        for family in DRAWN
    },
    "tile_{}": ["board", "cell", "none", "blank"],
    "units_{}": ["xã", "phường", "thị trấn", "đặc khu", "other"],
    "refuse_{}": [*re.findall(r'yield "(\w+)"', (ROOM / "questions.py").read_text("utf-8"))],
    "panel_tab_{}": ["pages", "report", "code"],
    "panel_form_{}": ["long", "brief"],
    "panel_lang_{}": ["vi", "en"],
    "rule_{}": [f"R{number:02}" for number in range(1, 13)],
    "given_{}": ["official", "provisional", "synthetic"],
    "text_{}": [name for name, column in RETURNS["province"].items() if column["kind"] == "text"],
}


def pattern(node: ast.expr) -> set[str]:
    """What a key is written as: a literal, or a pattern with {} for what varies; empty for a variable."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.JoinedStr(values=parts):
            return {"".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)}  # type: ignore[misc]
        case ast.BinOp(left=ast.Constant(value=str(text))):
            return {text + "{}"}
        case ast.IfExp(body=body, orelse=other):
            return pattern(body) | pattern(other)
    return set()


def test_every_key_is_used_and_every_key_used_exists() -> None:
    asked, named = set(), set()
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add((node.value.split() or [""])[0])  # “c_indicator 4.2” is a column and its width
            if isinstance(node, ast.JoinedStr):
                named |= pattern(node)
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func)
                if called in ("w", "words", "self.words") or (called == "self" and path.name == "wording.py"):
                    asked |= pattern(node.args[0])
    assert {key for key in asked if "{}" not in key} <= set(WORDS)
    assert {key for key in asked if "{}" in key} <= set(FAMILIES)
    stems = {key.removesuffix("__returns") for key in WORDS}
    assert stems <= set(WORDS), "a key with __returns takes the place of a key without it"
    made = {
        family.format(*(rest if isinstance(rest, tuple) else (rest,)))
        for family, rests in FAMILIES.items()
        for rest in rests
    }
    assert made <= set(WORDS)
    assert stems - made - named == set()
