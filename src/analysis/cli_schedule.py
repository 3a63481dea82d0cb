"""The commands `analysis schedule` and `analysis watch`: `due` every day, by whom there is."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import time
from typing import TYPE_CHECKING

from analysis.exit_codes import DONE

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.settings import Settings

__all__ = ["SCHEDULE", "WATCH", "add_arguments", "add_watch_arguments"]

SCHEDULE = """\
Print a line for `crontab -e`, or with --systemd a timer and a service, that runs `analysis due`
every day. Nothing is installed. A machine that was off makes up later what it missed.
"""
WATCH = """\
Run `analysis due` now and then every day, in the foreground, until Ctrl-C. Needs APScheduler.
"""


def add_arguments(schedule: argparse.ArgumentParser) -> None:
    """Describe the arguments of `analysis schedule`."""
    _add_time(schedule)
    schedule.add_argument(
        "--systemd", action="store_true", help="a timer and a service instead of a crontab line"
    )
    schedule.set_defaults(run=_schedule)


def add_watch_arguments(watch: argparse.ArgumentParser) -> None:
    """Describe the arguments of `analysis watch`."""
    _add_time(watch)
    watch.set_defaults(run=_watch)


def _add_time(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--at", metavar="HH:MM", type=_time, default=time(6),
        help="time of the day, in the settings' time zone; for cron the machine's (default: 06:00)",
    )  # fmt: skip


def _due_command(settings_file: Path) -> tuple[str, ...]:
    """Return the words that run `due` from any folder, silent unless something needs a person."""
    settings = str(settings_file)
    return (sys.executable, "-P", "-m", "analysis", "due", "--settings", settings, "--quiet")


def _schedule(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.timetable import Timetable

    timetable = Timetable(_due_command(settings_file), given.at, settings.time_zone)
    print("\n".join(timetable.systemd()) if given.systemd else timetable.crontab(), end="")
    return DONE


def _watch(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.timetable import Timetable
    from analysis.reports.watching import watch

    timetable = Timetable(_due_command(settings_file), given.at, settings.time_zone)
    watch(timetable, lambda text: print(text, flush=True))
    return DONE


def _time(text: str) -> time:
    with suppress(ValueError):
        read = time.fromisoformat(text)
        if read.tzinfo is None and not read.second and not read.microsecond:
            return read
    raise argparse.ArgumentTypeError(f"must be a time like 06:00; got {text!r}")
