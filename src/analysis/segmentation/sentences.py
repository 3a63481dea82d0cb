"""What the results say of one date, as findings: who the customers are, what they bring."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.findings import Finding, not_enough_data
from analysis.language import say, translate
from analysis.proportions import wilson_interval
from analysis.segmentation.clusters import FEATURES, can_cluster, find_clusters
from analysis.segmentation.refusals import too_few, without_spend
from analysis.segmentation.standing import standing

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from analysis.periods import Period
    from analysis.segmentation.snapshot import Snapshot

_YEAR = 365
GROUPED_CUSTOMERS = 10_000
"""Among so many, drawn at random, natural groups are sought where there are more."""

_DRAWN = f"""
    SELECT *
    FROM (
        SELECT customer_id, {", ".join(FEATURES)}
        FROM customers
        ORDER BY MD5(CONCAT($seed, ' ', customer_id))
        LIMIT $rows
    )
    ORDER BY customer_id
"""  # noqa: S608


def window_in_words(snapshot: Snapshot) -> str:
    """Return the time that orders and spend are counted over: 'the last 12 months'."""
    if snapshot.window_days == _YEAR:
        return say("the last 12 months")
    return say("the last {days}", days=wording.days(snapshot.window_days))


def basis(now: Snapshot, before: Snapshot, whole_window_days: int) -> str:
    """Say which dates are compared and how far back orders and spend are counted."""
    day, than = wording.date(now.as_of), wording.date(before.as_of)
    compared = (
        say(
            "Customers as of {day}, without a comparison: the data begin within the period.",
            day=day,
        )
        if not len(before.customers)
        else say("Customers as of {day}, compared with those as of {than}.", day=day, than=than)
    )
    window = window_in_words(now)
    counted = (
        say(
            "Orders and spend are those of {window} up to each date, not of {whole}: the data begin"
            " too late for that, and both dates must look back equally far to compare.",
            window=window,
            whole=wording.days(whole_window_days),
        )
        if now.window_days < whole_window_days
        else say("Orders and spend are those of {window} up to each date.", window=window)
    )
    return wording.sentences([compared, counted])


def row_of(table: pd.DataFrame, column: str, value: object) -> pd.Series:
    """Return the first row in which `column` holds `value`."""
    return table[table[column] == value].iloc[0]


def active(now: Snapshot, before: Snapshot, history: pd.DataFrame, period: Period) -> Finding:
    """How many customers are active, that is, not silent for `dormant_days`?"""
    share, low, high = _active_share(now)
    active_before = _active_share(before)[0] * len(before.customers)
    n, days = len(now.customers), wording.days(now.dormant_days)
    name, what = "segmentation.active", say("The share of active customers")
    if refused := too_few(name, what, now):
        return refused
    if math.isnan(share):
        needed = say(
            "{days} of history; there are {have}", days=days, have=wording.count(_history(now))
        )
        return not_enough_data(name, what, needed)
    stands = standing(history, "active_customers", period)
    return Finding(
        id=name,
        headline=say(
            "{active} of {customers} ({share}) ordered in the last {days}.",
            active=disclosure.people(share * n),
            customers=disclosure.plural(n, "customer"),
            share=wording.percent(share),
            days=days,
        ),
        label=say("Active (ordered in the last {days})", days=days),
        value=share * n,
        value_text=disclosure.people(share * n),
        interval=say("{interval} of all", interval=wording.span(low, high, wording.percent)),
        comparison=wording.change(share * n, active_before, wording.date(before.as_of)),
        year_before=stands.year_before,
        trend=stands.trend,
        direction=stands.direction,
        main=True,
        kpi=True,
    )


def stages(
    sizes: pd.DataFrame, now: Snapshot, before: Snapshot, history: pd.DataFrame, period: Period
) -> Finding:
    """How are the customers spread over the stages of the lifecycle, and their spend?"""
    name = "segmentation.stages"
    if refused := without_spend(name, say("A picture of the stages"), now):
        return refused
    loyal, dormant, lost = (row_of(sizes, "group", stage) for stage in ("Loyal", "Dormant", "Lost"))
    share, stands = loyal["share_of_customers"], standing(history, "loyal", period)
    return Finding(
        id=name,
        headline=say(
            "Loyal customers (at least {orders}) are {share} of all and bring {spend} of the spend;"
            " {dormant} are dormant (silent for {dormant_days}) and {lost} lost (for {lost_days}).",
            orders=wording.plural(math.ceil(now.loyal_orders), "order"),
            share=wording.percent(share),
            spend=disclosure.share(loyal["share_of_spend"], loyal["customers"]),
            dormant=disclosure.people(dormant["customers"]),
            dormant_days=wording.days(now.dormant_days),
            lost=disclosure.people(lost["customers"]),
            lost_days=wording.days(now.lost_days),
        ),
        label=say("Loyal customers"),
        value=float(share),
        value_text=wording.percent(share),
        interval=wording.span(loyal["customers_low"], loyal["customers_high"], wording.percent),
        comparison=wording.points(share, loyal["share_before"], wording.date(before.as_of)),
        year_before=stands.year_before,
        trend=stands.trend,
        direction=stands.direction,
        of_people=(float(loyal["customers"]), float(len(now.customers))),
        main=True,
        kpi=True,
    )


def segments(sizes: pd.DataFrame, now: Snapshot) -> Finding:
    """Which segment brings the most, and how does that compare with its size?"""
    if refused := without_spend("segmentation.segments", say("A picture of the segments"), now):
        return refused
    best = sizes.sort_values("share_of_spend", ascending=False).iloc[0]
    segment = translate(str(best["group"]))
    return Finding(
        id="segmentation.segments",
        headline=say(
            "{segment}: {share} of the customers bring {spend} of the spend, {times} times their"
            " share.",
            segment=segment,
            share=wording.percent(best["share_of_customers"]),
            spend=wording.percent(best["share_of_spend"]),
            times=wording.number(best["share_of_spend"] / best["share_of_customers"]),
        ),
        label=say("Spend from the segment {segment}", segment=segment),
        value=float(best["share_of_spend"]),
        value_text=wording.percent(best["share_of_spend"]),
        interval=wording.span(best["spend_low"], best["spend_high"], wording.percent),
    )


def grid(cells: pd.DataFrame, now: Snapshot) -> Finding:
    """How many customers are at the two ends of recency and value?"""
    if refused := too_few("segmentation.grid", say("A grid of scores"), now):
        return refused
    by_scores = cells.set_index(["recency_score", "value_score"])["customers"]
    return Finding(
        id="segmentation.grid",
        headline=say(
            "{best} score highest on both recency and value, {worst} lowest on both; {quiet} of"
            " high value are among the longest silent.",
            best=disclosure.plural(by_scores[5, 5], "customer"),
            worst=disclosure.people(by_scores[1, 1]),
            quiet=disclosure.people(by_scores[1, 4] + by_scores[1, 5]),
        ),
    )


def natural_groups(now: Snapshot, *, seed: int) -> Finding:
    """Do the customers fall into groups by themselves, or are segments lines that we draw?"""
    name, what = "segmentation.natural_groups", say("A search for natural groups")
    if refused := too_few(name, what, now):
        return refused
    customers = now.customers.query(_DRAWN, seed=seed, rows=GROUPED_CUSTOMERS)
    if not can_cluster(customers):
        missing = say("50 customers who differ in recency, orders and spend")
        return not_enough_data(name, what, missing)
    found = find_clusters(customers, seed=seed)
    best = row_of(found.stability, "k", found.k)
    if found.natural:
        headline = say(
            "The customers fall into {k} natural groups, the same in any sample of them; it is"
            " worth knowing which of the segments they cut through.",
            k=found.k,
        )
    else:
        headline = say(
            "The customers form no natural groups: they shade into each other. Groups found by an"
            " algorithm agree between samples ({agreement}; 1 is perfect) no more clearly than in"
            " data without structure ({chance}). The segments are lines that we draw.",
            agreement=_agreement(best, "agreement", "low", "high"),
            chance=_agreement(best, "chance", "chance_low", "chance_high"),
        )
    return Finding(
        id=name,
        headline=wording.sentences([headline, _drawn_in_words(len(customers), now)]),
        label=say("Agreement of {k} groups between samples (0 chance, 1 identical)", k=found.k),
        value=float(best["agreement"]),
        value_text=wording.number(best["agreement"], 2),
        direction="neutral",
    )


def _active_share(snapshot: Snapshot) -> tuple[float, float, float]:
    """Return the share of active customers; NaN where no silence could be long enough yet."""
    n = len(snapshot.customers)
    if not n or _history(snapshot) < snapshot.dormant_days:
        return math.nan, math.nan, math.nan
    asked = "SELECT COUNT(*) FILTER (days_since_last_order < $dormant) AS active FROM customers"
    count = int(snapshot.customers.query(asked, dormant=snapshot.dormant_days)["active"].iloc[0])
    low, high = wilson_interval(count, n)
    return count / n, float(low), float(high)


def _history(snapshot: Snapshot) -> int:
    """Return the days from the first order of all to the day of the snapshot."""
    earliest = snapshot.customers.query("SELECT MIN(first_order) AS first FROM customers")["first"]
    first: dt.date = earliest.iloc[0].date()
    return (snapshot.as_of - first).days


def _drawn_in_words(drawn: int, now: Snapshot) -> str:
    """Say that not all customers were looked at, where that is so."""
    if drawn == len(now.customers):
        return ""
    return say(
        "Sought among {drawn} of the {customers}, drawn at random.",
        drawn=disclosure.people(drawn),
        customers=disclosure.plural(len(now.customers), "customer"),
    )


def _agreement(row: pd.Series, value: str, low: str, high: str) -> str:
    """Write an agreement with the range of its draws: '0.63, 0.41 to 0.86'."""
    ends = wording.span(row[low], row[high], lambda x: wording.number(x, 2))
    return say("{value}, {range}", value=wording.number(row[value], 2), range=ends)
