"""Pages as readers use them, in Chromium: search, sorting, filter, dark, phone, print, and all without a script."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_export import HEAD, RECORD

from partybuilding.publish.export.content import Content
from partybuilding.publish.export.index import index_page
from partybuilding.publish.export.page import html_page

COMMUNES = re.compile(r"^Lọc bảng: Biểu \d+\. Tình hình từng đơn vị cấp xã$")
MARK = "SỐ LIỆU MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT"
Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a page, a file or HTML, as a reader does; nothing may go wrong in it nor leave the machine."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def page_of(what: Path | str, width: int = 1280, before: str = "", **options: object) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append("ask"))
        if before:
            page.add_init_script(before)
        if isinstance(what, str):
            (tmp_path / "page.html").write_text(what, encoding="utf-8")
            what = tmp_path / "page.html"
        page.goto(what.as_uri())
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert wrong == []


def report(*parts: str, lang: str = "vi", **more: object) -> str:
    """A page with these parts."""
    return html_page(Content({**RECORD, "report": RECORD["report"] | {"lang": lang, **more}}, (HEAD, *parts)))


def table(cells: list[str], kind: str = "number", columns: int = 2) -> str:
    """A table of as many rows: a name that tells the place of the row, and the cell."""
    rows = "".join(
        f'<tr><th scope="row" class="left">row {n}</th>' + f'<td class="{kind}">{cell}</td>' * (columns - 1) + "</tr>"
        for n, cell in enumerate(cells)
    )
    cols = '<col style="width:50%"/>' * columns
    head = "".join(f'<th scope="col" class="{kind}">Column {n}</th>' for n in range(1, columns))
    return (
        f'<section id="t"><h2>Table</h2><div class="table"><table><caption>Bảng 1. Words</caption><colgroup>{cols}'
        f'</colgroup><thead><tr><th scope="col" class="left">Name</th>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></section>"
    )


def long_report(reports: Path, lang: str = "vi") -> Path:
    return reports / "demo" / "2022" / "kon-tum" / f"province_assessment.{lang}.html"


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower()).replace("đ", "d")
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


# ---- search


def test_a_search_without_accents_finds_every_spelling_across_bold_words(opened: Open) -> None:
    decomposed = unicodedata.normalize("NFD", "tỉnh Đắk Lắk")
    text = f"<p>Tỉnh Đắk <strong>Lắk</strong> và {decomposed}; ĐẮK\u00a0LẮK.</p><ul><li>Dak Lak<sup>(1)</sup></li></ul>"
    page = opened(report(f'<section id="a"><h2>Đăk Glei</h2>{text}</section>'))
    before = page.inner_html("main")
    told, field = page.locator("#page-hits"), page.get_by_label("Tìm trong báo cáo")
    field.fill("dak lak")
    expect(told).to_have_text("1 / 4")
    marks = page.locator("main mark")
    assert [folded(text) for text in marks.all_inner_texts()] == ["dak", "lak", "dak lak", "dak lak", "dak lak"]
    for key, now in (("Enter", "2 / 4"), ("Shift+Enter", "1 / 4"), ("Shift+Enter", "4 / 4"), ("Enter", "1 / 4")):
        field.press(key)
        expect(told).to_have_text(now)
    page.get_by_label("Kết quả sau").click()
    expect(told).to_have_text("2 / 4")
    expect(page.locator("mark.now")).to_have_count(1)
    field.fill("Đắk Nông")
    expect(told).to_have_text("Không tìm thấy")
    expect(marks).to_have_count(0)
    field.press("Escape")
    expect(told).to_have_text("")
    assert page.inner_html("main") == before


@pytest.mark.parametrize("sought", ["dak glei", "CHI BỘ QUÂN SỰ", "90,2%", "(96/102"])
def test_a_search_counts_all_hits_of_a_real_report_and_shows_the_first(
    opened: Open, reports: Path, sought: str
) -> None:
    page = opened(long_report(reports))
    blocks = page.eval_on_selector_all(
        "main :is(h1, h2, h3, h4, p, caption, th, td, figcaption), main li:not(:has(p))",
        "all => all.map(one => { const copy = one.cloneNode(true);"
        "copy.querySelectorAll('.anchor').forEach(link => link.remove()); return copy.textContent; })",
    )
    due = sum(folded(block).count(folded(sought)) for block in blocks)
    page.get_by_label("Tìm trong báo cáo").fill(sought)
    assert due > 0
    expect(page.locator("#page-hits")).to_have_text(f"1 / {due}")
    expect(page.locator("mark.now").first).to_be_in_viewport()


@pytest.mark.parametrize(("sought", "told"), [("", ""), (" ", ""), ("(", ""), (".*", "Không tìm thấy")])
def test_a_single_sign_is_no_search_and_a_pattern_is_only_text(opened: Open, sought: str, told: str) -> None:
    page = opened(report("<section id='a'><h2>A</h2><p>Words (and more).</p></section>"))
    page.get_by_label("Tìm trong báo cáo").fill("words")
    expect(page.locator("#page-hits")).to_have_text("1 / 1")
    page.get_by_label("Tìm trong báo cáo").fill(sought)
    expect(page.locator("#page-hits")).to_have_text(told)
    expect(page.locator("main mark")).to_have_count(0)


# ---- tables of more than a dozen rows


@pytest.mark.parametrize(
    ("kind", "lang", "cells", "fill"),
    [
        ("number", "vi", ["−15,7", "+1,5", "9", "10", "10,5", "90,2%<sup>(2)</sup>", "1.234"], "500"),
        ("number", "en", ["−15.7", "+1.5", "9", "10", "10.5", "90.2%<sup>(2)</sup>", "1,234"], "500"),
        ("number", "vi", ["5/102", "3/6", "92/102", "12/12"], "2/3"),
        ("left", "vi", ["Phường 9", "Phường 10", "xã Dur Kmăl", "xã Đắk Lắk", "xã Ea Na"], "a"),
    ],
)
def test_a_click_on_a_head_sorts_as_a_reader_expects(
    opened: Open, kind: str, lang: str, cells: list[str], fill: str
) -> None:
    mixed = [*reversed(cells), *[fill] * 10, "–", ""]
    shown = [re.sub("<.*?>", "", cell) for cell in cells]
    page = opened(report(table(mixed, kind), lang=lang))
    head = page.locator("thead th").nth(1)
    column = page.locator("tbody td")
    expect(head).to_have_attribute("aria-sort", "none")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    found = [text for text in column.all_inner_texts() if text != fill]
    assert found == [*shown, "–", ""]
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [text for text in column.all_inner_texts() if text != fill] == [*reversed(shown), "–", ""]
    page.locator("thead th").first.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "none")
    assert page.locator("tbody th").all_inner_texts() == [f"row {number}" for number in range(len(mixed))]
    for _ in range(2):
        page.locator("thead th").first.get_by_role("button").click()
    assert page.locator("tbody th").all_inner_texts() == [f"row {number}" for number in range(len(mixed))]


def test_a_table_of_a_dozen_rows_is_left_as_it_is(opened: Open) -> None:
    for rows, buttons in ((12, 0), (13, 2)):
        page = opened(report(table([str(number) for number in range(rows)])))
        expect(page.locator("thead button")).to_have_count(buttons)
        expect(page.locator(".table-filter")).to_have_count(int(buttons > 0))


def test_a_filter_keeps_the_rows_that_hold_the_word_and_says_how_many(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports))
    box = page.get_by_label(COMMUNES)
    rows = page.locator("table", has_text="Tình hình từng đơn vị cấp xã").locator("tbody tr")
    expect(rows).to_have_count(102)
    box.fill("huyen dak glei")
    told = page.locator(".table-filter", has=box).locator("output")
    expect(told).to_have_text("12 / 102 dòng")
    expect(rows.locator("visible=true")).to_have_count(12)
    box.fill("")
    expect(told).to_have_text("")
    expect(rows.locator("visible=true")).to_have_count(102)


# ---- contents, links


def test_the_contents_stay_at_the_side_and_show_where_the_reader_is(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports))
    current = page.locator(".contents a[aria-current]")
    expect(current).to_have_attribute("href", "#part-one")
    for place in ("shortcomings", "data", "sources", "situation"):
        page.locator(f".contents a[href='#{place}']").click()
        expect(page.locator(f"#{place} > :is(h2, h3, h4)")).to_be_in_viewport()
        expect(current).to_have_count(1)
        expect(current).to_be_in_viewport()
        if place != "sources":  # the last ones share the last screen
            expect(current).to_have_attribute("href", f"#{place}")


def test_each_heading_offers_a_link_to_its_section(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports))
    headings = page.locator("main section > :is(h2, h3, h4)")
    links = page.locator("main .anchor")
    assert headings.count() == links.count() == 20
    link = page.locator("#results > h3 .anchor")
    expect(link).to_have_css("opacity", "0")
    link.focus()
    expect(link).to_have_css("opacity", "1")
    expect(link).to_have_attribute("aria-label", "Liên kết đến mục: II- KẾT QUẢ ĐẠT ĐƯỢC")
    link.press("Enter")
    assert page.url.endswith("province_assessment.vi.html#results")


# ---- dark and light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_or_light_as_the_machine_has_it_or_as_chosen_and_remembered(opened: Open, scheme: str) -> None:
    page = opened(report("<section id='a'><h2>A</h2><p>Words.</p></section>"), color_scheme=scheme)
    paper = {"light": "rgb(255, 255, 255)", "dark": "rgb(25, 30, 36)"}
    other = {"light": "dark", "dark": "light"}[scheme]
    main, button = page.locator("main"), page.get_by_role("button", name="Nền tối")
    expect(main).to_have_css("background-color", paper[scheme])
    expect(button).to_have_attribute("aria-pressed", str(scheme == "dark").lower())
    button.click()
    expect(main).to_have_css("background-color", paper[other])
    page.reload()
    expect(main).to_have_css("background-color", paper[other])
    expect(button).to_have_attribute("aria-pressed", str(other == "dark").lower())
    button.click()
    expect(main).to_have_css("background-color", paper[scheme])
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("html")).to_have_css("color", "rgb(26, 29, 33)")


def test_the_switch_works_where_the_browser_keeps_nothing(opened: Open) -> None:
    refused = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } });"
    page = opened(report("<section id='a'><h2>A</h2><p>Words.</p></section>"), before=refused, color_scheme="light")
    page.get_by_role("button", name="Nền tối").click()
    expect(page.locator("main")).to_have_css("background-color", "rgb(25, 30, 36)")


def test_a_figure_stands_on_a_light_card_in_the_dark(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports), color_scheme="dark")
    expect(page.locator("figure svg").first).to_have_css("background-color", "rgb(255, 255, 255)")


# ---- phone, print, no script


def test_on_a_phone_the_contents_are_folded_and_wide_tables_move_within_their_own_region(
    opened: Open, reports: Path
) -> None:
    page = opened(long_report(reports), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    link = page.locator(".contents a[href='#data']")
    expect(link).to_be_hidden()
    page.get_by_text("Mục lục", exact=True).click()
    link.click()
    expect(link).to_be_hidden()
    region = page.get_by_role("region", name="Tình hình từng đơn vị cấp xã")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=region.element_handle())
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(region).to_have_count(0)
    expect(link).to_be_visible()


def test_the_browsers_print_is_the_whole_report_without_tools_and_marked_on_each_sheet(
    opened: Open, reports: Path, tmp_path: Path
) -> None:
    page = opened(long_report(reports), color_scheme="dark")
    page.get_by_label(COMMUNES).fill("no such row")
    expect(page.locator("tr[hidden]")).to_have_count(102)
    page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True)
    document = pypdfium2.PdfDocument(tmp_path / "print.pdf")
    try:
        sheets = [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in document]
        assert {(round(sheet.get_width()), round(sheet.get_height())) for sheet in document} == {(595, 842)}
    finally:
        document.close()
    assert all(MARK in sheet for sheet in sheets)
    assert "xã Đăk Choong" in " ".join(sheets)
    assert not [word for word in ("Tìm trong báo cáo", "Lọc bảng", "Danh mục báo cáo", "↕") if word in " ".join(sheets)]


def test_without_a_script_everything_is_there_and_no_tool_that_would_not_work(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports), java_script_enabled=False)
    expect(page.locator(".tools")).to_be_hidden()
    for place in ("part-one", "results-members", "sources"):
        link = page.locator(f".contents a[href='#{place}']")
        expect(link).to_be_visible()
        link.click()
        expect(page.locator(f"#{place} > :is(h2, h3, h4)")).to_be_in_viewport()
    rows = page.locator("tbody tr:not(details tr)")  # the data of a figure are folded
    expect(rows).to_have_count(rows.locator("visible=true").count())
    assert rows.count() > 250
    for name, ending in (("Bản in (PDF)", "pdf"), ("Bảng tính (Excel)", "xlsx"), ("Dữ liệu (JSON)", "json")):
        expect(page.get_by_role("link", name=name)).to_have_attribute("href", f"province_assessment.vi.{ending}")
    page.get_by_role("link", name="Danh mục báo cáo").click()
    assert page.url == (reports / "index.html").as_uri()


def test_a_page_of_one_sheet_has_its_tools_above_and_no_contents(opened: Open) -> None:
    page = opened(report("<section id='a'><h2>A</h2><p>Words.</p></section>"))
    expect(page.locator(".contents")).to_have_count(0)
    side, main = page.locator(".side").bounding_box(), page.locator("main").bounding_box()
    assert side
    assert main
    assert side["y"] + side["height"] <= main["y"]
    assert abs(side["x"] - main["x"]) < 1


def test_the_pages_own_fonts_are_used(opened: Open, reports: Path) -> None:
    page = opened(long_report(reports))
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].map(font => [font.family, font.weight, font.status])")
    assert [(family.strip('"'), weight, status) for family, weight, status in loaded] == [
        ("Be Vietnam Pro", "400", "loaded"),
        ("Be Vietnam Pro", "600 700", "loaded"),
    ]


def test_no_page_weighs_more_than_800_kilobytes(reports: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in reports.rglob("*.html")}
    assert len(sizes) > 4
    assert max(sizes.values()) < 800_000


# ---- the list of all reports


def test_words_and_choices_narrow_the_list_of_reports(opened: Open, reports: Path) -> None:
    page = opened(reports / "index.html")
    items, told = page.locator("main li"), page.locator("output")
    total = items.count()
    assert page.locator("main li:visible").count() == total
    page.get_by_label("Tìm kiếm").fill("quan su bac giang mo phong")
    expect(told).to_have_text(f"3 / {total}")
    expect(page.locator("main li:visible")).to_have_count(3)
    page.get_by_label("Tìm kiếm").fill("")
    expect(told).to_have_text("")
    due = sum("/kon-tum" in path.relative_to(reports).as_posix() for path in reports.rglob("*.en.html"))
    page.get_by_label("Địa phương").select_option(label="Kon Tum")
    page.get_by_label("Ngôn ngữ").select_option(label="English")
    expect(told).to_have_text(f"{due} / {total}")
    page.get_by_label("Nguồn số liệu").select_option(label="Số liệu đã công bố · Published figures")
    page.get_by_label("Loại báo cáo").select_option(label="Báo cáo đánh giá · Assessment")
    page.get_by_label("Kỳ báo cáo").select_option(label="Năm 2022")
    (left,) = page.locator("main li:visible").all()
    left.get_by_role("link").first.click()
    assert page.url == (reports / "published" / "2022" / "kon-tum" / "province_assessment.en.html").as_uri()


def test_a_long_list_is_folded_opens_for_a_few_hits_and_works_without_a_script(opened: Open, tmp_path: Path) -> None:
    entry = {**RECORD["report"], "published_at": "2023-01-02T08:00:01+00:00", "files": {}}
    names = [f"demo/2022/place-{letter}/stub.en" for letter in "abcdefghijklmnopqrstuvwxyz"]
    made = index_page({name: entry | {"place": f"Đắk Z{name[16]}"} for name in names}, tmp_path)
    page = opened(made)
    expect(page.locator("main li:visible")).to_have_count(0)
    page.get_by_label("Tìm kiếm").fill("dak zb")
    expect(page.locator("output")).to_have_text("1 / 26")
    expect(page.locator("main li:visible")).to_have_count(1)
    page.get_by_label("Tìm kiếm").fill("")
    expect(page.locator("main li:visible")).to_have_count(0)
    plain = opened(made, java_script_enabled=False)
    expect(plain.locator(".tools")).to_be_hidden()
    plain.get_by_text("Đắk Zq").click()
    expect(plain.locator("main li:visible")).to_have_count(1)


def test_a_report_leads_to_the_list_from_wherever_it_stands(opened: Open, reports: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(reports, tmp_path / "bàn giao 100%")
    page = opened(long_report(moved))
    page.get_by_role("link", name="Danh mục báo cáo").click()
    expect(page.locator("h1")).to_contain_text("Báo cáo công tác xây dựng Đảng")
