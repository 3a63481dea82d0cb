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
import pandas as pd
from scipy import special, stats

from analysis.clv.buying import Moments
from analysis.clv.drawing import Drawn
from analysis.clv.histories import more_than
from analysis.clv.inputs import read_customers
from analysis.clv.likelihood import Limit, either, maximise
from analysis.clv.random_buying import RandomBuying
from analysis.clv.truncation import conditioned, with_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["LIMITS", "OddsGone", "ParetoNBD", "fit_pareto_nbd", "odds_gone", "start"]

LIMITS = (
    Limit("customers do not differ in how often they buy", (1, 1, 0, 0), (0,), (0, 1)),
    Limit("customers do not differ in how readily they leave", (0, 0, 1, 1), (3,), (2, 3)),
    Limit("no customer leaves", (0, 0, -1, 0), (2, 3), (2, 3)),
)

_REACHES = (0.5, 1.0, 1.5, 2.0, 2.5, 5.0, 12.0)  # up to each, a rule has nodes enough for 12 digits
_RULES = tuple(np.polynomial.legendre.leggauss(n) for n in (6, 8, 10, 12, 16, 24, 48, 64))
_NEGLIGIBLE = 45.0  # an integrand lower by this, in logarithms, adds nothing
_CHUNK = 1024  # rows at a time: keeps the working arrays within the processor's cache


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
        gone = odds_gone(
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
        gone = odds_gone(c, self.s, A, B, np.full(c.shape, horizon))
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


class OddsGone(NamedTuple):
    """Having left within a silence, against being there: log odds, and their gradient."""

    log_odds: Floats
    gradient: Floats


def odds_gone(c: Floats, s: float, A: Floats, B: Floats, silence: Floats) -> OddsGone:
    """Integrate over the moment of leaving, relative to having stayed.

    The odds are the integral over y in (0, silence) of
    s ((A+S)/(A+y))^c ((B+S)/(B+y))^s / (B+y), S being the whole silence: A = alpha + t_x and
    B = beta + t_x. Nodes are even in log(1 + y decay), with the decay of the integrand at 0; but
    where c < 1 a steeper one, which keeps y = -A, where the integrand is singular, far off.

    The gradient is in (r, alpha, s, beta), a row each.
    """
    decay = np.maximum(c, 1) / A + (s + 1) / B
    ends = (A * _fallen(np.maximum(c - 1, 0.1)), B * _fallen(s), np.maximum(A, B) * _fallen(c + s))
    end = np.minimum(silence, np.minimum.reduce(ends))
    reach = np.log1p(end * decay)
    sums, rules = np.empty((5, c.size)), np.searchsorted(_REACHES, reach)
    for number, rule in enumerate(_RULES):
        rows = np.flatnonzero(rules == number)
        for begin in range(0, rows.size, _CHUNK):
            part = rows[begin : begin + _CHUNK]
            sums[:, part] = _sums(c[part], s, A[part], B[part], decay[part], reach[part], rule)
    log_A, share_A, log_B, share_B = sums[1:] / sums[0]
    gain_A, gain_B = np.log1p(silence / A), np.log1p(silence / B)
    with np.errstate(divide="ignore"):  # no silence: nobody can have left in it
        log_odds = np.log(s * sums[0] * reach / (2 * decay * B)) + c * gain_A + s * gain_B
    slopes = (
        gain_A - log_A,
        c * (1 / (A + silence) - share_A / A),
        1 / s + gain_B - log_B,
        s / (B + silence) - (s + 1) * share_B / B,
    )
    return OddsGone(log_odds, np.array(slopes))


def _fallen(power: Floats | float) -> Floats:
    """Return the y from which on (1 + y)^-power is negligible."""
    return np.asarray(np.expm1(np.minimum(_NEGLIGIBLE / power, 500)))


def _sums(
    c: Floats,
    s: float,
    A: Floats,
    B: Floats,
    decay: Floats,
    reach: Floats,
    rule: tuple[Floats, Floats],
) -> Floats:
    """Sum the integrand, as a share of its value at 0, and it times each part of its slopes."""
    nodes, weights = rule[0][:, None], rule[1][:, None]
    growth = np.exp((nodes + 1) / 2 * reach)  # 1 + y decay
    y = (growth - 1) / decay
    y_A, y_B = y / A, y / B
    log_A, log_B = np.log1p(y_A), np.log1p(y_B)
    part = weights * growth * np.exp(-c * log_A - (s + 1) * log_B)
    parts = (log_A, 1 / (1 + y_A), log_B, 1 / (1 + y_B))
    return np.array([part.sum(axis=0), *(np.einsum("ij,ij->j", part, one) for one in parts)])


class Likelihood:
    """Log-likelihood and gradient on distinct histories."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.more_purchases = more_than(rows.x, rows.weight)
        place, times = pd.factorize(rows.T)
        self.times = np.asarray(times)
        self.customers = np.bincount(place, rows.weight, times.size)  # by their T
        self.purchases = np.bincount(place, rows.weight * rows.x, times.size)

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        r, alpha, s, beta = parameters = np.exp(log_parameters)
        x, t_x, T, w = self.rows.x, self.rows.t_x, self.rows.T, self.rows.weight
        gone = odds_gone(r + x, float(s), alpha + t_x, beta + t_x, T - t_x)
        log_either, left = either(gone.log_odds)
        i, times, purchases = r + np.arange(self.more_purchases.size), self.times, self.purchases
        age_buying, age_leaving = np.log1p(times / alpha), np.log1p(times / beta)
        events = r * self.customers + purchases
        value = (
            self.more_purchases @ np.log(i)
            + w @ log_either
            - events @ age_buying
            - purchases.sum() * np.log(alpha)
            - s * (self.customers @ age_leaving)
        )
        gradient = gone.gradient @ (w * left) * parameters
        gradient += [
            r * (self.more_purchases @ (1 / i) - self.customers @ age_buying),
            events @ (times / (alpha + times)) - purchases.sum(),
            -s * (self.customers @ age_leaving),
            s * (self.customers @ (times / (beta + times))),
        ]
        return float(value), gradient


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
    coarse, limits = rows.coarse(), with_unseen(LIMITS, rows)
    rough = None if coarse is None else conditioned(Likelihood, coarse)
    peak = maximise(conditioned(Likelihood, rows), start(rows), size, limits, rough=rough)
    r, alpha, s, beta = peak.parameters
    return ParetoNBD(r=r, alpha=alpha, s=s, beta=beta, n_customers=size, peak=peak)


def start(rows: Rows) -> Floats:
    """Return log-parameters to begin at: they scale with the unit of time."""
    time, size = float(rows.weight @ rows.T), float(rows.weight.sum())
    return np.log([1.0, time / float(rows.weight @ rows.x), 0.5, time / size])
