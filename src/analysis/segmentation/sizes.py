"""How large each group of customers is, and what it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.customer_table import exact_sum, quoted
from analysis.proportions import wilson_interval
from analysis.segmentation.checks import checked, names_of
from analysis.segmentation.concentration import Concentration, concentration
from analysis.segmentation.rules import AIMS, segment_rules
from analysis.segmentation.shares import shares_of_spend

if TYPE_CHECKING:
    import numpy.typing as npt

    from analysis.customer_table import CustomerTable
    from analysis.segmentation.snapshot import Snapshot


_BY_DAYS = """
    SELECT {group} AS "group", days_since_last_order AS days, COUNT(*) AS customers,
        {spend} AS spend, SUM(spend * spend) AS squares, CAST(SUM(orders) AS DOUBLE) AS orders
    FROM customers
    GROUP BY ALL
    ORDER BY ALL
"""


def group_sizes(
    customers: pd.DataFrame | CustomerTable, column: str, *, confidence: float = 0.95
) -> pd.DataFrame:
    """How many customers are in each group, and what share of the spend do they bring?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
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
    table = checked(customers, [column, "spend", "orders", "days_since_last_order"])
    names = names_of(table, column)
    by_days = table.query(_BY_DAYS.format(group=quoted(column), spend=exact_sum("spend")))
    by_days["group"] = by_days["group"].astype(str)
    sums = by_days.groupby("group")[["customers", "spend", "squares", "orders"]].sum()
    sums = sums.reindex(names, fill_value=0).astype(float)
    medians = {name: _median(rows) for name, rows in by_days.groupby("group")}
    n, of = sums["customers"].to_numpy(), len(customers)
    low, high = wilson_interval(n, np.full(len(n), of), confidence)
    share, spend_low, spend_high = shares_of_spend(sums["spend"], sums["squares"], confidence)
    some = np.where(n > 0, n, np.nan)
    return pd.DataFrame(
        {
            "group": pd.Categorical.from_codes(np.arange(len(names)), dtype=table.dtypes[column]),
            "customers": n.astype(np.int64),
            "share_of_customers": n / of if of else np.nan,
            "customers_low": low,
            "customers_high": high,
            "spend": sums["spend"].to_numpy(),
            "share_of_spend": share,
            "spend_low": spend_low,
            "spend_high": spend_high,
            "spend_per_customer": sums["spend"].to_numpy() / some,
            "orders_per_customer": sums["orders"].to_numpy() / some,
            "median_days_silent": [medians.get(name, np.nan) for name in names],
        }
    )


def _median(counted: pd.DataFrame) -> float:
    """Return the median of days, from how many customers have each; between two, the middle."""
    up_to_here = counted["customers"].cumsum().to_numpy()
    middle: npt.NDArray[np.float64] = counted["days"].to_numpy(dtype=float)[
        np.searchsorted(up_to_here, [up_to_here[-1] / 2, (up_to_here[-1] + 1) / 2])
    ]
    return float(middle.mean())


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
    signs = customers.query(
        "SELECT COUNT(*) FILTER (spend > 0) AS above, COUNT(*) FILTER (spend < 0) AS below"
        " FROM customers"
    ).iloc[0]
    if signs["above"]:
        return concentration(customers, value="spend")
    top = pd.DataFrame({"top_share": [0.01, 0.2], "customers": 0})
    return Concentration(
        customers=len(customers),
        below_zero=int(signs["below"]),
        gini=np.nan,
        gini_low=np.nan,
        gini_high=np.nan,
        top=top.assign(share_of_spend=np.nan, low=np.nan, high=np.nan),
        lorenz=pd.DataFrame(columns=["share_of_customers", "share_of_spend"], dtype=float),
    )


def action_list(customers: pd.DataFrame | CustomerTable) -> pd.DataFrame:
    """What to do with each segment, the ones to win back first?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
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
