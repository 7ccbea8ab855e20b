from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import HOSTILE, register
from conftest import catalog as real

from partybuilding.assess.catalog import Catalog, Target
from partybuilding.errors import Problems, UserError
from partybuilding.periods import Period
from partybuilding.units import Unit


def unit(name: str, period: str = "2022") -> Unit:
    return register().at(name, Period.parse(period))


def line_of(path: Path, text: str) -> int:
    before, found, _ = path.read_text(encoding="utf-8").partition(text)
    assert found, text
    return before.count("\n") + 1 + text[: len(text) - len(text.lstrip("\n"))].count("\n")


def change(project: Path, file: str, old: str, new: str) -> Path:
    """Put `new` for the first `old` of a file of params/."""
    path = project / "params" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def append(project: Path, file: str, text: str) -> Path:
    path = project / "params" / file
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8")
    return path


def refused() -> UserError:
    with pytest.raises(UserError) as caught:
        Catalog.read(register())
    return caught.value


def messages(error: UserError) -> tuple[str, str]:
    return error.message("vi"), error.message("en")


# ---- facts


def test_the_catalog_holds_what_the_two_articles_say() -> None:
    assert Counter(p for measure in real().measures for p in measure.provinces) == {"kon-tum": 4, "bac-giang": 5}
    assert Counter(p for target in real().targets for p in target.provinces) == {"kon-tum": 11, "bac-giang": 7}
    values = {t.indicator: (t.relation, t.value) for t in real().targets}
    assert values.pop("cell_good_or_excellent_rate") == (">=", 85)
    assert set(values.values()) == {(">=", 100)}
    assert (real().judgement.close, real().judgement.about) == (5, 0.5)


def test_each_indicator_belongs_to_a_group_and_is_labelled_in_both_languages_unlike_all_others() -> None:
    grouped = [indicator for group in real().groups for indicator in real().in_group(group)]
    assert sorted(i.id for i in grouped) == sorted(real().indicators)
    for lang in ("vi", "en"):
        assert len({indicator.label(lang) for indicator in grouped}) == len(grouped)
    board = real().indicators["cell_standing_board_rate"]
    assert (board.kind, board.direction, board.numerator) == ("rate", "higher", "standing_board")


@pytest.mark.parametrize(
    ("year", "regime"),
    [
        ("2010", "regime_until_2017"),
        ("2017", "regime_until_2017"),
        ("2018", "regime_2018"),
        ("2022-Q4", "regime_2018"),
        ("2023", "regime_2023"),
        ("2024-12", "regime_2023"),
        ("2025", "regime_2025"),
        ("2099", "regime_2025"),
    ],
)
def test_the_rating_regime_is_that_of_the_year_assessed(year: str, regime: str) -> None:
    assert real().regime(Period.parse(year)).id == regime


@pytest.mark.parametrize(
    ("day", "layout", "cells"),
    [
        (date(2022, 12, 31), "36-HD/VPTW", "35-HD/BTCTW"),
        (date(2023, 9, 20), "36-HD/VPTW", "24-HD/BTCTW"),
        (date(2026, 5, 26), "36-HD/VPTW", "24-HD/BTCTW"),
        (date(2026, 5, 27), "05-HD/VPTW", "24-HD/BTCTW"),
    ],
)
def test_the_documents_are_those_in_force_on_the_day(day: date, layout: str, cells: str) -> None:
    documents = {g.subject: g.document for g in real().in_force(day)}
    assert len(documents) == len(real().in_force(day)), "one document a subject"
    assert (documents["document_layout"], documents["commune_cells"]) == (layout, cells)


@pytest.mark.parametrize(
    ("name", "day", "applies"),
    [
        ("bac-giang", date(2022, 12, 31), True),
        ("bac-giang", date(2017, 12, 31), False),  # Directive 1535 is of 13 April 2018
        ("kon-tum", date(2022, 12, 31), False),  # Military Region 5
    ],
)
def test_four_good_three_no_exists_in_military_region_1_since_2018(name: str, day: date, applies: bool) -> None:
    assert real().indicators["four_good_three_no_cell_rate"].applies(unit(name), day) is applies


def test_an_unknown_indicator_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        real().indicator("cell_standing_bord_rate")
    assert messages(caught.value) == (
        'Không có chỉ tiêu "cell_standing_bord_rate". Có phải ý bạn là "cell_standing_board_rate"? '
        "Xem params/indicators.yaml.",
        'There is no indicator "cell_standing_bord_rate". Did you mean "cell_standing_board_rate"? '
        "See params/indicators.yaml.",
    )


# ---- which target binds


def target(name: str, **keys: object) -> Target:
    given = {"indicator": "x", "relation": ">=", "value": "90", "kind": "target", "source": "s", "certainty": "C"}
    return Target.model_validate({"id": name, **given, **keys})


def test_a_provinces_own_target_goes_before_its_regions_before_the_general_one() -> None:
    every = (target("all"), target("region", regions=["5"]), target("own", provinces=["kon-tum"]))
    catalog = replace(real(), targets=every)
    day = date(2022, 12, 31)
    bound = {name: catalog.target("x", unit(name), day) for name in ("kon-tum", "gia-lai", "bac-giang")}
    assert {name: t and t.id for name, t in bound.items()} == {
        "kon-tum": "own",
        "gia-lai": "region",
        "bac-giang": "all",
    }
    assert catalog.target("y", unit("kon-tum"), day) is None


def test_a_target_holds_from_its_first_to_its_last_day() -> None:
    catalog = replace(real(), targets=(target("t", valid_from="2022-01-01", valid_to="2022-12-31"),))
    days = [date(2021, 12, 31), date(2022, 1, 1), date(2022, 12, 31), date(2023, 1, 1)]
    assert [bool(catalog.target("x", unit("kon-tum"), day)) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(("text", "value"), [("90", 90.0), ("90.2", 90.2), ("90,2", 90.2), ("0", 0.0), ("100", 100.0)])
def test_a_target_may_be_written_with_a_decimal_comma(text: str, value: float) -> None:
    assert target("t", value=text).value == value


# ---- slips in the files


def test_a_typo_in_a_key_of_indicators_yaml_is_told_once_with_the_key_meant(project: Path) -> None:
    path = change(project, "indicators.yaml", "    direction: higher", "    directon: higher")
    line = line_of(path, "    directon:")
    assert messages(refused()) == (
        f'params/indicators.yaml, dòng {line}: khóa hoặc cột "indicators.advisory_function.directon" không được dùng '
        'ở đây. Có phải ý bạn là "direction"? Hãy sửa tên hoặc xóa khóa này.',
        f'params/indicators.yaml, line {line}: key or column "indicators.advisory_function.directon" is not used here. '
        'Did you mean "direction"? Correct the name or delete it.',
    )


def test_a_key_that_is_missing_while_another_is_unknown_makes_two_messages(project: Path) -> None:
    path = change(project, "indicators.yaml", "    direction: higher", "    zzz: higher")
    entry, line = line_of(path, "\n  advisory_function:"), line_of(path, "    zzz:")
    assert messages(refused()) == (
        f'params/indicators.yaml, dòng {entry}: thiếu giá trị cho "indicators.advisory_function.direction". '
        "Hãy bổ sung.\n"
        f'params/indicators.yaml, dòng {line}: khóa hoặc cột "indicators.advisory_function.zzz" không được dùng ở đây. '
        "Hãy sửa tên hoặc xóa khóa này.",
        f'params/indicators.yaml, line {entry}: "indicators.advisory_function.direction" is missing. Add it.\n'
        f'params/indicators.yaml, line {line}: key or column "indicators.advisory_function.zzz" is not used here. '
        "Correct the name or delete it.",
    )


def test_a_target_on_an_unknown_indicator_is_told_with_the_nearest(project: Path) -> None:
    path = change(
        project, "targets.yaml", "indicator: cell_task_completion_rate", "indicator: cell_task_completed_rate"
    )
    line = line_of(path, "    indicator: cell_task_completed_rate")
    assert messages(refused()) == (
        f'params/targets.yaml, dòng {line}: "cell_task_completed_rate" (khóa indicator) không có trong '
        'params/indicators.yaml. Có phải ý bạn là "cell_task_completion_rate"? '
        "Hãy sửa tên hoặc bổ sung vào params/indicators.yaml.",
        f'params/targets.yaml, line {line}: "cell_task_completed_rate" (key indicator) is not in '
        'params/indicators.yaml. Did you mean "cell_task_completion_rate"? '
        "Correct it, or add it to params/indicators.yaml.",
    )


def test_a_relation_that_does_not_exist_is_told_with_those_that_do(project: Path) -> None:
    path = change(project, "targets.yaml", 'relation: ">="', 'relation: "="')
    line, key = line_of(path, 'relation: "="'), "targets.bac_giang_cells_complete_tasks.relation"
    vi, en = messages(refused())
    assert vi.startswith(f'params/targets.yaml, dòng {line}, {key}: "=" không hợp lệ; chỉ nhận: >=, >, <=, <.')
    assert en.startswith(
        f'params/targets.yaml, line {line}, {key}: "=" is not allowed; it must be one of: >=, >, <=, <.'
    )


NEW_TARGET = """  new_target:
    indicator: {indicator}
    relation: ">="
    value: 90
    kind: target
    {reach}
    valid_from: 2022-01-01
    source: office
    certainty: C
"""


def test_a_target_on_an_indicator_that_is_never_judged_is_refused(project: Path) -> None:
    path = append(project, "targets.yaml", NEW_TARGET.format(indicator="survey_count", reach="regions: [5]"))
    line = line_of(path, "  new_target:")
    assert messages(refused()) == (
        f'params/targets.yaml, dòng {line}: chỉ tiêu "survey_count" có direction none (không đánh giá) nên '
        "không thể có mục tiêu. Hãy bỏ mục tiêu hoặc đổi direction.",
        f'params/targets.yaml, line {line}: indicator "survey_count" has direction none (never judged), so it cannot '
        "have a target. Remove the target or change the direction.",
    )


def test_two_targets_for_the_same_scope_and_time_are_refused(project: Path) -> None:
    entry = NEW_TARGET.format(indicator="secretary_trained_rate", reach="provinces: [gia-lai, kon-tum]")
    line = line_of(append(project, "targets.yaml", entry), "  new_target:")
    assert messages(refused()) == (
        f'params/targets.yaml, dòng {line}: mục tiêu "new_target" và "kon_tum_secretaries_trained" cùng áp dụng cho '
        "secretary_trained_rate, cùng phạm vi và thời gian. Hãy sửa phạm vi hoặc thời hạn.",
        f'params/targets.yaml, line {line}: targets "new_target" and "kon_tum_secretaries_trained" both apply to '
        "secretary_trained_rate with the same scope and dates. Correct the scope or the dates.",
    )


@pytest.mark.parametrize(
    ("reach", "start"),
    [("regions: [5]", "2022-01-01"), ("provinces: [gia-lai]", "2022-01-01"), ("provinces: [kon-tum]", "2025-07-01")],
)
def test_targets_of_another_reach_or_time_stand_beside_each_other(project: Path, reach: str, start: str) -> None:
    entry = NEW_TARGET.format(indicator="secretary_trained_rate", reach=reach)
    append(project, "targets.yaml", entry.replace("2022-01-01", start))
    assert len(Catalog.read(register()).targets) == len(real().targets) + 1


@pytest.mark.parametrize(
    ("old", "new", "place", "year"),
    [
        ("year_to: 2022", "year_to: 2021", "- id: regime_2023", 2023),  # 2022 left out
        ("year_to: 2022", "year_to: 2023", "- id: regime_2023", 2023),  # 2023 twice
        ("    year_to: 2017\n", "", "- id: regime_2018", 2018),  # open to the end, and another follows
        ("    year_from: 2025\n", "    year_from: 2025\n    year_to: 2026\n", "- id: regime_2025", 2027),
        ("    year_to: 2017\n", "    year_from: 2008\n    year_to: 2017\n", "- id: regime_until_2017", 2007),
    ],
)
def test_rating_regimes_that_leave_a_gap_or_overlap_are_refused(
    project: Path, old: str, new: str, place: str, year: int
) -> None:
    line = line_of(change(project, "ratings.yaml", old, new), place)
    assert messages(refused()) == (
        f"params/ratings.yaml, dòng {line}: các chế độ đánh giá chồng lấn hoặc bỏ trống năm {year}. "
        "Hãy sửa year_from, year_to.",
        f"params/ratings.yaml, line {line}: the rating regimes overlap or leave a gap at {year}. "
        "Correct year_from, year_to.",
    )


def test_regimes_may_stand_in_any_order_and_a_gap_is_told_at_its_own_line(project: Path) -> None:
    path = project / "params" / "ratings.yaml"
    head, first, rest = re.split(
        r"(?=^  - id: regime_until_2017|^  - id: regime_2018)", path.read_text("utf-8"), flags=re.M
    )
    later, tail = re.split(r"(?=^cap_bases:)", rest, flags=re.M)
    path.write_text(head + later + first + tail, encoding="utf-8")
    assert Catalog.read(register()).regime(Period.parse("2010")).id == "regime_until_2017"
    line = line_of(change(project, "ratings.yaml", "year_to: 2022", "year_to: 2021"), "- id: regime_2023")
    assert refused().fields["line"] == line


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "measures.yaml",
            "provinces: [kon-tum]",
            "provinces: [kon-tun]",
            '"kon-tun" (key provinces) is not in params/units.csv. Did you mean "kon-tum"? '
            "Correct it, or add it to params/units.csv.",
        ),
        (
            "measures.yaml",
            "- model_cell_count",
            "- model_cells_count",
            '"model_cells_count" (key indicators) is not in params/indicators.yaml. Did you mean "model_cell_count"? '
            "Correct it, or add it to params/indicators.yaml.",
        ),
        (
            "ratings.yaml",
            "base: rated_good",
            "base: rated_god",
            '"rated_god" (key base) is not in cap_bases. Did you mean "rated_good"? '
            "Correct it, or add it to cap_bases.",
        ),
        (
            "indicators.yaml",
            "group: political_tasks",
            "group: political_task",
            '"political_task" (key group) is not in groups. Did you mean "political_tasks"? '
            "Correct it, or add it to groups.",
        ),
        (
            "indicators.yaml",
            "standard: advisory_function",
            "standard: advisory_functions",
            '"advisory_functions" (key standard) is not in params/returns.yaml. Did you mean "advisory_function"? '
            "Correct it, or add it to params/returns.yaml.",
        ),
        (
            "indicators.yaml",
            "numerator: standing_board\n",
            "numerator: standing_bord\n",
            '"standing_bord" (key numerator) is not in params/returns.yaml. Did you mean "standing_board"? '
            "Correct it, or add it to params/returns.yaml.",
        ),
        (
            "indicators.yaml",
            "numerator: standing_board\n",
            "numerator: standing_board > 1\n",
            'formula "standing_board > 1" of numerator cannot be read. '
            "The forms allowed are explained at the head of the file.",
        ),
        (
            "targets.yaml",
            "value: 100",
            "value: nan",
            'targets.bac_giang_cells_complete_tasks.value: "nan" is not a number. '
            'Write it in digits, for example 90.2 or "90,2".',
        ),
        (
            "targets.yaml",
            "close: 5 ",
            "close: -5 ",
            'judgement.close: "-5" is out of range (it must be >= 0). Correct the number.',
        ),
        (
            "targets.yaml",
            "provinces: [bac-giang]",
            "regions: [6]",
            'targets.bac_giang_cells_complete_tasks.regions.0: "6" is not allowed; '
            "it must be one of: 1, 2, 3, 4, 5, 7, 9, capital. Correct the value.",
        ),
    ],
)
def test_a_slip_is_told_at_its_line_with_a_remedy(project: Path, file: str, old: str, new: str, message: str) -> None:
    line = line_of(change(project, file, old, new), new)
    error = refused()
    comma = "," if error.code.startswith("value") else ":"
    assert error.message("en") == f"params/{file}, line {line}{comma} {message}"


def test_an_unknown_category_of_a_formula_is_told(project: Path) -> None:
    change(
        project,
        "indicators.yaml",
        "numerator: cell_rating = excellent | good\n",
        "numerator: cell_rating = excelent | good\n",
    )
    assert (
        refused()
        .message("en")
        .endswith(
            '"excelent" (key numerator) is not in params/returns.yaml. Did you mean "excellent"? '
            "Correct it, or add it to params/returns.yaml."
        )
    )


def test_a_rate_needs_a_denominator_and_a_state_has_none(project: Path) -> None:
    path = project / "params" / "indicators.yaml"
    kept = path.read_text(encoding="utf-8")
    entry = re.search(r"  cell_standing_board_rate:\n.*?(    denominator: .*?\n)", kept, re.S)
    assert entry
    path.write_text(kept[: entry.start(1)] + kept[entry.end(1) :], encoding="utf-8")
    change(
        project,
        "indicators.yaml",
        "    standard: advisory_function",
        "    numerator: units\n    standard: advisory_function",
    )
    lines = [line_of(path, f"\n  {name}:") for name in ("advisory_function", "cell_standing_board_rate")]
    assert refused().message("en").splitlines() == [
        f'params/indicators.yaml, line {lines[0]}: indicator "advisory_function" of kind state: - numerator. '
        "Correct it as the head of the file explains.",
        f'params/indicators.yaml, line {lines[1]}: indicator "cell_standing_board_rate" of kind rate: + denominator. '
        "Correct it as the head of the file explains.",
    ]


def test_slips_in_several_files_are_told_in_one_go(project: Path) -> None:
    change(project, "indicators.yaml", "    direction: higher", "    direction: upwards")
    change(project, "targets.yaml", "value: 100", "value: 1OO")
    change(project, "measures.yaml", "order: 1", "order: first")
    (project / "params" / "ratings.yaml").write_bytes(b"\xff\xfe")
    (project / "params" / "returns.yaml").unlink()
    error = refused()
    assert isinstance(error, Problems)
    assert [problem.code for problem in error.found] == [
        "value_not_one_of",
        "value_not_number",
        "value_not_number",
        "file_not_utf8",
        "file_missing",
    ]


def test_references_to_and_from_a_file_with_slips_are_told_in_the_same_go(project: Path) -> None:
    change(project, "returns.yaml", "cell_only: [standing_board,", "cell_only: [standing_bord,")
    change(project, "indicators.yaml", "group: political_tasks", "group: political_task")
    change(project, "indicators.yaml", "numerator: standing_board\n", "numerator: standing_bord\n")
    change(project, "targets.yaml", "indicator: cell_task_completion_rate", "indicator: cell_task_completed_rate")
    change(project, "measures.yaml", "- model_cell_count", "- model_cells_count")
    error = refused()
    assert isinstance(error, Problems)
    told = [slip for problem in error.found for slip in getattr(problem, "found", (problem,))]
    assert [(slip.fields["file"].split("/")[1], slip.fields["value"]) for slip in told] == [
        ("indicators.yaml", "political_task"),
        ("indicators.yaml", "standing_bord"),
        ("targets.yaml", "cell_task_completed_rate"),
        ("measures.yaml", "model_cells_count"),
        ("returns.yaml", "standing_bord"),
    ]


@pytest.mark.parametrize("file", ["indicators.yaml", "targets.yaml", "measures.yaml", "ratings.yaml", "returns.yaml"])
def test_an_empty_file_is_told_by_what_it_misses(project: Path, file: str) -> None:
    (project / "params" / file).write_text("", encoding="utf-8")
    error = refused()
    assert {problem.code for problem in getattr(error, "found", [error])} == {"key_missing"}


def test_an_empty_list_of_regimes_is_refused(project: Path) -> None:
    path = project / "params" / "ratings.yaml"
    path.write_text("regimes: []\ncap_bases: {}\nguidance: []\n", encoding="utf-8")
    assert (refused().code, refused().fields["key"]) == ("value_form", "regimes")


def test_the_id_of_an_entry_is_its_key_whatever_else_it_says(project: Path) -> None:
    change(project, "indicators.yaml", "  advisory_function:\n", "  advisory_function:\n    id: other\n")
    assert Catalog.read(register()).indicator("advisory_function").id == "advisory_function"


TEXT_FIELDS = {
    "indicators.yaml": ("vi", "en", "definition_vi", "definition_en", "article"),
    "targets.yaml": ("note_vi", "note_en", "source"),
    "measures.yaml": ("vi", "en", "article"),
    "ratings.yaml": ("note_vi", "note_en", "document", "issuer_vi", "title_en"),
}


@pytest.mark.parametrize("text", [*HOSTILE, unicodedata.normalize("NFD", "Đắk Lắk")])
def test_a_hostile_text_is_kept_as_it_stands_and_composed(project: Path, text: str) -> None:
    for file, fields in TEXT_FIELDS.items():
        path = project / "params" / file
        content = path.read_text(encoding="utf-8")
        head, body = re.split(r"(?m)^(?=(?:indicators|targets|measures|regimes):$)", content, maxsplit=1)
        for field in fields:
            line = f"    {field}: '{text}'"
            body, times = re.subn(rf"(?m)^    {field}: .*$", lambda _, line=line: line, body, count=1)
            assert times == 1
        path.write_text(head + body, encoding="utf-8")
    catalog = Catalog.read(register())
    wanted = unicodedata.normalize("NFC", text)
    for entries, fields in zip(
        (catalog.indicators.values(), catalog.targets, catalog.measures, (*catalog.regimes, *catalog.guidance)),
        TEXT_FIELDS.values(),
        strict=True,
    ):
        for field in fields:
            assert sum(getattr(entry, field, None) == wanted for entry in entries) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_in_place_of_a_name_is_refused_with_its_line(project: Path, text: str) -> None:
    path = change(project, "targets.yaml", "indicator: cell_task_completion_rate", f"indicator: '{text}'")
    error = refused()
    assert (error.code, error.fields["line"]) == ("reference_unknown", line_of(path, "    indicator: '"))
    assert f'"{text}" (key indicator)' in error.message("en")
