"""Numbers of tables, figures and footnotes, in the order in which a report shows them. Imports display.

A number is kept by name: a cell that is run again keeps its own, and a text may refer to any table or figure by
`ref(name)`, whose place the number takes when the section is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from partybuilding.present.display import Figure, Listing, Piece, ReportTable, Section, Text

_REF = re.compile("\ue000([\\w-]+)\ue001")


def ref(name: str) -> str:
    """Return the place in a text that a table's or figure's number takes: `ref("figure-values")`."""
    return f"\ue000{name}\ue001"


def introduced(figure: Figure | None, words: Callable[..., str], key: str, **fields: Any) -> list[Piece]:
    """Return a figure after the sentence `key`, which names it as {figure}; nothing where there is no figure."""
    return [Text(words(key, figure=ref(figure.name), **fields)), figure] if figure else []


class Numbering:
    """The numbers of one report; `words` gives a label of a kind (table, figure) and number: “Biểu 3”."""

    def __init__(self, words: Callable[..., str]) -> None:
        self._words = words
        self._numbers: dict[str, dict[str, int]] = {}
        self._notes: dict[tuple[str, str], int] = {}

    def label(self, name: str) -> str:
        """Return the label of a table or figure; one that is new has the next number of its kind."""
        kind = "figure_label" if name.startswith("figure-") else "table_label"
        numbers = self._numbers.setdefault(kind, {})
        return self._words(kind, n=numbers.setdefault(name, len(numbers) + 1))

    def numbered(self, section: Section) -> Section:
        """Return a section with numbers at its tables, figures and footnotes, and with its references filled in."""
        named = _named(section, section.name, iter(range(1, 1000)))
        for piece in _leaves(named):
            if isinstance(piece, ReportTable | Figure):
                self.label(piece.name)
        filled: Section = self._filled(named, section.name)
        return filled

    def _filled(self, piece: Any, section: str) -> Any:
        match piece:
            case Section():
                return replace(piece, pieces=tuple(self._filled(part, piece.name) for part in piece.pieces))
            case Listing():
                items = [Text(item) if isinstance(item, str) and _REF.search(item) else item for item in piece.items]
                made = [
                    item
                    if isinstance(item, str)
                    else self._filled(item, section)
                    if isinstance(item, Piece)
                    else tuple(self._filled(part, section) for part in item)
                    for item in items
                ]
                return replace(piece, items=tuple(one if not isinstance(one, Text) else (one,) for one in made))
            case ReportTable() | Figure():
                return replace(piece, label=self.label(piece.name))
            case Text():
                mark = self._notes.setdefault((section, piece.note), len(self._notes) + 1) if piece.note else 0
                links = tuple((self.label(name), name) for name in dict.fromkeys(_REF.findall(piece.text)))
                text = _REF.sub(lambda found: self.label(found[1]), piece.text)
                return replace(piece, text=text, links=links, mark=mark)
        return piece


def _named(section: Section, name: str, numbers: Iterator[int]) -> Section:
    """Return the section with a name for each table that has none: its section's, and its place among those."""
    made: list[Piece] = []
    for piece in section.pieces:
        if isinstance(piece, Section):
            made.append(_named(piece, piece.name, iter(range(1, 1000))))
        elif isinstance(piece, ReportTable) and not piece.name:
            made.append(replace(piece, name=f"table-{name}-{next(numbers)}"))
        else:
            made.append(piece)
    return replace(section, pieces=tuple(made))


def _leaves(section: Section) -> Iterator[Piece]:
    for piece in section.pieces:
        yield from _leaves(piece) if isinstance(piece, Section) else (piece,)
