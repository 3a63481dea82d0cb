"""What depends on the order of all customers: tenths, and rank correlations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from analysis.customer_table import CustomerTable

    Floats = NDArray[np.float64]

__all__ = [
    "Tenths",
    "coarse",
    "correlate_ranks",
    "count_ranked",
    "divide",
    "mean_ranks",
    "quantile",
    "spend_with_frequency",
]

_LEAST, _STEP = 1e-9, 1e-4
_SPEND_WITH_FREQUENCY = """
WITH counted AS (
    SELECT frequency, monetary_value AS spend, CAST(SUM({weight}) AS BIGINT) AS n
    FROM customers WHERE frequency > 0 GROUP BY ALL
),
often AS (
    SELECT frequency, 2 * SUM(SUM(n)) OVER (ORDER BY frequency) - SUM(n) AS place
    FROM counted GROUP BY frequency
),
much AS (
    SELECT spend, 2 * SUM(SUM(n)) OVER (ORDER BY spend) - SUM(n) AS place
    FROM counted GROUP BY spend
),
total AS (SELECT SUM(n) AS n FROM counted),
ranked AS (
    SELECT counted.n, often.place - total.n AS often, much.place - total.n AS much
    FROM counted
    INNER JOIN often USING (frequency) INNER JOIN much USING (spend) CROSS JOIN total
)
SELECT
    CAST(SUM(n) AS DOUBLE) AS n,
    CAST(SUM(n * often * much) AS DOUBLE) AS both,
    CAST(SUM(n * often * often) AS DOUBLE) AS often,
    CAST(SUM(n * much * much) AS DOUBLE) AS much
FROM ranked
"""


@dataclass(frozen=True, slots=True)
class Tenths:
    """Equal groups of the customers by a number, from the lowest up.

    Customers with the same number are shared between the groups that they fall into.

    Attributes
    ----------
    ends : ndarray
        The number at which each group but the last ends.
    shares : ndarray
        Which share of those with just this number is in it, or in a group below.
    sizes : ndarray
        Customers in each group.
    """

    ends: Floats
    shares: Floats
    sizes: NDArray[np.int64]

    def add_up(self, numbers: Floats, amounts: Floats) -> Floats:
        """Return the sum of each amount over each group, given the numbers of the customers.

        Parameters
        ----------
        numbers : ndarray
            That the customers are divided by.
        amounts : ndarray, a row a customer
            What is to be added up, a column each.

        Returns
        -------
        ndarray, a row a group
        """
        sums = np.zeros((self.ends.size + 2, amounts.shape[1]))
        for k, (end, share) in enumerate(zip(self.ends, self.shares, strict=True), 1):
            sums[k] = np.where(numbers == end, share, numbers < end) @ amounts
        sums[-1] = amounts.sum(axis=0)
        return np.diff(sums, axis=0)


def coarse(numbers: Floats) -> Floats:
    """Return numbers in steps of a hundredth of a percent: in nearly the same order, but few."""
    return np.asarray(np.exp(np.round(np.log(np.maximum(numbers, _LEAST)) / _STEP) * _STEP))


def count_ranked(
    predicted: Floats, actual: Floats, weight: Floats, before: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Count customers by what was forecast of them, in `coarse` steps, and by what came.

    Parameters
    ----------
    predicted, actual, weight : ndarray
        Of one part of the customers; how many each stands for.
    before : DataFrame, optional
        The counts of other parts, which are added.

    Returns
    -------
    DataFrame, one row a step and a number that came
        predicted, actual; weight: how many customers; off: what was too much with all of them
    """
    off = weight * (predicted - actual)
    columns = {"predicted": coarse(predicted), "actual": actual, "weight": weight, "off": off}
    rows = pd.concat([before, pd.DataFrame(columns)])
    return rows.groupby(["predicted", "actual"], as_index=False).sum()


def divide(numbers: Floats, weight: Floats, groups: int = 10) -> Tenths:
    """Divide customers into equal groups by a number, from the lowest up.

    Parameters
    ----------
    numbers : ndarray
        What they are divided by.
    weight : ndarray
        How many customers each stands for.
    groups : int
        How many to make; one of each customer where there are fewer.
    """
    order = np.argsort(numbers)
    ordered, upto = numbers[order], np.cumsum(weight[order])
    customers = int(upto[-1])
    groups = min(groups, customers)
    places = np.arange(groups + 1) * customers // groups
    ends = ordered[np.searchsorted(upto, places[1:-1])]
    first, last = (np.searchsorted(ordered, ends, side=side) for side in ("left", "right"))
    below = np.append(0.0, upto)[first]
    return Tenths(ends, (places[1:-1] - below) / (upto[last - 1] - below), np.diff(places))


def correlate_ranks(one: Floats, other: Floats, weight: Floats) -> float:
    """Return Spearman's correlation, where each value stands for `weight` customers.

    Missing where all of one are equal.
    """
    ranks = np.vstack([mean_ranks(values, weight) for values in (one, other)])
    off = ranks - np.average(ranks, axis=1, weights=weight)[:, None]
    (a, both), (_, b) = (off * weight) @ off.T
    return float(both / np.sqrt(a * b)) if min(np.ptp(ranks, axis=1)) else float("nan")


def quantile(values: ArrayLike, weight: ArrayLike, share: float) -> float:
    """Return the value below which a share of the customers is, between two where it falls so."""
    values = np.asarray(values, dtype=np.float64)
    if not values.size:
        return float("nan")
    order = np.argsort(values)
    upto = np.cumsum(np.asarray(weight)[order])
    place = share * (upto[-1] - 1)
    low, high = values[order][np.searchsorted(upto, [np.floor(place), np.ceil(place)], "right")]
    return float(low + (high - low) * (place - np.floor(place)))


def spend_with_frequency(table: CustomerTable) -> tuple[float, float]:
    """Return Spearman's correlation of spend and frequency of repeat buyers, and their number."""
    weight = "weight" if "weight" in table.columns else "1"
    sums = table.query(_SPEND_WITH_FREQUENCY.format(weight=weight)).fillna(0.0).iloc[0]
    spread = float(np.sqrt(sums["often"]) * np.sqrt(sums["much"]))
    return float(sums["both"]) / spread if spread else float("nan"), float(sums["n"])


def mean_ranks(values: Floats, weight: Floats) -> Floats:
    """Return the rank of each value, equal ones at their mean."""
    _, place = np.unique(values, return_inverse=True)
    sizes = np.bincount(place, weight)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[place])
