"""Did earlier warnings come true? Made again from what was known then, and held against since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.followed import active_on, followed_from
from analysis.churn.habits import count_orders
from analysis.churn.named import OTHERS, WARNED, listed, outcomes
from analysis.churn.paces import count_paces, overall_pace
from analysis.churn.warning import RECENT_DAYS, early_warnings, expected_orders
from analysis.customer_table import CustomerTable
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from analysis.churn.spells import Rule

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
    if named is None and then >= pd.Timestamp(source.first_date):
        warned = early_warnings(source, then, rule, recent_days=recent_days).table
    else:
        warned = listed(() if named is None else named)
    rows = CustomerTable.written(
        _followed(source, then, end, rule, recent_days, warned), source.scratch
    )
    found = outcomes(rows, "silence")
    n, silent = found["customers"], found["silent"]
    low, high = wilson_interval(silent, n, confidence)
    all_silent = silent[WARNED] + silent[OTHERS]
    known = n.where(n > 0)
    record = found.assign(
        who=found.index,
        pace_kept=found["since"] / found["usual"].where(n > 0),
        share=silent / known,
        low=low,
        high=high,
        recall=silent / all_silent if all_silent else np.nan,
        orders_missed=(found["usual"] - found["since"]).clip(lower=0.0),
    )
    return record[_RECORD].reset_index(drop=True)


def _followed(
    source: Source,
    then: pd.Timestamp,
    end: pd.Timestamp,
    rule: Rule | int,
    recent_days: int,
    warned: CustomerTable,
) -> Iterator[pd.DataFrame]:
    """Yield the customers active then, a part at a time, and what each did since."""
    if then < pd.Timestamp(source.first_date):
        numbers = dict.fromkeys(("silence", "usual", "since", "lead"), pd.Series(dtype=float))
        flags = dict.fromkeys(("silent", "warned"), pd.Series(dtype=bool))
        yield pd.DataFrame(numbers | flags)
        return
    everyone = overall_pace(count_paces(source, then, recent_days))
    for part in source.parts():
        rows = expected_orders(count_orders(part, then, recent_days), 1, everyone)
        rows = rows.set_index("customer_id")
        rows = rows.loc[rows.index.isin(active_on(part, then, rule).index)]
        yield _since(part, rows, then, end, rule).assign(warned=warned.holds(rows.index))


def _since(
    source: Source, rows: pd.DataFrame, then: pd.Timestamp, end: pd.Timestamp, rule: Rule | int
) -> pd.DataFrame:
    days = (end - then).days
    since = count_orders(source, end, days).set_index("customer_id")["recent_orders"]
    followed = followed_from(source, end, rule, then).set_index("customer_id")
    followed = followed.loc[followed["at_landmark"] & followed["event"]]
    lead = followed["duration"] - followed["entry"]
    orders = since.reindex(rows.index)
    return pd.DataFrame(
        {
            "silence": (then - rows["last_order"]).dt.days,
            "usual": rows["pace"] * days,
            "since": orders.astype(float),
            "silent": orders == 0,
            "lead": lead.reindex(rows.index).astype(float),
        }
    )
