"""What changed and what to do, as findings: moves, attributes, actions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import wording
from analysis.findings import COUNTED, Finding, not_enough_data
from analysis.proportions import wilson_interval
from analysis.segmentation.clusters import can_cluster, find_clusters
from analysis.segmentation.migration import DIRECTIONS, movement
from analysis.segmentation.refusals import too_few
from analysis.segmentation.rules import aimed_at
from analysis.segmentation.sentences import row_of, window_in_words

if TYPE_CHECKING:
    import pandas as pd

    from analysis.segmentation.profile import Coverage
    from analysis.segmentation.snapshot import Snapshot

_LEVEL = 0.05


def tier_moves(moves: pd.DataFrame, before: Snapshot) -> Finding:
    """How many kept their tier, and how many fell out of gold?"""
    if refused := too_few("segmentation.tier_moves", "A comparison of tiers", before):
        return refused
    of_gold = moves[moves["before"] == "Gold"]
    up, same, down = (row_of(movement(moves), "direction", way) for way in DIRECTIONS)
    fell = of_gold[of_gold["after"] != "Gold"]
    return Finding(
        id="segmentation.tier_moves",
        headline=(
            f"Since {wording.date(before.as_of)}, {wording.percent(same['share'])} of"
            f" the customers kept their tier, {wording.count(up['customers'])} rose and"
            f" {wording.count(down['customers'])} fell;"
            f" {wording.count(fell['customers'].sum())} of"
            f" {wording.count(of_gold['of'].iloc[0])} left gold."
        ),
        label="Fell to a lower tier",
        value=float(down["share"]),
        value_text=wording.percent(down["share"]),
        interval=wording.span(down["low"], down["high"], wording.percent),
    )


def stage_moves(moves: pd.DataFrame, before: Snapshot) -> Finding:
    """How many fell silent, and how many of the dormant came back?"""
    if refused := too_few("segmentation.stage_moves", "A comparison of stages", before):
        return refused
    buying, silent = ["New", "Repeat", "Loyal"], ["Dormant", "Lost"]
    fell = _count(moves, buying, silent)
    returned = _count(moves, silent, buying)
    were_silent = _count(moves, silent, [*buying, *silent])
    since = f"Since {wording.date(before.as_of)}, {wording.plural(fell, 'customer')} fell silent"
    if not were_silent:
        return Finding(
            id="segmentation.stage_moves", headline=f"{since}; nobody was dormant or lost then."
        )
    low, high = wilson_interval(returned, were_silent)
    return Finding(
        id="segmentation.stage_moves",
        headline=(
            f"{since}, and {wording.count(returned)} of the {wording.count(were_silent)} who were"
            " dormant or lost then bought again."
        ),
        label="Silent customers who came back",
        value=returned / were_silent,
        value_text=wording.percent(returned / were_silent),
        interval=wording.span(float(low), float(high), wording.percent),
    )


def stability(segment_moves: pd.DataFrame, tier_moves: pd.DataFrame, before: Snapshot) -> Finding:
    """How much of a segment lasts until the next report?"""
    if refused := too_few("segmentation.stability", "The stability of the segments", before):
        return refused
    kept = row_of(movement(segment_moves), "direction", "Same")
    kept_tier = row_of(movement(tier_moves), "direction", "Same")
    return Finding(
        id="segmentation.stability",
        headline=(
            f"{wording.percent(kept['share'])} of the customers are in the segment they were in on"
            f" {wording.date(before.as_of)}, {wording.percent(kept_tier['share'])} in their tier:"
            " use segments for the next mailing and tiers for who looks after whom."
        ),
        label="Kept their segment",
        value=float(kept["share"]),
        value_text=wording.percent(kept["share"]),
        interval=wording.span(kept["low"], kept["high"], wording.percent),
    )


def natural_groups(now: Snapshot, *, seed: int) -> Finding:
    """Do the customers fall into groups by themselves, or are segments lines that we draw?"""
    name, what = "segmentation.natural_groups", "A search for natural groups"
    if refused := too_few(name, what, now):
        return refused
    if not can_cluster(now.customers):
        return not_enough_data(name, what, "50 customers who differ in recency, orders and spend")
    found = find_clusters(now.customers, seed=seed)
    best = row_of(found.stability, "k", found.k)
    if found.natural:
        headline = (
            f"The customers fall into {found.k} natural groups, the same in any sample of them;"
            " it is worth knowing which of the segments they cut through."
        )
    else:
        headline = (
            "The customers form no natural groups: they shade into each other. Groups found by an"
            f" algorithm agree between samples ({_agreement(best, '')}; 1 is perfect) no more"
            f" clearly than in data without structure ({_agreement(best, 'chance')}). The segments"
            " are lines that we draw."
        )
    return Finding(
        id=name,
        headline=headline,
        label=f"Agreement of {found.k} groups between samples (0 chance, 1 identical)",
        value=float(best["agreement"]),
        value_text=wording.number(best["agreement"], 2),
        direction="neutral",
    )


def behind(listed: pd.DataFrame, before: Snapshot) -> Finding:
    """How much spend is at stake with those who fell silent or out of gold?"""
    if refused := too_few("segmentation.behind", "A list of who fell behind", before):
        return refused
    if listed.empty:
        return Finding(
            id="segmentation.behind",
            headline=f"Nobody fell silent or out of gold since {wording.date(before.as_of)}.",
            direction="good",
        )
    at_stake = float(listed["spend_at_stake"].sum())
    reasons = listed["reason"].value_counts()
    what = [f"{wording.count(n)} {str(reason).lower()}" for reason, n in reasons.items()]
    return Finding(
        id="segmentation.behind",
        headline=(
            f"{wording.plural(len(listed), 'customer')} fell behind since"
            f" {wording.date(before.as_of)} ({wording.join(what)});"
            f" {wording.money(at_stake, before.currency)} of their spend in"
            f" {window_in_words(before).replace('last ', '', 1)} before is at stake."
        ),
        label="Spend at stake",
        value=at_stake,
        value_text=wording.money(at_stake, before.currency),
        interval=COUNTED,
        comparison=(
            f"{wording.plural(len(listed), 'customer')} fell behind since"
            f" {wording.date(before.as_of)}"
        ),
        action=(
            f"Call the {wording.plural(len(listed), 'customer')} who fell silent or out of gold,"
            " most spend at stake first."
        ),
        at_stake=at_stake,
        main=True,
        kpi=True,
    )


def win_back(now: Snapshot) -> Finding:
    """How many customers of value have been silent for longer than most?

    `at_stake` stays empty: a score ranks customers against each other, so a fixed part of
    them is always among the longest silent, whether or not their silence is long for them.
    """
    if refused := too_few("segmentation.win_back", "A list of customers to win back", now):
        return refused
    group = now.customers[now.customers["segment"].isin(aimed_at("Win back"))]
    if group.empty:
        return Finding(
            id="segmentation.win_back",
            headline="No customer of middling or high value is among the longest silent.",
            direction="good",
        )
    spend, total = float(group["spend"].sum()), float(now.customers["spend"].sum())
    share = f", {wording.percent(spend / total)} of the spend" if total > 0 else ""
    return Finding(
        id="segmentation.win_back",
        headline=(
            f"{wording.plural(len(group), 'customer')} of middling or high value have bought"
            f" nothing for {wording.days(group['days_since_last_order'].min())} or more, longer"
            f" than most; they brought {wording.money(spend, now.currency)} in"
            f" {window_in_words(now)}{share}."
        ),
        label="Spend of good customers gone quiet",
        value=spend,
        value_text=wording.money(spend, now.currency),
        action=(
            f"Call those of the {wording.count(len(group))} who are also on the early-warning list"
            " of the churn report."
        ),
        main=True,
    )


def known(result: Coverage, currency: str) -> Finding:
    """For how many customers are attributes known, and are they like the others?"""
    if not result.known:
        return Finding(
            id="segmentation.known",
            headline="The data hold no attributes of customers, so nothing is said about them.",
            direction="neutral",
        )
    likeness = ""
    if math.isfinite(result.ratio):
        likeness = (
            f" They spend {wording.number(result.ratio)} times as much as the others"
            f" ({wording.span(result.low, result.high, wording.number)};"
            f" {wording.money(result.spend_known, currency)} against"
            f" {wording.money(result.spend_unknown, currency)}), so what follows holds for them"
            " only."
        )
    return Finding(
        id="segmentation.known",
        headline=(
            f"Attributes are known for {wording.count(result.known)} of"
            f" {wording.plural(result.customers, 'customer')}"
            f" ({wording.percent(result.known / result.customers)}).{likeness}"
        ),
        label="Customers with known attributes",
        value=float(result.known),
        value_text=wording.count(result.known),
    )


def differs(levels: pd.DataFrame) -> Finding:
    """By which attribute does the share of gold customers differ beyond chance?"""
    tested = levels.dropna(subset=["p_adjusted"]).drop_duplicates("attribute")
    if tested.empty:
        return not_enough_data(
            "segmentation.differs", "A profile", "attributes with two levels of enough customers"
        )
    beyond = tested[tested["p_adjusted"] < _LEVEL].sort_values("p_adjusted")
    if beyond.empty:
        return Finding(
            id="segmentation.differs",
            headline=(
                "Gold customers are about equally common at all levels of"
                f" {wording.plural(len(tested), 'attribute')}: no difference is beyond chance."
            ),
            direction="neutral",
        )
    by_share = levels[levels["attribute"] == beyond["attribute"].iloc[0]].sort_values("share")
    least, most = by_share.iloc[0], by_share.iloc[-1]
    also = [_words(name) for name in beyond["attribute"].iloc[1:]]
    rest = len(tested) - len(beyond)
    tail = f" It also differs by {wording.join(also)}." if also else ""
    chance = (
        f" By {wording.plural(rest, 'other attribute')} it does not differ beyond chance."
        if rest
        else ""
    )
    return Finding(
        id="segmentation.differs",
        headline=(
            f"The share of gold customers differs by {_words(beyond['attribute'].iloc[0])}: from"
            f" {_share(least)} to {_share(most)}.{tail}{chance}"
        ),
        label="Share of gold, highest level",
        value=float(most["share"]),
        value_text=wording.percent(most["share"]),
        interval=wording.span(most["low"], most["high"], wording.percent),
    )


def _agreement(row: pd.Series, of: str) -> str:
    """Write an agreement with the range of its draws: '0.63, 0.41 to 0.86'."""
    ends = ("chance_low", "chance_high") if of else ("low", "high")
    value, low, high = (wording.number(row[name], 2) for name in (of or "agreement", *ends))
    return f"{value}, {low} to {high}"


def _share(level: pd.Series) -> str:
    return (
        f"{wording.percent(level['share'], 0)} ({level['level']},"
        f" {wording.count(level['customers'])} customers)"
    )


def _words(attribute: object) -> str:
    return wording.label(str(attribute)).lower()


def _count(moves: pd.DataFrame, before: list[str], after: list[str]) -> int:
    return int(
        moves.loc[moves["before"].isin(before) & moves["after"].isin(after), "customers"].sum()
    )
