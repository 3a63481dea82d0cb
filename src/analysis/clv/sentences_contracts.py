"""The conclusion of the value report about contracts; nothing where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import display
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.wording import money, number, percent, plural, span

if TYPE_CHECKING:
    from analysis.clv.contract_study import ContractStudy

LABELS = {"tenure": "Has lasted", "months": "Months expected", "interval": "90% interval"}


def worth(found: ContractStudy | TooFewError | None) -> Finding | None:
    """Say what a new contract is worth, and one that has lasted."""
    if found is None:
        return None
    if isinstance(found, TooFewError):
        return too_few("clv.contract", found)
    new, old, currency = found.table.iloc[0], found.table.iloc[-1], found.currency
    interval = f"90% interval {span(new['low'], new['high'], lambda x: money(x, currency))}"
    lasted = (
        f"; one that has lasted {plural(old['tenure'], 'month')} is worth "
        f"{money(old['value'], currency)}"
        if len(found.table) > 1
        else ""
    )
    return Finding(
        id="clv.contract",
        headline=(
            f"A new contract is worth {money(new['value'], currency)} over its first "
            f"{plural(found.months, 'month')} ({interval}), of which it lasts "
            f"{number(new['expected_periods'])} on average{lasted}. So far a month under contract "
            f"brought {money(found.margin_per_month, currency)} of margin; what is ahead is "
            f"discounted at {percent(found.annual_discount_rate, 0)} a year."
        ),
        label="Value of a new contract",
        value=float(new["value"]),
        value_text=money(new["value"], currency),
        interval=interval,
        main=True,
        kpi=True,
    )


def table(found: ContractStudy | TooFewError | None) -> display.Bundle | None:
    """Return what a contract is worth by how long it has lasted, for a reader."""
    if found is None or isinstance(found, TooFewError):
        return None
    currency = found.currency
    rows = [
        {
            "tenure": plural(row["tenure"], "month") if row["tenure"] else "new",
            "months": f"{number(row['expected_periods'])} of {found.months}",
            "value": money(row["value"], currency),
            "interval": span(row["low"], row["high"], lambda amount: money(amount, currency)),
        }
        for _, row in found.table.iterrows()
    ]
    title = f"Value of a contract over {plural(found.months, 'month')}"
    return display.table(pd.DataFrame(rows), title=title, labels=LABELS)
