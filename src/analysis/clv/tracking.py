"""Purchases by week: what came, what the model says, and what a naive rule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = ["track_weeks"]

_DAYS = 7


def track_weeks(
    order_days: pd.DataFrame,
    customers: pd.DataFrame,
    model: BuyingModel,
    calibration_end: pd.Timestamp,
    holdout_weeks: int,
) -> pd.DataFrame:
    """How do purchases by week compare with the model, before and in the holdout?

    Until the end of the calibration the model knows only when each customer first came;
    after it, it knows the history. Weeks are counted from the end of the calibration, so a
    part of a week at the very beginning is left out.

    Parameters
    ----------
    order_days : DataFrame
        `order_date`, `order_days` and `first_days`, of the customers known by the end of
        the calibration (query order_days).
    customers : DataFrame, one row per customer
        Summary at the end of the calibration, in weeks, with `first_order`.
    model : BuyingModel
        Fitted on the calibration, in weeks.
    calibration_end : Timestamp
        Last day of the calibration.
    holdout_weeks : int
        Whole weeks after it.

    Returns
    -------
    DataFrame, a row a week
        week : 1 is the first of the holdout, 0 the last before it
        week_end : last day
        holdout : whether it was held out
        actual, model, naive : repeat order days; naive is the week as many weeks earlier
            as the holdout has, missing before the holdout
        total_actual, total_model, total_naive : the same added up over the holdout
        total_low, total_high : 90% interval of the total under the model
    """
    known = _known_weeks(order_days, customers, model, calibration_end)
    ahead = _held_out_weeks(order_days, customers, model, calibration_end, holdout_weeks)
    both = pd.concat([known, ahead], ignore_index=True)
    earlier = known.set_index("week")["all_orders"].reindex(ahead["week"] - holdout_weeks)
    both["naive"] = np.nan
    both.loc[both["holdout"], "naive"] = earlier.to_numpy(dtype=np.float64)
    both["week_end"] = calibration_end + pd.to_timedelta(both["week"] * _DAYS, unit="D")
    for name in ("actual", "model", "naive"):
        both[f"total_{name}"] = both[name].where(both["holdout"]).cumsum()
    return both.drop(columns="all_orders")


def _week(days: pd.Series, calibration_end: pd.Timestamp) -> NDArray[np.int64]:
    """Number the weeks: days 1 to 7 after the end of the calibration are week 1."""
    after = (days - calibration_end).dt.days.to_numpy()
    return np.asarray((after - 1) // _DAYS + 1, dtype=np.int64)


def _weekly(
    order_days: pd.DataFrame, calibration_end: pd.Timestamp, weeks: NDArray[np.int64]
) -> pd.DataFrame:
    repeats = order_days["order_days"] - order_days["first_days"]
    counted = pd.DataFrame({"actual": repeats, "all_orders": order_days["order_days"]})
    sums = counted.groupby(_week(order_days["order_date"], calibration_end)).sum()
    return sums.reindex(weeks, fill_value=0).rename_axis("week").reset_index()


def _known_weeks(
    order_days: pd.DataFrame,
    customers: pd.DataFrame,
    model: BuyingModel,
    calibration_end: pd.Timestamp,
) -> pd.DataFrame:
    """Weeks before the holdout: the curve of a newcomer, from each customer's first day."""
    first_day = order_days["order_date"].min()
    whole = ((calibration_end - first_day).days + 1) // _DAYS
    weeks = np.arange(1 - whole, 1, dtype=np.int64)
    ages = (calibration_end - customers["first_order"]).dt.days.to_numpy()
    births = np.bincount(ages)
    curve = model.expected_purchases_new(np.arange(births.size) / _DAYS)
    table = _weekly(order_days, calibration_end, weeks).astype({"actual": float})
    until = [_bought_by(births, curve, -week * _DAYS) for week in [*(weeks - 1), 0]]
    return table.assign(model=np.diff(until), holdout=False, total_low=np.nan, total_high=np.nan)


def _bought_by(births: NDArray[np.int64], curve: Floats, days_before_end: int) -> float:
    """Expected repeat purchases of all, up to so many days before the end."""
    born = births[days_before_end:]
    return float(born @ curve[: born.size])


def _held_out_weeks(
    order_days: pd.DataFrame,
    customers: pd.DataFrame,
    model: BuyingModel,
    calibration_end: pd.Timestamp,
    holdout_weeks: int,
) -> pd.DataFrame:
    """Weeks of the holdout: what the model expects of each history, and its spread."""
    weeks = np.arange(1, holdout_weeks + 1, dtype=np.int64)
    rows, _ = model.read(customers).distinct()
    by_week = [model.moments(rows, float(week)) for week in weeks]
    reached = np.array([float(rows.weight @ moments.mean) for moments in by_week])
    own = np.array([float(rows.weight @ moments.variance) for moments in by_week])
    ahead = np.full(rows.x.shape, float(holdout_weeks))

    def whole(moved: BuyingModel) -> Floats:
        return np.asarray(rows.weight @ moved.expected(rows, ahead))

    slope = model.sensitivity(whole)[0]
    fitted = slope @ model.peak.log_covariance @ slope * (reached / reached[-1]) ** 2
    error = special.ndtri(0.95) * np.sqrt(fitted + own)
    table = _weekly(order_days, calibration_end, weeks).astype({"actual": float})
    return table.assign(
        model=np.diff(reached, prepend=0.0),
        holdout=True,
        total_low=reached - error,
        total_high=reached + error,
    )
