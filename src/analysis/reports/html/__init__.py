"""The face of a report: what is read from a notebook, cleaned, and laid out."""

from analysis.reports.html.content import Content, read_content, read_findings
from analysis.reports.html.exporter import Frame, ReportExporter, render_page, to_html

__all__ = [
    "Content",
    "Frame",
    "ReportExporter",
    "read_content",
    "read_findings",
    "render_page",
    "to_html",
]
