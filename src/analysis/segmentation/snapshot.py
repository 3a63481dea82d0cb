"""A snapshot: every customer with scores, tier and stage, as of one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import PeriodError
from analysis.segmentation.lifecycle import lifecycle_stages
from analysis.segmentation.rfm import score_rfm
from analysis.segmentation.value_tiers import value_tiers
from analysis.summary import summarise_customers
from analysis.tables import as_source

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.settings import Settings
    from analysis.tables import Source


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All customers as of one day.

    Attributes
    ----------
    as_of : date
        Last day that counts.
    window_days : int
        Days up to `as_of` in which orders and spend are counted.
    dormant_days, lost_days : float
        Silences from which a customer counts as dormant and as lost.
    loyal_orders : float
        Orders within the window that make a customer loyal.
    currency : str
        ISO code of every amount.
    minimum_customers : int
        Fewer customers give no finding.
    customers : DataFrame, one row per customer who ever ordered
        customer_id, first_order, last_order, days_since_last_order, orders_to_date,
        spend_to_date; orders, spend: those within the window; the columns of `score_rfm`,
        `rank` and `tier` of `value_tiers`, `stage` of `lifecycle_stages`.
        Without rows if the data begin after `as_of`.
    """

    as_of: dt.date
    window_days: int
    dormant_days: float
    lost_days: float
    loyal_orders: float
    currency: str
    minimum_customers: int
    customers: pd.DataFrame


def take_snapshots(
    transactions: Source | pd.DataFrame,
    period: Period,
    settings: Settings,
    *,
    lost_days: float | None = None,
) -> tuple[Snapshot, Snapshot]:
    """Who are the customers at the end of the period, and who were they one period earlier?

    Both look back equally far, so that they compare: over the settings' `loyal_window_days`,
    or, where the data begin later, over the days that the earlier one has. Limits counted in
    orders shrink in proportion.

    Parameters
    ----------
    transactions : Source or DataFrame
        An opened source, or a frame as for `tables.from_frame`.
    period : Period
        Its last day is the day of the snapshot; if the data end earlier, their last day is.
    settings : Settings
        Its `lifecycle`, `tiers` and `reports.minimum_customers`.
    lost_days : float, optional
        Replaces the settings' `lost_days`: the estimated inactivity window of the churn
        analysis, say. `dormant_days` then is half of it, where it would not lie below.

    Returns
    -------
    now, before : Snapshot
        `before` has no customers if the data begin within the period.

    Raises
    ------
    PeriodError
        If the data have no day of the period.
    """
    source = as_source(transactions)
    first, last = source.first_date, source.last_date
    if period.start > last or period.end < first:
        raise PeriodError(
            f"A period must lie within the data, {first} to {last}; {period.title} does not."
            " Choose another period."
        )
    now, before = min(period.end, last), period.previous.end
    reach = (before if before >= first else now) - first
    window = min(settings.lifecycle.loyal_window_days, reach.days + 1)
    return (
        take_snapshot(source, now, settings, window_days=window, lost_days=lost_days),
        take_snapshot(source, before, settings, window_days=window, lost_days=lost_days),
    )


def take_snapshot(
    transactions: Source | pd.DataFrame,
    as_of: dt.date,
    settings: Settings,
    *,
    window_days: int | None = None,
    lost_days: float | None = None,
) -> Snapshot:
    """Score, rank and stage every customer as of one day.

    Parameters
    ----------
    transactions : Source or DataFrame
        An opened source, or a frame as for `tables.from_frame`.
    as_of : date
        Last day that counts.
    settings : Settings
        As for `take_snapshots`.
    window_days : int, optional
        Days in which orders and spend count; the settings' `loyal_window_days` by default.
    lost_days : float, optional
        As for `take_snapshots`.

    Returns
    -------
    Snapshot
    """
    source = as_source(transactions)
    rules = settings.lifecycle
    window = window_days or rules.loyal_window_days
    lost = rules.lost_days if lost_days is None else lost_days
    dormant = rules.dormant_days if rules.dormant_days < lost else lost / 2
    loyal_orders = rules.loyal_orders * window / rules.loyal_window_days
    customers = recent_activity(source, as_of, window)
    stages = lifecycle_stages(
        customers.rename(columns={"orders": "recent_orders", "orders_to_date": "orders"}),
        as_of,
        new_days=rules.new_days,
        loyal_orders=loyal_orders,
        dormant_days=dormant,
        lost_days=lost,
        recent_orders="recent_orders",
        data_begin=source.first_date,
    )
    scores = score_rfm(customers, monetary="spend")
    tiers = value_tiers(
        customers,
        value="spend",
        gold_share=settings.tiers.gold_share,
        silver_share=settings.tiers.silver_share,
    )
    scored = scores.columns.difference(customers.columns, sort=False)
    return Snapshot(
        as_of=as_of,
        window_days=window,
        dormant_days=dormant,
        lost_days=lost,
        loyal_orders=loyal_orders,
        currency=source.currency,
        minimum_customers=settings.reports.minimum_customers,
        customers=pd.concat(
            [customers, scores[scored], tiers[["rank", "tier"]], stages["stage"]], axis="columns"
        ),
    )


def recent_activity(
    transactions: Source | pd.DataFrame, as_of: dt.date, window_days: int
) -> pd.DataFrame:
    """What did each customer order and spend in the last days?

    The recent part is the difference of two summaries, so that an order means here what it
    means there.

    Parameters
    ----------
    transactions : Source or DataFrame
        An opened source, or a frame as for `tables.from_frame`.
    as_of : date
        Last day that counts.
    window_days : int
        Number of days that count, `as_of` included.

    Returns
    -------
    DataFrame, one row per customer with an order on or before `as_of`
        customer_id, first_order, last_order, days_since_last_order, orders_to_date,
        spend_to_date; orders, spend: those of the window, 0 for who did not buy.
    """
    source = as_source(transactions)
    to_date = _summary(source, as_of)
    earlier = _summary(source, as_of - dt.timedelta(days=window_days))
    earlier = earlier.set_index("customer_id")[["orders", "total"]]
    earlier = earlier.reindex(to_date["customer_id"]).fillna(0).reset_index(drop=True)
    # Sums of money in the float column differ in their last bits; equal spend must be equal.
    spend = (to_date["total"] - earlier["total"]).round(4) + 0.0
    return pd.DataFrame(
        {
            "customer_id": to_date["customer_id"],
            "first_order": to_date["first_order"],
            "last_order": to_date["last_order"],
            "days_since_last_order": to_date["days_since_last_order"],
            "orders_to_date": to_date["orders"],
            "spend_to_date": to_date["total"],
            "orders": (to_date["orders"] - earlier["orders"]).astype("int64"),
            "spend": spend,
        }
    )


def _summary(source: Source, as_of: dt.date) -> pd.DataFrame:
    """Summarise; before the first order of all, return the summary's columns without rows."""
    first_order = source.engine.run(
        "SELECT MIN(order_date) AS first_order FROM transactions WHERE amount_minor >= 0"
    )["first_order"][0].as_py()
    if first_order is None or as_of >= first_order:
        return summarise_customers(source, as_of)
    return summarise_customers(source, source.last_date).iloc[:0]
