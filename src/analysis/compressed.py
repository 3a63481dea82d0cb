"""Customers counted by their history: what fits of repeat buying need, from where the data are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.engines import read_query
from analysis.summary import DAYS_PER_UNIT
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    from analysis.summary import Unit

__all__ = ["compressed_rows"]

_NOBODY = dt.date(1, 1, 1)
_KEYS = ["there_before", "frequency", "recency", "age"]
_BILLION = 1e9


def compressed_rows(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    *,
    unit: Unit = "week",
    known_after: dt.date | None = None,
    count_from: dt.date | None = None,
    within_days: int | None = None,
    gaps: bool = False,
) -> pd.DataFrame:
    """How many customers have each history, until `as_of`?

    The same rows as of `summary.compress` over `summary.summarise_customers`, and where
    `count_from` is given over `summary.count_from`; but counted in the engine, so that no
    table with a row a customer is made.

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summarise_customers`.
    as_of : date
        Last day that counts.
    unit : {'week', 'day'}
        Of `recency`, `T` and `seen_within`.
    known_after : date, optional
        A first order up to this day may not have been the first. Such customers are counted from
        `count_from`; where that is missing, they are left out.
    count_from : date, optional
        From when on customers who were there before are counted.
    within_days : int, optional
        Length of the stretch in which these must have ordered to be in the table; as for
        `summary.count_from`.
    gaps : bool
        Also gives the mean `log_gaps` of each row. With `count_from` that has to be the first day
        of the data.

    Returns
    -------
    DataFrame, a row a distinct history
        `frequency`, `recency`, `T`; `seen_within` where `count_from` is given; `weight`, the
        customers; `log_gaps` where asked for. None where nobody ordered.
    """
    source = as_source(transactions)
    days = {
        "as_of": pd.Timestamp(as_of).date(),
        "known_after": known_after or _NOBODY,
        "count_from": count_from or _NOBODY,
    }
    rows = source.engine.run(read_query("compressed_rows"), **days).to_pandas()
    per_unit = DAYS_PER_UNIT[unit]
    if gaps:
        rows["log_gaps"] = _mean_log_gaps(source, days, rows, per_unit)
    if count_from is None:
        rows = rows[rows["there_before"] == 0]
    found = pd.DataFrame(
        {
            "frequency": rows["frequency"],
            "recency": rows["recency"] / per_unit,
            "T": rows["age"] / per_unit,
            "weight": rows["customers"],
        }
    )
    keys = ["frequency", "recency", "T"]
    if count_from is not None:
        within = found["T"]
        if within_days is not None:
            within = within.clip(upper=(within_days + 1) / per_unit)
        found.insert(3, "seen_within", within.where(rows["there_before"] == 1))
        keys.append("seen_within")
    if gaps:
        found["log_gaps"] = rows["log_gaps"]
    return found.sort_values(keys, ignore_index=True)


def _mean_log_gaps(
    source: Source, days: dict[str, dt.date], rows: pd.DataFrame, per_unit: int
) -> pd.Series:
    """Return the mean sum of the logarithms of the gaps of each row, in units of time."""
    asked = {"as_of": days["as_of"], "known_after": days["known_after"]}
    answer = source.engine.run(read_query("compressed_gaps"), **asked, begin=days["count_from"])
    found = rows[_KEYS].merge(answer.to_pandas(), on=_KEYS, how="left", validate="1:1")
    in_days = found["log_gaps"].to_numpy(dtype=np.float64) / _BILLION
    mean = in_days / rows["customers"].to_numpy(dtype=np.float64)
    return pd.Series(mean - rows["frequency"].to_numpy() * np.log(per_unit), index=rows.index)
