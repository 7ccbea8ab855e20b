"""The folder of published reports: one step for each, journal, manifest, index, what a kill leaves, verify."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from test_cli import typed
from test_export import RECORD
from test_runner import files

from partybuilding.errors import UserError
from partybuilding.publish import edition, exchange
from partybuilding.publish.edition import Reports
from partybuilding.publish.export.index import index_page
from partybuilding.publish.plan import Job

MONDAY, TUESDAY = "1672646401", "1672704000"
XHTML = "{http://www.w3.org/1999/xhtml}"
ENDINGS = ("html", "pdf", "xlsx", "ipynb", "json")
PLACE = "published/2022/kon-tum"


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Published on Monday, 2 January 2023, 08:00:01."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", MONDAY)


watched = {"disk"}  # empty while a report is being made, which is not the matter here


def job(source: str = "published", lang: str = "en", formats: tuple[str, ...] = ("html", "pdf")) -> Job:
    given = {"province": "kon-tum", "period": "2022", "lang": lang, "source": source}
    return Job("stub", source, "kon-tum", "2022", lang, formats, given)


def put(reports: Reports, text: str = "x", one: Job | None = None, **report: Any) -> None:
    """Publish a report whose files all hold `text`, in the folder that is held."""
    one = one or job()
    staged = reports.staging()
    watched.clear()
    for name in one.files:
        (staged / name).write_text(text + name, encoding="utf-8")
    watched.add("disk")
    reports.publish(one, staged, RECORD["report"] | report, {"text": text})
    shutil.rmtree(staged)


def publish(out: Path, text: str = "x", *jobs: Job, **report: Any) -> Reports:
    """One run that publishes these reports."""
    reports = Reports(out)
    with reports.held():
        for one in jobs or [job()]:
            put(reports, text, one, **report)
    return reports


def entries(out: Path) -> dict[str, Any]:
    """The manifest's entries."""
    found: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    return found


def test_the_manifest_says_what_was_published_and_when(tmp_path: Path) -> None:
    publish(tmp_path)
    (name, entry), *others = entries(tmp_path).items()
    assert (name, others) == (f"{PLACE}/stub.en", [])
    assert set(entry.pop("versions")) == {"partybuilding", "papermill", "nbconvert", "typst", "matplotlib"}
    assert entry == {
        **{"notebook": "stub", "title": "A stub of a report", "headline": "Nothing is known.", "lang": "en"},
        **{"status": "published", "as_of": "2022-07-20", "published_at": "2023-01-02T08:00:01+00:00"},
        "parameters": {"province": "kon-tum", "period": "2022", "lang": "en", "source": "published"},
        "files": {f"stub.en.{e}": hashlib.sha256(f"xstub.en.{e}".encode()).hexdigest() for e in ENDINGS},
        **{"mark": None, "place": "Kon Tum"},
        "hashes": {},
        "key": {"text": "x"},
    }
    assert set(files(tmp_path)) == {
        *("manifest.json", "index.html", ".lock"),
        *(f"{PLACE}/stub.en.{ending}" for ending in ENDINGS),
    }
    assert (tmp_path / ".lock").read_bytes() == b""


def test_an_unchanged_run_leaves_every_byte_and_a_change_gives_a_new_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(when: str, text: str) -> tuple[bytes, int]:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", when)
        reports = Reports(tmp_path)
        with reports.held():
            put(reports, text)
            put(reports, "x", job("office"))
        path = tmp_path / "manifest.json"
        return path.read_bytes(), path.stat().st_mtime_ns

    first = two(MONDAY, "x")
    index = (tmp_path / "index.html").read_bytes()
    assert two(TUESDAY, "x") == first
    assert (tmp_path / "index.html").read_bytes() == index
    assert two(TUESDAY, "corrected ") != first
    dates = {name: entry["published_at"][:10] for name, entry in entries(tmp_path).items()}
    assert dates == {"office/2022/kon-tum/stub.en": "2023-01-02", f"{PLACE}/stub.en": "2023-01-03"}


def test_without_a_fixed_time_it_is_the_time_of_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr(edition.time, "time", lambda: 1_700_000_000.5)
    publish(tmp_path)
    assert [entry["published_at"] for entry in entries(tmp_path).values()] == ["2023-11-14T22:13:20+00:00"]


def test_formats_that_are_not_wanted_any_more_leave_with_the_earlier_edition(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, "x", job(formats=("html",)))
    assert sorted(path.name for path in (tmp_path / PLACE).iterdir()) == sorted(
        f"stub.en.{ending}" for ending in ENDINGS if ending != "pdf"
    )
    assert Reports(tmp_path).verify() == []


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_other_reports_and_what_is_not_ours_stay_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(edition.os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
    publish(tmp_path, "x", job(), job(lang="vi"))
    (tmp_path / PLACE / ".ipynb_checkpoints").mkdir()
    (tmp_path / PLACE / ".ipynb_checkpoints" / "a.ipynb").write_text("{}")
    publish(tmp_path, "y", job())
    assert files(tmp_path / PLACE) == {
        **{f"stub.en.{ending}": f"ystub.en.{ending}".encode() for ending in ENDINGS},
        **{f"stub.vi.{ending}": f"xstub.vi.{ending}".encode() for ending in ENDINGS},
        ".ipynb_checkpoints/a.ipynb": b"{}",
    }


# ---- why a report has to be made


def test_a_report_is_made_for_what_changed_and_for_nothing_else(tmp_path: Path) -> None:
    reports = Reports(tmp_path)
    assert reports.changes(job(), {"text": "x"}) == []
    with reports.held():
        put(reports)
    reports = Reports(tmp_path)
    assert reports.changes(job(), {"text": "x"}) is None
    assert reports.changes(job(), {"text": "y", "more": "1"}) == ["more", "text"]
    assert reports.changes(job(), {}) == ["text"]
    assert reports.changes(job(formats=("html",)), {"text": "x"}) == ["formats"]
    assert reports.changes(job(lang="vi"), {"text": "x"}) == []
    (tmp_path / PLACE / "stub.en.json").write_text("changed")
    assert reports.changes(job(), {"text": "x"}) == ["files"]
    (tmp_path / PLACE / "stub.en.json").unlink()
    assert reports.changes(job(), {"text": "x"}) == ["files"]


# ---- what did not go out


def test_what_failed_is_kept_apart_and_goes_when_the_report_is_published(tmp_path: Path) -> None:
    reports = publish(tmp_path)
    before = files(tmp_path)
    for executed in (b"{}", None):
        with reports.held():
            staged = reports.staging()
            if executed:
                (staged / "stub.en.ipynb").write_bytes(executed)
            reports.keep(job(), staged, ("đồng chí", "two"))
        kept = {f"_failed/{PLACE}/stub.en.txt": "đồng chí\ntwo\n".encode()}
        kept |= {f"_failed/{PLACE}/stub.en.ipynb": executed} if executed else {}
        assert files(tmp_path) == before | kept
        assert Reports(tmp_path).verify() == []
    publish(tmp_path)
    assert files(tmp_path) == before
    assert not (tmp_path / "_failed").exists()


# ---- killed, interrupted, out of space: at every single step of a run

STEPS = ("open", "os.", "shutil.")  # what touches the disk
TAKES_SPACE = ("os.mkdir", "os.link", "os.rename")


def second(out: Path) -> None:
    """Publish a second edition of two reports."""
    reports = Reports(out)
    with reports.held():
        put(reports, "new ")
        put(reports, "new ", job("office"))


def stepwise(out: Path, act: Callable[[int, bool], None]) -> None:
    """Publish the second edition; `act` is told each step on the disk below `out`, and whether it takes space.

    For a child process: the hook stays.
    """
    count = 0

    def step(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        place = [str(word) for word in arguments if isinstance(word, str | Path)]
        if watched and event.startswith(STEPS) and any(word.startswith(str(out)) for word in place):
            count += 1
            writes = event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
            act(count, writes or event in TAKES_SPACE)

    sys.addaudithook(step)
    second(out)


def child(work: Callable[[], None]) -> int:
    """Run `work` in a child process: 0 done, the signal's number negative, 3 where it raised a UserError, else 4."""
    pid = os.fork()
    if not pid:
        code = 4
        try:
            work()
            code = 0
        except UserError:
            code = 3
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def whole(out: Path) -> None:
    """Each report is of one edition, and the manifest agrees with what stands there."""
    for source in ("published", "office"):
        texts = {
            path.read_text().removesuffix(path.name)
            for path in (out / source).rglob("stub.en.*")
            if path.name != "stub.vi.html"
        }
        assert texts in ({"old "}, {"new "}), (source, texts)
        assert {path.suffix[1:] for path in (out / source).rglob("stub.en.*")} == set(ENDINGS)
        assert {path.read_text() for path in (out / source).rglob("stub.vi.html")} == {"old stub.vi.html"}


@contextmanager
def earlier(tmp_path: Path) -> Iterator[Path]:
    """A folder with the first edition of three reports, for one try."""
    out = tmp_path / "try"
    shutil.copytree(tmp_path / "first", out)
    yield out
    shutil.rmtree(out)


@pytest.mark.parametrize("call", [True, False], ids=["exchange", "two renames"])
@pytest.mark.parametrize("how", ["killed", "interrupted", "disk full"])
def test_at_no_step_is_there_half_an_edition_and_the_same_command_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: bool, how: str
) -> None:
    if not call:
        monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    old = [job("office"), job("office", "vi"), job(), job(lang="vi")]
    publish(tmp_path / "first", "old ", *old)
    with earlier(tmp_path) as out:
        second(out)
        due = files(out)
    steps, code = 0, -1
    while code and steps < 1000:
        steps += 1 if how == "killed" else 2

        def act(count: int, takes_space: bool, last: int = steps) -> None:
            if how == "disk full":
                if count >= last and takes_space:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            elif count == last:
                if how == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise KeyboardInterrupt

        with earlier(tmp_path) as out:
            code = child(lambda: stepwise(out, act))
            assert code in {"killed": (-9, 0), "interrupted": (4, 0), "disk full": (3, 0)}[how], steps
            if call:
                whole(out)
            found = {what for path, what in Reports(out).verify()}
            assert found <= {"unfinished"} if call else {"unfinished", "missing"}
            second(out)
            assert files(out) == due, steps
            assert Reports(out).verify() == []
    assert 40 < steps < 1000


@pytest.mark.parametrize("left", [PLACE, f"{PLACE}.cells/23293"])
def test_what_a_kill_left_aside_is_put_back_be_it_a_province_or_one_commune(tmp_path: Path, left: str) -> None:
    one = replace(job(), commune="23293" if left != PLACE else "")
    other = replace(job(), commune="23296")
    publish(tmp_path, "old ", one, other)
    assert one.folder.as_posix() == left
    due = files(tmp_path)
    aside = tmp_path / ".staging" / "aside" / left
    aside.parent.mkdir(parents=True)
    (tmp_path / left).rename(aside)
    assert len(Reports(tmp_path).verify()) > 1
    with Reports(tmp_path).held():
        pass
    assert files(tmp_path) == due
    assert Reports(tmp_path).verify() == []


def index(out: Path) -> Any:
    return etree.fromstring((out / "index.html").read_bytes())


def test_the_index_lists_all_reports_and_every_link_works_offline(reports: Path) -> None:
    root = index(reports)
    items = root.findall(f".//{XHTML}li")
    links = [node.get("href") for node in root.iterfind(f".//{XHTML}p[@class='files']/{XHTML}a")]
    assert len(items) == len(entries(reports)) >= 8
    assert len(links) == len(set(links)) == 5 * len(items)
    assert all(not link.startswith(("/", "http", "file")) and (reports / link).is_file() for link in links)
    for name, entry in entries(reports).items():
        (item,) = [item for item in items if item.find(f".//{XHTML}a").get("href") == f"{name}.html"]
        assert entry["headline"] in "".join(item.itertext())
        assert (item.get("lang"), item.findtext(f"{XHTML}p/{XHTML}a")) == (entry["lang"], entry["title"])
    text = (reports / "index.html").read_text(encoding="utf-8").replace('xmlns="http:', "")
    text = re.sub(r"url\(data:font/woff2;", "", text)
    assert not [word for word in ("<link", "src=", "@import", "url(", "http:", "https:") if word in text]


def test_the_index_groups_by_province_and_period_later_years_and_vietnamese_first(tmp_path: Path) -> None:
    def entry(lang: str, place: str | None) -> dict[str, Any]:
        report = {**RECORD["report"], "lang": lang, "place": place, "published_at": "2023-01-02T08:00:01+00:00"}
        return {**report, "files": {}}

    names = [f"demo/{p}/bac-giang/data_quality.{lang}" for p in ("2022-H1", "2022", "2023-Q1") for lang in ("en", "vi")]
    given = {name: entry(name[-2:], {"vi": "Bắc Giang", "en": "Bac Giang"}[name[-2:]]) for name in names}
    given |= {"demo/2022-11/kon-tum/other.en": entry("en", None)}
    given |= {"demo/2023-Q1/bac-giang.cells/07210/cell_handout.vi": entry("vi", "Bắc Giang")}
    given |= {"demo/2023-Q1/bac-giang/province_assessment.brief.en": entry("en", "Bac Giang")}
    root = etree.fromstring(index_page(given, tmp_path).encode())
    found = [
        (group.get("data-name"), part.findtext(f"{XHTML}h3"), [item.get("lang") for item in part.iter(f"{XHTML}li")])
        for group in root.iter(f"{XHTML}details")
        for part in group.iter(f"{XHTML}section")
    ]
    assert found == [
        ("Bắc Giang", "Quý 1 năm 2023", ["en", "vi", "en", "vi"]),
        ("Bắc Giang", "Năm 2022", ["vi", "en"]),
        ("Bắc Giang", "6 tháng đầu năm 2022", ["vi", "en"]),
        ("kon-tum", "Tháng 11 năm 2022", ["en"]),
    ]
    said = ["".join(node.itertext()) for node in root.iterfind(f".//{XHTML}p[@class='facts']")]
    assert said[1:3] == [
        "Số liệu đã công bố · Số liệu đến 20/7/2022, lập ngày 2/1/2023",
        "Published figures · Data as of 20 July 2022, made on 2 January 2023",
    ]


@pytest.mark.parametrize(("count", "unfolded"), [(0, 0), (1, 1), (24, 24), (25, 0)])
def test_the_index_folds_its_groups_where_there_are_many(tmp_path: Path, count: int, unfolded: int) -> None:
    entry = {**RECORD["report"], "published_at": "2023-01-02T08:00:01+00:00", "files": {}}
    page = index_page({f"demo/2022/place-{chr(97 + n)}/stub.en": entry for n in range(count)}, tmp_path)
    groups = list(etree.fromstring(page.encode()).iter(f"{XHTML}details"))
    assert (len(groups), sum(group.get("open") is not None for group in groups)) == (count, unfolded)


def test_hostile_words_and_odd_folder_names_stay_what_they_are_in_the_index(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>{{ 7 * 7 }}'
    publish(tmp_path, "x", job("Quân khu 5 #1%"), title=hostile, headline=hostile, status=hostile)
    root = index(tmp_path)
    item = root.find(f".//{XHTML}li")
    assert [part.text for part in item.iter(f"{XHTML}a", f"{XHTML}p")][1:3] == [hostile, hostile]
    assert item.findtext(f"{XHTML}p[@class='facts']").startswith(hostile)
    assert len(list(root.iter(f"{XHTML}script"))) == 1
    assert item.find(f".//{XHTML}a").get("href") == ("Qu%C3%A2n%20khu%205%20%231%25/2022/kon-tum/stub.en.html")
    assert Reports(tmp_path).verify() == []


SPOILT: list[tuple[Callable[[Path], Any], str, str]] = [
    (
        lambda out: (out / "published/2022/kon-tum/stub.en.pdf").unlink(),
        "published/2022/kon-tum/stub.en.pdf",
        "missing",
    ),
    (
        lambda out: (out / "published/2022/kon-tum/stub.en.html").write_text("y" * 5000),
        "published/2022/kon-tum/stub.en.html",
        "changed",
    ),
    (lambda out: (out / "notes.txt").write_text("y"), "notes.txt", "foreign"),
    (lambda out: shutil.copytree(out / "published", out / "other"), "other/2022/kon-tum/stub.en.html", "foreign"),
    (
        lambda out: (out / ".staging").mkdir() or (out / ".staging/a.html").write_text("y"),
        ".staging/a.html",
        "unfinished",
    ),
    (lambda out: (out / "index.html").unlink(), "index.html", "missing"),
    (lambda out: (out / "index.html").write_text("y"), "index.html", "changed"),
    (lambda out: (out / "index.html").write_bytes(b"\xff"), "index.html", "changed"),
]


@pytest.mark.parametrize(("spoil", "path", "what"), SPOILT)
def test_verify_finds_what_is_not_as_it_was_published(
    tmp_path: Path, spoil: Callable[[Path], Any], path: str, what: str
) -> None:
    publish(tmp_path)
    assert Reports(tmp_path).verify() == []
    spoil(tmp_path)
    assert (path, what) in Reports(tmp_path).verify()
    assert {found for _, found in Reports(tmp_path).verify()} == {what}


def test_verify_passes_over_what_failed_and_the_readme(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "README.md").write_text("y")
    (tmp_path / "_failed").mkdir()
    (tmp_path / "_failed/stub.en.txt").write_text("y")
    assert Reports(tmp_path).verify() == []


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "vi",
            """.staging/a.html: là phần còn lại của một lần chạy dở. Hãy chạy lại lệnh lập báo cáo hoặc xóa tệp.
notes.txt: không thuộc báo cáo nào. Hãy chuyển tệp ra khỏi thư mục.
published/2022/kon-tum/stub.en.html: đã bị thay đổi sau khi công bố. Hãy lập lại báo cáo.
published/2022/kon-tum/stub.en.pdf: bị thiếu. Hãy lập lại báo cáo.
""",
        ),
        (
            "en",
            """.staging/a.html: is left over from an unfinished run. Run the command again or delete it.
notes.txt: belongs to no report. Move it out of the folder.
published/2022/kon-tum/stub.en.html: was changed after publication. Make the report again.
published/2022/kon-tum/stub.en.pdf: is missing. Make the report again.
""",
        ),
    ],
)
def test_the_command_verify_names_each_file_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str, expected: str
) -> None:
    publish(tmp_path)
    for spoil, _, _ in (SPOILT[0], SPOILT[1], SPOILT[2], SPOILT[4]):
        spoil(tmp_path)
    assert typed(monkeypatch, capsys, lang, "verify", "--out", tmp_path) == (1, "", expected)


@pytest.mark.parametrize(
    ("lang", "intact", "none", "broken"),
    [
        (
            "vi",
            "{count} báo cáo, tất cả nguyên vẹn.",
            'Thư mục "empty" chưa có báo cáo nào được công bố (không có manifest.json). Hãy chạy: partybuilding batch.',
            "broken/manifest.json không đọc được. Hãy xóa tệp này và chạy lại: partybuilding batch.",
        ),
        (
            "en",
            "{count} reports, all intact.",
            'The folder "empty" holds no published reports (no manifest.json). Run: partybuilding batch.',
            "broken/manifest.json cannot be read. Delete it and run again: partybuilding batch.",
        ),
    ],
)
def test_the_command_verify_speaks_of_a_whole_an_empty_and_a_broken_folder(
    *,
    tmp_path: Path,
    reports: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: str,
    intact: str,
    none: str,
    broken: str,
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/manifest.json").write_text("[]")
    places = (reports, tmp_path / "empty", tmp_path / "broken")
    assert [typed(monkeypatch, capsys, lang, "verify", "--out", place) for place in places] == [
        *[(0, f"{intact}\n".format(count=len(entries(reports))), ""), (2, "", f"{none}\n"), (2, "", f"{broken}\n")]
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"reports": []}',
        '{"reports": {"a": {}}}',
        '{"reports": {"a": 1}}',
        b"\xff\xfe",
    ],
)
def test_a_broken_manifest_is_named_and_never_overwritten(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    for act in (Reports, publish):
        with pytest.raises(UserError) as refused:
            act(tmp_path)
        assert refused.value.code == "manifest_broken"
    assert path.read_bytes() == before
    assert json.dumps(refused.value.fields) == json.dumps({"file": f"{tmp_path.name}/manifest.json"})
