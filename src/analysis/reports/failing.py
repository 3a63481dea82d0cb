"""Reports that fail again and again: they are left alone until something has changed.

Whether a report fails follows from its data, settings, notebook, parameters and code, but for
what passes by itself. So after some failures in a row with all of these the same, a further
attempt only costs time; the first change of one of them makes it worth another.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from analysis import wording
from analysis.reports.manifest import git_commit, package_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.archive import Archive
    from analysis.reports.catalogue import Report
    from analysis.reports.manifest import InputFacts, Manifest

__all__ = ["MOST", "cause_of", "failures_in_a_row", "given_up"]

MOST = 3
"""How many runs may fail with everything the same before `due` leaves a report alone."""


def cause_of(
    archive: Archive,
    report: Report,
    period: Period,
    facts: InputFacts,
    parameters: Mapping[str, Any] | None = None,
) -> str:
    """Return a hash of all that a run depends on, as far as it is known before.

    Parameters
    ----------
    archive : Archive
    report : Report
    period : Period
    facts : InputFacts
    parameters : mapping of str to value, optional
        The defaults when not given.
    """
    values = parameters or report.parameters(period=period.key).model_dump()
    read = [run.run for run in archive.current_runs(period.key) if run.report != report.name]
    parts = [
        facts.sha256,
        facts.settings_sha256,
        hashlib.sha256(report.notebook.read_bytes()).hexdigest(),
        {name: values[name] for name in report.parameters.own()},
        sorted(read) if report.reads_findings else [],
        package_version(),
        git_commit(report.notebook.parent),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def failures_in_a_row(archive: Archive, report: Report, period: Period, cause: str) -> int:
    """Return how many runs have failed for this very cause, up to the last one."""
    last = _last(archive, report, period)
    return last[0].failures if last is not None and last[0].cause == cause else 0


def given_up(
    archive: Archive, report: Report, period: Period, facts: InputFacts
) -> tuple[str, Path] | None:
    """Say why a report is left alone, with the folder of its last run; None when it is not."""
    last = _last(archive, report, period)
    if last is None or last[0].failures < MOST:
        return None
    if last[0].cause != cause_of(archive, report, period, facts):
        return None
    times = wording.count(last[0].failures)
    return (
        f"{last[0].fault.rstrip('.')}. It failed {times} times with the same data, settings and "
        "code, and is left alone until one of them changes; --retry-failed tries at once",
        last[1],
    )


def _last(archive: Archive, report: Report, period: Period) -> tuple[Manifest, Path] | None:
    failures = archive.failures(report.name, period.key)
    return failures[-1] if failures else None
