"""What is known of the customers' attributes, as findings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.findings import Finding, not_enough_data
from analysis.language import say

if TYPE_CHECKING:
    import pandas as pd

    from analysis.segmentation.profile import Coverage

_LEVEL = 0.05


def known(result: Coverage, currency: str) -> Finding:
    """For how many customers are attributes known, and are they like the others?"""
    name = "segmentation.known"
    if not result.known:
        headline = say("The data hold no attributes of customers, so nothing is said about them.")
        return Finding(id=name, headline=headline, direction="neutral")
    told = say(
        "Attributes are known for {known} of {customers} ({share}).",
        known=disclosure.people(result.known),
        customers=disclosure.plural(result.customers, "customer"),
        share=wording.percent(result.known / result.customers),
    )
    likeness = (
        say(
            "They spend {ratio} times as much as the others ({interval}; {spend} against {other}),"
            " so what follows holds for them only.",
            ratio=wording.number(result.ratio),
            interval=wording.span(result.low, result.high, wording.number),
            spend=wording.money(result.spend_known, currency),
            other=wording.money(result.spend_unknown, currency),
        )
        if math.isfinite(result.ratio)
        else ""
    )
    return Finding(
        id=name,
        headline=wording.sentences([told, likeness]),
        label=say("Customers with known attributes"),
        value=float(result.known),
        value_text=disclosure.people(result.known),
    )


def differs(levels: pd.DataFrame) -> Finding:
    """By which attribute does the share of gold customers differ beyond chance?"""
    name = "segmentation.differs"
    tested = levels.dropna(subset=["p_adjusted"]).drop_duplicates("attribute")
    if tested.empty:
        missing = say("attributes with two levels of enough customers")
        return not_enough_data(name, say("A profile"), missing)
    beyond = tested[tested["p_adjusted"] < _LEVEL].sort_values("p_adjusted")
    if beyond.empty:
        headline = say(
            "Gold customers are about equally common at all levels of {attributes}: no difference"
            " is beyond chance.",
            attributes=wording.plural(len(tested), "attribute"),
        )
        return Finding(id=name, headline=headline, direction="neutral")
    by_share = levels[levels["attribute"] == beyond["attribute"].iloc[0]].sort_values("share")
    most = by_share.iloc[-1]
    return Finding(
        id=name,
        headline=_difference_in_words(by_share, beyond, len(tested) - len(beyond)),
        label=say("Share of gold, highest level"),
        value=float(most["share"]),
        value_text=wording.percent(most["share"]),
        interval=wording.span(most["low"], most["high"], wording.percent),
        of_people=(float(most["in_group"]), float(most["customers"])),
    )


def _in_words(attribute: object) -> str:
    """Return an attribute's name as it stands within a sentence: 'household size'."""
    return wording.label(str(attribute)).lower()


def _difference_in_words(by_share: pd.DataFrame, beyond: pd.DataFrame, rest: int) -> str:
    most = say(
        "The share of gold customers differs by {attribute}: from {least} to {most}.",
        attribute=_in_words(beyond["attribute"].iloc[0]),
        least=_share(by_share.iloc[0]),
        most=_share(by_share.iloc[-1]),
    )
    also = [_in_words(name) for name in beyond["attribute"].iloc[1:]]
    tail = say("It also differs by {attributes}.", attributes=wording.join(also)) if also else ""
    chance = (
        say(
            "By {attributes} it does not differ beyond chance.",
            attributes=wording.plural(rest, "other attribute"),
        )
        if rest
        else ""
    )
    return wording.sentences([most, tail, chance])


def _share(level: pd.Series) -> str:
    return say(
        "{share} ({level}, {customers})",
        share=wording.percent(level["share"], 0),
        level=level["level"],
        customers=disclosure.plural(level["customers"], "customer"),
    )
