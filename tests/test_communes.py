"""The register of commune-level units: who was there when, and where each went on 1 July 2025."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from datetime import date

import pytest
from conftest import ROOT, communes, register

from partybuilding.assess.communes import Commune

YEAR_END, REFORM, BEFORE = date(2022, 12, 31), date(2025, 7, 1), date(2025, 6, 30)


def kinds(found: list[Commune]) -> dict[str, int]:
    return dict(Counter(commune.kind for commune in found))


def areas(found: list[Commune]) -> dict[str, int]:
    """Units by district, without its kind."""
    words = ("huyện ", "thành phố ", "thị xã ")
    return dict(
        Counter(next(area.removeprefix(w) for w in words if area.startswith(w)) for area in (c.area for c in found))
    )


@pytest.mark.parametrize("day", [date(2021, 12, 31), YEAR_END, BEFORE])
def test_kon_tum_has_102_units_in_ten_districts_until_the_reform(day: date) -> None:
    found = communes().of("kon-tum", day)
    assert kinds(found) == {"xã": 85, "phường": 10, "thị trấn": 7}
    assert areas(found) == {
        "Đăk Glei": 12,
        "Ngọc Hồi": 8,
        "Đăk Tô": 9,
        "Kon Plông": 9,
        "Kon Rẫy": 7,
        "Đăk Hà": 11,
        "Sa Thầy": 11,
    } | {"Tu Mơ Rông": 11, "Ia H'Drai": 3, "Kon Tum": 21}


@pytest.mark.parametrize(
    ("day", "wards", "towns", "total"),
    [
        (date(2022, 6, 30), 10, 15, 209),
        (date(2022, 7, 1), 10, 17, 209),
        (YEAR_END, 10, 17, 209),
        (date(2024, 12, 31), 19, 15, 209),
        (date(2025, 1, 1), 35, 14, 192),
        (BEFORE, 35, 14, 192),
    ],
)
def test_bac_giang_over_time(day: date, wards: int, towns: int, total: int) -> None:
    found = communes().of("bac-giang", day)
    assert kinds(found) == {"xã": total - wards - towns, "phường": wards, "thị trấn": towns}


def test_bac_giang_by_district_in_2022() -> None:
    found = areas(communes().of("bac-giang", YEAR_END))
    assert found == {"Bắc Giang": 16, "Yên Thế": 19, "Tân Yên": 22, "Lạng Giang": 21, "Lục Nam": 25, "Lục Ngạn": 29} | {
        "Sơn Động": 17,
        "Yên Dũng": 18,
        "Việt Yên": 17,
        "Hiệp Hòa": 25,
    }


def test_the_country_on_1_july_2025() -> None:
    units = register().on(REFORM)
    found = [commune for unit in units for commune in communes().of(unit.slug, REFORM)]
    assert kinds(found) == {"xã": 2621, "phường": 687, "đặc khu": 13}
    assert len(found) == 3321
    assert {unit.slug: len(communes().of(unit.slug, REFORM)) for unit in units} == {u.slug: u.communes for u in units}
    assert {commune.area for commune in found} == {""}  # no district any more


@pytest.mark.parametrize(
    ("day", "total"), [(YEAR_END, 10_599), (date(2023, 12, 31), 10_598), (BEFORE, 10_035), (REFORM, 3321)]
)
def test_codes_and_names_are_unique_on_a_day(day: date, total: int) -> None:
    found = [commune for unit in register().on(day) for commune in communes().of(unit.slug, day)]
    assert len(found) == total
    assert len({commune.code for commune in found}) == total
    assert len({(c.province, c.area, c.kind, c.name) for c in found}) == total
    for commune in found:
        assert commune.code.isdigit()
        assert len(commune.code) == 5
        assert unicodedata.is_normalized("NFC", commune.name)
        assert commune.name == commune.name.strip() != ""
        assert commune.kind in ("xã", "phường", "thị trấn", "đặc khu")


def test_nobody_is_there_before_or_after_its_time() -> None:
    assert communes().of("kon-tum", REFORM) == []
    assert communes().of("bac-giang", REFORM) == []
    assert communes().of("atlantis", YEAR_END) == []
    assert len(communes().of("quang-ngai", REFORM)) == 96
    old = next(commune for commune in communes().of("kon-tum", BEFORE))
    assert old.valid_on(date.min)
    assert old.valid_on(BEFORE)
    assert not old.valid_on(REFORM)


def test_the_order_is_that_of_the_codes() -> None:
    codes = [commune.code for commune in communes().of("bac-giang", YEAR_END)]
    assert codes == sorted(codes)


@pytest.mark.parametrize(
    ("old", "new", "count", "by_kind"),
    [("kon-tum", "quang-ngai", 40, {"xã": 37, "phường": 3}), ("bac-giang", "bac-ninh", 58, {"xã": 45, "phường": 13})],
)
@pytest.mark.parametrize("day", [YEAR_END, BEFORE])
def test_each_unit_went_whole_into_one_of_the_new(
    old: str, new: str, count: int, by_kind: dict[str, int], day: date
) -> None:
    now = {commune.code: commune for commune in communes().of(new, REFORM)}
    went = {commune.code: communes().successors[commune.code] for commune in communes().of(old, day)}
    assert {len(codes) for codes in went.values()} == {1}
    reached = {codes[0] for codes in went.values()}
    assert reached <= set(now)
    assert len(reached) == count
    assert kinds([now[code] for code in reached]) == by_kind
    with (ROOT / "data/register/successors.csv").open(encoding="utf-8") as stream:
        lines = [row for row in csv.DictReader(stream) if row["new_code"] in reached]
    assert {row["part"] for row in lines} == {"whole"}
    before = {commune.code for commune in (*communes().of(old, YEAR_END), *communes().of(old, BEFORE))}
    assert {row["old_code"] for row in lines} <= before  # nobody else went there


def test_a_divided_unit_has_several_successors() -> None:
    divided = [codes for codes in communes().successors.values() if len(codes) > 1]
    assert len(divided) == 471
    assert all(len(set(codes)) == len(codes) for codes in divided)
