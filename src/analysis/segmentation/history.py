"""How the key figures of segmentation stood at the end of past periods."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.comparisons import TREND_PERIODS
from analysis.engines import read_query
from analysis.periods import Period
from analysis.tables import as_source

if TYPE_CHECKING:
    from analysis.segmentation.snapshot import Snapshot
    from analysis.settings import Settings
    from analysis.tables import Source

_ONE_DAY = dt.timedelta(days=1)


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
    begin, new_days = source.first_date, settings.lifecycle.new_days
    raw = source.engine.run(
        read_query("segment_history"),
        kind=period.kind,
        end=now.as_of + _ONE_DAY,
        earliest=_back(period, TREND_PERIODS).next.start,
        year_before=period.year_before.next.start,
        before_that=period.year_before.start,
        window=now.window_days,
        dormant=math.ceil(now.dormant_days),
        new=new_days,
        known_from=begin + dt.timedelta(days=new_days),
        loyal=float(now.loyal_orders),
    ).to_pandas(date_as_object=False)
    dates = [day.date() - _ONE_DAY for day in raw["next_day"]]
    table = _figures(raw, [Period.containing(period.kind, date) for date in dates])
    days = pd.Series([(date - begin).days + 1 for date in dates])
    table.loc[days <= now.dormant_days, ["active", "active_customers", "fell_silent"]] = np.nan
    table.loc[days < now.window_days, ["loyal", "top_fifth"]] = np.nan
    table["complete"] = (table["period_start"] < pd.Timestamp(period.start)) | (
        now.as_of >= period.end
    )
    wanted = [_back(period, n).start for n in range(TREND_PERIODS)]
    kept = table["period_start"].isin(pd.to_datetime([*wanted, period.year_before.start]))
    return table[kept].reset_index(drop=True)


def _figures(raw: pd.DataFrame, periods: list[Period]) -> pd.DataFrame:
    """Return shares and counts; who fell silent only where the date before is there as well."""
    customers, spend = raw["customers"], raw["spend_minor"]
    before = pd.Series([one.previous.start for one in periods])
    starts = pd.Series([one.start for one in periods])
    return pd.DataFrame(
        {
            "period_start": pd.to_datetime(starts),
            "customers": customers,
            "active_customers": raw["active"].astype(float),
            "active": raw["active"] / customers,
            "loyal": raw["loyal"] / customers,
            "top_fifth": raw["top_minor"] / spend.where(spend > 0),
            "fell_silent": raw["fell_silent"].where(starts.shift() == before).astype(float),
        }
    )


def _back(period: Period, n: int) -> Period:
    for _ in range(n):
        period = period.previous
    return period
