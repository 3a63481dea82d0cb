"""The conclusions about cohorts: do new customers stay, what do they spend, how soon again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import disclosure
from analysis.findings import Finding, not_enough_data
from analysis.language import say
from analysis.proportions import wilson_interval
from analysis.wording import join, money, month, percent, plural, sentences, span

if TYPE_CHECKING:
    import pandas as pd


def cohort_finding(triangle: pd.DataFrame, *, age_months: int, minimum_customers: int) -> Finding:
    """Say how many of the customers known to be new still order after `age_months`."""
    at_age = triangle.loc[(triangle["age_months"] == age_months) & ~triangle["left_truncated"]]
    customers, active = int(at_age["customers"].sum()), int(at_age["active"].sum())
    months = plural(age_months, "month")
    if customers < minimum_customers:
        what = say("the share of new customers who order {months} later", months=months)
        return _refused("retention.cohorts", what, minimum_customers, customers)
    share = active / customers
    low, high = wilson_interval(active, customers)
    interval = span(float(low), float(high), percent)
    comparison = _against_older(triangle, age_months)
    return Finding(
        id="retention.cohorts",
        headline=say(
            "Of {customers} known to be new, {share} ordered {months} after their first order (95%"
            " interval {interval}), {comparison}.",
            customers=plural(customers, "customer"),
            share=percent(share),
            months=months,
            interval=interval,
            comparison=comparison,
        ),
        label=say("New customers ordering after {months}", months=months),
        value=share,
        value_text=percent(share),
        interval=interval,
        comparison=comparison,
        direction="neutral",
        of_people=(active, customers),
        main=True,
    )


def cohort_revenue_finding(
    triangle: pd.DataFrame, currency: str, *, age_months: int, minimum_customers: int
) -> Finding:
    """Say what cohorts known to be new spend once they have aged, beside their heads."""
    known = triangle.loc[~triangle["left_truncated"]]
    lived = known.loc[known["age_months"] == age_months, "cohort"]
    cells = known.loc[known["cohort"].isin(lived)]
    first, then = (cells.loc[cells["age_months"] == age] for age in (0, age_months))
    customers, months = int(then["customers"].sum()), plural(age_months, "month")
    if customers < minimum_customers or first["revenue"].sum() <= 0:
        what = say("the spend of new customers after {months}", months=months)
        return _refused("retention.revenue", what, minimum_customers, customers)
    kept = then["revenue"].sum() / first["revenue"].sum()
    heads = percent(then["active"].sum() / customers, 0)
    return Finding(
        id="retention.revenue",
        headline=say(
            "New customers bring {spend} a month for each one won, {months} after their first"
            " order: {kept} of what they spent in their first month, from {heads} of the heads.",
            spend=money(then["revenue"].sum() / customers, currency),
            months=months,
            kept=percent(kept, 0),
            heads=heads,
        ),
        label=say("Spend kept by new customers"),
        value=float(kept),
        value_text=percent(kept, 0),
        comparison=say("from {heads} of the heads", heads=heads),
        direction="neutral",
    )


def second_order_finding(curve: pd.DataFrame, minimum_customers: int) -> Finding:
    """Say how many new customers order again, and by when."""
    if curve.empty:
        return not_enough_data(
            "retention.second_order",
            say("the time to a second order"),
            say("{customers} known to be new", customers=plural(minimum_customers, "customer")),
        )
    last = curve.iloc[-1]
    half = curve.loc[curve["share"] >= 0.5, "days"]
    by_half = plural(int(half.iloc[0]), "day") if len(half) else ""
    when, action = _when(by_half)
    interval = span(last["low"], last["high"], percent)
    return Finding(
        id="retention.second_order",
        headline=say(
            "{share} of {customers} new customers order again within {days} (95% interval"
            " {interval}), {when}.",
            share=percent(last["share"]),
            customers=disclosure.people(curve["n_risk"].iloc[0]),
            days=plural(int(last["days"]), "day"),
            interval=interval,
            when=when,
        ),
        label=say("New customers who order again"),
        value=float(last["share"]),
        value_text=percent(last["share"]),
        interval=interval,
        comparison=when,
        direction="neutral",
        action=action,
        main=True,
    )


def truncation_caveat(triangle: pd.DataFrame, burn_in_days: int) -> str:
    """Say which cohorts mix new and old customers, and why."""
    cohorts = triangle.drop_duplicates("cohort")
    marked = cohorts.loc[cohorts["left_truncated"]]
    if marked.empty:
        return say("Every cohort begins long enough after the data do to hold new customers only.")
    share = marked["customers"].sum() / cohorts["customers"].sum()
    return sentences(
        [
            say(
                "Cohorts marked with * ({months}; {share} of all customers) begin within {days} of"
                " the data.",
                months=join([month(first) for first in marked["cohort"]]),
                share=percent(share, 0),
                days=plural(burn_in_days, "day"),
            ),
            say(
                "Many of their members were customers before, so they show how loyal old customers"
                " are, not how new ones develop."
            ),
        ]
    )


def _refused(id: str, what: str, minimum_customers: int, customers: int) -> Finding:
    missing = say(
        "{minimum} known to be new and seen for so long; there are {customers}",
        minimum=plural(minimum_customers, "customer"),
        customers=disclosure.people(customers),
    )
    return not_enough_data(id, what, missing)


def _against_older(triangle: pd.DataFrame, age_months: int) -> str:
    old = triangle.loc[(triangle["age_months"] == age_months) & triangle["left_truncated"]]
    if old.empty:
        return say("no older cohorts to compare")
    share = percent(old["active"].sum() / old["customers"].sum())
    return say("against {share} in cohorts with older customers", share=share)


def _when(by_half: str) -> tuple[str, str]:
    """Say by when half have ordered again, and when to send an offer."""
    if not by_half:
        return (
            say("fewer than half of them in the time observed"),
            say("Time the second offer by this curve: before most have decided, not months after."),
        )
    return (
        say("half of them within {days}", days=by_half),
        say(
            "Send new customers a second offer within {days} of the first order: by then half have"
            " ordered again.",
            days=by_half,
        ),
    )
