"""Between the reports of a folder: no figures of another province, no figures that do not agree."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from partybuilding.publish.across import Trace, across, trace
from partybuilding.publish.gate import Finished

ENDINGS = ("html", "pdf", "xlsx", "ipynb", "json")


@pytest.fixture(scope="module")
def traces(reports: Path) -> dict[str, Trace]:
    found = {}
    for path in sorted(reports.rglob("*.??.json")):
        names = [f"{path.stem}.{ending}" for ending in ENDINGS]
        found[f"{path.parent.relative_to(reports)}/{path.stem}"] = trace(Finished(path.parent, names))
    return found


def test_the_real_reports_agree(traces: dict[str, Trace]) -> None:
    assert len(traces) == 24
    assert [refusal for name, mine in traces.items() for refusal in across(name, mine, traces)] == []
    assert json.loads(json.dumps(traces)) == traces
    assert max(len(json.dumps(one)) for one in traces.values()) < 12_000


NAME = "demo/2022/kon-tum/province_assessment.vi"
OTHER = "demo/2022/bac-giang/province_assessment.vi"


def test_a_chart_or_table_of_another_province_is_refused(traces: dict[str, Trace]) -> None:
    mine, other = traces[NAME], copy.deepcopy(traces[OTHER])
    assert {"figure-values", "Kết quả xếp loại chi bộ và đảng viên"} <= mine["hashes"].keys()
    other["hashes"]["figure-values"] = mine["hashes"]["figure-values"]
    (found,) = across(OTHER, other, {NAME: mine})
    assert (found.file, found.what, found.found) == (OTHER, "same", f"figure-values ({NAME})")
    assert across(OTHER, {**other, "province": "kon-tum", "source": "x"}, {NAME: mine}) == []


def test_what_holds_no_figures_of_the_province_may_be_alike(traces: dict[str, Trace]) -> None:
    tables = {title for one in traces.values() for title in one["hashes"]}
    assert not [title for title in tables if "Định nghĩa" in title or "Văn bản" in title or title == "figure-coverage"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_two_reports_on_one_province_and_period_give_the_same_figures(traces: dict[str, Trace], place: int) -> None:
    for name in ("demo/2022/kon-tum/data_quality.vi", NAME.replace(".vi", ".en")):
        other = copy.deepcopy(traces[name])
        other["values"]["cell_standing_board_rate"][place] += 1
        (found,) = across(NAME, traces[NAME], {name: other})
        assert found.what == "differs"
        assert found.found.startswith(f"cell_standing_board_rate, {('value', 'numerator', 'denominator')[place]}: ")
        other["values"]["cell_standing_board_rate"][place] = None  # withheld there
        assert across(NAME, traces[NAME], {name: other}) == []
        assert across(NAME, traces[NAME], {name: {**other, "source": "office"}}) == []


def test_what_is_quoted_of_an_earlier_period_stands_in_its_report(traces: dict[str, Trace]) -> None:
    mine = copy.deepcopy(traces[NAME])
    mine["values"] = {"a": [90.0, 90, 100, 80.0, 80.0], "b": [1.0, None, None, None, 7.0]}
    earlier = {**mine, "period": "2021", "values": {"a": [80.0, 8, 10, None, None], "b": [7.0, None, None, None, None]}}
    assert across(NAME, mine, {"then": earlier}) == []
    earlier["values"]["a"][0] = 81.0
    found = [(refusal.what, refusal.found) for refusal in across(NAME, mine, {"then": earlier})]
    assert found == [("differs", f"a, {part}: 80.0, 81.0 (then)") for part in ("previous", "year_ago")]
    half = {**mine, "period": "2022-H1"}
    before = {**earlier, "period": "2021-H2", "values": {"a": [81.0, 8, 10, None, None]}}
    assert [refusal.found for refusal in across("x", half, {"then": before})] == ["a, previous: 80.0, 81.0 (then)"]
    assert across("x", half, {"then": {**before, "period": "2020-H1"}}) == []
