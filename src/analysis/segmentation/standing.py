"""How a key figure of segmentation stands against the periods before, for its card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis import comparisons
from analysis.wording import change, points

if TYPE_CHECKING:
    import pandas as pd

    from analysis.findings import Direction
    from analysis.periods import Period


@dataclass(frozen=True, slots=True)
class Standing:
    """A key figure against its past.

    Attributes
    ----------
    year_before : str
        Against the same period a year before, in words.
    trend : tuple of float
        The last periods, oldest first.
    direction : {'good', 'bad', 'neutral'}
        Neutral within the usual range of the periods before.
    """

    year_before: str
    trend: tuple[float, ...]
    direction: Direction


def standing(
    history: pd.DataFrame, column: str, period: Period, *, more_is: Direction = "good"
) -> Standing:
    """Hold a key figure against the usual range of the periods before, and a year before.

    Parameters
    ----------
    history : DataFrame
        Output of `take_history`.
    column : str
        The figure.
    period : Period
        The last one of `history`.
    more_is : {'good', 'bad', 'neutral'}
        Whether more of it is welcome.
    """
    is_share = column not in {"active_customers", "fell_silent"}
    value = float(history[column].iloc[-1])
    past = history[column].iloc[:-1]
    limits = comparisons.usual_range(past, at_most=1.0 if is_share else float("inf"))
    found = comparisons.verdict(value, *limits) if history["complete"].iloc[-1] else "unfinished"
    less_is: Direction = "bad" if more_is == "good" else "good" if more_is == "bad" else "neutral"
    then = comparisons.value_in(history, column, period.year_before)
    return Standing(
        year_before=comparisons.against_year_before(
            value, then, period, points if is_share else change
        ),
        trend=comparisons.trend(history, column, period),
        direction=more_is if found == "above" else less_is if found == "below" else "neutral",
    )
