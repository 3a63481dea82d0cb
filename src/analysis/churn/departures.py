"""When do customers leave, and why? The hazard over tenure, and reasons that compete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis import survival
from analysis.churn.followed import count_followed
from analysis.churn.landmark import choose_landmark
from analysis.churn.stretches import count_stretches, in_a_month
from analysis.churn.time_scales import (
    Scale,
    enough_at_risk,
    scale_by_sampling,
    start_known,
    time_scale,
)
from analysis.disclosure import people
from analysis.errors import TooFewError
from analysis.language import say
from analysis.tables import Source, as_source
from analysis.wording import percent

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.churn.spells import Rule

    Floats = npt.NDArray[np.float64]

MINIMUM_DEPARTURES = 30
MOST_REASONS = 5
NOT_STATED, OTHER = "not stated", "other"
NO_REASON = (NOT_STATED, OTHER)
"""What stands where the table gives no reason, and for the rare ones together."""
_FOLLOW_DAYS = 28


@dataclass(frozen=True, slots=True)
class Reasons:
    """What share has left for each reason by each time.

    Attributes
    ----------
    scale : {'landmark', 'tenure'}
        As in `SegmentCurves`.
    start, horizon : int
        First and last day of the curves.
    landmark : Timestamp
    table : DataFrame, one row a reason and time, the most frequent reason first
        reason, time (days), share, low, high
    summary : DataFrame, one row a reason, in the same order
        reason, lost, share, low, high at `horizon`
    not_stated : int
        Departures without a reason.
    """

    scale: Scale
    start: int
    horizon: int
    landmark: pd.Timestamp
    table: pd.DataFrame
    summary: pd.DataFrame
    not_stated: int


def tenure_hazard(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule,
    *,
    landmark_days: int = 183,
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """In which month as a customer do customers leave most?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    landmark_days : int
        Customers are followed from so many days back, as for `segment_curves`.
    minimum_customers : int
        Stretches of tenure with fewer customers have no row.
    confidence : float
        Level of the intervals (exact, Poisson [1]_).

    Returns
    -------
    DataFrame, one row a stretch of tenure, by time
        begin, end (months), customers (seen in it), lost, customer_months, rate (share that
        leaves in a month, from the losses a customer-month), low, high

    Raises
    ------
    TooFewError
        If too few were lost, for most customers it is not known since when they are there, or
        the table keeps too few of the departures to tell.

    References
    ----------
    .. [1] Garwood (1936), Biometrika 28, 437-442.
    """
    table, _ = _followed(transactions, as_of, rule, landmark_days)
    if scale_by_sampling(rule):
        raise TooFewError(
            say(
                "A risk over the time as a customer needs a table that keeps those who left for"
                " longer; from this one nobody can tell how long customers stay."
            )
        )
    if time_scale(table) != "tenure":
        raise TooFewError(
            say(
                "A risk over the time as a customer needs customers whose first day is known; it is"
                " known of {share} of them, as the others were there before the data begin.",
                share=percent(start_known(table), 0),
            )
        )
    rows = table.loc[table["start_known"]]
    _refuse_few(rows)
    stretches = count_stretches(rows)
    kept = stretches.loc[stretches["customers"] >= minimum_customers].reset_index(drop=True)
    d, months, tail = kept["lost"], kept["customer_months"], (1 - confidence) / 2
    low = np.where(d > 0, stats.chi2.ppf(tail, 2 * d.clip(lower=1)), 0.0) / 2
    high = stats.chi2.ppf(1 - tail, 2 * (d + 1)) / 2
    return kept.assign(
        rate=in_a_month(d / months), low=in_a_month(low / months), high=in_a_month(high / months)
    )


def reason_curves(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule,
    *,
    landmark_days: int = 183,
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> Reasons:
    """What share of the customers leaves for each reason, when the reasons compete?

    Parameters
    ----------
    transactions, as_of, rule, landmark_days, minimum_customers, confidence
        As for `tenure_hazard`. The curves end where fewer customers are at risk.

    Returns
    -------
    Reasons
        Of all reasons but the five most frequent together, 'other'.

    Raises
    ------
    TooFewError
        If too few left, or no reason is stated.

    Notes
    -----
    Aalen and Johansen's shares: who leaves for one reason can no longer leave for another, so
    that all shares and the share that stays add up to 1.
    """
    table, landmark = _followed(transactions, as_of, rule, landmark_days)
    scale = scale_by_sampling(rule) or time_scale(table)
    rows = table.loc[table["at_landmark" if scale == "landmark" else "start_known"]]
    _refuse_few(rows)
    silent = rows["event"] & rows["reason"].isna()
    if not (rows["event"] & ~silent).any():
        raise TooFewError(say("Reasons cannot be compared: of no departure is a reason stated."))
    begin = rows["entry"] if scale == "landmark" else 0
    frame = pd.DataFrame(
        {
            "segment": "all",
            "entry": rows["entry"] - begin,
            "time": rows["duration"] - begin,
            "cause": _named(rows["reason"], rows["event"], rows["customers"]),
            "customers": rows["customers"],
        }
    )
    start, horizon = enough_at_risk(frame, minimum_customers)
    inside = frame.loc[(frame["time"] > start) & (frame["entry"] < horizon)]
    fit = survival.aalen_johansen(
        inside["time"],
        inside["cause"],
        entry=inside["entry"].clip(lower=start),
        weights=inside["customers"],
        confidence=confidence,
    )
    not_stated = int(rows.loc[silent, "customers"].sum())
    return _reasons(fit, inside, scale, start, horizon, landmark, not_stated)


def _followed(
    transactions: Source | pd.DataFrame, as_of: dt.date | str, rule: Rule, landmark_days: int
) -> tuple[pd.DataFrame, pd.Timestamp]:
    source, end = as_source(transactions), pd.Timestamp(as_of)
    landmark = choose_landmark(source, end, rule, landmark_days, _FOLLOW_DAYS)
    return count_followed(source, end, rule, landmark), landmark


def _refuse_few(rows: pd.DataFrame) -> None:
    lost = rows.loc[rows["event"], "customers"].sum()
    if lost < MINIMUM_DEPARTURES:
        raise TooFewError(
            say(
                "When and why customers leave takes at least {minimum} departures to tell; there"
                " are {n}.",
                minimum=MINIMUM_DEPARTURES,
                n=people(lost),
            )
        )


def _named(reason: pd.Series, event: pd.Series, customers: pd.Series) -> pd.Series:
    """Return the reasons of departures, the rare ones together; missing while there."""
    named = reason.fillna(NOT_STATED).astype("object")
    sizes = customers[event].groupby(named[event]).sum()
    frequent = sizes.sort_values(ascending=False, kind="stable").index
    if len(frequent) > MOST_REASONS + 1:
        named = named.where(named.isin(frequent[:MOST_REASONS]), OTHER)
    return named.where(event, None)


def _reasons(
    fit: survival.AalenJohansen,
    frame: pd.DataFrame,
    scale: Scale,
    start: int,
    horizon: int,
    landmark: pd.Timestamp,
    not_stated: int,
) -> Reasons:
    names = {"cause": "reason", "cumulative_incidence": "share"}
    columns = ["reason", "time", "share", "low", "high"]
    last = fit.at([horizon]).rename(columns=names)
    inside = frame.loc[frame["time"] <= horizon]
    lost = inside["customers"].groupby(inside["cause"]).sum()
    summary = last.assign(lost=last["reason"].map(lost).fillna(0).astype(np.int64))
    summary = summary.sort_values("share", ascending=False, kind="stable", ignore_index=True)
    order = {name: at for at, name in enumerate(summary["reason"])}
    table = fit.table.rename(columns=names).loc[lambda rows: rows["time"] <= horizon, columns]
    by_reason = table.assign(order=table["reason"].map(order)).sort_values(["order", "time"])
    return Reasons(
        scale=scale,
        start=start,
        horizon=horizon,
        landmark=landmark,
        table=by_reason[columns].reset_index(drop=True),
        summary=summary[["reason", "lost", "share", "low", "high"]],
        not_stated=not_stated,
    )
