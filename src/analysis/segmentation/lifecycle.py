"""Lifecycle stages: who is new, who keeps coming, who has fallen silent?

The first rule that fits decides:

=======  =====================================================================
Lost     silent for at least `lost_days`
Dormant  silent for at least `dormant_days`
New      first order at most `new_days` ago, or only one order so far
Loyal    at least `loyal_orders` orders (within the time that the column covers)
Repeat   everyone else: two orders or more, the last one not long ago
=======  =====================================================================

Where the data begin, old customers look new: their earlier orders are not in the data. With
`data_begin` given, a first order in the first `new_days` days of the data counts as unknown
rather than new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.segmentation.checks import check_customers
from analysis.summary import acquired_inside

if TYPE_CHECKING:
    import datetime as dt

STAGES: tuple[str, ...] = ("New", "Repeat", "Loyal", "Dormant", "Lost")


def lifecycle_stages(
    customers: pd.DataFrame,
    as_of: dt.date | str,
    *,
    new_days: int = 90,
    loyal_orders: float = 12,
    dormant_days: float = 60,
    lost_days: float = 180,
    recent_orders: str = "orders",
    data_begin: dt.date | str | None = None,
) -> pd.DataFrame:
    """Which stage of its life with us has each customer reached on `as_of`?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id`, `first_order`, `last_order`, `orders` and the column of
        `recent_orders`.
    as_of : date
        Day from which durations count back; no order may lie after it.
    new_days, dormant_days, lost_days : float
        Limits in days. For `lost_days` the estimated inactivity window of the churn
        analysis serves well: the silence after which few return.
    loyal_orders : float
        Orders that make a customer loyal, counted in the column `recent_orders`.
    recent_orders : str
        Column with the orders of the last months; by default all orders to date.
    data_begin : date, optional
        First day of the data.

    Returns
    -------
    DataFrame, one row per customer in the order given
        customer_id; days_since_first_order, days_since_last_order; orders;
        stage : ordered categorical New, Repeat, Loyal, Dormant, Lost.

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, an order lies after `as_of`,
        or `dormant_days` is not below `lost_days`.
    """
    check_customers(customers, ["first_order", "last_order", "orders", recent_orders])
    if not 0 < dormant_days < lost_days:
        raise DataError(
            "`dormant_days` must lie between 0 and `lost_days`;"
            f" got {dormant_days:g} and {lost_days:g}. Lower `dormant_days` in the settings."
        )
    today = pd.Timestamp(as_of)
    _check_not_later(customers, today)
    age = (today - customers["first_order"]).dt.days
    silent = (today - customers["last_order"]).dt.days
    is_new = age <= new_days
    if data_begin is not None:
        is_new &= acquired_inside(customers, data_begin, new_days)
    stage = np.select(
        [
            silent >= lost_days,
            silent >= dormant_days,
            is_new | (customers["orders"] <= 1),
            customers[recent_orders] >= loyal_orders,
        ],
        [STAGES.index(name) for name in ("Lost", "Dormant", "New", "Loyal")],
        default=STAGES.index("Repeat"),
    ).astype(np.int64)
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "days_since_first_order": age,
            "days_since_last_order": silent,
            "orders": customers["orders"],
            "stage": pd.Categorical.from_codes(stage, categories=pd.Index(STAGES), ordered=True),
        },
        index=customers.index,
    )


def _check_not_later(customers: pd.DataFrame, today: pd.Timestamp) -> None:
    later = customers["last_order"] > today
    if later.any():
        first = customers[later].iloc[0]
        raise DataError(
            f"No order may lie after `as_of`, {today:%Y-%m-%d}; {later.sum()} of"
            f" {len(customers)} customers have one, first"
            f" customer_id={first['customer_id']!r} on {first['last_order']:%Y-%m-%d}."
            " Summarise the customers as of the same day."
        )
