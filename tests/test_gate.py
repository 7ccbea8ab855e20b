"""The gate: what must not go out is refused by name, and honest words are let through."""

from __future__ import annotations

import json
import random
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pytest
import typst
from lxml import etree

from partybuilding.errors import _sentences
from partybuilding.publish import across as across_module
from partybuilding.publish import gate, held, prints
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.gate import Finished, Refusal, inspect, schema
from partybuilding.publish.workbook import write_workbook

STEM = "province_assessment.en"
ENDINGS = ("html", "pdf", "xlsx", "ipynb", "json")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" aria-label="a description of twenty letters: 0">'
    '<path clip-path="url(#a)"/>'
)


@pytest.fixture
def place(tmp_path: Path, reports: Path) -> Path:
    """The files of one real report, to spoil."""
    return Path(shutil.copytree(reports / "published" / "2022" / "kon-tum", tmp_path / "kon-tum"))


def spoil(place: Path, ending: str, old: str, new: str) -> list[Refusal]:
    """Replace one thing in one file of a real report, and inspect that file."""
    path = place / f"{STEM}.{ending}"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return inspect(Finished(place, [path.name]))


def printed(place: Path, text: str, title: str = "Title") -> list[Refusal]:
    """Inspect a PDF that prints `text`."""
    source = f"#set document(title: {json.dumps(title)})\n#{json.dumps(text, ensure_ascii=False)}"
    (place / "x.pdf").write_bytes(typst.compile(source.encode()))
    return inspect(Finished(place, ["x.pdf"]))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
def test_the_real_reports_pass(reports: Path, province: str, lang: str) -> None:
    names = [f"province_assessment.{lang}.{ending}" for ending in ENDINGS]
    assert inspect(Finished(reports / "published" / "2022" / province, names)) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
@pytest.mark.parametrize("notebook", ["province_assessment", "data_quality"])
def test_the_real_reports_from_returns_pass_alone_and_together(
    reports: Path, notebook: str, province: str, lang: str
) -> None:
    folder, names = reports / "demo" / "2022" / province, [f"{notebook}.{lang}.{ending}" for ending in ENDINGS]
    assert inspect(Finished(folder, names)) == []
    for name in names:
        assert inspect(Finished(folder, [name])) == []


@pytest.mark.parametrize("ending", ["html", "pdf", "ipynb", "json"])
@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda path: path.unlink(), "missing_file"),
        (lambda path: path.write_bytes(b""), "missing_file"),
        (lambda path: path.write_bytes(b"\x00\xff half a file"), "unreadable"),
        (lambda path: path.write_bytes(path.read_bytes()[:700]), "unreadable"),
    ],
    ids=["missing", "empty", "garbage", "cut"],
)
def test_a_file_that_is_missing_or_broken_is_refused(
    place: Path, ending: str, damage: Callable[[Path], None], what: str
) -> None:
    damage(place / f"{STEM}.{ending}")
    assert [(found.file, found.what) for found in inspect(Finished(place, [f"{STEM}.{ending}"]))] == [
        (f"{STEM}.{ending}", what)
    ]


REFUSED = [
    ("traceback", "Traceback (most recent call last) File x"),
    ("traceback", "ValueError: could not convert"),
    ("traceback", "FutureWarning: this will change"),
    ("prompt", "In [3]: and more"),
    ("prompt", "Out[12]: 90.2"),
    ("prompt", "In [ ]: x"),
    ("prompt", "In [*]: x"),
    ("code", "from partybuilding import open_report"),
    ("code", "report = open_report(province)"),
    ("path", "see /home/analyst/data.csv"),
    ("path", "see /tmp/x"),
    ("path", "see C:\\Users\\analyst"),
    ("path", "see C:/Users/analyst"),
    ("path", "file:///srv/x"),
    *(("nothing", text) for text in ("nan%", "a rate of nan", "-nan", "90.2 (NaN)", "None", "None%", "was None.")),
    *(("nothing", text) for text in ("inf", "-inf", "NaT", "undefined", "<NA>")),
    *(("placeholder", text) for text in ("{place}", "{x:.1f}", "{}", "{{ title }}", "%(name)s", "{0}")),
    *(
        ("placeholder", text)
        for text in ("<b>bold</b>", "<br/>", '<td class="x">', "</h2>", "&amp;", "&nbsp;", "&#160;")
    ),
]
ALLOWED = [
    "Việt Nam, Hà Nam, Nam Định; năm 2022; information, Information Technology, infantry, nanometre, NaNo",
    "None of the five requirements was reported. None were named.",
    "none was found; nonetheless",
    "khắc phục gian nan, nguy nan, vấn đề nan giải",
    "Cán bộ, chiến sĩ và/hoặc đảng viên; 92/102; số 35-HD/BTCTW; 30/6/2025; 24/7",
    "Errors and warnings were given: see the text. An error: none.",
    "90,2% > 85%, < 3, a < b, ≥ 85% & more; 5 < 6 > 4",
    "in [1] and [2]; Out of 102; Article 4 [3]",
    "https://tapchiqptd.vn/en/theory-and-practice/a.html",
    "import of goods; A: B; C: D",
]


@pytest.mark.parametrize(("what", "text"), REFUSED)
def test_words_that_must_not_go_out_are_refused_on_the_page_and_in_print(place: Path, what: str, text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    for found in (spoil(place, "html", "<h3>", f"<h3>{escaped} "), printed(place, text)):
        assert [refusal.what for refusal in found if refusal.what != "number"] == [what]


@pytest.mark.parametrize("text", ALLOWED)
def test_honest_words_are_let_through(place: Path, text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    found = [*spoil(place, "html", "<h3>", f"<h3>{escaped} "), *printed(place, text)]
    assert [refusal for refusal in found if refusal.what != "number"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<title>", "<title>nan% "),
        ('aria-label="', 'aria-label="nan% '),
        ('role="img" aria-label="', 'role="img" aria-label="nan% '),
        ("<main ", '<main title="nan%" '),
    ],
)
def test_words_that_do_not_stand_on_the_page_are_read_too(place: Path, old: str, new: str) -> None:
    assert [refusal.what for refusal in spoil(place, "html", old, new)] == ["nothing"]


@pytest.mark.parametrize(
    "insert",
    [
        "<script>x()</script>",
        '<img alt="a" src="http://example.org/a.png"/>',
        '<img alt="a" src="//example.org/a.png"/>',
        '<img alt="a" src="a.png"/>',
        '<p onload="x()">a</p>',
        '<p OnClick="x()">a</p>',
        '<a href="javascript:x()">a</a>',
        '<a href="other.html">a</a>',
        '<a href="province_assessment.vi.pdf">the other language</a>',
        '<a href="./province_assessment.en.pdf">a</a>',
        '<a href="province_assessment.en.exe">a</a>',
        '<a href="../kon-tum/province_assessment.en.pdf">a</a>',
        '<a href="%2e%2e/index.html">a</a>',
        '<a href="../other/index.html">a</a>',
        '<img alt="a" src="province_assessment.en.pdf"/>',
        '<iframe srcdoc="a"/>',
        "<style>@import 'a.css';</style>",
        "<style>p { background: url(http://example.org/a) }</style>",
        "<p style=\"background: url('//example.org/a')\">a</p>",
        '<p style="background: url( http://example.org/a )">a</p>',
        '<form action="http://example.org"/>',
        '<object data="a.swf"/>',
        '<meta http-equiv="refresh" content="0;url=http://example.org"/>',
        f"{SVG}<script>x()</script></svg>",
        f'{SVG}<use href="a#b"/></svg>',
        f"{SVG}<style>@import 'a.css';</style></svg>",
    ],
)
def test_what_would_ask_something_of_another_file_or_run_code_is_refused(place: Path, insert: str) -> None:
    assert {refusal.what for refusal in spoil(place, "html", "<main ", f"{insert}<main ")} - {"number"} == {"request"}


@pytest.mark.parametrize(
    "insert",
    [
        '<p><a href="https://example.org/a?b=1">a</a> <a href="#data">b</a> <a href="mailto:a@b.vn">c</a></p>',
        '<img alt="a dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="/>',
        f"{SVG}<path style=\"fill: url('#b')\"/></svg>",
        "<!-- a remark -->",
    ],
)
def test_links_and_references_within_the_page_are_let_through(place: Path, insert: str) -> None:
    assert spoil(place, "html", "<main ", f"{insert}<main ") == []


@pytest.mark.parametrize(
    ("old", "new", "what", "found"),
    [
        ('role="img" aria-label="', 'role="img" aria-label="Chart" data-was="', "no_alt", "Chart"),
        ('role="img" aria-label="', 'role="img" data-was="', "no_alt", "svg"),
        ("<main ", '<img src="data:x"/><main ', "no_alt", "img"),
        ("<caption>", "<caption/><p>", "unreadable", "mismatch"),
        ("<main ", "<table><caption>Empty</caption><tbody></tbody></table><main ", "empty_table", "Empty"),
        ("<main ", "<table><tbody><tr><td>a</td></tr></tbody></table><main ", "empty_table", "table"),
        *(
            ('<section id="' + name + '"', '<section id="x"', "no_section", name)
            for name in gate.SECTIONS["province_assessment"]
        ),
        ('<html lang="en"', "<html", "unreadable", "html lang, title, body"),
        ("<title>", "<title></title><title>", "unreadable", "html lang, title, body"),
    ],
)
def test_a_page_without_what_a_report_must_have_is_refused(
    place: Path, old: str, new: str, what: str, found: str
) -> None:
    refusals = spoil(place, "html", old, new)
    assert [refusal.what for refusal in refusals] == [what]
    assert found in refusals[0].found


def test_a_print_without_title_or_text_is_refused(place: Path) -> None:
    assert [refusal.found for refusal in printed(place, "Words", title="")] == ["title"]
    assert [refusal.found for refusal in printed(place, "")] == ["text"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"value": 22.7', '"value": NaN', "unreadable"),
        ('"value": 22.7', '"value": Infinity', "unreadable"),
        ('"value": 22.7', '"value": "22.7"', "schema"),
        ('"value": 22.7', '"valu": 22.7', "schema"),
        ('"numerator": 92', '"numerator": 92.5', "schema"),
        ('"status": "met"', '"status": "fine"', "schema"),
        ('"lang": "en"', '"lang": "fr"', "schema"),
        ('"province": "kon-tum"', '"province": "Kon Tum"', "schema"),
        ('"inputs": {', '"inputs": {"a.csv": "no hash", ', "schema"),
        ('"findings": []', '"findings": [], "more": 1', "schema"),
        ('"headline": "', '"headline": "KeyError: 1 ', "traceback"),
        ('"headline": "', '"headline": "see /home/analyst/x ', "path"),
        ('"headline": "', '"headline": "see C:\\\\Users\\\\x ', "path"),
    ],
)
def test_a_record_that_programs_could_not_trust_is_refused(place: Path, old: str, new: str, what: str) -> None:
    assert [refusal.what for refusal in spoil(place, "json", old, new)] == [what]


def test_a_notebook_that_names_a_path_of_the_machine_is_refused(place: Path) -> None:
    found = spoil(place, "ipynb", "RESULTS", "RESULTS /home/analyst/data.csv")
    assert [refusal.what for refusal in found] == ["path"]


def test_the_schema_is_one_and_asks_for_every_key_of_a_value(reports: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    value = schema()["$defs"]["value"]
    assert set(value["required"]) == set(value["properties"])
    record = json.loads((reports / "published/2022/kon-tum" / f"{STEM}.json").read_text(encoding="utf-8"))
    assert set(record["values"][0]) == set(value["required"])


def test_a_refusal_says_file_matter_and_words_in_both_languages() -> None:
    refusal = Refusal("x.vi.html", "path", "see /home/a")
    assert refusal.text("vi") == (
        'x.vi.html: có đường dẫn trên máy: "see /home/a". Hãy bỏ đường dẫn khỏi số liệu hoặc sổ tay.'
    )
    assert refusal.text("en") == (
        'x.vi.html: holds a path of the machine: "see /home/a". Take it out of the data or the notebook.'
    )
    kinds = [key.removeprefix("gate_") for key in _sentences() if key.startswith("gate_")]
    used = set(re.findall(r'"(\w+)"', "".join(inspect_sources())))
    assert set(kinds) <= used
    for what in kinds:
        texts = [Refusal("f", what, "words").text(lang) for lang in ("vi", "en")]
        assert not [text for text in texts if "{" in text or not text.endswith(".")]


def inspect_sources() -> list[str]:
    return [Path(module.__file__).read_text(encoding="utf-8") for module in (gate, held, prints, across_module)]


# ---- each refusal: a file that must be refused, and one like it that must pass


Change = Callable[[Path], None]


@pytest.fixture
def counted(tmp_path: Path, reports: Path) -> Path:
    """The files of a real report from returns, to spoil."""
    return Path(shutil.copytree(reports / "demo" / "2022" / "kon-tum", tmp_path / "counted"))


def text(ending: str, old: str, new: str) -> Change:
    def change(place: Path) -> None:
        path = place / f"{STEM}.{ending}"
        whole = path.read_text(encoding="utf-8")
        assert old in whole
        path.write_text(whole.replace(old, new, 1), encoding="utf-8")

    return change


def pdf(edit: Callable[[pikepdf.Pdf], None]) -> Change:
    def change(place: Path) -> None:
        with pikepdf.open(place / f"{STEM}.pdf", allow_overwriting_input=True) as document:
            edit(document)
            document.save(place / f"{STEM}.pdf")

    return change


def record(edit: Callable[[dict[str, Any]], None], *more: str) -> Change:
    """Change the record, and write it as JSON and, where asked for, as workbook."""

    def change(place: Path) -> None:
        content = json.loads((place / f"{STEM}.json").read_text(encoding="utf-8"))
        edit(content)
        if "json" in (more or ("json",)):
            (place / f"{STEM}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        if "xlsx" in more:
            write_workbook(place / f"{STEM}.xlsx", content)

    return change


def zipped(name: str, old: str, new: str) -> Change:
    def change(place: Path) -> None:
        path = place / f"{STEM}.xlsx"
        with zipfile.ZipFile(path) as package:
            parts = {part: package.read(part) for part in package.namelist()}
        parts[name] = parts.get(name, b"").replace(old.encode(), new.encode(), 1) if old else new.encode()
        with zipfile.ZipFile(path, "w") as package:
            for part, content in parts.items():
                package.writestr(part, content)

    return change


def output(**given: Any) -> Change:
    def change(place: Path) -> None:
        path = place / f"{STEM}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][-1]["outputs"].append(given)
        path.write_text(json.dumps(notebook), encoding="utf-8")

    return change


def action(**fields: Any) -> Change:
    def edit(document: pikepdf.Pdf) -> None:
        note = {"/Type": "/Annot", "/Subtype": "/Link", "/Rect": [0, 0, 9, 9]}
        names = {key: pikepdf.Name(v) if v.startswith("/") else pikepdf.String(v) for key, v in fields.items()}
        made = {key: pikepdf.Name(value) if isinstance(value, str) else value for key, value in note.items()}
        inner = pikepdf.Dictionary({f"/{key}": value for key, value in names.items()})
        document.pages[0].obj.Annots = pikepdf.Array(
            [document.make_indirect(pikepdf.Dictionary({**made, "/A": inner}))]
        )

    return pdf(edit)


def attached(document: pikepdf.Pdf) -> None:
    document.attachments["a.txt"] = b"words"


def silent(document: pikepdf.Pdf) -> None:
    for one in document.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Figure":
            del one["/Alt"]
            return


def author(name: str) -> Change:
    def edit(document: pikepdf.Pdf) -> None:
        document.docinfo["/Author"] = name

    return pdf(edit)


def budget(place: Path, over: int) -> None:
    with pikepdf.open(place / f"{STEM}.pdf") as document:
        pages = len(document.pages)
    record(lambda content: content["report"].update(pages=pages - over))(place)


def member_count(number: int, *files: str) -> Change:
    def edit(content: dict[str, Any]) -> None:
        (table,) = [table for table in content["tables"] if table["name"] == "communes"]
        table["rows"][0][table["members"][0]] = number
        table["adds_up"] = []

    return record(edit, *files)


def first_of(name: str, column: int, cell: Any) -> Callable[[dict[str, Any]], None]:
    def edit(content: dict[str, Any]) -> None:
        (table,) = [table for table in content["tables"] if table["name"] == name]
        table["rows"][0][column] = cell

    return edit


def shown_number(old: str, new: str) -> Change:
    """Print a page on which a number is another."""

    def change(place: Path) -> None:
        page = (place / f"{STEM}.html").read_text(encoding="utf-8")
        assert old in page
        (place / f"{STEM}.pdf").write_bytes(pdf_of_page(page.replace(old, new, 1)))

    return change


def nothing(place: Path) -> None:
    """Leave everything as it is."""


LINK = '<main id="main"><p><a href="https://example.org/a">a</a></p>'
HEAD = '<main id="main">'
PAIRS: list[tuple[str, str, Change, Change]] = [
    ("stderr", "ipynb", output(output_type="stream", name="stderr", text=["a warning"]), nothing),
    ("traceback", "ipynb", output(output_type="error", ename="KeyError", evalue="1", traceback=[]), nothing),
    ("user", "html", text("html", HEAD, f"{HEAD}<p>by analyst7</p>"), text("html", HEAD, f"{HEAD}<p>by analyst77</p>")),
    ("user", "html", text("html", HEAD, f"{HEAD}<!-- analyst7 -->"), text("html", HEAD, f"{HEAD}<!-- analysts -->")),
    ("user", "pdf", author("analyst7"), author("Analysts")),
    ("user", "xlsx", zipped("docProps/core.xml", "<dc:creator>", "<dc:creator>analyst7"), nothing),
    ("user", "ipynb", output(output_type="stream", name="stdout", text=["host-of-office"]), nothing),
    ("request", "html", text("html", HEAD, f"{HEAD}<script>alert(1)</script>"), nothing),
    (
        "request",
        "html",
        text("html", "<head>", '<head><?xml-stylesheet href="a.css"?>'),
        text("html", "<head>", "<head><!-- a -->"),
    ),
    ("request", "html", text("html", HEAD, f'{HEAD}<form><button formaction="http://a.b"/></form>'), nothing),
    ("request", "pdf", action(S="/URI", URI="http://example.org/a"), nothing),
    ("request", "pdf", action(S="/URI", URI="https://example.org/b"), nothing),
    ("request", "pdf", action(S="/JavaScript", JS="app.alert(1)"), nothing),
    ("request", "pdf", action(S="/Launch", F="a.exe"), nothing),
    ("request", "pdf", action(S="/GoToR", F="a.pdf"), nothing),
    ("request", "pdf", pdf(attached), nothing),
    ("request", "xlsx", zipped("xl/externalLinks/externalLink1.xml", "", "<a/>"), zipped("xl/notes.xml", "", "<a/>")),
    ("request", "xlsx", zipped("xl/worksheets/sheet1.xml", "<v>", "<f>1+1</f><v>"), nothing),
    (
        "request",
        "xlsx",
        zipped("xl/_rels/a.rels", "", '<a TargetMode="External"/>'),
        zipped("xl/_rels/a.rels", "", "<a/>"),
    ),
    ("no_alt", "pdf", pdf(silent), nothing),
    (
        "no_data",
        "html",
        text("html", HEAD, f"{HEAD}{SVG.replace('clip-path', 'data-a')}</svg>"),
        text("html", HEAD, f"{HEAD}{SVG}</svg>"),
    ),
    ("no_data", "html", text("html", HEAD, f"{HEAD}{SVG.replace(': 0', 'none')}</svg>"), nothing),
    ("pages", "pdf", lambda place: budget(place, 1), lambda place: budget(place, 0)),
    (
        "pages",
        "pdf",
        lambda place: [budget(place, -1), record(lambda content: content["report"].update(form="brief"))(place)],
        lambda place: budget(place, -1),
    ),
    ("suppressed", "json", member_count(2), member_count(3)),
    ("suppressed", "xlsx", member_count(1, "json", "xlsx"), member_count(3, "json", "xlsx")),
    ("sum", "json", record(first_of("communes", 6, "11/12")), nothing),
    ("sum", "json", record(first_of("communes", 2, "no")), record(first_of("communes", 2, "not reported"))),
    ("number", "xlsx", record(first_of("communes", 4, 97), "xlsx"), record(first_of("communes", 4, 9), "xlsx")),
    ("number", "xlsx", record(first_of("results", 1, 55), "xlsx"), nothing),
    ("number", "xlsx", record(lambda content: content["tables"][0]["rows"].pop(), "xlsx"), nothing),
    ("no_section", "xlsx", record(lambda content: content["tables"].pop(), "xlsx"), nothing),
    ("number", "pdf", shown_number("90.2%", "90.3%"), shown_number("90.2%", "90.2%")),
    ("number", "pdf", shown_number("92/102", "93/102"), nothing),
]


@pytest.mark.parametrize(
    ("what", "ending", "bad", "good"), PAIRS, ids=[f"{n}-{p[0]}-{p[1]}" for n, p in enumerate(PAIRS)]
)
def test_each_refusal_has_a_file_that_is_refused_and_one_that_passes(
    counted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, ending: str, bad: Change, good: Change
) -> None:
    monkeypatch.setattr(gate, "_machine", lambda: ("analyst7", "host-of-office", "report"))
    names, other = [f"{STEM}.{e}" for e in ENDINGS], Path(shutil.copytree(counted, tmp_path / "other"))
    bad(counted)
    found = {(refusal.file.rpartition(".")[2], refusal.what) for refusal in inspect(Finished(counted, names))}
    assert (ending, what) in found
    good(other)
    assert (ending, what) not in {
        (refusal.file.rpartition(".")[2], refusal.what) for refusal in inspect(Finished(other, names))
    }


def test_our_own_script_is_let_through_and_no_other(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = "document.title = 'a' + (1 < 2);"
    monkeypatch.setattr(gate, "_page_script", lambda: own)
    page = (counted / f"{STEM}.html").read_text(encoding="utf-8")
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    for script, refused in (
        (f"<script>{own.replace('<', '&lt;')}</script>", False),
        (f"<script>\n{own.replace('<', '&lt;')}\n</script>", False),
        ("<script>alert()</script>", True),
        (f'<script src="a.js">{own.replace("<", "&lt;")}</script>', True),
        (f"<script>{own.replace('<', '&lt;')} x()</script>", True),
    ):
        (counted / f"{STEM}.html").write_text(page.replace(HEAD, HEAD + script), encoding="utf-8")
        assert ("request" in {refusal.what for refusal in inspect(Finished(counted, [f"{STEM}.html"]))}) is refused
    monkeypatch.setattr(gate, "_page_script", lambda: None)
    (counted / f"{STEM}.html").write_text(page.replace(HEAD, f"{HEAD}<script></script>"), encoding="utf-8")
    assert "request" in {refusal.what for refusal in inspect(Finished(counted, [f"{STEM}.html"]))}


def test_a_word_of_the_reports_is_no_user_name(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_machine", lambda: ("cell", "Kon", "measure"))
    assert inspect(Finished(counted, [f"{STEM}.{ending}" for ending in ENDINGS])) == []


# ---- a number that is another, by one digit


def places(root: Any) -> list[tuple[Any, str, int]]:
    """Each digit of a page: in the texts of its lines, cells, captions, headings, and in what charts say."""
    main = root.find(".//{*}main")
    apart = {part for node in main.iter("{*}nav") for part in node.iter()}
    found = []
    for node in main.iter("{*}*"):
        for key in ("text", "tail", "aria-label"):
            said = (node.get(key) if key == "aria-label" else getattr(node, key)) or ""
            if node not in apart:
                found += [(node, key, hit.start()) for hit in re.finditer(r"\d", said)]
    return found


def turned(node: Any, key: str, place: int) -> tuple[str, str]:
    old = node.get(key) if key == "aria-label" else getattr(node, key)
    return old, old[:place] + str((int(old[place]) + 1) % 10) + old[place + 1 :]


def put(node: Any, key: str, said: str) -> None:
    if key == "aria-label":
        node.set(key, said)
    else:
        setattr(node, key, said)


@pytest.mark.parametrize(
    ("source", "stem"), [("demo", STEM), ("demo", "data_quality.vi"), ("published", "province_assessment.vi")]
)
def test_a_changed_digit_anywhere_on_a_page_is_found(reports: Path, tmp_path: Path, source: str, stem: str) -> None:
    place = Path(shutil.copytree(reports / source / "2022" / "bac-giang", tmp_path / "b"))
    path = place / f"{stem}.html"
    root = etree.fromstring(path.read_bytes())
    for node, key, at in random.Random(7).sample(places(root), 40):
        old, new = turned(node, key, at)
        put(node, key, new)
        path.write_bytes(etree.tostring(root, encoding="utf-8"))
        found = inspect(Finished(place, [f"{stem}.html", f"{stem}.ipynb", f"{stem}.json"]))
        assert [refusal.what for refusal in found if refusal.file == path.name], new
        put(node, key, old)


@pytest.mark.parametrize(
    ("xpath", "least"),
    [
        ("//*[local-name()='td']", 0.95),
        ("//*[local-name()='div'][@class='notes']/*", 0.9),
        ("//*[local-name()='svg']", 0.9),
        ("//*[local-name()='li']", 0.9),
    ],
)
def test_the_record_alone_tells_a_wrong_figure_of_a_page(reports: Path, xpath: str, least: float) -> None:
    """A figure that was wrong when it was made: page, print and notebook say the same, only the record does not."""
    path = reports / "demo" / "2022" / "bac-giang" / "province_assessment.vi.html"
    root, content = etree.fromstring(path.read_bytes()), json.loads(path.with_suffix(".json").read_text("utf-8"))
    inside = {part for node in root.xpath(xpath) for part in node.iter()}
    digits = [one for one in places(root) if one[0] in inside and not one[0].tag.endswith("}sup")]
    known = 0
    sample = random.Random(3).sample(digits, min(len(digits), 40))
    for node, key, at in sample:
        old, new = turned(node, key, at)
        put(node, key, new)
        known += bool(list(held.Held(content).page(root)))
        put(node, key, old)
    assert known >= least * len(sample)


@pytest.mark.parametrize(
    ("number", "text", "shown"),
    [
        (90.19607843137256, "90,2", True),
        (90.19607843137256, "90,1", False),
        (90.19607843137256, "90", True),
        (90.25, "90,3", True),
        (0.05, "0,1", True),
        (99.96, "99,9", True),  # never rounded onto 100, which it does not reach
        (99.96, "100,0", True),
        (99.96, "99,8", False),
        (1234, "1.234", True),
        (1234, "1234", True),
        (1234, "1.235", False),
        (-3.4, "3,4", True),
        (7, "07", False),
        (0, "000", False),
    ],
)
def test_a_number_is_held_where_it_rounds_half_up_to_what_is_shown(number: float, text: str, shown: bool) -> None:
    ((_, token),) = held.tokens(text, "vi")
    assert (token in held.Scope([number], "vi")) is shown


def test_dates_and_document_numbers_are_whole() -> None:
    scope = held.Scope(["2022-07-20", "35-HD/BTCTW", "d431d23c0d753621a9f080fc3f970d0d"], "en")
    for text in ("20/7/2022", "20 July 2022", "35-HD/BTCTW", "d431d23c0d75"):
        assert all(token in scope for _, token in held.tokens(text, "en")), text
    for text in ("21/7/2022", "20 June 2022", "36-HD/BTCTW", "7", "20", "2022", "d431d24c0d75", "[1]"):
        assert not any(token in scope for _, token in held.tokens(text, "en")), text
