"""The BG/NBD with covariates: who buys more often, and who stays, by what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from analysis.clv.beta_geometric import LIMITS, start
from analysis.clv.bg_nbd import BGNBD
from analysis.clv.covariate_fit import Family, Penalty, fit_covariates, log_rising
from analysis.clv.covariate_models import CovariateModel
from analysis.clv.covariates import choose_effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows
    from analysis.clv.random_buying import RandomBuying

    Floats = NDArray[np.float64]

__all__ = ["BGNBDCovariates", "fit_bg_nbd_covariates"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BGNBDCovariates(CovariateModel):
    """A fitted BG/NBD with covariates; further attributes as for every model with covariates.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates, of customers whose
        covariates are all 0; alpha in time units.
    a, b : float
        Parameters of the beta distribution of their chance to leave after a purchase.
    """

    label: ClassVar[str] = "BG/NBD with covariates"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    plain: ClassVar[type[RandomBuying]] = BGNBD
    on_purchase: ClassVar[tuple[float, ...]] = (0.0, -1.0, 0.0, 0.0)
    on_dropout: ClassVar[tuple[float, ...]] = (0.0, 0.0, 1.0, 1.0)
    a: float
    b: float


def fit_bg_nbd_covariates(
    customers: pd.DataFrame,
    *,
    purchase: Sequence[str] = (),
    dropout: Sequence[str] = (),
    same: Sequence[str] = (),
    l2_purchase: float = 0.0,
    l2_dropout: float = 0.0,
) -> BGNBDCovariates:
    """Fit the BG/NBD with covariates to a customer summary by maximum likelihood.

    With alpha exp(-purchase' z) for alpha, one unit more of a covariate multiplies the purchase
    rate by exp(coefficient). With a exp(dropout' z) and b exp(dropout' z) for a and b, the mean
    chance to leave is the same for all; what a covariate changes is how much customers differ
    in it: a coefficient > 0 makes them more alike.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `fit_bg_nbd`, and the covariates: numbers, or true and false.
    purchase, dropout : sequence of str
        Columns that act on buying, and on leaving.
    same : sequence of str
        Columns of both that have one coefficient for both.
    l2_purchase, l2_dropout : float
        Penalties >= 0: the log-likelihood of the mean customer less penalty x sum of squared
        coefficients is maximised. Coefficients are in the units of their columns, so bring
        columns to one scale first. One of `same` counts with both penalties.

    Returns
    -------
    BGNBDCovariates

    Raises
    ------
    DataError
        When a history cannot be true, or a covariate is missing, no number, the same for all,
        or a sum of others.
    FitError
        When the likelihood has no peak.

    Warns
    -----
    AnalysisWarning
        When the maximum lies on a boundary, such as nobody ever leaving.

    References
    ----------
    .. [1] Fader and Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD
       and BG/NBD models.
    .. [2] Bachmann, Meierer and Naef (2021), The role of time-varying contextual factors in
       latent attrition models, Marketing Science 40(4); CLVTools for R.
    """
    effects = choose_effects(purchase, dropout, same)
    family = Family(BGNBDCovariates, Likelihood, start, LIMITS)
    return fit_covariates(customers, family, effects, Penalty(l2_purchase, l2_dropout))


class Likelihood:
    """Log-likelihood of each distinct history at parameters of its own, and its slopes.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 6.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __call__(self, logs: Floats) -> tuple[Floats, Floats]:
        """Return the log-likelihoods, and a row of slopes for each of the log-parameters."""
        _, alpha, a, b = np.exp(logs)
        r = float(np.exp(logs[0, 0]))
        x, t_x, T = self.rows.x, self.rows.t_x, self.rows.T
        before = b + np.maximum(x - 1, 0)
        silence, age = np.log1p((T - t_x) / (alpha + t_x)), np.log1p(T / alpha)
        log_odds = np.where(x > 0, logs[2] - np.log(before) + (r + x) * silence, -np.inf)
        left = special.expit(log_odds)
        counts, counts_slope = log_rising(r, x)
        stayed = special.betaln(a, b + x) - special.betaln(a, b)
        values = np.logaddexp(0.0, log_odds) - r * age - x * np.log(alpha + T) + counts + stayed
        per_alpha = r * T / (alpha * (alpha + T)) - x / (alpha + T)
        per_alpha -= left * (r + x) * (T - t_x) / ((alpha + T) * (alpha + t_x))
        either = special.digamma(a + b) - special.digamma(a + b + x)
        per_b = either + special.digamma(b + x) - special.digamma(b) - left / before
        slopes = [r * (left * silence - age + counts_slope), alpha * per_alpha]
        return values, np.array([*slopes, left + a * either, b * per_b])
