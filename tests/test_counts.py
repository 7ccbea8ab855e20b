"""Indicators from counts: held against a second, naive reading of params/indicators.yaml, and worked by hand."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import ROOT, catalog, register

from partybuilding.assess import counts
from partybuilding.assess.counts import Tally
from partybuilding.assess.indicators import Value
from partybuilding.assess.returns import Return
from partybuilding.periods import Period

Row = dict[str, Any]
NAMES = ("xã", "Đăk Hà", "A")


@cache
def params(name: str) -> Any:
    return yaml.safe_load((ROOT / "params" / name).read_text(encoding="utf-8"))


def made(rows: Iterable[Row], province: Row | None = None, period: str = "2022", first: int = 3) -> Return:
    """A return of Kon Tum with these rows; what a row does not name is blank."""
    rows = list(rows)
    index = pd.Index(range(first, first + len(rows)), name="row", dtype="int64")
    columns = {}
    for name, column in params("returns.yaml")["cells"].items():
        kind = "Int64" if column["kind"] in ("count", "flag") else "string"
        columns[name] = pd.Series([row.get(name) for row in rows], index=index, dtype=kind)
    keys = [name for name, line in params("returns.yaml")["province"].items() if line["kind"] == "count"]
    return Return(
        file="kon-tum.xlsx",
        sha256="0" * 64,
        province=register().at("kon-tum", Period.parse(period)),
        period=Period.parse(period),
        as_of=date(2022, 12, 31),
        status="official",
        prepared_by="",
        cells=pd.DataFrame(columns, index=index),
        counts={name: (province or {}).get(name) for name in keys},
        standards={},
        texts={},
        findings=(),
    )


def tally(name: str, rows: Iterable[Row], province: Row | None = None, due: int | None = None) -> Tally | None:
    rows = list(rows)
    return counts.tally(catalog().indicators[name], made(rows, province), catalog(), len(rows) if due is None else due)


def valued(name: str, given: Return, due: int | None = None) -> Value | None:
    return counts.value(catalog().indicators[name], [given], catalog(), [len(given.cells) if due is None else due])


# ---- a second, naive implementation: rows as dicts, formulas read from the text of params/ as its head describes them


class BlankError(Exception):
    """A column that the unit did not report."""


def of_row(text: str, row: Row) -> int:
    """What one row gives to a formula, column by column as the text says."""

    def cell(name: str) -> Any:
        if row.get(name) is None:
            raise BlankError
        return row[name]

    if text == "units":
        return 1
    if text.startswith("all("):
        return int({cell(name.strip()) for name in text[4:-1].split(",")} == {1})
    if "=" in text:
        column, words = text.split("=")
        return int(cell(column.strip()) in [word.strip() for word in words.split("|")])
    return sum(0 if name.strip().startswith("province.") else int(cell(name.strip())) for name in text.split("+"))


def naive(entry: Row, rows: list[Row], province: Row, register_units: int) -> tuple[Any, ...] | None:
    """(numerator, denominator, units reporting, units due, amount); None where sheet province leaves a line blank.

    Units due are those that should have reported what the indicator needs. A unit without a cell is not due for what
    only a cell can have; one that does not say whether it has a cell is. With `among`, a unit known to lie outside is
    not due; one that left the column blank is due and not reporting. A commune of the register that sent no row at all
    is due and not reporting: nobody knows that it has no cell.
    """
    texts = [entry["numerator"], *([entry["denominator"]] if "denominator" in entry else [])]
    fixed = []
    for text in texts:
        lines = [name.strip()[9:] for name in text.split("+") if name.strip().startswith("province.")]
        if any(province.get(name) is None for name in lines):
            return None
        fixed.append(sum(province[name] for name in lines))
    if all(text.startswith("province.") for text in texts):
        sums, reporting, due = fixed, 1, 1
    else:
        every = " ".join([*texts, entry.get("among", "")])
        cell_only = params("returns.yaml")["rules"]["cell_only"]
        of_cell = any(re.search(rf"(?<![.\w]){name}(?!\w)", every) for name in cell_only)
        column, limit = entry["among"].split(" >= ") if "among" in entry else ("", "0")
        sums, reporting, due = list(fixed), 0, register_units - len(rows)
        for row in rows:
            if of_cell and row.get("cell_established") == 0:
                continue
            if column and row.get(column) is not None and row[column] < int(limit):
                continue
            due += 1
            try:
                here = [of_row(text, row) for text in texts]
                of_row(column or "units", row)
            except BlankError:
                continue
            reporting += 1
            sums = [total + one for total, one in zip(sums, here, strict=True)]
    numerator, denominator = sums[0], sums[1] if len(sums) > 1 else None
    amount: float | None = float(numerator)
    if denominator is not None:
        amount = 100 * numerator / denominator if denominator else None
    return numerator, denominator, reporting, due, amount if reporting else None


def random_return(chance: random.Random) -> tuple[list[Row], Row]:
    """Rows with blanks, zeros, units without a cell, `not_rated`; some dense, some nearly empty."""
    blank = chance.choice((0, 0, 0.02, 0.1, 0.5, 1))
    highest = chance.choice((0, 1, 3, 12, 500))
    rows = []
    for _ in range(chance.randint(1, 12)):
        row: Row = {}
        for name, column in params("returns.yaml")["cells"].items():
            if chance.random() < blank:
                continue
            kind = column["kind"]
            given = {"flag": chance.randint(0, 1), "count": chance.randint(0, highest), "text": chance.choice(NAMES)}
            row[name] = given[kind] if kind in given else chance.choice(column["values"])
        if row.get("cell_established") == 0 and chance.random() < 0.8:
            for name in params("returns.yaml")["rules"]["cell_only"]:
                row.pop(name, None)
        rows.append(row)
    keys = [name for name, line in params("returns.yaml")["province"].items() if line["kind"] == "count"]
    return rows, {name: chance.randint(0, highest) for name in keys if chance.random() >= blank}


def test_a_second_naive_implementation_agrees_exactly_on_a_thousand_random_returns() -> None:
    entries = {
        name: entry
        for name, entry in params("indicators.yaml")["indicators"].items()
        if entry["kind"] in ("rate", "count") and "numerator" in entry
    }
    assert len(entries) > 50
    chance, seen = random.Random(20_220_720), {"whole": 0, "partial": 0, "none": 0, "empty": 0}
    for number in range(1000):
        rows, province = random_return(chance)
        given, due = made(rows, province), len(rows) + chance.choice((0, 0, 1, 5))
        for name, entry in entries.items():
            wanted = naive(entry, rows, province, due)
            value = valued(name, given, due)
            if value is None:
                found = counts.tally(catalog().indicators[name], given, catalog(), due)
                got = found and (found.numerator, found.denominator, found.reporting, found.due, found.amount)
                assert got == wanted, (number, name)
                assert wanted is None or wanted[4] is None
                seen["none" if wanted is None or not wanted[2] else "empty"] += 1
            else:
                shown = (value.numerator, value.denominator, value.units_reporting, value.units_due, value.amount)
                assert shown == wanted, (number, name)
                seen["partial" if value.units_reporting != value.units_due else "whole"] += 1
    assert min(seen.values()) > 1000, seen  # each of the four outcomes was really met


def test_the_naive_reading_knows_every_form_that_the_params_use() -> None:
    forms = {"units", "all(", "=", "+", "province.", "among"}
    texts = [
        str(entry.get(key, "")) + (" among" if "among" in entry else "")
        for entry in params("indicators.yaml")["indicators"].values()
        for key in ("numerator", "denominator")
    ]
    assert {form for form in forms if any(form in text for text in texts)} == forms


# ---- edges, by hand


def test_an_empty_return_reports_nothing_and_all_units_are_due() -> None:
    assert tally("military_cell_coverage_rate", [], due=102) == Tally(0, 0, 0, 102)
    assert tally("new_member_count", [], due=102) == Tally(0, None, 0, 102)
    for name in ("military_cell_coverage_rate", "new_member_count", "cell_task_completion_rate", "survey_count"):
        assert valued(name, made([]), 102) is None


def test_one_row() -> None:
    row = {"cell_established": 1, "standing_board": 1, "official_members": 9}
    assert tally("cell_standing_board_rate", [row]) == Tally(1, 1, 1, 1)
    assert tally("cell_standing_board_eligible_rate", [row]) == Tally(1, 1, 1, 1)
    value = valued("cell_standing_board_rate", made([row]))
    assert value is not None
    assert (value.amount, value.qualifier, value.trail[0].rows) == (100.0, "=", "3-3")


def test_all_blank_is_not_zero() -> None:
    rows: list[Row] = [{}, {}, {}]
    assert tally("cell_standing_board_rate", rows) == Tally(0, 0, 0, 3)
    found = tally("new_member_count", rows)
    assert found == Tally(0, None, 0, 3)
    assert found.amount is None
    zero = tally("new_member_count", [{"cell_established": 1, "members_admitted": 0}])
    assert zero is not None
    assert zero.amount == 0.0


def test_a_rate_over_nothing_has_no_value() -> None:
    rows = [{"cell_established": 1, "issues_detected": 0, "issues_settled": 0}] * 2
    found = tally("issues_settled_rate", rows)
    assert found == Tally(0, 0, 2, 2)
    assert found.amount is None
    assert valued("issues_settled_rate", made(rows)) is None


@pytest.mark.parametrize(("have", "amount"), [(0, 0.0), (3, 100.0), (1, 100 / 3)])
def test_none_all_and_some(have: int, amount: float) -> None:
    rows = [{"cell_established": 1, "standing_board": int(number < have)} for number in range(3)]
    value = valued("cell_standing_board_rate", made(rows))
    assert value is not None
    assert (value.numerator, value.denominator, value.amount) == (have, 3, amount)


def test_a_unit_without_a_cell_is_not_due_for_what_only_a_cell_has() -> None:
    rows = [
        {"cell_established": 1, "standing_board": 1, "militia_members": 2, "militia_strength": 10},
        {"cell_established": 1, "standing_board": 0, "militia_members": 3, "militia_strength": 10},
        {"cell_established": 0, "militia_members": 1, "militia_strength": 10},  # no cell, but it has a militia
        {"cell_established": 1},  # has a cell, left the rest blank: due, not reporting
        {"standing_board": 1},  # does not say whether it has a cell: due, not reporting
    ]
    assert tally("military_cell_coverage_rate", rows) == Tally(3, 4, 4, 5)
    assert tally("cell_standing_board_rate", rows) == Tally(1, 2, 2, 4)
    assert tally("militia_party_member_rate", rows) == Tally(6, 30, 3, 5)
    # two more communes of the register sent no row: due for everything, as nobody knows that they have no cell
    assert tally("cell_standing_board_rate", rows, due=7) == Tally(1, 2, 2, 6)


def test_among_looks_only_at_cells_that_may_have_a_board() -> None:
    rows = [
        {"cell_established": 1, "standing_board": 1, "official_members": 9},
        {"cell_established": 1, "standing_board": 0, "official_members": 12},
        {"cell_established": 1, "standing_board": 1, "official_members": 8},  # too small: not looked at
        {"cell_established": 1, "standing_board": 1},  # size not known: due, not reporting
        {"cell_established": 0},
    ]
    assert tally("cell_standing_board_eligible_rate", rows) == Tally(1, 2, 2, 3)
    assert tally("cell_standing_board_rate", rows) == Tally(3, 4, 4, 4)


def test_all_seven_points_must_be_kept() -> None:
    seven = re.findall(r"\w+", params("indicators.yaml")["indicators"]["four_good_three_no_cell_rate"]["numerator"])[1:]
    assert len(seven) == 7
    full: Row = {"cell_established": 1, **dict.fromkeys(seven, 1)}
    spoilt = [{**full, name: 0} for name in seven]
    unknown = {**full, seven[3]: None}
    assert tally("four_good_three_no_cell_rate", [full, *spoilt, unknown]) == Tally(1, 8, 8, 9)
    assert tally("four_good_three_no_cell_rate", [full, unknown]) == Tally(1, 1, 1, 2)


def test_cells_not_rated_are_reported_but_not_in_the_base() -> None:
    levels = ("excellent", "good", "good", "completed", "not_completed", "not_rated", None)
    rows = [{"cell_established": 1, "cell_rating": level} for level in levels]
    assert tally("cell_good_or_excellent_rate", rows) == Tally(3, 5, 6, 7)
    assert tally("cell_task_completion_rate", rows) == Tally(4, 5, 6, 7)


def test_counts_of_sheet_province_are_reported_by_one() -> None:
    lines = {"hot_spots": 0, "inspections_done": 12, "inspections_planned": 10}
    assert tally("hot_spot_count", [], lines, due=102) == Tally(0, None, 1, 1)
    assert tally("inspection_plan_attainment_rate", [{}], lines) == Tally(12, 10, 1, 1)
    assert tally("survey_count", [{}], lines) is None
    assert tally("inspection_plan_attainment_rate", [{}], {"inspections_done": 12}) is None
    none_planned = tally("inspection_plan_attainment_rate", [{}], {"inspections_done": 1, "inspections_planned": 0})
    assert none_planned is not None
    assert none_planned.amount is None
    value = valued("inspection_plan_attainment_rate", made([{}], lines))
    assert value is not None
    assert value.amount == 120.0
    assert [(trail.sheet, trail.rows) for trail in value.trail] == [
        ("province", "inspections_done, inspections_planned")
    ]


def test_a_rate_over_both_sheets() -> None:
    rows = [
        {"cell_established": 1, "official_members": 9, "probationary_members": 1},
        {"cell_established": 1, "official_members": 8, "probationary_members": 2},
        {"cell_established": 1, "official_members": 7},  # blank: not in the base
        {"cell_established": 0},
    ]
    assert tally("member_screening_rate", rows, {"members_screened": 18}) == Tally(18, 20, 2, 3)
    assert tally("member_screening_rate", rows) is None
    value = valued("member_screening_rate", made(rows, {"members_screened": 18}))
    assert value is not None
    assert value.amount == 90.0
    assert [(trail.sheet, trail.rows) for trail in value.trail] == [("province", "members_screened"), ("cells", "3-6")]


def test_areas_add_up_to_the_province() -> None:
    areas = ("A", "A", "B", None)
    rows = [{"cell_established": 1, "standing_board": int(n % 2), "area": area} for n, area in enumerate(areas)]
    given, indicator = made(rows), catalog().indicators["cell_standing_board_rate"]
    parts = [counts.tally(indicator, given, catalog(), 4, area) for area in ("A", "B")]
    assert parts == [Tally(1, 2, 2, 2), Tally(0, 1, 1, 1)]


def test_a_statement_has_its_note_and_does_not_add_up() -> None:
    given = replace(made([]), standards={"advisory_function": ("partly", "chậm ở 2 huyện"), "solidarity": (None, "")})
    value = valued("advisory_function", given)
    assert value is not None
    assert (value.state, value.note("vi"), value.amount, value.qualifier) == ("partly", "chậm ở 2 huyện", None, None)
    assert [(trail.sheet, trail.rows) for trail in value.trail] == [("province", "advisory_function")]
    assert valued("solidarity_exemplary_role", given) is None
    indicator = catalog().indicators["advisory_function"]
    assert counts.value(indicator, [given, given], catalog(), [1, 1]) is None
    assert valued("callup_quality", given) is None  # only articles say it


def test_several_returns_are_summed_never_averaged() -> None:
    large = made([{"cell_established": 1, "issues_detected": 8, "issues_settled": 6}])
    small = made([{"cell_established": 1, "issues_detected": 2, "issues_settled": 2}])
    none_arose = made([{"cell_established": 1, "issues_detected": 0, "issues_settled": 0}])
    silent = made([{"cell_established": 1}])
    indicator = catalog().indicators["issues_settled_rate"]

    def over(*returns: Return) -> Value | None:
        return counts.value(indicator, returns, catalog(), [len(given.cells) for given in returns])

    both = over(large, small)
    assert both is not None
    assert (both.numerator, both.denominator, both.amount) == (8, 10, 80.0)  # the mean of 75 % and 100 % is 87.5 %
    assert (both.units_reporting, both.units_due, len(both.trail)) == (2, 2, 2)
    # no issue arose in one of them: 6 of 8 + 0 of 0
    quiet = over(large, none_arose)
    assert quiet is not None
    assert (quiet.numerator, quiet.denominator, quiet.amount) == (6, 8, 75.0)
    assert over(none_arose, none_arose) is None
    assert over(large, silent) is None  # half of the area would stand for the whole
