"""Complaints as an early warning: who complained lately, and more than is their habit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.habits import count_orders, yearly_values
from analysis.churn.landmark import active_customers
from analysis.churn.paces import HABIT_DAYS, PRIOR_DAYS, paces_on
from analysis.churn.tickets import RECENT_DAYS, read_complaints
from analysis.customer_table import CustomerTable
from analysis.errors import DataError, TooFewError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule

MORE_OFTEN = 2.0
_HABITS = ["customer_id", "known_days", "orders_per_month", "spend_per_order"]
_NAMES = {
    "recent_tickets": "recent_complaints",
    "ticket_trend": "complaint_trend",
    "days_since_last_ticket": "days_since_last_complaint",
}
_LAST = ["more_often", "risk", "value_at_risk"]


@dataclass(frozen=True, slots=True)
class Complaints:
    """Active customers who complained lately, by the value at risk.

    Attributes
    ----------
    table : CustomerTable, one row a customer
        customer_id, recent_complaints, days_since_last_complaint, complaint_trend, more_often
        (at least twice the own pace before), yearly_value, yearly_value_error, and risk and
        value_at_risk, which are missing without risk scores
    active : int
        Customers active on the day.
    recent_days : int
    """

    table: CustomerTable
    active: int
    recent_days: int


def who_complained(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    scores: RiskScores | TooFewError,
    *,
    margin: float = 1.0,
) -> Complaints | None:
    """Which of the active customers complained lately, and what is at risk with them?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow, ContractEnd or int
        Who is lost already.
    scores : RiskScores or TooFewError
        Of the same day.
    margin : float
        Share of the sales that is margin.

    Returns
    -------
    Complaints, or None where the source has no tickets
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    if not source.has("tickets"):
        return None
    paces = paces_on(source, end)
    known = CustomerTable.written(
        (active_customers(part, end, rule, paces)[_HABITS] for part in source.parts()),
        source.scratch,
    )
    history = _history(
        lambda: (
            (read_complaints(part, end), frame.set_index("customer_id")["known_days"])
            for part, frame in zip(source.parts(), known.frames(), strict=True)
        ),
        end,
    )
    parts = zip(source.parts(), known.frames(), _risks(source, scores), strict=True)
    listed = (_listed(*part, end, margin, history) for part in parts)
    table = CustomerTable.written(listed, source.scratch).ranked("value_at_risk", "yearly_value")
    return Complaints(table, len(known), RECENT_DAYS)


def _listed(
    source: Source,
    known: pd.DataFrame,
    risk: pd.Series,
    end: pd.Timestamp,
    margin: float,
    history: _History,
) -> pd.DataFrame:
    """Return those of one part of the customers who complained lately."""
    active = known.set_index("customer_id")
    found = _described(read_complaints(source, end), active["known_days"], end, history)
    found = found.loc[found["recent_tickets"] > 0]
    habits = active.loc[found.index].reset_index()
    values = yearly_values(habits, count_orders(source, end), margin).set_axis(found.index)
    rows = found.rename(columns=_NAMES).join(values)
    rows = rows.assign(risk=risk.reindex(rows.index).to_numpy(float)).assign(
        more_often=rows["complaint_trend"] >= MORE_OFTEN,
        value_at_risk=lambda every: every["risk"] * every["yearly_value"],
    )
    columns = [name for name in rows if name not in _LAST]
    return rows[columns + _LAST].rename_axis("customer_id").reset_index()


def _risks(source: Source, scores: RiskScores | TooFewError) -> Iterator[pd.Series]:
    """Yield the risks of each part of the customers; none where there are no scores."""
    if isinstance(scores, TooFewError):
        yield from (pd.Series(dtype=float) for _ in source.parts())
    else:
        for frame in scores.table.frames():
            yield frame.set_index("customer_id")["risk"]


def complaints(
    tickets: pd.DataFrame,
    known_days: pd.Series,
    as_of: dt.date | str,
    *,
    recent_days: int = RECENT_DAYS,
    habit_days: int = HABIT_DAYS,
) -> pd.DataFrame:
    """How often did each customer complain lately, and more often than before?

    Parameters
    ----------
    tickets : DataFrame, one row a ticket
        customer_id, opened (day). Nothing is known of the time before the first of them all.
    known_days : Series, indexed by customer_id
        Whom to describe, and for how long they are known; who never opened a ticket has none.
    as_of : date
        Nothing opened after it counts.
    recent_days, habit_days : int
        The time that counts as recent, and the time before it.

    Returns
    -------
    DataFrame, indexed by customer_id
        recent_tickets; days_since_last_ticket (missing without one); ticket_trend : tickets a
        day of the recent time over those of the time before, which is drawn towards the pace of
        all customers, as the recent one is towards it

    Raises
    ------
    DataError
        If a column is missing or a length is no number of days.
    """
    for name in ("customer_id", "opened"):
        if name not in tickets:
            raise DataError(f"Tickets need the column `{name}`; it is not there.")
    if min(recent_days, habit_days) < 1:
        raise DataError("`recent_days` and `habit_days` must be 1 or more.")
    end = pd.Timestamp(as_of)
    history = _history(lambda: [(tickets, known_days)], end, recent_days, habit_days)
    return _described(tickets, known_days, end, history)


@dataclass(frozen=True, slots=True)
class _History:
    """What is known of all customers' tickets: how many a day, and of how many days.

    `days` is the longest time that counts, of which `recent_days` are recent; tickets are counted
    as far back as `reach`.
    """

    everyone: float
    recent_days: int
    days: int
    reach: int


def _history(
    parts: Callable[[], Iterable[tuple[pd.DataFrame, pd.Series]]],
    end: pd.Timestamp,
    recent_days: int = RECENT_DAYS,
    habit_days: int = HABIT_DAYS,
) -> _History:
    """Add up the tickets, and the days in which they were counted, of all customers."""
    reach = recent_days + habit_days
    oldest = [_ago(tickets, end).max() for tickets, _ in parts() if len(tickets)]
    recorded = max(max(oldest) + 1, 1) if oldest else recent_days
    days = min(recorded, reach)
    opened, known = 0, 0.0
    for tickets, known_days in parts():
        ago = _ago(tickets, end)
        counted = (ago >= 0) & (ago < reach) & tickets["customer_id"].isin(known_days.index)
        opened, known = opened + int(counted.sum()), known + known_days.clip(upper=days).sum()
    return _History(max(opened, 0.5) / max(known, 1), recent_days, int(days), reach)


def _ago(tickets: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    ago: pd.Series = (end - pd.to_datetime(tickets["opened"]).dt.normalize()).dt.days
    return ago


def _described(
    tickets: pd.DataFrame, known_days: pd.Series, end: pd.Timestamp, history: _History
) -> pd.DataFrame:
    customers, ago = known_days.index, _ago(tickets, end)
    days = known_days.clip(upper=history.days)
    days_now = days.clip(upper=history.recent_days)
    counted = (ago >= 0) & (ago < history.reach) & tickets["customer_id"].isin(customers)
    known = tickets.assign(ago=ago).loc[counted]
    recent = known["ago"] < history.recent_days
    counts = known.groupby("customer_id").agg(last=("ago", "min"), tickets=("ago", "size"))
    rows = counts.reindex(customers)
    now = known.loc[recent].groupby("customer_id").size().reindex(customers).fillna(0)
    before = rows["tickets"].fillna(0) - now
    habit = (before + history.everyone * PRIOR_DAYS) / (days - days_now + PRIOR_DAYS)
    pace = (now + habit * PRIOR_DAYS) / (days_now + PRIOR_DAYS)
    return pd.DataFrame(
        {
            "recent_tickets": now.astype("int64"),
            "days_since_last_ticket": rows["last"],
            "ticket_trend": pace / habit,
        },
        index=customers,
    )
