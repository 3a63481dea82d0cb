"""Whom to win back: customers already lost, by the value they had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.definition import InactivityWindow
from analysis.churn.followed import ended_before
from analysis.churn.habits import check_margin, count_orders
from analysis.churn.paces import DAYS_PER_YEAR
from analysis.customer_table import CustomerTable
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.churn.spells import Rule


def win_back(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    margin: float = 1.0,
    lost_within_days: int = 365,
) -> CustomerTable:
    """Who was lost in the last year and has not come back, by the value they had?

    Returns
    -------
    CustomerTable, one row a customer, the highest yearly value first
        customer_id, lost_on, last_order, days_since_last_order, order_days
        yearly_value : margin of twelve months, as from the first order until the day lost; with
            contracts, from the first day in the data on which one ran, or an order was
            placed, until the last
        yearly_value_error : its standard error, had the customer's days come by chance
        return_probability : share of silences so long that did end in an order; missing
            where too few were followed for as long again
    """
    check_margin(margin)
    source, end = as_source(transactions), pd.Timestamp(as_of)
    after = end - pd.Timedelta(days=lost_within_days)
    parts = (_of_part(part, end, rule, after, margin) for part in source.parts())
    return CustomerTable.written(parts, source.scratch).ranked("yearly_value")


def _of_part(
    source: Source, end: pd.Timestamp, rule: Rule | int, after: pd.Timestamp, margin: float
) -> pd.DataFrame:
    lost = ended_before(source, end, rule, after)
    lost = lost.merge(count_orders(source, end), on="customer_id")
    days = _days_known(lost, pd.Timestamp(source.first_date))
    silent = (end - lost["last_order"]).dt.days
    chance = pd.Series(np.nan, index=silent.index)
    if isinstance(rule, InactivityWindow):
        known = rule.table.loc[rule.table["days"] <= rule.followed_days // 2]
        chance = silent.map(known.set_index("days")["return_probability"])
    columns = ["customer_id", "lost_on", "last_order", "days_since_last_order", "order_days"]
    return lost.assign(
        days_since_last_order=silent,
        yearly_value=DAYS_PER_YEAR * margin * (lost["total"] / days).clip(lower=0),
        yearly_value_error=DAYS_PER_YEAR * margin * lost["total_error"] / days,
        return_probability=chance,
    ).filter([*columns, "yearly_value", "yearly_value_error", "return_probability"])


def _days_known(lost: pd.DataFrame, data_begin: pd.Timestamp) -> pd.Series:
    began = lost["spell_start"].where(lost["spell_start"] > data_begin, data_begin)
    since = lost[["first_order"]].assign(began=began).min(axis=1)
    until = lost[["last_order", "lost_on"]].max(axis=1)
    return (until - since).dt.days.clip(lower=1)
