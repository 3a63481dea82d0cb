"""What changed and what to do, as findings: moves between groups, and whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.comparisons import value_in
from analysis.customer_table import exact_sum
from analysis.findings import COUNTED, Finding
from analysis.language import say, translate
from analysis.proportions import wilson_interval
from analysis.segmentation.migration import DIRECTIONS, movement
from analysis.segmentation.refusals import too_few
from analysis.segmentation.rules import aimed_at
from analysis.segmentation.sentences import row_of, window_in_words
from analysis.segmentation.stakes import margin_from_sums
from analysis.segmentation.standing import standing

if TYPE_CHECKING:
    import pandas as pd

    from analysis.customer_table import CustomerTable
    from analysis.periods import Period
    from analysis.segmentation.snapshot import Snapshot


def tier_moves(moves: pd.DataFrame, before: Snapshot) -> Finding:
    """How many kept their tier, and how many fell out of gold?"""
    if refused := too_few("segmentation.tier_moves", say("A comparison of tiers"), before):
        return refused
    of_gold = moves[moves["before"] == "Gold"]
    up, same, down = (row_of(movement(moves), "direction", way) for way in DIRECTIONS)
    fell = of_gold[of_gold["after"] != "Gold"]
    return Finding(
        id="segmentation.tier_moves",
        headline=say(
            "Since {day}, {kept} of the customers kept their tier, {up} rose and {down} fell;"
            " {left} of {gold} left gold.",
            day=wording.date(before.as_of),
            kept=wording.percent(same["share"]),
            up=disclosure.people(up["customers"]),
            down=disclosure.people(down["customers"]),
            left=disclosure.people(fell["customers"].sum()),
            gold=disclosure.people(of_gold["of"].iloc[0]),
        ),
        label=say("Fell to a lower tier"),
        value=float(down["share"]),
        value_text=wording.percent(down["share"]),
        interval=wording.span(down["low"], down["high"], wording.percent),
        of_people=(float(down["customers"]), float(down["of"])),
    )


def stage_moves(
    moves: pd.DataFrame, before: Snapshot, history: pd.DataFrame, period: Period
) -> Finding:
    """How many fell silent, and how many of the dormant came back?"""
    name = "segmentation.stage_moves"
    if refused := too_few(name, say("A comparison of stages"), before):
        return refused
    buying, silent = ["New", "Repeat", "Loyal"], ["Dormant", "Lost"]
    fell = _count(moves, buying, silent)
    stands = standing(history, "fell_silent", period, more_is="bad")
    last = value_in(history, "fell_silent", period.previous)
    returned, were = _count(moves, silent, buying), _count(moves, silent, [*buying, *silent])
    return Finding(
        id=name,
        headline=_silences_in_words(fell, returned, were, before),
        label=say(
            "Fell silent in {period} ({days})",
            period=period.title,
            days=wording.days(before.dormant_days),
        ),
        value=float(fell),
        value_text=disclosure.people(fell),
        interval=COUNTED,
        comparison=wording.change(fell, last, period.previous.title),
        year_before=stands.year_before,
        trend=stands.trend,
        direction=stands.direction,
        kpi=True,
    )


def stability(segment_moves: pd.DataFrame, tier_moves: pd.DataFrame, before: Snapshot) -> Finding:
    """How much of a segment lasts until the next report?"""
    name = "segmentation.stability"
    if refused := too_few(name, say("The stability of the segments"), before):
        return refused
    kept = row_of(movement(segment_moves), "direction", "Same")
    kept_tier = row_of(movement(tier_moves), "direction", "Same")
    return Finding(
        id=name,
        headline=say(
            "{segment} of the customers are in the segment they were in on {day}, {tier} in their"
            " tier: use segments for the next mailing and tiers for who looks after whom.",
            segment=wording.percent(kept["share"]),
            day=wording.date(before.as_of),
            tier=wording.percent(kept_tier["share"]),
        ),
        label=say("Kept their segment"),
        value=float(kept["share"]),
        value_text=wording.percent(kept["share"]),
        interval=wording.span(kept["low"], kept["high"], wording.percent),
        of_people=(float(kept["customers"]), float(kept["of"])),
    )


def behind(listed: CustomerTable, before: Snapshot, margin: float) -> Finding:
    """How much is at stake with those who fell silent or out of gold?

    Parameters
    ----------
    listed : CustomerTable
        Output of `falling_behind`.
    before : Snapshot
    margin : float
        Share of sales that is contribution.
    """
    name, day = "segmentation.behind", wording.date(before.as_of)
    if refused := too_few(name, say("A list of who fell behind"), before):
        return refused
    if not len(listed):
        headline = say("Nobody fell silent or out of gold since {day}.", day=day)
        return Finding(id=name, headline=headline, direction="good")
    reasons = listed.query(_FELL_BEHIND)
    stake = margin_from_sums(reasons["spend"].sum(), reasons["squares"].sum(), before, margin)
    worth = wording.money(stake.value, before.currency)
    return Finding(
        id=name,
        headline=say(
            "Since {day}, {customers} fell behind ({reasons}); by what they spent until then, a"
            " margin of {margin} a year is at stake.",
            customers=disclosure.plural(len(listed), "customer"),
            day=day,
            reasons=wording.join(
                [
                    say("{n} {reason}", n=disclosure.people(n), reason=_reason(str(reason)))
                    for reason, n in zip(reasons["reason"], reasons["customers"], strict=True)
                ]
            ),
            margin=worth,
        ),
        label=say("Margin of a year at stake"),
        value=stake.value,
        value_text=worth,
        interval=wording.span(
            stake.low, stake.high, lambda value: wording.money(value, before.currency)
        ),
        action=say(
            "Call the {customers} who fell silent or out of gold, most at stake first.",
            customers=disclosure.plural(len(listed), "customer"),
        ),
        at_stake=stake.value,
        at_stake_low=stake.low,
        at_stake_high=stake.high,
        basis=stake.basis,
        people=len(listed),
        list_name="customers_fallen_behind",
        main=True,
    )


_FELL_BEHIND = f"""
    SELECT
        reason, COUNT(*) AS customers, {exact_sum("spend_at_stake")} AS spend,
        {exact_sum("spend_at_stake * spend_at_stake")} AS squares
    FROM customers
    GROUP BY reason
    ORDER BY customers DESC, reason
"""  # noqa: S608


def win_back(now: Snapshot) -> Finding:
    """How many customers of value have been silent for longer than most?

    `at_stake` stays empty: a score ranks customers against each other, so a fixed part of
    them is always among the longest silent, whether or not their silence is long for them.
    """
    name = "segmentation.win_back"
    if refused := too_few(name, say("A list of customers to win back"), now):
        return refused
    group = now.customers.query(_QUIET, segments=aimed_at("Win back")).iloc[0]
    if not group["customers"]:
        headline = say("No customer of middling or high value is among the longest silent.")
        return Finding(id=name, headline=headline, direction="good")
    spend = wording.money(group["spend"], now.currency)
    return Finding(
        id=name,
        headline=_quiet_in_words(group, spend, now),
        label=say("Spend of good customers gone quiet"),
        value=float(group["spend"]),
        value_text=spend,
        action=say(
            "Call those of the {customers} who are also on the early-warning list of the churn"
            " report.",
            customers=disclosure.people(group["customers"]),
        ),
        people=int(group["customers"]),
        list_name="customer_segments",
        main=True,
    )


_QUIET = f"""
    SELECT COUNT(*) AS customers, {exact_sum("spend")} AS spend,
        MIN(days_since_last_order) AS days
    FROM customers
    WHERE LIST_CONTAINS($segments, segment)
"""  # noqa: S608


def _silences_in_words(fell: int, returned: int, were_silent: int, before: Snapshot) -> str:
    day, customers = wording.date(before.as_of), disclosure.plural(fell, "customer")
    if not were_silent:
        return say(
            "Since {day}, {customers} fell silent; nobody was dormant or lost then.",
            day=day,
            customers=customers,
        )
    told = {
        "day": day,
        "customers": customers,
        "returned": disclosure.people(returned),
        "silent": disclosure.people(were_silent),
    }
    if disclosure.hidden(returned) or disclosure.hidden(were_silent):
        return say(
            "Since {day}, {customers} fell silent, and {returned} of the {silent} who were dormant"
            " or lost then bought again.",
            **told,
        )
    low, high = wilson_interval(returned, were_silent)
    return say(
        "Since {day}, {customers} fell silent, and {returned} of the {silent} who were dormant or"
        " lost then bought again: {share} (95% interval {interval}).",
        **told,
        share=wording.percent(returned / were_silent),
        interval=wording.span(float(low), float(high), wording.percent),
    )


def _quiet_in_words(group: pd.Series, spend: str, now: Snapshot) -> str:
    told = {
        "customers": disclosure.plural(group["customers"], "customer"),
        "days": wording.days(group["days"]),
        "spend": spend,
        "window": window_in_words(now),
    }
    total = now.customers.total("spend")
    if total <= 0:
        return say(
            "For {days} or more, longer than most, {customers} of middling or high value have"
            " bought nothing; they brought {spend} in {window}.",
            **told,
        )
    return say(
        "For {days} or more, longer than most, {customers} of middling or high value have bought"
        " nothing; they brought {spend} in {window}, {share} of the spend.",
        share=wording.percent(group["spend"] / total),
        **told,
    )


def _reason(reason: str) -> str:
    """Return a reason of `movers` as it stands within a sentence."""
    return translate(reason[:1].lower() + reason[1:])


def _count(moves: pd.DataFrame, before: list[str], after: list[str]) -> int:
    return int(
        moves.loc[moves["before"].isin(before) & moves["after"].isin(after), "customers"].sum()
    )
