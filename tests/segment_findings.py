"""Everything that a report can find about the segments, for the tests."""

from analysis import segmentation
from analysis.segmentation import (
    sentences,
    sentences_change,
    sentences_value,
)


def all_findings(now, before, history, period):
    moves = {
        name: segmentation.migration(before.customers, now.customers, name)
        for name in ("tier", "stage", "segment")
    }
    spread, earlier = (segmentation.concentration_of(one) for one in (now, before))
    sizes = segmentation.sizes_over_time(now, before, "stage")
    accounts = segmentation.key_accounts(now.customers, value="spend")
    behind = segmentation.falling_behind(now, before)
    return [
        sentences.active(now, before, history, period),
        sentences.stages(sizes, now, before, history, period),
        sentences.segments(segmentation.group_sizes(now.customers, "segment"), now),
        sentences.grid(segmentation.rfm_grid(now.customers), now),
        sentences_value.concentrated(spread, earlier, now, before, history, period),
        sentences_value.gini(spread, now),
        sentences_value.tiers(
            segmentation.tier_cutoffs(now.customers),
            segmentation.tier_cutoffs(before.customers),
            now,
            before,
        ),
        sentences_value.accounts(accounts, now, 0.25),
        sentences_change.tier_moves(moves["tier"], before),
        sentences_change.stage_moves(moves["stage"], before, history, period),
        sentences_change.stability(moves["segment"], moves["tier"], before),
        sentences_change.behind(behind, before, 0.25),
        sentences_change.win_back(now),
    ]
