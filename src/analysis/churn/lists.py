"""The lists that the churn report exports: in order, rounded as a spreadsheet needs.

What an analysis could not find for want of data (`TooFewError`) becomes an empty list. Lists are
data: they are the same in every language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import exports, language
from analysis.churn.control import control_group
from analysis.churn.covariate_words import reasons_in_words
from analysis.churn.gain import with_gain
from analysis.customer_table import CustomerTable
from analysis.errors import TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from analysis.churn.calls import CallList
    from analysis.churn.complaints import Complaints
    from analysis.churn.gain import Gain
    from analysis.churn.risk import RiskScores
    from analysis.exports import Export
    from analysis.periods import Period


def score_rows(scores: RiskScores | TooFewError, acting: Gain | TooFewError) -> CustomerTable:
    """Return the risk scores for a list, the highest gain first, with the reasons in words."""
    columns = ["customer_id", "risk", "low", "high", "reasons"]
    if isinstance(scores, TooFewError) or isinstance(acting, TooFewError):
        return CustomerTable.of(pd.DataFrame(columns=columns))
    habits = ["days_since_last_order", "orders_per_month", "pace_trend", "spend_per_order"]
    values = ["yearly_value", "value_at_risk", "expected_gain", "worthwhile"]

    def told(frame: pd.DataFrame) -> pd.DataFrame:
        with language.speaking("en"):
            reasons = reasons_in_words(frame, scores.model.table)
        rows = with_gain(frame, "yearly_value", acting, "risk").assign(reasons=reasons)
        return rows[[*columns, *values, *habits]]

    return scores.table.changed(told).ranked("expected_gain")


def call_rows(calls: CallList, scores: RiskScores | TooFewError) -> CustomerTable:
    """Return those to call for a list, the most at stake first, with the reasons in words."""
    if calls.by == "pace" or isinstance(scores, TooFewError):
        return calls.table
    ratios = scores.model.table
    first = ["customer_id", "risk", "low", "high", "reasons", "at_stake", "yearly_value"]
    habits = ["orders_per_month", "pace_trend", "slowed_down"]

    def told(frame: pd.DataFrame) -> pd.DataFrame:
        with language.speaking("en"):
            rows = frame.assign(reasons=reasons_in_words(frame, ratios))
        return rows[[*first, "expected_gain", "worthwhile", *habits]]

    return calls.table.changed(told)


def save_complaints(found: Complaints | None, folder: str, without: CustomerTable) -> Export | None:
    """Write those who complained, the most at risk first; nothing where there are no tickets."""
    if found is None:
        return None
    rows = found.table.changed(for_a_list)
    title = say("Customers who complained")
    return exports.save(rows, "complaints", folder, title=title, without=without)


def with_control(rows: pd.DataFrame | CustomerTable, period: Period, share: float) -> CustomerTable:
    """Return a list for export, with whom to act on and whom to leave alone at random."""
    table = CustomerTable.of(rows) if isinstance(rows, pd.DataFrame) else rows

    def drawn(frame: pd.DataFrame) -> pd.DataFrame:
        group = control_group(frame["customer_id"], period.key, share)
        return for_a_list(frame.assign(group=group))

    return table.changed(drawn)


def for_a_list(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the numbers of a list to what a reader of a spreadsheet needs."""
    chances = [name for name in ("p_value", "q_value") if name in rows]
    shown = rows.assign(**{name: [float(f"{p:.2g}") for p in rows[name]] for name in chances})
    return shown.round({name: digits for name, digits in _DIGITS.items() if name in rows})


_DIGITS = {
    "usual_orders": 1,
    "orders_per_month": 1,
    "pace_trend": 2,
    "complaint_trend": 2,
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
