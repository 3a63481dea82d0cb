"""How large each group of customers is, and what it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.proportions import wilson_interval
from analysis.segmentation.checks import check_customers
from analysis.segmentation.concentration import Concentration, concentration
from analysis.segmentation.rules import AIMS, segment_rules
from analysis.segmentation.shares import spend_share

if TYPE_CHECKING:
    from analysis.segmentation.snapshot import Snapshot


def group_sizes(customers: pd.DataFrame, column: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """How many customers are in each group, and what share of the spend do they bring?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id`, `spend`, `orders`, `days_since_last_order` and `column`, a categorical.
    column : str
        'segment', 'tier', 'stage' or any other.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame, one row per category in their order, empty ones included
        group; customers; share_of_customers, customers_low, customers_high (Wilson);
        spend; share_of_spend, spend_low, spend_high (linearised, logit scale; missing for a
        group without customers); spend_per_customer, orders_per_customer,
        median_days_silent.
    """
    check_customers(customers, [column, "spend", "orders", "days_since_last_order"])
    table = (
        customers.groupby(column, observed=False)
        .agg(
            customers=("customer_id", "size"),
            spend=("spend", "sum"),
            spend_per_customer=("spend", "mean"),
            orders_per_customer=("orders", "mean"),
            median_days_silent=("days_since_last_order", "median"),
        )
        .rename_axis("group")
        .reset_index()
    )
    of = len(customers)
    low, high = wilson_interval(table["customers"], np.full(len(table), of), confidence)
    brought = np.array(
        [
            spend_share(customers["spend"], customers[column] == name, confidence)
            for name in table["group"]
        ]
    ).reshape(-1, 3)
    return pd.DataFrame(
        {
            "group": table["group"],
            "customers": table["customers"],
            "share_of_customers": table["customers"] / of if of else np.nan,
            "customers_low": low,
            "customers_high": high,
            "spend": table["spend"],
            "share_of_spend": brought[:, 0],
            "spend_low": brought[:, 1],
            "spend_high": brought[:, 2],
            "spend_per_customer": table["spend_per_customer"],
            "orders_per_customer": table["orders_per_customer"],
            "median_days_silent": table["median_days_silent"],
        }
    )


def sizes_over_time(now: Snapshot, before: Snapshot, column: str) -> pd.DataFrame:
    """Set the sizes of the groups beside those at the earlier date.

    Returns
    -------
    DataFrame
        As `group_sizes`, with customers_before and share_before (of customers), missing when
        there were no customers at the earlier date.
    """
    sizes = group_sizes(now.customers, column)
    earlier = group_sizes(before.customers, column)
    known = len(before.customers) > 0
    sizes["customers_before"] = earlier["customers"].astype(float) if known else np.nan
    sizes["share_before"] = earlier["share_of_customers"]
    return sizes


def concentration_of(snapshot: Snapshot) -> Concentration:
    """Return the concentration of spend at one date; shares are missing when nobody had spent."""
    customers = snapshot.customers
    if (customers["spend"] > 0).any():
        return concentration(customers, value="spend")
    top = pd.DataFrame({"top_share": [0.01, 0.2], "customers": 0})
    return Concentration(
        customers=len(customers),
        below_zero=int((customers["spend"] < 0).sum()),
        gini=np.nan,
        gini_low=np.nan,
        gini_high=np.nan,
        top=top.assign(share_of_spend=np.nan, low=np.nan, high=np.nan),
        lorenz=pd.DataFrame(columns=["share_of_customers", "share_of_spend"], dtype=float),
    )


def action_list(customers: pd.DataFrame) -> pd.DataFrame:
    """What to do with each segment, the ones to win back first?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `group_sizes`, with `segment` from `score_rfm`.

    Returns
    -------
    DataFrame, one row per segment that has customers; by aim, then by spend
        aim, segment, customers, spend, spend_per_customer, median_days_silent, action.
    """
    sizes = group_sizes(customers, "segment").rename(columns={"group": "segment"})
    table = segment_rules()[["segment", "aim", "action"]].merge(sizes, on="segment")
    table["aim"] = pd.Categorical(table["aim"], categories=AIMS, ordered=True)
    table = table[table["customers"] > 0].sort_values(
        ["aim", "spend"], ascending=[True, False], ignore_index=True
    )
    return table[
        [
            "aim",
            "segment",
            "customers",
            "spend",
            "spend_per_customer",
            "median_days_silent",
            "action",
        ]
    ]
