"""Accelerated failure times: how much each covariate stretches or shrinks the time to the event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.errors import DataError
from analysis.survival.coefficients import coefficient_table
from analysis.survival.design import (
    design,
    linear,
    own_units,
    rows_to_predict,
    standardised,
    with_intercept,
)
from analysis.survival.intervals import normal_quantile
from analysis.survival.newton import solve, warn_of_separation
from analysis.survival.observations import aligned, numbers, observe_for_times, require
from analysis.survival.parametric_likelihood import (
    Distribution,
    Likelihood,
    find_summit,
    log_survival,
)

if TYPE_CHECKING:
    from analysis.survival.observations import Floats


@dataclass(frozen=True, slots=True)
class AFTFit:
    """A fitted model log T = intercept + x coef + scale W.

    Attributes
    ----------
    table : DataFrame, one row a coefficient, the first "(Intercept)"
        `covariate`, `coef`, `se`, `time_ratio` (how many times as long) with `low` and `high`,
        `z`, `p`, `log_p`.
    covariance : array
        Of the coefficients and, last, of log scale (left out for the exponential).
    scale, log_scale, se_log_scale : float
        Scale of the error W: extreme value, normal or logistic. 1, 0 and NaN for the exponential.
    log_likelihood, log_likelihood_null, aic : float
        Of the times themselves, at the maximum and with the intercept alone.
    """

    table: pd.DataFrame
    covariance: Floats
    distribution: Distribution
    scale: float
    log_scale: float
    se_log_scale: float
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    n: int
    n_events: int
    confidence: float
    columns: list[str] = field(repr=False)

    def linear_predictor(self, covariates: Any) -> pd.Series:
        """Log of each row's characteristic time; `covariates` None for a fit without any."""
        X, index = rows_to_predict("covariates", covariates, self.columns)
        coef = self.table["coef"].to_numpy()
        return pd.Series(coef[0] + linear(X, coef[1:]), index=index, name="linear_predictor")

    def survival(self, covariates: Any, times: Any) -> pd.DataFrame:
        """Share of such customers still here at given times, past the observed ones too.

        Returns
        -------
        DataFrame, one row a time of each row of the covariates: `row`, `time`, `survival`,
        `std_err`, `low`, `high` (limits on the scale of log time)
        """
        t = numbers("times", np.atleast_1d(times))
        require(t > 0, "`times` must be > 0", t, "At time 0 everybody is still here.")
        eta = self.linear_predictor(covariates)
        X, index = rows_to_predict("covariates", covariates, self.columns)
        A = np.repeat(with_intercept(X), len(t), axis=0)
        z = (np.tile(np.log(t), len(X)) - np.repeat(eta.to_numpy(), len(t))) / self.scale
        if len(self.covariance) > A.shape[1]:
            A = np.column_stack([A, z * self.scale])
        se = np.sqrt(np.einsum("ij,jk,ik->i", A, self.covariance, A)) / self.scale
        S, d, _ = log_survival(self.distribution, z)
        reach = normal_quantile(self.confidence) * se
        return pd.DataFrame(
            {
                "row": np.repeat(index, len(t)),
                "time": np.tile(t, len(X)),
                "survival": np.exp(S),
                "std_err": -d * np.exp(S) * se,
                "low": np.exp(log_survival(self.distribution, z + reach)[0]),
                "high": np.exp(log_survival(self.distribution, z - reach)[0]),
            }
        )

    def quantile(self, covariates: Any, p: float = 0.5) -> pd.Series:
        """Time by which a share `p` of such customers has had the event."""
        if not 0 < p < 1:
            raise DataError(f"`p` must lie between 0 and 1; got {p}. The median is 0.5.")
        w = {
            "lognormal": float(ndtri(p)),
            "loglogistic": float(np.log(p / (1 - p))),
        }.get(self.distribution, float(np.log(-np.log1p(-p))))
        eta = self.linear_predictor(covariates)
        return pd.Series(np.exp(eta.to_numpy() + self.scale * w), index=eta.index, name="time")


def fit_aft(
    covariates: Any,
    durations: Any,
    events: Any,
    *,
    distribution: Distribution = "weibull",
    entry: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
) -> AFTFit:
    """How many times as long do customers stay as a covariate rises by one.

    Parameters
    ----------
    covariates : DataFrame or array, n x p, or None
        As for `fit_cox`; None fits the intercept alone.
    durations : array
        > 0.
    events, entry, weights
        As for `fit_cox`.
    distribution : {"weibull", "exponential", "lognormal", "loglogistic"}, optional
    confidence : float, optional

    Returns
    -------
    AFTFit

    Raises
    ------
    DataError
        Values missing or mismatched; a covariate that is constant or repeats others.
    FitError
        No events, or no maximum that can be reached.

    Notes
    -----
    Maximised in coef/scale and 1/scale, in which the likelihood of a censored sample has one
    summit only.

    References
    ----------
    .. [1] Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 3.
    .. [2] Burridge (1981), JRSS B 43, 41-45 (one summit).
    """
    if distribution not in get_args(Distribution):
        raise DataError(
            f"`distribution` must be one of {get_args(Distribution)}; got {distribution!r}."
        )
    sample = observe_for_times(durations, events, entry, weights)
    X, columns = np.zeros((len(sample), 0)), list[str]()
    if covariates is not None:
        aligned(covariates=covariates, durations=durations)
        X, columns, _ = design(covariates)
    Z, center, spread = standardised(X, columns)
    names = ["(Intercept)", *columns]
    null, _ = find_summit(Z.T[:0], sample, distribution)
    summit, endless = find_summit(Z.T, sample, distribution)
    coef, log_scale, V = _in_log_time(summit, center, spread)
    warn_of_separation(names, coef, endless[: len(coef)])
    se = np.sqrt(np.diag(V))[: len(coef)]
    return AFTFit(
        table=coefficient_table(names, coef, se, confidence, ratio="time_ratio"),
        covariance=V,
        distribution=distribution,
        scale=float(np.exp(log_scale)),
        log_scale=log_scale,
        se_log_scale=float(np.sqrt(V[-1, -1])) if len(V) > len(coef) else np.nan,
        log_likelihood=summit.height,
        log_likelihood_null=null.height,
        aic=2 * len(V) - 2 * summit.height,
        n=len(sample),
        n_events=int(sample.event.sum()),
        confidence=confidence,
        columns=columns,
    )


def _in_log_time(summit: Likelihood, center: Floats, scale: Floats) -> tuple[Floats, float, Floats]:
    """Coefficients in the covariates' own units, log scale, and their covariance."""
    b, V = summit.b, solve(summit.curvature(), np.eye(len(summit.b)))
    p, M = len(center), own_units(center, scale)
    if summit.terms.distribution == "exponential":
        return M @ b, 0.0, M @ V @ M.T
    tau = b[-1]
    coef = M @ b[:-1] / tau
    J = np.zeros((p + 2, p + 2))
    J[:-1, :-1], J[:-1, -1], J[-1, -1] = M / tau, -coef / tau, -1 / tau
    return coef, -float(np.log(tau)), J @ V @ J.T
