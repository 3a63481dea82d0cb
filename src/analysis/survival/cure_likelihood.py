"""Likelihood of a Weibull mixture: some never have the event, the others' times are Weibull.

Each row has three scalars: a, the logit of the share that never has the event; m, the log of the
Weibull's scale; k, the log of its shape. With u = exp(k) (log t - m) and H = exp(u) the share still
here is S = P + Q exp(-H), P = 1 / (1 + exp(-a)), Q = 1 - P, and derivatives in (a, u) give all.

References
----------
.. [1] Farewell (1982), Biometrics 38, 1041-1046.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

if TYPE_CHECKING:
    from analysis.survival.observations import Booleans, Floats, Observations

_MAX_STEPS = 100
_CLOSE = 1e-6  # slope, a row, from which two steps of Newton's reach rounding error
_STEEPEST = 60.0  # log H from which exp(-H) is 0 and no power of H overflows


@dataclass(frozen=True, slots=True)
class Rows:
    """What the likelihood sums over: each row's end and, with a minus, its late entry."""

    share: Floats  # n x terms of a
    scale: Floats  # n x terms of m
    y: Floats  # log of the time
    event: Booleans
    weight: Floats


def rows_of(sample: Observations, share: Floats, scale: Floats) -> Rows:
    """Lay out the ends of all rows, then the late entries."""
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    t, event = sample.time, sample.event
    if sample.entry is not None and (late := sample.entry > 0).any():
        share, scale = np.vstack([share, share[late]]), np.vstack([scale, scale[late]])
        t, w = np.append(t, sample.entry[late]), np.append(w, -w[late])
        event = np.append(event, np.zeros(late.sum(), np.bool_))
    return Rows(share, scale, np.log(t), event, w)


def evaluate(b: Floats, rows: Rows) -> tuple[float, Floats, Floats]:
    """Log-likelihood at b = (terms of a, terms of m, k), its slope and its second derivatives."""
    p = rows.share.shape[1]
    a, m, rho = rows.share @ b[:p], rows.scale @ b[p:-1], float(np.exp(b[-1]))
    u = np.minimum(rho * (rows.y - m), _STEEPEST)
    value, da, du, daa, dau, duu = _in_share_and_time(a, u, rows.event)
    value = value + np.where(rows.event, b[-1] - rows.y, 0.0)
    w = rows.weight
    slope = np.concatenate(
        (rows.share.T @ (w * da), rows.scale.T @ (-rho * w * du), [w @ (u * du + rows.event)])
    )
    A, M = rows.share, rows.scale
    ak, mk = A.T @ (w * u * dau), M.T @ (-rho * w * (u * duu + du))
    am = A.T @ (M * (-rho * w * dau)[:, None])
    second = np.block(
        [
            [A.T @ (A * (w * daa)[:, None]), am, ak[:, None]],
            [am.T, M.T @ (M * (rho**2 * w * duu)[:, None]), mk[:, None]],
            [ak[None], mk[None], np.array([[w @ (u**2 * duu + u * du)]])],
        ]
    )
    return float(w @ value), slope, second


def _in_share_and_time(
    a: Floats, u: Floats, event: Booleans
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Log of the density in log time (or of S, without the event) and its derivatives in a and u.

    Returns the value and its derivatives a, u, aa, au, uu.
    """
    H, P, Q = np.exp(u), expit(a), expit(-a)
    log_S = log_survival(a, u)
    still = np.exp(log_expit(-a) - H - log_S)  # chance of leaving yet, given being here
    gone = -np.expm1(-H)
    da = (1 - still) * Q * gone
    du = -still * H
    censored = (
        log_S,
        da,
        du,
        (1 - still) * Q * (1 - 2 * P) * gone - da**2,
        P * still * H - da * du,
        still * H * (H - 1) - du**2,
    )
    seen = (log_expit(-a) + u - H, -P, 1 - H, -P * Q, np.zeros_like(a), -H)
    value, *rest = (np.where(event, e, c) for e, c in zip(seen, censored, strict=True))
    return value, *rest  # type: ignore[return-value]


def log_survival(a: Floats, u: Floats) -> Floats:
    """Log of S = P + Q exp(-H)."""
    log_S: Floats = np.logaddexp(log_expit(a), log_expit(-a) - np.exp(u))
    return log_S


def slope_of_log_survival(b: Floats, A: Floats, M: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Log of S at log times y, and its derivatives in b (n x parameters)."""
    p, rho = A.shape[1], float(np.exp(b[-1]))
    a = np.full(len(A), -np.inf) if np.isneginf(b[0]) else A @ b[:p]  # nobody cured
    u = np.minimum(rho * (y - M @ b[p:-1]), _STEEPEST)
    log_S, da, du, *_ = _in_share_and_time(a, u, np.zeros(len(u), np.bool_))
    return log_S, np.column_stack([A * da[:, None], M * (-rho * du)[:, None], u * du])


@dataclass(frozen=True, slots=True)
class Summit:
    """Where a climb ended: the parameters, the log-likelihood, and whether it is a summit."""

    b: Floats
    height: float
    reached: bool


def maximise(rows: Rows, start: Floats, free: Booleans | None = None) -> Summit:
    """Climb from `start` in the free parameters."""
    total = float(np.abs(rows.weight).sum())
    moves = np.ones(len(start), np.bool_) if free is None else free

    @lru_cache(maxsize=2)
    def at(key: bytes) -> tuple[float, Floats, Floats]:
        b = start.copy()
        b[moves] = np.frombuffer(key)
        value, slope, second = evaluate(b, rows)
        return -value / total, -slope[moves] / total, -second[np.ix_(moves, moves)] / total

    def height(x: Floats) -> float:
        return at(x.tobytes())[0]

    def slope(x: Floats) -> Floats:
        return at(x.tobytes())[1]

    def curvature(x: Floats) -> Floats:
        return at(x.tobytes())[2]

    found = minimize(
        height, start[moves], jac=slope, hess=curvature,
        method="trust-exact", options={"gtol": _CLOSE, "maxiter": _MAX_STEPS},
    )  # fmt: skip
    x = found.x
    for _ in range(2 if found.success else 0):
        values, axes = np.linalg.eigh(curvature(x))
        if values[0] > 1e-12 * values[-1]:
            x = x - axes @ (axes.T @ slope(x) / values)
    b = start.copy()
    b[moves] = x
    return Summit(b, -height(x) * total, bool(found.success))
