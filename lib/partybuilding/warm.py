"""Imported once by the fork server of a batch: one report is made, so that all others start with everything at hand.

Starts no threads, as reports' processes are forked from here: the print (Typst) is the one thing not made. Imports all
rooms, as `cli` does.
"""

from __future__ import annotations

import gc
import tempfile
from contextlib import suppress
from pathlib import Path

from partybuilding.assess.folder import return_folders, size
from partybuilding.present import fitting
from partybuilding.present.library import Library
from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import fonts, typst_source
from partybuilding.publish.gate import Finished, inspect
from partybuilding.publish.outcome import Limits
from partybuilding.publish.plan import DEFAULT_NOTEBOOK, Job
from partybuilding.publish.runner import execute, write_files


def one_report() -> None:
    """Make a report that there is data for, from returns if there are any, and throw it away."""
    library = Library.read()
    for source in (*return_folders(), *library.names()):
        known = library.source(source)
        for slug, period in sorted(known.available(), key=lambda key: size(known, *key))[:1]:  # it is thrown away
            own = {"province": slug, "period": str(period), "lang": "vi", "source": source}
            job = Job(DEFAULT_NOTEBOOK, source, slug, str(period), "vi", ("html",), own)
            with tempfile.TemporaryDirectory() as place:
                notebook = execute(job, Path(place) / "warm.ipynb", Limits())
                content = of_notebook(notebook)
                typst_source(html_page(content))
                fonts()
                write_files(job, content, notebook, Path(place))
                inspect(Finished(Path(place), job.files))
            for bold in (False, True):
                fitting.width("", bold)
            return


with suppress(Exception):  # whatever it is, each report will tell it of itself
    one_report()
gc.freeze()  # what is loaded stays: collecting it in each process would only copy its pages
