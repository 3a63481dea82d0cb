"""How many customers are lost in a period, and does that depend on the rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.churn.around_start import around_start
from analysis.churn.spells import ContractEnd, Rule, count_spells, refuse_none
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analysis.periods import Period

_DAY = pd.Timedelta(days=1)


def churn_rates(
    transactions: Source | pd.DataFrame,
    period: Period,
    rule: Rule | int,
    *,
    periods: int = 12,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Of the customers active when a period began, which share was lost in it?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    period : Period
        The last period; nothing after its end is read.
    rule : InactivityWindow, ContractEnd or int
        When a customer is lost.
    periods : int
        How many periods, with `period` as the last one; those before the data have no row.
    confidence : float
        Level of the intervals (Wilson).

    Returns
    -------
    DataFrame, one row a period, by time
        period, title, start, end
        active : customers active when the period began
        lost : those of them lost in it; returned_since : those of the lost who came back
            by the end of the last period
        rate, low, high : lost / active, with its interval
        new, came_back : who became a customer in the period, for the first time and again
        lost_at_once : those of the new and the returned who were lost in the same period
        active_at_end : active - lost + new + came_back - lost_at_once
        complete : whether the data reach back far enough to see everyone who could be lost

    Raises
    ------
    DataError
        If the data end before `period` begins.
    """
    source = as_source(transactions)
    if not isinstance(rule, ContractEnd):
        _refuse_later(source, period)
    shown, end = _back_from(period, periods, source.first_date), pd.Timestamp(period.end)
    counts = count_spells(source, end, rule, pd.Timestamp(shown[0].start))
    return _rates(counts, shown, _complete_from(source, rule), confidence)


def _rates(
    counts: pd.DataFrame, shown: Sequence[Period], complete_from: pd.Timestamp, confidence: float
) -> pd.DataFrame:
    end = pd.Timestamp(shown[-1].end)
    table = pd.DataFrame([_count(counts, end, each, complete_from) for each in shown])
    low, high = wilson_interval(table["lost"], table["active"], confidence)
    rate = table["lost"] / table["active"].where(table["active"] > 0)
    return table.assign(rate=rate, low=low, high=high)


def rate_change(now: pd.Series, before: pd.Series, confidence: float = 0.95) -> tuple[float, float]:
    """By how much did the rate change? The interval of the difference between two rows.

    Newcombe's interval for independent shares. It holds although both rows count largely the
    same customers: who is lost in one period is not in the next one's count, and losses in
    successive periods are uncorrelated, as the jumps of a counting process are.
    """
    low, high = confint_proportions_2indep(
        now["lost"],
        now["active"],
        before["lost"],
        before["active"],
        compare="diff",
        method="newcomb",
        alpha=1 - confidence,
    )
    return float(low), float(high)


def window_sensitivity(
    transactions: Source | pd.DataFrame,
    period: Period,
    rule: Rule | int,
    *,
    factors: Sequence[float] = (0.5, 1.0, 1.5, 2.0),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How much does the rate of loss depend on the window?

    Returns
    -------
    DataFrame, one row a factor
        factor, window_days; active, lost, rate, low, high, complete : of `period`, as in
        `churn_rates`; no row where the rule is the end of a contract

    Raises
    ------
    DataError
        If the data end before `period` begins.
    """
    source = as_source(transactions)
    if isinstance(rule, ContractEnd):
        return pd.DataFrame(columns=["factor", "window_days"])
    _refuse_later(source, period)
    window = rule if isinstance(rule, int) else rule.days
    windows = {factor: max(round(window * factor), 1) for factor in factors}
    around = around_start(source, period, max(windows.values()))
    if around.counts.empty:
        refuse_none(source, pd.Timestamp(period.end), rule)
    rows = [
        around.rates(days, confidence=confidence).assign(factor=factor, window_days=days)
        for factor, days in windows.items()
    ]
    return pd.concat(rows, ignore_index=True)


def _refuse_later(source: Source, period: Period) -> None:
    if period.start > source.last_date:
        raise DataError(
            f"The data end on {source.last_date}, before {period.title} begins."
            " Choose an earlier period."
        )


def _back_from(period: Period, periods: int, first_date: dt.date) -> list[Period]:
    chosen = [period]
    while len(chosen) < periods and chosen[-1].previous.end >= first_date:
        chosen.append(chosen[-1].previous)
    return chosen[::-1]


def _count(
    counts: pd.DataFrame, as_of: pd.Timestamp, period: Period, complete_from: pd.Timestamp
) -> dict[str, object]:
    start, end = pd.Timestamp(period.start), pd.Timestamp(period.end)
    first, last = (start - as_of).days, (end - as_of).days
    begun, ended = counts["start_day"], counts["end_day"]
    active = (begun < first) & ~(ended < first)
    lost = active & (ended <= last)
    started = (begun >= first) & (begun <= last)
    again = started & (counts["is_again"] == 1)
    flags = {
        "active": active,
        "lost": lost,
        "returned_since": lost & (counts["is_back"] == 1),
        "new": started & ~again,
        "came_back": again,
        "lost_at_once": started & (ended <= last),
        "active_at_end": (begun <= last) & ~(ended <= last),
    }
    return {
        "period": period.key,
        "title": period.title,
        "start": start,
        "end": end,
        **{name: int(counts.loc[flag, "spells"].sum()) for name, flag in flags.items()},
        "complete": start >= complete_from,
    }


def _complete_from(source: Source, rule: Rule | int) -> pd.Timestamp:
    first = pd.Timestamp(source.first_date)
    if isinstance(rule, ContractEnd):
        return first if rule.recorded_from is None else max(first, pd.Timestamp(rule.recorded_from))
    return first + pd.Timedelta(days=rule if isinstance(rule, int) else rule.days)
