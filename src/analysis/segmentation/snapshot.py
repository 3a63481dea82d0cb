"""A snapshot: every customer with scores, tier and stage, as of one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from analysis.customer_table import CustomerTable
from analysis.engines import read_query
from analysis.errors import DataError, PeriodError
from analysis.segmentation.distribution import distribution
from analysis.segmentation.lifecycle import lifecycle_stages
from analysis.segmentation.rfm import rfm_quantiles, score_rfm
from analysis.segmentation.value_tiers import value_tiers
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
    customers : CustomerTable, one row per customer who ever ordered
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
    customers: CustomerTable


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

    Cut-offs and ranks are those among all customers; the customers themselves are scored so many
    at a time as the source allows in memory.

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
    activity = CustomerTable.written(
        (recent_activity(part, as_of, window) for part in source.parts()), source.scratch
    )
    if not len(activity):
        _check_orders(source, as_of)
    unscored = Snapshot(
        as_of=as_of,
        window_days=window,
        dormant_days=dormant,
        lost_days=lost,
        loyal_orders=rules.loyal_orders * window / rules.loyal_window_days,
        currency=source.currency,
        minimum_customers=settings.reports.minimum_customers,
        customers=activity,
    )
    score = partial(
        _scored,
        snapshot=unscored,
        settings=settings,
        data_begin=source.first_date,
        cutoffs=rfm_quantiles(source, as_of, window),
        spend=distribution(activity, "spend"),
    )
    scored = CustomerTable.written(map(score, activity.frames()), source.scratch)
    return replace(unscored, customers=scored)


def recent_activity(
    transactions: Source | pd.DataFrame, as_of: dt.date, window_days: int
) -> pd.DataFrame:
    """What did each customer order and spend in the last days?

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
    raw = source.engine.run(
        read_query("recent_activity"), as_of=as_of, after=as_of - dt.timedelta(days=window_days)
    ).to_pandas(date_as_object=False)
    return pd.DataFrame(
        {
            "customer_id": raw["customer_id"],
            "first_order": raw["first_order"],
            "last_order": raw["last_order"],
            "days_since_last_order": (pd.Timestamp(as_of) - raw["last_order"]).dt.days,
            "orders_to_date": raw["orders_to_date"],
            "spend_to_date": raw["to_date_minor"] / source.minor_units,
            "orders": raw["orders"],
            "spend": raw["spend_minor"] / source.minor_units,
        }
    )


def _scored(
    customers: pd.DataFrame,
    snapshot: Snapshot,
    settings: Settings,
    data_begin: dt.date,
    cutoffs: pd.DataFrame,
    spend: pd.DataFrame,
) -> pd.DataFrame:
    """Put scores, tier and stage beside what some of the customers did.

    `cutoffs` and the distribution of `spend` are those of all customers.
    """
    scores = score_rfm(customers, monetary="spend", cutoffs=cutoffs)
    tiers = value_tiers(
        customers,
        value="spend",
        gold_share=settings.tiers.gold_share,
        silver_share=settings.tiers.silver_share,
        among=spend,
    )
    stages = lifecycle_stages(
        customers.rename(columns={"orders": "recent_orders", "orders_to_date": "orders"}),
        snapshot.as_of,
        new_days=settings.lifecycle.new_days,
        loyal_orders=snapshot.loyal_orders,
        dormant_days=snapshot.dormant_days,
        lost_days=snapshot.lost_days,
        recent_orders="recent_orders",
        data_begin=data_begin,
    )
    added = scores.columns.difference(customers.columns, sort=False)
    return pd.concat(
        [customers, scores[added], tiers[["rank", "tier"]], stages["stage"]], axis="columns"
    )


def _check_orders(source: Source, as_of: dt.date) -> None:
    """Refuse a source of returns alone."""
    first = source.engine.run("SELECT MIN(order_day) AS first_order FROM customer_days")
    if first["first_order"][0].as_py() is None:
        raise DataError(
            f"No order on or before {as_of}: the data begin on {source.first_date} and hold"
            " returns alone. Name the column of amounts in the settings."
        )
