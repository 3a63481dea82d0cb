"""Purchases by week: what came, what the model says, and what a naive rule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.histories import Rows
from analysis.clv.inputs import read_weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = ["count_weeks", "track_weeks"]

_DAYS = 7


def track_weeks(
    order_days: pd.DataFrame,
    customers: pd.DataFrame,
    model: BuyingModel,
    calibration_end: pd.Timestamp,
    holdout_weeks: int,
    *,
    known_from: pd.Timestamp | None = None,
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
        Summary at the end of the calibration, in weeks; with `seen_within`, all order days of
        those there before are counted, not only repeated ones. With `weight`, a row stands for
        that many customers.
    model : BuyingModel
        Fitted on the calibration, in weeks.
    calibration_end : Timestamp
        Last day of the calibration.
    holdout_weeks : int
        Whole weeks after it.
    known_from : Timestamp, optional
        First orders up to this day are of customers there before, where the summary counts so.

    Returns
    -------
    DataFrame, a row a week
        week : 1 is the first of the holdout, 0 the last before it
        week_end : last day
        holdout : whether it was held out
        actual, model, naive : repeat order days; naive is the week as many weeks earlier
            as the holdout has, missing before the holdout; model is missing before the stretch
            that it was fitted to
        total_actual, total_model, total_naive : the same added up over the holdout
        total_low, total_high : 90% interval of the total under the model
    """
    if known_from is not None and "seen_within" in customers.columns:
        repeated = order_days["order_date"] <= known_from
        order_days = order_days.assign(first_days=order_days["first_days"].mask(repeated, 0))
    known = _known_weeks(order_days, customers, model, calibration_end)
    ahead = _held_out_weeks(order_days, customers, model, calibration_end, holdout_weeks)
    both = pd.concat([known, ahead], ignore_index=True)
    both["naive"] = np.nan
    weeks = count_weeks(order_days, calibration_end, holdout_weeks)
    both.loc[both["holdout"], "naive"] = weeks["naive"].to_numpy()
    both["week_end"] = calibration_end + pd.to_timedelta(both["week"] * _DAYS, unit="D")
    for name in ("actual", "model", "naive"):
        both[f"total_{name}"] = both[name].where(both["holdout"]).cumsum()
    return both.drop(columns="all_orders")


def count_weeks(
    order_days: pd.DataFrame, calibration_end: pd.Timestamp, holdout_weeks: int
) -> pd.DataFrame:
    """Return `actual` order days of each week of the holdout, and `naive`, those as long before.

    Parameters
    ----------
    order_days, calibration_end, holdout_weeks
        As for `track_weeks`. A week before the data is missing.
    """
    ahead = np.arange(1, holdout_weeks + 1, dtype=np.int64)
    before = _weekly(order_days, calibration_end, ahead - holdout_weeks)["all_orders"]
    whole = _whole_weeks(order_days, calibration_end)
    return pd.DataFrame(
        {
            "week": ahead,
            "actual": _weekly(order_days, calibration_end, ahead)["all_orders"],
            "naive": before.astype(float).where(ahead - holdout_weeks > -whole),
        }
    )


def _whole_weeks(order_days: pd.DataFrame, calibration_end: pd.Timestamp) -> int:
    return int(((calibration_end - order_days["order_date"].min()).days + 1) // _DAYS)


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
    weeks = np.arange(1 - _whole_weeks(order_days, calibration_end), 1, dtype=np.int64)
    days_before_end = np.array([*(weeks - 1), 0]) * -_DAYS
    until = _by_new_customers(customers, model, days_before_end)
    until += _by_old_customers(customers, model, days_before_end)
    table = _weekly(order_days, calibration_end, weeks).astype({"actual": float})
    return table.assign(model=np.diff(until), holdout=False, total_low=np.nan, total_high=np.nan)


def _by_new_customers(
    customers: pd.DataFrame,
    model: BuyingModel,
    days_before_end: NDArray[np.int64],
) -> Floats:
    """Return repeat purchases expected so far, of customers followed from their first order."""
    if "seen_within" in customers.columns:
        customers = customers[customers["seen_within"].isna()]
    if customers.empty:
        return np.zeros(days_before_end.size)
    days = np.rint(customers["T"].to_numpy(dtype=np.float64) * _DAYS).astype(np.int64)
    births = np.bincount(days, read_weight(customers))
    curve = model.expected_purchases_new(np.arange(births.size) / _DAYS)
    born = [births[days:] for days in days_before_end]
    return np.array([float(some @ curve[: some.size]) for some in born])


def _by_old_customers(
    customers: pd.DataFrame, model: BuyingModel, days_before_end: NDArray[np.int64]
) -> Floats:
    """Return purchases expected so far, of those there before and seen: missing before then.

    The mean of those seen is the mean of all less that of those silent within the stretch.
    """
    until = np.zeros(days_before_end.size)
    if "seen_within" not in customers.columns:
        return until
    seen = customers[customers["seen_within"].notna() & (customers["frequency"] > 0)]
    sizes = seen.assign(size=read_weight(seen)).groupby(["T", "seen_within"])["size"].sum()
    counts = sizes.reset_index()
    for T, within, size in zip(counts["T"], counts["seen_within"], counts["size"], strict=True):
        time = T - days_before_end / _DAYS
        begin, silent = _active(0.0, within, time.size), _active(within, within, time.size)
        nothing = model.moments(begin.take(np.arange(1)), within).nothing[0]
        later = np.where(time > within, model.expected(silent, np.maximum(time - within, 0.0)), 0.0)
        all_of_them = model.expected(begin, np.maximum(time, 0.0))
        mean = (all_of_them - nothing * later) / (1 - nothing)
        until += size * np.where(time >= 0, mean, np.nan)
    return until


def _active(silence: float, within: float, size: int) -> Rows:
    """Return rows of somebody active at time 0 who has bought nothing since."""
    nothing = np.zeros(size)
    return Rows(nothing, nothing, nothing + silence, nothing + 1, nothing + within)


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
    reached = model.mean_course(rows, weeks.astype(np.float64))
    own = model.variance_course(rows, weeks.astype(np.float64))
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
