"""A process for each report: warm, clean, alone in its failure, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from test_export import RECORD, parts
from test_runner import PARAMETERS, job, write_stub

from partybuilding.errors import UserError
from partybuilding.publish import isolated
from partybuilding.publish.isolated import run_isolated
from partybuilding.publish.outcome import Limits, Outcome

WARM = ("partybuilding.cli", "partybuilding.warm")
HEAVY = (
    *("pandas", "numpy", "typst", "papermill", "nbformat", "lxml", "pyarrow", "babel"),
    *("partybuilding.present", "partybuilding.assess", "partybuilding.publish", "xlsxwriter", "pypdfium2", "IPython"),
)
LIMITS = Limits(report=120)


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    isolated.prepare(WARM, 2)


def write(project: Path, *code: str, name: str = "stub") -> None:
    """Write a notebook that runs this code and then shows the small report."""
    shows = [
        "from IPython.display import publish_display_data as show",
        f"[show({{'text/html': html}}) for html in {parts()!r}];",
        f"show({{'application/vnd.partybuilding.report+json': {RECORD!r}}})",
    ]
    cells = [nbformat.v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source, id=f"code-{n}") for n, source in enumerate([*code, *shows])]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, project / "notebooks" / f"{name}.ipynb")


def made(folder: Path, limits: Limits = LIMITS) -> Outcome:
    folder.mkdir(exist_ok=True)
    return run_isolated(job(), folder, limits)


def eventually(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    """Whether there is no such process any more, or only its remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


# ---- warm and clean

SEEN = "import json, os, sys, pathlib\npathlib.Path(os.environ['SEEN']).open('a').write(json.dumps({}) + '\\n');"


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """What the jobs have written down, one line each."""
    path = tmp_path / "seen.jsonl"
    path.touch()
    monkeypatch.setenv("SEEN", str(path))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def test_a_report_starts_with_everything_imported(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real notebook imports nothing heavy inside its process: it was there before."""
    from partybuilding.publish.plan import Job

    path = project / "notebooks" / "province_assessment.ipynb"
    notebook = nbformat.read(path, as_version=4)
    note = "import json, os, sys\nwith open(os.environ['{}'], 'w') as told:\n    json.dump(sorted(sys.modules), told)"
    monkeypatch.setenv("FIRST", str(tmp_path / "first.json"))
    monkeypatch.setenv("LAST", str(tmp_path / "last.json"))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(note.format("FIRST"), id="first"))
    notebook.cells.append(nbformat.v4.new_code_cell(note.format("LAST"), id="last"))
    nbformat.write(notebook, path)
    given = {"province": "kon-tum", "period": "2022", "lang": "vi", "source": "demo"}
    one = Job("province_assessment", "demo", "kon-tum", "2022", "vi", ("html", "pdf"), given)
    folder = tmp_path / "out"
    folder.mkdir()
    outcome = run_isolated(one, folder, LIMITS)
    assert (folder / f"{one.stem}.pdf").is_file(), outcome.reasons
    first, last = (set(json.loads((tmp_path / name).read_text())) for name in ("first.json", "last.json"))
    assert set(HEAVY) <= first
    late = {name for name in last - first if name in (*HEAVY, "nbconvert") or name.startswith("partybuilding")}
    assert late == set()


DIRTY = """
import locale, os, sys, warnings
import matplotlib, pandas
from partybuilding import errors
matplotlib.rcParams["font.size"] = 77
pandas.set_option("display.max_rows", 3)
errors.LANGUAGES = ("xx",)
errors.kept = sys.modules["kept"] = json
os.environ["KEPT"] = "1"
os.environ["PARTYBUILDING_LANG"] = "xx"
os.chdir("/")
os.umask(0o777)
warnings.filterwarnings("error")
locale.setlocale(locale.LC_ALL, "C.UTF-8")
sys.setrecursionlimit(900)
os.nice(1)
"""
LOOK = """
import locale, os, sys, warnings
import matplotlib, pandas
from partybuilding import errors
state = [matplotlib.rcParams["font.size"], pandas.get_option("display.max_rows"), errors.LANGUAGES,
         hasattr(errors, "kept"), "kept" in sys.modules, os.environ.get("KEPT"), os.environ.get("PARTYBUILDING_LANG"),
         os.getcwd(), os.umask(0o022), str(warnings.filters), locale.setlocale(locale.LC_ALL),
         sys.getrecursionlimit(), os.nice(0), len(In)]
"""


def test_what_one_report_sets_the_next_does_not_see(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]]
) -> None:
    write(project, LOOK, SEEN.format("state"))
    assert made(tmp_path / "before").reasons == ()
    write(project, "import json", DIRTY, SEEN.format("'dirty'"))
    made(tmp_path / "dirty")
    write(project, LOOK, SEEN.format("state"))
    assert made(tmp_path / "after").state == "published"
    before, dirty, after = seen()
    assert dirty == "dirty"
    assert before == after
    assert (before[2], before[3], before[5]) == (["vi", "en"], False, None)


def test_a_report_has_the_environment_of_the_run_not_of_the_first_one(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, SEEN.format("[os.environ.get(name) for name in ('A', 'B', 'PARTYBUILDING_HOME')]"))
    monkeypatch.setenv("A", "1")
    made(tmp_path / "one")
    monkeypatch.delenv("A")
    run_isolated(job(), tmp_path / "one", LIMITS, {"B": "2"})
    assert seen() == [["1", None, str(project)], [None, "2", str(project)]]
    assert "B" not in os.environ


def test_libraries_beneath_have_few_threads(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in isolated._THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(isolated, "cores", lambda: 8)
    isolated.prepare(WARM, 4)
    write(project, SEEN.format(f"[os.environ[name] for name in {isolated._THREADS!r}]"))
    made(tmp_path / "out")
    assert seen() == [["1", "1", "1", "2"]]
    monkeypatch.setenv("OMP_NUM_THREADS", "3")  # what the operator says holds
    isolated.prepare(WARM, 4)
    assert os.environ["OMP_NUM_THREADS"] == "3"


# ---- alone in its failure

DIES = {
    "raises": ("raise ValueError('nothing to show')", "ValueError: nothing to show"),
    "warns": ("import warnings\nwarnings.warn('old', FutureWarning, stacklevel=1)", "FutureWarning: old"),
    "is killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", UserError("report_died", code="SIGKILL")),
    "crashes": ("import ctypes\nctypes.string_at(0)", UserError("report_died", code="SIGSEGV")),
    "leaves": ("import os\nos._exit(3)", UserError("report_died", code="3")),
    "leaves well": ("import os\nos._exit(0)", UserError("report_died", code="0")),
    "hangs": ("while True: pass", UserError("report_deadline", seconds="3")),
    "hangs deaf": (
        "import signal, time\nfor n in (2, 14, 15):\n    signal.signal(n, signal.SIG_IGN)\nwhile True: time.sleep(60)",
        UserError("report_deadline", seconds="3"),
    ),
    "eats memory": ("a = [bytearray(64_000_000) for _ in range(1000)]", UserError("report_memory")),
}


@pytest.mark.parametrize("how", DIES)
def test_a_report_that_dies_fails_alone_with_its_reason(project: Path, tmp_path: Path, how: str) -> None:
    code, told = DIES[how]
    reason = told if isinstance(told, str) else told.message()
    write(project, code)
    limits = Limits(cell=300, report=3 if "hangs" in how else 120, memory=1_000_000_000 if "memory" in how else 0)
    start = time.monotonic()
    outcome = made(tmp_path / "out", limits)
    assert outcome.state == "failed"
    assert reason in outcome.reasons[0]
    assert time.monotonic() - start < 60
    kept = nbformat.read(tmp_path / "out" / "stub.en.ipynb", as_version=4)  # what it came to
    assert any(cell.get("source") == code for cell in kept.cells)
    assert isolated._running == {}
    write(project)
    assert made(tmp_path / "next").state == "published"


def test_the_report_of_the_limit_fits_into_it(project: Path, tmp_path: Path) -> None:
    write(project, "a = bytearray(100_000_000)")
    assert made(tmp_path / "out", Limits(report=120, memory=1_000_000_000)).state == "published"


@pytest.mark.parametrize("engine", ["warm", "kernel"])
@pytest.mark.parametrize("end", ["deadline", "killed"])
def test_what_a_report_has_started_ends_with_it(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]], engine: str, end: str
) -> None:
    start = "import subprocess, time\nchild = subprocess.Popen(['sleep', '600'])"
    last = "while True: time.sleep(60)"
    write(project, start, SEEN.format("[os.getpid(), os.getppid(), child.pid]"), last)
    found: list[Outcome] = []
    limits = Limits(engine, report=12 if end == "deadline" else 120)
    thread = threading.Thread(target=lambda: found.append(made(tmp_path / "out", limits)))
    thread.start()
    shell, above, child = eventually(seen)[0]
    own = shell if engine == "warm" else above
    if end == "killed":
        os.kill(own, signal.SIGKILL)
    thread.join(60)
    assert [outcome.state for outcome in found] == ["failed"]
    if engine == "kernel":  # it has a session of its own and looks every second whether its parent lives
        os.kill(child, signal.SIGKILL)
        eventually(lambda: gone(shell), 20)
    for pid in (own, shell, child):
        eventually(lambda pid=pid: gone(pid), 5)


def test_a_report_whose_fork_server_was_killed_fails_alone(project: Path, tmp_path: Path) -> None:
    from multiprocessing import forkserver

    write(project)
    assert made(tmp_path / "first").state == "published"
    server = forkserver._forkserver._forkserver_pid
    os.kill(server, signal.SIGKILL)
    states = [made(tmp_path / f"{n}").state for n in range(4)]
    assert states[1:] == ["published"] * 3  # at most the one that was being forked
    assert forkserver._forkserver._forkserver_pid != server


# ---- the end of a run

DRIVER = """
import sys, threading
from pathlib import Path
from partybuilding.publish import isolated
from partybuilding.publish.outcome import Limits
from partybuilding.publish.plan import Job
if __name__ == "__main__":
    isolated.prepare((), 1)
    given = {"province": "kon-tum", "period": "2022", "lang": "en", "source": "published"}
    job = Job("stub", "published", "kon-tum", "2022", "en", ("html",), given)
    print(isolated.run_isolated(job, Path(sys.argv[1]), Limits(report=300)).state, flush=True)
"""


def test_a_report_ends_itself_when_its_batch_is_killed(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]]
) -> None:
    start = "import subprocess, time\nchild = subprocess.Popen(['sleep', '600'])"
    write(project, start, SEEN.format("[os.getpid(), child.pid]"), "while True: time.sleep(60)")
    (tmp_path / "driver.py").write_text(DRIVER)
    (tmp_path / "out").mkdir()
    batch = subprocess.Popen([sys.executable, str(tmp_path / "driver.py"), str(tmp_path / "out")])
    own, child = eventually(seen)[0]
    server = int(Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1])
    assert server != batch.pid
    batch.kill()
    batch.wait(30)
    for pid in (own, child, server):
        eventually(lambda pid=pid: gone(pid), 20)


def test_stopping_ends_all_reports_also_one_that_is_just_started(
    project: Path, tmp_path: Path, seen: Callable[[], list[Any]]
) -> None:
    write(project, SEEN.format("os.getpid()"), "import time\nwhile True: time.sleep(60)")
    found: list[Outcome] = []
    threads = [threading.Thread(target=lambda n=n: found.append(made(tmp_path / f"{n}"))) for n in range(3)]
    try:
        for thread in threads[:2]:
            thread.start()
        eventually(lambda: len(seen()) == 2)
        isolated.stop_all()
        threads[2].start()  # was in hand when the others were stopped
        for thread in threads:
            thread.join(60)
    finally:
        isolated.prepare(WARM, 2)
    assert [outcome.state for outcome in found] == ["failed"] * 3
    assert all(gone(pid) for pid in seen())
    assert isolated._running == {}
    write_stub(project)
    assert made(tmp_path / "after").state == "published"


# ---- what the machine has


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in the place of /sys/fs/cgroup and /proc."""
    real = isolated.Path

    def moved(path: str) -> Path:
        return tmp_path / path.lstrip("/") if path.startswith(("/sys/", "/proc/")) else real(path)

    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "proc").mkdir()
    monkeypatch.setattr(isolated, "Path", moved)
    monkeypatch.setattr(isolated.os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("quota", "due"),
    [
        (None, 6),
        ("max 100000", 6),
        ("200000 100000", 2),
        ("50000 100000", 1),
        ("250000 100000", 2),
        ("9900000 100000", 6),
        ("", 6),
    ],
)
def test_the_cores_are_those_that_may_be_used(cgroup: Path, quota: str | None, due: int) -> None:
    if quota is not None:
        (cgroup / "sys/fs/cgroup/cpu.max").write_text(f"{quota}\n")
    assert isolated.cores() == due


def test_without_affinity_all_cores_count(cgroup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(isolated.os, "sched_getaffinity")
    for known, due in ((4, 4), (None, 1)):
        monkeypatch.setattr(isolated.os, "cpu_count", lambda known=known: known)
        assert isolated.cores() == due


@pytest.mark.parametrize(
    ("available", "group", "due"),
    [
        (None, None, 0),
        (8_000_000, None, 8_192_000_000),
        (8_000_000, ("max", "5"), 8_192_000_000),
        (8_000_000, ("3000000000", "1000000000"), 2_000_000_000),
        (None, ("3000000000", "1000000000"), 2_000_000_000),
        (1_000, ("3000000000", "1000000000"), 1_024_000),
    ],
)
def test_the_memory_is_that_which_is_free(
    cgroup: Path, available: int | None, group: tuple[str, str] | None, due: int
) -> None:
    if available is not None:
        told = f"MemTotal: 99 kB\nMemFree: 1 kB\nMemAvailable:   {available} kB\nBuffers: 3 kB\n"
        (cgroup / "proc/meminfo").write_text(told)
    for name, value in zip(("max", "current"), group or (), strict=False):
        (cgroup / f"sys/fs/cgroup/memory.{name}").write_text(f"{value}\n")
    assert isolated.memory() == due
