"""One row a customer from a landmark on: what was known then, and what happened after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import wording
from analysis.churn.definition import InactivityWindow
from analysis.churn.followed import active_on, followed_from, refuse_nobody
from analysis.churn.habits import attributes, habits
from analysis.churn.paces import RECENT_DAYS, Paces, pace_groups, paces_on
from analysis.churn.spells import ContractEnd, Rule
from analysis.churn.tickets import recent_complaints
from analysis.errors import DataError, TooFewError
from analysis.language import say
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt


def churn_table(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    landmark: dt.date | str,
    paces: Paces | None = None,
) -> pd.DataFrame:
    """Who was a customer at the landmark or came later, and how long did they stay?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts; who is still a customer then is censored.
    rule : InactivityWindow, ContractEnd or int
        When a customer is lost; a number is a silence in days.
    landmark : date
        The covariates are those of this day and tell nothing later.
    paces : Paces, optional
        Of all customers on that day, where the source holds a part of them.

    Returns
    -------
    DataFrame, one row a customer active at the landmark, or acquired after it
        customer_id
        at_landmark : whether active at the landmark; else acquired, or won back, after it
        start_known : whether `entry` and `duration` count from the true beginning; where not,
            they are lower bounds, as the customer may be older than the data
        entry, duration : age in days when observation began and when it ended; the row is
            at risk on (entry, duration]
        event : lost at `duration`
        returned : lost, and a customer again by `as_of`
        reason : why a contract ended
        days_since_last_order, known_days, orders_per_month, pace_trend, spend_per_order :
            as in `habits`; missing for those acquired after the landmark
        recent_complaints : in the last 56 days; only where the source has tickets
        pace : group of `orders_per_month`
        and the attributes of the source's table of customers, where it has one

    Raises
    ------
    DataError
        If the landmark is not before `as_of`.
    TooFewError
        If nobody was active at the landmark.

    Notes
    -----
    All customers are in memory, as they were asked for; reports count them where the data are
    (`segment_curves`), and learn from a sample of them (`risk_scores`).

    Who was lost before the landmark is not in the table, so age is delayed into the risk set
    at the landmark's age: without that, old customers would count as having survived years
    in which nobody looked.
    """
    source, end, mark = as_source(transactions), pd.Timestamp(as_of), pd.Timestamp(landmark)
    if mark >= end:
        raise DataError(
            f"The landmark must be before `as_of`; {mark.date()} is not before {end.date()}."
        )
    table = followed_from(source, end, rule, mark)
    refuse_nobody(table, source, mark)
    here = table.loc[table["at_landmark"]].set_index("customer_id")
    origin = mark - pd.to_timedelta(here["entry"], unit="D")
    known = table.join(_habits(source, mark, origin, paces), on="customer_id")
    return known.join(_attributes(source, known.columns), on="customer_id")


def active_customers(
    transactions: Source | pd.DataFrame,
    day: dt.date | str,
    rule: Rule | int,
    paces: Paces | None = None,
) -> pd.DataFrame:
    """Who is a customer on a day, and with what habits?

    Returns
    -------
    DataFrame, one row a customer active at the end of the day
        customer_id, and the habits and attributes as in `churn_table`
    """
    source, on = as_source(transactions), pd.Timestamp(day)
    known = (
        _habits(source, on, active_on(source, on, rule), paces)
        .rename_axis("customer_id")
        .reset_index()
    )
    return known.join(_attributes(source, known.columns), on="customer_id")


def choose_landmark(
    source: Source, end: pd.Timestamp, rule: Rule, landmark_days: int, follow_days: int
) -> pd.Timestamp:
    """Choose the day from which customers are followed up to `end`.

    It lies `landmark_days` back, or later where the history is so short that of the customers
    silent on that day some would be missing from the data, or no habit could be seen yet; nor
    does it lie before the first day whose departures a table of contracts holds.

    Raises
    ------
    TooFewError
        If that leaves fewer than `follow_days` to follow anybody.
    """
    burn_in = max(rule.days, 2 * RECENT_DAYS) if isinstance(rule, InactivityWindow) else 0
    begin = pd.Timestamp(source.first_date)
    if isinstance(rule, ContractEnd) and rule.recorded_from is not None:
        begin = max(begin, pd.Timestamp(rule.recorded_from) - pd.Timedelta(days=1))
    earliest = begin + pd.Timedelta(days=burn_in)
    landmark = max(end - pd.Timedelta(days=max(landmark_days, follow_days)), earliest)
    if (end - landmark).days < follow_days:
        raise TooFewError(_too_short(begin, end, burn_in, follow_days))
    return landmark


def _too_short(begin: pd.Timestamp, end: pd.Timestamp, burn_in: int, follow_days: int) -> str:
    told = {
        "end": wording.date(end), "begin": wording.date(begin), "follow": wording.days(follow_days)
    }  # fmt: skip
    if not burn_in:
        return say(
            "Following customers up to {end} needs {follow} of recorded departures; the data begin"
            " on {begin}.",
            **told,
        )
    return say(
        "Following customers up to {end} needs {history} of history to see who is active, and"
        " {follow} after; the data begin on {begin}.",
        history=wording.days(burn_in), **told,
    )  # fmt: skip


def _habits(
    source: Source, day: pd.Timestamp, origin: pd.Series, paces: Paces | None
) -> pd.DataFrame:
    paces = paces_on(source, day) if paces is None else paces
    known = habits(source, day, origin, paces)
    if source.has("tickets"):
        known = known.assign(recent_complaints=recent_complaints(source, day, known.index))
    return known.assign(pace=pace_groups(known["orders_per_month"], paces.limits))


def _attributes(source: Source, taken: pd.Index) -> pd.DataFrame:
    """Return the attributes of customers; one named like a column of ours gets a `_`."""
    extra = attributes(source)
    extra.columns = [f"{name}_" if name in taken else name for name in extra.columns]
    return extra
