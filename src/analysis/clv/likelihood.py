"""Maximum likelihood for models with positive parameters, their limits included.

Every model of this room hands over one function: the log-likelihood and its gradient
at the logarithms of its parameters. Logarithms keep parameters positive, make steps
free of the unit of time or money, and bring the surface close to a quadratic.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize

from analysis.errors import AnalysisWarning, FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    LogLikelihood = Callable[[Floats], tuple[float, Floats]]

__all__ = ["Limit", "Maximum", "either", "maximise"]

_FAR = 14.0  # how far, in logarithms, a parameter is moved to stand for its limit
_SAME = 0.01  # log-likelihoods closer than this cannot be told apart by any data
_STEP = 1e-4  # for differences of the analytic gradient
_REACH = 18.0  # the search stays this close to the start, in logarithms: beyond, digits are lost


@dataclass(frozen=True, slots=True)
class Limit:
    """A simpler model that the full one approaches as parameters run away.

    Attributes
    ----------
    reason : str
        What it would mean of the customers.
    direction : tuple of float
        In which direction the log-parameters run away.
    held : tuple of int
        Positions of the parameters that stay where they are once the limit is reached;
        the others go on being estimated.
    unsettled : tuple of int
        Positions of the parameters without a value of their own there: no standard error.
    """

    reason: str
    direction: tuple[float, ...]
    held: tuple[int, ...]
    unsettled: tuple[int, ...]

    def reached_from(self, point: Floats, start: Floats) -> Floats:
        """Return `point` moved along the direction until the limit is as good as reached."""
        way = np.asarray(self.direction, dtype=np.float64)
        leader = next(i for i in self.held if way[i])
        moved: Floats = point + (_FAR - way[leader] * (point - start)[leader]) * way
        return moved


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the log-likelihood is highest, and how sharp the peak is.

    Attributes
    ----------
    log_parameters : ndarray
        Where the peak is.
    log_likelihood : float
        The true one: summed over customers, weights included, no constant left out.
    log_covariance : ndarray
        Covariance of the logarithms of the parameters; 0 for those at a limit.
    limits : tuple of Limit
        Those that the data cannot tell from the full model; mostly none.
    """

    log_parameters: Floats
    log_likelihood: float
    log_covariance: Floats
    limits: tuple[Limit, ...] = ()

    @property
    def parameters(self) -> list[float]:
        """The parameters themselves."""
        return [float(value) for value in np.exp(self.log_parameters)]


def maximise(
    log_likelihood: LogLikelihood,
    start: Floats,
    size: float,
    limits: Sequence[Limit] = (),
    *,
    rough: LogLikelihood | None = None,
) -> Maximum:
    """Find the highest point, say whether it lies at a limit, and measure the curvature.

    Parameters
    ----------
    log_likelihood : callable
        Log-parameters -> (log-likelihood, its gradient).
    start : ndarray
        Log-parameters to begin at; they should scale with the unit of the data.
    size : float
        Number of customers: tolerances are per customer.
    limits : sequence of Limit
        The simpler models that the parameters may run away to.
    rough : callable, optional
        Nearly the same log-likelihood, far sooner evaluated: it finds the way, and has no
        part in where the peak is.

    Returns
    -------
    Maximum

    Raises
    ------
    FitError
        When no maximum is found.
    """
    free = list(range(start.size))
    near = None if rough is None else _approach(log_likelihood, rough, start, size)
    high = near or _climb(log_likelihood, start, size, free)
    reached: list[Limit] = []
    while (limit := _nearest_limit(log_likelihood, high, start, limits, free)) is not None:
        reached.append(limit)
        free = [i for i in free if i not in limit.held]
        high = _climb(log_likelihood, limit.reached_from(high.point, start), size, free)
    high, hessian = _polish(log_likelihood, high, size, free)
    covariance = np.zeros((start.size, start.size))
    covariance[np.ix_(free, free)] = np.linalg.inv(-hessian) if free else 0.0
    found = Maximum(high.point, high.value, covariance, tuple(reached))
    if reached:
        reasons = "; ".join(limit.reason for limit in reached)
        warnings.warn(
            f"the fit lies on a boundary of the model: {reasons}", AnalysisWarning, stacklevel=3
        )
    return found


def either(log_odds: Floats) -> tuple[Floats, Floats]:
    """Return log(1 + odds) and odds / (1 + odds), where neither can overflow."""
    log_either = np.maximum(log_odds, 0.0) + np.log1p(np.exp(-np.abs(log_odds)))
    return log_either, np.exp(log_odds - log_either)


class _Place(NamedTuple):
    """Log-parameters, and the log-likelihood and its gradient there."""

    point: Floats
    value: float
    slope: Floats


def _approach(
    log_likelihood: LogLikelihood, rough: LogLikelihood, start: Floats, size: float
) -> _Place | None:
    """Go from the peak of `rough` to the true one by Newton steps; None if that leads nowhere.

    The curvature is that of `rough`, put right by what each step shows of the true one (the
    symmetric rank-one formula).
    """
    free = list(range(start.size))
    point = _climb(rough, start, size, free).point
    hessian = _hessian(rough, point, free)
    value, slope = log_likelihood(point)
    longest = 1.0
    while _is_peak(hessian):
        step = np.linalg.solve(-hessian, slope)
        length = float(np.abs(step).max())
        if length < _STEP / 2:
            return _Place(point, value, slope)
        if not length <= longest:
            break
        before, point, longest = slope, point + step, length / 2
        value, slope = log_likelihood(point)
        missed = slope - before - hessian @ step
        shown = float(missed @ step)
        if abs(shown) > 1e-8 * np.linalg.norm(missed) * np.linalg.norm(step):
            hessian = hessian + np.outer(missed, missed) / shown
    return None


def _climb(log_likelihood: LogLikelihood, start: Floats, size: float, free: list[int]) -> _Place:
    if not free:
        return _Place(start, *log_likelihood(start))

    def objective(moved: Floats) -> tuple[float, Floats]:
        point = start.copy()
        point[free] = moved
        value, gradient = log_likelihood(point)
        return -value / size, -gradient[free] / size

    middle = start[free]
    found = optimize.minimize(
        objective,
        middle,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(middle - _REACH, middle + _REACH, strict=True)),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-6, "maxcor": 20},
    )
    point, slope = start.copy(), np.zeros_like(start)
    point[free], slope[free] = found.x, -size * found.jac
    return _Place(point, -size * float(found.fun), slope)


def _nearest_limit(
    log_likelihood: LogLikelihood,
    high: _Place,
    start: Floats,
    limits: Sequence[Limit],
    free: list[int],
) -> Limit | None:
    """Return the simplest limit that no data could tell from the full model, if there is one.

    Of equally simple ones, the first in the list: where nobody leaves, anything can be said of
    how those would leave who do.
    """
    open_ways = [limit for limit in limits if set(limit.held) <= set(free)]
    reached = [(log_likelihood(way.reached_from(high.point, start))[0], way) for way in open_ways]
    close = [limit for v, limit in reached if v >= high.value - _SAME]
    return max(close, key=lambda limit: len(limit.held), default=None)


def _polish(
    log_likelihood: LogLikelihood, high: _Place, size: float, free: list[int]
) -> tuple[_Place, Floats]:
    """Take Newton steps until they vanish: the last digits, and the curvature.

    The curvature is measured anew only after a step long enough to have changed it.
    """
    point, value, slope = high
    hessian = _hessian(log_likelihood, point, free)
    for _ in range(50):
        if not free or not _is_peak(hessian):
            break
        step = np.linalg.solve(-hessian, slope[free])
        length = float(np.abs(step).max())
        if length < 1e-10:
            break
        moved = point.copy()
        moved[free] += step / max(1.0, length)
        moved_value, moved_slope = log_likelihood(moved)
        lower = moved_value < value - 1e-9 * abs(value)  # by rounding alone, far out at a limit
        if lower and not _flatter(moved_slope[free], slope[free]):
            break
        point, value, slope = moved, moved_value, moved_slope
        if length > _STEP:
            hessian = _hessian(log_likelihood, point, free)
    steepest = float(np.abs(slope[free]).max(initial=0.0))
    if steepest > 1e-5 * size or not _is_peak(hessian):
        raise FitError(
            "the log-likelihood must have a peak; it has none here "
            f"(steepest slope {steepest / size:.2g} a customer at "
            f"{np.exp(point).round(6).tolist()}). "
            "Give it more customers, a longer time, or a simpler model."
        )
    return _Place(point, value, slope), hessian


def _flatter(slope: Floats, than: Floats) -> bool:
    return float(np.abs(slope).max()) < float(np.abs(than).max())


def _is_peak(hessian: Floats) -> bool:
    return not hessian.size or float(np.linalg.eigvalsh(hessian).max()) < 0.0


def _hessian(log_likelihood: LogLikelihood, point: Floats, free: list[int]) -> Floats:
    rows = []
    for i in free:
        step = np.zeros_like(point)
        step[i] = _STEP
        up, down = log_likelihood(point + step)[1], log_likelihood(point - step)[1]
        rows.append((up - down)[free] / (2 * _STEP))
    hessian = np.array(rows).reshape(len(free), len(free))
    return (hessian + hessian.T) / 2
