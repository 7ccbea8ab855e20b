"""What the operator sees: plain lines, events for programs, a live display that ends with the summary."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_batch import DIVIDES, Run, cold, wishes
from test_runner import write_stub

from partybuilding import console
from partybuilding.console import Display

FIELDS = {
    "planned": {"event", "reports", "todo"},
    "started": {"event", "report"},
    "published": {"event", "report", "reasons", "seconds"},
    "failed": {"event", "report", "reasons", "seconds"},
    "finished": {"event", "published", "count", "current", "failed", "again"},
}


@pytest.fixture
def plan(project: Path) -> Path:
    """Two reports that go out and one that fails."""
    cold(project)
    for name in ("stub", "slip", "third"):
        write_stub(project, name)
    path = project / "notebooks" / "slip.ipynb"
    path.write_text(path.read_text().replace(DIVIDES, "raise ValueError('[bold]đồng chí[/bold]')"))
    return wishes(project, "source: published, provinces: [kon-tum], notebooks: [stub, slip, third]")


NAMES = [f"published/2022/kon-tum/{name}.vi" for name in ("stub", "slip", "third")]


def test_events_are_json_lines_in_their_order_and_nothing_else(project: Path, plan: Path, tmp_path: Path) -> None:
    run = Run(project, plan, tmp_path / "reports")
    assert run.end() == 1
    assert run.errors == []
    events = run.events()
    assert all(set(event) == FIELDS[event["event"]] for event in events)
    assert events[0] == {"event": "planned", "reports": 3, "todo": 3}
    assert [event["report"] for event in events if event["event"] == "started"] == NAMES
    for name in NAMES:
        mine = [event["event"] for event in events if event.get("report") == name]
        assert mine == ["started", "failed" if "slip" in name else "published"]
    (failed,) = run.events("failed")
    assert failed["reasons"] == ["ValueError: [bold]đồng chí[/bold]"]
    assert all(event["seconds"] > 0 for event in events if "seconds" in event)
    assert events[-1] == {
        **{"event": "finished", "published": 2, "count": 3, "current": 0, "failed": [NAMES[1]]},
        "again": f"partybuilding batch {plan} --only {NAMES[1]} --out {tmp_path / 'reports'}",
    }


def test_without_a_terminal_there_is_a_plain_line_for_each_report(project: Path, plan: Path, tmp_path: Path) -> None:
    run = Run(project, plan, tmp_path / "reports", "--jobs", "1", events=False)
    assert run.end() == 1
    assert run.lines == [
        *(f"[{n}/3] {'failed' if n == 2 else 'published'}: {name}" for n, name in enumerate(NAMES, 1)),
        "2 of 3 reports published in reports/; 0 were up to date.",
    ]
    assert run.errors[:2] == [f"failed: {NAMES[1]}", "  ValueError: [bold]đồng chí[/bold]"]
    assert not re.search(r"\x1b", "".join(run.lines + run.errors))


@pytest.mark.parametrize("columns", [40, 200])
def test_on_a_terminal_the_display_lives_and_ends_with_the_summary(
    project: Path, plan: Path, tmp_path: Path, columns: int
) -> None:
    above, below = pty.openpty()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARTYBUILDING_")}
    env |= {"PARTYBUILDING_HOME": str(project), "PARTYBUILDING_LANG": "en", "TERM": "xterm", "COLUMNS": str(columns)}
    line = [
        str(Path(sys.executable).with_name("partybuilding")),
        "batch",
        str(plan),
        "--out",
        str(tmp_path / "reports"),
    ]
    run = subprocess.Popen(line, stdin=below, stdout=below, stderr=below, env=env, cwd=project)
    os.close(below)
    seen = b""
    try:
        while piece := os.read(above, 4096):
            seen += piece
    except OSError:  # the terminal is closed when the run has ended
        pass
    finally:
        os.close(above)
    assert run.wait(60) == 1
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert "Traceback" not in text
    assert "3/3" in text
    assert "making" in text
    last = [found.strip() for found in text.replace("\r", "").splitlines() if found.strip()]
    place = last.index("2 of 3 reports published in reports/; 0 were up to date.")
    assert last[place + 1 : place + 3] == [f"failed: {NAMES[1]}", "ValueError: [bold]đồng chí[/bold]"]
    assert not [found for found in last[place:] if "making" in found]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time since the start, to be set; it is 08:00."""
    now = [0.0]
    monkeypatch.setenv("PARTYBUILDING_LANG", "en")
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(console.time, "time", lambda: 8 * 3600 + now[0])
    monkeypatch.setattr(console.time, "localtime", console.time.gmtime)
    return now


def test_the_expected_end_follows_from_what_is_done(clock: list[float]) -> None:
    display = Display(4)
    assert display._line() == "making – · failed 0 · withheld 0 · left 4 · ends –"
    for name in ("a", "b", "c"):
        display.note("started", name)
    assert display._line() == "making a, b, c · failed 0 · withheld 0 · left 4 · ends –"
    clock[0] = 600
    display.note("failed", "b", ("x",), 600)  # one in ten minutes: three more take thirty
    assert display._line() == "making a, c · failed 1 · withheld 0 · left 3 · ends 08:40"
    clock[0] = 900
    display.note("withheld", "a", ("x",), 900)
    display.note("published", "c", (), 900)
    assert display._line() == "making – · failed 1 · withheld 1 · left 1 · ends 08:20"
    display.note("started", "d")
    display.note("published", "d", (), 1)
    assert display._line() == "making – · failed 1 · withheld 1 · left 0 · ends –"
    assert display.done == 4


def test_with_nothing_to_do_there_is_nothing_to_expect(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Display(0) as display:
        assert display._line() == "making – · failed 0 · withheld 0 · left 0 · ends –"
    assert capsys.readouterr() == ("", "")


def test_an_event_keeps_its_words_and_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    hostile: dict[str, Any] = {"report": 'a"b\n{}</script>', "reasons": ["đồng chí\n\x1b[31m"]}
    with Display(1, events=True) as display:
        display.event("failed", **hostile)
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.count("\n") == 1
    assert json.loads(told.out) == {"event": "failed", **hostile}
    assert "đồng chí" in told.out


def test_a_message_is_never_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("[bold]x[/bold] [link=http://a]b :smile:")
    console.say("to the other stream", error=True)
    assert capsys.readouterr() == ("[bold]x[/bold] [link=http://a]b :smile:\n", "to the other stream\n")
