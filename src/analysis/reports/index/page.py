"""The index as a page: read from manifests and findings alone, whole without its script."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from analysis.language import say
from analysis.reports.html import render_page
from analysis.reports.index.entries import Entry, read_entries
from analysis.reports.index.figures import read_figures
from analysis.wording import date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.reports.archive import Archive

__all__ = ["write_index"]

CARDS = 3


def write_index(archive: Archive, collection: str) -> Path:
    """Write `index.html` over everything in the archive, and return its path."""
    entries = read_entries(archive)
    html = render_page(
        "index.html.jinja",
        style="index.css",
        script="index.js",
        say=say,
        date=date,
        collection=collection,
        entries=entries,
        periods=[(p, list(group)) for p, group in groupby(entries, lambda entry: entry.period)],
        newest=_newest(entries),
        tables=read_figures(entries),
        cards=CARDS,
    )
    with archive.writing_index() as path:
        path.write_text(html, "utf-8")
    return archive.root / "index.html"


def _newest(entries: Sequence[Entry]) -> list[tuple[Entry, list[Entry]]]:
    """Return the newest report of each name, with the newest one of each other kind of period.

    Where periods of two kinds end on the same day, that of the kind made more often counts as
    the newer. A report that was never made is told by its last attempt.
    """
    often = Counter((entry.report, entry.period.kind) for entry in entries)
    kinds: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda one: not one.address):  # keeps the order of periods
        kinds.setdefault((entry.report, entry.period.kind), entry)
    reports: dict[str, list[Entry]] = {}
    for (report, _), entry in kinds.items():
        reports.setdefault(report, []).append(entry)
    newest = []
    for report, found in reports.items():
        found.sort(key=lambda one: often[report, one.period.kind], reverse=True)
        found.sort(key=lambda one: (bool(one.address), one.period.end), reverse=True)
        newest.append((found[0], found[1:]))
    return sorted(newest, key=lambda pair: pair[0].order)
