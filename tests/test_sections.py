"""Sections, each from an assessment made by hand: exact sentences, and the edges of what a source may say."""

from __future__ import annotations

import dataclasses
import itertools
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
from partybuilding.present import appendix, sections
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


def lines(section: Any) -> list[str]:
    return str(section).splitlines()


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
        "Biểu đồ thanh ngang. Trong 3 chỉ tiêu, yêu cầu, chưa có chỉ tiêu nào đạt. "
        "Chi bộ quân sự có chi ủy: 99,9%, chỉ tiêu 100%, gần đạt; "
        "Đảng viên trẻ: > 85%, chỉ tiêu ≥ 85,5%, chưa xác định; "
        "Chi bộ có cơ cấu tổ chức chưa phù hợp: 7,5%, chỉ tiêu ≤ 0%, chưa đạt."
    )
    assert en.pieces[1].alt == (  # type: ignore[attr-defined]
        "Bar chart. Of 3 targets none is met. "
        "Military cells with a cell committee: 99.9%, target 100%, narrowly missed; "
        "Young members: > 85%, target ≥ 85.5%, undetermined; "
        "Cells with an unsuitable structure: 7.5%, target ≤ 0%, not met."
    )
    assert lines(vi) == [
        "II- KẾT QUẢ ĐẠT ĐƯỢC",
        "Hình 1 so sánh các tỷ lệ đã công bố với chỉ tiêu, yêu cầu áp dụng trong kỳ. "
        "Mũi tên chỉ giá trị mà tài liệu chỉ nêu giới hạn dưới.",
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
        "Tài liệu không công bố tỷ lệ nào bằng số. Dưới đây là những mặt được ghi nhận và các chỉ tiêu, yêu cầu đề ra, "
        "theo từng nhóm.",
    ]
    assert "Hình 1. Mức độ đầy đủ của số liệu theo nhóm (số nội dung)" in lines(
        appendix.data(made, VI, library.catalog)
    )


def group(library: Library, made: Assessment, name: str) -> tuple[list[str], list[str]]:
    return tuple(lines(sections.group_results(made, w, library.catalog, name)) for w in (VI, EN))  # type: ignore[return-value]


def test_a_group_of_which_nothing_is_said_says_so(library: Library) -> None:
    assert group(library, assessed(library), "cadres") == (
        ["6. Công tác cán bộ", "Tài liệu không đề cập nội dung nào thuộc nhóm này."],
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
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự đạt 100%, đúng yêu cầu đề ra.",
        "Tỷ lệ chi bộ quân sự có chi ủy đạt 90,2% (92/102 chi bộ, suy ra từ tỷ lệ), gần đạt chỉ tiêu 95%.",
        "Kết quả: Xây dựng tổ chức đảng, chi bộ quân sự, cấp ủy",
        "Nội dung  Kết quả  Chỉ tiêu  Đánh giá",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  100% (toàn bộ)  100%  Đạt",
        "Tỷ lệ chi bộ quân sự có chi ủy  90,2%(1)  ≥ 95%  Gần đạt",
        "(1) 92/102 chi bộ, suy ra từ tỷ lệ. Bài báo chỉ nêu tỷ lệ.",
    ]
    assert en[1:] == [
        "Communes with a military cell: 100%, as required.",
        "Military cells with a cell committee: 90.2% (92 of 102 cells, derived from the rate), target of 95% narrowly "
        "missed.",
        "Results: Building of Party organisations, military cells and committees",
        "Indicator  Result  Target  Assessment",
        "Communes with a military cell  100% (all)  100%  Met",
        "Military cells with a cell committee  90.2%(1)  ≥ 95%  Narrowly missed",
        "(1) 92 of 102 cells, derived from the rate. The article prints the rate only.",
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
    assert vi[1] == "Tỷ lệ đơn vị cấp xã có chi bộ quân sự đạt 90,0%, giảm 10 điểm phần trăm so với năm 2021."
    assert vi[5:] == [
        "Nội dung  Kết quả  Cùng kỳ năm trước  Tăng, giảm so với cùng kỳ  Chỉ tiêu  Đánh giá",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  90,0%  100%  giảm 10 điểm phần trăm  –  Không đặt chỉ tiêu",
        "Tỷ lệ chi bộ quân sự có chi ủy  90,2%  20,0%  tăng 70,2 điểm phần trăm  –  Không đặt chỉ tiêu",
        "Tỷ lệ chi bộ quân sự duy trì nghiêm quy chế làm việc  100% (toàn bộ)  không có  không có  –  "
        "Không đặt chỉ tiêu",
    ]
    assert en[6] == "Communes with a military cell  90.0%  100%  down 10 percentage points  –  No target"


def test_a_group_of_statements_only_has_no_table(library: Library) -> None:
    told = group(library, assessed(library, stated(ADVICE), stated("political_stability", "partly")), "political_tasks")
    assert [part[1:] for part in told] == [
        [
            "Các mặt được ghi nhận đạt, không kèm số liệu: tham mưu cho cấp ủy, chính quyền địa phương.",
            "Các mặt được ghi nhận chưa đạt hoặc mới đạt một phần: giữ vững ổn định chính trị - xã hội ở cơ sở.",
        ],
        [
            "Stated as met, without figures: advice to local Party committees and authorities.",
            "Stated as not met or only partly met: political and social stability at the grass roots.",
        ],
    ]


def test_targets_without_outcome_are_listed_with_kind_and_place(library: Library) -> None:
    aims = (
        target(TRAINED, kind="requirement"),
        target("deputy_secretary_trained_rate", 85, note_vi="Tính chung", note_en="Counted together"),
    )
    vi, en = group(library, assessed(library, targets=aims), "cadres")
    assert vi[1:] == [
        "Có 2 chỉ tiêu, yêu cầu dưới đây được đề ra nhưng chưa công bố kết quả thực hiện.",
        "Chỉ tiêu, yêu cầu chưa công bố kết quả: Công tác cán bộ",
        "Nội dung  Chỉ tiêu  Loại  Nguồn",
        "Tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương  100%  Yêu cầu bắt buộc  [1], đoạn 10",
        "Tỷ lệ phó bí thư được bồi dưỡng công tác đảng và quân sự địa phương(1)  ≥ 85%  Chỉ tiêu đề ra  [1], đoạn 10",
        "(1) Tính chung.",
    ]
    assert en[1] == "The 2 targets and requirements below were set, but their outcomes were not published."
    _, one = group(library, assessed(library, targets=aims[:1]), "cadres")
    assert one[1] == "The target below was set, but its outcome was not published."


def test_shortcomings_are_listed_by_how_they_are_known(library: Library) -> None:
    """First what was missed, then what is named in words, then in figures, then what stays open."""
    said = [figure(BOARD, 99.96), stated(COVERAGE), figure(UNSUITABLE, None, "some"), figure(HOT_SPOTS, 3, decimals=0)]
    made = assessed(library, *said, targets=(target(BOARD), target(COVERAGE)))
    assert lines(sections.shortcomings(made, VI, library.catalog)) == [
        "III- HẠN CHẾ, KHUYẾT ĐIỂM",
        "Còn 1 chỉ tiêu, yêu cầu mới gần đạt:",
        "Tỷ lệ chi bộ quân sự có chi ủy đạt 99,9%, gần đạt chỉ tiêu 100%, chỉ còn thiếu 0,1 điểm phần trăm.",
        "Tài liệu nêu 1 hạn chế, không kèm số liệu:",
        "Một số chi bộ có cơ cấu tổ chức chưa phù hợp.",
        "Tài liệu nêu 1 hạn chế có số liệu:",
        "Còn 3 “điểm nóng” trên địa bàn.",
        "Chưa thể kết luận về 1 chỉ tiêu, yêu cầu do chưa có kết quả hoặc chưa đủ căn cứ: "
        "tỷ lệ đơn vị cấp xã có chi bộ quân sự.",
    ]


NONE = "Căn cứ. Trong kỳ không có hạn chế, chỉ tiêu chưa đạt hoặc chưa rõ kết quả gắn với giải pháp này."
OPEN = "Căn cứ. Cần kiểm chứng kết quả: tỷ lệ bí thư được bồi dưỡng công tác đảng và quân sự địa phương."
SHORT = "Căn cứ. Hạn chế cần khắc phục: chi bộ có cơ cấu tổ chức chưa phù hợp."
MISSED = (
    "Căn cứ. Chỉ tiêu, yêu cầu chưa đạt: bí thư được bồi dưỡng công tác đảng và quân sự địa phương. "
    "Hạn chế cần khắc phục: chi bộ làm công tác đảng viên chưa chặt chẽ, chưa đạt chỉ tiêu."
)


@pytest.mark.parametrize(
    ("said", "targets", "grounds"),
    [
        ([], [], [NONE] * 4),
        ([], [target(TRAINED)], [NONE] * 3 + [OPEN]),
        ([figure(UNSUITABLE, None, "some")], [], [NONE, SHORT, NONE, NONE]),
        (
            [figure(TRAINED, 50), figure("member_work_shortfall_rate", None, "some")],
            [target(TRAINED)],
            [NONE] * 3 + [MISSED],
        ),
    ],
    ids=["met", "open", "short", "missed"],
)
def test_measures_give_their_grounds(
    library: Library, said: list[Figure], targets: list[Target], grounds: list[str]
) -> None:
    shown = lines(sections.measures(assessed(library, *said, targets=tuple(targets)), VI))
    assert [line for line in shown if line.startswith("Căn cứ.")] == grounds


def test_a_province_without_a_programme_is_shown_anothers_only_for_its_shortcomings(library: Library) -> None:
    assert len(lines(sections.measures(assessed(library, unit="ha-noi"), VI))) == 2
    borrowed = assessed(library, figure(UNSUITABLE, None, "some"), unit="ha-noi")
    assert lines(sections.measures(borrowed, VI))[3:] == [SHORT]


def test_targets_of_the_next_period_stand_beside_the_result_of_this_one(library: Library) -> None:
    made = assessed(library, figure(BOARD, 90.2), targets=(target(BOARD, 95), target(COVERAGE, kind="implied")))
    assert lines(sections.targets(made, VI)) == [
        "Phần thứ hai: PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2023",
        "I- MỤC TIÊU, CHỈ TIÊU",
        "Các chỉ tiêu, yêu cầu đang có hiệu lực, tiếp tục thực hiện trong năm 2023:",
        "Chỉ tiêu, yêu cầu năm 2023",
        "Nội dung  Chỉ tiêu  Loại  Kết quả kỳ này",
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự  100%  Yêu cầu suy ra  Chưa công bố",
        "Tỷ lệ chi bộ quân sự có chi ủy  ≥ 95%  Chỉ tiêu đề ra  90,2%",
    ]


def test_the_chapters_stand_in_the_form_of_the_annual_report(library: Library) -> None:
    """Part, chapter, group: level 2, 3 and 4, and no level left out on the way."""
    found = [
        (node.tag, node.text)
        for piece in rendered(report(library, assessed(library), "vi"))
        for node in piece.element().iter("h1", "h2", "h3", "h4")
    ]
    assert [text for tag, text in found if tag == "h2"] == [
        "Phần thứ nhất: KẾT QUẢ CÔNG TÁC XÂY DỰNG ĐẢNG NĂM 2022",
        "Phần thứ hai: PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2023",
        "PHỤ LỤC",
    ]
    assert [text for tag, text in found if tag == "h3"][:5] == [
        *("I- ĐẶC ĐIỂM TÌNH HÌNH", "II- KẾT QUẢ ĐẠT ĐƯỢC", "III- HẠN CHẾ, KHUYẾT ĐIỂM"),
        *("I- MỤC TIÊU, CHỈ TIÊU", "II- NHIỆM VỤ, GIẢI PHÁP"),
    ]
    levels = [int(tag[1]) for tag, _ in found]
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


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
    groups = [made.results(name) for name in made.catalog.groups if name != "shortcomings"]
    told = [made.head(), made.situation(), made.results(), *groups, made.shortcomings(), made.targets()]
    return [*told, made.measures(), made.foot(), made.data(), made.method(), made.sources()]


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements outside charts with their attributes, as a browser sees them; within charts only what draws."""
    root = lxml.html.fragment_fromstring(html, create_parent="main")
    found = []
    for node in root.iter():
        if any(parent.tag == "svg" for parent in node.iterancestors()):
            assert node.tag in ("title", "desc", "g", "path", "rect", "line", "circle", "text", "tspan")
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
