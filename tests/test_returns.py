"""A return is read as it was meant: heads by id or label, numbers and words in every form; or it says why not."""

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings

from partybuilding.assess import returns
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.returns import Finding, Reader, Return
from partybuilding.assess.rules import Rules
from partybuilding.assess.workbook import Rows, column_letter, read_sheets
from partybuilding.errors import UserError
from partybuilding.units import Register

DEMO = ROOT / "data" / "demo" / "kon-tum_2022.xlsx"
Sheets = dict[str, Rows]
HOSTILE = [
    *("=1+1", "@SUM(A1)", "<script>alert(1)</script>", '#panic("x")', "\\input{/etc/passwd}", "../../etc/passwd"),
    *("{braces} {0} {value}", "%s %d", "x" * 30_000, "a\nb", "[red]đỏ[/red]", "`code` *b* _i_ $m$"),
]


@cache
def register() -> Register:
    return Register.read(ROOT / "params" / "units.csv")


@cache
def catalog() -> Catalog:
    return Catalog.read(register(), ROOT / "params")


@cache
def communes() -> Communes:
    return Communes(ROOT / "data" / "register")


@cache
def _demo() -> Sheets:
    return read_sheets(DEMO)


def good(rows: int | None = None) -> Sheets:
    """Return the sheets of Kon Tum's synthetic return for 2022, its first `rows` communes, free to be spoilt."""
    kept = _demo() | {"cells": _demo()["cells"][: None if rows is None else rows + 1]}
    return {name: [list(row) for row in part] for name, part in kept.items()}


def place(sheets: Sheets, name: str) -> int:
    return sheets["cells"][0].index(name)


def line(sheets: Sheets, key: str, sheet: str = "province") -> list[Any]:
    return next(row for row in sheets[sheet] if row[0] == key)


def edited(sheets: Sheets, name: str, *values: Any) -> Sheets:
    """Write `values` into a column of sheet cells, from row 2 down."""
    for row, value in zip(sheets["cells"][1:], values, strict=False):
        row[place(sheets, name)] = value
    return sheets


def read(sheets: Sheets) -> Return:
    """Read sheets as if they stood in a.xlsx (R01, R02 and mended names)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(returns, "read_sheets", lambda path: sheets)
        patch.setattr(returns, "digest", lambda path: "0")
        return Reader(Path("a.xlsx"), catalog(), register(), communes()).read()


def checked(sheets: Sheets | Return, before: Return | None = None) -> list[Finding]:
    """Return all findings, R01 to R12."""
    found = sheets if isinstance(sheets, Return) else read(sheets)
    due = communes().of(found.province.slug, found.period.end)
    return [*found.findings, *Rules(found, catalog(), due, before).run()]


def only(findings: Iterable[Finding]) -> Finding:
    (finding,) = findings
    return finding


def facts(finding: Finding) -> tuple[Any, ...]:
    return (finding.code, finding.level, finding.sheet, finding.row, finding.column, finding.value)


def refusal(sheets: Sheets) -> tuple[str, str]:
    with pytest.raises(UserError) as caught:
        read(sheets)
    return caught.value.message("vi"), caught.value.message("en")


# ---- heads


def test_the_synthetic_return_is_read_whole_and_typed() -> None:
    found = read(good())
    assert (found.province.slug, str(found.period), found.status, found.findings) == (
        "kon-tum",
        "2022",
        "synthetic",
        (),
    )
    assert found.cells.shape == (102, len(catalog().returns["cells"]))
    assert list(found.cells.index) == list(range(2, 104))
    kinds = {name: column.kind for name, column in catalog().returns["cells"].items()}
    for name, kind in kinds.items():
        assert (found.cells[name].dtype == "Int64") is (kind in ("count", "flag")), name


HEADS: dict[str, Callable[[Sheets], Any]] = {
    "by Vietnamese label": lambda s: relabelled(s, "vi"),
    "by English label": lambda s: relabelled(s, "en"),
    "in any order": lambda s: shuffled(s),
    "labels in the second row": lambda s: s["cells"].insert(1, labels("vi")),
    "labels above the ids": lambda s: s["cells"].insert(0, labels("en")),
    "on the fourth row": lambda s: s["cells"].__setitem__(slice(0, 0), [["Biểu số liệu"], [], [""] * 80]),
    "decomposed, in capitals, with more blanks": lambda s: s["cells"].__setitem__(
        0, [unicodedata.normalize("NFD", text).upper().replace(" ", "  ") for text in labels("vi")]
    ),
    "blank lines between and after": lambda s: (s["cells"].insert(5, []), s["cells"].append([""] * 200)),
    "keys by label": lambda s: s["province"].__setitem__(
        slice(None), [[catalog().returns["province"][r[0]].vi, *r[1:]] for r in s["province"][1:]]
    ),
}


def labels(lang: str) -> list[str]:
    return [column.label(lang) for column in catalog().returns["cells"].values()]


def relabelled(sheets: Sheets, lang: str) -> None:
    sheets["cells"][0] = labels(lang)
    for row in sheets["about"][1:]:
        row[0] = catalog().returns["about"][row[0]].label(lang)


def shuffled(sheets: Sheets) -> None:
    order = random.Random(1).sample(range(len(sheets["cells"][0])), len(sheets["cells"][0]))
    sheets["cells"] = [[row[n] for n in order] for row in sheets["cells"]]


@pytest.mark.parametrize("case", HEADS)
def test_the_same_is_read_however_the_heads_are_written(case: str) -> None:
    sheets, plain = good(), read(good())
    HEADS[case](sheets)
    found = read(sheets)
    assert found.findings == ()
    pd.testing.assert_frame_equal(found.cells.reset_index(drop=True), plain.cells.reset_index(drop=True))
    assert (found.counts, found.standards, found.texts) == (plain.counts, plain.standards, plain.texts)


def test_an_unknown_column_suggests_the_nearest_id_or_label() -> None:
    sheets = good(2)
    sheets["cells"][0][place(sheets, "official_members")] = "oficial_members"
    finding, missing = read(sheets).findings
    assert facts(finding)[:5] == ("R01", "error", "cells", 1, "G")
    assert finding.message("vi") == (
        'cột hoặc mục "oficial_members" không có trong mẫu. Có phải ý bạn là "official_members"? Hãy sửa tên hoặc xóa.'
    )
    assert finding.message("en") == (
        'column or key "oficial_members" is not part of the form. Did you mean "official_members"? '
        "Correct its name or delete it."
    )
    assert missing.message("vi") == 'thiếu cột "official_members". Hãy dùng mẫu có đủ cột.'
    assert missing.message("en") == 'column "official_members" is missing. Use the form with all columns.'


def test_a_mistyped_label_suggests_the_label() -> None:
    sheets = good(2)
    sheets["cells"][0][place(sheets, "official_members")] = "Số đảng viên chính thứcc"
    assert 'Có phải ý bạn là "Số đảng viên chính thức"?' in read(sheets).findings[0].message("vi")


def test_a_column_twice_and_one_without_a_name() -> None:
    sheets = good(2)
    sheets["cells"][0] += ["official_members", ""]
    for row in sheets["cells"][1:]:
        row += [1.0, 2.0]
    twice, nameless = read(sheets).findings
    end = len(sheets["cells"][0])
    assert facts(twice) == ("R01", "error", "cells", 1, column_letter(end - 2), "official_members")
    assert twice.message("vi") == '"official_members" xuất hiện hai lần (đã có ở G). Hãy xóa một chỗ.'
    assert twice.message("en") == '"official_members" stands twice (already at G). Delete one of them.'
    assert facts(nameless) == ("R01", "error", "cells", 1, column_letter(end - 1), "")
    assert nameless.message("vi") == "cột có số liệu nhưng không có tên. Hãy ghi tên cột hoặc xóa cột."
    assert nameless.message("en") == "the column holds data but has no name. Name it or delete it."


def test_a_key_unknown_or_twice_on_the_other_sheets() -> None:
    sheets = good(2)
    sheets["province"] += [["hotspots", 1.0], ["hot_spots", 2.0]]
    sheets["about"].append(["perod", "2022"])
    assert [facts(finding)[2:] for finding in read(sheets).findings] == [
        ("about", len(sheets["about"]), "A", "perod"),
        ("province", len(sheets["province"]) - 1, "A", "hotspots"),
        ("province", len(sheets["province"]), "A", "hot_spots"),
    ]


def test_the_area_may_be_left_out() -> None:
    sheets = good(2)
    number = place(sheets, "area")
    sheets["cells"] = [[*row[:number], *row[number + 1 :]] for row in sheets["cells"]]
    found = read(sheets)
    assert found.findings == () and found.cells["area"].isna().all()


def test_an_empty_sheet_misses_every_column() -> None:
    for rows in ([], [[]], [[""]]):
        sheets = good() | {"cells": rows}
        found = read(sheets)
        assert {finding.sentence for finding in found.findings} == {"R01_missing"}
        assert len(found.findings) == len(catalog().returns["cells"]) - 1
        assert len(found.cells) == 0


# ---- personal data

PERSONAL = [
    *("Họ tên", "HỌ VÀ TÊN", "ho_ten", "Họ và tên bí thư", "Tên đảng viên", "Ngày sinh", "Ngày, tháng, năm sinh"),
    *(
        "Năm sinh",
        "Số thẻ đảng viên",
        "Thẻ Đảng",
        "Số căn cước",
        "CCCD",
        "Số CMND",
        "Điện thoại",
        "Số điện thoại bí thư",
    ),
    *("Địa chỉ", "Quê quán", "Email", "full name", "Member_Name", "Date of birth", "birthday", "Card number", "Phone"),
    *("Home address", "Số hiệu quân nhân", unicodedata.normalize("NFD", "Họ tên"), "surname", "passport no."),
]


@pytest.mark.parametrize("head", PERSONAL)
def test_a_column_with_personal_data_is_refused(head: str) -> None:
    sheets = good(2)
    sheets["cells"][0].append(head)
    finding = only(read(sheets).findings)
    assert facts(finding)[:2] == ("R01", "error")
    assert finding.message("vi") == (f'cột "{head}" chứa thông tin cá nhân nên biểu không được nhận. Hãy xóa cả cột.')
    assert finding.message("en") == (
        f'column "{head}" holds personal data, so the return is refused. Delete the whole column.'
    )


@pytest.mark.parametrize(("sheet", "at"), [("about", 2), ("province", 3), ("ratings", 0)])
def test_personal_data_is_refused_on_every_sheet(sheet: str, at: int) -> None:
    sheets = good(2)
    sheets.setdefault(sheet, [[""] * 4])
    head = [*sheets[sheet][0], *[""] * 4][:4]
    head[at] = "Họ và tên"
    sheets[sheet][0] = head
    assert facts(only(read(sheets).findings)) == ("R01", "error", sheet, 1, column_letter(at), "Họ và tên")


def test_no_label_of_the_form_counts_as_personal_data_where_it_is_known() -> None:
    for lang in ("vi", "en"):
        sheets = good(2)
        relabelled(sheets, lang)
        sheets["province"] = [
            [c.label(lang), *r[1:]]
            for r, c in zip(sheets["province"][1:], catalog().returns["province"].values(), strict=True)
        ]
        assert read(sheets).findings == ()


@pytest.mark.parametrize(
    "head",
    [
        "members_young",
        "commune",
        "Tên đơn vị hành chính cấp xã",
        "Tên xã",
        "commune name",
        "Sinh hoạt",
        "thể lực",
        "phó",
    ],
)
def test_what_only_looks_like_personal_data_is_not_called_so(head: str) -> None:
    assert not catalog().rules.is_personal(head)


# ---- counts, flags, categories, texts, codes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12.0, 12), (12, 12), (0.0, 0), ("12", 12), (" 12 ", 12), ("12,0", 12), ("12.0", 12), ("12,00", 12),
        ("0", 0), ("007", 7), ("1\u00a0200", 1200), (-0.0, 0),
        ("", None), (None, None), ("  ", None), ("\u00a0", None),
    ],
)  # fmt: skip
def test_a_count_is_read_and_a_blank_is_never_zero(value: Any, expected: int | None) -> None:
    for name in ("official_members", "militia_strength"):
        found = read(edited(good(2), name, value))
        assert found.findings == ()
        cell = found.cells[name].iloc[0]
        assert cell is pd.NA if expected is None else int(cell) == expected


COUNT = (
    "{} không phải là số đếm. Hãy nhập số nguyên từ 0 trở lên, hoặc để trống nếu chưa có số liệu.",
    "{} is not a count. Enter a whole number of 0 or more, or leave it blank if not reported.",
)
NEGATIVE = ("{} là số âm. Hãy nhập số nguyên từ 0 trở lên.", "{} is negative. Enter a whole number of 0 or more.")
FRACTION = (
    "{} có phần lẻ. Hãy nhập số nguyên (không dùng dấu chấm, dấu phẩy ngăn hàng nghìn).",
    "{} is a fraction. Enter a whole number (without a thousands mark).",
)


@pytest.mark.parametrize(
    ("value", "shown", "messages"),
    [
        *[(v, s, NEGATIVE) for v, s in ((-3.0, "-3"), ("-3", "-3"), ("− 3", "− 3"), (-1.5, "-1.5"), ("-1,5", "-1,5"))],
        *[(v, s, FRACTION) for v, s in (("12,5", "12,5"), (12.5, "12.5"), ("1.200", "1.200"), ("1,200", "1,200"))],
        *[(v, v, COUNT) for v in ("mười", "x", "12 đồng chí", "1 200 000.5.3", "12%", "=1+1", "1e3", "½", "²")],
        *[(v, str(v), COUNT) for v in (float("nan"), float("inf"), True, False)],
        *[(v, "1" + "0" * n, COUNT) for v, n in ((1e12, 12), (10**30, 30), ("1" + "0" * 20, 20))],
        *[(v, s, COUNT) for v, s in ((datetime(2022, 1, 2), "2022-01-02"), (time(1, 2), "01:02:00"))],
    ],
)  # fmt: skip
def test_what_is_no_count_is_said_with_its_place(value: Any, shown: str, messages: tuple[str, str]) -> None:
    found = read(edited(good(2), "official_members", value))
    finding = only(found.findings)
    assert facts(finding) == ("R02", "error", "cells", 2, "G", shown)
    assert (finding.message("vi"), finding.message("en")) == tuple(text.format(f'"{shown}"') for text in messages)
    assert found.cells["official_members"].isna().tolist() == [True, False]


def test_a_count_and_a_standard_of_the_province() -> None:
    sheets = good(2)
    line(sheets, "hot_spots")[1], line(sheets, "solidarity")[1] = "-1", "tốt"
    count, standard = read(sheets).findings
    rows = {row[0]: number for number, row in enumerate(sheets["province"], start=1)}
    assert facts(count) == ("R02", "error", "province", rows["hot_spots"], "B", "-1")
    assert facts(standard) == ("R02", "error", "province", rows["solidarity"], "B", "tốt")
    assert standard.message("vi") == (
        '"tốt" không phải là mức đánh giá. Hãy chọn: met (đạt), partly (đạt một phần), not_met (chưa đạt).'
    )
    assert standard.message("en") == '"tốt" is not a judgement. Choose: met, partly, not_met.'


@pytest.mark.parametrize(
    ("word", "state"),
    [("met", "met"), ("Đạt", "met"), ("partly", "partly"), ("đạt một phần", "partly"), ("NOT_MET", "not_met"),
     ("Chưa đạt", "not_met"), ("", None)],
)  # fmt: skip
def test_a_standard_is_read_with_its_note(word: str, state: str | None) -> None:
    sheets = good(2)
    line(sheets, "solidarity")[1:] = [word, "ghi chú"]
    found = read(sheets)
    assert (found.standards["solidarity"], found.findings) == ((state, "ghi chú"), ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, 1), (0.0, 0), ("1", 1), ("0", 0), ("có", 1), ("Không", 0), ("KHÔNG", 0), ("yes", 1), ("No", 0), (True, 1),
     (False, 0), ("co", 1), ("", None), (None, None)],
)  # fmt: skip
def test_a_flag_is_read(value: Any, expected: int | None) -> None:
    found = read(edited(good(2), "inspected", value))
    cell = found.cells["inspected"].iloc[0]
    assert found.findings == ()
    assert cell is pd.NA if expected is None else int(cell) == expected


@pytest.mark.parametrize("value", ["x", "X", "2", 2.0, "-1", 0.5, "✓", "1,0", float("nan"), datetime(2022, 1, 1)])
def test_what_is_no_flag_is_said(value: Any) -> None:
    finding = only(read(edited(good(2), "inspected", value)).findings)
    assert facts(finding)[:4] == ("R02", "error", "cells", 2)
    assert finding.message("vi") == (
        f'"{finding.value}" không rõ có hay không. Hãy nhập 1 (có) hoặc 0 (không); để trống nếu chưa báo cáo.'
    )
    assert finding.message("en") == (
        f'"{finding.value}" is neither yes nor no. Enter 1 (yes) or 0 (no); leave it blank if not reported.'
    )


def test_categories_are_read_by_id_and_by_label_of_any_regime() -> None:
    levels = [(label, level) for regime in catalog().regimes for level, label in regime.organisation_levels.items()]
    for label, level in levels:
        for word in (level, label.vi, label.en, label.vi.upper(), unicodedata.normalize("NFD", label.vi)):
            found = read(edited(good(1), "cell_rating", word))
            assert (found.cells["cell_rating"].iloc[0], found.findings) == (level, ())
    for kind in ("xã", "Phường", "THỊ TRẤN", "dac khu"):
        assert read(edited(good(1), "commune_kind", kind)).findings == ()


def test_an_unknown_category_is_said_with_those_there_are() -> None:
    finding = only(read(edited(good(1), "cell_rating", "khá")).findings)
    assert facts(finding)[:4] == ("R02", "error", "cells", 2)
    allowed = "excellent, good, completed, not_completed, not_rated"
    assert finding.message("vi") == f'"khá" không thuộc danh sách. Hãy chọn: {allowed}.'
    assert finding.message("en") == f'"khá" is not on the list. Choose: {allowed}.'


@pytest.mark.parametrize(("value", "code"), [(1234.0, "01234"), ("1234", "01234"), (23284.0, "23284"), ("x", "x")])
def test_codes_get_their_zeros_back(value: Any, code: str) -> None:
    assert read(edited(good(1), "commune_code", value)).cells["commune_code"].iloc[0] == code


def test_names_that_differ_only_in_writing_are_mended_and_noted() -> None:
    plain = read(good(5)).cells
    names, kinds = list(plain["commune"]), list(plain["commune_kind"])
    written = [names[0].upper() + " ", f"{kinds[1]} {names[1]}", unicodedata.normalize("NFD", names[2]), "Khác", None]
    found = read(edited(good(5), "commune", *written))
    assert list(found.cells["commune"])[:4] == [*names[:3], "Khác"]
    finding, other = found.findings
    assert other.row == 4
    assert facts(finding) == ("R12", "note", "cells", 2, "commune", names[0].upper())
    assert finding.message("vi") == (
        f'tên "{names[0].upper()}" khác danh mục ("{names[0]}") về dấu hoặc chữ hoa; đã tự sửa.'
    )
    assert finding.message("en") == (
        f'the name "{names[0].upper()}" differs from the register ("{names[0]}") in accents or case; it was mended.'
    )


# ---- sheet about


@pytest.mark.parametrize(
    "value", [datetime(2022, 12, 31), date(2022, 12, 31), "2022-12-31", "31/12/2022", "31-12-2022", "31.12.2022"]
)
def test_dates_are_read_as_excel_has_them_and_as_text(value: Any) -> None:
    sheets = good(2)
    line(sheets, "as_of", "about")[1] = value
    assert read(sheets).as_of == date(2022, 12, 31)


@pytest.mark.parametrize(
    ("value", "period"), [(2022.0, "2022"), ("2022-H1", "2022-H1"), (datetime(2022, 11, 1), "2022-11")]
)
def test_the_period_is_read_also_where_excel_made_it_a_date(value: Any, period: str) -> None:
    sheets = good(2)
    line(sheets, "period", "about")[1] = value
    assert str(read(sheets).period) == period


@pytest.mark.parametrize(
    ("key", "value", "vi", "en"),
    [
        ("contract", 2.0, 'mẫu phiên bản "2", cần phiên bản 1. Hãy lập mẫu mới: partybuilding forms.',
         'form version "2", version 1 is due. Make a new form: partybuilding forms.'),
        ("status", "final", 'status "final" không hợp lệ. Hãy chọn official, provisional hoặc synthetic.',
         'status "final" is not one. Choose official, provisional or synthetic.'),
        ("as_of", "hôm nay", 'as_of "hôm nay" không phải là ngày. Hãy viết NĂM-THÁNG-NGÀY, ví dụ 2022-12-31.',
         'as_of "hôm nay" is not a date. Write YEAR-MONTH-DAY, for example 2022-12-31.'),
        ("as_of", 44926.5, 'as_of "44926.5" không phải là ngày. Hãy viết NĂM-THÁNG-NGÀY, ví dụ 2022-12-31.',
         'as_of "44926.5" is not a date. Write YEAR-MONTH-DAY, for example 2022-12-31.'),
        ("as_of", "", "thiếu as_of. Hãy điền vào cột value.", "as_of is missing. Fill it in, in column value."),
        ("province", "kon-tun",
         'Không có đơn vị "kon-tun". Có phải ý bạn là "kon-tum"? Xem danh sách: partybuilding list --units.',
         'There is no unit "kon-tun". Did you mean "kon-tum"? See the list: partybuilding list --units.'),
        ("period", "2022-13",
         'Kỳ báo cáo "2022-13" không hợp lệ. Hãy viết năm, nửa năm, quý hoặc tháng: 2022, 2022-H1, 2022-Q4, 2022-11.',
         'Period "2022-13" is not one. Write a year, half-year, quarter or month: 2022, 2022-H1, 2022-Q4, 2022-11.'),
    ],
)  # fmt: skip
def test_what_is_wrong_about_the_return_is_said_with_its_file(key: str, value: Any, vi: str, en: str) -> None:
    sheets = good(2)
    line(sheets, key, "about")[1] = value
    assert refusal(sheets) == (f"a.xlsx, trang about: {vi}", f"a.xlsx, sheet about: {en}")


def test_all_that_is_missing_about_the_return_is_said_at_once() -> None:
    assert refusal(good() | {"about": []}) == (
        "a.xlsx, trang about: thiếu province, period, as_of, status. Hãy điền vào cột value.",
        "a.xlsx, sheet about: province, period, as_of, status is missing. Fill it in, in column value.",
    )


# ---- hostile texts


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_kept_as_plain_text(text: str) -> None:
    sheets = edited(edited(good(2), "commune", text), "area", text)
    line(sheets, "prepared_by", "about")[1] = text
    for name in ("context", "proposals"):
        line(sheets, name)[1] = text
    line(sheets, "solidarity")[2] = text
    found = read(sheets)
    assert found.findings == ()
    assert (found.prepared_by, found.texts["context"], found.texts["proposals"]) == (text, text, text)
    assert (found.standards["solidarity"][1], *found.cells.loc[2, ["commune", "area"]]) == (text, text, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_where_it_does_not_belong_is_told_as_it_stands(text: str) -> None:
    sheets = good(3)
    for name in ("official_members", "inspected", "cell_rating", "commune_code", "commune"):
        edited(sheets, name, text)
    sheets["cells"][0].append(text)
    line(sheets, "solidarity")[1] = text
    sheets["province"].append([text, text])
    findings = checked(sheets)
    assert [f.code for f in findings if f.value == text[:80]] == ["R01", "R02", "R01", "R02", "R02", "R02", "R03"]
    assert all(
        text[:80] in finding.message(lang)
        for finding in findings
        for lang in ("vi", "en")
        if finding.value == text[:80]
    )


# ---- anything at all

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-3, 40).map(float), st.floats(), st.text(max_size=8),
    st.sampled_from(["", "x", "có", "12,5", "-3", "1.200", "excellent", "2022", "kon-tum", "23284", "Họ tên"]),
    st.sampled_from(HOSTILE),
    st.datetimes(), st.dates(), st.times(), st.timedeltas(), st.just(float("nan")), st.just(10**400),
    st.sampled_from([column for part in ("about", "cells", "province") for column in catalog().returns[part]]),
)  # fmt: skip
STEPS = (
    "cell",
    "drop row",
    "double row",
    "move column",
    "double column",
    "rename",
    "empty row",
    "cut row",
    "swap",
    "fill",
)


@st.composite
def spoilt(draw: st.DrawFn) -> Sheets:
    """A good return in which some things were changed at random."""
    sheets = good(draw(st.integers(0, 12)))
    for _ in range(draw(st.integers(1, 8))):
        rows = sheets[draw(st.sampled_from(["cells", "cells", "cells", "about", "province"]))]
        if not rows:
            continue
        number = draw(st.integers(0, len(rows) - 1))
        row, width = rows[number], max(map(len, rows))
        at = draw(st.integers(0, max(width - 1, 0)))
        match draw(st.sampled_from(STEPS)):
            case "cell" if at < len(row):
                row[at] = draw(ANYTHING)
            case "rename" if at < len(rows[0]):
                rows[0][at] = draw(ANYTHING)
            case "drop row":
                del rows[number]
            case "double row":
                rows.insert(number, list(row))
            case "empty row":
                rows.insert(number, draw(st.sampled_from([[], [""], [None] * 5, ["", 1.0]])))
            case "cut row":
                del row[at:]
            case "swap":
                other = draw(st.integers(0, len(rows) - 1))
                rows[number], rows[other] = rows[other], rows[number]
            case "move column" | "double column" as step:
                for one in rows:
                    if at < len(one):
                        one.append(one[at] if step == "double column" else one.pop(at))
            case "fill":
                value = draw(ANYTHING)
                for one in rows[1:]:
                    if at < len(one):
                        one[at] = value
    return sheets


EXAMPLES = int(os.environ.get("PARTYBUILDING_FUZZ", "300"))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES == 300)
@given(spoilt())
def test_no_return_however_spoilt_is_more_than_findings_or_one_message(sheets: Sheets) -> None:
    try:
        found = read(sheets)
        findings = checked(found, found)
    except UserError as error:
        assert error.message("vi") and error.message("en")
        return
    assert isinstance(found, Return)
    for finding in findings:
        assert finding.message("vi") and finding.message("en")
    for name, column in catalog().returns["cells"].items():
        if column.kind in ("count", "flag"):
            assert not (found.cells[name] < 0).any()


@settings(
    max_examples=max(60, EXAMPLES // 20),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES == 300,
)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6)), min_size=1, max_size=6),
    st.floats(0.5, 1),
)
def test_no_file_however_damaged_is_more_than_a_return_or_one_message(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, bytes]], share: float
) -> None:
    content = bytearray(DEMO.read_bytes())
    for where, more in changes:
        start = int(where * len(content))
        content[start : start + len(more)] = more
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    path.write_bytes(content[: int(len(content) * share) if share < 0.7 else None])
    try:
        Reader(path, catalog(), register(), communes()).read()
    except UserError as error:
        assert error.message("vi") and error.message("en")


def test_durations_and_dates_are_texts() -> None:
    assert only(read(edited(good(1), "inspected", timedelta(days=1))).findings).value == "1 day, 0:00:00"
