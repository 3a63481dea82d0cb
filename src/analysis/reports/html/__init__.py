"""The face of a report: what is read from a notebook, cleaned, and laid out."""

from analysis.reports.html.blocks import Content
from analysis.reports.html.content import read_content
from analysis.reports.html.exporter import ReportExporter, render_report
from analysis.reports.html.figure_tables import write_figure_tables
from analysis.reports.html.frame import Frame, LastReport, Link
from analysis.reports.html.templating import render_page

__all__ = [
    "Content",
    "Frame",
    "LastReport",
    "Link",
    "ReportExporter",
    "read_content",
    "render_page",
    "render_report",
    "write_figure_tables",
]
