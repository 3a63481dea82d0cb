"""The Pareto/NBD with covariates: who buys more often, and who stays, by what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from analysis.clv.covariate_fit import Family, Penalty, fit_covariates, log_rising
from analysis.clv.covariate_models import CovariateModel
from analysis.clv.covariates import choose_effects
from analysis.clv.pareto_nbd import LIMITS, ParetoNBD, odds_gone, start

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows
    from analysis.clv.random_buying import RandomBuying

    Floats = NDArray[np.float64]

__all__ = ["ParetoNBDCovariates", "fit_pareto_nbd_covariates"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParetoNBDCovariates(CovariateModel):
    """A fitted Pareto/NBD with covariates; further attributes as for every such model.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates, of customers whose
        covariates are all 0; alpha in time units.
    s, beta : float
        Shape and rate of the gamma distribution of their rates of leaving; beta in time units.
    """

    label: ClassVar[str] = "Pareto/NBD with covariates"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    plain: ClassVar[type[RandomBuying]] = ParetoNBD
    on_purchase: ClassVar[tuple[float, ...]] = (0.0, -1.0, 0.0, 0.0)
    on_dropout: ClassVar[tuple[float, ...]] = (0.0, 0.0, 0.0, -1.0)
    s: float
    beta: float


def fit_pareto_nbd_covariates(
    customers: pd.DataFrame,
    *,
    purchase: Sequence[str] = (),
    dropout: Sequence[str] = (),
    same: Sequence[str] = (),
    l2_purchase: float = 0.0,
    l2_dropout: float = 0.0,
) -> ParetoNBDCovariates:
    """Fit the Pareto/NBD with covariates to a customer summary by maximum likelihood.

    With alpha exp(-purchase' z) for alpha and beta exp(-dropout' z) for beta, one unit more of
    a covariate multiplies the purchase rate, or the rate of leaving, by exp(coefficient).

    Parameters
    ----------
    customers : DataFrame, one row per customer
    purchase, dropout, same : sequence of str
    l2_purchase, l2_dropout : float
        As for `fit_bg_nbd_covariates`, whose errors and warnings are raised here too.

    Returns
    -------
    ParetoNBDCovariates

    References
    ----------
    .. [1] Fader and Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD
       and BG/NBD models.
    .. [2] Bachmann, Meierer and Naef (2021), The role of time-varying contextual factors in
       latent attrition models, Marketing Science 40(4); CLVTools for R.
    """
    effects = choose_effects(purchase, dropout, same)
    family = Family(ParetoNBDCovariates, Likelihood, start, LIMITS)
    return fit_covariates(customers, family, effects, Penalty(l2_purchase, l2_dropout))


class Likelihood:
    """Log-likelihood of each distinct history at parameters of its own, and its slopes."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __call__(self, logs: Floats) -> tuple[Floats, Floats]:
        """Return the log-likelihoods, and a row of slopes for each of the log-parameters."""
        _, alpha, _, beta = parameters = np.exp(logs)
        r, s = float(parameters[0, 0]), float(parameters[2, 0])
        x, t_x, T = self.rows.x, self.rows.t_x, self.rows.T
        gone = odds_gone(r + x, s, alpha + t_x, beta + t_x, T - t_x)
        buying, leaving = np.log1p(T / alpha), np.log1p(T / beta)
        counts, counts_slope = log_rising(r, x)
        values = np.logaddexp(0.0, gone.log_odds) + counts
        values -= r * buying + x * np.log(alpha + T) + s * leaving
        stayed = [
            counts_slope - buying,
            r * T / (alpha * (alpha + T)) - x / (alpha + T),
            -leaving,
            s * T / (beta * (beta + T)),
        ]
        slopes = np.array(stayed) + special.expit(gone.log_odds) * gone.gradient
        return values, slopes * parameters
