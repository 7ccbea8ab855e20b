"""From open_report() to the displayed headline, against reading the same workbook with openpyxl, in one run.

python benchmarks/lab.py [ROUNDS]: each round is two fresh Pythons that have imported both, the first with an empty
.cache/, the second with what the first kept; it prints medians and ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUND = """
import gc, json, sys, time
import openpyxl, pandas as pd
start = time.perf_counter()
from partybuilding import open_report
imported = time.perf_counter() - start
from partybuilding.params import home

def seconds(act):
    gc.collect()  # else the collection of what the imports left falls on any one of them: 0.06 s
    start = time.perf_counter()
    act()
    return time.perf_counter() - start

def headline(province, lang):
    return seconds(lambda: open_report(province, "2022", lang, "demo").situation()._repr_mimebundle_())

book = home() / "data" / "demo" / "kon-tum_2022.xlsx"
plain = lambda: seconds(lambda: pd.read_excel(book, engine="openpyxl", sheet_name=None))
spent = {"a": plain(), "c": headline("kon-tum", "vi"), "b": plain(), "d": headline("kon-tum", "vi")}
spent |= {"e": headline("kon-tum", "en"), "f": headline("bac-giang", "vi"), "g": headline("bac-giang", "vi")}
print(json.dumps(spent | {"i": imported}))
"""
WAYS = {
    "a": "pandas.read_excel(engine='openpyxl', sheet_name=None), first time in the kernel",
    "b": "the same again",
    "n": "open_report and headline, first time on this machine: empty .cache/, returns read and checked",
    "c": "open_report and headline, first time in the kernel: params, registers and two returns from .cache/",
    "d": "open_report and headline again, nothing changed",
    "e": "in the other language",
    "f": "of another province, first time",
    "g": "of another province again",
    "i": "for comparison: the import of the library, before all that",
}


def measured(cache: str) -> dict[str, float]:
    """Return the seconds of each way in a fresh Python."""
    command, env = [sys.executable, "-c", ROUND], {**os.environ, "PARTYBUILDING_CACHE": cache}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)  # noqa: S603
    spent: dict[str, float] = json.loads(done.stdout)
    return spent


def main(rounds: int) -> None:
    """Run the rounds, print the table."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            cold = measured(cache)["c"]
            found.append({**measured(cache), "n": cold})
    median = {way: statistics.median(one[way] for one in found) for way in WAYS}
    print(f"{os.cpu_count()} cores; median of {rounds} rounds\n\n| | way | seconds |\n| --- | --- | ---: |")
    for way, name in WAYS.items():
        print(f"| {way} | {name} | {median[way]:.4f} |")
    ratios = ("b/n", "a/c", "b/c", "b/d", "b/e", "b/f", "b/g")
    print("\n" + ", ".join(f"{pair} = {median[pair[0]] / median[pair[2]]:.1f}" for pair in ratios))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
