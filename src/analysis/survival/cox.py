"""The Cox model: how much each covariate speeds up or slows down the event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from analysis.errors import DataError, FitError
from analysis.survival import cox_baseline, cox_residuals, proportionality
from analysis.survival.accuracy import Concordance, concordance
from analysis.survival.coefficients import coefficient_table
from analysis.survival.comparison import log_chi2_sf
from analysis.survival.design import design, linear, same_columns
from analysis.survival.newton import (
    climb,
    refuse_aliased,
    refuse_constant,
    solve,
    warn_of_separation,
)
from analysis.survival.observations import aligned, labels, numbers, observe
from analysis.survival.risk_sets import (
    PartialLikelihood,
    RiskSets,
    Sums,
    partial_likelihood,
    risk_sets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.survival.intervals import Interval
    from analysis.survival.observations import Floats, Integers, Observations

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True, slots=True)
class CoxFit:
    """A fitted proportional-hazards model.

    Attributes
    ----------
    table : DataFrame, one row a covariate
        `covariate`, `coef`, `se` (from the information), `robust_se` (NaN unless asked for),
        `hazard_ratio` with `low` and `high`, `z`, `p`, `log_p`. The last five use `robust_se`
        where there is one.
    covariance : array, p x p
        Of the coefficients: robust where asked for.
    log_likelihood, log_likelihood_null : float
        Partial log-likelihoods, at the maximum (penalty left out) and at zero.
    n, n_events : int
        Rows, and rows with the event.
    """

    table: pd.DataFrame
    covariance: Floats
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_events: int
    ties: Ties
    ridge: float
    confidence: float
    state: FitState = field(repr=False)

    @property
    def columns(self) -> list[str]:
        """Names of the covariates."""
        return list(self.table["covariate"])

    @property
    def coefficients(self) -> Floats:
        """Log hazard ratios, in the order of `table`."""
        return self.table["coef"].to_numpy()

    @property
    def concordance(self) -> Concordance:
        """How often the one with the higher risk is the first to have the event; see `concordance`.

        Computed when asked for, in O(n log n).
        """
        s = self.state
        return concordance(
            s.linear_predictor,
            s.sample.time,
            s.sample.event,
            entry=s.sample.entry,
            weights=s.sample.weight,
            strata=s.strata,
            clusters=s.clusters,
            confidence=self.confidence,
        )

    @property
    def tests(self) -> pd.DataFrame:
        """Does the model as a whole say anything: three tests that all coefficients are zero.

        Returns
        -------
        DataFrame: `test` (likelihood ratio, score, wald), `statistic`, `dof`, `p`, `log_p`
            The Wald test is NaN where there are fewer clusters than coefficients.
        """
        b = self.coefficients
        se = np.sqrt(np.diag(self.covariance))
        known = np.linalg.matrix_rank(self.covariance / np.outer(se, se)) == len(b)
        statistics = {
            "likelihood ratio": 2 * (self.log_likelihood - self.log_likelihood_null),
            "score": self.state.score_statistic,
            "wald": float(b @ np.linalg.solve(self.covariance, b)) if known else np.nan,
        }
        table = pd.DataFrame({"test": statistics.keys(), "statistic": statistics.values()})
        log_p = np.array([log_chi2_sf(x, len(b)) for x in table["statistic"]])
        return table.assign(dof=len(b), p=np.exp(log_p), log_p=log_p)

    def linear_predictor(self, covariates: Any) -> pd.Series:
        """Log hazard of each row relative to one whose covariates are all zero."""
        X, columns, index = design(covariates)
        same_columns(columns, self.columns)
        return pd.Series(linear(X, self.coefficients), index=index, name="linear_predictor")

    def proportionality_test(
        self,
        transform: proportionality.Transform = "km",
        *,
        terms: Mapping[str, Sequence[str]] | None = None,
    ) -> pd.DataFrame:
        """Do the hazard ratios stay the same over time? See `proportionality.score_test`."""
        if self.ridge > 0:
            raise FitError(
                "The proportionality test needs an unpenalised maximum; this fit has "
                f"ridge={self.ridge}. Fit again with ridge=0."
            )
        return proportionality.score_test(self.state, self.columns, transform, terms)

    def residuals(self, kind: cox_residuals.Kind) -> pd.DataFrame:
        """What the model leaves unexplained, row by row; see `cox_residuals.residuals`."""
        return cox_residuals.residuals(self.state, self.columns, kind)

    def baseline_hazard(self) -> pd.DataFrame:
        """Hazard of someone whose covariates are all zero; see `cox_baseline.baseline_hazard`."""
        return cox_baseline.baseline_hazard(self.state)

    def survival(
        self, covariates: Any, times: Any, *, strata: Any = None, interval: Interval = "log-log"
    ) -> pd.DataFrame:
        """Share of such customers still here at given times; see `cox_baseline.survival`."""
        X, columns, index = design(covariates)
        same_columns(columns, self.columns)
        return cox_baseline.survival(
            self.state, self.covariance, X, index, numbers("times", np.atleast_1d(times)),
            strata, self.confidence, interval,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FitState:
    """What a fit keeps for its residuals and predictions; b and V are of scaled covariates."""

    sample: Observations
    strata: Integers | None
    strata_labels: pd.Index | None
    clusters: Integers | None
    index: pd.Index
    risk: RiskSets
    sums: Sums
    b: Floats
    V: Floats
    information: Floats
    linear_predictor: Floats
    score_statistic: float


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
    risk = risk_sets(X, sample, layers, efron=ties == "efron")
    penalty = ridge / risk.scale**2
    null, summit, endless, score_statistic = _null_and_summit(risk, penalty, columns)
    b, sums, coef = summit.b, summit.sums, summit.b / risk.scale
    warn_of_separation(columns, coef, endless, "Merge its levels, drop it, or set ridge > 0.")
    information = risk.information(sums)
    V = solve(information + np.diag(penalty), np.eye(len(b)))
    state = FitState(
        sample, layers, layer_labels, groups, index, risk, sums, b, V, information,
        linear(X, coef), score_statistic,
    )  # fmt: skip
    naive = V / np.outer(risk.scale, risk.scale)
    sandwich = cox_residuals.robust_covariance(state) if robust or groups is not None else None
    return CoxFit(
        table=_coefficient_table(columns, coef, naive, sandwich, confidence),
        covariance=naive if sandwich is None else sandwich,
        log_likelihood=sums.log_likelihood,
        log_likelihood_null=null.sums.log_likelihood,
        n=len(X),
        n_events=int(sample.event.sum()),
        ties=ties,
        ridge=ridge,
        confidence=confidence,
        state=state,
    )


def _check(ties: Ties, ridge: float) -> None:
    if ties not in ("efron", "breslow"):
        raise DataError(f"`ties` must be 'efron' or 'breslow'; got {ties!r}.")
    if not ridge >= 0:
        raise DataError(f"`ridge` must be >= 0; got {ridge}.")


def _null_and_summit(
    risk: RiskSets, penalty: Floats, columns: list[str]
) -> tuple[PartialLikelihood, PartialLikelihood, Floats, float]:
    """Likelihood at zero and at its maximum, the endless coefficients, the score statistic."""
    refuse_constant(risk.X, columns)
    null = partial_likelihood(np.zeros(len(columns)), risk, penalty)
    U, information = null.slope(), risk.information(null.sums)
    refuse_aliased(information, float(risk.W.sum()), columns)
    reach = risk.X.max(axis=1) - risk.X.min(axis=1)
    summit, endless = climb(null, lambda b: partial_likelihood(b, risk, penalty), reach)
    return null, summit, endless, float(U @ solve(information, U))


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
