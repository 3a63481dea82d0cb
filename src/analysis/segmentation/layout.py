"""How the tables of this package are shown: units of columns, headings, words for ranges."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import disclosure, wording
from analysis.language import say, translate
from analysis.segmentation.sentences import window_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.segmentation.snapshot import Snapshot

_MONEY = ("spend", "lowest", "highest")
_SHARES = (
    "share_of_customers", "share_of_spend", "share_before", "spend_low", "spend_high", "share",
    "low", "high", "overall",
)  # fmt: skip
PEOPLE = ("customers", "customers_before", "of", "in_group")
"""Columns that count customers."""
FLOWS = ("before", "stayed", "moved_in", "newcomers", "moved_out", "after")
"""Columns of `net_flow` that do."""
SHARES: dict[str, Callable[[Any], str]] = dict.fromkeys(
    ("share_of_customers", "share_of_spend"), wording.percent
)
_NAMES = ("group", "segment", "tier", "stage", "aim", "action", "before", "after")


def labels() -> dict[str, str]:
    """Return the headings of the tables of groups, moves and attributes."""
    return {
        "action": say("What to do"),
        "after": say("Now"),
        "attribute": say("Attribute"),
        "before": say("Before"),
        "customers": say("Customers"),
        "customers_before": say("Customers before"),
        "days_since_last_order": say("Days since the last order"),
        "group": say("Group"),
        "high": say("Upper limit"),
        "highest": say("Spend to"),
        "in_group": say("Of them gold"),
        "level": say("Level"),
        "low": say("Lower limit"),
        "lowest": say("Spend from"),
        "moved_in": say("Came from others"),
        "moved_out": say("Went to others"),
        "net": say("Change"),
        "newcomers": say("Newcomers"),
        "of": say("Customers of the group before"),
        "orders": say("Orders"),
        "overall": say("Share among all with attributes"),
        "recency_score": say("Recency score"),
        "score": say("Score"),
        "segment": say("Segment"),
        "share": say("Share"),
        "share_before": say("Share of customers before"),
        "share_of_customers": say("Share of customers"),
        "share_of_spend": say("Share of spend"),
        "spend": say("Spend"),
        "spend_high": say("Share of spend, upper limit"),
        "spend_low": say("Share of spend, lower limit"),
        "stayed": say("Stayed"),
        "tier": say("Tier"),
        "value_score": say("Value score"),
    }


def formats(currency: str) -> dict[str, Callable[[Any], str]]:
    """Return how to write the columns of tiers, sizes and actions."""
    return {
        **dict.fromkeys(_MONEY, partial(wording.money, currency=currency)),
        **dict.fromkeys(_SHARES, wording.percent),
        "customers_before": wording.count,
        "net": lambda value: f"{value:+,}",
    }


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the names of its groups, and what to do, in the language spoken."""
    texts = [
        name for name in _NAMES if name in frame and not pd.api.types.is_numeric_dtype(frame[name])
    ]
    return frame.assign(
        **{
            name: frame[name].astype(object).map(lambda text: translate(str(text)))
            for name in texts
        }
    )


def of_groups(sizes: pd.DataFrame) -> pd.DataFrame:
    """Return the sizes of groups for reading: the columns that a chart of them draws."""
    kept = [
        "group", "customers", "share_of_customers", "customers_before", "share_of_spend",
        "spend_low", "spend_high",
    ]  # fmt: skip
    table = sizes[kept].dropna(axis="columns", how="all")
    return named(_discreet(table, "customers", ["share_of_customers"]))


def of_moves(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that somebody made, for reading."""
    made = moves.loc[moves["customers"] > 0, ["before", "after", "customers", "of", "share"]]
    return named(_discreet(made, "customers", ["share"]))


def of_attribute(levels: pd.DataFrame) -> pd.DataFrame:
    """Return the levels of the attribute that differs most, for reading."""
    ranked = levels.sort_values("p_adjusted", kind="stable", na_position="last")
    first = ranked["attribute"].head(1)
    kept = ["level", "customers", "in_group", "share", "low", "high", "overall"]
    table = levels.loc[levels["attribute"].isin(first), kept]
    return _discreet(table, "in_group", ["share", "low", "high"])


def _discreet(table: pd.DataFrame, people: str, shares: list[str]) -> pd.DataFrame:
    """Leave out the shares that would tell a count of people too small to be told."""
    hidden = table[people].map(disclosure.hidden)
    return table.assign(**{name: table[name].mask(hidden) for name in shares})


def at_two_dates(now: Snapshot, before: Snapshot) -> str:
    """Return the line under a chart of moves."""
    return say(
        "Share and number of the customers of each group on {before} by their group on {now}; who"
        " stayed is grey",
        before=wording.date(before.as_of),
        now=wording.date(now.as_of),
    )


def of_stages(now: Snapshot) -> str:
    """Return the line under the chart of the stages."""
    return say(
        "Customers by stage of the lifecycle, all who ever ordered, {day}",
        day=wording.date(now.as_of),
    )


def of_segments(now: Snapshot) -> str:
    """Return the line under the chart of the segments."""
    return say(
        "Share of all customers and of their spend in {window}, by segment, {day}",
        window=window_in_words(now),
        day=wording.date(now.as_of),
    )


def of_scores(now: Snapshot) -> str:
    """Return the line under the grid of scores."""
    return say(
        "Customers by recency score and value score, with their segment, {day}",
        day=wording.date(now.as_of),
    )


def of_spend(now: Snapshot) -> str:
    """Return the line under the curve of concentration."""
    return say(
        "Share of the spend in {window} that the lowest-spending customers brought, {day}",
        window=window_in_words(now),
        day=wording.date(now.as_of),
    )


def of_gold(now: Snapshot) -> str:
    """Return the line under the chart of attributes."""
    return say(
        "Share of gold, with its 95% interval, among the customers whose attributes are known,"
        " {day}",
        day=wording.date(now.as_of),
    )


def titles(now: Snapshot) -> dict[str, str]:
    """Return the titles of the tables."""
    window = window_in_words(now)
    return {
        "scores": say("What the scores stand for, over {window}", window=window),
        "tiers": say("Value tiers by spend in {window}", window=window),
        "flow": say("How the segments grew and shrank"),
        "actions": say("Segments with their spend in {window}", window=window),
    }


def cutoffs_in_words(cutoffs: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Lay the cut-offs of the scores out for reading: a row a score, a column a measure.

    Parameters
    ----------
    cutoffs : DataFrame
        Result of `rfm_cutoffs`.
    currency : str
        ISO code of the spend.

    Returns
    -------
    DataFrame
        score, and the range of each measure in words; missing where nobody has the score.
    """
    money = partial(wording.money, currency=currency)
    written: dict[str, Callable[[float], str]] = {
        "days_since_last_order": wording.count,
        "orders": wording.count,
        "spend": money,
    }
    ends = zip(cutoffs["measure"], cutoffs["lowest"], cutoffs["highest"], strict=True)
    words = cutoffs.assign(range=[_range(low, high, written[name]) for name, low, high in ends])
    wide = words.pivot_table(index="score", columns="measure", values="range", aggfunc="first")
    wide = wide.reindex(columns=list(written)).sort_index(ascending=False)
    return wide.rename_axis(columns=None).reset_index().astype({"score": "str"})


def _range(low: float, high: float, text: Callable[[float], str]) -> str:
    return text(low) if text(low) == text(high) else wording.span(low, high, text)
