"""The index as a page: read from manifests and findings alone, whole without its script."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from analysis import language
from analysis.reports.html import render_page
from analysis.reports.index.entries import Entry, read_entries
from analysis.reports.index.figures import read_figures
from analysis.wording import date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.reports.archive import Archive
    from analysis.settings import Settings

__all__ = ["write_index"]

CARDS = 3


def write_index(archive: Archive, settings: Settings) -> Path:
    """Write `index.html` over everything in the archive, and return its path."""
    with language.speaking(settings.language), archive.writing_index() as path:
        entries = read_entries(archive)
        html = render_page(
            "index.html.jinja",
            style="index.css",
            script="index.js",
            date=date,
            collection=settings.title,
            simulated=settings.simulated,
            entries=entries,
            periods=[(p, list(group)) for p, group in groupby(entries, lambda entry: entry.period)],
            newest=_newest(entries),
            tables=read_figures(entries),
            cards=CARDS,
        )
        path.write_text(html, "utf-8")
    return archive.root / "index.html"


def _newest(entries: Sequence[Entry]) -> list[tuple[Entry, list[Entry], list[Entry]]]:
    """Return the newest report of each name, what failed since, and the newest of other kinds.

    Where periods of two kinds end on the same day, that of the kind made more often counts as
    the newer. A report that was never made is told by its last attempt.
    """
    often = Counter((entry.report, entry.period.kind) for entry in entries)
    reports: dict[str, list[Entry]] = {}
    for entry in entries:
        reports.setdefault(entry.report, []).append(entry)
    newest = []
    for found in reports.values():
        found.sort(key=lambda one: often[one.report, one.period.kind], reverse=True)
        found.sort(key=lambda one: (bool(one.address), one.period.end), reverse=True)
        first = found[0]
        missed = [one for one in found if one.instead == first]
        kinds = {one.period.kind: one for one in reversed(found) if one.address}
        kinds.pop(first.period.kind, None)
        newest.append((first, missed, list(kinds.values())))
    return sorted(newest, key=lambda one: one[0].order)
