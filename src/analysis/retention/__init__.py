"""Retention: who came back, by period, by cohort and after the first order."""

from analysis.retention.activity import activity_by_period
from analysis.retention.cohorts import as_triangle, burn_in_days, cohort_triangle
from analysis.retention.second_order import second_order_curve

__all__ = [
    "activity_by_period",
    "as_triangle",
    "burn_in_days",
    "cohort_triangle",
    "second_order_curve",
]
