"""Cumulative hazards: how much risk of the event has piled up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.errors import DataError
from analysis.survival.counting import Counts, grouped_counts, stack
from analysis.survival.intervals import normal_quantile
from analysis.survival.observations import aligned, numbers, observe

if TYPE_CHECKING:
    import pandas as pd

    from analysis.survival.observations import Floats


@dataclass(frozen=True, slots=True)
class NelsonAalen:
    """The hazard added up to each time, with limits.

    Attributes
    ----------
    table : DataFrame, one row a distinct time (and group)
        `group` (only with groups), `time`, `n_risk` (just before), `n_event`, `n_censored`,
        `cumulative_hazard` (just after), `std_err`, `low`, `high`, and `survival`, exp of its
        negative: with ties "fleming-harrington" the curve of these authors.
    confidence : float
    """

    table: pd.DataFrame
    confidence: float
    hazards: tuple[Hazard, ...] = field(default=(), repr=False)

    def at(self, times: Any) -> pd.DataFrame:
        """How much hazard has been met by given times; carried forward past the last.

        Returns
        -------
        DataFrame, one row a time (and group): `time`, `n_risk`, `cumulative_hazard`, `std_err`,
        `low`, `high`, `survival`
        """
        t = numbers("times", np.atleast_1d(times))

        def rows(hazard: Hazard) -> dict[str, Any]:
            last = np.searchsorted(hazard.counts.time, t, side="right")
            H, se = np.append(0.0, hazard.H)[last], np.append(0.0, hazard.se)[last]
            n_risk = hazard.counts.at_risk(t)
            return {"time": t, "n_risk": n_risk} | _hazard_columns(H, se, self.confidence)

        return stack(self.hazards, rows)


@dataclass(frozen=True, slots=True)
class Hazard:
    """One group's cumulative hazard H and its standard error at `counts.time`."""

    group: Any
    counts: Counts
    H: Floats
    se: Floats


def nelson_aalen(
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    groups: Any = None,
    confidence: float = 0.95,
    ties: Literal["nelson-aalen", "fleming-harrington"] = "nelson-aalen",
) -> NelsonAalen:
    """How much risk of the event has piled up by each time.

    Parameters
    ----------
    durations, events, entry, weights, groups, confidence
        As for `kaplan_meier`; limits are symmetric on the log scale.
    ties : {"nelson-aalen", "fleming-harrington"}, optional
        Events of one time taken together, d/n, or one after the other, 1/n + 1/(n-1) + ...

    Returns
    -------
    NelsonAalen

    References
    ----------
    .. [1] Aalen (1978), Annals of Statistics 6, 701-726.
    .. [2] Fleming and Harrington (1984), Communications in Statistics 13, 2469-2486.
    """
    if ties not in ("nelson-aalen", "fleming-harrington"):
        raise DataError(f"`ties` must be 'nelson-aalen' or 'fleming-harrington'; got {ties!r}.")
    sample = observe(durations, events, entry, weights)
    aligned(durations=durations, groups=groups)
    add = _together if ties == "nelson-aalen" else _one_by_one
    hazards = tuple(
        Hazard(group, counts, *add(counts)) for group, counts in grouped_counts(sample, groups)
    )

    def rows(hazard: Hazard) -> dict[str, Any]:
        columns = _hazard_columns(hazard.H, hazard.se, confidence)
        return hazard.counts.columns() | columns

    return NelsonAalen(stack(hazards, rows), confidence, hazards)


def _together(counts: Counts) -> tuple[Floats, Floats]:
    n, d = counts.n_risk, counts.n_event
    return np.cumsum(d / n), np.sqrt(np.cumsum(d / n**2))


def _one_by_one(counts: Counts) -> tuple[Floats, Floats]:
    """Let tied events leave one at a time, each taking an equal part of their weight."""
    at = np.repeat(np.arange(len(counts.time)), counts.n_rows)
    gone = np.arange(len(at)) - np.repeat(np.cumsum(counts.n_rows) - counts.n_rows, counts.n_rows)
    share = counts.n_event[at] / counts.n_rows[at]
    n = counts.n_risk[at] - gone * share
    H = np.bincount(at, share / n, len(counts.time))
    return np.cumsum(H), np.sqrt(np.cumsum(np.bincount(at, share / n**2, len(counts.time))))


def _hazard_columns(H: Floats, se: Floats, confidence: float) -> dict[str, Any]:
    z = normal_quantile(confidence)
    ratio = np.exp(np.divide(z * se, H, out=np.full_like(H, np.nan), where=H > 0))
    limits = {"low": H / ratio, "high": H * ratio}
    return {"cumulative_hazard": H, "std_err": se} | limits | {"survival": np.exp(-H)}
