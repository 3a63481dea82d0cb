"""What is due and not there: the periods of the schedules minus the reports of the archive.

Which period a report covers follows from its schedule. The clock only decides which
periods are over, so that a run that comes late makes exactly what one in time would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analysis.errors import PeriodError, ReportError
from analysis.periods import Period
from analysis.reports.catalogue import Report, find_reports, notebooks_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.reports.archive import Archive
    from analysis.reports.manifest import Manifest
    from analysis.settings import ScheduleSettings, Settings

__all__ = ["Due", "Reach", "due_reports", "missing", "today"]


@dataclass(frozen=True, slots=True)
class Due:
    """One report of one period, and the day since when it should be there."""

    report: Report
    period: Period
    since: date


@dataclass(frozen=True, slots=True)
class Reach:
    """Which periods to look at.

    Attributes
    ----------
    today : date
        In the time zone of the settings; what falls due later is not looked at.
    first, last : date, optional
        The periods that begin and end within these. With a first day no period is too old.
    catch_up_days : int, optional
        Greatest age, in days since a period fell due; that of each schedule by default.
    """

    today: date
    first: date | None = None
    last: date | None = None
    catch_up_days: int | None = None

    @classmethod
    def between(
        cls, today: date, first: str | None, last: str | None, catch_up_days: int | None = None
    ) -> Reach:
        """Read the first and the last period as a person wrote them."""
        start = Period.parse(first).start if first is not None else None
        end = Period.parse(last).end if last is not None else None
        if start is not None and end is not None and end < start:
            raise PeriodError(
                f"What begins with {first} cannot end with {last}, which is earlier. "
                "Exchange --from and --to."
            )
        return cls(today, start, end, catch_up_days)


def today(settings: Settings, now: datetime) -> date:
    """Return the day that `now` is in the time zone of the settings.

    A time without a zone is one of that zone.
    """
    zone = ZoneInfo(settings.time_zone)
    return (now if now.tzinfo is not None else now.replace(tzinfo=zone)).astimezone(zone).date()


def due_reports(settings: Settings, reach: Reach, names: Sequence[str] = ()) -> list[Due]:
    """Return what should be in the archive, in the order in which it is to be made.

    Parameters
    ----------
    settings : Settings
    reach : Reach
    names : sequence of str
        Only these reports; all that have a schedule when empty.

    Returns
    -------
    list of Due
        The earliest period first; in a period those last that read what the others found.

    Raises
    ------
    ReportError
        A report is unknown, or has no schedule.
    """
    folder = notebooks_folder(settings.root)
    scheduled = [
        (schedule, report)
        for schedule in settings.schedules
        for report in find_reports(folder, schedule.reports or settings.reports.names)
    ]
    wanted = {report.name for report in find_reports(folder, names)}
    known = {report.name for _, report in scheduled}
    for name in sorted(wanted - known):
        raise ReportError(
            f"No [[schedule]] makes {name!r}; those of the settings make "
            f"{', '.join(sorted(known))}. Add it to one, or use `analysis render`."
        )
    dues = [
        Due(report, period, since)
        for schedule, report in scheduled
        if not wanted or report.name in wanted
        for period, since in _due_periods(schedule, reach)
    ]
    return sorted(dues, key=_in_order)


def missing(dues: Sequence[Due], archive: Archive, data_end: date = date.max) -> list[Due]:
    """Return what of `dues` readers do not have yet in its final form.

    Parameters
    ----------
    dues : sequence of Due
    archive : Archive
    data_end : date
        Last day of the data. A report whose numbers may still change is only missing when
        the data have gone on since.
    """
    shown = {key: archive.current_runs(key) for key in {due.period.key for due in dues}}
    return [due for due in dues if not _is_there(due, shown[due.period.key], data_end)]


def _due_periods(schedule: ScheduleSettings, reach: Reach) -> Iterator[tuple[Period, date]]:
    """Give the periods of a schedule within reach, with the day on which each fell due."""
    settled = timedelta(days=schedule.settle_days + 1)
    age = schedule.catch_up_days if reach.catch_up_days is None else reach.catch_up_days
    oldest = reach.today - timedelta(days=age)
    period = Period.containing(schedule.every, reach.first or oldest - settled)
    while period.end + settled <= reach.today and (not reach.last or period.end <= reach.last):
        since = period.end + settled
        if period.start >= reach.first if reach.first else since >= oldest:
            yield period, since
        period = period.next


def _in_order(due: Due) -> tuple[date, int, bool, str]:
    period = due.period
    return period.end, period.days, due.report.reads_findings, due.report.notebook.name


def _is_there(due: Due, shown: Sequence[Manifest], data_end: date) -> bool:
    """Say whether a run counts: over data that reach its end, and over all that it reads.

    One that sums up others is behind when one of those was made after it.
    """
    own = next((run for run in shown if run.report == due.report.name), None)
    if own is None or own.input.last_date < due.period.end:
        return False
    if own.provisional and own.input.last_date < data_end:
        return False
    if not due.report.reads_findings:
        return True
    return all(_ended(run) <= own.started for run in shown if run.report != own.report)


def _ended(run: Manifest) -> datetime:
    return run.started + timedelta(seconds=sum(run.seconds.values()))
