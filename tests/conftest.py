"""Fixtures: a copy of the project to spoil, the checked library, one set of reports made once for all tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.units import Register

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("params", "data", "notebooks")


def copy_project(place: Path) -> Path:
    """Copy what a run reads to `place`."""
    for part in PARTS:
        shutil.copytree(ROOT / part, place / part)
    return place


def alone(page: str) -> str:
    """A page of the batch without the links to the files beside it."""
    return re.sub(r'<nav class="files".*?</nav>\n', "", page, flags=re.S)


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in the checkout, with messages in Vietnamese unless it says otherwise."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PARTYBUILDING_HOME", raising=False)
    monkeypatch.delenv("PARTYBUILDING_LANG", raising=False)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # IPython warns of another one that is activated


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project in a folder of its own, which the library then reads."""
    place = copy_project(tmp_path / "project")
    monkeypatch.setenv("PARTYBUILDING_HOME", str(place))
    return place


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def partybuilding() -> Command:
    """Run the command line in a process of its own: partybuilding("run", "kon-tum", "2022", lang="en")."""

    def run(*words: str | Path, lang: str | None = None, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PARTYBUILDING_")}
        env |= {"PARTYBUILDING_LANG": lang} if lang else {}
        env |= {"PARTYBUILDING_HOME": str(home)} if home else {}
        command = [str(Path(sys.executable).with_name("partybuilding")), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, timeout=600, check=False)

    return run


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All reports of params/batch.yaml, made once by the command line."""
    out = tmp_path_factory.mktemp("made") / "reports"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARTYBUILDING_")}
    command = [str(Path(sys.executable).with_name("partybuilding")), "batch", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; one at a time, so for each module its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


# What params/ and data/register/ of the checkout hold, read once for all tests; for a copy, read it again.
HOSTILE = ["<script>alert(1)</script>", "#panic(1)", "../../etc/passwd", "=1+1", "{braces} {0}", "x" * 10_000]


@cache
def register() -> Register:
    return Register.read(ROOT / "params" / "units.csv")


@cache
def catalog() -> Catalog:
    return Catalog.read(register(), ROOT / "params")


@cache
def communes() -> Communes:
    return Communes(ROOT / "data" / "register")
