"""How many customers have each value: what tiers, ranks and concentration follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.customer_table import quoted
from analysis.segmentation.checks import checked

if TYPE_CHECKING:
    import pandas as pd

    from analysis.customer_table import CustomerTable


def distribution(customers: pd.DataFrame | CustomerTable, value: str) -> pd.DataFrame:
    """How many customers have each value of a column?

    Customers who share a value share a row. So there are as many rows as different amounts, whose
    number soon stops growing with that of the customers.

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `customer_id` and the column named by `value`.
    value : str
        Spend, or whatever else ranks customers.

    Returns
    -------
    DataFrame, one row a value, lowest first
        amount, customers.
    """
    return checked(customers, [value]).query(
        f"SELECT {quoted(value)} AS amount, COUNT(*) AS customers FROM customers"  # noqa: S608
        " GROUP BY amount ORDER BY amount"
    )
