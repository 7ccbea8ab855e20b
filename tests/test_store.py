"""The store of checked returns: what comes out is what went in, and nothing about it can do harm."""

from __future__ import annotations

import ast
import copy
import dataclasses
import multiprocessing
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from partybuilding.assess import counts, store
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.folder import ReturnFolder, return_paths
from partybuilding.assess.indicators import Evidence
from partybuilding.assess.returns import Reader, Return
from partybuilding.assess.rules import Rules
from partybuilding.errors import Suggestion
from partybuilding.periods import Period
from partybuilding.units import Register

YEAR = "kon-tum_2022.xlsx"
MISTAKES = {
    "official_members": "x1",
    "cell_rating": "superb",
    "commune_code": "",
    "meetings_held": "99",
    "reserve": "5",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARTYBUILDING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with Kon Tum 2021, 2022 and a CSV folder of Bac Giang 2022 with mistakes."""
    place = tmp_path / "returns"
    place.mkdir()
    for name in ("kon-tum_2021.xlsx", YEAR):
        shutil.copy(ROOT / "data" / "demo" / name, place / name)
    sheets = pd.read_excel(
        ROOT / "data" / "demo" / "bac-giang_2022.xlsx", sheet_name=None, dtype=str, engine="calamine"
    )
    (place / "wrong").mkdir()
    for column, text in MISTAKES.items():
        sheets["cells"].loc[3, column] = text
    sheets["cells"].loc[7, "militia_members"] = None
    for name, sheet in sheets.items():
        sheet.to_csv(place / "wrong" / f"{name}.csv", index=False)
    return place


def opened(place: Path) -> ReturnFolder:
    register = Register.read()
    return ReturnFolder.of(place, Catalog.read(register), register)


def anew(place: Path, path: Path) -> Return:
    """Read and check without any store."""
    return opened(place)._check(path)


def same(one: Return, other: Return) -> None:
    pd.testing.assert_frame_equal(one.cells, other.cells, check_exact=True, check_index_type=True)
    assert list(one.cells.dtypes) == list(other.cells.dtypes)
    plain, others = ({k: v for k, v in vars(given).items() if k != "cells"} for given in (one, other))
    assert plain == others
    assert [list(d) for d in (one.counts, one.standards, one.texts)] == [
        list(d) for d in (other.counts, other.standards, other.texts)
    ]
    for finding, twin in zip(one.findings, other.findings, strict=True):
        kinds = [{name: type(value) for name, value in part.fields.items()} for part in (finding, twin)]
        assert kinds[0] == kinds[1]
        assert list(finding.fields) == list(twin.fields)
        assert [finding.message(lang) for lang in ("vi", "en")] == [twin.message(lang) for lang in ("vi", "en")]


def never(*_: object) -> None:
    raise AssertionError("read anew")


def read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("read", "whose"):
        monkeypatch.setattr(Reader, name, never)
    monkeypatch.setattr(Rules, "run", never)


def test_a_second_reading_gives_the_same_and_opens_no_workbook(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = opened(place)
    first = {path: folder.checked(path) for path in return_paths(place)}
    codes = {finding.code for finding in first[place / "wrong"].findings}
    assert {"R01", "R02", "R03", "R04"} <= codes
    assert any(isinstance(v, Suggestion) for f in first[place / "wrong"].findings for v in f.fields.values())
    read_nothing(monkeypatch)
    again = opened(place)
    assert again.available() == folder.available()
    for path, given in first.items():
        same(again.checked(path), given)


def test_what_comes_from_the_store_can_be_written_to(place: Path) -> None:
    opened(place).checked(place / YEAR)
    cells = opened(place).checked(place / YEAR).cells
    cells.loc[cells.index[0], "official_members"] = 77
    cells.loc[cells.index[0], "commune"] = "x"
    assert opened(place).checked(place / YEAR).cells["official_members"].iloc[0] != 77


def test_a_changed_file_is_read_anew(place: Path) -> None:
    opened(place).checked(place / YEAR)
    shutil.copy(ROOT / "data" / "demo" / "kon-tum_2022-H1.xlsx", place / YEAR)
    given = opened(place).checked(place / YEAR)
    assert str(given.period) == "2022-H1"
    same(given, anew(place, place / YEAR))


def test_changed_params_and_register_are_heeded(place: Path, project: Path) -> None:
    assert not [f for f in opened(place).checked(place / YEAR).findings if f.code == "R08"]
    returns = project / "params" / "returns.yaml"
    text = returns.read_text(encoding="utf-8")
    returns.write_text(text.replace("board_members_needed: 9", "board_members_needed: 13"), encoding="utf-8")
    assert [f for f in opened(place).checked(place / YEAR).findings if f.code == "R08"]
    before = len(opened(place).checked(place / YEAR).findings)
    communes = project / "data" / "register" / "communes.csv"
    lines = communes.read_text(encoding="utf-8").splitlines(keepends=True)
    communes.write_text("".join(line for line in lines if ",kon-tum,Mô Rai," not in line), encoding="utf-8")
    assert len(lines) > len(communes.read_text(encoding="utf-8").splitlines())
    assert len(opened(place).checked(place / YEAR).findings) > before


def test_tables_changed_in_memory_are_heeded_too(place: Path) -> None:
    opened(place).checked(place / YEAR)
    folder = opened(place)
    rules = folder.catalog.rules.model_copy(update={"board_members_needed": 13})
    strict = dataclasses.replace(folder, catalog=dataclasses.replace(folder.catalog, rules=rules))
    assert [f for f in strict.checked(place / YEAR).findings if f.code == "R08"]


def test_a_changed_return_of_the_period_before_is_heeded(place: Path) -> None:
    def moved() -> list[str | None]:
        return [f.column for f in opened(place).checked(place / YEAR).findings if f.code == "R10"]

    with_it = moved()
    (place / "kon-tum_2021.xlsx").unlink()
    assert moved() == []
    shutil.copy(ROOT / "data" / "demo" / "kon-tum_2021.xlsx", place)
    assert moved() == with_it
    small = pd.read_excel(place / "kon-tum_2021.xlsx", sheet_name=None, engine="calamine", dtype=str)
    small["cells"].loc[:, "militia_strength"] = "1"
    (place / "kon-tum_2021.xlsx").unlink()
    (place / "before").mkdir()
    for name, sheet in small.items():
        sheet.to_csv(place / "before" / f"{name}.csv", index=False)
    assert "militia_strength" in moved()


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign", "swapped", "folder"])
def test_a_damaged_record_is_as_good_as_none(place: Path, cache: Path, damage: str) -> None:
    for path in return_paths(place):
        opened(place).checked(path)
    records = sorted((cache / "returns").glob("*.arrow"))
    assert len(records) == 6
    whole = [record.read_bytes() for record in records]
    for record, content, other in zip(records, whole, whole[1:] + whole[:1], strict=True):
        half = len(content) // 2
        new = {"empty": b"", "cut": content[:half], "foreign": b"PAR1" * 50, "swapped": other}
        new["flipped"] = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
        record.unlink()
        record.mkdir() if damage == "folder" else record.write_bytes(new[damage])
    for path in return_paths(place):
        same(opened(place).checked(path), anew(place, path))


@pytest.mark.parametrize("kind", ["a file in its place", "a folder of another", "devnull"])
def test_a_store_that_cannot_be_written_is_no_error(
    place: Path, cache: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "devnull":
        monkeypatch.setenv("PARTYBUILDING_CACHE", "/dev/null")
    elif kind == "a file in its place":
        cache.write_text("mine")
    else:
        cache.mkdir()
        (cache / "returns").write_text("mine")
    for _ in range(2):
        same(opened(place).checked(place / YEAR), anew(place, place / YEAR))
    assert not list(cache.glob("**/*.arrow"))


def counted(place: Path, period: str = "2022") -> Evidence:
    evidence = opened(place).evidence(["kon-tum"], Period.parse(period))
    assert evidence is not None
    return evidence


def count_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read_nothing(monkeypatch)
    monkeypatch.setattr(counts, "values", never)


def said(evidence: Evidence) -> dict[str, object]:
    return {name: value for name, value in vars(evidence).items() if name != "given"}


def test_what_was_counted_comes_back_without_a_look_at_the_cells(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = counted(place)
    with monkeypatch.context() as patched:
        count_nothing(patched)
        again = counted(place)
    assert said(again) == said(first)
    assert str(said(again)) == str(said(first))  # types too, where == is not strict
    assert "cells" not in vars(again.given)
    same(again.given, anew(place, place / YEAR))
    assert "cells" in vars(again.given)
    assert len(dataclasses.replace(again.given, findings=()).cells) == again.reporting
    same(copy.deepcopy(counted(place).given), again.given)
    with pytest.raises(AttributeError):
        again.given.nothing  # noqa: B018


def test_a_changed_return_is_counted_anew(place: Path) -> None:
    before = counted(place).values
    sheets = pd.read_excel(place / YEAR, sheet_name=None, dtype=str, engine="calamine")
    sheets["cells"].loc[0, "standing_board"] = "0" if sheets["cells"].loc[0, "standing_board"] == "1" else "1"
    (place / YEAR).unlink()
    (place / "changed").mkdir()
    for name, sheet in sheets.items():
        sheet.to_csv(place / "changed" / f"{name}.csv", index=False)
    after = counted(place).values
    assert after["cell_standing_board_rate"].amount != before["cell_standing_board_rate"].amount
    assert "changed" in after["cell_standing_board_rate"].trail[0].source


def test_a_changed_indicator_is_counted_anew_and_a_changed_target_is_not(
    place: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted(place).values["cell_standing_board_rate"]
    indicators, targets = (project / "params" / f"{name}.yaml" for name in ("indicators", "targets"))
    head, name, tail = indicators.read_text("utf-8").partition("\n  cell_standing_board_rate:")
    indicators.write_text(head + name + tail.replace("numerator: standing_board", "numerator: units", 1), "utf-8")
    after = counted(place).values["cell_standing_board_rate"]
    assert (before.numerator or 0) < (after.numerator or 0) == after.units_reporting
    targets.write_text(targets.read_text("utf-8").replace("close: 5", "close: 4"), "utf-8")
    count_nothing(monkeypatch)
    assert counted(place).values["cell_standing_board_rate"] == after


def test_a_changed_register_is_heeded_in_what_was_counted(place: Path, project: Path) -> None:
    before = counted(place)
    communes = project / "data" / "register" / "communes.csv"
    text = communes.read_text("utf-8")
    line = next(line for line in text.splitlines() if ",kon-tum," in line)
    communes.write_text(f"{text}99999{line[5:].replace(',kon-tum,', ',kon-tum,New ')}\n", "utf-8")
    after = counted(place)
    assert (after.due, len(after.silent)) == ((before.due or 0) + 1, len(before.silent) + 1)


def test_tables_changed_in_memory_are_counted_anew(place: Path) -> None:
    counted(place)
    folder = opened(place)
    less = dataclasses.replace(folder.catalog, indicators={})
    evidence = dataclasses.replace(folder, catalog=less, _counted={}).evidence(["kon-tum"], Period.parse("2022"))
    assert evidence
    assert evidence.values == {}


def test_the_same_return_elsewhere_tells_its_own_place(place: Path, tmp_path: Path) -> None:
    counted(place)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(place / YEAR, tmp_path / "elsewhere" / "other.xlsx")
    evidence = counted(tmp_path / "elsewhere")
    assert {trail.source for value in evidence.values.values() for trail in value.trail} == {"other.xlsx"}
    assert list(evidence.inputs) == ["other.xlsx"]


def test_a_register_that_changes_while_a_return_is_checked(place: Path, project: Path, cache: Path) -> None:
    communes, folder = project / "data" / "register" / "communes.csv", opened(place)
    assert folder.communes.hash  # what the record would be found by
    text = communes.read_text("utf-8")
    communes.write_text("".join(line for line in text.splitlines(True) if ",kon-tum,Mô Rai," not in line), "utf-8")
    found = folder.checked(place / YEAR).findings
    assert not [record for record in cache.glob("returns/*") if record.stat().st_size > 1000]
    communes.write_text(text, "utf-8")
    assert len(opened(place).checked(place / YEAR).findings) < len(found)


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign"])
def test_damaged_counts_are_as_good_as_none(place: Path, cache: Path, damage: str) -> None:
    first = {period: said(counted(place, period)) for period in ("2021", "2022")}
    records = sorted((cache / "returns").glob("*.json"))
    assert len(records) == 2
    whole = [record.read_bytes() for record in records]
    for record, content in zip(records, whole, strict=True):
        half = len(content) // 2
        new = {
            "empty": b"",
            "cut": content[:half],
            "foreign": b'{"values": {}, "reporting": 1, "due": 1, "silent": []}',
        }
        new["flipped"] = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
        record.write_bytes(new[damage])
    for record, content in zip(records, reversed(whole), strict=True) if damage == "foreign" else ():
        record.write_bytes(content)  # one in the other's place
    assert {period: said(counted(place, period)) for period in first} == first
    assert [record.read_bytes() for record in records] == whole


def test_what_cannot_be_kept_is_counted_each_time(place: Path, cache: Path) -> None:
    first = said(counted(place))
    shutil.rmtree(cache)
    cache.write_text("mine")
    assert said(counted(place)) == said(counted(place)) == first


def check_all(place: Path) -> int:
    return sum(len(opened(place).checked(path).findings) for _ in range(2) for path in return_paths(place))


def test_two_processes_at_once(place: Path, cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(check_all, [place] * 2, chunksize=1)
    assert found == [check_all(place)] * 2
    assert {path.suffix for path in (cache / "returns").iterdir()} == {".arrow"}
    for path in return_paths(place):
        same(opened(place).checked(path), anew(place, path))


def test_only_the_newest_records_are_kept(place: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT", 2)
    (cache / "returns").mkdir(parents=True)
    old = [cache / "returns" / name for name in ("1.arrow", "2.arrow", "left.tmp", "notes.txt")]
    for path in old:
        path.write_text("old")
        os.utime(path, (1, 1))
    opened(place).checked(place / YEAR)
    opened(place).checked(place / "wrong")
    assert [path.name for path in old if path.exists()] == ["notes.txt"]


def test_an_unreadable_return_is_told_each_time_as_without_a_store(place: Path) -> None:
    (place / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    for _ in range(2):
        with pytest.raises(Exception, match=r"broken\.xlsx"):
            opened(place).checked(place / "broken.xlsx")


def test_what_json_would_change_is_not_kept(place: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = opened(place).checked(place / "wrong")
    odd = dataclasses.replace(given.findings[0], fields={"other": (1, 2)})
    shutil.rmtree(cache)
    monkeypatch.setattr(ReturnFolder, "_check", lambda *_: dataclasses.replace(given, findings=(odd,)))
    for _ in range(2):
        assert opened(place).checked(place / "wrong").findings == (odd,)


def test_no_pickle_and_nothing_in_git() -> None:
    tree = ast.parse(Path(store.__file__).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }
    assert not [name for name in names if "pickle" in name or name in ("marshal", "shelve", "eval", "exec")]
    if (ROOT / ".git").exists():
        command = ["git", "check-ignore", "--quiet", "--no-index", ".cache/returns/x.arrow"]
        assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == 0


def test_it_lies_in_the_project_unless_told_otherwise(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARTYBUILDING_CACHE")
    register = Register.read()
    assert store.Store(Catalog.read(register), register, Communes.read()).folder == project / ".cache" / "returns"
