"""What the results say of one date, as findings: who the customers are, what they bring."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import wording
from analysis.findings import Finding, not_enough_data
from analysis.proportions import wilson_interval
from analysis.segmentation.refusals import too_few, without_spend

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from analysis.findings import Direction
    from analysis.segmentation.concentration import Concentration
    from analysis.segmentation.snapshot import Snapshot

_YEAR = 365


def window_in_words(snapshot: Snapshot) -> str:
    """Return the time that orders and spend are counted over: 'the last 12 months'."""
    if snapshot.window_days == _YEAR:
        return "the last 12 months"
    return f"the last {wording.days(snapshot.window_days)}"


def basis(now: Snapshot, before: Snapshot, whole_window_days: int) -> str:
    """Say which dates are compared and how far back orders and spend are counted."""
    compared = f"compared with those as of {wording.date(before.as_of)}"
    if before.customers.empty:
        compared = "without a comparison: the data begin within the period"
    counted = f"Orders and spend are those of {window_in_words(now)} up to each date"
    if now.window_days < whole_window_days:
        counted += (
            f", not of {wording.days(whole_window_days)}: the data begin too late for that,"
            " and both dates must look back equally far to compare"
        )
    return f"Customers as of {wording.date(now.as_of)}, {compared}. {counted}."


def row_of(table: pd.DataFrame, column: str, value: object) -> pd.Series:
    """Return the first row in which `column` holds `value`."""
    return table[table[column] == value].iloc[0]


def active(now: Snapshot, before: Snapshot) -> Finding:
    """How many customers are active, that is, not silent for `dormant_days`?"""
    share, low, high = _active_share(now)
    earlier, _, _ = _active_share(before)
    n = len(now.customers)
    name, what = "segmentation.active", "The share of active customers"
    if refused := too_few(name, what, now):
        return refused
    if math.isnan(share):
        needed = f"{now.dormant_days:g} days of history; there are {_history(now)}"
        return not_enough_data(name, what, needed)
    than = wording.date(before.as_of)
    return Finding(
        id="segmentation.active",
        headline=(
            f"{wording.count(share * n)} of {wording.plural(n, 'customer')}"
            f" ({wording.percent(share)}) ordered in the last {now.dormant_days:g} days."
        ),
        label=f"Active (ordered in the last {now.dormant_days:g} days)",
        value=share * n,
        value_text=wording.count(share * n),
        interval=f"{wording.span(low, high, wording.percent)} of all",
        comparison=wording.points(share, earlier, than),
        direction=_direction(share, earlier, low, high),
        main=True,
        kpi=True,
    )


def stages(sizes: pd.DataFrame, now: Snapshot, before: Snapshot) -> Finding:
    """How are the customers spread over the stages of the lifecycle, and their spend?"""
    if refused := without_spend("segmentation.stages", "A picture of the stages", now):
        return refused
    loyal, dormant, lost = (row_of(sizes, "group", name) for name in ("Loyal", "Dormant", "Lost"))
    return Finding(
        id="segmentation.stages",
        headline=(
            f"Loyal customers (at least {math.ceil(now.loyal_orders)} orders) are"
            f" {wording.percent(loyal['share_of_customers'])} of all and bring"
            f" {wording.percent(loyal['share_of_spend'])} of the spend;"
            f" {wording.count(dormant['customers'])} are dormant (silent for {now.dormant_days:g}"
            f" days) and {wording.count(lost['customers'])} lost (for {now.lost_days:g})."
        ),
        label="Loyal customers",
        value=float(loyal["share_of_customers"]),
        value_text=wording.percent(loyal["share_of_customers"]),
        interval=wording.span(loyal["customers_low"], loyal["customers_high"], wording.percent),
        comparison=wording.points(
            loyal["share_of_customers"], loyal["share_before"], wording.date(before.as_of)
        ),
        direction=_direction(
            loyal["share_of_customers"],
            loyal["share_before"],
            loyal["customers_low"],
            loyal["customers_high"],
        ),
        main=True,
        kpi=True,
    )


def segments(sizes: pd.DataFrame, now: Snapshot) -> Finding:
    """Which segment brings the most, and how does that compare with its size?"""
    if refused := without_spend("segmentation.segments", "A picture of the segments", now):
        return refused
    best = sizes.sort_values("share_of_spend", ascending=False).iloc[0]
    return Finding(
        id="segmentation.segments",
        headline=(
            f"{best['group']}: {wording.percent(best['share_of_customers'])} of the customers"
            f" bring {wording.percent(best['share_of_spend'])} of the spend,"
            f" {wording.number(best['share_of_spend'] / best['share_of_customers'])} times"
            " their share."
        ),
        label=f"Spend from {str(best['group']).lower()}",
        value=float(best["share_of_spend"]),
        value_text=wording.percent(best["share_of_spend"]),
        interval=wording.span(best["spend_low"], best["spend_high"], wording.percent),
    )


def grid(cells: pd.DataFrame, now: Snapshot) -> Finding:
    """How many customers are at the two ends of recency and value?"""
    if refused := too_few("segmentation.grid", "A grid of scores", now):
        return refused
    by_scores = cells.set_index(["recency_score", "value_score"])["customers"]
    return Finding(
        id="segmentation.grid",
        headline=(
            f"{wording.plural(by_scores[5, 5], 'customer')} score highest on both recency and"
            f" value, {wording.count(by_scores[1, 1])} lowest on both;"
            f" {wording.count(by_scores[1, 4] + by_scores[1, 5])} of high value are among the"
            " longest silent."
        ),
    )


def concentrated(
    spread: Concentration, earlier: Concentration | None, now: Snapshot, before: Snapshot
) -> Finding:
    """How much of the spend do the top fifth and the top hundredth of the customers bring?

    Parameters
    ----------
    spread, earlier : Concentration
        With the shares 0.01 and 0.2 in `top`; `earlier` is None when nobody had spent then.
    now, before : Snapshot
    """
    name = "segmentation.concentration"
    if refused := too_few(name, "Concentration", now):
        return refused
    fifth, hundredth = row_of(spread.top, "top_share", 0.2), row_of(spread.top, "top_share", 0.01)
    than = wording.date(before.as_of)
    comparison = f"no comparison with {than}"
    if earlier is not None:
        comparison = wording.points(
            fifth["share_of_spend"], row_of(earlier.top, "top_share", 0.2)["share_of_spend"], than
        )
    return Finding(
        id=name,
        headline=(
            f"The top 20% of the customers bring {wording.percent(fifth['share_of_spend'])} of the"
            f" spend (95% interval {wording.span(fifth['low'], fifth['high'], wording.percent)}),"
            f" the top 1% ({wording.count(hundredth['customers'])})"
            f" {wording.percent(hundredth['share_of_spend'])}."
        ),
        label="Spend from the top 20%",
        value=float(fifth["share_of_spend"]),
        value_text=wording.percent(fifth["share_of_spend"]),
        interval=wording.span(fifth["low"], fifth["high"], wording.percent),
        comparison=comparison,
        direction="neutral",
        main=True,
        kpi=True,
    )


def gini(spread: Concentration, now: Snapshot) -> Finding:
    """How far is the spend from being the same for all?"""
    if refused := too_few("segmentation.gini", "The Gini index", now):
        return refused
    lower_half = row_of(spread.lorenz, "share_of_customers", 0.5)["share_of_spend"]
    negative = ""
    if spread.below_zero:
        who = wording.plural(spread.below_zero, "customer")
        negative = f" Counted as no spend: {who} with more returns than purchases."
    return Finding(
        id="segmentation.gini",
        headline=(
            f"The lower half of the customers bring {wording.percent(lower_half)} of the spend; the"
            " Gini index, 0 when all spend the same and near 1 when one customer brings all, is"
            f" {wording.number(spread.gini, 2)}.{negative}"
        ),
        label="Gini index",
        value=spread.gini,
        value_text=wording.number(spread.gini, 2),
        interval=wording.span(spread.gini_low, spread.gini_high, lambda x: wording.number(x, 2)),
    )


def tiers(
    cutoffs: pd.DataFrame, earlier_cutoffs: pd.DataFrame, now: Snapshot, before: Snapshot
) -> Finding:
    """From which spend on is a customer gold, and what do the gold customers bring?"""
    if refused := without_spend("segmentation.tiers", "A ranking into tiers", now):
        return refused
    gold, earlier = row_of(cutoffs, "tier", "Gold"), row_of(earlier_cutoffs, "tier", "Gold")
    if not gold["customers"]:
        return not_enough_data(
            "segmentation.tiers", "A gold tier", "more customers, or customers who differ in spend"
        )
    return Finding(
        id="segmentation.tiers",
        headline=(
            f"A customer is gold from a spend of"
            f" {wording.money(gold['lowest'], now.currency)} in"
            f" {window_in_words(now)}; the {wording.plural(gold['customers'], 'gold customer')}"
            f" bring {wording.percent(gold['share_of_spend'])} of the spend."
        ),
        label="Gold from",
        value=float(gold["lowest"]),
        value_text=wording.money(gold["lowest"], now.currency),
        comparison=wording.change(gold["lowest"], earlier["lowest"], wording.date(before.as_of)),
    )


def accounts(listed: pd.DataFrame, now: Snapshot) -> Finding:
    """How much hangs on the key accounts, and is one of them silent?"""
    if refused := too_few("segmentation.accounts", "A list of key accounts", now):
        return refused
    if listed.empty:
        return not_enough_data("segmentation.accounts", "A list of key accounts", "any spend")
    is_silent = listed["days_since_last_order"] >= now.dormant_days
    silent, spend = listed[is_silent], float(listed["spend"].sum())
    quiet = f"none of them has been silent for {now.dormant_days:g} days"
    action = (
        f"Name one person for each of the {wording.plural(len(listed), 'key account')}, who bring"
        f" {wording.money(spend, now.currency)}."
    )
    if len(silent):
        quiet = (
            f"{wording.count(len(silent))} of them bought nothing for"
            f" {now.dormant_days:g} days or more"
        )
        action = f"Call the {wording.plural(len(silent), 'silent key account')} first."
    return Finding(
        id="segmentation.accounts",
        headline=(
            f"{wording.plural(len(listed), 'key account')} bring"
            f" {wording.percent(listed['share_of_spend'].sum())} of the spend,"
            f" {wording.money(spend / len(listed), now.currency)} each; {quiet}."
        ),
        label="Spend of the key accounts",
        value=spend,
        value_text=wording.money(spend, now.currency),
        action=action,
        at_stake=float(silent["spend"].sum()) if len(silent) else None,
    )


def _active_share(snapshot: Snapshot) -> tuple[float, float, float]:
    """Return the share of active customers; NaN where no silence could be long enough yet."""
    n = len(snapshot.customers)
    if not n or _history(snapshot) < snapshot.dormant_days:
        return math.nan, math.nan, math.nan
    count = int((snapshot.customers["days_since_last_order"] < snapshot.dormant_days).sum())
    low, high = wilson_interval(count, n)
    return count / n, float(low), float(high)


def _history(snapshot: Snapshot) -> int:
    """Return the days from the first order of all to the day of the snapshot."""
    first: dt.date = snapshot.customers["first_order"].min().date()
    return (snapshot.as_of - first).days


def _direction(share: float, earlier: float, low: float, high: float) -> Direction:
    """Call a change good or bad only when it leaves the interval of the present share."""
    if math.isnan(earlier) or low <= earlier <= high:
        return "neutral"
    return "good" if share > earlier else "bad"
