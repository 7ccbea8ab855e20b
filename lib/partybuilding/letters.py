"""How wide the letters of the fonts in fonts/ are: pages and charts are measured before they are made.

Imports nobody.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

from fontTools.ttLib import TTFont

TINOS, BE_VIETNAM = ("Tinos_400Regular", "Tinos_700Bold"), ("BeVietnamPro-Regular", "BeVietnamPro-SemiBold")


@cache
def _advances(font: str) -> dict[int, float]:
    place = resources.files("partybuilding") / "fonts" / f"{font}.ttf"
    with resources.as_file(place) as path, TTFont(path, lazy=True) as read:
        metrics, per_em = read["hmtx"].metrics, read["head"].unitsPerEm
        return {letter: metrics[glyph][0] / per_em for letter, glyph in read.getBestCmap().items()}


@lru_cache(1 << 15)
def em(text: str, family: tuple[str, str], bold: bool = False) -> float:
    """Return the width of a line in em, without kerning; a letter that the font does not have is one em wide."""
    advances = _advances(family[bold])
    return sum(advances.get(ord(letter), 1.0) for letter in text)
