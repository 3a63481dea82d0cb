"""One cause in one group: the share it has taken, how sure that is, and the time lost to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.errors import DataError
from analysis.survival.counting import Counts, count

if TYPE_CHECKING:
    from analysis.survival.observations import Booleans, Floats, Integers, Observations

Variance = Literal["jackknife", "aalen"]


@dataclass(frozen=True, slots=True)
class Incidence:
    """One cause in one group: P and its standard error at `counts.time`, d events of the cause."""

    group: Any
    cause: Any
    counts: Counts
    d: Floats
    P: Floats
    se: Floats
    sample: Observations
    of_cause: Booleans


@dataclass(frozen=True, slots=True)
class Influence:
    """Derivative of P(t) in each row's weight: x + P(t) y once the row has left.

    Neither x nor y changes after that, at the time numbered e. For a row still at risk it is
    P(t) B[t] - A[t] less the same sums up to f, the time at which the row entered.
    """

    d: Floats
    P: Floats
    A: Floats
    B: Floats
    e: Integers
    f: Integers
    x: Floats
    y: Floats
    w: Floats

    @property
    def c(self) -> Floats:
        """Derivative for those at risk from the beginning."""
        return self.P * self.B[1:] - self.A[1:]


def _influence(sample: Observations, of_cause: Booleans, counts: Counts) -> Influence:
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
    return Influence(d, P, A, B, e, f, x, y, w)


def incidence(
    group: Any, cause: Any, sample: Observations, of_cause: Booleans, variance: Variance
) -> Incidence:
    """Estimate P(t) and its error."""
    counts = count(sample)
    row = _influence(sample, of_cause, counts)
    squares = _jackknife(row) if variance == "jackknife" else _aalen(row, counts)
    se = np.maximum(squares, 0.0) ** 0.5
    return Incidence(group, cause, counts, row.d, row.P, se, sample, of_cause)


def _jackknife(row: Influence) -> Floats:
    """Sum over rows of the squared derivative, as cumulative sums over times."""
    P, w, x, y, c = row.P, row.w, row.x, row.y, row.c

    def left(v: Floats) -> Floats:
        return np.cumsum(np.bincount(row.e, w * v, len(P)))

    def stayed(v: Floats) -> Floats:
        return np.cumsum(np.bincount(row.f, w * v, len(P) + 1)[: len(P)]) - left(v)

    a, b = row.A[row.f], -row.B[row.f]
    squares = left(x**2) + 2 * P * left(x * y) + P**2 * left(y**2)
    squares += c * (c * stayed(np.ones_like(w)) + 2 * stayed(a) + 2 * P * stayed(b))
    squares += stayed(a**2) + 2 * P * stayed(a * b) + P**2 * stayed(b**2)
    return squares


def _aalen(row: Influence, counts: Counts) -> Floats:
    """Aalen's variance, with the hypergeometric factor for ties.

    An event of the cause at s moves P(t) by 1 - (P(t) - P(s)) / S(s), in units of S(s-) / n, and
    one of another cause by the second term alone.

    References
    ----------
    .. [1] Aalen (1978), Annals of Statistics 6, 534-545.
    """
    n, d, P = counts.n_risk, row.d, row.P
    S = np.multiply.accumulate(1 - counts.n_event / n)
    unit = (np.append(1.0, S[:-1]) / n) ** 2
    inverse = np.divide(1.0, S, out=np.zeros_like(S), where=S > 0)
    total = np.zeros_like(P)
    for events, own in ((d, 1.0), (np.where(S > 0, counts.n_event - d, 0.0), 0.0)):
        ties = 1 - np.divide(events - 1, n - 1, out=np.zeros_like(n), where=events > 1)
        spread, here = unit * ties * events, own + P * inverse
        total += np.cumsum(here**2 * spread) + P**2 * np.cumsum(inverse**2 * spread)
        total -= 2 * P * np.cumsum(here * inverse * spread)
    return total


def area(part: Incidence, tau: float) -> tuple[float, float]:
    """Area under P from 0 to tau and its standard error, from each row's derivative of it."""
    t = part.counts.time
    if not 0 < tau <= t[-1]:
        raise DataError(
            f"`tau` must lie between 0 and the last time observed, {t[-1]}; got {tau}. Take an "
            "earlier horizon, or a group that was watched longer."
        )
    row = _influence(part.sample, part.of_cause, part.counts)
    width = np.diff(np.minimum(t, tau), append=tau)
    D, DP, Dc = (np.append(0.0, np.cumsum(width * v)) for v in (np.ones_like(t), row.P, row.c))
    e, f = row.e, np.minimum(row.f, row.e)
    moved = Dc[e] - Dc[f] + row.A[f] * (D[e] - D[f]) - row.B[f] * (DP[e] - DP[f])
    moved += row.x * (D[-1] - D[e]) + row.y * (DP[-1] - DP[e])
    return float(DP[-1]), float(np.sqrt(row.w @ moved**2))
