"""The course of a number that can only be told when its report is made: what earlier runs told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError, ReportError
from analysis.periods import Period

if TYPE_CHECKING:
    from analysis.findings import Finding

__all__ = ["SHOWN", "carried_on"]

SHOWN = 13  # values of a trend: a year of months, and the month a year ago


def carried_on(finding: Finding, folder: str | Path, period: Period) -> Finding:
    """Return a finding with the values that earlier reports told before its own.

    Parameters
    ----------
    finding : Finding
        Of this report.
    folder : str or Path
        Of this report's run for the last earlier period; an empty text: there is none.
    period : Period
        Of this report. Periods between without a report have no value; reports on another kind
        of period are left alone.

    Raises
    ------
    ReportError
        When the folder does not hold the findings of a run.
    """
    if finding.refused or finding.value is None or not str(folder):
        return finding
    try:
        earlier, told = _read(Path(folder), finding.id)
    except (AnalysisError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(
            f"{folder} must hold the run of an earlier report, with its manifest and findings; it "
            f"does not: {error!r}. Move that run out of the archive."
        ) from None
    gap = _periods_between(earlier, period)
    if gap is None or not told:
        return finding
    values = [*told, *[None] * gap, finding.value][-SHOWN:]
    return replace(finding, trend=tuple(values))


def _read(folder: Path, name: str) -> tuple[Period, list[float | None]]:
    """Return the period of a run, and the values that it told of a number, its own last."""
    period = Period.parse(json.loads((folder / "manifest.json").read_bytes())["period"])
    for row in json.loads((folder / "findings.json").read_bytes()):
        if row["id"] == name and not row.get("refused") and row["value"] is not None:
            return period, [*row.get("trend", ())] or [float(row["value"])]
    return period, []


def _periods_between(earlier: Period, period: Period) -> int | None:
    """Return how many periods lie between two, at most as many as are shown; None for no order."""
    if earlier.kind != period.kind or earlier.start >= period.start:
        return None
    between, step = 0, earlier.next
    while step.start < period.start and between < SHOWN:
        between, step = between + 1, step.next
    return between
