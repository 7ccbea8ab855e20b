"""A country of reports, HTML and PDF: this batch against the loop people write, in one run.

python benchmarks/batch.py [ROUNDS] [--many N]: writes a synthetic return for each unit of 2022, makes their reports in
eight ways by turns and prints seconds a report and ratios. The slow ways take a sample of provinces, small to large.
`--many N` compares N reports in one batch with a tenth of them instead: time a report, memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.demo import write_return
from partybuilding.params import home
from partybuilding.periods import Period
from partybuilding.units import Register

BIN = Path(sys.executable).parent
PERIOD = "2022"
SAMPLE = 9
WAYS = {
    "a": "the loop people write: papermill, nbconvert to HTML, nbconvert to handout, by command line",
    "b": "papermill (a kernel each) and the exporters, called in one process",
    "c1": "partybuilding batch --jobs 1",
    "c2": "partybuilding batch --jobs 2",
    "d": "the same library calls and exports in one warm process, without notebooks",
    "d2": "d in two processes at once, half of the reports each",
    "g": "d, each report also through the release gate",
    "g2": "g in two processes at once, half of the reports each",
}
ONE_PROCESS = """
import sys, papermill, nbformat
from pathlib import Path
from nbconvert import get_exporter
out, *slugs = sys.argv[1:]
exporters = [get_exporter(name)() for name in ("report", "handout")]
for slug in slugs:
    place = f"{out}/{slug}.ipynb"
    papermill.execute_notebook("notebooks/province_assessment.ipynb", place, {"province": slug, "period": "2022",
        "lang": "vi", "source": "country"}, progress_bar=False)
    notebook = nbformat.read(place, as_version=4)
    Path(f"{out}/{slug}.html").write_text(exporters[0].from_notebook_node(notebook)[0], encoding="utf-8")
    Path(f"{out}/{slug}.pdf").write_bytes(exporters[1].from_notebook_node(notebook)[0])
"""
NO_NOTEBOOK = """
import sys, time
from pathlib import Path
from nbformat import NotebookNode
from partybuilding import open_report
from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.gate import Finished, inspect
from partybuilding.publish.plan import Job
from partybuilding.publish.runner import write_files
way, out, *slugs = sys.argv[1:]

def make(slug):
    report = open_report(slug, "2022", "vi", "country")
    shown = [piece._repr_mimebundle_() for _, piece in report.pieces()]  # the record is the last
    outputs = [NotebookNode(output_type="execute_result", data=data, metadata={}, execution_count=1) for data in shown]
    cells = [NotebookNode(cell_type="code", metadata=NotebookNode(), source="", outputs=outputs, execution_count=1)]
    notebook = NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
    job, place = Job("province_assessment", "country", slug, "2022", "vi"), Path(out, slug)
    place.mkdir(exist_ok=True)
    write_files(job, of_notebook(notebook), notebook, place)
    if way == "g" and inspect(Finished(place, job.files)):
        sys.exit("withheld")

make(slugs[0])
start = time.perf_counter()
for slug in slugs:
    make(slug)
print(time.perf_counter() - start)
"""


def plan(path: Path, slugs: list[str], periods: list[str], languages: list[str]) -> Path:
    """Write a batch file."""
    wish = {"source": "country", "provinces": slugs, "periods": periods, "languages": languages}
    path.write_text(yaml.safe_dump({"reports": [wish]}), encoding="utf-8")
    return path


def call(*words: object, **more: Any) -> str:
    """Run a command quietly and return what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)  # noqa: S603
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def loop(out: Path, slugs: list[str]) -> None:
    """Way a."""
    for slug in slugs:
        place = out / f"{slug}.ipynb"
        given = {"province": slug, "period": PERIOD, "lang": "vi", "source": "country"}
        words = [word for name, value in given.items() for word in ("-p", name, value)]
        call(BIN / "papermill", "notebooks/province_assessment.ipynb", place, *words)
        for name in ("report", "handout"):
            call(BIN / "jupyter", "nbconvert", "--to", name, place)


def limit(out: Path, slugs: list[str], way: str, processes: int) -> float:
    """Ways d, d2, g, g2: return the seconds of the slowest process; each has Typst on one core, as a batch has."""
    started = []
    for number in range(processes):
        words = [sys.executable, "-c", NO_NOTEBOOK, way, str(out), *slugs[number::processes]]
        environment = {**os.environ, "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment))  # noqa: S603
    spent = [float(process.communicate()[0]) for process in started]
    if any(process.returncode for process in started):
        sys.exit(f"{way} failed")
    return max(spent)


def timed(act: Callable[[], Any]) -> float:
    """Return seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def compare(place: Path, slugs: list[str], rounds: int) -> None:
    """Make the reports in all ways by turns, print the table."""
    sample = slugs[len(slugs) // (2 * SAMPLE) :: len(slugs) // SAMPLE][:SAMPLE]
    share = max(1, SAMPLE // rounds)
    file, seconds = plan(place / "batch.yaml", slugs, [PERIOD], ["vi"]), {way: list[float]() for way in WAYS}
    for turn in range(rounds):
        some = sample[turn * share : (turn + 1) * share]
        for way in WAYS:
            out = place / way
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            if way == "a":
                spent, count = timed(lambda out=out, some=some: loop(out, some)), len(some)  # type: ignore[misc]
            elif way == "b":
                words = [sys.executable, "-c", ONE_PROCESS, out, *some]
                spent, count = timed(lambda words=words: call(*words)), len(some)  # type: ignore[misc]
            elif way[0] in "dg":
                spent, count = limit(out, slugs, way[0], 2 if way[1:] else 1), len(slugs)
            else:
                words = [BIN / "partybuilding", "batch", file, "--out", out, "--force", "--jobs", way[1]]
                spent, count = timed(lambda words=words: call(*words)), len(slugs)  # type: ignore[misc]
            seconds[way].append(spent / count)
            print(f"  round {turn + 1}, {way}: {spent / count:.3f} s a report", file=sys.stderr)
    again = timed(lambda: call(BIN / "partybuilding", "batch", file, "--out", place / "c2"))
    start = timed(lambda: call(BIN / "partybuilding", "--version"))
    mean = {way: statistics.median(spent) for way, spent in seconds.items()}
    print(f"{len(slugs)} reports, HTML and PDF; a and b on {SAMPLE} of them; {os.cpu_count()} cores; {rounds} rounds\n")
    print("| | way | seconds a report | rounds |\n| --- | --- | ---: | --- |")
    for way, name in WAYS.items():
        print(f"| {way} | {name} | {mean[way]:.3f} | {', '.join(f'{spent:.3f}' for spent in seconds[way])} |")
    print(f"\na/c2 = {mean['a'] / mean['c2']:.1f}, a/c1 = {mean['a'] / mean['c1']:.1f}, ", end="")
    print(f"b/c2 = {mean['b'] / mean['c2']:.1f}")
    for way in "dg":
        print(f"c1/{way} = {mean['c1'] / mean[way]:.2f}, 2 x c2/{way} = {2 * mean['c2'] / mean[way]:.2f}, ", end="")
        print(f"c2/{way}2 = {mean['c2'] / mean[way + '2']:.2f}")
    print(f"unchanged re-run: {again:.2f} s, of which Python and the command line's start {start:.2f} s")


def many(place: Path, slugs: list[str], periods: list[str], count: int) -> None:
    """Compare a large batch with a tenth of it."""
    for wanted in (count // 10, count):
        file = plan(place / "batch.yaml", slugs, periods, ["vi", "en"])
        out = place / f"many{wanted}"
        words = [BIN / "partybuilding", "batch", file, "--out", out, "--limit", wanted, "--json"]
        spent, size = 0.0, list[int]()
        start = time.perf_counter()
        with subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            for line in process.stdout or ():
                event = json.loads(line)
                status = Path(f"/proc/{process.pid}/status")
                if event["event"] == "published" and status.exists():
                    size.append(int(status.read_text().partition("VmRSS:")[2].split()[0]) // 1000)
            spent = time.perf_counter() - start
        print(
            f"{wanted} reports: {spent / wanted:.3f} s a report; the batch itself: {size[0]} MB after the first, ",
            end="",
        )
        print(f"{size[wanted // 10]} MB after a tenth, {size[-1]} MB after the last")
        shutil.rmtree(out)


def main() -> None:
    """Write the returns in a copy of the project, then measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--many", type=int)
    given = parser.parse_args()
    root = home()
    register, communes = Register.read(), Communes.read()
    catalog, when = Catalog.read(register), Period.parse(PERIOD)
    units = sorted(register.on(when.end), key=lambda unit: len(communes.of(unit.slug, when.end)))
    periods = [PERIOD] if not given.many else [str(year) for year in range(2017, 2025)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("params", "notebooks", "data"):
            shutil.copytree(root / name, place / "project" / name)
        (place / "project/data/country").mkdir()
        for unit in units:
            for period in map(Period.parse, periods):
                write_return(place / f"project/data/country/{unit.slug}_{period}.xlsx", unit, period, communes, catalog)
        os.chdir(place / "project")
        os.environ |= {"PARTYBUILDING_HOME": str(place / "project"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        slugs = [unit.slug for unit in units]
        if given.many:
            many(place, slugs, periods, given.many)
        else:
            compare(place, slugs, given.rounds)


if __name__ == "__main__":
    main()
