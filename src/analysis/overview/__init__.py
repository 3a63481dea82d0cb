"""The period as a whole: its figures, what changed, and what to do first."""

from analysis.overview.briefing import collect_findings, collect_forecasts, rank_actions
from analysis.overview.changes import compare_groups, explain_change
from analysis.overview.figures import compare_figures
from analysis.overview.last_report import (
    LastReport,
    held_against,
    read_last_report,
    restated_figures,
)

__all__ = [
    "LastReport",
    "collect_findings",
    "collect_forecasts",
    "compare_figures",
    "compare_groups",
    "explain_change",
    "held_against",
    "rank_actions",
    "read_last_report",
    "restated_figures",
]
