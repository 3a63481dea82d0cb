"""The command `analysis schedule`: what to tell cron or systemd."""

from __future__ import annotations

import sys
from datetime import time
from typing import TYPE_CHECKING

from analysis.exit_codes import DONE

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from analysis.settings import Settings

__all__ = ["DESCRIPTION", "add_arguments", "add_time", "due_command"]

DESCRIPTION = """\
Print a line for `crontab -e`, or with --systemd a timer and a service, that runs `analysis due`
every day. Nothing is installed. A machine that was off makes up later what it missed.
"""


def add_arguments(schedule: argparse.ArgumentParser) -> None:
    """Describe the arguments of `analysis schedule`."""
    add_time(schedule)
    schedule.add_argument(
        "--systemd", action="store_true", help="a timer and a service instead of a crontab line"
    )
    schedule.set_defaults(run=_schedule)


def add_time(command: argparse.ArgumentParser) -> None:
    """Describe `--at`."""
    command.add_argument(
        "--at", metavar="HH:MM", type=_time, default=time(6),
        help="time of the day, in the settings' time zone; for cron the machine's (default: 06:00)",
    )  # fmt: skip


def due_command(settings_file: Path) -> tuple[str, ...]:
    """Return the words that run `due` from any folder, silent unless something needs a person."""
    settings = str(settings_file)
    return (sys.executable, "-P", "-m", "analysis", "due", "--settings", settings, "--quiet")


def _schedule(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.timetable import Timetable

    timetable = Timetable(due_command(settings_file), given.at, settings.time_zone)
    print("\n".join(timetable.systemd()) if given.systemd else timetable.crontab(), end="")
    return DONE


def _time(text: str) -> time:
    read = time.fromisoformat(text)
    if read.tzinfo is not None or read.second or read.microsecond:
        raise ValueError(text)
    return read
