"""From an executed notebook to HTML and PDF: what is refused, what the page and the print must have."""

from __future__ import annotations

import ctypes
import io
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pikepdf
import pypdfium2
import pytest
import typst
from conftest import ROOT
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.builder import E
from nbconvert.exporters import get_exporter

from partybuilding.errors import UserError
from partybuilding.present.drawing import Drawing
from partybuilding.publish.export.content import REPORT_MIME, Content, checked, of_notebook
from partybuilding.publish.export.look import script, style
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import _string, pdf_of_page, typst_source

XHTML = "{http://www.w3.org/1999/xhtml}"
REPORTS = [f"{province}/province_assessment.{lang}" for province in ("kon-tum", "bac-giang") for lang in ("vi", "en")]
each_report = pytest.mark.parametrize("name", REPORTS)

SCHEMA = json.loads((ROOT / "lib/partybuilding/publish/report.schema.json").read_text(encoding="utf-8"))
NOTHING = {"string": "a", "array": []}
VALUE: dict[str, Any] = {  # nothing is known of it
    **{key: NOTHING.get(str(what.get("type"))) for key, what in SCHEMA["$defs"]["value"]["properties"].items()},
    **{"unit": "percent", "status": "not_reported"},
}
RECORD: dict[str, Any] = {
    "report": {
        **{
            "notebook": "stub",
            "province": "kon-tum",
            "place": "Kon Tum",
            "period": "2022",
            "lang": "en",
            "form": "long",
        },
        **{"source": "published", "status": "published", "as_of": "2022-07-20", "title": "A stub of a report"},
        **{"headline": "Nothing is known.", "draft_note": "Draft.", "document_date": None, "mark": None},
        **{"pages": None, "small_count": 5},
    },
    "values": [VALUE],
    "findings": [],
    "tables": [{"name": "results", "title": "Results", "columns": ["a"], "rows": [[1]], "notes": []}],
    "shown": [],
    "facts": {},
    "measures": [],
    "versions": {"partybuilding": "0"},
    "inputs": {"params/units.csv": "0" * 64},
}
HEAD = '<header class="document-head"><p class="issuer">OFFICE</p><h1 class="title">REPORT</h1></header>'
SECTIONS = ("situation", "results", "shortcomings", "measures", "targets", "data", "method", "sources")


def parts(*more: str) -> tuple[str, ...]:
    """The parts of a small whole report, with more at its end."""
    return (HEAD, *(f'<section id="{name}"><h2>{name}</h2><p>Words.</p></section>' for name in SECTIONS), *more)


def small_page(*more: str, **report: Any) -> str:
    """The HTML page of the small report."""
    return html_page(Content({**RECORD, "report": RECORD["report"] | report}, parts(*more)))


def notebook(*outputs: Any) -> Any:
    """An executed notebook with one cell for each output."""
    cells = [nbformat.v4.new_code_cell("x", outputs=[nbformat.from_dict(output)]) for output in outputs]
    return nbformat.v4.new_notebook(cells=cells)


def shown(**data: Any) -> dict[str, Any]:
    data = {
        {"html": "text/html", "plain": "text/plain", "record": REPORT_MIME}[kind]: what for kind, what in data.items()
    }
    return {"output_type": "display_data", "data": data, "metadata": {}}


def words(pdf: bytes) -> list[str]:
    """The text of each page, white space folded."""
    with_pages = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in with_pages]
    finally:
        with_pages.close()


# ---- content: what a notebook hands over


def test_a_finished_notebook_gives_its_record_and_its_parts_in_order() -> None:
    found = of_notebook(notebook(shown(html="<p>1</p>", plain="1"), shown(html="<p>2</p>"), shown(record=RECORD)))
    assert found.parts == ("<p>1</p>", "<p>2</p>")
    assert found.report["title"] == "A stub of a report"


@pytest.mark.parametrize(
    ("outputs", "problem"),
    [
        ([], REPORT_MIME),
        ([shown(html="<p>1</p>")], REPORT_MIME),
        ([shown(record=RECORD)], REPORT_MIME),
        ([shown(plain="None")], "[1] text/plain"),
        ([{"output_type": "stream", "name": "stderr", "text": "FutureWarning: x\n"}], "[1] stderr: FutureWarning: x"),
        ([{"output_type": "stream", "name": "stdout", "text": "hello\n"}], "[1] stdout: hello"),
        ([{"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": []}], "[1] KeyError: 'a'"),
    ],
)
def test_a_notebook_that_is_no_finished_report_is_refused(outputs: list[Any], problem: str) -> None:
    told = (
        f"This notebook holds no finished report: {problem}. "
        "Run all of it (papermill or Run All Cells), then export again."
    )
    with pytest.raises(UserError) as refused:
        of_notebook(notebook(*outputs))
    assert refused.value.message("en") == told
    for exporter in ("handout", "report"):
        with pytest.raises(UserError) as refused:
            get_exporter(exporter)().from_notebook_node(notebook(*outputs))
        problem = problem if "Error" in problem else REPORT_MIME
        assert f"holds no finished report: {problem}." in refused.value.message("en")


def test_an_analysts_own_cells_stay_in_her_notebook_and_out_of_the_handout() -> None:
    table = shown(html='<div><style scoped>td {color: red}</style><table border="1"></table></div>', plain="x")
    widget = shown(plain="VBox()")
    widget["data"]["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    printed = {"output_type": "stream", "name": "stdout", "text": "hello\n"}
    report = [shown(html="<p>1</p>"), shown(record=RECORD)]
    assert of_notebook(notebook(report[0], table, widget, printed, report[1]), strict=False).parts == ("<p>1</p>",)
    for own in (table, widget, printed):
        with pytest.raises(UserError):
            of_notebook(notebook(*report, own))


SVG = '<figure><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg></figure>'


@pytest.mark.parametrize(
    "html",
    [
        '<p class="headline" lang="vi">Đạt <strong>90,2%</strong><sup>(1)</sup><br/></p>',
        '<p><a href="https://example.org/a?b=1">x</a> <a href="#data">y</a></p>',
        '<table><colgroup><col style="width:12.5%"/></colgroup><tbody><tr><th scope="row">a</th></tr></tbody></table>',
        SVG.format('<use xlink:href="#a" style="fill:red"/><path d="M 0 0" clip-path="url(#b)"/>'),
    ],
)
def test_what_the_display_objects_give_is_taken_as_it_is(html: str) -> None:
    assert checked(html) == html


@pytest.mark.parametrize(
    ("html", "named"),
    [
        ("<p><blink>x</blink></p>", "blink"),
        ("<script>alert(1)</script>", "script"),
        ("<p><SCRIPT>alert(1)</SCRIPT></p>", "SCRIPT"),
        ("<p><img src='a.png'/></p>", "img"),
        ("<p><span>x</span></p>", "span"),
        ('<p onclick="x()">a</p>', "onclick"),
        ('<p style="background:url(http://x)">a</p>', "style"),
        ('<p style="width:10%;color:red">a</p>', "style"),
        ('<a href="javascript:alert(1)">a</a>', "javascript"),
        ('<a href="file:///etc/passwd">a</a>', "file"),
        ('<a href="../a.html">a</a>', "href"),
        ('<td colspan="2">a</td>', "colspan"),
        ("<p>a<!-- b --></p>", "<!-- b -->"),
        ("<p>a<?php b ?></p>", "<?php b ?>"),
        ('<html xmlns="http://www.w3.org/1999/xhtml"><p>a</p></html>', "xhtml"),
        *(
            (SVG.format(f"<{name}/>"), name)
            for name in ("script", "Script", "foreignObject", "image", "animate", "set")
        ),
        (SVG.format('<a xlink:href="#b"/>'), "svg a"),
        (SVG.format('<use href="http://x/#a"/>'), "href"),
        (SVG.format('<use xlink:href="other.svg#a"/>'), "href"),
        (SVG.format('<path onload="x()"/>'), "onload"),
        (SVG.format('<path OnLoad="x()"/>'), "OnLoad"),
        (SVG.format('<p xmlns="http://www.w3.org/1999/xhtml">a</p>'), "xhtml"),
        ("<p>a</div>", "mismatch"),
        ("<p>a</p><p>b</p>", "Extra content"),
        ("<p>a &nbsp; b</p>", "nbsp"),
        ("<p>a & b</p>", "xmlParse"),
        ("no markup", "Start tag"),
        ('<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>', "&e;"),
    ],
)
def test_what_the_display_objects_never_give_is_refused_by_name(html: str, named: str) -> None:
    with pytest.raises(UserError) as refused:
        checked(html)
    assert refused.value.code == "markup_unknown"
    assert named in refused.value.message("en")


# ---- the page


def root_of(reports: Path, name: str) -> Any:
    return etree.fromstring((reports / "published" / "2022" / f"{name}.html").read_bytes())


@each_report
def test_a_page_is_whole_on_its_own_and_asks_nothing_of_anybody(reports: Path, name: str) -> None:
    root = root_of(reports, name)
    text = (reports / "published" / "2022" / f"{name}.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n")
    assert root.get("lang") == name.rpartition(".")[2]
    assert len(root.findtext(f"{XHTML}head/{XHTML}title")) > 20
    assert not re.findall(r"@import|url\((?!#|data:font/woff2;base64,)|\bsrc=|<link|<iframe|\son\w+=", text)
    assert [node.text.strip() for node in root.iter(f"{XHTML}script")] == [script().strip()]
    links = [node.get("href") for node in root.iter(f"{XHTML}a")]
    beside = [link for link in links if not link.startswith("#")]
    assert beside == ["../../../index.html", *(f"{Path(name).name}.{end}" for end in ("pdf", "xlsx", "json"))]
    assert all((reports / "published" / "2022" / Path(name).parent / link).is_file() for link in beside)
    targets = {node.get("id") for node in root.iter("{*}*")}
    assert len(links) > 14
    assert {link[1:] for link in links if link.startswith("#")} <= targets


@each_report
def test_a_page_has_its_landmarks_headings_and_ids_in_order(reports: Path, name: str) -> None:
    body = root_of(reports, name).find(f"{XHTML}body")
    ids = [node.get("id") for node in body.iter("{*}*") if node.get("id")]
    assert len(ids) == len(set(ids))
    assert [len(list(body.iter(f"{XHTML}{mark}"))) for mark in ("main", "nav", "h1")] == [1, 2, 1]
    assert body[0].get("href") == "#main"
    assert all(len(svg.get("aria-label")) > 40 for svg in body.iter("{http://www.w3.org/2000/svg}svg"))
    levels = [int(node.tag[-1]) for node in body.iter("{*}h1", "{*}h2", "{*}h3", "{*}h4")]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    for table in body.iter(f"{XHTML}table"):
        assert {node.get("scope") for node in table.iter(f"{XHTML}th")} == {"col", "row"}


def test_a_hostile_title_stays_text_in_the_page() -> None:
    hostile = '</title><script>alert("1")</script>'
    root = etree.fromstring(small_page(title=hostile, draft_note=hostile).encode())
    assert root.findtext(f"{XHTML}head/{XHTML}title") == hostile
    assert root.findtext(f"{XHTML}body/{XHTML}footer/{XHTML}p") == hostile
    assert len(list(root.iter(f"{XHTML}script"))) == 1


def test_the_script_and_the_styles_are_well_formed_wherever_they_stand() -> None:
    assert not set("<&") & set(script())
    assert "]]>" not in script()
    assert not set("<&") & set(style("look.css", "page.css", "index.css"))


@pytest.mark.parametrize("weight", ["Regular", "SemiBold"])
def test_the_pages_fonts_have_every_letter_that_the_reports_are_written_with(reports: Path, weight: str) -> None:
    with TTFont(ROOT / "lib/partybuilding/fonts" / f"BeVietnamPro-{weight}.woff2") as font:
        known = set(font.getBestCmap())
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "lib/partybuilding/present").glob("*.yaml")]
    texts += [
        "".join(etree.fromstring(path.read_bytes()).find(f"{XHTML}body").itertext())
        for path in (reports.rglob("*.html"))
    ]
    assert {sign for sign in "".join(texts) if sign.isalnum() and ord(sign) not in known} == set()


@pytest.mark.parametrize(("sections", "contents"), [(0, 0), (3, 0), (4, 1)])
def test_a_report_of_a_page_or_two_has_no_contents(sections: int, contents: int) -> None:
    short = [HEAD, *(f'<section id="s{n}"><h2>Heading {n}</h2><p>Words.</p></section>' for n in range(sections))]
    root = etree.fromstring(html_page(Content(RECORD, tuple(short))).encode())
    assert len(list(root.iter(f"{XHTML}nav"))) == contents
    assert (root.find(f"{XHTML}body").get("class") == "short") is (not contents)


def test_a_page_links_to_the_files_that_are_made_and_to_no_other() -> None:
    def links(*files: str, index: str = "") -> list[str]:
        page = html_page(Content(RECORD, parts()), files, index)
        nav = etree.fromstring(page.encode()).find(f".//{XHTML}nav[@class='files']")
        return [] if nav is None else [node.get("href") for node in nav]

    assert links() == []
    assert links("a.vi.html", "a.vi.ipynb") == []
    assert links("a.vi.html", "a.vi.json", "a.vi.xlsx", index="../index.html") == (
        ["../index.html", "a.vi.xlsx", "a.vi.json"]
    )
    assert links("Quân khu 5 #1%.pdf") == ["Qu%C3%A2n%20khu%205%20%231%25.pdf"]


# ---- the print


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=20))
def test_any_text_comes_back_from_a_typst_literal_as_it_was(texts: list[str]) -> None:
    source = f"#metadata(({', '.join(map(_string, texts))},)) <all>"
    assert json.loads(typst.query(source.encode(), "<all>", field="value", one=True)) == texts


HOSTILE = [
    '#panic("x") #let a = 1; $x^2$',
    "*bold* _emph_ `raw` = heading - list + enum / term: x",
    "[link](x) #[a] ]) } { ( [ @ref <label> ~ -- ... 'a' \"b\"",
    "\\u{41} \\n \\ #\\ // comment /* comment */ https://x.org",
    "<b>b</b> &amp; & {x} %(y)s",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_printed_as_it_is_wherever_it_stands(text: str) -> None:
    table = E.table(
        E.caption(f"caption {text}"),
        E.colgroup(E.col(style="width:20%"), E.col(style="width:80%")),
        E.thead(E.tr(E.th("a", scope="col"), E.th(f"column {text}", scope="col"))),
        E.tbody(E.tr(E.th("b", scope="row"), E.td(f"cell {text}"))),
    )
    chart = etree.fromstring('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M 0 0 L 9 9"/></svg>')
    chart.set("aria-label", f"alt {text}")
    figure = E.figure(chart, E.figcaption(f"figcaption {text}"))
    drawing = Drawing()
    drawing.text(10, 20, (f"one line {text}", f"another {text}"), fill="#595959")
    drawing.text(300, 20, f"middle {text}", 11, "middle", bold=True)
    drawn = etree.fromstring(drawing.svg(40).encode())
    drawn.set("aria-label", f"chart {text}")
    listed = E.ul(E.li(f"item {text}"), E.li(E.p(f"paragraph in item {text}")))
    section = E.section(E.h3(f"heading {text}"), E.p(f"paragraph {text}"), listed, table, figure, id="more")
    section.append(E.figure(drawn, E.figcaption("drawn")))
    foot = E.footer(E("p", f"closing {text}", {"class": "closing"}), E("p", "To:", {"class": "recipients-head"}))
    foot.extend(E("p", f"{role} {text}", {"class": role}) for role in ("recipient", "authority"))
    page = small_page(*(etree.tostring(part, encoding="unicode") for part in (section, foot)), title=f"title {text}")
    pdf = pdf_of_page(page)
    printed = re.sub(r"\s", "", "".join(words(pdf)))
    for place in (
        *("caption", "column", "cell", "figcaption", "heading", "paragraph", "item", "paragraph in item"),
        *("closing", "recipient", "authority", "one line", "another", "middle"),
    ):
        assert re.sub(r"\s", "", f"{place} {text}") in printed, place
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.docinfo["/Title"]) == f"title {text}"
        assert {f"alt {text}", f"chart {text}"} <= {
            str(node["/Alt"]) for node in dictionaries(document) if "/Alt" in node
        }
        assert not [node for node in dictionaries(document) if node.get("/S") in ("/URI", "/JavaScript")]


@pytest.mark.parametrize(
    ("name", "value"), [("fill", '#1a1a1a"); panic("x'), ("x", "0); panic()"), ("text-anchor", "justify")]
)
def test_a_chart_whose_words_have_a_strange_look_is_refused_by_name(name: str, value: str) -> None:
    drawing = Drawing()
    drawing.text(10, 20, "words", fill="#595959")
    drawn = etree.fromstring(drawing.svg(40).encode())
    drawn.set("aria-label", "a chart")
    drawn[0].set(name, value)
    page = small_page(etree.tostring(E.section(E.figure(drawn, E.figcaption("drawn"))), encoding="unicode"))
    with pytest.raises(UserError, match="svg text"):
        pdf_of_page(page)


def dictionaries(document: pikepdf.Pdf) -> Iterator[Any]:
    """All dictionaries of a PDF file, also those within others."""
    waiting: list[Any] = list(document.objects)
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
            yield node
            waiting += [value for value in node.values() if not getattr(value, "is_indirect", False)]
        elif isinstance(node, pikepdf.Array):
            waiting += [value for value in node if not getattr(value, "is_indirect", False)]


def test_a_table_has_a_strong_line_below_its_head_fine_ones_below_its_rows_and_none_upright() -> None:
    rows = "".join(f'<tr><th scope="row">a</th><td class="number">{n}</td></tr>' for n in range(3))
    head = '<tr><th scope="col">x</th><th scope="col" class="number">y</th></tr>'
    table = f"<table><caption>c</caption><colgroup/><thead>{head}</thead><tbody>{rows}</tbody></table>"
    with_lines = pypdfium2.PdfDocument(pdf_of_page(small_page(f'<section><div class="table">{table}</div></section>')))
    found = []
    for page in with_lines:
        for drawn in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
            left, bottom, right, top = drawn.get_bounds()
            thick = ctypes.c_float()
            pypdfium2.raw.FPDFPageObj_GetStrokeWidth(drawn, thick)
            assert top - bottom < 2 < right - left
            found.append((bottom, round(thick.value, 1)))
    with_lines.close()
    assert [thick for _, thick in sorted(found, reverse=True)] == [0.9, 0.4, 0.4, 0.4]


def test_a_space_that_must_not_break_is_kept_and_other_white_space_folds() -> None:
    source = typst_source(small_page("<section><p>92/102\u00a0cells\n  and\tmore</p></section>"))
    assert '"92/102\u00a0cells and more"' in source


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("<section>loose words<p>a</p></section>", "section"),
        ("<section><p>a</p>loose words</section>", "section"),
        ("<div>loose words</div>", "div"),
        ("<section><ul><li>a<ul><li>b</li></ul></li></ul></section>", "ul"),
        ("<section><tr><td>a</td></tr></section>", "tr"),
        ('<header><p class="issuer">a</p><p class="motto">b</p></header>', "motto"),
        ("<table><caption>c</caption><tbody><tr><td>b</td></tr></tbody></table>", "table"),
        (
            "<table><caption>c</caption><colgroup><col/></colgroup><thead><tr><th>h</th></tr></thead>"
            "<tbody><tr><td>b</td></tr></tbody><tfoot><tr><td>sum</td></tr></tfoot></table>",
            "tfoot",
        ),
    ],
)
def test_what_the_print_cannot_show_is_refused_and_never_left_out(part: str, named: str) -> None:
    with pytest.raises(UserError) as refused:
        typst_source(small_page(part))
    assert refused.value.code == "markup_unknown"
    assert named in str(refused.value.fields["value"])


@each_report
def test_the_print_is_a_tagged_archivable_a4_document(reports: Path, name: str) -> None:
    with pikepdf.open(reports / "published" / "2022" / f"{name}.pdf") as document:
        assert len(document.pages) > 4
        for page in document.pages:
            assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
        assert str(document.Root.Lang) == name.rpartition(".")[2]
        assert bool(document.Root.MarkInfo.Marked)
        with document.open_metadata() as metadata:
            marks = {key.rpartition("}")[2]: value for key, value in metadata.items()}
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
            assert metadata["{http://www.aiim.org/pdfa/ns/id/}part"] == "2"
            assert marks["conformance"] == "A"
            title = root_of(reports, name).findtext(f"{XHTML}head/{XHTML}title")
            assert metadata["{http://purl.org/dc/elements/1.1/}title"] == title
        fonts = [node for node in dictionaries(document) if node.get("/Type") == "/FontDescriptor"]
        assert {str(font.FontName).rpartition("+")[2].split("-")[0] for font in fonts} >= {"Tinos"}
        assert all({"/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)


@each_report
def test_the_print_has_page_numbers_from_page_two_and_the_headings_as_outline(reports: Path, name: str) -> None:
    document = pypdfium2.PdfDocument(reports / "published" / "2022" / f"{name}.pdf")
    try:
        edges = [page.get_height() - 57 for page in document]  # the upper margin
        tops = [
            page.get_textpage().get_text_bounded(bottom=edge + 2).split("\r\n")
            for page, edge in zip(document, edges, strict=True)
        ]
        outline = [entry.get_title() for entry in document.get_toc()]
    finally:
        document.close()
    assert [top[0].strip() for top in tops] == ["", *(str(number) for number in range(2, len(tops) + 1))]
    headings = root_of(reports, name).iter(f"{XHTML}h2", f"{XHTML}h3", f"{XHTML}h4")
    assert outline == ["".join(heading.itertext()) for heading in headings]
    running = [" ".join(top[1:]).strip() for top in tops]
    assert not running[0]
    assert {name for name in running if name} <= set(outline)
    assert len(set(running)) > 3


@each_report
def test_the_print_says_what_the_page_says(reports: Path, name: str) -> None:
    """Each paragraph, caption and cell of the page stands in the print."""
    pdf = (reports / "published" / "2022" / f"{name}.pdf").read_bytes()
    squeeze = re.compile(r"[\s\u00ad\ufffe-]")  # the page's lines break at blanks and hyphens
    pages = [re.sub(r"^\d+ ", "", page) for page in words(pdf)]
    printed = squeeze.sub("", "".join(pages))
    main = root_of(reports, name).find(f".//{XHTML}main")
    for apart in [*main.iter(f"{XHTML}nav", f"{XHTML}details")]:  # contents, and the data of figures, kept folded
        apart.getparent().remove(apart)
    blocks = main.xpath("//*[local-name()='h1' or local-name()='h2' or local-name()='h3' or local-name()='h4']")
    blocks += main.xpath("//*[local-name()='caption']")
    blocks += main.xpath("//*[local-name()='td' or local-name()='th' or local-name()='figcaption']")
    cells = [squeeze.sub("", "".join(block.itertext())) for block in blocks]
    assert len(cells) > 100
    assert [text for text in cells if text not in printed and len(text) < 200] == []


def test_a_table_over_several_pages_repeats_its_head() -> None:
    rows = "".join(f'<tr><th scope="row">row {n}</th><td class="number">{n}</td></tr>' for n in range(90))
    table = (
        '<table><caption>Long</caption><colgroup><col style="width:70%"/><col style="width:30%"/></colgroup>'
        '<thead><tr><th scope="col">Unit of the table</th><th scope="col" class="number">Value</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    with_rows = [page for page in words(pdf_of_page(small_page(table))) if "row " in page]
    assert len(with_rows) > 2
    assert all(page.count("Unit of the table") == 1 for page in with_rows)


def test_the_same_page_gives_the_same_bytes(reports: Path) -> None:
    made = reports / "published" / "2022" / REPORTS[0]
    page = made.with_name(f"{made.name}.html").read_text(encoding="utf-8")
    assert pdf_of_page(page) == made.with_name(f"{made.name}.pdf").read_bytes()


def test_a_letter_that_no_font_has_stops_the_print() -> None:
    with pytest.raises(typst.TypstError):
        pdf_of_page(small_page("<p>\u4e2d</p>"))
