"""The tables of churn as charts take them: in order, in words, without customers' names.

What an analysis could not find for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import wording
from analysis.churn.covariate_words import effect, in_words
from analysis.churn.departures import NO_REASON
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.language import say, translate

if TYPE_CHECKING:
    import numpy.typing as npt

    from analysis.churn.backtesting import Backtest
    from analysis.churn.curves import SegmentCurves
    from analysis.churn.departures import Reasons
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.churn.time_scales import Scale
    from analysis.periods import Period


_MOST_PERIODS = 26


def names(text: str) -> list[str]:
    """Split a text of names with commas between: 'plan, region' -> ['plan', 'region']."""
    return [name.strip() for name in text.split(",") if name.strip()]


def periods_back(period: Period) -> int:
    """Return how many periods make a year and its beginning, for the comparison with it."""
    return {"day": 366, "week": 54, "month": 13, "quarter": 5, "year": 2}[period.kind]


def rule_table(rule: Rule) -> pd.DataFrame:
    """Return what the rule rests on: reasons of ended contracts, or returns by silence."""
    if isinstance(rule, ContractEnd):
        named = [reason_in_words(reason) for reason in rule.table["reason"]]
        return rule.table.assign(reason=named)
    days = rule.table["days"]
    return rule.table.assign(
        is_window=days == rule.days, is_watched=days <= max(rule.followed_days // 2, rule.days)
    )


def rate_rows(rates: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the periods that the data cover, with short names: 'Dec', 'Q4', 'W46'."""
    rows = rates.loc[rates["complete"] & (rates["active"] > 0)]
    rows = rows.tail(_MOST_PERIODS)
    starts = list(rows["start"])
    before = [0, *(start.year for start in starts)]
    labels = [
        _label(period.kind, start, new_year=start.year != year)
        for start, year in zip(starts, before, strict=False)
    ]
    return rows.assign(label=labels)


def _label(kind: str, start: pd.Timestamp, *, new_year: bool) -> str:
    """Name a period on an axis: 'Dec', 'Q4', 'W46', with the year under the first one of it."""
    if kind == "year":
        return str(start.year)
    match kind:
        case "month":
            name = wording.short_month(start)
        case "quarter":
            name = f"Q{start.quarter}"
        case "week":
            name = f"W{start.isocalendar().week}"
        case _:
            name = say("{day} {month}", day=start.day, month=wording.short_month(start))
    return f"{name}\n{start.year}" if new_year else name


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
    names = [str(name) for name in curves.summary["segment"]]
    rows["segment"] = pd.Categorical(rows["segment"].astype("str"), names)
    rows = rows.sort_values(["segment", "time"], ignore_index=True)
    shown = ["survival", "low", "high"]
    rows[shown] = rows.groupby("segment", observed=True)[shown].ffill()
    scale = days_since(curves.scale, curves.landmark)
    rows = rows.assign(at_tick=rows["at_tick"].eq(True), scale=scale)
    drawn = rows.groupby("segment", observed=True)["time"].transform(
        lambda times: np.isin(np.arange(len(times)), thinned(times.to_numpy(np.float64)))
    )
    return rows.loc[drawn.astype(bool) | rows["at_tick"]].reset_index(drop=True)


def days_since(scale: Scale, landmark: pd.Timestamp | None) -> str:
    """Say what the days of a curve are counted from."""
    if scale == "tenure":
        return say("days since the first day")
    if landmark is None:
        return say("days since the landmark")
    return say("days since {day}", day=wording.date(landmark))


def ratio_rows(scores: RiskScores | TooFewError) -> pd.DataFrame:
    """Return the hazard ratios in words, the strongest first."""
    if isinstance(scores, TooFewError):
        return pd.DataFrame()
    rows: pd.DataFrame = scores.model.table
    effects = [
        effect(*values)
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
        segment=[translate(str(name)) for name in known["segment"]],
        losses=[
            say(
                "{share} lost ({interval})",
                share=wording.percent(rate),
                interval=wording.span(low, high, wording.percent),
            )
            for rate, low, high in spans
        ],
    )


def hazard_rows(hazard: pd.DataFrame | TooFewError) -> pd.DataFrame:
    """Return the risk over tenure with its stretches in words: 'month 1', 'months 4 to 6'."""
    if isinstance(hazard, TooFewError):
        return pd.DataFrame()
    spans = list(zip(hazard["begin"], hazard["end"], strict=True))
    return hazard.assign(
        label=[stretch(a, b) for a, b in spans],
        months=[str(b) if b - a == 1 else f"{a + 1}–{b}" for a, b in spans],
    )


def stretch(begin: int, end: int) -> str:
    """Name a stretch of months: (0, 1) -> 'month 1', (12, 24) -> 'months 13 to 24'."""
    if end - begin == 1:
        return say("month {month}", month=end)
    return say("months {first} to {last}", first=begin + 1, last=end)


def thinned(times: npt.NDArray[np.float64], most: int = 150) -> npt.NDArray[np.int64]:
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
    long = rows.melt("time", var_name="reason", value_name="share")
    return long.assign(
        named=~long["reason"].isin(NO_REASON),
        reason=[reason_in_words(name) for name in long["reason"]],
        scale=days_since(reasons.scale, reasons.landmark),
    )


def reason_in_words(reason: str) -> str:
    """Return a reason as the table has it, or in words where the table states none."""
    return translate(reason) if reason in NO_REASON else reason
