"""The figures of a period, held against the periods before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.comparisons import is_unfinished, usual_range, value_in, verdict
from analysis.errors import PeriodError

if TYPE_CHECKING:
    from analysis.periods import Period

FIGURES = (
    "revenue",
    "revenue_per_day",
    "customers",
    "orders",
    "revenue_per_customer",
    "orders_per_customer",
    "revenue_per_order",
)


def compare_figures(activity: pd.DataFrame, period: Period) -> pd.DataFrame:
    """How do this period's figures compare with the last, last year's, and the usual range?

    Parameters
    ----------
    activity : DataFrame
        Output of `retention.activity_by_period` for periods of the same kind.
    period : Period
        The period in question.

    Returns
    -------
    DataFrame, one row a figure
        figure, value, previous, year_before; the last two are missing where the data do not
        cover that period whole
        usual_low, usual_high : the usual range by the complete periods before
            (`comparisons.usual_range`); missing with too few
        verdict : 'above', 'within' or 'below' that range; 'unknown' without one; 'unfinished'
            when the data end before the period does

    Raises
    ------
    PeriodError
        If the period holds no order.
    """
    row = activity.loc[activity["period_start"] == pd.Timestamp(period.start)]
    if row.empty or row["customers"].iloc[0] == 0:
        starts = activity["period_start"]
        raise PeriodError(
            f"{period.title} must hold at least one order; it holds none. The data run from"
            f" {starts.iloc[0]:%Y-%m-%d} to {starts.iloc[-1]:%Y-%m-%d}."
        )
    before = activity["complete"] & (activity["period_start"] < pd.Timestamp(period.start))
    unfinished = is_unfinished(activity, period)
    rows = []
    for name in FIGURES:
        value = float(row[name].iloc[0])
        low, high = usual_range(activity.loc[before, name])
        rows.append(
            {
                "figure": name,
                "value": value,
                "previous": value_in(activity, name, period.previous),
                "year_before": value_in(activity, name, period.year_before),
                "usual_low": low,
                "usual_high": high,
                "verdict": "unfinished" if unfinished else verdict(value, low, high),
            }
        )
    return pd.DataFrame(rows)
