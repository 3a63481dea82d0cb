"""Climb the partial likelihood of a Cox model, or say why it has no summit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from analysis.errors import DataError, FitError

if TYPE_CHECKING:
    from analysis.survival.observations import Floats
    from analysis.survival.risk_sets import RiskSets, Sums

_MAX_STEPS = 60
_CLOSE = 1e-6  # squared distance to the maximum, in standard errors, from which to judge
_THERE = 1e-10  # and from which one more Newton step reaches rounding error


def maximise(risk: RiskSets, start: Sums, penalty: Floats) -> tuple[Floats, Sums, Floats]:
    """Newton's method with step-halving on the penalised partial log-likelihood.

    Returns
    -------
    coefficients, sums there, and per covariate how far its effect still moved (0 at a maximum)
    """
    b, at = np.zeros(len(penalty)), start
    reach = risk.X.max(axis=1) - risk.X.min(axis=1)
    for _ in range(_MAX_STEPS):
        U = risk.score(at) - penalty * b
        step = solve(risk.information(at) + np.diag(penalty), U)
        distance = float(U @ step)
        moved = np.abs(step) * reach
        if distance < _CLOSE and moved.max() > 0.1:
            return b, at, np.where(moved > 0.1, moved, 0.0)
        if distance < _THERE:
            b = b + step
            return b, risk.evaluate(b), np.zeros(len(b))
        b, at = _uphill(risk, b, at, step, penalty)
    raise FitError(
        f"The likelihood has no maximum within {_MAX_STEPS} steps; still {distance:.3g} away. "
        "Drop covariates, or set ridge > 0."
    )


def _uphill(
    risk: RiskSets, b: Floats, at: Sums, step: Floats, penalty: Floats
) -> tuple[Floats, Sums]:
    """Take the step, or the largest halving of it that does not lower the likelihood."""

    def height(b: Floats, at: Sums) -> float:
        return at.log_likelihood - float(penalty @ b**2) / 2

    before = height(b, at)
    for halvings in range(40):
        there = b + step / 2**halvings
        sums = risk.evaluate(there)
        if height(there, sums) >= before - 1e-12 * abs(before):
            return there, sums
    raise FitError(
        "No step raises the likelihood: covariates of very unequal size, or nearly repeating "
        "each other. Rescale or drop some, or set ridge > 0."
    )


def solve(information: Floats, right: Floats) -> Floats:
    """Solve by Cholesky after scaling to a unit diagonal."""
    size = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    try:
        factor = cho_factor(information / np.outer(size, size))
    except (LinAlgError, ValueError) as error:
        raise FitError(
            "The information matrix is singular: covariates repeat each other where events "
            "happen. Drop some, or set ridge > 0."
        ) from error
    scaled = right / size if right.ndim == 1 else right / size[:, None]
    solution: Floats = cho_solve(factor, scaled)
    return solution / size if right.ndim == 1 else solution / size[:, None]


def refuse_constant(risk: RiskSets, columns: list[str]) -> None:
    """Refuse covariates that are the same for all rows at risk at some event."""
    flat = [name for name, x in zip(columns, risk.X, strict=True) if not x.any()]
    if flat:
        raise DataError(
            f"A covariate must vary among the rows at risk; {len(flat)} of {len(columns)} do not, "
            f"first {flat[0]!r}. Drop it: it cannot tell customers apart."
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
