"""What customers are worth together, whoever they are: sums over them, and terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.clv.gathered import Estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.clv.gathered import Gathered, Total
    from analysis.clv.terms import Costs

    Floats = NDArray[np.float64]

__all__ = ["TOTALS", "Terms", "Worth"]

TOTALS = ("expected_purchases", "expected_sales", "value", "value_now", "value_total")


@dataclass(frozen=True, slots=True)
class Terms:
    """What totals follow from, beside sums over the customers.

    Attributes
    ----------
    horizon : float
        Time looked ahead, in the unit of the fit.
    margin : float
        Contribution as a share of sales.
    costs : Costs
        As given.
    confidence : float
        What intervals are meant to cover.
    covariance : ndarray
        Of the log-parameters of both fits, purchases first.
    """

    horizon: float
    margin: float
    costs: Costs
    confidence: float
    covariance: Floats = field(repr=False)

    def per_purchase(self, name: str) -> tuple[float, float]:
        """Return share of spend and cost that make a purchase count in a number of `TOTALS`."""
        shares = {"expected_purchases": (0.0, -1.0), "expected_sales": (1.0, 0.0)}
        return shares.get(name, (self.margin, self.costs.to_serve or 0.0))


@dataclass(frozen=True, slots=True)
class Worth:
    """Sums over customers; those of several groups together are their sum.

    Attributes
    ----------
    plain, discounted : Gathered
        Of what lies ahead, as it comes and at today's value.
    value_now : float
        What they contributed so far, less costs; 0 where their past is not known.
    """

    plain: Gathered
    discounted: Gathered
    value_now: float

    def __add__(self, other: Worth) -> Worth:
        return Worth(
            self.plain + other.plain,
            self.discounted + other.discounted,
            self.value_now + other.value_now,
        )

    def total(self, name: str, terms: Terms) -> Total:
        """Return what lies ahead, counted as a number of `TOTALS`."""
        share, cost = terms.per_purchase(name)
        ahead = self.discounted if name.startswith("value") else self.plain
        return ahead.total(share, cost)

    def estimate(self, name: str, terms: Terms) -> Estimate:
        """Return one of `TOTALS`, with its interval."""
        if name == "value_now":
            return Estimate(self.value_now, self.value_now, self.value_now)
        so_far = self.value_now if name == "value_total" else 0.0
        cost = terms.per_purchase(name)[1]
        total = self.total(name, terms)
        ahead = total.estimate(terms.covariance, terms.confidence, cost=cost)
        return Estimate(*(so_far + one for one in ahead))
