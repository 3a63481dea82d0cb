"""Segmentation: who are the customers, and who of them matters?"""

from analysis.segmentation.clusters import Clusters, find_clusters
from analysis.segmentation.concentration import Concentration, concentration
from analysis.segmentation.history import take_history
from analysis.segmentation.lifecycle import STAGES, lifecycle_stages
from analysis.segmentation.migration import migration, movement, net_flow
from analysis.segmentation.movers import falling_behind
from analysis.segmentation.profile import Coverage, coverage, profile, read_attributes
from analysis.segmentation.rfm import rfm_cutoffs, rfm_grid, rfm_quantiles, score_rfm
from analysis.segmentation.rules import SEGMENT_NAMES, segment_grid, segment_rules
from analysis.segmentation.sizes import (
    action_list,
    concentration_of,
    group_sizes,
    sizes_over_time,
)
from analysis.segmentation.snapshot import (
    Snapshot,
    recent_activity,
    take_snapshot,
    take_snapshots,
)
from analysis.segmentation.value_tiers import TIERS, key_accounts, tier_cutoffs, value_tiers

__all__ = [
    "SEGMENT_NAMES",
    "STAGES",
    "TIERS",
    "Clusters",
    "Concentration",
    "Coverage",
    "Snapshot",
    "action_list",
    "concentration",
    "concentration_of",
    "coverage",
    "falling_behind",
    "find_clusters",
    "group_sizes",
    "key_accounts",
    "lifecycle_stages",
    "migration",
    "movement",
    "net_flow",
    "profile",
    "read_attributes",
    "recent_activity",
    "rfm_cutoffs",
    "rfm_grid",
    "rfm_quantiles",
    "score_rfm",
    "segment_grid",
    "segment_rules",
    "sizes_over_time",
    "take_history",
    "take_snapshot",
    "take_snapshots",
    "tier_cutoffs",
    "value_tiers",
]
