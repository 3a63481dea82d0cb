"""The family of the BG/CNBD-k: the BG/NBD for customers who buy more evenly than at random.

While a customer, someone passes stages at rate lambda ~ Gamma(r, alpha), and every k-th is a
purchase, so that the gaps between purchases are Erlang-k with mean k / lambda. Dropout is that
of the BG/NBD: with probability p ~ Beta(a, b) after every repeat purchase, or also straight
after the first. With k = 1 the models are the BG/NBD and the MBG/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special, stats

from analysis.clv.averages import beta_average
from analysis.clv.buying import BuyingModel, Moments
from analysis.clv.discounting import discount, last_moment
from analysis.clv.drawing import Drawn, waits
from analysis.clv.erlang_counts import Counts, bend, stage_chances, unfinished
from analysis.clv.erlang_fit import refuse_unknown_stage
from analysis.clv.fits import Fit
from analysis.clv.inputs import read_customers

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["ErlangGeometric"]

_POINTS = np.polynomial.chebyshev.chebpts1(64)  # that hold a curve of purchases
_COEFFICIENTS = np.linalg.inv(np.polynomial.chebyshev.chebvander(_POINTS, _POINTS.size - 1))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ErlangGeometric(BuyingModel):
    """A fitted model of the family; `r` and `alpha` for the stages, `a` and `b` for leaving.

    Attributes
    ----------
    k : int
        Stages a purchase: 1 for purchases at random, more the more even the gaps.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    prefix: ClassVar[str]
    at_start: ClassVar[int]
    k: int
    r: float
    a: float
    b: float

    @property
    def label(self) -> str:  # type: ignore[override]
        """The name of the model for readers, with its k."""
        return f"{self.prefix}-{self.k}"

    def __repr__(self) -> str:
        return Fit.__repr__(self).replace("(", f"(k={self.k}, ", 1)

    def read(self, customers: pd.DataFrame) -> Rows:
        """Take out of a customer summary what the predictions depend on, in its order."""
        rows = read_customers(customers, for_fit=False)
        refuse_unknown_stage(customers, rows, self.k)
        return rows

    @property
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer, while a customer."""
        return self.r / (self.k * self.alpha)

    def alive(self, rows: Rows) -> Floats:
        """P(still a customer): the odds of having left at the last opportunity, inverted."""
        chances, c = rows.chances(self.at_start), self._shape(rows)
        silence = rows.T - rows.t_x
        passed = unfinished(c, silence / (self.alpha + rows.T), self.k).log
        log_odds = (
            np.log(self.a / np.maximum(self.b + chances - 1, self.b))
            + c * np.log1p(silence / (self.alpha + rows.t_x))
            - passed
        )
        return np.where(chances > 0, special.expit(-log_odds), 1.0)

    def expected(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases, exactly; [1]_ scales what the BG/NBD would say.

        References
        ----------
        .. [1] Reutterer, Platzer and Schroeder (2021), Leveraging purchase regularity for
           predicting customer behavior the easy way, Int. J. of Research in Marketing 38(1).
        """
        return self.alive(rows) * self._there(rows, horizon, Counts.mean)

    def moments(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of the purchases within `horizon`."""
        alive, ahead = self.alive(rows), np.full(rows.x.shape, horizon)
        mean = self.expected(rows, ahead)
        pairs = alive * self._there(rows, ahead, Counts.ordered_pairs)
        nothing = 1 - alive * (1 - self._silent(rows, ahead))
        return Moments(nothing, mean, pairs + mean - mean**2)

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon`, each discounted from its moment at `rate`.

        To 7 digits; to 4 where orders are many a time unit and k is high, so that they come in
        waves.
        """
        if rate == 0.0 or not rows.x.size:
            return self.expected(rows, np.full(rows.x.shape, horizon))
        scale = self.alpha + rows.T
        far = float(np.log1p(last_moment(horizon, rate) / scale.min()))
        stages, curve = self._stages(rows), self._curve(rows, far, Counts.mean)

        def there(t: Floats) -> Floats:
            return np.asarray(np.sum(stages * curve(np.log1p(t / scale)), axis=0))

        return self.alive(rows) * discount(there, scale, horizon, rate)

    def mean_course(self, rows: Rows, times: Floats) -> Floats:
        """Return the purchases expected of all rows together within each of `times`.

        As exactly as `discounted`: to 10 digits, to 3 where orders come in waves.
        """
        means = self._along(rows, times, Counts.mean)
        return np.asarray(means @ rows.weight)

    def variance_course(self, rows: Rows, times: Floats) -> Floats:
        """Return by how much chance alone varies these totals."""
        means, pairs = (self._along(rows, times, of) for of in (Counts.mean, Counts.ordered_pairs))
        return np.asarray((pairs + means - means**2) @ rows.weight)

    def _along(self, rows: Rows, times: Floats, of: Callable[[Counts, Floats], Floats]) -> Floats:
        """Return `of` for each time (a row) and history, along the curves of `discounted`."""
        scale, alive, stages = self.alpha + rows.T, self.alive(rows), self._stages(rows)
        curve = self._curve(rows, float(np.log1p(times.max() / scale.min())), of)
        there = [np.sum(stages * curve(np.log1p(t / scale)), axis=0) for t in times]
        return np.array(there) * alive

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases): still there after n, or left exactly at the n-th."""
        chances = (n + self.at_start).astype(np.float64)
        base = special.betaln(self.a, self.b)
        stayed = np.exp(special.betaln(self.a, self.b + chances) - base)
        before = np.maximum(chances, 1.0) - 1
        left = np.exp(special.betaln(self.a + 1, self.b + before) - base)
        share = horizon / (self.alpha + horizon)
        stages = self.k * n[:, None] + np.arange(self.k)
        exactly = stats.nbinom.pmf(stages, self.r, 1 - share).sum(axis=1)
        at_least = np.where(n > 0, special.betainc(np.maximum(self.k * n, 1), self.r, share), 1.0)
        return np.asarray(stayed * exactly + np.where(chances > 0, left, 0.0) * at_least)

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw how many stages somebody would pass who never left, and when each leaves.

        Given their number, the stages are spread evenly over (0, T), so the last purchase is an
        order statistic; given that, the gaps share its time as a Dirichlet distribution says.
        """
        rate = rng.gamma(self.r, 1 / self.alpha, T.size)
        last = waits(rng.beta(self.a, self.b, T.size), rng) - self.at_start
        stages = rng.poisson(rate * T)
        x = np.minimum(stages // self.k, last)
        share = rng.beta(np.maximum(self.k * x, 1.0), stages - self.k * x + 1)
        t_x = np.where(x > 0, T * share, 0.0)
        log_gaps = self._draw_log_gaps(x.astype(np.int64), t_x, rng)
        later = np.minimum((stages + rng.poisson(rate * holdout)) // self.k, last) - x
        return Drawn(x, t_x, later, log_gaps)

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each within `horizon`, from what its history leaves open."""
        there = rng.random(rows.x.size) < self.alive(rows)
        reached = np.cumsum(self._stages(rows), axis=0)[:-1]
        passed = np.sum(rng.random(rows.x.size) > reached, axis=0)
        rate = rng.gamma(self._shape(rows) + passed, 1 / (self.alpha + rows.T))
        last = waits(rng.beta(self.a, self.b + rows.chances(self.at_start)), rng)
        return np.asarray(
            np.minimum((passed + rng.poisson(rate * horizon)) // self.k, last) * there
        )

    def _draw_log_gaps(self, x: NDArray[np.int64], t_x: Floats, rng: np.random.Generator) -> Floats:
        gaps, owner = rng.standard_gamma(self.k, x.sum()), np.repeat(np.arange(x.size), x)
        whole = np.bincount(owner, gaps, x.size)
        logs = np.bincount(owner, np.log(gaps), x.size)
        return np.asarray(logs + special.xlogy(x, t_x / np.where(x > 0, whole, 1.0)))

    def _shape(self, rows: Rows) -> Floats:
        return np.asarray(self.r + self.k * rows.x)

    def _stages(self, rows: Rows) -> Floats:
        """P(j stages have passed since the last purchase) of those still there: a row each."""
        silence = (rows.T - rows.t_x) / (self.alpha + rows.T)
        return stage_chances(self._shape(rows), silence, self.k)

    def _silent(self, rows: Rows, horizon: Floats) -> Floats:
        """P(no purchase within `horizon`) of those still there: the silence just goes on."""
        c, silence, end = self._shape(rows), rows.T - rows.t_x, self.alpha + rows.T + horizon
        longer = unfinished(c, (silence + horizon) / end, self.k).log
        so_far = unfinished(c, silence / (self.alpha + rows.T), self.k).log
        return np.asarray(np.exp(longer - so_far - c * np.log1p(horizon / (end - horizon))))

    def _there(self, rows: Rows, horizon: Floats, of: Callable[[Counts, Floats], Floats]) -> Floats:
        """Average `of` over the rate, stage and chance to leave of somebody still there.

        Given the stage, the silence does not matter, and leaves its place to the horizon.
        """
        ahead, place = replace(rows, t_x=horizon).distinct()
        averages = self._averages(ahead, ahead.t_x / (self.alpha + ahead.T), of)
        return np.asarray(np.sum(self._stages(rows) * averages[:, place], axis=0))

    def _averages(self, rows: Rows, s: Floats, of: Callable[[Counts, Floats], Floats]) -> Floats:
        """Average `of` over the chance to leave, for each stage (a row), at a time of s scales."""
        c, b = self._shape(rows), self.b + rows.chances(self.at_start)

        def by_stage(p: Floats, part: slice) -> Floats:
            return of(Counts(c[part, None], s[part, None], self.k), p)

        return beta_average(by_stage, np.full(c.shape, self.a), b, bend(c, s, self.k))

    def _curve(
        self, rows: Rows, far: float, of: Callable[[Counts, Floats], Floats]
    ) -> Callable[[Floats], Floats]:
        """Return `of` of those still there, by log(1 + s) up to `far`: a row a stage.

        They depend on the number of purchases so far and on s alone, so that a curve for each
        number serves all customers. It errs by less than the discounting over time does.
        """
        anyhow = replace(rows, t_x=np.where(rows.x > 0, 1.0, 0.0), T=np.ones_like(rows.T))
        kinds, place = anyhow.distinct()
        which = np.repeat(np.arange(kinds.x.size), _POINTS.size)
        s = np.tile(np.expm1((_POINTS + 1) / 2 * far), kinds.x.size)
        values = self._averages(kinds.take(which), s, of)
        by_kind = values.reshape(self.k, kinds.x.size, -1) @ _COEFFICIENTS.T

        def curve(at: Floats) -> Floats:
            powers = np.polynomial.chebyshev.chebvander(2 * at / far - 1, _POINTS.size - 1)
            return np.asarray(np.einsum("rn,krn->kr", powers, by_kind[:, place]))

        return curve
