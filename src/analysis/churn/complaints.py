"""Complaints as an early warning: who complained lately, and more than is their habit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.habits import count_orders, yearly_values
from analysis.churn.landmark import active_customers
from analysis.churn.paces import HABIT_DAYS, PRIOR_DAYS
from analysis.churn.tickets import RECENT_DAYS, read_complaints
from analysis.errors import DataError, TooFewError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule

MORE_OFTEN = 2.0


@dataclass(frozen=True, slots=True)
class Complaints:
    """Active customers who complained lately, by the value at risk.

    Attributes
    ----------
    table : DataFrame, one row a customer
        customer_id, recent_complaints, days_since_last_complaint, complaint_trend, more_often
        (at least twice the own pace before), yearly_value, yearly_value_error, and risk and
        value_at_risk, which are missing without risk scores
    active : int
        Customers active on the day.
    recent_days : int
    """

    table: pd.DataFrame
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
    active = active_customers(source, end, rule).set_index("customer_id")
    found = complaints(read_complaints(source, end), active["known_days"], end)
    found = found.loc[found["recent_tickets"] > 0]
    named = {"recent_tickets": "recent_complaints", "ticket_trend": "complaint_trend"}
    named |= {"days_since_last_ticket": "days_since_last_complaint"}
    known = active.loc[found.index].reset_index()
    values = yearly_values(known, count_orders(source, end), margin).set_axis(found.index)
    table = found.rename(columns=named).join(values)
    risk = pd.Series(dtype=float)
    if not isinstance(scores, TooFewError):
        risk = scores.table.set_index("customer_id")["risk"]
    table = table.assign(
        more_often=table["complaint_trend"] >= MORE_OFTEN,
        risk=risk.reindex(table.index).to_numpy(float),
    )
    table["value_at_risk"] = table["risk"] * table["yearly_value"]
    order = ["value_at_risk", "yearly_value", "customer_id"]
    rows = table.rename_axis("customer_id").reset_index()
    rows = rows.sort_values(order, ascending=[False, False, True], ignore_index=True)
    return Complaints(rows, len(active), RECENT_DAYS)


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
    end, customers = pd.Timestamp(as_of), known_days.index
    ago = (end - pd.to_datetime(tickets["opened"]).dt.normalize()).dt.days
    recorded = max(ago.max() + 1, 1) if len(ago) else recent_days
    days = known_days.clip(upper=min(recorded, recent_days + habit_days))
    days_now = days.clip(upper=recent_days)
    days_before = days - days_now
    counted = (ago >= 0) & (ago < recent_days + habit_days) & tickets["customer_id"].isin(customers)
    known = tickets.assign(ago=ago).loc[counted]
    recent = known["ago"] < recent_days
    counts = known.groupby("customer_id").agg(last=("ago", "min"), tickets=("ago", "size"))
    lately = known.loc[recent].groupby("customer_id").size()
    rows = counts.reindex(customers)
    now = lately.reindex(customers).fillna(0)
    before = rows["tickets"].fillna(0) - now
    everyone = max(len(known), 0.5) / max(days.sum(), 1)
    habit = (before + everyone * PRIOR_DAYS) / (days_before + PRIOR_DAYS)
    pace = (now + habit * PRIOR_DAYS) / (days_now + PRIOR_DAYS)
    return pd.DataFrame(
        {
            "recent_tickets": now.astype("int64"),
            "days_since_last_ticket": rows["last"],
            "ticket_trend": pace / habit,
        },
        index=customers,
    )
