"""The words of everything that is made or kept, read whole: Vietnamese that is Vietnamese, English that is English.

A text is faulty where words of the other language remain, where it is typed wrong, where a number has the marks of
the other language, or where something was left unfilled. What may stand in both languages is gathered, not listed:
names of units, signs of documents, columns of the form.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
import yaml
from conftest import ROOT
from lxml import etree

from partybuilding import present
from partybuilding.assess.communes import Communes
from partybuilding.assess.forms import write_form
from partybuilding.periods import Period
from partybuilding.present.report import Library, Report

ROOM = Path(present.__file__).parent
MESSAGES = "errors.yaml"
KEPT = {
    "wording.yaml": ROOM / "wording.yaml",
    "errors.yaml": ROOM.parent / "errors.yaml",
    **{f"{name}.yaml": ROOT / "params" / f"{name}.yaml" for name in ("indicators", "measures", "ratings", "layout")},
    **{f"{name}.yaml": ROOT / "params" / f"{name}.yaml" for name in ("returns", "targets")},
}
MADE = [
    (source, province, notebook)
    for source, notebook in (
        ("published", "province_assessment"),
        ("published", "province_assessment.brief"),
        ("demo", "province_assessment"),
        ("demo", "province_assessment.brief"),
        ("demo", "data_quality"),
    )
    for province in ("kon-tum", "bac-giang")
] + [("demo", f"kon-tum.cells/{code}", "cell_handout") for code in ("23293", "23404")]
SIGN = r"(?<!\w)[\d./]+(?:-\d+)?[-/][A-ZĐ]+(?:[-/][A-ZĐ]+)*\d*"  # 132-QĐ/TW, 66.12/2026/NQ-CP, 48/2019/QH14
CODE = r"\w+_\w+|\w+(?:[./-]\w+)*\.(?:xlsx|csv|yaml|ipynb|html|pdf|json)|[\w./-]*/[\w./-]*|\w+-\w+(?:-\w+)*"
QUOTED = r"“[^”]*”|'[^']*'|\"[^\"]*\"|\([^()]*\.[a-z]+\)"


# ---- texts


def text(report: Report) -> str:
    """All that a reader or a screen reader meets in a report, as it was written, one block a line."""
    groups = [report.results(name) for name in report.catalog.groups if name != "shortcomings"]
    pieces: list[Any] = [report.situation(), report.results(), *groups, report.shortcomings(), report.targets()]
    pieces += [report.measures(), report.foot(), report.data(), report.method(), report.sources()]
    said: list[str | None] = []
    for piece in pieces:
        for node in piece.element().iter():
            drawn = etree.QName(node).localname == "style"
            said += [node.get("aria-label"), None if drawn else node.text, node.tail]
    record = report.record().content["report"]
    return "\n".join([report.title, record["headline"], record["draft_note"], *filter(None, said)])


def around(pattern: str, said: str) -> list[str]:
    """Where the pattern stands, with the words around it: empty where it does not."""
    return [said[max(0, hit.start() - 30) : hit.end() + 30] for hit in re.finditer(pattern, said)]


def strings(given: Any, lang: str, inside: bool = False) -> Iterator[str]:
    """The texts of one language in a file of settings: what stands under vi and under ….vi, ….en."""
    if isinstance(given, dict):
        for key, part in given.items():
            chosen = str(key) == lang or str(key).endswith(f"_{lang}")
            other = str(key) in ("vi", "en") or str(key).endswith(("_vi", "_en"))
            yield from strings(part, lang, chosen or (inside and not other))
    elif isinstance(given, list):
        for part in given:
            yield from strings(part, lang, inside)
    elif inside and isinstance(given, str):
        yield given


@cache
def kept(name: str, lang: str) -> tuple[str, ...]:
    return tuple(strings(yaml.load(KEPT[name].read_text(encoding="utf-8"), yaml.BaseLoader), lang))


def page(path: Path) -> list[tuple[str, str]]:
    """The blocks of a page: (kind, text); white space between words of the source is one blank."""
    root = etree.fromstring(path.read_bytes())
    for contents in list(root.iter("{*}nav")):
        contents.getparent().remove(contents)
    for mark in root.iter("{*}sup"):
        for link in mark:
            link.text = ""  # the number of a footnote
    blocks = []
    for node in root.iter(
        "{*}h1", "{*}h2", "{*}h3", "{*}h4", "{*}p", "{*}li", "{*}th", "{*}td", "{*}caption", "{*}svg"
    ):
        name = etree.QName(node).localname
        if name != "li" or node.find("{*}p") is None:
            told = node.get("aria-label") if name == "svg" else "".join(node.itertext())
            told = re.sub(r" {5,}", " … ", told or "")  # room to write in
            blocks.append((name, re.sub(r"[\t\r\n]+ *", " ", told).strip()))
    return [block for block in blocks if block[1]]


def printed(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(" ".join(one.get_textpage().get_text_range() for one in document).split()).replace("\ufffe", "")
    finally:
        document.close()


def values(given: Any) -> Iterator[str]:
    """The texts in a record or a workbook that people read: those with a blank in them."""
    if isinstance(given, dict):
        given = [part for key, part in given.items() if key != "trail"]
    if isinstance(given, str):
        if " " in given:
            yield given
    elif isinstance(given, Iterable):
        for part in given:
            yield from values(part)


def sheets(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    return list(values(cell.value for sheet in book for row in sheet.iter_rows() for cell in row))


# ---- faults


def words(texts: Iterable[str]) -> set[str]:
    """Words in small letters, without fields, quotations, signs and codes."""
    cleared = (re.sub("|".join((r"\{[^{}]*\}", QUOTED, SIGN, CODE)), " ", one) for one in texts)
    return {word.lower() for one in cleared for word in re.findall(r"[^\W\d_]+", one)}


@cache
def names() -> frozenset[str]:
    """Names of provinces, districts and communes, without their kinds."""
    found = {name for row in Library.read().register.rows for name in (row.name_vi, row.name_en)}
    with (ROOT / "data" / "register" / "communes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found |= {row["name"], re.sub(r"^(?:huyện|quận|thị xã|thành phố) ", "", row["area"])}
    return frozenset(name for name in found if len(name) > 2)  # not “1”


@cache
def english() -> frozenset[str]:
    """Words that are English only: of the English catalogue and settings, without those the Vietnamese use too.

    Not of the messages: those name entries of the settings in both languages.
    """
    both = {lang: words(one for name in KEPT if name != MESSAGES for one in kept(name, lang)) for lang in ("vi", "en")}
    spelt = {word for word in both["en"] if word.isascii() and len(word) > 1}
    return frozenset(spelt - both["vi"] - words(names()))


TYPED = {
    "two blanks": r"(?<=\S) {2,}(?=\S)",
    "blank before a mark": r" [,;:)%!?”]| \.(?!\w)",
    "blank after a bracket": r"[(“] ",
    "two marks": r"(?<!\.)\.\.(?!\.)|,,|;;|,\.|;\.|:\.",
    "unfilled": r"[{}]|\bNone\b(?! of)|\bnan\b|\bNaN\b|<NA>|\bTrue\b|\bFalse\b|</?\w+>|&\w+;|\*\*|%s|\\u",
    "decomposed": r"[\u0300-\u036f]",
}
ONLY = {
    "vi": {
        "decimal point": r"(?<![\d./-])\d{1,3}\.\d{1,2}(?![\d./])(?!-)",
        "comma between thousands": r"\d,\d{3},\d{3}",
        "blank before %": r"\d %",
        "tone mark": r"(?i)uỷ|uỵ|oà(?![a-zà-ỹ])|oá(?![a-zà-ỹ])|uý(?![a-zà-ỹ])(?<!quý)|(?<!q)uỳ(?![a-zà-ỹ])",
        "capitals": r"(?<!\w)(?:đảng ủy Quân sự|Chi Bộ|đảng Cộng sản|Đảng Ủy|điều lệ Đảng|quân khu \d)",
    },
    "en": {
        "decimal comma": r"(?<![\d.,])\d+,\d{1,2}(?![\d,])",
        "point between thousands": r"(?<![\d./-])\d{1,3}\.\d{3}(?![\d./-])",
        "blank before %": r"\d %",
    },
}


def faults(said: str, lang: str, typed: bool = True) -> list[str]:
    """What is wrong in a text; `typed` is whether its blanks are those that were written."""
    found = [] if unicodedata.is_normalized("NFC", said) else [f"decomposed: {said[:60]}"]
    rules = ONLY[lang] | (TYPED if typed else {"unfilled": TYPED["unfilled"]})
    bare = re.sub(rf"{SIGN}|-BC/ĐU|\b(?:trang|cột|sheet|column) [a-z_]+\b", "§", said)
    found += [f"{rule}: {hit}" for rule, pattern in rules.items() for hit in around(pattern, bare)]
    if lang == "vi":
        rest = re.sub(CODE, "", re.sub(QUOTED, "", bare))
        found += [f"English: {word}" for word in re.findall(r"[^\W\d_]+", rest) if word.lower() in english()]
    else:
        rest = bare
        for name in sorted(names(), key=len, reverse=True):
            rest = rest.replace(name, "") if name in rest else rest
        found += [f"Vietnamese: {hit}" for hit in around(r"[^\x00-\x7f]", re.sub(FOREIGN, "", rest))]
    return found


FOREIGN = r"chi ủy|[“”’–−≥≤≈…§Δ·×→]|" + QUOTED


def entries(given: Any) -> Iterator[str]:
    """Names of entries in the settings, which a message tells as they are written there."""
    if isinstance(given, dict):
        for key, part in given.items():
            yield from (str(key), *entries(part))
    elif isinstance(given, list):
        for part in given:
            yield from (entries(part) if isinstance(part, dict) else (str(part),))


@cache
def known() -> re.Pattern[str]:
    paths = [path for name, path in KEPT.items() if name not in (MESSAGES, "wording.yaml")]
    files = [yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for path in paths]
    names = {key for given in files for key in entries(given)} - {"vi", "en"}
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?!\w)")


TYPED_IN = (
    r"partybuilding [a-z]+(?: --[\w-]+)?|--[\w-]+|Run All Cells|\(no language [^)]*\)|\(choose vi or en\)"
    r"|requirements\.lock|Edit → Clear Outputs of All Cells|Property Inspector|(?:gắn thẻ|tagged) parameters"
    r"|results-members"
    r"|(?:định dạng|format) 4\.5|weights|targets=\{\{[^}]*\}\}|(?:tên: kiểu = giá trị|name: type = value)  # \w+"
)
VALUES = r"\b(?:yes|no|true|false|none|met|partly|percent|count|state)\b"


def named(said: str) -> str:
    """A text without what is typed the same in both languages: commands, names of entries, their values."""
    return known().sub("…", re.sub(f"{TYPED_IN}|{VALUES}", "…", said))


def unfilled(said: str) -> str:
    """A sentence of a catalogue with its fields filled in by a neutral sign."""
    return re.sub(r"\{[^{}]*\}", "…", said)


# ---- the tests


def test_the_gathered_words_tell_the_languages_apart() -> None:
    assert {"the", "of", "target", "cells", "members", "reported", "committee"} <= english()
    assert not {"chi", "ban", "cho", "trong", "theo", "kon", "giang"} & english()
    assert faults("Tỷ lệ đạt 90,2% (92/102 chi bộ), tổng số 10.035 theo 132-QĐ/TW, ngày 8/3/2018.", "vi") == []
    assert faults("The rate is 90.2% (92 of 102 cells) of 10,035 by 132-QĐ/TW.", "en") == []


@pytest.mark.parametrize(
    ("said", "lang", "fault"),
    [
        ("Tỷ lệ chi bộ reported đạt 90%.", "vi", "English"),
        ("Tỷ lệ đạt 90.2%.", "vi", "decimal point"),
        ("Tổng số 1,234,567 đảng viên.", "vi", "comma between thousands"),
        ("Tỷ lệ đạt 90 %.", "vi", "blank before"),
        ("Chi bộ  có chi ủy.", "vi", "two blanks"),
        ("Chi bộ có chi ủy .", "vi", "blank before a mark"),
        ("Chi bộ ( có chi ủy).", "vi", "blank after a bracket"),
        ("Chi bộ có chi ủy..", "vi", "two marks"),
        ("Chi bộ có {n} đảng viên.", "vi", "unfilled"),
        ("Chi bộ có <b>chi ủy</b>.", "vi", "unfilled"),
        ("Chi bộ có &amp; chi ủy.", "vi", "unfilled"),
        ("Chi bộ có None đảng viên.", "vi", "unfilled"),
        (unicodedata.normalize("NFD", "Chi bộ có chi ủy."), "vi", "decomposed"),
        ("Cấp uỷ.", "vi", "tone mark"),
        ("Hoà bình.", "vi", "tone mark"),
        ("Nghị quyết của Đảng Ủy.", "vi", "capitals"),
        ("The rate is 90,2%.", "en", "decimal comma"),
        ("A total of 10.035 members.", "en", "point between thousands"),
        ("Cells without a chi bộ.", "en", "Vietnamese"),
        ("The rate is 90 %.", "en", "blank before"),
    ],
)
def test_each_fault_is_found(said: str, lang: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(said, lang))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("source", "province", "notebook"), MADE)
def test_a_report_speaks_one_language_and_is_typed_clean(
    reports: Path, source: str, province: str, notebook: str, lang: str
) -> None:
    stem = reports / source / "2022" / province / f"{notebook}.{lang}"
    blocks = page(stem.with_name(f"{stem.name}.html"))
    assert len(blocks) > 40
    found = [fault for _, said in blocks for fault in faults(said, lang)]
    pdf = printed(stem.with_name(f"{stem.name}.pdf"))
    assert len(pdf) > 1000
    found += [f"PDF: {fault}" for fault in faults(pdf, lang, typed=False)]
    record = list(values(json.loads(stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"))))
    cells = sheets(stem.with_name(f"{stem.name}.xlsx"))
    assert min(len(record), len(cells)) > 10
    found += [fault for said in (*record, *cells) for fault in faults(said, lang)]
    assert found == []
    prose = [said for name, said in blocks if name in ("p", "li") and len(said) > 70]
    assert [said for said in prose if not said.endswith((".", ":", "…"))] == []
    assert [said for said in prose if said[:1].islower() and not said.startswith(tuple(names()))] == []


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_speaks_one_language_and_is_typed_clean(name: str, lang: str) -> None:
    texts = kept(name, lang)
    assert texts
    if name == MESSAGES:  # and a number typed either way
        texts = tuple(re.sub(r"90\.2 (?:hoặc|or) \"90,2\"", "…", named(said)) for said in texts)
    part = [
        said for said in texts if said.startswith((" ", ", ")) or "   " in said
    ]  # parts of sentences, blanks to fill
    found = [fault for said in texts if said not in part for fault in faults(unfilled(said), lang)]
    assert found == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_form_speaks_one_language_and_is_typed_clean(tmp_path: Path, lang: str) -> None:
    library, when = Library.read(), Period.parse("2022")
    path = tmp_path / "form.xlsx"
    unit = library.register.at("kon-tum", when)
    write_form(path, unit, when, lang, library.catalog, Communes.read())
    given = {part for row in Communes.read().of(unit.slug, when.end) for part in (row.kind, row.area)}
    texts = [said for said in sheets(path) if said not in given]  # they stay as the register has them
    assert len(texts) > 100
    assert [fault for said in texts for fault in faults(named(said), lang)] == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_decimals_stand_as_they_were_published(reports: Path, lang: str) -> None:
    said = " ".join(text for _, text in page(reports / f"published/2022/kon-tum/province_assessment.{lang}.html"))
    for number in ("90,2%", "22,7%", "10,65%"):
        assert (number in said) == (lang == "vi")
        assert (number.replace(",", ".") in said) == (lang == "en")
