"""Time to an event: curves, comparisons, models, accuracy. Arrays in, frozen results out."""

from analysis.survival.accuracy import Concordance, concordance
from analysis.survival.comparison import LogRank, Trend, log_rank, pairwise_log_rank, trend_test
from analysis.survival.competing import AalenJohansen, aalen_johansen
from analysis.survival.cox import CoxFit
from analysis.survival.cox_fitting import fit_cox
from analysis.survival.cure import WeibullCureFit
from analysis.survival.cure_fitting import fit_weibull_cure
from analysis.survival.curves import KaplanMeier, kaplan_meier
from analysis.survival.discrete import DiscreteHazardFit, fit_discrete_hazard
from analysis.survival.gray import gray_test
from analysis.survival.hazards import NelsonAalen, nelson_aalen
from analysis.survival.parametric import AFTFit, fit_aft
from analysis.survival.plateau import FollowUp, follow_up
from analysis.survival.prediction_error import (
    brier_score,
    calibration,
    dynamic_auc,
    integrated_brier_score,
)

__all__ = [
    "AFTFit",
    "AalenJohansen",
    "Concordance",
    "CoxFit",
    "DiscreteHazardFit",
    "FollowUp",
    "KaplanMeier",
    "LogRank",
    "NelsonAalen",
    "Trend",
    "WeibullCureFit",
    "aalen_johansen",
    "brier_score",
    "calibration",
    "concordance",
    "dynamic_auc",
    "fit_aft",
    "fit_cox",
    "fit_discrete_hazard",
    "fit_weibull_cure",
    "follow_up",
    "gray_test",
    "integrated_brier_score",
    "kaplan_meier",
    "log_rank",
    "nelson_aalen",
    "pairwise_log_rank",
    "trend_test",
]
