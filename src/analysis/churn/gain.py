"""Does acting pay? What a list is worth, what contacting it should bring, where it breaks even."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.customer_table import CustomerTable
from analysis.errors import DataError, TooFewError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from analysis.churn.risk import RiskScores

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gain:
    """What contacting customers should bring, if the stated success rate holds.

    Attributes
    ----------
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


@dataclass(frozen=True, slots=True)
class ExpectedGain(Gain):
    """What contacting the customers of a list should bring.

    Attributes
    ----------
    table : CustomerTable, one row a customer, in the order given
        The list, with `expected_gain` (of contacting this customer) and `worthwhile`.
    """

    table: CustomerTable


def expected_gain(
    customers: pd.DataFrame | CustomerTable,
    value: str,
    *,
    success_rate: float,
    contact_cost: float,
    risk: str | None = None,
    confidence: float = 0.95,
) -> ExpectedGain:
    """What should contacting the customers of a list bring, and whom is it worth to contact?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row a customer
        With the column named by `value`, and its standard error in `<value>_error`.
    value : str
        What a success is worth: 'at_stake' of the early warnings, 'yearly_value' of the
        customers to win back, or of those who have a risk.
    success_rate : float
        Share of the customers contacted whom that keeps or brings back, beyond those who would
        have stayed or come anyway; with `risk`, share of those among them who would leave. An
        assumption, until `measure_action` has measured it.
    contact_cost : float
        Of one contact, in units of the currency.
    risk : str, optional
        Column with the chance that a customer leaves; all on the list would, if not given.
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
    With success rate s, risk r, cost c and values v of error e, a contact brings v with the
    chance q = s r, so that the gain of n contacts is sum(q v) - n c with variance
    sum(q (1 - q) v^2 + q e^2): customers are taken to be independent. What is at stake is
    sum(r v), with the same variance at q = r. The error of the risk itself is not in it.
    """
    listed = CustomerTable.of(customers) if isinstance(customers, pd.DataFrame) else customers
    found = _gain_of(listed.frames(), value, success_rate, contact_cost, risk, confidence)
    table = listed.changed(partial(with_gain, value=value, terms=found, risk=risk))
    return ExpectedGain(**asdict(found), table=table)


def with_gain(
    customers: pd.DataFrame, value: str, terms: Gain, risk: str | None = None
) -> pd.DataFrame:
    """Add what contacting each customer should bring, and whether that is worth it."""
    r = 1.0 if risk is None else customers[risk].to_numpy(float)
    each = terms.success_rate * r * customers[value].to_numpy(float) - terms.contact_cost
    return customers.assign(expected_gain=each, worthwhile=each > 0)


def gain_from_scores(
    scores: RiskScores | TooFewError, *, success_rate: float, contact_cost: float
) -> Gain | TooFewError:
    """Return the expected gain of all active customers by their risk, where there are scores.

    As `expected_gain` does, but part by part; `with_gain` tells that of each.
    """
    if isinstance(scores, TooFewError):
        return scores
    return _gain_of(scores.table.frames(), "yearly_value", success_rate, contact_cost, "risk")


def _gain_of(
    frames: Iterable[pd.DataFrame],
    value: str,
    success_rate: float,
    contact_cost: float,
    risk: str | None = None,
    confidence: float = 0.95,
) -> Gain:
    customers, worthwhile = 0, 0
    stake, stake_variance, gain, gain_variance, total = np.zeros(5)
    for frame in frames:
        _check(frame, value, risk, success_rate, contact_cost)
        v, e = frame[value].to_numpy(float), frame[f"{value}_error"].to_numpy(float)
        r = np.ones(len(v)) if risk is None else frame[risk].to_numpy(float)
        each = success_rate * r * v - contact_cost
        good = each > 0
        customers, worthwhile = customers + len(v), worthwhile + int(good.sum())
        stake, stake_variance = stake + (r * v).sum(), stake_variance + _variance(r, v, e)
        gain, total = gain + each[good].sum(), total + (r * v)[good].sum()
        gain_variance += _variance(success_rate * r[good], v[good], e[good])
    z = float(stats.norm.ppf((1 + confidence) / 2))
    around, half = z * float(stake_variance) ** 0.5, z * float(gain_variance) ** 0.5
    cost = worthwhile * contact_cost
    return Gain(
        customers=customers,
        worthwhile=worthwhile,
        value=float(stake),
        value_low=max(float(stake) - around, 0.0),
        value_high=float(stake) + around,
        cost=cost,
        gain=float(gain),
        low=float(gain) - half,
        high=float(gain) + half,
        break_even_rate=cost / float(total) if worthwhile else np.nan,
        break_even_value=contact_cost / success_rate,
        success_rate=success_rate,
        contact_cost=contact_cost,
    )


def _variance(q: Floats, v: Floats, e: Floats) -> float:
    """Variance of a sum of values v of error e, each of which comes with the chance q."""
    return float((q * (1 - q) * v**2 + q * e**2).sum())


def _check(
    customers: pd.DataFrame, value: str, risk: str | None, success_rate: float, contact_cost: float
) -> None:
    for name in (value, f"{value}_error", risk):
        if name is not None and name not in customers:
            raise DataError(f"An expected gain needs the column `{name}`; it is not there.")
    if not 0 < success_rate <= 1:
        raise DataError(
            f"`success_rate` is a share of the customers contacted, in (0, 1]; it is"
            f" {success_rate}."
        )
    if not 0 <= contact_cost < np.inf:
        raise DataError(f"`contact_cost` must be >= 0; it is {contact_cost}.")
