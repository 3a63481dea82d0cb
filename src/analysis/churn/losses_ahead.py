"""How many will be lost in the next period: forecast, kept, and held against what came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis import forecasts
from analysis.churn.rates import churn_rates
from analysis.churn.spells import ContractEnd, find_spells
from analysis.errors import TooFewError
from analysis.forecasts import Forecast
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    list of Forecast: one, or none where there are no scores

    Notes
    -----
    With risks r of the length of the next period, of standard error e each, the number lost has
    the mean sum(r) and, as the errors of one model go together, the variance
    sum(r (1 - r)) + (sum e)^2. The naive rule is the loss of `period`, for the same time.
    """
    if isinstance(scores, TooFewError):
        return []
    ahead, z = period.next, float(stats.norm.ppf((1 + confidence) / 2))
    found = scores.model.predict(scores.table, ahead.days)
    r = found["risk"].to_numpy(float)
    of_model = float((found["high"] - found["low"]).sum()) / (2 * z)
    half = z * float(np.sqrt((r * (1 - r)).sum() + of_model**2))
    now = churn_rates(source, period, rule, periods=1).iloc[-1]
    naive = float(now["lost"]) * ahead.days / period.days if now["complete"] else None
    return [
        Forecast(
            id=LOSSES,
            made_for=ahead.key,
            label=say("Customers lost in {period}", period=ahead.title),
            value=float(r.sum()),
            low=max(float(r.sum()) - half, 0.0),
            high=float(r.sum()) + half,
            level=confidence,
            unit="customers",
            higher_is="bad",
            made_on=period.end.isoformat(),
            method=_method(rule),
            naive=naive,
            known=float(_lost_by(source, period, rule)),
        )
    ]


def score_losses(
    source: Source, period: Period, rule: Rule, kept: Sequence[Forecast]
) -> list[Forecast]:
    """Was the kept forecast of a period's losses right? Return the record, with it at the end.

    Losses are counted under the rule of the forecast, also where the window has moved since.

    Parameters
    ----------
    source : Source
        The opened tables.
    period : Period
        Whose losses were forecast.
    rule : InactivityWindow or ContractEnd
        As it is now.
    kept : sequence of Forecast
        Of the last report.
    """
    record = forecasts.scored(kept, LOSSES)
    found = forecasts.open_for(kept, LOSSES, period)
    then = None if found is None else _rule_of(found, rule)
    if found is None or then is None:
        return record
    lost = churn_rates(source, period, then, periods=1).iloc[-1]["lost"]
    before = _lost_by(source, period.previous, then)
    return [*record, forecasts.score(found, float(lost), known=float(before))]


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
    spells = find_spells(source, pd.Timestamp(period.end), rule)
    return int(spells["spell_end"].notna().sum())
