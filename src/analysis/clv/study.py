"""The study of customer value at one date: fits, value, tiers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.constant_spend import fit_spend
from analysis.clv.tiers import assign_tiers
from analysis.clv.valuation import value
from analysis.errors import AnalysisWarning, TooFewError
from analysis.summary import summarise_customers

if TYPE_CHECKING:
    import datetime as dt

    from analysis.clv.buying import BuyingModel
    from analysis.clv.check import HoldoutCheck
    from analysis.clv.choosing import Chosen
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.valuation import Valuation
    from analysis.settings import Settings
    from analysis.tables import Source

__all__ = ["ValueStudy", "study_chosen", "study_value"]

_DAYS = 7


@dataclass(frozen=True, slots=True)
class ValueStudy:
    """What the customers of one date are worth.

    Attributes
    ----------
    as_of : date
        Last day that counts.
    customers : DataFrame
        The summary, a row a customer.
    histories : DataFrame
        The same customers as the fit reads them.
    purchases, spend : BuyingModel, SpendModel
        The fits.
    valuation : Valuation
        What they say of the coming weeks.
    fitted_on : str
        Name of the treatment of old customers.
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
    histories: pd.DataFrame
    purchases: BuyingModel
    spend: SpendModel
    valuation: Valuation
    fitted_on: str
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
    return study_chosen(source, as_of, settings, check.chosen, weeks=weeks)


def study_chosen(
    source: Source, as_of: dt.date, settings: Settings, chosen: Chosen, *, weeks: int
) -> ValueStudy:
    """Value the customers of `as_of` by the model that was chosen, as in `study_value`."""
    customers = summarise_customers(source, as_of, gaps=chosen.reads_gaps)
    histories, purchases = chosen.fit(source, customers)
    for table in (customers, histories):
        table["monetary_value"] = table["monetary_value"].clip(lower=0.0)
    spend, valuation = _value(histories, purchases, settings, float(weeks))
    tiers = assign_tiers(
        valuation,
        gold_share=settings.tiers.gold_share,
        silver_share=settings.tiers.silver_share,
    )
    return ValueStudy(
        as_of=as_of,
        customers=customers,
        histories=histories,
        purchases=purchases,
        spend=spend,
        valuation=valuation,
        fitted_on=chosen.births.recommended,
        tiers=tiers,
        past=_past(source, customers, as_of, weeks),
        margin=settings.value.margin,
        annual_discount_rate=settings.value.annual_discount_rate,
        currency=settings.currency,
    )


def _value(
    histories: pd.DataFrame, purchases: BuyingModel, settings: Settings, horizon: float
) -> tuple[SpendModel, Valuation]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # the report says it from the fit
        spend = fit_spend(histories[histories["monetary_value"] > 0])
        return spend, value(
            histories,
            purchases,
            spend,
            horizon=horizon,
            annual_discount_rate=settings.value.annual_discount_rate,
            margin=settings.value.margin,
            cost_to_serve=settings.value.cost_to_serve,
            cost_to_acquire=settings.value.cost_to_acquire,
        )


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
