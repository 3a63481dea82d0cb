"""Run a command every day in the foreground, where neither cron nor systemd is at hand."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analysis.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.reports.timetable import Timetable

__all__ = ["watch"]


def watch(timetable: Timetable, say: Callable[[str], None]) -> None:
    """Run the timetable's command now, then every day at its time, until it is told to stop.

    Each run is a process of its own, which reads settings and data anew and whose failure
    ends nothing. A run that lasts longer than a day delays the next one.

    Raises
    ------
    KeyboardInterrupt
        It was told to stop, by Ctrl-C or SIGTERM.
    ReportError
        APScheduler is not installed.
    """
    runs = _Runs(timetable, say)
    scheduler = _scheduler(timetable, runs.run)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        runs.run()
        scheduler.start()
    finally:
        signal.signal(signal.SIGTERM, before)
        runs.stop()
        if scheduler.running:
            scheduler.shutdown()


@dataclass(slots=True)
class _Runs:
    """Runs of the command, one at a time, of which the last can be stopped."""

    timetable: Timetable
    say: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Run the command, in a session of its own: Ctrl-C reaches it by `stop` alone."""
        words = list(self.timetable.words)
        self.process = subprocess.Popen(words, start_new_session=True)  # noqa: S603 - our words
        code = self.process.wait()
        at, zone = self.timetable.at, self.timetable.zone
        self.say(f"`due` ended with exit code {code}; next at {at:%H:%M}, {zone}.")

    def stop(self) -> None:
        """Interrupt what is running, and wait for its end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


def _scheduler(timetable: Timetable, job: Callable[[], None]) -> Any:
    try:
        from apscheduler.schedulers.blocking import BlockingScheduler
        from apscheduler.triggers.cron import CronTrigger
    except ModuleNotFoundError:
        raise ReportError(
            "`analysis watch` needs APScheduler, which is not installed. Install it by "
            "`pip install apscheduler`, or use the timetable of `analysis schedule`."
        ) from None
    zone = ZoneInfo(timetable.zone)
    daily = CronTrigger(hour=timetable.at.hour, minute=timetable.at.minute, timezone=zone)
    scheduler = BlockingScheduler(timezone=zone)
    scheduler.add_job(job, daily, coalesce=True, misfire_grace_time=None, max_instances=1)
    return scheduler
