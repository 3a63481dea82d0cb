"""What became of what the last report said: its warnings, its forecast, its lists, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import display
from analysis.churn.losses_ahead import LOSSES
from analysis.churn.shown import list_in_words
from analysis.churn.spells import ContractEnd
from analysis.disclosure import people, plural
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.language import say
from analysis.wording import count, date, money, number, percent, points, sentences, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.churn.acting import ListEffect
    from analysis.churn.control import ActionEffect
    from analysis.churn.last_warnings import LastWarnings
    from analysis.churn.spells import Rule
    from analysis.display import Bundle
    from analysis.forecasts import Forecast
    from analysis.periods import Period


def record(then: LastWarnings) -> Finding:
    """Say what became of the customers who were, or would have been, warned of."""
    if isinstance(then.record, TooFewError):
        return too_few("churn.record", then.record)
    warned, simple, others = (then.record.iloc[at] for at in range(3))
    if warned["customers"] == 0 or others["customers"] == 0:
        return not_enough_data(
            "churn.record",
            say("a check of earlier warnings"),
            say("customers to warn of on {day}", day=date(then.warned_on)),
        )
    interval = span(warned["low"], warned["high"], _whole)
    told = [_of_those(then, warned, others, interval)]
    label, comparison = say("Warned of, and left since"), ""
    if then.by == "risk":
        comparison = say(
            "as many with the youngest contracts: {share} left", share=_whole(simple["share"])
        )
    else:
        label = say("Warned of, and no order since")
        told.append(
            say(
                "They kept {kept} of their usual pace, the others {others}.",
                kept=_whole(warned["pace_kept"]), others=_whole(others["pace_kept"]),
            )
        )  # fmt: skip
        comparison = say(
            "as many named for the longest silence: {share} silent, {missed} orders missed against"
            " {own}",
            share=_whole(simple["share"]), missed=count(simple["orders_missed"]),
            own=count(warned["orders_missed"]),
        )  # fmt: skip
    return Finding(
        id="churn.record",
        headline=sentences(told),
        label=label,
        value=float(warned["share"]),
        value_text=_whole(warned["share"]),
        interval=interval,
        comparison=comparison,
        direction="neutral",
    )


def _of_those(then: LastWarnings, warned: pd.Series, others: pd.Series, interval: str) -> str:
    told = {
        "customers": plural(warned["customers"], "customer"), "day": date(then.warned_on),
        "share": _whole(warned["share"]), "interval": interval, "others": _whole(others["share"]),
    }  # fmt: skip
    if then.by == "risk":
        if then.archived:
            return say(
                "Of {customers} on the list handed out for {day}, {share} have left since (95%"
                " interval {interval}), of all others {others}.",
                **told,
            )
        return say(
            "Of {customers} whom this list would have named on {day}, {share} have left since"
            " (95% interval {interval}), of all others {others}.",
            **told,
        )
    if then.archived:
        return say(
            "Of {customers} on the list handed out for {day}, {share} have not ordered since"
            " (95% interval {interval}), of all others {others}.",
            **told,
        )
    return say(
        "Of {customers} whom this list would have named on {day}, {share} have not ordered"
        " since (95% interval {interval}), of all others {others}.",
        **told,
    )


def which_list(then: LastWarnings) -> Bundle | None:
    """Say whether it is the list that was handed out, and what that leaves open."""
    if isinstance(then.record, TooFewError):
        return None
    if then.archived:
        return display.note(
            say(
                "This is the list of the last report as it was handed out. Whoever was called may"
                " have been kept by it: how much that did is told below."
            )
        )
    return display.note(
        say(
            "No list of an earlier report is in the archive, so it was made again from what was"
            " known on that day."
        )
    )


def last_forecast(kept: Sequence[Forecast], period: Period) -> Finding:
    """Say whether the archived forecast of the period's losses held."""
    found = [one for one in kept if one.id == LOSSES and one.made_for == period.key]
    if not found or found[0].actual is None:
        return not_enough_data(
            "churn.last_forecast",
            say("a check of the last forecast of losses"),
            say("a forecast for {period} in the archive; there is none", period=period.title),
        )
    one, came = found[0], float(found[0].actual)
    interval = span(one.low, one.high, count)
    told = {
        "n": count(one.value), "interval": interval, "period": period.title, "lost": people(came),
    }  # fmt: skip
    if one.covered:
        headline = say(
            "The forecast of losses in {period} held: {n} were expected (95% interval {interval}),"
            " {lost} came.",
            **told,
        )
    else:
        headline = say(
            "The forecast of losses in {period} did not hold: {n} were expected (95% interval"
            " {interval}), {lost} came.",
            **told,
        )
    changed = say(
        "The past has been restated since: {before} losses up to then were known, now {after}.",
        before=count(one.known or 0.0), after=count(one.known_later or 0.0),
    )  # fmt: skip
    simple = ""
    if one.naive is not None:
        simple = say("As many as in the period before would have been {n}.", n=count(one.naive))
    return Finding(
        id="churn.last_forecast",
        headline=sentences([headline, simple, changed if one.restated else ""]),
        label=say("Losses beyond the forecast"),
        value=came - one.value,
        value_text=number(came - one.value, 0),
        interval=say("95% interval of the forecast {interval}", interval=interval),
        direction="good" if one.covered else "bad",
    )


def effects(measured: Sequence[ListEffect], rule: Rule, period: Period, currency: str) -> Finding:
    """Say what acting on the last lists did, list by list."""
    if not measured:
        return not_enough_data(
            "churn.effect",
            say("what acting did"),
            say("the lists of an earlier report; none is in the archive"),
        )
    known = [(one, one.found) for one in measured if not isinstance(one.found, TooFewError)]
    if not known:
        reasons = [one.found for one in measured if isinstance(one.found, TooFewError)]
        return too_few("churn.effect", reasons[0])
    told = [_did(one, found, rule, period, currency) for one, found in known]
    unknown = [one for one in measured if isinstance(one.found, TooFewError)]
    told += [
        say(
            "{what}: too few were to be contacted or left alone to tell.",
            what=list_in_words(one.name, rule),
        )
        for one in unknown
    ]
    first, effect = known[0][1], known[0][1].effect.iloc[0]
    clear = effect["low"] > 0 or effect["high"] < 0
    if not all(found.controlled for _, found in known):
        told.append(
            say(
                "Association only: nobody was left alone at random, so that they may have differed"
                " before."
            )
        )
    alone = say("those left alone")
    return Finding(
        id="churn.effect",
        headline=sentences(told),
        label=_label(first, rule),
        value=float(effect["difference"]),
        value_text=points(effect["acted"], effect["left"], alone),
        interval=span(effect["low"], effect["high"], _signed),
        direction="neutral" if not clear else "good" if effect["low"] > 0 else "bad",
        method=say("random holdout group") if first.controlled else say("association"),
    )


def _did(one: ListEffect, found: ActionEffect, rule: Rule, period: Period, currency: str) -> str:
    effect, margin = found.effect.iloc[0], found.effect.iloc[-1]
    interval = span(effect["low"], effect["high"], _signed)
    told = {
        "what": list_in_words(one.name, rule), "period": one.made_for.title,
        "acted": percent(effect["acted"]), "left": percent(effect["left"]),
        "points": _signed(effect["difference"]), "interval": interval,
        "money": money(margin["difference"], currency), "until": period.title,
    }  # fmt: skip
    clear = effect["low"] > 0 or effect["high"] < 0
    if isinstance(rule, ContractEnd):
        happened = say(
            "{what} ({period}): {acted} of those to be contacted were under contract at the end of"
            " {until}, {left} of those left alone, a difference of {points} points (95% interval"
            " {interval}); a customer's margin differs by {money}.",
            **told,
        )
    else:
        happened = say(
            "{what} ({period}): {acted} of those to be contacted ordered until the end of {until},"
            " {left} of those left alone, a difference of {points} points (95% interval"
            " {interval}); a customer's margin differs by {money}.",
            **told,
        )
    chance = say("Chance alone may have made that difference.")
    return sentences([happened, "" if clear else chance])


def _label(found: ActionEffect, rule: Rule) -> str:
    if isinstance(rule, ContractEnd):
        return say("More under contract")
    return say("More who ordered") if found.controlled else say("More who ordered, by association")


def _whole(share: float) -> str:
    return percent(share, 0)


def _signed(share: float) -> str:
    if np.isnan(share):
        return number(share)
    return f"{'+' if share >= 0.0005 else ''}{number(100 * share)}"
