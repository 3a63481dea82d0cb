"""A window for each segment: after which silence is a customer of that kind lost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.around_start import around_start
from analysis.churn.definition import window_of
from analysis.churn.segments import Segments, as_given, by_attribute, by_pace, by_tier
from analysis.churn.silences import count_silences_by
from analysis.churn.spells import ContractEnd, Rule
from analysis.engines import read_query
from analysis.errors import TooFewError
from analysis.limits import if_enough
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.churn.around_start import AroundStart
    from analysis.churn.definition import InactivityWindow
    from analysis.churn.silences import Silences
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

    Notes
    -----
    All customers are in memory, as they were asked for; reports count by segment where the data
    are (`windows_by`).
    """
    source = as_source(transactions)
    segments = _chosen(source, pd.Timestamp(day), by, gold_share, silver_share)
    rows: pd.DataFrame = source.engine.run(
        read_query(segments.relation), **segments.values
    ).to_pandas()
    return segments.named(rows.set_index("customer_id")["segment"])


def segment_windows(
    transactions: Source | pd.DataFrame,
    period: Period,
    segments: pd.Series | Segments,
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
    segments : Series, indexed by customer_id, or Segments
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
    groups = as_given(segments) if isinstance(segments, pd.Series) else segments
    silences = count_silences_by(source, pd.Timestamp(period.end), groups)
    history = (pd.Timestamp(period.end) - pd.Timestamp(source.first_date)).days

    sizes = dict(_sizes(source, groups))
    windows = {
        key: if_enough(
            _window, silences.get(key), customers, minimum_customers, period.end, history,
            return_below=return_below, confidence=confidence,
        )
        for key, customers in sizes.items()
    }  # fmt: skip
    found = [one.days for one in windows.values() if not isinstance(one, TooFewError)]
    around = around_start(source, period, 2 * max(found, default=1), groups)
    rows = []
    for key, window in windows.items():
        row: dict[str, object] = {
            "segment": groups.names.get(key, key), "customers": sizes[key], "refused": "",
        }  # fmt: skip
        if isinstance(window, TooFewError):
            row["refused"] = str(window)
        else:
            row |= _lost_by(window, key, around, confidence)
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
    source, day = as_source(transactions), pd.Timestamp(period.end)
    segments = _chosen(source, day, by, gold_share, silver_share)
    return segment_windows(
        source,
        period,
        segments,
        return_below=return_below,
        minimum_customers=minimum_customers,
    )


def _chosen(
    source: Source, day: pd.Timestamp, by: str, gold_share: float, silver_share: float
) -> Segments:
    if by == "pace":
        return by_pace(source, day)
    if by == "tier":
        return by_tier(source, day, gold_share=gold_share, silver_share=silver_share)
    return by_attribute(source, by)


def _sizes(source: Source, groups: Segments) -> list[tuple[str, int]]:
    """Return the keys of the segments that have customers, in order, and how many."""
    query = read_query("segment_sizes", segments=groups.relation)
    rows = source.engine.run(query, **groups.values).to_pylist()
    sizes = {str(row["segment"]): int(row["customers"]) for row in rows}
    return [(key, sizes[key]) for key in groups.names or sorted(sizes) if key in sizes]


def _window(
    silences: Silences | None,
    customers: int,
    minimum: int,
    day: dt.date,
    history: int,
    *,
    return_below: float,
    confidence: float,
) -> InactivityWindow:
    if customers < minimum or silences is None:
        raise TooFewError(
            f"A window takes at least {minimum} customers; there are"
            f" {0 if silences is None else customers}."
        )
    return window_of(silences, day, history, return_below=return_below, confidence=confidence)


def _lost_by(
    window: InactivityWindow, key: str, around: AroundStart, confidence: float
) -> dict[str, object]:
    half, own, double = (
        around.rates(max(round(window.days * factor), 1), [key], confidence).loc[key]
        for factor in (0.5, 1.0, 2.0)
    )
    return {
        "window_days": window.days,
        "days_low": window.days_low,
        "days_high": window.days_high,
        "method": window.method,
        **{name: own[name] for name in ("active", "lost", "rate", "low", "high")},
        "rate_half": half["rate"],
        "rate_double": double["rate"] if double["complete"] else np.nan,
    }
