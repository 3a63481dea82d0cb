"""The tables of churn as charts and lists take them: in order, in words, without customers' names.

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
    from analysis.churn.backtesting import Backtest
    from analysis.churn.curves import SegmentCurves
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.churn.warning import EarlyWarnings
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
        "Customer for twice as long",
        "who have been customers for twice as long",
        "customer for a short time",
        "customer for a long time",
    ),
}


def in_words(covariate: str) -> Covariate:
    """Return a covariate in words, be it a habit or a level of an attribute."""
    if covariate in COVARIATES:
        return COVARIATES[covariate]
    difference = wording.label(covariate)
    return Covariate(difference, f"with {covariate}", f"not {covariate}", covariate)


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
    return rows.assign(at_tick=rows["at_tick"].eq(True), scale=f"days since {origin}")


def ratio_rows(scores: RiskScores | TooFewError) -> pd.DataFrame:
    """Return the hazard ratios in words, the strongest first."""
    if isinstance(scores, TooFewError):
        return pd.DataFrame()
    rows: pd.DataFrame = scores.model.table
    effects = [
        f"{_times(ratio)} times as fast ({_times(low)} to {_times(high)})"
        for ratio, low, high in zip(rows["hazard_ratio"], rows["low"], rows["high"], strict=True)
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


def top_rows(check: Backtest | TooFewError) -> pd.DataFrame:
    """Return how many of the lost a list of the highest scores would have held."""
    columns = ["share", "customers", "lost", "precision", "low", "high", "recall"]
    naive = ["naive_precision", "naive_recall"]
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=[*columns, *naive])
    return check.at_top[[*columns, *naive]]


def score_rows(scores: RiskScores | TooFewError) -> pd.DataFrame:
    """Return the risk scores for a list, with the reason in words."""
    columns = ["customer_id", "risk", "low", "high", "reason"]
    if isinstance(scores, TooFewError):
        return pd.DataFrame(columns=columns)
    model = scores.model.table
    words = {
        name: in_words(name).high if ratio > 1 else in_words(name).low
        for name, ratio in zip(model["covariate"], model["hazard_ratio"], strict=True)
    }
    habits = ["days_since_last_order", "orders_per_month", "pace_trend", "spend_per_order"]
    rows = scores.table[[*columns, *habits]]
    return for_a_list(rows.assign(reason=rows["reason"].map(words).fillna("")))


def stake_rows(warnings: EarlyWarnings, currency: str, customers: int = 12) -> pd.DataFrame:
    """Return the warnings with the most at stake, with the stake in words."""
    rows = warnings.table.head(customers)
    return rows.assign(stake=[wording.money(value, currency) for value in rows["at_stake"]])


def _times(ratio: float) -> str:
    return wording.number(ratio, 2)


def for_a_list(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the numbers of a list to what a reader of a spreadsheet needs."""
    chances = [name for name in ("p_value", "q_value") if name in rows]
    shown = rows.assign(**{name: [float(f"{p:.2g}") for p in rows[name]] for name in chances})
    return shown.round({name: digits for name, digits in _DIGITS.items() if name in rows})


_DIGITS = {
    "usual_orders": 1,
    "orders_per_month": 1,
    "pace_trend": 2,
    "spend_per_order": 2,
    "yearly_value": 2,
    "at_stake": 2,
    "risk": 4,
    "low": 4,
    "high": 4,
    "return_probability": 4,
}
TOP_LABELS = {
    "share": "Highest scores",
    "lost": "Of them lost",
    "precision": "Share lost",
    "low": "95% interval from",
    "high": "to",
    "recall": "Part of all lost",
    "naive_precision": "Simple rule: share lost",
    "naive_recall": "Simple rule: part of all lost",
}
TOP_FORMATS = dict.fromkeys(
    ("share", "precision", "low", "high", "recall", "naive_precision", "naive_recall"),
    lambda share: wording.percent(share, 0),
)
TOP_FORMATS["lost"] = wording.count
