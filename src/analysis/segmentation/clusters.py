"""Clusters: do the customers fall into natural groups, or would any cut through a cloud do?

k-means always returns groups. Whether they are in the data shows in two comparisons: groups
from two bootstrap samples should put the same customers together, and should do so better
than groups of structureless data, a normal cloud with the same means and covariances.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2, vq

from analysis.errors import DataError
from analysis.segmentation.checks import check_customers

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FEATURES = ("days_since_last_order", "orders", "spend")
_STARTS = 3
_STEPS = 25
_FEWEST_PER_CLUSTER = 10


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups that k-means finds, and how far to trust them.

    Attributes
    ----------
    k : int
        The number of groups that stands out most against structureless data.
    natural : bool
        Whether at this k nine in ten pairs of samples agree better than nine in ten pairs of
        structureless ones do.
    assignments : DataFrame
        customer_id, cluster (1 is the one with the highest typical spend).
    groups : DataFrame, one row per cluster
        cluster, customers and the medians of days_since_last_order, orders and spend.
    stability : DataFrame, one row per k
        k; agreement, low, high: mean and 10th and 90th percentile of the adjusted Rand index
        between the groups from two samples; chance, chance_low, chance_high: the same
        for structureless data.
    """

    k: int
    natural: bool
    assignments: pd.DataFrame
    groups: pd.DataFrame
    stability: pd.DataFrame


def find_clusters(
    customers: pd.DataFrame,
    *,
    seed: int,
    at_most: int = 5,
    draws: int = 25,
    sample: int = 1000,
) -> Clusters:
    """Do the customers fall into natural groups by recency, orders and spend?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id`, `days_since_last_order`, `orders` and `spend`; each is taken as
        log(1 + x), spend below zero as zero, and standardised.
    seed : int
        Starts the random numbers; the same seed gives the same groups.
    at_most : int
        Largest number of groups to try; the smallest is 2.
    draws : int
        Pairs of bootstrap samples for each number of groups.
    sample : int
        Size of these samples, where there are more customers.

    Returns
    -------
    Clusters

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, one of the three values is
        the same for all, or there are fewer than ten customers for each group.

    References
    ----------
    .. [1] Dolnicar and Leisch (2010), Marketing Letters 21(1), 83-101.
    .. [2] Hubert and Arabie (1985), Journal of Classification 2, 193-218: adjusted Rand index.
    """
    x = _standardised(customers, at_most)
    rng = np.random.default_rng(seed)
    size = min(sample, len(x))
    rows = []
    for k in range(2, at_most + 1):
        found = [_agreement(x, k, size, rng) for _ in range(draws)]
        chance = [_agreement(_cloud(x, rng), k, size, rng) for _ in range(draws)]
        rows.append((k, *_spread(found), *_spread(chance)))
    names = ["k", "agreement", "low", "high", "chance", "chance_low", "chance_high"]
    stability = pd.DataFrame(rows, columns=names)
    best = stability.iloc[int((stability["agreement"] - stability["chance"]).argmax())]
    k = int(best["k"])
    assignments = _assign(customers, vq(x, _centres(x, k, rng))[0])
    return Clusters(
        k=k,
        natural=bool(best["low"] > best["chance_high"]),
        assignments=assignments,
        groups=_describe(customers, assignments["cluster"]),
        stability=stability,
    )


def adjusted_rand(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """How far do two groupings of the same customers agree? 1 wholly, 0 as by chance."""
    first, second = (np.unique(labels, return_inverse=True) for labels in (one, other))
    shape = len(first[0]), len(second[0])
    cells = np.ravel_multi_index((first[1], second[1]), shape)
    table = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / pairs(np.array([table.sum()]))
    most = (rows + columns) / 2
    return 1.0 if most == expected else (pairs(table) - expected) / (most - expected)


def can_cluster(customers: pd.DataFrame, *, at_most: int = 5) -> bool:
    """Tell whether there are customers enough, and differences between them, for clusters."""
    return len(customers) >= _FEWEST_PER_CLUSTER * at_most and bool(
        (np.ptp(_logs(customers), axis=0) > 0).all()
    )


def _logs(customers: pd.DataFrame) -> Floats:
    logs: Floats = np.log1p(customers[list(FEATURES)].clip(lower=0).to_numpy(dtype=float))
    return logs


def _standardised(customers: pd.DataFrame, at_most: int) -> Floats:
    check_customers(customers, FEATURES)
    if not can_cluster(customers, at_most=at_most):
        raise DataError(
            f"{at_most} groups need at least {_FEWEST_PER_CLUSTER * at_most} customers who differ"
            f" in {', '.join(FEATURES)}; there are {len(customers)}, with"
            f" {', '.join(str(customers[name].nunique()) for name in FEATURES)} different values."
            " Lower `at_most` or choose a longer time."
        )
    x = _logs(customers)
    standardised: Floats = (x - x.mean(axis=0)) / x.std(axis=0)
    return standardised


def _centres(x: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Return the centres of the best of a few starts; one that lost a group is not the best."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One of the clusters is empty", UserWarning)
        tries = [kmeans2(x, k, iter=_STEPS, minit="++", rng=rng)[0] for _ in range(_STARTS)]
    return min(tries, key=lambda centres: float((vq(x, centres)[1] ** 2).sum()))


def _cloud(x: Floats, rng: np.random.Generator) -> Floats:
    """Draw structureless customers with the means and covariances of `x`."""
    return rng.multivariate_normal(np.zeros(x.shape[1]), np.cov(x.T), size=len(x))


def _agreement(x: Floats, k: int, size: int, rng: np.random.Generator) -> float:
    """Group a set of customers twice, by centres from two bootstrap samples, and compare."""
    one, other = (vq(x, _centres(x[rng.integers(len(x), size=size)], k, rng))[0] for _ in range(2))
    return adjusted_rand(one, other)


def _spread(values: list[float]) -> tuple[float, float, float]:
    low, high = np.quantile(values, [0.1, 0.9])
    return float(np.mean(values)), float(low), float(high)


def _assign(customers: pd.DataFrame, codes: npt.NDArray[np.integer]) -> pd.DataFrame:
    """Number the clusters by their typical spend, highest first."""
    medians = customers["spend"].groupby(codes).median().sort_values(ascending=False)
    number = pd.Series(range(1, len(medians) + 1), index=medians.index)
    return pd.DataFrame(
        {"customer_id": customers["customer_id"], "cluster": number[codes].to_numpy()},
        index=customers.index,
    )


def _describe(customers: pd.DataFrame, cluster: pd.Series) -> pd.DataFrame:
    by_cluster = customers.groupby(cluster)
    table = by_cluster[list(FEATURES)].median()
    table.insert(0, "customers", by_cluster.size())
    return table.reset_index()
