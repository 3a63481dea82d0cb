"""Compare survival between groups: do they leave at the same pace?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import gammaln, log_ndtr, ndtr

from analysis.errors import DataError
from analysis.survival.counting import first_of_ties, rows_by_code, to_come
from analysis.survival.observations import aligned, labels, observe

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Integers, Observations

Weighting = Literal["log-rank", "gehan", "tarone-ware", "peto"] | tuple[float, float]
Adjustment = Literal["holm", "bonferroni", "hochberg", "benjamini-hochberg", "none"]


@dataclass(frozen=True, slots=True)
class LogRank:
    """A test that all groups have the same hazard at every time.

    Attributes
    ----------
    statistic : float
        Chi-squared under equality, with `dof` degrees of freedom.
    p_value, log_p_value : float
        The natural log stays finite where the p value itself underflows to 0.
    table : DataFrame, one row a group: `group`, `n`, `observed`, `expected` (both weighted)
    covariance : array, k x k
        Of observed - expected.
    """

    statistic: float
    dof: int
    p_value: float
    log_p_value: float
    table: pd.DataFrame
    covariance: Floats


def log_rank(
    durations: Any,
    events: Any,
    groups: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    strata: Any = None,
    weighting: Weighting = "log-rank",
) -> LogRank:
    """Do the groups leave at the same pace, or does at least one differ?

    Parameters
    ----------
    durations, events, entry, weights
        As for `kaplan_meier`.
    groups : array
        Two labels or more.
    strata : array or DataFrame, optional
        Compare only within rows of equal label, and add the comparisons up.
    weighting : optional
        "log-rank" weighs all times alike; "gehan" by the number at risk, "tarone-ware" by its
        root, "peto" by a survival estimate (early differences); a pair (rho, gamma) gives the
        Fleming-Harrington weights S(t-)^rho (1 - S(t-))^gamma.

    Returns
    -------
    LogRank

    References
    ----------
    .. [1] Klein and Moeschberger (2003), Survival Analysis, 7.3 and 7.5.
    .. [2] Fleming and Harrington (1991), Counting Processes and Survival Analysis, 7.
    """
    prepared = _prepared(durations, events, groups, entry, strata, weights)
    return _log_rank(*prepared, weighting)


def pairwise_log_rank(
    durations: Any,
    events: Any,
    groups: Any,
    *,
    entry: Any = None,
    strata: Any = None,
    weighting: Weighting = "log-rank",
    adjust: Adjustment = "holm",
) -> pd.DataFrame:
    """Which groups differ from which, with the number of comparisons allowed for.

    Returns
    -------
    DataFrame, one row a pair: `group_a`, `group_b`, `statistic`, `p_value`, `log_p_value`,
    `p_adjusted`
    """
    sample, codes, names, layers = _prepared(durations, events, groups, entry, strata)
    rows = []
    for a, b in combinations(range(len(names)), 2):
        pair = (codes == a) | (codes == b)
        pair_codes = (codes[pair] == b).astype(np.int64)
        test = _log_rank(sample.take(pair), pair_codes, names[[a, b]], layers[pair], weighting)
        rows.append((names[a], names[b], test.statistic, test.p_value, test.log_p_value))
    columns = ["group_a", "group_b", "statistic", "p_value", "log_p_value"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(p_adjusted=adjusted(table["p_value"].to_numpy(), adjust))


@dataclass(frozen=True, slots=True)
class Trend:
    """A test for hazards that rise or fall in the order of the groups.

    `statistic` is standard normal under equality and positive where higher scores leave sooner.
    """

    statistic: float
    p_value: float
    log_p_value: float
    table: pd.DataFrame


def trend_test(
    durations: Any,
    events: Any,
    groups: Any,
    *,
    scores: Any = None,
    entry: Any = None,
    strata: Any = None,
    weighting: Weighting = "log-rank",
) -> Trend:
    """Do ordered groups leave faster (or slower) step by step?

    Parameters
    ----------
    scores : array, one a group in sorted (or category) order, optional
        The size of the steps; equal ones when not given.

    References
    ----------
    .. [1] Klein and Moeschberger (2003), Survival Analysis, 7.4.
    """
    test = log_rank(durations, events, groups, entry=entry, strata=strata, weighting=weighting)
    k = len(test.table)
    a = np.arange(k, dtype=np.float64) if scores is None else np.asarray(scores, dtype=np.float64)
    if a.shape != (k,):
        raise DataError(f"`scores` must be one a group: {k} expected, {a.size} given.")
    z = float(a @ (test.table["observed"] - test.table["expected"]))
    z /= float(np.sqrt(a @ test.covariance @ a))
    log_p = float(np.log(2) + log_ndtr(-abs(z)))
    return Trend(z, float(2 * ndtr(-abs(z))), log_p, test.table.assign(score=a))


def adjusted(p: Floats, method: Adjustment) -> Floats:
    """P values that allow for having made len(p) comparisons.

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    .. [2] Hochberg (1988), Biometrika 75, 800-802.
    .. [3] Benjamini and Hochberg (1995), JRSS B 57, 289-300.
    """
    m, order = len(p), np.argsort(p)
    ascending, rank = p[order], np.arange(1, len(p) + 1)
    if method == "none":
        stepped = ascending
    elif method == "bonferroni":
        stepped = ascending * m
    elif method == "holm":
        stepped = np.maximum.accumulate(ascending * (m + 1 - rank))
    elif method == "hochberg":
        stepped = np.minimum.accumulate((ascending * (m + 1 - rank))[::-1])[::-1]
    elif method == "benjamini-hochberg":
        stepped = np.minimum.accumulate((ascending * m / rank)[::-1])[::-1]
    else:
        raise DataError(
            "`adjust` must be 'holm', 'bonferroni', 'hochberg', 'benjamini-hochberg' or 'none'; "
            f"got {method!r}."
        )
    result = np.empty(m)
    result[order] = np.minimum(stepped, 1.0)
    return result


def log_chi2_sf(x: float, dof: int) -> float:
    """Natural log of P(chi-squared > x), finite however small the probability.

    References
    ----------
    .. [1] Abramowitz and Stegun (1964), 26.4.4 and 26.4.5.
    """
    if np.isnan(x) or x <= 0:
        return x if np.isnan(x) else 0.0
    tail = np.log(2) + log_ndtr(-np.sqrt(x)) if dof % 2 else -x / 2
    power = np.arange(dof % 2 / 2 if dof % 2 else 1.0, dof / 2)
    terms = power * np.log(x / 2) - x / 2 - gammaln(power + 1)
    return float(min(np.logaddexp.reduce(np.append(terms, tail)), 0.0))


def _prepared(
    durations: Any, events: Any, groups: Any, entry: Any, strata: Any, weights: Any = None
) -> tuple[Observations, Integers, pd.Index, Integers]:
    """Check the columns and sort them once, by time."""
    sample = observe(durations, events, entry, weights)
    aligned(durations=durations, groups=groups, strata=strata)
    codes, names = labels("groups", groups)
    if len(names) < 2:
        raise DataError(f"`groups` must hold two labels or more; it holds {len(names)}.")
    layers = np.zeros(len(sample), np.int64) if strata is None else labels("strata", strata)[0]
    order = np.argsort(sample.time)
    return sample.take(order), codes[order], names, layers[order]


def _log_rank(
    sample: Observations, codes: Integers, names: pd.Index, layers: Integers, weighting: Weighting
) -> LogRank:
    k = len(names)
    observed, expected, V = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for rows in filter(len, rows_by_code(layers)):
        parts = _observed_expected(sample.take(rows), codes[rows], k, weighting)
        observed, expected, V = observed + parts[0], expected + parts[1], V + parts[2]
    compared = np.diag(V) > 0
    dof = int(compared.sum()) - 1
    if dof < 1:
        raise DataError(
            "A comparison needs events while two groups are at risk; there are none. "
            "Widen the period, or merge groups."
        )
    some = np.flatnonzero(compared)[:-1]
    u = (observed - expected)[some]
    statistic = float(u @ np.linalg.pinv(V[np.ix_(some, some)], hermitian=True) @ u)
    log_p = log_chi2_sf(statistic, dof)
    sizes = np.bincount(codes, sample.weight, k)
    table = pd.DataFrame({"group": names, "n": sizes, "observed": observed, "expected": expected})
    return LogRank(statistic, dof, float(np.exp(log_p)), log_p, table, V)


def _observed_expected(
    sample: Observations, codes: Integers, k: int, weighting: Weighting
) -> tuple[Floats, Floats, Floats]:
    """Weighted events of each group, those expected under equality, and their covariance."""
    n, d = _risk_and_events(sample, codes, k)
    n_all, d_all = n.sum(axis=0), d.sum(axis=0)
    w = _time_weights(n_all, d_all, weighting)
    share = n / n_all
    spread = np.divide(n_all - d_all, n_all - 1, out=np.zeros_like(n_all), where=n_all > 1)
    c = w**2 * d_all * spread
    V = np.diag(share @ c) - (share * c) @ share.T
    return d @ w, share @ (w * d_all), V


def _risk_and_events(sample: Observations, codes: Integers, k: int) -> tuple[Floats, Floats]:
    """Numbers at risk and events at each event time, one row a group; `sample` is sorted."""
    starts = first_of_ties(sample.time)
    at = starts[np.add.reduceat(sample.event, starts, dtype=np.int64) > 0]
    n, d = np.empty((k, len(at))), np.empty((k, len(at)))
    where = np.searchsorted(sample.time[at], sample.time[sample.event])
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    for group in range(k):
        member = codes == group
        n[group] = to_come(w * member)[at]
        d[group] = np.bincount(where, (w * member)[sample.event], len(at))
        if sample.entry is not None:
            order = np.argsort(sample.entry[member])
            late = to_come(w[member][order])
            n[group] -= late[np.searchsorted(sample.entry[member][order], sample.time[at])]
    return n, d


def _time_weights(n: Floats, d: Floats, weighting: Weighting) -> Floats:
    if weighting == "log-rank":
        return np.ones_like(n)
    if weighting == "gehan":
        return n
    if weighting == "tarone-ware":
        return n**0.5
    if weighting == "peto":
        return np.multiply.accumulate(1 - d / (n + 1))
    if isinstance(weighting, tuple) and len(weighting) == 2 and min(weighting) >= 0:
        before = np.append(1.0, np.cumprod(1 - d / n)[:-1])
        return before ** weighting[0] * (1 - before) ** weighting[1]
    raise DataError(
        "`weighting` must be 'log-rank', 'gehan', 'tarone-ware', 'peto' or a pair (rho, gamma) "
        f">= 0; got {weighting!r}."
    )
