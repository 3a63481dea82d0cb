"""What the rows are: kept or set aside, odd, incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines import read_query
from analysis.quality.reading import NOT_KNOWN

if TYPE_CHECKING:
    import datetime as dt

    from analysis.periods import Period
    from analysis.tables import Source

PIECES = 100
"""More pieces than this on one line are taken for a volume or a weight."""

_ODDITIES = {
    "zero_lines": "Lines of amount zero",
    "paid_nothing": "Orders that paid nothing",
    "return_lines": "Returns (lines below zero)",
    "identical": "Lines that repeat another one in every column",
    "zero_quantity": "Lines of quantity zero",
    "without_product": "Lines without a product",
    "without_category": "Lines without a category",
    "without_quantity": "Lines without a quantity",
    "of_two_customers": "Order numbers of two customers",
    "on_two_days": "Order numbers of two days",
}
_DESCRIBED = [
    *("described", "customers", "customer_share", "amount", "amount_share"),
    "amount_per_customer",
]
_OF_ORDERS = {"paid_nothing", "of_two_customers", "on_two_days"}


def summarise_rejects(source: Source) -> pd.DataFrame:
    """Which rules were broken, how often, and where first?

    Returns
    -------
    DataFrame, one row a rule and column, the most frequent first
        rule, column, rows, share : of all rows read
        file, line : of the first; missing when it is beyond the first 10,000 rows set aside
    """
    quality = source.quality
    places = quality.rejects.assign(column=quality.rejects["column"].fillna(""))
    first = places.drop_duplicates(["rule", "column"])[["rule", "column", "file", "line"]]
    table = quality.by_rule.merge(first, how="left", on=["rule", "column"])
    return table.assign(share=table["rows"] / quality.rows_in)


def count_oddities(source: Source, period: Period) -> pd.DataFrame:
    """How many rows are not what a row usually is, in the period and before it?

    Returns
    -------
    DataFrame, one row a kind of oddity; a column that the source does not have is none
        kind, what : name, and in words
        rows, share : in the period, and of all lines (or orders) of the period
        rows_before, share_before : the same before the period; missing share when there is
            nothing before it
        amount : money in the period that the rows carry; missing where that says nothing
    """
    values = {"start": period.start, "as_of": period.end}
    lines = source.engine.run(read_query("quality_lines"), **values).to_pandas()
    orders = source.engine.run(read_query("quality_orders"), **values).to_pandas()
    counts = lines.merge(orders, on="in_period", how="outer").set_index("in_period")
    counts = counts.reindex([False, True]).fillna(0)
    money = {
        "return_lines": counts["return_minor"],
        "identical": counts["identical_minor"],
        "without_category": counts["without_category_minor"],
    }
    rows = []
    for kind, what in _ODDITIES.items():
        if kind.startswith("without_") and counts[kind].sum() == counts["lines"].sum() > 0:
            continue
        of = counts["orders" if kind in _OF_ORDERS else "lines"]
        share = counts[kind] / of.where(of > 0)
        amount = money[kind][True] / source.minor_units if kind in money else None
        rows.append(
            (kind, what, counts[kind][True], share[True], counts[kind][False], share[False], amount)
        )
    columns = ["kind", "what", "rows", "share", "rows_before", "share_before", "amount"]
    return pd.DataFrame(rows, columns=columns).astype({"rows": "int64", "rows_before": "int64"})


def measure_quantities(source: Source, as_of: dt.date) -> pd.DataFrame:
    """Which categories have quantities that are no count of pieces?

    Returns
    -------
    DataFrame, one row a category, the largest quantity first
        category, lines, amount, median, p99, largest
        beyond_pieces : lines of more than `PIECES` pieces
        by_volume : whether more than one line in a hundred is
    """
    answer = source.engine.run(read_query("quality_quantities"), as_of=as_of, pieces=PIECES)
    table: pd.DataFrame = answer.to_pandas()
    table["amount"] = table.pop("amount_minor") / source.minor_units
    return table.assign(
        category=table["category"].fillna(NOT_KNOWN),
        by_volume=table["beyond_pieces"] > 0.01 * table["lines"],
    )


def describe_customers(source: Source, as_of: dt.date) -> pd.DataFrame:
    """Of how many customers are the attributes known, and are those like the others?

    Returns
    -------
    DataFrame, two rows (`described` true and false); without rows when there is no such table
        described, customers, customer_share, amount, amount_share, amount_per_customer
    """
    if not source.has("customers"):
        return pd.DataFrame(columns=_DESCRIBED)
    answer = source.engine.run(read_query("quality_described"), as_of=as_of)
    table: pd.DataFrame = answer.to_pandas()
    amount = table.pop("amount_minor") / source.minor_units
    return table.assign(
        customer_share=table["customers"] / table["customers"].sum(),
        amount=amount,
        amount_share=amount / amount.sum(),
        amount_per_customer=amount / table["customers"],
    )[_DESCRIBED]
