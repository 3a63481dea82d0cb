"""Likelihood of leaving in whole periods, summed period by period over those at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit

from analysis.survival.risk_sets import products

if TYPE_CHECKING:
    from analysis.survival.observations import Booleans, Floats, Integers, Observations

Link = Literal["logit", "cloglog"]


@dataclass(frozen=True, slots=True)
class Periods:
    """Rows from the longest stay to the shortest, so that each period's rows come first."""

    Z: Floats  # p x n
    w: Floats
    event: Booleans
    last: Integers
    entry: Integers | None
    rows: Integers  # how many rows last into each period
    basis: Floats  # periods x terms
    terms: list[str]
    level: Floats  # the terms' coefficients that raise every period by 1


def periods_at_risk(Z: Floats, sample: Observations, baseline: Literal["each"] | int) -> Periods:
    """Sort the rows, and lay out the terms of the baseline."""
    order = np.argsort(-sample.time, kind="stable")
    last = sample.time[order].astype(np.int64)
    t = np.arange(1, last[0] + 1)
    if baseline == "each":
        first = 1 if sample.entry is None else int(sample.entry.min()) + 1
        basis = np.eye(len(t))[:, first - 1 :]
        terms, level = [f"period {k}" for k in t[first - 1 :]], np.ones(len(t) - first + 1)
    else:
        basis = t[:, None] ** np.arange(baseline + 1.0)
        terms = ["1", "t", *(f"t^{k}" for k in range(2, baseline + 1))][: baseline + 1]
        level = np.eye(baseline + 1)[0]
    return Periods(
        Z=np.ascontiguousarray(Z[order].T),
        w=np.ones(len(order)) if sample.weight is None else sample.weight[order],
        event=sample.event[order],
        last=last,
        entry=None if sample.entry is None else sample.entry[order].astype(np.int64),
        rows=np.searchsorted(-last, -t, side="right"),
        basis=basis,
        terms=terms,
        level=level,
    )


@dataclass(frozen=True, slots=True)
class DiscreteLikelihood:
    """Log-likelihood at b = (coefficients, baseline terms), with its derivatives summed up."""

    b: Floats
    height: float
    at_risk: Periods
    g_row: Floats
    w_row: Floats
    g_period: Floats
    w_period: Floats
    sums: Floats  # of information times Z, p x periods

    def slope(self) -> Floats:
        """First derivatives."""
        return np.append(self.at_risk.Z @ self.g_row, self.g_period @ self.at_risk.basis)

    def curvature(self) -> Floats:
        """Return the expected information."""
        Z, K = self.at_risk.Z, self.at_risk.basis
        cross = self.sums @ K
        return np.block([[products(Z, self.w_row, Z), cross], [cross.T, (K.T * self.w_period) @ K]])


def likelihood(b: Floats, at_risk: Periods, link: Link) -> DiscreteLikelihood:
    """Evaluate the log-likelihood and its derivatives at b."""
    Z, p, periods = at_risk.Z, len(at_risk.Z), len(at_risk.rows)
    eta, alpha, height = b[:p] @ Z, at_risk.basis @ b[p:], 0.0
    g_row, w_row = np.zeros(Z.shape[1]), np.zeros(Z.shape[1])
    g_period, w_period, sums = np.zeros(periods), np.zeros(periods), np.zeros((p, periods))
    for t, rows in enumerate(at_risk.rows.tolist()):
        y = at_risk.event[:rows] & (at_risk.last[:rows] == t + 1)
        w = at_risk.w[:rows]
        if at_risk.entry is not None:
            w = np.where(at_risk.entry[:rows] <= t, w, 0.0)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            value, g, info = link_terms(eta[:rows] + alpha[t], y, link)
        height += float(w @ value)
        g, info = w * g, w * info
        g_row[:rows] += g
        w_row[:rows] += info
        g_period[t], w_period[t], sums[:, t] = g.sum(), info.sum(), Z[:, :rows] @ info
    height = height if np.isfinite(height) else -np.inf
    return DiscreteLikelihood(b, height, at_risk, g_row, w_row, g_period, w_period, sums)


def link_terms(eta: Floats, y: Booleans, link: Link) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood of y, its derivative in eta and the expected information."""
    if link == "logit":
        mu = expit(eta)
        return y * eta - np.logaddexp(0, eta), y - mu, mu * (1 - mu)
    H = np.exp(eta)
    mu = -np.expm1(-H)
    ratio = H / np.maximum(mu, np.finfo(float).tiny)
    value = np.where(y, np.log(np.maximum(mu, np.finfo(float).tiny)), -H)
    return value, np.where(y, ratio * np.exp(-H), -H), H * ratio * np.exp(-H)
