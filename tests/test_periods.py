from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partybuilding.errors import UserError
from partybuilding.periods import FIRST_YEAR, LAST_YEAR, Period

PERIODS = st.builds(
    lambda year, part: Period.parse(f"{year}{part}"),
    st.integers(FIRST_YEAR + 1, LAST_YEAR - 1),
    st.sampled_from(["", "-H1", "-H2", *(f"-Q{n}" for n in range(1, 5)), *(f"-{n:02d}" for n in range(1, 13))]),
)


@pytest.mark.parametrize(
    ("text", "start", "end", "previous", "following", "year_ago"),
    [
        ("2022", date(2022, 1, 1), date(2022, 12, 31), "2021", "2023", "2021"),
        ("2022-H1", date(2022, 1, 1), date(2022, 6, 30), "2021-H2", "2022-H2", "2021-H1"),
        ("2022-H2", date(2022, 7, 1), date(2022, 12, 31), "2022-H1", "2023-H1", "2021-H2"),
        ("2022-Q1", date(2022, 1, 1), date(2022, 3, 31), "2021-Q4", "2022-Q2", "2021-Q1"),
        ("2022-Q4", date(2022, 10, 1), date(2022, 12, 31), "2022-Q3", "2023-Q1", "2021-Q4"),
        ("2022-01", date(2022, 1, 1), date(2022, 1, 31), "2021-12", "2022-02", "2021-01"),
        ("2022-12", date(2022, 12, 1), date(2022, 12, 31), "2022-11", "2023-01", "2021-12"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01", "2024-03", "2023-02"),  # leap year
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28), "2023-01", "2023-03", "2022-02"),
        ("2000-02", date(2000, 2, 1), date(2000, 2, 29), "2000-01", "2000-03", "1999-02"),  # divisible by 400
    ],
)
def test_a_period_knows_its_days_and_its_neighbours(
    text: str, start: date, end: date, previous: str, following: str, year_ago: str
) -> None:
    period = Period.parse(text)
    assert str(period) == text
    assert (period.start, period.end) == (start, end)
    assert [str(p) for p in (period.previous, period.next, period.year_ago)] == [previous, following, year_ago]


def test_periods_stand_in_order_of_their_end_the_longer_one_first() -> None:
    in_order = ["2021-12", "2022-01", "2022-Q1", "2022-03", "2022-H1", "2022-Q2", "2022-06"]
    in_order += ["2022", "2022-H2", "2022-Q4", "2022-12", "2023-01"]
    assert [str(period) for period in sorted(Period.parse(text) for text in sorted(in_order))] == in_order
    assert Period.parse("2021") < Period.parse("2022-01") < Period.parse("2022")
    assert Period.parse("2022") >= Period.parse("2022")


def test_blanks_around_a_period_do_not_matter() -> None:
    assert Period.parse(" 2022-Q4\n") == Period.parse("2022-Q4")


WRONG = ["2022-13", "2022-00", "2022-1", "2022-Q5", "2022-Q0", "2022-H3", "2022-q4", "22", "02022", "1989", "2101", ""]
HOSTILE = [
    "<script>",
    "#panic",
    "../2022",
    "=1+1",
    "2022\x00",
    "{value}",
    "2" * 10_000,
    "2022-11-01",
    "2022/11",
    "-2022",
]


@pytest.mark.parametrize("text", WRONG + HOSTILE)
def test_anything_else_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(UserError) as caught:
        Period.parse(text)
    assert caught.value.message("vi") == (
        f'Kỳ báo cáo "{text}" không hợp lệ. Hãy viết năm, nửa năm, quý hoặc tháng: 2022, 2022-H1, 2022-Q4, 2022-11.'
    )
    assert caught.value.message("en") == (
        f'Period "{text}" is not one. Write a year, half-year, quarter or month: 2022, 2022-H1, 2022-Q4, 2022-11.'
    )


@pytest.mark.parametrize("year", [FIRST_YEAR, LAST_YEAR])
def test_the_first_and_the_last_year_are_allowed(year: int) -> None:
    assert Period.parse(str(year)).end == date(year, 12, 31)


@settings(deadline=None)  # a busy machine is no failure
@given(PERIODS)
def test_a_period_reads_back_as_it_is_written(period: Period) -> None:
    assert Period.parse(str(period)) == period


@settings(deadline=None)  # a busy machine is no failure
@given(PERIODS)
def test_previous_and_next_undo_each_other_and_touch(period: Period) -> None:
    assert period.previous.next == period == period.next.previous
    assert period.previous.end + timedelta(days=1) == period.start
    assert period.next.start == period.end + timedelta(days=1)
    assert period.previous < period < period.next


@settings(deadline=None)  # a busy machine is no failure
@given(PERIODS)
def test_a_year_ago_is_as_many_steps_back_as_the_year_has_such_periods(period: Period) -> None:
    back = period
    for _ in range(12 // period.months):
        back = back.previous
    assert back == period.year_ago


@settings(deadline=None)  # a busy machine is no failure
@given(PERIODS, PERIODS)
def test_of_two_different_periods_one_is_earlier(one: Period, other: Period) -> None:
    assert (one < other) + (other < one) == (one != other)
