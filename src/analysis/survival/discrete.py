"""Hazards in whole periods: the chance of leaving in each month, given being there before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.errors import DataError, FitError
from analysis.survival.coefficients import coefficient_table
from analysis.survival.design import design, same_columns, standardised
from analysis.survival.discrete_likelihood import (
    Link,
    Periods,
    likelihood,
    periods_at_risk,
)
from analysis.survival.intervals import Interval, survival_limits
from analysis.survival.newton import climb, solve, warn_of_separation
from analysis.survival.observations import aligned, numbers, observe, require

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Observations

Baseline = Literal["each"] | int


@dataclass(frozen=True, slots=True)
class DiscreteHazardFit:
    """A fitted model of the chance of leaving in each period.

    Attributes
    ----------
    table : DataFrame, one row a covariate
        `covariate`, `coef`, `se`, `ratio` (of the odds with the logit, of the hazard with the
        complementary log-log link) with `low` and `high`, `z`, `p`, `log_p`.
    baseline : DataFrame, one row a term
        `term` ("period 1", ... or "1", "t", "t^2", ...), `coef`, `se`, at covariates of zero.
    covariance : array
        Of the coefficients of `table`, then of `baseline`.
    log_likelihood : float
    n, n_events, n_periods : int
        Rows, rows with the event, and periods at risk of all rows together.
    """

    table: pd.DataFrame
    baseline: pd.DataFrame
    covariance: Floats
    log_likelihood: float
    link: Link
    n: int
    n_events: int
    n_periods: int
    confidence: float
    basis: Floats = field(repr=False)  # periods x terms

    @property
    def columns(self) -> list[str]:
        """Names of the covariates."""
        return list(self.table["covariate"])

    def hazard(self, covariates: Any) -> pd.DataFrame:
        """Chance of leaving in each period, given being there when it begins.

        Returns
        -------
        DataFrame, one row a row of the covariates, one column a period
        """
        eta, index = self._predictor(covariates)
        periods = pd.RangeIndex(1, len(self.basis) + 1, name="period")
        hazard = expit(eta) if self.link == "logit" else -np.expm1(-np.exp(eta))
        return pd.DataFrame(hazard, index=index, columns=periods)

    def survival(
        self, covariates: Any, times: Any, *, interval: Interval = "log-log"
    ) -> pd.DataFrame:
        """Share of such customers still here at the end of given periods.

        Returns
        -------
        DataFrame, one row a time of each row of the covariates: `row`, `time`, `survival`,
        `std_err`, `low`, `high`
        """
        t = _whole("times", times)
        known = (t >= 1) & (t <= len(self.basis))
        require(
            known, f"`times` must be periods of the fit, 1 to {len(self.basis)}", t,
            "Later periods were not observed.",
        )  # fmt: skip
        eta, index = self._predictor(covariates)
        X = design(covariates)[0]
        lasts = -np.logaddexp(0, eta) if self.link == "logit" else -np.exp(eta)  # log(1 - hazard)
        slope = -expit(eta) if self.link == "logit" else lasts
        log_S, se_log = np.empty((len(X), len(t))), np.empty((len(X), len(t)))
        for k, last in enumerate(t.astype(int)):
            log_S[:, k] = lasts[:, :last].sum(axis=1)
            weight = slope[:, :last]
            a = np.hstack([X * weight.sum(axis=1)[:, None], weight @ self.basis[:last]])
            se_log[:, k] = np.sqrt(np.einsum("ij,jk,ik->i", a, self.covariance, a))
        S, se = np.exp(log_S).ravel(), se_log.ravel()
        low, high = survival_limits(S, se, self.confidence, interval)
        row, time = np.repeat(index, len(t)), np.tile(t, len(X))
        columns = {"row": row, "time": time, "survival": S, "std_err": S * se}
        return pd.DataFrame(columns | {"low": low, "high": high})

    def _predictor(self, covariates: Any) -> tuple[Floats, pd.Index]:
        X, columns, index = design(covariates)
        same_columns(columns, self.columns)
        alpha = self.basis @ self.baseline["coef"].to_numpy()
        return (X @ self.table["coef"].to_numpy())[:, None] + alpha, index


def fit_discrete_hazard(
    covariates: Any,
    durations: Any,
    events: Any,
    *,
    link: Link = "logit",
    baseline: Baseline = "each",
    entry: Any = None,
    weights: Any = None,
    confidence: float = 0.95,
) -> DiscreteHazardFit:
    """How does a covariate change the chance of leaving in a period, month by month.

    Parameters
    ----------
    covariates : DataFrame or array, n x p
        As for `fit_cox`.
    durations : array of whole numbers
        Number of the period in which the event came or observation ended, from 1.
    events : array of bool (or 1/0)
    link : {"logit", "cloglog"}, optional
        Complementary log-log gives the hazard ratios of a Cox model seen in periods.
    baseline : "each" or int, optional
        A level of its own for each period, or a polynomial of this degree in the period.
    entry : array of whole numbers, optional
        Periods already over when the row came under observation.
    weights : array, optional
        How many customers a row stands for.
    confidence : float, optional

    Returns
    -------
    DiscreteHazardFit

    Raises
    ------
    DataError
        Values missing, not whole or mismatched; a covariate that is constant or repeats others.
    FitError
        No events, or no maximum that can be reached.

    Warns
    -----
    AnalysisWarning
        A covariate, or a period, in which nobody (or everybody) leaves: its level is infinite.

    Notes
    -----
    The table with one row for each period of each customer is never built: sums run over the
    periods, each over those at risk in it.

    References
    ----------
    .. [1] Prentice and Gloeckler (1978), Biometrics 34, 57-67.
    .. [2] Singer and Willett (1993), Journal of Educational Statistics 18, 155-195.
    """
    if link not in ("logit", "cloglog"):
        raise DataError(f"`link` must be 'logit' or 'cloglog'; got {link!r}.")
    if baseline != "each" and not (isinstance(baseline, int) and 0 <= baseline <= 5):
        raise DataError(f"`baseline` must be 'each' or a degree from 0 to 5; got {baseline!r}.")
    aligned(covariates=covariates, durations=durations)
    X, columns, _ = design(covariates)
    sample = _in_periods(durations, events, entry, weights)
    Z, center, spread = standardised(X, columns)
    at_risk = periods_at_risk(Z, sample, baseline)
    start = likelihood(np.zeros(Z.shape[1] + at_risk.basis.shape[1]), at_risk, link)
    reach = np.append(np.ptp(Z, axis=0), np.ones(at_risk.basis.shape[1]))
    # The complementary log-log link scores by the expected information, so steps are shorter.
    there = 1e-10 if link == "logit" else 1e-19
    summit, endless = climb(start, lambda b: likelihood(b, at_risk, link), reach, there=there)
    M = _to_own_units(at_risk, center, spread)
    b, V = M @ summit.b, M @ solve(summit.curvature(), np.eye(len(M))) @ M.T
    names = [*columns, *at_risk.terms]
    warn_of_separation(names, b, endless)
    p, se = len(columns), np.sqrt(np.diag(V))
    return DiscreteHazardFit(
        table=coefficient_table(columns, b[:p], se[:p], confidence, ratio="ratio"),
        baseline=pd.DataFrame({"term": at_risk.terms, "coef": b[p:], "se": se[p:]}),
        covariance=V,
        log_likelihood=summit.height,
        link=link,
        n=len(X),
        n_events=int(sample.event.sum()),
        n_periods=int((sample.time - (0 if sample.entry is None else sample.entry)).sum()),
        confidence=confidence,
        basis=at_risk.basis,
    )


def _in_periods(durations: Any, events: Any, entry: Any, weights: Any) -> Observations:
    """Check that times are whole periods, and that there is an event."""
    sample = observe(durations, events, entry, weights)
    for name, t, least in (("durations", sample.time, 1), ("entry", sample.entry, 0)):
        if t is not None:
            require(
                (t == np.round(t)) & (t >= least),
                f"`{name}` must be whole numbers >= {least}", t,
                "Count a started period as one: numpy.ceil.",
            )  # fmt: skip
    if not sample.event.any():
        raise FitError(f"A hazard model needs events; none of the {len(sample)} rows has one.")
    return sample


def _whole(name: str, values: Any) -> Floats:
    t = numbers(name, np.atleast_1d(values))
    require(t == np.round(t), f"`{name}` must be whole numbers", t, "Count whole periods.")
    return t


def _to_own_units(at_risk: Periods, center: Floats, spread: Floats) -> Floats:
    """Matrix from coefficients of centred and scaled covariates to those of their own units."""
    p, q = len(center), at_risk.basis.shape[1]
    M = np.eye(p + q)
    M[:p, :p] = np.diag(1 / spread)
    M[p:, :p] = -np.outer(at_risk.level, center / spread)
    return M
