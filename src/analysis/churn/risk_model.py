"""A Cox model of who is lost: learned from those of a landmark, applied to those of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import survival
from analysis.churn.covariates import Design, learn_design
from analysis.churn.definition import InactivityWindow
from analysis.disclosure import people
from analysis.errors import TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from analysis.churn.spells import Rule
    from analysis.survival import CoxFit

MINIMUM_EVENTS = 30
MINIMUM_BAND_EVENTS = 5
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
        return self.risk(customers, horizon_days, values).assign(**self._reasons(values))

    def risk(
        self, customers: pd.DataFrame, horizon_days: int, values: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Return `predict` without the reasons: risk, low and high."""
        strata = _band(customers, self.bands)
        known = self.design.rows(customers) if values is None else values
        stays = self.fit.survival(known, [horizon_days], strata=strata)
        return pd.DataFrame(
            {
                "risk": 1 - stays["survival"].to_numpy(),
                "low": 1 - stays["high"].to_numpy(),
                "high": 1 - stays["low"].to_numpy(),
            },
            index=customers.index,
        )

    def _reasons(self, values: pd.DataFrame) -> dict[str, pd.Categorical]:
        """Name the habits and attributes by how much each raises the logarithm of the hazard."""
        by_level = (values.to_numpy() - self.means.to_numpy()) * self.fit.coefficients
        parts, names = pd.factorize(values.columns.map(lambda name: name.partition(": ")[0]))
        raises = np.zeros((len(values), len(names)))
        for column, part in enumerate(parts):
            raises[:, part] += by_level[:, column]
        order = np.argsort(-raises, axis=1, kind="stable")
        known = pd.Index(["", *names])
        found = {}
        for place, reason in enumerate(REASONS):
            codes = np.zeros(len(values), dtype=np.int64)
            if place < len(names):
                at = order[:, place]
                codes = np.where(raises[np.arange(len(values)), at] > _RAISES, at + 1, 0)
            found[reason] = pd.Categorical.from_codes(codes, known)
        return found


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
