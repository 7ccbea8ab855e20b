"""The same jobs on several machines through Dask (extra `cluster`): inputs travel with them, files come back as bytes.

Imports errors, params, plan, runner, isolated and batch.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from partybuilding.errors import UserError, message_language
from partybuilding.params import home
from partybuilding.publish.batch import Submit, library_hash
from partybuilding.publish.isolated import cores, prepare, run_isolated
from partybuilding.publish.outcome import Limits, Outcome
from partybuilding.publish.plan import Job

WAIT = 30  # seconds for the scheduler to answer, and for a first worker
RETRIES = 3  # times that a job is repeated when its worker dies
PRELOAD = "partybuilding.warm"
_unpacking = threading.Lock()


def bundle(sources: Sequence[str]) -> bytes:
    """Return notebooks, params, register and the data of these sources as one archive, the same for the same files."""
    packed = io.BytesIO()
    names = ["notebooks", "params", "data/register", *(f"data/{source}" for source in sorted(set(sources)))]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for name in names for path in (home() / name).rglob("*") if path.is_file()):
            if not any(part.startswith(".") for part in path.relative_to(home()).parts):
                _add(archive, path)
        lock = home() / "requirements.lock"
        if lock.exists():
            _add(archive, lock)
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, path: Path) -> None:
    name = zipfile.ZipInfo(path.relative_to(home()).as_posix())  # of no date
    archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)


def work(job: Job, inputs: bytes, limits: Limits, library: str, lang: str) -> tuple[Outcome, dict[str, bytes]]:
    """Make one report on a worker: the outcome and the files' bytes; UserError where the library is another one."""
    if library_hash() != library:
        import socket  # noqa: PLC0415 (only to name the machine)

        raise UserError("cluster_version", value=socket.gethostname())
    environment = {"PARTYBUILDING_HOME": str(_unpacked(inputs)), "PARTYBUILDING_LANG": lang}
    prepare((PRELOAD,), cores())
    folder = Path(tempfile.mkdtemp(prefix="partybuilding-"))
    try:
        outcome = run_isolated(job, folder, limits, environment)
        return outcome, {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(inputs: bytes) -> Path:
    """Return the folder with the inputs, unpacked once on each machine and in one step."""
    place = Path(tempfile.gettempdir()) / f"partybuilding-{os.getpid()}-{hashlib.sha256(inputs).hexdigest()[:32]}"
    with _unpacking:
        if not place.exists():
            staged = Path(tempfile.mkdtemp(prefix="partybuilding-"))
            with zipfile.ZipFile(io.BytesIO(inputs)) as archive:
                archive.extractall(staged)
            staged.rename(place)
    return place


@contextmanager
def cluster_slots(address: str, limits: Limits, jobs: Sequence[Job]) -> Iterator[tuple[Submit, int]]:
    """Give a way to run reports on the workers of a Dask scheduler, and how many are in hand at a time."""
    try:
        from dask.distributed import Client  # noqa: PLC0415 (an extra)
        from distributed.comm.addressing import resolve_address  # noqa: PLC0415
    except ImportError:
        raise UserError("cluster_missing") from None
    client: Any = None
    try:
        resolve_address(address)  # a slip in it leaves a half-made client behind
        client = Client(address, timeout=WAIT, set_as_default=False)
        client.wait_for_workers(1, timeout=WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        if client:
            client.close()
        raise UserError("cluster_silent", value=address, problem=type(error).__name__) from None
    with client:
        threads = sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values())
        packed = client.submit(bytes, bundle([job.source for job in jobs]), pure=False)
        yield lambda job, folder: _submit(client, job, folder, packed, limits), 2 * max(threads, 1)


def _submit(client: Any, job: Job, folder: Path, packed: Any, limits: Limits) -> Future[Outcome]:
    far = client.submit(work, job, packed, limits, library_hash(), message_language(), pure=False, retries=RETRIES)
    near: Future[Outcome] = Future()

    def settle(done: Any) -> None:
        try:
            outcome, files = done.result()
            for name, content in files.items():
                (folder / Path(name).name).write_bytes(content)
            near.set_result(outcome)
        except BaseException as error:  # told as the reason of this report
            near.set_exception(error)
        with suppress(Exception):
            done.release()

    far.add_done_callback(settle)
    return near
