"""The whole study of customer value at one date: check on a holdout, fits, value, tiers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.bg_nbd import fit_bg_nbd
from analysis.clv.births import KNOWN_BIRTHS, BirthComparison, compare_births
from analysis.clv.gamma_gamma import fit_gamma_gamma
from analysis.clv.holdout import forecast_holdout, score_by_decile, score_forecasts
from analysis.clv.tiers import assign_tiers
from analysis.clv.tracking import track_weeks
from analysis.clv.valuation import value
from analysis.engines import read_query
from analysis.errors import AnalysisWarning, TooFewError
from analysis.summary import acquired_inside, summarise_customers

if TYPE_CHECKING:
    import datetime as dt

    from analysis.clv.buying import BuyingModel
    from analysis.clv.gamma_gamma import GammaGamma
    from analysis.clv.valuation import Valuation
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["HoldoutCheck", "ValueStudy", "check_holdout", "study_value"]

_LEAST_WEEKS = 12  # of history, for anything; a third of it is held out at most
_DAYS = 7


@dataclass(frozen=True, slots=True)
class HoldoutCheck:
    """How well the model would have forecast the last weeks.

    Attributes
    ----------
    calibration_end : Timestamp
        Last day that the models were fitted on.
    weeks_held_out : int
        Weeks after it.
    burn_in_days : int
        Who ordered this soon after the beginning of the data may be an old customer.
    births : BirthComparison
        Fits with and without customers of unknown birth.
    scores, deciles, weeks : DataFrame
        Of `score_forecasts`, `score_by_decile` and `track_weeks`, for the recommended fit.
    """

    calibration_end: pd.Timestamp
    weeks_held_out: int
    burn_in_days: int
    births: BirthComparison
    scores: pd.DataFrame
    deciles: pd.DataFrame
    weeks: pd.DataFrame


@dataclass(frozen=True, slots=True)
class ValueStudy:
    """What the customers of one date are worth.

    Attributes
    ----------
    as_of : date
        Last day that counts.
    customers : DataFrame
        The summary, a row a customer.
    purchases, spend : BuyingModel, GammaGamma
        The fits.
    valuation : Valuation
        What they say of the coming weeks.
    tiers : Series
        The tier of each customer.
    past : Series
        `order_days` and `sales` of the same length of time before; missing when the data
        begin later.
    margin, annual_discount_rate : float
        As in the settings.
    currency : str
        Of all money.
    """

    as_of: dt.date
    customers: pd.DataFrame
    purchases: BuyingModel
    spend: GammaGamma
    valuation: Valuation
    tiers: pd.Series
    past: pd.Series
    margin: float
    annual_discount_rate: float
    currency: str

    @property
    def value_list(self) -> pd.DataFrame:
        """One row a customer, most valuable first: history, outlook, value, tier."""
        history = ["customer_id", "first_order", "last_order", "orders", "total"]
        outlook = self.valuation.table.drop(columns="customer_id")
        outlook = outlook.join(self.valuation.intervals())
        both = self.customers[history].join(outlook).assign(tier=self.tiers)
        return both.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def check_holdout(
    source: Source, as_of: dt.date, settings: Settings, *, burn_in_days: int
) -> HoldoutCheck:
    """How well would the model have forecast the weeks before `as_of`?

    Parameters
    ----------
    source : Source
        The opened tables.
    as_of : date
        Last day of the holdout.
    settings : Settings
        For the length of the holdout and the least number of customers. At most a third of
        the history is held out.
    burn_in_days : int
        Who orders this soon after the beginning of the data may be an old customer.

    Returns
    -------
    HoldoutCheck

    Raises
    ------
    TooFewError
        When the history is too short, or repeat buyers too few.
    """
    history = _weeks_of_history(source, as_of)
    held_out = min(settings.value.holdout_weeks, history // 3)
    end = pd.Timestamp(as_of) - pd.Timedelta(days=held_out * _DAYS)
    customers = summarise_customers(source, as_of, calibration_end=end.date())
    least = settings.reports.minimum_customers
    _refuse_too_few(customers, least)
    known = acquired_inside(customers, source.first_date, burn_in_days)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # boundaries stand in the table of fits
        births = compare_births(customers, known, fit_bg_nbd, minimum_customers=least)
    model = births.models[births.recommended]
    forecast = forecast_holdout(customers, model, _last_period(source, customers, end, held_out))
    order_days = source.engine.run(
        read_query("order_days"), as_of=as_of, calibration_end=end.date()
    ).to_pandas(date_as_object=False)
    return HoldoutCheck(
        calibration_end=end,
        weeks_held_out=held_out,
        burn_in_days=burn_in_days,
        births=births,
        scores=score_forecasts(forecast),
        deciles=score_by_decile(forecast),
        weeks=track_weeks(order_days, customers, model, end, held_out),
    )


def study_value(
    source: Source,
    as_of: dt.date,
    settings: Settings,
    check: HoldoutCheck | TooFewError,
    *,
    horizon_weeks: int = 0,
) -> ValueStudy:
    """What are the customers of `as_of` worth over the coming weeks?

    Parameters
    ----------
    source : Source
        The opened tables.
    as_of : date
        Last day that counts.
    settings : Settings
        For margin, discount rate, tiers and the least number of customers.
    check : HoldoutCheck or TooFewError
        Tells on which customers to fit; without a check there is no valuation.
    horizon_weeks : int
        How far to look ahead; 0 is as far as the settings say.

    Returns
    -------
    ValueStudy

    Raises
    ------
    TooFewError
        When there was too little to check the model.
    """
    if isinstance(check, TooFewError):
        raise check
    weeks = horizon_weeks or settings.value.horizon_weeks
    customers = summarise_customers(source, as_of)
    customers["monetary_value"] = customers["monetary_value"].clip(lower=0.0)
    chosen = customers["T"] > 0
    if check.births.recommended == KNOWN_BIRTHS:
        chosen &= acquired_inside(customers, source.first_date, check.burn_in_days)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # the report says it from the fit
        purchases = fit_bg_nbd(customers[chosen])
        spend = fit_gamma_gamma(customers[customers["monetary_value"] > 0])
        valuation = value(
            customers,
            purchases,
            spend,
            horizon=float(weeks),
            annual_discount_rate=settings.value.annual_discount_rate,
            margin=settings.value.margin,
        )
    tiers = assign_tiers(
        valuation,
        gold_share=settings.tiers.gold_share,
        silver_share=settings.tiers.silver_share,
    )
    return ValueStudy(
        as_of=as_of,
        customers=customers,
        purchases=purchases,
        spend=spend,
        valuation=valuation,
        tiers=tiers,
        past=_past(source, customers, as_of, weeks),
        margin=settings.value.margin,
        annual_discount_rate=settings.value.annual_discount_rate,
        currency=settings.currency,
    )


def _weeks_of_history(source: Source, as_of: dt.date) -> int:
    days = (pd.Timestamp(as_of) - pd.Timestamp(source.first_date)).days + 1
    if days < _LEAST_WEEKS * _DAYS:
        raise TooFewError(
            f"The value of customers needs at least {_LEAST_WEEKS} weeks of history; until "
            f"{as_of} there are {max(days, 0) // _DAYS}. Use a later period."
        )
    return days // _DAYS


def _refuse_too_few(customers: pd.DataFrame, least: int) -> None:
    buyers = int((customers["frequency"] > 0).sum())
    if buyers < least:
        raise TooFewError(
            f"The value of customers needs at least {least} who ordered on two days; there are "
            f"{buyers}. Use a later period, or lower minimum_customers under [reports]."
        )


def _last_period(
    source: Source, customers: pd.DataFrame, end: pd.Timestamp, weeks: int
) -> pd.Series:
    """Return each customer's order days in as many weeks before the end of the calibration."""
    before = end - pd.Timedelta(days=weeks * _DAYS)
    if before < pd.Timestamp(source.first_date):
        earlier = pd.Series(dtype=np.float64)
    else:
        summary = summarise_customers(source, before.date())
        earlier = summary.set_index("customer_id")["frequency"] + 1.0
    ids = customers["customer_id"]
    already = earlier.reindex(ids).fillna(0.0).to_numpy()
    return pd.Series(customers["frequency"].to_numpy() + 1.0 - already, index=customers.index)


def _past(source: Source, customers: pd.DataFrame, as_of: dt.date, weeks: int) -> pd.Series:
    """Return order days and sales of as many weeks until `as_of`; missing when data begin later."""
    before = pd.Timestamp(as_of) - pd.Timedelta(days=weeks * _DAYS)
    days = float((customers["frequency"] + 1).sum())
    sales = float(customers["total"].sum())
    if before >= pd.Timestamp(source.first_date):
        earlier = summarise_customers(source, before.date())
        days -= float((earlier["frequency"] + 1).sum())
        sales -= float(earlier["total"].sum())
    elif before < pd.Timestamp(source.first_date) - pd.Timedelta(days=1):
        days = sales = float("nan")
    return pd.Series({"order_days": days, "sales": sales})
