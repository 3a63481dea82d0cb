"""What a model of risk may know of a customer: habits by doublings, attributes by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_START_DAYS = 28
MISSING = "not stated"
OTHER = "other"
NO_LEVEL = (MISSING, OTHER)
"""What stands where an attribute is missing, and for its rare levels together."""


@dataclass(frozen=True, slots=True)
class Design:
    """How customers become rows of numbers, fixed on those the model learns from.

    Attributes
    ----------
    known_days_cap : float
        A customer known for so long counts as known for no longer. Where the history is cut
        off, the same customer looks older at a later date; up to the cap that is not so.
    levels : dict of attribute to its levels
        The first level is the one the others are compared with; one not listed is 'other'.
    columns : tuple of str
        Names of the covariates; those that never vary, or repeat others, are left out.
    """

    known_days_cap: float
    levels: dict[str, tuple[str, ...]]
    columns: tuple[str, ...]

    def rows(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the covariates of customers, in the order of `columns`."""
        return _rows(customers, self.known_days_cap, self.levels)[list(self.columns)]


def learn_design(
    customers: pd.DataFrame,
    event: pd.Series,
    *,
    known_days_cap: float,
    attributes: Sequence[str] = (),
    minimum_customers: int = 30,
    paced: bool = True,
) -> Design:
    """Fix the covariates on the customers that a model learns from.

    Without `paced` the pace of orders and its trend are left out, where bills follow the calendar.
    A level of an attribute counts for itself with `minimum_customers` and a loss among them;
    all others are 'other'. Complaints count where as many complained lately, and one was lost.
    """
    for name in attributes:
        if name not in customers:
            raise DataError(
                f"`{name}` is no attribute of the customers. Name a column of the table"
                " [customers] in the settings."
            )
    levels = {name: _levels(customers[name], event, minimum_customers) for name in attributes}
    values = _rows(customers, known_days_cap, levels)
    values = values if paced else values.drop(columns=["orders_per_month", "pace_trend"])
    complained = values.get("recent_complaints", pd.Series(0.0, values.index)) > 0
    if complained.sum() < minimum_customers or not event[complained].any():
        values = values.drop(columns="recent_complaints", errors="ignore")
    return Design(known_days_cap, levels, _independent(values))


def _independent(values: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that vary and are no combination of those before them."""
    kept: list[str] = []
    rank = 1
    for name in map(str, values):
        columns = values[[*kept, name]].to_numpy()
        spread = columns.std(axis=0)
        scaled = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        with_one = np.column_stack([np.ones(len(values)), scaled])
        if np.linalg.matrix_rank(with_one, tol=1e-6 * np.sqrt(len(values))) > rank:
            kept.append(name)
            rank += 1
    return tuple(kept)


def _rows(
    customers: pd.DataFrame, known_days_cap: float, levels: dict[str, tuple[str, ...]]
) -> pd.DataFrame:
    known = customers["known_days"].clip(upper=known_days_cap)
    values = {
        "orders_per_month": np.log2(customers["orders_per_month"]),
        "pace_trend": np.log2(customers["pace_trend"]),
        "spend_per_order": np.log2(1 + customers["spend_per_order"]),
        "known_days": np.log2(_START_DAYS + known),
    }
    if "recent_complaints" in customers:
        values["recent_complaints"] = np.log2(1 + customers["recent_complaints"])
    for name, (_, *others) in levels.items():
        level = _stated(customers[name])
        level = level.where(level.isin(levels[name]), OTHER)
        values |= {f"{name}: {other}": (level == other).astype(float) for other in others}
    return pd.DataFrame(values, index=customers.index)


def _levels(column: pd.Series, event: pd.Series, minimum_customers: int) -> tuple[str, ...]:
    level = _stated(column)
    sizes, lossy = level.value_counts(), set(level[event])
    kept = [
        name
        for name in map(str, sizes.index[sizes >= minimum_customers])
        if name in lossy and name != OTHER
    ]
    rest = (OTHER,) if not level.isin(kept).all() else ()
    return (*kept, *rest)


def _stated(column: pd.Series) -> pd.Series:
    return column.astype("str").where(column.notna(), MISSING)
