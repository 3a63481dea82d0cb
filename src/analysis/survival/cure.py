"""A share that never leaves: Weibull mixture cure models."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.errors import AnalysisWarning, DataError
from analysis.survival.cure_likelihood import slope_of_log_survival
from analysis.survival.design import rows_to_predict, with_intercept
from analysis.survival.intervals import Interval, normal_quantile, survival_limits
from analysis.survival.observations import numbers, require

if TYPE_CHECKING:
    from analysis.survival.observations import Floats
    from analysis.survival.plateau import FollowUp

_LEVEL = 0.95  # share of those who will ever leave that must have left, for a plateau to be seen


@dataclass(frozen=True, slots=True)
class WeibullCureFit:
    """A fitted S(t) = cured + (1 - cured) exp(-(t / scale)^shape).

    Attributes
    ----------
    table : DataFrame, one row a coefficient
        `part` ("cured share", of whose logit it is, or "log scale"), `covariate` (the first of
        each part "(Intercept)"), `coef`, `se`, `ratio` (of odds to be cured, or of times) with
        `low` and `high`, `z`, `p`, `log_p`.
    covariance : array
        Of the coefficients and, last, of log shape.
    shape, log_shape, se_log_shape : float
    log_likelihood, log_likelihood_no_cure, aic : float
        Of the times, at the maximum and at that of a Weibull model without cured.
    p_no_cure : float
        Of the hypothesis that nobody is cured; NaN with covariates on the share.
    at_boundary : bool
        Whether the likelihood is highest with nobody cured. The share is then 0 and has no
        standard error; its upper limit is from the profile likelihood.
    follow_up : FollowUp
        Whether the data saw the curve level off.
    left_by_then : float
        Of those who will ever leave, the share that the fit expects to have left by the last time
        observed (the mean over the rows).
    n, n_events : int
    """

    table: pd.DataFrame
    covariance: Floats
    shape: float
    log_shape: float
    se_log_shape: float
    log_likelihood: float
    log_likelihood_no_cure: float
    aic: float
    p_no_cure: float
    at_boundary: bool
    highest_share: float  # upper limit at the boundary, else NaN
    follow_up: FollowUp
    left_by_then: float
    n: int
    n_events: int
    confidence: float
    share_columns: list[str] = field(repr=False)
    scale_columns: list[str] = field(repr=False)

    @property
    def has_plateau(self) -> bool:
        """Whether the data themselves, not the Weibull's form alone, tell of a cured share."""
        return self.follow_up.p_value <= 1 - _LEVEL and self.left_by_then >= _LEVEL

    def cured_share(self, share_covariates: Any = None) -> pd.DataFrame:
        """What share of such customers never leaves.

        Parameters
        ----------
        share_covariates : DataFrame or array, optional
            Those of the fit; None for a fit without.

        Returns
        -------
        DataFrame, one row a row of the covariates: `row`, `cured_share`, `std_err`, `low`, `high`
            Limits are symmetric on the logit scale.
        """
        X, index = rows_to_predict("share_covariates", share_covariates, self.share_columns)
        A, p = with_intercept(X), 1 + len(self.share_columns)
        share = expit(A @ self.table["coef"].to_numpy()[:p])
        if self.at_boundary:
            columns = {"cured_share": 0.0, "std_err": np.nan, "low": 0.0,
                       "high": self.highest_share}  # fmt: skip
            return pd.DataFrame({"row": index} | columns)
        V = self.covariance[:p, :p]
        se = np.sqrt(np.einsum("ij,ij->i", A @ V, A))
        step = np.exp(normal_quantile(self.confidence) * se)
        odds = share / (1 - share)
        return pd.DataFrame(
            {
                "row": index,
                "cured_share": share,
                "std_err": share * (1 - share) * se,
                "low": odds / (step + odds),
                "high": odds * step / (1 + odds * step),
            }
        )

    def survival(
        self,
        times: Any,
        *,
        share_covariates: Any = None,
        scale_covariates: Any = None,
        interval: Interval = "log-log",
    ) -> pd.DataFrame:
        """Share of such customers still here at given times, past the observed ones too.

        Returns
        -------
        DataFrame, one row a time of each row of the covariates: `row`, `time`, `survival`,
        `std_err`, `low`, `high`
        """
        t = numbers("times", np.atleast_1d(times))
        require(t > 0, "`times` must be > 0", t, "At time 0 everybody is still here.")
        A, index = rows_to_predict("share_covariates", share_covariates, self.share_columns)
        M, of_scale = rows_to_predict("scale_covariates", scale_covariates, self.scale_columns)
        if not self.share_columns:
            A, index = np.zeros((len(M), 0)), of_scale
        elif not self.scale_columns:
            M = np.zeros((len(A), 0))
        if len(A) != len(M):
            raise DataError(
                "`share_covariates` and `scale_covariates` must describe the same rows; they have "
                f"{len(A)} and {len(M)}."
            )
        A, M = (np.repeat(with_intercept(X), len(t), axis=0) for X in (A, M))
        b = np.append(self.table["coef"].to_numpy(), self.log_shape)
        log_S, G = slope_of_log_survival(b, A, M, np.log(np.tile(t, len(index))))
        V = np.nan_to_num(self.covariance)  # the share is known to be 0 at the boundary
        se, S = np.sqrt(np.einsum("ij,ij->i", G @ V, G)), np.exp(log_S)
        low, high = survival_limits(S, se, self.confidence, interval)
        row, time = np.repeat(index, len(t)), np.tile(t, len(index))
        columns = {"row": row, "time": time, "survival": S, "std_err": S * se}
        return pd.DataFrame(columns | {"low": low, "high": high})


def warn_without_plateau(fit: WeibullCureFit) -> None:
    """Say where the cured share rests on the form of the curve, not on the data."""
    if fit.has_plateau or fit.at_boundary:
        return
    if fit.left_by_then < _LEVEL:
        why = (
            f"by the fit only {fit.left_by_then:.0%} of those who will ever leave had left by "
            f"{fit.follow_up.last_time:g}, where the longest observation ends"
        )
    else:
        why = (
            f"the longest observation ends at {fit.follow_up.last_time:g}, too soon after the last "
            f"event at {fit.follow_up.last_event:g} (p = {fit.follow_up.p_value:.2g})"
        )
    warnings.warn(
        f"The data do not show the curve level off: {why}. The cured share then rests on the form "
        "of the Weibull curve beyond the data: watch longer, or do not use it.",
        AnalysisWarning,
        stacklevel=3,
    )
