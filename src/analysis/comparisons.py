"""How a figure of a period stands against those before: usual range, trend, a year ago.

The usual range is the neutral band: within it a difference is what periods differ by anyway,
and no report calls it good or bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import special

from analysis.language import say
from analysis.wording import change

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from analysis.periods import Period

USUAL_PERIODS = 6
FEWEST_PERIODS = 3
TREND_PERIODS = 13

Verdict = Literal["above", "within", "below", "unknown", "unfinished"]


def usual_range(
    history: npt.ArrayLike, *, confidence: float = 0.95, at_most: float = np.inf
) -> tuple[float, float]:
    """Between which limits would one more period lie, if it were like those before?

    Parameters
    ----------
    history : array_like
        The figure in the periods before, oldest first; the last `USUAL_PERIODS` count.
    confidence : float
        How often such a period would lie between the limits.
    at_most : float
        What the figure cannot exceed: 1 for a share.

    Returns
    -------
    low, high : float
        In the unit of the figure, and not below 0 where no period was; not numbers with fewer
        than `FEWEST_PERIODS` periods.

    References
    ----------
    .. [1] Hahn and Meeker (1991), Statistical Intervals, section 4.8: prediction interval for
       one further observation of a normal population.
    """
    past = np.asarray(history, dtype=float)
    past = past[np.isfinite(past)][-USUAL_PERIODS:]
    n = len(past)
    if n < FEWEST_PERIODS:
        return np.nan, np.nan
    step = special.stdtrit(n - 1, (1 + confidence) / 2) * past.std(ddof=1) * np.sqrt(1 + 1 / n)
    low, high = past.mean() - step, past.mean() + step
    return float(max(low, 0.0) if (past >= 0).all() else low), float(min(high, at_most))


def verdict(value: float, low: float, high: float) -> Verdict:
    """Return where a value lies against its usual range; 'unknown' without one."""
    if np.isnan(low):
        return "unknown"
    if value > high:
        return "above"
    return "below" if value < low else "within"


def is_unfinished(activity: pd.DataFrame, period: Period) -> bool:
    """Tell whether the data end before the period does; parameters as of `value_in`."""
    rows = activity.loc[activity["period_start"] == pd.Timestamp(period.start)]
    cut_at_its_beginning = rows.index.isin(activity.index[:1])
    return bool((~rows["complete"].astype(bool) & ~cut_at_its_beginning).any())


def value_in(activity: pd.DataFrame, column: str, period: Period) -> float:
    """Return a figure of one period; not a number unless the data cover the period whole.

    Parameters
    ----------
    activity : DataFrame
        Output of `retention.activity_by_period`.
    column : str
        The figure.
    period : Period
        Of the kind of `activity`.
    """
    found = activity.loc[
        (activity["period_start"] == pd.Timestamp(period.start)) & activity["complete"], column
    ]
    return float(found.iloc[0]) if len(found) else np.nan


def trend(activity: pd.DataFrame, column: str, period: Period) -> tuple[float, ...]:
    """Return a figure of the last periods up to this one, oldest first, for a sparkline.

    Periods before it that the data do not cover whole are left out, and those before the figure
    has a first value; parameters as of `value_in`.
    """
    this = activity["period_start"] == pd.Timestamp(period.start)
    before = (activity["period_start"] < pd.Timestamp(period.start)) & activity["complete"]
    values = activity.loc[this | before, column].astype(float).tail(TREND_PERIODS)
    return tuple(values.loc[values.first_valid_index() :])


def against_year_before(
    value: float,
    then: float,
    period: Period,
    compare: Callable[[float, float, str], str] = change,
) -> str:
    """Return the comparison with the same period a year before, or that there are no data.

    Of a year nothing is returned: it is the period before.

    Parameters
    ----------
    value, then : float
        The figure now and a year before; `then` is not a number without data.
    period : Period
        The one of `value`.
    compare : function
        `wording.change`, or `wording.points` for a share.
    """
    if period.year_before == period.previous:
        return ""
    if np.isnan(then):
        return say("no data for {period}", period=period.year_before.title)
    return compare(value, then, period.year_before.title)
