"""Fit a Weibull mixture cure model, and see whether the data can tell of a cured share at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, expit, logit

from analysis.errors import FitError
from analysis.survival.coefficients import coefficient_table
from analysis.survival.counting import count, in_time_order
from analysis.survival.cure import WeibullCureFit, warn_without_plateau
from analysis.survival.cure_likelihood import Rows, Summit, evaluate, maximise, rows_of
from analysis.survival.design import design, own_units, standardised, with_intercept
from analysis.survival.newton import solve, warn_of_separation
from analysis.survival.observations import aligned, observe_for_times
from analysis.survival.plateau import end_of
from analysis.survival.steps import product_limit

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Observations

_NOTHING = 1e-6  # gain in log-likelihood below which nobody is cured
_ENDLESS = 12.0  # effect on a logit from which there is no finite estimate
_NOBODY = -700.0  # logit of a share that is none


def fit_weibull_cure(
    durations: Any,
    events: Any,
    *,
    share_covariates: Any = None,
    scale_covariates: Any = None,
    entry: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
) -> WeibullCureFit:
    """What share of customers never leaves, and how long do the others stay?

    Parameters
    ----------
    durations, events, entry, weights
        As for `fit_aft`.
    share_covariates, scale_covariates : DataFrame or array, n x p, optional
        What changes the (logit of the) share that never leaves, and the (log of the) time the
        others stay.
    confidence : float, optional

    Returns
    -------
    WeibullCureFit

    Raises
    ------
    DataError
        Values missing or mismatched; a covariate that is constant or repeats others.
    FitError
        No events, or no maximum that can be reached.

    Warns
    -----
    AnalysisWarning
        Observation ended before the curve levelled off; or a covariate whose coefficient on the
        share is infinite.

    Notes
    -----
    A cured share is told from a long tail only by a plateau: see `follow_up`.

    References
    ----------
    .. [1] Farewell (1982), Biometrics 38, 1041-1046.
    .. [2] Maller and Zhou (1996), Survival Analysis with Long-Term Survivors, 5 and 8.
    """
    sample = observe_for_times(durations, events, entry, weights)
    aligned(durations=durations, share=share_covariates, scale=scale_covariates)
    share, scale = (_part(X, len(sample)) for X in (share_covariates, scale_covariates))
    rows = rows_of(sample, share.A, scale.A)
    never, top = _summits(rows, sample)
    fit = _told(never, top, rows, sample, share, scale, confidence)
    coef, effect = fit.table["coef"].to_numpy()[1:], top.b[1 : len(share.own)]
    reach = np.abs(effect) * np.ptp(share.A[:, 1:], axis=0)
    warn_of_separation(share.columns, coef, np.where(reach > _ENDLESS, reach, 0.0))
    warn_without_plateau(fit)
    return fit


@dataclass(frozen=True, slots=True)
class _Part:
    """Terms of the share or of the scale, standardised, and the way back to their own units."""

    A: Floats
    own: Floats
    columns: list[str]


def _part(covariates: Any, n: int) -> _Part:
    if covariates is None:
        return _Part(np.ones((n, 1)), np.eye(1), [])
    X, columns, _ = design(covariates)
    Z, center, spread = standardised(X, columns)
    return _Part(with_intercept(Z), own_units(center, spread), columns)


def _summits(rows: Rows, sample: Observations) -> tuple[Summit, Summit]:
    """Find the summit without cured, and that with: the same one where cured only lower it.

    Climbs begin with a share as high as the curve's end, with a low one, and with nearly none.
    """
    p = rows.share.shape[1]
    start = np.zeros(p + rows.scale.shape[1] + 1)
    start[0], start[p] = _NOBODY, np.log(np.median(sample.time[sample.event]))
    never = maximise(rows, start, np.arange(len(start)) >= p)
    end = product_limit(None, count(in_time_order(sample))).S[-1]
    begins = [(min(max(0.9 * end, 0.1), 0.9), start), (0.1, start)]
    if never.reached:  # late entries of a falling hazard may leave no Weibull curve alone
        begins.append((0.02, never.b))
    found = [maximise(rows, np.append(logit(share), b[1:])) for share, b in begins]
    top = max(found, key=lambda summit: summit.height)
    top = never if top.height - never.height < _NOTHING else top
    if not top.reached:
        raise FitError(
            "The likelihood has no maximum that can be reached: the curve is none of a Weibull "
            "with a cured share. Drop covariates, or look at the Kaplan-Meier curve."
        )
    return never, top


def _told(
    never: Summit,
    top: Summit,
    rows: Rows,
    sample: Observations,
    share: _Part,
    scale: _Part,
    confidence: float,
) -> WeibullCureFit:
    """Put the answer in the covariates' own units."""
    boundary = top is never
    p, k = len(share.own), len(top.b) - 1
    own = block_diag(share.own, scale.own, np.eye(1))
    b = own @ top.b
    V = _covariance(top.b, rows, own, boundary)
    if boundary:
        b[0] = -np.inf
    se = np.sqrt(np.diag(V))
    names = [("cured share", column) for column in ("(Intercept)", *share.columns)]
    names += [("log scale", column) for column in ("(Intercept)", *scale.columns)]
    parts, columns = map(list, zip(*names, strict=True))
    table = coefficient_table(columns, b[:k], se[:k], confidence, ratio="ratio")
    table.insert(0, "part", parts)
    alone = not share.columns
    return WeibullCureFit(
        table=table,
        covariance=V,
        shape=float(np.exp(b[k])),
        log_shape=float(b[k]),
        se_log_shape=float(se[k]),
        log_likelihood=top.height,
        log_likelihood_no_cure=never.height,
        aic=2 * len(b) - 2 * top.height,
        p_no_cure=float(chdtrc(1, 2 * (top.height - never.height))) / 2 if alone else np.nan,
        at_boundary=boundary,
        highest_share=_highest_share(top, rows, confidence) if boundary and alone else np.nan,
        follow_up=end_of(sample),
        left_by_then=_left_by_end(rows.scale[: len(sample)] @ top.b[p:k], float(b[k]), sample),
        n=len(sample),
        n_events=int(sample.event.sum()),
        confidence=confidence,
        share_columns=share.columns,
        scale_columns=scale.columns,
    )


def _left_by_end(log_scale: Floats, log_shape: float, sample: Observations) -> float:
    """Share of those not cured who have left by the last time, over the whole sample."""
    left = -np.expm1(-((sample.time.max() / np.exp(log_scale)) ** np.exp(log_shape)))
    return float(np.average(left, weights=sample.weight))


def _covariance(b: Floats, rows: Rows, own: Floats, boundary: bool) -> Floats:
    """Inverse of the information; NaN for the share where it is at its boundary."""
    kept = np.arange(len(b)) >= (rows.share.shape[1] if boundary else 0)
    part = np.ix_(kept, kept)
    V = np.full_like(own, np.nan)
    V[part] = own[part] @ solve(-evaluate(b, rows)[2][part], np.eye(kept.sum())) @ own[part].T
    return V


def _highest_share(top: Summit, rows: Rows, confidence: float) -> float:
    """Upper limit of the share: where the profile likelihood is down as far as the test allows."""
    free = np.arange(len(top.b)) > 0
    drop = float(chdtri(1, 2 * (1 - confidence))) / 2

    def above(a: float) -> float:
        return top.height - maximise(rows, np.append(a, top.b[1:]), free).height - drop

    return float(expit(brentq(above, -30.0, 30.0, xtol=1e-8)))
