"""What is expected of the next period, kept to be held against what comes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import forecasts
from analysis.clv.valuation import value
from analysis.errors import AnalysisWarning, TooFewError
from analysis.forecasts import Forecast
from analysis.language import say
from analysis.summary import summarise_customers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analysis.clv.study import ValueStudy
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # then there is no interval
        ahead = value(
            study.histories,
            study.purchases,
            study.spend,
            horizon=period.days / _WEEK,
            annual_discount_rate=0.0,
            margin=1.0,
        )
    known = _so_far(study.customers)
    naive = _stretch_before(source, known, study.as_of, period.days)
    labels = {
        ORDER_DAYS: say("Order days of customers known before"),
        SALES: say("Sales to customers known before"),
    }
    units = {ORDER_DAYS: "order days", SALES: study.currency}
    made = []
    for number, name in _TOTALS.items():
        total = ahead.estimate(name)
        if np.isfinite(total.high):
            made.append(
                Forecast(
                    id=number,
                    made_for=period.key,
                    label=labels[number],
                    value=float(total.estimate),
                    low=float(total.low),
                    high=float(total.high),
                    level=ahead.confidence,
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


def _came(source: Source, forecast: Forecast) -> tuple[dict[str, float], dict[str, float]]:
    """Count what came in the period from customers known before it, and what they did before."""
    customers = summarise_customers(source, forecast.period.end, calibration_end=forecast.made_on)
    actual = {
        ORDER_DAYS: float(customers["holdout_frequency"].sum()),
        SALES: float(customers["holdout_total"].sum()),
    }
    return actual, _so_far(customers)


def _so_far(customers: pd.DataFrame) -> dict[str, float]:
    return {
        ORDER_DAYS: float((customers["frequency"] + 1).sum()),
        SALES: round(float(customers["total"].sum()), 4),
    }


def _stretch_before(
    source: Source, known: dict[str, float], as_of: dt.date, days: int
) -> dict[str, float]:
    """Return what came in as many days until `as_of`; nothing where the data begin later."""
    before = (pd.Timestamp(as_of) - pd.Timedelta(days=days)).date()
    if before < source.first_date - pd.Timedelta(days=1):
        return {}
    if before < source.first_date:
        return known
    earlier = _so_far(summarise_customers(source, before))
    return {number: known[number] - earlier[number] for number in known}
