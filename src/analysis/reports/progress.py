"""How far a rendering is: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.reports.catalogue import Report
    from analysis.reports.rendering import Outcome

__all__ = ["Display", "progress_display"]


class Display(Protocol):
    """Shows how far the work is; its methods may be called from several threads."""

    def say(self, text: str) -> None:
        """Show a line."""

    def started(self, report: Report) -> None:
        """Show that a report is being made."""

    def advanced(self, report: Report, cell: int) -> None:
        """Show that a cell is done."""

    def finished(self, report: Report, outcome: Outcome) -> None:
        """Show that a report is there, or will not be."""


@contextmanager
def progress_display(console: Console | None = None, *, quiet: bool = False) -> Iterator[Display]:
    """Give a display that suits the place where the output goes, or one that shows nothing."""
    console = console or Console(stderr=True, highlight=False, quiet=quiet)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield _Bars(bars)


@dataclass(slots=True)
class _Lines:
    console: Console
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, text: str) -> None:
        with self._lock:
            self.console.print(text, markup=False, soft_wrap=True)

    def started(self, report: Report) -> None:
        self.say(f"{report.name}: started")

    def advanced(self, report: Report, cell: int) -> None:
        """Say nothing: a line for each cell would be too many."""

    def finished(self, report: Report, outcome: Outcome) -> None:
        self.say(f"{report.name}: {'failed' if outcome.fault else 'done'}, {outcome.seconds:.1f} s")


@dataclass(slots=True)
class _Bars:
    bars: Progress
    _tasks: dict[str, TaskID] = field(default_factory=dict)

    def say(self, text: str) -> None:
        self.bars.console.print(text, markup=False)

    def started(self, report: Report) -> None:
        self._tasks[report.name] = self.bars.add_task(report.name, total=report.cells)

    def advanced(self, report: Report, cell: int) -> None:
        self.bars.update(self._tasks[report.name], completed=min(cell, report.cells))

    def finished(self, report: Report, outcome: Outcome) -> None:
        if report.name not in self._tasks:
            return
        text = f"[red]{report.name} failed" if outcome.fault else report.name
        done = None if outcome.fault else report.cells
        self.bars.update(self._tasks[report.name], description=text, completed=done)
        self.bars.stop_task(self._tasks[report.name])
