"""Segments of customers as a query: by pace, by value tier or by an attribute, never row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlglot import exp

from analysis.churn.paces import (
    RECENT_DAYS,
    Paces,
    pace_days,
    pace_names,
    paces_on,
    segment_values,
)
from analysis.engines import read_query
from analysis.errors import DataError
from analysis.segmentation.value_tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.tables import Source


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Which customer is in which segment, for a query that reads `segments`.

    Attributes
    ----------
    relation : str
        Name of a file, or a query: customer_id, segment (a key).
    values : mapping
        What it asks for.
    names : mapping of key to name, in order
        Empty where the key is the name.
    """

    relation: str
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, keys: pd.Series) -> pd.Series:
        """Return the names of keys, in the order of the segments."""
        if not self.names:
            return keys.astype("str").where(keys.notna())
        names = list(self.names.values())
        return pd.Series(pd.Categorical(keys.map(self.names), names, ordered=True), keys.index)


def by_pace(source: Source, day: pd.Timestamp, paces: Paces | None = None) -> Segments:
    """Part customers by the usual time between two orders until a day."""
    known = paces_on(source, day) if paces is None else paces
    names = {str(at): name for at, name in enumerate(pace_names(known.limits))}
    return Segments("pace_segments", segment_values(day, known), names)


def by_tier(
    source: Source, day: pd.Timestamp, *, gold_share: float, silver_share: float
) -> Segments:
    """Part customers by their value tier, by what was spent until a day: as `value_tiers` does."""
    values = pace_days(day, RECENT_DAYS) | {
        "gold": gold_share, "silver": gold_share + silver_share, "rounding": 1e-9,
    }  # fmt: skip
    return Segments("tier_segments", values, {str(at): name for at, name in enumerate(TIERS)})


def as_given(segments: pd.Series) -> Segments:
    """Take segments row by row, indexed by customer_id."""
    known = segments.dropna()
    if isinstance(known.dtype, pd.CategoricalDtype):
        order = list(known.cat.remove_unused_categories().cat.categories)
    else:
        order = sorted(known.unique(), key=str)
    keys = {name: str(at) for at, name in enumerate(order)}
    rows = [(str(customer), keys[name]) for customer, name in known.items()]
    table = exp.values(rows or [("", "")], alias="given", columns=["customer_id", "segment"])
    return Segments(
        exp.select("customer_id", "segment").from_(table).sql("duckdb"),
        names={key: str(name) for name, key in keys.items()},
    )


def by_attribute(source: Source, name: str) -> Segments:
    """Part customers by what the source says of them."""
    known: list[str] = []
    if source.has("customers"):
        query = f"SELECT * FROM ({read_query('customer_attributes')}) AS known LIMIT 0"  # noqa: S608
        known = source.engine.run(query).column_names[1:]
    if name not in known:
        raise DataError(
            f"`{name}` is no attribute of the customers. Choose 'pace', 'tier', or a column of the"
            " table [customers] in the settings."
        )
    key = exp.cast(exp.column(name, quoted=True), "VARCHAR").as_("segment")
    return Segments(exp.select("customer_id", key).from_("customers").sql("duckdb"))
