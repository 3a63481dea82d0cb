"""Try again what may pass by itself: a timeout, a dead kernel, a source that does not answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from analysis.reports.execution import Execution
    from analysis.settings import ReportSettings

    T = TypeVar("T")

__all__ = ["Retries"]

GROWTH = 4


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try again, and how many seconds to wait before the first time.

    Each further wait is four times as long.
    """

    times: int
    first_wait: float

    @classmethod
    def of(cls, settings: ReportSettings) -> Retries:
        """Return those of the settings."""
        return cls(settings.retries, settings.retry_wait_seconds)

    @property
    def waits(self) -> tuple[float, ...]:
        """The seconds before each further attempt."""
        return tuple(self.first_wait * GROWTH**n for n in range(self.times))

    def run(
        self, attempt: Callable[[], Execution], pause: Callable[[float], bool]
    ) -> tuple[Execution, int]:
        """Run until the outcome is final; return it, and how many attempts it took.

        Parameters
        ----------
        attempt : callable
            Begins from nothing each time.
        pause : callable
            Waits for so many seconds; true when there shall be no further attempt.
        """
        for number, wait in enumerate(self.waits, start=1):
            execution = attempt()
            if not execution.may_pass or pause(wait):
                return execution, number
        return attempt(), self.times + 1

    def read(self, source: Callable[[], T], tell: Callable[[str], None]) -> T:
        """Return what `source` does, once it answers.

        Raises
        ------
        SourceUnavailableError
            It did not answer the last time either.
        """
        for wait in self.waits:
            try:
                return source()
            except SourceUnavailableError as error:
                tell(f"{error} Trying again in {wait:.0f} s.")
                time.sleep(wait)
        return source()
