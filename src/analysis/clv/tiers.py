"""Value tiers: who is gold, silver and bronze by value ahead, and what losing them would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.clv.valuation import Valuation

__all__ = ["TIERS", "assign_tiers", "tier_table"]

TIERS = ("Gold", "Silver", "Bronze")


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
    if not (gold_share > 0 and silver_share >= 0 and gold_share + silver_share < 1):
        raise DataError(
            "`gold_share` and `silver_share` must be shares that leave some for bronze; got "
            f"{gold_share} and {silver_share}. Give, say, 0.2 and 0.3."
        )
    worth = valuation.table["value"]
    behind = worth.rank(method="max", ascending=False) / max(len(worth), 1)
    places = np.digitize(behind, [gold_share + 1e-12, gold_share + silver_share + 1e-12])
    names = pd.Series(np.array(TIERS)[places], index=worth.index, name="tier")
    return names.astype(pd.CategoricalDtype(list(TIERS), ordered=True))


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
    everything = valuation.table["value"].sum()
    rows = []
    for tier in TIERS:
        members = valuation.table[(tiers == tier).to_numpy()]
        total = valuation.estimate("value", tiers == tier)
        rows.append(
            {
                "tier": tier,
                "customers": len(members),
                "share_of_customers": len(members) / len(valuation.table),
                "cut_off": members["value"].min(),
                "value": total.estimate,
                "low": total.low,
                "high": total.high,
                "share_of_value": total.estimate / everything,
                "value_per_customer": members["value"].mean(),
                "expected_purchases": members["expected_purchases"].mean(),
                "probability_alive": members["probability_alive"].mean(),
            }
        )
    return pd.DataFrame(rows)
