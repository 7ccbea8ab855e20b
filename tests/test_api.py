"""The library by hand: one indicator, communes, comparison, trial targets; what is withheld stays withheld."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from partybuilding import open_quality
from partybuilding.errors import UserError
from partybuilding.present.counted import tells_units
from partybuilding.present.questions import Comparison
from partybuilding.present.report import Report, open_report

BOARD = "cell_standing_board_rate"


@pytest.fixture(scope="module")
def kon_tum() -> Report:
    return open_report("kon-tum", "2022", source="demo")


@pytest.fixture(scope="module")
def published() -> Report:
    return open_report("kon-tum", "2022", "en")


def code(act: Any) -> str:
    with pytest.raises(UserError) as refused:
        act()
    return refused.value.code


# ---- one indicator


def test_an_indicator_tells_value_counts_gap_and_where_it_stands(kon_tum: Report) -> None:
    board = kon_tum.indicator(BOARD)
    assert board.value
    assert (board.value.amount, board.value.numerator, board.value.denominator) == (9200 / 102, 92, 102)
    assert board.unit == "percent"
    (trail,) = board.trail
    assert (trail.source, trail.sheet, trail.rows) == ("data/demo/kon-tum_2022.xlsx", "cells", "2-103")
    shown = str(board)
    for part in (
        "90,2%",
        "92/102 chi bộ",
        "60,8% (tăng 29,4 điểm phần trăm)",
        "data/demo/kon-tum_2022.xlsx, cells 2-103",
    ):
        assert part in shown
    assert kon_tum[BOARD] == board


def test_an_indicator_without_a_value_still_shows_itself(published: Report) -> None:
    silent = next(published[r.indicator.id] for r in published.assessment.results if r.value is None)
    assert silent.trail == ()
    assert "Not published" in str(silent)
    assert published["advisory_function"].unit == "state"


def test_names_complete_with_tab(kon_tum: Report) -> None:
    shell = InteractiveShell.instance()
    shell.user_ns["report"] = kon_tum
    shell.Completer.use_jedi = False
    with provisionalcompleter():
        found = [one.text for one in shell.Completer.completions('report["cell_stand', 18)]
    assert any(BOARD in text for text in found)
    assert set(kon_tum._ipython_key_completions_()) == set(kon_tum.catalog.indicators)
    for name in ("indicator", "units", "compare", "what_if", "panel", "frame"):
        assert name in dir(kon_tum)
        assert (getattr(Report, name).__doc__ or "").strip()


def test_a_wrong_name_is_answered_with_the_nearest(kon_tum: Report) -> None:
    with pytest.raises(UserError) as refused:
        kon_tum["cell_standing_bord_rate"]
    assert '"cell_standing_board_rate"' in refused.value.message("en")


def test_the_report_shows_its_main_finding_and_says_that_data_are_synthetic(kon_tum: Report) -> None:
    bundle = kon_tum._repr_mimebundle_()
    assert "SỐ LIỆU MÔ PHỎNG" in bundle["text/plain"]
    assert kon_tum.headline() in bundle["text/plain"]
    assert bundle["text/html"].count("<tr>") == 1 + sum(bool(r.target and r.value) for r in kon_tum.assessment.results)


def test_a_message_comes_in_the_language_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError) as refused:
        open_report("kom-tum", "2022", "en")
    assert refused.value._render_traceback_() == [
        'UserError: There is no unit "kom-tum". Did you mean "kon-tum"? See the list: partybuilding list --units.'
    ]
    monkeypatch.setenv("PARTYBUILDING_LANG", "vi")
    with pytest.raises(UserError) as refused:
        open_report("kom-tum", "2022", "en")
    assert str(refused.value).startswith("Không có đơn vị")


# ---- communes


def test_communes_that_fall_short_are_named_with_their_area(kon_tum: Report) -> None:
    short = kon_tum.units(short_of=BOARD)
    assert len(short) == 102 - 92
    assert (short.index.name, list(short.columns)) == ("unit", ["area"])
    assert short.loc["xã Đăk Ui", "area"] == "huyện Đăk Hà"


def test_all_communes_are_told_as_the_report_prints_them(kon_tum: Report) -> None:
    units = kon_tum.units()
    assert len(units) == 102
    assert units.dtypes["members"] == units.dtypes["shortcomings"] == pd.Int64Dtype()
    shown = kon_tum.data().html()
    assert units["members"].isna().sum() == shown.count("&lt; ")
    assert units["members"].min() >= kon_tum.catalog.rules.small_count
    given = kon_tum.assessment.given.cells
    members = given["official_members"] + given["probationary_members"]
    known = units["members"].notna().to_numpy()
    assert (units["members"].to_numpy()[known] == members.to_numpy()[known]).all()


def test_an_indicator_of_persons_names_no_commune(kon_tum: Report) -> None:
    known = kon_tum.catalog.indicators
    for name in ("militia_party_member_rate", "member_task_fulfilment_rate", "hot_spot_count", "advisory_function"):
        assert code(lambda name=name: kon_tum.units(short_of=name)) == "units_of_persons"
    assert tells_units(known[BOARD])
    for name, indicator in known.items():
        if re.search(r"members|militia|reserve", f"{indicator.numerator} {indicator.denominator}"):
            assert not tells_units(indicator), name


def test_articles_have_no_communes(published: Report) -> None:
    assert code(lambda: published.units()) == "units_of_articles"
    assert code(lambda: published.units(short_of=BOARD)) == "units_of_articles"


# ---- comparison


def reasons(comparison: Comparison, name: str) -> set[str]:
    return set(filter(None, comparison.frame.loc[name, "reasons"].split(", ")))


def test_like_is_ranked_against_like(kon_tum: Report) -> None:
    comparison = kon_tum.compare("Bắc Giang")
    line = comparison.frame.loc[BOARD]
    assert line["Kon Tum"] == 9200 / 102
    assert line["difference"] == pytest.approx(line["Kon Tum"] - line["Bắc Giang"])
    assert (line["better"], line["reasons"]) == ("Kon Tum", "")
    shown = str(comparison)
    assert "19,4 điểm phần trăm  Kon Tum" in shown


def test_lower_is_better_where_the_indicator_says_so(kon_tum: Report) -> None:
    frame = kon_tum.compare("bac-giang").frame
    lower = [n for n, i in kon_tum.catalog.indicators.items() if i.direction == "lower" and n in frame.index]
    ranked = frame.loc[lower].dropna(subset="better")
    assert len(ranked) > 2
    for _, line in ranked.iterrows():
        first = line["Kon Tum"] < line["Bắc Giang"]
        assert line["better"] == ("=" if line["difference"] == 0 else "Kon Tum" if first else "Bắc Giang")


def test_two_articles_are_never_ranked(published: Report) -> None:
    comparison = published.compare("bac-giang")
    assert comparison.frame["better"].isna().all()
    assert comparison.frame["difference"].isna().all()
    assert "article" in reasons(comparison, "coordination_function")
    assert reasons(comparison, BOARD) == {"missing"}
    assert "0 indicators can be ranked" in str(comparison)
    assert "What can be compared" not in str(comparison)


def test_each_ground_against_ranking_is_named(kon_tum: Report) -> None:
    frame = kon_tum.compare("bac-giang").frame
    assert frame.loc["hot_spot_count", "reasons"] == "size"
    against = kon_tum.compare("kon-tum", source="published")
    assert {"derived", "article", "definition", "data_status"} <= reasons(against, BOARD)
    assert "qualifier" in reasons(against, "cell_rated_clean_strong_rate")
    assert reasons(kon_tum.compare("bac-giang"), "four_good_three_no_cell_rate") == {"definition"}
    half = kon_tum.compare("kon-tum", "2022-H1")
    assert reasons(half, BOARD) == {"length"}
    assert list(half.frame.columns[:2]) == ["Kon Tum 2022", "Kon Tum 2022-H1"]
    earlier = kon_tum.compare("kon-tum", "2021")
    assert reasons(earlier, BOARD) == set()
    assert set(re.findall(r"\w+", " ".join(frame["reasons"]))) >= {"words", "size", "not_judged", "definition"}


def test_a_rating_under_other_rules_is_not_ranked(kon_tum: Report) -> None:
    comparison = kon_tum.compare("kon-tum", "2021")
    other = comparison.other
    object.__setattr__(other, "regime", other.regime.model_copy(update={"id": "another"}))
    assert reasons(comparison, "cell_good_or_excellent_rate") == {"regime"}
    assert reasons(comparison, BOARD) == set()


def test_coverage_below_the_limit_is_not_ranked(kon_tum: Report, project: Path) -> None:
    returns = project / "params" / "returns.yaml"
    returns.write_text(re.sub(r"(\n  coverage:) \d+", r"\1 101", returns.read_text("utf-8")), "utf-8")
    comparison = open_report("kon-tum", "2022", source="demo").compare("bac-giang")
    assert reasons(comparison, BOARD) == {"coverage"}
    assert "dưới 101% số đơn vị báo cáo" in str(comparison)


def test_a_province_without_data_is_refused(kon_tum: Report) -> None:
    assert code(lambda: kon_tum.compare("lao-cai")) == "nothing_for"
    assert code(lambda: kon_tum.compare("kom-tum")) == "unit_unknown"


# ---- trial calculations


def test_another_target_judges_the_same_value_anew(kon_tum: Report) -> None:
    trial = kon_tum.what_if(targets={BOARD: 95})
    board = trial[BOARD]
    assert board.target
    assert (board.target.relation, board.target.value, board.status) == (">=", 95, "close")
    assert board.gap == pytest.approx(9200 / 102 - 95)
    assert board.units_to_close == 97 - 92
    assert board.year_ago == kon_tum[BOARD].year_ago
    assert (kon_tum[BOARD].target, kon_tum.trial) == (None, ())
    assert any(result.indicator.id == BOARD for _, result in trial.assessment.next_targets)


def test_a_target_can_be_raised_further_and_taken_away(kon_tum: Report) -> None:
    twice = kon_tum.what_if({BOARD: 95}).what_if({"militia_party_member_rate": 20})
    assert dict(twice.trial) == {BOARD: 95, "militia_party_member_rate": 20}
    assert twice["militia_party_member_rate"].status == "met"
    assert twice[BOARD].status == "close"
    own = next(r for r in kon_tum.assessment.results if r.target and r.value and r.status == "not_met")
    assert kon_tum.what_if({own.indicator.id: None})[own.indicator.id].status == "no_target"


def test_a_trial_says_so_on_every_page_and_in_the_record(kon_tum: Report, published: Report) -> None:
    trial = kon_tum.what_if({BOARD: 95})
    assert trial.mark == "SỐ LIỆU MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT · TÍNH THỬ – KHÔNG PHẢI MỤC TIÊU ĐƯỢC GIAO"
    assert trial.record().content["report"]["mark"] == trial.mark
    assert "TÍNH THỬ" in trial.head().html()
    assert published.mark is None
    assert published.what_if({BOARD: 95}).mark == "TRIAL CALCULATION – NOT THE TARGETS THAT WERE SET"
    assert "≥ 95%" in str(published.what_if({BOARD: 95}).targets())


@pytest.mark.parametrize(
    ("targets", "problem"),
    [
        ({"cell_standing_bord_rate": 95}, "indicator_unknown"),
        ({BOARD: 201}, "trial_number"),
        ({BOARD: -1}, "trial_number"),
        ({BOARD: float("nan")}, "trial_number"),
        ({"hot_spot_count": float("inf")}, "trial_number"),
        ({BOARD: "95"}, "trial_number"),
        ({BOARD: 0.95}, "trial_number"),  # a share, where per cent is meant
        ({BOARD: True}, "trial_number"),
        ({"advisory_function": 1}, "trial_not_judged"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(kon_tum: Report, targets: Any, problem: str) -> None:
    assert code(lambda: kon_tum.what_if(targets)) == problem


def test_half_a_per_cent_is_a_target_of_what_should_be_low(kon_tum: Report) -> None:
    name = next(i.id for i in kon_tum.catalog.indicators.values() if (i.kind, i.direction) == ("rate", "lower"))
    assert kon_tum.what_if({name: 0.5}).catalog.target(name, kon_tum.assessment.unit, kon_tum.assessment.period.end)


@pytest.mark.parametrize("name", [3, ["cell_standing_board_rate"], None, ""])
def test_an_indicator_of_another_kind_is_a_slip_too(kon_tum: Report, name: Any) -> None:
    assert code(lambda: kon_tum[name]) == "indicator_unknown"


def test_slips_are_told_in_the_language_of_the_report_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    vi, en = (open_report("kon-tum", "2022", lang, "demo") for lang in ("vi", "en"))
    asked: list[tuple[Callable[[Report], Any], str, str]] = [
        (lambda r: r["x"], "Không có chỉ tiêu", "There is no indicator"),
        (lambda r: r.units(short_of="x"), "Không có chỉ tiêu", "There is no indicator"),
        (lambda r: r.compare("kon-tum"), "chính là của Kon Tum kỳ 2022", "is itself on Kon Tum for 2022"),
        (lambda r: r.what_if({BOARD: "95"}), "không thể là '95'", "cannot be '95'"),
        (lambda r: r.results("member"), "Có phải ý bạn là", "Did you mean"),
        (lambda r: open_report("x", "2022", r.words.lang), "Không có đơn vị", "There is no unit"),
        (lambda r: open_quality("x", "2022", r.words.lang), "Không có đơn vị", "There is no unit"),
    ]
    for act, *words in asked:
        for report, told in zip((vi, en), words, strict=True):
            with pytest.raises(UserError) as caught:
                act(report)
            assert told in str(caught.value)
    monkeypatch.setenv("PARTYBUILDING_LANG", "en")
    with pytest.raises(UserError, match="There is no indicator"):
        _ = vi["x"]


def test_a_source_that_there_is_not_suggests_folders_of_returns_too() -> None:
    with pytest.raises(UserError) as caught:
        open_report("kon-tum", "2022", "en", "dmo")
    assert str(caught.value) == (
        'There is no source "dmo" in the folder data/. Did you mean "demo"? Sources: published, demo.'
    )


def test_there_is_nothing_to_weigh(kon_tum: Report) -> None:
    assert code(lambda: kon_tum.what_if({}, weights={BOARD: 2})) == "no_weights"
    assert 'targets={"' in UserError("no_weights").message("en")


def test_no_trial_is_no_trial(kon_tum: Report) -> None:
    assert kon_tum.what_if({}).mark == kon_tum.mark
    assert kon_tum.what_if({}).assessment.results == kon_tum.assessment.results
