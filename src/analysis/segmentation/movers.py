"""Movers: the customers whose move since the earlier date calls for someone to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.segmentation.lifecycle import STAGES
from analysis.segmentation.value_tiers import TIERS

if TYPE_CHECKING:
    from analysis.segmentation.snapshot import Snapshot

FELL_SILENT = "Fell silent"
LOST_TIER = "Fell from gold"
BOTH = "Fell silent and from gold"
COLUMNS = (
    "customer_id", "reason", "tier_before", "tier", "stage_before", "stage",
    "spend_before", "spend", "spend_at_stake", "days_since_last_order",
)  # fmt: skip
_FELL = """
    SELECT *
    FROM (
        SELECT
            now.customer_id, now.tier, now.stage, now.spend, now.days_since_last_order,
            earlier.tier AS tier_before, earlier.stage AS stage_before,
            earlier.spend AS spend_before,
            now.stage IN ('Dormant', 'Lost') AND earlier.stage NOT IN ('Dormant', 'Lost')
                AS fell_silent,
            earlier.tier = 'Gold' AND now.tier <> 'Gold' AS fell_from_gold
        FROM customers AS now
        INNER JOIN earlier ON now.customer_id = earlier.customer_id
    )
    WHERE fell_silent OR fell_from_gold
"""


def falling_behind(now: Snapshot, before: Snapshot) -> pd.DataFrame:
    """Which customers fell silent, or out of the gold tier, since the earlier date?

    Parameters
    ----------
    now, before : Snapshot
        Results of `take_snapshots`.

    Returns
    -------
    DataFrame, one row per such customer, most at stake first
        customer_id, reason, tier_before, tier, stage_before, stage; spend_before (within the
        window of the earlier date), spend (within the present one); spend_at_stake: all of
        the earlier spend of those who fell silent (dormant or lost), what is missing from it
        of those who fell from gold; days_since_last_order.
    """
    listed = now.customers.query_with({"earlier": before.customers}, _FELL)
    silent, fell = listed.pop("fell_silent"), listed.pop("fell_from_gold")
    reasons = [BOTH, FELL_SILENT, LOST_TIER]
    listed["reason"] = np.select([silent & fell, silent, fell], reasons, default="")
    for column, names in (("tier", TIERS), ("stage", STAGES)):
        groups = pd.CategoricalDtype(list(names), ordered=True)
        listed = listed.astype({column: groups, f"{column}_before": groups})
    missing = (listed["spend_before"] - listed["spend"]).clip(lower=0)
    listed["spend_at_stake"] = listed["spend_before"].where(silent, missing)
    return listed[list(COLUMNS)].sort_values(
        ["spend_at_stake", "customer_id"], ascending=[False, True], ignore_index=True
    )
