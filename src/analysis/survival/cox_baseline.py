"""Baseline hazards of a Cox model, and the survival it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.counting import rows_by_code
from analysis.survival.intervals import Interval, survival_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.survival.cox import FitState
    from analysis.survival.observations import Floats, Integers

_STEEPEST = 300.0  # log of a relative hazard from which survival is 0 in every digit
_BLOCK = 1 << 20  # customers times event times that are laid out at once


def baseline_hazard(fit: FitState) -> pd.DataFrame:
    """Hazard of someone whose covariates are all zero.

    Returns
    -------
    DataFrame, one row an event time (and stratum)
        `stratum` (only in a stratified fit), `time`, `hazard` (the jump at that time) and
        `cumulative_hazard`. Infinite where zero lies so far outside the data that no number holds
        it: move the covariates' origin, say to years since the first.
    """
    risk = fit.risk
    with np.errstate(over="ignore"):
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
    z, V = _scaled(fit, covariance, X)
    layers = _layers(fit, strata, len(X))
    H, variance = np.empty((len(X), len(times))), np.empty((len(X), len(times)))
    for base, rows in _bases(fit, layers):
        at = base.upto(times)
        relative = _relative(fit, z[rows])
        H[rows] = relative * at.H
        for k in range(len(times)):
            d = z[rows] * at.H[k] - at.Q[:, k]
            of_b = np.einsum("ij,ij->i", d @ V, d)
            variance[rows, k] = (at.jumps[k] + of_b) * relative[:, 0] ** 2
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


def quantile(
    fit: FitState,
    covariance: Floats,
    X: Floats,
    index: pd.Index,
    p: float,
    strata: Any,
    confidence: float,
    interval: Interval,
) -> pd.DataFrame:
    """When a share `p` of customers with given covariates has had the event.

    Parameters
    ----------
    X, strata, interval
        As for `survival`.
    p : float
        0.5 for the median.

    Returns
    -------
    DataFrame, one row a row of X
        `row` (label in the index of the covariates), `time`, `low`, `high`: the first time at
        which the predicted curve (or its limit) is down to 1 - p, NaN where it never is.
    """
    if not 0 < p < 1:
        raise DataError(f"`p` must lie between 0 and 1; got {p}. The median is 0.5.")
    z, V = _scaled(fit, covariance, X)
    found = np.full((len(X), 3), np.nan)
    for base, rows in _bases(fit, _layers(fit, strata, len(X))):
        size = max(_BLOCK // len(base.time), 1)
        for part in (rows[begin : begin + size] for begin in range(0, len(rows), size)):
            S, se_log = base.curves(z[part], V, _relative(fit, z[part]))
            limits = survival_limits(S, se_log, confidence, interval)
            for k, curve in enumerate((S, *limits)):
                found[part, k] = _first_down_to(base.time, curve, 1 - p)
    return pd.DataFrame(
        {"row": index, "time": found[:, 0], "low": found[:, 1], "high": found[:, 2]}
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """One stratum's hazard at mean covariates, divided by exp(shift): sums up to each time."""

    time: Floats
    H: Floats
    jumps: Floats  # variance of H from the events alone
    Q: Floats  # p x times; hazard times mean covariate

    def upto(self, times: Floats) -> _Base:
        """Return the sums at other times."""
        at = np.searchsorted(self.time, times, side="right")
        H, jumps = np.append(0.0, self.H)[at], np.append(0.0, self.jumps)[at]
        return _Base(times, H, jumps, np.insert(self.Q, 0, 0.0, axis=1)[:, at])

    def curves(self, z: Floats, V: Floats, relative: Floats) -> tuple[Floats, Floats]:
        """S at every event time for each row of z, and the standard error of log S."""
        zV = z @ V
        of_b = (zV * z).sum(axis=1)[:, None] * self.H**2 - 2 * (zV @ self.Q) * self.H
        of_b += (self.Q * (V @ self.Q)).sum(axis=0)
        variance = self.jumps + np.maximum(of_b, 0.0)
        return np.exp(-relative * self.H), relative * np.sqrt(variance)


def _bases(fit: FitState, layers: Integers) -> Iterator[tuple[_Base, Integers]]:
    """Yield each stratum's hazard, with the rows that follow it."""
    risk, at = fit.risk, fit.sums
    means, _ = risk.moments(at).mean_sums()
    for rows in filter(len, rows_by_code(layers)):
        cells = slice(*np.searchsorted(risk.stratum, layers[rows[0]] + np.arange(2)))
        sums = (np.cumsum(per_cell[..., cells], axis=-1) for per_cell in (at.a0, at.b0, means))
        yield _Base(risk.time[cells], *sums), rows


def _scaled(fit: FitState, covariance: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Covariates as the fit has them, and the covariance of their coefficients."""
    risk = fit.risk
    return (X - risk.center) / risk.scale, covariance * np.outer(risk.scale, risk.scale)


def _relative(fit: FitState, z: Floats) -> Floats:
    """Hazard of each row relative to exp(shift), as a column."""
    relative: Floats = np.exp(np.minimum(z @ fit.b - fit.sums.shift, _STEEPEST))[:, None]
    return relative


def _first_down_to(t: Floats, curves: Floats, level: float) -> Floats:
    """First time at which each curve is at `level` or below; NaN where it never is."""
    down = curves <= level
    return np.where(down.any(axis=1), t[down.argmax(axis=1)], np.nan)


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
