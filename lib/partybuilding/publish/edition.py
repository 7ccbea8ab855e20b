"""The folder of published reports: manifest.json, index.html, verify. Imports errors, plan and runner.

The manifest is rewritten only where a report changed, so an unchanged run leaves every byte as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from partybuilding.errors import UserError
from partybuilding.publish.plan import ALWAYS, FORMATS, Job
from partybuilding.publish.runner import FAILED, STAGING, Outcome

MANIFEST, INDEX = "manifest.json", "index.html"
_ENTRY = {"title", "headline", "lang", "status", "as_of", "published_at", "parameters", "files"}
_OWN = {MANIFEST, INDEX, "README.md"}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of a folder of reports, empty where there is none yet; UserError where it is broken."""
    path = out / MANIFEST
    if not path.exists():
        return {"reports": {}}
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not all(entry.keys() >= _ENTRY for entry in manifest["reports"].values()):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UserError("manifest_broken", file=f"{out.name}/{MANIFEST}") from None
    return manifest


def _replace(path: Path, text: str) -> None:
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.write_text(text, encoding="utf-8")
    staged.replace(path)


def publish(out: Path, outcomes: Iterable[Outcome], now: datetime | None = None) -> None:
    """Enter what was published into the manifest and write the index page.

    A report whose files are the same bytes as before keeps its entry: it is the same edition.
    """
    manifest = read_manifest(out)
    for outcome in outcomes:
        if outcome.state != "published":
            continue
        job: Job = outcome.job
        files = {name: _sha256(out / job.folder / name) for name in job.files}
        known = manifest["reports"].get(job.name)
        if known and known["files"] == files and known["parameters"] == dict(job.parameters):
            continue
        stamp = (now or datetime.now(UTC)).replace(microsecond=0).isoformat()
        manifest["reports"][job.name] = {
            "notebook": job.notebook,
            "parameters": dict(job.parameters),
            "title": outcome.record["title"],
            "headline": outcome.record["headline"],
            "lang": outcome.record["lang"],
            "status": outcome.record["status"],
            "mark": outcome.record.get("mark"),
            "as_of": outcome.record["as_of"],
            "published_at": stamp,
            "versions": {
                name: version(name) for name in ("partybuilding", "papermill", "nbconvert", "typst", "matplotlib")
            },
            "files": files,
        }
    manifest["reports"] = dict(sorted(manifest["reports"].items()))
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    if not (out / MANIFEST).exists() or (out / MANIFEST).read_text(encoding="utf-8") != text:
        _replace(out / MANIFEST, text)
    _replace(out / INDEX, _index(out, manifest))


@cache
def _template() -> jinja2.Template:
    text = resources.files("partybuilding.publish").joinpath("export/index.html.j2").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)


def _index(out: Path, manifest: dict[str, Any]) -> str:
    rows = []
    for name, entry in manifest["reports"].items():
        folder = name.rpartition("/")[0]
        files = []
        for file in entry["files"]:
            ending = file.rpartition(".")[2]
            path = out / folder / file
            files.append(
                (
                    ending.upper(),
                    quote(f"{folder}/{file}"),
                    f"{path.stat().st_size / 1000:.0f} kB" if path.exists() else "?",
                )
            )
        order = [ending.upper() for ending in (*FORMATS, *ALWAYS)]
        rows.append({"name": name, **entry, "links": sorted(files, key=lambda file: order.index(file[0]))})
    return _template().render(rows=rows)


def verify(out: Path) -> list[tuple[str, str]]:
    """Hold the folder against its manifest: (path, `missing` | `changed` | `foreign` | `unfinished`), sorted."""
    manifest = read_manifest(out)
    if not (out / MANIFEST).exists():
        raise UserError("manifest_missing", value=out.name)
    found: list[tuple[str, str]] = []
    known = set()
    for name, entry in manifest["reports"].items():
        folder = name.rpartition("/")[0]
        for file, sha256 in entry["files"].items():
            path = out / folder / file
            known.add(path)
            if not path.is_file():
                found.append((f"{folder}/{file}", "missing"))
            elif _sha256(path) != sha256:
                found.append((f"{folder}/{file}", "changed"))
    if not (out / INDEX).is_file():
        found.append((INDEX, "missing"))
    elif not found and (out / INDEX).read_text(encoding="utf-8", errors="replace") != _index(out, manifest):
        found.append((INDEX, "changed"))
    for path in sorted(out.rglob("*")):
        place = path.relative_to(out)
        if path.is_dir() or path in known or place.as_posix() in _OWN or place.parts[0] == FAILED:
            continue
        found.append((place.as_posix(), "unfinished" if place.parts[0] == STAGING else "foreign"))
    return sorted(found)
