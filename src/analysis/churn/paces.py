"""How often customers order: the pace of all, from counts, and groups of customers by theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.engines import read_query
from analysis.language import say

if TYPE_CHECKING:
    import numpy.typing as npt

    from analysis.tables import Source

    Floats = npt.NDArray[np.float64]

RECENT_DAYS = 28
HABIT_DAYS = 365
PRIOR_DAYS = 28
"""So many days at the pace of all customers are mixed into the pace of each."""
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
NOBODY = "SELECT customer_id, CAST(NULL AS VARCHAR) AS segment FROM customer_days WHERE FALSE"
"""No customer is active, or in any segment."""
_MOST_GROUPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """What is known of the pace of all customers together on a day.

    Attributes
    ----------
    everyone : float
        Order days a day.
    limits : array of days
        Limits, in whole days between two orders, of four groups of about equal size.
    """

    everyone: float
    limits: Floats


def paces_on(source: Source, day: pd.Timestamp) -> Paces:
    """Return the pace of all customers with an order until a day."""
    counts = count_paces(source, day)
    return Paces(overall_pace(counts), _limits(counts))


def pace_days(day: pd.Timestamp, recent_days: int) -> dict[str, Any]:
    """Return the days that `pace.sql` asks for."""
    recent_from = day - pd.Timedelta(days=recent_days - 1)
    habit_from = recent_from - pd.Timedelta(days=HABIT_DAYS)
    return {
        "day": day.date(), "recent_from": recent_from.date(), "habit_from": habit_from.date()
    }  # fmt: skip


def count_paces(
    source: Source, day: pd.Timestamp, recent_days: int = RECENT_DAYS, **active: Any
) -> pd.DataFrame:
    """Count the customers with an order until a day by what they ordered, and in which time.

    Parameters
    ----------
    source : Source
    day : Timestamp
    recent_days : int
    active
        `spells`, the file whose spells say who is active, and the values that it asks for; nobody
        is, if not given.

    Returns
    -------
    DataFrame, one row a pace
        is_active, habit_orders, habit_days, recent_orders, recent_days as in `count_orders`, and
        customers
    """
    values = pace_days(day, recent_days) | active
    chosen = {"spells": values.pop("spells")} if active else {"active": NOBODY}
    counts: pd.DataFrame = source.engine.run(
        read_query("pace_counts", **chosen), **values
    ).to_pandas()
    return counts


def overall_pace(counts: pd.DataFrame) -> float:
    """Return the order days a day of all customers together.

    Parameters
    ----------
    counts : DataFrame
        One row a customer, as from `count_orders`, or a pace with `customers`.
    """
    n = counts.get("customers", 1)
    days = (n * (counts["habit_days"] + counts["recent_days"])).sum()
    orders = (n * (counts["habit_orders"] + counts["recent_orders"])).sum()
    return float(max(orders, 0.5) / max(days, 1))


def monthly_pace(
    orders: pd.Series | Floats, days: pd.Series | Floats, everyone: float
) -> pd.Series | Floats:
    """Return order days a month, drawn towards the pace of all where the time is short."""
    return DAYS_PER_MONTH * (orders + everyone * PRIOR_DAYS) / (days + PRIOR_DAYS)


def pace_limits(source: Source, day: pd.Timestamp, groups: int = _MOST_GROUPS) -> Floats:
    """Return the limits, in whole days between two orders, of groups of about equal size.

    They part all customers with an order until `day`, so that every section of a report that
    looks at this day speaks of the same groups. Whole days make the label of a group its rule.
    """
    return _limits(count_paces(source, day), groups)


def _limits(counts: pd.DataFrame, groups: int = _MOST_GROUPS) -> Floats:
    if counts.empty:
        return np.array([])
    orders = counts["habit_orders"] + counts["recent_orders"]
    days = counts["habit_days"] + counts["recent_days"]
    gap = DAYS_PER_MONTH / np.asarray(monthly_pace(orders, days, overall_pace(counts)))
    order = np.argsort(gap)
    below = np.cumsum(counts["customers"].to_numpy()[order])
    place = np.linspace(0, 1, groups + 1)[1:-1] * (below[-1] - 1)
    low, high = (
        gap[order][np.searchsorted(below, whole(place), side="right")]
        for whole in (np.floor, np.ceil)
    )
    between = low + (high - low) * (place - np.floor(place))
    return np.unique(np.round(np.maximum(between, 1.0)))


def segment_values(day: pd.Timestamp, paces: Paces) -> dict[str, Any]:
    """Return the values that `pace_segments.sql` asks for."""
    limits = [*paces.limits, *[1e300] * (_MOST_GROUPS - 1)]
    return pace_days(day, RECENT_DAYS) | {
        "month": DAYS_PER_MONTH,
        "prior": paces.everyone * PRIOR_DAYS,
        "prior_days": PRIOR_DAYS,
        "counted_days": RECENT_DAYS + HABIT_DAYS,
        **{f"limit_{at + 1}": float(limits[at]) for at in range(_MOST_GROUPS - 1)},
    }


def pace_groups(orders_per_month: pd.Series, limits: Floats) -> pd.Series:
    """Put customers into groups by the usual time between two orders.

    Parameters
    ----------
    orders_per_month : Series
        As in `habits`.
    limits : array of days
        From `pace_limits`; a group reaches from above one limit up to the next.

    Returns
    -------
    ordered categorical Series, indexed like `orders_per_month`
    """
    gap = DAYS_PER_MONTH / orders_per_month
    return pd.Series(
        pd.cut(gap, [-np.inf, *limits, np.inf], labels=pace_names(limits)),
        index=orders_per_month.index,
    )


def pace_names(limits: Floats) -> list[str]:
    """Name the groups that the limits part, those who order most often first."""
    return [_between(low, high) for low, high in zip([None, *limits], [*limits, None], strict=True)]


def _between(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return say("all customers")
    if low is None:
        if high == 1:
            return say("orders at least every day")
        return say("orders at least every {days} days", days=f"{high:.0f}")
    if high is None:
        if low == 1:
            return say("orders less often than every day")
        return say("orders less often than every {days} days", days=f"{low:.0f}")
    return say("orders every {low} to {high} days", low=f"{low:.0f}", high=f"{high:.0f}")
