"""Make what is missing, period by period, so that a killed run leaves nothing to undo."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from analysis import language, wording
from analysis.errors import BusyError
from analysis.reports.archive import Archive
from analysis.reports.due import missing
from analysis.reports.failing import given_up
from analysis.reports.index import write_index
from analysis.reports.plan import make_plan
from analysis.reports.rendering import WORKERS, Outcome, carry_out, runner_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.periods import Period
    from analysis.reports.catalogue import Report
    from analysis.reports.due import Due
    from analysis.reports.execution import Runner
    from analysis.reports.manifest import InputFacts
    from analysis.reports.plan import Plan
    from analysis.reports.progress import Display
    from analysis.settings import Settings

__all__ = ["CatchUp", "Split", "split_by_data"]


@dataclass(frozen=True, slots=True)
class Split:
    """What is missing, by what the data allow: to be made now, or when they have come in."""

    ready: tuple[Due, ...]
    waiting: tuple[Due, ...]


def split_by_data(dues: Sequence[Due], facts: InputFacts) -> Split:
    """Tell what can be made from what has to wait; periods before the data are left out."""
    possible = [due for due in dues if due.period.end >= facts.first_date]
    ready = tuple(due for due in possible if due.period.end <= facts.last_date)
    return Split(ready, tuple(due for due in possible if due.period.end > facts.last_date))


def bring_up_to_date(archive: Archive, settings: Settings) -> None:
    """Finish what a process left that was killed between a report and the index over it."""
    if not archive.root.is_dir():
        return
    with suppress(BusyError), archive.catching_up():
        if archive.index_is_behind():
            write_index(archive, settings)


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Makes reports of many periods over data that were read once."""

    settings: Settings
    settings_file: Path
    facts: InputFacts
    workers: int = WORKERS
    retry_failed: bool = False

    @property
    def archive(self) -> Archive:
        """Where the settings keep the reports."""
        return Archive.of(self.settings)

    def make(self, dues: Sequence[Due], progress: Display) -> list[tuple[Period, Outcome]]:
        """Make what is missing of `dues`, which are in order, and after each period the index.

        Those that read the findings of others are looked at once the others are made, as
        only then it is known whether they are behind.

        Raises
        ------
        BusyError
            Another process is catching up.
        """
        made: list[tuple[Period, Outcome]] = []
        with self.archive.catching_up(), runner_for(due.report for due in dues) as runner:
            for period, group in groupby(dues, key=lambda due: due.period):
                outcomes = self._period(period, list(group), runner, progress)
                made += [(period, outcome) for outcome in outcomes]
        return made

    def _period(
        self, period: Period, dues: Sequence[Due], runner: Runner, progress: Display
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for late in (False, True):
            wave = [due for due in dues if due.report.reads_findings is late]
            plan, left = self._wave(period, wave, [due.report for due in dues])
            outcomes += left
            if plan is not None:
                names = wording.plural(len(plan.orders), "report")
                progress.say(f"Rendering {names} of {period.title}")
                with language.speaking(self.settings.language):
                    outcomes += carry_out(plan, progress, workers=self.workers, runner=runner)
        if outcomes:
            write_index(self.archive, self.settings)
        return outcomes

    def _wave(
        self, period: Period, dues: Sequence[Due], beside: Sequence[Report]
    ) -> tuple[Plan | None, list[Outcome]]:
        """Return what to make of some dues of a period, and what is left alone."""
        absent = [due.report for due in missing(dues, self.archive, self.facts.last_date)]
        left = [] if self.retry_failed else list(self._given_up(period, absent))
        given_up = {outcome.report for outcome in left}
        names = [report.name for report in absent if report.name not in given_up]
        if not names:
            return None, left
        plan = make_plan(
            self.settings, self.settings_file, names, period=period.key, facts=self.facts,
            beside=beside,
        )  # fmt: skip
        return plan, left

    def _given_up(self, period: Period, reports: Sequence[Report]) -> Iterator[Outcome]:
        for report in reports:
            if (why := given_up(self.archive, report, period, self.facts)) is not None:
                yield Outcome(report.name, *why, seconds=0.0)
