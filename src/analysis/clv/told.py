"""All that the value report says."""

from analysis.clv.sentences import likely_gone, loss, orders, spread, tiers, worth
from analysis.clv.sentences_check import added_up, by_decile, forecast, independence, one_by_one
from analysis.clv.sentences_choice import births, counts, fits, recommended, treatment
from analysis.clv.sentences_contracts import table as contract_table
from analysis.clv.sentences_contracts import worth as contract_worth
from analysis.clv.sentences_forecast import held, origin, past
from analysis.clv.sentences_money import (
    components,
    components_table,
    lifetime,
    lifetime_cases,
    residual,
    so_far,
)

__all__ = [
    "added_up",
    "births",
    "by_decile",
    "components",
    "components_table",
    "contract_table",
    "contract_worth",
    "counts",
    "fits",
    "forecast",
    "held",
    "independence",
    "lifetime",
    "lifetime_cases",
    "likely_gone",
    "loss",
    "one_by_one",
    "orders",
    "origin",
    "past",
    "recommended",
    "residual",
    "so_far",
    "spread",
    "tiers",
    "treatment",
    "worth",
]
