"""The Pareto/NBD: purchases at a steady rate, and a goodbye that may come at any moment.

While a customer, someone buys at rate lambda ~ Gamma(r, alpha), and leaves at rate
mu ~ Gamma(s, beta). The papers write the chance to have left unseen as a difference of
hypergeometric functions, which overflows for frequent buyers. Here it stays the integral that
it comes from, over the moment of leaving, taken by quadrature of its logarithm: it cannot
overflow, and needs no case for alpha below or above beta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from scipy import special, stats

from analysis.clv.buying import Moments
from analysis.clv.drawing import Drawn
from analysis.clv.inputs import more_than, read_customers
from analysis.clv.likelihood import Limit, maximise
from analysis.clv.random_buying import RandomBuying
from analysis.clv.truncation import conditioned

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.inputs import Rows

    Floats = NDArray[np.float64]

__all__ = ["ParetoNBD", "fit_pareto_nbd"]

LIMITS = (
    Limit("customers do not differ in how often they buy", (1, 1, 0, 0), (0,), (0, 1)),
    Limit("customers do not differ in how readily they leave", (0, 0, 1, 1), (3,), (2, 3)),
    Limit("no customer leaves", (0, 0, -1, 0), (2, 3), (2, 3)),
)

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NEGLIGIBLE = 45.0  # an integrand lower by this, in logarithms, adds nothing


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParetoNBD(RandomBuying):
    """A fitted Pareto/NBD.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; alpha in time units.
    s, beta : float
        Shape and rate of the gamma distribution of the rates of leaving; beta in time units.
    """

    label: ClassVar[str] = "Pareto/NBD"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    r: float
    s: float
    beta: float

    @property
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer, while a customer."""
        return self.r / self.alpha

    def alive(self, rows: Rows) -> Floats:
        """P(still a customer): the odds of having left since the last purchase, inverted."""
        gone = _gone(
            self.r + rows.x, self.s, self.alpha + rows.t_x, self.beta + rows.t_x, rows.T - rows.t_x
        )
        return np.asarray(special.expit(-gone.log_odds))

    def expected_there(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases; regular at s = 1.

        References
        ----------
        .. [1] Fader and Hardie (2005), A note on deriving the Pareto/NBD model.
        """
        rate, B = (self.r + rows.x) / (self.alpha + rows.T), self.beta + rows.T
        L = np.log1p(horizon / B)
        return np.asarray(rate * B * L * special.exprel((1 - self.s) * L))

    def moments_there(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of the purchases of those still there."""
        c, A, B = self.r + rows.x, self.alpha + rows.T, self.beta + rows.T
        mean = self.expected_there(rows, np.full(c.shape, horizon))
        L = np.log1p(horizon / B)
        area = B**2 * L * (special.exprel((2 - self.s) * L) - special.exprel((1 - self.s) * L))
        pairs = 2 * c * (c + 1) / A**2 * area
        silent = -c * np.log1p(horizon / A) - self.s * L
        gone = _gone(c, self.s, A, B, np.full(c.shape, horizon))
        nothing = np.exp(silent + np.logaddexp(0.0, gone.log_odds))
        return Moments(nothing, mean, pairs + mean - mean**2)

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases): there to the end, or gone at a moment after exactly n.

        References
        ----------
        .. [1] Fader and Hardie (2005), A note on deriving the Pareto/NBD model.
        """
        nodes, weights = np.polynomial.legendre.leggauss(200)
        unit = min(self.alpha, self.beta)
        v = np.log1p(horizon / unit) * (nodes + 1) / 2
        u = unit * np.expm1(v)
        left = self.s * np.exp(-self.s * np.log1p(u / self.beta)) / (self.beta + u)
        density = weights * np.log1p(horizon / unit) / 2 * unit * np.exp(v) * left
        stayed = np.exp(-self.s * np.log1p(horizon / self.beta))
        counts = n[:, None]
        in_time = stats.nbinom.pmf(counts, self.r, self.alpha / (self.alpha + u))
        at_end = stats.nbinom.pmf(n, self.r, self.alpha / (self.alpha + horizon))
        return np.asarray(stayed * at_end + in_time @ density)

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw how long each stays, and the purchases meanwhile, evenly spread."""
        rate = rng.gamma(self.r, 1 / self.alpha, T.size)
        leave = rng.gamma(self.s, 1 / self.beta, T.size)
        with np.errstate(divide="ignore"):  # a rate below the smallest number: never
            life = rng.standard_exponential(T.size) / leave
        there = np.minimum(T, life)
        x = rng.poisson(rate * there).astype(np.float64)
        t_x = np.where(x > 0, there * rng.beta(np.maximum(x, 1.0), 1.0), 0.0)
        later = rng.poisson(rate * np.clip(life - T, 0.0, holdout))
        return Drawn(x, t_x, later.astype(np.float64))

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each within `horizon`, from what its history leaves open."""
        there = rng.random(rows.x.size) < self.alive(rows)
        rate = rng.gamma(self.r + rows.x, 1 / (self.alpha + rows.T))
        leave = rng.gamma(self.s, 1 / (self.beta + rows.T))
        with np.errstate(divide="ignore"):  # a rate below the smallest number: never
            life = rng.standard_exponential(rows.x.size) / leave
        return np.asarray(rng.poisson(rate * np.minimum(life, horizon)) * there, dtype=np.float64)


class _Gone(NamedTuple):
    """Having left within a silence, against being there: log odds, and their gradient."""

    log_odds: Floats
    gradient: Floats


def _gone(c: Floats, s: float, A: Floats, B: Floats, silence: Floats) -> _Gone:
    """Integrate over the moment of leaving, relative to having stayed.

    The odds are the integral over y in (0, silence) of
    s ((A+S)/(A+y))^c ((B+S)/(B+y))^s / (B+y), S being the whole silence: A = alpha + t_x and
    B = beta + t_x. Nodes are even in log(1 + y decay), with the decay of the integrand at 0.

    The gradient is in (r, alpha, s, beta), a row each.
    """
    decay = c / A + (s + 1) / B
    end = np.minimum(silence, np.maximum(A, B) * np.expm1(np.minimum(_NEGLIGIBLE / (c + s), 700)))
    reach = np.log1p(end * decay)
    v = reach[:, None] * (_NODES + 1) / 2
    y = np.expm1(v) / decay[:, None]
    A, B, c, S = A[:, None], B[:, None], c[:, None], silence[:, None]
    gain_A, gain_B = np.log1p((S - y) / (A + y)), np.log1p((S - y) / (B + y))
    log_part = c * gain_A + s * gain_B - np.log(B + y) + v
    top = log_part.max(axis=1, keepdims=True)
    part = np.exp(log_part - top) * _WEIGHTS
    whole = part.sum(axis=1)
    with np.errstate(divide="ignore"):  # no silence: nobody can have left in it
        log_odds = np.log(s * whole * reach / (2 * decay)) + top[:, 0]
    slopes = (
        gain_A,
        c * (y - S) / ((A + S) * (A + y)),
        1 / s + gain_B,
        s * (y - S) / ((B + S) * (B + y)) - 1 / (B + y),
    )
    gradient = np.array([np.sum(part * slope, axis=1) / whole for slope in slopes])
    return _Gone(log_odds, gradient)


class Likelihood:
    """Log-likelihood and gradient on distinct histories."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.more_purchases = more_than(rows.x, rows.weight)

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        r, alpha, s, beta = parameters = np.exp(log_parameters)
        x, t_x, T, w = self.rows.x, self.rows.t_x, self.rows.T, self.rows.weight
        i = np.arange(self.more_purchases.size)
        gone = _gone(r + x, float(s), alpha + t_x, beta + t_x, T - t_x)
        age_buying, age_leaving = np.log1p(T / alpha), np.log1p(T / beta)
        value = self.more_purchases @ np.log(r + i) + w @ (
            np.logaddexp(0.0, gone.log_odds)
            - r * age_buying
            - x * np.log(alpha + T)
            - s * age_leaving
        )
        left = w * special.expit(gone.log_odds)
        gradient = gone.gradient @ left
        gradient += np.array(
            [
                self.more_purchases @ (1 / (r + i)) - w @ age_buying,
                w @ (r * T / (alpha * (alpha + T)) - x / (alpha + T)),
                -(w @ age_leaving),
                w @ (s * T / (beta * (beta + T))),
            ]
        )
        return float(value), gradient * parameters


def fit_pareto_nbd(customers: pd.DataFrame) -> ParetoNBD:
    """Fit the Pareto/NBD to a customer summary by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `fit_bg_nbd`, whose errors and warnings are raised here too.

    Returns
    -------
    ParetoNBD

    References
    ----------
    .. [1] Schmittlein, Morrison and Colombo (1987), Counting your customers: who are they and
       what will they do next?, Management Science 33(1).
    .. [2] Fader and Hardie (2005), A note on deriving the Pareto/NBD model.
    """
    rows, _ = read_customers(customers, for_fit=True).distinct()
    size = float(rows.weight.sum())
    time = float(rows.weight @ rows.T)
    start = np.log([1.0, time / float(rows.weight @ rows.x), 0.5, time / size])
    peak = maximise(conditioned(Likelihood, rows), start, size, LIMITS)
    r, alpha, s, beta = peak.parameters
    return ParetoNBD(r=r, alpha=alpha, s=s, beta=beta, n_customers=size, peak=peak)
