"""Averages over a beta-distributed dropout probability, exact to 9 to 14 digits.

The expected purchases of the BG/NBD family are averages of a smooth positive function of
p over Beta(a, b). Their closed form is a hypergeometric function divided by (a - 1), which
breaks at a = 1 and overflows for buyers with thousands of purchases. The average itself is
regular everywhere, and is taken in three ways that agree where several apply:

- by Gauss-Legendre quadrature in u = logit(p), where the nearest singularity is as far as pi
  from the real line whatever the parameters are. What lies beyond the ends of the grid, where
  the function is linear, enters by its exact mass.
- by a power series, twenty times as fast, where the horizon is not long against the history:
  Euler's transformation of the closed form, from which the division by (a - 1) cancels.
- by a dozen moments of p, as fast again, where hardly anybody would leave within the horizon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["average_purchases", "beta_average"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_EDGE = 1e-7  # functions are linear to full precision within this of either end
_TOP = -np.log(_EDGE)
_WIDTH = 4.0  # of the stretch of logit(p) that is covered most densely
_TERMS = 12  # of the series in the moments of p
_LAST_TERM = 1e-17  # of the series, as a share of its sum
_CHUNK = 4096  # rows at a time: keeps the working arrays within the processor's cache


def average_purchases(a: float | Floats, b: Floats, c: Floats, s: Floats) -> Floats:
    """Return E[(1 - (1 + p s)^-c) / p] for p ~ Beta(a, b), one value a row.

    Parameters
    ----------
    a : float or ndarray
        First parameter of the beta distribution: one for all, or a value a row.
    b, c, s : ndarray
        Second parameter, power and scale, a value a row.

    Returns
    -------
    ndarray
    """
    C = a + b - 1
    seldom = s * (c + _TERMS) * (a + _TERMS) < 0.2 * (a + b)
    quick = (s < 9) & (a < 50) & (b < 1e4) & (C > 0.05) & (C - c > -5) & ~seldom
    out = np.empty(b.shape)
    for rows, sum_up in ((seldom, _by_moments), (quick, _by_series)):
        own = a[rows] if isinstance(a, np.ndarray) else a
        out[rows] = sum_up(own, C[rows], c[rows], s[rows])
    slow = np.flatnonzero(~(quick | seldom))
    c, s = c[slow], s[slow]

    def purchases(p: Floats, part: slice) -> Floats:
        return -np.expm1(-c[part, None] * np.log1p(p * s[part, None])) / p

    bends = np.minimum(1.0, 1.0 / ((c + 2) * np.maximum(s, 1e-300)))
    out[slow] = beta_average(purchases, np.broadcast_to(a, b.shape)[slow], b[slow], bends)
    return out


def _by_moments(a: float | Floats, C: Floats, c: Floats, s: Floats) -> Floats:
    """Sum (-1)^k (c)_(k+1) s^(k+1) / (k+1)! E[p^k]: where hardly anybody leaves, few terms do.

    What is left out is less than the first term that is, for any s.
    """
    term = c * s
    total = term.copy()
    for k in range(1, _TERMS):
        term = term * (-(c + k) / (k + 1) * s * (a + k - 1) / (C + k))
        total += term
    return np.asarray(total)


def _by_series(a: float | Floats, C: Floats, c: Floats, s: Floats) -> Floats:
    """Sum C [1 - (1-z)^(a-1) 2F1(C-c, a-1; C; z)] / (a-1), with z = s / (1+s).

    The first term of the series is taken apart: with it (a - 1) cancels, and at a = 1 the
    value is the limit.
    """
    A, z, L = C - c, s / (1 + s), np.log1p(s)
    total = np.zeros(C.shape)
    open_rows, a_open = np.arange(C.size), a
    term, A_open, C_open, z_open = A / C * z, A, C, z
    part = term.copy()
    for n in range(1, 100_000):
        term = term * ((A_open + n) * (a_open + n - 1) / ((C_open + n) * (n + 1))) * z_open
        part += term
        if n % 8:
            continue
        done = np.abs(term) <= _LAST_TERM * np.abs(part)
        if done.any():
            total[open_rows[done]] = part[done]
            left = ~done
            open_rows, term, part = open_rows[left], term[left], part[left]
            A_open, C_open, z_open = A_open[left], C_open[left], z_open[left]
            a_open = a_open[left] if isinstance(a_open, np.ndarray) else a_open
        if not open_rows.size:
            break
    return np.asarray(C * (L * special.exprel(-(a - 1) * L) - np.exp(-(a - 1) * L) * total))


def beta_average(
    function: Callable[[Floats, slice], Floats], a: Floats, b: Floats, scale: Floats
) -> Floats:
    """Return E[function(p)] for p ~ Beta(a, b), one value a row.

    Parameters
    ----------
    function : callable
        (p, rows) -> values, shaped like `p`, which has one row for each row of the slice `rows`;
        or several such sets of values, one behind the other.
    a, b : ndarray
        Parameters of the beta distribution, one pair a row.
    scale : ndarray
        The p at which the function begins to bend; far below it, it is linear.

    Returns
    -------
    ndarray, one value a row (and set)
    """
    parts = []
    for begin in range(0, max(a.size, 1), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        parts.append(_chunk_average(function, rows, a[rows], b[rows], scale[rows]))
    return np.concatenate(parts, axis=-1)


def _chunk_average(
    function: Callable[[Floats, slice], Floats],
    rows: slice,
    a: Floats,
    b: Floats,
    scale: Floats,
) -> Floats:
    mode = np.log(a / b)
    low = np.maximum(np.log(_EDGE * scale), mode - _reach(b, a))
    high = np.minimum(_TOP, mode + _reach(a, b))
    low = np.minimum(low, high - 1e-3)
    u, slope = _grid(low, high, (np.maximum(mode, low) + np.log(scale)) / 2)
    log_density = a[:, None] * special.log_expit(u) + b[:, None] * special.log_expit(-u)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True)) * slope * _WEIGHTS
    inside = np.sum(density * function(special.expit(u), rows), axis=-1) / density.sum(axis=1)

    mass_below = special.betainc(a, b, special.expit(low))
    mass_above = special.betainc(b, a, special.expit(-high))
    at_low = function((special.expit(low) * a / (a + 1))[:, None], rows)[..., 0]
    at_high = function((1 - special.expit(-high) * b / (b + 1))[:, None], rows)[..., 0]
    return np.asarray(
        mass_below * at_low + mass_above * at_high + (1 - mass_below - mass_above) * inside
    )


def _reach(a: Floats, b: Floats) -> Floats:
    """How far above its mode logit(p) carries any mass worth counting (below: swap a and b)."""
    normal = np.sqrt(80 * (1 / a + 1 / b))
    skewed = np.log1p(40 / a + np.sqrt(80 / a)) + np.sqrt(80 / b)
    return np.asarray(np.minimum(normal, skewed) + 40 / b)


def _grid(low: Floats, high: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """Spread the nodes over (low, high), densest about the centre: where both factors bend."""
    centre = np.clip(centre, low, high)
    first, last = np.arcsinh((low - centre) / _WIDTH), np.arcsinh((high - centre) / _WIDTH)
    v = ((first + last) / 2)[:, None] + ((last - first) / 2)[:, None] * _NODES
    return centre[:, None] + _WIDTH * np.sinh(v), np.cosh(v)
