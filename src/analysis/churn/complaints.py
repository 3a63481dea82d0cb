"""Complaints as an early warning: more tickets lately than a customer's own habit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.habits import HABIT_DAYS, PRIOR_DAYS
from analysis.errors import DataError

if TYPE_CHECKING:
    import datetime as dt

RECENT_DAYS = 56


def complaints(
    tickets: pd.DataFrame,
    customers: pd.Index,
    as_of: dt.date | str,
    *,
    recent_days: int = RECENT_DAYS,
    habit_days: int = HABIT_DAYS,
) -> pd.DataFrame:
    """How often did each customer complain lately, and more often than before?

    Parameters
    ----------
    tickets : DataFrame, one row a ticket
        customer_id, opened (day).
    customers : Index of customer_id
        Whom to describe; who never opened a ticket has none.
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
    opened = pd.to_datetime(tickets["opened"])
    ago = (end - opened.dt.normalize()).dt.days
    counted = (ago >= 0) & (ago < recent_days + habit_days) & tickets["customer_id"].isin(customers)
    known = tickets.assign(ago=ago).loc[counted]
    recent = known["ago"] < recent_days
    counts = known.groupby("customer_id").agg(last=("ago", "min"), tickets=("ago", "size"))
    lately = known.loc[recent].groupby("customer_id").size()
    rows = counts.reindex(customers)
    now = lately.reindex(customers).fillna(0)
    before = rows["tickets"].fillna(0) - now
    everyone = max(len(known), 0.5) / (len(customers) * (recent_days + habit_days))
    habit = (before + everyone * PRIOR_DAYS) / (habit_days + PRIOR_DAYS)
    pace = (now + habit * PRIOR_DAYS) / (recent_days + PRIOR_DAYS)
    return pd.DataFrame(
        {
            "recent_tickets": now.astype("int64"),
            "days_since_last_ticket": rows["last"],
            "ticket_trend": pace / habit,
        },
        index=customers,
    )
