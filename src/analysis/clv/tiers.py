"""Value tiers: who is gold, silver and bronze by value ahead, and what losing them would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.customer_table import CustomerTable
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.clv.gathered import Estimate
    from analysis.clv.valuation import Valuation

__all__ = ["TIERS", "CutOffs", "Members", "assign_tiers", "find_cut_offs", "show_tiers",
           "tier_table"]  # fmt: skip

TIERS = ("Gold", "Silver", "Bronze")
_LEAST = """
SELECT MIN(value) AS least FROM customers
WHERE value > (SELECT value FROM customers ORDER BY value DESC LIMIT 1 OFFSET $customers)
"""


class CutOffs(NamedTuple):
    """The least value of a gold customer, and of a silver one; missing where there is none."""

    gold: float
    silver: float

    def tiers(self, value: NDArray[np.float64]) -> pd.Categorical:
        """Return the tier of each value."""
        codes = np.where(value >= self.gold, 0, np.where(value >= self.silver, 1, 2))
        return pd.Categorical(np.array(TIERS)[codes], categories=list(TIERS), ordered=True)


class Members(NamedTuple):
    """What is told of the customers in a tier: sums over them, and their value."""

    customers: int
    cut_off: float
    value: Estimate
    expected_purchases: float
    probability_alive: float


def find_cut_offs(table: CustomerTable, *, gold_share: float, silver_share: float) -> CutOffs:
    """From which value on is a customer gold, and silver?

    Parameters
    ----------
    table : CustomerTable
        With `value`.
    gold_share, silver_share : float
        As for `assign_tiers`.
    """
    if not (gold_share > 0 and silver_share >= 0 and gold_share + silver_share < 1):
        raise DataError(
            "`gold_share` and `silver_share` must be shares that leave some for bronze; got "
            f"{gold_share} and {silver_share}. Give, say, 0.2 and 0.3."
        )
    shares = gold_share, gold_share + silver_share
    counts = [int((share + 1e-12) * len(table)) for share in shares]
    least = [table.query(_LEAST, customers=count)["least"].iloc[0] for count in counts]
    return CutOffs(*(float(value) for value in least))


def assign_tiers(
    valuation: Valuation, *, gold_share: float = 0.2, silver_share: float = 0.3
) -> pd.Series:
    """Which tier is each customer in, ranked by value over the horizon?

    Parameters
    ----------
    valuation : Valuation
        What `value` returned.
    gold_share, silver_share : float
        Shares of the customers, from the most valuable down; the rest is bronze. Customers
        of equal value are never split: they go to the lower of the tiers in question.

    Returns
    -------
    Series, ordered categories, indexed like the table
    """
    worth = valuation.table[["value"]]
    table = CustomerTable.of(worth)
    cuts = find_cut_offs(table, gold_share=gold_share, silver_share=silver_share)
    return pd.Series(cuts.tiers(worth["value"].to_numpy()), index=worth.index, name="tier")


def tier_table(valuation: Valuation, tiers: pd.Series) -> pd.DataFrame:
    """How many customers are in each tier, from which value on, and what hangs on them?

    Returns
    -------
    DataFrame, a row a tier from gold down
        tier, customers, share_of_customers : who
        cut_off : the lowest value in the tier
        value, low, high : what would be lost if all of them left today, with its interval
        share_of_value : of the value of all
        value_per_customer : mean
        expected_purchases, probability_alive : means
    """
    found = {}
    for tier in TIERS:
        members = valuation.table[(tiers == tier).to_numpy()]
        found[tier] = Members(
            len(members),
            float(members["value"].min()),
            valuation.estimate("value", tiers == tier),
            float(members["expected_purchases"].sum()),
            float(members["probability_alive"].sum()),
        )
    return show_tiers(found)


def show_tiers(found: Mapping[str, Members]) -> pd.DataFrame:
    """Return the table of `tier_table`."""
    customers = sum(members.customers for members in found.values())
    everything = sum(members.value.estimate for members in found.values())
    rows = []
    for tier, members in found.items():
        n, (value, low, high) = members.customers, members.value
        rows.append(
            {
                "tier": tier,
                "customers": n,
                "share_of_customers": n / customers,
                "cut_off": members.cut_off,
                "value": value,
                "low": low,
                "high": high,
                "share_of_value": value / everything,
                "value_per_customer": value / n if n else np.nan,
                "expected_purchases": members.expected_purchases / n if n else np.nan,
                "probability_alive": members.probability_alive / n if n else np.nan,
            }
        )
    return pd.DataFrame(rows)
