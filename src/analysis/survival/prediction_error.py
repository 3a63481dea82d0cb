"""How far predicted survival is from what happened: Brier score, AUC over time, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.censoring import Censoring, censoring
from analysis.survival.curves import kaplan_meier
from analysis.survival.observations import Observations, aligned, numbers, observe

if TYPE_CHECKING:
    from analysis.survival.observations import Floats


def brier_score(survival: Any, durations: Any, events: Any, times: Any) -> pd.DataFrame:
    """How far predicted chances of staying were from the truth, at given times.

    Parameters
    ----------
    survival : array, n x times (or n for one time)
        Predicted chance of being still here after each of `times`.
    durations, events
        What happened to the same rows; as for `kaplan_meier`.
    times : scalar or array, rising
        Each with somebody still under observation after it.

    Returns
    -------
    DataFrame, one row a time
        `time`, `brier` (mean squared error, 0 is perfect), `std_err` (taking the censoring curve
        as known), `null` (of predicting everybody's Kaplan-Meier curve), `skill` (1 - brier/null).

    Notes
    -----
    Rows not watched to the end are made up for by the inverse of the chance of being watched.

    References
    ----------
    .. [1] Graf, Schmoor, Sauerbrei and Schumacher (1999), Statistics in Medicine 18, 2529-2545.
    """
    sample, t = observe(durations, events), _rising(times)
    predicted = _per_time("survival", survival, len(sample), len(t))
    if ((predicted < 0) | (predicted > 1)).any():
        raise DataError("`survival` must hold chances between 0 and 1; some are not.")
    G, everybody = censoring(sample), kaplan_meier(sample.time, sample.event).at(t)["survival"]
    rows = []
    for S, time, S_all in zip(predicted.T, t, everybody, strict=True):
        weight = _weights(sample, G, time)
        here = sample.time > time
        lost = weight * (here - S) ** 2
        error, null = lost.mean(), float((weight * (here - S_all) ** 2).mean())
        rows.append((time, error, lost.std() / np.sqrt(len(lost)), null, 1 - error / null))
    return pd.DataFrame(rows, columns=["time", "brier", "std_err", "null", "skill"])


def integrated_brier_score(survival: Any, durations: Any, events: Any, times: Any) -> pd.DataFrame:
    """Average of the Brier score from the first of `times` to the last, as one figure.

    Each score holds until the next time, which is exact when `times` are all times at which
    something happens.

    Returns
    -------
    DataFrame, one row: `begin`, `end`, `brier`, `null`, `skill`
    """
    table = brier_score(survival, durations, events, times)
    if len(table) < 2:
        raise DataError("`times` must hold two times or more to integrate between; it holds 1.")
    width = np.diff(table["time"])
    brier, null = (np.average(table[name][:-1], weights=width) for name in ("brier", "null"))
    begin, end = table["time"].iloc[0], table["time"].iloc[-1]
    columns = {"begin": begin, "end": end, "brier": brier, "null": null, "skill": 1 - brier / null}
    return pd.DataFrame(columns, index=[0])


def dynamic_auc(scores: Any, durations: Any, events: Any, times: Any) -> pd.DataFrame:
    """How well a score tells those gone by a time from those still here after it.

    Parameters
    ----------
    scores : array, n (or n x times)
        Higher means an earlier event.
    durations, events, times
        As for `brier_score`.

    Returns
    -------
    DataFrame, one row a time
        `time`, `auc` (0.5 is no better than chance; equal scores count half), `std_err` (taking
        the censoring curve as known), `n_cases`, `n_controls`.

    References
    ----------
    .. [1] Uno, Cai, Tian and Wei (2007), JASA 102, 527-537.
    .. [2] Hung and Chiang (2010), Canadian Journal of Statistics 38, 8-26.
    """
    sample, t = observe(durations, events), _rising(times)
    marks = _per_time("scores", scores, len(sample), len(t))
    G = censoring(sample)
    rows = []
    for k, time in enumerate(t):
        x = marks[:, k if marks.shape[1] > 1 else 0]
        weight = _weights(sample, G, time)
        case, control = sample.event & (sample.time <= time), sample.time > time
        if not case.any() or not control.any():
            raise DataError(
                f"`times` must lie between events and rows still observed; at {time} there are "
                f"{case.sum()} cases and {control.sum()} controls. Take another time."
            )
        auc, std_err = _auc(x[case], weight[case], x[control])
        rows.append((time, auc, std_err, case.sum(), control.sum()))
    return pd.DataFrame(rows, columns=["time", "auc", "std_err", "n_cases", "n_controls"])


def calibration(
    predicted: Any, durations: Any, events: Any, time: float, *, bins: int = 10
) -> pd.DataFrame:
    """Do predicted chances of leaving by a time come true: bin by bin, lowest first.

    Parameters
    ----------
    predicted : array
        Predicted chance of the event by `time`.
    time : float
    bins : int, optional
        Groups of equal size by `predicted`; ties in the order of the rows.

    Returns
    -------
    DataFrame, one row a bin
        `bin`, `n`, `predicted` (mean), `observed` (1 - Kaplan-Meier) with log-log limits `low`
        and `high`; these are NaN where nobody had the event.
    """
    aligned(predicted=predicted, durations=durations, events=events)
    p = numbers("predicted", predicted)
    if not 1 <= bins <= len(p):
        raise DataError(f"`bins` must lie between 1 and the number of rows, {len(p)}; got {bins}.")
    rank = np.empty(len(p), np.int64)
    rank[np.argsort(p, kind="stable")] = np.arange(1, len(p) + 1)
    bin_of = -(-bins * rank // len(p))
    seen = kaplan_meier(np.asarray(durations), np.asarray(events), groups=bin_of).at(time)
    n, S = np.bincount(bin_of)[1:], seen["survival"]
    return pd.DataFrame(
        {
            "bin": seen["group"],
            "n": n,
            "predicted": np.bincount(bin_of, p)[1:] / n,
            "observed": 1 - S,
            "low": (1 - seen["high"]).where(S < 1),
            "high": (1 - seen["low"]).where(S < 1),
        }
    )


def _weights(sample: Observations, G: Censoring, time: float) -> Floats:
    """Inverse chance of being watched: up to the event, or past `time`; 0 if lost before."""
    past = G.after(np.array([time]))[0]
    if past <= 0 or not (sample.time > time).any():
        raise DataError(
            f"`times` must leave somebody under observation; nobody is after {time}. The last "
            f"time observed is {sample.time.max()}."
        )
    gone = sample.event & (sample.time <= time)
    weight = np.where(sample.time > time, 1 / past, 0.0)
    weight[gone] = 1 / G.before(sample.time[gone])
    return weight


def _auc(cases: Floats, weight: Floats, controls: Floats) -> tuple[float, float]:
    """Weighted share of pairs in which the case scores higher, and its standard error."""
    order = np.argsort(cases)
    cases, weight, controls = cases[order], weight[order] / weight.sum(), np.sort(controls)
    n = len(controls)
    below, upto = (np.searchsorted(controls, cases, side) for side in ("left", "right"))
    of_case = (below + upto) / 2 / n
    heavier = np.append(0.0, np.cumsum(weight))
    lower, least = (np.searchsorted(cases, controls, side) for side in ("left", "right"))
    of_control = 1 - (heavier[lower] + heavier[least]) / 2
    auc = float(weight @ of_case)
    variance = np.sum((weight * (of_case - auc)) ** 2) + np.sum((of_control - auc) ** 2) / n**2
    return auc, float(np.sqrt(variance))


def _rising(times: Any) -> Floats:
    t = numbers("times", np.atleast_1d(times))
    if (np.diff(t) <= 0).any():
        raise DataError("`times` must rise; sort them and drop repeats: np.unique(times).")
    return t


def _per_time(name: str, values: Any, rows: int, times: int) -> Floats:
    """Predictions as n x times (or n x 1 for scores that do not depend on time)."""
    array = np.asarray(values, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    widths = (1, times) if name == "scores" else (times,)
    if array.ndim != 2 or len(array) != rows or array.shape[1] not in widths:
        raise DataError(
            f"`{name}` must have one row a customer ({rows}) and one column a time ({times}); "
            f"its shape is {np.shape(values)}."
        )
    if not np.isfinite(array).all():
        raise DataError(f"`{name}` must be finite numbers; some are missing. Drop those rows.")
    return array
