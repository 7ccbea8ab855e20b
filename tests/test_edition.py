"""The folder of published reports: manifest, index and what verify finds in it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from test_cli import typed
from test_export import RECORD

from partybuilding.errors import UserError
from partybuilding.publish import edition
from partybuilding.publish.plan import Job
from partybuilding.publish.runner import Outcome

MONDAY, TUESDAY = datetime(2023, 1, 2, 8, 0, 1, 999, tzinfo=UTC), datetime(2023, 1, 3, tzinfo=UTC)
XHTML = "{http://www.w3.org/1999/xhtml}"


def outcome(out: Path, source: str = "published", text: str = "x", **report: Any) -> Outcome:
    """A published report whose files all hold `text`."""
    given = {"province": "kon-tum", "period": "2022", "lang": "en", "source": source}
    job = Job("stub", source, "kon-tum", "2022", "en", ("html", "pdf"), given)
    (out / job.folder).mkdir(parents=True, exist_ok=True)
    for name in job.files:
        (out / job.folder / name).write_text(text + name, encoding="utf-8")
    return Outcome(job, "published", (), RECORD["report"] | report)


def test_the_manifest_says_what_was_published_and_when(tmp_path: Path) -> None:
    edition.publish(tmp_path, [outcome(tmp_path)], MONDAY)
    (name, entry), *others = edition.read_manifest(tmp_path)["reports"].items()
    assert (name, others) == ("published/2022/kon-tum/stub.en", [])
    assert set(entry.pop("versions")) == {"partybuilding", "papermill", "nbconvert", "typst", "matplotlib"}
    assert entry == {
        **{"notebook": "stub", "title": "A stub of a report", "headline": "Nothing is known.", "lang": "en"},
        **{"status": "published", "as_of": "2022-07-20", "published_at": "2023-01-02T08:00:01+00:00"},
        "parameters": {"province": "kon-tum", "period": "2022", "lang": "en", "source": "published"},
        "files": {
            f"stub.en.{ending}": hashlib.sha256(f"xstub.en.{ending}".encode()).hexdigest()
            for ending in ("html", "pdf", "xlsx", "ipynb", "json")
        },
        "mark": None,
    }


def test_an_unchanged_run_leaves_every_byte_and_a_change_gives_a_new_date(tmp_path: Path) -> None:
    def publish(when: datetime, text: str) -> tuple[bytes, int]:
        edition.publish(tmp_path, [outcome(tmp_path, text=text), outcome(tmp_path, "office")], when)
        path = tmp_path / "manifest.json"
        return path.read_bytes(), path.stat().st_mtime_ns

    first = publish(MONDAY, "x")
    index = (tmp_path / "index.html").read_bytes()
    assert publish(TUESDAY, "x") == first
    assert (tmp_path / "index.html").read_bytes() == index
    assert publish(TUESDAY, "corrected ") != first
    dates = {name: entry["published_at"][:10] for name, entry in edition.read_manifest(tmp_path)["reports"].items()}
    assert dates == {"office/2022/kon-tum/stub.en": "2023-01-02", "published/2022/kon-tum/stub.en": "2023-01-03"}
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_was_not_published_is_not_entered(tmp_path: Path) -> None:
    published = outcome(tmp_path)
    edition.publish(tmp_path, [Outcome(published.job, state, ("reason",)) for state in ("failed", "withheld")])
    assert edition.read_manifest(tmp_path) == {"reports": {}}


def index(out: Path) -> Any:
    return etree.fromstring((out / "index.html").read_bytes())


def test_the_index_lists_all_reports_and_every_link_works_offline(reports: Path) -> None:
    root = index(reports)
    items = root.findall(".//li")
    links = [node.get("href") for node in root.iter("a")]
    assert len(items) == len(edition.read_manifest(reports)["reports"]) >= 8
    assert len(links) == len(set(links)) == 5 * len(items)
    assert all(not link.startswith(("/", "http", "file")) and (reports / link).is_file() for link in links)
    for name, entry in edition.read_manifest(reports)["reports"].items():
        (item,) = [item for item in items if name in "".join(item.itertext())]
        assert entry["headline"] in "".join(item.itertext())
        assert (item.get("lang"), item.findtext("h2")) == (entry["lang"], entry["title"])
    text = (reports / "index.html").read_text(encoding="utf-8")
    assert not [word for word in ("<script", "<link", "src=", "@import", "url(", "http:", "https:") if word in text]


def test_hostile_words_and_odd_folder_names_stay_what_they_are_in_the_index(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>{{ 7 * 7 }}'
    edition.publish(tmp_path, [outcome(tmp_path, "Quân khu 5 #1%", title=hostile, headline=hostile, status=hostile)])
    root = index(tmp_path)
    assert (root.findtext(".//h2"), root.findtext(".//li/p")) == (hostile, hostile)
    assert not list(root.iter("script"))
    assert root.find(".//li//a").get("href") == ("Qu%C3%A2n%20khu%205%20%231%25/2022/kon-tum/stub.en.html")
    assert edition.verify(tmp_path) == []


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
    edition.publish(tmp_path, [outcome(tmp_path)])
    assert edition.verify(tmp_path) == []
    spoil(tmp_path)
    assert (path, what) in edition.verify(tmp_path)
    assert {found for _, found in edition.verify(tmp_path)} == {what}


def test_verify_passes_over_what_failed_and_the_readme(tmp_path: Path) -> None:
    edition.publish(tmp_path, [outcome(tmp_path)])
    (tmp_path / "README.md").write_text("y")
    (tmp_path / "_failed").mkdir()
    (tmp_path / "_failed/stub.en.txt").write_text("y")
    assert edition.verify(tmp_path) == []


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
    edition.publish(tmp_path, [outcome(tmp_path)])
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
        *[
            (0, f"{intact}\n".format(count=len(edition.read_manifest(reports)["reports"])), ""),
            (2, "", f"{none}\n"),
            (2, "", f"{broken}\n"),
        ]
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
    for act in (edition.read_manifest, edition.verify, lambda out: edition.publish(out, [outcome(out)])):
        with pytest.raises(UserError) as refused:
            act(tmp_path)
        assert refused.value.code == "manifest_broken"
    assert path.read_bytes() == before
    assert json.dumps(refused.value.fields) == json.dumps({"file": f"{tmp_path.name}/manifest.json"})
