"""The residual value of the customer base: all that its customers will ever bring, today."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.ahead import PerPurchase, read_ahead
from analysis.clv.buying import Outlook
from analysis.clv.discounting import discount_factor
from analysis.clv.terms import Costs, check_shares, continuous_rate
from analysis.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.ahead import Ahead, Estimate
    from analysis.clv.buying import BuyingModel
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.gathered import Gathered
    from analysis.clv.histories import Rows
    from analysis.clv.terms import Unit

    Floats = NDArray[np.float64]

__all__ = ["ResidualValue", "residual_value"]


@dataclass(frozen=True, slots=True)
class ResidualValue:
    """What customers will bring without an end, at today's value.

    Attributes
    ----------
    table : DataFrame
        A row a customer: `customer_id` where given, `discounted_purchases` (DERT) and
        `residual_value`.
    confidence : float
        What the interval of `estimate` is meant to cover.
    """

    table: pd.DataFrame
    confidence: float
    ahead: Ahead = field(repr=False)
    brings: PerPurchase = field(repr=False)

    def estimate(self, which: NDArray[np.bool_] | pd.Series | None = None) -> Estimate:
        """Return the residual value of all customers, or of those in `which`, together."""
        return self.estimate_of(self.gather(which))

    def gather(self, which: NDArray[np.bool_] | pd.Series | None = None) -> Gathered:
        """Add up all customers, or those in `which`; parts of them add up to more."""
        sums = self.ahead.sums(None if which is None else np.asarray(which, bool))
        return self.ahead.gather(sums, self.brings.today)

    def estimate_of(self, gathered: Gathered) -> Estimate:
        """Return the residual value of customers added up, of this part or of others too."""
        share, cost, _ = self.brings
        total = gathered.total(share, cost)
        return total.estimate(self.ahead.covariance, self.confidence, cost=cost)


def residual_value(
    customers: pd.DataFrame,
    purchases: BuyingModel,
    spend: SpendModel,
    *,
    annual_discount_rate: float,
    margin: float,
    cost_to_serve: float | None = None,
    unit: Unit = "week",
    confidence: float = 0.90,
) -> ResidualValue:
    """What is the customer base worth, if nobody new is won and it is kept to its end?

    Discounted expected residual transactions (DERT) x spend x margin, over the customers.

    Parameters
    ----------
    customers, purchases, spend, margin, cost_to_serve, unit, confidence
        As for `value`.
    annual_discount_rate : float
        Effective rate a year; > 0, because without it a sum without end has no bound.

    Returns
    -------
    ResidualValue

    Notes
    -----
    The interval holds the uncertainty of both fits (delta method) and the customers' own
    chance. That of their purchases is taken from the time in which the discount factor falls
    to 1/e, 1/rate: relative to the mean, discounted purchases for ever scatter as purchases
    within it do.

    Raises
    ------
    DataError
        For a rate of 0, and for terms out of their range.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), RFM and CLV: using iso-value curves for customer base
       analysis, J. of Marketing Research 42(4), on DERT.
    """
    rate = continuous_rate(annual_discount_rate, unit)
    if rate == 0.0:
        raise DataError(
            "`annual_discount_rate` must be > 0 for a value without end; got 0, at which it may "
            "have no bound. Give a rate, or value a horizon: clv.value."
        )
    check_shares(margin=margin, confidence=confidence)
    costs = Costs(cost_to_serve)
    ahead = read_ahead(
        customers, purchases, spend, lambda distinct: _for_ever(purchases, distinct, rate)
    )
    outlook = ahead.outlook
    brings = PerPurchase(margin, costs.to_serve or 0.0, outlook.discount)
    table = customers.filter(["customer_id"]).assign(
        discounted_purchases=(outlook.discount * outlook.moments.mean)[ahead.place],
        residual_value=ahead.expected(brings),
    )
    return ResidualValue(table, confidence, ahead, brings)


def _for_ever(model: BuyingModel, rows: Rows, rate: float) -> Outlook:
    """Write DERT as the purchases within 1/rate, in whole units, times a factor a history."""
    moments = model.moments(rows, np.ceil(1.0 / rate))
    factor = discount_factor(model.discounted(rows, np.inf, rate), moments.mean)
    slopes = model.sensitivity(lambda other: other.discounted(rows, np.inf, rate))
    return Outlook(model.alive(rows), moments, factor, slopes / factor[:, None])
