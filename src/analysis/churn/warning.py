"""Whom to call first: customers who are slower than their own habit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.churn.followed import active_on, current_query
from analysis.churn.habits import check_margin, count_orders, value_of_a_year
from analysis.churn.paces import DAYS_PER_YEAR, PRIOR_DAYS, count_paces, overall_pace
from analysis.customer_table import CustomerTable
from analysis.errors import DataError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.churn.spells import Rule

RECENT_DAYS = 56
_PACE = ["habit_orders", "habit_days", "recent_orders", "recent_days"]


@dataclass(frozen=True, slots=True)
class EarlyWarnings:
    """Customers whose pace fell below their own habit, by the value at stake.

    Attributes
    ----------
    table : CustomerTable, one row a customer warned of, the most at stake first
        customer_id, last_order, days_since_last_order
        usual_orders : order days to expect in the recent days, at the customer's own pace
        recent_orders : those there were
        p_value : chance of so few or fewer if the habit had not changed
        q_value : the same after allowing for the number of customers judged
        yearly_value : margin of twelve months at the customer's own pace
        at_stake : the part of it that the lost pace stands for, at_stake_error its standard error
    recent_days : int
        Length of the recent time.
    active, judged : int
        Customers active, and those of them whose habit is known well enough that even no
        order at all could be told from chance.
    pace_change : float
        Recent pace of all customers judged over their habit: season and growth, taken out.
    false_discovery_rate : float
        Share of the warnings that may be mistaken.
    """

    table: CustomerTable
    recent_days: int
    active: int
    judged: int
    pace_change: float
    false_discovery_rate: float


def early_warnings(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    margin: float = 1.0,
    recent_days: int = RECENT_DAYS,
    false_discovery_rate: float = 0.1,
    minimum_habit_days: int = 56,
) -> EarlyWarnings:
    """Whose pace fell below their own habit, by more than chance?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow, ContractEnd or int
        Who is lost already; those are for `win_back`.
    margin : float
        Share of the sales that is margin.
    recent_days : int
        Time that is held against the habit; whole weeks keep weekdays balanced.
    false_discovery_rate : float
        Share of the warnings that may be mistaken.
    minimum_habit_days : int
        A habit takes so many days before the recent time to form.

    Returns
    -------
    EarlyWarnings

    Raises
    ------
    DataError
        If a value is out of range.

    Notes
    -----
    A customer with x order days in B days of habit orders at a pace that is Gamma distributed
    with shape x + a and rate B + b, where (a, b) are four weeks at the pace of all customers.
    With c the change of pace of everybody, the order days in the R recent days are then negative
    binomial with mean m = c R (x + a) / (B + b) and variance m + m^2 / (x + a): chance, and how
    well the habit is known. Its lower tail is the p value. Those of all customers are judged
    together by Benjamini and Hochberg [1]_.

    A fall may be a holiday as well as a goodbye: `warning_record` tells what became of it. The
    error of what is at stake is that of the habit (Gamma), of the recent orders (Poisson) and of
    the spend an order; those on the list are there for having ordered little lately, so that the
    sum leans to the high side.

    References
    ----------
    .. [1] Benjamini and Hochberg (1995), JRSS B 57(1), 289-300.
    """
    _check(margin, recent_days, false_discovery_rate)
    source, end = as_source(transactions), pd.Timestamp(as_of)
    file, values = current_query(source, end, rule)
    counts = count_paces(source, end, recent_days, spells=file, **values)
    everyone = overall_pace(counts)
    habit = expected_orders(counts.loc[counts["is_active"] == 1], minimum_habit_days, everyone)
    change = _change(habit)
    judged = _judged(habit.assign(usual=change * habit["usual"]))
    warned = judged.loc[judged["q_value"] <= false_discovery_rate, [*_PACE, "p_value", "q_value"]]
    active: list[int] = []

    def listed(part: Source) -> pd.DataFrame:
        here = active_on(part, end, rule).index
        active.append(len(here))
        known = count_orders(part, end, recent_days).merge(warned, on=_PACE)
        known = known.loc[known["customer_id"].isin(here)]
        expected = expected_orders(known, minimum_habit_days, everyone)
        return _value(expected.assign(usual=change * expected["usual"]), end, margin)

    table = CustomerTable.written(map(listed, source.parts()), source.scratch)
    return EarlyWarnings(
        table=table.ranked("at_stake"),
        recent_days=recent_days,
        active=sum(active),
        judged=int(judged["customers"].sum()),
        pace_change=change,
        false_discovery_rate=false_discovery_rate,
    )


def _check(margin: float, recent_days: int, false_discovery_rate: float) -> None:
    check_margin(margin)
    if recent_days < 1:
        raise DataError(f"`recent_days` must be 1 or more; it is {recent_days}.")
    if not 0 < false_discovery_rate < 1:
        raise DataError(
            f"`false_discovery_rate` must be between 0 and 1; it is {false_discovery_rate}."
        )


def expected_orders(counts: pd.DataFrame, minimum_habit_days: int, everyone: float) -> pd.DataFrame:
    """Add the order days to expect, and how many order days that rests on.

    Parameters
    ----------
    counts : DataFrame
        From `count_orders` or `count_paces`.
    minimum_habit_days : int
        Whose habit is shorter is left out.
    everyone : float
        The pace of all customers.
    """
    evidence = counts["habit_orders"] + everyone * PRIOR_DAYS
    pace = evidence / (counts["habit_days"] + PRIOR_DAYS)
    expected = counts.assign(evidence=evidence, pace=pace, usual=pace * counts["recent_days"])
    return expected.loc[counts["habit_days"] >= minimum_habit_days].copy()


def _change(expected: pd.DataFrame) -> float:
    n = expected["customers"]
    usual = (n * expected["usual"]).sum()
    return float(max((n * expected["recent_orders"]).sum(), 0.5) / usual) if usual > 0 else 1.0


def _judged(expected: pd.DataFrame) -> pd.DataFrame:
    """Return the paces whose fall could be told from chance, with p values and those of all."""
    judged = expected.loc[_tail(expected.assign(recent_orders=0)) <= 0.05]
    judged = judged.assign(p_value=_tail(judged)).sort_values("p_value", kind="stable")
    place = judged["customers"].cumsum()
    q = judged["p_value"] * judged["customers"].sum() / place
    return judged.assign(q_value=q[::-1].cummin()[::-1].clip(upper=1.0))


def _tail(expected: pd.DataFrame) -> npt.NDArray[np.float64]:
    size = expected["evidence"]
    orders, share = expected["recent_orders"], size / (size + expected["usual"])
    return np.asarray(stats.nbinom.cdf(orders, size, share))


def _value(judged: pd.DataFrame, end: pd.Timestamp, margin: float) -> pd.DataFrame:
    yearly = value_of_a_year(judged, judged["pace"], margin)
    fall = (1 - judged["recent_orders"] / judged["usual"]).clip(lower=0)
    columns = ["customer_id", "last_order", "days_since_last_order", "usual_orders"]
    numbers = ["recent_orders", "p_value", "q_value", "yearly_value", "at_stake", "at_stake_error"]
    return judged.assign(
        days_since_last_order=(end - judged["last_order"]).dt.days,
        usual_orders=judged["usual"],
        yearly_value=yearly,
        at_stake=yearly * fall,
        at_stake_error=_stake_error(judged, fall, margin),
    ).filter(columns + numbers)


def _stake_error(judged: pd.DataFrame, fall: pd.Series, margin: float) -> pd.Series:
    """Carry the errors of habit, recent pace and spend an order over to what is at stake."""
    pace, n = judged["pace"], judged["order_days"]
    days = judged["usual"] / pace
    spend = (judged["total"] / n).clip(lower=0)
    spend_variance = (judged["total_error"] ** 2 / n - spend**2).clip(lower=0) / n
    lost_variance = pace**2 / judged["evidence"] + (judged["recent_orders"] + 0.5) / days**2
    variance = spend**2 * lost_variance + (pace * fall) ** 2 * spend_variance
    return DAYS_PER_YEAR * margin * variance**0.5
