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
from analysis.segmentation.checks import check_customers, check_share
from analysis.segmentation.shares import logit_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

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
    customers: pd.DataFrame,
    *,
    value: str = "total",
    top: Sequence[float] = (0.01, 0.2),
    confidence: float = 0.95,
) -> Concentration:
    """How much of the spend comes from how few customers?

    Parameters
    ----------
    customers : DataFrame, one row per customer
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
    check_customers(customers, [value])
    for share in top:
        check_share("top", share)
    spend = customers[value].to_numpy(dtype=float)
    x = np.sort(np.clip(spend, 0, None))
    if not x.sum() > 0:
        raise DataError(
            f"Concentration needs at least one customer with `{value}` above 0;"
            f" none of {len(x)} has. Choose a longer time."
        )
    gini, error = _gini(x)
    low, high = logit_interval(gini, error, confidence)
    return Concentration(
        customers=len(x),
        below_zero=int((spend < 0).sum()),
        gini=gini,
        gini_low=float(low),
        gini_high=float(high),
        top=pd.DataFrame([_top_share(x, share, confidence) for share in top]),
        lorenz=_lorenz(x),
    )


def _gini(x: Floats) -> tuple[float, float]:
    """Return the Gini index of sorted values, and its standard error."""
    n, mean = len(x), x.mean()
    position = np.arange(1, n + 1)
    gini = float(np.sum((2 * position - n - 1) * x) / (n * n * mean))
    # With M(x) the mean of min(x, X), gini = 1 - mean(M) / mean; the influence of a
    # customer follows by the quotient rule, M entering twice as a pairwise mean.
    smaller_of_both = (np.cumsum(x) + x * (n - position)) / n
    influence = -(2 * smaller_of_both - smaller_of_both.mean() * (1 + x / mean)) / mean
    return gini, float(influence.std() / np.sqrt(n))


def _top_share(x: Floats, share: float, confidence: float) -> dict[str, float]:
    n = len(x)
    count = int(np.ceil(share * n - _ROUNDING))
    threshold, p = x[n - count], (n - count) / n
    top = x[n - count :].sum() / x.sum()
    below = np.arange(n) < n - count
    influence = ((x - threshold) * below + p * threshold - (1 - top) * x) / x.mean()
    low, high = logit_interval(top, influence.std() / np.sqrt(n), confidence)
    return {
        "top_share": share,
        "customers": count,
        "share_of_spend": float(top),
        "low": float(low),
        "high": float(high),
    }


def _lorenz(x: Floats) -> pd.DataFrame:
    at = np.linspace(0, 1, _LORENZ_STEPS + 1)
    share_of_customers = np.arange(len(x) + 1) / len(x)
    share_of_spend = np.concatenate([[0.0], np.cumsum(x)]) / x.sum()
    share_of_spend[-1] = 1.0
    return pd.DataFrame(
        {
            "share_of_customers": at,
            "share_of_spend": np.interp(at, share_of_customers, share_of_spend),
        }
    )
