"""What a run is given of other runs: what was found for its period, and its own last report.

They are copied into its staging folder, so that nothing changes under a run that reads them.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from analysis import forecasts
from analysis.reports import found
from analysis.reports.manifest import FILE as MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.archive import Archive

__all__ = ["FINDINGS", "PREVIOUS", "lay_out_findings", "lay_out_previous"]

FINDINGS = "findings"
PREVIOUS = "previous"
_FILES = (found.FILE, forecasts.FILE, MANIFEST)


def lay_out_findings(archive: Archive, report: str, period: Period, staged: Path) -> None:
    """Copy what the other reports of the period found and forecast, as `findings_dir` promises.

    It holds `<report>.json`, the findings, and `forecasts/<report>.json` where there are any.
    """
    folder = staged / FINDINGS
    (folder / "forecasts").mkdir(parents=True)
    for path in sorted(archive.root.glob(f"*/{period.key}")):
        current = archive.current(path.parent.name, period.key)
        if current is not None and path.parent.name != report:
            name = f"{path.parent.name}.json"
            shutil.copyfile(current / found.FILE, folder / name)
            if (current / forecasts.FILE).is_file():
                shutil.copyfile(current / forecasts.FILE, folder / "forecasts" / name)


def lay_out_previous(archive: Archive, report: str, period: Period, staged: Path) -> str:
    """Copy the report's last good run for an earlier period, as `previous_dir` promises.

    Returns
    -------
    str
        The name of that run within the archive, like ``churn/2017-11/20171204T060000Z-1a2b3c``;
        empty when there is none.
    """
    run = archive.current_before(report, period)
    if run is None:
        return ""
    folder = staged / PREVIOUS
    folder.mkdir()
    for name in _FILES:
        if (run / name).is_file():
            shutil.copyfile(run / name, folder / name)
    if (run / "tables").is_dir():
        shutil.copytree(run / "tables", folder / "tables")
    return run.relative_to(archive.root.resolve()).as_posix()
