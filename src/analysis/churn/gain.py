"""Does acting pay? What a list is worth, what contacting it should bring, where it breaks even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ExpectedGain:
    """What contacting the customers of a list should bring, if the stated success rate holds.

    Attributes
    ----------
    table : DataFrame, one row a customer, in the order given
        The list, with `expected_gain` (of contacting this customer) and `worthwhile`.
    customers, worthwhile : int
        On the list, and those of them whose contact should bring more than it costs.
    value, value_low, value_high : float
        What is at stake on the list, with the interval of the estimate.
    cost : float
        Of contacting those who are worthwhile.
    gain, low, high : float
        Expected gain of contacting them, net of `cost`; the interval has the chance of who says
        yes and the error of the values, not that of the success rate itself.
    break_even_rate : float
        The success rate at which contacting them brings just what it costs; missing where
        nobody is worthwhile.
    break_even_value : float
        The value from which on a customer is worth the contact.
    success_rate, contact_cost : float
        As stated.
    """

    table: pd.DataFrame
    customers: int
    worthwhile: int
    value: float
    value_low: float
    value_high: float
    cost: float
    gain: float
    low: float
    high: float
    break_even_rate: float
    break_even_value: float
    success_rate: float
    contact_cost: float


def expected_gain(
    customers: pd.DataFrame,
    value: str,
    *,
    success_rate: float,
    contact_cost: float,
    confidence: float = 0.95,
) -> ExpectedGain:
    """What should contacting the customers of a list bring, and whom is it worth to contact?

    Parameters
    ----------
    customers : DataFrame, one row a customer
        With the column named by `value`, and its standard error in `<value>_error`.
    value : str
        What a success is worth: 'at_stake' of the early warnings, 'yearly_value' of the
        customers to win back.
    success_rate : float
        Share of the customers contacted whom that keeps or brings back, beyond those who would
        have stayed or come anyway. An assumption, until `measure_action` has measured it.
    contact_cost : float
        Of one contact, in units of the currency.
    confidence : float
        Level of the intervals.

    Returns
    -------
    ExpectedGain

    Raises
    ------
    DataError
        If a column is missing, or a value out of range.

    Notes
    -----
    With success rate s, cost c and values v of error e, the gain of the n contacts is s sum(v) -
    n c with variance sum(s (1 - s) v^2 + s e^2): a success brings v, and customers are taken to
    be independent.
    """
    _check(customers, value, success_rate, contact_cost)
    v, e = customers[value].to_numpy(float), customers[f"{value}_error"].to_numpy(float)
    each = success_rate * v - contact_cost
    good = each > 0
    z = float(stats.norm.ppf((1 + confidence) / 2))
    value_error = float(np.sqrt((e**2).sum()))
    total, n = float(v[good].sum()), int(good.sum())
    spread = success_rate * (1 - success_rate) * v[good] ** 2 + success_rate * e[good] ** 2
    gain, half = float(each[good].sum()), z * float(np.sqrt(spread.sum()))
    return ExpectedGain(
        table=customers.assign(expected_gain=each, worthwhile=good),
        customers=len(customers),
        worthwhile=n,
        value=float(v.sum()),
        value_low=max(float(v.sum()) - z * value_error, 0.0),
        value_high=float(v.sum()) + z * value_error,
        cost=n * contact_cost,
        gain=gain,
        low=gain - half,
        high=gain + half,
        break_even_rate=n * contact_cost / total if n else np.nan,
        break_even_value=contact_cost / success_rate,
        success_rate=success_rate,
        contact_cost=contact_cost,
    )


def _check(customers: pd.DataFrame, value: str, success_rate: float, contact_cost: float) -> None:
    for name in (value, f"{value}_error"):
        if name not in customers:
            raise DataError(f"An expected gain needs the column `{name}`; it is not there.")
    if not 0 < success_rate <= 1:
        raise DataError(
            f"`success_rate` is a share of the customers contacted, in (0, 1]; it is"
            f" {success_rate}."
        )
    if not 0 <= contact_cost < np.inf:
        raise DataError(f"`contact_cost` must be >= 0; it is {contact_cost}.")
