"""Two folders change places in one step, or by two moves that a kill cannot leave half done."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from partybuilding.publish import exchange as module
from partybuilding.publish.exchange import exchange, put_back


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "a.txt").write_text(text)
    (path / "b.txt").write_text(text)
    return path


def texts(path: Path) -> set[str]:
    return {file.read_text() for file in path.iterdir()} if path.exists() else set()


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """The new folder, its place with the old one, and where the old one may be laid aside."""
    new, place = folder(tmp_path / "staging" / "new", "new"), folder(tmp_path / "a" / "b" / "place", "old")
    return new, place, tmp_path / "staging" / "aside" / "place"


def failing(code: int) -> Any:
    """A system call that refuses."""

    def call(*_: Any) -> int:
        ctypes.set_errno(code)
        return -1

    return lambda: call


def test_the_folders_change_places_in_one_call(places: tuple[Path, Path, Path]) -> None:
    new, place, aside = places
    inodes = new.stat().st_ino, place.stat().st_ino
    exchange(new, place, aside)
    assert (texts(place), texts(new), aside.exists()) == ({"new"}, {"old"}, False)
    assert (place.stat().st_ino, new.stat().st_ino) == inodes


@pytest.mark.parametrize(
    "call",
    [lambda: None, failing(errno.EINVAL), failing(errno.ENOSYS), failing(errno.ENOTSUP)],
    ids=["no such call", "EINVAL", "ENOSYS", "ENOTSUP"],
)
def test_where_folders_cannot_change_places_the_old_one_is_laid_aside(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    new, place, aside = places
    monkeypatch.setattr(module, "_renameat2", call)
    exchange(new, place, aside)
    assert (texts(place), new.exists(), texts(aside)) == ({"new"}, False, {"old"})


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_another_refusal_is_told_and_nothing_has_moved(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    new, place, aside = places
    monkeypatch.setattr(module, "_renameat2", failing(code))
    with pytest.raises(OSError, match=os.strerror(code)) as refused:
        exchange(new, place, aside)
    assert refused.value.errno == code
    assert (texts(place), texts(new), aside.exists()) == ({"old"}, {"new"}, False)


@pytest.mark.parametrize("call", [True, False])
def test_the_first_edition_is_moved_into_a_place_that_is_not_there_yet(
    places: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: bool
) -> None:
    if not call:
        monkeypatch.setattr(module, "_renameat2", lambda: None)
    exchange(places[0], tmp_path / "x" / "y" / "z", places[2])
    assert (texts(tmp_path / "x/y/z"), places[0].exists(), places[2].exists()) == ({"new"}, False, False)


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_kill_between_the_two_moves_is_put_back(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    new, place, aside = places
    monkeypatch.setattr(module, "_renameat2", lambda: None)
    pid = os.fork()
    if not pid:
        real, count = Path.rename, 0

        def rename(self: Path, target: Path) -> Any:
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, target)

        monkeypatch.setattr(Path, "rename", rename)
        exchange(new, place, aside)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == (0 if last == 3 else -signal.SIGKILL)
    assert texts(place) == {1: {"old"}, 2: set(), 3: {"new"}}[last]
    put_back(aside, place)
    assert texts(place) == ({"new"} if last == 3 else {"old"})
    assert aside.exists() is (last == 3)


def test_there_is_nothing_to_put_back_where_nothing_was_left(tmp_path: Path) -> None:
    put_back(tmp_path / "aside", tmp_path / "place")
    assert list(tmp_path.iterdir()) == []
