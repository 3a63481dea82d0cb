"""Retention of subscribers: how long will those who may cancel at each renewal stay?

Each subscriber cancels at a renewal with a chance of his or her own. Those prone to cancel go
first, so that the retention rate of a cohort rises with age although nobody becomes more loyal.
In the shifted-beta-geometric model a subscriber's chance stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from analysis.clv.fits import Fit
from analysis.clv.likelihood import Limit, maximise
from analysis.clv.terms import positive
from analysis.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "LIMITS",
    "ShiftedBetaGeometric",
    "check_survivors",
    "fit_shifted_beta_geometric",
    "log_likelihood_of",
]

_OLDEST = 1e300  # beyond, logarithms of survival would be infinite
_LARGE = 1e6  # beta, and over the age, where a difference of gamma functions lacks digits
LIMITS = (
    Limit("subscribers do not differ in how readily they cancel", (1, 1, 0), (1,), (0, 1)),
    Limit("no subscriber cancels", (-1, 0, 0), (0, 1), (0, 1)),
    Limit("every subscriber cancels at the first renewal", (0, -1, 0), (0, 1, 2), (0, 1, 2)),
    Limit("whoever renews once cancels at the next renewal", (0, 0, 1), (2,), (2,)),
    Limit("subscribers cancel at the first renewal or never", (-1, -1, 0), (1, 2), (0, 1, 2)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShiftedBetaGeometric(Fit):
    """A fitted shifted-beta-geometric model.

    Attributes
    ----------
    alpha, beta : float
        Parameters of the beta distribution of the chance to cancel at a renewal.
    """

    label: ClassVar[str] = "shifted-beta-geometric"
    names: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    alpha: float
    beta: float

    def survival(self, t: ArrayLike) -> Floats:
        """What share of a cohort is left after `t` renewals?

        Parameters
        ----------
        t : float or array of float
            Number of renewals; >= 0.

        Returns
        -------
        ndarray, shaped like `t`
        """
        times = np.asarray(t, dtype=np.float64)
        if not np.all(np.isfinite(times) & (times >= 0)):
            raise DataError(f"`t` must be finite and >= 0; got {t!r}. Give a number of renewals.")
        return np.asarray(np.exp(_log_survival(self._full, times)))

    def retention_rate(self, t: ArrayLike) -> Floats:
        """What share of those who reach the `t`-th renewal stays, t = 1, 2, ...?

        Parameters
        ----------
        t : float or array of float
            Number of the renewal; >= 1.

        Returns
        -------
        ndarray, shaped like `t`
        """
        times = np.asarray(t, dtype=np.float64)
        if not np.all(np.isfinite(times) & (times >= 1)):
            raise DataError(f"`t` must be finite and >= 1; got {t!r}. The first renewal is 1.")
        logs = _log_survival(self._full, times) - _log_survival(self._full, times - 1)
        return np.asarray(np.exp(logs))

    def probability_of_leaving(self, t: ArrayLike) -> Floats:
        """How likely does a new subscriber cancel at just the `t`-th renewal, t = 1, 2, ...?

        Parameters
        ----------
        t : float or array of float
            Number of the renewal; >= 1.

        Returns
        -------
        ndarray, shaped like `t`
        """
        stays = self.retention_rate(t)
        return np.asarray(self.survival(np.asarray(t, dtype=np.float64) - 1) * (1 - stays))

    def simulate_survivors(
        self, size: int, renewals: int, *, seed: int | np.random.Generator
    ) -> NDArray[np.int64]:
        """How many of a new cohort are left after 0, 1, 2, ... renewals, by this model?

        Parameters
        ----------
        size : int
            Subscribers at the beginning; >= 1.
        renewals : int
            How many renewals the cohort is followed for; >= 0.
        seed : int
            The same seed gives the same cohort.

        Returns
        -------
        ndarray of `renewals` + 1 counts, as `fit_shifted_beta_geometric` takes them
        """
        if min(size - 1, renewals) < 0 or size != int(size) or renewals != int(renewals):
            raise DataError(
                f"`size` must be a count >= 1 and `renewals` one >= 0; got {size} and {renewals}. "
                "Give whole numbers."
            )
        rng, left = np.random.default_rng(seed), [int(size)]
        for stays in self.retention_rate(np.arange(1, renewals + 1)):
            left.append(int(rng.binomial(left[-1], stays)))
        return np.array(left, dtype=np.int64)

    def discounted_expected_lifetime(
        self, rate: float, *, due: int = 0, horizon: float = np.inf
    ) -> float:
        """How many periods is somebody still worth, counted at today's value?

        Parameters
        ----------
        rate : float
            Discount rate per period, 0.10 for 10%; > 0.
        due : int
            The renewal now due: 0 for a new subscriber, whose first period is certain; n for
            somebody who is about to renew, or not, for the n-th time.
        horizon : float
            How many periods to count, from the one now beginning on; for ever unless given.

        Returns
        -------
        float
        """
        rate = positive("rate", rate)
        if horizon < np.inf and horizon != int(positive("horizon", horizon)):
            raise DataError(f"`horizon` must be a count of periods; got {horizon}. Round it.")
        end = int(min(horizon, np.ceil(40.0 / np.log1p(rate))))
        ahead = np.arange(end, dtype=np.float64)
        if due < 0 or due != int(due):
            raise DataError(f"`due` must be a count: 0, 1, 2, ...; got {due}. Give a renewal.")
        base = _log_survival(self._full, np.array([max(due - 1.0, 0.0)]))
        logs = _log_survival(self._full, due + ahead) - base
        return float(np.exp(logs - ahead * np.log1p(rate)).sum())

    @property
    def _full(self) -> Floats:
        """The parameters, with the shape that this model leaves at 1."""
        return np.append(self.parameters.to_numpy(dtype=np.float64), 1.0)[:3]


def fit_shifted_beta_geometric(survivors: ArrayLike) -> ShiftedBetaGeometric:
    """Fit the shifted-beta-geometric model to one cohort.

    Parameters
    ----------
    survivors : array
        How many were there at the beginning, after the first renewal, the second, ...

    Returns
    -------
    ShiftedBetaGeometric

    Raises
    ------
    DataError
        When the counts rise, are negative, or hold fewer than two renewals.
    FitError
        When the likelihood has no peak.

    References
    ----------
    .. [1] Fader and Hardie (2007), How to project customer retention, J. of Interactive
       Marketing 21(1).
    """
    counts = check_survivors(survivors)

    def log_likelihood(log_parameters: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood_of(np.append(log_parameters, 0.0), counts)
        return value, gradient[:2]

    limits = [
        Limit(
            way.reason,
            way.direction[:2],
            tuple(i for i in way.held if i < 2),
            tuple(i for i in way.unsettled if i < 2),
        )
        for way in LIMITS
        if any(way.direction[:2])
    ]
    peak = maximise(log_likelihood, np.log([1.0, 3.0]), float(counts[0]), limits)
    alpha, beta = peak.parameters
    return ShiftedBetaGeometric(alpha=alpha, beta=beta, n_customers=float(counts[0]), peak=peak)


def _log_survival(parameters: Floats, t: Floats) -> Floats:
    """Log of B(alpha, beta + t^c) / B(alpha, beta); by Stirling's series where beta is huge."""
    alpha, beta, c = parameters
    age = _age(t, c)
    whole = special.betaln(alpha, beta + age) - special.betaln(alpha, beta)
    if beta < _LARGE:
        return np.asarray(whole)
    near = np.minimum(age, beta / _LARGE)
    curve = near * (near - 1) / 2 * (1 / beta - 1 / (alpha + beta))
    return np.asarray(np.where(age > near, whole, curve - near * np.log1p(alpha / beta)))


def _age(t: Floats, c: float) -> Floats:
    """Return t to the power of c, as far as gamma functions bear it."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(t**c, _OLDEST))


def log_likelihood_of(log_parameters: Floats, counts: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of lost and left subscribers, and its gradient."""
    alpha, beta, c = parameters = np.exp(log_parameters)
    t = np.arange(counts.size, dtype=np.float64)
    age = _age(t, c)
    logs = _log_survival(parameters, t)
    both = special.digamma(alpha + beta + age)
    per_beta = special.digamma(beta + age) - both
    start = special.digamma(alpha + beta)
    per_age = np.where(t > 1, age * np.log(np.maximum(t, 1.0)), 0.0)
    slopes = np.array([start - both, per_beta + start - special.digamma(beta), per_beta * per_age])
    lost, left = counts[:-1] - counts[1:], counts[-1]
    step = np.maximum(logs[:-1] - logs[1:], 1e-15)  # > 0 but for rounding
    log_lost = logs[:-1] + np.log(-np.expm1(-step))
    odds = np.exp(-step) / -np.expm1(-step)
    of_lost = slopes[:, :-1] + (slopes[:, :-1] - slopes[:, 1:]) * odds
    value = lost @ log_lost + left * logs[-1]
    return float(value), (of_lost @ lost + left * slopes[:, -1]) * parameters


def check_survivors(survivors: ArrayLike, renewals: int = 2) -> Floats:
    """Return the counts of one cohort, or say what is wrong with them."""
    counts = np.asarray(survivors, dtype=np.float64)
    if counts.ndim != 1 or counts.size <= renewals:
        raise DataError(
            f"`survivors` must hold the count at the beginning and after at least {renewals} "
            f"renewals; got {counts.size} counts. Follow the cohort for longer."
        )
    broken = ~np.isfinite(counts) | (counts < 0)
    broken[1:] |= counts[1:] > counts[:-1]
    if broken.any():
        first = int(np.argmax(broken))
        raise DataError(
            f"`survivors` must be >= 0 and never rise; {int(broken.sum())} of {counts.size} "
            f"break this, first at {first} with {counts[first]}. Count one cohort, without "
            "those who came later or came back."
        )
    if counts[0] == counts[-1]:
        raise DataError(
            f"`survivors` must fall; all {counts.size} counts are {counts[0]}, so nothing is known "
            "of who cancels. Follow the cohort for longer."
        )
    return counts
