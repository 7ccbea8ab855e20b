"""Runs many jobs: only what is needed, so many at a time, each alone in its failure; publishes what passes.

Imports errors, params, plan, runner, isolated and edition.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from partybuilding.errors import UserError, sentence
from partybuilding.params import home
from partybuilding.publish.edition import Reports
from partybuilding.publish.isolated import run_isolated, stop_all
from partybuilding.publish.outcome import Limits, Outcome
from partybuilding.publish.plan import Job

Key = Mapping[str, str]
Submit = Callable[[Job, Path], "Future[Outcome]"]
Notify = Callable[[str, Job, Outcome | None], None]
SPACE = 3_000_000  # bytes that a report may need
LEAST_SPACE = 2_000_000


@cache
def library_hash() -> str:
    """Return the hash of the library's own files and of the versions installed beside it."""
    folder = Path(__file__).resolve().parents[1]
    total = hashlib.sha256(platform.python_version().encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    installed = {path.name for place in places for path in Path(place).glob("*.dist-info")}
    total.update("\n".join(sorted(name.lower().replace("_", "-") for name in installed)).encode())
    return total.hexdigest()


def key_of(job: Job, reads: Mapping[str, str]) -> dict[str, str]:
    """Return the hash of all that a report rests on, by name; `reads` are the data that it reads."""
    files = [job.notebook_path, home() / "requirements.lock", *sorted((home() / "params").glob("*.*"))]
    known = {
        path.relative_to(home()).as_posix(): _file_hash(path, path.stat().st_mtime_ns)
        for path in files
        if path.is_file() and path.name != "batch.yaml"
    }
    parameters = json.dumps(dict(job.parameters), sort_keys=True, default=str)
    return {"library": library_hash(), "parameters": parameters, **known, **reads}


@cache
def _file_hash(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_space(out: Path, count: int) -> None:
    """Refuse to start where the disk cannot hold the reports."""
    place = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < max(LEAST_SPACE, SPACE * min(count, 10)):
        raise UserError("disk_full", value=out.name, free=free // 1_000_000)


@contextmanager
def local_slots(jobs: int, limits: Limits) -> Iterator[Submit]:
    """Give a way to run reports on this machine, `jobs` at a time, each in a process of its own."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield lambda job, folder: pool.submit(run_isolated, job, folder, limits)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise


class Beside:
    """The reports that are up to date, with which one to be published must agree."""

    def __init__(self, reports: Reports, current: Iterable[Job]) -> None:
        self.reports = reports
        self.charts: dict[str, set[str]] = {}
        self.places: dict[tuple[str, str], list[Job]] = {}
        self.traces: dict[str, Any] = {}
        for job in current:
            self.add(job, reports.entries[job.name].get("hashes", {}))

    def add(self, job: Job, hashes: Mapping[str, str]) -> None:
        """Take in a report that stands in its place now; those on communes agree if they agree with their province."""
        if not job.commune:
            self.places.setdefault((job.source, job.province), []).append(job)
        self.traces[job.name] = {"province": job.province, "hashes": hashes}
        for digest in hashes.values():
            self.charts.setdefault(digest, set()).add(job.name)

    def refusals(self, job: Job, trace: Mapping[str, Any]) -> list[str]:
        """Return why a finished report must not stand beside the others."""
        from partybuilding.publish.across import across, values  # noqa: PLC0415 (heavy: only where one is published)

        names = set[str]().union(*(self.charts.get(digest, ()) for digest in trace["hashes"].values()))
        others = {name: self.traces[name] for name in names if self.traces[name]["province"] != job.province}
        for one in self.places.get((job.source, job.province), ()):
            if one.name != job.name:
                others[one.name] = self.traces[one.name] | values(self.reports.out / one.folder / one.files[0])
        return [refusal.text() for refusal in across(job.name, dict(trace), others)]


def run_all(
    todo: Iterable[tuple[Job, Key]], reports: Reports, beside: Beside, submit: Submit, width: int, notify: Notify
) -> Iterator[Outcome]:
    """Yield what became of each job, in the order in which they end; `width` run at a time.

    One more is in hand, which begins at once where another ends: nobody waits while that is published.
    """
    waiting, next_one = deque(todo), deque[Job]()
    running: dict[Future[Outcome], tuple[Job, Key, Path]] = {}
    try:
        while waiting or running:
            while waiting and len(running) <= width:
                job, key = waiting.popleft()
                folder = reports.staging()
                running[submit(job, folder)] = (job, key, folder)
                next_one.append(job)
            while next_one and len(running) - len(next_one) < width:
                notify("started", next_one.popleft(), None)
            ended = wait(running, return_when=FIRST_COMPLETED).done
            for future in [one for one in running if one in ended]:  # in the order in which they began
                job, key, folder = running.pop(future)
                while next_one and len(running) - len(next_one) < width:
                    notify("started", next_one.popleft(), None)
                outcome = _settle(future, job, key, folder, beside)
                notify(outcome.state, job, outcome)
                yield outcome
    finally:
        for future in running:
            future.cancel()


def _settle(future: Future[Outcome], job: Job, key: Key, folder: Path, beside: Beside) -> Outcome:
    """Publish what passed; keep the notebook and the reasons of what did not."""
    error, reports = future.exception(), beside.reports
    outcome = Outcome(job, "failed", (f"{type(error).__name__}: {error}",)) if error else future.result()
    if isinstance(error, UserError):
        outcome = Outcome(job, "failed", (error.message(),))
    if outcome.state == "published" and (refused := beside.refusals(job, outcome.trace)):
        outcome = replace(outcome, state="withheld", reasons=tuple(refused))
    if outcome.state == "published":
        hashes = outcome.trace["hashes"]
        reports.publish(job, folder, {**outcome.record, "hashes": hashes}, key)
        beside.add(job, hashes)
    else:
        reports.keep(job, folder, outcome.reasons)
        if shutil.disk_usage(reports.out).free < LEAST_SPACE:
            raise UserError("disk_full", value=reports.out.name, free=0)
    shutil.rmtree(folder, ignore_errors=True)
    return replace(outcome, record={}, trace={})  # what is kept of it stands in the manifest


def why(changes: list[str] | None) -> str:
    """Return in words why a report has to be made, or that it is up to date."""
    if changes is None:
        return sentence("why_current")
    return sentence("why_changed", names=", ".join(changes)) if changes else sentence("why_new")
