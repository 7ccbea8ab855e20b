"""Reading and checking a country of returns: this library against plain pandas with openpyxl, in one run.

python benchmarks/intake.py [ROUNDS]: writes a synthetic return for each unit of 2022 into a temporary folder, reads all
of them in three ways by turns and prints the medians and their ratios. Each way runs in a process of its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from partybuilding.assess.catalog import Catalog
from partybuilding.assess.communes import Communes
from partybuilding.assess.demo import write_return
from partybuilding.assess.folder import ReturnFolder, return_paths
from partybuilding.periods import Period
from partybuilding.units import Register

PERIOD = Period.parse("2022")
WAYS = {
    "a": "plain: pandas.read_excel(engine='openpyxl', sheet_name=None)",
    "b": "partybuilding: read and check, R01 to R12, no store",
    "c": "partybuilding: second reading, from the store",
}


def plain(folder: Path) -> int:
    """Read every sheet of every workbook, check nothing; return the rows of sheet cells."""
    return sum(
        len(pd.read_excel(path, engine="openpyxl", sheet_name=None)["cells"]) for path in sorted(folder.iterdir())
    )


def measure(way: str, folder: Path, cache: Path, answer: multiprocessing.SimpleQueue[tuple[float, int]]) -> None:
    """Put the seconds and the communes of one way."""
    os.environ["PARTYBUILDING_CACHE"] = os.devnull if way == "b" else str(cache)
    register = Register.read()
    returns = ReturnFolder.of(folder, Catalog.read(register), register, whole=True)
    gc.collect()
    start = time.perf_counter()
    count = plain(folder) if way == "a" else sum(len(returns.checked(path).cells) for path in return_paths(folder))
    answer.put((time.perf_counter() - start, count))


def main(rounds: int) -> None:
    """Write the returns, measure by turns, print the table."""
    register, communes, context = Register.read(), Communes.read(), multiprocessing.get_context("spawn")
    catalog, seconds = Catalog.read(register), {way: list[float]() for way in WAYS}
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place) / "returns", Path(place) / "cache"
        folder.mkdir()
        units = register.on(PERIOD.end)
        due = sum(write_return(folder / f"{u.slug}_{PERIOD}.xlsx", u, PERIOD, communes, catalog) for u in units)
        answer: multiprocessing.SimpleQueue[tuple[float, int]] = context.SimpleQueue()
        for turn in range(rounds + 1):  # the first one fills the store and the disk's cache and does not count
            for way in WAYS:
                process = context.Process(target=measure, args=(way, folder, cache, answer))
                process.start()
                process.join()
                spent, count = answer.get()
                assert count == due, (way, count, due)  # noqa: S101
                if turn:
                    seconds[way].append(spent)
        size = sum(path.stat().st_size for path in folder.iterdir())
        kept = sum(path.stat().st_size for path in cache.rglob("*.arrow"))
    median = {way: statistics.median(spent) for way, spent in seconds.items()}
    print(f"{len(units)} workbooks, {due:,} communes, {size / 1e6:.1f} MB; store {kept / 1e6:.1f} MB; ", end="")
    print(f"{os.cpu_count()} cores; median of {rounds} rounds\n")
    print("| | way | seconds | rounds |\n| --- | --- | ---: | --- |")
    for way, name in WAYS.items():
        print(f"| {way} | {name} | {median[way]:.3f} | {', '.join(f'{spent:.3f}' for spent in seconds[way])} |")
    print(f"\na/b = {median['a'] / median['b']:.1f}, a/c = {median['a'] / median['c']:.0f}, ", end="")
    print(f"b/c = {median['b'] / median['c']:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
