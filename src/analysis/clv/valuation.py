"""What customers are worth over a horizon: purchases x spend x margin, at today's value."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special
from scipy.linalg import block_diag

from analysis.clv.buying import positive
from analysis.errors import AnalysisWarning, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.gamma_gamma import GammaGamma, SpendMoments

    Floats = NDArray[np.float64]

__all__ = ["Estimate", "Valuation", "continuous_rate", "value"]

Unit = Literal["day", "week"]
_PER_YEAR: dict[Unit, float] = {"day": 365.25, "week": 365.25 / 7}


class Estimate(NamedTuple):
    """A number with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of each customer, and of any group of them, with intervals.

    Attributes
    ----------
    table : DataFrame
        A row a customer, in the order of the input: `customer_id` where given,
        `probability_alive`, `expected_purchases`, `expected_spend` (per purchase, sales),
        `expected_sales` (undiscounted), `value` (discounted contribution) with `value_low`
        and `value_high`.
    horizon : float
        Time looked ahead, in the unit of the fit.
    confidence : float
        What the intervals are meant to cover.

    Notes
    -----
    An interval is for what will happen, not only for its mean. It holds the uncertainty of
    the parameters (delta method on both fits) and the customers' own randomness (exact
    variance of purchases and of spend). A customer's interval is that of a gamma
    distribution with this mean and variance, and the exact chance of no purchase; a total's
    is normal.
    """

    table: pd.DataFrame
    horizon: float
    confidence: float
    spreads: dict[str, Floats] = field(repr=False)
    slopes: dict[str, Floats] = field(repr=False)
    parameter_covariance: Floats = field(repr=False)

    def total(self, which: NDArray[np.bool_] | pd.Series | None = None) -> pd.DataFrame:
        """What are all customers, or those in `which`, worth together?

        Returns
        -------
        DataFrame
            Rows `expected_purchases`, `expected_sales` and `value`; columns `estimate`,
            `low`, `high`.
        """
        rows = {name: self.estimate(name, which) for name in self.spreads}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(Estimate._fields))

    def estimate(self, name: str, which: NDArray[np.bool_] | pd.Series | None = None) -> Estimate:
        """Return one number of `total`, for all customers or those in `which`."""
        chosen = np.ones(len(self.table), bool) if which is None else np.asarray(which, bool)
        total = float(self.table[name].to_numpy()[chosen].sum())
        slope = self.slopes[name][chosen].sum(axis=0)
        variance = slope @ self.parameter_covariance @ slope
        variance += float(np.sum(self.spreads[name][chosen] ** 2))
        error = float(special.ndtri((1 + self.confidence) / 2) * np.sqrt(variance))
        return Estimate(total, max(total - error, 0.0), total + error)


def continuous_rate(annual_rate: float, unit: Unit) -> float:
    """Return the continuous rate per `unit` that compounds to `annual_rate` in 365.25 days."""
    if unit not in _PER_YEAR:
        raise DataError(f"`unit` must be 'day' or 'week'; got {unit!r}. Name the unit of the fit.")
    if not (np.isfinite(annual_rate) and annual_rate >= 0):
        raise DataError(
            f"`annual_discount_rate` must be finite and >= 0; got {annual_rate}. "
            "Give a share: 0.10 for 10% a year."
        )
    return float(np.log1p(annual_rate) / _PER_YEAR[unit])


def value(
    customers: pd.DataFrame,
    purchases: BuyingModel,
    spend: GammaGamma,
    *,
    horizon: float,
    annual_discount_rate: float,
    margin: float,
    unit: Unit = "week",
    confidence: float = 0.90,
) -> Valuation:
    """What is each customer worth over the horizon?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `frequency`, `recency`, `T` and `monetary_value`; `customer_id` is carried over.
    purchases : BuyingModel
        A fitted model of purchases.
    spend : GammaGamma
        The fitted model of spend per purchase.
    horizon : float
        Time to look ahead, in `unit`.
    annual_discount_rate : float
        Effective rate a year, 0.10 for 10%: converted once into a continuous rate, so that
        every purchase is discounted from its own moment.
    margin : float
        Contribution as a share of sales, in (0, 1].
    unit : {'week', 'day'}
        The time unit of the fit.
    confidence : float
        What the intervals should cover.

    Returns
    -------
    Valuation

    Warns
    -----
    AnalysisWarning
        When the spread of spend has no bound (q <= 2), so that some intervals are missing.
    """
    horizon, rate = positive("horizon", horizon), continuous_rate(annual_discount_rate, unit)
    _check_shares(margin=margin, confidence=confidence)
    distinct, place = purchases.read(customers).distinct()
    counts, paid = purchases.moments(distinct, horizon), spend.moments(customers)
    discounted = margin * purchases.discounted(distinct, horizon, rate) / counts.mean
    expected, per_sale = counts.mean[place], discounted[place]
    sales = expected * paid.mean
    sales_spread = _sales_spread(expected, counts.variance[place], paid)
    worth, worth_spread = per_sale * sales, per_sale * sales_spread
    low, high = _interval(worth, worth_spread, counts.nothing[place], confidence)
    table = customers.filter(["customer_id"]).assign(
        probability_alive=purchases.alive(distinct)[place],
        expected_purchases=expected,
        expected_spend=paid.mean,
        expected_sales=sales,
        value=worth,
        value_low=low,
        value_high=high,
    )
    slopes = _slopes(customers, purchases, spend, horizon)
    slopes["value"] = per_sale[:, None] * slopes["expected_sales"]
    return Valuation(
        table=table,
        horizon=horizon,
        confidence=confidence,
        spreads={
            "expected_purchases": np.sqrt(counts.variance)[place],
            "expected_sales": sales_spread,
            "value": worth_spread,
        },
        slopes=slopes,
        parameter_covariance=block_diag(purchases.peak.log_covariance, spend.peak.log_covariance),
    )


def _slopes(
    customers: pd.DataFrame, purchases: BuyingModel, spend: GammaGamma, horizon: float
) -> dict[str, Floats]:
    """How purchases and sales of each customer move with the log-parameters of both fits."""
    distinct, place = purchases.read(customers).distinct()
    ahead = np.full(distinct.x.shape, horizon)
    more = purchases.sensitivity(lambda model: model.expected(distinct, ahead))[place]
    dearer = spend.sensitivity(lambda model: model.moments(customers).mean)
    expected = purchases.expected(distinct, ahead)[place]
    mean_spend = spend.moments(customers).mean
    return {
        "expected_purchases": np.hstack([more, np.zeros_like(dearer)]),
        "expected_sales": np.hstack([more * mean_spend[:, None], dearer * expected[:, None]]),
    }


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 < share <= 1:
            raise DataError(f"`{name}` must be in (0, 1]; got {share}. Give a share: 0.25 for 25%.")


def _sales_spread(expected: Floats, variance: Floats, paid: SpendMoments) -> Floats:
    """Standard deviation of purchases x spend; missing, with a warning, where it has no bound."""
    squared = expected * paid.purchase_variance + (variance + expected**2) * paid.mean_square
    variance = squared - (expected * paid.mean) ** 2
    unbounded = ~np.isfinite(variance)
    if unbounded.any():
        warnings.warn(
            f"the spread of spend has no bound for {int(unbounded.sum())} of {variance.size} "
            "customers (q <= 2 and few purchases): their intervals, and those of totals, are "
            "missing.",
            AnalysisWarning,
            stacklevel=3,  # the caller of `value`
        )
    return np.where(unbounded, np.nan, np.sqrt(np.maximum(variance, 0.0)))


def _interval(
    mean: Floats, spread: Floats, nothing: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Quantiles of a gamma distribution with a lump at zero: mean, spread and lump are given."""
    some = np.maximum(1.0 - nothing, 1e-300)
    mean_if_some = mean / some
    variance_if_some = (spread**2 + mean**2) / some - mean_if_some**2
    shape = mean_if_some**2 / np.maximum(variance_if_some, 1e-12 * mean_if_some**2)

    def quantile(level: float) -> Floats:
        within = np.clip((level - nothing) / some, 0.0, 1.0)
        return np.asarray(special.gammaincinv(shape, within) * mean_if_some / shape)

    return quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)
