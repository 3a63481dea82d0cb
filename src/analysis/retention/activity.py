"""Activity by period: who came, who stayed, who stayed away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines import read_query
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.periods import Kind

_MINOR = ("amount_minor", "kept_minor", "returned_minor", "leaving_minor")
_CODES: dict[str, str] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def activity_by_period(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    *,
    kind: Kind = "month",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How many customers were new, kept, returning and missing in each period?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    kind : {'day', 'week', 'month', 'quarter', 'year'}
        Length of a period.
    confidence : float
        Level of the interval of `retention`.

    Returns
    -------
    DataFrame, one row a period, without gaps, by time
        period_start, days : first day, and length
        complete : whether the data cover the period from its first day to its last
        customers, new, kept, returned : who ordered; the last three add up to the first
        lapsed, lapsed_revenue : ordered in the period before, not in this one; and what they
            spent in the period before
        retention, low, high : kept / customers of the period before, with Wilson's interval;
            missing in the first period and after one without customers
        orders, revenue, revenue_per_day, revenue_per_customer, orders_per_customer,
        revenue_per_order
        kept_orders, returned_orders, new_orders, kept_revenue, returned_revenue, new_revenue :
            of those kept, returned and new; three add up to the whole
    """
    source = as_source(transactions)
    if kind not in _CODES:
        raise DataError(f"`kind` must be one of {', '.join(_CODES)}; it is {kind!r}.")
    end = pd.Timestamp(as_of)
    raw = source.engine.run(read_query("activity"), as_of=end.date(), kind=kind).to_pandas(
        date_as_object=False
    )
    if raw.empty:
        raise DataError(
            f"No order on or before {end.date()}: the data begin on {source.first_date}."
        )
    counts = _without_gaps(raw, end, kind)
    before = counts["customers"].shift()
    low, high = wilson_interval(counts["kept"], before.fillna(0), confidence)
    revenue = counts["amount_minor"] / source.minor_units
    days = (_ends(counts["period_start"], kind) - counts["period_start"]).dt.days + 1
    kept, returned = (
        counts[name] / source.minor_units for name in ("kept_minor", "returned_minor")
    )
    new_minor = counts["amount_minor"] - counts["kept_minor"] - counts["returned_minor"]
    return counts.drop(columns=list(_MINOR)).assign(
        days=days,
        complete=_complete(counts["period_start"], source, end, kind),
        lapsed=(before - counts["kept"]).astype("Int64"),
        lapsed_revenue=counts["leaving_minor"].shift() / source.minor_units,
        retention=counts["kept"] / before.where(before > 0),
        low=low,
        high=high,
        revenue=revenue,
        revenue_per_day=revenue / days,
        revenue_per_customer=revenue / counts["customers"],
        orders_per_customer=counts["orders"] / counts["customers"],
        revenue_per_order=revenue / counts["orders"],
        new_orders=counts["orders"] - counts["kept_orders"] - counts["returned_orders"],
        kept_revenue=kept,
        returned_revenue=returned,
        new_revenue=new_minor / source.minor_units,
    )


def _without_gaps(raw: pd.DataFrame, end: pd.Timestamp, kind: Kind) -> pd.DataFrame:
    code = _CODES[kind]
    every = pd.period_range(raw["period_start"].iloc[0], end, freq=code).start_time
    return (
        raw.drop(columns="last_day")
        .set_index("period_start")
        .reindex(every, fill_value=0)
        .rename_axis("period_start")
        .reset_index()
    )


def _complete(starts: pd.Series, source: Source, end: pd.Timestamp, kind: Kind) -> pd.Series:
    last = min(end, pd.Timestamp(source.last_date))
    return (starts >= pd.Timestamp(source.first_date)) & (_ends(starts, kind) <= last)


def _ends(starts: pd.Series, kind: Kind) -> pd.Series:
    ends = pd.PeriodIndex(starts, freq=_CODES[kind]).end_time.normalize()
    return pd.Series(ends, index=starts.index)
