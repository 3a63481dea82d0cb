"""Likelihood of log T = mu + sigma W in mu/sigma and 1/sigma, where it has one summit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit, log_ndtr

from analysis.survival.newton import climb

if TYPE_CHECKING:
    from analysis.survival.observations import Booleans, Floats, Observations

Distribution = Literal["weibull", "exponential", "lognormal", "loglogistic"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the likelihood sums over: each row's end and, with a minus, its late entry."""

    A: Floats  # k x terms, with z = b A + offset
    offset: Floats
    weight: Floats
    event: Booleans
    events: float  # weight of the events
    log_times: float  # weighted sum of their log times
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-likelihood at b = (intercept / scale, coef / scale, 1 / scale)."""

    b: Floats
    terms: Terms

    @property
    def _tau(self) -> float:
        return 1.0 if self.terms.distribution == "exponential" else float(self.b[-1])

    def _of_z(self, order: int) -> Floats:
        """Each term (or its derivative in z of that order), weighted."""
        terms, z = self.terms, self.b @ self.terms.A + self.terms.offset
        result = log_survival(terms.distribution, z)[order]
        result[terms.event] = log_density(terms.distribution, z[terms.event])[order]
        return terms.weight * result

    @property
    def height(self) -> float:
        """Log-likelihood of the times."""
        if self._tau <= 0:
            return -np.inf
        with np.errstate(over="ignore", invalid="ignore"):
            value = self._of_z(0).sum() + self.terms.events * np.log(self._tau)
        return float(value) - self.terms.log_times if np.isfinite(value) else -np.inf

    def slope(self) -> Floats:
        """First derivatives."""
        slope: Floats = self.terms.A @ self._of_z(1)
        if self.terms.distribution != "exponential":
            slope[-1] += self.terms.events / self._tau
        return slope

    def curvature(self) -> Floats:
        """Second derivatives, with the sign changed."""
        curvature: Floats = -(self.terms.A * self._of_z(2)) @ self.terms.A.T
        if self.terms.distribution != "exponential":
            curvature[-1, -1] += self.terms.events / self._tau**2
        return curvature


def find_summit(
    Z: Floats, sample: Observations, distribution: Distribution
) -> tuple[Likelihood, Floats]:
    """Find the summit, and the coefficients that have none."""
    terms = _terms(Z, sample, distribution)
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    b = np.zeros(len(terms.A))
    if distribution == "exponential":
        b[0] = np.log(w @ sample.time / terms.events)
    else:
        y = np.log(sample.time)
        spread = max(
            float(np.sqrt(np.average((y - np.average(y, weights=w)) ** 2, weights=w))), 0.1
        )
        b[0], b[-1] = np.average(y, weights=w) / spread, 1 / spread
    reach = np.zeros(len(b))
    reach[1 : len(Z) + 1] = Z.max(axis=1, initial=0) - Z.min(axis=1, initial=0)
    return climb(Likelihood(b, terms), lambda b: Likelihood(b, terms), reach)


def _terms(Z: Floats, sample: Observations, distribution: Distribution) -> Terms:
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    t, event = sample.time, sample.event
    rows = np.vstack([-np.ones(len(t)), -Z])
    if sample.entry is not None and (late := sample.entry > 0).any():
        rows = np.hstack([rows, rows[:, late]])
        t = np.append(t, sample.entry[late])
        event = np.append(event, np.zeros(late.sum(), np.bool_))
        w = np.append(w, -w[late])
    y = np.log(t)
    timed = distribution != "exponential"
    A = np.vstack([rows, y]) if timed else rows
    offset = np.zeros(len(y)) if timed else y
    return Terms(
        A, offset, w, event, float(w[event].sum()), float(w[event] @ y[event]), distribution
    )


def log_survival(distribution: Distribution, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log P(W > z) and its first two derivatives."""
    if distribution == "lognormal":
        log_S = log_ndtr(-z)
        h = np.exp(-(z**2) / 2 - np.log(2 * np.pi) / 2 - log_S)
        return log_S, -h, -h * (h - z)
    if distribution == "loglogistic":
        p = expit(z)
        return -np.logaddexp(0, z), -p, -p * (1 - p)
    H = np.exp(z)
    return -H, -H, -H


def log_density(distribution: Distribution, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the log density of W at z and its first two derivatives."""
    if distribution == "lognormal":
        return -(z**2) / 2 - np.log(2 * np.pi) / 2, -z, -np.ones_like(z)
    if distribution == "loglogistic":
        p = expit(z)
        return z - 2 * np.logaddexp(0, z), 1 - 2 * p, -2 * p * (1 - p)
    H = np.exp(z)
    return z - H, 1 - H, -H
