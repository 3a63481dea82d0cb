"""Who is likely to be lost next, how likely, and why: a Cox model on what a landmark knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.churn.billing import bills_by_calendar
from analysis.churn.definition import InactivityWindow
from analysis.churn.habits import check_margin, count_orders, yearly_values
from analysis.churn.landmark import active_customers, choose_landmark, churn_table
from analysis.churn.paces import Paces, paces_on
from analysis.churn.risk_model import REASONS, RiskModel, fit_risk
from analysis.customer_table import CustomerTable
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analysis.churn.spells import Rule

CONTRACT_HORIZON_DAYS, SHORTEST_HORIZON_DAYS = 90, 28


class Drawn(NamedTuple):
    """About how many customers were drawn at random, and out of how many."""

    customers: int
    of: int


@dataclass(frozen=True, slots=True)
class RiskScores:
    """The risk of every active customer, and the model behind it.

    Attributes
    ----------
    table : CustomerTable, one row a customer active on the day
        customer_id, risk, low, high, reasons as in `RiskModel.predict`, yearly_value (margin of
        twelve months at the customer's own pace), yearly_value_error (its standard error, had
        the customer's days come by chance), value_at_risk (of it, by the risk), and the habits
    horizon_days : int
    expected : float
        Customers expected to be lost within the horizon: the sum of the risks.
    model : RiskModel
    drawn : Drawn, optional
        The random sample from which the model learned; None where it learned from all.
    """

    table: CustomerTable
    horizon_days: int
    expected: float
    model: RiskModel
    drawn: Drawn | None = None


def risk_scores(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule,
    *,
    landmark_days: int = 183,
    horizon_days: int | None = None,
    attributes: Sequence[str] = (),
    margin: float = 1.0,
) -> RiskScores:
    """How likely is each active customer to be lost soon, and why?

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        The day whose active customers are scored. Nothing after it is read.
    rule : InactivityWindow or ContractEnd
        When a customer is lost.
    landmark_days : int
        The model is learned from those active so many days before, and what became of them;
        or from a day that leaves enough history before and the horizon after.
    horizon_days : int, optional
        Risk of what time; the window, or 90 days with contracts, if not given.
    attributes : sequence of str, optional
        Attributes of the customers to be used beside their habits.
    margin : float
        Share of the sales that is margin.

    Returns
    -------
    RiskScores

    Raises
    ------
    TooFewError
        With fewer than 30 customers lost since the landmark, or too short a history.
    """
    check_margin(margin)
    source, end = as_source(transactions), pd.Timestamp(as_of)
    horizon = horizon_days or default_horizon(rule, end)
    landmark = choose_landmark(source, end, rule, landmark_days, horizon)
    sample, drawn = learning_sample(source)
    table = churn_table(sample, end, rule, landmark=landmark, paces=paces_on(source, landmark))
    paced = not bills_by_calendar(source, end, rule)
    model = fit_risk(table, rule, attributes=attributes, paced=paced)
    now = paces_on(source, end)
    scored = (_scored(part, end, rule, now, model, horizon, margin) for part in source.parts())
    scores = CustomerTable.written(scored, source.scratch)
    expected = sum(float(frame["risk"].sum()) for frame in scores.frames())
    return RiskScores(scores, horizon, expected, model, drawn)


def learning_sample(source: Source) -> tuple[Source, Drawn | None]:
    """Return what a model may learn from at once, and what sample that is; None: everybody."""
    limit, there = source.customers_at_once, source.quality.customers
    sample = source.sampled(limit)
    if sample is source:
        return source, None
    return sample, Drawn(round(limit * there / source.count_customers()), there)


def _scored(
    source: Source,
    day: pd.Timestamp,
    rule: Rule,
    paces: Paces,
    model: RiskModel,
    horizon: int,
    margin: float,
) -> pd.DataFrame:
    """Return the scores, with what a year of each customer brings and what of it is at risk."""
    today = active_customers(source, day, rule, paces)
    if not isinstance(rule, InactivityWindow):  # who never ordered may be in another part
        today = today.astype({"days_since_last_order": np.float64})
    scores = today.join(model.predict(today, horizon))
    values = yearly_values(scores, count_orders(source, day), margin)
    values["value_at_risk"] = values["yearly_value"] * scores["risk"]
    valued = scores.join(values)
    first = ["customer_id", "risk", "low", "high", *REASONS, *values.columns]
    return valued[[*first, *valued.columns.drop(first)]]


def default_horizon(rule: Rule, end: pd.Timestamp) -> int:
    """Return the time in which every active customer could be lost; 90 days with contracts.

    Fewer, but four weeks at least, where departures are recorded for a shorter time.
    """
    if isinstance(rule, InactivityWindow):
        return rule.days
    if rule.recorded_from is None:
        return CONTRACT_HORIZON_DAYS
    recorded = (end - pd.Timestamp(rule.recorded_from)).days + 1
    return min(CONTRACT_HORIZON_DAYS, max(recorded, SHORTEST_HORIZON_DAYS))
