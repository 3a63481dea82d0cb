"""The page that leads to all reports: the latest period first, and what failed since."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from analysis.errors import ReportError
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.archive import REPORT
from analysis.reports.html import render_page

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from analysis.findings import Finding
    from analysis.reports.archive import Archive
    from analysis.reports.manifest import Manifest

__all__ = ["Entry", "read_entries", "write_index"]

CARDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of one period, as the index shows it.

    Attributes
    ----------
    title : str
        Of the report.
    order : tuple
        Sorts the reports of a period: the one that sums up first, then by notebook.
    period : Period
    address : str
        Where the report lies, from the index; empty when every attempt failed.
    made : datetime, optional
        When it was made.
    runs : int
        How many good runs the archive holds.
    main_point : str
        The first conclusion of the report.
    cards : tuple of Finding
        Its key figures.
    failed : datetime, optional
        When a later attempt failed.
    """

    title: str
    order: tuple[bool, str]
    period: Period
    address: str
    made: datetime | None
    runs: int
    main_point: str
    cards: tuple[Finding, ...]
    failed: datetime | None


def write_index(archive: Archive, collection: str) -> Path:
    """Write `index.html` over everything in the archive, and return its path."""
    entries = read_entries(archive)
    periods = [
        (period, sorted(group, key=lambda entry: entry.order))
        for period, group in groupby(entries, key=lambda entry: entry.period)
    ]
    html = render_page("index.html.jinja", collection=collection, periods=periods)
    with archive.writing_index() as path:
        path.write_text(html, "utf-8")
    return archive.root / "index.html"


def read_entries(archive: Archive) -> list[Entry]:
    """Return one entry for each report and period, the latest period first."""
    good: dict[tuple[str, str], list[tuple[Manifest, Path]]] = {}
    for manifest, folder in archive.runs():
        good.setdefault((manifest.report, manifest.period), []).append((manifest, folder))
    bad = {(manifest.report, manifest.period): manifest for manifest, _ in archive.failures()}
    entries = [_entry(archive, good.get(key, []), bad.get(key)) for key in {*good, *bad}]
    entries.sort(key=lambda entry: (entry.period.end, entry.period.start), reverse=True)
    return entries


def _entry(archive: Archive, good: list[tuple[Manifest, Path]], failure: Manifest | None) -> Entry:
    shown = _shown(archive, good)
    known = shown[0] if shown else failure
    if known is None:
        raise ReportError("An entry of the index stands for a good run or a failed one; got none.")
    findings = found.read(shown[1] / found.FILE) if shown else []
    main = [finding for finding in findings if finding.main] or findings
    later = failure if failure and (not shown or failure.started > shown[0].started) else None
    return Entry(
        title=known.title,
        order=(not known.leads, known.notebook),
        period=Period.parse(known.period),
        address=(shown[1] / REPORT).relative_to(archive.root).as_posix() if shown else "",
        made=shown[0].finished if shown else None,
        runs=len(good),
        main_point=main[0].headline if main else "",
        cards=tuple(f for f in findings if f.kpi and f.value_text)[:CARDS],
        failed=later.finished if later else None,
    )


def _shown(archive: Archive, good: list[tuple[Manifest, Path]]) -> tuple[Manifest, Path] | None:
    """Return the run that `current` points to, or the latest good one without the link."""
    if not good:
        return None
    current = archive.current(good[-1][0].report, good[-1][0].period)
    return next((run for run in good if run[1].name == (current and current.name)), good[-1])
