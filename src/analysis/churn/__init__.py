"""Churn: what counts as a loss, how many are lost, who is next, and whom to call."""

from analysis.churn.acting import ListEffect, measure_last_lists
from analysis.churn.archived import LastLists, read_last_lists
from analysis.churn.backtesting import Backtest, backtest
from analysis.churn.calls import CallList, call_list
from analysis.churn.complaints import Complaints, complaints, who_complained
from analysis.churn.contract_times import contract_times
from analysis.churn.control import ActionEffect, control_group, measure_action
from analysis.churn.curves import SegmentCurves, segment_curves, survival_by_segment
from analysis.churn.definition import InactivityWindow, inactivity_window
from analysis.churn.departures import Reasons, reason_curves, tenure_hazard
from analysis.churn.gain import ExpectedGain, expected_gain, gain_from_scores
from analysis.churn.landmark import active_customers, churn_table
from analysis.churn.last_warnings import LastWarnings, last_warnings, risk_record
from analysis.churn.losses_ahead import forecast_losses, score_losses
from analysis.churn.rates import churn_rates, rate_change, window_sensitivity
from analysis.churn.record import warning_record
from analysis.churn.risk import RiskScores, risk_scores
from analysis.churn.risk_model import RiskModel, fit_risk
from analysis.churn.sampling import Sampling, check_sampling
from analysis.churn.segment_windows import customer_segments, segment_windows, windows_by
from analysis.churn.spells import ContractEnd, churn_rule, find_spells
from analysis.churn.stretches import same_risk
from analysis.churn.tenures import contract_tenures
from analysis.churn.time_scales import time_scale
from analysis.churn.time_varying import time_varying_rows
from analysis.churn.warning import EarlyWarnings, early_warnings
from analysis.churn.win_back import win_back

__all__ = [
    "ActionEffect",
    "Backtest",
    "CallList",
    "Complaints",
    "ContractEnd",
    "EarlyWarnings",
    "ExpectedGain",
    "InactivityWindow",
    "LastLists",
    "LastWarnings",
    "ListEffect",
    "Reasons",
    "RiskModel",
    "RiskScores",
    "Sampling",
    "SegmentCurves",
    "active_customers",
    "backtest",
    "call_list",
    "check_sampling",
    "churn_rates",
    "churn_rule",
    "churn_table",
    "complaints",
    "contract_tenures",
    "contract_times",
    "control_group",
    "customer_segments",
    "early_warnings",
    "expected_gain",
    "find_spells",
    "fit_risk",
    "forecast_losses",
    "gain_from_scores",
    "inactivity_window",
    "last_warnings",
    "measure_action",
    "measure_last_lists",
    "rate_change",
    "read_last_lists",
    "reason_curves",
    "risk_record",
    "risk_scores",
    "same_risk",
    "score_losses",
    "segment_curves",
    "segment_windows",
    "survival_by_segment",
    "tenure_hazard",
    "time_scale",
    "time_varying_rows",
    "warning_record",
    "who_complained",
    "win_back",
    "window_sensitivity",
    "windows_by",
]
