"""The period as a whole: its figures, what changed, and what to do first."""

from analysis.overview.briefing import collect_findings, rank_actions
from analysis.overview.figures import compare_figures, decompose_revenue

__all__ = ["collect_findings", "compare_figures", "decompose_revenue", "rank_actions"]
