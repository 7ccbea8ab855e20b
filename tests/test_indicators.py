from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from partybuilding.assess.indicators import Interval, Value, agrees, plus, rate, units_to_close

TENTHS = st.integers(0, 1200).map(lambda tenths: tenths / 10)
RELATIONS = st.sampled_from([">=", ">", "<=", "<"])
QUALIFIERS = st.sampled_from(["=", ">", ">=", "<", "<=", "~", "all", "some"])


def compare(number: Fraction, relation: str, target: float) -> bool:
    edge = Fraction(str(target))
    return {">=": number >= edge, ">": number > edge, "<=": number <= edge, "<": number < edge}[relation]


# ---- rates and printed values


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 102, 0),
        (102, 102, 100),
        (1, 1, 100),
        (17, 20, 85),
        (110, 100, 110),  # attainment of a plan may pass 100
        (92, 102, 90.19607843137256),  # 9200 / 102
    ],
)
def test_a_rate_is_in_per_cent_at_full_precision(numerator: int, denominator: int, expected: float) -> None:
    assert rate(numerator, denominator) == expected


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_rate_over_nothing_raises(denominator: int) -> None:
    with pytest.raises(ValueError, match="a rate needs a denominator above 0"):
        rate(0, denominator)


@pytest.mark.parametrize(
    ("computed", "printed", "expected"),
    [
        (rate(92, 102), "90.2", True),  # 90.196 rounds to 90.2
        (rate(92, 102), "90,2", True),
        (rate(92, 102), "90.1", False),
        (rate(92, 102), "90.20", True),  # 90.196 is within 0.005 of 90.20
        (rate(92, 102), "90.19", False),  # 90.19608 - 90.19 = 0.00608 > 0.005
        (rate(92, 102), "90", True),
        (rate(91, 102), "90.2", False),  # 89.2
        (rate(93, 102), "91.2", True),  # 91.176
        (90.25, "90.2", True),  # exactly half a step: rounded down or up
        (90.25, "90.3", True),
        (90.5, "90", True),
        (90.51, "90", False),
        (0.0, "0", True),
        (100.0, "100", True),
        (100.0, "99.9", False),
    ],
)
def test_a_rate_agrees_with_what_is_printed_at_its_decimals(computed: float, printed: str, expected: bool) -> None:
    assert agrees(computed, printed) is expected


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 4))
def test_a_rate_agrees_with_itself_rounded(numerator: int, denominator: int, decimals: int) -> None:
    assert agrees(rate(numerator, denominator), f"{rate(numerator, denominator):.{decimals}f}")


def test_a_margin_is_added_as_it_is_written() -> None:
    assert 5.2 - 5 > 0.2  # what floats make of it
    assert (plus(5.2, -5), plus(90, 0.5), plus(90.2, 0)) == (0.2, 90.5, 90.2)


# ---- intervals


@pytest.mark.parametrize(
    ("qualifier", "amount", "expected"),
    [
        ("=", 90.0, Interval(90, 90)),
        ("all", 100.0, Interval(100, 100)),
        (">", 90.0, Interval(90, math.inf, low_open=True)),
        (">=", 90.0, Interval(90, math.inf)),
        ("<", 90.0, Interval(-math.inf, 90, high_open=True)),
        ("<=", 90.0, Interval(-math.inf, 90)),
        ("~", 90.0, Interval(89.5, 90.5)),
        ("some", None, Interval(0, math.inf, low_open=True)),
    ],
)
def test_a_qualifier_says_what_is_possible(qualifier: str, amount: float | None, expected: Interval) -> None:
    assert Interval.of(qualifier, amount, about=0.5) == expected


@pytest.mark.parametrize(
    ("qualifier", "amount", "relation", "target", "expected"),
    [
        ("=", 95, ">=", 95, True),
        ("=", 95, ">", 95, False),
        ("=", 95, "<=", 95, True),
        ("=", 95, "<", 95, False),
        (">", 90, ">", 90, True),
        (">=", 90, ">", 90, None),
        (">=", 90, ">=", 90, True),
        (">", 90, "<=", 90, False),
        (">=", 90, "<=", 90, None),  # 90 itself is possible
        (">=", 90, "<", 90, False),
        ("<", 90, ">=", 90, False),
        ("<=", 90, ">=", 90, None),
        ("<=", 90, ">", 90, False),
        ("<", 90, "<", 90, True),
        ("<=", 90, "<", 90, None),
        ("~", 90, ">=", 89.5, True),
        ("~", 90, ">", 89.5, None),
        ("~", 90, ">=", 90.5, None),
        ("~", 90, ">", 90.5, False),
        ("some", None, ">", 0, True),
        ("some", None, "<=", 0, False),
        ("some", None, "<=", 5, None),
    ],
)
def test_an_interval_meets_a_target_wholly_never_or_perhaps(
    qualifier: str, amount: float | None, relation: str, target: float, expected: bool | None
) -> None:
    assert Interval.of(qualifier, amount, 0.5).satisfies(relation, target) is expected


@settings(deadline=None)  # a busy machine is no failure
@given(QUALIFIERS, TENTHS, RELATIONS, TENTHS, st.integers(0, 1000))
@example("~", 0.7, ">=", 0.2, 0)  # 0.7 - 0.5 is 0.19999999999999996 in floats
def test_satisfies_says_of_the_interval_what_holds_for_the_numbers_in_it(
    qualifier: str, amount: float, relation: str, target: float, step: int
) -> None:
    number = Fraction(str(amount))
    half, thousandth = Fraction(1, 2), Fraction(step, 1000)
    number = {  # some number that the qualifier leaves possible
        "=": number,
        "all": number,
        ">": number + thousandth * 50 + Fraction(1, 10**6),
        "some": Fraction(1, 10**6) + thousandth * 100 + number,
        ">=": number + thousandth * 50,
        "<": number - thousandth * 50 - Fraction(1, 10**6),
        "<=": number - thousandth * 50,
        "~": number - half + thousandth,
    }[qualifier]
    verdict = Interval.of(qualifier, None if qualifier == "some" else amount, 0.5).satisfies(relation, target)
    if verdict is not None:
        assert compare(number, relation, target) is verdict


@settings(deadline=None)  # a busy machine is no failure
@given(QUALIFIERS, TENTHS, TENTHS)
def test_a_target_and_its_contrary_are_never_both_met(qualifier: str, amount: float, target: float) -> None:
    interval = Interval.of(qualifier, amount, 0.5)
    for relation, contrary in ((">=", "<"), (">", "<=")):
        answer, other = interval.satisfies(relation, target), interval.satisfies(contrary, target)
        assert (answer, other) in ((True, False), (False, True), (None, None))


# ---- values


def value(amount: float | None, qualifier: str | None, state: str | None = None) -> Value:
    return Value("x", amount, qualifier, 1, date(2022, 7, 20), state=state, note_vi="ghi chú", note_en="note")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "qualifier", "exact"),
    [(90.2, "=", True), (100, "all", True), (0, "=", True), (90, ">", False), (90, "~", False), (None, "some", False)],
)
def test_only_one_number_is_exact(amount: float | None, qualifier: str, exact: bool) -> None:
    assert value(amount, qualifier).exact is exact


def test_a_statement_in_words_is_no_interval_and_not_exact() -> None:
    met = value(None, None, "met")
    assert (met.interval(0.5), met.exact) == (None, False)
    assert (met.note("vi"), met.note("en")) == ("ghi chú", "note")


# ---- units to close


@pytest.mark.parametrize(
    ("numerator", "denominator", "relation", "target", "missing"),
    [
        (92, 102, ">=", 95, 5),  # 95 % of 102 = 96.9 -> 97
        (92, 102, ">=", 100, 10),
        (92, 102, ">", 95, 5),  # more than 96.9 -> 97
        (90, 100, ">=", 95, 5),
        (90, 100, ">", 95, 6),  # more than 95 -> 96
        (95, 100, ">=", 95, 0),
        (95, 100, ">", 95, 1),
        (102, 102, ">=", 100, 0),
        (0, 102, ">=", 100, 102),
        (0, 102, ">=", 0, 0),
        (92, 102, ">=", 90.2, 1),  # 90.2 % of 102 = 92.004: the printed 90.2 is not quite reached
        (902, 1000, ">=", 90.2, 0),  # exactly 90.2 %, though 90.2 has no exact float
        (7, 102, "<=", 5, 2),  # 5.1 -> at most 5
        (7, 100, "<=", 5, 2),
        (7, 100, "<", 5, 3),  # fewer than 5 -> 4
        (7, 102, "<", 5, 2),  # fewer than 5.1 -> 5
        (5, 100, "<=", 5, 0),
        (3, 100, "<=", 0, 3),
        (0, 100, "<=", 0, 0),
        (0, 1, ">=", 50, 1),
    ],
)
def test_so_many_units_are_missing(
    numerator: int, denominator: int, relation: str, target: float, missing: int
) -> None:
    assert units_to_close(numerator, denominator, relation, target) == missing


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 300), st.integers(1, 300), RELATIONS, st.integers(1, 999).map(lambda tenths: tenths / 10))
def test_with_the_missing_units_the_target_is_met_and_with_one_less_it_is_not(
    numerator: int, denominator: int, relation: str, target: float
) -> None:
    assume(numerator <= denominator)
    missing = units_to_close(numerator, denominator, relation, target)
    towards = 1 if relation in (">=", ">") else -1
    assert compare(Fraction(100 * (numerator + towards * missing), denominator), relation, target)
    if missing:
        assert not compare(Fraction(100 * (numerator + towards * (missing - 1)), denominator), relation, target)
