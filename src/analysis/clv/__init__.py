"""What customers are worth: how often they buy, how much they spend, how long they stay."""

from analysis.clv.bg_nbd import BGNBD, fit_bg_nbd
from analysis.clv.births import BirthComparison, compare_births
from analysis.clv.gamma_gamma import GammaGamma, fit_gamma_gamma, spend_by_frequency
from analysis.clv.holdout import Forecast, forecast_holdout, score_by_decile, score_forecasts
from analysis.clv.mbg_nbd import MBGNBD, fit_mbg_nbd
from analysis.clv.study import HoldoutCheck, ValueStudy, check_holdout, study_value
from analysis.clv.tiers import assign_tiers, tier_table
from analysis.clv.tracking import track_weeks
from analysis.clv.valuation import Valuation, continuous_rate, value

__all__ = [
    "BGNBD",
    "MBGNBD",
    "BirthComparison",
    "Forecast",
    "GammaGamma",
    "HoldoutCheck",
    "Valuation",
    "ValueStudy",
    "assign_tiers",
    "check_holdout",
    "compare_births",
    "continuous_rate",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "forecast_holdout",
    "score_by_decile",
    "score_forecasts",
    "spend_by_frequency",
    "study_value",
    "tier_table",
    "track_weeks",
    "value",
]
