"""What a Cox model leaves unexplained, and the errors that hold without the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.survival.cox import FitState
    from analysis.survival.observations import Floats, Integers, Observations
    from analysis.survival.risk_sets import RiskSets, Sums

Kind = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"]


def residuals(fit: FitState, columns: list[str], kind: Kind) -> pd.DataFrame:
    """What the model leaves unexplained.

    Parameters
    ----------
    kind : str
        "martingale" (events seen less expected), "deviance" (the same made symmetric), "score"
        (each row's pull on the coefficients), "dfbeta" (how far dropping the row would move
        them), "schoenfeld" (covariates of each event less their mean at risk) or
        "scaled_schoenfeld" (an estimate of the coefficient at each event's time).

    Returns
    -------
    DataFrame
        The first four: one row a row of the data, with its index. The Schoenfeld kinds: one row
        an event, by stratum and time, with a `time` column.

    References
    ----------
    .. [1] Therneau, Grambsch and Fleming (1990), Biometrika 77, 147-160.
    .. [2] Grambsch and Therneau (1994), Biometrika 81, 515-526.
    """
    if kind == "martingale":
        return pd.DataFrame({kind: martingale(fit)}, index=fit.index)
    if kind == "deviance":
        return pd.DataFrame({kind: deviance(fit)}, index=fit.index)
    if kind == "score":
        rows = score(fit.risk, fit.sums)
        return pd.DataFrame(rows, index=fit.index, columns=columns)
    if kind == "dfbeta":
        return pd.DataFrame(dfbeta(fit), index=fit.index, columns=columns)
    if kind in ("schoenfeld", "scaled_schoenfeld"):
        rows = schoenfeld(fit, scaled=kind == "scaled_schoenfeld")
        table = pd.DataFrame(rows, columns=columns)
        table.insert(0, "time", fit.risk.time[fit.risk.cell])
        return table
    raise DataError(
        "`kind` must be 'martingale', 'deviance', 'score', 'dfbeta', 'schoenfeld' or "
        f"'scaled_schoenfeld'; got {kind!r}."
    )


def martingale(fit: FitState) -> Floats:
    """Events seen less events expected, row by row."""
    risk, at = fit.risk, fit.sums
    residual = np.zeros(risk.n)
    residual[risk.rows] = -at.r / risk.w * at.met
    return residual + fit.sample.event


def deviance(fit: FitState) -> Floats:
    """Martingale residuals made roughly symmetric about zero."""
    m, event = martingale(fit), fit.sample.event
    expected = event - m
    logs = np.log(expected, out=np.zeros_like(m), where=event)
    return np.sign(m) * np.sqrt(-2 * (m + event * logs))


def score(risk: RiskSets, at: Sums) -> Floats:
    """Each row's part of the score (n x p), without its weight."""
    moments = risk.moments(at)
    means = moments.event_means(risk.W)
    whole, skipped = moments.mean_sums()
    r = at.r / risk.w
    result = np.zeros((risk.n, len(risk.X)), order="F")
    for k, x in enumerate(risk.X):
        part = -r * (x * at.met - risk.met(whole[k], skipped[k]))
        part[risk.events] += x[risk.events] - means[k][risk.cell]
        result[risk.rows, k] = part * risk.scale[k]
    return result


def dfbeta(fit: FitState) -> Floats:
    """How far each row moved the coefficients (n x p), without its weight."""
    scale = fit.risk.scale
    return score(fit.risk, fit.sums) @ (fit.V / np.outer(scale, scale))


def schoenfeld(fit: FitState, *, scaled: bool) -> Floats:
    """Covariates of each event less their mean at risk (events x p), ties in the data's order."""
    risk = fit.risk
    order = np.lexsort((risk.rows[risk.events], risk.cell))
    events, cell = risk.events[order], risk.cell[order]
    difference = risk.X[:, events] - risk.moments(fit.sums).event_means(risk.W)[:, cell]
    if not scaled:
        return (difference * risk.scale[:, None]).T
    return ((len(events) * fit.V @ difference + fit.b[:, None]) / risk.scale[:, None]).T


def robust_covariance(fit: FitState) -> Floats:
    """Sandwich covariance of the coefficients: squares of each row's (or cluster's) influence."""
    return _squares(dfbeta(fit), fit.sample, fit.clusters)


def robust_score(
    risk: RiskSets, null: Sums, sample: Observations, groups: Integers | None
) -> float:
    """Score statistic at zero coefficients, its variance from the rows (or clusters) themselves.

    References
    ----------
    .. [1] Lin and Wei (1989), JASA 84, 1074-1078.
    """
    parts = score(risk, null)
    U = parts.sum(axis=0) if sample.weight is None else sample.weight @ parts
    return float(U @ np.linalg.pinv(_squares(parts, sample, groups), hermitian=True) @ U)


def _squares(rows: Floats, sample: Observations, groups: Integers | None) -> Floats:
    """Sum the outer products of rows, each times its weight and summed by cluster first."""
    if sample.weight is not None:
        rows = rows * sample.weight[:, None]
    if groups is not None:
        rows = np.stack([np.bincount(groups, column) for column in rows.T], axis=1)
    return rows.T @ rows
