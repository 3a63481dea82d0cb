"""Did the last warnings come true? Those handed out then, or made again where none were kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.calls import highest_risks
from analysis.churn.followed import followed_from
from analysis.churn.named import OTHERS, WARNED, listed, outcomes
from analysis.churn.record import warning_record
from analysis.churn.risk import risk_scores
from analysis.churn.spells import ContractEnd
from analysis.churn.warning import RECENT_DAYS
from analysis.customer_table import CustomerTable
from analysis.limits import if_enough
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from analysis.churn.archived import LastLists
    from analysis.churn.calls import By
    from analysis.churn.spells import Rule
    from analysis.errors import TooFewError
    from analysis.periods import Period

_RECORD = ["who", "customers", "lost", "share", "low", "high", "recall", "lead_days"]


@dataclass(frozen=True, slots=True)
class LastWarnings:
    """What became of earlier warnings.

    Attributes
    ----------
    record : DataFrame or TooFewError
        From `warning_record`, or `risk_record` with contracts.
    by : {'pace', 'risk'}
        What they were warned of for.
    warned_on : date
        Last day that the warnings knew of.
    archived : bool
        Whether it is the list that was handed out then; else it was made again, from what was
        known on that day.
    """

    record: pd.DataFrame | TooFewError
    by: By
    warned_on: dt.date
    archived: bool


def last_warnings(
    source: Source,
    period: Period,
    rule: Rule,
    last: LastLists | None,
    *,
    recent_days: int = RECENT_DAYS,
    attributes: Sequence[str] = (),
) -> LastWarnings:
    """What became of the customers that the last report warned of?

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        Up to its end it is known what became of them.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    last : LastLists or None
        What the last report handed out. Without its list of warnings they are made again, as of
        the day before `period`.
    recent_days, attributes
        As for `early_warnings` and `risk_scores`, where they are made again.
    """
    listed = None if last is None else last.lists.get("early_warnings")
    archived = last is not None and listed is not None
    warned_on = last.period.end if last is not None and archived else period.previous.end
    named = None if listed is None else list(listed["customer_id"])
    if isinstance(rule, ContractEnd):
        record = if_enough(
            risk_record, source, period.end, rule,
            warned_on=warned_on, attributes=attributes, named=named,
        )  # fmt: skip
        return LastWarnings(record, "risk", warned_on, archived)
    by_pace = warning_record(
        source, period.end, rule, warned_on=warned_on, recent_days=recent_days, named=named
    )
    return LastWarnings(by_pace, "pace", warned_on, archived)


def risk_record(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: ContractEnd,
    *,
    warned_on: dt.date | str,
    attributes: Sequence[str] = (),
    named: Iterable[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Did those with the highest risk on an earlier day leave since?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Until when it is known what became of them.
    rule : ContractEnd
    warned_on : date
        The day of the scores; nothing after it is read for them.
    attributes : sequence of str, optional
        As for `risk_scores`.
    named : iterable of customer_id, optional
        The list that was handed out; the tenth with the highest risk, as scored by what was known
        on that day, when not given.
    confidence : float
        Level of the intervals (Wilson).

    Returns
    -------
    DataFrame, three rows: warned of; a simple rule that names as many, those with the youngest
    contracts; and with a contract but not warned of
        who, customers, lost, share (of them), low, high, recall (of all who left, the part that
        was named), lead_days (median, from the warning to the end)

    Raises
    ------
    TooFewError
        If the risks of that day have to be scored again and cannot.
    """
    source, end, then = as_source(transactions), pd.Timestamp(as_of), pd.Timestamp(warned_on)
    if named is None:
        scores = risk_scores(source, then, rule, attributes=attributes)
        warned = highest_risks(scores.table)
    else:
        warned = listed(named)
    rows = CustomerTable.written(
        (_left_since(part, then, end, rule, warned) for part in source.parts()), source.scratch
    )
    found = outcomes(rows, "youth")
    n, lost = found["customers"], found["lost"]
    low, high = wilson_interval(lost, n, confidence)
    all_lost = lost[WARNED] + lost[OTHERS]
    record = found.assign(
        who=found.index,
        share=lost / n.where(n > 0),
        low=low,
        high=high,
        recall=lost / all_lost if all_lost else np.nan,
    )
    return record[_RECORD].reset_index(drop=True)


def _left_since(
    source: Source, then: pd.Timestamp, end: pd.Timestamp, rule: ContractEnd, warned: CustomerTable
) -> pd.DataFrame:
    """Return who had a contract then, how young it was, and after how many days it ended."""
    rows = followed_from(source, end, rule, then)
    rows = rows.loc[rows["at_landmark"]]
    return pd.DataFrame(
        {
            "youth": -rows["entry"],
            "lead": (rows["duration"] - rows["entry"]).where(rows["event"]).astype(float),
            "warned": warned.holds(rows["customer_id"]),
        }
    )
