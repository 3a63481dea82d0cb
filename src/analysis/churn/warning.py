"""Whom to call first: customers who are slower than their own habit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.churn.habits import (
    PRIOR_DAYS,
    check_margin,
    count_orders,
    overall_pace,
    value_of_a_year,
)
from analysis.churn.spells import Rule, find_spells
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

RECENT_DAYS = 56
_RECORD = ["warned", "customers", "pace_kept", "silent", "share", "low", "high"]


@dataclass(frozen=True, slots=True)
class EarlyWarnings:
    """Customers whose pace fell below their own habit, by the value at stake.

    Attributes
    ----------
    table : DataFrame, one row a customer warned of, the most at stake first
        customer_id, last_order, days_since_last_order
        usual_orders : order days to expect in the recent days, at the customer's own pace
        recent_orders : those there were
        p_value : chance of so few or fewer if the habit had not changed
        q_value : the same after allowing for the number of customers judged
        yearly_value : margin of twelve months at the customer's own pace
        at_stake : the part of it that the lost pace stands for
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

    table: pd.DataFrame
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

    A fall may be a holiday as well as a goodbye: `warning_record` tells what became of it.

    References
    ----------
    .. [1] Benjamini and Hochberg (1995), JRSS B 57(1), 289-300.
    """
    _check(margin, recent_days, false_discovery_rate)
    source, end = as_source(transactions), pd.Timestamp(as_of)
    active = _active(source, end, rule)
    expected = _expect(count_orders(source, end, recent_days), minimum_habit_days)
    expected = expected.loc[expected["customer_id"].isin(active)]
    change = _change(expected)
    expected["usual"] *= change
    judged = expected.loc[_tail(expected.assign(recent_orders=0)) <= 0.05]
    p = _tail(judged)
    q = np.asarray(stats.false_discovery_control(p, method="bh")) if len(judged) else p
    table = _value(judged.assign(p_value=p, q_value=q), end, margin)
    return EarlyWarnings(
        table=table.loc[table["q_value"] <= false_discovery_rate].reset_index(drop=True),
        recent_days=recent_days,
        active=len(active),
        judged=len(judged),
        pace_change=change,
        false_discovery_rate=false_discovery_rate,
    )


def warning_record(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    recent_days: int = RECENT_DAYS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What became of the customers who would have been warned of `recent_days` ago?

    Returns
    -------
    DataFrame, two rows: warned of, and active but not warned of
        warned, customers
        pace_kept : order days since, over those usual before the warning
        silent : customers without any order since; share, low, high : with Wilson's interval
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    then = end - pd.Timedelta(days=recent_days)
    rows = pd.DataFrame({"usual": [], "since": [], "warned": []}).astype({"warned": bool})
    if then >= pd.Timestamp(source.first_date):
        found = early_warnings(source, then, rule, recent_days=recent_days)
        rows = _expect(count_orders(source, then, recent_days), 1)
        rows = rows.loc[rows["customer_id"].isin(_active(source, then, rule))]
        since = count_orders(source, end, recent_days).set_index("customer_id")["recent_orders"]
        rows = rows.assign(
            since=rows["customer_id"].map(since),
            warned=rows["customer_id"].isin(found.table["customer_id"]),
        )
    warned = [_outcome(rows.loc[rows["warned"] == flag], confidence) for flag in (True, False)]
    return pd.DataFrame(warned).assign(warned=[True, False])[_RECORD]


def _outcome(rows: pd.DataFrame, confidence: float) -> dict[str, float]:
    n, silent = len(rows), int((rows["since"] == 0).sum())
    low, high = wilson_interval(silent, n, confidence)
    return {
        "customers": n,
        "pace_kept": rows["since"].sum() / rows["usual"].sum() if n else np.nan,
        "silent": silent,
        "share": silent / n if n else np.nan,
        "low": float(low),
        "high": float(high),
    }


def _check(margin: float, recent_days: int, false_discovery_rate: float) -> None:
    check_margin(margin)
    if recent_days < 1:
        raise DataError(f"`recent_days` must be 1 or more; it is {recent_days}.")
    if not 0 < false_discovery_rate < 1:
        raise DataError(
            f"`false_discovery_rate` must be between 0 and 1; it is {false_discovery_rate}."
        )


def _active(source: Source, day: pd.Timestamp, rule: Rule | int) -> pd.Series:
    spells = find_spells(source, day, rule)
    return spells.loc[spells["spell_end"].isna(), "customer_id"]


def _expect(counts: pd.DataFrame, minimum_habit_days: int) -> pd.DataFrame:
    """Add the order days to expect, and how many order days that rests on."""
    everyone = overall_pace(counts)
    evidence = counts["habit_orders"] + everyone * PRIOR_DAYS
    pace = evidence / (counts["habit_days"] + PRIOR_DAYS)
    expected = counts.assign(evidence=evidence, pace=pace, usual=pace * counts["recent_days"])
    return expected.loc[counts["habit_days"] >= minimum_habit_days].copy()


def _change(expected: pd.DataFrame) -> float:
    usual = expected["usual"].sum()
    return float(max(expected["recent_orders"].sum(), 0.5) / usual) if usual > 0 else 1.0


def _tail(expected: pd.DataFrame) -> npt.NDArray[np.float64]:
    size = expected["evidence"]
    orders, share = expected["recent_orders"], size / (size + expected["usual"])
    return np.asarray(stats.nbinom.cdf(orders, size, share))


def _value(judged: pd.DataFrame, end: pd.Timestamp, margin: float) -> pd.DataFrame:
    yearly = value_of_a_year(judged, judged["pace"], margin)
    fall = (1 - judged["recent_orders"] / judged["usual"]).clip(lower=0)
    columns = ["customer_id", "last_order", "days_since_last_order", "usual_orders"]
    numbers = ["recent_orders", "p_value", "q_value", "yearly_value", "at_stake"]
    return (
        judged.assign(
            days_since_last_order=(end - judged["last_order"]).dt.days,
            usual_orders=judged["usual"],
            yearly_value=yearly,
            at_stake=yearly * fall,
        )
        .sort_values(["at_stake", "customer_id"], ascending=[False, True])
        .filter(columns + numbers)
    )
