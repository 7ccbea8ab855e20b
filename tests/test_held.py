"""Numbering is structure, and nothing else is: captions, references, footnotes, contents, running names of sections."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from partybuilding.publish import held
from partybuilding.publish.held import XHTML

HEADINGS = "<h2>PHẦN 2022</h2><h3>1. Số liệu</h3><h3>2. Phương pháp</h3>"
PAGE = etree.fromstring(f'<html xmlns="{XHTML[1:-1]}"><body><main>{HEADINGS}</main></body></html>')
CONTENTS = "MỤC LỤC\nPHẦN 2022 . . . . 1\n1. Số liệu ..... 2\n2. Phương pháp . 12"


def counted(*pages: str) -> Counter[object]:
    return Counter(
        {token[1] if isinstance(token, tuple) else token: n for token, n in held.in_print(pages, PAGE, "vi").items()}
    )


def test_page_numbers_and_names_of_sections_above_the_text_do_not_count() -> None:
    pages = ["PHẦN 2022\n1. Số liệu\n5", "2\n1. Số liệu\n7", "MARK\n3\n1. Số liệu\n8 9"]
    assert counted(*pages) == {2022: 1, 1: 1, 5: 1, 7: 1, 8: 1, 9: 1}


def test_a_heading_that_begins_a_page_counts() -> None:
    assert counted("PHẦN 2022\n1. Số liệu", "2\n2. Phương pháp\n7") == {2022: 1, 1: 1, 2: 1, 7: 1}


def test_a_number_alone_counts_unless_it_is_the_pages_own() -> None:
    assert counted("a", "3\nb") == {3: 1}
    assert counted("1\na") == {1: 1}  # the first page has none


def test_contents_count_only_what_is_no_heading_and_no_page() -> None:
    assert counted("PHẦN 2022", CONTENTS) == {2022: 1}
    assert counted("PHẦN 2022", f"2\n{CONTENTS}\n3. Khác 90,2% . . 4") == {2022: 1, 3: 1, 902: 1}


def test_a_heading_known_from_the_contents_alone_is_no_running_name() -> None:
    assert counted("a", f"2\n{CONTENTS}", "3\n2. Phương pháp") == {2: 1}


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("Biểu 3. Kết quả", "Kết quả"),
        ("Table 12. Results", "Results"),
        ("Hình 1. a. b", "a. b"),
        ("Kết quả 5. Khác", "Kết quả 5. Khác"),
        ("Năm 2022. Khác", "Năm 2022. Khác"),
        ("", ""),
    ],
)
def test_a_caption_loses_its_own_number_only(caption: str, words: str) -> None:
    assert held.untitled(caption) == words


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Nguồn: [1], đoạn 4; 92/102 chi bộ", "Nguồn: [1], đoạn 4; 91/102 chi bộ", "91"),
        ("nêu tại Biểu 1.", "nêu tại Biểu 777.", "777"),
        ("Nguồn: [1], đoạn 5.", "Nguồn: [1], đoạn 55.", "55"),
        ("Nguồn: [1], đoạn 5.", "Nguồn: [8], đoạn 5.", "[8]"),
        ("Biểu 1. Kết quả: ", "Biểu 1. Kết quả 777: ", "777"),
    ],
)
def test_a_wrong_number_in_notes_references_and_captions_is_found(
    reports: Path, before: str, after: str, found: str
) -> None:
    stem = reports / "published" / "2022" / "kon-tum" / "province_assessment.vi"
    record = json.loads(stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"))
    plain = stem.with_name(f"{stem.name}.html").read_text(encoding="utf-8")
    assert list(held.Held(record).page(etree.fromstring(plain.encode()))) == []
    if before not in plain:  # the number is a link
        label = before.removeprefix("nêu tại ").removesuffix(".")
        before, after = f">{label}</a>", f">{after.removeprefix('nêu tại ').removesuffix('.')}</a>"
    assert before in plain
    told = list(held.Held(record).page(etree.fromstring(plain.replace(before, after, 1).encode())))
    assert told
    assert all(found in words for words in told)
