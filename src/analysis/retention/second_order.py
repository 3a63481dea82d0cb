"""The second order: how many new customers come back, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import survival
from analysis.engines import read_query
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt


def second_order_curve(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    *,
    burn_in_days: int,
    horizon_days: int = 90,
    minimum_customers: int = 30,
) -> pd.DataFrame:
    """What share of new customers has ordered again by each day after the first order?

    Customers who have not ordered again by `as_of` are censored there, so that recent
    customers count for as long as they were seen.

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    burn_in_days : int
        Only customers whose first order came later than this after the data's beginning
        are known to be new.
    horizon_days : int
        Last day of the curve.
    minimum_customers : int
        The curve stops where fewer are still observed.

    Returns
    -------
    DataFrame, one row a day of the curve
        days : since the first order
        share, low, high : ordered again by then, with a 95% interval
        n_risk : new customers still observed without a second order
        Empty when fewer than `minimum_customers` are known to be new.
    """
    source = as_source(transactions)
    end = pd.Timestamp(as_of)
    known_from = pd.Timestamp(source.first_date) + pd.Timedelta(days=burn_in_days + 1)
    times = source.engine.run(
        read_query("second_order"), as_of=end.date(), acquired_from=known_from.date()
    ).to_pandas()
    observed = times.loc[times["days"] > 0]
    if observed["customers"].sum() < minimum_customers:
        return pd.DataFrame(columns=["days", "share", "low", "high", "n_risk"], dtype=float)
    curve = survival.kaplan_meier(
        observed["days"], observed["came_again"] == 1, weights=observed["customers"]
    ).table
    kept = curve.loc[(curve["time"] <= horizon_days) & (curve["n_risk"] >= minimum_customers)]
    return pd.DataFrame(
        {
            "days": kept["time"].astype("int64"),
            "share": 1 - kept["survival"],
            "low": 1 - kept["high"],
            "high": 1 - kept["low"],
            "n_risk": kept["n_risk"].astype("int64"),
        }
    ).reset_index(drop=True)
