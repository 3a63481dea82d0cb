"""Do orders tell a habit, or the calendar of bills? With contracts it is often the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.churn.spells import ContractEnd
from analysis.engines import read_query

if TYPE_CHECKING:
    import pandas as pd

    from analysis.churn.spells import Rule
    from analysis.tables import Source


def bills_by_calendar(source: Source, day: pd.Timestamp, rule: Rule) -> bool:
    """Whether most customers with a contract are billed in even steps, until `day`.

    A bill that comes every month says that the contract runs and nothing of a habit; its pace is
    another name for the age of the contract, and seems to fall before every next bill.
    """
    if not isinstance(rule, ContractEnd):
        return False
    found = source.engine.run(read_query("billing_rhythm"), as_of=day.date()).to_pylist()[0]
    return bool(2 * found["even"] > found["customers"])
