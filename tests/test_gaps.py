"""What silent units leave open: bounds worked by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from test_counts import catalog, made

from partybuilding.assess import counts
from partybuilding.assess.gaps import Gap, gap, partial

Row = dict[str, Any]
CELL: Row = {"cell_established": 1, "standing_board": 1}
MEMBERS: Row = {"cell_established": 1, "official_members": 8, "probationary_members": 2}


def bounds(name: str, rows: Sequence[Row], due: int, province: Row | None = None) -> Gap | None:
    given, indicator = made(rows, province), catalog().indicators[name]
    value = counts.value(indicator, [given], catalog(), [due])
    assert value
    return gap(indicator, value, given, catalog())


@pytest.mark.parametrize(
    ("name", "rows", "due", "expected"),
    [
        # all reported: nothing is open
        ("cell_standing_board_rate", [CELL] * 4, 4, None),
        # 3 of 4 cells, one unit sent nothing: 3 of 5 to 4 of 5
        ("cell_standing_board_rate", [*[CELL] * 3, CELL | {"standing_board": 0}], 5, Gap(60, 80)),
        # 3 of 3, one left the flag blank, one sent nothing: 3 of 5 to 5 of 5
        ("cell_standing_board_rate", [*[CELL] * 3, CELL | {"standing_board": None}], 5, Gap(60, 100)),
        # 9 of 10 members each in two cells; the third tells its 10 members but not this: 18 of 30 to 28 of 30
        ("member_commitment_rate", [*[MEMBERS | {"members_committed": 9}] * 2, MEMBERS], 3, Gap(60, 100 * 28 / 30)),
        # the same, but the third sent nothing: it is taken to be as large as the mean of the others, 10
        ("member_commitment_rate", [MEMBERS | {"members_committed": 9}] * 2, 3, Gap(60, 100 * 28 / 30, estimated=True)),
        # the third has 2 members: the bounds would tell that small number, so the mean stands for it
        (
            "member_commitment_rate",
            [*[MEMBERS | {"members_committed": 9}] * 2, MEMBERS | {"official_members": 2, "probationary_members": 0}],
            3,
            Gap(60, 100 * 28 / 30, estimated=True),
        ),
        # a count can only grow
        ("new_member_count", [CELL | {"members_admitted": 3}] * 2, 3, Gap(6, math.inf)),
    ],
)
def test_bounds_are_those_of_all_silent_units_at_0_and_at_100(
    name: str, rows: list[Row], due: int, expected: Gap | None
) -> None:
    found = bounds(name, rows, due)
    assert (found is None) == (expected is None)
    if found and expected:
        assert [found.low, found.high] == pytest.approx([expected.low, expected.high])
        assert found.estimated is expected.estimated


def test_bounds_are_exact_at_the_target() -> None:
    rows = [MEMBERS | {"members_committed": n, "official_members": n, "probationary_members": 0} for n in (7, 11, 13)]
    found = bounds("member_commitment_rate", rows, 102)
    assert found
    assert found.high == 100
    assert found.leaves_open(">=", 100)


def test_the_province_s_own_numerator_does_not_grow_with_the_units() -> None:
    found = bounds("member_screening_rate", [MEMBERS] * 2, 4, {"members_screened": 20})
    assert found == Gap(50, 100, estimated=True)


@pytest.mark.parametrize(
    ("relation", "target", "open_"),
    [(">=", 60, False), (">=", 61, True), (">", 60, True), (">=", 80, True), (">=", 81, False), ("<=", 80, False)],
)
def test_a_target_between_the_bounds_may_turn(relation: str, target: float, open_: bool) -> None:
    assert Gap(60, 80).leaves_open(relation, target) is open_


@pytest.mark.parametrize(("due", "thin"), [(9, False), (10, False), (11, True)])
def test_fewer_than_nine_in_ten_units_make_a_value_partial(due: int, thin: bool) -> None:
    value = counts.value(catalog().indicators["cell_standing_board_rate"], [made([CELL] * 9)], catalog(), [due])
    assert value
    assert partial(value, catalog()) is thin
