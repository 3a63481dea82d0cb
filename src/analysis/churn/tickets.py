"""Complaints as the tables have them: who complained when, and how often lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines import read_query

if TYPE_CHECKING:
    from analysis.tables import Source

RECENT_DAYS = 56


def read_complaints(source: Source, day: pd.Timestamp) -> pd.DataFrame:
    """Return every complaint up to a day: customer_id, opened; none where there are no tickets."""
    if not source.has("tickets"):
        return pd.DataFrame({"customer_id": [], "opened": pd.to_datetime([])})
    found: pd.DataFrame = source.engine.run(read_query("complaints"), as_of=day.date()).to_pandas(
        date_as_object=False
    )
    return found


def recent_complaints(source: Source, day: pd.Timestamp, customers: pd.Index) -> pd.Series:
    """Count the complaints of each customer in the last 56 days up to a day."""
    found = read_complaints(source, day)
    recent = found.loc[found["opened"] > day - pd.Timedelta(days=RECENT_DAYS)]
    return recent.groupby("customer_id").size().reindex(customers, fill_value=0)
