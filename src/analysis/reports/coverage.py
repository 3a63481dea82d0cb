"""How far the data of a run reach into its period: what a manifest keeps of it, and the words.

All of it follows from the data, the period and the settings, never from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from analysis import wording
from analysis.language import say

if TYPE_CHECKING:
    from datetime import date

    from analysis.periods import Period
    from analysis.settings import Settings

__all__ = ["Coverage", "settle_days"]


def settle_days(settings: Settings, report: str, period: Period) -> int:
    """Return for how many days after a period its orders may still come in.

    Only a [[schedule]] of the settings tells; where none makes this report for such periods,
    the period is final with its last day.
    """
    for schedule in settings.schedule:
        if schedule.every == period.kind and report in (schedule.reports or settings.reports.names):
            return schedule.settle_days
    return 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days of the data, beside those of the period.

    Attributes
    ----------
    first, last : date
        Of the first and the last order.
    period : Period
    settle_days : int
        Days after its end in which its orders may still come in.
    """

    first: date
    last: date
    period: Period
    settle_days: int = 0

    @property
    def stale_days(self) -> int:
        """How many days before the period the data end; 0 when they reach its end."""
        return max(0, (self.period.end - self.last).days)

    @property
    def settled(self) -> date:
        """The day that the data must reach for the numbers to be final."""
        return self.period.end + timedelta(days=self.settle_days)

    @property
    def provisional(self) -> bool:
        """Whether the numbers may still change."""
        return self.last < self.settled

    def in_words(self, customers: int, orders: int) -> str:
        """Say what is covered, and what of it the data hold."""
        covers = say(
            "Covers {days}. The data hold {customers} and {orders}, from {first} to {last}.",
            days=self.period.coverage,
            customers=wording.plural(customers, "customer"),
            orders=wording.plural(orders, "order"),
            first=wording.date(self.first),
            last=wording.date(self.last),
        )
        if self.first <= self.period.start:
            return covers
        late = say("They begin after the period does; what came before is not in it.")
        return wording.sentences([covers, late])

    def why_provisional(self) -> str:
        """Say why the numbers may still change; nothing when they will not."""
        if not self.provisional:
            return ""
        if self.stale_days:
            end = wording.date(self.period.end)
            return say("The numbers will still change, until the data reach {end}.", end=end)
        return say(
            "Orders of the period may come in until {settled}, and the data end on {last}; its "
            "numbers may still change.",
            settled=wording.date(self.settled),
            last=wording.date(self.last),
        )

    def why_stale(self) -> str:
        """Say what of the period is missing; nothing when the data reach its end."""
        if not self.stale_days:
            return ""
        return say(
            "The last {days} of the period are not in the data, which end on {last}.",
            days=wording.days(self.stale_days),
            last=wording.date(self.last),
        )

    def freshness(self) -> str:
        """Say when the newest order is, beside the end of the period."""
        last = wording.date(self.last)
        if self.stale_days:
            days = wording.days(self.stale_days)
            return say("{last}, {days} before the period ends", last=last, days=days)
        if self.last == self.period.end:
            return say("{last}, the last day of the period", last=last)
        return say("{last}, after the end of the period", last=last)
