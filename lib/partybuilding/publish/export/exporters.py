"""nbconvert exporters: `report` (HTML) and `handout` (PDF), registered by entry point.

So `jupyter nbconvert --to handout out.ipynb` and JupyterLab's export menu give what the batch gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbconvert.exporters import Exporter

from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page


class ReportExporter(Exporter):  # type: ignore[misc]
    """An executed report notebook as one self-contained HTML page, without code."""

    export_from_notebook, output_mimetype, file_extension = "Report", "text/html", ".html"
    made: Callable[[str], str | bytes] = staticmethod(str)

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str | bytes, Any]:
        """Return the file and nbconvert's resources; UserError where the notebook holds no finished report."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return self.made(html_page(of_notebook(notebook, strict=False))), resources


class HandoutExporter(ReportExporter):
    """An executed report notebook as PDF in the layout of Party documents."""

    export_from_notebook, output_mimetype, file_extension = "Handout", "application/pdf", ".pdf"
    made = staticmethod(pdf_of_page)
