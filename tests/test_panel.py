"""The panel: offers what exists, changes the report in place, shows the pages, saves the files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conftest import alone
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from partybuilding.errors import UserError
from partybuilding.present import panel as module
from partybuilding.present.panel import Panel, exported, pages
from partybuilding.present.report import Library, Report, open_report


def panel_of(report: Report) -> Panel:
    return Panel(report, open_report, Library.read())


@pytest.fixture(scope="module")
def pdf() -> bytes:
    made: bytes = exported(open_report("kon-tum", "2022"), "handout")
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, pdf: bytes) -> list[str]:
    """Exporters that cost nothing, and what they were asked for."""
    asked: list[str] = []

    def made(report: Report, exporter: str, pieces: Any = None) -> Any:
        asked.append(f"{exporter} {report.assessment.unit.slug} {report.words.lang}")
        return pdf if exporter == "handout" else "<html></html>"

    monkeypatch.setattr(module, "exported", made)
    return asked


def test_the_exporters_give_what_the_batch_gives(reports: Path, pdf: bytes) -> None:
    made = reports / "published" / "2022" / "kon-tum" / "province_assessment.vi.pdf"
    assert pdf == made.read_bytes()
    html = exported(open_report("kon-tum", "2022"), "report")
    assert html == alone(made.with_suffix(".html").read_text("utf-8"))


def test_pages_come_as_pictures_of_the_width_asked_for(pdf: bytes) -> None:
    images = pages(pdf, 200)
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(images) == len(document)
    with Image.open(io.BytesIO(images[0])) as image:
        assert (image.format, image.width) == ("PNG", 200)
        assert image.height == pytest.approx(200 * 297 / 210, abs=1)


@pytest.mark.usefixtures("quick")
def test_it_offers_only_what_exists() -> None:
    panel = panel_of(open_report("kon-tum", "2022", source="demo"))
    assert panel.chosen() == {"source": "demo", "province": "kon-tum", "period": "2022", "lang": "vi", "form": "long"}
    fields = panel.fields
    assert fields["province"].options == (("Bắc Giang", "bac-giang"), ("Kon Tum", "kon-tum"))
    assert fields["period"].options == ("2021", "2022-H1", "2022")
    fields["source"].value = "published"
    assert fields["period"].options == ("2022",)
    assert panel.report.assessment.source == "published"
    assert fields["form"].options == (("đầy đủ", "long"), ("tóm tắt một tờ", "brief"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("typed", "found"), [("bac", "bac-giang"), ("Bắc G", "bac-giang"), ("KON", "kon-tum"), ("tum ", "kon-tum")]
)
def test_a_province_is_found_with_and_without_accents(typed: str, found: str) -> None:
    panel = panel_of(open_report("kon-tum", "2022"))
    panel.search.value = typed
    assert [slug for _, slug in panel.fields["province"].options] == [found]
    assert panel.report.assessment.unit.slug == found


@pytest.mark.usefixtures("quick")
def test_a_search_without_a_hit_leaves_all_provinces() -> None:
    panel = panel_of(open_report("kon-tum", "2022"))
    panel.search.value = "x<y"
    assert len(panel.fields["province"].options) == 2
    assert panel.report.assessment.unit.slug == "kon-tum"


def test_a_choice_changes_the_report_in_place(quick: list[str]) -> None:
    report = open_report("kon-tum", "2022", source="demo", document_date="2022-12-20")
    assert report.frame.loc["cell_standing_board_rate", "value"] == 9200 / 102
    panel = panel_of(report)
    panel.fields["province"].value = "bac-giang"
    assert report.assessment.unit.slug == "bac-giang"
    assert report.frame.loc["cell_standing_board_rate", "value"] != 9200 / 102
    panel.fields["lang"].value = "en"
    assert "Bac Giang" in report.title
    assert panel.fields["province"].description == "Province"
    assert report.head().html() in panel.shown.value
    assert quick == ["handout kon-tum vi", "handout bac-giang vi", "handout bac-giang en"]
    assert "A4 pages" in panel.status.value
    assert str(report.document_date) == "2022-12-20"


@pytest.mark.usefixtures("quick")
def test_a_period_that_the_other_province_lacks_becomes_its_last(project: Path) -> None:
    (project / "data" / "demo" / "bac-giang_2022-H1.xlsx").unlink()
    panel = panel_of(open_report("kon-tum", "2022-H1", source="demo"))
    panel.fields["province"].value = "bac-giang"
    assert panel.chosen()["period"] == "2022"
    assert str(panel.report.assessment.period) == "2022"


@pytest.mark.usefixtures("quick")
def test_the_parameters_cell_can_be_copied_and_the_notebooks_variables_follow() -> None:
    shell = InteractiveShell.instance()
    shell.user_ns.update({"province": "kon-tum", "lang": "vi", "other": 1})
    panel = panel_of(open_report("kon-tum", "2022"))
    panel.fields["province"].value = "bac-giang"
    lines = panel.code.value.splitlines()
    assert lines[0].startswith('province: str = "bac-giang"  # slug or name')
    assert [line.split(":")[0] for line in lines] == ["province", "period", "lang", "source", "document_date", "form"]
    assert (shell.user_ns["province"], shell.user_ns["other"]) == ("bac-giang", 1)
    assert "period" not in shell.user_ns
    names: dict[str, str] = {}
    exec(panel.code.value, names)
    assert names["lang"] == "vi"


def test_the_buttons_save_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: list[str]) -> None:
    report = open_report("kon-tum", "2022", source="demo")
    panel = panel_of(report)
    monkeypatch.setenv("PARTYBUILDING_HOME", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    for button in panel.buttons.values():
        button.click()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"province_assessment_kon-tum_2022_demo.vi.{kind}" for kind in ("pdf", "html")}
    assert "Đã ghi province_assessment_kon-tum_2022_demo.vi.html." in panel.status.value
    trial = panel_of(report.what_if({"cell_standing_board_rate": 95}))
    assert trial.save("pdf").name == "province_assessment_kon-tum_2022_demo_trial.vi.pdf"
    assert quick[-1] == "handout kon-tum vi"


@pytest.mark.usefixtures("quick")
def test_a_slip_is_told_in_the_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_of(open_report("kon-tum", "2022"))

    def refused(*_: Any) -> Any:
        raise UserError("nothing_for", source="<b>", name="Kon Tum", period="2022", known="-")

    panel._opened = refused
    panel.fields["province"].value = "bac-giang"
    assert panel.status.value.startswith('Nguồn "&lt;b>" không có số liệu')
    monkeypatch.setenv("PARTYBUILDING_HOME", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "province_assessment_kon-tum_2022_published.vi.pdf").mkdir()
    panel.buttons["pdf"].click()
    assert "province_assessment_kon-tum_2022_published.vi.pdf" in panel.status.value


@pytest.mark.usefixtures("quick")
def test_the_form_is_chosen_like_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel(open_report("kon-tum", "2022"), open_report, Library.read())
    assert panel.fields["form"].options == (("đầy đủ", "long"), ("tóm tắt một tờ", "brief"))
    panel.fields["form"].value = "brief"
    assert (panel.report.form, panel.chosen()["form"]) == ("brief", "brief")
    panel.fields["province"].value = "bac-giang"
    assert panel.report.form == "brief"
    monkeypatch.setenv("PARTYBUILDING_HOME", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    assert panel.save("pdf").name == "province_assessment_bac-giang_2022_published_brief.vi.pdf"


@pytest.mark.usefixtures("quick")
def test_a_trial_stays_one_when_another_province_is_chosen() -> None:
    panel = panel_of(open_report("kon-tum", "2022", source="demo").what_if({"cell_standing_board_rate": 95}))
    panel.fields["province"].value = "bac-giang"
    assert "TÍNH THỬ" in panel.report.mark
    assert panel.report["cell_standing_board_rate"].target.value == 95


@pytest.mark.usefixtures("quick")
def test_a_source_that_cannot_be_read_does_not_keep_the_others_away(project: Path) -> None:
    (project / "data" / "office").mkdir()
    (project / "data" / "office" / "sources.csv").write_text("nonsense\n")
    panel = panel_of(open_report("kon-tum", "2022"))
    assert panel.fields["source"].options == ("published", "demo")
    assert "data/office/sources.csv" in panel.status.value
    assert "trang A4" in panel.status.value


@pytest.mark.usefixtures("quick")
def test_the_report_opens_its_own_panel() -> None:
    box = open_report("kon-tum", "2022").panel()
    assert "partybuilding-panel" in box._dom_classes
    assert re.search(r"[1-9]\d* trang A4", str([w.value for w in box.children[1].children if hasattr(w, "value")]))
