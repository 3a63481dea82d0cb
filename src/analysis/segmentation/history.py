"""How the key figures of segmentation stood at the end of past periods."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.comparisons import TREND_PERIODS
from analysis.engines import read_query
from analysis.tables import as_source

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.segmentation.snapshot import Snapshot
    from analysis.settings import Settings
    from analysis.tables import Source

_COLUMNS = {
    "period_start": "datetime64[s]",
    "customers": "int64",
    "active_customers": "float64",
    "active": "float64",
    "loyal": "float64",
    "top_fifth": "float64",
    "fell_silent": "float64",
    "complete": "bool",
}


def take_history(
    transactions: Source | pd.DataFrame, period: Period, now: Snapshot, settings: Settings
) -> pd.DataFrame:
    """How did the key figures stand at the end of past periods, by the rules of `now`?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `take_snapshots`.
    period : Period
        The one of `now`.
    now : Snapshot
        Its day, window and limits are used for every date.
    settings : Settings
        Its `lifecycle`.

    Returns
    -------
    DataFrame, one row a period, by time, the last one `period`
        period_start; complete : whether it is over by the day of `now`
        customers : who had ever ordered by its end
        active_customers; active, loyal : shares of the customers
        top_fifth : share of the spend that the highest-spending fifth brought
        fell_silent : customers who were active at the end of the period before and are not any
            more
        A figure is missing where the data begin too late for it. Beyond the last
        `TREND_PERIODS` periods only the one a year before is there.
    """
    source = as_source(transactions)
    last = [_back(period, n) for n in range(TREND_PERIODS)]
    wanted = sorted({*last, period.year_before}, key=lambda one: one.start)
    rows = [
        _figures(source, one, now, settings.lifecycle.new_days)
        for one in wanted
        if one.end >= source.first_date
    ]
    known = [row for row in rows if row["customers"]]
    return pd.DataFrame(known, columns=list(_COLUMNS)).astype(_COLUMNS)


def _figures(source: Source, one: Period, now: Snapshot, new_days: int) -> dict[str, object]:
    """Return one row: counts and shares, missing where the data begin too late for them."""
    date = min(one.end, now.as_of)
    counts = _counts(source, date, one.start, now, new_days)
    known_days = (date - source.first_date).days + 1
    customers, spend = counts["customers"], counts["spend_minor"]
    active = counts["active"] if known_days > now.dormant_days else np.nan
    has_window, had_customers = known_days >= now.window_days, counts["customers_before"] > 0
    silence_known = known_days > now.dormant_days and had_customers
    return {
        "period_start": one.start,
        "customers": customers,
        "active_customers": active,
        "active": active / customers if customers else np.nan,
        "loyal": counts["loyal"] / customers if has_window and customers else np.nan,
        "top_fifth": counts["top_minor"] / spend if has_window and spend > 0 else np.nan,
        "fell_silent": counts["fell_silent"] if silence_known else np.nan,
        "complete": now.as_of >= one.end,
    }


def _counts(
    source: Source, date: dt.date, day_before: dt.date, now: Snapshot, new_days: int
) -> dict[str, int]:
    """Count as of one day; `day_before` is the day after the date that it is compared with."""
    next_day = date + dt.timedelta(days=1)
    silence = dt.timedelta(days=math.ceil(now.dormant_days))
    known_new = source.first_date + dt.timedelta(days=new_days + 1)
    rows = source.engine.run(
        read_query("segment_history"),
        next_day=next_day,
        day_before=day_before,
        since=next_day - dt.timedelta(days=now.window_days),
        active_from=next_day - silence,
        were_active_from=day_before - silence,
        new_from=max(known_new, date - dt.timedelta(days=new_days)),
        loyal=float(now.loyal_orders),
    ).to_pylist()
    return {name: int(value or 0) for name, value in rows[0].items()}


def _back(period: Period, n: int) -> Period:
    for _ in range(n):
        period = period.previous
    return period
