"""What the sentences of the value report share: horizons, intervals, names of methods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.language import say, translate
from analysis.wording import join, money, percent, plural, span

if TYPE_CHECKING:
    from analysis.clv.fits import Fit
    from analysis.clv.study import ValueStudy

__all__ = [
    "basis", "boundary", "fitted_to", "in_money", "method", "signed_percent", "weeks_ahead",
    "weeks_before",
]  # fmt: skip

_YEAR = 52
_LAST_WEEKS = re.compile(r"the last (\d+) weeks")
_WHOSE = re.compile(r"of the (new|old) customers: (.*)")


def weeks_ahead(study: ValueStudy) -> str:
    """Return how far ahead the study looks: "the next 12 months"."""
    weeks = round(study.valuation.horizon)
    if weeks == _YEAR:
        return say("the next 12 months")
    return say("the next {weeks}", weeks=plural(weeks, "week"))


def weeks_before(study: ValueStudy) -> str:
    """Return the same length of time before: "the 12 months before"."""
    weeks = round(study.valuation.horizon)
    if weeks == _YEAR:
        return say("the 12 months before")
    return say("the {weeks} before", weeks=plural(weeks, "week"))


def basis(study: ValueStudy) -> str:
    """Return what money the values of a study are."""
    weeks = round(study.valuation.horizon)
    if weeks == _YEAR:
        return say("margin of a year")
    return say("margin of {weeks}", weeks=plural(weeks, "week"))


def in_money(low: float, high: float, currency: str) -> str:
    """Return an interval of money in words."""
    return say("90% interval {interval}", interval=span(low, high, lambda x: money(x, currency)))


def signed_percent(share: float) -> str:
    """Return a share with its sign: 0.012 -> '+1.2%'."""
    return f"+{percent(share)}" if share > 0 else percent(share)


def fitted_to(treatment: str) -> str:
    """Name a treatment of old customers, after "the fit to"."""
    if weeks := _LAST_WEEKS.fullmatch(treatment):
        return say("the last {weeks}", weeks=plural(int(weeks[1]), "week"))
    return translate(treatment)


def method(study: ValueStudy) -> str:
    """Name the models behind the value, and whom they are fitted to."""
    return say(
        "{model} and {spend}, fit to {customers}",
        model=study.purchases.label,
        spend=translate(study.spend.label),
        customers=fitted_to(study.fitted_on),
    )


def boundary(model: Fit) -> str:
    """Return what it says of the customers that a fit lies at a limit of its model; or nothing."""
    return join([_limit(limit.reason) for limit in model.peak.limits])


def _limit(reason: str) -> str:
    whose = _WHOSE.fullmatch(reason)
    if whose is None:
        return translate(reason)
    if whose[1] == "new":
        return say("of the new customers: {reason}", reason=translate(whose[2]))
    return say("of the old customers: {reason}", reason=translate(whose[2]))
