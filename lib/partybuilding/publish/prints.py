"""The inside of a PDF: actions that reach out of the file, figures without words. Imports nothing of the library."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator

import pikepdf

_OBJECT, _STREAM = re.compile(rb"\d\s+obj\b"), re.compile(rb"stream\r?\n")
_ACTION = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|GoToR|GoToE|SubmitForm|ImportData|RichMedia|Rendition|Movie|XFA|AA"
    rb"|OpenAction)(?![A-Za-z])"
)
_STRING = re.compile(rb"\((?:\\.|[^\\()])*\)", re.S)
_LINK = re.compile(rb"/URI\s*\(((?:\\.|[^\\()])*)\)", re.S)
_NESTED = rb"\((?:\\.|[^\\()])*\)"
_ALT = re.compile(rb"/Alt\s*(\((?:\\.|[^\\()]|" + _NESTED + rb")*\)|<[0-9A-Fa-f\s]*>)", re.S)


def _objects(data: bytes) -> Iterator[bytes]:
    """The objects of a PDF without their streams, also those packed into one; ValueError where one cannot be read."""
    at = 0
    while at >= 0:
        stream = _STREAM.search(data, at)
        *whole, head = data[at : stream.start() if stream else len(data)].split(b"endobj")
        yield from (*whole, head)
        if not stream:
            return
        end = data.find(b"endstream", stream.end())
        at = end + len(b"endstream") if end >= 0 else -1
        if at < 0 or b"/ObjStm" not in head:
            continue
        body = data[stream.end() : end]
        first = re.search(rb"/First\s+(\d+)", head)
        try:
            text = zlib.decompressobj().decompress(body) if b"/FlateDecode" in head else body
            start = int(first[1]) if first else 0
            places = [int(place) for place in text[:start].split()[1::2]]
        except (zlib.error, ValueError) as error:
            raise ValueError(str(error)) from None
        for place, past in zip(places, [*places[1:], len(text)], strict=False):
            yield text[start + place : start + past]


def structure(data: bytes, links: Collection[str], charts: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what must not be in a PDF: an action, an attachment, a link not among `links`; a figure without alt.

    `charts` are the descriptions of the figures that the same report has as a page.
    """
    try:
        objects = list(_objects(data))
    except ValueError as error:
        yield "unreadable", str(error)
        return
    if not _OBJECT.search(data):
        yield "unreadable", "objects"
        return
    if re.search(rb"/Encrypt\s", data):
        yield "unreadable", "Encrypt"
        return
    text = b"\n".join(objects)
    if b"#" in text:
        text = re.sub(rb"#([0-9A-Fa-f]{2})", lambda hit: bytes([int(hit[1], 16)]), text)
    if _ACTION.search(text):
        for action in dict.fromkeys(_ACTION.findall(_STRING.sub(b"()", text))):
            yield "request", action.decode()
    called = [link.decode("latin-1") for link in _LINK.findall(text)]
    if len(called) < len(re.findall(rb"/S\s*/URI", text)):
        yield "request", "URI"
    yield from (("request", link) for link in called if not link.startswith("https://") or link not in links)
    figures = [one for one in objects if b"/Figure" in one and re.search(rb"/S\s*/Figure(?![A-Za-z])", one)]
    found = [_ALT.search(one) for one in figures]
    told = {" ".join(str(pikepdf.Object.parse(alt[1])).split()) for alt in found if alt}
    if None in found or "" in told or len(figures) < len(charts):
        yield "no_alt", f"{sum(map(bool, found))}/{max(len(charts), len(figures))}"
    yield from (("number", other[:80]) for other in told - {" ".join(chart.split()) for chart in charts} if charts)
