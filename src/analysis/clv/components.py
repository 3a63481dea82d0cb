"""What the value ahead is made of: coming back, spending more than others, and the unmeasured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.ahead import PerPurchase, Total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.valuation import Valuation

__all__ = ["UNMEASURED", "value_components"]

UNMEASURED = {
    "cross-sell": "needs offers: which customer was offered which other product, and when",
    "referral": "needs referrals: who brought whom",
    "saved cost": "needs the cost of serving each customer, over time",
}


def value_components(
    valuation: Valuation, which: NDArray[np.bool_] | pd.Series | None = None
) -> pd.DataFrame:
    """What is the value ahead made of?

    Repeat purchase is what the customers would bring if each spent the mean of them all a
    purchase. Spend is what it adds, or takes away, that each spends an own amount: more than
    nothing where those who come more often also spend more. Both add up to the value ahead.

    Parameters
    ----------
    valuation : Valuation
        What `value` returned.
    which : array or Series of bool, optional
        The customers to count; all when not given. The mean spend is always that of all.

    Returns
    -------
    DataFrame, a row a component
        component : its name
        value, low, high : with its interval; missing where it is not measured
        measured : bool
        note : what it is, or what would have to be known
    """
    ahead, everybody = valuation.ahead, valuation.ahead.sums()
    share, cost, today = valuation.brings("value")
    n = max(len(valuation.table), 1)
    mean = float(everybody.spend.sum()) / n
    sums = everybody if which is None else ahead.sums(np.asarray(which, bool))
    worth = float((today * sums.customers) @ ahead.outlook.moments.mean)
    slopes = np.zeros(ahead.covariance.shape[0])
    dearer = ahead.spend_slopes(everybody, share * worth / n)
    slopes[slopes.size - dearer.size :] = dearer
    coming = ahead.total(PerPurchase(0.0, cost - share * mean, today), sums)
    spending = ahead.total(PerPurchase(share, share * mean, today), sums)
    rows = {
        "repeat purchase": (coming, slopes, "had everybody the mean spend of all"),
        "spend": (spending, -slopes, "what it changes that each spends an own amount"),
    }
    measured = []
    for name, (total, with_mean, note) in rows.items():
        moved = Total(total.amount, total.variance, total.slopes + with_mean)
        error = ahead.error(moved, valuation.confidence)
        measured.append(
            (name, moved.amount, moved.amount - error, moved.amount + error, True, note)
        )
    missing = float("nan")
    absent = [(name, missing, missing, missing, False, note) for name, note in UNMEASURED.items()]
    columns = ["component", "value", "low", "high", "measured", "note"]
    return pd.DataFrame(measured + absent, columns=columns)
