"""Fit a Cox model: check, sort, climb, and put the answer in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import DataError
from analysis.survival import cox_residuals
from analysis.survival.coefficients import coefficient_table
from analysis.survival.cox import CoxFit, FitState, Ties
from analysis.survival.design import design, linear
from analysis.survival.newton import (
    climb,
    refuse_aliased,
    refuse_constant,
    solve,
    warn_of_separation,
)
from analysis.survival.observations import aligned, labels, observe
from analysis.survival.risk_sets import (
    PartialLikelihood,
    partial_likelihood,
    risk_sets,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.survival.observations import Floats


def fit_cox(
    covariates: Any,
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    strata: Any = None,
    clusters: Any = None,
    weights: Any = None,
    ties: Ties = "efron",
    robust: bool = False,
    ridge: float = 0.0,
    confidence: float = 0.95,
) -> CoxFit:
    """How much faster or slower does the event come as a covariate rises by one.

    Parameters
    ----------
    covariates : DataFrame or array, n x p
        Numbers or booleans; turn labels into columns first (pandas.get_dummies).
    durations, events, entry
        As for `kaplan_meier`. Several rows (entry, duration] of one customer make covariates
        that change over time.
    strata : array or DataFrame, optional
        Rows of different label have baseline hazards of their own.
    clusters : array, optional
        Rows of equal label belong together (one customer's); implies robust errors.
    weights : array, optional
        How much each row counts.
    ties : {"efron", "breslow"}, optional
    robust : bool, optional
        Whether errors are to hold without the model holding exactly (sandwich).
    ridge : float, optional
        Penalty ridge/2 sum(coef^2), in the covariates' own units.
    confidence : float, optional

    Returns
    -------
    CoxFit

    Raises
    ------
    DataError
        Values missing or mismatched; a covariate that is constant or repeats others.
    FitError
        No events, or no maximum that can be reached.

    Warns
    -----
    AnalysisWarning
        A covariate separates those with the event from the rest, so its coefficient is infinite.

    References
    ----------
    .. [1] Cox (1972), JRSS B 34, 187-220.
    .. [2] Efron (1977), JASA 72, 557-565.
    .. [3] Lin and Wei (1989), JASA 84, 1074-1078 (robust errors).
    """
    _check(ties, ridge)
    aligned(covariates=covariates, durations=durations, strata=strata, clusters=clusters)
    X, columns, index = design(covariates)
    sample = observe(durations, events, entry, weights)
    layers, layer_labels = (None, None) if strata is None else labels("strata", strata)
    groups = None if clusters is None else labels("clusters", clusters)[0]
    robust = robust or groups is not None
    risk = risk_sets(X, sample, layers, efron=ties == "efron")
    penalty = ridge / risk.scale**2
    start = [partial_likelihood(np.zeros(len(columns)), risk, penalty)]
    refuse_constant(risk.X, columns)
    log_likelihood_null, score_statistic = _at_zero(start[0], columns)
    robust_score = (
        cox_residuals.robust_score(risk, start[0].sums, sample, groups) if robust else None
    )
    reach = risk.X.max(axis=1) - risk.X.min(axis=1)
    # Popped, so that nothing keeps the sums of the start, which are large, during the climb.
    summit, endless = climb(start.pop(), lambda b: partial_likelihood(b, risk, penalty), reach)
    b, sums, coef = summit.b, summit.sums, summit.b / risk.scale
    warn_of_separation(columns, coef, endless, "Merge its levels, drop it, or set ridge > 0.")
    information = risk.information(sums)
    V = solve(information + np.diag(penalty), np.eye(len(b)))
    state = FitState(
        sample, layers, layer_labels, groups, index, risk, sums, b, V, information,
        linear(X, coef), score_statistic, robust_score,
    )  # fmt: skip
    return _told(state, columns, log_likelihood_null, ties, ridge, confidence)


def _check(ties: Ties, ridge: float) -> None:
    if ties not in ("efron", "breslow"):
        raise DataError(f"`ties` must be 'efron' or 'breslow'; got {ties!r}.")
    if not ridge >= 0:
        raise DataError(f"`ridge` must be >= 0; got {ridge}.")


def _at_zero(null: PartialLikelihood, columns: list[str]) -> tuple[float, float]:
    """Log-likelihood and score statistic where no covariate counts; refuse aliased ones."""
    risk = null.risk
    U, information = null.slope(), risk.information(null.sums)
    refuse_aliased(information, float(risk.W.sum()), columns)
    return null.sums.log_likelihood, float(U @ solve(information, U))


def _told(
    state: FitState,
    columns: list[str],
    log_likelihood_null: float,
    ties: Ties,
    ridge: float,
    confidence: float,
) -> CoxFit:
    """Put the answer in the covariates' own units."""
    scale, sample = state.risk.scale, state.sample
    naive = state.V / np.outer(scale, scale)
    robust = state.robust_score_statistic is not None
    sandwich = cox_residuals.robust_covariance(state) if robust else None
    return CoxFit(
        table=_coefficient_table(columns, state.b / scale, naive, sandwich, confidence),
        covariance=naive if sandwich is None else sandwich,
        log_likelihood=state.sums.log_likelihood,
        log_likelihood_null=log_likelihood_null,
        n=len(sample),
        n_events=int(sample.event.sum()),
        ties=ties,
        ridge=ridge,
        confidence=confidence,
        state=state,
    )


def _coefficient_table(
    columns: list[str], coef: Floats, naive: Floats, sandwich: Floats | None, confidence: float
) -> pd.DataFrame:
    se = np.sqrt(np.diag(naive))
    robust_se = np.full_like(se, np.nan) if sandwich is None else np.sqrt(np.diag(sandwich))
    used = se if sandwich is None else robust_se
    table = coefficient_table(columns, coef, used, confidence, ratio="hazard_ratio")
    table["se"] = se
    table.insert(3, "robust_se", robust_se)
    return table
