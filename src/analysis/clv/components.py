"""What the value ahead is made of: coming back, spending more than others, and the unmeasured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.gathered import Total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.valuation import Valuation
    from analysis.clv.worth import Terms, Worth

__all__ = ["UNMEASURED", "split_worth", "value_components"]

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
    everybody = valuation.worth()
    group = everybody if which is None else valuation.worth(which)
    return split_worth(everybody, group, valuation.terms)


def split_worth(everybody: Worth, group: Worth, terms: Terms) -> pd.DataFrame:
    """Return what `value_components` does, for a group of customers given by its sums."""
    (share, cost), of_all = terms.per_purchase("value"), everybody.discounted
    n = max(of_all.customers, 1.0)
    mean = of_all.spend / n
    worth = float(group.discounted.amounts[0])
    slopes = np.zeros(terms.covariance.shape[0])
    dearer = of_all.of_spend[0] * share * worth / n
    slopes[slopes.size - dearer.size :] = dearer
    coming = group.discounted.total(0.0, cost - share * mean)
    spending = group.discounted.total(share, share * mean)
    rows = {
        "repeat purchase": (coming, slopes, "had everybody the mean spend of all"),
        "spend": (spending, -slopes, "what it changes that each spends an own amount"),
    }
    measured = []
    for name, (total, with_mean, note) in rows.items():
        moved = Total(total.amount, total.variance, total.slopes + with_mean)
        error = moved.reach(terms.covariance, terms.confidence)
        measured.append(
            (name, moved.amount, moved.amount - error, moved.amount + error, True, note)
        )
    missing = float("nan")
    absent = [(name, missing, missing, missing, False, note) for name, note in UNMEASURED.items()]
    columns = ["component", "value", "low", "high", "measured", "note"]
    return pd.DataFrame(measured + absent, columns=columns)
