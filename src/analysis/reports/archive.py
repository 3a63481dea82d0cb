"""Where reports are kept, so that a reader never meets a half-made or a worse one.

::

    reports/
    ├── index.html
    ├── <report>/<period>/<run>/     report.html, manifest.json, findings.json, tables/, ...
    ├── <report>/<period>/current    link to the run that readers see
    ├── .failed/<report>_<period>/<run>/    what failed, for analysts
    └── .staging/<report>_<period>/<run>/   while a run is made; beside it .locks/, .removed/

A run is made in the staging folder and moved into place when it is whole; the link is
switched in one step. The new link is laid ready before the move: where the process is killed
between the two, it is still there, and `mend` finishes the switch. A failed run goes aside and
the link stays where it was. All three lie equally deep, so that relative paths in a run hold
wherever it is.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.errors import BusyError, PeriodError
from analysis.periods import Period
from analysis.reports.manifest import FILE as MANIFEST
from analysis.reports.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.settings import Settings

__all__ = ["CURRENT", "REPORT", "Archive"]

REPORT = "report.html"
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder that holds all reports."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Archive:
        """Return the one that the settings name."""
        return cls((settings.root / settings.reports.folder).resolve())

    @contextmanager
    def staged(self, report: str, period: str) -> Iterator[Path]:
        """Give a fresh folder for a run; whatever is left in it at the end is removed.

        Only one run of a report and period is made at a time.

        Raises
        ------
        BusyError
            Another process is making this report for this period.
        """
        name = f"{report}_{period}"
        with self._locked(name, wait=False):
            self._finish_switch(self.root / report / period)
            place = self.root / ".staging" / name
            shutil.rmtree(place, ignore_errors=True)  # of a run that was killed
            folder = place / _new_run()
            (folder / "tables").mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(place, ignore_errors=True)

    def publish(self, staged: Path, report: str, period: str) -> Path:
        """Move a whole run into place and let readers see it."""
        folder = self.root / report / period / staged.name
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.parent / f".{CURRENT}-{staged.name}"
        aside.symlink_to(staged.name, target_is_directory=True)
        staged.rename(folder)
        aside.replace(folder.parent / CURRENT)
        return folder

    def put_back(self, staged: Path, report: str, period: str) -> Path:
        """Move a run that was lost to its place; readers see it where they saw none."""
        if self.current(report, period) is None:
            return self.publish(staged, report, period)
        return staged.rename(self.root / report / period / staged.name)

    def mend(self) -> None:
        """Let readers see the runs that were whole when their process was killed."""
        for place in sorted({link.parent for link in self.root.glob(f"[!.]*/*/.{CURRENT}-*")}):
            with suppress(BusyError), self._locked(f"{place.parent.name}_{place.name}", wait=False):
                self._finish_switch(place)

    def _finish_switch(self, place: Path) -> None:
        for link in sorted(place.glob(f".{CURRENT}-*")):
            if link.exists():
                link.replace(place / CURRENT)
            else:  # killed before the run was moved
                link.unlink()

    def set_aside(self, staged: Path, report: str, period: str) -> Path:
        """Move a failed run to where analysts find it and readers do not."""
        folder = self.root / ".failed" / f"{report}_{period}" / staged.name
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(folder)
        return folder

    def current(self, report: str, period: str) -> Path | None:
        """Return the folder of the run that readers see, if there is one."""
        link = self.root / report / period / CURRENT
        return link.resolve() if (link / MANIFEST).is_file() else None

    def current_before(self, report: str, period: Period) -> Path | None:
        """Return the run that readers see for the latest earlier period of the same kind."""
        keys = {link.parent.name for link in self.root.glob(f"{report}/*/{CURRENT}")}
        earlier = (_period(key) for key in keys)
        before = [
            one for one in earlier if one and one.kind == period.kind and one.end < period.end
        ]
        before.sort(key=lambda one: one.end, reverse=True)
        runs = (self.current(report, one.key) for one in before)
        return next((run for run in runs if run is not None), None)

    def name_of(self, run: Path) -> str:
        """Return the name of a run within the archive: its report, period and own name."""
        return run.relative_to(self.root.resolve()).as_posix()

    def runs(self) -> list[tuple[Manifest, Path]]:
        """Return all archived runs, the oldest first."""
        return _manifests(self.root.glob(f"[!.]*/*/*/{MANIFEST}"))

    def failures(self, report: str = "*", period: str = "") -> list[tuple[Manifest, Path]]:
        """Return all failed runs, or those of one report and period, the oldest first."""
        name = f"{report}_{period}" if period else report
        return _manifests(self.root.glob(f".failed/{name}/*/{MANIFEST}"))

    def current_runs(self, period: str) -> list[Manifest]:
        """Return the runs of a period that readers see."""
        links = self.root.glob(f"[!.]*/{period}/{CURRENT}/{MANIFEST}")
        return [Manifest.read(path.parent) for path in links]

    @contextmanager
    def catching_up(self) -> Iterator[None]:
        """Keep other processes from looking for what is missing, and making it twice.

        Raises
        ------
        BusyError
            Another process is at it.
        """
        with self._locked("due_all", wait=False):
            self.mend()
            yield

    @contextmanager
    def holding(self, report: str, period: str) -> Iterator[None]:
        """Keep other processes from making a report while its old runs are changed.

        Raises
        ------
        BusyError
            Another process is making it.
        """
        with self._locked(f"{report}_{period}", wait=False):
            yield

    @contextmanager
    def writing_index(self) -> Iterator[Path]:
        """Give the path to write a new index to; it becomes the index in one step.

        What is in it must be read meanwhile, as only one process is here at a time. The index
        is as old as what was read.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._locked("index", wait=True):
            aside, read = self.root / ".index.html", time.time_ns()
            yield aside
            os.utime(aside, ns=(read, read))
            aside.replace(self.root / "index.html")

    def index_is_behind(self) -> bool:
        """Say whether a run came or went after the index was written."""
        index = self.root / "index.html"
        places = [*self.root.glob("[!.]*/*"), *self.root.glob(".failed/*")]
        latest = max((path.stat().st_mtime_ns for path in places), default=0)
        return not index.is_file() or index.stat().st_mtime_ns < latest

    @contextmanager
    def _locked(self, name: str, *, wait: bool) -> Iterator[None]:
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / name).open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                lock.seek(0)
                raise BusyError(
                    f"A report is made by one process at a time; {name.replace('_', ' for ')} is "
                    f"being made by process {lock.read() or 'unknown'}. Wait for it."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def _manifests(paths: Iterator[Path]) -> list[tuple[Manifest, Path]]:
    folders = [path.parent for path in paths if not path.parent.is_symlink()]
    found = []
    for folder in folders:
        with suppress(FileNotFoundError):  # an old run that was just removed
            found.append((Manifest.read(folder), folder))
    return sorted(found, key=lambda run: (run[0].started, run[0].run))


def _period(key: str) -> Period | None:
    with suppress(PeriodError):  # a folder that is none of ours
        return Period.parse(key)
    return None


def _new_run() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}Z-{secrets.token_hex(3)}"
