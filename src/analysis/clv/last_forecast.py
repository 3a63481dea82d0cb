"""What was forecast for a period at its eve, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.choosing import choose_model, last_period, watch
from analysis.clv.holdout import MODEL, forecast_holdout
from analysis.summary import summarise_customers

if TYPE_CHECKING:
    import datetime as dt

    from analysis.periods import Period
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["PeriodForecast", "score_last_forecast"]


@dataclass(frozen=True, slots=True)
class PeriodForecast:
    """The forecast of a period's order days, made at its eve, and what came.

    Attributes
    ----------
    period : Period
        What was forecast.
    made_on : date
        Last day that anything was known of.
    model, fitted_on : str
        Model and treatment of old customers, chosen by what was known then.
    customers : int
        Known by then: the forecast is of these.
    predicted, low, high : float
        Order days in the period, with the 90% interval.
    actual : int
        What came from these customers.
    of_newcomers : int
        What came besides, from customers who first ordered in the period.
    naive : float
        What the stretch as long before would have said; missing where the data begin later.
    """

    period: Period
    made_on: dt.date
    model: str
    fitted_on: str
    customers: int
    predicted: float
    low: float
    high: float
    actual: int
    of_newcomers: int
    naive: float

    @property
    def error(self) -> float:
        """By how much the forecast was too high, as a share of what came."""
        return self.predicted / self.actual - 1 if self.actual else float("nan")

    @property
    def covered(self) -> bool:
        """Whether what came lies within the interval."""
        return self.low <= self.actual <= self.high


def score_last_forecast(
    source: Source, period: Period, settings: Settings, *, burn_in_days: int
) -> PeriodForecast:
    """Was the forecast for this period right that the period before would have made?

    The model is chosen and fitted anew by what was known at the eve of the period.

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        The period that was forecast.
    settings : Settings
        As for `check_holdout`.
    burn_in_days : int
        As for `check_holdout`.

    Returns
    -------
    PeriodForecast

    Raises
    ------
    TooFewError
        When there was too little by then to choose a model.
    """
    eve = (pd.Timestamp(period.start) - pd.Timedelta(days=1)).date()
    chosen = choose_model(source, eve, settings, burn_in_days=burn_in_days)
    customers = summarise_customers(source, period.end, calibration_end=eve, gaps=chosen.reads_gaps)
    histories, model = chosen.fit(source, customers)
    watched = watch(source, burn_in_days)
    before = last_period(customers, watched, pd.Timestamp(eve), period.days)
    forecast = forecast_holdout(histories, model, before)
    low, high = forecast.interval()
    whole = (eve - source.first_date).days + 1 >= period.days
    return PeriodForecast(
        period=period,
        made_on=eve,
        model=model.label,
        fitted_on=chosen.births.recommended,
        customers=len(customers),
        predicted=float(forecast.table[MODEL].sum()),
        low=low,
        high=high,
        actual=int(customers["holdout_frequency"].sum()),
        of_newcomers=_of_newcomers(source, period),
        naive=float(before.sum()) if whole else float("nan"),
    )


def _of_newcomers(source: Source, period: Period) -> int:
    """Count the order days of those whose first order lies in the period."""
    everybody = summarise_customers(source, period.end)
    new = everybody[everybody["first_order"] >= pd.Timestamp(period.start)]
    return int((new["frequency"] + 1).sum())
