"""The conclusions of the churn report about whom to call and whom to win back, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.definition import InactivityWindow
from analysis.churn.losses_ahead import interval_of_losses
from analysis.churn.spells import ContractEnd
from analysis.disclosure import people, plural
from analysis.findings import COUNTED, Finding, not_enough_data, too_few
from analysis.language import say
from analysis.wording import count, money, percent, sentences, span
from analysis.wording import plural as plural_of_things

if TYPE_CHECKING:
    from analysis.churn.calls import CallList
    from analysis.churn.complaints import Complaints
    from analysis.churn.gain import ExpectedGain
    from analysis.churn.spells import Rule
    from analysis.churn.warning import EarlyWarnings


def to_call(
    calls: CallList, found: EarlyWarnings, currency: str, minimum_customers: int
) -> Finding:
    """Say whom to call, how much is at stake, and whom first."""
    if calls.refused is not None:
        return too_few("churn.warnings", calls.refused)
    if calls.judged < minimum_customers:
        needs = say(
            "at least {minimum} with a habit of their own; there are {judged}",
            minimum=plural(minimum_customers, "customer"), judged=people(calls.judged),
        )  # fmt: skip
        return not_enough_data("churn.warnings", say("a list of early warnings"), needs)
    weeks = plural_of_things(round(found.recent_days / 7), "week")
    if not len(calls.table):
        headline = say(
            "None of the {judged} whose habit is clear enough to judge slowed down beyond chance in"
            " the last {weeks}.",
            judged=count(calls.judged), weeks=weeks,
        )  # fmt: skip
        return Finding(id="churn.warnings", headline=headline, direction="good", main=True)
    return (
        _highest_risks(calls, currency) if calls.by == "risk" else _slowed(calls, found, currency)
    )


def _slowed(calls: CallList, found: EarlyWarnings, currency: str) -> Finding:
    n, gain = len(calls.table), calls.gain
    at_stake = _at_stake(gain, currency)
    headline = say(
        "In the last {weeks} {customers} slowed down beyond chance, of {judged} whose habit is"
        " clear enough to judge, with {at_stake}.",
        customers=plural(n, "customer"),
        weeks=plural_of_things(round(found.recent_days / 7), "week"),
        judged=count(calls.judged),
        at_stake=at_stake,
    )
    wrong = max(round(found.false_discovery_rate * n), 1)
    action = _call_those_slowed(gain) if gain.worthwhile else ""
    return Finding(
        id="churn.warnings",
        headline=headline,
        label=say("Customers who slowed down"),
        value=float(n),
        value_text=people(n),
        interval=say("about {n} of them by mistake", n=count(wrong)),
        comparison=at_stake,
        direction="neutral",
        action=sentences([action, leave_alone()]) if action else "",
        at_stake=gain.value,
        at_stake_low=gain.value_low,
        at_stake_high=gain.value_high,
        basis=basis(),
        people=gain.worthwhile,
        list_name="early_warnings",
        method=say("pace against the own habit, one warning in ten by mistake at most"),
        main=True,
        kpi=True,
    )


def _call_those_slowed(gain: ExpectedGain) -> str:
    first = min(10, gain.worthwhile)
    share = gain.table.head(first)["at_stake"].sum() / gain.value if gain.value else 0.0
    top = say(
        "the first {first} stand for {share} of the margin at stake",
        first=count(first), share=percent(share, 0),
    )  # fmt: skip
    if gain.worthwhile == gain.customers:
        return say(
            "Call the customers who slowed down ({n}), from the top of the list: {top}.",
            n=people(gain.customers), top=top,
        )  # fmt: skip
    return say(
        "Call the customers who slowed down and are worth a call ({some} of {n}), from the top of"
        " the list: {top}.",
        some=people(gain.worthwhile), n=people(gain.customers), top=top,
    )  # fmt: skip


def _highest_risks(calls: CallList, currency: str) -> Finding:
    table, gain = calls.table, calls.gain
    n, at_stake = len(table), _at_stake(gain, currency)
    expected = sum(float(frame["risk"].sum()) for frame in table.frames())
    interval = span(*interval_of_losses(table), count)
    headline = say(
        "Of the {customers} with the highest risk, out of {judged}, about {expected} will leave"
        " (95% interval {interval}), with {at_stake}.",
        customers=plural(n, "customer"), judged=count(calls.judged), expected=people(expected),
        interval=interval, at_stake=at_stake,
    )  # fmt: skip
    action = ""
    if gain.worthwhile == n:
        action = say(
            "Call the customers with the highest risk ({n}), the most at stake first: each has more"
            " at risk than a call must bring.",
            n=people(n),
        )
    elif gain.worthwhile:
        action = say(
            "Call those customers with the highest risk whom the list calls worthwhile ({some} of"
            " {n}): each has more at risk than a call must bring.",
            some=people(gain.worthwhile), n=people(n),
        )  # fmt: skip
    return Finding(
        id="churn.warnings",
        headline=headline,
        label=say("Customers with the highest risk"),
        value=float(n),
        value_text=people(n),
        interval=say("{interval} of them will leave", interval=interval),
        comparison=at_stake,
        direction="neutral",
        action=sentences([action, leave_alone()]) if action else "",
        at_stake=gain.value,
        at_stake_low=gain.value_low,
        at_stake_high=gain.value_high,
        basis=basis(),
        people=gain.worthwhile,
        list_name="early_warnings",
        method=say("the tenth with the highest risk by the Cox model"),
        main=True,
        kpi=True,
    )


def complained(found: Complaints | None, currency: str) -> Finding | None:
    """Say who complained lately, and what is at risk with them; nothing without tickets."""
    if found is None:
        return None
    n, more = len(found.table), sum(int(one["more_often"].sum()) for one in found.table.frames())
    weeks = plural_of_things(round(found.recent_days / 7), "week")
    if n == 0:
        headline = say(
            "None of {customers} complained in the last {weeks}.",
            customers=plural(found.active, "active customer"), weeks=weeks,
        )  # fmt: skip
        return Finding(id="churn.complaints", headline=headline, direction="good")
    values = [frame["value_at_risk"].sum(min_count=1) for frame in found.table.frames()]
    value = float(pd.Series(values).sum(min_count=1))
    told = say(
        "In the last {weeks} {n} of {customers} complained, {more} of them at least twice as often"
        " as before.",
        n=people(n), customers=plural(found.active, "active customer"), weeks=weeks,
        more=people(more),
    )  # fmt: skip
    risk = say(
        "With them a margin of {money} a year is at risk.", money=money(value, currency)
    )  # fmt: skip
    known = bool(np.isfinite(value))
    return Finding(
        id="churn.complaints",
        headline=sentences([told, risk if known else ""]),
        label=say("Customers who complained"),
        value=float(n),
        value_text=people(n),
        interval=COUNTED,
        direction="neutral",
        action=say(
            "Answer the customers who complained ({n}) before you sell them anything, the most at"
            " risk first.",
            n=people(n),
        ),
        at_stake=value if known else None,
        basis=basis() if known else "",
        people=n,
        list_name="complaints",
    )


def lost(back: ExpectedGain, rule: Rule, currency: str) -> Finding:
    """Say who may be won back, what they were worth, and to whom to write."""
    n, top, worth = back.customers, back.worthwhile, back.value
    contract = isinstance(rule, ContractEnd)
    if n == 0:
        headline = say("No customer went silent in the last year and stayed away.")
        if contract:
            headline = say("No customer left in the last year and stayed away.")
        return Finding(id="churn.win_back", headline=headline, direction="good")
    told = {"customers": plural(n, "customer"), "money": money(worth, currency)}
    if contract:
        headline = say(
            "In the last year {customers} left and stayed away; they brought a margin of {money} a"
            " year.",
            **told,
        )
    else:
        headline = say(
            "In the last year {customers} went silent and stayed away; they brought a margin of"
            " {money} a year.",
            **told,
        )
    can_return = isinstance(rule, InactivityWindow) and rule.return_probability > 0
    returns = say("Some will return by themselves.")
    return Finding(
        id="churn.win_back",
        headline=sentences([headline, returns if can_return else ""]),
        label=say("Customers to win back"),
        value=float(n),
        value_text=people(n),
        interval=COUNTED,
        comparison=say("a margin of {money} a year", money=told["money"]),
        direction="neutral",
        action=_write_to(back) if top else "",
        at_stake=worth,
        at_stake_low=back.value_low,
        at_stake_high=back.value_high,
        basis=basis(),
        people=top,
        list_name="win_back",
        main=True,
    )


def _write_to(back: ExpectedGain) -> str:
    some, all_of_them = back.worthwhile, back.customers
    if some == all_of_them:
        told = say(
            "Write to the customers to win back ({n}): each should bring more than a letter costs.",
            n=people(some),
        )
    else:
        worth = (back.gain + back.cost) / back.success_rate
        share = worth / back.value if back.value else 0.0
        told = say(
            "Write to the customers to win back who are worth a letter ({some} of {n}): they stand"
            " for {share} of the margin.",
            some=people(some), n=people(all_of_them), share=percent(share, 0),
        )  # fmt: skip
    alone = say("Leave those alone whom the list marks so, to see what writing does.")
    return sentences([told, alone])


def leave_alone() -> str:
    """Remind of the control group."""
    return say("Leave those alone whom the list marks so, to see what calling does.")


def basis() -> str:
    """Say what money is at stake; the same words in every report, so that it can be ranked."""
    return say("margin of a year")


def _at_stake(gain: ExpectedGain, currency: str) -> str:
    return say("a margin of {money} a year at stake", money=money(gain.value, currency))
