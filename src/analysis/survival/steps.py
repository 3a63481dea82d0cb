"""One group's survival curve as a step function: its build-up, its quantiles, its area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.survival.counting import Counts
    from analysis.survival.observations import Floats

_TOLERANCE = np.sqrt(np.finfo(float).eps)  # two survival probabilities this close are one plateau


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's estimate: S and the standard error of log S at `counts.time`."""

    group: Any
    counts: Counts
    S: Floats
    se_log: Floats


def product_limit(group: Any, counts: Counts) -> Curve:
    """Kaplan and Meier's product of 1 - d/n."""
    S = np.multiply.accumulate(1 - counts.n_event / counts.n_risk)
    return Curve(group, counts, S, np.cumsum(_greenwood_increments(counts)) ** 0.5)


def _greenwood_increments(counts: Counts) -> Floats:
    """Terms d / (n (n - d)) of Greenwood's sum; infinite where everybody left had the event."""
    n, d = counts.n_risk, counts.n_event
    with np.errstate(divide="ignore"):
        return np.divide(d, n * (n - d), out=np.zeros_like(d), where=d > 0)


def first_time_down_to(t: Floats, S: Floats, level: Floats) -> Floats:
    """First time at which S <= level; the midpoint where S equals it for a while, else NaN."""
    known = ~np.isnan(S)
    if not known.any():
        return np.full(len(level), np.nan)
    end, t, S = t[-1], t[known], S[known]
    drop = np.append(True, S[1:] < S[:-1])
    lowest = np.minimum.accumulate(S)
    t, lowest = np.append(t[drop], end), lowest[drop]
    reached = np.searchsorted(-lowest, -(level + _TOLERANCE))
    passed = np.searchsorted(-lowest, -(level - _TOLERANCE), side="right")
    return np.where(reached < len(lowest), (t[reached] + t[passed]) / 2, np.nan)


def restricted_mean(curve: Curve, start: float, tau: float) -> tuple[float, float]:
    """Area under one curve from start to tau, and its standard error."""
    counts = curve.counts
    if not start < tau or (tau > counts.time[-1] and curve.S[-1] > 0):
        raise DataError(
            f"`tau` must lie between {start} and the last time observed, {counts.time[-1]}; got "
            f"{tau}. Take an earlier horizon, or a group that was watched longer."
        )
    inside = counts.time < tau
    t = np.concatenate(([start], counts.time[inside], [tau]))
    steps = np.append(1.0, curve.S[inside]) * np.diff(t)
    ahead = np.cumsum(steps[::-1])[::-1]
    increments = _greenwood_increments(counts)[inside]
    variance = np.sum(ahead[1:] ** 2 * np.where(np.isinf(increments), 0.0, increments))
    return float(ahead[0]), float(np.sqrt(variance))
