"""Competing causes: what share has left for each reason after a given time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.counting import Counts, count, rows_by_code, stack
from analysis.survival.intervals import Interval, survival_limits
from analysis.survival.observations import aligned, labels, numbers, observe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.survival.observations import Booleans, Floats, Observations


@dataclass(frozen=True, slots=True)
class Incidence:
    """One cause in one group: P and its standard error at `counts.time`, d events of the cause."""

    group: Any
    cause: Any
    counts: Counts
    d: Floats
    P: Floats
    se: Floats


@dataclass(frozen=True, slots=True)
class AalenJohansen:
    """The share that has left for each cause by each time, with limits.

    Attributes
    ----------
    table : DataFrame, one row a distinct time, cause (and group)
        `group` (only with groups), `cause`, `time`, `n_risk` (just before), `n_event` (of this
        cause), `cumulative_incidence` (just after), `std_err` (infinitesimal jackknife), `low`,
        `high` (NaN before the first event of the cause).
    confidence : float
    interval : str
    """

    table: pd.DataFrame
    confidence: float
    interval: Interval
    incidences: tuple[Incidence, ...] = field(default=(), repr=False)

    def at(self, times: Any) -> pd.DataFrame:
        """What share has left for each cause by given times; carried forward past the last.

        Returns
        -------
        DataFrame, one row a time, cause (and group): `cause`, `time`, `n_risk`,
        `cumulative_incidence`, `std_err`, `low`, `high`
        """
        t = numbers("times", np.atleast_1d(times))

        def rows(part: Incidence) -> dict[str, Any]:
            last = np.searchsorted(part.counts.time, t, side="right")
            P, se = np.append(0.0, part.P)[last], np.append(0.0, part.se)[last]
            columns = {"cause": part.cause, "time": t, "n_risk": part.counts.at_risk(t)}
            columns |= _estimates(P, se, self.confidence, self.interval)
            for limit in ("low", "high"):
                columns[limit] = np.where(last == 0, 0.0, columns[limit])
            return columns

        return stack(self.incidences, rows)


def aalen_johansen(
    durations: Any,
    causes: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    groups: Any = None,
    confidence: float = 0.95,
    interval: Interval = "log-log",
) -> AalenJohansen:
    """What share has left for each reason after each time, when reasons compete.

    Parameters
    ----------
    durations : array
        As for `kaplan_meier`.
    causes : array
        Why the row ended: a label, or missing (None, NaN) where it was censored.
    entry, weights, groups, confidence, interval
        As for `kaplan_meier`.

    Returns
    -------
    AalenJohansen
        The shares of all causes and the Kaplan-Meier curve of any cause add up to 1.

    Notes
    -----
    One less the Kaplan-Meier curve of a single cause, the others being censored, would be the
    share in a world without the others, and too high in this one.

    References
    ----------
    .. [1] Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Therneau, Crowson and Atkinson, Multi-state models, vignette of survival for R.
    """
    aligned(durations=durations, causes=causes, entry=entry, weights=weights, groups=groups)
    reason = pd.Series(causes)
    event = reason.notna().to_numpy()
    if not event.any():
        raise DataError(
            f"`causes` must hold a label where a row ended; all {len(event)} are missing. "
            "Widen the period."
        )
    codes, names = labels("causes", reason[event])
    cause = np.full(len(event), -1)
    cause[event] = codes
    sample = observe(np.asarray(durations), event, entry, weights)
    incidences = tuple(
        _incidence(group, name, sample.take(rows), cause[rows] == code)
        for group, rows in _groups(sample, groups)
        for code, name in enumerate(names)
    )

    def rows(part: Incidence) -> dict[str, Any]:
        columns = {
            "cause": part.cause,
            "time": part.counts.time,
            "n_risk": part.counts.n_risk,
            "n_event": part.d,
        }
        return columns | _estimates(part.P, part.se, confidence, interval)

    return AalenJohansen(stack(incidences, rows), confidence, interval, incidences)


def _groups(sample: Observations, groups: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each group's label and its rows, sorted by time."""
    order = np.argsort(sample.time)
    if groups is None:
        yield None, order
        return
    codes, names = labels("groups", groups)
    for name, rows in zip(names, rows_by_code(codes[order]), strict=True):
        yield name, order[rows]


def _incidence(group: Any, cause: Any, sample: Observations, of_cause: Booleans) -> Incidence:
    """Estimate P(t) and its error from the derivative of P(t) in each row's weight.

    The derivative is x + P(t) y, and neither x nor y changes once the row has left, at the time
    numbered e. For those still at risk both are the same but for the time f at which they
    entered. So sums of squares over rows are cumulative sums over times.
    """
    counts = count(sample)
    t, n, gone = counts.time, counts.n_risk, counts.n_event
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    e, f = np.searchsorted(t, sample.time), np.zeros(len(sample), np.int64)
    if sample.entry is not None:
        f = np.searchsorted(t, sample.entry, side="right")
    d = np.bincount(e, w * of_cause, len(t)).astype(np.float64)
    S = np.append(1.0, np.multiply.accumulate(1 - gone / n)[:-1])  # just before
    P = np.cumsum(S * d / n)
    g = np.divide(1.0, n - gone, out=np.zeros_like(n), where=n > gone)
    A = np.append(0.0, np.cumsum(S * d / n**2 + P * gone * g / n))
    B = np.append(0.0, np.cumsum(gone * g / n))
    x = of_cause * (S / n)[e] + sample.event * (P * g)[e] - A[e + 1] + A[f]
    y = B[e + 1] - B[f] - sample.event * g[e]

    def left(v: Floats) -> Floats:
        return np.cumsum(np.bincount(e, w * v, len(t)))

    def stayed(v: Floats) -> Floats:
        return np.cumsum(np.bincount(f, w * v, len(t) + 1)[: len(t)]) - left(v)

    a, b, c = A[f], -B[f], P * B[1:] - A[1:]
    squares = left(x**2) + 2 * P * left(x * y) + P**2 * left(y**2)
    squares += c * (c * stayed(np.ones_like(w)) + 2 * stayed(a) + 2 * P * stayed(b))
    squares += stayed(a**2) + 2 * P * stayed(a * b) + P**2 * stayed(b**2)
    return Incidence(group, cause, counts, d, P, np.maximum(squares, 0.0) ** 0.5)


def _estimates(P: Floats, se: Floats, confidence: float, interval: Interval) -> dict[str, Any]:
    se_log = np.divide(se, P, out=np.full_like(P, np.nan), where=P > 0)
    low, high = survival_limits(P, se_log, confidence, interval)
    return {"cumulative_incidence": P, "std_err": se, "low": low, "high": high}
