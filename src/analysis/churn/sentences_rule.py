"""When a customer counts as lost, in words, and how often that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.churn.departures import NO_REASON
from analysis.churn.sampling import Sampling
from analysis.churn.spells import ContractEnd
from analysis.disclosure import people
from analysis.findings import COUNTED, Finding
from analysis.language import say
from analysis.wording import count, days, percent, plural, sentences, span

if TYPE_CHECKING:
    from analysis.churn.definition import InactivityWindow
    from analysis.churn.spells import Rule


def method(rule: Rule) -> str:
    """Name the rule behind every number of losses."""
    if isinstance(rule, ContractEnd):
        return say("lost at the end of the contract")
    if rule.method == "given":
        return say("lost after {days} of silence, by the settings", days=days(rule.days))
    return say("lost after {days} of silence, as estimated", days=days(rule.days))


def definition(rule: Rule) -> Finding:
    """Say when a customer counts as lost, and how often that is wrong."""
    if isinstance(rule, ContractEnd):
        return _contract_definition(rule)
    interval = span(rule.low, rule.high, _whole)
    back = _whole(rule.return_probability)
    if np.isnan(rule.return_probability):
        still = say("No silence so long was followed for long enough to tell how many return.")
        back, interval = say("unknown"), ""
    else:
        still = say(
            "{share} of silences that long still ended in an order (95% interval {interval}).",
            share=back, interval=interval,
        )  # fmt: skip
    sure = rule.return_probability < rule.return_below
    return Finding(
        id="churn.rule",
        headline=sentences([*_counted_as_lost(rule), still]),
        label=say("Silences that still ended in an order"),
        value=None if np.isnan(rule.return_probability) else rule.return_probability,
        value_text=back,
        interval=interval,
        comparison=_why_this_window(rule),
        direction="neutral",
        action=""
        if sure
        else say('Read "silent" as gone quiet, not as gone: invite before you write anybody off.'),
        method=method(rule),
        main=True,
    )


def _contract_definition(rule: ContractEnd) -> Finding:
    ended = int(rule.table["lost"].sum())
    reasons = rule.table.loc[~rule.table["reason"].isin(NO_REASON)]
    told = say(
        "A customer is lost when the contract ends: {ended} of {customers} have left for good,"
        " {running} have a contract in force.",
        ended=people(ended),
        customers=plural(rule.customers, "customer"),
        running=people(rule.running),
    )
    why = ""
    if len(reasons):
        first = reasons.iloc[0]
        why = say(
            'The most frequent reason is "{reason}" ({n}).',
            reason=first["reason"], n=people(first["lost"]),
        )  # fmt: skip
    return Finding(
        id="churn.rule",
        headline=sentences([told, why]),
        label=say("Customers who left"),
        value=float(ended),
        value_text=people(ended),
        interval=COUNTED,
        direction="neutral",
        method=method(rule),
        main=not isinstance(rule.sampling, Sampling) or rule.sampling.design == "history",
    )


def _counted_as_lost(rule: InactivityWindow) -> list[str]:
    silence = days(rule.days)
    if rule.method == "return":
        return [
            say("After {days} without an order hardly anybody returns.", days=silence),
            say("From then on we count a customer as lost."),
        ]
    if rule.method == "given":
        return [
            say(
                "By the settings a customer counts as silent after {days} without an order.",
                days=silence,
            )
        ]
    return [
        say("No silence in these data is a sure goodbye."),
        say("A customer counts as silent after {days}.", days=silence),
    ]


def _why_this_window(rule: InactivityWindow) -> str:
    silence = days(rule.days)
    why = ""
    if rule.method == "habit":
        why = say("{days}: few customers ever took longer to come back", days=silence)
    elif rule.method == "history":
        why = say(
            "{days}: the longest silence that so short a history lets us check", days=silence
        )  # fmt: skip
    if np.isnan(rule.days_low):
        return why
    if np.isinf(rule.days_high):
        limits = say(
            "95% interval of the window {low} to no upper limit in these data",
            low=count(rule.days_low),
        )
    else:
        interval = span(rule.days_low, rule.days_high, count)
        limits = say("95% interval of the window {interval}", interval=interval)
    return say("{first}; {second}", first=why, second=limits) if why else limits


def _whole(share: float) -> str:
    return percent(share, 0)
