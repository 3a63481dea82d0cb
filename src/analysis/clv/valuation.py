"""What customers are worth: what they brought so far, and what is ahead, at today's value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.ahead import Ahead, Estimate, PerPurchase, between, read_ahead
from analysis.clv.inputs import number_column
from analysis.clv.terms import Costs, check_shares, continuous_rate, positive
from analysis.clv.worth import TOTALS, Terms, Worth
from analysis.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.terms import Unit

    Floats = NDArray[np.float64]
    Which = NDArray[np.bool_] | pd.Series | None

__all__ = ["Valuation", "value"]


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of each customer, and of any group of them, with intervals.

    Attributes
    ----------
    table : DataFrame
        A row a customer, in the order of the input: `customer_id` where given,
        `probability_alive`, `expected_purchases`, `expected_spend` (per purchase, sales),
        `expected_sales` (undiscounted) and `value` (ahead: discounted contribution less the
        cost to serve). Where the customers came with their past sales, also `value_now`
        (contribution so far, less costs) and `value_total`, the sum of both.
    horizon : float
        Time looked ahead, in the unit of the fit.
    confidence : float
        What the intervals are meant to cover.
    margin : float
        Contribution as a share of sales.
    costs : Costs
        As given.

    Notes
    -----
    An interval is for what will happen, not only for its mean. It holds the uncertainty of
    the parameters (delta method on both fits) and the customers' own randomness (exact
    variance of purchases and of spend). A customer's interval is that of a gamma
    distribution with this mean and variance, and the exact chance of no purchase: where that is
    likely, it begins or ends at nothing, and is as short as its coverage allows. A total's is
    normal. What was brought so far is known, so that its interval is of no width.
    """

    table: pd.DataFrame
    horizon: float
    confidence: float
    margin: float
    costs: Costs
    ahead: Ahead = field(repr=False)

    def total(self, which: Which = None) -> pd.DataFrame:
        """What are all customers, or those in `which`, worth together?

        Returns
        -------
        DataFrame
            Rows `expected_purchases`, `expected_sales` and `value`, and where the past is
            known `value_now` and `value_total`; columns `estimate`, `low`, `high`.
        """
        worth = self.worth(which)
        rows = {name: worth.estimate(name, self.terms) for name in self._names}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(Estimate._fields))

    def estimate(self, name: str, which: Which = None) -> Estimate:
        """Return one number of `total`, for all customers or those in `which`."""
        if name not in self._names:
            raise DataError(f"`name` must be one of {', '.join(self._names)}; got {name!r}.")
        return self.worth(which).estimate(name, self.terms)

    def worth(self, which: Which = None) -> Worth:
        """Add up all customers, or those in `which`: parts of them add up to more."""
        chosen = None if which is None else np.asarray(which, bool)
        sums, past = self.ahead.sums(chosen), 0.0
        if "value_now" in self.table.columns:
            so_far = self.table["value_now"].to_numpy()
            past = float(so_far.sum() if chosen is None else so_far[chosen].sum())
        discounted = self.ahead.gather(sums, self.ahead.outlook.discount)
        return Worth(self.ahead.gather(sums), discounted, past)

    @property
    def terms(self) -> Terms:
        """What totals follow from, beside sums over the customers."""
        return Terms(self.horizon, self.margin, self.costs, self.confidence, self.ahead.covariance)

    def intervals(self, confidence: float | None = None) -> pd.DataFrame:
        """Within which limits will the value of each single customer lie?

        Parameters
        ----------
        confidence : float, optional
            What the limits should cover; that of the valuation when not given.

        Returns
        -------
        DataFrame, indexed like the table
            `value_low` and `value_high`, of the value ahead.
        """
        level = self.confidence if confidence is None else confidence
        check_shares(confidence=level)
        brings, ahead = self.brings("value"), self.ahead
        nothing = ahead.outlook.moments.nothing[ahead.place]
        cost = (brings.cost * brings.today * ahead.outlook.moments.mean)[ahead.place]
        spread = np.sqrt(ahead.variances(brings))
        low, high = between(self.table["value"].to_numpy(), spread, nothing, cost, level)
        return pd.DataFrame({"value_low": low, "value_high": high}, index=self.table.index)

    def brings(self, name: str) -> PerPurchase:
        """Return what a purchase adds to `expected_purchases`, `expected_sales` or the value."""
        today = self.ahead.outlook.discount if name == "value" else 1.0
        return PerPurchase(*self.terms.per_purchase(name), today)

    @property
    def _names(self) -> list[str]:
        return [name for name in TOTALS if name in self.table.columns]


def value(
    customers: pd.DataFrame,
    purchases: BuyingModel,
    spend: SpendModel,
    *,
    horizon: float,
    annual_discount_rate: float,
    margin: float,
    cost_to_serve: float | None = None,
    cost_to_acquire: float | None = None,
    unit: Unit = "week",
    confidence: float = 0.90,
) -> Valuation:
    """What is each customer worth: so far, and over the horizon?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `frequency`, `recency`, `T` and `monetary_value`; `customer_id` is carried over. With
        `total`, a customer's sales so far, the value so far is told too; its order days are
        `order_days` where given, else `frequency` + 1.
    purchases : BuyingModel
        A fitted model of purchases.
    spend : GammaGamma or ConstantSpend
        The fitted model of spend per purchase.
    horizon : float
        Time to look ahead, in `unit`.
    annual_discount_rate : float
        Effective rate a year, 0.10 for 10%: converted once into a continuous rate, so that
        every purchase is discounted from its own moment.
    margin : float
        Contribution as a share of sales, in (0, 1].
    cost_to_serve : float, optional
        Cost of each purchase beyond what the margin leaves out, in the money of the spend.
        A value may be negative where it is more than the contribution.
    cost_to_acquire : float, optional
        What each customer cost to win; counts in the value so far.
    unit : {'week', 'day'}
        The time unit of the fit.
    confidence : float
        What the intervals should cover.

    Returns
    -------
    Valuation

    Raises
    ------
    DataError
        For terms out of their range, or a cost to acquire without the sales so far.

    Warns
    -----
    AnalysisWarning
        When the spread of spend has no bound (q <= 2), so that some intervals are missing.
    """
    horizon, rate = positive("horizon", horizon), continuous_rate(annual_discount_rate, unit)
    check_shares(margin=margin, confidence=confidence)
    costs = Costs(cost_to_serve, cost_to_acquire)
    past = _value_now(customers, margin, costs)
    ahead = read_ahead(
        customers, purchases, spend, lambda rows: purchases.look_ahead(rows, horizon, rate)
    )
    outlook, place, mean_spend = ahead.outlook, ahead.place, ahead.mean_spend
    expected = outlook.moments.mean[place]
    each = PerPurchase(margin, costs.to_serve or 0.0, outlook.discount)
    columns = {
        "probability_alive": outlook.alive[place],
        "expected_purchases": expected,
        "expected_spend": mean_spend,
        "expected_sales": expected * mean_spend,
        "value": ahead.expected(each),
    }
    if past is not None:
        columns |= {"value_now": past, "value_total": past + columns["value"]}
    table = pd.DataFrame(columns, index=customers.index, copy=False)
    if "customer_id" in customers.columns:
        table.insert(0, "customer_id", customers["customer_id"])
    return Valuation(table, horizon, confidence, margin, costs, ahead)


def _value_now(customers: pd.DataFrame, margin: float, costs: Costs) -> Floats | None:
    """Return the contribution so far, less costs; None where past sales are not known."""
    if "total" in customers.columns:
        so_far = margin * number_column(customers, "total")
        if costs.to_serve:
            so_far -= costs.to_serve * _order_days(customers)
        return so_far - costs.to_acquire if costs.to_acquire else so_far
    if costs.to_acquire is not None:
        raise DataError(
            "`cost_to_acquire` counts in the value so far, which needs a column `total`, the sales "
            f"of each customer so far; found: {', '.join(map(str, customers.columns))}. "
            "Make the table with summary.summarise_customers, or leave the cost out."
        )
    return None


def _order_days(customers: pd.DataFrame) -> Floats:
    """Return all order days so far, also where `frequency` counts from a later day on."""
    if "order_days" in customers.columns:
        return number_column(customers, "order_days")
    return np.asarray(number_column(customers, "frequency") + 1)
