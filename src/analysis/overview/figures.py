"""The figures of a period, held against the periods before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import PeriodError
from analysis.retention.sentences import FEWEST_PERIODS, USUAL_PERIODS

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
        figure, value, previous, year_before
        usual_low, usual_high : the range of up to six complete periods before; missing with
            fewer than three
        verdict : 'above', 'within' or 'below' that range; 'unknown' without one

    Raises
    ------
    PeriodError
        If the period holds no order.
    """
    rows = activity.set_index("period_start")
    start = pd.Timestamp(period.start)
    if start not in rows.index or rows["customers"][start] == 0:
        raise PeriodError(
            f"{period.title} must hold at least one order; it holds none. The data run from"
            f" {rows.index[0]:%Y-%m-%d} to {rows.index[-1]:%Y-%m-%d}."
        )
    before = rows.loc[(rows.index < start) & rows["complete"]].tail(USUAL_PERIODS)
    return pd.DataFrame([_figure(name, rows, before, period) for name in FIGURES])


def _figure(
    name: str, rows: pd.DataFrame, before: pd.DataFrame, period: Period
) -> dict[str, object]:
    value = float(rows[name][pd.Timestamp(period.start)])
    enough = len(before) >= FEWEST_PERIODS
    low, high = (before[name].min(), before[name].max()) if enough else (np.nan, np.nan)
    return {
        "figure": name,
        "value": value,
        "previous": _complete_value(rows, name, period.previous),
        "year_before": _complete_value(rows, name, period.year_before),
        "usual_low": low,
        "usual_high": high,
        "verdict": _verdict(value, low, high),
    }


def decompose_revenue(activity: pd.DataFrame, period: Period) -> pd.DataFrame:
    """How much of the change in revenue came from customers, from visits, from spend?

    Revenue is customers x orders per customer x revenue per order. The change on the
    previous period is split with logarithmic-mean weights, so that the parts add up to the
    whole exactly, in any order of the factors.

    Parameters
    ----------
    activity : DataFrame
        Output of `retention.activity_by_period`.
    period : Period
        The period in question.

    Returns
    -------
    DataFrame, one row a factor
        factor, previous, value, effect (in currency). Empty when either period has no revenue.

    References
    ----------
    .. [1] Ang (2005), The LMDI approach to decomposition analysis, Energy Policy 33(7).
    """
    rows = activity.set_index("period_start")
    starts = [pd.Timestamp(period.previous.start), pd.Timestamp(period.start)]
    factors = ["customers", "orders_per_customer", "revenue_per_order"]
    if rows.index.isin(starts).sum() != 2 or (rows["revenue"][starts] <= 0).any():
        return pd.DataFrame(columns=["factor", "previous", "value", "effect"])
    old, new = (rows.loc[start, factors].to_numpy(dtype=float) for start in starts)
    weight = _log_mean(*rows["revenue"][starts].to_numpy(dtype=float))
    return pd.DataFrame(
        {
            "factor": factors,
            "previous": old,
            "value": new,
            "effect": weight * np.log(new / old),
        }
    )


def _log_mean(a: float, b: float) -> float:
    return a if a == b else float((a - b) / np.log(a / b))


def _complete_value(rows: pd.DataFrame, name: str, period: Period) -> float:
    start = pd.Timestamp(period.start)
    known = start in rows.index and bool(rows["complete"][start])
    return float(rows[name][start]) if known else np.nan


def _verdict(value: float, low: float, high: float) -> str:
    if np.isnan(low):
        return "unknown"
    if value > high:
        return "above"
    return "below" if value < low else "within"
