"""Movers: the customers whose move since the earlier date calls for someone to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from analysis.segmentation.snapshot import Snapshot

FELL_SILENT = "Fell silent"
LOST_TIER = "Fell from gold"
BOTH = "Fell silent and from gold"
COLUMNS = (
    "customer_id", "reason", "tier_before", "tier", "stage_before", "stage",
    "spend_before", "spend", "spend_at_stake", "days_since_last_order",
)  # fmt: skip


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
    columns = ["customer_id", "tier", "stage", "spend"]
    both = now.customers[[*columns, "days_since_last_order"]].merge(
        before.customers[columns], on="customer_id", suffixes=("", "_before")
    )
    quiet = ["Dormant", "Lost"]
    silent = both["stage"].isin(quiet) & ~both["stage_before"].isin(quiet)
    fell = (both["tier_before"] == "Gold") & (both["tier"] != "Gold")
    both["reason"] = np.select(
        [silent & fell, silent, fell], [BOTH, FELL_SILENT, LOST_TIER], default=""
    )
    missing = (both["spend_before"] - both["spend"]).clip(lower=0)
    both["spend_at_stake"] = both["spend_before"].where(silent, missing)
    listed = both.loc[silent | fell, list(COLUMNS)]
    return listed.sort_values(
        ["spend_at_stake", "customer_id"], ascending=[False, True], ignore_index=True
    )
