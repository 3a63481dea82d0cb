"""Survival curves: how many are still here after a given time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.errors import AnalysisWarning, DataError
from analysis.survival.counting import Counts, grouped_counts, stack
from analysis.survival.intervals import Interval, normal_quantile, survival_limits
from analysis.survival.observations import aligned, numbers, observe
from analysis.survival.steps import Curve, first_time_down_to, product_limit, restricted_mean

if TYPE_CHECKING:
    from analysis.survival.observations import Floats


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """The share still without the event after each time, with limits.

    Attributes
    ----------
    table : DataFrame, one row a distinct time (and group)
        `group` (only with groups), `time`, `n_risk` (just before), `n_event`, `n_censored`,
        `survival` (just after), `std_err` (Greenwood), `low`, `high`. Limits are NaN where
        their scale is undefined: survival 0, and on three of the scales survival 1.
    confidence : float
    interval : str
    start : float
        Where the curve begins; later than 0 only for a conditional curve.
    """

    table: pd.DataFrame
    confidence: float
    interval: Interval
    start: float = 0.0
    curves: tuple[Curve, ...] = field(default=(), repr=False)

    def at(self, times: Any) -> pd.DataFrame:
        """How many are still here at given times.

        Parameters
        ----------
        times : scalar or array
            Past the last observed time nobody is at risk and survival is carried forward.

        Returns
        -------
        DataFrame, one row a time (and group): `time`, `n_risk`, `survival`,
        `std_err`, `low`, `high`
        """
        t = numbers("times", np.atleast_1d(times))
        return stack(self.curves, lambda curve: self._rows_at(curve, t))

    def _rows_at(self, curve: Curve, t: Floats) -> dict[str, Any]:
        last = np.searchsorted(curve.counts.time, t, side="right")
        S, se_log = np.append(1.0, curve.S)[last], np.append(0.0, curve.se_log)[last]
        low, high = survival_limits(S, se_log, self.confidence, self.interval)
        low, high = np.where(last == 0, 1.0, low), np.where(last == 0, 1.0, high)
        n_risk = curve.counts.at_risk(t)
        return {"time": t, "n_risk": n_risk} | _estimates(S, se_log, low, high)

    def quantile(self, p: Any = 0.5) -> pd.DataFrame:
        """When a share `p` has had the event: the first time with survival <= 1 - p.

        Where survival equals 1 - p over an interval the answer is its midpoint; where the curve
        (or a limit) never comes down to 1 - p it is NaN.

        Returns
        -------
        DataFrame, one row a `p` (and group): `p`, `time`, `low`, `high`

        References
        ----------
        .. [1] Brookmeyer and Crowley (1982), Biometrics 38, 29-41.
        """
        p = numbers("p", np.atleast_1d(p))
        if not ((p > 0) & (p < 1)).all():
            raise DataError(f"`p` must lie between 0 and 1; got {p.tolist()}. The median is 0.5.")

        def rows(curve: Curve) -> dict[str, Any]:
            t = curve.counts.time
            low, high = survival_limits(curve.S, curve.se_log, self.confidence, self.interval)
            return {
                "p": p,
                "time": first_time_down_to(t, curve.S, 1 - p),
                "low": first_time_down_to(t, low, 1 - p),
                "high": first_time_down_to(t, high, 1 - p),
            }

        return stack(self.curves, rows)

    def restricted_mean(self, tau: float) -> pd.DataFrame:
        """How long they stay on average within the first `tau`: the area under the curve.

        Parameters
        ----------
        tau : float
            Horizon; must not lie past the last time observed, in any group.

        Returns
        -------
        DataFrame, one row a group: `tau`, `mean`, `std_err` (Greenwood), `low`, `high`

        References
        ----------
        .. [1] Klein and Moeschberger (2003), Survival Analysis, 4.5.
        """
        z = normal_quantile(self.confidence)

        def rows(curve: Curve) -> dict[str, Any]:
            mean, se = restricted_mean(curve, self.start, tau)
            low, high = max(mean - z * se, 0.0), min(mean + z * se, tau - self.start)
            return {"tau": [tau], "mean": mean, "std_err": se, "low": low, "high": high}

        return stack(self.curves, rows)

    def mean_residual_life(self, starts: Any, horizon: float) -> pd.DataFrame:
        """How long those still here after each of `starts` will stay on average within `horizon`.

        Returns
        -------
        DataFrame, one row a start (and group): `start`, `horizon`, `mean`, `std_err`, `low`,
        `high`
        """
        parts = []
        for start in numbers("starts", np.atleast_1d(starts)).tolist():
            ahead = self.given(start, at_start=False).restricted_mean(start + horizon)
            ahead = ahead.drop(columns="tau")
            ahead.insert(len(ahead.columns) - 4, "start", start)
            ahead.insert(len(ahead.columns) - 4, "horizon", horizon)
            parts.append(ahead)
        return pd.concat(parts, ignore_index=True)

    def restricted_mean_difference(self, tau: float) -> pd.DataFrame:
        """How much longer each group stays than the first, within the first `tau`.

        Returns
        -------
        DataFrame, one row a group after the first: `group`, `reference`, `tau`, `difference`,
        `std_err`, `low`, `high`, `z`, `p_value`
        """
        z, means = normal_quantile(self.confidence), self.restricted_mean(tau)
        if len(means) < 2:
            raise DataError("A difference needs two groups or more; there is one. Pass `groups`.")
        first, others = means.iloc[0], means.iloc[1:].reset_index(drop=True)
        difference, se = (
            others["mean"] - first["mean"],
            np.hypot(others["std_err"], first["std_err"]),
        )
        return pd.DataFrame(
            {
                "group": others["group"],
                "reference": first["group"],
                "tau": tau,
                "difference": difference,
                "std_err": se,
                "low": difference - z * se,
                "high": difference + z * se,
                "z": difference / se,
                "p_value": 2 * ndtr(-np.abs(difference / se)),
            }
        )

    def given(self, start: float, *, at_start: bool = True) -> KaplanMeier:
        """Curve of those who got as far as `start`: how long will they still stay.

        Parameters
        ----------
        start : float
        at_start : bool, optional
            Whether an event exactly at `start` counts: S(t) / S(start-), of those at risk at
            `start`, as R has it; without it S(t) / S(start), of those still here after it.

        Raises
        ------
        DataError
            A group has nobody under observation at `start`.
        """
        later = tuple(
            product_limit(c.group, _since(c.counts, start, at_start, c.group)) for c in self.curves
        )
        return _kaplan_meier(later, self.confidence, self.interval, start)


def kaplan_meier(
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    groups: Any = None,
    confidence: float = 0.95,
    interval: Interval = "log-log",
) -> KaplanMeier:
    """What share is still here after each time, when some are still being watched.

    Parameters
    ----------
    durations : array, one value a row
        Time of the event or of the end of observation, >= 0.
    events : array of bool (or 1/0)
        Whether the event was seen; False is censored, just after the events of that time.
    entry : array, optional
        When the row came under observation (delayed entry): at risk on (entry, duration].
    weights : array, optional
        How many customers a row stands for; standard errors count them as so many.
    groups : array, optional
        One curve a distinct label, in sorted (or category) order.
    confidence : float, optional
    interval : {"log-log", "log", "plain", "logit", "arcsin"}, optional
        Scale on which the limits are symmetric.

    Returns
    -------
    KaplanMeier

    Raises
    ------
    DataError
        Missing, negative or mismatched values.

    Warns
    -----
    AnalysisWarning
        With delayed entry, a risk set emptied early: the curve fell to zero and says nothing
        about those who entered later.

    References
    ----------
    .. [1] Kaplan and Meier (1958), JASA 53, 457-481.
    .. [2] Klein and Moeschberger (2003), Survival Analysis, 4.2, 4.3 and 4.6 (delayed entry).
    """
    sample = observe(durations, events, entry, weights)
    aligned(durations=durations, groups=groups)
    curves = tuple(product_limit(group, counts) for group, counts in grouped_counts(sample, groups))
    for curve in curves:
        _warn_if_emptied_early(curve)
    return _kaplan_meier(curves, confidence, interval, 0.0)


def _kaplan_meier(
    curves: tuple[Curve, ...], confidence: float, interval: Interval, start: float
) -> KaplanMeier:
    def rows(curve: Curve) -> dict[str, Any]:
        limits = survival_limits(curve.S, curve.se_log, confidence, interval)
        return curve.counts.columns() | _estimates(curve.S, curve.se_log, *limits)

    return KaplanMeier(stack(curves, rows), confidence, interval, start, curves)


def _estimates(S: Floats, se_log: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    with np.errstate(invalid="ignore"):
        return {"survival": S, "std_err": S * se_log, "low": low, "high": high}


def _since(counts: Counts, start: float, at_start: bool, group: Any) -> Counts:
    later = counts.time >= start if at_start else counts.time > start
    if not later.any() or counts.at_risk(np.array([start]))[0] <= 0:
        of_group = "" if group is None else f" in group {group!r}"
        raise DataError(
            f"`start` must be a time with somebody at risk; nobody is at {start}{of_group}. "
            f"The last time observed is {counts.time[-1]}."
        )
    return counts.only(later)


def _warn_if_emptied_early(curve: Curve) -> None:
    empty = np.flatnonzero(curve.S == 0)
    if len(empty) and empty[0] < len(curve.S) - 1:
        t, last = curve.counts.time[empty[0]], curve.counts.time[-1]
        of_group = "" if curve.group is None else f" of group {curve.group!r}"
        warnings.warn(
            f"Everybody at risk at time {t} had the event, so the curve{of_group} is zero from "
            f"there, though others were observed up to {last}: it says nothing about them. Start "
            "it later, where more are at risk.",
            AnalysisWarning,
            stacklevel=3,
        )
