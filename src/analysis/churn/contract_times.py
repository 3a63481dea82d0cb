"""How long contracts have lasted, as a survival curve takes it: from when on, how long, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.paces import DAYS_PER_MONTH
from analysis.churn.spells import ContractEnd, churn_rule, spell_query
from analysis.engines import read_query

if TYPE_CHECKING:
    import datetime as dt

    from analysis.settings import ChurnSettings
    from analysis.tables import Source

_COLUMNS = ["entry", "time", "ended", "seen", "contracts", "sales"]


def contract_times(source: Source, as_of: dt.date, churn: ChurnSettings) -> pd.DataFrame:
    """Count how long the first contracts of customers have lasted, in months.

    Parameters
    ----------
    source : Source
        The opened tables.
    as_of : date
        Last day that counts.
    churn : ChurnSettings
        Since when the table of contracts tells starts and departures.

    Returns
    -------
    DataFrame, one row a length; none where the source has no contracts
        entry : age of the contract from which on its end would be in the table
        time, ended : age at its end, or on `as_of`
        seen : months under contract since the orders begin
        contracts : how many
        sales : what their customers spent until `as_of`, together

    Contracts whose beginning is not known are left out, and those whose end no table holds.
    """
    if not source.has("contracts"):
        return pd.DataFrame(columns=_COLUMNS)
    rule, end = churn_rule(source, as_of, churn), pd.Timestamp(as_of)
    file, values = spell_query(source, end, rule)
    query = read_query("contract_times", spells=file)
    rows: pd.DataFrame = source.engine.run(query, **values).to_pandas()
    origin, until = rows["start_day"] - 1, rows["end_day"].fillna(0)
    kept_from = rule.recorded_from if isinstance(rule, ContractEnd) else None
    entry = origin if kept_from is None else origin.clip(lower=_day_before(kept_from, end))
    begun = origin.clip(lower=_day_before(source.first_date, end))
    table = pd.DataFrame(
        {
            "entry": (entry - origin) / DAYS_PER_MONTH,
            "time": (until - origin) / DAYS_PER_MONTH,
            "ended": rows["end_day"].notna(),
            "seen": (until - begun).clip(lower=0) / DAYS_PER_MONTH,
            "contracts": rows["contracts"],
            "sales": rows["amount_minor"] / source.minor_units,
        }
    )
    return table.loc[until > entry].reset_index(drop=True)


def _day_before(day: dt.date, end: pd.Timestamp) -> int:
    """Return the day before another one, in days after `end`."""
    return (pd.Timestamp(day) - end).days - 1
