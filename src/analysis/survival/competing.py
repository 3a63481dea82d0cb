"""Competing causes: what share has left for each reason after a given time, and the time lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.counting import rows_by_code, stack
from analysis.survival.incidence import Incidence, Variance, area, incidence
from analysis.survival.intervals import Interval, normal_quantile, survival_limits
from analysis.survival.observations import aligned, labels, numbers, observe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.survival.observations import Floats, Integers, Observations


@dataclass(frozen=True, slots=True)
class AalenJohansen:
    """The share that has left for each cause by each time, with limits.

    Attributes
    ----------
    table : DataFrame, one row a distinct time, cause (and group)
        `group` (only with groups), `cause`, `time`, `n_risk` (just before), `n_event` (of this
        cause), `cumulative_incidence` (just after), `std_err`, `low`, `high` (NaN before the
        first event of the cause).
    confidence : float
    interval : str
    """

    table: pd.DataFrame
    confidence: float
    interval: Interval
    incidences: tuple[Incidence, ...] = field(default=(), repr=False)

    def at(self, times: Any) -> pd.DataFrame:
        """What share has left for each cause by given times; carried forward past the last.

        Returns
        -------
        DataFrame, one row a time, cause (and group): `cause`, `time`, `n_risk`,
        `cumulative_incidence`, `std_err`, `low`, `high`
        """
        t = numbers("times", np.atleast_1d(times))

        def rows(part: Incidence) -> dict[str, Any]:
            last = np.searchsorted(part.counts.time, t, side="right")
            P, se = np.append(0.0, part.P)[last], np.append(0.0, part.se)[last]
            columns = {"cause": part.cause, "time": t, "n_risk": part.counts.at_risk(t)}
            columns |= _estimates(P, se, self.confidence, self.interval)
            for limit in ("low", "high"):
                columns[limit] = np.where(last == 0, 0.0, columns[limit])
            return columns

        return stack(self.incidences, rows)

    def time_lost(self, tau: float) -> pd.DataFrame:
        """How much of the first `tau` is lost to each cause: the area under its curve.

        What the causes leave of `tau` is the restricted mean of staying.

        Parameters
        ----------
        tau : float
            Horizon; must not lie past the last time observed, in any group.

        Returns
        -------
        DataFrame, one row a cause (and group): `cause`, `tau`, `time_lost`, `std_err`
        (infinitesimal jackknife), `low`, `high`

        References
        ----------
        .. [1] Andersen (2013), Statistics in Medicine 32, 5278-5285.
        """
        z = normal_quantile(self.confidence)

        def rows(part: Incidence) -> dict[str, Any]:
            lost, se = area(part, tau)
            low, high = max(lost - z * se, 0.0), min(lost + z * se, tau)
            return {"cause": part.cause, "tau": [tau], "time_lost": lost, "std_err": se,
                    "low": low, "high": high}  # fmt: skip

        return stack(self.incidences, rows)


def aalen_johansen(
    durations: Any,
    causes: Any,
    *,
    entry: Any = None,
    weights: Any = None,
    groups: Any = None,
    confidence: float = 0.95,
    interval: Interval = "log-log",
    variance: Variance = "jackknife",
) -> AalenJohansen:
    """What share has left for each reason after each time, when reasons compete.

    Parameters
    ----------
    durations : array
        As for `kaplan_meier`.
    causes : array
        Why the row ended: a label, or missing (None, NaN) where it was censored.
    entry, weights, groups, confidence, interval
        As for `kaplan_meier`.
    variance : {"jackknife", "aalen"}, optional
        The infinitesimal jackknife, or Aalen's sum over times as other packages print it: a
        little larger in small samples. Weights count as so many customers in both.

    Returns
    -------
    AalenJohansen
        The shares of all causes and the Kaplan-Meier curve of any cause add up to 1.

    Notes
    -----
    One less the Kaplan-Meier curve of a single cause, the others being censored, would be the
    share in a world without the others, and too high in this one.

    References
    ----------
    .. [1] Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Therneau, Crowson and Atkinson, Multi-state models, vignette of survival for R.
    """
    if variance not in get_args(Variance):
        raise DataError(f"`variance` must be one of {get_args(Variance)}; got {variance!r}.")
    aligned(durations=durations, causes=causes, entry=entry, weights=weights, groups=groups)
    cause, names = coded_causes(causes)
    sample = observe(np.asarray(durations), cause >= 0, entry, weights)
    incidences = tuple(
        incidence(group, name, sample.take(rows), cause[rows] == code, variance)
        for group, rows in _groups(sample, groups)
        for code, name in enumerate(names)
    )

    def rows(part: Incidence) -> dict[str, Any]:
        columns = {
            "cause": part.cause,
            "time": part.counts.time,
            "n_risk": part.counts.n_risk,
            "n_event": part.d,
        }
        return columns | _estimates(part.P, part.se, confidence, interval)

    return AalenJohansen(stack(incidences, rows), confidence, interval, incidences)


def _groups(sample: Observations, groups: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each group's label and its rows, sorted by time."""
    order = np.argsort(sample.time)
    if groups is None:
        yield None, order
        return
    codes, names = labels("groups", groups)
    for name, rows in zip(names, rows_by_code(codes[order]), strict=True):
        yield name, order[rows]


def coded_causes(causes: Any) -> tuple[Integers, pd.Index]:
    """Number the causes from 0, with -1 for a row that was censored."""
    reason = pd.Series(causes)
    event = reason.notna().to_numpy()
    if not event.any():
        raise DataError(
            f"`causes` must hold a label where a row ended; all {len(event)} are missing. "
            "Widen the period."
        )
    codes, names = labels("causes", reason[event])
    cause = np.full(len(event), -1)
    cause[event] = codes
    return cause, names


def _estimates(P: Floats, se: Floats, confidence: float, interval: Interval) -> dict[str, Any]:
    se_log = np.divide(se, P, out=np.full_like(P, np.nan), where=P > 0)
    low, high = survival_limits(P, se_log, confidence, interval)
    return {"cumulative_incidence": P, "std_err": se, "low": low, "high": high}
