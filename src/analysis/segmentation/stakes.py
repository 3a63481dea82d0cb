"""What the spend of listed customers is worth in a year, so that actions compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.language import say
from analysis.totals import total_interval

if TYPE_CHECKING:
    import pandas as pd

    from analysis.segmentation.snapshot import Snapshot

_YEAR = 365


@dataclass(frozen=True, slots=True)
class Stake:
    """Money that an action is about, its interval, and what money it is, in words."""

    value: float
    low: float
    high: float
    basis: str


def margin_of_a_year(spend: pd.Series, snapshot: Snapshot, margin: float) -> Stake:
    """What do some customers bring in a year, if they go on as in the window of a snapshot?

    Parameters
    ----------
    spend : Series
        What each of them spent, within the window of `snapshot`.
    snapshot : Snapshot
    margin : float
        Share of sales that is contribution.

    Returns
    -------
    Stake
        In the currency of the snapshot; the interval is that of `totals.total_interval`.
    """
    return margin_from_sums(float(spend.sum()), float((spend**2).sum()), snapshot, margin)


def margin_from_sums(spend: float, squares: float, snapshot: Snapshot, margin: float) -> Stake:
    """Return `margin_of_a_year` of customers by the sum of what each spent, and of its square."""
    yearly = margin * _YEAR / snapshot.window_days
    low, high = total_interval(spend * yearly, squares * yearly**2)
    return Stake(spend * yearly, low, high, say("margin of a year"))
