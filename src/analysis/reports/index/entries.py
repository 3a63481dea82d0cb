"""What the archive holds for each report and period, as its manifests and findings tell it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from analysis.errors import ReportError
from analysis.findings import main_points
from analysis.language import translate
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.archive import CURRENT, REPORT
from analysis.reports.pdf import FILE as PDF

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from analysis.findings import Finding
    from analysis.reports.archive import Archive
    from analysis.reports.manifest import Manifest

__all__ = ["Entry", "State", "read_entries"]

State = Literal["final", "provisional", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of one period, as readers find it.

    Attributes
    ----------
    report, title : str
        Its name in the archive, and what it is called.
    order : tuple
        Sorts the reports of a period: the one that sums up first, then by notebook.
    period : Period
    address : str
        Where the report lies, from the index; empty when every attempt failed.
    pdf : str
        Where it lies as PDF; empty when it does not.
    made : datetime, optional
        When it was made.
    runs : int
        How many good runs the archive holds.
    data_end : date
        The last day of the data that it, or the attempt that failed, was made from.
    provisional : bool
        Whether its numbers may still change.
    main_point : str
        The first conclusion of the report.
    figures : tuple of Finding
        Its key figures.
    failed : datetime, optional
        When a later attempt failed.
    instead : Entry, optional
        Where every attempt failed: the last good report of an earlier period of that kind.
    """

    report: str
    title: str
    order: tuple[bool, str]
    period: Period
    address: str
    pdf: str
    made: datetime | None
    runs: int
    data_end: date
    provisional: bool
    main_point: str
    figures: tuple[Finding, ...]
    failed: datetime | None
    instead: Entry | None = None

    @property
    def state(self) -> State:
        """Whether the last attempt failed, else whether its numbers may still change."""
        if self.failed:
            return "failed"
        return "provisional" if self.provisional else "final"


def read_entries(archive: Archive) -> list[Entry]:
    """Return one entry for each report and period, the latest period first."""
    good: dict[tuple[str, str], list[tuple[Manifest, Path]]] = {}
    for manifest, folder in archive.runs():
        good.setdefault((manifest.report, manifest.period), []).append((manifest, folder))
    bad = {(manifest.report, manifest.period): manifest for manifest, _ in archive.failures()}
    entries = [_entry(archive, good.get(key, []), bad.get(key)) for key in {*good, *bad}]
    entries.sort(key=lambda entry: entry.order)
    entries.sort(key=lambda entry: (entry.period.end, entry.period.start), reverse=True)
    return [replace(entry, instead=_instead(entry, entries)) for entry in entries]


def _entry(archive: Archive, good: list[tuple[Manifest, Path]], failure: Manifest | None) -> Entry:
    shown = _shown(good)
    known = shown[0] if shown else failure
    if known is None:
        raise ReportError("An entry of the index stands for a good run or a failed one; got none.")
    findings = found.read(shown[1] / found.FILE) if shown else []
    main = main_points(findings) or findings
    later = failure if failure and (not shown or failure.started > shown[0].started) else None
    return Entry(
        report=known.report,
        title=translate(known.title),
        order=(not known.leads, known.notebook),
        period=Period.parse(known.period),
        address=_address(archive, shown[1] / REPORT) if shown else "",
        pdf=_address(archive, shown[1] / PDF) if shown and (shown[1] / PDF).is_file() else "",
        made=shown[0].finished if shown else None,
        runs=len(good),
        data_end=known.input.last_date,
        provisional=known.provisional or known.input.last_date < Period.parse(known.period).end,
        main_point=main[0].headline if main else "",
        figures=tuple(f for f in findings if f.kpi and f.value_text),
        failed=later.finished if later else None,
    )


def _address(archive: Archive, file: Path) -> str:
    return file.relative_to(archive.root).as_posix()


def _shown(good: list[tuple[Manifest, Path]]) -> tuple[Manifest, Path] | None:
    """Return the run that `current` points to, or the latest good one without the link."""
    if not good:
        return None
    link = good[-1][1].parent / CURRENT
    current = link.readlink().name if link.is_symlink() else ""
    return next((run for run in good if run[1].name == current), good[-1])


def _instead(entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    if entry.address:
        return None
    earlier = (
        one
        for one in entries
        if one.address and one.report == entry.report and one.period.kind == entry.period.kind
        if one.period.end < entry.period.end
    )
    return next(earlier, None)
