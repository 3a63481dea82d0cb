"""The conclusions about periods: who came again, who came, who stayed away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import comparisons, disclosure
from analysis.comparisons import Verdict, against_year_before, is_unfinished, trend, value_in
from analysis.customer_table import exact_sum
from analysis.disclosure import discretion
from analysis.findings import COUNTED, Direction, Finding, not_enough_data
from analysis.language import say
from analysis.totals import total_interval
from analysis.wording import change, money, percent, points, sentences, span

if TYPE_CHECKING:
    from analysis.customer_table import CustomerTable
    from analysis.periods import Period

LIST = "customers_who_stayed_away"


def retention_finding(activity: pd.DataFrame, period: Period, minimum_customers: int) -> Finding:
    """Say what share of the previous period's customers came again, against the months before."""
    row, before = _row(activity, period), _row(activity, period.previous)
    if row is None or before is None or before["customers"] < minimum_customers:
        have = 0 if before is None else int(before["customers"])
        return not_enough_data(
            "retention.rate",
            say("the retention of {period}", period=period.title),
            say(
                "{minimum} in {before}; there are {have}",
                minimum=disclosure.plural(minimum_customers, "customer"),
                before=period.previous.title,
                have=disclosure.people(have),
            ),
        )
    history = activity.loc[activity["period_start"] < row["period_start"], "retention"].dropna()
    usual = comparisons.usual_range(history, at_most=1.0)
    found = "unfinished" if is_unfinished(activity, period) else _judged(row, history, usual)
    then = value_in(activity, "retention", period.year_before)
    interval = span(row["low"], row["high"], percent)
    last = history.iloc[-1] if len(history) else np.nan
    return Finding(
        id="retention.rate",
        headline=say(
            "{share} of the customers of {before} came again in {period} (95% interval"
            " {interval}), {verdict}.",
            share=percent(row["retention"]),
            before=period.previous.title,
            period=period.title,
            interval=interval,
            verdict=verdict_in_words(found, span(*usual, percent)),
        ),
        label=say("Came again in {period}", period=period.title),
        value=float(row["retention"]),
        value_text=percent(row["retention"]),
        interval=interval,
        comparison=points(row["retention"], last, period.previous.title),
        year_before=against_year_before(row["retention"], then, period, points),
        trend=trend(activity, "retention", period),
        direction=direction_of(found),
        of_people=(float(row["retention"] * before["customers"]), float(before["customers"])),
        main=True,
        kpi=True,
    )


def flows_finding(
    activity: pd.DataFrame, away: CustomerTable, period: Period, currency: str, margin: float
) -> Finding:
    """Say who came, who stayed away, and what those who stayed away had brought.

    Parameters
    ----------
    activity : DataFrame
        Output of `activity_by_period`.
    away : CustomerTable
        Output of `customers_who_stayed_away`.
    period : Period
    currency : str
    margin : float
        Share of sales that is contribution.
    """
    row = _row(activity, period)
    if row is None or pd.isna(row["lapsed"]):
        return not_enough_data(
            "retention.flows",
            say("the flow of customers in {period}", period=period.title),
            say("a period before it"),
        )
    customers = float(row["customers"])
    history = _complete_before(activity, "customers", period)
    judged = comparisons.verdict(customers, *comparisons.usual_range(history))
    found: Verdict = "unfinished" if is_unfinished(activity, period) else judged
    then = value_in(activity, "customers", period.year_before)
    counted = Finding(
        id="retention.flows",
        headline=_flows_in_words(activity, period),
        label=say("Customers who ordered"),
        value=customers,
        value_text=disclosure.people(customers),
        interval=COUNTED,
        comparison=change(
            customers, value_in(activity, "customers", period.previous), period.previous.title
        ),
        year_before=against_year_before(customers, then, period),
        trend=trend(activity, "customers", period),
        direction=direction_of(found),
        main=True,
        kpi=True,
    )
    return _with_invitation(counted, away, period, currency, margin) if len(away) else counted


def verdict_in_words(found: Verdict, usual: str) -> str:
    """Say where a figure lies against its usual range, given in words."""
    match found:
        case "above":
            return say("above the usual range ({usual})", usual=usual)
        case "within":
            return say("within the usual range ({usual})", usual=usual)
        case "below":
            return say("below the usual range ({usual})", usual=usual)
        case "unfinished":
            return say("not judged, since the data end before the period does")
        case _:
            return say("too few periods before it to call a range usual")


def direction_of(found: Verdict) -> Direction:
    """Return whether a verdict on a figure of which more is better is welcome."""
    return "good" if found == "above" else "bad" if found == "below" else "neutral"


def _flows_in_words(activity: pd.DataFrame, period: Period) -> str:
    counts = ["customers", "kept", "returned", "new", "lapsed"]
    so_far = activity.loc[activity["period_start"] <= pd.Timestamp(period.start)]
    told = discretion.written(so_far[["period_start", *counts]], counts, slice(-1, None))
    return say(
        "In {period}, {customers} ordered: {kept} came again, {returned} came back after a pause,"
        " {new} were seen for the first time; {lapsed} of {before} stayed away.",
        customers=disclosure.plural(so_far["customers"].iloc[-1], "customer"),
        period=period.title,
        kept=told["kept"][0],
        returned=told["returned"][0],
        new=told["new"][0],
        lapsed=told["lapsed"][0],
        before=period.previous.title,
    )


def _with_invitation(
    finding: Finding, away: CustomerTable, period: Period, currency: str, margin: float
) -> Finding:
    """Add what to do about those who stayed away."""
    stake = margin * away.total("spend")
    asked = f"SELECT {exact_sum('spend * spend')} AS squares FROM customers"  # noqa: S608
    squares = float(away.query(asked)["squares"].iloc[0])
    low, high = total_interval(stake, margin**2 * squares)
    before = period.previous.title
    invite = say(
        "Invite the {customers} who stayed away; they had brought a margin of {margin} in"
        " {before}.",
        customers=disclosure.plural(len(away), "customer"),
        margin=money(stake, currency),
        before=before,
    )
    silent = say("The churn report tells which of them are unusually silent.")
    return replace(
        finding,
        action=sentences([invite, silent]),
        at_stake=stake,
        at_stake_low=low,
        at_stake_high=high,
        basis=say("margin of {period}", period=before),
        people=len(away),
        list_name=LIST,
    )


def _row(activity: pd.DataFrame, period: Period) -> pd.Series | None:
    found = activity.loc[activity["period_start"] == pd.Timestamp(period.start)]
    return None if found.empty else found.iloc[0]


def _complete_before(activity: pd.DataFrame, column: str, period: Period) -> pd.Series:
    before = activity["period_start"] < pd.Timestamp(period.start)
    return activity.loc[before & activity["complete"], column]


def _judged(row: pd.Series, history: pd.Series, usual: tuple[float, float]) -> Verdict:
    """Judge a share: out of the usual range, and its own interval clear of the usual level."""
    found = comparisons.verdict(row["retention"], *usual)
    level = history.tail(comparisons.USUAL_PERIODS).mean()
    return "within" if found != "unknown" and row["low"] <= level <= row["high"] else found
