"""The consistency rules R03 to R12: what breaks each, what does not, the words in both languages, and their edges."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest
from test_returns import Sheets, catalog, checked, communes, edited, facts, good, line, only, place, read

from partybuilding.assess.returns import Finding
from partybuilding.assess.rules import Rules
from partybuilding.assess.workbook import column_letter

FIRST = communes().of("kon-tum", read(good(1)).period.end)[0]


def of(code: str, findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code == code]


def says(finding: Finding, vi: str, en: str) -> bool:
    assert (finding.message("vi"), finding.message("en")) == (vi, en)
    return True


def rules(sheets: Sheets, **changes: Any) -> list[Finding]:
    """Return the findings of the rules with another excellent cap: share, base."""
    found = read(sheets)
    regime = catalog().regime(found.period)
    assert regime.excellent_cap
    cap = regime.excellent_cap.model_copy(update=changes)
    other = dataclasses.replace(catalog(), regimes=(regime.model_copy(update={"excellent_cap": cap}),))
    return Rules(found, other, []).run()


def without_cell(sheets: Sheets, row: int = 0) -> Sheets:
    """Make a unit one that has no cell and reports nothing only a cell can have."""
    cells = sheets["cells"][row + 1]
    cells[place(sheets, "cell_established")] = 0.0
    for name in catalog().rules.cell_only:
        cells[place(sheets, name)] = ""
    return sheets


def test_a_good_return_breaks_no_rule() -> None:
    assert checked(good()) == []


# ---- R03


def test_r03_a_unit_twice() -> None:
    sheets = edited(good(3), "commune_code", FIRST.code, FIRST.code, FIRST.code)
    edited(sheets, "commune", *[FIRST.name] * 3)
    twice = of("R03", checked(sheets))
    assert [facts(f) for f in twice] == [("R03", "error", "cells", row, "commune_code", FIRST.code) for row in (3, 4)]
    assert says(
        twice[1],
        f"mã {FIRST.code} đã có ở dòng 2. Hãy gộp hoặc xóa một dòng.",
        f"code {FIRST.code} already stands in row 2. Merge or delete one of the rows.",
    )


def test_r03_a_code_of_another_province_or_of_another_time() -> None:
    sheets = edited(good(3), "commune_code", "00001", "", "23293")
    edited(sheets, "commune", "Phúc Xá", "Không mã")
    foreign, blank = sorted(of("R03", checked(sheets)), key=lambda finding: finding.row or 0)[:2]
    assert facts(foreign) == ("R03", "error", "cells", 2, "commune_code", "00001")
    assert says(
        foreign,
        'Kon Tum không có đơn vị mã 00001 ("Phúc Xá") tại thời điểm này. Hãy kiểm tra mã và kỳ báo cáo.',
        'Kon Tum has no unit with code 00001 ("Phúc Xá") at that date. Check the code and the period.',
    )
    assert facts(blank) == ("R03", "error", "cells", 3, "commune_code", "Không mã")
    assert says(
        blank,
        'thiếu mã đơn vị ("Không mã"). Hãy điền mã theo mẫu.',
        'the commune code is missing ("Không mã"). Fill it in as on the form.',
    )


# ---- R04


@pytest.mark.parametrize("part", catalog().rules.parts, ids=lambda part: part.part.text)
def test_r04_a_part_above_its_whole(part: Any) -> None:
    sheets = good(2)
    low, wholes = part.part.columns[0], [name for name in part.whole.columns if name not in part.part.columns]
    province = low.startswith("province.")

    def put(value: float) -> list[Finding]:
        if province:
            line(sheets, low.removeprefix("province."))[1] = value
        else:
            edited(sheets, low, value)
        return [f for f in of("R04", checked(sheets)) if f.column == low]

    for name in wholes:
        if province:
            line(sheets, name.removeprefix("province."))[1] = 1.0
        else:
            edited(sheets, name, 1.0)
    if part.part.columns[0] in part.whole.columns:  # part of a sum that holds it: it can never be more
        assert put(50.0) == []
        return
    limit = float(len(wholes))
    if not province and catalog().returns["cells"][low].kind == "flag":
        edited(sheets, wholes[0], 0.0)
        limit = 0.0
    assert put(limit) == []
    assert put("") == []
    finding = only(put(limit + 1))
    place_ = ("province", None) if province else ("cells", 2)
    assert facts(finding) == ("R04", "warning" if part.may_exceed else "error", *place_, low, f"{limit + 1:g}")
    assert says(
        finding,
        f"giá trị {limit + 1:g} lớn hơn {limit:g} ({part.whole.text}). Hãy kiểm tra cả hai số.",
        f"{limit + 1:g} is more than {limit:g} ({part.whole.text}). Check both numbers.",
    )


def test_r04_a_part_without_its_whole_is_not_held_against_anything() -> None:
    assert of("R04", checked(edited(good(2), "militia_strength", "", ""))) == []


# ---- R05


def test_r05_ratings_that_do_not_add_up() -> None:
    sheets = edited(good(3), "official_members", 10.0, 10.0, 10.0)
    for name, value in (
        ("excellent", 2.0),
        ("good", 7.0),
        ("completed", 1.0),
        ("not_completed", 0.0),
        ("not_rated", 1.0),
    ):
        edited(sheets, f"members_{name}", value, value, value)
    edited(sheets, "probationary_members", 1.0, 2.0, "")
    finding = only(of("R05", checked(sheets)))
    assert facts(finding) == ("R05", "error", "cells", 3, "members_excellent", "11")
    assert says(
        finding,
        "cộng các mức xếp loại đảng viên được 11, nhưng chi bộ có 12 đảng viên. Hãy kiểm tra các mức và số đảng viên.",
        "the member ratings add up to 11, but the cell has 12 members. Check the ratings and the members.",
    )


# ---- R06


@pytest.mark.parametrize("name", catalog().rules.cell_only)
def test_r06_a_unit_without_a_cell_reports_what_only_a_cell_can_have(name: str) -> None:
    sheets = without_cell(good(2))
    assert of("R06", checked(sheets)) == []
    nothing = "not_rated" if name == "cell_rating" else 0.0
    assert of("R06", checked(edited(sheets, name, nothing))) == []
    value: Any = "good" if name == "cell_rating" else 1.0
    finding = only(of("R06", checked(edited(sheets, name, value))))
    shown = "good" if name == "cell_rating" else "1"
    assert facts(finding) == ("R06", "error", "cells", 2, name, shown)
    assert says(
        finding,
        f"đơn vị không có chi bộ quân sự nhưng lại có giá trị {shown}. Hãy xóa giá trị hoặc sửa cột cell_established.",
        f"the unit has no military cell but reports {shown}. Delete the value or correct column cell_established.",
    )


def test_r06_a_unit_that_does_not_say_whether_it_has_a_cell_is_not_accused() -> None:
    assert of("R06", checked(edited(good(2), "cell_established", "", ""))) == []


# ---- R07


def test_r07_fewer_units_than_the_register_has() -> None:
    sheets = good()
    last = [row[:3] for row in sheets["cells"][-2:]]
    del sheets["cells"][-2:]
    finding = only(checked(sheets))
    assert facts(finding) == ("R07", "warning", "cells", None, "commune_code", "100")
    names = ", ".join(f"{row[2]} {row[1]} ({row[0]})" for row in last)
    assert says(
        finding,
        f"có 100/102 đơn vị; thiếu 2: {names}. Hãy bổ sung nếu đã có báo cáo.",
        f"100 of 102 units; 2 missing: {names}. Add them if they have reported.",
    )


def test_r07_names_twenty_and_counts_the_rest() -> None:
    assert only(of("R07", checked(good(1)))).message("en").endswith(" … +81. Add them if they have reported.")
    assert only(of("R07", checked(good(0)))).value == "0"


# ---- R08


def test_r08_a_board_in_a_cell_that_is_too_small() -> None:
    sheets = edited(good(4), "standing_board", 1.0, 1.0, 0.0, 1.0)
    edited(sheets, "official_members", 8.0, 9.0, 8.0, "")
    finding = only(of("R08", checked(sheets)))
    assert facts(finding) == ("R08", "warning", "cells", 2, "standing_board", "8")
    assert says(
        finding,
        "có chi ủy nhưng chỉ có 8 đảng viên chính thức (cần từ 9). Hãy kiểm tra.",
        "has a chi ủy but only 8 official members (9 are needed). Check it.",
    )


# ---- R09


def rated(excellent: int, fine: int, completed: int = 0) -> Sheets:
    """Return so many cells of one area with these ratings; the members' ratings left blank."""
    ratings = ["excellent"] * excellent + ["good"] * fine + ["completed"] * completed
    sheets = edited(good(len(ratings)), "cell_rating", *ratings)
    for name in ("members_excellent", "members_good", "members_completed", "members_not_completed"):
        edited(sheets, name, *[""] * len(ratings))
    return edited(sheets, "area", *["Đắk Hà"] * len(ratings))


def test_r09_cells_rated_excellent_above_the_cap() -> None:
    finding = only(of("R09", checked(rated(3, 10))))
    assert facts(finding) == ("R09", "warning", "cells", None, "cell_rating", "3")
    assert says(
        finding,
        "Đắk Hà: 3 được xếp loại hoàn thành xuất sắc, vượt mức 20% của 10 (tối đa 2). Hãy rà soát kết quả xếp loại.",
        "Đắk Hà: 3 rated excellent, above 20% of 10 (at most 2). Review the ratings.",
    )


@pytest.mark.parametrize(
    ("base", "excellent", "fine", "completed", "allowed"),
    [
        ("rated_good", 2, 10, 0, None),  # exactly 20 %
        ("rated_good", 3, 11, 0, None),  # a fifth of 11, rounded up
        ("rated_good", 3, 10, 5, "2"),
        ("rated_good", 1, 0, 5, "0"),
        ("good_or_above", 3, 12, 0, None),
        ("good_or_above", 3, 10, 0, None),  # 2.6, rounded up
        ("good_or_above", 4, 11, 9, "3"),
        ("assessed", 4, 11, 5, None),  # exactly 20 %
        ("assessed", 5, 10, 5, "4"),
    ],
)
def test_r09_the_cap_is_taken_of_the_base_that_is_set(
    base: str, excellent: int, fine: int, completed: int, allowed: str | None
) -> None:
    found = of("R09", rules(rated(excellent, fine, completed), base=base))
    assert [str(f.fields["allowed"]) for f in found] == ([allowed] if allowed else [])


def test_r09_each_area_by_itself_and_one_without_an_area_by_the_province() -> None:
    sheets = edited(rated(4, 10), "area", "A", "A", "", "")
    assert [(f.fields["group"], f.value) for f in of("R09", rules(sheets))] == [("A", "2"), ("Kon Tum", "2")]


def test_r09_members_by_cell() -> None:
    sheets = rated(0, 3)
    for name, values in {
        "members_excellent": (3.0, 2.0, 5.0),
        "members_good": (10.0, 10.0, ""),
        "members_completed": (0.0, 0.0, 0.0),
        "members_not_completed": (0.0, 0.0, 0.0),
    }.items():
        edited(sheets, name, *values)
    finding = only(of("R09", checked(sheets)))
    assert facts(finding) == ("R09", "warning", "cells", 2, "members_excellent", "3")
    assert finding.fields["group"] == sheets["cells"][1][place(sheets, "commune")]


def test_r09_no_cap_no_warning() -> None:
    sheets = rated(5, 1)
    line(sheets, "period", "about")[1] = "2017"
    assert catalog().regime(read(sheets).period).excellent_cap is None
    assert of("R09", checked(sheets)) == []


# ---- R10


def test_r10_a_total_that_moved_implausibly() -> None:
    before = edited(good(2), "militia_strength", 40.0, 60.0)
    line(before, "period", "about")[1] = "2021"
    for now, moved in (((75.0, 75.0), False), ((75.0, 76.0), True), ((25.0, 25.0), False), ((25.0, 24.0), True)):
        found = of("R10", checked(edited(good(2), "militia_strength", *now), read(before)))
        assert bool(found) is moved, now
    finding = only(of("R10", checked(edited(good(2), "militia_strength", 75.0, 76.0), read(before))))
    assert facts(finding) == ("R10", "warning", "cells", None, "militia_strength", "151")
    assert says(
        finding,
        "tổng là 151, kỳ 2021 là 100: biến động lớn. Hãy kiểm tra hoặc giải thích.",
        "the total is 151, in 2021 it was 100: a large change. Check or explain it.",
    )


@pytest.mark.parametrize(("now", "then"), [(("", ""), (99.0, 99.0)), ((99.0, 99.0), ("", ""))])
def test_r10_a_column_that_nobody_filled_in_is_no_zero(now: tuple[Any, ...], then: tuple[Any, ...]) -> None:
    before = read(edited(good(2), "militia_strength", *then))
    assert of("R10", checked(edited(good(2), "militia_strength", *now), before)) == []


def test_r10_small_numbers_are_not_asked_about() -> None:
    before = read(edited(good(2), "militia_strength", 1.0, 0.0))
    assert of("R10", checked(edited(good(2), "militia_strength", 21.0, 0.0), before)) == []


# ---- R11


def test_r11_blanks_are_counted_and_placed() -> None:
    sheets = edited(good(20), "inspected", *[""] * 17)
    edited(sheets, "supervised", 1.0, "")
    many, one = of("R11", checked(sheets))
    assert facts(many) == ("R11", "warning", "cells", None, "inspected", "17")
    listed = ", ".join(str(row) for row in range(2, 17)) + " …"
    assert says(
        many,
        f"để trống 17/20 đơn vị (dòng {listed}), nên các chỉ tiêu sau dựa trên dưới 90% số đơn vị: "
        "cells_inspected_rate. Ô trống được hiểu là chưa báo cáo; hãy bổ sung nếu có số liệu.",
        f"blank for 17 of 20 units (rows {listed}), so that these indicators rest on less than 90% of the units: "
        "cells_inspected_rate. A blank means not reported; fill it in if the number is known.",
    )
    assert says(
        one,
        "để trống 1/20 đơn vị (dòng 3). Ô trống được hiểu là chưa báo cáo; hãy bổ sung nếu có số liệu.",
        "blank for 1 of 20 units (rows 3). A blank means not reported; fill it in if the number is known.",
    )
    assert facts(one) == ("R11", "warning", "cells", 3, "supervised", "1")


@pytest.mark.parametrize(("blank", "partial"), [(2, False), (3, True)])
def test_r11_ninety_per_cent_is_enough(blank: int, partial: bool) -> None:
    finding = only(of("R11", checked(edited(good(20), "inspected", *[""] * blank))))
    assert ("cells_inspected_rate" in finding.message("en")) is partial


def test_r11_what_a_unit_without_a_cell_cannot_have_is_not_missed() -> None:
    assert of("R11", checked(without_cell(good(3)))) == []


def test_r11_all_blank() -> None:
    sheets = good(3)
    for row in sheets["cells"][1:]:
        row[3:] = [""] * len(row[3:])
    kinds = Counter(f.column for f in of("R11", checked(sheets)))
    expected = {name for name, column in catalog().returns["cells"].items() if column.kind != "text"}
    assert set(kinds) == expected - {"commune_kind"} and set(kinds.values()) == {1}


# ---- R12


def test_r12_a_name_that_is_another_one() -> None:
    finding = only(of("R12", checked(edited(good(2), "commune", "Đắk Hà"))))
    assert facts(finding) == ("R12", "warning", "cells", 2, "commune", "Đắk Hà")
    assert says(
        finding,
        f'tên "Đắk Hà" khác danh mục của mã {FIRST.code} ("{FIRST.name}"). Hãy kiểm tra mã và tên.',
        f'the name "Đắk Hà" is not that of code {FIRST.code} in the register ("{FIRST.name}"). Check code and name.',
    )


@pytest.mark.parametrize("name", [FIRST.name, f"{FIRST.kind} {FIRST.name}", "", None])
def test_r12_the_registered_name_with_or_without_its_kind_is_right(name: str | None) -> None:
    assert of("R12", checked(edited(good(2), "commune", name))) == []


# ---- all together


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_or_one_row_break_no_rule_but_r07(rows: int) -> None:
    assert {finding.code for finding in checked(good(rows))} == {"R07"}


def test_forty_mistakes_are_forty_findings_in_one_go() -> None:
    sheets = good()
    ids: list[str] = list(sheets["cells"][0])
    expected: list[tuple[str, int, str]] = []

    def letter(name: str) -> str:
        return column_letter(ids.index(name))

    def put(row: int, name: str, value: Any, code: str, column: str | None = None) -> None:
        sheets["cells"][row - 1][ids.index(name)] = value
        expected.append((code, row, column or (letter(name) if code == "R02" else name)))

    numbers = [
        "x",
        "-1",
        "1,5",
        "1.200",
        "mười",
        -2.0,
        0.5,
        float("nan"),
        True,
        "1e3",
        "12%",
        "=1+1",
        "<b>",
        "1 đồng chí",
    ]
    counts = [name for name in ids if catalog().returns["cells"][name].kind == "count"][5:]
    for number, value in enumerate(numbers):
        put(10 + number, counts[number], value, "R02")
    flags = [name for name in ids if catalog().returns["cells"][name].kind == "flag"][3:]
    for number, value in enumerate(["x", "2", "có lẽ", 0.5, "✓", "1,0"]):
        put(30 + number, flags[number], value, "R02")
    put(40, "cell_rating", "khá", "R02")
    put(41, "commune_kind", "làng", "R02")
    put(42, "commune_code", "99999", "R03")
    put(43, "commune_code", sheets["cells"][1][0], "R03")
    put(44, "commune_code", "", "R03")
    parts = ["militia_members", "reserve_members", "members_assigned", "resolutions_relevant", "secretaries_trained"]
    parts += ["deputies_trained", "commanders_military_degree", "commanders_political_degree"]
    for number, part in enumerate(parts):
        put(50 + number, part, 5000.0, "R04")
    put(60, "members_not_completed", 5.0, "R05", "members_excellent")
    put(61, "members_not_completed", 6.0, "R05", "members_excellent")
    without_cell(sheets, 68)
    put(70, "members_young", 3.0, "R06")
    put(70, "cell_rating", "good", "R06")
    for head, value in (("ghi_chu_rieng", 1.0), ("Họ tên", "x"), ("inspected", 1.0)):
        sheets["cells"][0].append(head)
        sheets["cells"][1].append(value)
        expected.append(("R01", 1, column_letter(len(sheets["cells"][0]) - 1)))
    assert len(expected) == 40
    errors = [finding for finding in checked(sheets) if finding.level == "error"]
    assert sorted((f.code, f.row, f.column) for f in errors) == sorted(expected)
    assert all(finding.message("vi") and finding.message("en") for finding in errors)


def test_findings_come_in_the_order_of_the_rules_and_rows() -> None:
    sheets = edited(good(60), "militia_members", *[5000.0] * 60)
    found = Rules(read(sheets), catalog(), []).run()
    assert [finding.row for finding in of("R04", found)] == list(range(2, 62))
