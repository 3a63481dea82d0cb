"""Retention of subscribers whose chance to cancel changes with age.

The beta-discrete-Weibull model is the shifted-beta-geometric one with one parameter more: a
subscriber's chance to cancel may fall (c < 1) or rise (c > 1) with each renewal.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from analysis.clv.likelihood import Maximum, maximise
from analysis.clv.shifted_beta_geometric import (
    LIMITS,
    ShiftedBetaGeometric,
    check_survivors,
    fit_shifted_beta_geometric,
    log_likelihood_of,
)
from analysis.errors import AnalysisWarning

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["BetaDiscreteWeibull", "fit_beta_discrete_weibull"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BetaDiscreteWeibull(ShiftedBetaGeometric):
    """A fitted beta-discrete-Weibull model.

    Attributes
    ----------
    alpha, beta : float
        Parameters of the beta distribution of the chance to cancel at the first renewal.
    c : float
        How that chance changes with age: it falls below 1, rises above.
    """

    label: ClassVar[str] = "beta-discrete-Weibull"
    names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "c")
    c: float


def fit_beta_discrete_weibull(survivors: ArrayLike) -> BetaDiscreteWeibull:
    """Fit the beta-discrete-Weibull model to one cohort.

    Parameters
    ----------
    survivors : array
        How many were there at the beginning, after the first renewal, the second, ...; at
        least three renewals.

    Returns
    -------
    BetaDiscreteWeibull

    Raises
    ------
    DataError
        When the counts rise, are negative, or hold fewer than three renewals.
    FitError
        When the likelihood has no peak.

    References
    ----------
    .. [1] Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to project customer retention"
       revisited: the role of duration dependence, J. of Interactive Marketing 43.
    """
    counts = check_survivors(survivors, renewals=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # a boundary there need not be one here
        simple = fit_shifted_beta_geometric(counts).peak.log_parameters
    peak: Maximum = maximise(
        lambda log_parameters: log_likelihood_of(log_parameters, counts),
        np.append(simple, 0.0),
        float(counts[0]),
        LIMITS,
    )
    alpha, beta, c = peak.parameters
    return BetaDiscreteWeibull(alpha=alpha, beta=beta, c=c, n_customers=float(counts[0]), peak=peak)
