"""What groups of customers bring: sums, from which totals follow with their intervals.

Sums of several groups add up to those of all, so that customers may be valued part by part.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Estimate", "Gathered", "PerPurchase", "Sums", "Total"]


class Estimate(NamedTuple):
    """A number with its interval."""

    estimate: float
    low: float
    high: float


class PerPurchase(NamedTuple):
    """What a purchase brings: `share` of the spend less `cost`, times `today`.

    `today` is what one unit of money then is worth now: a number, or one a history.
    """

    share: float
    cost: float
    today: Floats | float = 1.0


class Sums(NamedTuple):
    """Customers of each distinct history, their mean spend added up, and its square."""

    customers: Floats
    spend: Floats
    square: Floats


@dataclass(frozen=True, slots=True)
class Total:
    """An expected amount, its variance by chance, its slopes in all log-parameters.

    That of several groups together is their sum.
    """

    amount: float
    variance: float
    slopes: Floats

    def __add__(self, other: Total) -> Total:
        return Total(
            self.amount + other.amount, self.variance + other.variance, self.slopes + other.slopes
        )

    def reach(self, covariance: Floats, confidence: float) -> float:
        """Return how far the interval reaches to either side."""
        variance = self.variance + self.slopes @ covariance @ self.slopes
        return float(special.ndtri((1 + confidence) / 2) * np.sqrt(np.maximum(variance, 0.0)))

    def estimate(self, covariance: Floats, confidence: float, *, cost: float) -> Estimate:
        """Return the amount with its interval; only a cost can make it negative."""
        error = self.reach(covariance, confidence)
        low = self.amount - error
        return Estimate(self.amount, low if cost > 0 else max(low, 0.0), self.amount + error)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Sums over customers from which follows what they bring, whatever share and cost.

    Those of several groups together are their sum.

    Attributes
    ----------
    customers, spend : float
        How many, and their mean spend added up.
    amounts, variances : ndarray
        Of what is bought (and its variance by chance), by powers of spend: 1 and spend; and 1,
        spend and its square.
    slopes : ndarray, two rows
        In the log-parameters of purchases, by powers of spend.
    of_spend : ndarray, two rows
        In the log-parameters of spend: of the mean spend, and of what is bought for it.
    """

    customers: float
    spend: float
    amounts: Floats
    variances: Floats
    slopes: Floats
    of_spend: Floats

    def __add__(self, other: Gathered) -> Gathered:
        both = ((getattr(one, each.name) for one in (self, other)) for each in fields(self))
        return Gathered(*(one + two for one, two in both))

    def total(self, share: float, cost: float) -> Total:
        """Return what they bring together, where a purchase brings share x spend - cost."""
        times, squares = np.array([-cost, share]), np.array([cost**2, -2 * share * cost])
        variance = float(squares @ self.variances[:2])
        if share:
            variance += share**2 * float(self.variances[2])
        return Total(
            amount=float(times @ self.amounts),
            variance=variance,
            slopes=np.concatenate([times @ self.slopes, share * self.of_spend[1]]),
        )
