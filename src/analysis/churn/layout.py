"""The tables of churn as charts take them: in order, in words, without customers' names.

What an analysis could not find for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis import wording
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError

if TYPE_CHECKING:
    import numpy.typing as npt

    from analysis.churn.backtesting import Backtest
    from analysis.churn.curves import SegmentCurves
    from analysis.churn.departures import Reasons
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.periods import Period


class Covariate(NamedTuple):
    """A covariate in words: what twice as much of it means, and what too little or much is."""

    difference: str
    who: str
    low: str
    high: str


COVARIATES = {
    "orders_per_month": Covariate(
        "Orders twice as often", "who order twice as often", "orders seldom", "orders often"
    ),
    "pace_trend": Covariate(
        "Recent pace twice their habit",
        "whose recent pace is twice their own habit",
        "slower than their habit",
        "faster than their habit",
    ),
    "spend_per_order": Covariate(
        "Spends twice as much an order",
        "who spend twice as much an order",
        "small orders",
        "large orders",
    ),
    "known_days": Covariate(
        "Known for twice as long",
        "whom we have known for twice as long",
        "known for a short time",
        "known for a long time",
    ),
}


def in_words(covariate: str) -> Covariate:
    """Return a covariate in words, be it a habit or a level of an attribute."""
    if covariate in COVARIATES:
        return COVARIATES[covariate]
    name, _, level = covariate.partition(": ")
    what, value = wording.label(name).lower(), "another one" if level == "other" else f'"{level}"'
    return Covariate(
        f"{wording.label(name)}: {level}",
        f"whose {what} is {value}",
        f"{what} is not {value}",
        f"{what} is {value}",
    )


def names(text: str) -> list[str]:
    """Split a text of names with commas between: 'plan, region' -> ['plan', 'region']."""
    return [name.strip() for name in text.split(",") if name.strip()]


def rule_table(rule: Rule) -> pd.DataFrame:
    """Return what the rule rests on: reasons of ended contracts, or returns by silence."""
    if isinstance(rule, ContractEnd):
        return rule.table
    days = rule.table["days"]
    return rule.table.assign(
        is_window=days == rule.days, is_watched=days <= max(rule.followed_days // 2, rule.days)
    )


def rate_rows(rates: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the periods that the data cover, with short names: 'Dec', 'Q4', 'W46'."""
    rows = rates.loc[rates["complete"] & (rates["active"] > 0)]
    starts = rows["start"]
    match period.kind:
        case "month":
            labels = starts.dt.strftime("%b")
        case "quarter":
            labels = "Q" + starts.dt.quarter.astype(str)
        case "week":
            labels = "W" + starts.dt.isocalendar()["week"].astype(str)
        case "year":
            return rows.assign(label=starts.dt.year.astype(str))
        case _:
            labels = starts.dt.strftime("%d %b")
    new_year = starts.dt.year != starts.dt.year.shift()
    return rows.assign(label=labels.where(~new_year, labels + "\n" + starts.dt.year.astype(str)))


def curve_rows(curves: SegmentCurves | TooFewError) -> pd.DataFrame:
    """Return the curves from their first day to their last, with the numbers at risk at ticks."""
    if isinstance(curves, TooFewError):
        return pd.DataFrame()
    columns = ["segment", "time", "survival", "low", "high"]
    first = curves.summary[["segment"]].assign(
        time=float(curves.start), survival=1.0, low=1.0, high=1.0
    )
    last = curves.summary.rename(columns={"stayed": "survival"})
    last = last.assign(time=float(curves.horizon))[columns]
    steps = curves.table[columns]
    ticks = curves.numbers_at_risk.assign(at_tick=True)
    rows = pd.concat([first, steps, last, ticks[["segment", "time"]]])
    rows = rows.drop_duplicates(["segment", "time"]).merge(ticks, how="left")
    names = list(curves.summary["segment"])
    rows["segment"] = pd.Categorical(rows["segment"].astype("str"), [str(name) for name in names])
    rows = rows.sort_values(["segment", "time"], ignore_index=True)
    shown = ["survival", "low", "high"]
    rows[shown] = rows.groupby("segment", observed=True)[shown].ffill()
    origin = "the first day"
    if curves.scale == "landmark":
        origin = "the landmark" if curves.landmark is None else wording.date(curves.landmark)
    rows = rows.assign(at_tick=rows["at_tick"].eq(True), scale=f"days since {origin}")
    drawn = rows.groupby("segment", observed=True)["time"].transform(
        lambda times: np.isin(np.arange(len(times)), thinned(times.to_numpy(np.float64)))
    )
    return rows.loc[drawn.astype(bool) | rows["at_tick"]].reset_index(drop=True)


def _effect(ratio: float, low: float, high: float) -> str:
    """Say a hazard ratio as a reader does: 'twice as fast, between 1.6 and 2.4 times'."""
    if low <= 1 <= high:
        return f"no clear difference ({_times(low)} to {_times(high)} times as fast)"
    if ratio < 1:
        limits = f"{wording.percent(1 - high, 0)} and {wording.percent(1 - low, 0)}"
        return f"{wording.percent(1 - ratio, 0)} more slowly, between {limits}"
    digits = 1 if low >= 1.05 else 2
    times, least, most = (wording.number(value, digits) for value in (ratio, low, high))
    often = "twice" if times == "2.0" else f"{times} times"
    return f"{often} as fast, between {least} and {most} times"


def ratio_rows(scores: RiskScores | TooFewError) -> pd.DataFrame:
    """Return the hazard ratios in words, the strongest first."""
    if isinstance(scores, TooFewError):
        return pd.DataFrame()
    rows: pd.DataFrame = scores.model.table
    effects = [
        _effect(*values)
        for values in rows[["hazard_ratio", "low", "high"]].itertuples(index=False, name=None)
    ]
    strength = np.log(rows["hazard_ratio"]).abs()
    table: pd.DataFrame = rows.assign(
        difference=[in_words(name).difference for name in rows["covariate"]],
        who=[in_words(name).who for name in rows["covariate"]],
        effect=effects,
    )
    return table.iloc[np.argsort(-strength.to_numpy(), kind="stable")].reset_index(drop=True)


def calibration_rows(check: Backtest | TooFewError) -> pd.DataFrame:
    """Return predicted and actual losses by tenth of the risk."""
    return pd.DataFrame() if isinstance(check, TooFewError) else check.calibration


def effect_rows(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Return the rate under each window that the data can tell it for."""
    if sensitivity.empty:
        return sensitivity
    return sensitivity.loc[sensitivity["complete"]].assign(
        is_window=lambda rows: rows["factor"] == 1
    )


def window_rows(windows: pd.DataFrame) -> pd.DataFrame:
    """Return the segments with a window of their own, and their losses in words."""
    known = windows.loc[windows["refused"] == ""] if len(windows) else windows
    spans = zip(known["rate"], known["low"], known["high"], strict=True)
    return known.assign(
        losses=[
            f"{wording.percent(rate)} lost ({wording.span(low, high, wording.percent)})"
            for rate, low, high in spans
        ]
    )


def hazard_rows(hazard: pd.DataFrame | TooFewError) -> pd.DataFrame:
    """Return the risk over tenure with its stretches in words: 'month 1', 'months 4 to 6'."""
    if isinstance(hazard, TooFewError):
        return pd.DataFrame()
    return hazard.assign(
        label=[stretch(a, b) for a, b in zip(hazard["begin"], hazard["end"], strict=True)]
    )


def stretch(begin: int, end: int) -> str:
    """Name a stretch of months: (0, 1) -> 'month 1', (12, 24) -> 'months 13 to 24'."""
    return f"month {end}" if end - begin == 1 else f"months {begin + 1} to {end}"


def thinned(times: npt.NDArray[np.float64], most: int = 240) -> npt.NDArray[np.int64]:
    """Choose the rows of a curve that a picture of some hundred points needs, the last among them.

    Of all times between two points of an even grid the last one stays, so that a curve of steps is
    drawn where it is at each grid point.
    """
    if len(times) <= most:
        return np.arange(len(times))
    grid = np.linspace(times[0], times[-1], most)
    return np.unique(np.searchsorted(times, grid, side="right") - 1)


def reason_rows(reasons: Reasons | TooFewError) -> pd.DataFrame:
    """Return the shares that left by reason on one grid of days, the most frequent first."""
    if isinstance(reasons, TooFewError):
        return pd.DataFrame()
    wide = reasons.table.pivot_table(index="time", columns="reason", values="share").ffill()
    first, last = float(reasons.start), float(reasons.horizon)
    wide = wide.reindex(wide.index.union([first, last])).ffill().fillna(0.0)
    rows = wide[list(reasons.summary["reason"])].reset_index()
    rows = rows.iloc[thinned(rows["time"].to_numpy(float))]
    since = "the first day" if reasons.scale == "tenure" else wording.date(reasons.landmark)
    long = rows.melt("time", var_name="reason", value_name="share")
    return long.assign(scale=f"days since {since}")


def _times(ratio: float) -> str:
    return wording.number(ratio, 2)
