"""The register and the catalog that come back checked are those of the files, or they are checked anew."""

from __future__ import annotations

import ast
import dataclasses
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from partybuilding import kept
from partybuilding.assess import ready
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.intake import params_inputs
from partybuilding.errors import UserError
from partybuilding.present.library import Library
from partybuilding.present.report import open_report
from partybuilding.units import Register

CHANGES = {  # a file, words in it, others of the same length, and where these must then be seen
    "units.csv": ("Kon Tum,Kon Tum", "Kon Tum,Kon Tun", lambda r, _: r.known("kon-tum")[0].name_en == "Kon Tun"),
    "targets.yaml": ("close: 5", "close: 4", lambda _, c: c.judgement.close == 4),
    "returns.yaml": ("needed: 9", "needed: 8", lambda _, c: c.rules.board_members_needed == 8),
    "indicators.yaml": ("decimals: 1", "decimals: 3", lambda _, c: 3 in [i.decimals for i in c.indicators.values()]),
    "measures.yaml": ("order: 1\n", "order: 7\n", lambda _, c: 7 in [m.order for m in c.measures]),
    "ratings.yaml": ("share: 20", "share: 19", lambda _, c: "share=19.0" in str(c.regimes)),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARTYBUILDING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "params"


def read() -> tuple[Register, Catalog]:
    return ready.read_params(params_inputs())


def anew() -> tuple[Register, Catalog]:
    register = Register.read()
    return register, Catalog.read(register)


def check_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("checked anew")

    monkeypatch.setattr(Register, "read", never)
    monkeypatch.setattr(Catalog, "read", never)


def test_a_second_reading_checks_nothing_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, first = anew(), read()
    check_nothing(monkeypatch)
    register, catalog = read()
    assert (register, catalog) == whole == first
    assert str((register, catalog)) == str(whole)  # types too, where == is not strict
    assert (register.hash, catalog.read_by, catalog.counted_by) == (
        whole[0].hash,
        whole[1].read_by,
        whole[1].counted_by,
    )


def test_what_comes_back_is_as_good_as_what_was_checked() -> None:
    whole = read()[1].indicators["cell_standing_board_rate"]
    again = read()[1].indicators["cell_standing_board_rate"]
    assert again is not whole
    assert again.model_dump() == whole.model_dump()
    assert list(vars(again)) == list(vars(whole))
    changed = again.model_copy(update={"decimals": 3})
    assert (changed.decimals, again.decimals) == (3, whole.decimals)
    with pytest.raises(ValidationError):
        again.decimals = 3


def test_tables_changed_in_memory_have_other_hashes() -> None:
    read()
    _, catalog = read()
    rules = catalog.rules.model_copy(update={"board_members_needed": 13})
    assert dataclasses.replace(catalog, rules=rules).read_by != catalog.read_by
    assert dataclasses.replace(catalog, indicators={}).counted_by != catalog.counted_by
    assert dataclasses.replace(catalog, targets=()).read_by == catalog.read_by


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_is_heeded(project: Path, name: str) -> None:
    before, after, seen = CHANGES[name]
    read()
    file = project / "params" / name
    text, stat = file.read_text("utf-8"), file.stat()
    assert before in text
    assert not seen(*read())
    file.write_text(text.replace(before, after), "utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as long, and no younger
    assert seen(*read())
    file.write_text(text, "utf-8")
    assert not seen(*read())


def test_slips_are_told_each_time(project: Path) -> None:
    read()
    file = project / "params" / "targets.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("close: 5", "close: x"), "utf-8")
    for _ in range(2):
        with pytest.raises(UserError) as caught:
            read()
        assert caught.value.code == "value_not_number"
    file.unlink()
    with pytest.raises(UserError) as caught:
        read()
    assert caught.value.code == "file_missing"


def test_files_that_change_while_they_are_read_are_not_kept(project: Path, cache: Path) -> None:
    inputs = params_inputs()
    (project / "params" / "layout.yaml").write_text("duplex: 1", "utf-8")
    ready.read_params(inputs)
    assert not (cache / "checked.json").exists()


def test_another_library_checks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    read()
    monkeypatch.setattr(ready, "LIBRARY", b"other")
    check_nothing(monkeypatch)
    with pytest.raises(AssertionError, match="anew"):
        read()


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "foreign", "folder"])
def test_a_damaged_record_is_as_good_as_none(cache: Path, harm: str) -> None:
    whole = read()
    place = cache / "checked.json"
    content = place.read_bytes()
    half = len(content) // 2
    new = {"empty": b"", "cut": content[:half], "foreign": b'{"register": {}, "catalog": {}}'}
    new["flipped"] = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
    place.unlink()
    place.mkdir() if harm == "folder" else place.write_bytes(new[harm])
    for _ in range(2):
        assert read() == whole


def test_a_folder_that_cannot_be_written_is_no_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parent.write_text("mine")
    assert read() == anew()
    monkeypatch.setenv("PARTYBUILDING_CACHE", "/dev/null")
    assert read() == anew()


def hashes(_: int) -> list[str]:
    return [read()[1].counted_by for _ in range(20)]


def test_two_processes_at_once(cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(hashes, range(2), chunksize=1)
    assert found == [[anew()[1].counted_by] * 20] * 2
    assert {path.suffix for path in cache.iterdir()} == {".json"}


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"a": None, "b": [1, 2.5, "ủy", True], "c": {"d": {}}},
        {"units": ({"x": 1}, {"x": 2})},
        {"same": ["x"] * 9, "other": (("a", ("b",)),)},
    ],
)
def test_plain_data_come_back(entries: dict[str, Any]) -> None:
    found = kept.entries(memoryview(kept.plain(entries)))
    assert json.dumps(found) == json.dumps(entries)
    assert "[" not in str(found)  # lists are tuples


def test_only_the_kinds_that_are_named_come_back() -> None:
    with pytest.raises(KeyError):
        kept.entries(memoryview(b'{"a": {"": "Popen", "args": "ls"}}'), Catalog)
    with pytest.raises((TypeError, ValueError)):
        kept.plain({"a": {1, 2}})


def test_what_json_would_change_is_not_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register, catalog = anew()
    odd = dataclasses.replace(catalog, groups={"x": catalog.groups["organisation"].model_copy(update={"vi": [1]})})
    monkeypatch.setattr(Catalog, "read", lambda *_: odd)
    for _ in range(2):
        assert read() == (register, odd)
    assert not (cache / "checked.json").exists()


def test_no_pickle() -> None:
    tree = ast.parse(Path(kept.__file__).read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for a in node.names}
    assert not [name for name in names if "pickle" in name or name in ("marshal", "shelve", "eval", "exec")]


@pytest.mark.parametrize("source", ["demo", "published"])
def test_a_report_is_the_same_from_what_is_kept(source: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def content() -> dict[str, Any]:
        os.utime(project / "params" / "units.csv")  # else it is that of this process
        report = open_report("kon-tum", "2022", "vi", source)
        return {**report.record().content, "shown": str(report.situation()._repr_mimebundle_())}

    kept_twice = [content(), content()]
    monkeypatch.setenv("PARTYBUILDING_CACHE", "/dev/null")
    assert kept_twice == [content()] * 2


def test_the_library_reads_what_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library.read()
    os.utime(project / "params" / "units.csv")
    check_nothing(monkeypatch)
    assert Library.read() is not library
    assert all(isinstance(one, BaseModel) for one in Library.read().register.rows)
