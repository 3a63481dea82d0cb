"""The lifetime value as it is taught, beside what leaving and discount make of it.

52 weeks at 40 are 2,080 a year, and in 30 years 62,400: of somebody who never leaves, in money
that is as good in thirty years as today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.discounting import discount
from analysis.clv.terms import check_shares, continuous_rate, positive, units_per_year
from analysis.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.terms import Unit

    Floats = NDArray[np.float64]

__all__ = ["lifetime_example"]


def lifetime_example(
    staying: BuyingModel | float,
    customers: pd.DataFrame | None = None,
    *,
    per_purchase: float = 40.0,
    purchases_per_year: float = 52.0,
    years: float = 30.0,
    annual_discount_rate: float,
    unit: Unit = "week",
    confidence: float = 0.90,
) -> pd.DataFrame:
    """What is left of "so much a year, for so many years"?

    Parameters
    ----------
    staying : BuyingModel or float
        A fitted model, whose customers leave as they do; or the share of customers kept from
        one year to the next, in (0, 1].
    customers : DataFrame, one row per customer, optional
        Who stays, from now on, by the fitted model; newcomers when not given.
    per_purchase : float
        Sales, or contribution, of a purchase.
    purchases_per_year : float
        In the first year.
    years : float
        How long the example counts; >= 1.
    annual_discount_rate : float
        Effective rate a year, 0.10 for 10%; each purchase is discounted from its moment.
    unit : {'week', 'day'}
        The time unit of the fit.
    confidence : float
        What the interval of a fitted model should cover (its parameters; delta method).

    Returns
    -------
    DataFrame, a row a case: 'as taught', 'with survival', 'with discount', 'with both'
        years : how many first years the purchases come to
        value : those years times the purchases of a year, times what one brings
        low, high : limits of the value; equal to it where nothing is estimated
        share : of the value as taught
    """
    per_year = positive("per_purchase", per_purchase) * positive(
        "purchases_per_year", purchases_per_year
    )
    if not (np.isfinite(years) and years >= 1):
        raise DataError(f"`years` must be finite and >= 1; got {years}. Count whole lives.")
    check_shares(confidence=confidence)
    rate = continuous_rate(annual_discount_rate, unit) * units_per_year(unit)
    if isinstance(staying, float | int):
        check_shares(staying=staying)
        counts, errors = _kept(float(staying), years, rate), np.zeros(2)
    else:
        counts, errors = _fitted(staying, customers, years, rate, units_per_year(unit))
    counted = np.array([years, counts[0], _kept(1.0, years, rate)[1], counts[1]])
    reach = special.ndtri((1 + confidence) / 2) * np.array([0.0, errors[0], 0.0, errors[1]])
    return pd.DataFrame(
        {
            "case": ["as taught", "with survival", "with discount", "with both"],
            "years": counted,
            "value": per_year * counted,
            "low": per_year * np.maximum(counted - reach, 0.0),
            "high": per_year * np.minimum(counted + reach, years),
            "share": counted / years,
        }
    )


def _kept(share: float, years: float, rate: float) -> Floats:
    """Return first years at a constant share kept: as they are, and discounted."""
    loss = -np.log(share)
    hazards = np.array([loss, loss + rate])
    return np.asarray(years * special.exprel(-hazards * years) / special.exprel(-loss))


def _fitted(
    model: BuyingModel, customers: pd.DataFrame | None, years: float, rate: float, units: float
) -> tuple[Floats, Floats]:
    """Return first years by a fitted model, plain and discounted, with standard errors."""
    rows = None if customers is None else model.read(customers).distinct()[0]

    def purchases(other: BuyingModel, horizon: float, rate: float) -> float:
        if rows is not None:
            return float(rows.weight @ other.discounted(rows, horizon, rate))
        return discount(other.expected_new, np.array([other.alpha]), horizon, rate).item()

    def counted(other: BuyingModel) -> Floats:
        both = [purchases(other, years * units, one) for one in (0.0, rate / units)]
        return np.array(both) / purchases(other, units, 0.0)

    slopes = model.sensitivity(counted)
    variances = np.einsum("ij,jk,ik->i", slopes, model.peak.log_covariance, slopes)
    return counted(model), np.sqrt(variances)
