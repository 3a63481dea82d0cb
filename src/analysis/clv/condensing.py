"""Many weighted points replaced by few, where only sums of smooth functions over them count.

A spend has as many values as there are customers, so there is nothing to count together. But a
log-likelihood is a sum of a smooth function over the points. Within a narrow bin such a function
is a polynomial to the last digit, and the sum of any polynomial over the points of the bin is
its sum over a few nodes, once their weights match the moments of the points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["condense"]

_FEW = 20_000  # points that are quicker left as they are
_WIDTH = 0.02  # of a bin
_NODES = np.polynomial.chebyshev.chebpts1(6)  # in a bin, from -1 to 1


def condense(points: Floats, *weights: Floats) -> tuple[Floats, list[Floats]]:
    """Return few points, and weights for them, with the same sums of any smooth function.

    Parameters
    ----------
    points : ndarray
        Real numbers, such as logarithms of spend.
    weights : ndarray
        One or several sets of weights of the points.

    Returns
    -------
    tuple of ndarray and list of ndarray
        The points and, for each set, their weights, of which some are negative. A function
        that is analytic as far as pi from the real line, as log(1 + exp(u)) is, has its sum
        kept to 16 digits: with 6 nodes within 0.01 the error is about (0.01 / 2 pi)^6.
    """
    if points.size <= _FEW:
        return points, list(weights)
    first = points.min()
    place = (points - first) / _WIDTH
    bins = place.astype(np.intp)
    count = int(bins.max()) + 1
    within = 2 * (place - bins) - 1
    matched = np.linalg.inv(np.vander(_NODES, increasing=True).T)
    nodes = first + (np.arange(count)[:, None] + (_NODES + 1) / 2) * _WIDTH
    carried = [(matched @ _moments(bins, count, within, weight)).T.ravel() for weight in weights]
    return nodes.ravel(), carried


def _moments(bins: NDArray[np.intp], count: int, within: Floats, weight: Floats) -> Floats:
    """Return the weighted sum of each power of `within`, for each bin."""
    moments = []
    for _ in _NODES:
        moments.append(np.bincount(bins, weight, count))
        weight = weight * within
    return np.array(moments)
