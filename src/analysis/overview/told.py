"""All that the summary says."""

from analysis.overview.sentences import figure_finding, names, signed, usual_range, writer
from analysis.overview.sentences_actions import actions_finding, leading_action
from analysis.overview.sentences_change import (
    change_finding,
    named_effects,
    restated_finding,
    subtitle,
    table_labels,
)
from analysis.overview.sentences_forecasts import held_finding

__all__ = [
    "actions_finding",
    "change_finding",
    "figure_finding",
    "held_finding",
    "leading_action",
    "named_effects",
    "names",
    "restated_finding",
    "signed",
    "subtitle",
    "table_labels",
    "usual_range",
    "writer",
]
