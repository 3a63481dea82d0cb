"""The habit of each customer on a given day: pace, trend, spend and silence, and nothing later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.paces import (
    DAYS_PER_YEAR,
    HABIT_DAYS,
    PRIOR_DAYS,
    RECENT_DAYS,
    monthly_pace,
    overall_pace,
    pace_days,
)
from analysis.engines import read_query
from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.churn.paces import Paces
    from analysis.tables import Source


def count_orders(source: Source, day: pd.Timestamp, recent_days: int = RECENT_DAYS) -> pd.DataFrame:
    """Count order days of the habit and of the recent time, and the days they were counted in.

    Returns
    -------
    DataFrame, one row a customer with an order on or before `day`
        customer_id, first_order, last_order, order_days
        total : net spend
        total_error : standard error of `total`, had the customer's days come by chance
        habit_orders, habit_days : order days from the day after the first one, at most a year
            back, up to the recent time; and the days in which they were counted
        recent_orders, recent_days : the same in the last `recent_days` days
    """
    raw: pd.DataFrame = source.engine.run(
        read_query("pace"), **pace_days(day, recent_days)
    ).to_pandas(date_as_object=False)
    age = (day - raw["first_order"]).dt.days
    return raw[["customer_id", "first_order", "last_order", "order_days"]].assign(
        total=raw["total_minor"] / source.minor_units,
        total_error=np.sqrt(raw["total_squares"]) / source.minor_units,
        habit_orders=raw["habit_order_days"],
        habit_days=(age - recent_days).clip(0, HABIT_DAYS),
        recent_orders=raw["recent_order_days"],
        recent_days=age.clip(upper=recent_days),
    )


def habits(
    source: Source, day: pd.Timestamp, known_from: pd.Series, paces: Paces | None = None
) -> pd.DataFrame:
    """Describe the customers of `known_from` by what they did until `day`.

    Parameters
    ----------
    source : Source
    day : Timestamp
        Nothing after it is read.
    known_from : Series of days, indexed by customer_id
        Since when a customer without any order is known, by contract.
    paces : Paces, optional
        Of all customers, where the source holds a part of them.

    Returns
    -------
    DataFrame, indexed like `known_from`
        days_since_last_order : missing for a customer who never ordered
        known_days : days since the first order, or since `known_from` where that is earlier
        orders_per_month : order days, drawn towards the pace of all customers where the time
            is short
        pace_trend : pace of the last 28 days over the pace before, drawn towards 1
        spend_per_order : net spend over order days, at least 0
    """
    counts = count_orders(source, day).set_index("customer_id")
    known = counts.reindex(known_from.index)
    since = known["first_order"].fillna(known_from).clip(upper=known_from.where(known_from <= day))
    known_days = (day - since).dt.days
    recent_days = known["recent_days"].fillna(known_days.clip(upper=RECENT_DAYS))
    habit_days = known["habit_days"].fillna(known_days - recent_days)
    recent, habit = known["recent_orders"].fillna(0), known["habit_orders"].fillna(0)
    everyone = overall_pace(counts) if paces is None else paces.everyone
    before = (habit + everyone * PRIOR_DAYS) / (habit_days + PRIOR_DAYS)
    orders, days = recent + habit, recent_days + habit_days
    now = (recent + before * PRIOR_DAYS) / (recent_days + PRIOR_DAYS)
    return pd.DataFrame(
        {
            "days_since_last_order": (day - known["last_order"]).dt.days,
            "known_days": known_days,
            "orders_per_month": monthly_pace(orders, days, everyone),
            "pace_trend": now / before,
            "spend_per_order": (known["total"] / known["order_days"]).clip(lower=0).fillna(0.0),
        }
    )


def attributes(source: Source) -> pd.DataFrame:
    """Return what the source knows of customers beside purchases, indexed by customer_id."""
    if not source.has("customers"):
        return pd.DataFrame(index=pd.Index([], name="customer_id", dtype="str"))
    known: pd.DataFrame = source.engine.run(read_query("customer_attributes")).to_pandas()
    return known.set_index("customer_id")


def value_of_a_year(counts: pd.DataFrame, pace: pd.Series, margin: float) -> pd.Series:
    """Return the margin of twelve months at a pace in order days a day."""
    spend = (counts["total"] / counts["order_days"]).clip(lower=0)
    return DAYS_PER_YEAR * pace * spend * margin


def yearly_values(known: pd.DataFrame, counts: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Return what twelve months of each customer bring, and the standard error of that.

    Parameters
    ----------
    known : DataFrame
        customer_id, `orders_per_month` and `spend_per_order`, as from `habits`.
    counts : DataFrame
        From `count_orders`.
    margin : float

    Returns
    -------
    DataFrame, indexed like `known`: yearly_value, yearly_value_error (had the customer's days
    come by chance)
    """
    own = counts.set_index("customer_id").reindex(known["customer_id"])
    an_order = (own["total_error"] / own["order_days"]).fillna(0.0).to_numpy()
    a_year = 12 * margin * known["orders_per_month"]
    return pd.DataFrame(
        {"yearly_value": a_year * known["spend_per_order"], "yearly_value_error": a_year * an_order}
    )


def check_margin(margin: float) -> None:
    """Refuse a margin that is no share."""
    if not 0 < margin <= 1:
        raise DataError(
            f"`margin` is the share of sales that is margin, in (0, 1]; it is {margin}."
        )
