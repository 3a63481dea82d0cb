"""What a Cox model leaves unexplained, and the errors that hold without the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.survival.cox import FitState
    from analysis.survival.observations import Floats

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
        return pd.DataFrame(score(fit), index=fit.index, columns=columns)
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


def score(fit: FitState) -> Floats:
    """Each row's part of the score (n x p), without its weight."""
    risk, at = fit.risk, fit.sums
    means = at.event_means(risk.W)
    whole, skipped = at.mean_sums()
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
    return score(fit) @ (fit.V / np.outer(scale, scale))


def schoenfeld(fit: FitState, *, scaled: bool) -> Floats:
    """Covariates of each event less their mean at risk (events x p), ties in the data's order."""
    risk = fit.risk
    order = np.lexsort((risk.rows[risk.events], risk.cell))
    events, cell = risk.events[order], risk.cell[order]
    difference = risk.X[:, events] - fit.sums.event_means(risk.W)[:, cell]
    if not scaled:
        return (difference * risk.scale[:, None]).T
    return ((len(events) * fit.V @ difference + fit.b[:, None]) / risk.scale[:, None]).T


def robust_covariance(fit: FitState) -> Floats:
    """Sandwich covariance of the coefficients: squares of each row's (or cluster's) influence."""
    influence = dfbeta(fit)
    if fit.sample.weight is not None:
        influence = influence * fit.sample.weight[:, None]
    if fit.clusters is not None:
        influence = np.stack([np.bincount(fit.clusters, column) for column in influence.T], axis=1)
    return influence.T @ influence
