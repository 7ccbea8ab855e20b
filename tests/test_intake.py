from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from conftest import HOSTILE, catalog, register

from partybuilding.assess.intake import Figure, Published, read_source, source_names
from partybuilding.errors import Problems, UserError
from partybuilding.periods import Period

HEAD = (
    "province,period,indicator,qualifier,value,unit,kind,as_of,source,paragraph,derived,"
    "numerator,denominator,note_vi,note_en"
)
SOURCES = "id,title_vi,title_en,publication_vi,publication_en,published,note_vi,note_en\n"
ARTICLE = "article,Bài,Article,Tạp chí,Journal,2022-07-20,,\n"
USUAL = {
    "province": "kon-tum",
    "period": "2022",
    "indicator": "cell_standing_board_rate",
    "qualifier": "=",
    "value": "90.2",
    "unit": "percent",
    "kind": "figure",
    "as_of": "2022-07-20",
    "source": "article",
    "paragraph": "4",
    "derived": "0",
}


@cache
def real() -> Published:
    return read_source("published", catalog(), register())


def row(**cells: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([(USUAL | cells).get(name, "") for name in HEAD.split(",")])
    return out.getvalue()


def trial(project: Path, *rows: str, head: str = HEAD, sources: str = ARTICLE) -> Published:
    """Read a source folder `trial` that holds one file a.csv with these rows."""
    folder = project / "data" / "trial"
    folder.mkdir(exist_ok=True)
    (folder / "sources.csv").write_text(SOURCES + sources, encoding="utf-8")
    (folder / "a.csv").write_text(head + "\n" + "".join(rows), encoding="utf-8")
    return read_source("trial", catalog(), register())


def refused(project: Path, *rows: str, head: str = HEAD, sources: str = ARTICLE) -> UserError:
    with pytest.raises(UserError) as caught:
        trial(project, *rows, head=head, sources=sources)
    return caught.value


def only(published: Published) -> Figure:
    (figure,) = published.figures
    return figure


# ---- the figures of the two articles


def test_the_published_figures_are_those_of_the_two_articles() -> None:
    assert Counter((f.province, f.kind) for f in real().figures) == {
        ("kon-tum", "figure"): 23,
        ("kon-tum", "target"): 5,
        ("bac-giang", "figure"): 6,
        ("bac-giang", "target"): 5,
    }
    assert {key[0]: str(key[1]) for key in real().available()} == {"bac-giang": "2022", "kon-tum": "2022"}
    assert set(real().sources) == {"kon-tum-2022", "bac-giang-2022"}


@pytest.mark.parametrize(
    ("indicator", "qualifier", "amount", "decimals", "derived"),
    [
        ("cell_standing_board_rate", "=", 9200 / 102, 1, True),
        ("militia_party_member_rate", "=", 22.7, 1, False),
        ("reserve_party_member_rate", "=", 10.65, 2, False),
        ("cell_rated_clean_strong_rate", ">", 90, 0, False),
        ("member_task_fulfilment_rate", "=", 95, 0, False),
        ("new_member_target_attainment", ">", 100, 0, True),
        ("military_cell_coverage_rate", "all", 100, 0, False),
        ("staff_work_ineffective_rate", "some", None, 0, False),
    ],
)
def test_kon_tums_figures_keep_qualifier_decimals_and_doubt(
    indicator: str, qualifier: str, amount: float | None, decimals: int, derived: bool
) -> None:
    (figure,) = [f for f in real().of("kon-tum", Period.parse("2022")) if f.indicator == indicator]
    assert (figure.qualifier, figure.amount, figure.decimals, figure.derived) == (qualifier, amount, decimals, derived)


def test_a_figure_names_its_file_line_and_hash() -> None:
    figure = real().of("kon-tum", Period.parse("2022"))[1]
    content = Path("data/published/kon-tum-2022.csv").read_bytes()
    assert (figure.file, figure.line, figure.paragraph) == ("data/published/kon-tum-2022.csv", 3, 4)
    assert figure.sha256 == hashlib.sha256(content).hexdigest()
    assert content.decode().splitlines()[figure.line - 1].startswith("kon-tum,2022,cell_standing_board_rate,=,90.2,")


def test_every_file_that_all_reports_rest_on_is_hashed_but_not_the_plan() -> None:
    assert set(real().inputs) == {
        *(f"params/{name}.yaml" for name in ("indicators", "layout", "measures", "ratings", "returns", "targets")),
        "params/units.csv",
        "data/published/sources.csv",
    }


# ---- reading a source


def test_one_row_makes_one_figure(project: Path) -> None:
    figure = only(trial(project, row(value="90,2", numerator="92", denominator="102", note_vi="Ghi chú", derived="1")))
    assert figure.amount == pytest.approx(9200 / 102, abs=1e-12)
    assert (figure.numerator, figure.denominator, figure.decimals) == (92, 102, 1)
    assert (figure.as_of, figure.period, figure.note_vi, figure.note_en) == (
        date(2022, 7, 20),
        Period.parse("2022"),
        "Ghi chú",
        None,
    )
    assert (figure.file, figure.line) == ("data/trial/a.csv", 2)


@pytest.mark.parametrize(
    ("qualifier", "value", "unit", "amount", "decimals", "state"),
    [
        ("=", "0", "percent", 0, 0, None),
        ("=", "100", "percent", 100, 0, None),
        ("=", "100,00", "percent", 100, 2, None),
        ("~", "12.5", "percent", 12.5, 1, None),
        ("some", "", "percent", None, 0, None),
        ("=", "3", "percent", 3, 0, None),
        ("", "met", "state", None, 0, "met"),
        ("", "partly", "state", None, 0, "partly"),
        ("", "not_met", "state", None, 0, "not_met"),
    ],
)
def test_a_value_is_a_number_a_statement_or_some(
    project: Path, qualifier: str, value: str, unit: str, amount: float | None, decimals: int, state: str | None
) -> None:
    figure = only(trial(project, row(qualifier=qualifier, value=value, unit=unit)))
    assert (figure.amount, figure.decimals, figure.state) == (amount, decimals, state)


def test_a_file_without_rows_holds_no_figures(project: Path) -> None:
    published = trial(project)
    assert (published.figures, published.available()) == ((), {})
    assert published.of("kon-tum", Period.parse("2022")) == []


def test_an_empty_file_is_refused_by_the_columns_that_it_misses(project: Path) -> None:
    error = refused(project, head="")
    assert isinstance(error, Problems)
    required = ["province", "period", "indicator", "unit", "kind", "as_of", "source", "paragraph", "derived"]
    assert [(problem.code, problem.fields["key"]) for problem in error.found] == [
        ("column_missing", r) for r in required
    ]


def test_a_source_without_files_holds_no_figures(project: Path) -> None:
    trial(project)
    (project / "data" / "trial" / "a.csv").unlink()
    assert read_source("trial", catalog(), register()).figures == ()


def test_sources_are_the_folders_that_list_their_articles(project: Path) -> None:
    trial(project)
    (project / "data" / "notes").mkdir()
    assert source_names() == ["published", "trial"]


def test_an_unknown_source_is_refused_with_those_there_are(project: Path) -> None:
    for name, vi, en in (
        ("publishd", ' Có phải ý bạn là "published"?', ' Did you mean "published"?'),
        ("../params", "", ""),
    ):
        with pytest.raises(UserError) as caught:
            read_source(name, catalog(), register())
        assert caught.value.message("vi") == (
            f'Không có nguồn số liệu "{name}" trong thư mục data/.{vi} Nguồn hiện có: published.'
        )
        assert caught.value.message("en") == f'There is no source "{name}" in the folder data/.{en} Sources: published.'


def test_decomposed_notes_are_composed(project: Path) -> None:
    note = "Kỳ họp đảng ủy xã Đắk Hà"
    decomposed = unicodedata.normalize("NFD", note)
    assert decomposed != note
    assert only(trial(project, row(note_vi=decomposed))).note_vi == note


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_kept_as_it_stands(project: Path, text: str) -> None:
    published = trial(
        project, row(note_vi=text, note_en=text), sources=f'article,"{text}","{text}","{text}","{text}",2022-07-20,,\n'
    )
    source = published.sources["article"]
    assert {only(published).note_vi, only(published).note_en, source.title_vi, source.title_en} == {text}
    assert {source.publication_vi, source.publication_en} == {text}


@pytest.mark.parametrize("text", [*HOSTILE, "Kon Tum"])
@pytest.mark.parametrize("field", ["province", "indicator", "source"])
def test_a_hostile_name_is_refused_where_it_stands(project: Path, field: str, text: str) -> None:
    error = refused(project, row(**{field: text}))
    assert error.code == "reference_unknown"
    assert error.message("en").startswith(f'data/trial/a.csv, line 2: "{text}" (key {field}) is not in ')


@pytest.mark.parametrize("field", ["note_vi", "province", "value"])
def test_a_control_character_is_refused_with_its_line(project: Path, field: str) -> None:
    assert refused(project, row(), row(**{field: "a\x00b"})).message("en") == (
        "data/trial/a.csv, line 3: holds an invisible control character (U+0000). Delete it."
    )


# ---- slips

AT = "data/trial/a.csv, line 2"
VI = "data/trial/a.csv, dòng 2"


@pytest.mark.parametrize(
    ("cells", "vi", "en"),
    [
        (
            {"value": "9O,2"},  # the letter O
            f'{VI}, cột value: "9O,2" không phải là số. Hãy nhập lại bằng chữ số (kiểm tra chữ O với số 0, '
            'chữ l với số 1), ví dụ 90.2 hoặc "90,2".',
            f'{AT}, column value: "9O,2" is not a number. Type it again in digits (check the letter O for 0, l for 1), '
            'for example 90.2 or "90,2".',
        ),
        (
            {"value": "91.2", "numerator": "92", "denominator": "102"},
            f"{VI}: 92/102 = 90.1961 không khớp với giá trị công bố 91.2. Hãy kiểm tra cả ba số.",
            f"{AT}: 92/102 = 90.1961 does not agree with the printed value 91.2. Check all three numbers.",
        ),
        (
            {"numerator": "92"},
            f"{VI}, cột numerator, denominator: phải điền cả hai số hoặc để trống cả hai.",
            f"{AT}, column numerator, denominator: fill in both numbers or leave both blank.",
        ),
        (
            {"numerator": "0", "denominator": "0"},
            f'{VI}, denominator: "0" nằm ngoài giới hạn (phải > 0). Hãy sửa số.',
            f'{AT}, denominator: "0" is out of range (it must be > 0). Correct the number.',
        ),
        (
            {"numerator": "-1", "denominator": "102"},
            f'{VI}, numerator: "-1" nằm ngoài giới hạn (phải >= 0). Hãy sửa số.',
            f'{AT}, numerator: "-1" is out of range (it must be >= 0). Correct the number.',
        ),
        (
            {"period": "2022-13"},
            f'{VI}, cột period: Kỳ báo cáo "2022-13" không hợp lệ. Hãy viết năm, nửa năm, quý hoặc tháng: '
            "2022, 2022-H1, 2022-Q4, 2022-11.",
            f'{AT}, column period: Period "2022-13" is not one. Write a year, half-year, quarter or month: '
            "2022, 2022-H1, 2022-Q4, 2022-11.",
        ),
        (
            {"province": "kon-tumm"},
            f'{VI}: "kon-tumm" (khóa province) không có trong params/units.csv. Có phải ý bạn là "kon-tum"? '
            "Hãy sửa tên hoặc bổ sung vào params/units.csv.",
            f'{AT}: "kon-tumm" (key province) is not in params/units.csv. Did you mean "kon-tum"? '
            "Correct it, or add it to params/units.csv.",
        ),
        (
            {"period": "2026"},
            f"{VI}, cột province: Kon Tum không còn là đơn vị hành chính cấp tỉnh từ ngày 01/07/2025, nên không có báo "
            'cáo kỳ 2026. Hãy dùng đơn vị kế thừa "quang-ngai" (Quảng Ngãi) cho kỳ này.',
            f"{AT}, column province: Kon Tum ceased to be a provincial unit on 01 July 2025, so there is no report for "
            '2026. Use its successor "quang-ngai" (Quảng Ngãi) for this period.',
        ),
        (
            {"kind": "target", "indicator": "secretary_trained_rate", "value": "95"},
            f"{VI}: mục tiêu công bố của secretary_trained_rate (= 95) không có trong params/targets.yaml với cùng giá "
            "trị cho kon-tum kỳ 2022. Hãy sửa cho khớp.",
            f"{AT}: the published target of secretary_trained_rate (= 95) is not in params/targets.yaml with the same "
            "value for kon-tum and 2022. Make them agree.",
        ),
        (
            {"kind": "target", "period": "2021"},
            f"{VI}: mục tiêu công bố của cell_standing_board_rate (= 90.2) không có trong params/targets.yaml với cùng "
            "giá trị cho kon-tum kỳ 2021. Hãy sửa cho khớp.",
            f"{AT}: the published target of cell_standing_board_rate (= 90.2) is not in params/targets.yaml with the "
            "same value for kon-tum and 2021. Make them agree.",
        ),
        (
            {"unit": "state", "qualifier": "", "value": "fulfilled"},
            f'{VI}, value: "fulfilled" không hợp lệ; chỉ nhận: met, partly, not_met. Hãy sửa giá trị.',
            f'{AT}, value: "fulfilled" is not allowed; it must be one of: met, partly, not_met. Correct the value.',
        ),
        (
            {"qualifier": ""},
            f'{VI}: thiếu giá trị cho "qualifier". Hãy bổ sung.',
            f'{AT}: "qualifier" is missing. Add it.',
        ),
        ({"value": ""}, f'{VI}: thiếu giá trị cho "value". Hãy bổ sung.', f'{AT}: "value" is missing. Add it.'),
        (
            {"derived": "perhaps"},
            f'{VI}, derived: "perhaps" không rõ có hay không. Hãy viết yes hoặc no.',
            f'{AT}, derived: "perhaps" is neither yes nor no. Write yes or no.',
        ),
        (
            {"as_of": "20/7/2022"},
            f'{VI}, as_of: "20/7/2022" không phải là ngày. Hãy viết theo dạng NĂM-THÁNG-NGÀY, ví dụ 2022-12-31.',
            f'{AT}, as_of: "20/7/2022" is not a date. Write it as YEAR-MONTH-DAY, for example 2022-12-31.',
        ),
        (
            {"unit": "percents"},
            f'{VI}, unit: "percents" không hợp lệ; chỉ nhận: percent, count, state. Có phải ý bạn là "percent"? '
            "Hãy sửa giá trị.",
            f'{AT}, unit: "percents" is not allowed; it must be one of: percent, count, state. Did you mean "percent"? '
            "Correct the value.",
        ),
    ],
)
def test_a_slip_is_told_with_file_line_and_remedy(project: Path, cells: dict[str, str], vi: str, en: str) -> None:
    error = refused(project, row(**cells))
    assert (error.message("vi"), error.message("en")) == (vi, en)


@pytest.mark.parametrize(
    "value", ["90 %", "-5", ">90", "1.000,5", "1e2", "nan", "=1+1", ".5", "90.", "về", "9" * 10_000 + "x"]
)
def test_only_digits_with_one_decimal_sign_are_a_number(project: Path, value: str) -> None:
    assert refused(project, row(value=value)).fields["value"] == value


def test_a_figure_given_twice_names_the_first_one(project: Path) -> None:
    error = refused(project, row(), row(value="91.2"))
    assert error.message("vi") == (
        "data/trial/a.csv, dòng 3: cell_standing_board_rate của kon-tum kỳ 2022 (figure) đã có ở data/trial/a.csv:2. "
        "Hãy xóa một dòng."
    )
    assert error.message("en") == (
        "data/trial/a.csv, line 3: cell_standing_board_rate of kon-tum for 2022 (figure) already stands at "
        "data/trial/a.csv:2. Delete one of them."
    )


def test_the_same_figure_of_another_period_province_or_kind_is_no_repetition(project: Path) -> None:
    trained = {"indicator": "secretary_trained_rate", "value": "100"}
    rows = (
        row(**trained),
        row(**trained, kind="target"),
        row(**trained, period="2021"),
        row(**trained, province="gia-lai"),
    )
    assert len(trial(project, *rows).figures) == 4


@pytest.mark.parametrize("qualifier", ["=", ">="])
def test_a_published_target_agrees_with_the_one_in_targets_yaml(project: Path, qualifier: str) -> None:
    cells = {"indicator": "cell_good_or_excellent_rate", "qualifier": qualifier, "value": "85", "kind": "target"}
    assert only(trial(project, row(province="bac-giang", **cells))).amount == 85


def test_a_target_with_another_relation_does_not_agree(project: Path) -> None:
    cells = {"indicator": "cell_good_or_excellent_rate", "qualifier": ">", "value": "85", "kind": "target"}
    assert refused(project, row(province="bac-giang", **cells)).code == "target_differs"


def test_wrong_columns_and_rows_are_told_by_file(project: Path) -> None:
    assert refused(project, head=HEAD.replace("value", "valeu")).message("en").splitlines() == [
        'data/trial/a.csv, line 1: column "valeu" is not part of the form. Did you mean "value"? '
        "Correct its name or delete it."
    ]
    assert refused(project, "kon-tum,2022\n").message("en") == (
        "data/trial/a.csv, line 2: 2 cells where 15 are due. Check the commas; "
        "put cells that hold a comma in double quotes."
    )


def test_slips_of_several_rows_and_files_are_told_in_one_go(project: Path) -> None:
    trial(project)
    (project / "data" / "trial" / "b.csv").write_bytes(b"\xff")
    wrong = row(province="kon-tumm", indicator="x", value="9O", numerator="1"), row(period="soon"), row(), row()
    error = refused(project, *wrong)
    assert isinstance(error, Problems)
    assert [(problem.code, problem.fields.get("line")) for problem in error.found] == [
        ("reference_unknown", 2),
        ("reference_unknown", 2),
        ("figure_not_number", 2),
        ("figure_parts_counts", 2),
        ("figure_parts", 3),
        ("figure_twice", 5),
        ("file_not_utf8", None),
    ]
    assert len(error.message("vi").splitlines()) == 7


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"unit": "count", "value": "3"}, "figure_unit"),
        ({"indicator": "new_member_count", "unit": "percent", "value": "3"}, "figure_unit"),
        ({"qualifier": "all", "value": "90"}, "figure_all"),
        ({"qualifier": ">", "value": "90", "numerator": "92", "denominator": "102"}, "figure_bound_counts"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(project: Path, cells: dict[str, str], code: str) -> None:
    error = refused(project, row(**cells))
    assert code in [problem.code for problem in (error.found if isinstance(error, Problems) else (error,))]


def test_a_count_is_read_for_a_count_indicator(project: Path) -> None:
    figure = only(trial(project, row(indicator="new_member_count", unit="count", value="3")))
    assert (figure.amount, figure.decimals) == (3, 0)


def test_a_file_with_semicolons_is_read_like_one_with_commas(project: Path) -> None:
    """Excel saves so where the comma is the decimal mark."""
    cells = (USUAL | {"value": "12,5"}).get
    line = ";".join(cells(name, "") for name in HEAD.split(","))
    assert only(trial(project, line + "\n", head=HEAD.replace(",", ";"))).amount == 12.5


def test_a_mistyped_column_is_told_once(project: Path) -> None:
    error = refused(project, head=HEAD.replace("paragraph", "paragraf"))
    assert (error.code, error.fields["key"]) == ("column_unknown", "paragraf")
