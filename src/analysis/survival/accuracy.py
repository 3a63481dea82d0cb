"""How well a score foretells who leaves first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.errors import DataError
from analysis.survival.censoring import censoring
from analysis.survival.counting import rows_by_code
from analysis.survival.dominance import pairs, tied_times
from analysis.survival.intervals import normal_quantile
from analysis.survival.observations import aligned, labels, numbers, observe

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Integers, Observations


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the higher score had the event first.

    Attributes
    ----------
    value, std_err, low, high : float
        0.5 is no better than chance; equal scores count half.
    concordant, discordant, tied_score : float
        Weight of the comparable pairs, by outcome.
    tied_time : float
        Weight of the pairs whose events fell on one time, which cannot be compared.
    """

    value: float
    std_err: float
    low: float
    high: float
    concordant: float
    discordant: float
    tied_score: float
    tied_time: float


def concordance(
    scores: Any,
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    strata: Any = None,
    clusters: Any = None,
    weighting: Literal["harrell", "uno"] = "harrell",
    tau: float = np.inf,
    confidence: float = 0.95,
) -> Concordance:
    """How often does the one with the higher risk score leave first.

    Parameters
    ----------
    scores : array
        Higher means an earlier event.
    durations, events, entry, weights
        As for `kaplan_meier`. A pair is comparable when one has the event while the other is
        still at risk; someone censored at that very time still is.
    strata : array or DataFrame, optional
        Compare only within rows of equal label.
    clusters : array, optional
        Rows of equal label belong together; the standard error allows for it.
    weighting : {"harrell", "uno"}, optional
        Harrell's C takes comparable pairs alike, so it depends on how long customers were
        watched; Uno's weighs them by 1 / G(t-)^2, G being the curve of the censoring times.
    tau : float, optional
        Leave out events after this time, where Uno's weights grow large.

    Returns
    -------
    Concordance
        The standard error is the infinitesimal jackknife, taking G as known; limits are on the
        plain scale.

    Raises
    ------
    DataError
        No pair can be compared, or Uno's weights are infinite.

    References
    ----------
    .. [1] Harrell, Lee and Mark (1996), Statistics in Medicine 15, 361-387.
    .. [2] Uno, Cai, Pencina, D'Agostino and Wei (2011), Statistics in Medicine 30, 1105-1117.
    .. [3] Therneau and Atkinson (2023), Concordance, vignette of the survival package for R.
    """
    if weighting not in ("harrell", "uno"):
        raise DataError(f"`weighting` must be 'harrell' or 'uno'; got {weighting!r}.")
    aligned(scores=scores, durations=durations, strata=strata, clusters=clusters)
    x, sample = numbers("scores", scores), observe(durations, events, entry, weights)
    layers = None if strata is None else labels("strata", strata)[0]
    groups = None if clusters is None else labels("clusters", clusters)[0]
    found = pairs(x, sample, _time_weight(sample, layers, weighting, tau), layers)
    right, equal, total = (
        float(part.sum()) / 2 for part in (found.right, found.equal, found.total)
    )
    if total == 0:
        raise DataError(
            "A concordance needs an event while somebody else is at risk; there is none. "
            "Widen the period."
        )
    somers = (2 * right + equal - total) / total
    lead = 2 * found.right + found.equal - found.total
    influence = (lead - somers * found.total) / (2 * total)
    if groups is not None:
        influence = np.bincount(groups, influence).astype(np.float64)
    value, std_err = (somers + 1) / 2, float(np.sqrt(influence @ influence))
    z = normal_quantile(confidence)
    return Concordance(
        value,
        std_err,
        max(value - z * std_err, 0.0),
        min(value + z * std_err, 1.0),
        right,
        total - right - equal,
        equal,
        tied_times(sample, layers),
    )


def _time_weight(
    sample: Observations, layers: Integers | None, weighting: str, tau: float
) -> Floats:
    """Weight of each event by its time; 0 for the rest."""
    counted = sample.event & (sample.time <= tau)
    weight = counted.astype(np.float64)
    if weighting == "harrell":
        return weight
    for rows in [np.arange(len(weight))] if layers is None else rows_by_code(layers):
        part = sample.take(rows)
        G = censoring(part).before(part.time)
        lost = counted[rows] & (G <= 0)
        if lost.any():
            raise DataError(
                f"Uno's weights need somebody watched up to each event; {lost.sum()} of "
                f"{counted.sum()} events come after all at risk had been censored, the first at "
                f"{part.time[lost].min()}. Set `tau` below that."
            )
        weight[rows] = np.divide(weight[rows], G**2, out=np.zeros_like(G), where=G > 0)
    return weight
