"""The conclusions of the value report about what is ahead: orders, value, tiers, losses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import disclosure
from analysis.clv import layout, phrases
from analysis.clv.constant_spend import ConstantSpend
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.language import say
from analysis.wording import change, count, date, money, percent, plural, sentences, span

if TYPE_CHECKING:
    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

LIST = "customer_value"
_LEANS = 0.02  # relative error from which a forecast is said to lean


def orders(study: ValueStudy | TooFewError) -> Finding:
    """Say how many order days are to be expected, against the same time before."""
    if isinstance(study, TooFewError):
        return too_few("clv.orders", study)
    total = study.valuation.estimate("expected_purchases")
    comparison = _against_past(study, total.estimate, "order_days")
    interval = say("90% interval {interval}", interval=span(total.low, total.high, count))
    ahead = phrases.weeks_ahead(study)
    return Finding(
        id="clv.orders",
        headline=say(
            "The {customers} known on {date} are expected to order on {days} days in {ahead} "
            "({interval}).",
            customers=plural(len(study.customers), "customer"),
            date=date(study.as_of),
            days=count(total.estimate),
            ahead=ahead,
            interval=interval,
        ),
        label=say("Order days in {ahead}", ahead=ahead),
        value=float(total.estimate),
        value_text=count(total.estimate),
        interval=interval,
        comparison=comparison,
        direction="neutral" if comparison else "",
        method=phrases.method(study),
        main=True,
        kpi=True,
    )


def worth(study: ValueStudy | TooFewError) -> Finding:
    """Say what the customers are worth together."""
    if isinstance(study, TooFewError):
        return too_few("clv.value", study)
    sales = study.valuation.estimate("expected_sales")
    value = study.valuation.estimate("value")
    comparison = _against_past(study, sales.estimate, "sales")
    interval = phrases.in_money(value.low, value.high, study.currency)
    ahead = phrases.weeks_ahead(study)
    return Finding(
        id="clv.value",
        headline=_in_all(study, ahead),
        label=say("Value over {ahead}", ahead=ahead),
        value=float(value.estimate),
        value_text=money(value.estimate, study.currency),
        interval=interval,
        comparison=say("sales {comparison}", comparison=comparison) if comparison else "",
        direction="neutral" if comparison else "",
        method=phrases.method(study),
        main=True,
        kpi=True,
    )


def spread(study: ValueStudy | TooFewError) -> Finding:
    """Say how unequal customers are in value, and how sure one customer's value is."""
    if isinstance(study, TooFewError):
        return too_few("clv.spread", study)
    found = study.valuation.spread()
    mean = found.mean
    interval = phrases.in_money(found.low, found.high, study.currency)
    told = say(
        "A customer is worth {mean} on average over {ahead}; half of them are worth less than "
        "{median}, and the top tenth hold {share} of the value. A single customer is far less "
        "sure: for one worth the average, {interval}.",
        mean=money(mean, study.currency),
        ahead=phrases.weeks_ahead(study),
        median=money(found.median, study.currency),
        share=percent(found.top_tenth),
        interval=interval,
    )
    return Finding(
        id="clv.spread",
        headline=sentences([told, _one_price(study)]),
        label=say("Value of a customer, on average"),
        value=mean,
        value_text=money(mean, study.currency),
        interval=interval,
    )


def tiers(study: ValueStudy | TooFewError) -> Finding:
    """Say where gold begins and how much of the value it holds."""
    if isinstance(study, TooFewError):
        return too_few("clv.tiers", study)
    gold, silver, _ = (row for _, row in layout.tiers(study).iterrows())
    interval = phrases.in_money(gold["low"], gold["high"], study.currency)
    return Finding(
        id="clv.tiers",
        headline=say(
            "The {customers}, worth {cut_off} or more each over {ahead}, hold {value} of the value "
            "({interval}); silver begins at {silver}.",
            customers=disclosure.plural(gold["customers"], "gold customer"),
            cut_off=money(gold["cut_off"], study.currency),
            ahead=phrases.weeks_ahead(study),
            value=money(gold["value"], study.currency),
            interval=interval,
            silver=money(silver["cut_off"], study.currency),
        ),
        label=say("Value of gold customers"),
        value=float(gold["value"]),
        value_text=money(gold["value"], study.currency),
        interval=interval,
        comparison=say(
            "{value_share} of all value, from {customer_share} of the customers",
            value_share=percent(gold["share_of_value"], 0),
            customer_share=percent(gold["share_of_customers"], 0),
        ),
        direction="neutral",
        main=True,
        kpi=True,
    )


def loss(study: ValueStudy | TooFewError, check: HoldoutCheck | TooFewError) -> Finding:
    """Say what losing gold customers would cost, and what may be spent to keep one."""
    if isinstance(study, TooFewError):
        return too_few("clv.loss", study)
    if isinstance(check, TooFewError):
        return too_few("clv.loss", check)
    gold, _, bronze = (row for _, row in layout.tiers(study).iterrows())
    if gold["customers"] == 0:
        return not_enough_data(
            "clv.loss", say("what a loss costs"), say("customers who differ in value")
        )
    each, n = gold["value_per_customer"], gold["customers"]
    tenth, low, high = (0.1 * float(gold[name]) for name in ("value", "low", "high"))
    one, pays = money(each, study.currency), bool(each > 0)
    interval = phrases.in_money(gold["low"] / n, gold["high"] / n, study.currency)
    said = say(
        "A gold customer who leaves takes {value} along on average, over {ahead} ({interval}).",
        value=one,
        ahead=phrases.weeks_ahead(study),
        interval=interval,
    )
    return Finding(
        id="clv.loss",
        headline=sentences([said, _best_customers(check, float(gold["share_of_customers"]))]),
        label=say("A gold customer is worth"),
        value=float(each),
        value_text=one,
        interval=interval,
        comparison=say(
            "against {value} for a bronze customer",
            value=money(bronze["value_per_customer"], study.currency),
        ),
        action=_watch(study, n, tenth, one) if pays else "",
        at_stake=tenth if pays else None,
        at_stake_low=low if pays else None,
        at_stake_high=high if pays else None,
        basis=phrases.basis(study) if pays else "",
        people=int(n) if pays else None,
        list_name=LIST if pays else "",
        main=True,
    )


def likely_gone(study: ValueStudy | TooFewError) -> Finding:
    """Say how many customers have more likely left than not, and what they used to buy."""
    if isinstance(study, TooFewError):
        return too_few("clv.gone", study)
    gone = study.valuation.gone()
    known = plural(len(study.customers), "customer")
    facts = {"alive": count(gone.alive), "known": known}
    if gone.customers:
        left = say(
            "By their silence and their usual pace, {customers}, who had spent {money}, have more "
            "likely left than not; {alive} of {known} are expected to be customers still.",
            customers=disclosure.plural(gone.customers, "customer"),
            money=money(gone.spent, study.currency),
            **facts,
        )
    else:
        left = say(
            "By their silence and their usual pace, no customer has more likely left than not; "
            "{alive} of {known} are expected to be customers still.",
            **facts,
        )
    return Finding(
        id="clv.gone",
        headline=left,
        label=say("More likely gone than not"),
        value=float(gone.customers),
        value_text=disclosure.people(gone.customers),
        comparison=say("of {customers}", customers=known),
    )


def _in_all(study: ValueStudy, ahead: str) -> str:
    """Say what the value of all is, and under which terms."""
    value = study.valuation.estimate("value")
    sales = study.valuation.estimate("expected_sales")
    facts = {
        "value": money(value.estimate, study.currency),
        "ahead": ahead,
        "interval": phrases.in_money(value.low, value.high, study.currency),
        "margin": percent(study.margin, 0),
        "sales": money(sales.estimate, study.currency),
        "rate": percent(study.annual_discount_rate, 0),
    }
    cost = study.valuation.costs.to_serve
    return (
        say(
            "The customers are worth {value} over {ahead} ({interval}): a margin of {margin} on "
            "sales of {sales}, less {cost} to serve each order day, discounted at {rate} a year.",
            **facts,
            cost=money(cost, study.currency),
        )
        if cost
        else say(
            "The customers are worth {value} over {ahead} ({interval}): a margin of {margin} on "
            "sales of {sales}, discounted at {rate} a year.",
            **facts,
        )
    )


def _one_price(study: ValueStudy) -> str:
    """Say where every order day brings the same, so that no model of spend was needed."""
    if not isinstance(study.spend, ConstantSpend):
        return ""
    return say(
        "All repeat buyers spend {spend} an order day, so everybody is valued at that spend.",
        spend=money(study.spend.spend, study.currency),
    )


def _watch(study: ValueStudy, gold: int, tenth: float, one: str) -> str:
    return say(
        "Watch the {customers} one by one: a tenth of them leaving takes {tenth} of margin along. "
        "Spend at most {one} to keep one, times the chance that it is the spending that keeps "
        "them.",
        customers=disclosure.plural(gold, "gold customer"),
        tenth=money(tenth, study.currency),
        one=one,
    )


def _best_customers(check: HoldoutCheck, share: float) -> str:
    """Say how the forecast leaned for as many of the best customers, when it did."""
    tenths = max(round(10 * share), 1)
    best = check.deciles.tail(tenths)
    predicted = float((best["predicted"] * best["customers"]).sum())
    ratio = float((best["actual"] * best["customers"]).sum()) / max(predicted, 1e-9) - 1
    if abs(ratio) < _LEANS:
        return ""
    facts = {"best": percent(tenths / 10, 0), "by": percent(abs(ratio), 0)}
    if ratio < 0:
        return say(
            "The figure leans high: in the check the best {best} ordered {by} less than forecast.",
            **facts,
        )
    return say(
        "The figure leans low: in the check the best {best} ordered {by} more than forecast.",
        **facts,
    )


def _against_past(study: ValueStudy, expected: float, name: str) -> str:
    """Compare with the same length of time before; that time also had customers newly won."""
    past = float(study.past[name])
    if math.isnan(past) or past <= 0:
        return ""
    compared = change(expected, past, phrases.weeks_before(study))
    return say("{change}, with nobody new", change=compared)
