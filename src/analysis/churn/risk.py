"""Who is likely to be lost next, how likely, and why: a Cox model on what a landmark knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import survival
from analysis.churn.billing import bills_by_calendar
from analysis.churn.covariates import Design, learn_design
from analysis.churn.definition import InactivityWindow
from analysis.churn.habits import check_margin, count_orders, yearly_values
from analysis.churn.landmark import active_customers, choose_landmark, churn_table
from analysis.disclosure import people
from analysis.errors import TooFewError
from analysis.language import say
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt

    from analysis.churn.spells import Rule
    from analysis.survival import CoxFit

MINIMUM_EVENTS = 30
MINIMUM_BAND_EVENTS = 5
CONTRACT_HORIZON_DAYS, SHORTEST_HORIZON_DAYS = 90, 28
REASONS = ("reason", "second_reason", "third_reason")
_RAISES = np.log(1.1)
_BAND_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4)


@dataclass(frozen=True, slots=True)
class RiskModel:
    """How much faster customers are lost who differ twofold in one respect.

    Attributes
    ----------
    table : DataFrame, one row a covariate
        covariate, hazard_ratio, low, high (for twice the value of a habit, or for a level of
        an attribute against its most frequent one), p_value
    proportionality : DataFrame, one row a covariate and GLOBAL
        term, statistic, dof, p, log_p: whether the ratios stay the same over time
    bands : tuple of float
        Days of silence that part the strata; empty with contracts.
    customers, events : int
        What the fit rests on.
    design : Design
        How customers become covariates.
    fit : CoxFit
    means : Series
        Mean of each covariate, from which the reasons are counted.
    """

    table: pd.DataFrame
    proportionality: pd.DataFrame
    bands: tuple[float, ...]
    customers: int
    events: int
    design: Design
    fit: CoxFit
    means: pd.Series

    def predict(self, customers: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
        """How likely is each customer to be lost within `horizon_days`?

        Parameters
        ----------
        customers : DataFrame
            The habits, as from `churn_table` or `active_customers`.
        horizon_days : int
            Days from the day of the habits.

        Returns
        -------
        DataFrame, indexed like `customers`
            risk, low, high : probability, with the interval of the model
            reason, second_reason, third_reason : the habits, and attributes with all their
                levels, that raise it most above the average customer's, by a tenth or more each;
                empty where there is none
        """
        values = self.design.rows(customers)
        strata = _band(customers, self.bands)
        stays = self.fit.survival(values, [horizon_days], strata=strata).set_index("row")
        return pd.DataFrame(
            {
                "risk": 1 - stays["survival"].to_numpy(),
                "low": 1 - stays["high"].to_numpy(),
                "high": 1 - stays["low"].to_numpy(),
            }
            | self._reasons(values),
            index=customers.index,
        )

    def _reasons(self, values: pd.DataFrame) -> dict[str, npt.NDArray[np.object_]]:
        """Name the habits and attributes by how much each raises the logarithm of the hazard."""
        by_level = (values - self.means) * self.fit.coefficients
        parts = by_level.columns.map(lambda name: name.partition(": ")[0])
        raises = by_level.T.groupby(parts, sort=False).sum().T
        order = np.argsort(-raises.to_numpy(), axis=1, kind="stable")
        names, everybody = np.array(raises.columns, dtype=object), np.arange(len(values))
        found = {}
        for place, column in enumerate(REASONS):
            if place >= len(names):
                found[column] = np.full(len(values), "", dtype=object)
                continue
            at = order[:, place]
            enough = raises.to_numpy()[everybody, at] > _RAISES
            found[column] = np.where(enough, names[at], "")
        return found


@dataclass(frozen=True, slots=True)
class RiskScores:
    """The risk of every active customer, and the model behind it.

    Attributes
    ----------
    table : DataFrame, one row a customer active on the day, the highest risk first
        customer_id, risk, low, high, reasons as in `RiskModel.predict`, yearly_value (margin of
        twelve months at the customer's own pace), yearly_value_error (its standard error, had
        the customer's days come by chance), value_at_risk (of it, by the risk), and the habits
    horizon_days : int
    expected : float
        Customers expected to be lost within the horizon: the sum of the risks.
    model : RiskModel
    """

    table: pd.DataFrame
    horizon_days: int
    expected: float
    model: RiskModel


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
    table = churn_table(source, end, rule, landmark=landmark)
    paced = not bills_by_calendar(source, end, rule)
    model = fit_risk(table, rule, attributes=attributes, paced=paced)
    today = active_customers(source, end, rule)
    scores = today.join(model.predict(today, horizon))
    return RiskScores(
        table=_valued(scores, count_orders(source, end), margin),
        horizon_days=horizon,
        expected=float(scores["risk"].sum()),
        model=model,
    )


def _valued(scores: pd.DataFrame, counts: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Add what a year of each customer brings and what of it is at risk; the highest risk first."""
    values = yearly_values(scores, counts, margin)
    values["value_at_risk"] = values["yearly_value"] * scores["risk"]
    valued = scores.join(values).sort_values(
        ["risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    first = ["customer_id", "risk", "low", "high", *REASONS, *values.columns]
    return valued[[*first, *valued.columns.drop(first)]]


def fit_risk(
    table: pd.DataFrame, rule: Rule, *, attributes: Sequence[str] = (), paced: bool = True
) -> RiskModel:
    """Learn from a churn table what foretells a loss.

    Parameters
    ----------
    table : DataFrame
        From `churn_table`; the customers active at its landmark are used.
    rule : InactivityWindow or ContractEnd
    attributes : sequence of str, optional
        Columns of the table with attributes of the customers, to be used beside the habits.
    paced : bool
        Whether orders tell a habit; not where bills come by the calendar (`bills_by_calendar`).

    Returns
    -------
    RiskModel

    Raises
    ------
    TooFewError
        With fewer than 30 customers lost.

    Notes
    -----
    Time runs from the landmark. Under a silence rule, who is silent already on that day has a
    head start that says nothing about leaving: a silence of 100 days reaches a window of 105
    in a week, one of 5 days cannot before 100. So the length of the silence makes strata, each
    with a baseline of its own, and no covariate; the ratios compare customers who were about
    equally long silent. The recent pace relative to the own habit stays in. Covariates are on
    the scale of doublings. Errors are robust.
    """
    rows = table.loc[table["at_landmark"]].reset_index(drop=True)
    time, event = rows["duration"] - rows["entry"], rows["event"]
    if event.sum() < MINIMUM_EVENTS:
        raise TooFewError(
            say(
                "Risk scores need at least {minimum} customers lost since the day they are learned"
                " from; there are {n}.",
                minimum=MINIMUM_EVENTS,
                n=people(event.sum()),
            )
        )
    cap = rule.days if isinstance(rule, InactivityWindow) else np.inf
    design = learn_design(rows, event, known_days_cap=cap, attributes=attributes, paced=paced)
    values = design.rows(rows)
    bands = _bands(rows, event, rule)
    fit = survival.fit_cox(values, time, event, strata=_band(rows, bands), robust=True)
    columns = ["covariate", "hazard_ratio", "low", "high", "p"]
    return RiskModel(
        table=fit.table[columns].rename(columns={"p": "p_value"}),
        proportionality=fit.proportionality_test(),
        bands=bands,
        design=design,
        customers=len(rows),
        events=int(event.sum()),
        fit=fit,
        means=values.mean(),
    )


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


def _bands(rows: pd.DataFrame, event: pd.Series, rule: Rule) -> tuple[float, ...]:
    """Return limits of silence between strata, each stratum with enough events of its own."""
    if not isinstance(rule, InactivityWindow):
        return ()
    limits: list[float] = []
    silence = rows["days_since_last_order"]
    for limit in (share * rule.days for share in _BAND_SHARES):
        below = event & (silence <= limit) & (silence > (limits[-1] if limits else -1))
        above = event & (silence > limit)
        if min(below.sum(), above.sum()) >= MINIMUM_BAND_EVENTS:
            limits.append(limit)
    return tuple(limits)


def _band(customers: pd.DataFrame, bands: tuple[float, ...]) -> npt.NDArray[np.int64] | None:
    if not bands:
        return None
    return np.searchsorted(bands, customers["days_since_last_order"].to_numpy(), side="left")
