"""Purchases and spend ahead: held once a distinct history, added up over any customers.

What a purchase brings is a share of the spend less a cost. Mean and spread of what a customer
brings are then polynomials in the customer's mean spend with coefficients that depend on the
history alone, so that any group needs three sums a history: customers, mean spend, its square.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.linalg import block_diag

from analysis.clv.gathered import Estimate, Gathered, PerPurchase, Sums, Total
from analysis.clv.inputs import number_column, refuse
from analysis.errors import AnalysisWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel, Outlook
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["Ahead", "Estimate", "PerPurchase", "between", "read_ahead"]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What lies ahead of customers.

    Attributes
    ----------
    place : ndarray of int32
        For each customer, the row of its distinct history.
    mean_spend : ndarray
        Expected spend per purchase of each customer.
    x : ndarray
        Repeat purchases of each distinct history.
    outlook : Outlook
        Of the purchases, a row a distinct history.
    spend : GammaGamma or ConstantSpend
        The fitted model of spend.
    covariance : ndarray
        Of the log-parameters of both fits, purchases first.
    """

    place: NDArray[np.int32]
    mean_spend: Floats
    x: Floats
    outlook: Outlook
    spend: SpendModel
    covariance: Floats

    def sums(self, which: NDArray[np.bool_] | None = None) -> Sums:
        """Add up the customers in `which`, or all, by distinct history."""
        place = self.place if which is None else self.place[which]
        spend = self.mean_spend if which is None else self.mean_spend[which]
        size = self.x.size
        return Sums(
            np.bincount(place, minlength=size).astype(np.float64),
            np.bincount(place, weights=spend, minlength=size).astype(np.float64, copy=False),
            np.bincount(place, weights=spend**2, minlength=size).astype(np.float64, copy=False),
        )

    def total(self, brings: PerPurchase, sums: Sums) -> Total:
        """Return what the customers of `sums` are expected to bring together."""
        return self.gather(sums, brings.today).total(brings.share, brings.cost)

    def gather(self, sums: Sums, today: Floats | float = 1.0) -> Gathered:
        """Return what follows from `sums` of what customers bring, whatever share and cost."""
        purchases, weight = self.outlook.moments, np.square(today)
        bought = today * purchases.mean
        powers = np.array([sums.customers, sums.spend])
        by_chance = weight * purchases.variance
        there = sums.customers > 0
        squares = (weight * self._spread_of_spend * sums.square)[there]
        return Gathered(
            customers=float(sums.customers.sum()),
            spend=float(sums.spend.sum()),
            amounts=powers @ bought,
            variances=np.append(powers @ by_chance, squares.sum()),
            slopes=(powers * today) @ self.outlook.slopes,
            of_spend=np.array([self.spend_slopes(sums, one) for one in (1.0, bought)]),
        )

    def spend_slopes(self, sums: Sums, weight: Floats | float) -> Floats:
        """Return the slopes of mean spend added up, with a weight for each history."""
        slopes = self.spend.mean_slopes(self.x)
        each = slopes[:, 0] * sums.spend + slopes[:, 1] * sums.customers
        return np.asarray((each * weight).sum(axis=1))

    def expected(self, brings: PerPurchase) -> Floats:
        """Return what each customer is expected to bring."""
        worth = (brings.today * self.outlook.moments.mean)[self.place]
        return worth * (brings.share * self.mean_spend - brings.cost)

    def variances(self, brings: PerPurchase) -> Floats:
        """Return by how much chance alone varies what each customer brings."""
        quadratic, linear, constant = self._coefficients(brings)
        spend = self.mean_spend
        variances = (quadratic[self.place] * spend + linear[self.place]) * spend
        return np.maximum(variances + constant[self.place], 0.0)

    @property
    def unbounded(self) -> NDArray[np.bool_]:
        """Histories of which the spread of spend has no bound: q <= 2 and few purchases."""
        return np.isnan(self.spend.spread(self.x)[0])

    def estimate(self, brings: PerPurchase, sums: Sums, confidence: float) -> Estimate:
        """Return what the customers of `sums` bring together, with its interval.

        Only a cost can make it negative.
        """
        total = self.total(brings, sums)
        return total.estimate(self.covariance, confidence, cost=brings.cost)

    def slopes(self, brings: PerPurchase) -> Floats:
        """Return how what each customer brings moves with all log-parameters, a row each."""
        share, cost, today = brings
        of_spend, beside = np.moveaxis(self.spend.mean_slopes(self.x), 1, 0)
        dearer = of_spend[:, self.place] * self.mean_spend + beside[:, self.place]
        today = np.broadcast_to(today, self.x.shape)
        net = today[self.place] * (share * self.mean_spend - cost)
        bought = (share * today * self.outlook.moments.mean)[self.place]
        purchases = net[:, None] * self.outlook.slopes[self.place]
        return np.hstack([purchases, (bought * dearer).T])

    @property
    def _spread_of_spend(self) -> Floats:
        """Return the variance of what is spent, by history, in squares of the mean spend.

        Of N purchases whose own mean is Z: E[N] E[variance] + E[N^2] E[Z^2] - E[N]^2 E[Z]^2.
        """
        mean, variance = self.outlook.moments.mean, self.outlook.moments.variance
        square, between_purchases = self.spend.spread(self.x)
        return np.asarray(between_purchases * mean + square * (variance + mean**2) - mean**2)

    def _coefficients(self, brings: PerPurchase) -> tuple[Floats, Floats, Floats]:
        """Return the variance as a polynomial in the mean spend: of square, of it, and of 1."""
        share, cost, today = brings
        variance, weight = self.outlook.moments.variance, np.square(today)
        nothing = np.zeros_like(variance)
        return (
            weight * share**2 * self._spread_of_spend if share else nothing,
            -2 * weight * share * cost * variance,
            weight * cost**2 * variance,
        )


def between(
    mean: Floats, spread: Floats, nothing: Floats, cost: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return limits of what single customers bring: a lump at zero, and a gamma distribution.

    The gamma distribution is of what is brought if there is a purchase at all, before its
    expected `cost`; mean, spread (standard deviation) and lump are those given. What falls
    outside is split evenly, unless one limit is the lump: then the other gets what that one spares.
    """
    low, high = (1 - confidence) / 2, (1 + confidence) / 2
    limits = np.zeros((2, mean.size))
    some = nothing < high
    chance = 1.0 - nothing[some]
    mean_if_some = mean[some] / chance
    variance = (spread[some] ** 2 + mean[some] ** 2) / chance - mean_if_some**2
    shift = cost[some] / chance
    gross = mean_if_some + shift
    shape = gross**2 / np.maximum(variance, 1e-12 * gross**2)
    scale = gross / shape
    below = chance * special.gammainc(shape, shift / scale)
    nothing = nothing[some]
    at_zero = [(level >= below) & (level <= below + nothing) for level in (low, high)]
    lower = np.where(at_zero[1], np.maximum(below + nothing - confidence, low), low)
    upper = np.where(at_zero[0], np.minimum(below + confidence, high), high)
    for limit, level in zip(limits, (lower, upper), strict=True):
        over = np.where(level < below, level, np.maximum(level - nothing, below)) / chance
        at = special.gammaincinv(shape, np.clip(over, 0.0, 1.0)) * scale - shift
        zero = (level >= below) & (level <= below + nothing)
        limit[some] = np.where(zero, 0.0, at)
    limits[:, np.isnan(spread)] = np.nan
    return limits[0], limits[1]


def read_ahead(
    customers: pd.DataFrame,
    purchases: BuyingModel,
    spend: SpendModel,
    look_ahead: Callable[[Rows], Outlook],
) -> Ahead:
    """Return what lies ahead of customers by the models; warn where its spread has no bound."""
    if "weight" in customers.columns:
        several = number_column(customers, "weight") != 1
        rule = "`weight` must be 1: in a valuation a row is one customer"
        way_out = "Value the table as it was before summary.compress: spend is each customer's own."
        refuse(customers, several, "weight", rule, way_out)
    distinct, place = purchases.read(customers).distinct()
    ahead = Ahead(
        place=place.astype(np.int32),
        mean_spend=spend.expected_spend(customers).to_numpy(),
        x=distinct.x,
        outlook=look_ahead(distinct),
        spend=spend,
        covariance=block_diag(purchases.peak.log_covariance, spend.peak.log_covariance),
    )
    unbounded = int(ahead.unbounded[ahead.place].sum()) if ahead.unbounded.any() else 0
    if unbounded:
        warnings.warn(
            f"the spread of spend has no bound for {unbounded} of {len(customers)} customers "
            "(q <= 2 and few purchases): their intervals, and those of totals, are missing.",
            AnalysisWarning,
            stacklevel=3,  # the caller of `value`
        )
    return ahead
