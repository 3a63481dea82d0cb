"""The money of a value study: what value is made of, for ever, and as it is taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.clv.components import value_components
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
    rate, models = study.annual_discount_rate, (study.purchases, study.spend)
    residual = None
    if rate > 0:
        residual = residual_value(
            study.histories,
            *models,
            annual_discount_rate=rate,
            margin=study.margin,
            cost_to_serve=study.valuation.costs.to_serve,
        ).estimate()
    return Money(
        study=study,
        components=value_components(study.valuation),
        residual=residual,
        lifetime=lifetime_example(
            study.purchases,
            study.histories,
            per_purchase=PER_PURCHASE,
            purchases_per_year=PURCHASES_A_YEAR,
            years=YEARS,
            annual_discount_rate=rate,
        ),
    )
