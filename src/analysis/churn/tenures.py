"""How long contracts have lasted, and since when a table of them tells starts and ends."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.paces import DAYS_PER_MONTH

if TYPE_CHECKING:
    from analysis.churn.sampling import Sampling

_HEAP, _TENURE_HEAP, _HEAP_SHARE = 10, 5, 0.05


def contract_tenures(spells: pd.DataFrame, as_of: dt.date | str) -> pd.DataFrame:
    """Return how long contracts have lasted, in months, for `check_sampling`.

    Parameters
    ----------
    spells : DataFrame
        From `find_spells` with the rule `ContractEnd`. The first spell of each customer counts,
        as a return is another life; those whose beginning is not known are left out.
    as_of : date
        The day of `find_spells`.

    Returns
    -------
    DataFrame, one row a customer: tenure, left, left_ago
    """
    rows = spells.loc[(spells["spell"] == 1) & spells["start_known"]]
    end = pd.Timestamp(as_of)
    ended = rows["spell_end"].fillna(end)
    return pd.DataFrame(
        {
            "tenure": (ended - rows["origin"]).dt.days / DAYS_PER_MONTH,
            "left": rows["spell_end"].notna(),
            "left_ago": (end - rows["spell_end"]).dt.days / DAYS_PER_MONTH,
        }
    ).reset_index(drop=True)


def tenure_counts(
    first: pd.DataFrame, end: pd.Timestamp, starts_from: dt.date | None
) -> pd.DataFrame:
    """Return `contract_tenures` with how many customers have each.

    Parameters
    ----------
    first : DataFrame
        First spells, from `count_spells`.
    end : Timestamp
        The day of them.
    starts_from : date, optional
        A contract that begins on this day or earlier may be older, and is left out.
    """
    known = first["start_day"] > (pd.Timestamp(starts_from or dt.date.min) - end).days
    rows = first.loc[known]
    keys = {
        "tenure": (rows["end_day"].fillna(0) - rows["start_day"] + 1) / DAYS_PER_MONTH,
        "left": rows["end_day"].notna(),
        "left_ago": -rows["end_day"] / DAYS_PER_MONTH,
    }
    table = pd.DataFrame(keys).assign(customers=rows["spells"])
    return table.groupby(list(keys), dropna=False)["customers"].sum().reset_index()


def heaped_start(first: pd.DataFrame, end: pd.Timestamp) -> dt.date | None:
    """Find the first day of all contracts, where so many begin on it that it cannot be true.

    That is how systems write "then or earlier". A twentieth of the customers must begin on the
    day, and ten times as many as on a usual day with a beginning. First spells and their day are
    as for `tenure_counts`.
    """
    begun = first.groupby("start_day")["spells"].sum()
    if len(begun) < _HEAP:
        return None
    most = begun.iloc[0]
    heaped = most > _HEAP * begun.median() and most >= _HEAP_SHARE * begun.sum()
    return (end + pd.Timedelta(days=int(begun.index[0]))).date() if heaped else None


def heaped_tenure(rows: pd.DataFrame) -> tuple[float, float]:
    """Find whether so many have the longest tenure that records must begin there."""
    sizes = rows.loc[~rows["left"]].groupby("tenure")["customers"].sum()
    if len(sizes) < _HEAP:
        return np.nan, np.nan
    n, share = sizes.iloc[-1], sizes.iloc[-1] / sizes.sum()
    heaped = n > _TENURE_HEAP * sizes.median() and share >= _HEAP_SHARE
    return (float(sizes.index[-1]), float(share)) if heaped else (np.nan, np.nan)


def recorded_from(sampling: Sampling, as_of: dt.date | str) -> dt.date | None:
    """Return the first day whose departures are in the table; None where all are."""
    if not np.isfinite(sampling.window):
        return None
    days = round(sampling.window * DAYS_PER_MONTH)
    return (pd.Timestamp(as_of) - pd.Timedelta(days=days - 1)).date()
