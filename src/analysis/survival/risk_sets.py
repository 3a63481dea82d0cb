r"""Sums over the risk sets of a Cox model: one sort, then cumulative sums.

Every distinct event time of a stratum is a *cell* j = 0 .. m-1, numbered by stratum and time, and
row i is at risk in the cells first_i <= j < last_i. With that, strata and delayed entry are one
and the same thing: a sum over the risk set of cell j is the sum over the rows with last > j less
the sum over those with first > j.

The d tied events of a cell are taken as if one by one; at the l-th the fraction f = l/d of them
has left (Efron), or none has (Breslow). With r = w exp(eta), S over the risk set and E over its
events, the l-th denominator is D = S0 - f E0 and its mean covariate (S1 - f E1) / D. All that a
cell adds to the score, the information and the residuals are the five sums over its events

    a0 = sum w/D,  a1 = sum f w/D,  b0 = sum w/D^2,  b1 = sum f w/D^2,  b2 = sum f^2 w/D^2

with w the mean weight of the tied events. The sum of S2/S0 over cells, the expensive part of the
information, is X' diag(r dH) X with dH the hazard that each row met: no p x p cumulative sums.

References
----------
.. [1] Efron (1977), JASA 72, 557-565.
.. [2] Therneau and Grambsch (2000), Modeling Survival Data, 3.1 and 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import FitError
from analysis.survival.counting import to_come

if TYPE_CHECKING:
    from analysis.survival.observations import Booleans, Floats, Integers, Observations

_STRETCH = 8192


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Rows that are at risk at some event, sorted by stratum and time, and their cells."""

    n: int  # rows given, before those never at risk at an event were left out
    rows: Integers  # where each kept row stood
    X: Floats  # p x rows; centred and scaled to unit variance
    center: Floats
    scale: Floats
    w: Floats
    first: Integers
    last: Integers
    events: Integers  # positions of the events, by cell
    starts: Integers  # first row that leaves in each cell
    event_starts: Integers  # first event of each cell, within `events`
    time: Floats  # of each cell
    stratum: Integers  # of each cell
    W: Floats  # weight of the events of each cell
    fraction: Floats | None  # f of each event; None where no ties need it
    late: bool  # whether some row enters after the first cell

    @property
    def cell(self) -> Integers:
        """Cell of each event."""
        return self.last[self.events] - 1

    def sum_at_risk(self, v: Floats) -> Floats:
        """Sum of v over the risk set of each cell."""
        total = to_come(np.add.reduceat(v, self.starts))[:-1]
        if self.late:
            total -= to_come(np.bincount(self.first, v, len(total)).astype(np.float64))[1:]
        return total

    def sum_of_events(self, v: Floats) -> Floats:
        """Sum of v over the events of each cell."""
        return np.add.reduceat(v[self.events], self.event_starts)

    def met(self, per_cell: Floats, of_own: Floats | None = None) -> Floats:
        """Sum of a cell's quantity over the cells in which each row was at risk.

        `of_own` is what a row with the event did not meet of its own cell.
        """
        total = np.concatenate(([0.0], np.cumsum(per_cell)))
        amount = total[self.last]
        if self.late:
            amount -= total[self.first]
        if of_own is not None:
            amount[self.events] -= of_own[self.cell]
        return amount

    def evaluate(self, b: Floats) -> Sums:
        """All sums at the coefficients b of the scaled covariates."""
        eta = b @ self.X
        shift = float(eta.max())
        r = self.w * np.exp(eta - shift)
        S0, E0 = self.sum_at_risk(r), self.sum_of_events(r)
        S0 = np.maximum(S0, E0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log_D, per_cell = self._cell_sums(S0, E0)
        fit = float(self.w[self.events] @ (eta[self.events] - shift)) - log_D
        met = self.met(per_cell[0], per_cell[1])
        return Sums(fit if np.isfinite(fit) else -np.inf, shift, r, met, *per_cell)

    def moments(self, at: Sums) -> Moments:
        """First moments of the covariates over the risk sets: large, so made when needed."""
        S1, E1 = np.empty((len(self.X), len(self.time))), None
        for k, x in enumerate(self.X):
            S1[k] = self.sum_at_risk(at.r * x)
        if self.fraction is not None:
            E1 = np.stack([self.sum_of_events(at.r * x) for x in self.X])
        return Moments(S1, E1, at)

    def _cell_sums(self, S0: Floats, E0: Floats) -> tuple[float, list[Floats]]:
        """Sum of w log D, and a0, a1, b0, b1, b2 of each cell."""
        if self.fraction is None:
            a0 = self.W / S0
            none = np.zeros_like(a0)
            return float(self.W @ np.log(S0)), [a0, none, a0 / S0, none, none]
        f, cell = self.fraction, self.cell
        D = S0[cell] - f * E0[cell]
        w = (self.W / np.diff(self.event_starts, append=len(cell)))[cell]
        terms = (w / D, f * w / D, w / D**2, f * w / D**2, (f / D) ** 2 * w)
        return float(w @ np.log(D)), [np.add.reduceat(term, self.event_starts) for term in terms]

    def score(self, at: Sums, c: Floats | None = None) -> Floats:
        """Sum over events of x less its risk-set mean, each cell weighed by c."""
        residual = -at.r * (at.met if c is None else self.met(at.a0 * c, at.a1 * c))
        own = self.w[self.events]
        residual[self.events] += own if c is None else own * c[self.cell]
        return self.X @ residual

    def information(self, at: Sums, c: Floats | None = None) -> Floats:
        """Sum over events of the risk-set covariance of x, each cell weighed by c."""
        met, b0, b1, b2 = at.met, at.b0, at.b1, at.b2
        moments = self.moments(at)
        if c is not None:
            met, b0, b1, b2 = self.met(at.a0 * c, at.a1 * c), b0 * c, b1 * c, b2 * c
        result = products(self.X, at.r * met, self.X) - products(moments.S1, b0, moments.S1)
        if moments.E1 is not None:
            cross = products(moments.S1, b1, moments.E1)
            result += cross + cross.T - products(moments.E1, b2, moments.E1)
        return result


def products(A: Floats, weight: Floats, B: Floats) -> Floats:
    """A diag(weight) B', a stretch at a time so as to stay in the processor's cache."""
    total = np.zeros((len(A), len(B)))
    for begin in range(0, len(weight), _STRETCH):
        part = slice(begin, begin + _STRETCH)
        total += (A[:, part] * weight[part]) @ B[:, part].T
    return total


@dataclass(frozen=True, slots=True)
class Sums:
    """Log-likelihood and risk-set sums at some coefficients; exp(eta) is scaled by exp(-shift)."""

    log_likelihood: float
    shift: float
    r: Floats
    met: Floats  # hazard that each row met
    a0: Floats
    a1: Floats
    b0: Floats
    b1: Floats
    b2: Floats


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of r x over each cell's risk set and, where ties need them, over its events."""

    S1: Floats
    E1: Floats | None
    at: Sums

    def mean_sums(self) -> tuple[Floats, Floats]:
        """Hazard-weighted mean covariate of each cell (p x m), and what its own events skip."""
        whole, skipped = self.S1 * self.at.b0, self.S1 * self.at.b1
        if self.E1 is not None:
            whole, skipped = whole - self.E1 * self.at.b1, skipped - self.E1 * self.at.b2
        return whole, skipped

    def event_means(self, W: Floats) -> Floats:
        """Mean covariate of the risk set that each cell's events are compared with (p x m)."""
        total = self.S1 * self.at.a0
        if self.E1 is not None:
            total = total - self.E1 * self.at.a1
        return total / W


@dataclass(frozen=True, slots=True)
class PartialLikelihood:
    """The penalised partial log-likelihood at b."""

    b: Floats
    sums: Sums
    risk: RiskSets
    penalty: Floats

    @property
    def height(self) -> float:
        """Log-likelihood less the penalty."""
        return self.sums.log_likelihood - float(self.penalty @ self.b**2) / 2

    def slope(self) -> Floats:
        """First derivatives."""
        return self.risk.score(self.sums) - self.penalty * self.b

    def curvature(self) -> Floats:
        """Second derivatives, with the sign changed."""
        return self.risk.information(self.sums) + np.diag(self.penalty)


def partial_likelihood(b: Floats, risk: RiskSets, penalty: Floats) -> PartialLikelihood:
    """Evaluate the penalised partial log-likelihood at b."""
    return PartialLikelihood(b, risk.evaluate(b), risk, penalty)


def risk_sets(X: Floats, sample: Observations, strata: Integers | None, *, efron: bool) -> RiskSets:
    """Sort the rows and number the cells."""
    if not sample.event.any():
        raise FitError(
            f"A Cox model needs events; none of the {len(sample)} rows has one. "
            "Widen the period, or check what counts as an event."
        )
    order = np.argsort(sample.time) if strata is None else np.lexsort((sample.time, strata))
    t, event = sample.time[order], sample.event[order]
    s = np.zeros(len(t), np.int64) if strata is None else strata[order]
    time, stratum, d, last = _cells(t, s, event)
    first = _first_cells(time, stratum, s, None if sample.entry is None else sample.entry[order])
    keep = last > first
    rows, last, first, events = order[keep], last[keep], first[keep], np.flatnonzero(event[keep])
    event_starts = np.cumsum(d) - d
    fraction = None
    if efron and d.max() > 1:
        fraction = (np.arange(len(events)) - np.repeat(event_starts, d)) / np.repeat(d, d)
    w = np.ones(len(rows)) if sample.weight is None else sample.weight[rows]
    Z, center, scale = _standardised(X, rows, w)
    return RiskSets(
        n=len(sample),
        rows=rows,
        X=Z,
        center=center,
        scale=scale,
        w=w,
        first=first,
        last=last,
        events=events,
        starts=np.searchsorted(last, np.arange(1, len(time) + 1)),
        event_starts=event_starts,
        time=time,
        stratum=stratum,
        W=np.add.reduceat(w[events], event_starts),
        fraction=fraction,
        late=bool((first > 0).any()),
    )


def _cells(t: Floats, s: Integers, event: Booleans) -> tuple[Floats, Integers, Integers, Integers]:
    """Time, stratum and number of events of each cell, and where each row leaves."""
    change = np.concatenate(([True], (t[1:] != t[:-1]) | (s[1:] != s[:-1])))
    blocks = np.flatnonzero(change)
    d = np.add.reduceat(event, blocks, dtype=np.int64)
    some = d > 0
    last = np.repeat(np.cumsum(some, dtype=np.int64), np.diff(blocks, append=len(t)))
    return t[blocks[some]], s[blocks[some]], d[some], last


def _first_cells(time: Floats, stratum: Integers, s: Integers, entry: Floats | None) -> Integers:
    """First cell of its stratum that comes after each row's entry."""
    if entry is None:
        return np.searchsorted(stratum, s)
    first = np.empty(len(s), np.int64)
    edges = np.append(np.flatnonzero(np.concatenate(([True], s[1:] != s[:-1]))), len(s))
    for begin, end in pairwise(edges):
        low, high = np.searchsorted(stratum, [s[begin], s[begin] + 1])
        first[begin:end] = low + np.searchsorted(time[low:high], entry[begin:end], side="right")
    return first


def _standardised(X: Floats, rows: Integers, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Columns as contiguous rows with mean 0 and variance 1; a constant keeps scale 1."""
    Z = np.empty((X.shape[1], len(rows)))
    center, scale = np.empty(len(Z)), np.empty(len(Z))
    for k, z in enumerate(Z):
        z[:] = X[rows, k]
        flat = bool(z.min() == z.max())
        center[k] = z[0] if flat else np.average(z, weights=w)
        z -= center[k]
        scale[k] = 1.0 if flat else np.sqrt(np.average(z**2, weights=w))
        z /= scale[k]
    return Z, center, scale
