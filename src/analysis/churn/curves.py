"""How long customers stay, by segment, on the time scale that the data support."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis import survival
from analysis.churn.landmark import choose_landmark, churn_table
from analysis.churn.paces import pace_groups, pace_limits
from analysis.churn.sampling import Sampling
from analysis.churn.spells import ContractEnd
from analysis.errors import DataError, TooFewError
from analysis.language import say
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.churn.spells import Rule

Scale = Literal["landmark", "tenure"]
MINIMUM_FOLLOW_DAYS = 28
_KNOWN_ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class SegmentCurves:
    """Survival by segment, with what it takes to draw and to judge it.

    Attributes
    ----------
    scale : {'landmark', 'tenure'}
        Whether time runs from the landmark, or from the customer's beginning.
    start, horizon : int
        First and last day of the curves.
    table : DataFrame, one row a segment and day with an event or a censoring
        segment, time, n_risk, n_event, survival, low, high
    numbers_at_risk : DataFrame, one row a segment and tick: segment, time, n_risk
    summary : DataFrame, one row a segment, in order
        segment, customers, lost, returned, stayed, low, high (share still there at `horizon`;
        where nobody was lost, `low` is the exact one-sided limit)
    left_out : dict of str to int
        Segments too small for a curve, and customers whose segment is not known.
    p_value, log_p_value : float
        Log-rank test that all segments leave at one pace; missing with a single segment.
    start_known : float
        Share of the customers at the landmark whose beginning is known.
    landmark : Timestamp
        Missing where the curves were made from a table without one.
    """

    scale: Scale
    start: int
    horizon: int
    table: pd.DataFrame
    numbers_at_risk: pd.DataFrame
    summary: pd.DataFrame
    left_out: dict[str, int]
    p_value: float
    log_p_value: float
    start_known: float
    landmark: pd.Timestamp | None = None


def segment_curves(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule,
    *,
    by: str | None = None,
    landmark_days: int = 183,
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> SegmentCurves:
    """What share of the customers of each segment stays, seen from a landmark on?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    by, minimum_customers, confidence
        As for `survival_by_segment`. The limits of the groups of pace are those of `as_of`, as
        in `customer_segments`; who is in which group is what the landmark knew.
    landmark_days : int
        Customers are followed from so many days back, or from a day that leaves enough
        history before.

    Returns
    -------
    SegmentCurves

    Raises
    ------
    DataError
        If the column is not there.
    TooFewError
        If the history is too short, or no segment is large enough.
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    landmark = choose_landmark(source, end, rule, landmark_days, MINIMUM_FOLLOW_DAYS)
    table = churn_table(source, end, rule, landmark=landmark)
    if by == "pace":
        groups = pace_groups(table["orders_per_month"], pace_limits(source, end))
        table = table.assign(pace=groups)
    curves = survival_by_segment(
        table,
        by,
        scale=scale_by_sampling(rule),
        minimum_customers=minimum_customers,
        confidence=confidence,
    )
    return replace(curves, landmark=landmark)


def scale_by_sampling(rule: Rule) -> Scale | None:
    """Leave age out where the check of the sampling found no curve over it that holds."""
    if isinstance(rule, ContractEnd) and isinstance(rule.sampling, Sampling):
        return "landmark" if rule.sampling.valid.empty else None
    return None


def time_scale(table: pd.DataFrame) -> Scale:
    """Which time scale can be trusted: age, or only time since the landmark?

    Age is a scale only if nearly all beginnings are known. Where the history is cut off, all
    who were there before it look equally old, and a curve over their age describes the
    beginning of the data, not a customer's life. Time since the landmark is valid always; it
    tells about the customers of that day, old and new together.
    """
    return "tenure" if _start_known(table) >= _KNOWN_ENOUGH else "landmark"


def survival_by_segment(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    scale: Scale | None = None,
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> SegmentCurves:
    """What share of each segment is still a customer after each time?

    Parameters
    ----------
    table : DataFrame
        From `churn_table`.
    by : str, optional
        Column that holds the segment; all customers together without it.
    scale : {'landmark', 'tenure'}, optional
        The one that `time_scale` finds valid, unless given. Age takes only the customers whose
        beginning is known.
    minimum_customers : int
        Smaller segments have no curve, and a curve ends where fewer are at risk.
    confidence : float
        Level of the intervals.

    Returns
    -------
    SegmentCurves

    Raises
    ------
    DataError
        If the column is not there.
    TooFewError
        If no segment is large enough.
    """
    chosen = scale or time_scale(table)
    rows = table.loc[table["at_landmark" if chosen == "landmark" else "start_known"]]
    segment = _segments(rows, by)
    sizes = segment.value_counts()
    small = {str(name): int(n) for name, n in sizes.items() if 0 < n < minimum_customers}
    if segment.isna().any():
        small[say("not known")] = int(segment.isna().sum())
    keep = segment.isin(sizes.index[sizes >= minimum_customers])
    if not keep.any():
        raise TooFewError(
            say(
                "A curve needs at least {minimum} customers; no segment has so many. Use larger"
                " segments, or a landmark with more customers.",
                minimum=minimum_customers,
            )
        )
    rows, segment = rows.loc[keep], segment.loc[keep]
    begin = rows["entry"] if chosen == "landmark" else 0
    frame = pd.DataFrame(
        {
            "segment": segment,
            "entry": rows["entry"] - begin,
            "time": rows["duration"] - begin,
            "event": rows["event"],
            "returned": rows["returned"],
        }
    )
    start, horizon = enough_at_risk(frame, minimum_customers)
    inside = frame.loc[(frame["time"] > start) & (frame["entry"] < horizon)]
    inside = inside.assign(entry=inside["entry"].clip(lower=start))
    curves = _curves(inside, chosen, start, horizon, confidence)
    return replace(curves, left_out=small, start_known=_start_known(table))


def _start_known(table: pd.DataFrame) -> float:
    return float(table.loc[table["at_landmark"], "start_known"].mean())


def _segments(rows: pd.DataFrame, by: str | None) -> pd.Series:
    if by is None:
        return pd.Series(say("all customers"), index=rows.index)
    if by not in rows:
        known = ", ".join(f"`{name}`" for name in rows.columns if name not in {"customer_id"})
        raise DataError(f"`{by}` is no column of the churn table. Choose one of {known}.")
    column = rows[by]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    return column.astype("str").where(column.notna())


def enough_at_risk(frame: pd.DataFrame, minimum: int) -> tuple[int, int]:
    """Return the first and last day between which every segment has enough at risk."""
    days = np.arange(1, int(frame["time"].max()) + 1)
    enough = np.ones(len(days), dtype=bool)
    for _, rows in frame.groupby("segment", observed=True):
        entered = np.searchsorted(np.sort(rows["entry"]), days, side="left")
        left = np.searchsorted(np.sort(rows["time"]), days, side="left")
        enough &= entered - left >= min(minimum, len(rows))
    if not enough.any():
        return 0, int(days[-1])
    first = int(np.argmax(enough))
    stops = np.flatnonzero(~enough[first:])
    return first, int(days[first + stops[0] - 1]) if len(stops) else int(days[-1])


def _ticks(start: int, horizon: int) -> npt.NDArray[np.float64]:
    """Return the beginning and every so many round days, at most eight in all."""
    steps = [1, 2, 7, 14, 30, 60, 90, 180, 365]
    step = next((s for s in steps if (horizon - start) / s <= 7), 365 * (horizon // 2555 + 1))
    return np.arange(start, horizon + 1, step, dtype=np.float64)


def _curves(
    frame: pd.DataFrame,
    scale: Scale,
    start: int,
    horizon: int,
    confidence: float,
) -> SegmentCurves:
    time, event, entry, segment = (frame[name] for name in ("time", "event", "entry", "segment"))
    fit = survival.kaplan_meier(time, event, entry=entry, groups=segment, confidence=confidence)
    names = {"group": "segment"}
    kept = fit.table.loc[fit.table["time"] <= horizon].rename(columns=names)
    ticks = _ticks(start, horizon)
    at_ticks = fit.at(np.maximum(ticks, start + 1)).rename(columns=names)
    at_ticks["time"] = np.tile(ticks, at_ticks["segment"].nunique())
    final = fit.at([horizon]).rename(columns=names)
    totals = frame.groupby("segment", observed=True).agg(
        customers=("time", "size"), lost=("event", "sum"), returned=("returned", "sum")
    )
    stayed = final.set_index("segment")[["survival", "low", "high"]]
    summary = totals.join(stayed.rename(columns={"survival": "stayed"})).reset_index()
    nobody_lost = (1 - confidence) ** (1 / summary["customers"])
    summary["low"] = summary["low"].where(summary["lost"] > 0, nobody_lost)
    p, log_p = np.nan, np.nan
    if len(totals) > 1 and event.any():
        test = survival.log_rank(time, event, segment, entry=entry)
        p, log_p = test.p_value, test.log_p_value
    return SegmentCurves(
        scale=scale,
        start=start,
        horizon=horizon,
        table=kept[["segment", "time", "n_risk", "n_event", "survival", "low", "high"]],
        numbers_at_risk=at_ticks[["segment", "time", "n_risk"]],
        summary=summary,
        left_out={},
        p_value=p,
        log_p_value=log_p,
        start_known=np.nan,
    )
