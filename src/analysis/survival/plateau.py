"""Was everybody watched long enough to see a survival curve level off?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import FitError
from analysis.survival.observations import observe

if TYPE_CHECKING:
    from analysis.survival.observations import Observations


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How the end of the observations looks.

    Attributes
    ----------
    last_time, last_event : float
        When the longest observation ended, and when the last event came.
    p_value : float
        Of the hypothesis that those who will ever have the event can still have it later than
        anybody was watched; small where the curve has levelled off.
    """

    last_time: float
    last_event: float
    p_value: float


def follow_up(durations: Any, events: Any, *, weights: Any = None) -> FollowUp:
    """Has the curve levelled off, so that those still here may never leave?

    Parameters
    ----------
    durations, events, weights
        As for `kaplan_meier`.

    Returns
    -------
    FollowUp

    Raises
    ------
    DataError
        Missing, negative or mismatched values.
    FitError
        No events.

    Notes
    -----
    Of two equal stretches of time, one before and one after the last event, the second holds no
    event. If events were as likely in both, that would have probability (1 - N/n)^n, with N the
    events of the first. In coarse time, such as whole months, a stretch of one month already
    holds many, and the test is too sure.

    References
    ----------
    .. [1] Maller and Zhou (1994), JASA 89, 1499-1506.
    """
    return end_of(observe(durations, events, None, weights))


def end_of(sample: Observations) -> FollowUp:
    """Look at the end of checked observations."""
    if not sample.event.any():
        raise FitError(f"A plateau is one after events; none of the {len(sample)} rows has one.")
    w = np.ones(len(sample)) if sample.weight is None else sample.weight
    last, last_event = float(sample.time.max()), float(sample.time[sample.event].max())
    before = sample.event & (sample.time > 2 * last_event - last)
    share = float(w[before].sum() / w.sum())
    return FollowUp(last, last_event, float(np.exp(w.sum() * np.log1p(-min(share, 1 - 1e-16)))))
