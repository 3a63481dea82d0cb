"""What is expected of the next period, kept to be held against what comes."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import forecasts
from analysis.clv.appraisal import worth_of
from analysis.clv.so_far import count_so_far
from analysis.clv.valuation import value
from analysis.errors import AnalysisWarning, TooFewError
from analysis.forecasts import Forecast
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.clv.so_far import SoFar
    from analysis.clv.study import ValueStudy
    from analysis.clv.worth import Terms, Worth
    from analysis.periods import Period
    from analysis.tables import Source

__all__ = ["ORDER_DAYS", "SALES", "forecast_next", "forecasts_to_keep", "score_kept"]

ORDER_DAYS, SALES = "clv.order_days", "clv.sales"
_TOTALS = {ORDER_DAYS: "expected_purchases", SALES: "expected_sales"}
_WEEK = 7.0


def forecast_next(source: Source, study: ValueStudy, period: Period) -> list[Forecast]:
    """What will the customers known today order and spend in the period that begins tomorrow?

    Parameters
    ----------
    source : Source
        The opened tables.
    study : ValueStudy
        Of the eve of `period`.
    period : Period
        What is forecast.

    Returns
    -------
    list of Forecast
        Order days and sales of the customers of the study, with 90% intervals. The naive rule
        is the stretch as long before. One whose interval has no bound is left out.
    """
    known = _so_far(study.so_far)
    naive = _stretch_before(source, known, study.as_of, period.days)
    worth, terms = _ahead(study, period)
    labels = {
        ORDER_DAYS: say("Order days of customers known before"),
        SALES: say("Sales to customers known before"),
    }
    units = {ORDER_DAYS: "order days", SALES: study.currency}
    made = []
    for number, name in _TOTALS.items():
        total = worth.estimate(name, terms)
        if np.isfinite(total.high):
            made.append(
                Forecast(
                    id=number,
                    made_for=period.key,
                    label=labels[number],
                    value=float(total.estimate),
                    low=float(total.low),
                    high=float(total.high),
                    level=terms.confidence,
                    unit=units[number],
                    higher_is="good",
                    made_on=study.as_of.isoformat(),
                    method=study.purchases.label,
                    naive=naive.get(number),
                    known=known[number],
                )
            )
    return made


def score_kept(source: Source, kept: Sequence[Forecast], until: dt.date) -> list[Forecast]:
    """Hold the forecasts that were kept against what came in the periods over by `until`.

    Returns
    -------
    list of Forecast
        Those of this room: scored where their period is over, as they were where it is not, or
        where they had been scored before.
    """
    own = [forecast for forecast in kept if forecast.id in _TOTALS]
    came: dict[tuple[str, str], tuple[dict[str, float], dict[str, float]]] = {}
    scored = []
    for forecast in own:
        key = forecast.made_on, forecast.made_for
        if forecast.is_open and forecast.period.end <= until:
            if key not in came:
                came[key] = _came(source, forecast)
            actual, known = came[key]
            forecast = forecasts.score(forecast, actual[forecast.id], known=known[forecast.id])
        scored.append(forecast)
    return scored


def forecasts_to_keep(
    source: Source, study: ValueStudy | TooFewError, period: Period, kept: Sequence[Forecast]
) -> list[Forecast]:
    """Return what a report hands on: the record of the past, and what it expects next.

    A forecast of a period that the data do not reach the end of stays open, so that a later
    report scores it.

    Parameters
    ----------
    source : Source
    study : ValueStudy or TooFewError
        Of the end of `period`; without one there is nothing to expect.
    period : Period
        Of the report.
    kept : sequence of Forecast
        What the last report handed on.
    """
    record = score_kept(source, kept, min(period.end, source.last_date))
    if isinstance(study, TooFewError):
        return record
    ahead = forecast_next(source, study, period.next)
    names = {(forecast.id, forecast.made_for) for forecast in ahead}
    return [one for one in record if (one.id, one.made_for) not in names] + ahead


def _ahead(study: ValueStudy, period: Period) -> tuple[Worth, Terms]:
    """Return what all customers of the study are worth in the period, part by part."""
    found, terms = [], None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # then there is no interval
        for part in study.histories.frames():
            ahead = value(
                part,
                study.purchases,
                study.spend,
                horizon=period.days / _WEEK,
                annual_discount_rate=0.0,
                margin=1.0,
            )
            found.append(ahead.worth())
            terms = ahead.terms
    if terms is None:
        raise ValueError("a study is of at least one customer")
    return worth_of(found), terms


def _came(source: Source, forecast: Forecast) -> tuple[dict[str, float], dict[str, float]]:
    """Count what came in the period from customers known before it, and what they did before."""
    made_on = dt.date.fromisoformat(forecast.made_on)
    counted = count_so_far(source, made_on, forecast.period.end)
    actual = {ORDER_DAYS: float(counted.later_days), SALES: counted.later_sales}
    return actual, _so_far(counted)


def _so_far(counted: SoFar) -> dict[str, float]:
    return {ORDER_DAYS: float(counted.order_days), SALES: round(counted.sales, 4)}


def _stretch_before(
    source: Source, known: dict[str, float], as_of: dt.date, days: int
) -> dict[str, float]:
    """Return what came in as many days until `as_of`; nothing where the data begin later."""
    before = (pd.Timestamp(as_of) - pd.Timedelta(days=days)).date()
    if before < source.first_date - pd.Timedelta(days=1):
        return {}
    earlier = _so_far(count_so_far(source, before))
    return {number: known[number] - earlier[number] for number in known}
