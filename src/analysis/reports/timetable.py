"""`analysis due` in the words of cron and of systemd, every day at one time.

Once a day is enough for any schedule, as `due` finds out by itself what is missing.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time

__all__ = ["Timetable"]

_PLAIN = re.compile(r"[\w@+=:,./-]+")
_TIMER = """\
# ~/.config/systemd/user/analysis-due.timer
[Unit]
Description=Make the reports that are due

[Timer]
OnCalendar=*-*-* {at:%H:%M}:00 {zone}
Persistent=true

[Install]
WantedBy=timers.target
"""
_SERVICE = """\
# ~/.config/systemd/user/analysis-due.service
[Unit]
Description=Make the reports that are due

[Service]
Type=oneshot
ExecStart=:{command}
"""


@dataclass(frozen=True, slots=True)
class Timetable:
    """A command, its arguments, and the time of the day to run it at.

    Attributes
    ----------
    words : sequence of str
        The command, an absolute path, and its arguments.
    at : time
        Of the day: in the machine's time zone for cron, in `zone` for systemd.
    zone : str
        Time zone, such as "Europe/Berlin".
    """

    words: Sequence[str]
    at: time
    zone: str

    def __post_init__(self) -> None:
        for word in self.words:
            if not word.isprintable():
                raise ReportError(
                    "A command in a timetable is one line of printable signs; "
                    f"{word!r} is not. Move the project to a folder with a plain name."
                )

    def crontab(self) -> str:
        """Return a line for `crontab -e`; cron ends a command at a bare %, so each is escaped."""
        words = " ".join("\\%".join(map(_shell, word.split("%"))) for word in self.words)
        return f"{self.at.minute} {self.at.hour} * * * {words}\n"

    def systemd(self) -> tuple[str, str]:
        """Return the timer and the service for a user's systemd.

        Raises
        ------
        ReportError
            The path of the program has quotes or backslashes, which systemd takes in no way.
        """
        if set(self.words[0]) & set("'\"\\"):
            raise ReportError(
                f"systemd starts no program whose path has quotes or backslashes; {self.words[0]} "
                "has. Move the environment to a folder with a plain name, or use cron."
            )
        timer = _TIMER.format(at=self.at, zone=self.zone)
        return timer, _SERVICE.format(command=" ".join(map(_unit, self.words)))


def _shell(piece: str) -> str:
    return shlex.quote(piece) if piece else ""


def _unit(word: str) -> str:
    """Quote a word of ExecStart; its colon keeps systemd from reading a $ as a variable."""
    escaped = word.replace("%", "%%")
    if _PLAIN.fullmatch(word):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
