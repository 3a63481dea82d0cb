"""The total of a list of customers, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt


def total_interval(amounts: npt.ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Between which limits would the total of such a list lie, with other customers on it?

    How many are on a list varies as a Poisson count does, and each brings an amount of their
    own; the variance of the total then is the sum of the squared amounts.

    Parameters
    ----------
    amounts : array_like
        What each customer on the list stands for.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        In the unit of the amounts; `low` is not below 0.
    """
    each = np.asarray(amounts, dtype=float)
    return interval_from_sums(float(each.sum()), float((each**2).sum()), confidence)


def interval_from_sums(
    total: float, squares: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return `total_interval` from the sum of the amounts and that of their squares."""
    step = float(special.ndtri((1 + confidence) / 2)) * float(np.sqrt(squares))
    return max(total - step, 0.0), total + step
