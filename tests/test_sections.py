"""Sections, each from an assessment made by hand: exact sentences, and the edges of what a source may say."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import lxml.html
import pytest
from lxml import etree
from pydantic import BaseModel

from partybuilding.assess.assessment import Assessment, assess
from partybuilding.assess.catalog import Target
from partybuilding.assess.intake import Figure, Published
from partybuilding.periods import Period
from partybuilding.present import sections
from partybuilding.present.report import Library, Report
from partybuilding.present.wording import Words

VI, EN = Words("vi"), Words("en")
YEAR = Period.parse("2022")
BOARD, COVERAGE, PLAN, TRAINED, YOUNG = (
    "cell_standing_board_rate",
    "military_cell_coverage_rate",
    "new_member_target_attainment",
    "secretary_trained_rate",
    "young_member_rate",
)
UNSUITABLE, HOT_SPOTS, ADVICE = "cell_structure_unsuitable_rate", "hot_spot_count", "advisory_function"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.read()


def figure(indicator: str, amount: float | None = None, qualifier: str | None = "=", **given: Any) -> Figure:
    fields: dict[str, Any] = {
        "province": "kon-tum",
        "period": YEAR,
        "kind": "figure",
        "decimals": 1,
        "state": None,
        "numerator": None,
        "denominator": None,
        "as_of": date(2022, 7, 20),
        "source": "kon-tum-2022",
        "paragraph": 4,
        "derived": False,
        "note_vi": None,
        "note_en": None,
        "file": "data/published/kon-tum-2022.csv",
        "line": 2,
        "sha256": "0" * 64,
    }
    return Figure(indicator=indicator, amount=amount, qualifier=qualifier, **(fields | given))  # type: ignore[arg-type]


def stated(indicator: str, state: str = "met", **given: Any) -> Figure:
    return figure(indicator, None, None, state=state, **given)


def target(indicator: str, value: float = 100, relation: str = ">=", kind: str = "target", **given: Any) -> Target:
    fields = {"id": indicator, "source": "kon-tum-2022", "paragraph": 10, "certainty": "C"} | given
    return Target(indicator=indicator, value=value, relation=relation, kind=kind, **fields)  # type: ignore[arg-type]


def assessed(
    library: Library, *said: Figure, targets: tuple[Target, ...] = (), unit: str = "kon-tum", period: str = "2022"
) -> Assessment:
    """Assess what is said (by default one statement) against these targets and no others."""
    when = Period.parse(period)
    place = library.register.at(unit, when)
    said = tuple(dataclasses.replace(one, province=unit) for one in said or (stated(ADVICE, period=when),))
    published = Published("published", said, library.source("published").sources, {})
    catalog = dataclasses.replace(library.catalog, targets=targets)
    return assess(place, when, catalog, published, library.register)


def report(library: Library, made: Assessment, lang: str) -> Report:
    return Report(made, library.catalog, library.layout, Words(lang))


MIXED = (
    (figure(COVERAGE, 100, "all", decimals=0), target(COVERAGE)),
    (figure(BOARD, 9200 / 102, numerator=92, denominator=102, derived=True), target(BOARD, 95)),
    (figure(YOUNG, 10), target(YOUNG, 50)),
    (figure(PLAN, 90, ">"), target(PLAN)),
    (None, target(TRAINED)),
)


@pytest.mark.parametrize(
    ("said", "targets", "vi", "en"),
    [
        ([], [], "Kỳ này không có chỉ tiêu, yêu cầu nào áp dụng.", "No target or requirement applies in this period."),
        (
            [],
            [target(BOARD), target(COVERAGE)],
            "Trong 2 chỉ tiêu, yêu cầu đặt ra, chưa chỉ tiêu nào được công bố kết quả.",
            "Of 2 targets and requirements, none has a published outcome.",
        ),
        (
            [],
            [target(BOARD)],
            "Trong 1 chỉ tiêu, yêu cầu đặt ra, chưa chỉ tiêu nào được công bố kết quả.",
            "Of the single target or requirement, the outcome is not published.",
        ),
        (
            [figure(BOARD, 95)],
            [target(BOARD, 95)],
            "Trong 1 chỉ tiêu, yêu cầu đặt ra, 1 nội dung đã đạt.",
            "Of the single target or requirement, 1 is met.",
        ),
        (
            [figure(BOARD, 95), figure(COVERAGE, 100)],
            [target(BOARD, 95), target(COVERAGE)],
            "Trong 2 chỉ tiêu, yêu cầu đặt ra, 2 nội dung đã đạt.",
            "Of 2 targets and requirements, 2 are met.",
        ),
        (
            [one for one, _ in MIXED if one],
            [aim for _, aim in MIXED],
            "Trong 5 chỉ tiêu, yêu cầu đặt ra, 1 nội dung đã đạt, 1 nội dung gần đạt, 1 nội dung chưa đạt, "
            "1 nội dung chưa đủ căn cứ kết luận và 1 nội dung chưa công bố kết quả.",
            "Of 5 targets and requirements, 1 is met, 1 is close, 1 is not met, 1 cannot be decided and "
            "1 has no published outcome.",
        ),
        (
            [figure(UNSUITABLE, None, "some"), stated(ADVICE, "not_met"), figure(HOT_SPOTS, 3, decimals=0)],
            [],
            "Kỳ này không có chỉ tiêu, yêu cầu nào áp dụng. Nguồn nêu 2 hạn chế, không kèm số liệu. "
            "Nguồn nêu 1 hạn chế có số liệu.",
            "No target or requirement applies in this period. The source names 2 shortcomings, without figures. "
            "The source names 1 shortcoming with a figure.",
        ),
        (
            [figure(HOT_SPOTS, 0, decimals=0)],
            [],
            "Kỳ này không có chỉ tiêu, yêu cầu nào áp dụng.",
            "No target or requirement applies in this period.",
        ),
    ],
)
def test_the_headline_counts_what_is_met_what_is_not_and_what_is_not_known(
    library: Library, said: list[Figure], targets: list[Target], vi: str, en: str
) -> None:
    made = assessed(library, *said, targets=tuple(targets))
    assert (sections.headline(made, VI), sections.headline(made, EN)) == (vi, en)


def lines(section: Any) -> list[str]:
    return str(section).splitlines()


def test_the_situation_counts_figures_apart_from_words(library: Library) -> None:
    said = [figure(BOARD, 90.2), stated(ADVICE), figure(UNSUITABLE, None, "some")]
    vi, en = (lines(sections.situation(assessed(library, *said), w)) for w in (VI, EN))
    assert vi[-1] == (
        "Nguồn công bố 3 nội dung, trong đó 1 nội dung có số liệu và 2 nội dung chỉ nêu bằng lời; "
        "số liệu tính đến ngày 20/7/2022."
    )
    assert (
        en[-1] == "The source speaks of 3 indicators, 1 of them with figures and 2 in words only, as of 20 July 2022."
    )
    words = lines(sections.situation(assessed(library, *said[1:]), VI))
    assert words[-1] == (
        "Nguồn công bố 2 nội dung, đều chỉ nêu bằng lời, không kèm số liệu thực hiện; thời điểm công bố ngày 20/7/2022."
    )


@pytest.mark.parametrize(
    ("unit", "vi", "en"),
    [
        (
            "kon-tum",
            "Tỉnh Kon Tum thuộc địa bàn Quân khu 5; tính đến ngày 31/12/2022 có 102 đơn vị hành chính cấp xã.",
            "Kon Tum lies in Military Region 5; on 31 December 2022 it had 102 commune-level units.",
        ),
        (
            "ha-noi",
            "Thành phố Hà Nội thuộc địa bàn Bộ Tư lệnh Thủ đô Hà Nội; tính đến ngày 31/12/2022 có 526 đơn vị hành "
            "chính cấp xã (số liệu thứ cấp).",
            "Hanoi lies in the area of the Hanoi Capital Command; on 31 December 2022 it had 526 commune-level units "
            "(secondary source).",
        ),
    ],
)
def test_the_situation_says_where(library: Library, unit: str, vi: str, en: str) -> None:
    made = assessed(library, unit=unit)
    assert vi in lines(sections.situation(made, VI))
    assert en in lines(sections.situation(made, EN))


def test_a_city_has_a_municipal_organisation(library: Library) -> None:
    made = assessed(library, unit="da-nang")
    assert sections.organisation(made, VI) == "Đảng bộ Quân sự thành phố Đà Nẵng"
    assert sections.organisation(made, EN) == "Da Nang Municipal Military Party Organisation"
    assert report(library, made, "en").title == (
        "Assessment of Party-building work, 2022: Da Nang Municipal Military Party Organisation"
    )


def test_the_chart_of_results_tells_its_own_data(library: Library) -> None:
    made = assessed(
        library,
        figure(BOARD, 99.96),
        figure(YOUNG, 85, ">", decimals=0),
        figure(UNSUITABLE, 7.5),
        targets=(target(BOARD), target(YOUNG, 85.5), target(UNSUITABLE, 0, "<=")),
    )
    vi, en = (sections.results(made, w) for w in (VI, EN))
    assert vi.pieces[1].alt == (  # type: ignore[attr-defined]
        "Biểu đồ thanh ngang. Chi bộ quân sự có chi ủy: 99,9%, mục tiêu 100%; Đảng viên trẻ: > 85%, mục tiêu ≥ 85,5%; "
        "Chi bộ có cơ cấu tổ chức chưa phù hợp: 7,5%, mục tiêu ≤ 0%."
    )
    assert en.pieces[1].alt == (  # type: ignore[attr-defined]
        "Bar chart. Military cells with a cell committee: 99.9%, target 100%; Young members: > 85%, target ≥ 85.5%; "
        "Cells with an unsuitable structure: 7.5%, target ≤ 0%."
    )
    assert lines(vi) == [
        "II- KẾT QUẢ ĐẠT ĐƯỢC",
        "Hình 1 so sánh các tỷ lệ đã công bố với chỉ tiêu, yêu cầu áp dụng trong kỳ. "
        "Mũi tên đánh dấu giá trị mà nguồn chỉ nêu giới hạn dưới.",
        "Hình 1. Tỷ lệ đã công bố so với chỉ tiêu, yêu cầu (%)",
    ]


def test_one_rate_is_drawn_and_no_arrow_is_spoken_of_where_there_is_none(library: Library) -> None:
    shown = sections.results(assessed(library, figure(BOARD, 90.2)), VI)
    assert lines(shown)[1] == "Hình 1 so sánh các tỷ lệ đã công bố với chỉ tiêu, yêu cầu áp dụng trong kỳ."
    assert shown.pieces[1].alt == "Biểu đồ thanh ngang. Chi bộ quân sự có chi ủy: 90,2%."  # type: ignore[attr-defined]


@pytest.mark.parametrize("said", [[stated(ADVICE)], [figure(HOT_SPOTS, 3)], [figure(UNSUITABLE, None, "some")]])
def test_without_a_rate_there_is_no_chart_and_the_coverage_chart_is_the_first(
    library: Library, said: list[Figure]
) -> None:
    made = assessed(library, *said)
    assert lines(sections.results(made, VI)) == [
        "II- KẾT QUẢ ĐẠT ĐƯỢC",
        "Nguồn không công bố tỷ lệ nào bằng số. Dưới đây trình bày theo từng nhóm những nội dung nguồn ghi nhận và "
        "những chỉ tiêu, yêu cầu đặt ra.",
    ]
    assert "Hình 1. Mức độ đầy đủ của số liệu theo nhóm (số nội dung)" in lines(
        sections.data(made, VI, library.catalog)
    )


def group(library: Library, made: Assessment, name: str) -> tuple[list[str], list[str]]:
    return tuple(lines(sections.group_results(made, w, library.catalog, name)) for w in (VI, EN))  # type: ignore[return-value]


def test_a_group_of_which_nothing_is_said_says_so(library: Library) -> None:
    assert group(library, assessed(library), "cadres") == (
        ["6. Công tác cán bộ", "Nguồn không công bố nội dung nào thuộc nhóm này."],
        ["6. Cadres", "The source published nothing in this group."],
    )


def test_a_group_shows_sentences_then_table_then_notes(library: Library) -> None:
    note = {"note_vi": "bài báo chỉ nêu tỷ lệ", "note_en": "the article prints the rate only."}
    made = assessed(
        library,
        figure(BOARD, 9200 / 102, numerator=92, denominator=102, derived=True, **note),
        figure(COVERAGE, 100, "all", decimals=0),
        targets=(target(BOARD, 95), target(COVERAGE, kind="implied")),
    )
    vi, en = group(library, made, "organisation")
    assert vi == [
        "2. Xây dựng tổ chức đảng, chi bộ quân sự, cấp ủy",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự đạt 100%, đúng yêu cầu; tỷ lệ chi bộ quân sự có chi ủy đạt 90,2% "
        "(92/102 chi bộ, số lượng suy ra), thấp hơn mục tiêu ≥ 95% là 4,8 điểm phần trăm (cần thêm 5 chi bộ).",
        "Kết quả: Xây dựng tổ chức đảng, chi bộ quân sự, cấp ủy",
        "Nội dung  Kết quả  Mục tiêu  Đánh giá",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  100% (toàn bộ)  100%  Đạt",
        "Tỷ lệ chi bộ quân sự có chi ủy  90,2%(1)  ≥ 95%  Gần đạt",
        "(1) 92/102 chi bộ, số lượng suy ra. Bài báo chỉ nêu tỷ lệ.",
    ]
    assert en[1:] == [
        "Published: communes with a military cell 100%, as required; military cells with a cell committee 90.2% "
        "(92 of 102 cells, counts derived), 4.8 percentage points short of ≥ 95% (5 more cells needed).",
        "Results: Building of Party organisations, military cells and committees",
        "Indicator  Result  Target  Assessment",
        "Communes with a military cell  100% (all)  100%  Met",
        "Military cells with a cell committee  90.2%(1)  ≥ 95%  Close",
        "(1) 92 of 102 cells, counts derived. The article prints the rate only.",
    ]


def test_a_year_ago_stands_beside_the_result_where_it_is_known(library: Library) -> None:
    last = {"period": YEAR.year_ago, "as_of": date(2021, 12, 31)}
    made = assessed(
        library,
        figure(BOARD, 90.2),
        figure(BOARD, 20, **last),
        figure(COVERAGE, 90),
        figure(COVERAGE, 100, **last),
        figure("work_regulation_maintained_rate", 100, "all", decimals=0),
    )
    vi, en = group(library, made, "organisation")
    assert vi[3:] == [
        "Nội dung  Kết quả  Cùng kỳ năm trước  Tăng, giảm so với cùng kỳ  Mục tiêu  Đánh giá",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  90,0%  100,0%  giảm 10,0 điểm phần trăm  –  Không có mục tiêu",
        "Tỷ lệ chi bộ quân sự có chi ủy  90,2%  20,0%  tăng 70,2 điểm phần trăm  –  Không có mục tiêu",
        "Tỷ lệ chi bộ quân sự duy trì nghiêm quy chế làm việc  100% (toàn bộ)  không có  không có  –  "
        "Không có mục tiêu",
    ]
    assert en[4] == "Communes with a military cell  90.0%  100.0%  down 10.0 percentage points  –  No target"


@pytest.mark.parametrize(
    ("state", "vi", "en"),
    [
        (
            "met",
            "Nguồn ghi nhận đạt, không kèm số liệu: tham mưu cho cấp ủy, chính quyền địa phương.",
            "Stated as met, without figures: advice to local Party committees and authorities.",
        ),
        (
            "partly",
            "Nguồn ghi nhận chưa đạt hoặc mới đạt một phần: tham mưu cho cấp ủy, chính quyền địa phương.",
            "Stated as not met or only partly met: advice to local Party committees and authorities.",
        ),
    ],
)
def test_a_group_of_statements_only_has_no_table(library: Library, state: str, vi: str, en: str) -> None:
    assert [part[1:] for part in group(library, assessed(library, stated(ADVICE, state)), "political_tasks")] == [
        [vi],
        [en],
    ]


def test_targets_without_outcome_are_listed_with_kind_and_place(library: Library) -> None:
    aims = (
        target(TRAINED, kind="requirement"),
        target("deputy_secretary_trained_rate", 85, note_vi="Tính chung", note_en="Counted together"),
    )
    vi, en = group(library, assessed(library, targets=aims), "cadres")
    assert vi[1:] == [
        "Có 2 chỉ tiêu, yêu cầu dưới đây được đặt ra nhưng nguồn không công bố kết quả thực hiện.",
        "Chỉ tiêu, yêu cầu chưa công bố kết quả: Công tác cán bộ",
        "Nội dung  Mục tiêu  Loại  Nguồn",
        "Tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương  100%  Yêu cầu bắt buộc  [1], đoạn 10",
        "Tỷ lệ phó bí thư được bồi dưỡng công tác đảng và quân sự địa phương(1)  ≥ 85%  Chỉ tiêu  [1], đoạn 10",
        "(1) Tính chung.",
    ]
    assert en[1] == "The 2 targets and requirements below were set, but their outcomes were not published."
    _, one = group(library, assessed(library, targets=aims[:1]), "cadres")
    assert one[1] == "The target below was set, but its outcome was not published."


@pytest.mark.parametrize(
    ("said", "targets", "vi", "en"),
    [
        (
            [],
            [],
            ["Nguồn không nêu hạn chế cụ thể và không có số liệu cho thấy chỉ tiêu nào chưa đạt."],
            ["The source names no particular shortcoming, and no figure shows a target missed."],
        ),
        (
            [],
            [target(BOARD)],
            [
                "Nguồn không nêu hạn chế cụ thể và không có số liệu cho thấy chỉ tiêu nào chưa đạt. Điều này không có "
                "nghĩa là không có hạn chế: 1 chỉ tiêu, yêu cầu chưa có kết quả công bố hoặc chưa đủ căn cứ kết luận."
            ],
            [
                "The source names no particular shortcoming, and no figure shows a target missed. That does not mean "
                "that there is none: 1 target or requirement has no published outcome or cannot be decided."
            ],
        ),
        (
            [figure(UNSUITABLE, None, "some"), stated(ADVICE, "not_met"), figure(HOT_SPOTS, None, "some")],
            [],
            [
                "Nguồn nêu 3 hạn chế nhưng không kèm số liệu:",
                "Tham mưu cho cấp ủy, chính quyền địa phương: được nêu là chưa đạt.",
                "Số “điểm nóng” trên địa bàn: có, không nêu số liệu.",
                "Một số chi bộ có cơ cấu tổ chức chưa phù hợp.",
            ],
            [
                "The source names 3 shortcomings, without figures:",
                "Advice to local Party committees and authorities: stated as not met.",
                "Number of “hot spots”: some, no figure given.",
                "Cells with an unsuitable structure.",
            ],
        ),
        (
            [figure(HOT_SPOTS, 3, decimals=0)],
            [],
            ["Nguồn nêu 1 hạn chế có số liệu:", "Số “điểm nóng” trên địa bàn: 3."],
            ["The source names 1 shortcoming with a figure:", "Number of “hot spots”: 3."],
        ),
        (
            [figure(BOARD, 99.96), stated(COVERAGE)],
            [target(BOARD), target(COVERAGE)],
            [
                "So với mục tiêu, có 1 nội dung chưa đạt:",
                "Tỷ lệ chi bộ quân sự có chi ủy đạt 99,9%, thấp hơn mục tiêu 100% là 0,1 điểm phần trăm.",
                "Chưa thể kết luận về 1 chỉ tiêu, yêu cầu do chưa có kết quả công bố hoặc chưa đủ căn cứ: "
                "tỷ lệ đơn vị cấp xã có chi bộ quân sự.",
            ],
            [
                "Against the targets, 1 indicator falls short:",
                "Military cells with a cell committee 99.9%, 0.1 percentage points short of 100%.",
                "Nothing can be concluded on 1 target or requirement, whose outcome was not published or leaves it "
                "open: communes with a military cell.",
            ],
        ),
    ],
    ids=["nothing", "open", "in words", "in figures", "missed"],
)
def test_shortcomings_say_what_is_known_and_what_is_not(
    library: Library, said: list[Figure], targets: list[Target], vi: list[str], en: list[str]
) -> None:
    made = assessed(library, *said, targets=tuple(targets))
    assert lines(sections.shortcomings(made, VI, library.catalog))[1:] == vi
    assert lines(sections.shortcomings(made, EN, library.catalog))[1:] == en


OPEN, SHORT = "Cần kiểm chứng kết quả", "Hạn chế cần khắc phục"


@pytest.mark.parametrize(
    ("said", "targets", "intro", "grounds"),
    [
        (
            [],
            [],
            "Nguồn nêu 4 nhóm giải pháp; trong kỳ không có hạn chế hoặc chỉ tiêu chưa rõ kết quả nào gắn với các giải "
            "pháp này.",
            ["Căn cứ. Trong kỳ không có hạn chế hoặc chỉ tiêu chưa rõ kết quả gắn với giải pháp này."] * 4,
        ),
        (
            [],
            [target(TRAINED)],
            "Nguồn nêu 4 nhóm giải pháp. Do kết quả chưa được công bố hoặc chưa đủ căn cứ kết luận, chưa thể xác định "
            "giải pháp nào cấp thiết nhất; phần căn cứ nêu những chỉ tiêu mà giải pháp hướng tới và cần được kiểm "
            "chứng trước.",
            ["Căn cứ. Trong kỳ không có hạn chế hoặc chỉ tiêu chưa rõ kết quả gắn với giải pháp này."] * 3
            + [f"Căn cứ. {OPEN}: tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương."],
        ),
        (
            [figure(UNSUITABLE, None, "some")],
            [],
            "Các giải pháp dưới đây thuộc chương trình của Đảng bộ Quân sự tỉnh Kon Tum; phần căn cứ nêu rõ hạn chế, "
            "chỉ tiêu mà từng giải pháp hướng tới.",
            ["Căn cứ. Trong kỳ không có hạn chế hoặc chỉ tiêu chưa rõ kết quả gắn với giải pháp này."]
            + [f"Căn cứ. {SHORT}: chi bộ có cơ cấu tổ chức chưa phù hợp."]
            + ["Căn cứ. Trong kỳ không có hạn chế hoặc chỉ tiêu chưa rõ kết quả gắn với giải pháp này."] * 2,
        ),
    ],
    ids=["met", "open", "short"],
)
def test_measures_give_their_grounds(
    library: Library, said: list[Figure], targets: list[Target], intro: str, grounds: list[str]
) -> None:
    shown = lines(sections.measures(assessed(library, *said, targets=tuple(targets)), VI))
    assert shown[1] == intro
    assert [line for line in shown if line.startswith("Căn cứ.")] == grounds


def test_a_province_without_a_programme_is_shown_anothers_only_for_its_shortcomings(library: Library) -> None:
    assert lines(sections.measures(assessed(library, unit="ha-noi"), VI)) == [
        "IV- NHIỆM VỤ, GIẢI PHÁP",
        "Trong kỳ không có hạn chế, chỉ tiêu chưa đạt nào đòi hỏi giải pháp.",
    ]
    borrowed = assessed(library, figure(UNSUITABLE, None, "some"), unit="ha-noi")
    vi, en = (lines(sections.measures(borrowed, w)) for w in (VI, EN))
    assert vi[1] == "Từ chương trình của địa phương khác, có thể tham khảo giải pháp sau cho các hạn chế nêu trên:"
    assert en[1] == "For the shortcomings above, another province's programme offers the following:"
    assert vi[3:] == [f"Căn cứ. {SHORT}: chi bộ có cơ cấu tổ chức chưa phù hợp."]


def test_targets_of_the_next_period_stand_beside_the_result_of_this_one(library: Library) -> None:
    made = assessed(library, figure(BOARD, 90.2), targets=(target(BOARD, 95), target(COVERAGE, kind="implied")))
    assert lines(sections.targets(made, VI)) == [
        "V- CHỈ TIÊU NĂM 2023",
        "Các chỉ tiêu, yêu cầu đang có hiệu lực và tiếp tục áp dụng trong năm 2023:",
        "Chỉ tiêu, yêu cầu năm 2023",
        "Nội dung  Mục tiêu  Loại  Kết quả năm 2022",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  100%  Yêu cầu suy ra  Chưa công bố",
        "Tỷ lệ chi bộ quân sự có chi ủy  ≥ 95%  Chỉ tiêu  90,2%",
    ]


def test_after_the_merger_the_new_unit_sets_the_targets(library: Library) -> None:
    made = assessed(library, period="2024")
    assert lines(sections.targets(made, VI)) == [
        "V- CHỈ TIÊU NĂM 2025",
        "Từ ngày 1/7/2025, địa bàn Kon Tum thuộc Quảng Ngãi; chỉ tiêu kỳ tới do đơn vị mới đặt ra.",
        "Không có chỉ tiêu, yêu cầu nào trong tham số áp dụng cho năm 2025.",
    ]
    assert lines(sections.targets(made, EN))[1] == (
        "From 1 July 2025 the area of Kon Tum belongs to Quang Ngai; the new unit sets the targets of the next period."
    )


def test_the_data_section_counts_each_indicator_once(library: Library) -> None:
    made = assessed(
        library, figure(BOARD, 90.2), stated(ADVICE), figure(UNSUITABLE, None, "some"), targets=(target(TRAINED),)
    )
    section = sections.data(made, VI, library.catalog)
    chart, table = section.pieces[1:3]
    counts = {row[0]: tuple(map(int, row[1:])) for row in table.rows}  # type: ignore[attr-defined]
    # group: with figure, in words, target only, not mentioned
    assert counts["Xây dựng tổ chức đảng, chi bộ quân sự, cấp ủy"] == (1, 0, 0, 14)
    assert counts["Lãnh đạo thực hiện nhiệm vụ chính trị, tư tưởng"][:3] == (0, 1, 0)
    assert counts["Công tác cán bộ"] == (0, 0, 1, 16)
    assert counts["Hạn chế, khuyết điểm"] == (0, 1, 0, 4)
    assert sum(map(sum, counts.values())) == len(made.results) - len(made.having("not_applicable"))
    assert chart.alt.startswith("Biểu đồ thanh xếp chồng. Lãnh đạo thực hiện nhiệm vụ")  # type: ignore[attr-defined]
    assert (
        "; Công tác cán bộ: có số liệu 0, nêu bằng lời 0, chỉ có mục tiêu 1, không nêu 16; " in chart.alt  # type: ignore[attr-defined]
    )


# ---- hostile text

HOSTILE = "".join(
    [
        "<script>alert(1)</script></p></table><img src=x onerror=alert(1)>",
        r'#panic("x") $x^2$ $\input{/etc/passwd} ../../x =1+1 {braces} {0} %s ',
        "\"double\" 'single' & &amp; ]]> ",
    ]
)
TEXT = ("vi", "en", "document", "name", "label")


def poisoned(given: Any, field: str = "") -> Any:
    """The same object with HOSTILE at the end of every text that people write."""
    if isinstance(given, str):
        return given + HOSTILE if field in TEXT or field.endswith(("_vi", "_en")) else given
    if isinstance(given, BaseModel):
        return given.model_copy(update={name: poisoned(part, name) for name, part in given})
    if dataclasses.is_dataclass(given) and not isinstance(given, (type, Period)):
        parts = {f.name: poisoned(getattr(given, f.name), f.name) for f in dataclasses.fields(given)}
        return dataclasses.replace(given, **parts)
    if isinstance(given, tuple):
        return tuple(poisoned(part, field) for part in given)
    if isinstance(given, dict):
        return {key: poisoned(part) for key, part in given.items()}
    return given


def rendered(made: Report) -> list[Any]:
    groups = [made.results(name) for name in made.catalog.groups]
    told = [made.head(), made.situation(), made.results(), *groups, made.shortcomings(), made.measures()]
    return [*told, made.targets(), made.foot(), made.data(), made.method(), made.sources()]


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements outside charts with their attributes, as a browser sees them; within charts only what draws."""
    root = lxml.html.fragment_fromstring(html, create_parent="main")
    found = []
    for node in root.iter():
        if any(parent.tag == "svg" for parent in node.iterancestors()):
            assert node.tag in ("defs", "style", "g", "path", "use", "clippath", "rect")
        else:
            found.append((str(node.tag), tuple(sorted(node.attrib))))
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_text_from_a_file_can_become_anything_but_text(library: Library, lang: str) -> None:
    note = {"note_vi": "Ghi chú", "note_en": "A note"}
    made = assessed(
        library,
        figure(BOARD, 9200 / 102, numerator=92, denominator=102, **note),
        figure(YOUNG, 85, ">"),
        figure(UNSUITABLE, None, "some"),
        stated(ADVICE, **note),
        targets=(target(BOARD, 95), target(TRAINED, **note)),
    )
    tame = report(library, made, lang)
    wild = Report(poisoned(made), poisoned(library.catalog), library.layout, Words(lang))
    for before, after in zip(rendered(tame), rendered(wild), strict=True):
        html = after.html()
        etree.fromstring(html)
        assert shape(html) == shape(before.html())
    text = "".join("".join(piece.element().itertext()) for piece in rendered(wild))
    own = [called.measure for called in made.measures]
    labelled = [*library.catalog.groups.values(), *library.catalog.indicators.values(), *own]
    shown = [made.unit.name(lang), note[f"note_{lang}"], *(entry.label(lang)[1:] for entry in labelled)]
    shown += [measure.action(lang) for measure in own]
    for entries, names in ((made.sources, ("title", "publication")), (made.guidance, ("title", "issuer"))):
        shown += [getattr(entry, f"{name}_{lang}") or "" for entry in entries for name in names]
    assert [words for words in shown if words and words + HOSTILE not in text] == []
