"""The choice of a model and of a treatment of old customers, by what the last weeks brought."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.bg_nbd import fit_bg_nbd
from analysis.clv.births import BirthComparison, compare_births
from analysis.clv.comparison import Comparison, compare, usual_models
from analysis.clv.tracking import count_weeks
from analysis.clv.treatments import Watched
from analysis.engines import read_query
from analysis.errors import AnalysisWarning, TooFewError
from analysis.language import say
from analysis.summary import summarise_customers
from analysis.wording import count, date, plural

if TYPE_CHECKING:
    import datetime as dt

    from analysis.clv.buying import BuyingModel
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["Chosen", "choose_model", "last_period", "watch"]

_LEAST_WEEKS = 12  # of history, for anything; a third of it is held out at most
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Chosen:
    """Model and treatment of old customers, and what they were chosen on.

    Attributes
    ----------
    births : BirthComparison
        One model with each treatment of customers of unknown birth.
    comparison : Comparison
        All models with the recommended treatment.
    calibration_end : Timestamp
        Last day that the models were fitted on.
    weeks_held_out : int
        Weeks after it.
    burn_in_days, minimum_customers : int
        As they were given.
    histories, before, order_days
        The summary as the models read it, the order days of each customer in as many weeks
        before, and those of all by day.
    """

    births: BirthComparison
    comparison: Comparison
    calibration_end: pd.Timestamp
    weeks_held_out: int
    burn_in_days: int
    minimum_customers: int
    histories: pd.DataFrame
    before: pd.Series
    order_days: pd.DataFrame

    @property
    def reads_gaps(self) -> bool:
        """Whether the model needs to know how even the gaps between order days are."""
        return "CNBD" in self.comparison.model

    def fit(self, source: Source, customers: pd.DataFrame) -> tuple[pd.DataFrame, BuyingModel]:
        """Return the histories of customers of any date, and the chosen model fitted to them."""
        watched, treatment = watch(source, self.burn_in_days), self.births.treatment
        histories = treatment.histories(customers, watched)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnalysisWarning)  # reports say it from the fit
            model = treatment.fit(
                histories,
                watched=watched,
                fit=usual_models(histories)[self.comparison.model],
                minimum_customers=self.minimum_customers,
            )
        return histories, model


def choose_model(
    source: Source, as_of: dt.date, settings: Settings, *, burn_in_days: int
) -> Chosen:
    """Which model and treatment would have forecast the weeks before `as_of` best?

    Parameters, errors
    ------------------
    As for `check_holdout`.

    Returns
    -------
    Chosen
    """
    held_out = min(settings.value.holdout_weeks, _weeks_of_history(source, as_of) // 3)
    end = pd.Timestamp(as_of) - pd.Timedelta(days=held_out * _DAYS)
    customers = summarise_customers(source, as_of, calibration_end=end.date())
    least, watched = settings.reports.minimum_customers, watch(source, burn_in_days)
    _refuse_too_few(customers, least)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # boundaries stand in the table of fits
        births = compare_births(
            customers, watched, fit_bg_nbd, minimum_customers=least, weeks=(2 * held_out, held_out)
        )
    if births.treatment.weeks is None:  # how even the gaps are is known of whole histories alone
        customers = summarise_customers(source, as_of, calibration_end=end.date(), gaps=True)
    histories = births.treatment.histories(customers, watched)
    before = last_period(customers, watched, end, held_out * _DAYS)
    order_days = source.engine.run(
        read_query("order_days"), as_of=as_of, calibration_end=end.date()
    ).to_pandas(date_as_object=False)
    comparison = compare(
        histories,
        last_period=before,
        weekly=count_weeks(order_days, end, held_out),
        models={
            name: partial(births.treatment.fit, watched=watched, fit=fit, minimum_customers=least)
            for name, fit in usual_models(histories).items()
        },
    )
    return Chosen(
        births, comparison, end, held_out, burn_in_days, least, histories, before, order_days
    )


def watch(source: Source, burn_in_days: int) -> Watched:
    """Tell since when the customers of a source are watched; its summaries are made once."""

    @cache
    def summarised(day: dt.date) -> pd.DataFrame:
        return summarise_customers(source, day)

    return Watched(source.first_date, burn_in_days, summarised)


def _weeks_of_history(source: Source, as_of: dt.date) -> int:
    days = (pd.Timestamp(as_of) - pd.Timestamp(source.first_date)).days + 1
    if days < _LEAST_WEEKS * _DAYS:
        raise TooFewError(
            say(
                "The value of customers needs at least {least} of history; until {date} there are "
                "{there}. Use a later period.",
                least=plural(_LEAST_WEEKS, "week"),
                date=date(as_of),
                there=max(days, 0) // _DAYS,
            )
        )
    return days // _DAYS


def _refuse_too_few(customers: pd.DataFrame, least: int) -> None:
    buyers = int((customers["frequency"] > 0).sum())
    if buyers < least:
        raise TooFewError(
            say(
                "The value of customers needs at least {least} who ordered on two days; there are "
                "{buyers}. Use a later period, or lower minimum_customers under [reports].",
                least=count(least),
                buyers=count(buyers),
            )
        )


def last_period(
    customers: pd.DataFrame, watched: Watched, end: pd.Timestamp, days: int
) -> pd.Series:
    """Return each customer's order days in as many days before the end of the calibration."""
    before = end - pd.Timedelta(days=days)
    earlier = pd.Series(dtype=np.float64)
    if watched.summarised is not None and before >= pd.Timestamp(watched.begin):
        summary = watched.summarised(before.date())
        earlier = summary.set_index("customer_id")["frequency"] + 1.0
    already = earlier.reindex(customers["customer_id"]).fillna(0.0).to_numpy()
    return pd.Series(customers["frequency"].to_numpy() + 1.0 - already, index=customers.index)
