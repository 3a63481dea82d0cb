"""The face of a report: what is read from a notebook, cleaned, and laid out."""

from analysis.reports.html.content import Content, read_content, read_findings
from analysis.reports.html.exporter import ReportExporter, render_page, to_html
from analysis.reports.html.frame import Frame, LastReport, Link

__all__ = [
    "Content",
    "Frame",
    "LastReport",
    "Link",
    "ReportExporter",
    "read_content",
    "read_findings",
    "render_page",
    "to_html",
]
