"""From open_report() to the displayed headline, against reading the same workbook with openpyxl, in one run.

python benchmarks/lab.py [ROUNDS]: each round is a fresh Python that has imported both; it prints medians and ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

ROUND = """
import json, sys, time
import openpyxl, pandas as pd
from partybuilding import open_report
from partybuilding.params import home

def seconds(act):
    start = time.perf_counter()
    act()
    return time.perf_counter() - start

def headline(province, lang):
    return seconds(lambda: open_report(province, "2022", lang, "demo").situation()._repr_mimebundle_())

book = home() / "data" / "demo" / "kon-tum_2022.xlsx"
plain = lambda: seconds(lambda: pd.read_excel(book, engine="openpyxl", sheet_name=None))
spent = {"a": plain(), "b": headline("kon-tum", "vi"), "c": plain(), "d": headline("kon-tum", "vi")}
spent |= {"e": headline("kon-tum", "en"), "f": headline("bac-giang", "vi")}
print(json.dumps(spent))
"""
WAYS = {
    "a": "pandas.read_excel(engine='openpyxl', sheet_name=None), first time",
    "b": "open_report and headline, first time in the kernel (params, registers, wording, three returns)",
    "c": "pandas.read_excel again",
    "d": "open_report and headline again",
    "e": "open_report and headline in the other language",
    "f": "open_report and headline of another province",
}


def main(rounds: int) -> None:
    """Run the rounds, print the table."""
    found = []
    for _ in range(rounds + 1):  # the first one fills the store and does not count
        done = subprocess.run([sys.executable, "-c", ROUND], capture_output=True, text=True, check=True)  # noqa: S603
        found.append(json.loads(done.stdout))
    median = {way: statistics.median(one[way] for one in found[1:]) for way in WAYS}
    print(f"{os.cpu_count()} cores; median of {rounds} rounds\n\n| | way | seconds |\n| --- | --- | ---: |")
    for way, name in WAYS.items():
        print(f"| {way} | {name} | {median[way]:.4f} |")
    ratios = ("a/b", "c/b", "c/d", "c/e", "c/f")
    print("\n" + ", ".join(f"{pair} = {median[pair[0]] / median[pair[2]]:.1f}" for pair in ratios))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
