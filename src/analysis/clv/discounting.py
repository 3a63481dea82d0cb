"""Purchases at today's value: each counts by the moment at which it is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["discount", "discount_factor", "last_moment"]

_FEW = np.polynomial.legendre.leggauss(16)
_MANY = np.polynomial.legendre.leggauss(32)  # where almost all is discounted away
_LITTLE = 4.0  # rate x horizon: the few nodes give 13 digits or more
_END = 40.0  # over the rate: what comes later adds nothing
_NONE = 1e-290  # purchases, of somebody who has surely left: a ratio of them has no digits


def discount(
    expected: Callable[[Floats], Floats], scale: Floats, horizon: float, rate: float
) -> Floats:
    """Return expected purchases within `horizon`, each discounted from its moment at `rate`.

    The integral of exp(-rate t) dE(t), by parts: exp(-rate h) E(h) plus the rate times the
    integral of exp(-rate t) E(t). Nodes are spread evenly in log(1 + t/scale).

    Parameters
    ----------
    expected : callable
        Times, one a row -> E: purchases expected until then.
    scale : ndarray
        The time on which E bends, a value a row: the length of the history.
    horizon : float
        Time ahead; may be infinite when `rate` is not 0.
    rate : float
        Continuous rate per time unit; >= 0.

    Returns
    -------
    ndarray, one value a row
    """
    if rate == 0.0:
        return expected(np.full(scale.shape, horizon))
    end = last_moment(horizon, rate)
    reach = np.log1p(end / scale)
    total = np.exp(-rate * end) * expected(np.full(scale.shape, end))
    for node, weight in zip(*(_FEW if rate * horizon < _LITTLE else _MANY), strict=True):
        v = reach * (node + 1) / 2
        t = scale * np.expm1(v)
        slope = scale * np.exp(v) * reach / 2
        total += weight * rate * np.exp(-rate * t) * slope * expected(t)
    return np.asarray(total)


def last_moment(horizon: float, rate: float) -> float:
    """Return the time after which nothing counts any more."""
    return min(horizon, _END / rate)


def discount_factor(discounted: Floats, expected: Floats) -> Floats:
    """Return by what discounting shrinks expected purchases; 1 where as good as none are."""
    some = expected > _NONE
    return np.divide(discounted, expected, out=np.ones_like(expected), where=some)
