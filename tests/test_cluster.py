"""The same jobs on other machines: same bytes, no shared folder; a worker that dies, another version, nobody there."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_runner import files, write_stub

from partybuilding.errors import UserError
from partybuilding.publish import cluster
from partybuilding.publish.cluster import bundle, cluster_slots
from partybuilding.publish.outcome import Limits

BIN = Path(sys.executable).parent
PLAN = """reports:
  - {source: published, provinces: [kon-tum, bac-giang], periods: [2022], languages: [vi, en], notebooks: [%s]}
"""


def surroundings(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARTYBUILDING_", "PYTEST_"))}
    return kept | {"SOURCE_DATE_EPOCH": "1672646401", "PARTYBUILDING_LANG": "en"} | more


@contextmanager
def started(*words: object, place: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group and a folder of its own, ended with all that it started."""
    place.mkdir(exist_ok=True)
    env = surroundings(TMPDIR=str(place), **more)
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in words], cwd=place, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            with_group(process, signal.SIGKILL)
            process.wait()


def with_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a Dask scheduler on this machine."""
    place, known = tmp_path / "scheduler", tmp_path / "scheduler.json"
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    with started(*words, "--no-dashboard", "--scheduler-file", known, place=place):
        wait_for(lambda: known.exists() and '"address": "tcp' in known.read_text())
        yield known.read_text().partition('"address": "')[2].partition('"')[0]


def wait_for(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def worker(address: str, place: Path, **more: str) -> Any:
    """A worker with nothing in common with the project: its folder is its own and it stands in it."""
    words = ["worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", place]
    return started(BIN / "partybuilding", *words, place=place, **more)


def batch(project: Path, out: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [BIN / "partybuilding", "batch", project / "params" / "far.yaml", "--out", out, *words]
    env = surroundings(PARTYBUILDING_HOME=str(project))
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env=env, cwd=project, timeout=240, check=False
    )


def write_far(project: Path, name: str = "stub") -> None:
    """A stub whose input travels with the job."""
    write_stub(project, name)
    shutil.move(project / "stub.json", project / "params" / "stub.json")
    path = project / "notebooks" / f"{name}.ipynb"
    path.write_text(path.read_text().replace("Path('stub.json')", "Path('params/stub.json')"))


def published(out: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(out).items() if name != ".lock"}


def test_three_workers_one_killed_on_the_way_give_the_bytes_of_this_machine(
    scheduler: str, project: Path, tmp_path: Path
) -> None:
    names = ["stub", "stub2", "stub3"]
    for name in names:
        write_far(project, name)
        path = project / "notebooks" / f"{name}.ipynb"  # slow enough to be killed at work
        path.write_text(path.read_text().replace("1 / content", "__import__('time').sleep(0.5), 1 / content"))
    (project / "params" / "far.yaml").write_text(PLAN % ", ".join(names))
    far, near = tmp_path / "far", tmp_path / "near"
    with (
        worker(scheduler, tmp_path / "one"),
        worker(scheduler, tmp_path / "two") as two,
        worker(scheduler, tmp_path / "three"),
    ):
        command = [BIN / "partybuilding", "batch", project / "params" / "far.yaml", "--out", far]
        with started(
            *command, "--scheduler", scheduler, place=tmp_path / "client", PARTYBUILDING_HOME=str(project)
        ) as run:
            wait_for(lambda: (far / ".journal").exists() and list((tmp_path / "two").glob("partybuilding-*")))
            with_group(two, signal.SIGKILL)
            assert run.wait(timeout=240) == 0, (tmp_path / "client" / "log").read_text()
    done = batch(project, near)
    assert done.returncode == 0, done.stderr
    assert len(published(near)) == 12 * 5 + 2
    assert published(far) == published(near)


README = (ROOT / "README.md").read_text(encoding="utf-8").split("### On several machines")[1].split("\n## ")[0]
(TYPED,) = re.findall(r"```\n(.*?)```", README, re.S)


def test_the_readmes_commands_for_two_machines_run_as_written(project: Path, tmp_path: Path) -> None:
    write_far(project)
    (project / "params" / "batch.yaml").write_text(PLAN % "stub")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = TYPED.replace("10.0.0.1", "127.0.0.1").replace("8786", str(free.getsockname()[1]))
    on_first, on_second, then = ([BIN / words[0], *words[1:]] for words in map(shlex.split, here.splitlines()))
    home = {"PARTYBUILDING_HOME": str(project), "PATH": f"{BIN}:{os.environ['PATH']}"}
    with (
        started(*on_first, place=tmp_path / "first"),
        started(*on_second, "--local-directory", tmp_path / "second", place=tmp_path / "second"),
    ):
        done = subprocess.run(
            list(map(str, then)), capture_output=True, text=True, env=surroundings(**home), cwd=project, timeout=240
        )
    assert done.returncode == 0, done.stderr
    assert len(list((project / "reports").rglob("*.pdf"))) == 4


def test_the_commands_for_slurm_and_kubernetes_have_no_other_options() -> None:
    known = {word for word in shlex.split(TYPED) if word.startswith("--")}
    inline = re.findall(r"(?:dask scheduler|partybuilding worker)[^`\"]*", README.replace(TYPED, ""))
    assert len(inline) == 4
    assert {word for command in inline for word in command.split() if word.startswith("--")} <= known


def test_a_worker_with_another_version_of_the_library_is_refused_by_name(
    scheduler: str, project: Path, tmp_path: Path
) -> None:
    write_stub(project)
    (project / "params" / "far.yaml").write_text(PLAN % "stub")
    other = tmp_path / "other" / "partybuilding"
    shutil.copytree(ROOT / "lib" / "partybuilding", other, ignore=shutil.ignore_patterns("__pycache__"))
    (other / "periods.py").write_text((other / "periods.py").read_text() + "# another version\n")
    with worker(scheduler, tmp_path / "old", PYTHONPATH=str(other.parent)):
        done = batch(project, tmp_path / "far", "--scheduler", scheduler)
    assert done.returncode == 1
    assert "has another version of the library than the one that asks. Install the same version" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "far").rglob("*.pdf"))


def test_nobody_at_the_address_is_told_with_what_to_do(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WAIT", 1)
    with pytest.raises(UserError) as caught, cluster_slots("tcp://127.0.0.1:9", Limits(), []):
        pass
    assert caught.value.code == "cluster_silent"
    assert caught.value.message("en") == (
        "The scheduler tcp://127.0.0.1:9 does not answer or has no worker (OSError). Check the address and start one: "
        "partybuilding worker tcp://127.0.0.1:9."
    )


def test_a_slip_in_the_address_and_a_scheduler_without_workers_are_told_by_the_command(
    scheduler: str, project: Path, tmp_path: Path
) -> None:
    write_stub(project)
    (project / "params" / "far.yaml").write_text(PLAN % "stub")
    short = "import sys; from partybuilding.publish import cluster; cluster.WAIT = 1; sys.argv[0] = 'partybuilding'"
    for address in ("nonsense://x", scheduler):
        words = ["batch", project / "params" / "far.yaml", "--out", tmp_path / "far", "--scheduler", address]
        line = [sys.executable, "-c", f"{short}; from partybuilding.cli import main; main()", *map(str, words)]
        env = surroundings(PARTYBUILDING_HOME=str(project))
        done = subprocess.run(line, capture_output=True, text=True, env=env, cwd=project, timeout=240, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        (told,) = done.stderr.splitlines()
        assert told.startswith(f"The scheduler {address} does not answer or has no worker (")
        assert told.endswith(f"). Check the address and start one: partybuilding worker {address}.")


def test_without_the_extra_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(UserError) as caught, cluster_slots("tcp://127.0.0.1:9", Limits(), []):
        pass
    assert caught.value.message("en") == (
        'The extra for several machines is not installed. Install it: pip install "partybuilding[cluster]".'
    )


def test_the_inputs_are_the_same_bytes_for_the_same_files_and_nothing_hidden(project: Path) -> None:
    (project / "notebooks" / ".ipynb_checkpoints").mkdir()
    (project / "notebooks" / ".ipynb_checkpoints" / "x.ipynb").write_text("{}")
    packed = bundle(["published", "published"])
    assert packed == bundle(["published"])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
    assert {"data/published/kon-tum-2022.csv", "data/register/communes.csv", "params/units.csv"} <= set(names)
    assert not [name for name in names if "checkpoints" in name or name.startswith("data/demo")]
