"""The conclusions of the value report about money: so far, its parts, for ever, as it is taught."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from analysis import display
from analysis.clv import phrases
from analysis.clv.money import PER_PURCHASE, PURCHASES_A_YEAR, YEARS
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say, translate
from analysis.wording import date, join, label, money, percent, plural, sentences, span

if TYPE_CHECKING:
    from analysis.clv.ahead import Estimate
    from analysis.clv.money import Money
    from analysis.clv.study import ValueStudy


def so_far(found: Money | TooFewError) -> Finding:
    """Say what the customers brought so far, and what that makes with what is ahead."""
    if isinstance(found, TooFewError):
        return too_few("clv.so_far", found)
    study, valuation = found.study, found.study.valuation
    now, ahead, total = (valuation.estimate(f"value{name}") for name in ("_now", "", "_total"))
    sales, weeks = study.so_far.sales, study.weeks_known
    interval = phrases.in_money(total.low, total.high, study.currency)
    told = say(
        "In {weeks} so far the customers brought {now} ({margin} of sales of {sales}); with the "
        "{value} expected over {ahead} they come to {total} ({interval}).",
        weeks=plural(weeks, "week"),
        now=money(now.estimate, study.currency),
        margin=percent(study.margin, 0),
        sales=money(sales, study.currency),
        value=money(ahead.estimate, study.currency),
        ahead=phrases.weeks_ahead(study),
        total=money(total.estimate, study.currency),
        interval=interval,
    )
    return Finding(
        id="clv.so_far",
        headline=sentences([told, _costs(study)]),
        label=say("Value so far and ahead"),
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
    unmeasured = join([translate(row["component"]) for row in others])
    told = say(
        "Coming back makes {coming} of the value ahead, with everybody at the mean spend of all. "
        "That each spends an own amount changes it by {spend} ({interval}).",
        coming=money(coming["value"], study.currency),
        spend=money(spend["value"], study.currency),
        interval=phrases.in_money(spend["low"], spend["high"], study.currency),
    )
    absent = say("Not measured, for want of tables: {components}.", components=unmeasured)
    return Finding(
        id="clv.components",
        headline=sentences([told, _more_or_less(spend), absent]),
        label=say("Value of coming back"),
        value=float(coming["value"]),
        value_text=money(coming["value"], study.currency),
        interval=phrases.in_money(coming["low"], coming["high"], study.currency),
    )


def residual(found: Money | TooFewError) -> Finding:
    """Say what the customer base is worth to its end."""
    if isinstance(found, TooFewError):
        return too_few("clv.residual", found)
    study = found.study
    if found.residual is None:
        return Finding(
            id="clv.residual",
            headline=say(
                "A value without end needs a discount rate above 0%; set annual_discount_rate "
                "under [value]."
            ),
            refused=True,
        )
    estimate, low, high = found.residual
    interval = phrases.in_money(low, high, study.currency)
    return Finding(
        id="clv.residual",
        headline=_until_the_last(study, found.residual),
        label=say("Residual value of the customers"),
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
    interval = phrases.in_money(left["low"], left["high"], study.currency)
    years = plural(YEARS, "year")
    return Finding(
        id="clv.lifetime",
        headline=say(
            "{weeks} at {each} are {a_year} a year and, as it is taught, {taught} in {years}. "
            "{staying} of that come from customers who leave as ours do, and these are {left} in "
            "today's money, at {rate} a year ({interval}): {share} of what is taught. All this is "
            "sales; at a margin of {margin}, {earned} are left.",
            weeks=plural(PURCHASES_A_YEAR, "week"),
            each=money(PER_PURCHASE, study.currency),
            a_year=money(year, study.currency),
            taught=money(taught["value"], study.currency),
            years=years,
            staying=money(staying["value"], study.currency),
            left=money(left["value"], study.currency),
            rate=percent(study.annual_discount_rate, 0),
            interval=interval,
            share=percent(left["share"], 0),
            margin=percent(study.margin, 0),
            earned=money(study.margin * left["value"], study.currency),
        ),
        label=say("Left of {years} at {money}", years=years, money=money(year, study.currency)),
        value=float(left["value"]),
        value_text=money(left["value"], study.currency),
        interval=interval,
    )


def components_table(found: Money | TooFewError) -> display.Bundle | None:
    """Show the parts of the value to a reader."""
    if isinstance(found, TooFewError):
        return None
    currency = found.study.currency
    rows = [
        {
            "component": label(row["component"]),
            "value": money(row["value"], currency) if row["measured"] else say("not measured"),
            "interval": span(row["low"], row["high"], partial(money, currency=currency))
            if row["measured"]
            else "",
            "note": translate(row["note"]),
        }
        for _, row in found.components.iterrows()
    ]
    labels = {
        "component": say("Part of the value"),
        "value": say("Value"),
        "interval": say("90% interval"),
        "note": say("What it is, or needs"),
    }
    return display.table(pd.DataFrame(rows), title=say("Parts of the value ahead"), labels=labels)


def lifetime_cases(found: Money | TooFewError) -> pd.DataFrame:
    """Return the cases of the lifetime value as it is taught, for the chart."""
    if isinstance(found, TooFewError):
        return pd.DataFrame()
    return found.lifetime.assign(case=found.lifetime["case"].map(translate))


def _until_the_last(study: ValueStudy, residual: Estimate) -> str:
    """Say what the residual value is, and how far it may be relied on."""
    estimate, low, high = residual
    share = study.valuation.estimate("value").estimate / estimate
    ahead = phrases.weeks_ahead(study)
    told = say(
        "If nobody new is won, the customers of {date} are worth {value} until the last has left "
        "({interval}), at {rate} a year.",
        date=date(study.as_of),
        value=money(estimate, study.currency),
        interval=phrases.in_money(low, high, study.currency),
        rate=percent(study.annual_discount_rate, 0),
    )
    caution = say(
        "{share} of it falls into {ahead}: the rest carries on without an end what was seen in "
        "{weeks}, and the interval does not know whether that holds. Plan with {ahead}; take this "
        "for an order of magnitude.",
        share=percent(share, 0),
        ahead=ahead,
        weeks=plural(study.weeks, "week"),
    )
    limit = (
        say("The fit lies at a limit (see method): the interval is too short.")
        if study.purchases.boundary
        else ""
    )
    return sentences([told, caution, limit])


def _costs(study: ValueStudy) -> str:
    """Say which costs are taken off."""
    costs, currency = study.valuation.costs, study.currency
    given = []
    if costs.to_serve is not None:
        given.append(say("{cost} to serve an order day", cost=money(costs.to_serve, currency)))
    if costs.to_acquire is not None:
        given.append(say("{cost} to acquire a customer", cost=money(costs.to_acquire, currency)))
    if given:
        return say("Taken off: {costs}.", costs=join(given))
    return say("No cost to serve or to acquire is given, so none is taken off.")


def _more_or_less(spend: pd.Series) -> str:
    if spend["low"] > 0:
        return say("Those who come more often spend more a day.")
    if spend["high"] < 0:
        return say("Those who come more often spend less a day.")
    return say("Those who come more often spend neither clearly more nor clearly less a day.")
