"""The document's head and foot in the Party's form (params/layout.yaml). Imports params, units, wording and display.

Number, signer and seal stay open, and the draft mark stays on: the reports are drafts.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from partybuilding.params import Entry, home, load
from partybuilding.present.display import Block
from partybuilding.present.wording import Words
from partybuilding.units import Unit


class Frame(Entry):
    """The words of head and foot in one language."""

    superior: str
    issuer: str
    number: str
    party: str
    draft: str
    authority: str
    recipients: tuple[str, ...]


class Layout(Entry):
    """The words of head and foot in both languages."""

    vi: Frame
    en: Frame

    @classmethod
    def read(cls, folder: Path | None = None) -> Layout:
        """Read and check params/layout.yaml."""
        return load((folder or home() / "params") / "layout.yaml", cls)

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
            fields = {"day": day, "month": month, "month_name": words.month(dated.month), "year": dated.year}
            place_date = words("place_date", place=place, **fields)
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

    def foot(self, words: Words, closing: str) -> Block:
        """Return the foot: closing sentence, recipients and signature, left open."""
        frame: Frame = getattr(self, words.lang)
        head, *recipients = frame.recipients
        lines = [
            ("closing", closing),
            ("recipients-head", head),
            *(("recipient", line) for line in recipients),
            ("authority", frame.authority),
        ]
        return Block("footer", "document-foot", lines)
