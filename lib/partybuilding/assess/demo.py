"""Synthetic returns for any unit and period: from a seed, deterministic, consistent, plausible; marked as synthetic.

The ranges are those of comparable published figures (Kon Tum, Hòa Bình, Bà Rịa - Vũng Tàu and others). Kon Tum 2022 is
calibrated so that its totals give the figures that the article prints. Imports catalog, communes, periods and units.
"""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Commune, Communes
from partybuilding.periods import Period
from partybuilding.units import Unit

Row = dict[str, Any]
FIRST_YEAR, LONGEST = 2021, 10  # what grows over the years does so from the first one, and for so many
CALIBRATED = ("kon-tum", "2022")
SUMS = {"militia_strength": 10_000, "militia_members": 2_270, "reserve_strength": 8_000, "reserve_members": 852}
SHORT = ("short_structure", "short_quality", "short_regulation", "short_member_work", "short_staff_work")
SEVEN = (
    *("good_political_tasks", "good_meetings", "good_solidarity", "good_cadres"),
    *("no_social_vices", "no_traffic_violations", "no_pledged_papers"),
)
LASTING = {  # share of the cells in the first year, and what it grows by each year
    "secretaries_trained": (0.7, 0.1),
    "deputies_trained": (0.65, 0.1),
    "commanders_military_degree": (0.8, 0.06),
    "commanders_political_degree": (0.75, 0.06),
    "commanders_deputy_secretary": (0.92, 0),
    "secretary_political_officer": (0.95, 0),
}
PASSING = {"secretary_refreshed": 0.6, "deputy_refreshed": 0.55, "supervised": 0.45, "superior_guided": 0.6}


def _cell(commune: Commune, period: Period, seed: int) -> Row:
    """Return one commune's row: its lasting traits come from its code, what happens in a period from the period too."""
    lasting, passing = random.Random(f"{seed}/{commune.code}"), random.Random(f"{seed}/{commune.code}/{period}")  # noqa: S311
    since = min(max(period.year - FIRST_YEAR + (period.first + period.months) / 13, 0), LONGEST)
    official = lasting.randint(6, 13) + int(since * lasting.random())
    probationary = passing.randint(0, 2)
    members = official + probationary
    due = period.months
    held = due - (passing.random() < 0.12)
    admitted_due = max(1, round(passing.randint(1, 4) * period.months / 12))
    admitted = max(0, admitted_due + passing.choice((-1, 0, 0, 0, 1)))
    excellent = passing.random() < 0.15
    rating = "excellent" if excellent else passing.choices(("good", "completed", "not_completed"), (84, 13, 3))[0]
    best = 1 if members >= 10 and passing.random() < 0.5 else 0
    fair = passing.randint(0, 1)
    militia, reserve = lasting.randint(60, 130), lasting.randint(50, 110)
    attending = held * max(1, members - passing.randint(0, 1))
    inspected = passing.random() < 0.35
    issues = passing.randint(0, 2) if inspected else 0
    topics = max(1, due // 3)
    row: Row = {
        "commune_code": commune.code,
        "commune": commune.name,
        "commune_kind": commune.kind,
        "area": commune.area,
        **dict.fromkeys(("cell_established", "founded_properly", "work_regulation_issued"), 1),
        **dict.fromkeys(("secretaries", "deputies", "commanders"), 1),
        **dict.fromkeys(("resolutions_issued", "meetings_due"), due),
        "standing_board": official >= 9 and lasting.random() < 0.97,
        "official_members": official,
        "probationary_members": probationary,
        "work_regulation_kept": passing.random() < 0.97,
        "relation_statute_issued": lasting.random() < 0.9,
        "resolutions_relevant": due - (passing.random() < 0.05),
        "meetings_held": held,
        "commitment_reviews_held": max(0, held - (passing.random() < 0.2)),
        "topic_meetings_planned": topics,
        "topic_meetings_held": topics - (due >= 6 and passing.random() < 0.15),
        "members_attending": attending,
        "members_speaking": round(attending * passing.uniform(0.6, 0.95)),
        "members_assigned": members,
        "members_committed": members - (passing.random() < 0.06),
        "cell_rating": rating,
        "members_excellent": best,
        "members_good": members - best - fair - probationary,
        "members_completed": fair,
        "members_not_completed": 0,
        "members_not_rated": probationary,
        "admission_target": admitted_due,
        "members_admitted": admitted,
        "members_admitted_militia": round(admitted * 0.6),
        "members_young": round(members * lasting.uniform(0.2, 0.5)),
        "militia_strength": militia,
        "militia_members": round(militia * (0.19 + 0.012 * since + lasting.uniform(-0.04, 0.04))),
        "reserve_strength": reserve,
        "reserve_members": round(reserve * (0.09 + 0.007 * since + lasting.uniform(-0.03, 0.03))),
        **{name: lasting.random() < share + more * since for name, (share, more) in LASTING.items()},
        "inspected": inspected,
        **{name: passing.random() < share for name, share in PASSING.items()},
        "issues_detected": issues,
        "issues_settled": issues - (issues > 0 and passing.random() < 0.2),
        "exemplary_command": passing.random() < 0.25,
        "strong_political_base": passing.random() < 0.8,
    }
    board = 3 * row["standing_board"]
    row |= {"board_members": board, "board_members_refreshed": board and passing.randint(1, board)}
    row |= {name: passing.random() < share for names, share in ((SEVEN, 0.97), (SHORT, 0.07)) for name in names}
    return {name: int(cell) if isinstance(cell, bool) else cell for name, cell in row.items()}


def _cap(rows: list[Row]) -> None:
    """Keep cells rated excellent within a fifth of those rated good, area by area."""
    for area in {row["area"] for row in rows}:
        inside = [row for row in rows if row["area"] == area]
        allowed = sum(row["cell_rating"] == "good" for row in inside) // 5
        for row in [row for row in inside if row["cell_rating"] == "excellent"][allowed:]:
            row["cell_rating"] = "good"


def _spread(rows: list[Row], name: str, total: int) -> None:
    """Set a column so that it adds up to `total`, in proportion to what it held (largest remainders)."""
    weights = [row[name] for row in rows]
    shares = [total * weight / sum(weights) for weight in weights]
    by_rest = sorted(range(len(rows)), key=lambda n: (int(shares[n]) - shares[n], n))
    missing = {*by_rest[: total - sum(map(int, shares))]}
    for n, row in enumerate(rows):
        row[name] = int(shares[n]) + (n in missing)


def _calibrate(rows: list[Row]) -> None:
    """Give Kon Tum 2022 the printed figures: 92 of 102, 22.7 %, 10.65 %, over 90 %, 95 %, and what all do."""
    by_size = sorted(rows, key=lambda row: (-row["official_members"], row["commune_code"]))
    for number, row in enumerate(by_size):
        board = number < 92
        grown = max(row["official_members"], 9) if board else min(row["official_members"], 8)
        members = grown + row["probationary_members"]
        row |= {
            "members_good": row["members_good"] + row["members_completed"] + grown - row["official_members"],
            "members_completed": 0,
            "official_members": grown,
            "members_assigned": members,
            "members_committed": min(row["members_committed"], members),
            "members_young": min(row["members_young"], members),
            "members_speaking": row["members_attending"],
            "resolutions_relevant": row["resolutions_issued"],
            "work_regulation_kept": 1,
            "standing_board": int(board),
            "board_members": 3 * board,
            "board_members_refreshed": 2 * board,
        }
    for row in [row for row in rows if row["cell_rating"] not in ("excellent", "good")][6:]:
        row["cell_rating"] = "good"
    rated = sum(row["members_excellent"] + row["members_good"] for row in rows)
    for row in rows[: round(rated * 0.05)]:
        row["members_good"] -= 1
        row["members_completed"] += 1
    for name, total in SUMS.items():
        _spread(rows, name, total)
    extra = sum(row["admission_target"] - row["members_admitted"] for row in rows) + 9
    for row in rows[: max(0, extra)]:
        row["members_admitted"] += 1


def synthetic_return(unit: Unit, period: Period, communes: Communes, seed: int = 1) -> tuple[list[Row], Row]:
    """Return the rows of sheet cells and the lines of sheet province (standards as state, texts as given)."""
    rows = [_cell(commune, period, seed) for commune in communes.of(unit.slug, period.end)]
    _cap(rows)
    if (unit.slug, str(period)) == CALIBRATED and seed == 1:
        _calibrate(rows)
        _cap(rows)
    chance = random.Random(f"{seed}/{unit.slug}/{period}")  # noqa: S311
    committees, share = len({row["area"] for row in rows}) + 3, period.months / 12
    planned = max(1, round(len(rows) * 0.4 * share))
    province: Row = {
        "committees": committees,
        "committees_four_good_three_no": committees - chance.randint(0, 2),
        "organisations": committees * 4,
        "organisations_resolution_21": committees * 4 - chance.randint(0, 3),
        "planning_reviewed": committees * 4 - chance.randint(0, 5),
        "inspections_planned": planned,
        "inspections_done": planned - chance.randint(0, 1),
        "supervisions_planned": planned + 4,
        "supervisions_done": planned + 4 + chance.randint(-1, 1),
        "sign_inspections": chance.randint(0, 2),
        "head_checks": chance.randint(0, 4),
        "sensitive_checks": chance.randint(0, 4),
        "organisations_disciplined": 0,
        "members_disciplined": chance.randint(0, 4),
        "members_screened": sum(row["official_members"] for row in rows),
        "members_removed": chance.randint(0, 3),
        "surveys": chance.randint(1, 3),
        "model_cells": chance.randint(2, 6),
        "hot_spots": 0,
    }
    return rows, province


def write_return(path: Path, unit: Unit, period: Period, communes: Communes, catalog: Catalog, seed: int = 1) -> int:
    """Write a synthetic return as a workbook of the contract; return its number of communes. Same bytes each time."""
    rows, province = synthetic_return(unit, period, communes, seed)
    about = {"province": unit.slug, "period": str(period), "as_of": period.end.isoformat(), "status": "synthetic"}
    about |= {"prepared_by": "partybuilding demo", "contract": catalog.contract}
    names = list(catalog.returns["cells"])
    lines = {name: "met" if column.kind == "standard" else "" for name, column in catalog.returns["province"].items()}
    sheets: dict[str, list[Any]] = {
        "about": [("key", "value"), *about.items()],
        "cells": [names, *([row[name] for name in names] for row in rows)],
        "province": [("key", "value"), *(lines | province).items()],
    }
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "synthetic", "created": datetime(2022, 1, 1)})
    for title, cells in sheets.items():
        sheet = book.add_worksheet(title)
        for line, row in enumerate(cells):
            sheet.write_row(line, 0, row)
    sheet.write(0, 2, "note")  # last, so that the files made before stay what they are
    book.close()
    return len(rows)
