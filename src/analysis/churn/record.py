"""Did earlier warnings come true? Made again from what was known then, and held against since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.followed import active_on
from analysis.churn.habits import count_orders
from analysis.churn.spells import Rule, find_spells
from analysis.churn.warning import RECENT_DAYS, early_warnings, expected_orders
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

WARNED, SIMPLE, OTHERS = "warned", "longest silent", "not warned"
_NUMBERS = ["customers", "pace_kept", "silent", "share", "low", "high", "recall"]
_RECORD = ["who", *_NUMBERS, "orders_missed", "lost", "lead_days"]


def warning_record(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    warned_on: dt.date | str | None = None,
    recent_days: int = RECENT_DAYS,
    named: Iterable[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What became of the customers who would have been warned of on an earlier day?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Until when it is known what became of them.
    rule : InactivityWindow, ContractEnd or int
        When a customer is lost.
    warned_on : date, optional
        The day of the warnings; `recent_days` before `as_of` when not given. Nothing after it
        is read for them.
    recent_days : int
        As for `early_warnings`.
    named : iterable of customer_id, optional
        The list that was handed out on that day; made again when not given.
    confidence : float
        Level of the intervals (Wilson).

    Returns
    -------
    DataFrame, three rows: warned of; a simple rule that names as many, those silent for longest;
    and active but not warned of
        who, customers
        pace_kept : order days since, over those usual before
        silent : customers without any order since; share (of those named: the precision), low,
            high; recall : of all active customers who fell silent, the part that was named
        orders_missed : order days short of the usual ones
        lost : customers lost since, by the rule; lead_days : median days from the warning to the
            day of the loss; missing where none was lost

    Raises
    ------
    DataError
        If the day of the warnings is not before `as_of`.

    Notes
    -----
    Silent customers are named by the simple rule because they are silent; those who order seldom
    are silent for long and miss little. So the orders missed stand beside the shares.
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    then = end - pd.Timedelta(days=recent_days) if warned_on is None else pd.Timestamp(warned_on)
    if then >= end:
        raise DataError(
            f"Warnings are judged by the time after them; {then.date()} is not before {end.date()}."
        )
    rows = _followed(source, then, end, rule, recent_days)
    if len(rows):
        if named is None:
            named = early_warnings(source, then, rule, recent_days=recent_days).table["customer_id"]
        rows = _with_named(rows, named, then)
    silent = int((rows["since"] == 0).sum())
    named = {WARNED: rows["warned"], SIMPLE: rows["longest"], OTHERS: ~rows["warned"]}
    record = [
        {"who": who} | _outcome(rows.loc[flag], silent, confidence) for who, flag in named.items()
    ]
    return pd.DataFrame(record)[_RECORD]


def _followed(
    source: Source, then: pd.Timestamp, end: pd.Timestamp, rule: Rule | int, recent_days: int
) -> pd.DataFrame:
    """Return the customers active then, and what each did since."""
    if then < pd.Timestamp(source.first_date):
        numbers = pd.DataFrame({"usual": [], "since": [], "lead": []}, dtype=float)
        return numbers.assign(warned=False, longest=False).astype({"warned": bool, "longest": bool})
    rows = expected_orders(count_orders(source, then, recent_days), 1)
    rows = rows.loc[rows["customer_id"].isin(active_on(source, then, rule).index)]
    days = (end - then).days
    since = count_orders(source, end, days).set_index("customer_id")["recent_orders"]
    spells = find_spells(source, end, rule)
    lost = spells.loc[spells["spell_end"] > then].groupby("customer_id")["spell_end"].min()
    return rows.assign(
        usual=rows["pace"] * days,
        since=since.reindex(rows["customer_id"]).to_numpy(np.float64),
        lead=(lost.reindex(rows["customer_id"]).set_axis(rows.index) - then).dt.days,
        warned=False,
        longest=False,
    )


def _with_named(rows: pd.DataFrame, named: Iterable[str], then: pd.Timestamp) -> pd.DataFrame:
    """Mark those warned of, and as many who had been silent for longest."""
    warned = rows["customer_id"].isin(list(named))
    silence = (then - rows["last_order"]).dt.days
    longest = silence.sort_values(ascending=False, kind="stable").index[: warned.sum()]
    return rows.assign(warned=warned, longest=rows.index.isin(longest))


def _outcome(rows: pd.DataFrame, all_silent: int, confidence: float) -> dict[str, float]:
    n, silent = len(rows), int((rows["since"] == 0).sum())
    low, high = wilson_interval(silent, n, confidence)
    usual, since = rows["usual"].sum(), rows["since"].sum()
    return {
        "customers": n,
        "pace_kept": since / usual if n else np.nan,
        "silent": silent,
        "share": silent / n if n else np.nan,
        "low": float(low),
        "high": float(high),
        "recall": silent / all_silent if all_silent else np.nan,
        "orders_missed": max(usual - since, 0.0),
        "lost": int(rows["lead"].notna().sum()),
        "lead_days": rows["lead"].median(),
    }
