"""The Cox model: how much each covariate speeds up or slows down the event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from analysis.errors import FitError
from analysis.survival import cox_baseline, cox_residuals, proportionality
from analysis.survival.accuracy import Concordance, concordance
from analysis.survival.comparison import log_chi2_sf
from analysis.survival.design import design, linear, same_columns
from analysis.survival.observations import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.survival.intervals import Interval
    from analysis.survival.observations import Floats, Integers, Observations
    from analysis.survival.risk_sets import RiskSets, Sums

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
    def aic(self) -> float:
        """Akaike's criterion; with ridge it still counts every coefficient."""
        return 2 * len(self.table) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion, the size of the sample being its number of events."""
        return float(np.log(self.n_events)) * len(self.table) - 2 * self.log_likelihood

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
        """Does the model as a whole say anything: tests that all coefficients are zero.

        Returns
        -------
        DataFrame: `test`, `statistic`, `dof`, `p`, `log_p`
            Likelihood ratio, score, wald and, with robust errors, robust score. The last two are
            NaN where there are fewer clusters than coefficients.
        """
        b = self.coefficients
        se = np.sqrt(np.diag(self.covariance))
        known = np.linalg.matrix_rank(self.covariance / np.outer(se, se)) == len(b)
        statistics = {
            "likelihood ratio": 2 * (self.log_likelihood - self.log_likelihood_null),
            "score": self.state.score_statistic,
            "wald": float(b @ np.linalg.solve(self.covariance, b)) if known else np.nan,
        }
        if self.state.robust_score_statistic is not None:
            statistics["robust score"] = self.state.robust_score_statistic if known else np.nan
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

    def quantile(
        self, covariates: Any, p: float = 0.5, *, strata: Any = None, interval: Interval = "log-log"
    ) -> pd.DataFrame:
        """When a share `p` of such customers has had the event; see `cox_baseline.quantile`."""
        X, columns, index = design(covariates)
        same_columns(columns, self.columns)
        return cox_baseline.quantile(
            self.state, self.covariance, X, index, p, strata, self.confidence, interval
        )


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
    robust_score_statistic: float | None
