"""The gate: what must not go out is refused by name, and honest words are let through."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import typst

from partybuilding.publish import gate
from partybuilding.publish.gate import Refusal, inspect, schema

STEM = "province_assessment.en"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="a description of twenty letters">'


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
    return inspect(place, [path.name])


def printed(place: Path, text: str, title: str = "Title") -> list[Refusal]:
    """Inspect a PDF that prints `text`."""
    source = f"#set document(title: {json.dumps(title)})\n#{json.dumps(text, ensure_ascii=False)}"
    (place / "x.pdf").write_bytes(typst.compile(source.encode()))
    return inspect(place, ["x.pdf"])


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("province", ["kon-tum", "bac-giang"])
def test_the_real_reports_pass(reports: Path, province: str, lang: str) -> None:
    names = [f"province_assessment.{lang}.{ending}" for ending in ("html", "pdf", "ipynb", "json")]
    assert inspect(reports / "published" / "2022" / province, names) == []


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
    assert [(found.file, found.what) for found in inspect(place, [f"{STEM}.{ending}"])] == [(f"{STEM}.{ending}", what)]


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
        assert [refusal.what for refusal in found] == [what]


@pytest.mark.parametrize("text", ALLOWED)
def test_honest_words_are_let_through(place: Path, text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    assert spoil(place, "html", "<h3>", f"<h3>{escaped} ") == []
    assert printed(place, text) == []


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
    assert {refusal.what for refusal in spoil(place, "html", "<main ", f"{insert}<main ")} == {"request"}


@pytest.mark.parametrize(
    "insert",
    [
        '<p><a href="https://example.org/a?b=1">a</a> <a href="#data">b</a> <a href="mailto:a@b.vn">c</a></p>',
        '<img alt="a dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="/>',
        '<svg xmlns="http://www.w3.org/2000/svg" aria-label="a description of twenty letters">'
        '<path clip-path="url(#a)" style="fill: url(\'#b\')"/></svg>',
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
    assert refusal.text("vi") == 'x.vi.html: có đường dẫn trên máy: "see /home/a".'
    assert refusal.text("en") == 'x.vi.html: holds a path of the machine: "see /home/a".'
    kinds = ("missing_file", "unreadable", "traceback", "prompt", "code", "path", "nothing", "placeholder")
    for what in (*kinds, "request", "no_alt", "empty_table", "no_section", "schema"):
        for lang in ("vi", "en"):
            assert "{" not in Refusal("f", what, "words").text(lang)
