"""An nbconvert exporter that writes for readers, not for programmers.

It renders what `content` has read through the templates of this package: one file,
no code, no script, no address outside, and a content security policy that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter

from analysis import display
from analysis.reports.html.content import read_content
from analysis.reports.html.frame import Frame
from analysis.reports.html.page import lay_out
from analysis.reports.html.templating import render_page

if TYPE_CHECKING:
    from analysis.reports.html.blocks import Content

__all__ = ["LARGEST", "ReportExporter", "render_report"]

LARGEST = 400_000
"""Bytes that a report may have; one that would have more shows fewer rows under its figures."""


class ReportExporter(Exporter):
    """Notebook to report; `resources["frame"]` may hold a `Frame`."""

    file_extension = ".html"
    output_mimetype = "text/html"
    export_from_notebook = "Report"

    def from_notebook_node(  # type: ignore[override]  # as every exporter to text does
        self, nb: Any, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Render a notebook that was executed without an error."""
        copied, resources = super().from_notebook_node(nb, resources, **options)
        frame = resources.get("frame", Frame())
        return render_report(read_content(copied), frame), resources


def render_report(content: Content, frame: Frame) -> str:
    """Return the report of what was read from a notebook.

    The numbers under its figures are cut to fewer rows where it would else be larger than
    `LARGEST`; the files beside the report hold them all.
    """
    page = lay_out(content, frame)
    html = ""
    for rows in (display.ROWS_SHOWN, 20, 6, 0):
        html = render_page("report.html.jinja", page=page, frame=frame, rows_shown=rows)
        if len(html.encode()) <= LARGEST:
            break
    return html
