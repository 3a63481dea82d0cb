"""The conclusions of the value report about what is ahead: orders, value, tiers, losses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv import layout
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.wording import change, count, date, money, number, percent, plural, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_LIKELY_GONE = 0.5
_LEANS = 0.02  # relative error from which a forecast is said to lean


def orders(study: ValueStudy | TooFewError) -> Finding:
    """Say how many order days are to be expected, against the same time before."""
    if isinstance(study, TooFewError):
        return too_few("clv.orders", study)
    total = study.valuation.estimate("expected_purchases")
    comparison = _against_past(study, total.estimate, "order_days")
    interval = f"90% interval {span(total.low, total.high, count)}"
    return Finding(
        id="clv.orders",
        headline=(
            f"The {plural(len(study.customers), 'customer')} known on {date(study.as_of)} are "
            f"expected to order on {count(total.estimate)} days in {weeks_ahead(study)} "
            f"({interval})."
        ),
        label=f"Order days in {weeks_ahead(study)}",
        value=float(total.estimate),
        value_text=count(total.estimate),
        interval=interval,
        comparison=comparison,
        direction="neutral" if comparison else "",
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
    interval = in_money(value.low, value.high, study)
    return Finding(
        id="clv.value",
        headline=(
            f"The customers are worth {money(value.estimate, study.currency)} over "
            f"{weeks_ahead(study)} ({interval}): a margin of {percent(study.margin, 0)} on sales "
            f"of {money(sales.estimate, study.currency)}{_less_cost(study)}, discounted at "
            f"{percent(study.annual_discount_rate, 0)} a year."
        ),
        label=f"Value over {weeks_ahead(study)}",
        value=float(value.estimate),
        value_text=money(value.estimate, study.currency),
        interval=interval,
        comparison=f"sales {comparison}" if comparison else "",
        direction="neutral" if comparison else "",
        main=True,
        kpi=True,
    )


def spread(study: ValueStudy | TooFewError) -> Finding:
    """Say how unequal customers are in value, and how sure one customer's value is."""
    if isinstance(study, TooFewError):
        return too_few("clv.spread", study)
    table = study.valuation.table
    mean, middle = table["value"].mean(), table["value"].median()
    top = table["value"].sort_values(ascending=False)
    tenth = top.head(max(len(top) // 10, 1)).sum() / top.sum()
    typical = study.valuation.intervals().iloc[(table["value"] - mean).abs().argmin()]
    interval = in_money(typical["value_low"], typical["value_high"], study)
    return Finding(
        id="clv.spread",
        headline=(
            f"A customer is worth {money(mean, study.currency)} on average over "
            f"{weeks_ahead(study)}; half of them are worth less than "
            f"{money(middle, study.currency)}, and the top tenth hold {percent(tenth)} of the "
            f"value. A single customer is far less sure: for one worth the average, {interval}."
        ),
        label="Value of a customer, on average",
        value=float(mean),
        value_text=money(mean, study.currency),
        interval=interval,
    )


def tiers(study: ValueStudy | TooFewError) -> Finding:
    """Say where gold begins and how much of the value it holds."""
    if isinstance(study, TooFewError):
        return too_few("clv.tiers", study)
    gold, silver, _ = (row for _, row in layout.tiers(study).iterrows())
    interval = in_money(gold["low"], gold["high"], study)
    return Finding(
        id="clv.tiers",
        headline=(
            f"The {plural(gold['customers'], 'gold customer')}, worth "
            f"{money(gold['cut_off'], study.currency)} or more each over {weeks_ahead(study)}, "
            f"hold {money(gold['value'], study.currency)} of the value ({interval}); silver begins "
            f"at {money(silver['cut_off'], study.currency)}."
        ),
        label="Value of gold customers",
        value=float(gold["value"]),
        value_text=money(gold["value"], study.currency),
        interval=interval,
        comparison=(
            f"{percent(gold['share_of_value'], 0)} of all value, from "
            f"{percent(gold['share_of_customers'], 0)} of the customers"
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
        return not_enough_data("clv.loss", "what a loss costs", "customers who differ in value")
    each, tenth = gold["value_per_customer"], 0.1 * gold["value"]
    one, n = money(each, study.currency), gold["customers"]
    interval = in_money(gold["low"] / n, gold["high"] / n, study)
    return Finding(
        id="clv.loss",
        headline=(
            f"A gold customer who leaves takes {one} along on average, over {weeks_ahead(study)} "
            f"({interval}){_best_customers(check, float(gold['share_of_customers']))}."
        ),
        label="A gold customer is worth",
        value=float(each),
        value_text=one,
        interval=interval,
        comparison=(
            f"against {money(bronze['value_per_customer'], study.currency)} for a bronze customer"
        ),
        action=(
            f"Watch the {plural(n, 'gold customer')} one by one: a tenth of them leaving takes "
            f"{money(tenth, study.currency)} of margin along. Spend at most {one} to keep one, "
            "times the chance that it is the spending that keeps them."
            if each > 0
            else ""
        ),
        at_stake=float(tenth) if each > 0 else None,
        main=True,
    )


def likely_gone(study: ValueStudy | TooFewError) -> Finding:
    """Say how many customers have more likely left than not, and what they used to buy."""
    if isinstance(study, TooFewError):
        return too_few("clv.gone", study)
    table = study.valuation.table
    gone = table["probability_alive"] < _LIKELY_GONE
    alive, n = table["probability_alive"].sum(), len(table)
    spent = study.customers.loc[gone, "total"].sum()
    had = f", who had spent {money(spent, study.currency)}," if gone.any() else ""
    return Finding(
        id="clv.gone",
        headline=(
            f"{plural(int(gone.sum()), 'customer')}{had} {'has' if gone.sum() == 1 else 'have'} "
            f"more likely left than not, by how long they are silent for their pace; "
            f"{count(alive)} of {plural(n, 'customer')} are expected to be customers still."
        ),
        label="More likely gone than not",
        value=float(gone.sum()),
        value_text=count(gone.sum()),
        comparison=f"of {plural(n, 'customer')}",
    )


def method(study: ValueStudy | TooFewError) -> str:
    """Return what the fits are, with their standard errors, for the page of method."""
    if isinstance(study, TooFewError):
        return "No model was fitted."
    return (
        f"Purchases: {study.purchases.label} on {plural(study.purchases.n_customers, 'customer')}, "
        f"{_fitted(study.purchases.parameters, study.purchases.standard_errors)}; log-likelihood "
        f"{number(study.purchases.log_likelihood, 1)}. Spend: Gamma-Gamma on "
        f"{plural(study.spend.n_customers, 'repeat buyer')}, "
        f"{_fitted(study.spend.parameters, study.spend.standard_errors)}. Time in weeks. "
        f"In brackets: standard errors.{_at_a_limit(study)}"
    )


def _at_a_limit(study: ValueStudy) -> str:
    boundary = study.purchases.boundary
    return f" At a limit of the model: {boundary}." if boundary else ""


def _fitted(parameters: pd.Series, errors: pd.Series) -> str:
    parts = []
    for name, value, error in zip(parameters.index, parameters, errors, strict=True):
        digits = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value > 1e-6 else 3
        at_limit = "at a limit" if math.isnan(error) else number(error, digits)
        parts.append(f"{name} {number(value, digits)} ({at_limit})")
    return ", ".join(parts)


def _best_customers(check: HoldoutCheck, share: float) -> str:
    """Say how the forecast leaned for as many of the best customers, when it did."""
    tenths = max(round(10 * share), 1)
    best = check.deciles.tail(tenths)
    predicted = float((best["predicted"] * best["customers"]).sum())
    ratio = float((best["actual"] * best["customers"]).sum()) / max(predicted, 1e-9) - 1
    if abs(ratio) < _LEANS:
        return ""
    lean = "less" if ratio < 0 else "more"
    bound = "high" if ratio < 0 else "low"
    return (
        f"; the figure leans {bound}: in the check the best {percent(tenths / 10, 0)} ordered "
        f"{percent(abs(ratio), 0)} {lean} than forecast"
    )


def _less_cost(study: ValueStudy) -> str:
    cost = study.valuation.costs.to_serve
    return f", less {money(cost, study.currency)} to serve each order day" if cost else ""


def weeks_ahead(study: ValueStudy) -> str:
    """Return how far ahead the study looks: "the next 12 months"."""
    weeks = round(study.valuation.horizon)
    return "the next 12 months" if weeks == 52 else f"the next {plural(weeks, 'week')}"


def _against_past(study: ValueStudy, expected: float, name: str) -> str:
    """Compare with the same length of time before; that time also had customers newly won."""
    past = float(study.past[name])
    before = weeks_ahead(study).replace("the next", "the", 1) + " before"
    if math.isnan(past) or past <= 0:
        return ""
    return f"{change(expected, past, before)}, with nobody new"


def in_money(low: float, high: float, study: ValueStudy) -> str:
    """Return an interval of money in words."""
    return f"90% interval {span(low, high, lambda x: money(x, study.currency))}"
