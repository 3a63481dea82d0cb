"""Retention: who came back, by period, by cohort and after the first order."""

from analysis.retention.activity import activity_by_period
from analysis.retention.cohorts import as_triangle, burn_in_days, cohort_triangle
from analysis.retention.second_order import second_order_curve
from analysis.retention.stayed_away import customers_who_stayed_away

__all__ = [
    "activity_by_period",
    "as_triangle",
    "burn_in_days",
    "cohort_triangle",
    "customers_who_stayed_away",
    "second_order_curve",
]
