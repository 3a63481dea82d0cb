"""A window for each segment: after which silence is a customer of that kind lost?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.definition import inactivity_window
from analysis.churn.habits import attributes, count_orders, habits
from analysis.churn.paces import pace_groups, pace_limits
from analysis.churn.rates import window_sensitivity
from analysis.churn.spells import ContractEnd, Rule
from analysis.engines import among
from analysis.errors import DataError, TooFewError
from analysis.segmentation.value_tiers import value_tiers
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.periods import Period

_COLUMNS = [
    "segment", "customers", "window_days", "days_low", "days_high", "method", "active", "lost",
    "rate", "low", "high", "rate_half", "rate_double", "refused",
]  # fmt: skip


def customer_segments(
    transactions: Source | pd.DataFrame,
    day: dt.date | str,
    by: str,
    *,
    gold_share: float = 0.2,
    silver_share: float = 0.3,
) -> pd.Series:
    """Which segment is each customer in: a group of pace, a value tier, or an attribute?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    day : date
        Nothing after it is read.
    by : str
        'pace', 'tier' (by what was spent until the day), or an attribute of the customers.
    gold_share, silver_share : float
        As for `segmentation.value_tiers`.

    Returns
    -------
    Series of segments, indexed by customer_id; missing where not known

    Raises
    ------
    DataError
        If the source has no such attribute.
    """
    source = as_source(transactions)
    if by == "pace":
        on = pd.Timestamp(day)
        first = count_orders(source, on).set_index("customer_id")["first_order"]
        pace = habits(source, on, first)["orders_per_month"]
        return pace_groups(pace, pace_limits(source, on))
    if by == "tier":
        spent = count_orders(source, pd.Timestamp(day))
        tiers = value_tiers(spent, gold_share=gold_share, silver_share=silver_share)
        return tiers.set_index("customer_id")["tier"]
    known = attributes(source)
    if by not in known:
        raise DataError(
            f"`{by}` is no attribute of the customers. Choose 'pace', 'tier', or a column of the"
            " table [customers] in the settings."
        )
    return known[by]


def segment_windows(
    transactions: Source | pd.DataFrame,
    period: Period,
    segments: pd.Series,
    *,
    return_below: float = 0.05,
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """After how long a silence is a customer of each segment lost, and how many are?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    period : Period
        Whose losses are counted; nothing after its end is read.
    segments : Series, indexed by customer_id
        Groups by any attribute, pace or value tier; customers without one are in none.
    return_below, confidence
        As for `inactivity_window`.
    minimum_customers : int
        Smaller segments have no window.

    Returns
    -------
    DataFrame, one row a segment, in order
        segment, customers; window_days, days_low, days_high, method, as in `InactivityWindow`;
        active, lost, rate, low, high in `period` under this window; rate_half, rate_double:
        under half and twice the window; refused : why there is none, else empty
    """
    source = as_source(transactions)
    known = segments.dropna()
    rows = []
    for name in _in_order(known):
        customers = known.index[known == name]
        row: dict[str, object] = {"segment": str(name), "customers": len(customers), "refused": ""}
        try:
            row |= _window_of(
                source, period, customers, return_below, minimum_customers, confidence
            )
        except TooFewError as reason:
            row["refused"] = str(reason)
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=_COLUMNS)


def windows_by(
    transactions: Source | pd.DataFrame,
    period: Period,
    rule: Rule,
    by: str,
    *,
    return_below: float = 0.05,
    minimum_customers: int = 30,
    gold_share: float = 0.2,
    silver_share: float = 0.3,
) -> pd.DataFrame:
    """Return `segment_windows` of `customer_segments`; no row where none are asked for.

    With contracts there is no window, and so no row either.
    """
    if not by or isinstance(rule, ContractEnd):
        return pd.DataFrame(columns=_COLUMNS)
    segments = customer_segments(
        transactions, period.end, by, gold_share=gold_share, silver_share=silver_share
    )
    return segment_windows(
        transactions,
        period,
        segments,
        return_below=return_below,
        minimum_customers=minimum_customers,
    )


def _in_order(segments: pd.Series) -> list[object]:
    if isinstance(segments.dtype, pd.CategoricalDtype):
        return list(segments.cat.remove_unused_categories().cat.categories)
    return sorted(segments.unique(), key=str)


def _window_of(
    source: Source,
    period: Period,
    customers: pd.Index,
    return_below: float,
    minimum_customers: int,
    confidence: float,
) -> dict[str, object]:
    if len(customers) < minimum_customers:
        raise TooFewError(
            f"A window takes at least {minimum_customers} customers; there are {len(customers)}."
        )
    part = replace(source, engine=source.engine.where(among(customers)))
    window = inactivity_window(part, period.end, return_below=return_below, confidence=confidence)
    rates = window_sensitivity(part, period, window, factors=(0.5, 1.0, 2.0))
    half, own, double = (rates.iloc[at] for at in range(3))
    return {
        "window_days": window.days,
        "days_low": window.days_low,
        "days_high": window.days_high,
        "method": window.method,
        **{name: own[name] for name in ("active", "lost", "rate", "low", "high")},
        "rate_half": half["rate"],
        "rate_double": double["rate"] if double["complete"] else np.nan,
    }
