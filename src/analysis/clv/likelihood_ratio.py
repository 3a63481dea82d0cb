"""Is the richer of two models worth its parameters?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.beta_discrete_weibull import BetaDiscreteWeibull
from analysis.clv.covariate_models import CovariateModel
from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric
from analysis.errors import DataError
from analysis.survival.comparison import log_chi2_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.fits import Fit

    Floats = NDArray[np.float64]

__all__ = ["LikelihoodRatio", "likelihood_ratio_test"]

_ROUNDING = 0.01  # log-likelihoods closer than this count as the same


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A test of a simpler model inside a richer one.

    Attributes
    ----------
    nested, full : str
        The models.
    statistic : float
        Twice the difference of the log-likelihoods.
    dof : int
        How many parameters more the richer one has that the data determine.
    p_value, log_p_value : float
        Chance of such a difference, or a larger one, if the simpler model is true; its natural
        logarithm is finite however small the chance.
    boundary : str
        Empty, or what makes the chance approximate: the limit that a fit lies at.
    """

    nested: str
    full: str
    statistic: float
    dof: int
    p_value: float
    log_p_value: float
    boundary: str


def likelihood_ratio_test(nested: Fit, full: Fit) -> LikelihoodRatio:
    """Do the data ask for the richer model, or is the simpler one inside it enough?

    Parameters
    ----------
    nested : Fit
        The simpler model.
    full : Fit
        The richer one, which becomes the simpler one at some values of its parameters; fitted
        to the same customers.

    Returns
    -------
    LikelihoodRatio

    Raises
    ------
    DataError
        When the one model is not inside the other, a fit is penalised, or they were fitted to
        different customers.

    Notes
    -----
    Where a fit lies at a limit of its model, the statistic does not follow the chi-squared
    distribution exactly; `boundary` then says so.

    References
    ----------
    .. [1] Self and Liang (1987), Asymptotic properties of maximum likelihood estimators and
       likelihood ratio tests under nonstandard conditions, JASA 82(398).
    """
    _check_nested(nested, full)
    _check_comparable(nested, full)
    dof = full.free - nested.free
    if dof < 1:
        raise DataError(
            f"the richer model must have parameters of its own; at its limit ({full.boundary}) "
            f"{full.label} has none beyond those of {nested.label}. Keep the simpler one."
        )
    statistic = max(2 * (full.log_likelihood - nested.log_likelihood), 0.0)
    log_p = log_chi2_sf(statistic, dof)
    return LikelihoodRatio(
        nested=_name(nested),
        full=_name(full),
        statistic=statistic,
        dof=dof,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        boundary=_boundary(nested, full),
    )


def _check_nested(nested: Fit, full: Fit) -> None:
    if _inside(nested, full):
        return
    pair = f"{_name(nested)} is not inside {_name(full)}"
    if _inside(full, nested):
        raise DataError(
            f"the first model must be the simpler one; {pair}, but the other way round. "
            "Swap the two."
        )
    if hasattr(full, "k") or hasattr(nested, "k"):
        raise DataError(
            "models must differ by parameters that can move freely for this test; "
            f"{pair} in that way: k is a whole number. Compare them by AIC or on a holdout."
        )
    raise DataError(
        f"the first model must be inside the second for this test; {pair}. "
        "Compare them by AIC or on a holdout."
    )


def _inside(nested: Fit, full: Fit) -> bool:
    """Whether `full` becomes `nested` at some values of its parameters, and not the reverse."""
    if isinstance(full, CovariateModel):
        if type(nested) is full.plain:
            return True
        return type(nested) is type(full) and _fewer(nested, full)
    return type(nested) is ShiftedBetaGeometric and type(full) is BetaDiscreteWeibull


def _fewer(nested: CovariateModel, full: CovariateModel) -> bool:
    """Whether the effects that `nested` allows are some of those that `full` allows."""
    columns = sorted({*nested.effects.columns, *full.effects.columns})
    few, many = _allowed(nested, columns), _allowed(full, columns)
    rank = np.linalg.matrix_rank(many)
    return bool(np.linalg.matrix_rank(few) < rank == np.linalg.matrix_rank(np.hstack([many, few])))


def _allowed(model: CovariateModel, columns: list[str]) -> Floats:
    """Return a column a coefficient: which effects of `columns`, on either process, it moves."""
    effects = model.effects
    out = np.zeros((2, len(columns), len(effects.names)))
    places = [columns.index(column) for column in effects.columns]
    for i, process in enumerate(("purchase", "dropout")):
        out[i, places] = effects.matrix(process)
    return out.reshape(2 * len(columns), -1)


def _check_comparable(nested: Fit, full: Fit) -> None:
    for fit in (nested, full):
        if isinstance(fit, CovariateModel) and fit.penalised:
            raise DataError(
                f"a penalised fit is not at the maximum of its likelihood; {_name(fit)} has "
                f"l2_purchase={fit.l2_purchase:g}, l2_dropout={fit.l2_dropout:g}. "
                "Fit it without a penalty, or compare on a holdout."
            )
    if nested.n_customers != full.n_customers:
        raise DataError(
            "both models must be fitted to the same customers; "
            f"{_name(nested)} to {nested.n_customers:.0f}, {_name(full)} to "
            f"{full.n_customers:.0f}. Fit both to one table."
        )
    behind = nested.log_likelihood - full.log_likelihood
    if behind > _ROUNDING:
        raise DataError(
            f"the richer model must fit at least as well; {_name(full)} is {behind:.4g} behind in "
            "log-likelihood, so the customers were not the same, or their time was in another "
            "unit. Fit both to one table."
        )


def _boundary(nested: Fit, full: Fit) -> str:
    """Say what makes the chi-squared distribution an approximation."""
    at_limit = [f"{_name(fit)}: {fit.boundary}" for fit in (nested, full) if fit.boundary]
    if not at_limit:
        return ""
    return f"the p-value is approximate: a fit lies at a limit of its model ({'; '.join(at_limit)})"


def _name(fit: Fit) -> str:
    of = f" ({', '.join(fit.effects.names)})" if isinstance(fit, CovariateModel) else ""
    return f"{fit.label}{of}"
