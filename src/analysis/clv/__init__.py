"""What customers are worth: how often they buy, how much they spend, how long they stay.

The room, in the order in which one thing builds on another:

- histories, inputs: a summary becomes checked arrays; likelihood: the peak, its limits and width;
  fits: what every fit knows; buying: what every model of repeat buying answers.
- bg_nbd, mbg_nbd (beta_geometric), pareto_nbd, bg_cnbd, mbg_cnbd (erlang...), bg_bb,
  ..._covariates (covariate...): repeat buying. gamma_gamma (spent, condensing): spend.
  shifted_beta_geometric, beta_discrete_weibull: retention of subscribers.
- likelihood_ratio, bootstrap (resampling, drawing), storage: tests, intervals, files of a fit.
- truncation, origins, treatments, births: customers who were there before the data.
- followed, holdout, misses, ranks, tracking, frequency, comparison, recommending, choosing, check,
  last_forecast: does it predict?
- terms, gathered, ahead, worth, valuation, tiers, components, residual, contracts,
  lifetime_example: money. appraisal: that of any number of customers, part by part.
- study, contract_study, money, layout..., sentences..., choice: the report.
"""

from analysis.clv.beta_discrete_weibull import BetaDiscreteWeibull, fit_beta_discrete_weibull
from analysis.clv.bg_bb import BGBB, fit_bg_bb
from analysis.clv.bg_cnbd import BGCNBD, fit_bg_cnbd
from analysis.clv.bg_nbd import BGNBD, fit_bg_nbd
from analysis.clv.bg_nbd_covariates import BGNBDCovariates, fit_bg_nbd_covariates
from analysis.clv.births import BirthComparison, compare_births
from analysis.clv.bootstrap import Bootstrap, bootstrap
from analysis.clv.check import HoldoutCheck, check_holdout
from analysis.clv.comparison import Comparison, compare
from analysis.clv.components import value_components
from analysis.clv.constant_spend import ConstantSpend, fit_spend
from analysis.clv.contract_study import ContractStudy, study_contracts
from analysis.clv.contracts import value_contracts, value_renewals
from analysis.clv.frequency import misfit, purchase_counts
from analysis.clv.gamma_gamma import GammaGamma, fit_gamma_gamma, spend_by_frequency
from analysis.clv.holdout import Forecast, forecast_holdout, score_by_decile, score_forecasts
from analysis.clv.last_forecast import LastForecast, score_last_forecast
from analysis.clv.lifetime_example import lifetime_example
from analysis.clv.likelihood_ratio import LikelihoodRatio, likelihood_ratio_test
from analysis.clv.mbg_cnbd import MBGCNBD, fit_mbg_cnbd
from analysis.clv.mbg_nbd import MBGNBD, fit_mbg_nbd
from analysis.clv.money import Money, count_money
from analysis.clv.next_period import forecast_next, forecasts_to_keep, score_kept
from analysis.clv.pareto_nbd import ParetoNBD, fit_pareto_nbd
from analysis.clv.pareto_nbd_covariates import ParetoNBDCovariates, fit_pareto_nbd_covariates
from analysis.clv.residual import ResidualValue, residual_value
from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric, fit_shifted_beta_geometric
from analysis.clv.storage import from_json, load, save
from analysis.clv.study import ValueStudy, study_value
from analysis.clv.terms import Costs, continuous_rate
from analysis.clv.tiers import assign_tiers, tier_table
from analysis.clv.tracking import track_weeks
from analysis.clv.treatments import Treatment, Watched
from analysis.clv.valuation import Valuation, value

__all__ = [
    "BGBB",
    "BGCNBD",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "BGNBDCovariates",
    "BetaDiscreteWeibull",
    "BirthComparison",
    "Bootstrap",
    "Comparison",
    "ConstantSpend",
    "ContractStudy",
    "Costs",
    "Forecast",
    "GammaGamma",
    "HoldoutCheck",
    "LastForecast",
    "LikelihoodRatio",
    "Money",
    "ParetoNBD",
    "ParetoNBDCovariates",
    "ResidualValue",
    "ShiftedBetaGeometric",
    "Treatment",
    "Valuation",
    "ValueStudy",
    "Watched",
    "assign_tiers",
    "bootstrap",
    "check_holdout",
    "compare",
    "compare_births",
    "continuous_rate",
    "count_money",
    "fit_beta_discrete_weibull",
    "fit_bg_bb",
    "fit_bg_cnbd",
    "fit_bg_nbd",
    "fit_bg_nbd_covariates",
    "fit_gamma_gamma",
    "fit_mbg_cnbd",
    "fit_mbg_nbd",
    "fit_pareto_nbd",
    "fit_pareto_nbd_covariates",
    "fit_shifted_beta_geometric",
    "fit_spend",
    "forecast_holdout",
    "forecast_next",
    "forecasts_to_keep",
    "from_json",
    "lifetime_example",
    "likelihood_ratio_test",
    "load",
    "misfit",
    "purchase_counts",
    "residual_value",
    "save",
    "score_by_decile",
    "score_forecasts",
    "score_kept",
    "score_last_forecast",
    "spend_by_frequency",
    "study_contracts",
    "study_value",
    "tier_table",
    "track_weeks",
    "value",
    "value_components",
    "value_contracts",
    "value_renewals",
]
