"""Maximum likelihood with covariates, in units in which every covariate weighs alike.

Covariates are centred and scaled for the search, so that neither years of birth nor shares make
it stumble; the maximum is given back in their own units, where all of it is a linear change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from analysis.clv.covariate_models import CovariateModel, own_units
from analysis.clv.covariates import check_informative, read_covariates
from analysis.clv.inputs import read_customers, refuse_unborn
from analysis.clv.likelihood import Limit, Maximum, maximise
from analysis.errors import DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.covariates import Effects
    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]
    RowLikelihood = Callable[[Floats], tuple[Floats, Floats]]

_REACH = 500.0  # of logarithms, before their exponentials leave the range of numbers
Model = TypeVar("Model", bound=CovariateModel)

__all__ = ["Family", "Penalty", "fit_covariates", "log_rising"]


class Family(NamedTuple, Generic[Model]):
    """What the fit must know of a model.

    Attributes
    ----------
    model : type
        The model with covariates.
    likelihood : callable
        Rows -> (log-parameters, a row a parameter and a column a customer) -> (log-likelihood
        of each, its slopes in the log-parameters).
    start : callable
        Rows -> log-parameters to begin at.
    limits : sequence of Limit
        Of the plain model.
    """

    model: type[Model]
    likelihood: Callable[[Rows], RowLikelihood]
    start: Callable[[Rows], Floats]
    limits: Sequence[Limit]


class Penalty(NamedTuple):
    """By what the squares of the coefficients lower the log-likelihood of the mean customer."""

    purchase: float
    dropout: float


def fit_covariates(
    customers: pd.DataFrame, family: Family[Model], effects: Effects, penalty: Penalty
) -> Model:
    """Fit a model with covariates to a customer summary."""
    for name, value in penalty._asdict().items():
        if not (np.isfinite(value) and value >= 0):
            raise DataError(f"`l2_{name}` must be finite and >= 0; got {value}. Give a penalty.")
    rows = read_customers(customers, for_fit=True)
    why = "a fit with covariates needs every first purchase"
    refuse_unborn(customers, rows, why, "Leave these customers out.")
    z = read_covariates(customers, effects.columns)
    check_informative(z, rows, effects, penalised=penalty.purchase > 0)
    rows, _ = replace(rows, z=z).distinct()
    size = float(rows.weight.sum())
    likelihood = _Likelihood(rows, family, effects, penalty)
    start = np.append(family.start(rows), np.zeros(len(effects.names)))
    limits = [_widen(way, family.model, effects) for way in family.limits]
    try:
        peak = maximise(likelihood, start, size, limits)
    except FitError as error:
        raise FitError(
            f"{error} Or a covariate tells who leaves so well that its coefficient has no bound: "
            "leave it out, or give a penalty (l2_purchase, l2_dropout)."
        ) from error
    return _fitted(family.model, likelihood, peak, size)


def log_rising(r: float, x: Floats) -> tuple[Floats, Floats]:
    """Return log(r (r+1) ... (r+x-1)) for each count, exactly, and its slope in r."""
    steps = r + np.arange(int(x.max(initial=0.0)))
    counts = x.astype(np.intp)
    log = np.append(0.0, np.cumsum(np.log(steps)))[counts]
    return log, np.append(0.0, np.cumsum(1 / steps))[counts]


def _fitted(model: type[Model], likelihood: _Likelihood, found: Maximum, size: float) -> Model:
    effects, penalty, peak = likelihood.effects, likelihood.penalty, likelihood.in_own_units(found)
    count = len(model.names)
    if not np.abs(peak.log_parameters[:count]).max() < _REACH:
        far = int(np.argmax(np.abs(likelihood.means / likelihood.spreads)))
        raise DataError(
            "covariates must not lie far from 0 for their spread, for the parameters are those of "
            f"a customer at 0; `{effects.columns[far]}` has mean {likelihood.means[far]:g} and "
            f"standard deviation {likelihood.spreads[far]:g}. Subtract a typical value first."
        )
    base: dict[str, Any] = dict(zip(model.names, peak.parameters[:count], strict=True))
    return model(
        **base,
        purchase=effects.purchase,
        dropout=effects.dropout,
        same=effects.same,
        coefficients=tuple(peak.log_parameters[count:].tolist()),
        l2_purchase=float(penalty.purchase),
        l2_dropout=float(penalty.dropout),
        means=tuple(likelihood.means.tolist()),
        spreads=tuple(likelihood.spreads.tolist()),
        n_customers=size,
        peak=peak,
    )


class _Likelihood:
    """The penalised log-likelihood, and its gradient, with covariates of mean 0 and spread 1.

    A point holds the log-parameters of the mean customer, then the scaled coefficients.
    """

    def __init__(
        self, rows: Rows, family: Family[Model], effects: Effects, penalty: Penalty
    ) -> None:
        z, weight, model = np.asarray(rows.z), rows.weight, family.model
        self.weight, self.by_row, self.effects = weight, family.likelihood(rows), effects
        self.on_purchase, self.on_dropout = np.array(model.on_purchase), np.array(model.on_dropout)
        self.count = self.on_purchase.size
        self.means = np.average(z, axis=0, weights=weight)
        self.spreads = np.sqrt(np.average((z - self.means) ** 2, axis=0, weights=weight))
        purchase, dropout = effects.matrix("purchase"), effects.matrix("dropout")
        scaled = (z - self.means) / self.spreads
        self.z_purchase, self.z_dropout = scaled @ purchase, scaled @ dropout
        self.change = own_units(model, effects, self.means, self.spreads)
        self.penalty = penalty
        ridge = penalty.purchase * purchase.sum(axis=0) + penalty.dropout * dropout.sum(axis=0)
        self.ridge = ridge * weight.sum() * np.diag(self.change)[self.count :] ** 2

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        """Return the penalised log-likelihood, and its gradient."""
        base, coefficients = np.split(point, [self.count])
        logs = base[:, None] + np.multiply.outer(self.on_purchase, self.z_purchase @ coefficients)
        logs = logs + np.multiply.outer(self.on_dropout, self.z_dropout @ coefficients)
        values, slopes = self.by_row(logs)
        slopes = slopes * self.weight
        of_coefficients = (self.on_purchase @ slopes) @ self.z_purchase
        of_coefficients += (
            self.on_dropout @ slopes
        ) @ self.z_dropout - 2 * self.ridge * coefficients
        value = self.weight @ values - self.ridge @ coefficients**2
        return float(value), np.append(slopes.sum(axis=1), of_coefficients)

    def in_own_units(self, peak: Maximum) -> Maximum:
        """Return the maximum for covariates as they came, with the log-likelihood itself.

        A coefficient without effect at the limit reached is set to 0.
        """
        point, count = peak.log_parameters.copy(), self.count
        point[[i for way in peak.limits for i in way.unsettled if i >= count]] = 0.0
        covariance = self.change @ peak.log_covariance @ self.change.T
        value = self(point)[0] + float(self.ridge @ point[count:] ** 2)
        return Maximum(self.change @ point, value, covariance, peak.limits)


def _widen(way: Limit, model: type[CovariateModel], effects: Effects) -> Limit:
    """Return a limit of the plain model with the coefficients that lose their effect there."""
    lost = {
        process
        for process, on in (("purchase", model.on_purchase), ("dropout", model.on_dropout))
        if _loses(way, on)
    }
    count = len(model.names)
    positions = tuple(count + i for i, (on, _) in enumerate(effects.coefficients) if on in lost)
    direction = (*way.direction, *(0.0 for _ in effects.coefficients))
    return Limit(way.reason, direction, (*way.held, *positions), (*way.unsettled, *positions))


def _loses(way: Limit, on: tuple[float, ...]) -> bool:
    """Whether to move along `on` changes nothing at the limit: all lies still, or its own way."""
    moved = {i for i, effect in enumerate(on) if effect}
    still = moved | set(way.unsettled) <= set(way.held)
    return still or np.linalg.matrix_rank([on, way.direction]) == 1
