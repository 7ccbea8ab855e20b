from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partybuilding.assess.formula import Formula, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("units", Formula("units", "units", ())),
        ("standing_board", Formula("standing_board", "sum", ("standing_board",))),
        ("a + b+c", Formula("a + b+c", "sum", ("a", "b", "c"))),
        ("province.hot_spots", Formula("province.hot_spots", "sum", ("province.hot_spots",))),
        ("province.a + b", Formula("province.a + b", "sum", ("province.a", "b"))),
        ("all(a, b,c)", Formula("all(a, b,c)", "all", ("a", "b", "c"))),
        ("all( a )", Formula("all( a )", "all", ("a",))),
        (
            "cell_rating = excellent | good",
            Formula("cell_rating = excellent | good", "is", ("cell_rating",), ("excellent", "good")),
        ),
        ("rating=good", Formula("rating=good", "is", ("rating",), ("good",))),
        ("official_members >= 9", Formula("official_members >= 9", "at_least", ("official_members",), limit=9)),
        ("members>=120", Formula("members>=120", "at_least", ("members",), limit=120)),
    ],
)
def test_each_form_says_what_is_done_with_which_columns(text: str, expected: Formula) -> None:
    assert parse(text) == expected


WRONG = [
    "",
    " ",
    "a b",
    "a +",
    "+ a",
    "a - b",
    "a * 2",
    "2",
    "A",
    "a = ",
    "a = B",
    "a == b",
    "a > 9",
    "a >= b",
    "all()",
]
WRONG += [
    "all(a b)",
    "all(a,)",
    "any(a, b)",
    "all(province.a)",
    "other.a",
    "a.b.c",
    "a | b",
    "units\n",
    " units",
    "tỷ_lệ",
]
HOSTILE = [
    "__import__('os')",
    "<script>",
    "#panic",
    "../a",
    "=1+1",
    "a\x00",
    "{a}",
    "a >= " + "9" * 10_000,
    "a" * 10_000 + "!",
]


@pytest.mark.parametrize("text", WRONG + HOSTILE)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(lambda name: name != "units")


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(NAMES, min_size=1, max_size=6))
def test_the_columns_of_a_sum_come_back_in_their_order(names: list[str]) -> None:
    assert parse(" + ".join(names)).columns == tuple(names)
    assert parse(f"all({', '.join(names)})").columns == tuple(names)
