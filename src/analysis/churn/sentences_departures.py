"""When and why customers leave, and how far windows differ, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.churn.layout import reason_in_words, stretch
from analysis.churn.spells import ContractEnd
from analysis.churn.stretches import same_risk
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.language import say, translate
from analysis.wording import date, days, join, number, percent, plural, sentences, span

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
    same = most["low"] <= least["high"] or same_risk(hazard) >= _CHANCE
    if same:
        told = say(
            "At no time as a customer is the risk of leaving surely higher than at another: between"
            " {low} and {high} a month.",
            low=percent(hazard["rate"].min()), high=percent(hazard["rate"].max()),
        )  # fmt: skip
    else:
        told = say(
            "In {most} as a customer {share} leave a month (95% interval {interval}), surely more"
            " than the {least_share} ({least_interval}) in {least}.",
            most=_stretch(most), share=percent(most["rate"]), interval=interval,
            least=_stretch(least), least_share=percent(least["rate"]),
            least_interval=span(least["low"], least["high"], percent),
        )  # fmt: skip
    return Finding(
        id="churn.when",
        headline=told,
        label=say("Leave in a month, in {stretch}", stretch=_stretch(most)),
        value=float(most["rate"]),
        value_text=percent(most["rate"]),
        interval=interval,
        direction="neutral",
        action="" if same else _care(most, least),
    )


def why(reasons: Reasons | TooFewError, rule: Rule) -> Finding:
    """Say for which reasons customers leave, and how many that is."""
    if not isinstance(rule, ContractEnd):
        headline = say(
            "Who falls silent gives no reason; only the end of a contract comes with one."
        )  # fmt: skip
        return Finding(id="churn.why", headline=headline, direction="neutral")
    if isinstance(reasons, TooFewError):
        return too_few("churn.why", reasons)
    rows = reasons.summary
    first, rest = rows.iloc[0], rows.iloc[1:3]
    name, interval = reason_in_words(first["reason"]), span(first["low"], first["high"], percent)
    told = say(
        '{share} leave for "{reason}" within {days} from {day} (95% interval {interval}).',
        share=percent(first["share"]), reason=name, days=days(reasons.horizon),
        day=_since(reasons),
        interval=interval,
    )  # fmt: skip
    others = [
        say(
            '{share} for "{reason}" ({interval})',
            share=percent(row["share"]), reason=reason_in_words(row["reason"]),
            interval=span(row["low"], row["high"], percent),
        )
        for _, row in rest.iterrows()
    ]  # fmt: skip
    more = say("Next come {others}.", others=join(others))
    return Finding(
        id="churn.why",
        headline=sentences([told, more if others else ""]),
        label=say('Leave for "{reason}"', reason=name),
        value=float(first["share"]),
        value_text=percent(first["share"]),
        interval=interval,
        comparison=_departures(reasons),
        direction="neutral",
    )


def _since(reasons: Reasons) -> str:
    if reasons.scale == "landmark":
        return date(reasons.landmark)
    if reasons.start > 1:
        return say("their first day (of those there after {start})", start=days(reasons.start))
    return say("their first day")


def _departures(reasons: Reasons) -> str:
    all_of_them = plural(reasons.summary["lost"].sum(), "departure")
    if not reasons.not_stated:
        return all_of_them
    return say(
        "{departures}; no reason is stated of {silent}",
        departures=all_of_them, silent=plural(reasons.not_stated, "departure"),
    )  # fmt: skip


def windows(table: pd.DataFrame) -> Finding | None:
    """Say how far one window is from right for every group; nothing where none was asked for."""
    if table.empty:
        return None
    known = table.loc[table["refused"] == ""].sort_values("window_days")
    if len(known) < 2:
        return not_enough_data(
            "churn.windows",
            say("a comparison of windows"),
            say("two groups with a window of their own"),
        )
    shortest, longest = known.iloc[0], known.iloc[-1]
    times = longest["window_days"] / shortest["window_days"]
    return Finding(
        id="churn.windows",
        headline=say(
            'By its own orders the group "{short}" is lost after {short_days} of silence, "{long}"'
            " after {long_days}: one window for all names the first too late, or the last too"
            " early.",
            short=translate(str(shortest["segment"])), short_days=days(shortest["window_days"]),
            long=translate(str(longest["segment"])), long_days=days(longest["window_days"]),
        ),
        label=say("Longest window over shortest"),
        value=float(times),
        value_text=say("{n} times", n=number(times)),
        comparison=_left_open(table),
        direction="neutral",
    )  # fmt: skip


def _left_open(table: pd.DataFrame) -> str:
    """Name the groups whose window is unsure, or could not be told."""
    told = []
    short = _quoted(table.loc[table["method"] == "history", "segment"])
    if short:
        told.append(
            say("the longest that so short a history lets us check: {groups}", groups=short)
        )  # fmt: skip
    refused = _quoted(table.loc[table["refused"] != "", "segment"])
    if refused:
        told.append(say("too few customers or returns for a window: {groups}", groups=refused))
    if len(told) < 2:
        return "".join(told)
    return say("{first}; {second}", first=told[0], second=told[1])


def _quoted(names: pd.Series) -> str:
    return join([say('"{name}"', name=translate(str(name))) for name in names])


def _care(most: pd.Series, least: pd.Series) -> str:
    month = int(most["begin"]) + 1
    if most["begin"] == 0:
        return say(
            "Look after customers from their first day: the risk is higher then than later."
        )  # fmt: skip
    if most["begin"] < least["begin"]:
        return say(
            "Reach customers before their month {month}: the risk is higher then than later.",
            month=month,
        )
    return say(
        "Reach customers before their month {month}: the risk is higher then than before.",
        month=month,
    )


def _stretch(row: pd.Series) -> str:
    return stretch(int(row["begin"]), int(row["end"]))
