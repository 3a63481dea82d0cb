"""What a run is given of other runs: what was found for its period, and its own last report.

They are copied into its staging folder, so that nothing changes under a run that reads them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis import forecasts
from analysis.errors import ReportError
from analysis.reports import found
from analysis.reports.manifest import FILE as MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.archive import Archive
    from analysis.reports.catalogue import Report

__all__ = ["FINDINGS", "PREVIOUS", "Handover"]

FINDINGS = "findings"
PREVIOUS = "previous"
_FILES = (found.FILE, forecasts.FILE, MANIFEST)


@dataclass(frozen=True, slots=True)
class Handover:
    """The runs that a run reads, by their names in the archive: ``churn/2017-11/<run>``.

    Attributes
    ----------
    previous : str
        Of the same report, for the last earlier period; empty for none.
    others : tuple of str
        Of the other reports of the period, where it sums them up.
    """

    previous: str = ""
    others: tuple[str, ...] = ()

    @classmethod
    def find(cls, archive: Archive, report: Report, period: Period) -> Handover:
        """Return what readers see now."""
        last = archive.current_before(report.name, period)
        names = sorted(path.parent.name for path in archive.root.glob(f"[!.]*/{period.key}"))
        beside = (archive.current(name, period.key) for name in names if name != report.name)
        return cls(
            archive.name_of(last) if last is not None else "",
            tuple(archive.name_of(run) for run in beside if run) if report.reads_findings else (),
        )

    def lay_out(self, archive: Archive, report: Report, staged: Path) -> None:
        """Copy the runs as `previous_dir` and `findings_dir` promise.

        The first holds findings.json, forecasts.json, manifest.json and tables/; the second
        `<report>.json`, the findings, and `forecasts/<report>.json` where there are any.

        Raises
        ------
        ReportError
            One of them is not in the archive any more.
        """
        for name in (self.previous, *self.others):
            if name and not (archive.root / name / MANIFEST).is_file():
                raise ReportError(
                    f"What a report was made of must be in the archive; {name} is not. Put it "
                    "back from a copy of the archive, or rebuild it first."
                )
        if self.previous:
            _copy_run(archive.root / self.previous, staged / PREVIOUS)
        if report.reads_findings:
            _copy_findings([archive.root / name for name in self.others], staged / FINDINGS)


def _copy_run(run: Path, folder: Path) -> None:
    folder.mkdir()
    for name in _FILES:
        if (run / name).is_file():
            shutil.copyfile(run / name, folder / name)
    if (run / "tables").is_dir():
        shutil.copytree(run / "tables", folder / "tables")


def _copy_findings(runs: list[Path], folder: Path) -> None:
    (folder / "forecasts").mkdir(parents=True)
    for run in runs:
        name = f"{run.parent.parent.name}.json"
        shutil.copyfile(run / found.FILE, folder / name)
        if (run / forecasts.FILE).is_file():
            shutil.copyfile(run / forecasts.FILE, folder / "forecasts" / name)
