"""Who stayed away: the customers of the period before who did not order in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines import read_query
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    from analysis.periods import Period


def customers_who_stayed_away(transactions: Source | pd.DataFrame, period: Period) -> pd.DataFrame:
    """Which customers of the period before did not order in this one?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    period : Period
        The one that they stayed away in.

    Returns
    -------
    DataFrame, one row a customer, highest spend first
        customer_id; orders, spend : in the period before; last_order.
    """
    source = as_source(transactions)
    raw = source.engine.run(
        read_query("stayed_away"),
        first=period.previous.start,
        last=period.previous.end,
        as_of=period.end,
    ).to_pandas(date_as_object=False)
    listed = pd.DataFrame(
        {
            "customer_id": raw["customer_id"],
            "orders": raw["orders"],
            "spend": raw["spend_minor"] / source.minor_units,
            "last_order": raw["last_order"],
        }
    )
    return listed.sort_values(["spend", "customer_id"], ascending=[False, True], ignore_index=True)
