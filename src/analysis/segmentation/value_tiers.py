"""Value tiers: which customers are gold, silver and bronze, and who are the key accounts?

The rule: customers are ranked by spend. The top `gold_share` of them are gold, the next
`silver_share` silver, the rest bronze. Equals are never split: a group with the same spend
that does not fit whole into a tier goes to the next one together, so that a tier never holds
more than its share. Who has spent nothing, or less after returns, is bronze. Worked example,
ten customers with shares of 20% and 30%::

    spend    90    70    70    40    30    20    10     5     0    -3
    tier   gold  silver silver silver silver bronze ...

Two could be gold, but second and third are equal and only one place is left: both are silver.
Gold and silver together may hold five.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.customer_table import exact_sum, quoted
from analysis.errors import DataError
from analysis.segmentation.checks import check_customers, check_share, checked
from analysis.segmentation.distribution import distribution

if TYPE_CHECKING:
    from analysis.customer_table import CustomerTable

TIERS: tuple[str, ...] = ("Gold", "Silver", "Bronze")
_ROUNDING = 1e-9


def value_tiers(
    customers: pd.DataFrame,
    *,
    value: str = "total",
    gold_share: float = 0.2,
    silver_share: float = 0.3,
    among: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which value tier does each customer belong to?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id` and the column named by `value`.
    value : str
        Column that ranks: spend to date, spend in the last months, or predicted value.
    gold_share, silver_share : float
        Most customers that may be gold, and silver, as shares of all.
    among : DataFrame, optional
        The `distribution` of the value over all customers, where these are some of them.

    Returns
    -------
    DataFrame, one row per customer in the order given
        customer_id; spend : the value that ranked; rank : 1 for the highest, equals share
        the best; tier : ordered categorical, best first.

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, or the shares are not
        between 0 and 1, or together 1 or more.
    """
    check_customers(customers, [value])
    check_share("gold_share", gold_share)
    check_share("silver_share", silver_share)
    if gold_share + silver_share >= 1:
        raise DataError(
            "`gold_share` and `silver_share` together must stay below 1, for bronze;"
            f" got {gold_share} + {silver_share}."
        )
    places = distribution(customers, value) if among is None else among
    amounts, equals = places["amount"].to_numpy(), places["customers"].to_numpy()
    everybody, as_little_or_less = equals.sum(), np.cumsum(equals)
    as_many_or_more = everybody - as_little_or_less + equals
    is_gold, is_silver = (
        (as_many_or_more <= share * everybody + _ROUNDING) & (amounts > 0)
        for share in (gold_share, gold_share + silver_share)
    )
    at = np.searchsorted(amounts, customers[value].to_numpy())
    codes = np.where(is_gold, 0, np.where(is_silver, 1, 2))[at]
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "spend": customers[value],
            "rank": (everybody - as_little_or_less + 1).astype(np.int64)[at],
            "tier": pd.Categorical.from_codes(codes, categories=pd.Index(TIERS), ordered=True),
        },
        index=customers.index,
    )


def tier_cutoffs(tiers: pd.DataFrame | CustomerTable) -> pd.DataFrame:
    """From which spend on is a customer gold or silver, and what do the tiers bring?

    Parameters
    ----------
    tiers : DataFrame or CustomerTable
        Result of `value_tiers`.

    Returns
    -------
    DataFrame, one row per tier, best first
        tier, customers, share_of_customers, lowest, highest (spend; missing for an empty
        tier), spend, share_of_spend.
    """
    found = checked(tiers, ["tier", "spend"]).query(
        "SELECT tier, COUNT(*) AS customers, MIN(spend) AS lowest, MAX(spend) AS highest,"  # noqa: S608
        f" {exact_sum('spend')} AS spend FROM customers GROUP BY tier"
    )
    table = found.set_index("tier").reindex(TIERS).reset_index()
    table["tier"] = pd.Categorical(table["tier"], categories=pd.Index(TIERS), ordered=True)
    table["customers"] = table["customers"].fillna(0).astype("int64")
    table["spend"] = table["spend"].fillna(0.0)
    total = table["spend"].sum()
    table.insert(2, "share_of_customers", table["customers"] / max(len(tiers), 1))
    table["share_of_spend"] = table["spend"] / total if total > 0 else np.nan
    return table


def key_accounts(
    customers: pd.DataFrame | CustomerTable,
    *,
    value: str = "total",
    share: float = 0.01,
    at_least: int = 10,
) -> pd.DataFrame:
    """Which few customers bring so much that each deserves a name on a list?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `customer_id` and the column named by `value`; other columns are kept.
    value : str
        Column that ranks.
    share : float
        Share of the customers to list, rounded up.
    at_least : int
        Smallest length of the list, if there are that many with a value above zero.

    Returns
    -------
    DataFrame, highest value first; equals at the end of the list are all kept
        rank, the other columns of `customers`, share_of_spend, cumulative_share.

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, or `share` is out of range.
    """
    table = checked(customers, [value])
    check_share("share", share)
    length = max(at_least, int(np.ceil(share * len(customers) - _ROUNDING)))
    last = table.query(
        f"SELECT MIN({quoted(value)}) AS least FROM (SELECT {quoted(value)} FROM customers"  # noqa: S608
        f" ORDER BY {quoted(value)} DESC LIMIT $length)",
        length=length,
    )["least"].iloc[0]
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers.frames()
    listed: pd.DataFrame = pd.concat(
        [rows[(rows[value] >= last) & (rows[value] > 0)] for rows in frames]
    )
    listed = listed.sort_values([value, "customer_id"], ascending=[False, True], ignore_index=True)
    listed["rank"] = listed[value].rank(method="min", ascending=False).astype("int64")
    total = table.total(value)
    share_of_spend = listed[value] / (total if total > 0 else np.nan)
    kept = [name for name in customers.columns if name != "rank"]
    return listed[["rank", *kept]].assign(
        share_of_spend=share_of_spend, cumulative_share=share_of_spend.cumsum()
    )
