"""Many reports: only what is needed, each alone in its failure; killed, interrupted, twice at once, out of space."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest
from conftest import copy_project
from test_cli import Typed, typed
from test_isolated import eventually
from test_runner import files, write_stub

from partybuilding.errors import UserError, sentence
from partybuilding.publish import batch
from partybuilding.publish.edition import Reports

DIVIDES = "1 / content['divisor']"
WAITS = "import os, time\nwhile not os.path.exists(os.environ['GO']): time.sleep(0.01)"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The command line within this process, with a fixed time of publication."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    return lambda *words, lang="en": typed(monkeypatch, capsys, lang, *words)


def notebooks(project: Path, **code: str) -> None:
    """Write small notebooks; each runs its code before it shows the report."""
    for name, source in code.items():
        write_stub(project, name)
        path = project / "notebooks" / f"{name}.ipynb"
        path.write_text(path.read_text().replace(DIVIDES, json.dumps(source or "None")[1:-1]))


def cold(project: Path) -> None:
    """Leave out the report that a run warms up with: its time is not the matter."""
    (project / "notebooks" / "province_assessment.ipynb").unlink()


def wishes(project: Path, *lines: str, name: str = "plan.yaml") -> Path:
    """Write a batch file: of 2022, in Vietnamese, as web pages only, unless a line says otherwise."""
    path = project / name
    usual = {"periods": "[2022]", "languages": "[vi]", "formats": "[html]"}
    entries = [", ".join([line, *(f"{k}: {v}" for k, v in usual.items() if f"{k}:" not in line)]) for line in lines]
    path.write_text("reports:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries), encoding="utf-8")
    return path


def words(edition: str, project: Path) -> None:
    """Let all small notebooks say this, from now on."""
    path = project / "stub.json"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<p>\w+\.</p>", f"<p>{edition}.</p>", text)
    path.write_text(re.sub("A stub of a report|A stub, \\w+", f"A stub, {edition}", text), encoding="utf-8")


# ---- ten reports, five of which cannot go out


def test_five_of_ten_reports_fail_each_in_its_way_and_the_others_go_out(
    command: Typed, project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "reports"
    shutil.copytree(project / "data" / "demo", project / "data" / "office")
    broken = project / "data" / "office" / "kon-tum_2022.xlsx"
    good = broken.read_bytes()
    book = openpyxl.load_workbook(broken)
    cells = book["cells"]
    column = next(cell.column for cell in cells[1] if cell.value == "official_members")
    cells.cell(2, column).value = -1
    book.save(broken)
    notebooks(
        project,
        stub="",
        raises="raise ValueError('nothing to show')",
        hangs="while True: pass",
        killed="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        withheld="content['parts'].append('<p>nan%</p>')",
    )
    path = wishes(
        project,
        "source: office, provinces: [kon-tum], notebooks: [province_assessment]",
        "source: published, provinces: [kon-tum], notebooks: [raises, hangs, killed, withheld]",
        "source: published, provinces: [kon-tum, bac-giang], notebooks: [stub], languages: [vi, en]",
        "source: demo, provinces: [kon-tum], notebooks: [stub]",
    )
    status, told, error = command("batch", path, "--out", out, "--timeout", "15", "--jobs", "2")
    assert status == 1
    good_ones = {f"published/2022/{p}/stub.{lang}" for p in ("kon-tum", "bac-giang") for lang in ("vi", "en")}
    good_ones.add("demo/2022/kon-tum/stub.vi")
    bad = {
        "office/2022/kon-tum/province_assessment.vi": "office/kon-tum_2022.xlsx",
        "published/2022/kon-tum/raises.vi": "ValueError: nothing to show",
        "published/2022/kon-tum/hangs.vi": sentence("report_deadline", "en", seconds="15"),
        "published/2022/kon-tum/killed.vi": sentence("report_died", "en", code="SIGKILL"),
        "published/2022/kon-tum/withheld.vi": "withheld.vi.html: ",
    }
    assert set(Reports(out).entries) == good_ones
    assert Reports(out).verify() == []
    assert told.splitlines()[-1] == "5 of 10 reports published in reports/; 0 were up to date."
    shown = {line.partition(": ")[2].split(" ")[0]: line for line in told.splitlines()[:-1]}
    assert set(shown) == good_ones | set(bad)
    lines = error.splitlines()
    for name, reason in bad.items():
        state = "withheld" if "withheld" in name else "failed"
        place = lines.index(f"{state}: {name}")
        assert reason in lines[place + 1]
        kept = out / "_failed" / f"{name}.txt"
        assert lines[place + 1].strip() in kept.read_text(encoding="utf-8")
        assert kept.with_suffix(".ipynb").is_file()
    assert lines[-1].startswith("Make only these again: partybuilding batch ")
    again = shlex.split(lines[-1].removeprefix("Make only these again: ").partition(". Executed")[0])[1:]
    status, planned, _ = command(*again, "--dry-run")
    assert {line.partition(": ")[0] for line in planned.splitlines()[:-1]} == set(bad)
    assert planned.splitlines()[-1] == "5 reports would be made; 0 are up to date."

    broken.write_bytes(good)
    notebooks(project, raises="", hangs="", killed="", withheld="")
    status, told, error = command(*again)
    assert (status, error) == (0, "")
    assert told.splitlines()[-1] == "5 of 5 reports published in reports/; 0 were up to date."
    assert set(Reports(out).entries) == good_ones | set(bad)
    assert not (out / "_failed").exists()


# ---- only what is needed

FOUR = "source: published, provinces: [kon-tum, bac-giang], notebooks: [stub, other]"


def due(command: Typed, path: Path, out: Path, *more: str) -> dict[str, str]:
    """What a dry run says of the reports that would be made."""
    status, told, error = command("batch", path, "--out", out, "--dry-run", *more)
    assert (status, error) == (0, "")
    *lines, last = told.splitlines()
    found = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
    wanted = {name: reason for name, reason in found.items() if reason != "up to date"}
    assert last == f"{len(wanted)} reports would be made; {len(found) - len(wanted)} are up to date."
    return wanted


def test_what_is_up_to_date_is_not_made_again_and_a_change_is_named(
    command: Typed, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "reports"
    notebooks(project, stub="", other="")
    path = wishes(project, FOUR)
    names = [f"published/2022/{p}/{n}.vi" for p in ("kon-tum", "bac-giang") for n in ("stub", "other")]
    assert due(command, path, out) == dict.fromkeys(names, "not made yet")
    assert not out.exists()
    assert command("batch", path, "--out", out)[0] == 0
    first = files(out)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert command("batch", path, "--out", out) == (0, "0 of 0 reports published in reports/; 4 were up to date.\n", "")
    assert files(out) == first
    assert due(command, path, out) == {}
    assert due(command, path, out, "--force") == dict.fromkeys(names, "would be made again (--force)")

    def changed(name: str, reports: list[str], undo: Callable[[], Any]) -> None:
        found = due(command, path, out)
        undo()
        assert found == dict.fromkeys(reports, f"would be made again, changed: {name}")
        assert due(command, path, out) == {}

    def edited(place: Path, text: str | None = None) -> Callable[[], Any]:
        before = place.read_bytes() if place.exists() else None
        place.write_text(text if text is not None else before.decode() + "\n", encoding="utf-8")
        return lambda: place.write_bytes(before) if before is not None else place.unlink()

    changed("notebooks/stub.ipynb", names[::2], edited(project / "notebooks" / "stub.ipynb"))
    changed("params/layout.yaml", names, edited(project / "params" / "layout.yaml"))
    changed("requirements.lock", names, edited(project / "requirements.lock", "papermill==0\n"))
    before = batch.library_hash()
    monkeypatch.setattr(batch, "library_hash", lambda: "0" * 64)
    changed("library", names, lambda: monkeypatch.setattr(batch, "library_hash", lambda: before))
    page = out / "published/2022/kon-tum/stub.vi.html"
    whole = page.read_bytes()
    page.write_bytes(b"changed")
    changed("files", names[:1], lambda: page.write_bytes(whole))
    wishes(project, FOUR, "source: published, provinces: [kon-tum], notebooks: [stub, other], formats: [pdf]")
    changed("formats", names[:2], lambda: wishes(project, FOUR))
    assert "batch.yaml" not in "".join(json.loads(first["manifest.json"])["reports"][names[0]]["key"])


def test_a_parameter_is_part_of_what_a_report_rests_on(project: Path) -> None:
    from test_runner import job

    write_stub(project)
    one = job()
    other = batch.replace(one, parameters={**one.parameters, "document_date": "2022-12-20"})
    a, b = batch.key_of(one, {"x": "1"}), batch.key_of(other, {"x": "1"})
    assert {name for name in {*a, *b} if a.get(name) != b.get(name)} == {"parameters"}
    assert a["x"] == "1"


def test_a_corrected_row_of_one_commune_rebuilds_its_province_and_what_quotes_it_and_no_other(
    command: Typed, project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "reports"
    notebooks(project, stub="")
    assert command("demo", "Quảng Ngãi", "--periods", "2025-H2", "--out", project / "data" / "demo")[0] == 0
    path = wishes(
        project,
        "source: demo, provinces: [kon-tum, bac-giang], notebooks: [stub], periods: [2022-H1, 2022]",
        "source: demo, provinces: [quang-ngai], notebooks: [stub], periods: [2025-H2]",
        "source: published, provinces: [kon-tum], notebooks: [stub]",
    )
    assert command("batch", path, "--out", out)[0] == 0
    assert due(command, path, out) == {}
    place = project / "data" / "demo" / "kon-tum_2022-H1.xlsx"
    book = openpyxl.load_workbook(place)
    column = next(cell.column for cell in book["cells"][1] if cell.value == "official_members")
    book["cells"].cell(5, column).value += 1
    book.save(place)
    names = ["demo/2022-H1/kon-tum/stub.vi", "demo/2022/kon-tum/stub.vi", "demo/2025-H2/quang-ngai/stub.vi"]
    reason = "would be made again, changed: data/demo/kon-tum_2022-H1.xlsx"
    assert due(command, path, out) == dict.fromkeys(names, reason)
    told = command("batch", path, "--out", out)[1]
    assert told.splitlines()[-1] == "3 of 3 reports published in reports/; 3 were up to date."


def test_the_order_of_the_reports_and_a_second_making_change_no_byte(
    command: Typed, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks(project, stub="", other="")
    path = wishes(project, FOUR, name="a.yaml")
    assert command("batch", path, "--out", tmp_path / "a", "--jobs", "1")[0] == 0
    first = files(tmp_path / "a")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert command("batch", path, "--out", tmp_path / "a", "--force")[0] == 0
    assert files(tmp_path / "a") == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    other = wishes(project, FOUR.replace("kon-tum, bac-giang", "bac-giang, kon-tum"), name="b.yaml")
    path.unlink()
    assert command("batch", other, "--out", tmp_path / "b", "--jobs", "3", "--limit", "2")[0] == 0
    assert command("batch", other, "--out", tmp_path / "b", "--jobs", "3")[0] == 0
    assert files(tmp_path / "b") == first


# ---- a run in a process of its own


RUNS: list[Run] = []


@pytest.fixture(autouse=True)
def _no_run_is_left() -> Iterator[None]:
    """A test that fails leaves no run behind."""
    yield
    while RUNS:
        run = RUNS.pop()
        if run.process.poll() is None:
            run.process.kill()
            run.end()


class Run:
    """A batch run by the command line, in a session of its own."""

    def __init__(
        self, project: Path, path: Path, out: Path, *more: str, events: bool = True, **surroundings: str
    ) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PARTYBUILDING_")}
        env |= {"PARTYBUILDING_HOME": str(project), "PARTYBUILDING_LANG": "en", "SOURCE_DATE_EPOCH": "1700000000"}
        line = [
            str(Path(sys.executable).with_name("partybuilding")),
            "batch",
            str(path),
            "--out",
            str(out),
            "--jobs",
            "2",
        ]
        self.process = subprocess.Popen(
            [*line, *(["--json"] if events else []), *more],
            **{"env": env | surroundings, "cwd": project, "text": True, "start_new_session": True},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        RUNS.append(self)
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    def end(self) -> int:
        """Wait for its end and return its exit status."""
        code = self.process.wait(300)
        for reader in self.readers:
            reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The events so far."""
        found = [json.loads(line) for line in list(self.lines)]
        return [event for event in found if not name or event["event"] == name]

    def awaits(self, true: Callable[[], Any]) -> Any:
        """Wait until it is true, or until the run has ended."""
        return eventually(lambda: true() or self.process.poll() is not None, 200)

    def server(self) -> psutil.Process | None:
        """The fork server."""
        try:
            found = psutil.Process(self.process.pid).children()
            return next((one for one in found if "forkserver" in " ".join(one.cmdline())), None)
        except psutil.Error:
            return None

    def reports(self) -> list[psutil.Process]:
        """The processes of reports."""
        server = self.server()
        try:
            return server.children() if server else []
        except psutil.Error:
            return []


def lives(session: int) -> list[int]:
    """Processes of a session, or of the groups that its reports made, that still run."""
    found = []
    for one in psutil.process_iter(["pid", "status"]):
        try:
            if os.getsid(one.pid) == session and one.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except (OSError, psutil.Error):
            continue
    return found


EIGHT = "source: published, provinces: [kon-tum, bac-giang], notebooks: [stub, other, third]"


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project, its batch file, an older edition of six reports, and the files of both whole editions."""
    place = tmp_path_factory.mktemp("editions")
    project = copy_project(place / "project")
    cold(project)
    notebooks(project, stub="", other="", third="")
    path = wishes(project, EIGHT)
    words("Older", project)
    assert Run(project, path, place / "old").end() == 0
    old = files(place / "old")
    words("Newer", project)
    layout = project / "params" / "layout.yaml"
    layout.write_bytes(layout.read_bytes() + b"# newer\n")
    shutil.copytree(place / "old", place / "new")
    assert Run(project, path, place / "new").end() == 0
    new = files(place / "new")
    assert old.keys() == new.keys()
    assert sum(old[name] != new[name] for name in old) >= 6 * 4
    return project, path, place / "old", old, new


def whole(out: Path, old: dict[str, bytes], new: dict[str, bytes]) -> set[str]:
    """Each report is of one edition and there is nothing between; return those of the newer one."""
    found = {name: content for name, content in files(out).items() if name.startswith("published/")}
    assert found.keys() == {name for name in old if name.startswith("published/")}
    stems = {name.rpartition(".")[0] for name in found}
    newer = {stem for stem in stems if found[f"{stem}.html"] == new[f"{stem}.html"]}
    for name, content in found.items():
        assert content == (new if name.rpartition(".")[0] in newer else old)[name], name
    assert {what for _, what in Reports(out).verify()} <= {"unfinished"}
    return newer


KILLS = int(os.environ.get("PARTYBUILDING_KILLS", "5"))


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_any_moment_the_same_command_finishes_it(editions: Any, tmp_path: Path, number: int) -> None:
    project, path, before, old, new = editions
    chance = random.Random(number)
    whom = ("run", "report", "run", "fork server", "report")[number % 5]
    out = Path(shutil.copytree(before, tmp_path / "reports"))
    run = Run(project, path, out)
    step = chance.randrange(1, 13)  # of thirteen events before the last
    run.awaits(lambda: len(run.lines) >= step)
    threading.Event().wait(chance.uniform(0, 0.5))  # the moment itself is left to chance
    if whom == "run":
        run.process.kill()
    else:
        run.awaits(lambda: run.reports() if whom == "report" else run.server())
        victims = run.reports() if whom == "report" else [run.server()]
        with suppress(psutil.NoSuchProcess):  # it had just ended
            for victim in [one for one in victims if one][:1]:
                victim.kill()
    code = run.end()
    assert code in ((-signal.SIGKILL, 0) if whom == "run" else (0, 1))
    newer = whole(out, old, new)
    if code == 0:
        assert files(out) == new
    if whom != "run" and code:
        assert len(run.events("failed")) in (1, 2)
        assert len(newer) == 6 - len(run.events("failed"))
    again = Run(project, path, out)
    assert again.end() == 0, again.errors
    assert again.events("planned")[0]["todo"] == 6 - len(newer)
    assert files(out) == new
    assert Reports(out).verify() == []
    eventually(lambda: not lives(run.process.pid), 30)


# ---- twice at once, Ctrl-C


@pytest.fixture
def waiting(project: Path, tmp_path: Path) -> Iterator[tuple[Path, Path, Path, Path]]:
    """A project with a report that goes out at once, and three that wait for a file: project, plan, folder, file."""
    cold(project)
    notebooks(project, stub="", other=WAITS, third=WAITS, fourth=WAITS)
    path = wishes(project, "source: published, provinces: [kon-tum], notebooks: [stub, other, third, fourth]")
    yield project, path, tmp_path / "reports", tmp_path / "go"
    (tmp_path / "go").touch()


def test_two_runs_at_once_do_not_harm_each_other(waiting: Any) -> None:
    project, path, out, go = waiting
    first = Run(project, path, out, GO=str(go))
    first.awaits(lambda: first.events("published"))
    before = files(out)
    second = Run(project, path, out, GO=str(go))
    assert second.end() == 2
    assert second.lines == []
    (told,) = second.errors
    assert re.fullmatch(
        r'The folder "reports" is in use by another run '
        rf"\(process {first.process.pid} @ \S+, [\d:]{{8}} [\d/]{{10}}\)\. "
        r"Wait until it ends, or choose another folder with --out\.",
        told,
    )
    assert {name: content for name, content in files(out).items() if ".staging" not in name} == {
        name: content for name, content in before.items() if ".staging" not in name
    }
    go.touch()
    assert first.end() == 0
    assert Reports(out).verify() == []
    assert (out / ".lock").read_bytes() == b""


def test_the_folder_is_free_again_when_the_run_that_held_it_was_killed(waiting: Any) -> None:
    project, path, out, go = waiting
    first = Run(project, path, out, GO=str(go))
    first.awaits(lambda: first.events("published"))
    first.process.kill()
    first.end()
    go.touch()
    second = Run(project, path, out, GO=str(go))
    assert second.end() == 0
    assert second.events("planned") == [{"event": "planned", "reports": 4, "todo": 3}]
    assert len(Reports(out).entries) == 4


@pytest.mark.parametrize("whom", ["process", "group"])
def test_ctrl_c_is_tidy_and_says_what_was_done(waiting: Any, whom: str) -> None:
    project, path, out, go = waiting
    run = Run(project, path, out, events=False, GO=str(go))
    run.awaits(lambda: run.lines and len(run.reports()) == 2)
    (os.kill if whom == "process" else os.killpg)(run.process.pid, signal.SIGINT)
    assert run.end() == 130
    assert run.lines == [
        "[1/4] published: published/2022/kon-tum/stub.vi",
        "1 of 4 reports published in reports/; 0 were up to date.",
    ]
    names = [f"published/2022/kon-tum/{name}.vi" for name in ("other", "third", "fourth")]
    assert run.errors[:-1] == [
        line for name in names for line in (f"not made: {name}", "  Not made, as the run was stopped.")
    ]
    assert run.errors[-1].startswith(f"Make only these again: partybuilding batch {path} --only {names[0]} ")
    eventually(lambda: not lives(run.process.pid), 30)
    assert Reports(out).verify() == []
    assert not (out / ".staging").exists()
    go.touch()
    assert Run(project, path, out, GO=str(go)).end() == 0
    assert len(Reports(out).entries) == 4


# ---- the disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A small disk of its own where that is allowed, else an ordinary folder; and which it is."""
    place = tmp_path / "disk"
    place.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(line, capture_output=True, check=False).returncode == 0
    yield place, mounted
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up_ends_the_run_and_harms_nothing(editions: Any, disk: Any, tmp_path: Path) -> None:
    project, path, before, old, new = editions
    place, mounted = disk
    out = Path(shutil.copytree(before, place / "reports"))
    run = Run(project, path, out, "--jobs", "1")
    run.awaits(lambda: run.events("published"))
    if mounted:
        with pytest.raises(OSError, match="No space"), (place / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(100_000))
    else:  # nothing more can be written by these processes
        for one in [run.process.pid, *(server.pid for server in [run.server()] if server)]:
            resource.prlimit(one, resource.RLIMIT_FSIZE, (0, 0))
    assert run.end() == 2
    assert len(run.errors) >= 1
    assert "Traceback" not in "".join(run.errors)
    if mounted:
        assert "has only 0 MB left" in run.errors[-1]
    newer = whole(out, old, new)
    assert 1 <= len(newer) < 6
    (place / "filler").unlink(missing_ok=True)
    again = Run(project, path, out)
    assert again.end() == 0, again.errors
    assert files(out) == new


def test_a_disk_without_room_is_told_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, count, enough in (
        (3_000_000, 1, True),
        (2_999_999, 1, False),
        (1_999_999, 0, False),
        (2_000_000, 0, True),
    ):
        usage = shutil._ntuple_diskusage(10**9, 10**9 - free, free)
        monkeypatch.setattr(batch.shutil, "disk_usage", lambda _, usage=usage: usage)
        if enough:
            batch.check_space(tmp_path / "a" / "b", count)
        else:
            with pytest.raises(UserError) as refused:
                batch.check_space(tmp_path / "a" / "b", count)
            assert (refused.value.code, refused.value.fields["free"]) == ("disk_full", free // 1_000_000)


def test_a_folder_that_may_only_be_read_is_refused_and_stays_as_it_is(editions: Any, disk: Any) -> None:
    project, path, before, old, _ = editions
    place, mounted = disk
    out = Path(shutil.copytree(before, place / "reports"))
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    else:  # a file where the folder should be refuses root as well
        shutil.rmtree(out)
        out.write_text("a file")
    run = Run(project, path, out)
    assert run.end() == 2
    problem = "Read-only file system" if mounted else "File exists"
    assert run.lines == []
    if mounted:
        assert run.errors == [
            f'The folder "reports" cannot be written to ({problem}). Choose another with --out, or allow writing.'
        ]
        assert files(out) == old
    else:
        assert "reports" in run.errors[-1]
        assert out.read_text() == "a file"
