"""The lists and tables of the churn report: in order, in words, rounded as a spreadsheet needs.

What an analysis could not find for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import wording
from analysis.churn.control import control_group
from analysis.churn.layout import in_words
from analysis.churn.record import OTHERS, SIMPLE, WARNED
from analysis.churn.risk import REASONS
from analysis.errors import TooFewError

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.churn.backtesting import Backtest
    from analysis.churn.gain import ExpectedGain
    from analysis.churn.risk import RiskScores
    from analysis.churn.warning import EarlyWarnings
    from analysis.periods import Period


def score_rows(
    scores: RiskScores | TooFewError, acting: ExpectedGain | TooFewError
) -> pd.DataFrame:
    """Return the risk scores for a list, the most at risk first, with the reasons in words."""
    columns = ["customer_id", "risk", "low", "high", "reasons"]
    if isinstance(scores, TooFewError) or isinstance(acting, TooFewError):
        return pd.DataFrame(columns=columns)
    model = scores.model.table
    words = {
        name: in_words(name).high if ratio > 1 else in_words(name).low
        for name, ratio in zip(model["covariate"], model["hazard_ratio"], strict=True)
    }
    habits = ["days_since_last_order", "orders_per_month", "pace_trend", "spend_per_order"]
    table = acting.table.sort_values("expected_gain", ascending=False, kind="stable")
    first, *others = (table[name].map(words).fillna("") for name in REASONS)
    for other in others:
        first = first + ("; " + other).where(other != "", "")
    values = ["yearly_value", "value_at_risk", "expected_gain", "worthwhile"]
    rows = table.assign(reasons=first)[[*columns, *values, *habits]].reset_index(drop=True)
    return for_a_list(rows)


def stake_rows(warnings: EarlyWarnings, currency: str, customers: int = 12) -> pd.DataFrame:
    """Return the warnings with the most at stake, with the stake in words."""
    rows = warnings.table.head(customers)
    return rows.assign(stake=[wording.money(value, currency) for value in rows["at_stake"]])


def top_rows(check: Backtest | TooFewError) -> pd.DataFrame:
    """Return how many of the lost a list of the highest scores would have held."""
    columns = ["share", "customers", "lost", "precision", "recall"]
    columns += ["naive_precision", "naive_recall"]
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=columns)
    top = check.at_top
    spans = zip(top["precision"], top["low"], top["high"], strict=True)
    return top.assign(precision=[_with_interval(*of) for of in spans])[columns]


def record_rows(record: pd.DataFrame) -> pd.DataFrame:
    """Return what became of earlier warnings, in words; no row where nobody was warned of."""
    if record["customers"].iloc[0] == 0:
        return pd.DataFrame()
    spans = zip(record["share"], record["low"], record["high"], strict=True)
    losses = zip(record["lost"], record["lead_days"], strict=True)
    return pd.DataFrame(
        {
            "who": record["who"].map(_WHO),
            "customers": record["customers"],
            "silent": [_with_interval(*of) for of in spans],
            "recall": record["recall"],
            "pace_kept": record["pace_kept"],
            "orders_missed": record["orders_missed"],
            "lost": [
                f"{wording.count(n)}, after {wording.days(lead)}" if n else "0"
                for n, lead in losses
            ],
        }
    )


def with_control(rows: pd.DataFrame, period: Period, share: float) -> pd.DataFrame:
    """Return a list for export, with whom to act on and whom to leave alone at random."""
    group = control_group(rows["customer_id"], period.key, share)
    return for_a_list(rows.assign(group=group))


def for_a_list(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the numbers of a list to what a reader of a spreadsheet needs."""
    chances = [name for name in ("p_value", "q_value") if name in rows]
    shown = rows.assign(**{name: [float(f"{p:.2g}") for p in rows[name]] for name in chances})
    return shown.round({name: digits for name, digits in _DIGITS.items() if name in rows})


def _with_interval(share: float, low: float, high: float) -> str:
    return f"{_whole(share)} ({wording.span(low, high, _whole)})"


def _whole(share: float) -> str:
    return wording.percent(share, 0)


_WHO = {
    WARNED: "Warned of",
    SIMPLE: "Longest silent",
    OTHERS: "Not warned of",
}
_DIGITS = {
    "usual_orders": 1,
    "orders_per_month": 1,
    "pace_trend": 2,
    "spend_per_order": 2,
    "yearly_value": 2,
    "yearly_value_error": 2,
    "value_at_risk": 2,
    "at_stake": 2,
    "at_stake_error": 2,
    "expected_gain": 2,
    "risk": 4,
    "low": 4,
    "high": 4,
    "return_probability": 4,
}
TOP_LABELS = {
    "share": "Highest scores",
    "lost": "Of them lost",
    "precision": "Share lost (95% interval)",
    "recall": "Part of all lost",
    "naive_precision": "Simple rule: share lost",
    "naive_recall": "Simple rule: part of all lost",
}
TOP_FORMATS: dict[str, Callable[[float], str]] = dict.fromkeys(
    ("share", "recall", "naive_precision", "naive_recall"), _whole
)
TOP_FORMATS["lost"] = wording.count
RECORD_LABELS = {
    "who": "Who",
    "silent": "No order since (95% interval)",
    "recall": "Part of all who fell silent",
    "pace_kept": "Pace kept",
    "orders_missed": "Orders missed",
    "lost": "Lost by the rule",
}
RECORD_FORMATS: dict[str, Callable[[float], str]] = dict.fromkeys(("recall", "pace_kept"), _whole)
RECORD_FORMATS["orders_missed"] = wording.count
