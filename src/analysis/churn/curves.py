"""How long customers stay, by segment, on the time scale that the data support."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import survival
from analysis.churn.followed import count_followed
from analysis.churn.landmark import choose_landmark
from analysis.churn.paces import Paces, monthly_pace, pace_groups, paces_on
from analysis.churn.segments import by_attribute, by_pace
from analysis.churn.time_scales import (
    Scale,
    enough_at_risk,
    scale_by_sampling,
    start_known,
    time_scale,
)
from analysis.errors import DataError, TooFewError
from analysis.language import say
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.churn.spells import Rule

MINIMUM_FOLLOW_DAYS = 28


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
    counts = _counts_by(source, end, rule, landmark, by)
    curves = _of_counts(
        counts, scale_by_sampling(rule) or time_scale(counts), minimum_customers, confidence
    )
    return replace(curves, landmark=landmark)


def _counts_by(
    source: Source, end: pd.Timestamp, rule: Rule, landmark: pd.Timestamp, by: str | None
) -> pd.DataFrame:
    """Count the spells by segment, its name in a column `segment`."""
    if by is None:
        return count_followed(source, end, rule, landmark).assign(segment=say("all customers"))
    if by != "pace":
        segments = by_attribute(source, by)
        counts = count_followed(source, end, rule, landmark, segments)
        return counts.assign(segment=segments.named(counts["segment"]))
    paces = Paces(paces_on(source, landmark).everyone, paces_on(source, end).limits)
    segments = by_pace(source, landmark, paces)
    counts = count_followed(source, end, rule, landmark, segments)
    named = segments.named(counts["segment"])
    no_order = pd.Series(monthly_pace(0.0 * counts["entry"], counts["entry"], paces.everyone))
    by_contract = pace_groups(no_order.where(counts["at_landmark"]), paces.limits)
    return counts.assign(segment=named.where(named.notna(), by_contract))


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
    keys = ["at_landmark", "start_known", "entry", "duration", "event", "returned"]
    named = table[keys].assign(segment=_segments(table, by))
    counts = named.groupby([*keys, "segment"], observed=True, dropna=False).size()
    return _of_counts(
        counts.reset_index(name="customers"),
        scale or time_scale(table),
        minimum_customers,
        confidence,
    )


def _of_counts(
    counts: pd.DataFrame, scale: Scale, minimum_customers: int, confidence: float
) -> SegmentCurves:
    """Return the curves of spells counted by `segment`."""
    rows = counts.loc[counts["at_landmark" if scale == "landmark" else "start_known"]]
    segment = rows["segment"]
    if isinstance(segment.dtype, pd.CategoricalDtype):
        segment = segment.cat.remove_unused_categories()
    sizes = rows["customers"].groupby(segment, observed=True).sum()
    small = {str(name): int(n) for name, n in sizes.items() if n < minimum_customers}
    if segment.isna().any():
        small[say("not known")] = int(rows.loc[segment.isna(), "customers"].sum())
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
    begin = rows["entry"] if scale == "landmark" else 0
    frame = pd.DataFrame(
        {
            "segment": segment,
            "entry": rows["entry"] - begin,
            "time": rows["duration"] - begin,
            "event": rows["event"],
            "returned": rows["returned"],
            "customers": rows["customers"],
        }
    )
    start, horizon = enough_at_risk(frame, minimum_customers)
    inside = frame.loc[(frame["time"] > start) & (frame["entry"] < horizon)]
    inside = inside.assign(entry=inside["entry"].clip(lower=start))
    keys = [name for name in inside if name != "customers"]
    merged = inside.groupby(keys, observed=True)["customers"].sum().reset_index()
    curves = _curves(merged, scale, start, horizon, confidence)
    return replace(curves, left_out=small, start_known=start_known(counts))


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
    n = frame["customers"]
    fit = survival.kaplan_meier(
        time, event, entry=entry, weights=n, groups=segment, confidence=confidence
    )
    names = {"group": "segment"}
    kept = fit.table.loc[fit.table["time"] <= horizon].rename(columns=names)
    ticks = _ticks(start, horizon)
    at_ticks = fit.at(np.maximum(ticks, start + 1)).rename(columns=names)
    at_ticks["time"] = np.tile(ticks, at_ticks["segment"].nunique())
    final = fit.at([horizon]).rename(columns=names)
    each = pd.DataFrame(
        {"customers": n, "lost": n * event, "returned": n * frame["returned"]}, dtype=np.int64
    )
    totals = each.groupby(segment, observed=True).sum()
    stayed = final.set_index("segment")[["survival", "low", "high"]]
    summary = totals.join(stayed.rename(columns={"survival": "stayed"})).reset_index()
    nobody_lost = (1 - confidence) ** (1 / summary["customers"])
    summary["low"] = summary["low"].where(summary["lost"] > 0, nobody_lost)
    p, log_p = np.nan, np.nan
    if len(totals) > 1 and event.any():
        test = survival.log_rank(time, event, segment, entry=entry, weights=n)
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
