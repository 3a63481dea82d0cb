"""Who must be left out of lists for action, because contact is not allowed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from analysis.customer_table import CustomerTable
from analysis.engines import read_query

if TYPE_CHECKING:
    from analysis.tables import Source

__all__ = ["withheld"]


_EVER = dt.date.max


def withheld(source: Source, as_of: dt.date | str = _EVER) -> CustomerTable:
    """Who refused or withdrew consent, and has not given it since?

    Parameters
    ----------
    source : Source
        With a table `consent`; without one, nobody is withheld.
    as_of : date, optional
        Decisions up to this day count; all that are known when not given. A list is acted on
        when it is read and not when its period ends, so it leaves out who withdrew after that.

    Returns
    -------
    CustomerTable, one row a customer
        customer_id : of those by whose standing decisions no channel is allowed. Who never
            decided is not among them: what that means, the law of the place says and the data
            do not.
    """
    if not source.has("consent"):
        return CustomerTable.of(pd.DataFrame({"customer_id": pd.Series(dtype="str")}))
    query, day = read_query("consent"), pd.Timestamp(as_of).date()
    found = (part.engine.run(query, as_of=day).to_pandas() for part in source.parts())
    return CustomerTable.written(found, source.scratch)
