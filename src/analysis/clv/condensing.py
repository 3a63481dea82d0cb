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
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["condense", "condense_parts"]

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
    return condense_parts([(points, *weights)])


def condense_parts(parts: Iterable[Sequence[Floats]]) -> tuple[Floats, list[Floats]]:
    """Condense points that come in several parts, each with its weights; as `condense`."""
    few: list[Sequence[Floats]] = []
    bins, moments = np.zeros(0, dtype=np.int64), np.zeros(0)
    for part in parts:
        few.append(part)
        if bins.size or sum(points.size for points, *_ in few) > _FEW:
            both = _together(few)
            bins, moments = _add(bins, moments, *_moments(both[0], both[1:]))
            few = []
    if not bins.size:
        points, *weights = _together(few) if few else [np.zeros(0)]
        return points, weights
    matched = np.linalg.inv(np.vander(_NODES, increasing=True).T)
    nodes = (bins[:, None] + (_NODES + 1) / 2) * _WIDTH
    return nodes.ravel(), [(matched @ of_one).T.ravel() for of_one in moments]


def _together(parts: list[Sequence[Floats]]) -> list[Floats]:
    return [np.concatenate(same) for same in zip(*parts, strict=True)]


def _moments(points: Floats, weights: Sequence[Floats]) -> tuple[NDArray[np.int64], Floats]:
    """Return the bins that hold points, and for each set the sum of each power in each bin."""
    place = points / _WIDTH
    floor = np.floor(place)
    bins, which = np.unique(floor.astype(np.int64), return_inverse=True)
    within = 2 * (place - floor) - 1
    powers = [within**power for power in range(_NODES.size)]
    sums = [[np.bincount(which, weight * one) for one in powers] for weight in weights]
    return bins, np.array(sums)


def _add(
    bins: NDArray[np.int64], moments: Floats, more: NDArray[np.int64], added: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Add up the moments of two sets of bins."""
    if not bins.size:
        return more, added
    every = np.union1d(bins, more)
    total = np.zeros((*added.shape[:2], every.size))
    total[..., np.searchsorted(every, bins)] += moments
    total[..., np.searchsorted(every, more)] += added
    return every, total
