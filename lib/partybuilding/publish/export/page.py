"""Content of an executed notebook -> one self-contained HTML page, well-formed. Imports content and look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from urllib.parse import quote

from lxml import etree
from markupsafe import Markup

from partybuilding.publish.export.content import Content
from partybuilding.publish.export.look import script, style, template

_WORDS = {
    "vi": {
        **{"skip": "Đến nội dung", "contents": "Mục lục", "files": "Tệp của báo cáo", "index": "Danh mục báo cáo"},
        **{"pdf": "Bản in (PDF)", "xlsx": "Bảng tính (Excel)", "json": "Dữ liệu (JSON)"},
        **{"search": "Tìm trong báo cáo", "previous": "Kết quả trước", "next": "Kết quả sau", "none": "Không tìm thấy"},
        **{"dark": "Nền tối", "filter": "Lọc bảng", "rows": "dòng", "anchor": "Liên kết đến mục"},
    },
    "en": {
        **{"skip": "Skip to content", "contents": "Contents", "files": "Files of this report", "index": "All reports"},
        **{"pdf": "Print (PDF)", "xlsx": "Workbook (Excel)", "json": "Data (JSON)"},
        **{"search": "Search this report", "previous": "Previous hit", "next": "Next hit", "none": "Not found"},
        **{"dark": "Dark", "filter": "Filter the table", "rows": "rows", "anchor": "Link to section"},
    },
}
_BESIDE = ("pdf", "xlsx", "json")
FEW = 4  # a report of fewer sections is a page or two and needs no contents


def html_page(content: Content, files: Iterable[str] = (), index: str = "") -> str:
    """Return the report as one HTML page that asks nothing of any server.

    `files` are the names of the files that will stand beside it, `index` is the way to the list of all reports.
    """
    words = _WORDS[content.report["lang"]]
    names = {name.rpartition(".")[2]: quote(name) for name in files}
    entries = list(_headings(content.parts))
    head, *parts = (Markup(part) for part in content.parts)  # noqa: S704 (checked by content)
    return template("page.html.j2").render(
        report=content.report,
        words=words,
        head=head,
        parts=parts,
        contents=entries if len(entries) >= FEW else [],
        beside=[(names[ending], words[ending]) for ending in _BESIDE if ending in names],
        index=index,
        css=style("look.css", "page.css"),
        script=script(),
        version=version("partybuilding"),
    )


def _headings(parts: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield id, text and level of each section that has a heading."""
    for part in parts:
        for heading in etree.fromstring(part.encode()).iter("h2", "h3", "h4"):
            section = heading.getparent()
            if section is not None and section.get("id"):
                yield section.get("id"), "".join(heading.itertext()), heading.tag[1]
