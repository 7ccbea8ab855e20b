"""What is kept comes back as it was, or not at all; params/ read from it are those of the files."""

from __future__ import annotations

import csv
import multiprocessing
import os
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT, communes, register

from partybuilding import kept, params
from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.errors import UserError
from partybuilding.params import load, read_yaml
from partybuilding.present.layout import Layout


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARTYBUILDING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "params"


def no_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("parsed anew")

    monkeypatch.setattr(params, "_compose", never)
    params._content.cache_clear()


def test_what_was_written_comes_back_with_its_key_alone(tmp_path: Path) -> None:
    place = tmp_path / "new" / "record"
    for content in (b"", b"x" * 100_000):
        kept.write(place, b"key", content)
        assert kept.read(place, b"key") == content
        with pytest.raises(ValueError, match="record"):
            kept.read(place, b"other")
    assert [path.name for path in place.parent.iterdir()] == ["record"]
    with pytest.raises(FileNotFoundError):
        kept.read(tmp_path / "none", b"key")


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "foreign"])
def test_a_damaged_record_is_as_good_as_none(tmp_path: Path, harm: str) -> None:
    place = tmp_path / "record"
    kept.write(place, b"key", b"content")
    whole = place.read_bytes()
    place.write_bytes({"cut": whole[:-1], "changed": whole[:-1] + b"T", "emptied": b"", "foreign": b"x" * 50}[harm])
    with pytest.raises(ValueError, match="record"):
        kept.read(place, b"key")


def test_a_second_reading_parses_nothing_and_gives_the_same(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Catalog.read(register(), ROOT / "params"), Layout.read(ROOT / "params")
    assert {path.stem for path in cache.iterdir()} == {
        *("indicators", "layout", "measures", "ratings", "returns", "targets")
    }
    no_parsing(monkeypatch)
    assert (Catalog.read(register(), ROOT / "params"), Layout.read(ROOT / "params")) == first


@pytest.mark.parametrize("harm", [b"", b"{}", b"\x00" * 5000])
def test_a_damaged_cache_is_made_anew(cache: Path, harm: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Layout.read(ROOT / "params")
    (cache / "layout.json").write_bytes(harm)
    assert Layout.read(ROOT / "params") == whole
    no_parsing(monkeypatch)
    assert Layout.read(ROOT / "params") == whole


def test_a_changed_file_is_parsed_anew_and_its_slips_have_their_lines(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "layout.yaml"
    text = (ROOT / "params" / "layout.yaml").read_text("utf-8")
    file.write_text(text, "utf-8")
    before = load(file, Layout)
    stat = file.stat()
    file.write_text(text.replace("  superior:", "  superyor:", 1), "utf-8")  # as long, and no younger
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    line = next(n for n, words in enumerate(text.splitlines(), start=1) if words.startswith("  superior:"))
    for _ in range(2):  # also from what was kept
        with pytest.raises(UserError) as caught:
            load(file, Layout)
        assert (caught.value.code, caught.value.fields["line"]) == ("key_unknown", line)
    file.write_text(text, "utf-8")
    assert load(file, Layout) == before
    assert (cache / "layout.json").exists()


@pytest.mark.parametrize(
    "text", ["", "a: 01\nb: [NO, '']\n", "- x\n", "word", "a: {b: 'ĐẢNG\u2028'}\n", "a: Đ\u0323\n"]
)
@pytest.mark.usefixtures("cache")
def test_whatever_yaml_says_comes_back_unchanged(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, "utf-8")
    assert read_yaml(file) == read_yaml(file) == params._content(file, params.read_text(file))[0]


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PARTYBUILDING_CACHE", str(tmp_path / "file"))
    assert load(ROOT / "params" / "layout.yaml", Layout).vi.party
    monkeypatch.setenv("PARTYBUILDING_CACHE", "")
    monkeypatch.setenv("PARTYBUILDING_HOME", str(tmp_path))  # no project
    assert load(ROOT / "params" / "layout.yaml", Layout).vi.party


def _reads(number: int) -> int:
    place = params.cache() / "params" / "indicators.json"
    for turn in range(20):
        if (turn + number) % 5 == 0:
            place.unlink(missing_ok=True)
        params._content.cache_clear()
        assert len(read_yaml(ROOT / "params" / "indicators.yaml")["indicators"]) > 50
    return number


@pytest.mark.usefixtures("cache")
def test_several_processes_may_write_at_once() -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(_reads, range(4)) == [0, 1, 2, 3]


def test_the_communes_of_a_province_are_those_of_the_whole_register() -> None:
    with (ROOT / "data" / "register" / "communes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    day = date(2023, 1, 1)
    for province in sorted({row["province"] for row in rows}):
        due = [
            row["code"]
            for row in rows
            if row["province"] == province and row["valid_from"] <= f"{day}" <= (row["valid_to"] or "9")
        ]
        assert [commune.code for commune in communes().of(province, day)] == due
    assert communes().of("nowhere", day) == []
    assert communes().of("name", day) == []


def test_a_register_may_end_without_a_line_break_and_come_from_another_system(tmp_path: Path) -> None:
    head = "code,province,name,kind,area,valid_from,valid_to"
    rows = ["1,kon-tum,A\u0306,xã,x,,", "2,ha-noi,B,xã,kon-tum,,", "3,kon-tum,C,xã,,,2020-01-01"]
    (tmp_path / "communes.csv").write_text("\r\n".join([head, *rows]), "utf-8")
    found = Communes(tmp_path)
    assert [(c.code, c.name, c.valid_to) for c in found.of("kon-tum", date(2019, 1, 1))] == [
        ("1", "Ă", None),
        ("3", "C", date(2020, 1, 1)),
    ]
    assert [c.code for c in found.of("ha-noi", date(2019, 1, 1))] == ["2"]
