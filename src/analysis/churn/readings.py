"""One table of tenures read in several ways: a curve for each way it may have come about."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import survival
from analysis.errors import AnalysisWarning

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

BANDS = 6
LATEST_BEGINNING = 1.1
"""A curve that begins at a later tenure says nothing of all the losses before it."""
_CURVE = ["time", "n_risk", "survival", "low", "high"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A survival curve under one assumption about which departures are in the table.

    Attributes
    ----------
    window : float
        Only departures of so long before the table was made are taken to be in it; inf: all.
    table : DataFrame, one row a tenure at which somebody left or is
        time, n_risk, survival, low, high; as far as enough customers are at risk; no row where
        they are only from a later tenure than `LATEST_BEGINNING` on
    inflow_change, inflow_change_low : float
        What the curve says about the past: how many times as many customers must have joined
        in the earliest sixth of the time as in the latest, for so many of the early ones to be
        there still; and its lower limit. Missing where the curve has too few at risk.
    """

    window: float
    table: pd.DataFrame
    inflow_change: float
    inflow_change_low: float

    @property
    def end(self) -> float:
        """The tenure up to which the curve is known; 0 where it is not at all."""
        return float(self.table["time"].max()) if len(self.table) else 0.0

    def at(self, time: float) -> pd.Series:
        """Return survival, low and high at a tenure; missing past the end."""
        before = self.table.loc[self.table["time"] <= time]
        if before.empty or time > self.end:
            return pd.Series({"survival": np.nan, "low": np.nan, "high": np.nan})
        return before.iloc[-1][["survival", "low", "high"]]


def read(
    tenures: pd.DataFrame, window: float, *, minimum_at_risk: int, confidence: float
) -> Reading:
    """Estimate the curve under the assumption that departures of the last `window` are there.

    Parameters
    ----------
    tenures : DataFrame
        `tenure` (> 0), `left`, `left_ago` (time since the departure; 0 where not known, and for
        those still there), as in `check_sampling`; `customers`, where a row stands for more.
    window : float
        Time unit of the tenures; inf for all departures.

    Notes
    -----
    A row is at risk from the tenure that the customer had when the window began, so on
    (tenure + left_ago - window, tenure]; departures before it are dropped. Where the days of
    departure are not known, that is (tenure - window, tenure]: exact for those still there, and
    for the departed the latest entry that can be.
    """
    entry = np.maximum(tenures["tenure"] + tenures["left_ago"] - window, 0.0)
    rows = tenures.loc[entry < tenures["tenure"]]
    if rows.empty or not rows["left"].any():
        return Reading(window, pd.DataFrame(columns=_CURVE, dtype=float), np.nan, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # an emptied risk set is cut off below
        fit = survival.kaplan_meier(
            rows["tenure"],
            rows["left"],
            entry=entry[rows.index],
            weights=rows.get("customers"),
            confidence=confidence,
        )
    table = _where_enough(fit, minimum_at_risk)
    if _begins(fit, table, float(entry[rows.index].min())) > LATEST_BEGINNING:
        table = table.head(0)
    return Reading(window, table, *_inflow_change(tenures, table))


def _begins(fit: survival.KaplanMeier, table: pd.DataFrame, first_entry: float) -> float:
    """Return the tenure from which on enough are at risk."""
    if table.empty or table["time"].iloc[0] == fit.table["time"].iloc[0]:
        return first_entry
    return float(table["time"].iloc[0])


def _where_enough(fit: survival.KaplanMeier, minimum: int) -> pd.DataFrame:
    """Return the longest beginning of the curve with enough at risk, from its first such time."""
    enough = fit.table["n_risk"].to_numpy() >= minimum
    if not enough.any():
        return pd.DataFrame(columns=_CURVE, dtype=float)
    first = int(np.argmax(enough))
    stops = np.flatnonzero(~enough[first:])
    table = fit.table if first == 0 else fit.given(float(fit.table["time"][first])).table
    kept = len(enough) - first if len(stops) == 0 else int(stops[0])
    return table[_CURVE].iloc[:kept].reset_index(drop=True)


def _inflow_change(tenures: pd.DataFrame, table: pd.DataFrame) -> tuple[float, float]:
    """Compare the joiners that the curve implies for the earliest and the latest sixth."""
    if table.empty:
        return np.nan, np.nan
    time, n = table["time"].to_numpy(), len(table)
    there = tenures.loc[~tenures["left"]]
    n_here = there.get("customers", pd.Series(1, there.index)).to_numpy(np.float64)
    here = there["tenure"].to_numpy(np.float64)
    width = (time[-1] - time[0]) / BANDS
    early = (here > time[-1] - width) & (here >= time[0]) & (here <= time[-1])
    late = (here <= time[0] + width) & (here >= time[0]) & (here <= time[-1])
    if not early.any() or not late.any():
        return np.nan, np.nan
    S = table["survival"].to_numpy()
    high = table["high"].fillna(table["survival"]).to_numpy()

    def joined(customers: npt.NDArray[np.bool_], stays: Floats) -> float:
        at = np.clip(np.searchsorted(time, here[customers], side="right") - 1, 0, n - 1)
        with np.errstate(divide="ignore"):
            return float((n_here[customers] / stays[at]).sum())

    now = joined(late, S)
    return joined(early, S) / now, joined(early, high) / now
