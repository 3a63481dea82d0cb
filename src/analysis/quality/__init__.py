"""Fitness of the data: what they cover, what is odd in them, what they lack."""

from analysis.quality.coverage import calendar, first_orders, week_check
from analysis.quality.lines import (
    PIECES,
    count_oddities,
    describe_customers,
    measure_quantities,
    summarise_rejects,
)

__all__ = [
    "PIECES",
    "calendar",
    "count_oddities",
    "describe_customers",
    "first_orders",
    "measure_quantities",
    "summarise_rejects",
    "week_check",
]
