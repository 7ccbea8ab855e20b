"""The folder of published reports: one step for each report, journal, manifest.json, index.html, verify.

A report's files change places with those of its earlier edition all at once. The journal names what is being published
before it is: after a kill, manifest and journal together still say what stands there. Imports errors, plan,
exchange and export.index.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from partybuilding.errors import UserError
from partybuilding.publish.exchange import exchange, put_back
from partybuilding.publish.export.index import index_page
from partybuilding.publish.plan import ALWAYS, CELLS, FORMATS, Job

MANIFEST, INDEX, STAGING, FAILED = "manifest.json", "index.html", ".staging", "_failed"
JOURNAL, LOCK = ".journal", ".lock"
ASIDE = "aside"
_ENTRY = {"title", "headline", "lang", "status", "as_of", "published_at", "parameters", "files"}
_OWN = {MANIFEST, INDEX, LOCK, "README.md"}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Reports:
    """The reports below one folder."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.entries: dict[str, dict[str, Any]] = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the entries of the manifest and of the journal, as far as their files really stand there."""
        entries: dict[str, dict[str, Any]] = {}
        path = self.out / MANIFEST
        if path.exists():
            try:
                entries = json.loads(path.read_text(encoding="utf-8"))["reports"]
                if not all(entry.keys() >= _ENTRY for entry in entries.values()):
                    raise ValueError
            except (ValueError, TypeError, KeyError, AttributeError):
                raise UserError("manifest_broken", file=f"{self.out.name}/{MANIFEST}") from None
        with suppress(OSError):
            for line in (self.out / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, TypeError, KeyError):  # the last line may be cut off
                    written = json.loads(line)
                    if self.stands(written["name"], written["entry"]):
                        entries[written["name"]] = written["entry"]
        return entries

    def stands(self, name: str, entry: Mapping[str, Any]) -> bool:
        """Whether all files of an entry are in their place, unchanged."""
        folder = self.out / Path(name).parent
        with suppress(OSError):
            return all(_sha256(folder / file) == sha256 for file, sha256 in entry["files"].items())
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other runs, mend what a killed run left, and leave manifest and index at the end."""
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            stream = (self.out / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise self._refused(error) from None
        with stream:
            if not _locked(stream):
                stream.seek(0)
                raise UserError("reports_held", value=self.out.name, who=stream.read().strip() or "?")
            who = f"{os.getpid()} @ {socket.gethostname()}, {datetime.now():%H:%M:%S %d/%m/%Y}\n"
            with suppress(OSError):  # on a full disk nobody is named
                stream.truncate(0)
                os.write(stream.fileno(), who.encode())
            try:
                self._mend()
                shutil.rmtree(self.out / STAGING, ignore_errors=True)
                self.finish()
                yield
            finally:
                self.finish()
                stream.truncate(0)

    def _mend(self) -> None:
        """Put back what a kill left aside, and read again what stands there."""
        for place in (self.out / STAGING / ASIDE).glob("*/*/*"):
            for aside in place.iterdir() if place.suffix == CELLS else [place]:
                put_back(aside, self.out / aside.relative_to(self.out / STAGING / ASIDE))
        self.entries = self._read()

    def _refused(self, error: OSError) -> UserError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return UserError("disk_full", value=self.out.name, free=0)
        return UserError("out_not_writable", value=self.out.name, problem=error.strerror)

    def staging(self) -> Path:
        """Return a new folder beside the reports, on the same file system."""
        try:
            (self.out / STAGING).mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=self.out / STAGING))
        except OSError as error:
            raise self._refused(error) from None

    def publish(self, job: Job, staged: Path, record: Mapping[str, Any], key: Mapping[str, str]) -> None:
        """Move the finished files of a report into place, all at once with the rest of its folder."""
        files = {name: _sha256(staged / name) for name in job.files}
        known = self.entries.get(job.name, {})
        entry = {
            "notebook": job.notebook,
            "parameters": dict(job.parameters),
            **{name: record[name] for name in ("title", "headline", "lang", "status", "mark", "as_of")},
            "place": record.get("place"),
            "published_at": _now(),
            "versions": _versions(),
            "files": files,
            "hashes": dict(record.get("hashes", {})),
            "key": dict(key),
        }
        same = ("files", "parameters", "versions")
        if all(known.get(name) == entry[name] for name in same) and self.stands(job.name, known):
            entry["published_at"] = known["published_at"]  # the same edition
        place, new = self.out / job.folder, self.staging()
        gone = {f"{job.stem}.{ending}" for ending in (*FORMATS, *ALWAYS)}
        try:
            for path in place.iterdir() if place.exists() else ():
                if path.is_dir():
                    shutil.copytree(path, new / path.name)  # not ours, such as .ipynb_checkpoints
                elif path.name not in gone:
                    _link(path, new / path.name)
            for name in job.files:
                (staged / name).replace(new / name)
            new.chmod(0o755)
            with (self.out / JOURNAL).open("a", encoding="utf-8") as journal:
                journal.write(json.dumps({"name": job.name, "entry": entry}, ensure_ascii=False) + "\n")
                journal.flush()
                os.fsync(journal.fileno())
            aside = self.out / STAGING / ASIDE / job.folder
            exchange(new, place, aside)
            self.entries[job.name] = entry
        except BaseException as error:  # also Ctrl-C
            self._mend()
            if isinstance(error, OSError):
                raise self._refused(error) from None
            raise
        for folder in (new, aside):
            shutil.rmtree(folder, ignore_errors=True)
        self.forget(job)

    def keep(self, job: Job, staged: Path, reasons: tuple[str, ...]) -> None:
        """Keep the executed notebook and the reasons of a report that does not go out under _failed/."""
        place = self.out / FAILED / job.folder
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{job.stem}.ipynb").unlink(missing_ok=True)
            (place / f"{job.stem}.txt").write_text("\n".join(reasons) + "\n", encoding="utf-8")
            (staged / f"{job.stem}.ipynb").replace(place / f"{job.stem}.ipynb")

    def forget(self, job: Job) -> None:
        """Remove what was kept of an earlier failure."""
        for ending in ("ipynb", "txt"):
            (self.out / FAILED / job.folder / f"{job.stem}.{ending}").unlink(missing_ok=True)
        with suppress(OSError):
            for folder in (job.folder, *job.folder.parents):
                (self.out / FAILED / folder).rmdir()

    def finish(self) -> None:
        """Write manifest and index; after that the journal is not needed any more."""
        self.entries = dict(sorted(self.entries.items()))
        try:
            self._write(MANIFEST, json.dumps({"reports": self.entries}, ensure_ascii=False, indent=1) + "\n")
            self._write(INDEX, index_page(self.entries, self.out))
            (self.out / JOURNAL).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(error) from None
        shutil.rmtree(self.out / STAGING, ignore_errors=True)

    def _write(self, name: str, text: str) -> None:
        path, staged = self.out / name, self.out / STAGING / name
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") == text:
            return
        staged.parent.mkdir(exist_ok=True)
        staged.write_text(text, encoding="utf-8")
        staged.replace(path)

    def changes(self, job: Job, key: Mapping[str, str]) -> list[str] | None:
        """Return why a report has to be made: what changed, empty where there is none yet; None: up to date."""
        known = self.entries.get(job.name)
        if known is None:
            return []
        was = known.get("key", {})
        changed = [name for name in sorted({*was, *key}) if was.get(name) != key.get(name)]
        if known["files"].keys() != set(job.files):
            changed.append("formats")
        return changed or (None if self.stands(job.name, known) else ["files"])

    def verify(self) -> list[tuple[str, str]]:
        """Hold the folder against its manifest: (path, `missing` | `changed` | `foreign` | `unfinished`), sorted."""
        if not (self.out / MANIFEST).exists():
            raise UserError("manifest_missing", value=self.out.name)
        found: list[tuple[str, str]] = []
        known = set()
        for name, entry in self.entries.items():
            for file, sha256 in entry["files"].items():
                path = self.out / Path(name).parent / file
                known.add(path)
                if not path.is_file():
                    found.append((path.relative_to(self.out).as_posix(), "missing"))
                elif _sha256(path) != sha256:
                    found.append((path.relative_to(self.out).as_posix(), "changed"))
        if not (self.out / INDEX).is_file():
            found.append((INDEX, "missing"))
        elif (
            not found
            and not (self.out / JOURNAL).exists()
            and (self.out / INDEX).read_text(encoding="utf-8", errors="replace") != index_page(self.entries, self.out)
        ):
            found.append((INDEX, "changed"))
        for path in self.out.rglob("*"):
            place = path.relative_to(self.out)
            if path.is_dir() or path in known or place.as_posix() in _OWN or place.parts[0] == FAILED:
                continue
            found.append((place.as_posix(), "unfinished" if place.parts[0] in (STAGING, JOURNAL) else "foreign"))
        return sorted(found)


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("partybuilding", "papermill", "nbconvert", "typst", "matplotlib")}


def _now() -> str:
    """Return the time of publication; SOURCE_DATE_EPOCH fixes it where the same bytes are wanted twice."""
    return datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())), UTC).isoformat()


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # a file system without links
        shutil.copy2(old, new)


def _locked(stream: Any) -> bool:
    try:
        if os.name == "posix":
            import fcntl  # noqa: PLC0415 (not on Windows)

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt  # noqa: PLC0415 (only there)

            stream.seek(1 << 30)  # far behind the words, which the others read
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True
