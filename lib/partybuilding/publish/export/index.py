"""The list of all reports as one page, grouped by province and period. Imports look.

Its words are Vietnamese with the English beside them; what it says of a report is in the language of that report.
"""

from __future__ import annotations

import json
import re
from calendar import month_name
from collections.abc import Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from partybuilding.publish.export.look import script, style, template

OPEN = 24  # so many reports are listed at once; more are folded by province
_FILES = {"html": "HTML", "pdf": "PDF", "xlsx": "Excel", "ipynb": "Jupyter", "json": "JSON"}
_NOTEBOOKS = {
    "province_assessment": "Báo cáo đánh giá · Assessment",
    "province_assessment.brief": "Báo cáo tóm tắt · Brief",
    "data_quality": "Chất lượng số liệu · Data quality",
    "cell_handout": "Phiếu chi bộ · Cell handout",
}
_SOURCES = {
    "published": "Số liệu đã công bố · Published figures",
    "demo": "Số liệu mô phỏng · Synthetic data",
    "office": "Số liệu của đơn vị · Returns of the office",
}
_LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
_PERIODS = (
    (r"(\d{4})", r"Năm \1"),
    (r"(\d{4})-H1", r"6 tháng đầu năm \1"),
    (r"(\d{4})-H2", r"6 tháng cuối năm \1"),
    (r"(\d{4})-Q(\d)", r"Quý \2 năm \1"),
    (r"(\d{4})-0?(\d+)", r"Tháng \2 năm \1"),
)
_STATUS = {
    "vi": {"published": "Số liệu đã công bố", "official": "Số liệu chính thức"},
    "en": {"published": "Published figures", "official": "Official figures"},
}
_DATES = {"vi": ("Số liệu đến", "lập ngày"), "en": ("Data as of", "made on")}


def index_page(reports: Mapping[str, Mapping[str, Any]], out: Path) -> str:
    """Return the page on all reports of a manifest, whose files stand below `out`."""
    rows = [_row(name, entry, out) for name, entry in reports.items()]
    rows.sort(key=_order)
    groups = []
    for province, found in groupby(rows, key=lambda row: row["province"]):
        mine = list(found)
        place = next((row["place"] for row in mine if row["lang"] == "vi" and row["place"]), mine[0]["place"])
        periods = [(_period(period), list(part)) for period, part in groupby(mine, key=lambda row: row["period"])]
        groups.append({"province": province, "place": place or province, "count": len(mine), "periods": periods})
    words = {
        **{"source": _SOURCES, "notebook": _NOTEBOOKS, "lang": _LANGUAGES},
        "province": {group["province"]: group["place"] for group in groups},
        "period": {row["period"]: _period(row["period"]) for row in rows},
    }
    return template("index.html.j2").render(
        groups=groups,
        count=len(rows),
        unfold=len(rows) <= OPEN,
        words={name: json.dumps(spoken, ensure_ascii=False) for name, spoken in words.items()},
        css=style("look.css", "index.css"),
        script=script(),
    )


def _row(name: str, entry: Mapping[str, Any], out: Path) -> dict[str, Any]:
    folder, _, stem = name.rpartition("/")
    source, period, province = (*folder.split("/"), "", "")[:3]
    province = province.partition(".")[0]  # a folder beside the province's own holds its communes
    lang, status = entry["lang"], entry["status"]
    until, made = _DATES[lang]
    place = quote(folder)
    links = []
    for file in sorted(entry["files"], key=lambda file: [*_FILES].index(file.rpartition(".")[2])):
        path = out / folder / file
        size = f"{path.stat().st_size / 1000:.0f} kB" if path.exists() else "?"
        links.append((f"{place}/{quote(file)}", _FILES[file.rpartition(".")[2]], size))
    return {
        **{"name": name, "source": source, "period": period, "province": province, "lang": lang, "links": links},
        **{"notebook": stem.rpartition(".")[0], "place": entry.get("place"), "mark": entry.get("mark")},
        **{"title": entry["title"], "headline": entry["headline"], "status": _STATUS[lang].get(status, status)},
        "dates": f"{until} {_day(entry['as_of'], lang)}, {made} {_day(entry['published_at'], lang)}",
    }


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Later years first, within a year the year before its parts; the assessments first, Vietnamese before English."""
    period, notebook = row["period"], row["notebook"]
    year = -int(period[:4]) if period[:4].isdigit() else 0
    known = [*_NOTEBOOKS].index(notebook) if notebook in _NOTEBOOKS else len(_NOTEBOOKS)
    return row["province"], year, len(period), period, known, row["source"], row["lang"] != "vi", row["name"]


def _period(period: str) -> str:
    for shape, words in _PERIODS:
        if found := re.fullmatch(shape, period):
            return found.expand(words)
    return period


def _day(text: str, lang: str) -> str:
    day = date.fromisoformat(text[:10])
    return f"{day.day}/{day.month}/{day.year}" if lang == "vi" else f"{day.day} {month_name[day.month]} {day.year}"
