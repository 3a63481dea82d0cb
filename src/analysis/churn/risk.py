"""Who is likely to be lost next, how likely, and why: a Cox model on what a landmark knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import survival
from analysis.churn.definition import InactivityWindow
from analysis.churn.landmark import active_customers, choose_landmark, churn_table
from analysis.churn.limits import TooFewError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.churn.spells import Rule
    from analysis.survival import CoxFit

MINIMUM_EVENTS = 30
MINIMUM_BAND_EVENTS = 5
CONTRACT_HORIZON_DAYS = 90
_BAND_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4)
_START_DAYS = 28


@dataclass(frozen=True, slots=True)
class RiskModel:
    """How much faster customers are lost who differ twofold in one respect.

    Attributes
    ----------
    table : DataFrame, one row a covariate
        covariate, hazard_ratio, low, high (for twice the value), p_value
    proportionality : DataFrame, one row a covariate and GLOBAL
        term, statistic, dof, p, log_p: whether the ratios stay the same over time
    bands : tuple of float
        Days of silence that part the strata; empty with contracts.
    known_days_cap : float
        A customer known for so long counts as known for no longer.
    customers, events : int
        What the fit rests on.
    fit : CoxFit
    means : Series
        Mean of each covariate, from which the reasons are counted.
    """

    table: pd.DataFrame
    proportionality: pd.DataFrame
    bands: tuple[float, ...]
    known_days_cap: float
    customers: int
    events: int
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
            reason : the covariate that raises it most above the average customer's; empty
                where none does
        """
        values = covariates(customers, self.known_days_cap)[list(self.means.index)]
        strata = _band(customers, self.bands)
        stays = self.fit.survival(values, [horizon_days], strata=strata).set_index("row")
        raises = (values - self.means) * self.fit.coefficients
        strongest = raises.idxmax(axis=1).where(raises.max(axis=1) > np.log(1.1), "")
        return pd.DataFrame(
            {
                "risk": 1 - stays["survival"].to_numpy(),
                "low": 1 - stays["high"].to_numpy(),
                "high": 1 - stays["low"].to_numpy(),
                "reason": strongest,
            },
            index=customers.index,
        )


@dataclass(frozen=True, slots=True)
class RiskScores:
    """The risk of every active customer, and the model behind it.

    Attributes
    ----------
    table : DataFrame, one row a customer active on the day, the highest risk first
        customer_id, risk, low, high, reason and the habits
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

    Returns
    -------
    RiskScores

    Raises
    ------
    TooFewError
        With fewer than 30 customers lost since the landmark, or too short a history.
    """
    source, end = as_source(transactions), pd.Timestamp(as_of)
    horizon = horizon_days or default_horizon(rule)
    landmark = choose_landmark(source, end, rule, landmark_days, horizon)
    model = fit_risk(churn_table(source, end, rule, landmark=landmark), rule)
    today = active_customers(source, end, rule)
    scores = today.join(model.predict(today, horizon))
    first = ["customer_id", "risk", "low", "high", "reason"]
    ordered = scores.sort_values(
        ["risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    return RiskScores(
        table=ordered[[*first, *ordered.columns.drop(first)]],
        horizon_days=horizon,
        expected=float(scores["risk"].sum()),
        model=model,
    )


def fit_risk(table: pd.DataFrame, rule: Rule) -> RiskModel:
    """Learn from a churn table what foretells a loss.

    Parameters
    ----------
    table : DataFrame
        From `churn_table`; the customers active at its landmark are used.
    rule : InactivityWindow or ContractEnd

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
            f"Risk scores need at least {MINIMUM_EVENTS} customers lost since the day they are"
            f" learned from; there are {int(event.sum())}."
        )
    cap = rule.days if isinstance(rule, InactivityWindow) else np.inf
    values = covariates(rows, cap)
    values = values.loc[:, values[event].std() > 1e-9]
    bands = _bands(rows, event, rule)
    fit = survival.fit_cox(values, time, event, strata=_band(rows, bands), robust=True)
    columns = ["covariate", "hazard_ratio", "low", "high", "p"]
    return RiskModel(
        table=fit.table[columns].rename(columns={"p": "p_value"}),
        proportionality=fit.proportionality_test(),
        bands=bands,
        known_days_cap=cap,
        customers=len(rows),
        events=int(event.sum()),
        fit=fit,
        means=values.mean(),
    )


def covariates(customers: pd.DataFrame, known_days_cap: float) -> pd.DataFrame:
    """Put the habits on scales on which one more means twice as much.

    Where the history is cut off, how long a customer is known depends on the date: the same
    customer looks older at a later landmark. Up to the cap it does not.
    """
    return pd.DataFrame(
        {
            "orders_per_month": np.log2(customers["orders_per_month"]),
            "pace_trend": np.log2(customers["pace_trend"]),
            "spend_per_order": np.log2(1 + customers["spend_per_order"]),
            "known_days": np.log2(_START_DAYS + customers["known_days"].clip(upper=known_days_cap)),
        }
    )


def default_horizon(rule: Rule) -> int:
    """Return the time in which every active customer could be lost; 90 days with contracts."""
    return rule.days if isinstance(rule, InactivityWindow) else CONTRACT_HORIZON_DAYS


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
