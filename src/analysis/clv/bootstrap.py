"""Intervals for anything that a fit can say: simulate from it, fit again, look at the spread."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np
import pandas as pd

from analysis.clv.beta_discrete_weibull import BetaDiscreteWeibull, fit_beta_discrete_weibull
from analysis.clv.bg_bb import BGBB, fit_bg_bb
from analysis.clv.bg_cnbd import BGCNBD, fit_bg_cnbd
from analysis.clv.bg_nbd import BGNBD, fit_bg_nbd
from analysis.clv.erlang import ErlangGeometric
from analysis.clv.fits import Fit
from analysis.clv.gamma_gamma import GammaGamma, fit_gamma_gamma
from analysis.clv.mbg_cnbd import MBGCNBD, fit_mbg_cnbd
from analysis.clv.mbg_nbd import MBGNBD, fit_mbg_nbd
from analysis.clv.pareto_nbd import ParetoNBD, fit_pareto_nbd
from analysis.clv.resampling import resample
from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric, fit_shifted_beta_geometric
from analysis.errors import AnalysisWarning, DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bootstrap", "bootstrap"]

Model = TypeVar("Model")
FITS: dict[type, Callable[..., Fit]] = {
    BGNBD: fit_bg_nbd,
    MBGNBD: fit_mbg_nbd,
    BGCNBD: fit_bg_cnbd,
    MBGCNBD: fit_mbg_cnbd,
    ParetoNBD: fit_pareto_nbd,
    BGBB: fit_bg_bb,
    GammaGamma: fit_gamma_gamma,
    ShiftedBetaGeometric: fit_shifted_beta_geometric,
    BetaDiscreteWeibull: fit_beta_discrete_weibull,
}


@dataclass(frozen=True, slots=True)
class Bootstrap(Generic[Model]):
    """How far a statistic moves when other customers of the same kind are observed.

    Attributes
    ----------
    table : DataFrame
        A row a value of the statistic, indexed like it where it is a Series: `estimate` by the
        fit itself, `low` and `high`.
    draws : ndarray
        A row a replicate, a column a value.
    models : tuple
        The fits of the replicates, in the order of `draws`.
    confidence : float
        What the intervals are meant to cover.
    failed : int
        Replicates without a fit; they are in neither `draws` nor `models`.
    reasons : dict of str to int
        Why they have none, and how often.
    at_boundary : int
        Replicates whose fit lies on a boundary of the model; they count like the others.
    """

    table: pd.DataFrame
    draws: Floats = field(repr=False)
    models: tuple[Model, ...] = field(repr=False)
    confidence: float
    failed: int
    reasons: dict[str, int]
    at_boundary: int


def bootstrap(
    model: Model,
    customers: pd.DataFrame | ArrayLike,
    statistic: Callable[[Model], ArrayLike],
    *,
    seed: int,
    replicates: int = 200,
    confidence: float = 0.90,
    future: Callable[[Model, np.random.Generator], ArrayLike] | None = None,
    fit: Callable[[Any], Model] | None = None,
) -> Bootstrap[Model]:
    """How sure is any statistic of a fit?

    Parametric: as many customers, each observed for as long, are simulated from the fit, and
    the model is fitted to them; the interval lies between quantiles of the statistic over the
    replicates.

    Parameters
    ----------
    model : fit, or tuple of a fit of purchases and one of spend
        What to simulate from.
    customers : DataFrame, one row per customer
        What it was fitted to; `survivors` for models of subscribers.
    statistic : callable
        Model (a tuple where `model` is one) -> a number, array or Series.
    seed : int
        The same seed gives the same replicates, however many follow.
    replicates : int
        How many; >= 20.
    confidence : float
        Of the intervals.
    future : callable, optional
        (Model, Generator) -> what the statistic may turn out to be, at random. The interval is
        then for what will happen, not only for its expectation.
    fit : callable, optional
        How to fit again; needed where there is a choice, as with covariates.

    Returns
    -------
    Bootstrap

    Raises
    ------
    DataError
        When customers cannot be simulated, or a parameter makes no sense.
    FitError
        When fewer than half of the replicates have a fit.

    Warns
    -----
    AnalysisWarning
        When some replicates have no fit.

    References
    ----------
    .. [1] Efron and Tibshirani (1993), An introduction to the bootstrap, chapters 6 and 13.

    Examples
    --------
    >>> clv.bootstrap(  # doctest: +SKIP
    ...     fit,
    ...     customers,
    ...     lambda model: model.expected_purchases(customers, 52).sum(),
    ...     future=lambda model, rng: model.simulate_purchases(customers, 52, seed=rng).sum(),
    ...     seed=1,
    ... )
    """
    if replicates < 20 or not 0 < confidence < 1:
        raise DataError(
            "`replicates` must be >= 20 and `confidence` in (0, 1); got "
            f"{replicates} and {confidence}. Give, say, 200 and 0.90."
        )
    estimate, parts = statistic(model), _parts(model)
    refit = fit or _fit_of_all(model)
    models, draws, reasons = [], [], Counter[str]()
    for sequence in np.random.SeedSequence(seed).spawn(replicates):
        rng, observed = np.random.default_rng(sequence), customers
        for part in parts:
            observed = resample(part, observed, rng)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AnalysisWarning)  # boundaries are counted instead
                models.append(refit(observed))
        except (FitError, DataError) as error:
            reasons[str(error).split(";")[0]] += 1
            continue
        drawn = statistic(models[-1]) if future is None else future(models[-1], rng)
        draws.append(np.asarray(drawn, dtype=np.float64).ravel())
    _complain(reasons, replicates)
    return Bootstrap(
        table=_table(estimate, np.array(draws), confidence),
        draws=np.array(draws),
        models=tuple(models),
        confidence=confidence,
        failed=reasons.total(),
        reasons=dict(reasons),
        at_boundary=sum(any(part.boundary for part in _parts(each)) for each in models),
    )


def _parts(model: object) -> tuple[Fit, ...]:
    parts = model if isinstance(model, tuple) else (model,)
    strange = [part for part in parts if not isinstance(part, Fit)]
    if strange:
        raise DataError(
            "`model` must be a fit, or a tuple of fits; got "
            f"{type(strange[0]).__name__}. Give what a fit_... function returned."
        )
    return parts


def _fit_of_all(model: Model) -> Callable[[Any], Model]:
    """Return what fits the model, or each of a tuple of them, to other customers."""
    fits = [_fit_of(part) for part in _parts(model)]

    def refit(customers: pd.DataFrame) -> Model:
        found = tuple(fit(customers) for fit in fits)
        return cast("Model", found if isinstance(model, tuple) else found[0])

    return refit


def _fit_of(part: Fit) -> Callable[..., Fit]:
    if isinstance(part, ErlangGeometric):
        return partial(FITS[type(part)], k=part.k)
    if type(part) not in FITS:
        raise DataError(
            f"`fit` must be given for a {part.label}: it says with which choices to fit again. "
            "Give a function of the customers, such as lambda c: clv.fit_...(c, ...)."
        )
    return FITS[type(part)]


def _complain(reasons: Counter[str], replicates: int) -> None:
    if 2 * reasons.total() > replicates:
        raise FitError(
            f"half of the replicates must have a fit; {reasons.total()} of {replicates} have none, "
            f"first because {next(iter(reasons))}. Give it more customers, or a simpler model."
        )
    if reasons:
        warnings.warn(
            f"{reasons.total()} of {replicates} replicates have no fit and are left out, "
            f"first because {next(iter(reasons))}",
            AnalysisWarning,
            stacklevel=3,
        )


def _table(estimate: ArrayLike, draws: Floats, confidence: float) -> pd.DataFrame:
    index = estimate.index if isinstance(estimate, pd.Series) else None
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    middle = np.asarray(estimate, dtype=np.float64).ravel()
    return pd.DataFrame({"estimate": middle, "low": low, "high": high}, index=index)
