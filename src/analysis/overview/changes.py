"""What changed in the sales since the last report: the data, who came, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analysis.periods import Period

GROUPS = ("kept", "returned", "new")
PARTS = {
    "restated": "data",
    "customers": "mix",
    "composition": "mix",
    "orders_per_customer": "behaviour",
    "revenue_per_order": "behaviour",
}
_COLUMNS = ["part", "factor", "effect"]


def compare_groups(activity: pd.DataFrame, period: Period, base: Period) -> pd.DataFrame:
    """How many customers came back, came after a pause and were new, and what did they do?

    Parameters
    ----------
    activity : DataFrame
        Output of `retention.activity_by_period` for periods of the same kind.
    period, base : Period
        The period in question, and an earlier one that it is held against.

    Returns
    -------
    DataFrame, one row a group: 'kept', 'returned', 'new'
        group; customers_before, customers; orders_before, orders; revenue_before, revenue;
        mix, behaviour : what more or fewer customers of the group added to the sales, and what
        each of them did. One group 'all' where `base` is the first period of the data: there
        nobody can be told to have come before. No rows when either period holds no order.
    """
    rows = activity.set_index("period_start")
    starts = [pd.Timestamp(base.start), pd.Timestamp(period.start)]
    with_orders = rows.index[rows["customers"] > 0]
    if not set(starts) <= set(with_orders):
        return pd.DataFrame(columns=["group", "mix", "behaviour"])
    names = ["all"] if starts[0] == rows.index[0] else list(GROUPS)
    table = pd.DataFrame([_group(name, rows.loc[starts]) for name in names])
    each_before, each = _each(table, "revenue_before", "revenue", "customers_before", "customers")
    mean_customers = (table["customers"] + table["customers_before"]) / 2
    return table.assign(
        mix=(each + each_before) / 2 * (table["customers"] - table["customers_before"]),
        behaviour=mean_customers * (each - each_before),
    )


def explain_change(groups: pd.DataFrame, restated: float = np.nan) -> pd.DataFrame:
    """How much of the change in sales is data, who came, and what they did?

    Every product is split at the mean of both periods, so that the parts add up to the whole
    exactly, whatever the order, and also where sales are zero or below.

    Parameters
    ----------
    groups : DataFrame
        Output of `compare_groups`.
    restated : float
        By how much the sales of the earlier period, as the data stand now, exceed what was
        reported of it; not a number where nothing was reported.

    Returns
    -------
    DataFrame, one row a factor
        part : 'data', 'mix' or 'behaviour'
        factor : 'restated'; 'customers' (how many came, of all kinds), 'composition' (which
            kinds); 'orders_per_customer', 'revenue_per_order' (within the kinds)
        effect : in currency; the effects add up to the sales of the period less those
            reported of the earlier one (or, where nothing was reported, less those of the
            earlier one as the data stand now)
        No rows when `groups` has none.

    References
    ----------
    .. [1] Bennet (1920), Journal of the Royal Statistical Society 83(3), 455-462.
    """
    if groups.empty:
        return pd.DataFrame(columns=_COLUMNS)
    effects = {"restated": restated, **_mix(groups), **_behaviour(groups)}
    table = pd.DataFrame(
        [(PARTS[name], name, effect) for name, effect in effects.items()], columns=_COLUMNS
    )
    return table.dropna(subset=["effect"]).reset_index(drop=True)


def _group(name: str, rows: pd.DataFrame) -> dict[str, object]:
    """Return head counts, orders and sales of one group in both periods."""
    of = {
        "customers": "customers" if name == "all" else name,
        "orders": "orders" if name == "all" else f"{name}_orders",
        "revenue": "revenue" if name == "all" else f"{name}_revenue",
    }
    numbers = {}
    for measure, column in of.items():
        numbers[f"{measure}_before"], numbers[measure] = rows[column].astype(float)
    return {"group": name, **numbers}


def _each(
    table: pd.DataFrame, total_before: str, total: str, by_before: str, by: str
) -> tuple[pd.Series, pd.Series]:
    """Return a total by head (or order) in both periods; an empty period takes the other's."""
    before = table[total_before] / table[by_before].where(table[by_before] > 0)
    now = table[total] / table[by].where(table[by] > 0)
    return before.fillna(now).fillna(0.0), now.fillna(before).fillna(0.0)


def _mix(groups: pd.DataFrame) -> dict[str, float]:
    """Split what came of the numbers of customers into how many, and which kinds."""
    each_before, each = _each(groups, "revenue_before", "revenue", "customers_before", "customers")
    worth = (each + each_before) / 2
    all_before, all_now = groups["customers_before"].sum(), groups["customers"].sum()
    share_before, share = groups["customers_before"] / all_before, groups["customers"] / all_now
    return {
        "customers": float((worth * (share + share_before) / 2).sum() * (all_now - all_before)),
        "composition": float((worth * (share - share_before)).sum() * (all_now + all_before) / 2),
    }


def _behaviour(groups: pd.DataFrame) -> dict[str, float]:
    """Split what came of sales per customer, within groups, into how often and how much."""
    often_before, often = _each(groups, "orders_before", "orders", "customers_before", "customers")
    much_before, much = _each(groups, "revenue_before", "revenue", "orders_before", "orders")
    heads = (groups["customers"] + groups["customers_before"]) / 2
    return {
        "orders_per_customer": float(
            (heads * (much + much_before) / 2 * (often - often_before)).sum()
        ),
        "revenue_per_order": float(
            (heads * (often + often_before) / 2 * (much - much_before)).sum()
        ),
    }
