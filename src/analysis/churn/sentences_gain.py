"""Whether acting pays, what it did, and whether earlier warnings came true, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data
from analysis.wording import count, date, money, number, percent, plural, points, span

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from analysis.churn.control import ActionEffect
    from analysis.churn.gain import ExpectedGain
    from analysis.churn.spells import Rule

LEAVE_ALONE = "Leave those alone whom the list marks so, to see what"
_DONE = {
    "save": "of them are kept by it",
    "win_back": "of them come back by it",
    "risk": "of those who would leave are kept by it",
}


def saving(found: ExpectedGain | TooFewError, rule: Rule, currency: str) -> Finding | None:
    """Say what contacting customers by their risk should bring; with contracts, whom to call.

    Without contracts those who slowed down are the ones to call.
    """
    if isinstance(found, TooFewError):
        return None
    told = gain(found, "risk", currency)
    if told is None or not isinstance(rule, ContractEnd) or told.value is None:
        return told
    n = found.worthwhile
    who = f"{count(n)} customers" if n > 1 else "customer"
    return replace(
        told,
        action=f"Call the {who} at the top of the list of risks: each has more at risk"
        f" than a call must bring. {LEAVE_ALONE} calling does.",
        at_stake=found.value,
        main=True,
    )


def gain(
    found: ExpectedGain, list_name: Literal["save", "win_back", "risk"], currency: str
) -> Finding | None:
    """Say what contacting a list should bring under the stated success rate, and when it pays.

    Nothing where nobody is on the list.
    """
    name = f"churn.{list_name}_gain"
    if found.customers == 0:
        return None
    rate, each = percent(found.success_rate, 0), money(found.contact_cost, currency)
    least = money(found.break_even_value, currency)
    least += " a year at risk" if list_name == "risk" else " a year"
    if found.worthwhile == 0:
        return Finding(
            id=name,
            headline=f"At {each} a contact nobody on the list is worth one, if {rate}"
            f" {_DONE[list_name]}: a customer would have to stand for {least}.",
            direction="neutral",
        )
    who = f"the {count(found.worthwhile)} of {count(found.customers)} with more than {least}"
    if found.worthwhile == found.customers:
        who = f"all {count(found.customers)}" if found.customers > 1 else "the one customer"
    interval = span(found.low, found.high, lambda value: money(value, currency))
    stake = span(found.value_low, found.value_high, lambda value: money(value, currency))
    return Finding(
        id=name,
        headline=f"Contacting {who} brings {money(found.gain, currency)}, net of"
        f" {money(found.cost, currency)} of costs (95% interval {interval}), if {rate}"
        f" {_DONE[list_name]}. It pays from {percent(found.break_even_rate)} on.",
        label="Expected gain from contacting them",
        value=found.gain,
        value_text=money(found.gain, currency),
        interval=interval,
        comparison=f"at stake on the list: {money(found.value, currency)} a year ({stake}); a"
        f" contact costs {each}",
        direction="neutral",
    )


def record(then: pd.DataFrame, warned_on: dt.date) -> Finding:
    """Say what became of the customers who would have been warned of on an earlier day."""
    warned, simple, others = (then.iloc[at] for at in range(3))
    day = date(warned_on)
    if warned["customers"] == 0 or others["customers"] == 0:
        return not_enough_data(
            "churn.record", "a check of earlier warnings", f"customers to warn of on {day}"
        )
    interval = span(warned["low"], warned["high"], lambda share: percent(share, 0))
    return Finding(
        id="churn.record",
        headline=f"Of the {plural(warned['customers'], 'customer')} whom this list would have named"
        f" on {day}, {percent(warned['share'], 0)} have not ordered since (95% interval"
        f" {interval}), of all others {percent(others['share'], 0)}. They kept"
        f" {percent(warned['pace_kept'], 0)} of their usual pace, the others"
        f" {percent(others['pace_kept'], 0)}.",
        label="Warned of, and no order since",
        value=float(warned["share"]),
        value_text=percent(warned["share"], 0),
        interval=interval,
        comparison=f"as many named for the longest silence: {percent(simple['share'], 0)} silent,"
        f" {count(simple['orders_missed'])} orders missed against"
        f" {count(warned['orders_missed'])}",
        direction="neutral",
    )


def effect(found: ActionEffect, currency: str) -> Finding:
    """Say what acting on a list did, or what goes with it where nobody was left alone at random."""
    ordered, margin = found.effect.iloc[0], found.effect.iloc[1]
    interval = span(ordered["low"], ordered["high"], _signed)
    clear = ordered["low"] > 0 or ordered["high"] < 0
    verdict = "" if clear else ", which chance alone may have made"
    each = money(margin["difference"], currency)
    if found.controlled:
        began = f"Acting made a difference of {_signed(ordered['difference'])} points"
        caveat = ""
    else:
        began = f"Those contacted differ by {_signed(ordered['difference'])} points"
        caveat = " Association only: nobody was left alone at random, so that they may have"
        caveat += " differed before."
    pair = f"{percent(ordered['acted'])} of those acted on ordered, {percent(ordered['left'])} of"
    return Finding(
        id="churn.effect",
        headline=f"{began} (95% interval {interval}){verdict}: {pair} the others, and a customer's"
        f" margin differs by {each}.{caveat}",
        label="More who ordered" if found.controlled else "More who ordered, by association",
        value=float(ordered["difference"]),
        value_text=points(ordered["acted"], ordered["left"], "those left alone"),
        interval=interval,
        direction="neutral" if not clear else "good" if ordered["low"] > 0 else "bad",
    )


def _signed(share: float) -> str:
    if np.isnan(share):
        return number(share)
    return f"{'+' if share >= 0.0005 else ''}{number(100 * share)}"
