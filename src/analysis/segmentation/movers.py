"""Movers: the customers whose move since the earlier date calls for someone to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.segmentation.lifecycle import STAGES
from analysis.segmentation.value_tiers import TIERS

if TYPE_CHECKING:
    from analysis.customer_table import CustomerTable
    from analysis.segmentation.snapshot import Snapshot

FELL_SILENT = "Fell silent"
LOST_TIER = "Fell from gold"
BOTH = "Fell silent and from gold"
COLUMNS = (
    "customer_id", "reason", "tier_before", "tier", "stage_before", "stage",
    "spend_before", "spend", "spend_at_stake", "days_since_last_order",
)  # fmt: skip
_FELL = """
    SELECT
        *,
        CASE WHEN fell_silent THEN spend_before ELSE GREATEST(spend_before - spend, 0) END
            AS spend_at_stake,
        CASE WHEN NOT fell_from_gold THEN $silent WHEN NOT fell_silent THEN $gold ELSE $both END
            AS reason
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
    ORDER BY spend_at_stake DESC, customer_id
"""


def falling_behind(now: Snapshot, before: Snapshot) -> CustomerTable:
    """Which customers fell silent, or out of the gold tier, since the earlier date?

    Parameters
    ----------
    now, before : Snapshot
        Results of `take_snapshots`.

    Returns
    -------
    CustomerTable, one row per such customer, most at stake first
        customer_id, reason, tier_before, tier, stage_before, stage; spend_before (within the
        window of the earlier date), spend (within the present one); spend_at_stake: all of
        the earlier spend of those who fell silent (dormant or lost), what is missing from it
        of those who fell from gold; days_since_last_order.
    """
    reasons = {"silent": FELL_SILENT, "gold": LOST_TIER, "both": BOTH}
    return now.customers.chosen({"earlier": before.customers}, _FELL, _in_order, **reasons)


def _in_order(listed: pd.DataFrame) -> pd.DataFrame:
    groups = {
        f"{column}{when}": pd.CategoricalDtype(list(names), ordered=True)
        for column, names in (("tier", TIERS), ("stage", STAGES))
        for when in ("", "_before")
    }
    return listed[list(COLUMNS)].astype(groups)
