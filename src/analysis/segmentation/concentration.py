"""Concentration: how much of the spend comes from how few customers?

Who returned more than they bought counts as having spent nothing: a Lorenz curve that goes
below zero has no reading as a share. Their number is reported. Customers with nothing stay
in: leaving them out would flatter the picture.

Intervals take the customers at hand as a sample of customers of their kind (see `shares`).
They come from influence functions, in closed form, so the same data give the same limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.segmentation.checks import check_share
from analysis.segmentation.distribution import distribution
from analysis.segmentation.shares import logit_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from analysis.customer_table import CustomerTable

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

_ROUNDING = 1e-9
_LORENZ_STEPS = 100


@dataclass(frozen=True, slots=True)
class Concentration:
    """How unevenly the spend is spread over the customers.

    Attributes
    ----------
    customers : int
        All who count, those without spend included.
    below_zero : int
        Customers whose spend was below zero and counts as zero.
    gini, gini_low, gini_high : float
        0: all spend the same; towards 1: one customer brings everything.
    top : DataFrame
        top_share, customers (rounded up), share_of_spend, low, high.
    lorenz : DataFrame
        share_of_customers (0, .01, ..., 1, lowest spend first) and their share_of_spend.
    """

    customers: int
    below_zero: int
    gini: float
    gini_low: float
    gini_high: float
    top: pd.DataFrame
    lorenz: pd.DataFrame


def concentration(
    customers: pd.DataFrame | CustomerTable,
    *,
    value: str = "total",
    top: Sequence[float] = (0.01, 0.2),
    confidence: float = 0.95,
) -> Concentration:
    """How much of the spend comes from how few customers?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `customer_id` and the column named by `value`.
    value : str
        Column with the spend.
    top : sequence of float
        Shares of the customers, highest spend first, to report on.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    Concentration

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, or no one has spent anything.

    References
    ----------
    .. [1] Beach and Davidson (1983), Review of Economic Studies 50(4), 723-735: Lorenz curve.
    .. [2] Davidson (2009), Journal of Econometrics 150(1), 30-40: Gini index.
    """
    found = distribution(customers, value)
    for share in top:
        check_share("top", share)
    spend, n_each = found["amount"].to_numpy(dtype=float), found["customers"].to_numpy()
    x = np.clip(spend, 0, None)
    if not x.sum() > 0:
        raise DataError(
            f"Concentration needs at least one customer with `{value}` above 0;"
            f" none of {n_each.sum()} has. Choose a longer time."
        )
    gini, error = _gini(x, n_each)
    low, high = logit_interval(gini, error, confidence)
    return Concentration(
        customers=int(n_each.sum()),
        below_zero=int(n_each[spend < 0].sum()),
        gini=gini,
        gini_low=float(low),
        gini_high=float(high),
        top=pd.DataFrame([_top_share(x, n_each, share, confidence) for share in top]),
        lorenz=_lorenz(x, n_each),
    )


def _gini(x: Floats, n_each: Counts) -> tuple[float, float]:
    """Return the Gini index of sorted values and how many have each, and its standard error."""
    n, smaller = n_each.sum(), np.cumsum(n_each) - n_each
    mean = (n_each @ x) / n
    gini = float(np.sum((2 * smaller + n_each - n) / n * n_each * x) / (n * mean))
    # With M(x) the mean of min(x, X), gini = 1 - mean(M) / mean; the influence of a
    # customer follows by the quotient rule, M entering twice as a pairwise mean.
    smaller_of_both = (np.cumsum(n_each * x) + x * (n - smaller - n_each)) / n
    mean_of_both = (n_each @ smaller_of_both) / n
    influence = -(2 * smaller_of_both - mean_of_both * (1 + x / mean)) / mean
    return gini, _standard_error(influence, n_each)


def _standard_error(influence: Floats, n_each: Counts) -> float:
    n = n_each.sum()
    from_mean = influence - (n_each @ influence) / n
    return float(np.sqrt(n_each @ from_mean**2) / n)


def _top_share(x: Floats, n_each: Counts, share: float, confidence: float) -> dict[str, float]:
    n, up_to_here = n_each.sum(), np.cumsum(n_each)
    count = int(np.ceil(share * n - _ROUNDING))
    total, p = n_each @ x, (n - count) / n
    last = int(np.searchsorted(up_to_here, n - count, side="right"))
    threshold = x[last]
    of_top = np.clip(up_to_here - (n - count), 0, n_each)
    top = (of_top @ x) / total
    influence = np.minimum(x - threshold, 0) + p * threshold - (1 - top) * x
    error = _standard_error(influence / (total / n), n_each)
    low, high = logit_interval(top, error, confidence)
    return {
        "top_share": share,
        "customers": count,
        "share_of_spend": float(top),
        "low": float(low),
        "high": float(high),
    }


def _lorenz(x: Floats, n_each: Counts) -> pd.DataFrame:
    at = np.linspace(0, 1, _LORENZ_STEPS + 1)
    share_of_customers = np.append(0.0, np.cumsum(n_each)) / n_each.sum()
    share_of_spend = np.append(0.0, np.cumsum(n_each * x)) / (n_each @ x)
    share_of_spend[-1] = 1.0
    return pd.DataFrame(
        {
            "share_of_customers": at,
            "share_of_spend": np.interp(at, share_of_customers, share_of_spend),
        }
    )
