"""Which old runs are removed: those that no reader sees any more, once a newer one is good."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from analysis.reports.archive import CURRENT

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.reports.archive import Archive

__all__ = ["remove_old_runs"]

REMOVED = ".removed"


def remove_old_runs(archive: Archive, report: str, keep: int) -> list[str]:
    """Keep the newest `keep` runs of a report, and as many failed ones.

    Whatever its age, the run that readers see stays, and so does the latest of each period.
    What cannot be removed now is left for the next time.

    Parameters
    ----------
    archive : Archive
    report : str
        Its name; called when a run of it has just been kept.
    keep : int
        How many runs of all periods together.

    Returns
    -------
    list of str
        The names of the runs that were removed.
    """
    periods = [_runs(place) for place in archive.root.glob(f"{report}/*")]
    protected = {runs[-1] for runs in periods if runs} | {
        (runs[-1].parent / CURRENT).resolve() for runs in periods if runs
    }
    good = [run for runs in periods for run in runs]
    failed = [
        run for place in archive.root.glob(f".failed/{report}_[0-9]*") for run in _runs(place)
    ]
    old = [run for run in _all_but_newest(good, keep) if run not in protected]
    return [run.name for run in old + _all_but_newest(failed, keep) if _remove(archive.root, run)]


def _runs(place: Path) -> list[Path]:
    """Return the runs in a folder, the oldest first: their names begin with the time."""
    folders = [path for path in place.glob("*") if path.is_dir() and not path.is_symlink()]
    return sorted((path.resolve() for path in folders), key=lambda path: path.name)


def _all_but_newest(runs: list[Path], keep: int) -> list[Path]:
    return sorted(runs, key=lambda run: run.name)[:-keep]


def _remove(root: Path, run: Path) -> bool:
    """Take a run out of the archive in one step, and delete it then."""
    aside = root / REMOVED
    with suppress(OSError):  # another process was faster, or the folder may not be changed
        aside.mkdir(exist_ok=True)
        run.rename(aside / run.name)
        shutil.rmtree(aside, ignore_errors=True)
        return True
    return False
