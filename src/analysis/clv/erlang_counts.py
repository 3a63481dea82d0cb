"""How many purchases fall into a time, when each takes k stages (Erlang-k gaps).

Somebody's stages come at a steady rate with a gamma distribution; every k-th is a purchase.
Averages over the number of purchases M = floor(stages / k) have a closed form: a power of the
floor is a sum of k powers of the stages themselves, one for each k-th root of unity, and the
generating function of the stages is elementary. What that costs does not depend on how many
purchases there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[Any]  # real, or complex where the root is

__all__ = ["Counts", "Unfinished", "bend", "stage_chances", "unfinished"]


class Unfinished(NamedTuple):
    """The logarithm of a sum over the stages of an unfinished gap, and its slopes."""

    log: Floats
    in_c: Floats
    in_log_z: Floats


def unfinished(c: Floats, z: Floats, k: int) -> Unfinished:
    """Return log of the sum over j < k of (c)_j z^j / j!, with its slopes in c and log z.

    It is how much more likely a silence is than one without a single stage: `c` is the shape
    of the rate's gamma distribution, `z` the silence as a share of the rate's gamma rate.
    """
    total, term = np.ones_like(z), np.ones_like(z)
    in_c, term_in_c, in_log_z = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
    for j in range(1, k):
        step = z / j
        term_in_c = (term_in_c * (c + j - 1) + term) * step
        term = term * (c + j - 1) * step
        total += term
        in_c += term_in_c
        in_log_z += j * term
    return Unfinished(np.log(total), in_c / total, in_log_z / total)


def stage_chances(c: Floats, z: Floats, k: int) -> Floats:
    """P(j stages of the next purchase have passed), j = 0, ..., k - 1: a row each."""
    steps = [np.ones_like(z), *((c + j - 1) * z / j for j in range(1, k))]
    terms = np.cumprod(steps, axis=0)
    return np.asarray(terms / terms.sum(axis=0))


@dataclass(frozen=True, slots=True)
class Counts:
    """The purchases of customers who are there, in a time ahead.

    The answers have a layer for each number of stages of the next purchase that have passed
    already: 0, ..., k - 1.

    Attributes
    ----------
    c : ndarray
        Shape of the gamma distribution of the rate of stages at the last purchase; a column.
    s : ndarray
        The time ahead, as a share of that distribution's rate by now; a column.
    k : int
        Stages a purchase.
    """

    c: Floats
    s: Floats
    k: int

    def mean(self, p: Floats) -> Floats:
        """Purchases of those who leave with chance p at each: E[(1 - q^M) / p], q = 1 - p."""
        total = np.zeros((self.k, *p.shape))
        for root in self._roots(-np.log1p(-p)):
            for j, short in enumerate(self._short(root)):
                total[j] += root.times * np.real(root.weight * short)
        return total / p

    def ordered_pairs(self, p: Floats) -> Floats:
        """E[X (X - 1)] of the same X; for a small p, along a line through larger ones."""
        least = 1e-4 * bend(self.c, self.s, self.k)
        ends = self._ordered_pairs(least * [1.0, 2.0])
        rise = (ends[..., :1] - ends[..., 1:]) * np.maximum(1 - p / least, 0.0)
        return self._ordered_pairs(np.maximum(p, least)) + rise

    def _ordered_pairs(self, p: Floats) -> Floats:
        """2 (q (1 - E[q^M]) - p E[M q^M]) / p^2, of which the two terms agree for small p.

        The second is the slope of the first in theta, taken of each weight and each power.
        """
        left, weighted = np.zeros((self.k, *p.shape)), np.zeros((self.k, *p.shape))
        for root in self._roots(-np.log1p(-p)):
            slope = np.sum([i * root.y**-i for i in range(self.k)], axis=0) / self.k**2
            per_stage = self.s * root.y / (1 + self.s * root.gap)
            for j, short in enumerate(self._short(root)):
                fall = (1 - short) * (j + (self.c + j) * per_stage) / self.k
                left[j] += root.times * np.real(root.weight * short)
                weighted[j] += root.times * np.real(slope * short + root.weight * fall)
        return np.asarray(2 * ((1 - p) * left - p * weighted) / p**2)

    def _roots(self, theta: Floats) -> Iterator[_Root]:
        """The terms of q^floor(m / k) = sum of weight * y^m, for q = exp(-theta) and any m.

        A root and its conjugate count as one, twice.
        """
        k = self.k
        for turn in range(k // 2 + 1):
            if turn == 0:
                y: Numbers = np.exp(-theta / k)
                gap: Numbers = -np.expm1(-theta / k)
                weight: Numbers = special.exprel(theta) / special.exprel(theta / k)
            else:
                unit = -1.0 if 2 * turn == k else np.exp(2j * np.pi * turn / k)
                y = unit * np.exp(-theta / k)
                gap = 1 - y
                weight = np.expm1(theta) / k * y / gap
            yield _Root(1 if 2 * turn in (0, k) else 2, y, gap, weight)

    def _short(self, root: _Root) -> Iterator[Numbers]:
        """Yield 1 - E[y^m] over the number of stages m by the end, for each number by now."""
        D = 1 + self.s * root.gap
        per_stage = root.y / D
        short = -np.expm1(-self.c * np.log1p(self.s * root.gap))
        yield short
        for _ in range(1, self.k):
            short = root.gap * (1 + self.s) / D + per_stage * short
            yield short


class _Root(NamedTuple):
    """A term: how often it counts, the root y, 1 - y, and its weight."""

    times: int
    y: Numbers
    gap: Numbers
    weight: Numbers


def bend(c: Floats, s: Floats, k: int) -> Floats:
    """Return the chance to leave at which leaving begins to matter."""
    return np.asarray(np.minimum(1.0, k / ((c + 2) * np.maximum(s, 1e-300))))
