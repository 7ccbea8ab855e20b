"""The page's fonts: Be Vietnam Pro cut down to what reports are written with, as WOFF2 beside the whole fonts.

python docs/webfonts.py: once, and again when a letter is wanted that is not in LETTERS (needs brotli and
fonttools, both in the extra `dev`).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[1] / "lib" / "partybuilding" / "fonts"
_BASES = "AEIOUYaeiouyÂÊÔâêôĂăƠơƯư"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
VIETNAMESE = {unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in ("", *_TONES)} | {"Đ", "đ"}
SIGNS = set("\u00a0§°±²³·×÷«»–—‘’“”…≥≤≈≠−•‰€₫")
LETTERS = {chr(code) for code in range(0x20, 0x7F)} | VIETNAMESE | SIGNS | set(_TONES)


def main() -> None:
    """Write the WOFF2 of both weights."""
    for weight in ("Regular", "SemiBold"):
        options = Options()
        options.hinting, options.layout_features = False, ["kern", "mark", "mkmk", "ccmp", "tnum"]
        font = TTFont(FONTS / f"BeVietnamPro-{weight}.ttf", recalcTimestamp=False)  # the same bytes at each run
        cut = Subsetter(options)
        cut.populate(unicodes=map(ord, LETTERS))
        cut.subset(font)
        font.flavor = "woff2"
        place = FONTS / f"BeVietnamPro-{weight}.woff2"
        font.save(place)
        print(f"{place.name}: {place.stat().st_size} bytes, {len(font.getBestCmap())} of {len(LETTERS)} letters")


if __name__ == "__main__":
    main()
