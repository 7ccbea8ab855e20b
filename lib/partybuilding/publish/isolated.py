"""A process for each report, forked from a server that has imported everything: warm, clean, and alone in its failure.

Imports errors, plan and runner.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from partybuilding.errors import sentence
from partybuilding.publish.outcome import Limits, Outcome
from partybuilding.publish.plan import Job

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
# memory that a report gives back stays its own, and comes in large pages: the system would hand it out one by one
_MEMORY = ["hugetlb=1", "arena_max=1", "trim_threshold=268435456", "mmap_threshold=33554432", "top_pad=67108864"]
STARTS = 100
_running: dict[int, BaseProcess] = {}
_lock = threading.Lock()
_stopping = threading.Event()


def cores() -> int:
    """Return the cores that this process may really use: of the machine, of its affinity, of its control group."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        known = min(known, max(1, int(quota) // int(period)))
    return known


def memory() -> int:
    """Return the bytes of memory that are free for reports, 0 where that is not known."""
    free = []
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/meminfo").read_text(encoding="ascii").partition("MemAvailable:")[2]
        free.append(1024 * int(text.split()[0]))
    with suppress(OSError, ValueError):
        limit, used = (int(Path(f"/sys/fs/cgroup/memory.{n}").read_text(encoding="ascii")) for n in ("max", "current"))
        free.append(limit - used)
    return min(free, default=0)


def prepare(modules: Sequence[str], jobs: int, begin: bool = False) -> None:
    """Say what the fork server imports before the first report, and keep the libraries beneath to few threads.

    With `begin` it starts at once, beside what the caller does until the first report; else with that.
    """
    for name in _THREADS:
        os.environ.setdefault(name, str(max(1, cores() // jobs)) if name.startswith("RAYON") else "1")
    os.environ.setdefault("GLIBC_TUNABLES", ":".join(f"glibc.malloc.{part}" for part in _MEMORY))
    _stopping.clear()
    if _forks():
        multiprocessing.get_context("forkserver").set_forkserver_preload(
            ["partybuilding.publish.lean", "partybuilding.publish.runner", *modules]
        )
        if begin:
            from multiprocessing import forkserver  # noqa: PLC0415 (not on Windows)

            forkserver.ensure_running()


def _forks() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods() and sys.platform == "linux"


def run_isolated(job: Job, folder: Path, limits: Limits, environment: Mapping[str, str] | None = None) -> Outcome:
    """Make a report in a process of its own; one that hangs, dies or eats its memory fails alone.

    It has the environment of this process, not of the server that it is forked from, with `environment` beside it.
    """
    context: Any = multiprocessing.get_context("forkserver" if _forks() else "spawn")
    answer, end = context.Pipe(duplex=False)
    surroundings = {**os.environ, **(environment or {})}
    process: BaseProcess = context.Process(target=_work, args=(end, job, folder, limits, surroundings))
    try:
        _start(process)
        with _lock:
            _running[process.pid or 0] = process
            if _stopping.is_set():
                _end(process)
        end.close()
        if answer.poll(limits.report):
            outcome: Outcome = answer.recv()
            process.join(5)
            return outcome
        return Outcome(job, "failed", (sentence("report_deadline", seconds=f"{limits.report:g}"),))
    except (EOFError, OSError) as error:  # it died, or the fork server did: the next report starts another
        if process.pid:
            process.join(5)
        code = _cause(process.exitcode) if process.pid else type(error).__name__
        return Outcome(job, "failed", (sentence("report_died", code=code),))
    finally:
        _end(process)
        answer.close()
        end.close()
        with _lock:
            _running.pop(process.pid or 0, None)


def _start(process: BaseProcess) -> None:
    """Start the process; a fork server that was killed takes a moment until another takes its place."""
    for _ in range(STARTS):
        with suppress(ConnectionError):
            process.start()
            return
        time.sleep(0.05)
    process.start()


def stop_all() -> None:
    """Kill the reports that are running, and those that are just being started."""
    _stopping.set()
    with _lock:
        for process in _running.values():
            _end(process)


def _end(process: BaseProcess) -> None:
    """Kill the process with all that it started, also where it has ended by itself."""
    if not process.pid:
        return
    with suppress(OSError, AttributeError):  # none left; Windows
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ValueError):
        process.kill()
        process.join(10)


def _cause(code: int | None) -> str:
    return signal.Signals(-code).name if code and code < 0 else str(code)


def _work(end: Connection, job: Job, folder: Path, limits: Limits, environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # Ctrl-C is for the batch, which then ends the reports
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _limit(limits.memory)
    gc.set_threshold(100_000, 20, 100)  # a report is short: few collections
    gc.enable()
    from partybuilding.publish.runner import make  # noqa: PLC0415 (heavy: the batch itself does without it)

    with suppress(BrokenPipeError):  # the batch has been stopped
        end.send(make(job, folder, limits))
    end.close()


def _follow(parent: Any) -> None:
    """End this process, with all that it started, when the batch is gone."""
    parent.join()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _limit(more: int) -> None:
    """Let this process take `more` bytes beyond what it has."""
    if not more or sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 (not on Windows)

    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))
