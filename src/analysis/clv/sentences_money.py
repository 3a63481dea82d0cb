"""The conclusions of the value report about money: so far, its parts, for ever, as it is taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.money import PER_PURCHASE, PURCHASES_A_YEAR, YEARS
from analysis.clv.sentences import in_money, weeks_ahead
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.wording import count, date, join, money, percent, plural

if TYPE_CHECKING:
    from analysis.clv.money import Money
    from analysis.clv.study import ValueStudy

COMPONENT_LABELS = {
    "component": "Part of the value",
    "interval": "90% interval",
    "note": "What it is, or needs",
}


def so_far(found: Money | TooFewError) -> Finding:
    """Say what the customers brought so far, and what that makes with what is ahead."""
    if isinstance(found, TooFewError):
        return too_few("clv.so_far", found)
    study, valuation = found.study, found.study.valuation
    now, ahead, total = (valuation.estimate(f"value{name}") for name in ("_now", "", "_total"))
    sales, weeks = float(study.customers["total"].sum()), float(study.customers["T"].max())
    interval = in_money(total.low, total.high, study)
    return Finding(
        id="clv.so_far",
        headline=(
            f"In {plural(weeks, 'week')} so far the customers brought "
            f"{money(now.estimate, study.currency)} ({percent(study.margin, 0)} of sales of "
            f"{money(sales, study.currency)}); with the "
            f"{money(ahead.estimate, study.currency)} expected over {weeks_ahead(study)} they "
            f"come to {money(total.estimate, study.currency)} ({interval}). {_costs(study)}"
        ),
        label="Value so far and ahead",
        value=total.estimate,
        value_text=money(total.estimate, study.currency),
        interval=interval,
    )


def components(found: Money | TooFewError) -> Finding:
    """Say what the value ahead is made of, and what is not measured."""
    if isinstance(found, TooFewError):
        return too_few("clv.components", found)
    study, table = found.study, found.components
    coming, spend, *others = (row for _, row in table.iterrows())
    interval = in_money(spend["low"], spend["high"], study)
    unmeasured = join([row["component"] for row in others])
    return Finding(
        id="clv.components",
        headline=(
            f"Coming back makes {money(coming['value'], study.currency)} of the value ahead, with "
            "everybody at the mean spend of all. That each spends an own amount changes it by "
            f"{money(spend['value'], study.currency)} ({interval}): those who come more often "
            f"spend {_more_or_less(spend)} a day. {unmeasured.capitalize()} are not measured, for "
            "want of tables."
        ),
        label="Value of coming back",
        value=float(coming["value"]),
        value_text=money(coming["value"], study.currency),
        interval=in_money(coming["low"], coming["high"], study),
    )


def residual(found: Money | TooFewError) -> Finding:
    """Say what the customer base is worth to its end."""
    if isinstance(found, TooFewError):
        return too_few("clv.residual", found)
    study = found.study
    if found.residual is None:
        return Finding(
            id="clv.residual",
            headline=(
                "A value without end needs a discount rate above 0%; set annual_discount_rate "
                "under [value]."
            ),
            refused=True,
        )
    estimate, low, high = found.residual
    interval = in_money(low, high, study)
    share = study.valuation.estimate("value").estimate / estimate
    seen = float(study.histories["T"].max())
    limit = " The fit lies at a limit (see method): the interval is too short."
    return Finding(
        id="clv.residual",
        headline=(
            f"If nobody new is won, the customers of {date(study.as_of)} are worth "
            f"{money(estimate, study.currency)} until the last has left ({interval}), at "
            f"{percent(study.annual_discount_rate, 0)} a year. {percent(share, 0)} of it "
            f"falls into {weeks_ahead(study)}: the rest carries on without an end what was seen in "
            f"{plural(seen, 'week')}, and the interval does not know whether that holds. Plan with "
            f"{weeks_ahead(study)}; take this for an order of magnitude."
            + limit
            * bool(study.purchases.boundary)
        ),
        label="Residual value of the customers",
        value=estimate,
        value_text=money(estimate, study.currency),
        interval=interval,
    )


def lifetime(found: Money | TooFewError) -> Finding:
    """Say what is left of the lifetime value as it is taught."""
    if isinstance(found, TooFewError):
        return too_few("clv.lifetime", found)
    study, year = found.study, PER_PURCHASE * PURCHASES_A_YEAR
    taught, staying, _, left = (row for _, row in found.lifetime.iterrows())
    interval = in_money(left["low"], left["high"], study)
    return Finding(
        id="clv.lifetime",
        headline=(
            f"{count(PURCHASES_A_YEAR)} weeks at {money(PER_PURCHASE, study.currency)} are "
            f"{money(year, study.currency)} a year and, as it is taught, "
            f"{money(taught['value'], study.currency)} in {count(YEARS)} years. "
            f"{money(staying['value'], study.currency)} of that come from customers who leave as "
            f"ours do, and these are {money(left['value'], study.currency)} in today's money, at "
            f"{percent(study.annual_discount_rate, 0)} a year ({interval}): "
            f"{percent(left['share'], 0)} of what is taught. All this is sales; at a margin of "
            f"{percent(study.margin, 0)}, {money(study.margin * left['value'], study.currency)} "
            "are left."
        ),
        label=f"Left of {count(YEARS)} years at {money(year, study.currency)}",
        value=float(left["value"]),
        value_text=money(left["value"], study.currency),
        interval=interval,
    )


def components_in_words(found: Money | TooFewError) -> pd.DataFrame:
    """Return the parts of the value for a reader."""
    if isinstance(found, TooFewError):
        return pd.DataFrame()
    table = found.components
    told = [
        (money(row["value"], found.study.currency), in_money(row["low"], row["high"], found.study))
        if row["measured"]
        else ("not measured", "")
        for _, row in table.iterrows()
    ]
    value, interval = zip(*told, strict=True)
    return pd.DataFrame(
        {
            "component": table["component"].str.capitalize(),
            "value": value,
            "interval": [text.removeprefix("90% interval ") for text in interval],
            "note": table["note"],
        }
    )


def lifetime_cases(found: Money | TooFewError) -> pd.DataFrame:
    """Return the cases of the lifetime value as it is taught, for the chart."""
    return pd.DataFrame() if isinstance(found, TooFewError) else found.lifetime


def _costs(study: ValueStudy) -> str:
    """Say which costs are taken off."""
    costs = study.valuation.costs
    given = [
        f"{money(cost, study.currency)} {what}"
        for cost, what in (
            (costs.to_serve, "to serve an order day"),
            (costs.to_acquire, "to acquire a customer"),
        )
        if cost is not None
    ]
    if given:
        return f"Taken off: {join(given)}."
    return "No cost to serve or to acquire is given, so none is taken off."


def _more_or_less(spend: pd.Series) -> str:
    if spend["low"] > 0:
        return "more"
    return "less" if spend["high"] < 0 else "neither clearly more nor clearly less"
