"""A share of a count, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def wilson_interval(
    count: npt.ArrayLike, total: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Between which limits does a proportion lie?

    Parameters
    ----------
    count, total : array_like
        Successes and trials; where `total` is 0 both limits are NaN.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : arrays

    References
    ----------
    .. [1] Wilson (1927), JASA 22, 209-212; method 3 in Newcombe (1998), Statistics in
       Medicine 17, 857-872.
    """
    k, n = np.asarray(count, dtype=float), np.asarray(total, dtype=float)
    z = special.ndtri((1 + confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # At the edges the exact limits are 0 and 1; rounding must not move them off.
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    empty = n == 0
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
