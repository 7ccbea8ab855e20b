"""The long report as PDF from the same HTML: by partybuilding (Typst) and by WeasyPrint, by turns in one warm process.

python benchmarks/pdf.py [ROUNDS]: needs the extra `benchmarks` (pip install weasyprint, and Debian's
libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0); it prints medians and the ratio.
"""

from __future__ import annotations

import io
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2

from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page
from partybuilding.publish.outcome import Limits
from partybuilding.publish.plan import Job
from partybuilding.publish.runner import execute

try:
    import weasyprint
except (ImportError, OSError) as missing:
    sys.exit(f"WeasyPrint is missing ({missing}). See the head of benchmarks/pdf.py for what to install.")


def page() -> str:
    """Return the HTML of the long report on Kon Tum 2022 with the appendix of its 102 communes."""
    own = {"province": "kon-tum", "period": "2022", "lang": "vi", "source": "demo"}
    job = Job("province_assessment", "demo", "kon-tum", "2022", "vi", ("html",), own)
    with tempfile.TemporaryDirectory() as place:
        return html_page(of_notebook(execute(job, Path(place) / "report.ipynb", Limits())))


def main(rounds: int) -> None:
    """Run the rounds, print the table."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # it names each rule of the style that it does not know
    html = page()
    ways: dict[str, Callable[[], bytes]] = {
        "WeasyPrint": lambda: bytes(weasyprint.HTML(string=html).write_pdf()),
        "partybuilding (Typst, PDF/UA-1 and PDF/A-2a)": lambda: pdf_of_page(html),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    pages = {}
    for number in range(rounds + 1):  # the first round warms both up and does not count
        for way, made in ways.items():
            start = time.perf_counter()
            pdf = made()
            if number:
                seconds[way].append(time.perf_counter() - start)
            with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
                pages[way] = len(document)
    print(f"{len(html) / 1000:.0f} kB of HTML; WeasyPrint {weasyprint.__version__}; {os.cpu_count()} cores; ", end="")
    print(f"median of {rounds} rounds\n\n| | way | pages | seconds | rounds |\n| --- | --- | ---: | ---: | --- |")
    for letter, (way, found) in zip("ab", seconds.items(), strict=True):
        each = ", ".join(f"{one:.2f}" for one in found)
        print(f"| {letter} | {way} | {pages[way]} | {statistics.median(found):.2f} | {each} |")
    a, b = (statistics.median(found) for found in seconds.values())
    print(f"\na/b = {a / b:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
