"""The study of customer value at one date: fits, value, tiers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.appraisal import appraise
from analysis.clv.choosing import watch
from analysis.clv.constant_spend import fit_spend
from analysis.clv.so_far import count_so_far
from analysis.customer_table import CustomerTable
from analysis.errors import AnalysisWarning, TooFewError
from analysis.summary import summarise_part

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from analysis.clv.appraisal import Appraisal
    from analysis.clv.buying import BuyingModel
    from analysis.clv.check import HoldoutCheck
    from analysis.clv.choosing import Chosen
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.so_far import SoFar
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
    customers : CustomerTable
        The summary, a row a customer.
    histories : CustomerTable
        The same customers as the fit reads them.
    rows : DataFrame
        Their distinct histories, with `weight`.
    purchases, spend : BuyingModel, SpendModel
        The fits.
    valuation : Appraisal
        What they say of the coming weeks.
    fitted_on : str
        Name of the treatment of old customers.
    so_far : SoFar
        Order days and sales of all of them until then.
    past : Series
        `order_days` and `sales` of the same length of time before; missing when the data
        begin later.
    margin, annual_discount_rate : float
        As in the settings.
    currency : str
        Of all money.
    """

    as_of: dt.date
    customers: CustomerTable
    histories: CustomerTable
    rows: pd.DataFrame
    purchases: BuyingModel
    spend: SpendModel
    valuation: Appraisal
    fitted_on: str
    so_far: SoFar
    past: pd.Series
    margin: float
    annual_discount_rate: float
    currency: str

    @property
    def weeks_known(self) -> float:
        """The longest time that a customer has been known."""
        return max(float(part["T"].max()) for part in self.customers.frames())

    @property
    def weeks(self) -> float:
        """The longest time that a customer is followed in the histories."""
        return float(self.rows["T"].max())


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
    rows, purchases = chosen.fit(source, as_of)
    so_far = count_so_far(source, as_of)
    customers, histories = _read(source, as_of, chosen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # the report says it from the fit
        spend = fit_spend(part[part["monetary_value"] > 0] for part in histories.frames())
        valuation = appraise(
            histories, purchases, spend, settings, horizon=float(weeks), scratch=source.scratch
        )
    return ValueStudy(
        as_of=as_of,
        customers=customers,
        histories=histories,
        rows=rows,
        purchases=purchases,
        spend=spend,
        valuation=valuation,
        fitted_on=chosen.births.recommended,
        so_far=so_far,
        past=_past(source, so_far, as_of, weeks),
        margin=settings.value.margin,
        annual_discount_rate=settings.value.annual_discount_rate,
        currency=settings.currency,
    )


def _read(source: Source, as_of: dt.date, chosen: Chosen) -> tuple[CustomerTable, CustomerTable]:
    """Return the summary of all customers, and the same as the fit reads them."""
    parts: list[Source] = []

    def summaries() -> Iterator[pd.DataFrame]:
        for part in source.parts():
            frame = summarise_part(part, as_of)
            if len(frame):
                parts.append(part)
                yield _with_spend(frame)

    def histories() -> Iterator[pd.DataFrame]:
        for part, frame in zip(parts, customers.frames(), strict=True):
            watched = watch(part, chosen.burn_in_days)
            yield _with_spend(chosen.births.treatment.histories(frame, watched))

    customers = CustomerTable.written(summaries(), source.scratch)
    return customers, CustomerTable.written(histories(), source.scratch)


def _with_spend(frame: pd.DataFrame) -> pd.DataFrame:
    """Take no spend below zero, as returns of what was bought before make it."""
    return frame.assign(monetary_value=frame["monetary_value"].clip(lower=0.0))


def _past(source: Source, known: SoFar, as_of: dt.date, weeks: int) -> pd.Series:
    """Return order days and sales of as many weeks until `as_of`; missing when data begin later."""
    before = pd.Timestamp(as_of) - pd.Timedelta(days=weeks * _DAYS)
    eve = pd.Timestamp(source.first_date) - pd.Timedelta(days=1)
    if before < eve:
        return pd.Series({"order_days": np.nan, "sales": np.nan})
    earlier = count_so_far(source, before.date())
    return pd.Series(
        {
            "order_days": float(known.order_days - earlier.order_days),
            "sales": known.sales - earlier.sales,
        }
    )
