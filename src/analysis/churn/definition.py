"""When is a customer without a contract lost? The silence that counts, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis import wording
from analysis.churn.silences import Silences, count_silences, return_curve
from analysis.errors import DataError, TooFewError
from analysis.language import say
from analysis.tables import as_source

if TYPE_CHECKING:
    import datetime as dt

    from analysis.tables import Source

Method = Literal["return", "habit", "history", "given"]
MINIMUM_RETURNS = 30


@dataclass(frozen=True, slots=True)
class InactivityWindow:
    """The silence after which a customer counts as lost, and how far to trust it.

    Attributes
    ----------
    days : int
        A customer is lost on the day on which the silence reaches so many days.
    method : {'return', 'habit', 'history', 'given'}
        How it was found. 'return': after it fewer than `return_below` ever return. 'habit':
        that point lies beyond the data; the silence such that, of the customers who came back
        in the last year, no more than `return_below` did so after a longer one. 'history':
        that is too long as well, so a third of the history. 'given': by the user.
    days_low, days_high : float
        Interval of `days`; missing where it is not estimated, `days_high` infinite where the data
        do not bound it.
    return_probability, low, high : float
        Share of the silences that reached `days` and did end in an order by `followed_days`,
        with its interval: the rate of false alarms. Missing where `days` lies beyond.
    return_below : float
        The level that was asked for.
    followed_days : int
        The longest silence that the data can tell about.
    silences, customers : int
        How many silences lasted longer than `days`; how many customers came back.
    table : DataFrame, one row a day of silence
        days, silences (that lasted longer), return_probability, low, high, and
        came_back_later (share of the customers who came back in the last year that did so after
        a longer silence), later_low, later_high
    """

    days: int
    method: Method
    days_low: float
    days_high: float
    return_probability: float
    low: float
    high: float
    return_below: float
    followed_days: int
    silences: int
    customers: int
    table: pd.DataFrame


def inactivity_window(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    *,
    return_below: float = 0.05,
    days: int | None = None,
    confidence: float = 0.95,
    minimum_at_risk: int = 20,
) -> InactivityWindow:
    """After how long a silence is a customer lost?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts. A silence still going on then is censored.
    return_below : float
        The window is the shortest silence after which fewer than this share ever return.
    days : int, optional
        A window of your own; what the data say about it is still worked out.
    confidence : float
        Level of the intervals, between 0 and 1.
    minimum_at_risk : int
        The data are taken to tell about silences as long as this many were observed.

    Returns
    -------
    InactivityWindow

    Raises
    ------
    DataError
        If a value is out of range.
    TooFewError
        If too few silences were observed to estimate anything.

    Notes
    -----
    With S the Kaplan-Meier curve of the silences between order days and tau the longest
    silence that at least `minimum_at_risk` reached, the share that returns after w days is
    P(w) = 1 - S(tau) / S(w). As P falls to 0 at tau for any data at all, a window counts as
    found only up to tau / 2: those called lost were then watched for as long again.

    Silences of one customer are alike, so the errors are by customer: a delete-a-group
    jackknife over 50 groups of customers, carried to the complementary log-log scale. The
    interval of the window is read off the band [1]_.

    'habit' counts customers, not silences: a frequent shopper has so many silences that 95% of
    them stay within a few weeks, and a rule made from that is broken by nearly everybody in
    time. Its interval is that of a binomial share. 'history' leaves one third of the data to
    see who is silent, one to learn who is lost, and one to check it. In a young history both
    grow from month to month; set the window in the settings to keep it from moving.

    References
    ----------
    .. [1] Woodruff (1952), JASA 47(260), 635-646.
    """
    _check(return_below, days, confidence)
    source = as_source(transactions)
    silences = count_silences(source, as_of)
    history = (pd.Timestamp(as_of) - pd.Timestamp(source.first_date)).days
    return window_of(
        silences,
        as_of,
        history,
        return_below=return_below,
        days=days,
        confidence=confidence,
        minimum_at_risk=minimum_at_risk,
    )


def window_of(
    silences: Silences,
    as_of: dt.date | str,
    history_days: int,
    *,
    return_below: float,
    days: int | None = None,
    confidence: float = 0.95,
    minimum_at_risk: int = 20,
) -> InactivityWindow:
    """Return the window of counted silences; the values are those of `inactivity_window`."""
    followed = _followed_days(silences, minimum_at_risk)
    table = return_curve(silences, followed, confidence)
    if days is None:
        _refuse_too_few(silences, followed, as_of)
        method, days, days_low, days_high = _choose(
            table, return_below, followed, history_days // 3
        )
        if method == "habit":
            _refuse_no_habit(silences, as_of)
    else:
        method, days_low, days_high = "given", np.nan, np.nan
    row = table.set_index("days").reindex([days]).iloc[0]
    return InactivityWindow(
        days=days,
        method=method,
        days_low=days_low,
        days_high=days_high,
        return_probability=float(row["return_probability"]),
        low=float(row["low"]),
        high=float(row["high"]),
        return_below=return_below,
        followed_days=followed,
        silences=int(silences.at_risk[days:][:1].sum()),
        customers=int(silences.longest.sum()),
        table=table,
    )


def _check(return_below: float, days: int | None, confidence: float) -> None:
    for name, value in (("return_below", return_below), ("confidence", confidence)):
        if not 0 < value < 1:
            raise DataError(f"`{name}` must be a share between 0 and 1; it is {value}.")
    if days is not None and days < 1:
        raise DataError(
            f"`days` must be a whole number of days from 1 on; it is {days}."
            " Leave it out to have the window estimated."
        )


def _followed_days(silences: Silences, minimum_at_risk: int) -> int:
    long_enough = np.flatnonzero(silences.at_risk >= max(minimum_at_risk, 1))
    return int(long_enough[-1]) + 1 if len(long_enough) else 1


def _refuse_too_few(silences: Silences, followed: int, as_of: dt.date | str) -> None:
    returns = int(silences.ended.sum())
    if returns < MINIMUM_RETURNS or followed < 2:
        raise TooFewError(
            say(
                "An estimated window needs at least {minimum} silences that ended in an order;"
                " until {day} there are {n}. Use a longer history, or set the window: window_days"
                " under [churn] in the settings.",
                minimum=MINIMUM_RETURNS,
                day=wording.date(pd.Timestamp(as_of)),
                n=wording.count(returns),
            )
        )


def _refuse_no_habit(silences: Silences, as_of: dt.date | str) -> None:
    if not silences.longest.any():
        raise TooFewError(
            say(
                "An estimated window needs customers who came back within a year; until {day} there"
                " is none. Set the window: window_days under [churn] in the settings.",
                day=wording.date(pd.Timestamp(as_of)),
            )
        )


def _choose(
    table: pd.DataFrame, return_below: float, followed: int, third: int
) -> tuple[Method, int, float, float]:
    watched = table.loc[table["days"] <= followed // 2]
    if (watched["return_probability"] < return_below).any():
        return (
            "return",
            int(_first(watched, watched["return_probability"] < return_below)),
            _first(watched, watched["low"] < return_below),
            _first(watched, watched["high"] < return_below),
        )
    habit = min(_first(table, table["came_back_later"] <= return_below), followed)
    if habit > third:
        return "history", max(third, 1), np.nan, np.nan
    return (
        "habit",
        int(habit),
        min(_first(table, table["later_low"] <= return_below), followed),
        min(_first(table, table["later_high"] <= return_below), followed),
    )


def _first(table: pd.DataFrame, holds: pd.Series) -> float:
    days = table.loc[holds, "days"]
    return float(days.iloc[0]) if len(days) else np.inf
