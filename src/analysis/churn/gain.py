"""Does acting pay? What a list is worth, what contacting it should bring, where it breaks even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.errors import DataError, TooFewError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from analysis.churn.risk import RiskScores

    Floats = npt.NDArray[np.float64]


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
    risk: str | None = None,
    confidence: float = 0.95,
) -> ExpectedGain:
    """What should contacting the customers of a list bring, and whom is it worth to contact?

    Parameters
    ----------
    customers : DataFrame, one row a customer
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
    _check(customers, value, risk, success_rate, contact_cost)
    v, e = customers[value].to_numpy(float), customers[f"{value}_error"].to_numpy(float)
    r = np.ones(len(v)) if risk is None else customers[risk].to_numpy(float)
    each = success_rate * r * v - contact_cost
    good = each > 0
    z = float(stats.norm.ppf((1 + confidence) / 2))
    stake, around = float((r * v).sum()), z * _error(r, v, e)
    gain, half = float(each[good].sum()), z * _error(success_rate * r[good], v[good], e[good])
    total, n = float((r * v)[good].sum()), int(good.sum())
    return ExpectedGain(
        table=customers.assign(expected_gain=each, worthwhile=good),
        customers=len(customers),
        worthwhile=n,
        value=stake,
        value_low=max(stake - around, 0.0),
        value_high=stake + around,
        cost=n * contact_cost,
        gain=gain,
        low=gain - half,
        high=gain + half,
        break_even_rate=n * contact_cost / total if n else np.nan,
        break_even_value=contact_cost / success_rate,
        success_rate=success_rate,
        contact_cost=contact_cost,
    )


def gain_from_scores(
    scores: RiskScores | TooFewError, *, success_rate: float, contact_cost: float
) -> ExpectedGain | TooFewError:
    """Return `expected_gain` of the active customers by their risk, where there are scores."""
    if isinstance(scores, TooFewError):
        return scores
    return expected_gain(
        scores.table,
        "yearly_value",
        risk="risk",
        success_rate=success_rate,
        contact_cost=contact_cost,
    )


def _error(q: Floats, v: Floats, e: Floats) -> float:
    """Standard error of a sum of values v of error e, each of which comes with the chance q."""
    return float(np.sqrt((q * (1 - q) * v**2 + q * e**2).sum()))


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
