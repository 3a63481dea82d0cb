"""Whether contacting the customers of a list should pay, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from analysis.disclosure import people
from analysis.errors import TooFewError
from analysis.findings import Finding
from analysis.language import say
from analysis.wording import money, percent, sentences, span

if TYPE_CHECKING:
    from analysis.churn.calls import By
    from analysis.churn.gain import Gain

ListName = Literal["save", "win_back", "risk"]


def gain(
    found: Gain | TooFewError, list_name: ListName, currency: str, *, by: By = "pace"
) -> Finding | None:
    """Say what contacting a list should bring under the stated success rate, and when it pays.

    Nothing where nobody is on the list. With `by` the risk, only those who would leave can be kept.
    """
    if isinstance(found, TooFewError) or found.customers == 0:
        return None
    name, kind = f"churn.{list_name}_gain", list_name if by == "pace" else "risk"
    least = _at_least(found, kind, currency)
    terms = {
        "money": money(found.contact_cost, currency), "least": least,
        "success": _success(kind, percent(found.success_rate, 0)),
    }  # fmt: skip
    if found.worthwhile == 0:
        headline = say(
            "At {money} a contact nobody on the list is worth one, if {success}: a customer would"
            " have to stand for {least}.",
            **terms,
        )
        return Finding(id=name, headline=headline, direction="neutral")

    def in_money(value: float) -> str:
        return money(value, currency)

    interval = span(found.low, found.high, in_money)
    brings = say(
        "Contacting {who} brings {gain}, net of {cost} of costs (95% interval {interval}), if"
        " {success}.",
        who=_who(found, least), gain=in_money(found.gain), cost=in_money(found.cost),
        interval=interval, success=terms["success"],
    )  # fmt: skip
    pays = say("It pays from {rate} on.", rate=percent(found.break_even_rate))
    return Finding(
        id=name,
        headline=sentences([brings, pays]),
        label=say("Expected gain from contacting them"),
        value=found.gain,
        value_text=in_money(found.gain),
        interval=interval,
        comparison=say(
            "at stake on the list: {money} a year ({interval}); a contact costs {cost}",
            money=in_money(found.value), cost=terms["money"],
            interval=span(found.value_low, found.value_high, in_money),
        ),
        direction="neutral",
    )  # fmt: skip


def _success(list_name: ListName, rate: str) -> str:
    """Say what a success is: who is kept, who comes back, who would have left."""
    if list_name == "save":
        return say("{rate} of them are kept by it", rate=rate)
    if list_name == "win_back":
        return say("{rate} of them come back by it", rate=rate)
    return say("{rate} of those who would leave are kept by it", rate=rate)


def _at_least(found: Gain, list_name: ListName, currency: str) -> str:
    least = money(found.break_even_value, currency)
    if list_name == "risk":
        return say("{money} a year at risk", money=least)
    return say("{money} a year", money=least)


def _who(found: Gain, least: str) -> str:
    if found.worthwhile == found.customers:
        if found.customers == 1:
            return say("the one customer")
        return say("all {n}", n=people(found.customers))
    return say(
        "those with more than {least} ({some} of {n})",
        some=people(found.worthwhile), n=people(found.customers), least=least,
    )  # fmt: skip
