"""The conclusions of the churn report about losses: the rate, and how the number came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.churn.definition import InactivityWindow
from analysis.churn.rates import rate_change
from analysis.churn.sentences_rule import method
from analysis.churn.spells import ContractEnd
from analysis.disclosure import hidden, people
from analysis.findings import COUNTED, Direction, Finding, not_enough_data
from analysis.language import say
from analysis.wording import count, days, join, number, percent, plural, points, sentences, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.churn.spells import Rule
    from analysis.periods import Period

_SHOWN = 0.0005
"""The least change of a share that is shown: a tenth of a point, rounded."""

_TREND = 13


def sensitivity(table: pd.DataFrame, rule: Rule) -> Finding:
    """Say how the rate would change with the window."""
    if isinstance(rule, ContractEnd):
        return Finding(
            id="churn.sensitivity",
            headline=say("The rate rests on the ends of contracts, so it depends on no window."),
            direction="neutral",
        )
    others = table.loc[table["complete"] & (table["factor"] != 1)]
    if others.empty:
        return not_enough_data(
            "churn.sensitivity",
            say("how far the rate depends on the window"),
            say("a longer history"),
        )
    parts = [
        say("{share} with a window of {days}", share=percent(share), days=days(window))
        for share, window in zip(others["rate"], others["window_days"], strict=True)
    ]
    return Finding(
        id="churn.sensitivity",
        headline=say(
            "The rate would be {rates}: its level comes with the rule, so compare it over time,"
            " and only under one rule.",
            rates=join(parts),
        ),
        direction="neutral",
    )


def rate(rates: pd.DataFrame, period: Period, rule: Rule, minimum_customers: int) -> Finding:
    """Say which share of the active customers was lost in the period, against the one before."""
    now = rates.iloc[-1]
    if not now["complete"] or now["active"] < minimum_customers:
        return _no_rate(rates, period, rule, minimum_customers)
    comparison, direction = _against(rates, period)
    interval = span(now["low"], now["high"], percent)
    told = {
        "share": percent(now["rate"]), "active": plural(now["active"], "active customer"),
        "period": period.title, "lost": people(now["lost"]), "interval": interval,
    }  # fmt: skip
    if isinstance(rule, ContractEnd):
        label = say("Left in {period}", period=period.title)
        headline = say(
            "{share} of {active} left in {period}: {lost} customers (95% interval {interval}).",
            **told,
        )
    else:
        label = say("Went silent in {period}", period=period.title)
        headline = say(
            "{share} of {active} went silent in {period}: {lost} customers (95% interval"
            " {interval}).",
            **told,
        )
    back = say("{n} of them are back already.", n=people(now["returned_since"]))
    return Finding(
        id="churn.rate",
        headline=sentences([headline, back if now["returned_since"] else ""]),
        label=label,
        value=float(now["rate"]),
        value_text=percent(now["rate"]),
        interval=interval,
        comparison=comparison,
        direction=direction,
        trend=tuple(rates["rate"].where(rates["complete"]).tail(_TREND)),
        year_before=_year_before(rates, period),
        method=method(rule),
        of_people=(float(now["lost"]), float(now["active"])),
        main=True,
        kpi=True,
    )


def balance(rates: pd.DataFrame, period: Period, rule: Rule) -> Finding:
    """Say how the number of active customers came about."""
    now = rates.iloc[-1]
    if not now["complete"]:
        return not_enough_data(
            "churn.balance",
            say("the balance of {period}", period=period.title),
            say("a history that begins earlier"),
        )
    label = say("Customers under contract")
    if isinstance(rule, InactivityWindow):
        label = say("Active (ordered in the last {days})", days=days(rule.days))
    began = say(
        "{active} when {period} began", active=count(now["active"]), period=period.title
    )  # fmt: skip
    return Finding(
        id="churn.balance",
        headline=sentences([_change(now, period), _flows(now, rule)]),
        label=label,
        value=float(now["active_at_end"]),
        value_text=count(now["active_at_end"]),
        interval=COUNTED,
        comparison=began,
        direction="neutral",
        trend=tuple(rates["active_at_end"].where(rates["complete"]).tail(_TREND)),
        kpi=True,
    )


def _change(now: pd.Series, period: Period) -> str:
    gap = int(now["active_at_end"] - now["active"])
    told = {
        "gap": count(abs(gap)), "period": period.title,
        "before": count(now["active"]), "after": count(now["active_at_end"]),
    }  # fmt: skip
    if gap > 0:
        return say(
            "The number of active customers grew by {gap}: {before} when {period} began, {after}"
            " when it ended.",
            **told,
        )
    if gap < 0:
        return say(
            "The number of active customers shrank by {gap}: {before} when {period} began, {after}"
            " when it ended.",
            **told,
        )
    return say(
        "The number of active customers stayed the same: {before} when {period} began, {after}"
        " when it ended.",
        before=told["before"], period=told["period"], after=told["after"],
    )  # fmt: skip


def _flows(now: pd.Series, rule: Rule) -> str:
    names = ("new", "came_back", "lost")
    if any(hidden(now[name]) for name in names):
        return ""  # beside the change, each would tell the others
    told = {name: people(now[name]) for name in names}
    if isinstance(rule, ContractEnd):
        text = say("{new} were new and {came_back} returned, less {lost} who left.", **told)
    else:
        text = say("{new} were new and {came_back} returned, less {lost} who went silent.", **told)
    again = say(
        "{n} more came and were lost within the period.", n=people(now["lost_at_once"])
    )  # fmt: skip
    return sentences([text, again if now["lost_at_once"] else ""])


def _no_rate(rates: pd.DataFrame, period: Period, rule: Rule, minimum: int) -> Finding:
    now = rates.iloc[-1]
    if now["complete"]:
        missing = say(
            "at least {minimum}; there are {active}",
            minimum=plural(minimum, "active customer"), active=people(now["active"]),
        )  # fmt: skip
    elif isinstance(rule, InactivityWindow):
        missing = say(
            "{days} of history before {period}, to see who was active",
            days=days(rule.days), period=period.title,
        )  # fmt: skip
    else:
        missing = say(
            "departures on record from its first day on, which the table does not show"
        )  # fmt: skip
    what = say("the rate of loss in {period}", period=period.title)
    return not_enough_data("churn.rate", what, missing)


def _against(rates: pd.DataFrame, period: Period) -> tuple[str, Direction]:
    """Compare with the previous period; call it good or bad only when it is beyond chance."""
    than = period.previous.title
    if len(rates) < 2 or not rates.iloc[-2]["complete"] or rates.iloc[-2]["active"] == 0:
        return say("no comparison with {than}", than=than), "neutral"
    now, before = rates.iloc[-1], rates.iloc[-2]
    low, high = rate_change(now, before)
    told = {
        "change": points(now["rate"], before["rate"], than),
        "low": _signed(low), "high": _signed(high),
    }  # fmt: skip
    if low <= 0 <= high:
        return say("{change}, within chance ({low} to {high} points)", **told), "neutral"
    if abs(now["rate"] - before["rate"]) < _SHOWN:
        return told["change"], "neutral"
    return say("{change} ({low} to {high} points)", **told), "bad" if low > 0 else "good"


def _year_before(rates: pd.DataFrame, period: Period) -> str:
    then = period.year_before
    found = rates.loc[(rates["period"] == then.key) & rates["complete"]]
    if found.empty or then == period.previous:
        return say("no data for {period}", period=then.title)
    return points(rates.iloc[-1]["rate"], found.iloc[0]["rate"], then.title)


def _signed(share: float) -> str:
    return f"{'+' if share >= _SHOWN else ''}{number(100 * share)}"
