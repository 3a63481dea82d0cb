"""Baseline hazards of a Cox model, and the survival it predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.intervals import Interval, survival_limits

if TYPE_CHECKING:
    from analysis.survival.cox import FitState
    from analysis.survival.observations import Floats, Integers


def baseline_hazard(fit: FitState) -> pd.DataFrame:
    """Hazard of someone whose covariates are all zero.

    Returns
    -------
    DataFrame, one row an event time (and stratum)
        `stratum` (only in a stratified fit), `time`, `hazard` (the jump at that time) and
        `cumulative_hazard`.
    """
    risk = fit.risk
    at_zero = np.exp(-fit.sums.shift - fit.b @ (risk.center / risk.scale))
    table = pd.DataFrame({"time": risk.time, "hazard": fit.sums.a0 * at_zero})
    table["cumulative_hazard"] = table["hazard"].groupby(risk.stratum).cumsum()
    if fit.strata_labels is not None:
        table.insert(0, "stratum", fit.strata_labels[risk.stratum])
    return table


def survival(
    fit: FitState,
    covariance: Floats,
    X: Floats,
    index: pd.Index,
    times: Floats,
    strata: Any,
    confidence: float,
    interval: Interval,
) -> pd.DataFrame:
    """Share of customers with given covariates who are still here at given times.

    Parameters
    ----------
    X : array, rows x p
    times : array
        Past the last event survival is carried forward.
    strata : array or DataFrame, one label a row of X
        Needed for a stratified fit: whose baseline each row follows.
    interval : {"log-log", "log", "plain", "logit", "arcsin"}

    Returns
    -------
    DataFrame, one row a time of each row of X, in their order
        `row` (label in the index of the covariates), `time`, `survival`, `std_err`, `low`, `high`.

    References
    ----------
    .. [1] Tsiatis (1981), Annals of Statistics 9, 93-108.
    .. [2] Therneau and Grambsch (2000), Modeling Survival Data, 10.2.
    """
    risk = fit.risk
    z = (X - risk.center) / risk.scale
    V = covariance * np.outer(risk.scale, risk.scale)
    layers = _layers(fit, strata, len(X))
    H, variance = np.empty((len(X), len(times))), np.empty((len(X), len(times)))
    for layer in np.unique(layers):
        rows = layers == layer
        H[rows], variance[rows] = _cumulative_hazard(fit, int(layer), z[rows], V, times)
    S, se_log = np.exp(-H).ravel(), np.sqrt(variance).ravel()
    low, high = survival_limits(S, se_log, confidence, interval)
    untouched = (H == 0).ravel()
    return pd.DataFrame(
        {
            "row": np.repeat(index, len(times)),
            "time": np.tile(times, len(X)),
            "survival": S,
            "std_err": S * se_log,
            "low": np.where(untouched, 1.0, low),
            "high": np.where(untouched, 1.0, high),
        }
    )


def _cumulative_hazard(
    fit: FitState, layer: int, z: Floats, V: Floats, times: Floats
) -> tuple[Floats, Floats]:
    """H(t | z) and its variance: that of the jumps, and that of b through z H0 - Q."""
    risk, at = fit.risk, fit.sums
    cells = slice(*np.searchsorted(risk.stratum, [layer, layer + 1]))
    upto = np.searchsorted(risk.time[cells], times, side="right")

    def total(per_cell: Floats, power: int) -> Floats:
        summed: Floats = np.concatenate(([0.0], np.cumsum(per_cell[cells])))[upto]
        return summed * float(np.exp(-power * at.shift))

    means, _ = at.mean_sums()
    H0, jumps = total(at.a0, 1), total(at.b0, 2)
    Q = np.stack([total(mean, 1) for mean in means])
    risk_of = np.exp(z @ fit.b)[:, None]
    variance = np.empty((len(z), len(times)))
    for k in range(len(times)):
        d = z * H0[k] - Q[:, k]
        variance[:, k] = jumps[k] + np.einsum("ij,jk,ik->i", d, V, d)
    return H0 * risk_of, variance * risk_of**2


def _layers(fit: FitState, strata: Any, rows: int) -> Integers:
    """Stratum number of each row to predict."""
    if fit.strata_labels is None:
        if strata is not None:
            raise DataError("`strata` is only for a stratified fit; this one has none. Leave it.")
        return np.zeros(rows, np.int64)
    if strata is None or len(strata) != rows:
        raise DataError(
            f"A stratified fit needs `strata` with one label a row; {rows} rows to predict."
        )
    wanted: Any = strata
    if isinstance(strata, pd.DataFrame):
        wanted = pd.MultiIndex.from_frame(strata) if strata.shape[1] > 1 else strata.iloc[:, 0]
    codes = fit.strata_labels.get_indexer(pd.Index(wanted))
    if (codes < 0).any():
        unknown = pd.Index(wanted)[codes < 0].tolist()[0]
        raise DataError(
            f"`strata` must be labels of the fit; {(codes < 0).sum()} of {rows} are not, first "
            f"{unknown!r}. Known: {fit.strata_labels[:10].tolist()}."
        )
    return codes.astype(np.int64)
