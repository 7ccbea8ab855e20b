"""JupyterLab in a browser: start page, report notebook, panel, export menu; no request leaves the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdfium2
import pytest
from conftest import ROOT, copy_project
from playwright.sync_api import Browser, Page, expect

from partybuilding import open_report
from partybuilding.present import panel

SHOTS = os.environ.get("PARTYBUILDING_SHOTS")  # docs/screenshots.py keeps pictures of what this test sees
LOCAL = ("127.0.0.1", "localhost", "::1")
WAIT = 90_000  # milliseconds: a loaded machine starts a kernel slowly
expect.set_options(timeout=WAIT)


AUDIT = """
import os, sys
def heard(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = args[0] if event.startswith("socket.get") else args[1]
        if not isinstance(place, (str, bytes)) or event.startswith("socket.get"):
            with open(os.environ["HEARD"], "a") as log:
                print(event, place[0] if isinstance(place, tuple) else place, file=log)
sys.addaudithook(heard)
"""  # each Python that the server starts notes where it connects to, and which names it looks up


class Lab:
    """A running `partybuilding lab`: its address, and where it and its kernels connected to."""

    def __init__(self, place: Path) -> None:
        self.place = copy_project(place / "project")
        shutil.copytree(ROOT / "docs", self.place / "docs")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PARTYBUILDING", "JUPYTER"))}
        closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
        env |= {**closed, "no_proxy": ",".join(LOCAL), "HOME": str(place), "PARTYBUILDING_HOME": str(self.place)}
        (place / "audit").mkdir()
        (place / "audit" / "sitecustomize.py").write_text(AUDIT)
        env |= {"PYTHONPATH": str(place / "audit"), "HEARD": str(place / "heard")}
        self.log, self.heard = place / "lab.log", place / "heard"
        command = [str(Path(sys.executable).with_name("partybuilding")), "lab", "--no-browser", "--ServerApp.port=0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=place)
        self.strangers: set[str] = set()
        threading.Thread(target=self._watch, daemon=True).start()
        self.url = self._url()

    def _url(self) -> str:
        for _ in range(600):
            found = re.search(r"http://127\.0\.0\.1:\d+/\S+token=\w+", self.log.read_text())
            if found:
                return found[0]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def _watch(self) -> None:
        while self.process.poll() is None:
            for process in [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(True)]:
                try:
                    for line in process.net_connections("inet"):
                        place = line.raddr.ip if line.raddr else line.laddr.ip
                        if place not in LOCAL:
                            self.strangers.add(f"{process.name()}: {place}")
                except psutil.Error:
                    continue
            time.sleep(0.05)

    def places(self) -> set[str]:
        """Where the server and its kernels connected to or looked up, by what their sockets and they themselves say."""
        return self.strangers | {line.split()[1] for line in self.heard.read_text().splitlines()}

    def stop(self) -> None:
        children = psutil.Process(self.process.pid).children(True)
        self.process.terminate()
        for process in psutil.wait_procs([psutil.Process(self.process.pid), *children], 60)[1]:
            process.kill()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser, lab: Lab) -> Iterator[Page]:
    shutil.copytree(ROOT / "notebooks", lab.place / "notebooks", dirs_exist_ok=True)  # as no test has run them
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{lab.url}&reset")
    yield page
    context.close()
    abroad = [url for url in asked if not re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:", url)]
    assert len(asked) > 20
    assert abroad == []
    assert lab.places() - {*LOCAL, "None", ""} == set()
    assert "localhost" in lab.places()  # what is heard is noted


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def menu(page: Page, *items: str) -> None:
    """Choose an entry of the menu bar."""
    page.locator(".lm-MenuBar-item", has_text=items[0]).click()
    for number, item in enumerate(items[1:], start=2):
        entry = page.locator(".lm-Menu-item").filter(has=page.get_by_text(item, exact=True)).last
        entry.hover()
        if number == len(items):
            entry.click()


def run_all(page: Page, count: int) -> None:
    """Run all cells and wait until the last of `count` cells has its number."""
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    menu(page, "Run", "Run All Cells")
    idle = (
        page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").nth(count - 1).locator(".jp-OutputArea-output")
    )
    expect(idle.first).to_be_visible()


def test_from_the_start_page_to_the_handout(page: Page, lab: Lab, tmp_path: Path) -> None:
    expect(page.get_by_role("heading", name="Assessment of Party-building work")).to_be_visible()
    shot(page, "lab-start")
    page.get_by_role("link", name="Assessment of a province").click()
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(notebook.get_by_text("province: str")).to_be_visible()
    run_all(page, 21)
    expect(notebook.locator(".document-head .title")).to_contain_text("BÁO CÁO", ignore_case=True)
    notebook.locator(".document-head .title").scroll_into_view_if_needed()
    shot(page, "lab-report")
    notebook.locator(".jp-Cell").last.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type("report.panel()")
    page.keyboard.press("Shift+Enter")
    shown = notebook.locator(".partybuilding-panel")
    expect(shown.get_by_text(f"Bản in: {count('kon-tum')} trang A4.")).to_be_visible()
    shown.get_by_role("button", name="HTML").scroll_into_view_if_needed()
    shot(page, "lab-panel")
    shown.locator("select").first.select_option("Bắc Giang")
    expect(shown.get_by_text(f"Bản in: {count('bac-giang')} trang A4.")).to_be_visible()
    shown.get_by_role("tab", name="Báo cáo").click()
    expect(shown.locator(".document-head .excerpt")).to_be_visible()
    expect(shown.get_by_text("Đảng bộ Quân sự tỉnh Bắc Giang").first).to_be_visible()
    shown.get_by_role("tab", name="Ô tham số").click()
    expect(shown.locator("textarea")).to_have_value(re.compile('province: str = "bac-giang"  # slug'))
    shown.get_by_role("button", name="PDF").click()
    expect(shown.get_by_text("Đã ghi")).to_be_visible()
    saved = lab.place / "notebooks" / "province_assessment_bac-giang_2022_published.vi.pdf"
    assert "Bắc Giang" in text(saved)
    handout = exported(page, "Handout", tmp_path)
    assert "Kon Tum" in text(handout)
    assert "Bắc Giang" not in text(handout)
    html = exported(page, "Report", tmp_path).read_text("utf-8")
    assert "open_report" not in html
    assert "<h1" in html


def test_the_print_of_a_notebook_is_the_report_without_code(page: Page, lab: Lab, tmp_path: Path) -> None:
    page.get_by_role("link", name="Assessment of a province").click()
    run_all(page, 21)
    (kernel, *_) = (p for p in psutil.Process(lab.process.pid).children(True) if "ipykernel_launcher" in p.cmdline())
    assert kernel.environ()["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)  # `!partybuilding` works
    with page.context.expect_event("request", lambda request: "/nbconvert/html/" in request.url) as asked:
        menu(page, "File", "Print…")
    paper = page.context.new_page()
    paper.set_content(page.request.get(asked.value.url, headers={"Referer": page.url}).text())
    paper.emulate_media(media="print")
    head = paper.locator(".document-head")
    assert head.locator(".party").bounding_box()["y"] < head.locator(".title").bounding_box()["y"]  # type: ignore[index]
    assert paper.get_by_text("open_report(").count() == 0
    assert not re.search(r"<script|<link|@import", paper.content())
    paper.pdf(path=tmp_path / "print.pdf", format="A4")
    with pypdfium2.PdfDocument(tmp_path / "print.pdf") as printed:
        filled = [len(sheet.get_textpage().get_text_range()) for sheet in printed]
    assert len(filled) <= 1.3 * count("kon-tum")
    assert min(filled[:-1]) > 200  # no page for each cell


def test_the_report_is_readable_in_the_dark_theme(page: Page) -> None:
    page.get_by_role("link", name="Assessment of a province").click()
    menu(page, "Settings", "Theme", "JupyterLab Dark")
    expect(page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
    run_all(page, 21)
    chart = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) #figure-values svg")
    chart.scroll_into_view_if_needed()
    shot(page, "lab-dark")
    look = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    assert chart.evaluate(look)[0] == "rgb(255, 255, 255)"
    text = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) section p.headline")
    paper, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in text.evaluate(look))
    assert ink - paper > 300


def test_the_export_menu_has_only_what_works(page: Page) -> None:
    page.get_by_role("link", name="Data quality").click()
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").get_by_text("province: str")).to_be_visible()
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    menu(page, "File", "Save and Export Notebook As")
    expect(page.locator(".lm-Menu-itemLabel").get_by_text("Handout", exact=True)).to_be_visible()
    labels = page.locator(".lm-Menu").last.locator(".lm-Menu-itemLabel").all_inner_texts()
    shot(page, "lab-export")
    assert sorted(filter(None, labels)) == ["HTML", "Handout", "Markdown", "Report"]


def exported(page: Page, name: str, place: Path) -> Path:
    """Choose an entry of File > Save and Export Notebook As and return the file that JupyterLab then downloads."""
    with page.context.expect_event("request", lambda request: "/nbconvert/" in request.url) as asked:
        menu(page, "File", "Save and Export Notebook As", name)
    answer = page.request.get(asked.value.url, headers={"Referer": page.url})
    assert answer.ok, answer.text()
    assert "attachment" in answer.headers["content-disposition"]
    path = place / f"{name}.out"
    path.write_bytes(answer.body())
    return path


def count(province: str) -> int:
    """Pages of the handout."""
    with pypdfium2.PdfDocument(panel.exported(open_report(province, "2022"), "handout")) as document:
        return len(document)


def text(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)
