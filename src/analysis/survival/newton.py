"""Climb a likelihood to its maximum, or say why it has none."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from analysis.errors import AnalysisWarning, DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.survival.observations import Floats

_MAX_STEPS = 60
_CLOSE = 1e-6  # squared distance to the maximum, in standard errors, from which to judge
THERE = 1e-10  # and from which one more Newton step reaches rounding error


class Surface(Protocol):
    """A log-likelihood (less any penalty) at one point b."""

    @property
    def b(self) -> Floats:
        """Coefficients of this point."""

    @property
    def height(self) -> float:
        """Log-likelihood, less any penalty."""

    def slope(self) -> Floats:
        """First derivatives."""

    def curvature(self) -> Floats:
        """Information: second derivatives, with the sign changed, or what is expected of them."""


S = TypeVar("S", bound=Surface)


def climb(
    start: S, move: Callable[[Floats], S], reach: Floats, *, there: float = THERE
) -> tuple[S, Floats]:
    """Newton's method with step-halving.

    Parameters
    ----------
    start : Surface
    move : function of b
        The surface at another point.
    reach : array
        How far each covariate takes the linear predictor, per unit of its coefficient.
    there : float, optional
        Squared distance to the summit, in standard errors, from which the last step is taken.

    Returns
    -------
    summit, and per coefficient how far its effect still moved (0 at a maximum, about 1 where the
    likelihood only rises towards infinity)
    """
    at = start
    del start
    for _ in range(_MAX_STEPS):
        slope = at.slope()
        step, peaked = _direction(at.curvature(), slope)
        distance, moved = float(slope @ step), np.abs(step) * reach
        if peaked and distance < _CLOSE and moved.max() > 0.1:
            return at, np.where(moved > 0.1, moved, 0.0)
        if peaked and distance < there:
            return move(at.b + step), np.zeros(len(step))
        at = _uphill(at, step, move)
    raise FitError(
        f"The likelihood has no maximum within {_MAX_STEPS} steps; still {distance:.3g} away. "
        "Drop covariates; a Cox fit can also take ridge > 0."
    )


def _direction(information: Floats, slope: Floats) -> tuple[Floats, bool]:
    """Newton's step, and whether the surface is shaped like a summit here.

    Where it is not, as late entries can make it, the step goes uphill along each axis as far as
    the size of its curvature allows.
    """
    try:
        return solve(information, slope), True
    except FitError:
        size = np.sqrt(np.maximum(np.abs(np.diag(information)), np.finfo(float).tiny))
        values, axes = np.linalg.eigh(information / np.outer(size, size))
        if values[0] > -1e-8 * np.abs(values).max():
            raise
        values = np.maximum(np.abs(values), 1e-3 * np.abs(values).max())
        return axes @ ((axes.T @ (slope / size)) / values) / size, False


def _uphill(at: S, step: Floats, move: Callable[[Floats], S]) -> S:
    """Take the step, or the largest halving of it that does not lower the likelihood."""
    for halvings in range(40):
        there = move(at.b + step / 2**halvings)
        if there.height >= at.height - 1e-12 * abs(at.height):
            return there
    raise FitError(
        "No step raises the likelihood: covariates of very unequal size, or nearly repeating "
        "each other. Rescale or drop some; a Cox fit can also take ridge > 0."
    )


def solve(information: Floats, right: Floats) -> Floats:
    """Solve by Cholesky after scaling to a unit diagonal."""
    size = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    try:
        factor = cho_factor(information / np.outer(size, size))
    except (LinAlgError, ValueError) as error:
        raise FitError(
            "The information matrix is singular: covariates repeat each other where events "
            "happen. Drop some; a Cox fit can also take ridge > 0."
        ) from error
    scaled = right / size if right.ndim == 1 else right / size[:, None]
    solution: Floats = cho_solve(factor, scaled)
    return solution / size if right.ndim == 1 else solution / size[:, None]


def refuse_constant(X: Floats, columns: list[str]) -> None:
    """Refuse covariates (p x n, centred) that are the same for all rows at risk."""
    flat = [name for name, x in zip(columns, X, strict=True) if not x.any()]
    if flat:
        raise DataError(
            f"A covariate must vary among the rows at risk; {len(flat)} of {len(columns)} do not, "
            f"first {flat[0]!r}. Drop it: it cannot tell customers apart."
        )


def warn_of_separation(
    names: list[str], coef: Floats, endless: Floats, way_out: str = "Merge its levels, or drop it."
) -> None:
    """Name the covariates whose coefficient has no finite estimate."""
    for k in np.flatnonzero(endless):
        warnings.warn(
            f"Covariate {names[k]!r} separates those with the event from the rest: its "
            f"coefficient grows without end (stopped at {coef[k]:.3g}) and its limits mean "
            f"nothing. {way_out}",
            AnalysisWarning,
            stacklevel=3,
        )


def refuse_aliased(information: Floats, total: float, columns: list[str]) -> None:
    """Eliminate one covariate after the other; what nothing is left of repeats those before."""
    for k, name in enumerate(columns):
        before, rest = information[:k, :k], information[:k, k]
        share = np.linalg.solve(before, rest) if k else np.zeros(0)
        if information[k, k] - rest @ share > 1e-11 * total:
            continue
        used = [columns[j] for j in np.flatnonzero(np.abs(share) > 1e-6)]
        what = f"repeats {', '.join(map(repr, used))}" if used else "does not vary within risk sets"
        raise DataError(
            "Covariates must not repeat each other; 1 or more of "
            f"{len(columns)} do, first {name!r}, which {what}. Drop it."
        )
