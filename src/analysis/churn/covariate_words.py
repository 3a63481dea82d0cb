"""What a model of risk knows of customers, in words: covariates, and how much they matter."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis import wording
from analysis.churn.covariates import MISSING, NO_LEVEL, OTHER
from analysis.churn.risk_model import REASONS
from analysis.language import say, translate
from analysis.wording import number, percent

if TYPE_CHECKING:
    from collections.abc import Hashable


class Covariate(NamedTuple):
    """A covariate in words: what twice as much of it means, and what too little or much is."""

    difference: str
    who: str
    low: str
    high: str


def in_words(covariate: str) -> Covariate:
    """Return a covariate in words, be it a habit or a level of an attribute."""
    known = _habits().get(covariate)
    if known is not None:
        return known
    name, _, level = covariate.partition(": ")
    what, own = wording.label(name), level not in NO_LEVEL
    quoted = say('"{name}"', name=level) if own else translate(level)
    quoted = say("another one") if level == OTHER else quoted
    small = {"what": what.lower(), "value": quoted}
    return Covariate(
        say("{what}: {value}", what=what, value=level if own else translate(level)),
        say("whose {what} is {value}", **small),
        say("{what} is not {value}", **small),
        say("{what} is {value}", **small),
    )


def effect(ratio: float, low: float, high: float) -> str:
    """Say a hazard ratio as a reader does: 'twice as fast, between 1.6 and 2.4 times'."""
    if low <= 1 <= high:
        limits = {"low": number(low, 2), "high": number(high, 2)}
        return say("no clear difference ({low} to {high} times as fast)", **limits)
    if ratio < 1:
        return say(
            "{share} more slowly, between {low} and {high}",
            share=percent(1 - ratio, 0), low=percent(1 - high, 0), high=percent(1 - low, 0),
        )  # fmt: skip
    digits = 1 if low >= 1.05 else 2
    times, least, most = (number(value, digits) for value in (ratio, low, high))
    if times == "2.0":
        return say("twice as fast, between {low} and {high} times", low=least, high=most)
    return say(
        "{times} times as fast, between {low} and {high} times", times=times, low=least, high=most
    )


def reasons_in_words(table: pd.DataFrame, model: pd.DataFrame) -> pd.Series:
    """Return what raises the risk of each customer: 'slower than their habit; plan is "basic"'.

    Parameters
    ----------
    table : DataFrame
        With the columns `REASONS` of `RiskModel.predict`, and the attributes.
    model : DataFrame
        `RiskModel.table`.
    """
    words = {
        name: in_words(name).high if ratio > 1 else in_words(name).low
        for name, ratio in zip(model["covariate"], model["hazard_ratio"], strict=True)
    }
    given = table[list(REASONS)].astype("str")
    own = [name for name in pd.unique(given.to_numpy().ravel()) if name and name not in words]
    kinds = pd.concat([given, table[own]], axis=1).groupby([*REASONS, *own], dropna=False)
    texts = [_told(kind, own, words) for kind in kinds.size().index]
    codes = kinds.ngroup().to_numpy()
    return pd.Series(pd.array(texts, dtype="str").take(codes), index=table.index, dtype="str")


def _told(kind: tuple[Hashable, ...], own: list[str], words: dict[str, str]) -> str:
    """Put the reasons of one kind of customers into words; `own` are their attributes."""
    levels = dict(zip(own, kind[len(REASONS) :], strict=True))
    named = [str(reason) for reason in kind[: len(REASONS)] if reason]
    texts = [words[name] if name in words else _own_level(name, levels[name]) for name in named]
    return reduce(_both, texts) if texts else ""


def _own_level(attribute: str, level: Hashable) -> str:
    stated = MISSING if level is None or level != level else level
    return in_words(f"{attribute}: {stated}").high


def _both(first: str, second: str) -> str:
    return say("{first}; {second}", first=first, second=second)


def _habits() -> dict[str, Covariate]:
    return {
        "orders_per_month": Covariate(
            say("Orders twice as often"),
            say("who order twice as often"),
            say("orders seldom"),
            say("orders often"),
        ),
        "pace_trend": Covariate(
            say("Recent pace twice their habit"),
            say("whose recent pace is twice their own habit"),
            say("slower than their habit"),
            say("faster than their habit"),
        ),
        "spend_per_order": Covariate(
            say("Spends twice as much an order"),
            say("who spend twice as much an order"),
            say("small orders"),
            say("large orders"),
        ),
        "known_days": Covariate(
            say("Known for twice as long"),
            say("whom we have known for twice as long"),
            say("known for a short time"),
            say("known for a long time"),
        ),
        "recent_complaints": Covariate(
            say("One complaint lately, against none"),
            say("with one complaint lately, against none,"),
            say("no complaint lately"),
            say("complained lately"),
        ),
    }
