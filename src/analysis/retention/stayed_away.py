"""Who stayed away: the customers of the period before who did not order in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.customer_table import CustomerTable
from analysis.engines import read_query
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    from analysis.periods import Period


def customers_who_stayed_away(transactions: Source | pd.DataFrame, period: Period) -> CustomerTable:
    """Which customers of the period before did not order in this one?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    period : Period
        The one that they stayed away in.

    Returns
    -------
    CustomerTable, one row a customer, highest spend first
        customer_id; orders, spend : in the period before; last_order.
    """
    source = as_source(transactions)
    parts = (_of_part(part, period) for part in source.parts())
    return CustomerTable.written(parts, source.scratch).ranked("spend")


def _of_part(source: Source, period: Period) -> pd.DataFrame:
    raw = source.engine.run(
        read_query("stayed_away"),
        first=period.previous.start,
        last=period.previous.end,
        as_of=period.end,
    ).to_pandas(date_as_object=False)
    return pd.DataFrame(
        {
            "customer_id": raw["customer_id"],
            "orders": raw["orders"],
            "spend": raw["spend_minor"] / source.minor_units,
            "last_order": raw["last_order"],
        }
    )
