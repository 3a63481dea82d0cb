"""What a contract is worth: its margin while it lasts, by the survival curve, at today's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.inputs import number_column, refuse
from analysis.clv.terms import check_shares, positive, rate_per_period
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric

    Floats = NDArray[np.float64]

__all__ = ["value_contracts", "value_renewals"]

Paid = Literal["steadily", "in advance"]


def value_contracts(
    curve: pd.DataFrame,
    *,
    margin_per_period: float,
    periods_per_year: float,
    annual_discount_rate: float,
    horizon: float,
    tenures: Sequence[float] = (0.0,),
    paid: Paid = "steadily",
    confidence: float = 0.90,
) -> pd.DataFrame:
    """What is a contract worth over the horizon: a new one, and one that has lasted a while?

    Margin x S(t), discounted: with `paid` 'steadily' its integral over the steps of the curve,
    'in advance' its sum over the beginnings of the periods. Of a contract that has lasted for
    a tenure t0, S(t0 + t) / S(t0) takes the place of S(t).

    Parameters
    ----------
    curve : DataFrame
        `time` (periods, from the beginning of the contract), `survival` (from that time on)
        and `std_err` (of the survival, by Greenwood's formula): the `table` of
        `survival.kaplan_meier`. It must reach to the tenure plus the horizon.
    margin_per_period : float
        Contribution of a contract in a period, less what it costs to serve.
    periods_per_year : float
        12 for months.
    annual_discount_rate : float
        Effective rate a year, 0.10 for 10%; >= 0.
    horizon : float
        Periods to look ahead.
    tenures : sequence of float
        How long the contracts have lasted, in periods; 0 is a new one.
    paid : {'steadily', 'in advance'}
        When the margin comes in.
    confidence : float
        What the interval should cover.

    Returns
    -------
    DataFrame, a row a tenure
        tenure : as given
        expected_periods, discounted_periods : that it is expected to last within the horizon
        value, low, high : with its interval, that of the mean of many such contracts

    Raises
    ------
    DataError
        For a curve that is no survival curve, is of several groups or ends too early.

    Notes
    -----
    By Greenwood's formula log S moves in independent steps, so that the covariance of log S at
    two times is the variance at the earlier. The interval is normal (delta method).
    """
    rate = rate_per_period(annual_discount_rate, periods_per_year)
    _check_terms(margin_per_period, horizon, paid, confidence)
    time, survival, log_variance = _read(curve)
    rows = []
    for tenure in tenures:
        _check_reach(float(tenure), horizon, time, survival)
        given = np.searchsorted(time, tenure, side="right") - 1
        starts = np.append(float(tenure), time[given + 1 :])
        left = survival[given:] / survival[given]
        plain, counted = (_weights(starts - tenure, horizon, r, paid) for r in (0.0, rate))
        steps = np.diff(log_variance[given:])
        later = np.cumsum((counted * left)[::-1])[::-1][1:]
        error = np.sqrt(np.sum(steps * later**2))
        rows.append((tenure, plain @ left, counted @ left, error))
    return _table(rows, margin_per_period, confidence)


def value_renewals(
    retention: ShiftedBetaGeometric,
    *,
    margin_per_period: float,
    periods_per_year: float,
    annual_discount_rate: float,
    horizon: int,
    tenures: Sequence[int] = (0,),
    confidence: float = 0.90,
) -> pd.DataFrame:
    """What is a contract worth that is paid in advance and may end at each renewal, by a fit?

    As `value_contracts` with `paid` 'in advance', for a fitted model of retention: it reaches
    beyond what was observed. A tenure is the number of renewals passed.

    Returns
    -------
    DataFrame
        As of `value_contracts`; the interval is from the uncertainty of the fit.
    """
    rate = rate_per_period(annual_discount_rate, periods_per_year)
    _check_terms(margin_per_period, horizon, "in advance", confidence)
    if horizon != int(horizon):
        raise DataError(f"`horizon` must be a count of periods; got {horizon}. Round it.")
    ahead = np.arange(int(horizon), dtype=np.float64)
    rows = []
    for tenure in tenures:

        def lasted(model: ShiftedBetaGeometric, tenure: int = tenure) -> Floats:
            left = model.survival(tenure + ahead) / model.survival(tenure)
            return np.array([left.sum(), np.exp(-rate * ahead) @ left])

        slope = retention.sensitivity(lasted)[1]
        error = np.sqrt(slope @ retention.peak.log_covariance @ slope)
        rows.append((tenure, *lasted(retention), error))
    return _table(rows, margin_per_period, confidence)


def _check_terms(margin: float, horizon: float, paid: str, confidence: float) -> None:
    check_shares(confidence=confidence)
    positive("horizon", horizon)
    if not np.isfinite(margin):
        raise DataError(f"`margin_per_period` must be finite; got {margin}. Give an amount.")
    if paid not in ("steadily", "in advance"):
        raise DataError(f"`paid` must be 'steadily' or 'in advance'; got {paid!r}. Name one.")


def _read(curve: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return times from 0 on, survival from each on, and the variance of its logarithm."""
    groups = curve["group"].unique() if "group" in curve.columns else np.array([])
    if groups.size > 1:
        raise DataError(
            f"`curve` must be of one group; it holds {len(groups)}, first {groups[0]!r}. "
            "Value them one by one: curve[curve['group'] == name]."
        )
    time, survival = number_column(curve, "time"), number_column(curve, "survival")
    if "std_err" in curve.columns:  # where nobody is left it is undefined, and not needed
        curve = curve.assign(std_err=curve["std_err"].mask(survival == 0, 0.0))
    error = number_column(curve, "std_err")
    advice = "Take the table of survival.kaplan_meier."
    earlier = np.diff(time, prepend=-np.inf) <= 0
    refuse(curve, earlier | (time < 0), "time", "`time` must be >= 0 and rise", advice)
    wrong = (survival < 0) | (survival > 1) | (np.diff(survival, prepend=1.0) > 0)
    refuse(curve, wrong, "survival", "`survival` must fall from 1, and not below 0", advice)
    refuse(curve, error < 0, "std_err", "`std_err` must be >= 0", advice)
    variance = np.maximum.accumulate((error / np.where(survival > 0, survival, 1.0)) ** 2)
    if time.size and time[0] == 0.0:
        return time, survival, variance
    return np.append(0.0, time), np.append(1.0, survival), np.append(0.0, variance)


def _check_reach(tenure: float, horizon: float, time: Floats, survival: Floats) -> None:
    if not (np.isfinite(tenure) and tenure >= 0):
        raise DataError(f"`tenures` must be finite and >= 0; got {tenure}. Give periods.")
    if survival[np.searchsorted(time, tenure, side="right") - 1] == 0:
        raise DataError(
            f"`tenures` must be reached by some contract; the curve is 0 before {tenure:g}. "
            "Give shorter tenures."
        )
    if tenure + horizon > time[-1] and survival[-1] > 0:
        raise DataError(
            f"`curve` must reach to the tenure plus the horizon, {tenure + horizon:g}; it ends at "
            f"{time[-1]:g}, where a share of {survival[-1]:.3g} is left. Shorten the horizon, or "
            "value a fit: clv.value_renewals."
        )


def _weights(starts: Floats, horizon: float, rate: float, paid: Paid) -> Floats:
    """Return what a unit a period is worth on each step of the curve, discounted to the start."""
    edges = np.minimum(np.append(starts, np.inf), horizon)
    if paid == "in advance":
        due = np.arange(np.ceil(horizon))
        step = np.searchsorted(edges[1:], due, side="right")
        worth = np.bincount(step, weights=np.exp(-rate * due), minlength=starts.size)
        return worth.astype(np.float64, copy=False)
    length = np.diff(edges)
    return np.asarray(np.exp(-rate * edges[:-1]) * length * special.exprel(-rate * length))


def _table(
    rows: Sequence[tuple[float, float, float, float]], margin: float, confidence: float
) -> pd.DataFrame:
    columns = ["tenure", "expected_periods", "discounted_periods", "error"]
    table = pd.DataFrame(rows, columns=columns)
    value = margin * table["discounted_periods"]
    reach = float(special.ndtri((1 + confidence) / 2)) * abs(margin) * table.pop("error")
    return table.assign(value=value, low=value - reach, high=value + reach)
