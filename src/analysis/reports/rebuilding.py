"""Make a report once more from what its manifest says, byte for byte.

A manifest names everything that a page follows from: data, settings, notebook, parameters, and
the runs that were read. Where all of these are still there, the page can be made again, so that
a backup of an archive needs no more than its manifests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import ReportError
from analysis.periods import Period
from analysis.reports.archive import REPORT, Archive
from analysis.reports.catalogue import find_reports, notebooks_folder
from analysis.reports.handover import Handover
from analysis.reports.manifest import FILE, Manifest, versions
from analysis.reports.plan import Plan, input_facts
from analysis.reports.rendering import fill, runner_for, speak

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.reports.catalogue import Report
    from analysis.reports.manifest import InputFacts
    from analysis.reports.progress import Display
    from analysis.settings import Settings

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A report that was made once more; `fault` is empty when it has the same bytes."""

    folder: Path
    fault: str
    new: bool


def rebuild(
    manifest_file: Path, settings: Settings, settings_file: Path, progress: Display
) -> Rebuilt:
    """Make the report of a manifest again, and put it into the archive where it is not there.

    Parameters
    ----------
    manifest_file : Path
        Of a run that succeeded; it may lie anywhere.
    settings, settings_file : Settings, Path
    progress : Display

    Raises
    ------
    ReportError
        The data, the settings or the notebook are others now, or a run that it read is gone.
    """
    text = manifest_file.read_bytes()
    manifest = Manifest.read(manifest_file.parent, manifest_file.name)
    (report,) = find_reports(notebooks_folder(settings.root), [manifest.report])
    facts = input_facts(settings, settings_file)
    _refuse_other_sources(manifest, report, facts)
    archive, period = Archive.of(settings), Period.parse(manifest.period)
    handover = Handover(manifest.previous, manifest.findings_of)
    order = (report, dict(manifest.parameters))
    plan = Plan(settings, period, facts, archive, (order,), manifest.titles, handover)
    place = archive.root / manifest.report / manifest.period / manifest.run
    with archive.staged(manifest.report, manifest.period) as made, runner_for([report]) as runner:
        speak(settings)
        progress.started(report)
        again = fill(plan, *order, made, runner, progress)
        fault = again.fault or _difference(manifest, made)
        if fault:
            again.model_copy(update={"status": "failed", "fault": fault}).write(made)
            return Rebuilt(archive.set_aside(made, manifest.report, manifest.period), fault, True)
        if place.is_dir():
            return Rebuilt(place, "", new=False)
        (made / FILE).write_bytes(text)
        named = made.rename(made.with_name(manifest.run))
        return Rebuilt(archive.put_back(named, manifest.report, manifest.period), "", new=True)


def _refuse_other_sources(manifest: Manifest, report: Report, facts: InputFacts) -> None:
    digest = hashlib.sha256(report.notebook.read_bytes()).hexdigest()
    for what, then, now in (
        ("data", manifest.input.sha256, facts.sha256),
        ("settings", manifest.input.settings_sha256, facts.settings_sha256),
        ("notebook", manifest.notebook_sha256, digest),
    ):
        if then != now:
            raise ReportError(
                f"A report is rebuilt from what it was made of; the {what} of {manifest.report} "
                f"for {manifest.period} had the SHA-256 {then[:12]} and have {now[:12]} now. Bring "
                f"back the {what} of {manifest.started:%d %B %Y}"
                + (f", commit {manifest.commit}." if manifest.commit else ".")
            )


def _difference(manifest: Manifest, made: Path) -> str:
    if hashlib.sha256((made / REPORT).read_bytes()).hexdigest() == manifest.report_sha256:
        return ""
    now = versions()
    changed = [
        f"{name} {then} then and {now.get(name, 'none')} now"
        for name, then in manifest.versions.items()
        if now.get(name) != then
    ]
    because = ", ".join(changed) or f"the code of commit {manifest.commit or 'unknown'} is another"
    return f"the page has other bytes than the first: {because}"
