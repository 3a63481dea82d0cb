"""When and why customers leave, and how far windows differ, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.churn.departures import same_risk
from analysis.churn.layout import stretch
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.wording import count, date, days, join, number, percent, plural, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.churn.departures import Reasons
    from analysis.churn.spells import Rule


_CHANCE = 0.05


def when(hazard: pd.DataFrame | TooFewError) -> Finding:
    """Say in which stretch of their time customers surely leave more than in another."""
    if isinstance(hazard, TooFewError):
        return too_few("churn.when", hazard)
    most, least = hazard.iloc[hazard["low"].argmax()], hazard.iloc[hazard["high"].argmin()]
    interval = span(most["low"], most["high"], percent)
    lower = span(least["low"], least["high"], percent)
    same = most["low"] <= least["high"] or same_risk(hazard) >= _CHANCE
    told = (
        "At no time as a customer is the risk of leaving surely higher than at another: between"
        f" {percent(hazard['rate'].min())} and {percent(hazard['rate'].max())} a month."
        if same
        else f"In {_stretch(most)} as a customer {percent(most['rate'])} leave a month (95%"
        f" interval {interval}), surely more than the {percent(least['rate'])} ({lower}) in"
        f" {_stretch(least)}."
    )
    return Finding(
        id="churn.when",
        headline=told,
        label=f"Leave in a month, in {_stretch(most)}",
        value=float(most["rate"]),
        value_text=percent(most["rate"]),
        interval=interval,
        direction="neutral",
        action="" if same else _care(most, least),
    )


def why(reasons: Reasons | TooFewError, rule: Rule) -> Finding:
    """Say for which reasons customers leave, and how many that is."""
    if not isinstance(rule, ContractEnd):
        headline = "Who falls silent gives no reason; only the end of a contract comes with one."
        return Finding(id="churn.why", headline=headline, direction="neutral")
    if isinstance(reasons, TooFewError):
        return too_few("churn.why", reasons)
    rows = reasons.summary
    first, rest = rows.iloc[0], rows.iloc[1:3]
    since = "their first day" if reasons.scale == "tenure" else date(reasons.landmark)
    others = [
        f'{percent(row["share"])} for "{row["reason"]}" ({span(row["low"], row["high"], percent)})'
        for _, row in rest.iterrows()
    ]
    more = f", {join(others)}" if others else ""
    missing = (
        f"; no reason is stated of {plural(reasons.not_stated, 'departure')}"
        if reasons.not_stated
        else ""
    )
    interval = span(first["low"], first["high"], percent)
    return Finding(
        id="churn.why",
        headline=f"Within {days(reasons.horizon)} from {since} {percent(first['share'])} leave for"
        f' "{first["reason"]}" (95% interval {interval}){more}.',
        label=f"Leave for {first['reason']}",
        value=float(first["share"]),
        value_text=percent(first["share"]),
        interval=interval,
        comparison=f"{count(rows['lost'].sum())} departures{missing}",
        direction="neutral",
    )


def windows(table: pd.DataFrame) -> Finding | None:
    """Say how far one window is from right for every group; nothing where none was asked for."""
    if table.empty:
        return None
    none = [f'"{name}"' for name in table.loc[table["refused"] != "", "segment"]]
    known = table.loc[table["refused"] == ""].sort_values("window_days")
    if len(known) < 2:
        return not_enough_data(
            "churn.windows", "a comparison of windows", "two groups with a window of their own"
        )
    short = [f'"{name}"' for name in known.loc[known["method"] == "history", "segment"]]
    unsure = f"the longest that so short a history lets us check: {join(short)}" if short else ""
    refused = f"too few customers or returns for a window: {join(none)}" if none else ""
    shortest, longest = known.iloc[0], known.iloc[-1]
    times = longest["window_days"] / shortest["window_days"]
    return Finding(
        id="churn.windows",
        headline=f'By its own orders the group "{shortest["segment"]}" is lost after'
        f' {days(shortest["window_days"])} of silence, "{longest["segment"]}" after'
        f" {days(longest['window_days'])}: one window for all names the first too late, or the"
        " last too early.",
        label="Longest window over shortest",
        value=float(times),
        value_text=f"{number(times)} times",
        comparison="; ".join(told for told in (unsure, refused) if told),
        direction="neutral",
    )


def _care(most: pd.Series, least: pd.Series) -> str:
    than = "later" if most["begin"] < least["begin"] else "before"
    if most["begin"] == 0:
        return "Look after customers from their first day: the risk is higher then than later."
    return (
        f"Reach customers before their month {most['begin'] + 1:.0f}: the risk is higher then than"
        f" {than}."
    )


def _stretch(row: pd.Series) -> str:
    return stretch(int(row["begin"]), int(row["end"]))
