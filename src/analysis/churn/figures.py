"""What stands with each chart of churn: measure, population and period, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis import wording
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.churn.backtesting import Backtest
    from analysis.churn.calls import CallList
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.periods import Period


@dataclass(frozen=True, slots=True)
class About:
    """The subtitle of a chart, and which columns of its table are the numbers behind it.

    Attributes
    ----------
    subtitle : str
    columns : mapping of column to heading
    formats : mapping of column to how a value is written
    people : tuple of columns that count people
    """

    subtitle: str
    columns: Mapping[str, str]
    formats: Mapping[str, Callable[[float], str]] = field(default_factory=dict)
    people: tuple[str, ...] = ()


def of_rule(rule: Rule, period: Period) -> About:
    """Say what the rule of a loss is drawn from."""
    day = wording.date(period.end)
    if isinstance(rule, ContractEnd):
        subtitle = say("Customers who left for good until {day}, by the reason stated", day=day)
        return About(subtitle, _headings("reason", "lost"), people=("lost",))
    subtitle = say(
        "Share of the silences of each length that still ended in an order, all customers until"
        " {day}, with 95% intervals",
        day=day,
    )
    columns = _headings("days", "silences", "return_probability", "low", "high")
    return About(subtitle, columns, _shares("return_probability", "low", "high"))


def of_rates(rule: Rule, period: Period) -> About:
    """Say what the rate is a share of."""
    until = period.title
    if isinstance(rule, ContractEnd):
        subtitle = say(
            "Share of the customers under contract at the beginning of each period who left in it,"
            " up to {period}, with 95% intervals",
            period=until,
        )
    else:
        subtitle = say(
            "Share of the customers active at the beginning of each period who went silent in it,"
            " up to {period}, with 95% intervals",
            period=until,
        )
    columns = _headings("title", "active", "lost", "rate", "low", "high")
    return About(subtitle, columns, _shares("rate", "low", "high"), ("active", "lost"))


def of_windows_effect(period: Period) -> About:
    """Say what is lost under other windows."""
    subtitle = say(
        "Share of the active customers who went silent in {period}, under shorter and longer"
        " windows, with 95% intervals",
        period=period.title,
    )
    columns = _headings("window_days", "active", "lost", "rate", "low", "high")
    return About(subtitle, columns, _shares("rate", "low", "high"), ("active", "lost"))


def of_segment_windows(period: Period) -> About:
    """Say what the windows of groups are."""
    subtitle = say(
        "Window of each group by the orders of its customers alone, with 95% intervals; beside it"
        " the share of the group lost in {period}",
        period=period.title,
    )
    columns = _headings("segment", "customers", "window_days", "days_low", "days_high", "losses")
    return About(subtitle, columns, people=("customers",))


def of_readings() -> About:
    """Say what the readings of one table of contracts are."""
    subtitle = say(
        "Share still customers by the time since the beginning of the contract, all contracts, for"
        " each way the table may have come about, with 95% intervals"
    )
    columns = _headings("reading", "time", "survival", "low", "high")
    return About(subtitle, columns, _shares("survival", "low", "high"))


def of_curves(period: Period) -> About:
    """Say whom the curves follow."""
    subtitle = say(
        "Share of each group still customers, followed until {day}, with 95% intervals; the"
        " numbers below are the customers still observed",
        day=wording.date(period.end),
    )
    columns = _headings("segment", "time", "survival", "low", "high", "n_risk")
    return About(subtitle, columns, _shares("survival", "low", "high"), ("n_risk",))


def of_hazard(period: Period) -> About:
    """Say what the risk over the time as a customer is."""
    subtitle = say(
        "Share of the customers who leave in a month, by the time as a customer, until {day}, with"
        " 95% intervals",
        day=wording.date(period.end),
    )
    columns = _headings("label", "customers", "lost", "rate", "low", "high")
    return About(subtitle, columns, _shares("rate", "low", "high"), ("customers", "lost"))


def of_reasons(period: Period) -> About:
    """Say what the shares by reason are."""
    subtitle = say(
        "Share of the customers who have left, by reason, one above the other, until {day}",
        day=wording.date(period.end),
    )
    return About(subtitle, _headings("reason", "time", "share"), _shares("share"))


def of_calls(calls: CallList, period: Period) -> About:
    """Say who is drawn of those to call."""
    day = wording.date(period.end)
    if calls.by == "risk":
        subtitle = say(
            "Risk of leaving, of those with the highest risks the customers with the most margin"
            " at stake, on {day}, with 95% intervals",
            day=day,
        )
        columns = _headings("stake", "risk", "low", "high")
        return About(subtitle, columns, _shares("risk", "low", "high"))
    subtitle = say(
        "Days with an order lately and usually, the customers with the most margin at stake, on"
        " {day}",
        day=day,
    )
    return About(subtitle, _headings("stake", "usual_orders", "recent_orders"))


def of_effects(rule: Rule, period: Period) -> About:
    """Say what acting is measured by."""
    if isinstance(rule, ContractEnd):
        subtitle = say(
            "Difference in the share under contract at the end of {period}, customers to be"
            " contacted against those left alone at random, with 95% intervals",
            period=period.title,
        )
    else:
        subtitle = say(
            "Difference in the share that ordered until the end of {period}, customers to be"
            " contacted against those left alone at random, with 95% intervals",
            period=period.title,
        )
    columns = _headings("what", "acted", "left", "share_acted", "share_left", "points")
    columns |= _headings("low", "high")
    points = dict.fromkeys(("points", "low", "high"), wording.number)
    return About(subtitle, columns, points | _shares("share_acted", "share_left"))


def of_ratios(scores: RiskScores | TooFewError) -> About:
    """Say whom the hazard ratios compare."""
    subtitle = ""
    if not isinstance(scores, TooFewError):
        subtitle = say(
            "How many times as fast customers are lost who differ in one respect and are otherwise"
            " equal, {customers} followed, with 95% intervals",
            customers=wording.plural(scores.model.customers, "customer"),
        )
    columns = _headings("difference", "hazard_ratio", "low", "high", "effect")
    two = dict.fromkeys(("hazard_ratio", "low", "high"), lambda ratio: wording.number(ratio, 2))
    return About(subtitle, columns, two)


def of_reliability(check: Backtest | TooFewError) -> About:
    """Say which scores are held against what happened."""
    subtitle = ""
    if not isinstance(check, TooFewError):
        subtitle = say(
            "Share lost within {days} of {day}, predicted and happened, by tenth of the predicted"
            " risk, {customers}, with 95% intervals",
            days=wording.days(check.horizon_days),
            day=wording.date(check.landmark),
            customers=wording.plural(check.customers, "customer"),
        )
    columns = _headings("tenth", "customers", "lost", "predicted", "observed", "low", "high")
    shares = _shares("predicted", "observed", "low", "high")
    return About(subtitle, columns, shares, ("customers", "lost"))


def _shares(*columns: str) -> dict[str, Callable[[float], str]]:
    return dict.fromkeys(columns, wording.percent)


def _headings(*columns: str) -> dict[str, str]:
    return {name: _all_headings()[name] for name in columns}


def _all_headings() -> dict[str, str]:
    return {
        "active": say("Active"),
        "acted": say("To be contacted"),
        "customers": say("Customers"),
        "days": say("Days of silence"),
        "days_high": say("At most (days)"),
        "days_low": say("At least (days)"),
        "difference": say("Difference"),
        "effect": say("In words"),
        "hazard_ratio": say("Times as fast"),
        "high": say("Upper limit"),
        "label": say("Time as a customer"),
        "left": say("Left alone"),
        "losses": say("Lost in the period"),
        "lost": say("Lost"),
        "low": say("Lower limit"),
        "n_risk": say("Customers observed"),
        "observed": say("Happened"),
        "points": say("Difference in points"),
        "predicted": say("Predicted"),
        "rate": say("Share lost"),
        "reading": say("Reading"),
        "reason": say("Reason"),
        "recent_orders": say("Days with an order lately"),
        "return_probability": say("Share that returned"),
        "risk": say("Risk of leaving"),
        "segment": say("Group"),
        "share": say("Share"),
        "share_acted": say("Share of those to be contacted"),
        "share_left": say("Share of those left alone"),
        "silences": say("Silences that lasted longer"),
        "stake": say("At stake in a year"),
        "survival": say("Still customers"),
        "tenth": say("Tenth by risk"),
        "time": say("Time"),
        "title": say("Period"),
        "usual_orders": say("Days with an order usually"),
        "what": say("List"),
        "window_days": say("Window (days)"),
    }
