"""Shares with their intervals: of customers, and of what customers spend.

The customers at hand are all there are, so a share is known without error for them. Its
interval answers another question: how far would the share move with another set of
customers of the same kind? That is the noise against which a change has to stand out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def logit_interval(
    share: npt.ArrayLike, standard_error: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Put normal limits around a share on the logit scale, so that they stay within (0, 1).

    A share of exactly 0 or 1, for which the scale has no room, keeps NaN limits.
    """
    p, se = np.asarray(share, dtype=float), np.asarray(standard_error, dtype=float)
    inside = (p > 0) & (p < 1)
    q = np.where(inside, p, 0.5)
    step = special.ndtri((1 + confidence) / 2) * se / (q * (1 - q))
    low, high = special.expit(special.logit(q) - step), special.expit(special.logit(q) + step)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def shares_of_spend(
    spend: npt.ArrayLike, squares: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """What share of the spend does each group of customers bring, and between which limits?

    Both the members' spend and everyone's vary with the customers, so the share is a ratio
    estimator and its standard error the linearised one.

    Parameters
    ----------
    spend : array_like, one value a group
        What its customers spent; groups together are everybody. Values below zero count as they
        are; a total of zero or less gives NaN.
    squares : array_like, one value a group
        Sum of what each of its customers spent, squared.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    share, low, high : array, one value a group
    """
    x, x_squared = np.asarray(spend, dtype=float), np.asarray(squares, dtype=float)
    total = x.sum()
    if not total > 0:
        unknown = np.full(len(x), np.nan)
        return unknown, unknown, unknown
    share = x / total
    variance = (1 - share) ** 2 * x_squared + share**2 * (x_squared.sum() - x_squared)
    low, high = logit_interval(share, np.sqrt(variance) / total, confidence)
    return share, low, high
