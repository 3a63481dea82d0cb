"""Cohorts: of the customers won in one month, how many still order, and what they spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn import inactivity_window
from analysis.engines import read_query
from analysis.errors import TooFewError
from analysis.limits import if_enough
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.settings import ChurnSettings


def cohort_triangle(
    transactions: Source | pd.DataFrame, as_of: dt.date | str, *, burn_in_days: int = 0
) -> pd.DataFrame:
    """Of the customers won in each month, how many ordered in every month since?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts. A month that has not ended by then is not lived.
    burn_in_days : int
        Cohorts that begin within so many days of the data's beginning are marked as
        left-truncated: many of their members were customers before.

    Returns
    -------
    DataFrame, one row a cohort and age
        cohort : first day of the month of the first order
        age_months : 0 in that month
        customers : size of the cohort
        active, retention : members who ordered in the month, and their share
        revenue, revenue_per_customer : net spend, in all and over the size of the cohort
        left_truncated : whether the cohort is a mixture of new and old customers
        Months not yet lived to their end have no row.
    """
    source = as_source(transactions)
    end = pd.Timestamp(as_of)
    raw = source.engine.run(read_query("cohort_months"), as_of=end.date()).to_pandas(
        date_as_object=False
    )
    lived = _lived_cells(raw, end)
    cells = lived.merge(raw, how="left", on=["cohort", "age_months"])
    sizes = raw.loc[raw["age_months"] == 0].set_index("cohort")["active"]
    customers = cells["cohort"].map(sizes)
    active = cells["active"].fillna(0).astype("int64")
    revenue = cells["amount_minor"].fillna(0) / source.minor_units
    known_from = pd.Timestamp(source.first_date) + pd.Timedelta(days=burn_in_days)
    return cells[["cohort", "age_months"]].assign(
        customers=customers,
        active=active,
        retention=active / customers,
        revenue=revenue,
        revenue_per_customer=revenue / customers,
        left_truncated=cells["cohort"] < known_from if burn_in_days else False,
    )


def burn_in_days(
    transactions: Source | pd.DataFrame, as_of: dt.date | str, churn: ChurnSettings
) -> int:
    """How long after the data's beginning may a first order still be an old customer's?

    As long as the silence that counts as a loss: whoever was silent for longer and then
    ordered is as good as new. Where the data are too few to estimate it, as long as the data
    reach, so that nobody is taken for new.
    """
    source = as_source(transactions)
    window = if_enough(
        inactivity_window,
        source,
        as_of,
        return_below=churn.return_below,
        days=churn.window_days,
    )
    if isinstance(window, TooFewError):
        return (pd.Timestamp(as_of) - pd.Timestamp(source.first_date)).days + 1
    return window.days


def as_triangle(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay one column of a cohort triangle out as cohorts by age; cells not lived are missing."""
    return cells.pivot_table(index="cohort", columns="age_months", values=column)


def _lived_cells(raw: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    last_month = (end + pd.Timedelta(days=1)).to_period("M") - 1
    cohorts = pd.DatetimeIndex(raw["cohort"].unique()).sort_values()
    ages = [np.arange((last_month - month.to_period("M")).n + 1) for month in cohorts]
    return pd.DataFrame(
        {
            "cohort": cohorts.repeat([len(age) for age in ages]),
            "age_months": np.concatenate([*ages, np.empty(0, dtype=np.int64)]).astype("int64"),
        }
    )
