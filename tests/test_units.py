from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from conftest import register as real

from partybuilding.errors import Problems, UserError
from partybuilding.periods import Period
from partybuilding.units import Register

HEAD = (
    "slug,code,name_vi,name_en,kind,military_region,region_certainty,communes,communes_certainty,"
    "valid_from,valid_to,successor,certainty,note"
)


def row(slug: str = "kon-tum", start: str = "", end: str = "", successor: str = "", **cells: str) -> str:
    values = {"name_vi": "Kon Tum", "name_en": "Kon Tum", "region": "5", "communes": "102", "note": "", "code": "62"}
    v = values | cells
    return (
        f"{slug},{v['code']},{v['name_vi']},{v['name_en']},tỉnh,{v['region']},C,{v['communes']},C,"
        f"{start},{end},{successor},C,{v['note']}"
    )


def read(place: Path, *rows: str) -> Register:
    path = place / "units.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return Register.read(path)


def refused(place: Path, *rows: str) -> UserError:
    with pytest.raises(UserError) as caught:
        read(place, *rows)
    return caught.value


# ---- facts


@pytest.mark.parametrize(("day", "units"), [(date(2022, 12, 31), 63), (date(2025, 6, 30), 63), (date(2025, 7, 1), 34)])
def test_there_were_63_units_before_the_merger_and_34_after(day: date, units: int) -> None:
    assert len(real().on(day)) == units == len({unit.slug for unit in real().on(day)})


def test_the_communes_after_the_merger_sum_to_3321() -> None:
    assert sum(unit.communes for unit in real().on(date(2025, 7, 1))) == 3321


@pytest.mark.parametrize(
    ("name", "period", "communes"),
    [
        ("kon-tum", "2022", 102),  # 85 xã + 10 phường + 7 thị trấn
        ("bac-giang", "2022", 209),
        ("bac-giang", "2024", 209),
        ("bac-giang", "2025-01", 192),
        ("bac-ninh", "2025", 99),
    ],
)
def test_the_communes_of_a_unit_are_those_at_the_end_of_the_period(name: str, period: str, communes: int) -> None:
    assert real().at(name, Period.parse(period)).communes == communes


def test_code_24_was_bac_giang_and_is_bac_ninh() -> None:
    of_24 = {day: [u.slug for u in real().on(day) if u.code == "24"] for day in (date(2025, 6, 30), date(2025, 7, 1))}
    assert list(of_24.values()) == [["bac-giang"], ["bac-ninh"]]


def test_codes_and_slugs_are_unique_on_each_day() -> None:
    for day in (date(2022, 12, 31), date(2025, 1, 1), date(2025, 7, 1), date(2026, 12, 31)):
        units = real().on(day)
        assert len({unit.code for unit in units}) == len({unit.slug for unit in units}) == len(units)


def test_the_military_regions_before_the_merger() -> None:
    counted = Counter(unit.military_region for unit in real().on(date(2022, 12, 31)))
    expected = {"1": 6, "2": 9, "3": 9, "4": 6, "5": 11, "7": 9, "9": 12, "capital": 1}  # 63 in all
    assert counted == expected
    assert sum(expected.values()) == 63


def test_each_unit_that_ended_has_a_successor_that_exists_today() -> None:
    today = {unit.slug for unit in real().on(date(2026, 12, 31))}
    for name in {unit.slug for unit in real().on(date(2022, 12, 31))} - today:
        with pytest.raises(UserError) as caught:
            real().at(name, Period.parse("2026"))
        assert caught.value.code == "unit_ended"
        assert caught.value.fields["successor"] in today


def test_slugs_are_sorted_each_once_and_made_of_the_vietnamese_name() -> None:
    slugs = real().slugs
    assert list(slugs) == sorted(set(slugs))
    assert len(slugs) == 64  # 63 of 2022 and hue, which was thua-thien-hue
    assert {"dak-lak", "ba-ria-vung-tau", "hue", "thua-thien-hue"} < set(slugs)


# ---- asking for a unit


@pytest.mark.parametrize(
    "text", ["dak-lak", "Đắk Lắk", unicodedata.normalize("NFD", "Đắk Lắk"), "DAK LAK", "đắk lắk", "Dak-Lak", "Đăk Lăk"]
)
def test_a_unit_is_found_by_slug_and_by_name_with_or_without_accents(text: str) -> None:
    assert real().at(text, Period.parse("2022")).slug == "dak-lak"


def test_name_is_given_in_either_language_without_the_kind() -> None:
    city = real().at("ho-chi-minh", Period.parse("2022"))
    assert (city.name("vi"), city.name("en"), city.kind) == ("Hồ Chí Minh", "Ho Chi Minh City", "thành phố")


@pytest.mark.parametrize(
    ("text", "near"), [("kon-tumm", "kon-tum"), ("bak-giang", "bac-giang"), ("Đăk Lăkk", "Đắk Lắk"), ("qwertz", "")]
)
def test_an_unknown_unit_is_refused_with_the_nearest_one(text: str, near: str) -> None:
    with pytest.raises(UserError) as caught:
        real().at(text, Period.parse("2022"))
    vi, en = (f' Có phải ý bạn là "{near}"?', f' Did you mean "{near}"?') if near else ("", "")
    assert caught.value.message("vi") == f'Không có đơn vị "{text}".{vi} Xem danh sách: partybuilding list --units.'
    assert caught.value.message("en") == f'There is no unit "{text}".{en} See the list: partybuilding list --units.'


@pytest.mark.parametrize(
    "text", ["", "<script>", "#panic(1)", "../kon-tum", "=1+1", "kon-tum\x00", "{slug}", "k" * 10_000, "24"]
)
def test_no_hostile_text_and_no_code_names_a_unit(text: str) -> None:
    with pytest.raises(UserError) as caught:
        real().known(text)
    assert caught.value.code == "unit_unknown"
    assert f'"{text}"' in caught.value.message("en")


def test_kon_tum_in_2026_names_quang_ngai() -> None:
    with pytest.raises(UserError) as caught:
        real().at("kon-tum", Period.parse("2026"))
    assert caught.value.message("vi") == (
        "Kon Tum không còn là đơn vị hành chính cấp tỉnh từ ngày 01/07/2025, nên không có báo cáo kỳ 2026. "
        'Hãy dùng đơn vị kế thừa "quang-ngai" (Quảng Ngãi) cho kỳ này.'
    )
    assert caught.value.message("en") == (
        "Kon Tum ceased to be a provincial unit on 01 July 2025, so there is no report for 2026. "
        'Use its successor "quang-ngai" (Quảng Ngãi) for this period.'
    )


@pytest.mark.parametrize(
    ("text", "period", "successor"),
    [
        ("bac-giang", "2025", "bac-ninh"),  # over two rows of its own
        ("Thừa Thiên Huế", "2026", "hue"),  # a province that became a city, whose row of half a year ended too
        ("binh-phuoc", "2026", "dong-nai"),  # the successor has two rows
    ],
)
def test_the_successor_is_followed_to_the_unit_of_the_period(text: str, period: str, successor: str) -> None:
    with pytest.raises(UserError) as caught:
        real().at(text, Period.parse(period))
    assert (caught.value.code, caught.value.fields["successor"]) == ("unit_ended", successor)
    assert real().at(successor, Period.parse(period)).slug == successor


def test_the_half_year_in_which_the_merger_came_still_belongs_to_the_old_unit() -> None:
    assert real().at("kon-tum", Period.parse("2025-H1")).code == "62"
    with pytest.raises(UserError):
        real().at("kon-tum", Period.parse("2025"))


def test_a_unit_that_is_younger_than_the_period_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        real().at("hue", Period.parse("2024"))
    assert caught.value.message("vi") == (
        "Huế chưa thành lập trong kỳ 2024 (có từ ngày 01/01/2025). Hãy chọn kỳ muộn hơn."
    )
    assert caught.value.message("en") == (
        "Huế did not exist yet in 2024 (it exists since 01 January 2025). Choose a later period."
    )


# ---- reading the file


def test_one_row_makes_a_register(tmp_path: Path) -> None:
    register = read(tmp_path, row())
    assert register.slugs == ("kon-tum",)
    assert register.at("Kon Tum", Period.parse("1999")).valid_to is None


def test_a_file_with_a_head_alone_makes_an_empty_register(tmp_path: Path) -> None:
    assert read(tmp_path).on(date(2022, 1, 1)) == []


def test_decomposed_names_are_composed(tmp_path: Path) -> None:
    name = "Đắk Lắk"
    register = read(tmp_path, row("dak-lak", name_vi=unicodedata.normalize("NFD", name)))
    assert register.rows[0].name_vi == name


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "#panic(1)", "../../etc/passwd", "=1+1", "{name} {0}", "x" * 10_000]
)
@pytest.mark.parametrize("field", ["name_vi", "name_en", "note"])
def test_a_hostile_text_is_kept_as_it_stands(tmp_path: Path, field: str, text: str) -> None:
    assert getattr(read(tmp_path, row(**{field: text})).rows[0], field) == text


@pytest.mark.parametrize("slug", ["../kon-tum", "Kon-Tum", "kon tum", "kon--tum", "=1+1", "<b>", "kon-tum-", "k/m"])
def test_a_slug_is_small_letters_and_hyphens_only(tmp_path: Path, slug: str) -> None:
    error = refused(tmp_path, row(slug))
    assert (error.code, error.fields["key"], error.fields["line"], error.fields["value"]) == (
        "value_form",
        "slug",
        2,
        slug,
    )


def test_an_overlap_is_refused_with_the_day(tmp_path: Path) -> None:
    error = refused(tmp_path, row(end="2024-12-31", successor="kon-tum"), row(start="2024-12-31"))
    assert error.message("vi") == (
        'units.csv, dòng 3: "kon-tum" có hai dòng cùng hiệu lực ngày 2024-12-31. Hãy sửa valid_from hoặc valid_to.'
    )
    assert error.message("en") == (
        'units.csv, line 3: "kon-tum" has two rows valid on 2024-12-31. Correct valid_from or valid_to.'
    )


def test_rows_that_touch_do_not_overlap(tmp_path: Path) -> None:
    register = read(tmp_path, row(end="2024-12-31", successor="kon-tum"), row(start="2025-01-01", communes="99"))
    assert [register.at("kon-tum", Period.parse(y)).communes for y in ("2024", "2025")] == [102, 99]


def test_a_unit_that_ends_without_a_successor_and_reversed_dates_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, row(end="2024-12-31")).message("en") == (
        'units.csv, line 2: "successor" is missing. Add it.'
    )
    assert (
        refused(tmp_path, row(start="2025-02-01", end="2025-01-01", successor="kon-tum"))
        .message("en")
        .startswith("units.csv, line 2, kon-tum: valid_from is later than valid_to.")
    )


@pytest.mark.parametrize(
    ("successor", "vi", "en"),
    [("quang-ngaj", ' Có phải ý bạn là "quang-ngai"?', ' Did you mean "quang-ngai"?'), ("tokyo", "", "")],
)
def test_a_successor_that_does_not_exist_is_refused(tmp_path: Path, successor: str, vi: str, en: str) -> None:
    error = refused(tmp_path, row(end="2025-06-30", successor=successor), row("quang-ngai", code="51"))
    assert error.message("vi") == (
        f'units.csv, dòng 2: đơn vị kế thừa "{successor}" của "kon-tum" không có hiệu lực ngày 2025-07-01.'
        f"{vi} Hãy sửa successor hoặc ngày."
    )
    assert error.message("en") == (
        f'units.csv, line 2: successor "{successor}" of "kon-tum" is not valid on 2025-07-01.'
        f"{en} Correct the successor or the dates."
    )


def test_a_successor_that_begins_a_day_late_is_refused(tmp_path: Path) -> None:
    rows = row(end="2025-06-30", successor="quang-ngai"), row("quang-ngai", start="2025-07-02", code="51")
    assert refused(tmp_path, *rows).code == "unit_successor"


def test_a_successor_that_ended_itself_is_passed_over(tmp_path: Path) -> None:
    register = read(
        tmp_path,
        row("a", end="2023-12-31", successor="b"),
        row("b", start="2024-01-01", end="2024-12-31", successor="c"),
        row("c", start="2025-01-01", name_vi="Cê"),
    )
    for period, successor in (("2024", "b"), ("2026", "c")):
        with pytest.raises(UserError) as caught:
            register.at("a", Period.parse(period))
        assert caught.value.fields["successor"] == successor


def test_all_mistakes_are_told_in_one_go(tmp_path: Path) -> None:
    error = refused(tmp_path, row(region="6"), row(communes="nhiều"), row(start="1/7/2025"), row(name_vi=""))
    assert isinstance(error, Problems)
    assert error.message("en").splitlines() == [
        'units.csv, line 2, military_region: "6" is not allowed; it must be one of: 1, 2, 3, 4, 5, 7, 9, capital. '
        "Correct the value.",
        'units.csv, line 3, communes: "nhiều" is not a number. Write it in digits, for example 90.2 or "90,2".',
        'units.csv, line 4, valid_from: "1/7/2025" is not a date. Write it as YEAR-MONTH-DAY, for example 2022-12-31.',
        'units.csv, line 5: "name_vi" is missing. Add it.',
    ]


@pytest.mark.parametrize(
    ("slug", "since", "day", "expected"),
    [
        ("quang-ngai", "2025-12-31", "2024-12-31", ["kon-tum", "quang-ngai"]),
        ("ha-noi", "2025-12-31", "2024-12-31", ["ha-noi"]),
        ("bac-ninh", "2026-11-22", "2025-08-01", ["bac-ninh"]),
        ("bac-ninh", "2026-11-22", "2022-12-31", ["bac-giang", "bac-ninh"]),
    ],
)
def test_predecessors_are_the_units_whose_area_a_unit_has_now(
    slug: str, since: str, day: str, expected: list[str]
) -> None:
    (unit,) = [row for row in real().on(date.fromisoformat(since)) if row.slug == slug]
    assert sorted(real().predecessors(unit, date.fromisoformat(day))) == expected


def test_every_unit_of_2022_has_an_heir_today() -> None:
    heirs = [real().heir(unit, date(2026, 11, 22)) for unit in real().on(date(2022, 12, 31))]
    assert len(heirs) == 63
    assert len({heir.slug for heir in heirs if heir}) == 34
