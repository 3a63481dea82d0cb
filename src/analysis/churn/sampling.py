"""How was this table sampled? Which survival curve it supports, and which ones it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis import survival
from analysis.churn.paces import DAYS_PER_MONTH
from analysis.churn.readings import Reading, read
from analysis.churn.tenures import heaped_tenure
from analysis.disclosure import people
from analysis.errors import DataError, TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

Design = Literal["history", "survivors", "last period", "not known"]
MINIMUM_DEPARTURES = 10
_CHANCE = 0.007
"""Chance of so few departures before the recorded ones below which they count as not recorded."""
_FEW = 0.2
_ONE_PERIOD = 1.1
_LONGEST_GUESS = 24


@dataclass(frozen=True, slots=True)
class Sampling:
    """What is known of how a table of tenures was made, and what follows.

    Attributes
    ----------
    design : {'history', 'survivors', 'last period', 'not known'}
        'history': all who ever left are in the table. 'survivors': only customers there at some
        date, and what became of them since. 'last period': only those still there and those who
        left in the last unit of time. 'not known': neither said, nor to be told from the data.
    stated : bool
        Whether the design was given; else it was inferred, or is not known.
    window : float
        Departures of so long before the table was made are in it; inf: all; missing: not known.
    readings : DataFrame, one row a reading
        window; survival, low, high at `horizon`; inflow_change, inflow_change_low as in
        `Reading`; verdict ('valid', 'possible', 'not valid', 'too few') and why ('recorded',
        'other sampling', 'impossible past', 'cannot be told', 'too few at risk')
    curves : DataFrame, one row a reading and time
        window, verdict, time, survival, low, high
    horizon : float
        The tenure at which the readings are compared.
    shortest_window : float
        The shortest window, in whole units, that the implied past does not rule out; missing
        where the design is known.
    expected_before : float
        Departures to expect before the recorded ones, had they been recorded; missing without
        days of departure.
    oldest_share, oldest : float
        Share of those still there who have the longest tenure of all, and that tenure, where so
        many have it that records must begin there; missing otherwise.
    customers, left, not_started : int
        Rows, those who left, and those left out for a tenure of 0.
    unit : str
        Unit of time, in words.
    """

    design: Design
    stated: bool
    window: float
    readings: pd.DataFrame
    curves: pd.DataFrame
    horizon: float
    shortest_window: float
    expected_before: float
    oldest_share: float
    oldest: float
    customers: int
    left: int
    not_started: int
    unit: str

    @property
    def valid(self) -> pd.DataFrame:
        """The readings that hold, or may hold."""
        return self.readings.loc[self.readings["verdict"].isin(["valid", "possible"])]


def check_sampling(
    tenures: pd.DataFrame,
    *,
    departures_within: float | None = None,
    windows: Sequence[float] = (24, 1),
    unit: str = "month",
    most_inflow_change: float = 10.0,
    minimum_at_risk: int = 10,
    confidence: float = 0.95,
) -> Sampling:
    """How was this table made, and which survival curve may be drawn from it?

    Parameters
    ----------
    tenures : DataFrame, one row a customer, or a kind of them
        `tenure` (how long a customer, >= 0), `left` (whether gone), and optionally `left_ago`
        (how long before the table was made; missing for those still there) and `customers` (for
        how many the row stands).
    departures_within : float, optional
        What the maker of the table says: it holds only departures of so long before it was made;
        inf: all there ever were. When not given it is inferred, for which `left_ago` is needed.
    windows : sequence of float
        Readings to show beside the full history.
    unit : str
        Unit of the times, for the sentences.
    most_inflow_change : float
        A reading is ruled out when by it more than so many times as many customers must have
        joined in the earliest sixth of the time as in the latest.
    minimum_at_risk : int
        A curve ends where fewer are at risk.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Sampling

    Raises
    ------
    DataError
        If a column is missing or a value out of range.
    TooFewError
        With fewer than 10 departures.

    Notes
    -----
    Records that begin a time w ago are told from a full history by the departures before: with
    H the cumulative hazard of the recorded time (Nelson and Aalen, delayed entry), the customers
    in the table would have had the sum of H at the tenures of that day, had the hazards been the
    same. Where fewer than a fifth of those are there, and so few by chance (Poisson) less often
    than 7 times in 1,000, departures before are not in the table.

    Without days of departure nothing of this can be seen. What remains is the past that a curve
    S implies: each customer of tenure t who is still there stands for 1 / S(t) who joined.
    """
    rows, not_started = _checked(tenures)
    dated = bool(rows.loc[rows["left"], "left_ago"].notna().all())
    rows["left_ago"] = rows["left_ago"].fillna(0.0) if dated else 0.0
    step = 1 / DAYS_PER_MONTH if unit == "month" else 1.0
    window, expected = _recorded(rows, step) if dated else (np.nan, np.nan)
    if departures_within is not None:
        window = float(departures_within)
    shown = _windows(window, windows, dated)
    found = [
        read(rows, each, minimum_at_risk=minimum_at_risk, confidence=confidence) for each in shown
    ]
    horizon = _horizon(found)
    verdicts = [_verdict(one, window, dated, horizon, most_inflow_change) for one in found]
    oldest, share = heaped_tenure(rows)
    shortest = np.nan
    if np.isnan(window):
        shortest = _shortest(rows, most_inflow_change, minimum_at_risk, confidence)
    return Sampling(
        design=_design(window),
        stated=departures_within is not None,
        window=window,
        readings=_table(found, verdicts, horizon),
        curves=_curves(found, verdicts),
        horizon=horizon,
        shortest_window=shortest,
        expected_before=expected,
        oldest_share=share,
        oldest=oldest,
        customers=int(rows["customers"].sum()),
        left=int(rows.loc[rows["left"], "customers"].sum()),
        not_started=not_started,
        unit=unit,
    )


def _checked(tenures: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    for name in ("tenure", "left"):
        if name not in tenures:
            raise DataError(f"A check of the sampling needs the column `{name}`; it is not there.")
    known = {"tenure": tenures["tenure"].astype(float), "left": tenures["left"].astype(bool)}
    more = {"left_ago": np.nan, "customers": 1}
    rows = pd.DataFrame(known).assign(**{name: tenures.get(name, more[name]) for name in more})
    wrong = ~(rows["tenure"] >= 0) | (rows["left_ago"] < 0)
    if wrong.any():
        raise DataError(
            f"`tenure` and `left_ago` must be >= 0 and `tenure` known; {wrong.sum()} of {len(rows)}"
            f" rows break this, first row {int(np.argmax(wrong))}. Drop or mend these rows."
        )
    started = rows.loc[rows["tenure"] > 0].reset_index(drop=True)
    left = int(started.loc[started["left"], "customers"].sum())
    if left < MINIMUM_DEPARTURES:
        raise TooFewError(
            say(
                "How the table was sampled can be told from at least {minimum} departures; there"
                " are {n}. Either hardly anybody leaves, or the table does not keep those who"
                " left.",
                minimum=MINIMUM_DEPARTURES,
                n=people(left),
            )
        )
    return started, int(rows["customers"].sum() - started["customers"].sum())


def _recorded(rows: pd.DataFrame, step: float) -> tuple[float, float]:
    """Infer since when departures are recorded, and how many to expect before that."""
    gone = rows.loc[rows["left"]].groupby("left_ago")["customers"].sum()
    ago, below = gone.index.to_numpy(), gone.cumsum().to_numpy()
    expected = np.nan
    for share in (1.0, 0.99):  # a few stray early departures make no record
        window = float(ago[np.searchsorted(below, share * (below[-1] - 1), side="right")]) + step
        seen, expected = int(gone[ago >= window].sum()), _expected_before(rows, window)
        if seen < _FEW * expected and stats.poisson.cdf(seen, expected) < _CHANCE:
            return window, expected
    return np.inf, expected


def _expected_before(rows: pd.DataFrame, window: float) -> float:
    """Add up the hazard that the customers of the table had met when the window began."""
    then = np.maximum(rows["tenure"] + rows["left_ago"] - window, 0.0)
    inside = then < rows["tenure"]
    seen = rows.loc[inside]
    hazard = survival.nelson_aalen(
        seen["tenure"], seen["left"], entry=then[inside], weights=seen["customers"]
    )
    met = hazard.at(np.minimum(then, rows["tenure"]))["cumulative_hazard"]
    return float(met.to_numpy() @ rows["customers"].to_numpy())


def _design(window: float) -> Design:
    if np.isnan(window):
        return "not known"
    if np.isinf(window):
        return "history"
    return "survivors" if window > _ONE_PERIOD else "last period"


def _windows(window: float, windows: Sequence[float], dated: bool) -> list[float]:
    """Return the readings to show, the full history first; near ones are one."""
    others = [float(each) for each in windows]
    if dated and np.isfinite(window):
        others = [each for each in others if each < 0.9 * window] or others
    shown = [np.inf] if np.isnan(window) else [np.inf, window]
    for each in others:
        if all(max(each, one) > _ONE_PERIOD and not 0.9 < each / one < 1.1 for one in shown):
            shown.append(each)
    return sorted(set(shown), reverse=True)


def _horizon(found: Sequence[Reading]) -> float:
    """Return the latest tenure to which every reading reaches that reaches half of the longest."""
    longest = max(one.end for one in found)
    return min(one.end for one in found if one.end >= longest / 2)


def _verdict(
    reading: Reading, window: float, dated: bool, horizon: float, most: float
) -> tuple[str, str]:
    if reading.end < horizon or horizon == 0:
        return "too few", "too few at risk"
    if not np.isnan(window):
        recorded = reading.window <= window if dated else reading.window == window
        if not recorded:
            return "not valid", "other sampling"
    if reading.inflow_change_low > most:
        return "not valid", "impossible past"
    return ("possible", "cannot be told") if np.isnan(window) else ("valid", "recorded")


def _table(
    found: Sequence[Reading], verdicts: Sequence[tuple[str, str]], horizon: float
) -> pd.DataFrame:
    rows = [
        {"window": one.window}
        | one.at(horizon).to_dict()
        | {"inflow_change": one.inflow_change, "inflow_change_low": one.inflow_change_low}
        | {"verdict": verdict, "why": why}
        for one, (verdict, why) in zip(found, verdicts, strict=True)
    ]
    return pd.DataFrame(rows)


def _curves(found: Sequence[Reading], verdicts: Sequence[tuple[str, str]]) -> pd.DataFrame:
    parts = [
        one.table.assign(window=one.window, verdict=verdict)
        for one, (verdict, _) in zip(found, verdicts, strict=True)
    ]
    columns = ["window", "verdict", "time", "survival", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def _shortest(rows: pd.DataFrame, most: float, minimum: int, confidence: float) -> float:
    for window in range(1, _LONGEST_GUESS + 1):
        found = read(rows, window, minimum_at_risk=minimum, confidence=confidence)
        if found.inflow_change_low <= most:
            return float(window)
    return np.nan
