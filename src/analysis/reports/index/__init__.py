"""The page that leads to all reports: what is newest, how it moved, and where the rest is."""

from analysis.reports.index.entries import Entry, read_entries
from analysis.reports.index.page import write_index

__all__ = ["Entry", "read_entries", "write_index"]
