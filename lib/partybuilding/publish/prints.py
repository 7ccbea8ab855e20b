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
    """The objects of a PDF one by one, also those packed into streams; ValueError where one cannot be read."""
    at = 0
    while found := _OBJECT.search(data, at):
        start, end = found.end(), data.find(b"endobj", found.end())
        stream = _STREAM.search(data, start, end if end > 0 else len(data))
        if not stream and end < 0:
            return
        head = data[start : stream.start() if stream else end]
        at = data.find(b"endstream", stream.end()) if stream else end
        yield head
        if at < 0:
            return
        if b"/ObjStm" not in head or not stream:
            continue
        body = data[stream.end() : at]
        first = re.search(rb"/First\s+(\d+)", head)
        try:
            text = zlib.decompressobj().decompress(body) if b"/FlateDecode" in head else body
            start = int(first[1]) if first else 0
            places = [int(place) for place in text[:start].split()[1::2]]
        except (zlib.error, ValueError) as error:
            raise ValueError(str(error)) from None
        for place, end in zip(places, [*places[1:], len(text)], strict=False):
            yield text[start + place : start + end]


def structure(data: bytes, links: Collection[str], charts: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what must not be in a PDF: an action, an attachment, a link not among `links`; a figure without alt.

    `charts` are the descriptions of the figures that the same report has as a page.
    """
    try:
        objects = list(_objects(data))
    except ValueError as error:
        yield "unreadable", str(error)
        return
    if not objects or re.search(rb"/Encrypt\s", data):
        yield "unreadable", "Encrypt" if objects else "objects"
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
