"""open_report(): what it accepts and refuses, its table and its machine-readable record."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree
from pandas.api.types import is_numeric_dtype, is_string_dtype

import partybuilding
from partybuilding.errors import UserError
from partybuilding.present.document import REPORT_MIME
from partybuilding.present.report import Report, open_report


@pytest.fixture(scope="module", params=[("kon-tum", "vi"), ("kon-tum", "en"), ("bac-giang", "vi"), ("bac-giang", "en")])
def report(request: pytest.FixtureRequest) -> Report:
    province, lang = request.param
    return open_report(province, "2022", lang)


@pytest.fixture(scope="module")
def kon_tum() -> Report:
    return open_report("kon-tum", "2022")


def pieces(report: Report) -> list[Any]:
    """All that the notebook shows, in its order."""
    notebook = json.loads(Path("notebooks/province_assessment.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = [re.fullmatch(r'report\.(\w+)\((?:"(\w+)")?\)', cell) for cell in cells]
    return [getattr(report, found[1])(*filter(None, [found[2]])) for found in shown if found]


def test_the_door_is_the_package_itself() -> None:
    assert partybuilding.open_report is open_report
    assert partybuilding.Report is Report
    with pytest.raises(AttributeError, match="no attribute 'open_repot'"):
        partybuilding.open_repot  # noqa: B018


@pytest.mark.parametrize(
    ("province", "slug"),
    [
        ("kon-tum", "kon-tum"),
        ("Kon Tum", "kon-tum"),
        ("kon tum", "kon-tum"),
        ("KON TUM", "kon-tum"),
        ("bac-giang", "bac-giang"),
        ("Bắc Giang", "bac-giang"),
        ("Bac Giang", "bac-giang"),
        (unicodedata.normalize("NFD", "Bắc Giang"), "bac-giang"),
    ],
)
def test_a_province_is_known_by_slug_and_by_name_however_it_is_typed(province: str, slug: str) -> None:
    assert open_report(province, "2022").assessment.unit.slug == slug


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"province": "kon-tun"}, "unit_unknown", "kon-tum"),
        ({"province": ""}, "unit_unknown", '""'),
        ({"period": "2022-13"}, "period_form", "2022-13"),
        ({"period": "2022-Q1"}, "nothing_for", "kon-tum 2022"),
        ({"period": "2026"}, "unit_ended", "quang-ngai"),
        ({"province": "ha-noi"}, "nothing_for", "bac-giang 2022, kon-tum 2022"),
        ({"lang": "fr"}, "language_unknown", "fr"),
        ({"source": "publised"}, "source_unknown", '"published"'),
        ({"document_date": "20/12/2022"}, "document_date", "20/12/2022"),
        ({"document_date": "2022-02-30"}, "document_date", "2022-02-30"),
    ],
)
def test_a_slip_is_told_with_what_to_do(given: dict[str, str], code: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        open_report(**({"province": "kon-tum", "period": "2022"} | given))
    assert caught.value.code == code
    for lang in ("vi", "en"):
        assert words in caught.value.message(lang)


def test_an_unknown_group_is_answered_with_the_nearest_and_the_list(kon_tum: Report) -> None:
    with pytest.raises(UserError) as caught:
        kon_tum.results("cadre")
    assert caught.value.message("en") == (
        'There is no group of indicators "cadre". Did you mean "cadres"? The groups: political_tasks, organisation, '
        "ratings, members, meetings, cadres, inspection, shortcomings."
    )


def test_an_unknown_indicator_is_answered_with_the_nearest(kon_tum: Report) -> None:
    assert kon_tum.indicator("cell_standing_board_rate").value.numerator == 92  # type: ignore[union-attr]
    with pytest.raises(UserError) as caught:
        kon_tum.indicator("cell_standing_bord_rate")
    assert caught.value.message("en") == (
        'There is no indicator "cell_standing_bord_rate". Did you mean "cell_standing_board_rate"? '
        "See params/indicators.yaml."
    )


@pytest.mark.parametrize("group", ["", "x"])
def test_a_group_that_is_near_nothing_gets_no_suggestion(kon_tum: Report, group: str) -> None:
    with pytest.raises(UserError) as caught:
        kon_tum.results(group)
    assert "Did you mean" not in caught.value.message("en")


def test_the_document_date_is_printed_and_recorded(kon_tum: Report) -> None:
    dated = open_report("kon-tum", "2022", "vi", document_date="2022-12-05")
    assert ("place-date", "Kon Tum, ngày 05 tháng 12 năm 2022") in dated.head().lines
    assert dated.record().content["report"]["document_date"] == "2022-12-05"
    assert kon_tum.record().content["report"]["document_date"] is None


def test_the_table_has_a_row_for_every_indicator(report: Report) -> None:
    frame = report.frame
    assert list(frame.columns) == [
        "group",
        "value",
        "qualifier",
        "state",
        "numerator",
        "denominator",
        "target",
        "target_relation",
        "status",
        "gap",
        "units_to_close",
    ]
    assert (frame.index.name, len(frame), frame.index.is_unique) == ("indicator", 102, True)
    assert report.frame is frame


def test_the_table_of_kon_tum_holds_the_published_figures(kon_tum: Report) -> None:
    frame = kon_tum.frame
    for name in ("value", "numerator", "denominator", "target", "gap"):
        assert is_numeric_dtype(frame[name])
    for name in ("group", "qualifier", "state", "target_relation", "status"):
        assert is_string_dtype(frame[name])
    board = frame.loc["cell_standing_board_rate"]
    assert board.value == pytest.approx(9200 / 102, abs=1e-12)
    assert (board.numerator, board.denominator, board.status) == (92, 102, "no_target")
    # 23 spoken of: 6 meet their target, 7 are stated as met, 10 have no target; 2 are of Military Region 1 only
    assert frame.status.value_counts().to_dict() == {
        "not_reported": 77,
        "met": 13,
        "no_target": 10,
        "not_applicable": 2,
    }


def test_the_record_follows_its_schema(report: Report) -> None:
    schema = json.loads(resources.files("partybuilding.publish").joinpath("report.schema.json").read_text("utf-8"))
    content = json.loads(json.dumps(report.record().content, allow_nan=False))
    jsonschema.validate(content, schema, format_checker=jsonschema.FormatChecker())
    assert len(content["values"]) == 102
    assert content == report.record().content


def test_the_record_is_the_output_of_its_own_kind(kon_tum: Report) -> None:
    bundle = kon_tum.record()._repr_mimebundle_()
    assert set(bundle) == {REPORT_MIME, "text/plain"}
    assert bundle["text/plain"] == (
        "Báo cáo đánh giá công tác xây dựng Đảng năm 2022: Đảng bộ Quân sự tỉnh Kon Tum: 102 values"
    )
    assert bundle[REPORT_MIME]["report"] == {
        "notebook": "province_assessment",
        "province": "kon-tum",
        "place": "Kon Tum",
        "period": "2022",
        "lang": "vi",
        "form": "long",
        "source": "published",
        "status": "published",
        "as_of": "2022-07-20",
        "title": "Báo cáo đánh giá công tác xây dựng Đảng năm 2022: Đảng bộ Quân sự tỉnh Kon Tum",
        "headline": "Trong 11 chỉ tiêu, yêu cầu đề ra, có 6 chỉ tiêu đạt và 5 chỉ tiêu chưa công bố kết quả. "
        "Tài liệu nêu 5 hạn chế, không kèm số liệu.",
        "draft_note": "Bản dự thảo lập bằng máy tính từ số liệu đã công bố; số văn bản, chữ ký và dấu để trống.",
        "document_date": None,
        "mark": None,
        "communes": 102,
        "military_region": "5",
        "pages": 30,
        "small_count": 3,
        "layout": kon_tum.layout.measures(date(2022, 7, 20)),
    }


def test_the_record_keeps_full_precision_and_says_where_a_number_stands(kon_tum: Report) -> None:
    values = {entry["indicator"]: entry for entry in kon_tum.record().content["values"]}
    board = values["cell_standing_board_rate"]
    assert board["value"] == 9200 / 102
    assert (board["decimals"], board["derived"], board["unit"]) == (1, True, "percent")
    (trail,) = board["trail"]
    assert (trail["source"], trail["sheet"], trail["rows"], trail["paragraph"]) == (
        "kon-tum-2022",
        "data/published/kon-tum-2022.csv",
        "3",
        4,
    )
    assert values["hot_spot_count"]["value"] is None
    assert values["four_good_three_no_cell_rate"]["status"] == "not_applicable"


def test_every_number_in_the_tables_is_in_the_record(report: Report) -> None:
    entries = report.record().content["values"]
    known = {round(entry[key], 2) for entry in entries for key in ("value", "target") if entry[key] is not None}
    mark = "," if report.words.lang == "vi" else "."
    printed: set[float] = set()
    for piece in pieces(report):
        if not hasattr(piece, "element"):
            continue
        for cell in piece.element().iter("td"):
            if "number" in cell.get("class", "").split():
                numbers = re.findall(r"(\d+(?:[.,]\d+)?)%", cell.text or "")
                printed |= {float(number.replace(mark, ".")) for number in numbers}
    assert printed
    assert {number for number in printed if not any(abs(number - one) <= 0.05 for one in known)} == set()
    assert known <= {one for one in known if any(abs(number - one) <= 0.05 for number in printed)}


def test_the_same_report_twice_is_the_same_html(report: Report) -> None:
    again = open_report(report.assessment.unit.slug, "2022", report.words.lang)
    shown = [piece._repr_mimebundle_() for piece in pieces(report)]
    assert shown == [piece._repr_mimebundle_() for piece in pieces(again)]
    assert len(shown) == 18


def test_the_whole_report_is_one_well_formed_page_with_headings_in_order(report: Report) -> None:
    page = "".join(piece.html() for piece in pieces(report) if hasattr(piece, "html"))
    root = etree.fromstring(f"<main>{page}</main>")
    levels = [int(node.tag[1]) for node in root.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_text_enters_composed_and_hostile_names_come_out_as_text(project: Path) -> None:
    hostile = '<script>alert("x")</script> $x^2$ {braces} =1+1'
    units = project / "params" / "units.csv"
    quoted = '"' + hostile.replace('"', '""') + '"'
    units.write_text(units.read_text("utf-8").replace("kon-tum,62,Kon Tum,", f"kon-tum,62,{quoted},"), "utf-8")
    sources = project / "data" / "published" / "sources.csv"
    sources.write_text(unicodedata.normalize("NFD", sources.read_text("utf-8")), "utf-8")
    spoilt = open_report("kon-tum", "2022")
    assert spoilt.assessment.unit.name_vi == hostile
    html = "".join(piece.html() for piece in pieces(spoilt) if hasattr(piece, "html"))
    assert "<script" not in html
    assert '&lt;script&gt;alert("x")&lt;/script&gt; $x^2$ {braces} =1+1' in html
    assert unicodedata.is_normalized("NFC", html)
    assert "Tạp chí Quốc phòng toàn dân" in html


def test_a_report_of_a_later_day_says_that_day(project: Path) -> None:
    file = project / "data" / "published" / "bac-giang-2022.csv"
    rows = file.read_text("utf-8").splitlines()
    rows[1] = rows[1].replace("2022-09-21", "2022-11-30")
    file.write_text("\n".join(rows) + "\n", "utf-8")
    assert open_report("bac-giang", "2022").assessment.as_of == date(2022, 11, 30)


def test_params_and_data_are_read_anew_only_when_a_file_changed(project: Path) -> None:
    first = open_report("kon-tum", "2022", source="demo")
    assert open_report("kon-tum", "2022", "en", "demo").catalog is first.catalog
    targets = project / "params" / "targets.yaml"
    targets.write_text(targets.read_text("utf-8").replace("close: 5 ", "close: 6 "), "utf-8")
    again = open_report("kon-tum", "2022", source="demo")
    assert (first.catalog.judgement.close, again.catalog.judgement.close) == (5, 6)
    (project / "data" / "demo" / "kon-tum_2021.xlsx").unlink()
    assert again.indicator("cell_standing_board_rate").year_ago is not None
    assert open_report("kon-tum", "2022", source="demo").indicator("cell_standing_board_rate").year_ago is None
    (project / "data" / "demo" / ".lock").symlink_to(project / "nowhere")
    with pytest.raises(UserError) as refused:
        open_report("kon-tum", "2021", source="demo")
    assert refused.value.code == "nothing_for"


def test_the_workbook_has_words_at_the_heads_of_its_columns() -> None:
    for lang, first in (("vi", "Nội dung"), ("en", "Indicator")):
        tables = open_report("kon-tum", "2022", lang).record().content["tables"]
        assert tables[0]["columns"][0] == first
        assert not [head for table in tables for head in table["columns"] if head.startswith("c_")]
