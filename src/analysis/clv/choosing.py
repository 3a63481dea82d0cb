"""The choice of a model and of a treatment of old customers, by what the last weeks brought."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.bg_nbd import fit_bg_nbd
from analysis.clv.births import BirthComparison, compare_births
from analysis.clv.comparison import Comparison, compare_parts, usual_models
from analysis.clv.followed import follow
from analysis.clv.tracking import count_weeks
from analysis.clv.treatments import Watched
from analysis.compressed import compressed_rows
from analysis.engines import read_query
from analysis.errors import AnalysisWarning, TooFewError
from analysis.language import say
from analysis.summary import summarise_part
from analysis.wording import count, date, plural

if TYPE_CHECKING:
    import datetime as dt

    from analysis.clv.buying import BuyingModel
    from analysis.clv.followed import Followed
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["Chosen", "choose_model", "watch"]

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
    followed : Followed
        The customers that it was chosen on.
    rows, order_days : DataFrame
        Their histories as the models read them, with `weight`, and order days of all by day.
    """

    births: BirthComparison
    comparison: Comparison
    calibration_end: pd.Timestamp
    weeks_held_out: int
    burn_in_days: int
    minimum_customers: int
    followed: Followed
    rows: pd.DataFrame
    order_days: pd.DataFrame

    @property
    def reads_gaps(self) -> bool:
        """Whether the model needs to know how even the gaps between order days are."""
        return "CNBD" in self.comparison.model

    def fit(self, source: Source, as_of: dt.date) -> tuple[pd.DataFrame, BuyingModel]:
        """Return the distinct histories of customers of any date, and the chosen model's fit."""
        watched, treatment = watch(source, self.burn_in_days), self.births.treatment
        of_all, to_fit = (treatment.counting(watched, as_of, for_fit=one) for one in (False, True))
        rows = compressed_rows(source, as_of, gaps=self.reads_gaps, **to_fit)
        everybody = rows if to_fit == of_all else compressed_rows(source, as_of, **of_all)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnalysisWarning)  # reports say it from the fit
            model = treatment.fit(
                rows,
                watched=watched,
                fit=usual_models(rows)[self.comparison.model],
                minimum_customers=self.minimum_customers,
            )
        return everybody, model


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
    least, watched = settings.reports.minimum_customers, watch(source, burn_in_days)
    followed = follow(source, as_of, watched, end=end, weeks=held_out)
    _refuse_too_few(followed, least)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # boundaries stand in the table of fits
        births = compare_births(
            followed, watched, fit_bg_nbd, minimum_customers=least, weeks=(2 * held_out, held_out)
        )
    treatment = births.treatment
    gaps = treatment.weeks is None  # how even they are is known of whole histories alone
    rows, to_fit = followed.rows(treatment), followed.rows(treatment, gaps=gaps, for_fit=True)
    order_days = source.engine.run(
        read_query("order_days"), as_of=as_of, calibration_end=end.date()
    ).to_pandas(date_as_object=False)
    comparison = compare_parts(
        followed.histories(treatment),
        rows,
        to_fit,
        weekly=count_weeks(order_days, end, held_out),
        models={
            name: partial(treatment.fit, watched=watched, fit=fit, minimum_customers=least)
            for name, fit in usual_models(to_fit).items()
        },
        scratch=source.scratch,
    )
    return Chosen(
        births, comparison, end, held_out, burn_in_days, least, followed, rows, order_days
    )


def watch(source: Source, burn_in_days: int) -> Watched:
    """Tell since when the customers of a source are watched; its summaries are made once."""

    @cache
    def summarised(day: dt.date) -> pd.DataFrame:
        return summarise_part(source, day)

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


def _refuse_too_few(followed: Followed, least: int) -> None:
    repeats = (frame.loc[frame["frequency"] > 0, "weight"] for frame in followed.table.frames())
    buyers = sum(int(weight.sum()) for weight in repeats)
    if buyers < least:
        raise TooFewError(
            say(
                "The value of customers needs at least {least} who ordered on two days; there are "
                "{buyers}. Use a later period, or lower minimum_customers under [reports].",
                least=count(least),
                buyers=count(buyers),
            )
        )
