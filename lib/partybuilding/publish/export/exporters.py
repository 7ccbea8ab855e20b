"""nbconvert exporters: `report` (HTML) and `handout` (PDF), registered by entry point.

So `jupyter nbconvert --to handout out.ipynb` and JupyterLab's export menu give what the batch gives.
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter

from partybuilding.publish.export.content import of_notebook
from partybuilding.publish.export.page import html_page
from partybuilding.publish.export.pdf import pdf_of_page


class ReportExporter(Exporter):  # type: ignore[misc]
    """An executed report notebook as one self-contained HTML page, without code."""

    export_from_notebook = "Report"
    output_mimetype = "text/html"
    file_extension = ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the page and nbconvert's resources; UserError where the notebook holds no finished report."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return html_page(of_notebook(notebook, strict=False)), resources


class HandoutExporter(Exporter):  # type: ignore[misc]
    """An executed report notebook as PDF in the layout of Party documents."""

    export_from_notebook = "Handout"
    output_mimetype = "application/pdf"
    file_extension = ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[bytes, Any]:
        """Return the PDF and nbconvert's resources; UserError where the notebook holds no finished report."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return pdf_of_page(html_page(of_notebook(notebook, strict=False))), resources
