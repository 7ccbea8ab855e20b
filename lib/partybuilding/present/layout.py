"""The document in the Party's form (params/layout.yaml): the rule of its date, head and foot.

Imports params, units, wording and display.

Number, signer and seal stay open, and the draft mark stays on: the reports are drafts.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from partybuilding.params import Dated, Entry, home, load
from partybuilding.present.display import Block
from partybuilding.present.wording import Words
from partybuilding.units import Certainty, Unit

Measure = Annotated[float, Field(gt=0, le=60)]
_UY = re.compile(r"\b([ủỦ])([yY])\b")


class Frame(Entry):
    """The words of head and foot in one language."""

    superior: str
    issuer: str
    number: str
    party: str
    draft: str
    authority: str
    position: str | None = None
    recipients: tuple[str, ...]


class Rule(Dated):
    """A rule on the form of Party documents: margins and indent in mm, type and distances in points."""

    document: str
    issued: date | None = None
    certainty: Certainty
    top: Measure
    bottom: Measure
    left: Measure
    right: Measure
    number_edge: Measure
    number_size: Measure
    body: Measure
    pitch: Measure
    gap: Measure
    indent: Measure
    head: Measure
    party: Measure
    title: Measure
    excerpt: Measure
    recipients: Measure
    separator: str
    stop: str
    end: str


class Layout(Entry):
    """The rules, by the name that records give them, and the words of head and foot in both languages."""

    duplex: bool = False
    spelling: Literal["ủy", "uỷ"] = "ủy"
    rules: dict[str, Rule]
    vi: Frame
    en: Frame

    @classmethod
    def read(cls, folder: Path | None = None) -> Layout:
        """Read and check params/layout.yaml."""
        return load((folder or home() / "params") / "layout.yaml", cls)

    def chosen(self, day: date) -> tuple[str, Rule]:
        """Return the rule of a day and its name; of a day before all rules the first one."""
        held = [(name, rule) for name, rule in self.rules.items() if rule.valid_on(day)]
        return held[-1] if held else next(iter(self.rules.items()))

    def measures(self, day: date) -> dict[str, Any]:
        """Return the rule of a day as the record holds it: id, document, certainty, duplex and all measures."""
        name, rule = self.chosen(day)
        told = rule.model_dump(exclude={"issued", "valid_from", "valid_to", "separator", "stop", "end"})
        return {"id": name, "duplex": self.duplex, **told}

    def spelt(self, part: Any) -> Any:
        """Return texts, records and display objects with the office's spelling of the word “ủy”."""
        if self.spelling == "ủy":
            return part
        if isinstance(part, str):
            return _UY.sub(lambda found: {"ủ": "u", "Ủ": "U"}[found[1]] + {"y": "ỷ", "Y": "Ỷ"}[found[2]], part)
        if isinstance(part, dict):
            return {key: self.spelt(value) for key, value in part.items()}
        if isinstance(part, list | tuple):
            return type(part)(self.spelt(one) for one in part)
        if is_dataclass(part) and not isinstance(part, type):
            return replace(part, **{one.name: self.spelt(getattr(part, one.name)) for one in fields(part)})
        return part

    def head(
        self, unit: Unit, words: Words, year: int, dated: date | None, excerpt: str, mark: str | None = None
    ) -> Block:
        """Return the head: bodies, number, place and date, draft mark, type of document, excerpt."""
        frame: Frame = getattr(self, words.lang)
        place, kind = unit.name(words.lang), words(f"kind_{unit.kind}")
        known = {"place": place, "PLACE": place.upper(), "kind": kind, "KIND": kind.upper(), "year": str(year)}

        def filled(text: str) -> str:
            return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)

        if dated is None:
            place_date = words("place_date_open", place=place, year=year)
        else:
            day, month = f"{dated.day}", f"{dated.month}"
            if words.lang == "vi":  # the rule: a zero before days 1-9 and months 1-2 only
                day, month = f"{dated.day:02d}", f"{dated.month:02d}" if dated.month < 3 else month
            told = {"day": day, "month": month, "month_name": words.month(dated.month), "year": dated.year}
            place_date = words("place_date", place=place, **told)
        lines = [
            ("superior", filled(frame.superior)),
            ("issuer", filled(frame.issuer)),
            ("number", filled(frame.number)),
            ("draft", frame.draft),
            ("party", frame.party),
            ("place-date", place_date),
            ("title", words("document_type")),
            ("excerpt", excerpt),
        ]
        return Block("header", "document-head", [*([("mark", mark)] if mark else []), *lines])

    def foot(self, words: Words, closing: str, day: date) -> Block:
        """Return the foot: closing sentence, recipients and signature, left open; punctuated as the day's rule asks."""
        frame: Frame = getattr(self, words.lang)
        head, *recipients = frame.recipients
        if words.lang == "vi":
            _, rule = self.chosen(day)
            closing = closing.removesuffix(".") + rule.end
            recipients = [f"{line}{rule.separator}" for line in recipients[:-1]] + [f"{recipients[-1]}{rule.stop}"]
        lines = [
            ("closing", closing),
            ("recipients-head", head),
            *(("recipient", line) for line in recipients),
            ("authority", frame.authority),
            *([("position", frame.position)] if frame.position else []),
        ]
        return Block("footer", "document-foot", lines)
