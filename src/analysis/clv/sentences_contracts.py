"""The conclusion of the value report about contracts; nothing where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import display
from analysis.clv import phrases
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say
from analysis.wording import money, number, percent, plural, sentences, span

if TYPE_CHECKING:
    from analysis.clv.contract_study import ContractStudy


def worth(found: ContractStudy | TooFewError | None) -> Finding | None:
    """Say what a new contract is worth, and one that has lasted."""
    if found is None:
        return None
    if isinstance(found, TooFewError):
        return too_few("clv.contract", found)
    new, old, currency = found.table.iloc[0], found.table.iloc[-1], found.currency
    interval = phrases.in_money(new["low"], new["high"], currency)
    told = say(
        "A new contract is worth {value} over its first {months} ({interval}), of which it lasts "
        "{lasts} on average.",
        value=money(new["value"], currency),
        months=plural(found.months, "month"),
        interval=interval,
        lasts=number(new["expected_periods"]),
    )
    lasted = say(
        "One that has lasted {months} is worth {value}.",
        months=plural(old["tenure"], "month"),
        value=money(old["value"], currency),
    )
    terms = say(
        "So far a month under contract brought {margin} of margin; what is ahead is discounted at "
        "{rate} a year.",
        margin=money(found.margin_per_month, currency),
        rate=percent(found.annual_discount_rate, 0),
    )
    return Finding(
        id="clv.contract",
        headline=sentences([told, lasted if len(found.table) > 1 else "", terms]),
        label=say("Value of a new contract"),
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
            "tenure": plural(row["tenure"], "month") if row["tenure"] else say("new"),
            "months": say(
                "{inside} of {n}", inside=number(row["expected_periods"]), n=found.months
            ),
            "value": money(row["value"], currency),
            "interval": span(row["low"], row["high"], lambda amount: money(amount, currency)),
        }
        for _, row in found.table.iterrows()
    ]
    title = say("Value of a contract over {months}", months=plural(found.months, "month"))
    labels = {
        "tenure": say("Has lasted"),
        "months": say("Months expected"),
        "value": say("Value"),
        "interval": say("90% interval"),
    }
    return display.table(pd.DataFrame(rows), title=title, labels=labels)
