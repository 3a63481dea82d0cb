"""The family of the BG/NBD: purchases at a steady rate, a chance to leave at each of them.

While a customer, someone buys at rate lambda ~ Gamma(r, alpha). At each opportunity he or
she leaves with probability p ~ Beta(a, b). The models differ only in the opportunities:
after every repeat purchase (BG/NBD), or also straight after the first (MBG/NBD). After x
repeat purchases there were k = x + `at_start` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.averages import average_purchases, beta_average
from analysis.clv.buying import Moments
from analysis.clv.drawing import Drawn, waits
from analysis.clv.histories import more_than
from analysis.clv.inputs import read_customers
from analysis.clv.likelihood import Limit, Maximum, either, maximise
from analysis.clv.random_buying import RandomBuying
from analysis.clv.truncation import conditioned, with_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows
    from analysis.clv.likelihood import LogLikelihood

    Floats = NDArray[np.float64]

__all__ = ["LIMITS", "BetaGeometric", "Likelihood", "fit_parameters", "start"]

LIMITS = (
    Limit("customers do not differ in how often they buy", (1, 1, 0, 0), (0,), (0, 1)),
    Limit("customers do not differ in how readily they leave", (0, 0, 1, 1), (3,), (2, 3)),
    Limit("no customer leaves", (0, 0, -1, 0), (2, 3), (2, 3)),
    Limit("every customer leaves at the first chance", (0, 0, 0, -1), (2, 3), (2, 3)),
    Limit("customers either never leave or leave at once", (0, 0, -1, -1), (3,), (2, 3)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BetaGeometric(RandomBuying):
    """A fitted model of the family; `r` and `alpha` for buying, `a` and `b` for leaving."""

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    at_start: ClassVar[int]
    r: float
    a: float
    b: float

    @property
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer, while a customer."""
        return self.r / self.alpha

    def alive(self, rows: Rows) -> Floats:
        """P(still a customer): the odds of having left at the last opportunity, inverted."""
        k = rows.chances(self.at_start)
        survived = np.log1p((rows.T - rows.t_x) / (self.alpha + rows.t_x))
        log_odds = (
            np.log(self.a / np.maximum(self.b + k - 1, self.b)) + (self.r + rows.x) * survived
        )
        return np.where(k > 0, special.expit(-log_odds), 1.0)

    def expected_there(self, rows: Rows, horizon: Floats) -> Floats:
        """Average of (1 - (1 + p s)^-c) / p over the p of those still there.

        With c = r + x and s = horizon / (alpha + T): it equals the hypergeometric form of
        [1]_, and is regular where that is not.

        References
        ----------
        .. [1] Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 10.
        """
        c, s = self.r + rows.x, horizon / (self.alpha + rows.T)
        return average_purchases(self.a, self.b + rows.chances(self.at_start), c, s)

    def moments_there(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of the purchases of those still there."""
        c, s = self.r + rows.x, horizon / (self.alpha + rows.T)
        mean = self.expected_there(rows, np.full(rows.x.shape, horizon))

        def pairs(p: Floats, part: slice) -> Floats:
            return _ordered_pairs(p, c[part, None], s[part, None])

        bends = np.minimum(1.0, 1.0 / ((c + 2) * np.maximum(s, 1e-300)))
        b = self.b + rows.chances(self.at_start)
        factorial = beta_average(pairs, np.full(c.shape, self.a), b, bends)
        return Moments(np.exp(-c * np.log1p(s)), mean, factorial + mean - mean**2)

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases): still there after n, or left exactly at the n-th.

        References
        ----------
        .. [1] Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 8.
        """
        share = horizon / (self.alpha + horizon)
        k = (n + self.at_start).astype(np.float64)
        base = special.betaln(self.a, self.b)
        stayed = np.exp(special.betaln(self.a, self.b + k) - base)
        left = np.where(k > 0, np.exp(special.betaln(self.a + 1, self.b + k - 1) - base), 0.0)
        exactly = np.exp(
            special.gammaln(self.r + n)
            - special.gammaln(self.r)
            - special.gammaln(n + 1.0)
            + self.r * np.log1p(-share)
            + special.xlogy(n, share)
        )
        at_least = np.where(n > 0, special.betainc(np.maximum(n, 1), self.r, share), 1.0)
        return np.asarray(stayed * exactly + left * at_least)

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw how often somebody would buy who never left, and at which purchase each leaves.

        Given their number, the moments of the purchases are spread evenly over (0, T): the last
        one before leaving is an order statistic, with a beta distribution.
        """
        rate = rng.gamma(self.r, 1 / self.alpha, T.size)
        last = waits(rng.beta(self.a, self.b, T.size), rng) - self.at_start
        wanted = rng.poisson(rate * T).astype(np.float64)
        x = np.minimum(wanted, last)
        share = rng.beta(np.maximum(x, 1.0), wanted - x + 1)
        later = rng.poisson(rate * holdout).astype(np.float64)
        return Drawn(x, np.where(x > 0, T * share, 0.0), np.minimum(later, last - x))

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each within `horizon`, from what its history leaves open."""
        there = rng.random(rows.x.size) < self.alive(rows)
        rate = rng.gamma(self.r + rows.x, 1 / (self.alpha + rows.T))
        last = waits(rng.beta(self.a, self.b + rows.chances(self.at_start)), rng)
        return np.minimum(rng.poisson(rate * horizon), last) * there


class Likelihood:
    """Log-likelihood and gradient of the family on distinct histories.

    What is gamma functions in the papers is here a sum over i of how many customers have
    more than i purchases, times log(r + i): exact however large r, a or b become.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 6.
    .. [2] Batislam, Denizel and Filiztekin (2007), Int. J. of Research in Marketing 24(3).
    """

    def __init__(self, rows: Rows, at_start: int) -> None:
        k = rows.chances(at_start)
        self.more_purchases = more_than(rows.x, rows.weight)
        self.more_chances = more_than(k, rows.weight)
        places, times = pd.factorize(np.concatenate([rows.T, rows.t_x]))
        end, latest = np.split(places, 2)
        self.times = np.asarray(times)
        self.customers = np.bincount(end, rows.weight, times.size)  # by their T
        self.purchases = np.bincount(end, rows.weight * rows.x, times.size)
        could = np.flatnonzero(k > 0)  # have left
        self.end, self.latest = end[could], latest[could]
        self.x, self.weight = rows.x[could], rows.weight[could]
        self.last = k[could].astype(np.intp) - 1

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        r, alpha, a, b = np.exp(log_parameters)
        i, j = r + np.arange(self.more_purchases.size), b + np.arange(self.more_chances.size)
        age, share = np.log1p(self.times / alpha), self.times / (alpha + self.times)
        silence = age[self.end] - age[self.latest]
        log_either, left = either(np.log(a / j)[self.last] + (r + self.x) * silence)
        left *= self.weight
        value = (
            self.weight @ log_either
            - (r * self.customers + self.purchases) @ age
            - self.purchases.sum() * np.log(alpha)
            + self.more_purchases @ np.log(i)
            - self.more_chances @ np.log1p(a / j)
        )
        at_last = np.bincount(self.last, left, j.size)
        together = a * self.more_chances / (a + j)
        gradient = [
            r * (left @ silence - self.customers @ age + self.more_purchases @ (1 / i)),
            (r * self.customers + self.purchases) @ share
            - self.purchases.sum()
            - (left * (r + self.x)) @ (share[self.end] - share[self.latest]),
            left.sum() - together.sum(),
            b * ((together - at_last) @ (1 / j)),
        ]
        return float(value), np.array(gradient)


def fit_parameters(customers: pd.DataFrame, at_start: int) -> tuple[Maximum, float]:
    """Fit a model of the family; return the maximum and the number of customers."""
    rows, _ = read_customers(customers, for_fit=True).distinct()
    size = float(rows.weight.sum())

    def likelihood(some: Rows) -> LogLikelihood:
        return conditioned(lambda part: Likelihood(part, at_start), some)

    coarse = rows.coarse()
    rough = None if coarse is None else likelihood(coarse)
    limits = with_unseen(LIMITS, rows)
    return maximise(likelihood(rows), start(rows), size, limits, rough=rough), size


def start(rows: Rows) -> Floats:
    """Return log-parameters to begin at: they scale with the unit of time."""
    pace = float(rows.weight @ rows.T) / float(rows.weight @ rows.x)
    return np.log([1.0, pace, 0.5, 2.0])


def _ordered_pairs(p: Floats, c: Floats, s: Floats) -> Floats:
    """Return E[X (X - 1)] of someone still there who leaves with chance p at each purchase.

    2 (1-p) (1 - (1+y)^-(c+1) (1 + (c+1) y)) / p^2 with y = p s; its series where y is small.
    """
    y = p * s
    small = (c + 3) * y < 1e-4
    near = c * (c + 1) * s**2 * (0.5 - (c + 2) * y * (1 / 3 - (c + 3) * y / 8))
    q = np.where(small, 1.0, p)
    far = -np.expm1(np.log1p((c + 1) * y) - (c + 1) * np.log1p(y)) / q**2
    return 2.0 * (1.0 - p) * np.where(small, near, far)
