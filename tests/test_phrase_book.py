"""The phrase book: a small situation, worked by hand, and the sentence that must come of it in both languages.

Each case of phrase_book.yaml goes through the code that makes a report: figures or a return are assessed, and the
section is written. How a situation is written down is told at the head of that file.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from test_counted import library, made, reported, rows_of
from test_sections import assessed, figure, target

from partybuilding.assess.gaps import partial
from partybuilding.periods import Period
from partybuilding.present import counted, sections
from partybuilding.present.display import plain_text
from partybuilding.present.quality import open_quality
from partybuilding.present.report import Report
from partybuilding.present.wording import Words, sentence

BOOK: dict[str, Any] = yaml.load(Path(__file__).with_name("phrase_book.yaml").read_text("utf-8"), yaml.BaseLoader)
NAMES: dict[str, str] = BOOK.pop("names")
CASES = [(f"{family}-{number}", case) for family, cases in BOOK.items() for number, case in enumerate(cases, 1)]
TARGET = re.compile(r"(>=|<=|>|<)([\d.]+) (target|requirement|implied)")
VALUE = re.compile(r"(>=|<=|>|<|~|)([\d.]+)(?:/(\d+)(\*?))?")


def fields(text: str) -> dict[str, Any]:
    """What a value written in the book says: 92/102, 90.2, >90, all, some, met."""
    if text in ("met", "partly", "not_met"):
        return {"amount": None, "qualifier": None, "state": text}
    if text in ("all", "some"):
        return {"amount": 100.0 if text == "all" else None, "qualifier": text, "decimals": 0}
    sign, number, whole, derived = VALUE.fullmatch(text).groups()  # type: ignore[union-attr]
    if whole:
        counts = {"numerator": int(number), "denominator": int(whole), "derived": bool(derived)}
        return {"amount": 100 * int(number) / int(whole), **counts}
    return {"amount": float(number), "qualifier": sign or "=", "decimals": len(number.partition(".")[2])}


def published(case: dict[str, Any]) -> Any:
    """Assess the figures of a case against its targets and no others."""
    period = case.get("period", "2022")
    now = Period.parse(period)
    said = [figure(NAMES[name], period=now, **fields(text)) for name, text in case.get("said", {}).items()]
    last = {"period": now.year_ago, "as_of": date(now.year - 1, 12, 31)}
    said += [figure(NAMES[name], **last, **fields(text)) for name, text in case.get("before", {}).items()]
    aims = []
    for name, text in case.get("aims", {}).items():
        relation, value, kind = TARGET.fullmatch(text).groups()  # type: ignore[union-attr]
        aims.append(target(NAMES[name], float(value), relation, kind))
    return assessed(library(), *said, targets=tuple(aims), unit=case.get("unit", "kon-tum"), period=period)


def returned(case: dict[str, Any], lang: str) -> Report:
    """Assess a return of Kon Tum: so many communes, of which so many have the value 0 or 1 in a column."""
    given, period = case["return"], case.get("period", "2022")
    rows = rows_of("kon-tum", period, int(given.get("units", 102)))
    for column, n in given.get("cells", {}).items():
        for place, row in enumerate(rows):
            row[column] = int(place < int(n))
    standards = {name: (state, "") for name, state in given.get("standards", {}).items()}
    counts = {name: int(n) for name, n in given.get("province", {}).items()}
    return reported(made("kon-tum", period, rows, counts, standards, given.get("texts")), lang=lang)


@cache
def empty() -> Any:
    return published({})


def result(report: Report, case: dict[str, Any]) -> Any:
    return report.assessment.result(NAMES[case.get("of") or next(iter(case["said"]))])


def say(case: dict[str, Any], lang: str) -> str:
    """The sentence that the library makes of the situation."""
    if case["say"] == "quality":
        return open_quality("kon-tum", "2022", lang).headline()
    if "return" in case:
        report = returned(case, lang)
    else:
        report = Report(published(case), library().catalog, library().layout, Words(lang))
    a, w, part, _, at = report.assessment, report.words, *case["say"].partition(" ")
    before = a.period.year_ago
    match part:
        case "told":
            one = result(report, case)
            return sentence(w.clause(one, before, False, partial(one.value, library().catalog)))
        case "missed":
            return sentence(w.clause(result(report, case)))
        case "short":
            one = result(report, case)
            return sentence(w.shortcoming(one, before, counted.few_units(one, a.given, w, library().catalog)))
        case "named":
            return sections.labels([result(report, case)], w)
        case "words":
            return w(case["key"], **case.get("with", {}))
        case "title" | "excerpt":
            return str(getattr(report, part))
        case "headline":
            return report.headline()
        case "closing":
            return sections.closing(a, w)
        case "group":
            name, _, at = at.partition(" ")
            return told(report.results(name), int(at))
    return told(getattr(report, part)(), int(at))


def told(section: Any, at: int) -> str:
    """A line of a section without its footnotes and their marks."""
    root = section.element()
    for node in (*root.xpath(".//div[@class='footnotes']"), *root.xpath(".//p/sup[a]")):
        node.getparent().remove(node)
    return plain_text(root).splitlines()[at]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_the_situation_is_told_as_it_is_written_in_the_book(name: str, case: dict[str, Any], lang: str) -> None:
    assert say(case, lang) == case[lang]


def test_the_book_covers_every_family_of_sentences() -> None:
    assert len(CASES) >= 120
    assert Counter(lang in case for _, case in CASES for lang in ("vi", "en")) == {True: 2 * len(CASES)}
    assert min(map(len, BOOK.values())) >= 3
    assert len({(case["vi"], case["en"]) for _, case in CASES}) > 0.9 * len(CASES)  # cases differ


def test_the_book_stands_beside_this_test() -> None:
    assert (ROOT / "tests" / "phrase_book.yaml").is_file()
