"""CONTRIBUTING's "Add an indicator" carried out as written, on a copy of the project, without touching code."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from conftest import ROOT, Command

from partybuilding import open_report

SECTION = re.search(r"## Add an indicator\n(.*?)\n## ", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.S)
STEPS = re.split(r"\n(?=\d\. )", SECTION[1]) if SECTION else []


def snippet(step: str) -> str:
    """The YAML of a step as it is typed into the file."""
    (block,) = re.findall(r" *```yaml\n(.*?)\n *```", step, re.S)
    return "\n".join(line.removeprefix("   ") for line in block.splitlines()) + "\n"


def file(step: str) -> str:
    """The file that a step says it goes into: the first that it names."""
    found = re.search(r"`(params/\w+\.yaml)`", step)
    assert found
    return found[1]


@pytest.fixture
def followed(project: Path) -> Path:
    """The project after the steps."""
    at_the_end, measure, target = STEPS[:3]
    assert [file(step) for step in STEPS[:3]] == [f"params/{n}.yaml" for n in ("indicators", "measures", "targets")]
    for step in (at_the_end, target):
        with (project / file(step)).open("a", encoding="utf-8") as params:
            params.write(snippet(step))
    named = re.search(r"here of `(\w+)`", measure)
    assert named
    path = project / file(measure)
    head, entry = path.read_text("utf-8").split(f"  {named[1]}:\n", 1)
    path.write_text(
        head + f"  {named[1]}:\n" + entry.replace("    indicators:\n", f"    indicators:\n{snippet(measure)}", 1),
        "utf-8",
    )
    return project


@pytest.fixture
def name() -> str:
    return textwrap.dedent(snippet(STEPS[0])).partition(":")[0]


def test_the_indicator_shows_everywhere(followed: Path, name: str, partybuilding: Command, tmp_path: Path) -> None:
    before = partybuilding("check").stdout
    after = partybuilding("check", home=followed)
    assert after.returncode == 0, after.stderr
    counts = [[int(n) for n in re.findall(r"(\d+) (?:chỉ tiêu|mục tiêu)", text)] for text in (before, after.stdout)]
    assert counts[1] == [counts[0][0] + 1, counts[0][1] + 1]
    words = ("run", "kon-tum", "2022", "--source", "demo", "--out", tmp_path / "o")
    done = partybuilding(*words, home=followed)
    assert done.returncode == 0, done.stderr
    place = tmp_path / "o" / "demo" / "2022" / "kon-tum" / "province_assessment.vi"
    entry: dict[str, Any] = next(
        e
        for e in json.loads(place.with_name(f"{place.name}.json").read_text("utf-8"))["values"]
        if e["indicator"] == name
    )
    assert entry["value"] == 100 * entry["numerator"] / entry["denominator"]
    assert entry["target"] == 5
    label = "ảng viên chưa được xếp loại"
    html = place.with_name(f"{place.name}.html").read_text("utf-8")
    assert html.count(label) >= 4  # text, table, shortcomings or measures, definitions
    assert "trên tổng số đảng viên của các chi bộ quân sự" in html
    with pypdfium2.PdfDocument(place.with_name(f"{place.name}.pdf")) as pdf:
        assert label in " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)
    book = openpyxl.load_workbook(place.with_name(f"{place.name}.xlsx"))
    assert [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if label in str(cell)]


def test_it_calls_for_its_measure_and_answers_by_hand(followed: Path, name: str) -> None:
    report = open_report("kon-tum", "2022", source="demo")
    answer = report[name]
    given = report.assessment.given.cells
    rows = given[["members_not_rated", "official_members", "probationary_members"]].dropna()
    assert answer.value
    assert answer.value.numerator == rows["members_not_rated"].sum()
    (called,) = [c for c in report.assessment.measures if c.measure.id == "member_quality"]
    assert (name in [r.indicator.id for r in called.short]) is answer.falls_short
    assert answer.falls_short


def test_the_form_asks_for_what_it_counts(followed: Path, partybuilding: Command, tmp_path: Path) -> None:
    done = partybuilding("forms", "kon-tum", "2022", "--out", tmp_path / "form.xlsx", home=followed)
    assert done.returncode == 0, done.stderr
    heads = next(openpyxl.load_workbook(tmp_path / "form.xlsx")["cells"].iter_rows(values_only=True))
    assert "members_not_rated" in heads
