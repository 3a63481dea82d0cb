"""Who would be lost in a period, by any window: one count of customers answers for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.paces import NOBODY
from analysis.churn.segments import Segments
from analysis.engines import read_query
from analysis.proportions import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.periods import Period
    from analysis.tables import Source

EVERYBODY = ""
"""The key of all customers together, where no segments are given."""


@dataclass(frozen=True, slots=True, eq=False)
class AroundStart:
    """When customers ordered last before a period, and how long they were silent from then on.

    Attributes
    ----------
    counts : DataFrame
        segment (a key); last_day: last order before the period, in days after its first one;
        silent_days: most days without an order from then to the end of the period; customers
    known_days : int
        Days of the data before it.
    """

    counts: pd.DataFrame = field(repr=False)
    known_days: int

    def rates(
        self, window_days: int, keys: Iterable[str] = (EVERYBODY,), confidence: float = 0.95
    ) -> pd.DataFrame:
        """Return what `churn_rates` tells of the period under a window, by key of the segment.

        Returns
        -------
        DataFrame, one row a key
            active, lost, rate, low, high, complete
        """
        active = self.counts["last_day"] + window_days >= 0
        lost = active & (self.counts["silent_days"] >= window_days)
        flags = pd.DataFrame({"active": active, "lost": lost})
        customers = flags.mul(self.counts["customers"], axis=0)
        rows = customers.groupby(self.counts["segment"]).sum().reindex(list(keys), fill_value=0)
        low, high = wilson_interval(rows["lost"], rows["active"], confidence)
        return rows.assign(
            rate=rows["lost"] / rows["active"].where(rows["active"] > 0),
            low=low,
            high=high,
            complete=self.known_days >= window_days,
        )


def around_start(
    source: Source, period: Period, longest_days: int, segments: Segments | None = None
) -> AroundStart:
    """Count the customers whom a window of at most `longest_days` can tell active at a start."""
    chosen, start = segments or Segments(NOBODY), pd.Timestamp(period.start)
    counts: pd.DataFrame = source.engine.run(
        read_query("around_start", segments=chosen.relation),
        **chosen.values,
        start=start.date(),
        as_of=period.end,
        since=(start - pd.Timedelta(days=longest_days)).date(),
    ).to_pandas()
    counts["segment"] = counts["segment"].astype("str").where(counts["segment"].notna(), EVERYBODY)
    return AroundStart(counts, (start - pd.Timestamp(source.first_date)).days)
