"""Print CPU seconds of this project beside its peers, on the same data in the same run.

Every row runs both sides in turn and compares their medians, so that a noisy machine slows
both alike. A peer that is not installed is said to be missing.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight

from analysis import clv, settings, summary, survival, tables

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 5
AS_OF = "2017-12-31"


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def beside(name: str, peer: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Run both in turn and print their medians and the ratio."""
    pairs = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(RUNS)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{name:<44}{mine:>9.3f} s   {peer:<14}{other:>9.3f} s   {mine / other:>7.3f}")


def pandas_summary(lines: pd.DataFrame) -> pd.DataFrame:
    """The customer summary as one would write it in pandas."""
    days = lines.groupby(["customer_id", "order_date"], as_index=False)["amount"].sum()
    grouped = days.sort_values("order_date").groupby("customer_id")
    first, last = grouped["order_date"].min(), grouped["order_date"].max()
    repeat = grouped["amount"].sum() - grouped["amount"].first()
    frequency = grouped.size() - 1
    return pd.DataFrame(
        {
            "frequency": frequency,
            "recency": (last - first).dt.days / 7,
            "T": (pd.Timestamp(AS_OF) - first).dt.days / 7,
            "monetary_value": repeat / frequency.where(frequency > 0),
        }
    )


def main() -> None:
    source = tables.open_source(settings.load())
    lines = source.engine.run(
        "SELECT customer_id, order_date, amount_minor / 100.0 AS amount FROM transactions"
    ).to_pandas(date_as_object=False)
    customers = summary.summarise_customers(source, AS_OF)
    rng = np.random.default_rng(1)
    times, events = rng.exponential(1.0, 1_000_000), rng.random(1_000_000) < 0.7
    print(f"{'work':<44}{'ours':>11}   {'peer':<14}{'theirs':>11}   {'ratio':>7}")
    beside(
        f"customer summary of {len(lines):,} lines",
        "pandas",
        lambda: summary.summarise_customers(source, AS_OF),
        lambda: pandas_summary(lines),
    )
    beside(
        "Kaplan-Meier, 1,000,000 times, with intervals",
        "statsmodels",
        lambda: survival.kaplan_meier(times, events),
        lambda: SurvfuncRight(times, events.astype(int)),
    )
    fit = cpu_seconds(lambda: clv.fit_bg_nbd(customers))
    print(f"{f'BG/NBD fit of {len(customers):,} customers':<44}{fit:>9.3f} s")


if __name__ == "__main__":
    main()
