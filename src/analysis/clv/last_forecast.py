"""What was forecast for a period at its eve, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis import forecasts
from analysis.clv.choosing import choose_model
from analysis.clv.next_period import ORDER_DAYS, SALES, forecast_next, score_kept
from analysis.clv.so_far import count_so_far
from analysis.clv.study import study_chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.forecasts import Forecast
    from analysis.periods import Period
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["LastForecast", "score_last_forecast"]


@dataclass(frozen=True, slots=True)
class LastForecast:
    """The forecast of a period, made at its eve, and what came.

    Attributes
    ----------
    period : Period
        What was forecast.
    kept : bool
        Whether it was read from the report of the period before; else it was made again today,
        of what is known today of the time until then.
    order_days : Forecast
        Scored: what the customers known by then were expected to order.
    sales : Forecast or None
        Scored; None where there is none.
    of_newcomers : int
        Order days that came besides, from customers who first ordered in the period.
    complete : bool
        Whether the data reach the end of the period.
    record, sales_record : tuple of Forecast
        All scored forecasts that reports kept, of order days and of sales, the earliest period
        first.
    """

    period: Period
    kept: bool
    order_days: Forecast
    sales: Forecast | None
    of_newcomers: int
    complete: bool
    record: tuple[Forecast, ...]
    sales_record: tuple[Forecast, ...] = ()


def score_last_forecast(
    source: Source,
    period: Period,
    settings: Settings,
    kept: Sequence[Forecast] = (),
    *,
    burn_in_days: int,
) -> LastForecast:
    """Was the forecast for this period right that the period before made?

    Where no report kept one, model and fit are made anew of what was known at the eve of the
    period.

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        The period that was forecast.
    settings : Settings
        As for `check_holdout`.
    kept : sequence of Forecast
        What the last report handed on.
    burn_in_days : int
        As for `check_holdout`.

    Returns
    -------
    LastForecast

    Raises
    ------
    TooFewError
        When nothing was kept, and there was too little by then to choose a model.
    """
    past = score_kept(source, kept, period.end)
    archived = [one for one in past if one.made_for == period.key]
    found = {one.id: one for one in archived}
    if ORDER_DAYS not in found:
        found = {one.id: one for one in _made_again(source, period, settings, burn_in_days)}
    return LastForecast(
        period=period,
        kept=bool(archived),
        order_days=found[ORDER_DAYS],
        sales=found.get(SALES),
        of_newcomers=_of_newcomers(source, period),
        complete=source.last_date >= period.end,
        record=tuple(forecasts.scored(past, ORDER_DAYS)),
        sales_record=tuple(forecasts.scored(past, SALES)),
    )


def _made_again(
    source: Source, period: Period, settings: Settings, burn_in_days: int
) -> list[Forecast]:
    eve = (pd.Timestamp(period.start) - pd.Timedelta(days=1)).date()
    chosen = choose_model(source, eve, settings, burn_in_days=burn_in_days)
    study = study_chosen(source, eve, settings, chosen, weeks=settings.value.horizon_weeks)
    return score_kept(source, forecast_next(source, study, period), period.end)


def _of_newcomers(source: Source, period: Period) -> int:
    """Count the order days of those whose first order lies in the period."""
    eve = (pd.Timestamp(period.start) - pd.Timedelta(days=1)).date()
    of_all, known = count_so_far(source, period.end), count_so_far(source, eve, period.end)
    return of_all.order_days - known.order_days - known.later_days
