"""Make the pictures of docs/ anew: python docs/screenshots.py [REPORTS], after `make reports`.

Pictures of JupyterLab are what the browser test sees; pictures of pages are taken from the reports in REPORTS (by
default reports/). A picture whose report is not there stays as it is, and is named. Each is under 200 KB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
WIDTH, MOST = 1000, 200_000  # pixels in width of a page, bytes of a picture
OF_LAB = ("lab-start", "lab-report", "lab-panel", "lab-dark")
PAGES = {  # picture: print, number of its page
    "kon-tum-2022-vi": ("published/2022/kon-tum/province_assessment.vi.pdf", 0),
    "kon-tum-2022-brief-vi": ("published/2022/kon-tum/province_assessment.brief.vi.pdf", 0),
    "cell-handout-vi": ("demo/2022/kon-tum.cells/23404/cell_handout.vi.pdf", 0),
}
SCREENS = {"kon-tum-2022-page": "published/2022/kon-tum/province_assessment.vi.html"}


def keep(image: Image.Image, name: str) -> None:
    """Write a picture in few colours, in ever fewer until it is small enough."""
    path = HERE / f"{name}.png"
    for colours in (256, 128, 64, 32):
        image.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < MOST:
            return
    raise SystemExit(f"{path.name} is larger than {MOST} bytes")


def of_pages(reports: Path) -> None:
    """Take the pictures of printed pages and of web pages."""
    for name, (pattern, number) in PAGES.items():
        for found in sorted(reports.glob(pattern))[:1]:
            with pypdfium2.PdfDocument(found) as document:
                page = document[number]
                keep(page.render(scale=WIDTH / page.get_width()).to_pil(), name)
        if not list(reports.glob(pattern)):
            print(f"{name}.png stays: no {pattern} in {reports}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, file in SCREENS.items():
            if not (reports / file).exists():
                print(f"{name}.png stays: no {file} in {reports}")
                continue
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto((reports / file).resolve().as_uri())
            page.screenshot(path=Path(place) / "x.png")
            keep(Image.open(Path(place) / "x.png"), name)
        browser.close()


def of_lab() -> int:
    """Run the browser test and keep what it sees; return its exit status."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "pytest", "-q", "tests/test_lab.py"]
        environment = {**os.environ, "PARTYBUILDING_SHOTS": place}
        status = subprocess.run(command, cwd=HERE.parent, env=environment, check=False).returncode  # noqa: S603
        for name in OF_LAB:
            if (shot := Path(place) / f"{name}.png").exists():
                keep(Image.open(shot), name)
    return status


if __name__ == "__main__":
    of_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "reports")
    sys.exit(of_lab())
