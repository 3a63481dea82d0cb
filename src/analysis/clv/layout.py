"""The tables of the value report as charts and lists take them.

What could not be found for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import display
from analysis.clv.ranks import quantile
from analysis.customer_table import CustomerTable
from analysis.errors import TooFewError
from analysis.language import say, translate
from analysis.wording import money, number, percent, span

if TYPE_CHECKING:
    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_PARTS = 40  # cells of the map of P(alive), each way
_BARS = 30
_SPENDING = (
    "total",
    "expected_purchases",
    "expected_spend",
    "expected_sales",
    "value",
    "value_low",
    "value_high",
    "value_now",
    "value_total",
)


def weeks(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return purchases by week, actual and forecast."""
    return pd.DataFrame() if isinstance(check, TooFewError) else check.weeks


def deciles(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return forecast and actual purchases by tenth of the customers."""
    return pd.DataFrame() if isinstance(check, TooFewError) else check.deciles


def alive_map(study: ValueStudy | TooFewError) -> pd.DataFrame:
    """Return P(alive) of the longest-known customers, by order days and silence.

    Returns
    -------
    DataFrame
        `order_days` (in the time that the model was fitted to), `weeks_silent`,
        `probability_alive`; order days reach to the 95th percentile of the customers, and at
        least to 10.
    """
    if isinstance(study, TooFewError):
        return pd.DataFrame()
    rows = study.rows
    T, most = study.weeks, max(10.0, quantile(rows["frequency"], rows["weight"], 0.95))
    there_before = "seen_within" in rows.columns and rows["seen_within"].notna().any()
    x = np.unique(np.round(np.linspace(1, most, _PARTS)))
    silent = np.linspace(0, T * 0.98, _PARTS)
    frequency, silence = (grid.ravel() for grid in np.meshgrid(x, silent))
    grid = pd.DataFrame({"frequency": frequency, "recency": T - silence, "T": T})
    grid["seen_within"] = T if there_before else np.nan
    alive = study.purchases.probability_alive(grid)
    order_days = frequency if there_before else frequency + 1
    return pd.DataFrame(
        {"order_days": order_days, "weeks_silent": silence, "probability_alive": alive}
    )


def value_bars(study: ValueStudy | TooFewError) -> pd.DataFrame:
    """Return how many customers have which value: bars of equal width, the last one open.

    Returns
    -------
    DataFrame
        `low`, `high` (of value), `customers`, `tier` (of the bar's middle); the last bar
        holds everybody above the 98th percentile.
    """
    if isinstance(study, TooFewError):
        return pd.DataFrame()
    appraisal = study.valuation
    top = appraisal.quantile(0.98)
    low = min(*(float(worth.min()) for worth in appraisal.column("value")), 0.0)
    edges = np.linspace(low, top if top > low else low + 1.0, _BARS + 1)
    customers = np.zeros(_BARS, dtype=np.int64)
    for worth in appraisal.column("value"):
        customers += np.histogram(np.minimum(worth, edges[-1]), edges)[0]
    middle = (edges[1:] + edges[:-1]) / 2
    tier = np.asarray(appraisal.cut_offs.tiers(middle), dtype=object)
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "customers": customers, "tier": tier}
    )


def tiers(study: ValueStudy | TooFewError) -> pd.DataFrame:
    """Return the tiers with their cut-offs and what hangs on them."""
    if isinstance(study, TooFewError):
        return pd.DataFrame(columns=["tier", "customers", "cut_off", "value"])
    return study.valuation.tiers


def tiers_table(study: ValueStudy | TooFewError) -> display.Bundle | None:
    """Show the tiers to a reader: one column a question."""
    if isinstance(study, TooFewError):
        return None
    in_money = partial(money, currency=study.currency)
    table = tiers(study)
    interval = [span(*ends, in_money) for ends in zip(table["low"], table["high"], strict=True)]
    table = table.drop(columns=["low", "high", "probability_alive"])
    table.insert(list(table.columns).index("value") + 1, "interval", interval)
    return display.table(
        table,
        title=say("Value tiers"),
        formats={
            "tier": translate,
            **dict.fromkeys(("cut_off", "value", "value_per_customer"), in_money),
            **dict.fromkeys(("share_of_customers", "share_of_value"), percent),
            "expected_purchases": number,
        },
        labels={
            "tier": say("Tier"),
            "customers": say("Customers"),
            "share_of_customers": say("Of customers"),
            "cut_off": say("From (value)"),
            "value": say("Value at stake"),
            "interval": say("90% interval"),
            "share_of_value": say("Of value"),
            "value_per_customer": say("Each, on average"),
            "expected_purchases": say("Order days each"),
        },
        people=("customers",),
    )


def value_list(study: ValueStudy | TooFewError) -> CustomerTable:
    """Return one row a customer, most valuable first, rounded for a spreadsheet."""
    if isinstance(study, TooFewError):
        return CustomerTable.of(pd.DataFrame(columns=["customer_id", "value", "tier"]))
    digits = {"probability_alive": 4} | dict.fromkeys(_SPENDING, 2)
    parts = study.valuation.listed().frames()
    return CustomerTable.written((part.round(digits) for part in parts), study.valuation.scratch)


def list_title() -> str:
    """Name the list of customers."""
    return say("Value of every customer")


def list_of_tiers() -> dict[str, Any]:
    """Say how the list of tiers is exported."""
    return {"title": say("Tiers by value ahead"), "people": ["customers"]}
