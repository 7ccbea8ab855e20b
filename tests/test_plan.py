"""The plan: what batch.yaml or the command line asks for, checked whole before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from partybuilding.errors import UserError
from partybuilding.publish import plan

WISH = {"notebook": "province_assessment", "source": "published", "province": "kon-tum", "period": "2022", "lang": "vi"}
TWO_BY_TWO = """
reports:
  - source: published
    provinces: [kon-tum, bac-giang]
    periods: [2022]
    languages: [vi, en]
"""
NAMES = [
    f"published/2022/{province}/province_assessment.{lang}"
    for province in ("kon-tum", "bac-giang")
    for lang in ("vi", "en")
]


def checked(province: str, period: str, source: str) -> tuple[str, str]:
    """Stands for the check by register and data, which this room does not know."""
    if province == "kon-tun":
        raise UserError("unit_unknown", value=province, suggestion="")
    return province.lower().replace(" ", "-"), period


def batch(project: Path, text: str, *only: str, limit: int | None = None) -> list[plan.Job]:
    path = project / "params" / "batch.yaml"
    path.write_text(text, encoding="utf-8")
    return plan.batch(path, checked, only, limit)


def refusal(project: Path, text: str, *only: str) -> UserError:
    with pytest.raises(UserError) as refused:
        batch(project, text, *only)
    return refused.value


def test_a_job_has_one_name_for_the_list_the_files_and_the_option() -> None:
    job = plan.job(WISH | {"province": "Kon Tum"}, ["pdf", "html"], {"document_date": "2022-12-20"}, checked)
    assert job.name == "published/2022/kon-tum/province_assessment.vi"
    assert job.folder / job.stem == Path(job.name)
    assert job.files == tuple(f"province_assessment.vi.{ending}" for ending in ("html", "pdf", "xlsx", "ipynb", "json"))
    assert dict(job.parameters) == {
        **{"province": "kon-tum", "period": "2022", "lang": "vi", "source": "published"},
        "document_date": "2022-12-20",
    }
    assert job.notebook_path.is_file()


def test_a_batch_is_every_province_with_every_language_in_the_order_of_the_file(project: Path) -> None:
    jobs = batch(project, TWO_BY_TWO)
    assert [job.name for job in jobs] == NAMES
    assert {job.formats for job in jobs} == {("html", "pdf")}


def test_codes_and_periods_of_the_file_stay_as_they_are_written(project: Path) -> None:
    jobs = batch(project, TWO_BY_TWO.replace("[2022]", "[2022-01, 2022]").replace("kon-tum", "08"))
    assert [(job.province, job.period) for job in jobs if job.lang == "vi"] == [
        *[("08", "2022-01"), ("bac-giang", "2022-01")],
        *[("08", "2022"), ("bac-giang", "2022")],
    ]


def test_forms_stand_beside_each_other(project: Path) -> None:
    jobs = batch(project, TWO_BY_TWO + "    forms: [long, brief]\n", "kon-tum")
    assert [job.name for job in jobs] == [
        *NAMES[:2],
        *(f"published/2022/kon-tum/province_assessment.brief.{lang}" for lang in ("vi", "en")),
    ]
    assert [job.parameters.get("form") for job in jobs] == [None, None, "brief", "brief"]
    assert jobs[2].files[0] == "province_assessment.brief.vi.html"
    assert "brif" in refusal(project, TWO_BY_TWO + "    forms: [brif]\n").message()
    other = TWO_BY_TWO + "    forms: [brief]\n    notebooks: [data_quality]\n"
    assert 'data_quality không có tham số "form"' in refusal(project, other).message()


CELLS = """
reports:
  - source: demo
    provinces: [kon-tum]
    periods: [2022]
    languages: [vi]
    notebooks: [cell_handout]
    communes: %s
"""


def found(province: str, period: str, wanted: str) -> list[str]:
    assert (province, period) == ("kon-tum", "2022")
    codes = {"A": "00001", "B": "00002"}
    if wanted not in ("all", *codes, *codes.values()):
        raise UserError("commune_unknown", value=wanted, place=province, suggestion="")
    return list(codes.values()) if wanted == "all" else [codes.get(wanted, wanted)]


@pytest.mark.parametrize(
    ("communes", "codes"),
    [("all", ["00001", "00002"]), ("[B]", ["00002"]), ('[B, "00001", "00002"]', ["00002", "00001"])],
)
def test_each_commune_has_a_folder_of_its_own_beside_the_provinces(
    project: Path, communes: str, codes: list[str]
) -> None:
    path = project / "params" / "batch.yaml"
    path.write_text(CELLS % communes, encoding="utf-8")
    jobs = plan.batch(path, checked, find=found)
    assert [job.name for job in jobs] == [f"demo/2022/kon-tum.cells/{code}/cell_handout.vi" for code in codes]
    assert [job.parameters["commune"] for job in jobs] == codes
    (one,) = plan.batch(path, checked, ["00002"], find=found)
    assert one.commune == "00002"


def test_a_commune_on_the_command_line_is_found_by_its_name() -> None:
    wish = WISH | {"notebook": "cell_handout", "source": "demo"}
    job = plan.job(wish, ["pdf"], {"commune": "A"}, checked, found)
    assert (job.commune, job.parameters["commune"]) == ("00001", "00001")
    with pytest.raises(UserError) as refused:
        plan.job(wish, ["pdf"], {"commune": "C"}, checked, found)
    assert refused.value.code == "commune_unknown"


def test_a_form_is_asked_for_once() -> None:
    assert plan.job(WISH, ["pdf"], {"form": "brief"}, checked).form == "brief"
    assert plan.job(WISH | {"form": "brief"}, ["pdf"], {}, checked).form == "brief"
    with pytest.raises(UserError) as refused:
        plan.job(WISH | {"form": "brief"}, ["pdf"], {"form": "brief"}, checked)
    assert refused.value.code == "parameter_twice"


def test_a_report_named_twice_is_made_once_with_all_its_formats(project: Path) -> None:
    again = "  - {source: published, provinces: [kon-tum], periods: [2022], languages: [vi], formats: %s}\n"
    jobs = batch(project, "reports:\n" + again % "[html]" + again % "[pdf, pdf]")
    assert [(job.name, job.formats) for job in jobs] == [(NAMES[0], ("html", "pdf"))]
    assert batch(project, "reports:\n" + again % "[html, html]")[0].formats == ("html",)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ([], NAMES),
        ([NAMES[3]], NAMES[3:]),
        (["kon-tum"], NAMES[:2]),
        (["bac-giang/"], NAMES[2:]),
        (["province_assessment.en"], NAMES[1::2]),
        (["2022/kon-tum"], NAMES[:2]),
        (["published"], NAMES),
        (["province_assessment.en", "kon-tum/province_assessment.vi"], [*NAMES[:2], NAMES[3]]),
    ],
)
def test_only_keeps_what_is_named_by_its_name_or_a_whole_part_of_it(
    project: Path, only: list[str], expected: list[str]
) -> None:
    assert [job.name for job in batch(project, TWO_BY_TWO, *only)] == expected


@pytest.mark.parametrize(("limit", "count"), [(None, 4), (1, 1), (3, 3), (9, 4)])
def test_limit_keeps_the_first_ones(project: Path, limit: int | None, count: int) -> None:
    assert [job.name for job in batch(project, TWO_BY_TWO, limit=limit)] == NAMES[:count]
    assert len(batch(project, TWO_BY_TWO, "bac-giang", limit=1)) == 1


@pytest.mark.parametrize(
    ("wanted", "near"), [("kon-tun", "kon-tum"), (NAMES[0][:-1], NAMES[0]), ("tum", "kon-tum"), ("xyz", ""), ("", "")]
)
def test_an_unknown_name_in_only_is_refused_with_the_nearest_one(project: Path, wanted: str, near: str) -> None:
    told = refusal(project, TWO_BY_TWO, wanted)
    vi, en = (f' Có phải ý bạn là "{near}"?', f' Did you mean "{near}"?') if near else ("", "")
    assert told.message("vi") == (
        f'Kế hoạch không có báo cáo "{wanted}".{vi} Xem tên các báo cáo: partybuilding batch --dry-run.'
    )
    assert told.message("en") == f'The plan has no report "{wanted}".{en} See the names: partybuilding batch --dry-run.'


@pytest.mark.parametrize(
    ("wish", "formats", "more", "vi", "en"),
    [
        (
            {"notebook": "province_asessment"},
            ["html"],
            {},
            'Không có sổ tay "province_asessment" trong thư mục notebooks/. Có phải ý bạn là "province_assessment"? '
            "Hiện có: cell_handout, data_quality, province_assessment.",
            'There is no notebook "province_asessment" in the folder notebooks/. Did you mean "province_assessment"? '
            "There are: cell_handout, data_quality, province_assessment.",
        ),
        (
            {},
            ["html", "pfd"],
            {},
            'Không có định dạng "pfd". Có phải ý bạn là "pdf"? Hãy chọn trong: html, pdf.',
            'There is no format "pfd". Did you mean "pdf"? Choose from: html, pdf.',
        ),
        (
            {},
            [],
            {},
            'Không có định dạng "". Hãy chọn trong: html, pdf.',
            'There is no format "". Choose from: html, pdf.',
        ),
        (
            {"lang": "fr"},
            ["html"],
            {},
            'Không có ngôn ngữ "fr" (no language "fr"). Hãy chọn vi hoặc en (choose vi or en).',
            'There is no language "fr". Choose vi or en.',
        ),
        (
            {},
            ["html"],
            {"provnce": "x"},
            'Sổ tay province_assessment không có tham số "provnce". Có phải ý bạn là "province"? '
            "Các tham số: province, period, lang, source, document_date, form.",
            'Notebook province_assessment has no parameter "provnce". Did you mean "province"? '
            "It has: province, period, lang, source, document_date, form.",
        ),
        *(
            (
                {},
                ["html"],
                {name: "x"},
                f'Tham số "{name}" đã được đặt bằng {other}; hãy bỏ một trong hai.',
                f'Parameter "{name}" is already set by {other}; leave one of them out.',
            )
            for name, other in (
                *(("province", "PROVINCE"), ("period", "PERIOD")),
                *(("lang", "--lang"), ("source", "--source")),
            )
        ),
    ],
)
def test_a_slip_on_the_command_line_gets_one_message_in_each_language(
    wish: dict[str, str], formats: list[str], more: dict[str, str], vi: str, en: str
) -> None:
    with pytest.raises(UserError) as refused:
        plan.job(WISH | wish, formats, more, checked)
    assert (refused.value.message("vi"), refused.value.message("en")) == (vi, en)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "periods: [2022]",
            "period: [2022]",
            'params/batch.yaml, line 5: key or column "reports.0.period" is not used here. Did you mean "periods"? '
            "Correct the name or delete it.",
        ),
        (
            "    source: published\n".strip(),
            "notebooks: [province_assessment]",
            'params/batch.yaml, line 3: "reports.0.source" is missing. Add it.',
        ),
        ("[vi, en]", "[vi, fr]", 'There is no language "fr". Choose vi or en.'),
        ("[kon-tum, bac-giang]", "[kon-tun]", 'There is no unit "kon-tun". See the list: partybuilding list --units.'),
        ("reports:", "report:", 'params/batch.yaml, line 2: key or column "report" is not used here.'),
    ],
)
def test_a_slip_in_the_batch_file_is_found_before_anything_runs(
    project: Path, old: str, new: str, message: str
) -> None:
    assert old in TWO_BY_TWO
    told = refusal(project, TWO_BY_TWO.replace(old, new)).message("en").splitlines()
    assert any(line.startswith(message) for line in told), told


def test_a_batch_file_that_is_not_there_is_named(project: Path) -> None:
    with pytest.raises(UserError) as refused:
        plan.batch(project / "params" / "other.yaml", checked)
    assert refused.value.message("en") == "params/other.yaml: there is no such file. Put it back, or check its name."
