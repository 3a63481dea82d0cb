"""Who is a customer on a day, and what became of those of a landmark: row by row, or counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import wording
from analysis.churn.paces import NOBODY
from analysis.churn.segments import Segments
from analysis.churn.spells import ContractEnd, Rule, refuse_none, spell_query
from analysis.engines import read_query
from analysis.errors import TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from analysis.tables import Source

_FLAGS = dict.fromkeys(("at_landmark", "start_known", "event", "returned"), bool)


def active_on(source: Source, day: pd.Timestamp, rule: Rule | int) -> pd.Series:
    """Since when is each customer of a day known at least, by contract or order?

    Returns
    -------
    Series of days, indexed by customer_id
    """
    file, values = current_query(source, day, rule)
    query = read_query("current_spells", spells=file)
    raw: pd.DataFrame = source.engine.run(query, **values).to_pandas()
    origin = day + pd.to_timedelta(raw["origin_day"], unit="D")
    return pd.Series(origin.to_numpy(), pd.Index(raw["customer_id"], name="customer_id"))


def current_query(
    source: Source, day: pd.Timestamp, rule: Rule | int
) -> tuple[str, dict[str, Any]]:
    """Return `spell_query` for the spells that last on a day: orders long before do not matter."""
    return spell_query(source, day, rule, _silent_since(day, rule))


def ended_before(
    source: Source, end: pd.Timestamp, rule: Rule | int, after: pd.Timestamp
) -> pd.DataFrame:
    """Return who was lost after a day and has not come back, with the last spell.

    Returns
    -------
    DataFrame, one row a customer
        customer_id, spell_start (by silence not before the first order that matters), lost_on
    """
    since = _silent_since(after, rule)
    file, values = spell_query(source, end, rule, since)
    query = read_query("ended_spells", spells=file)
    raw: pd.DataFrame = source.engine.run(query, **values, ended_after=after.date()).to_pandas()
    return raw[["customer_id"]].assign(
        spell_start=end + pd.to_timedelta(raw["start_day"], unit="D"),
        lost_on=end + pd.to_timedelta(raw["end_day"], unit="D"),
    )


def followed_from(
    source: Source, end: pd.Timestamp, rule: Rule | int, landmark: pd.Timestamp
) -> pd.DataFrame:
    """Return the spell of each customer that lasts at the landmark, or the first one after it.

    Returns
    -------
    DataFrame, one row a customer
        customer_id, at_landmark, start_known, entry, duration, event, returned, reason, as in
        `churn_table`
    """
    file, values = spell_query(source, end, rule)
    query = read_query("followed_spells", spells=file)
    raw: pd.DataFrame = source.engine.run(query, **values, landmark=landmark.date()).to_pandas()
    if raw.empty:
        refuse_none(source, end, rule)
    return raw.drop(columns="origin_day").astype(_FLAGS | {"reason": "str"})


def _silent_since(day: pd.Timestamp, rule: Rule | int) -> pd.Timestamp | None:
    """Return the first day on which whoever is active on a day by silence may have ordered last."""
    if isinstance(rule, ContractEnd):
        return None
    return day - pd.Timedelta(days=rule if isinstance(rule, int) else rule.days)


def count_followed(
    source: Source,
    end: pd.Timestamp,
    rule: Rule | int,
    landmark: pd.Timestamp,
    segments: Segments | None = None,
) -> pd.DataFrame:
    """Count the spells of `followed_from` by how they were observed and ended.

    Returns
    -------
    DataFrame, one row a kind of spell
        segment (a key of `segments`; missing where not known), at_landmark, start_known, entry,
        duration, event, returned, reason, and customers: how many

    Raises
    ------
    TooFewError
        If nobody was active at the landmark.
    """
    file, values = spell_query(source, end, rule)
    chosen = segments or Segments(NOBODY)
    query = read_query("kaplan_meier_counts", spells=file, segments=chosen.relation)
    raw: pd.DataFrame = source.engine.run(
        query, **values, **chosen.values, landmark=landmark.date()
    ).to_pandas()
    if raw.empty:
        refuse_none(source, end, rule)
    counts = raw.astype(_FLAGS | {"reason": "str"})
    refuse_nobody(counts, source, landmark)
    return counts


def refuse_nobody(followed: pd.DataFrame, source: Source, landmark: pd.Timestamp) -> None:
    """Refuse a landmark on which nobody was a customer."""
    if not followed["at_landmark"].any():
        raise TooFewError(
            say(
                "A churn table needs customers active on {day}; there are none, as the data begin"
                " on {begin}. Choose a later landmark.",
                day=wording.date(landmark),
                begin=wording.date(source.first_date),
            )
        )
