"""The reports themselves: what they must say, word for word, and that nothing else gets into them.

The golden files hold the text of the Kon Tum report, one block a line. After a wanted change of words renew them,
and read the difference before it is committed:

    python tests/test_golden.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2
import pytest
from conftest import ROOT
from lxml import etree

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("vi", "en")
FOLDER = Path("published", "2022")
_BLOCKS = ("h1", "h2", "h3", "h4", "p", "caption", "tr", "figcaption", "svg", "li")


def blocks(page: str) -> list[str]:
    """The text of a page's main part, one entry for each block: heading, paragraph, row of a table, figure.

    Without the contents and the folded data of figures, which their descriptions tell.
    """
    root = etree.fromstring(page.encode())
    main = root.find(".//{*}main")
    for data in [*main.iterfind(".//{*}figure/{*}details")]:
        data.getparent().remove(data)
    found = []
    for node in main.iter("{*}*"):
        name = etree.QName(node).localname
        if name not in _BLOCKS or (name == "li" and node.find("{*}p") is not None):
            continue
        if name == "svg":
            text = node.get("aria-label")
        elif name == "tr":
            text = " | ".join("".join(cell.itertext()) for cell in node)
        else:
            text = "".join(node.itertext())
        folded = re.sub(r"[ \t\r\n]+", " ", text).strip()
        found.append(f"{name}: {folded}")
    return found


def page_of(reports: Path, province: str, lang: str) -> str:
    return (reports / FOLDER / province / f"province_assessment.{lang}.html").read_text(encoding="utf-8")


def printed(reports: Path, province: str, lang: str) -> str:
    """The text of the print, white space folded."""
    document = pypdfium2.PdfDocument(reports / FOLDER / province / f"province_assessment.{lang}.pdf")
    try:
        return " ".join("\n".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_on_kon_tum_reads_as_it_was_approved(reports: Path, lang: str) -> None:
    approved = (GOLDEN / f"kon-tum-2022.{lang}.txt").read_text(encoding="utf-8").splitlines()
    assert blocks(page_of(reports, "kon-tum", lang)) == approved


def rows(reports: Path, province: str, lang: str, label: str) -> list[list[str]]:
    """The rows of four cells that begin with this label, in the order of the report."""
    split = [block[4:].split(" | ") for block in blocks(page_of(reports, province, lang)) if block.startswith("tr: ")]
    return [found for found in split if found[0].startswith(label) and len(found) == 4]


KON_TUM = {
    "vi": {
        "Tỷ lệ đơn vị cấp xã có chi bộ quân sự": "100% (toàn bộ)",
        "Tỷ lệ chi bộ quân sự có chi ủy": "90,2%(1)",
        "Tỷ lệ đảng viên trong lực lượng dân quân tự vệ": "22,7%",
        "Tỷ lệ đảng viên trong lực lượng dự bị động viên": "10,65%",
        "Tỷ lệ chi bộ quân sự được đánh giá trong sạch, vững mạnh": "> 90%(1)",
        "Tỷ lệ đảng viên hoàn thành tốt nhiệm vụ trở lên": "95%(2)",
    },
    "en": {
        "Communes with a military cell": "100% (all)",
        "Military cells with a cell committee": "90.2%(1)",
        "Party members in the militia and self-defence force": "22.7%",
        "Party members in the reserve force": "10.65%",
        "Military cells rated clean and strong": "> 90%(1)",
        "Members rated good or excellent": "95%(2)",
    },
}


@pytest.mark.parametrize(("lang", "label"), [(lang, label) for lang, labels in KON_TUM.items() for label in labels])
def test_kon_tum_prints_each_published_figure_as_published(reports: Path, lang: str, label: str) -> None:
    assert rows(reports, "kon-tum", lang, label)[0][1] == KON_TUM[lang][label]


@pytest.mark.parametrize(
    ("lang", "counts", "derived"),
    [("vi", "92/102", "92/102 chi bộ, suy ra từ tỷ lệ"), ("en", "92 of 102", "92 of 102 cells, derived from the rate")],
)
def test_the_counts_that_the_article_does_not_print_are_marked_as_derived(
    reports: Path, lang: str, counts: str, derived: str
) -> None:
    told = [block for block in blocks(page_of(reports, "kon-tum", lang)) if counts in block]
    assert len(told) > 1
    assert all(derived in block for block in told)


BAC_GIANG = {
    "vi": (
        *(("Tỷ lệ chi bộ hoàn thành nhiệm vụ trở lên", "100%"), ("Tỷ lệ chi bộ hoàn thành tốt", "≥ 85%")),
        *(
            ("Tỷ lệ chi bộ đạt tiêu chuẩn “4 tốt, 3 không”", "100%"),
            ("Tỷ lệ cấp ủy, đảng bộ đạt tiêu chuẩn “4 tốt", "100%"),
        ),
    ),
    "en": (
        *(("Cells that complete their tasks or better", "100%"), ("Cells rated good or excellent", "≥ 85%")),
        *(("Cells meeting the “4 good, 3 no” standard", "100%"), ("Committees meeting the “4 good, 3 no”", "100%")),
    ),
}


@pytest.mark.parametrize(
    ("lang", "label", "target"), [(lang, *line) for lang, lines in BAC_GIANG.items() for line in lines]
)
def test_bac_giang_prints_its_targets_and_that_outcomes_were_not_published(
    reports: Path, lang: str, label: str, target: str
) -> None:
    found = rows(reports, "bac-giang", lang, label)
    assert [cells[1] for cells in found[:2]] == [target, target]  # then its entry in the glossary
    assert found[1][3] == {"vi": "Chưa công bố", "en": "Not published"}[lang]
    said = {"vi": "chưa công bố kết quả thực hiện", "en": "their outcomes were not published"}[lang]
    assert [block for block in blocks(page_of(reports, "bac-giang", lang)) if block.startswith("p: ") and said in block]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
def test_the_record_holds_every_number_with_its_source(reports: Path, province: str, lang: str) -> None:
    path = reports / FOLDER / province / f"province_assessment.{lang}.json"
    values = {entry["indicator"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))["values"]}
    assert all(entry["trail"] for entry in values.values() if entry["value"] is not None)
    if province == "kon-tum":
        cells = values["cell_standing_board_rate"]
        assert (cells["numerator"], cells["denominator"], cells["derived"]) == (92, 102, True)
        assert cells["value"] == pytest.approx(100 * 92 / 102, abs=1e-9)
        assert cells["trail"][0]["paragraph"] == 4
        strong = values["cell_rated_clean_strong_rate"]
        assert (strong["qualifier"], strong["value"]) == (">", 90)
    else:
        targets = [values[name] for name in ("cell_task_completion_rate", "cell_good_or_excellent_rate")]
        assert [(t["target"], t["target_qualifier"], t["value"], t["reason"]) for t in targets] == [
            *[(100, ">=", None, "target_only"), (85, ">=", None, "target_only")]
        ]


LEAKS = re.compile(
    r"Traceback|\w+(Error|Warning)\b|\b(In|Out) ?\[|open_report|import |def |report\.\w+\(|\bNone\b(?! of)|\bnan\b|"
    + "|".join(
        re.escape(str(place)) for place in (ROOT, Path.home(), sys.prefix, tempfile.gettempdir()) if len(str(place)) > 3
    )
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
def test_no_output_holds_code_a_prompt_an_error_or_a_path_of_the_machine(
    reports: Path, province: str, lang: str
) -> None:
    stem = reports / FOLDER / province / f"province_assessment.{lang}"
    notebook = json.loads(stem.with_name(f"{stem.name}.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    texts = {
        "html": page_of(reports, province, lang),
        "pdf": printed(reports, province, lang),
        "json": stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"),
        "ipynb outputs": json.dumps(outputs, ensure_ascii=False),
        "ipynb metadata": json.dumps([notebook["metadata"], *(cell["metadata"] for cell in notebook["cells"])]),
    }
    assert {ending: found[0] for ending, text in texts.items() if (found := LEAKS.search(text))} == {}
    assert all(len(text) > 100 for text in texts.values())
    assert {output["output_type"] for output in outputs} == {"execute_result"}


def test_the_same_batch_twice_gives_the_same_bytes(reports: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(reports, tmp_path / "reports"))

    def files() -> dict[str, bytes]:
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    before = files()
    make(out, "batch")
    assert len(before) == 5 * len(json.loads(before["manifest.json"])["reports"]) + 3  # manifest, index, lock
    assert [name for name, content in files().items() if before.get(name) != content] == []


def make(out: Path, *words: str) -> None:
    """Run the command line into `out`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARTYBUILDING_")}
    command = [str(Path(sys.executable).with_name("partybuilding")), *words, "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT, env=env, timeout=600, capture_output=True)


def renew() -> None:
    """Write the golden files anew from the report as it is made now."""
    with tempfile.TemporaryDirectory() as place:
        GOLDEN.mkdir(exist_ok=True)
        make(Path(place), "batch", "--only", "published/2022/kon-tum")
        for lang in LANGUAGES:
            text = "\n".join(blocks(page_of(Path(place), "kon-tum", lang))) + "\n"
            (GOLDEN / f"kon-tum-2022.{lang}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()
