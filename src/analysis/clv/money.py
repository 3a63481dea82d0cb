"""The money of a value study: what value is made of, for ever, and as it is taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.clv.components import split_worth
from analysis.clv.lifetime_example import lifetime_example
from analysis.clv.residual import residual_value
from analysis.errors import TooFewError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.ahead import Estimate
    from analysis.clv.study import ValueStudy

__all__ = ["PER_PURCHASE", "PURCHASES_A_YEAR", "YEARS", "Money", "count_money"]

PER_PURCHASE, PURCHASES_A_YEAR, YEARS = 40.0, 52.0, 30.0  # as it is taught: 40 a week


@dataclass(frozen=True, slots=True)
class Money:
    """What the money of a study comes to.

    Attributes
    ----------
    study : ValueStudy
        The study.
    components : DataFrame
        Of `value_components`.
    residual : Estimate or None
        The residual value of the customer base; None without a discount rate.
    lifetime : DataFrame
        Of `lifetime_example`, for the customers of the study.
    """

    study: ValueStudy
    components: pd.DataFrame
    residual: Estimate | None
    lifetime: pd.DataFrame


def count_money(study: ValueStudy | TooFewError) -> Money:
    """What is the value of a study made of, and what does it come to in the long run?

    Raises
    ------
    TooFewError
        When there was too little for a study.
    """
    if isinstance(study, TooFewError):
        raise study
    rate = study.annual_discount_rate
    residual, worth = None, study.valuation.worth
    if rate > 0:
        residual = _until_the_last(study)
    return Money(
        study=study,
        components=split_worth(worth, worth, study.valuation.terms),
        residual=residual,
        lifetime=lifetime_example(
            study.purchases,
            study.rows,
            per_purchase=PER_PURCHASE,
            purchases_per_year=PURCHASES_A_YEAR,
            years=YEARS,
            annual_discount_rate=rate,
        ),
    )


def _until_the_last(study: ValueStudy) -> Estimate:
    """Add up the residual value of all parts of the customers."""
    gathered, found = None, None
    for part in study.histories.frames():
        found = residual_value(
            part,
            study.purchases,
            study.spend,
            annual_discount_rate=study.annual_discount_rate,
            margin=study.margin,
            cost_to_serve=study.valuation.costs.to_serve,
        )
        gathered = found.gather() if gathered is None else gathered + found.gather()
    if gathered is None or found is None:
        raise ValueError("a study is of at least one customer")
    return found.estimate_of(gathered)
