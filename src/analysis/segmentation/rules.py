"""The named RFM segments: what they mean, which scores they cover, what to do about them.

Each segment is a rectangle of recency score and value score (the mean of frequency and
monetary score, halves up). Together the rectangles cover every pair exactly once::

    value ->           1            2            3          4           5
    recency 5     new or rare   potential    potential  champions   champions
            4      promising    potential    potential   regulars    regulars
            3       about to sleep          attention    regulars    regulars
            2          hibernating            at risk    at risk   can't lose
            1             faded               at risk    at risk   can't lose

Scores rank customers against each other: recency 1 is the longest silence of these customers,
which in a grocery may be a month. Whether a silence is long for *this* customer is for the
churn analysis to say. The names keep clear of the lifecycle stages, which go by dates: there alone
customers are new, loyal or lost.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """One named segment and the scores that belong to it, both ends included."""

    segment: str
    recency_low: int
    recency_high: int
    value_low: int
    value_high: int
    aim: str
    meaning: str
    action: str


AIMS: tuple[str, ...] = ("Win back", "Keep", "Grow", "Let go")

SEGMENT_RULES: tuple[SegmentRule, ...] = (
    SegmentRule(
        "Champions", 5, 5, 4, 5, "Keep", "bought just now, often and for much",
        "Thank them and ask for recommendations; they need no discount.",
    ),
    SegmentRule(
        "Loyal regulars", 3, 4, 4, 5, "Keep", "buy often and for much, the last time not long ago",
        "Keep them with early access and a loyalty reward.",
    ),
    SegmentRule(
        "Potential loyalists", 4, 5, 2, 3, "Grow", "bought recently, with a middling record",
        "Offer a reason for the next order: membership, a bundle, a second category.",
    ),
    SegmentRule(
        "New or rare", 5, 5, 1, 1, "Grow", "bought just now, with few orders and little spend",
        "Welcome them and make the second order easy.",
    ),
    SegmentRule(
        "Promising", 4, 4, 1, 1, "Grow", "bought recently, with few orders and little spend",
        "Show them more of the range.",
    ),
    SegmentRule(
        "Need attention", 3, 3, 3, 3, "Keep", "middling in everything, slowing down",
        "Remind them with a limited offer on what they buy.",
    ),
    SegmentRule(
        "About to sleep", 3, 3, 1, 2, "Grow", "slowing down, with a thin record",
        "A low-cost reminder; expect little.",
    ),
    SegmentRule(
        "Can't lose", 1, 2, 5, 5, "Win back", "among the best, but silent for longer than most",
        "Call those who are also on the early-warning list; ask what went wrong.",
    ),
    SegmentRule(
        "At risk", 1, 2, 3, 4, "Win back", "buy well, but silent for longer than most",
        "Win them back with a personal offer and measure it against a group left alone.",
    ),
    SegmentRule(
        "Hibernating", 2, 2, 1, 2, "Let go", "little spend, silent for longer than most",
        "Include them in seasonal mailings only.",
    ),
    SegmentRule(
        "Faded", 1, 1, 1, 2, "Let go", "little spend, silent longest of all",
        "Spend nothing on them beyond the cheapest channel.",
    ),
)  # fmt: skip

SEGMENT_NAMES: tuple[str, ...] = tuple(rule.segment for rule in SEGMENT_RULES)


def segment_rules() -> pd.DataFrame:
    """Return the rules as a table, one row per segment, best first.

    Returns
    -------
    DataFrame
        segment, recency_low, recency_high, value_low, value_high, aim, meaning, action.
    """
    return pd.DataFrame([asdict(rule) for rule in SEGMENT_RULES])


def aimed_at(aim: str) -> list[str]:
    """Return the segments with this aim ('Win back', 'Keep', 'Grow' or 'Let go')."""
    return [rule.segment for rule in SEGMENT_RULES if rule.aim == aim]


def segment_grid() -> pd.DataFrame:
    """Return the segment of every pair of recency and value score.

    Returns
    -------
    DataFrame, one row per pair that a rule covers
        recency_score, value_score, segment (ordered categorical, best first).
    """
    cells = [
        (recency, value, rule.segment)
        for rule in SEGMENT_RULES
        for recency in range(rule.recency_low, rule.recency_high + 1)
        for value in range(rule.value_low, rule.value_high + 1)
    ]
    grid = pd.DataFrame(cells, columns=["recency_score", "value_score", "segment"])
    grid["segment"] = pd.Categorical(grid["segment"], categories=SEGMENT_NAMES, ordered=True)
    return grid.sort_values(["recency_score", "value_score"], ignore_index=True)
