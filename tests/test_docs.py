"""The README's commands run as written; what it names exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, copy_project

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]
MAKE = [command for command in COMMANDS if command.startswith("make ")]
OTHERS = [command for command in COMMANDS if not command.startswith("make ")]


def test_readme_gives_the_commands_that_it_promises() -> None:
    assert MAKE == ["make reports", "make test", "make lab"]
    assert all(command.startswith(".venv/bin/") for command in OTHERS)


@pytest.mark.parametrize("command", MAKE)
def test_make_knows_the_target(command: str) -> None:
    done = subprocess.run(["make", "-n", command.split()[1]], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def test_readme_commands_run_in_their_order(tmp_path: Path) -> None:
    place = copy_project(tmp_path / "project")
    for command in OTHERS:
        words = shlex.split(command)
        words[0] = str(Path(sys.executable).parent / Path(words[0]).name)
        done = subprocess.run(words, capture_output=True, text=True, cwd=place, timeout=300, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert (place / "out.html").stat().st_size > 10_000
    assert (place / "out.pdf").read_bytes().startswith(b"%PDF")
    assert (place / "reports" / "index.html").exists()


GUIDES = sorted((ROOT / "docs").glob("guide.*.md"))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_the_guides_commands_and_python_run(path: Path, tmp_path: Path) -> None:
    text, place = path.read_text(encoding="utf-8"), copy_project(tmp_path / "project")
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    assert len(commands) == 7
    for command in commands:
        words = shlex.split(command)
        words[0] = str(Path(sys.executable).parent / Path(words[0]).name)
        done = subprocess.run(words, capture_output=True, text=True, cwd=place, timeout=300, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(code, {})


def test_the_guides_say_the_same_in_both_languages() -> None:
    assert [len(GUIDES), *(text.count("## ") for text in (path.read_text("utf-8") for path in GUIDES))] == [2, 3, 3]


@pytest.mark.parametrize("name", [*(path.name for path in GUIDES), "../notebooks/start.md"])
def test_links_of_docs_lead_somewhere(name: str) -> None:
    path = ROOT / "docs" / name
    text = path.read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")]
    named = re.findall(r"`((?:data|notebooks|params)/[\w./-]+\.\w+)`", text)
    assert not [link for link in links if not (path.parent / link).exists()]
    assert not [link for link in named if not (ROOT / link).exists()]


def test_pictures_are_light() -> None:
    pictures = sorted((ROOT / "docs").glob("*.png"))
    assert {"kon-tum-2022-vi.png", "lab-panel.png", "lab-report.png"} <= {path.name for path in pictures}
    assert [path.name for path in pictures if path.stat().st_size >= 200_000] == []


def test_readme_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    names: dict[str, object] = {}
    exec(code, names)
    report = names["report"]
    assert round(report.indicator("cell_standing_board_rate").value.amount, 1) == 90.2  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_named_files_exist(text: str) -> None:
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")]
    named = [path for path in re.findall(r"`((?:lib|params|data|tests|notebooks)/[\w./-]+)`", text) if "<" not in path]
    missing = [path for path in links + named if not (ROOT / path).exists() and "office" not in path]
    assert not missing


def test_messages_of_the_troubleshooting_table_exist() -> None:
    known = (ROOT / "lib/partybuilding/errors.yaml").read_text(encoding="utf-8") + (ROOT / "Makefile").read_text(
        encoding="utf-8"
    )
    rows = re.findall(r"^\| (`.*?) \|", README.split("## Troubleshooting")[1], re.M)
    assert len(rows) >= 9
    for row in rows:
        for message in re.findall(r"`([^`]+)`", row):
            for part in re.split(r"…", message):
                assert part.strip(' "') in known, message


@pytest.mark.parametrize("folder", ["lib", "params", "data", "notebooks", "tests", "docs", ".ci"])
def test_tracked_files_speak_of_the_project_alone(folder: str) -> None:
    paths = re.compile(r"/(?:work|root|farm)/\w|/tmp/\w+\.\w+/|pypi\.org|npmjs|conda\.anaconda")
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in (
            ".py",
            ".md",
            ".yaml",
            ".csv",
            ".ipynb",
            ".j2",
            ".typ",
            ".css",
            ".json",
            ".toml",
        ) and path != Path(__file__):
            assert not paths.search(path.read_text(encoding="utf-8")), path
