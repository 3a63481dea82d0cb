"""How many will be lost in the next period: forecast, kept, and held against what came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis import forecasts
from analysis.churn.rates import churn_rates
from analysis.churn.spells import ContractEnd, count_spells
from analysis.customer_table import CustomerTable
from analysis.errors import TooFewError
from analysis.forecasts import Forecast
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.periods import Period
    from analysis.tables import Source

LOSSES = "churn.lost"
_WINDOW = re.compile(r"lost after (\d+) days")


def forecast_losses(
    source: Source,
    period: Period,
    rule: Rule,
    scores: RiskScores | TooFewError,
    *,
    confidence: float = 0.95,
) -> list[Forecast]:
    """How many of the customers active at the end of a period will be lost in the next one?

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        On whose last day the customers were scored.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    scores : RiskScores or TooFewError
    confidence : float
        Level of the interval.

    Returns
    -------
    list of Forecast: one, or none where there are no scores, or nobody was followed for so long

    Notes
    -----
    The number expected is the sum of the risks of the length of the next period. The naive rule is
    the loss of `period`, for the same time.
    """
    ahead = period.next
    if isinstance(scores, TooFewError) or ahead.days > _followed_days(scores):
        return []
    sums = _sums(scores.model.risk(frame, ahead.days) for frame in scores.table.frames())
    low, high = _interval(sums, confidence)
    now = churn_rates(source, period, rule, periods=1).iloc[-1]
    naive = float(now["lost"]) * ahead.days / period.days if now["complete"] else None
    return [
        Forecast(
            id=LOSSES,
            made_for=ahead.key,
            label=say("Customers lost in {period}", period=ahead.title),
            value=sums[0],
            low=low,
            high=high,
            level=confidence,
            unit="customers",
            higher_is="bad",
            made_on=period.end.isoformat(),
            method=_method(rule),
            naive=naive,
            known=float(_lost_by(source, period, rule)),
        )
    ]


def interval_of_losses(
    risks: pd.DataFrame | CustomerTable, confidence: float = 0.95
) -> tuple[float, float]:
    """Between which limits does the number of losses lie, of customers with these risks?

    Parameters
    ----------
    risks : DataFrame or CustomerTable
        `risk`, and `low` and `high`: its own interval of 95%, as from `RiskModel.predict`.
    confidence : float

    Notes
    -----
    With risks r of standard error e each, the number lost has the mean sum(r) and the variance
    sum(r (1 - r)) + (sum e)^2: chance, and errors of one model, which go together.
    """
    frames = risks.frames() if isinstance(risks, CustomerTable) else [risks]
    return _interval(_sums(frames), confidence)


def _sums(frames: Iterable[pd.DataFrame]) -> tuple[float, float, float, int]:
    """Add up the risks, their variances by chance, their errors, and the customers."""
    mean, chance, error, customers = 0.0, 0.0, 0.0, 0
    for frame in frames:
        r = frame["risk"].to_numpy(float)
        e = (frame["high"] - frame["low"]).to_numpy(float) / (2 * stats.norm.ppf(0.975))
        mean, chance = mean + float(r.sum()), chance + float((r * (1 - r)).sum())
        error, customers = error + float(e.sum()), customers + len(r)
    return mean, chance, error, customers


def _interval(sums: tuple[float, float, float, int], confidence: float) -> tuple[float, float]:
    mean, chance, error, customers = sums
    half = float(stats.norm.ppf((1 + confidence) / 2)) * float(np.sqrt(chance + error**2))
    return max(mean - half, 0.0), min(mean + half, float(customers))


def score_losses(
    source: Source, period: Period, rule: Rule, kept: Sequence[Forecast]
) -> list[Forecast]:
    """Were the kept forecasts of losses right? Return them, scored where their period is over.

    Losses are counted under the rule of the forecast, also where the window has moved since. By
    silence a period is over when the data reach its end: until then everybody seems to fall
    silent, so its forecast stays open.

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        Of the report; what was forecast of it and of those before is scored.
    rule : InactivityWindow or ContractEnd
        As it is now.
    kept : sequence of Forecast
        Of the last report.
    """
    until = period.end if isinstance(rule, ContractEnd) else min(period.end, source.last_date)
    record = forecasts.scored(kept, LOSSES)
    for one in kept:
        then = _rule_of(one, rule) if one.is_open and one.id == LOSSES else None
        if then is not None:
            record.append(_scored(source, one, then) if one.period.end <= until else one)
    return record


def _scored(source: Source, found: Forecast, then: Rule | int) -> Forecast:
    lost = churn_rates(source, found.period, then, periods=1).iloc[-1]["lost"]
    before = _lost_by(source, found.period.previous, then)
    return forecasts.score(found, float(lost), known=float(before))


def _followed_days(scores: RiskScores) -> float:
    """Return for how long the customers of the model were followed; no risk is known beyond."""
    return float(scores.model.fit.state.sample.time.max())


def _method(rule: Rule) -> str:
    if isinstance(rule, ContractEnd):
        return "Cox; lost at the end of the contract"
    return f"Cox; lost after {rule.days} days of silence"


def _rule_of(found: Forecast, rule: Rule) -> Rule | int | None:
    """Return the rule that a forecast was made under; None where another kind of rule is now."""
    window = _WINDOW.search(found.method)
    if (window is None) != isinstance(rule, ContractEnd):
        return None
    return rule if window is None else int(window[1])


def _lost_by(source: Source, period: Period, rule: Rule | int) -> int:
    counts = count_spells(source, pd.Timestamp(period.end), rule)
    return int(counts.loc[counts["end_day"].notna(), "spells"].sum())
