"""Time to an event: curves, comparisons, models, accuracy. Arrays in, frozen results out."""

from analysis.survival.accuracy import Concordance, concordance
from analysis.survival.comparison import LogRank, Trend, log_rank, pairwise_log_rank, trend_test
from analysis.survival.cox import CoxFit, fit_cox
from analysis.survival.curves import KaplanMeier, kaplan_meier
from analysis.survival.hazards import NelsonAalen, nelson_aalen

__all__ = [
    "Concordance",
    "CoxFit",
    "KaplanMeier",
    "LogRank",
    "NelsonAalen",
    "Trend",
    "concordance",
    "fit_cox",
    "kaplan_meier",
    "log_rank",
    "nelson_aalen",
    "pairwise_log_rank",
    "trend_test",
]
