"""A folder of returns: what is in it, what is kept out, and sums across the reform of 1 July 2025."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command

from partybuilding.assess.assessment import Assessment, assess
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.folder import ReturnFolder, return_folders, return_paths
from partybuilding.errors import UserError
from partybuilding.periods import Period
from partybuilding.units import Register

Row = dict[str, Any]
KON_TUM = ("kon-tum", "2024")
OLD, NEW = ("quang-ngai", "2024"), ("quang-ngai", "2025")


@cache
def register() -> Register:
    return Register.read(ROOT / "params" / "units.csv")


@cache
def catalog() -> Catalog:
    return Catalog.read(register(), ROOT / "params")


@cache
def communes() -> Communes:
    return Communes.read()


def write(folder: Path, whose: tuple[str, str], cells: list[Row], name: str = "", **more: Any) -> Path:
    """Write a return as CSV folder: the first communes of the unit with these cells; what is not named is blank."""
    slug, period = whose
    place = folder / (name or f"{slug}-{period}")
    place.mkdir(parents=True)
    as_of = Period.parse(period).end
    about = {"province": slug, "period": period, "as_of": more.pop("as_of", as_of), "status": "official"}
    about |= {"status": more.pop("status", "official")}
    columns = list(catalog().returns["cells"])
    known = communes().of(slug, as_of)
    heads = [{"commune_code": c.code, "commune": c.name, "commune_kind": c.kind, "area": c.area} for c in known]
    rows = [{**head, "cell_established": 1, **row} for head, row in zip(heads, cells, strict=False)]
    for sheet, lines in (
        ("about", [["key", "value"], *map(list, about.items())]),
        ("cells", [columns, *([row.get(column, "") for column in columns] for row in rows)]),
        ("province", [["key", "value", "note"], *([key, value, ""] for key, value in more.items())]),
    ):
        with (place / f"{sheet}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(lines)
    return place


def folder_of(place: Path) -> ReturnFolder:
    return ReturnFolder.of(place, catalog(), register())


def assessed(place: Path, whose: tuple[str, str]) -> Assessment:
    period = Period.parse(whose[1])
    return assess(register().at(whose[0], period), period, catalog(), folder_of(place), register())


def three(place: Path) -> Path:
    """Kon Tum and the old Quảng Ngãi of 2024, and Quảng Ngãi of 2025."""
    write(
        place,
        KON_TUM,
        [
            {"standing_board": 1, "militia_members": 10, "militia_strength": 50, "issues_detected": 0},
            {"standing_board": 0, "militia_members": 10, "militia_strength": 50, "issues_detected": 0},
            {"cell_established": 0, "militia_members": 10, "militia_strength": 100},
            {"standing_board": 0},
        ],
        hot_spots=1,
        organisations=10,
        organisations_resolution_21=5,
        advisory_function="met",
        as_of="2024-11-30",
    )
    write(
        place,
        OLD,
        [
            {"standing_board": 1, "militia_members": 200, "militia_strength": 500},
            {"standing_board": 1, "militia_members": 100, "militia_strength": 300},
        ],
        hot_spots=2,
        organisations=40,
        organisations_resolution_21=40,
        advisory_function="met",
    )
    write(place, NEW, [{"standing_board": 1, "militia_members": 300, "militia_strength": 1000}], hot_spots=1)
    return place


# ---- the bridge over the reform


def test_a_year_ago_is_the_sum_of_both_units(tmp_path: Path) -> None:
    made = assessed(three(tmp_path), NEW)
    assert {unit.slug for unit in made.bridge} == {"kon-tum", "quang-ngai"}
    militia = made.result("militia_party_member_rate")
    assert militia.value is not None
    assert (militia.value.numerator, militia.value.denominator, militia.value.amount) == (300, 1000, 30.0)
    before = militia.year_ago
    assert before is not None
    # Kon Tum 10 + 10 + 10 of 50 + 50 + 100 (the fourth is blank), Quảng Ngãi 200 + 100 of 500 + 300
    assert (before.numerator, before.denominator) == (30 + 300, 200 + 800)
    assert before.amount == 33.0
    assert before.amount != (100 * 30 / 200 + 100 * 300 / 800) / 2  # the mean of the rates is 26.25 %
    assert before.units_reporting == 3 + 2
    assert before.units_due == len(communes().of("kon-tum", Period.parse("2024").end)) + len(
        communes().of("quang-ngai", Period.parse("2024").end)
    )
    assert {trail.source.rpartition("/")[2] for trail in before.trail} == {"kon-tum-2024", "quang-ngai-2024"}
    board = made.result("cell_standing_board_rate").year_ago
    assert board is not None
    # Kon Tum: 1 of 3 cells, one commune has none; Quảng Ngãi: 2 of 2; the mean of the rates is 66.7 %
    assert (board.numerator, board.denominator, board.amount) == (3, 5, 60.0)
    hot_spots = made.result("hot_spot_count").year_ago
    assert hot_spots is not None
    assert (hot_spots.numerator, hot_spots.denominator, hot_spots.amount) == (3, None, 3.0)
    resolution = made.result("resolution21_dissemination_rate").year_ago
    assert resolution is not None
    assert (resolution.numerator, resolution.denominator, resolution.amount) == (45, 50, 90.0)
    assert made.result("advisory_function").year_ago is None  # two statements do not add up to one
    assert before.as_of.isoformat() == "2024-12-31"  # the later of the two


def test_a_year_before_the_reform_is_that_of_the_unit_alone(tmp_path: Path) -> None:
    three(tmp_path)
    write(tmp_path, ("kon-tum", "2023"), [{"militia_members": 5, "militia_strength": 50}])
    write(tmp_path, ("quang-ngai", "2023"), [{"militia_members": 1, "militia_strength": 4}])
    for whose, counts in ((KON_TUM, (5, 50)), (OLD, (1, 4))):
        made = assessed(tmp_path, whose)
        before = made.result("militia_party_member_rate").year_ago
        assert before is not None
        assert (before.numerator, before.denominator) == counts
        assert made.bridge == ()


@pytest.mark.parametrize("missing", [KON_TUM, OLD])
def test_without_one_of_the_two_there_is_no_comparison(tmp_path: Path, missing: tuple[str, str]) -> None:
    three(tmp_path)
    (tmp_path / f"{missing[0]}-{missing[1]}").rename(tmp_path.parent / f"away-{missing[0]}")
    made = assessed(tmp_path, NEW)
    assert made.bridge == ()
    assert all(result.year_ago is None and result.previous is None for result in made.results)
    assert made.result("militia_party_member_rate").value is not None


def test_an_indicator_that_one_of_the_two_left_blank_is_not_compared(tmp_path: Path) -> None:
    write(tmp_path, KON_TUM, [{"militia_members": 10, "militia_strength": 50, "standing_board": 1}])
    write(tmp_path, OLD, [{"standing_board": 1}], hot_spots=0)
    write(tmp_path, NEW, [{"militia_members": 1, "militia_strength": 4, "standing_board": 1}], hot_spots=0)
    made = assessed(tmp_path, NEW)
    assert made.result("militia_party_member_rate").year_ago is None
    assert made.result("hot_spot_count").year_ago is None
    assert made.result("cell_standing_board_rate").year_ago is not None


def test_a_rate_over_nothing_in_one_part_does_not_stop_the_sum(tmp_path: Path) -> None:
    none_arose = {"issues_detected": 0, "issues_settled": 0}
    write(tmp_path, KON_TUM, [none_arose])
    write(tmp_path, OLD, [{"issues_detected": 4, "issues_settled": 3}])
    write(tmp_path, NEW, [{"issues_detected": 1, "issues_settled": 1}])
    before = assessed(tmp_path, NEW).result("issues_settled_rate").year_ago
    assert before is not None
    assert (before.numerator, before.denominator, before.amount) == (3, 4, 75.0)


@pytest.mark.parametrize("part", [KON_TUM, OLD, NEW])
@pytest.mark.parametrize("status", ["synthetic", "provisional"])
def test_the_status_of_any_part_is_carried_on(tmp_path: Path, part: tuple[str, str], status: str) -> None:
    three(tmp_path)
    about = tmp_path / f"{part[0]}-{part[1]}" / "about.csv"
    about.write_text(about.read_text(encoding="utf-8").replace("official", status), encoding="utf-8")
    evidence = folder_of(tmp_path).evidence([part[0]], Period.parse(part[1]))
    assert evidence is not None
    assert evidence.status == status
    if status == "synthetic":
        assert assessed(tmp_path, NEW).data_status == "synthetic"
    both = folder_of(tmp_path).evidence(["kon-tum", "quang-ngai"], Period.parse("2024"))
    assert both is not None
    assert both.status == (status if part != NEW else "official")


def test_the_evidence_of_two_units_names_both_files(tmp_path: Path) -> None:
    both = folder_of(three(tmp_path)).evidence(["kon-tum", "quang-ngai"], Period.parse("2024"))
    assert both is not None
    assert len(both.inputs) == 2
    assert (both.given, both.reporting, both.due) == (None, 6, 102 + len(communes().of("quang-ngai", NEW_DAY)))
    alone = folder_of(tmp_path).evidence(["kon-tum"], Period.parse("2024"))
    assert alone is not None
    assert alone.given is not None
    assert (alone.reporting, alone.due) == (4, 102)
    assert alone.values["advisory_function"].state == "met"


NEW_DAY = Period.parse("2024").end


# ---- what keeps a return out


@pytest.mark.parametrize(
    ("lang", "words"),
    [("vi", "có 2 lỗi nên chưa được đánh giá (R04: "), ("en", "2 errors, so it is not assessed (R04: ")],
)
def test_a_return_with_an_error_is_refused_with_the_command_to_see_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    monkeypatch.setenv("PARTYBUILDING_LANG", lang)
    path = write(tmp_path, NEW, [{"militia_members": 5, "militia_strength": 4}, {"board_members_refreshed": 1}] * 2)
    with pytest.raises(UserError) as caught:
        assessed(tmp_path, NEW)
    message = str(caught.value)
    assert caught.value.code == "return_refused"
    assert words in message
    assert message.endswith(f'partybuilding check "{folder_of(tmp_path).read(path).file}"')


def test_an_error_in_one_part_of_the_bridge_is_said_too(tmp_path: Path) -> None:
    write(tmp_path, KON_TUM, [{"militia_members": 5, "militia_strength": 4}])
    write(tmp_path, OLD, [{}])
    write(tmp_path, NEW, [{"standing_board": 1}])
    with pytest.raises(UserError) as caught:
        assessed(tmp_path, NEW)
    assert caught.value.code == "return_refused"
    assert "kon-tum-2024" in str(caught.value)


def test_a_file_that_cannot_be_read_is_left_out_and_stops_nobody(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "macros.xlsm").write_bytes(b"PK\x03\x04")
    (tmp_path / "~$open.xlsx").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not a return", encoding="utf-8")
    write(tmp_path, ("kon-tum", "2026"), [], name="too-late")  # Kon Tum ended in 2025
    assert "notes.txt" not in [path.name for path in return_paths(tmp_path)]
    assert "~$open.xlsx" not in [path.name for path in return_paths(tmp_path)]
    assert "broken.xlsx" in [path.name for path in return_paths(tmp_path)]  # `check` shows it
    found = folder_of(tmp_path).available()
    assert [(slug, str(period)) for slug, period in found] == [KON_TUM, OLD, NEW]
    assert assessed(tmp_path, NEW).result("militia_party_member_rate").value is not None


def test_two_files_of_one_province_and_period(tmp_path: Path) -> None:
    three(tmp_path)
    write(tmp_path, NEW, [{}], name="second")
    with pytest.raises(UserError) as caught:
        folder_of(tmp_path).available()
    assert caught.value.code == "return_twice"
    for lang, words in (("vi", "Hãy xóa một tệp"), ("en", "Delete one of the files")):
        message = caught.value.message(lang)
        assert words in message
        assert "second" in message
        assert "quang-ngai-2025" in message


def test_an_empty_folder_and_an_unknown_unit_say_nothing(tmp_path: Path) -> None:
    assert folder_of(tmp_path).available() == {}
    assert folder_of(three(tmp_path)).evidence(["ha-noi"], Period.parse("2024")) is None
    assert folder_of(tmp_path).evidence([], Period.parse("2024")) is None
    with pytest.raises(UserError) as caught:
        assessed(tmp_path, ("ha-noi", "2024"))
    assert caught.value.code == "nothing_for"


def test_each_file_is_read_once(tmp_path: Path) -> None:
    folder = folder_of(three(tmp_path))
    path = folder.places["kon-tum", Period.parse("2024")]
    assert folder.read(path) is folder.read(path)
    assert replace(folder.checked(path), findings=()).file == folder.read(path).file


def test_the_folders_of_returns_are_found_under_data(tmp_path: Path) -> None:
    assert "demo" in return_folders()
    assert not {"published", "register"} & set(return_folders())
    three(tmp_path / "mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "sources.csv").write_text("id\n", encoding="utf-8")
    assert return_folders(tmp_path) == ["mine"]


# ---- the demonstration returns


def test_the_demonstration_returns_of_kon_tum_over_time() -> None:
    made = assessed(ROOT / "data" / "demo", ("kon-tum", "2022"))
    board = made.result("cell_standing_board_rate")
    assert board.value is not None
    assert (board.value.numerator, board.value.denominator) == (92, 102)
    assert board.year_ago is not None
    assert board.year_ago.denominator == 102
    assert board.previous == board.year_ago  # of a year the period before is the year before
    assert made.bridge == ()
    assert made.data_status == "synthetic"
    names = {Path(file).name for file in made.inputs}
    assert {"kon-tum_2022.xlsx", "kon-tum_2021.xlsx"} <= names
    assert "kon-tum_2022-H1.xlsx" not in names


def test_half_a_year_is_compared_with_half_years_only() -> None:
    made = assessed(ROOT / "data" / "demo", ("kon-tum", "2022-H1"))
    assert str(made.period.previous) == "2021-H2"
    assert all(result.previous is None and result.year_ago is None for result in made.results)


def test_the_command_line_lists_the_folder(partybuilding: Command) -> None:
    done = partybuilding("list", lang="en")
    assert done.returncode == 0, done.stderr
    for period in ("2021", "2022-H1", "2022"):
        assert f"kon-tum_{period}.xlsx" in done.stdout
