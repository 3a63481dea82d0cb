"""How long contracts have lasted, as a survival curve takes it: from when on, how long, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.churn.paces import DAYS_PER_MONTH
from analysis.churn.spells import ContractEnd, churn_rule, find_spells

if TYPE_CHECKING:
    import datetime as dt

    from analysis.settings import ChurnSettings
    from analysis.tables import Source

_COLUMNS = ["customer_id", "entry", "time", "ended", "seen"]


def contract_times(source: Source, as_of: dt.date, churn: ChurnSettings) -> pd.DataFrame:
    """Return how long the first contract of each customer has lasted, in months.

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
    DataFrame, one row a customer; none where the source has no contracts
        customer_id
        entry : age of the contract from which on its end would be in the table
        time, ended : age at its end, or on `as_of`
        seen : months under contract since the orders begin

    Contracts whose beginning is not known are left out, and those whose end no table holds.
    """
    if not source.has("contracts"):
        return pd.DataFrame(columns=_COLUMNS)
    rule = churn_rule(source, as_of, churn)
    spells = find_spells(source, as_of, rule)
    rows = spells.loc[(spells["spell"] == 1) & spells["start_known"]]
    day, orders_from = pd.Timedelta(days=1), pd.Timestamp(source.first_date)
    until = rows["spell_end"].fillna(pd.Timestamp(as_of))
    kept_from = rule.recorded_from if isinstance(rule, ContractEnd) else None
    entry = rows["origin"] if kept_from is None else pd.Timestamp(kept_from) - day
    begun = rows["origin"].where(rows["origin"] >= orders_from - day, orders_from - day)
    table = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "entry": _months(entry - rows["origin"]).clip(lower=0.0),
            "time": _months(until - rows["origin"]),
            "ended": rows["spell_end"].notna(),
            "seen": _months(until - begun).clip(lower=0.0),
        }
    )
    return table[table["time"] > table["entry"]].reset_index(drop=True)


def _months(length: pd.Series) -> pd.Series:
    days: pd.Series = length.dt.days
    return days / DAYS_PER_MONTH
