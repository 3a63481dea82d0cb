"""The total of a list of customers, with its interval."""

from __future__ import annotations

import numpy as np
from scipy import special


def total_interval(total: float, squares: float, confidence: float = 0.95) -> tuple[float, float]:
    """Between which limits would the total of such a list lie, with other customers on it?

    How many are on a list varies as a Poisson count does, and each brings an amount of their
    own; the variance of the total then is the sum of the squared amounts.

    Parameters
    ----------
    total, squares : float
        The sum of what each customer on the list stands for, and of its square.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : float
        In the unit of the amounts; `low` is not below 0.
    """
    step = float(special.ndtri((1 + confidence) / 2)) * float(np.sqrt(squares))
    return max(total - step, 0.0), total + step
