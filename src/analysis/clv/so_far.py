"""What the customers known by a date did together, counted where the data are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analysis.engines import read_query

if TYPE_CHECKING:
    import datetime as dt

    from analysis.tables import Source

__all__ = ["SoFar", "count_so_far"]


class SoFar(NamedTuple):
    """Order days and sales of the customers known by a date: until it, and after it."""

    customers: int
    order_days: int
    sales: float
    later_days: int
    later_sales: float


def count_so_far(source: Source, known_by: dt.date, until: dt.date | None = None) -> SoFar:
    """What did the customers known by a date do until it, and from then `until` a later one?"""
    days = {"calibration_end": known_by, "as_of": until or known_by}
    [row] = source.engine.run(read_query("known_totals"), **days).to_pylist()
    return SoFar(
        row["customers"],
        row["order_days"],
        row["amount_minor"] / source.minor_units,
        row["later_days"],
        row["later_minor"] / source.minor_units,
    )
