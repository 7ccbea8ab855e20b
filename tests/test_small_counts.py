"""Small counts of persons in one commune: not printed, and not to be worked out by an attacker who reads everything.

The attacker has the page, the JSON and the workbook, knows which communes lie in which area and how strong their
forces are, and subtracts what is printed from every total. A table that leaks shows that he is able to.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from test_counted import Row, library, made, reported, rows_of, sections, tables

from partybuilding.assess.counts import by_unit
from partybuilding.assess.returns import Return
from partybuilding.present import charts, counted
from partybuilding.present.report import Report
from partybuilding.publish.workbook import write_workbook

LIMIT = 3
MEMBERS = ("official_members", "probationary_members")
MILITIA = ("militia_members",)
PERSONAL = (
    MEMBERS,
    MILITIA,
    *((name,) for name in ("probationary_members", "reserve_members", "secretaries_trained", "deputies_trained")),
    *((f"members_{name}",) for name in ("excellent", "good", "completed", "not_completed", "not_rated")),
    *((f"members_{name}",) for name in ("admitted", "admitted_militia", "young", "assigned", "committed")),
    *((f"commanders_{name}",) for name in ("military_degree", "political_degree", "deputy_secretary")),
    ("members_excellent", "members_good"),
    ("board_members_refreshed",),
)
Span = tuple[float, float]


@pytest.fixture(autouse=True)
def _charts_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What charts say stands in their alternative texts, which stay."""
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    for name in ("parts", "tiles", "values_against_targets"):
        monkeypatch.setattr(charts, name, lambda *_: drawn)


@dataclass
class Published:
    """All that goes out: tables of the page by caption, the JSON, the sheets of the workbook, and all words."""

    page: dict[str, list[list[str]]]
    record: dict[str, Any]
    sheets: dict[str, list[list[Any]]]
    words: str


def published(report: Report, place: Path) -> Published:
    record = json.loads(json.dumps(report.record().content))
    write_workbook(place / "a.xlsx", record)
    with python_calamine.CalamineWorkbook.from_path(str(place / "a.xlsx")) as book:
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    words = "\n".join(map(str, sections(report)))
    words += json.dumps(record, ensure_ascii=False) + "\n".join(str(c) for s in sheets.values() for r in s for c in r)
    return Published(copy.deepcopy(tables(report)), record, sheets, words)


def small(row: Row, official: int, probationary: int = 0, **more: Any) -> None:
    """Give a row so few members that all its counts of members are small."""
    members = official + probationary
    row |= {"official_members": official, "probationary_members": probationary, "standing_board": 0}
    row |= {f"members_{level}": 0 for level in ("excellent", "completed", "not_completed", "not_rated")}
    row |= dict.fromkeys(("members_good", "members_assigned", "members_committed"), members)
    row |= {"members_young": min(1, members), "board_members": 0, "board_members_refreshed": 0} | more


@dataclass
class Attacker:
    """Numbers of one quantity by commune: what they may be, and the sums that were published."""

    given: Return
    seen: Published
    quantity: tuple[str, ...]
    insider: bool = True  # knows which cells of the return are blank
    span: dict[int, list[float]] = field(default_factory=dict)
    sums: list[tuple[frozenset[int], Span]] = field(default_factory=list)

    def places(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        row: Any
        for row in self.given.cells.itertuples():
            found.setdefault(f"{row.commune_kind} {row.commune}", []).append(int(row.Index))
        return found

    def grids(self) -> Iterable[tuple[list[str], list[list[Any]]]]:
        for table in self.seen.page.values():
            yield table[0], table[1:]
        for stored in self.seen.record["tables"]:
            yield stored["columns"], stored["rows"]
        for rows in self.seen.sheets.values():
            head = max(range(len(rows)), key=lambda n: sum(cell != "" for cell in rows[n][:8]) if n < 6 else 0)
            yield [str(cell) for cell in rows[head]], rows[head + 1 :]

    def read(self) -> None:
        """Read what stands beside a commune's name: a number, or that it lies below one."""
        self.span = {int(place): [0, float("inf")] for place in self.given.cells.index}
        if self.quantity != MEMBERS:
            return
        places = self.places()
        for head, rows in self.grids():
            for row in rows:
                mine = places.get(str(row[0]), [])
                for name, cell in zip(head[1:], row[1:], strict=True):
                    if len(mine) == 1 and name == "Đảng viên":
                        text = str(int(cell)) if isinstance(cell, float) else str(cell)
                        if re.fullmatch(r"\d+", text):
                            self.narrow(mine[0], int(text), int(text))
                        elif bound := re.fullmatch(r"< (\d+)", text):
                            self.narrow(mine[0], 1, int(bound[1]) - 1)

    def narrow(self, place: int, low: float, high: float) -> bool:
        before = list(self.span[place])
        self.span[place] = [max(before[0], low), min(before[1], high)]
        return self.span[place] != before

    def inside(self, indicator: str) -> frozenset[int] | None:
        """The communes behind an indicator's totals; None where he cannot know."""
        table = by_unit(library().catalog.indicators[indicator], self.given, library().catalog)
        whole = frozenset(int(place) for place in table.dropna().index)
        return whole if self.insider or len(whole) == len(self.given.cells) else None

    def total(self) -> None:
        """Take the totals from the JSON and from the page's table of ratings."""
        for value in self.seen.record["values"]:
            indicator = library().catalog.indicators[value["indicator"]]
            for part, number in (
                (indicator.numerator, value["numerator"]),
                (indicator.denominator, value["denominator"]),
            ):
                same = part and set(re.findall(r"\w+", part)) == set(self.quantity)
                if same and number is not None and (inside := self.inside(indicator.id)) is not None:
                    self.sums.append((inside, (number, number)))
        levels = [name.removeprefix("members_") for name in self.quantity]
        order = list(library().catalog.returns["cells"]["cell_rating"].values)
        rows = self.seen.page.get("Kết quả xếp loại chi bộ và đảng viên")
        if rows and set(levels) <= set(order):
            number = sum(int(rows[1 + order.index(level)][3].replace(".", "")) for level in levels)
            filled = self.given.cells[[*counted.RATED, *self.quantity]].notna().all(axis=1)
            self.sums.append((frozenset(int(p) for p in self.given.cells.index[filled]), (number, number)))

    def areas(self) -> None:
        """Multiply the rates of areas by the strength of their forces, which he knows."""
        if self.quantity != MILITIA:
            return
        heads, *rows = self.seen.page.get("Các tỷ lệ chính theo địa bàn", [[]])
        column = next((n for n, head in enumerate(heads) if "dân quân" in head), None)
        filled = self.given.cells[self.given.cells[["militia_members", "militia_strength"]].notna().all(axis=1)]
        for row in rows:
            if column is not None and row[column] != "–":
                inside = filled[filled["area"] == row[0]]
                rate, whole = float(row[column].rstrip("%").replace(",", ".")), int(inside["militia_strength"].sum())
                low, high = ((rate + step) * whole / 100 for step in (-0.0501, 0.0501))
                numbers = [n for n in range(whole + 1) if low <= n <= high]
                self.sums.append((frozenset(int(p) for p in inside.index), (min(numbers), max(numbers))))

    def subtract(self) -> None:
        """Take from every total what is known of a part of it: one part, and all areas together."""
        for whole, (low, high) in list(self.sums):
            parts = [(part, span) for part, span in self.sums if part < whole]
            for part, span in parts:
                self.sums.append((whole - part, (low - span[1], high - span[0])))
            rest, left = whole, [low, high]
            for part, span in sorted(parts, key=lambda one: len(one[0])):
                if part <= rest:
                    rest, left = rest - part, [left[0] - span[1], left[1] - span[0]]
            if rest and rest != whole:
                self.sums.append((rest, (left[0], left[1])))

    def guess(self) -> None:
        """Two totals that differ by one commune: its number belongs to the only one that can have it."""
        found = [
            (value["denominator"], value["units_reporting"])
            for value in self.seen.record["values"]
            if set(re.findall(r"\w+", library().catalog.indicators[value["indicator"]].denominator or ""))
            == set(MEMBERS)
            and value["denominator"] is not None
        ]
        if self.quantity != MEMBERS:
            return
        for total, units in found:
            for other, fewer in found:
                if units - fewer == 1:
                    fits = [p for p, (low, high) in self.span.items() if low <= total - other <= high]
                    if len(fits) == 1:
                        self.narrow(fits[0], total - other, total - other)

    def worked_out(self) -> dict[int, int]:
        """All numbers that are certain."""
        self.read()
        self.total()
        self.areas()
        self.subtract()
        self.sums = list(dict.fromkeys(self.sums))
        changed = True
        while changed:
            changed = False
            for inside, (low, high) in self.sums:
                lows, highs = ([self.span[p][side] for p in inside] for side in (0, 1))
                least, most, endless = sum(lows), sum(h for h in highs if h != float("inf")), highs.count(float("inf"))
                for place in inside:
                    mine = self.span[place]
                    others = (
                        float("inf")
                        if endless > (mine[1] == float("inf"))
                        else most - (mine[1] if mine[1] < 1e9 else 0)
                    )
                    changed |= self.narrow(place, low - others, high - (least - mine[0]))
        self.guess()
        return {place: int(low) for place, (low, high) in self.span.items() if low == high}


def hidden(given: Return, quantity: tuple[str, ...]) -> dict[int, int]:
    """The numbers that must not be told: above nothing, below the limit."""
    numbers = given.cells[list(quantity)].sum(axis=1, skipna=False).dropna()
    return {int(place): int(n) for place, n in numbers.items() if 0 < n < LIMIT}  # type: ignore[call-overload]


def told(given: Return, seen: Published, insider: bool = True) -> list[tuple[tuple[str, ...], int, int]]:
    """What the attacker rightly works out of what must not be told."""
    found = []
    for quantity in PERSONAL:
        secret = hidden(given, quantity)
        known = Attacker(given, seen, quantity, insider).worked_out() if secret else {}
        found += [(quantity, place, n) for place, n in secret.items() if known.get(place) == n]
    return found


def areas(rows: list[Row], *sizes: int) -> None:
    """Put the rows into areas of these sizes, the last one taking the rest."""
    names = [f"huyện {letter}" for letter, size in zip("ABCDEFGH", sizes, strict=False) for _ in range(size)]
    for number, row in enumerate(rows):
        row["area"] = names[number] if number < len(names) else "huyện Z"


def one(rows: list[Row]) -> None:
    small(rows[5], 2)


def two_of_one(rows: list[Row]) -> None:
    small(rows[5], 1)
    small(rows[9], 0, 1)


def three_of_two(rows: list[Row]) -> None:
    for number in (0, 1, 2):
        small(rows[number], 1, 1)


def beside_small_others(rows: list[Row]) -> None:
    small(rows[0], 1)
    for row in rows[1:]:
        small(row, 3)


def area_of_one(rows: list[Row]) -> None:
    areas(rows, 1, 6)
    small(rows[0], 1, 1, militia_strength=10, militia_members=1)


def area_known_but_for_one(rows: list[Row]) -> None:
    areas(rows, 4, 4)
    small(rows[2], 2, militia_strength=20, militia_members=2)


def areas_known_but_for_one(rows: list[Row]) -> None:
    areas(rows, 2, 5, 5)
    rows[0] |= {"militia_strength": 40, "militia_members": 2}
    rows[1] |= {"militia_strength": 50, "militia_members": 0}


def few_in_an_area(rows: list[Row]) -> None:
    areas(rows, 4, 5, 5)
    for number, row in enumerate(rows[:4]):
        row |= {"militia_strength": 30, "militia_members": int(number == 0)}


def few_not_in_the_party(rows: list[Row]) -> None:
    areas(rows, 4, 5, 5)
    for number, row in enumerate(rows[:4]):
        row |= {"militia_strength": 2 if number == 0 else 30, "militia_members": 2 if number == 0 else 30}


def without_an_area(rows: list[Row]) -> None:
    areas(rows, 5, 5)
    rows[3] |= {"area": None, "militia_strength": 20, "militia_members": 1}


def blank_elsewhere(rows: list[Row]) -> None:
    for number in (4, 5, 6, 7, 8):
        rows[number]["members_young"] = None
    small(rows[5], 2, members_young=None)
    small(rows[11], 1)


def single_persons(rows: list[Row]) -> None:
    for number, row in enumerate(rows):
        row |= {"members_not_completed": 0, "members_admitted": 3, "members_young": 3, "secretaries_trained": 1}
        row |= {"members_admitted_militia": 0}
        if number == 4:
            row |= {"members_not_completed": 1, "members_good": row["members_good"] - 1, "members_young": 1}
            row |= {"members_admitted": 1, "members_admitted_militia": 1, "secretaries_trained": 0}
            row |= {"commanders_deputy_secretary": 0, "deputies_trained": 0}


CASES: list[Callable[[list[Row]], None]] = [
    *(one, two_of_one, three_of_two, beside_small_others, area_of_one, area_known_but_for_one),
    *(areas_known_but_for_one, few_in_an_area, few_not_in_the_party, without_an_area, blank_elsewhere, single_persons),
]


def prepared(case: Callable[[list[Row]], None], number: int = 20) -> Return:
    rows = rows_of("kon-tum", "2022", number)
    case(rows)
    return made("kon-tum", "2022", rows, {"members_disciplined": 1, "members_removed": 2})


@pytest.mark.parametrize("case", CASES)
def test_no_small_number_can_be_worked_out(case: Callable[[list[Row]], None], tmp_path: Path) -> None:
    report = reported(prepared(case))
    given = report.assessment.given
    assert any(hidden(given, quantity) for quantity in PERSONAL)
    seen = published(report, tmp_path)
    assert told(given, seen) == []
    assert told(given, seen, insider=False) == []


@pytest.mark.parametrize("seed", range(6))
def test_no_small_number_can_be_worked_out_of_returns_made_at_random(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    rows = rows_of("kon-tum", "2022", chance.randint(14, 60))
    areas(rows, *(chance.choice((1, 2, 3, 5, 8)) for _ in range(4)))
    for row in chance.sample(rows, chance.randint(1, 6)):
        small(row, chance.randint(0, 2), chance.randint(0, 1))
    for row in chance.sample(rows, 5):
        row |= {"militia_strength": chance.randint(5, 40), "militia_members": chance.randint(0, 4)}
    report = reported(made("kon-tum", "2022", rows))
    assert told(report.assessment.given, published(report, tmp_path)) == []


def test_a_commune_that_alone_left_a_cell_blank_is_not_named_by_its_row(tmp_path: Path) -> None:
    def case(rows: list[Row]) -> None:
        small(rows[5], 2, members_young=None)

    report = reported(prepared(case))
    seen = published(report, tmp_path)
    (finding,) = [f for f in report.assessment.given.findings if f.code == "R11" and f.column == "members_young"]
    row = report.assessment.given.cells.index[5]
    assert finding.row == row
    for grid in ([r for t in seen.page.values() for r in t], *seen.sheets.values()):
        (line,) = [line for line in grid if "members_young" in map(str, line) or "cells members_young" in line] or [[]]
        assert str(row) not in " ".join(map(str, line)).replace("/20", "")
    assert told(report.assessment.given, seen, insider=False) == []


def test_rows_of_blank_cells_that_tell_nothing_of_persons_are_named(tmp_path: Path) -> None:
    def case(rows: list[Row]) -> None:
        rows[5]["resolutions_relevant"] = None

    seen = published(reported(prepared(case)), tmp_path)
    rows = seen.page["Cảnh báo khi kiểm tra số liệu"]
    assert [row[1] for row in rows if "resolutions_relevant" in row[1]] == [
        "trang cells, dòng 7, cột resolutions_relevant"
    ]


def test_ratings_rest_on_the_same_communes_as_the_rates_beside_them() -> None:
    rows = rows_of("kon-tum", "2022", 20)
    rows[3] |= {"members_excellent": 1, "members_completed": None}
    report = reported(made("kon-tum", "2022", rows))
    table = tables(report)["Kết quả xếp loại chi bộ và đảng viên"]
    value = report.indicator("member_task_fulfilment_rate").value
    assert value is not None
    assert int(table[1][3]) + int(table[2][3]) == value.numerator
    assert sum(int(row[3]) for row in table[1:5]) == value.denominator


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_messages_with_numbers_of_members_are_in_no_output(lang: str, tmp_path: Path) -> None:
    def case(rows: list[Row]) -> None:
        small(rows[5], 2, standing_board=1)
        rows[7] |= {"members_excellent": 7, "members_good": 1, "members_completed": 0, "members_not_completed": 0}
        rows[7] |= {"official_members": 8, "probationary_members": 0, "members_not_rated": 0, "standing_board": 0}
        rows[7] |= {name: min(rows[7][name], 8) for name in ("members_young", "members_assigned", "members_committed")}

    report = reported(prepared(case), lang=lang)
    found = [finding for finding in report.assessment.given.findings if finding.code in ("R08", "R09") and finding.row]
    assert {finding.code for finding in found} == {"R08", "R09"}
    seen = published(report, tmp_path)
    for finding in found:
        for language in ("vi", "en"):
            assert finding.message(language) not in seen.words
        where = f"{finding.sheet} {finding.row} {finding.column}"
        assert where not in seen.words
        assert report.words(f"findings_{finding.code}", n=1) in seen.words
    for entry in seen.record["findings"]:
        assert set(entry) == {"code", "level", "sheet", "column", "count", "message"}
        assert entry["message"] == f"{entry['code']} {entry['column']}"


def test_lists_of_units_never_rest_on_counts_of_persons(tmp_path: Path) -> None:
    given = reported(prepared(single_persons)).assessment.given
    place = f"{given.cells.iloc[4]['commune_kind']} {given.cells.iloc[4]['commune']}"
    for indicator in library().catalog.indicators.values():
        named = [name for _, name in counted.short_units(indicator, given, library().catalog)]
        columns = set(re.findall(r"\w+", f"{indicator.numerator} {indicator.denominator}"))
        if columns & {name for quantity in PERSONAL for name in quantity}:
            assert named == []
        elif "standing_board" in columns and not indicator.among:
            assert (place in named) == (given.cells.iloc[4]["standing_board"] == 0)


@pytest.mark.parametrize("case", [one, two_of_one, three_of_two])
def test_what_is_withheld_is_no_more_than_needed(case: Callable[[list[Row]], None]) -> None:
    report = reported(prepared(case))
    table = tables(report)["Tình hình từng đơn vị cấp xã"][1:]
    marks = [row[4] for row in table if not row[4].isdigit()]
    assert 3 <= len(marks) <= 6
    assert len(set(marks)) == 1  # one mark for the small ones and for those withheld with them
    bound = int(marks[0].removeprefix("< "))
    given = report.assessment.given.cells
    for row, official, probationary in zip(
        table, given["official_members"], given["probationary_members"], strict=True
    ):
        assert row[4] == str(official + probationary) or (row[4] == marks[0] and 0 < official + probationary < bound)


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    report = reported(made("kon-tum", "2022", rows_of("kon-tum", "2022")))
    assert all(row[4].isdigit() for row in tables(report)["Tình hình từng đơn vị cấp xã"][1:])
    assert all(row[4].endswith("%") for row in tables(report)["Các tỷ lệ chính theo địa bàn"][1:])


# ---- the attacker is able


def leaky(given: Return, seen: Published, mark: str | None) -> None:
    """Print every commune's members, the small ones with `mark` (or as they are)."""
    row: Any
    for number, row in enumerate(given.cells.itertuples(), start=1):
        members = row.official_members + row.probationary_members
        seen.page["Tình hình từng đơn vị cấp xã"][number][4] = mark if mark and 0 < members < LIMIT else str(members)


@pytest.mark.parametrize(
    ("case", "mark", "number"),
    [
        (one, None, 2),  # read beside the name
        (one, "< 3", 2),  # the total less all others
        (two_of_one, "< 3", 1),  # two of them make two
        (three_of_two, "< 3", 2),  # three of them make six
        (area_known_but_for_one, "< 3", 2),
    ],
)
def test_the_attacker_reads_and_subtracts(
    case: Callable[[list[Row]], None], mark: str | None, number: int, tmp_path: Path
) -> None:
    report = reported(prepared(case))
    given, seen = report.assessment.given, published(report, tmp_path)
    leaky(given, seen, mark)
    assert {(quantity, n) for quantity, _, n in told(given, seen)} == {(MEMBERS, number)}


def test_the_attacker_reads_the_json_and_the_workbook(tmp_path: Path) -> None:
    report = reported(prepared(one))
    given, seen = report.assessment.given, published(report, tmp_path)
    (stored,) = [table for table in seen.record["tables"] if table["name"] == "communes"]
    stored["rows"][5][4] = 2
    assert told(given, seen) == [(MEMBERS, 7, 2)]
    seen = published(report, tmp_path)
    seen.sheets["communes"][-15][4] = 2.0
    assert told(given, seen) == [(MEMBERS, 7, 2)]


@pytest.mark.parametrize(
    ("case", "withheld", "found"),
    [
        (area_of_one, (), [1]),  # the area is the commune
        (areas_known_but_for_one, (), []),  # an area of two, one of them with none: not certain
        (without_an_area, (), [1]),  # the total less all areas
        (area_of_one, ("huyện A",), [1]),  # withheld alone it is the total less the others
    ],
)
def test_the_attacker_multiplies_rates_of_areas(
    case: Callable[[list[Row]], None], withheld: tuple[str, ...], found: list[int], tmp_path: Path
) -> None:
    rows = rows_of("kon-tum", "2022", 12)
    for row in rows:  # forces so small that a rate with one decimal tells the number
        row |= {"militia_strength": 30, "militia_members": 7}
    case(rows)
    report = reported(made("kon-tum", "2022", rows))
    given, seen = report.assessment.given, published(report, tmp_path)
    assert told(given, seen) == []
    for line in seen.page["Các tỷ lệ chính theo địa bàn"][1:]:
        inside = given.cells[given.cells["area"] == line[0]]
        rate = 100 * inside["militia_members"].sum() / inside["militia_strength"].sum()
        line[4] = "–" if line[0] in withheld else f"{rate:.1f}%".replace(".", ",")
    assert [n for quantity, _, n in told(given, seen) if quantity == MILITIA] == found


def test_the_attacker_knows_the_only_commune_that_a_difference_fits(tmp_path: Path) -> None:
    def case(rows: list[Row]) -> None:
        small(rows[5], 2, members_young=None)

    report = reported(prepared(case))
    given, seen = report.assessment.given, published(report, tmp_path)
    for grid in (seen.page["Tình hình từng đơn vị cấp xã"][1:],):
        for row, official, probationary in zip(
            grid, given.cells["official_members"], given.cells["probationary_members"], strict=True
        ):
            row[4] = "< 3" if official + probationary < LIMIT else str(official + probationary)
    assert (MEMBERS, 7, 2) in told(given, seen, insider=False)
