"""The BG/BB: a chance to buy in each period, as with yearly gifts or a weekly market.

While a customer, someone buys in a period with chance p ~ Beta(alpha, beta), and leaves at the
beginning of a period with chance theta ~ Beta(gamma, delta). A history is the number of periods
with a purchase, the last of them, and the number of periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from analysis.clv.bg_bb_likelihood import Chances, Likelihood
from analysis.clv.buying import BuyingModel, Moments
from analysis.clv.drawing import Drawn, last_of, waits
from analysis.clv.inputs import read_customers, refuse_unborn
from analysis.clv.likelihood import Limit, maximise
from analysis.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["BGBB", "fit_bg_bb"]

LIMITS = (
    Limit("customers do not differ in how often they buy", (1, 1, 0, 0), (1,), (0, 1)),
    Limit("customers do not differ in how readily they leave", (0, 0, 1, 1), (3,), (2, 3)),
    Limit("no customer leaves", (0, 0, -1, 0), (2, 3), (2, 3)),
    Limit("every customer buys in every period", (0, -1, 0, 0), (0, 1), (0, 1)),
    Limit("customers buy either in every period or never", (-1, -1, 0, 0), (1,), (0, 1)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BGBB(BuyingModel):
    """A fitted BG/BB; a time is a whole number of periods.

    Attributes
    ----------
    alpha, beta : float
        Parameters of the beta distribution of the chance to buy in a period.
    gamma, delta : float
        Parameters of the beta distribution of the chance to leave before a period.
    """

    label: ClassVar[str] = "BG/BB"
    names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    time_column: ClassVar[str] = "n_periods"
    beta: float
    gamma: float
    delta: float

    @property
    def mean_rate(self) -> float:
        """Purchases per period of the mean customer, while a customer."""
        return self.alpha / (self.alpha + self.beta)

    def alive(self, rows: Rows) -> Floats:
        """P(there in the coming period).

        References
        ----------
        .. [1] Fader, Hardie and Shang (2010), Marketing Science 29(6).
        """
        _check_whole(rows.T)
        return self._there(rows) * (self.delta + rows.T) / (self.gamma + self.delta + rows.T)

    def expected(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases in the next `horizon` periods: the chance to be there, added up.

        References
        ----------
        .. [1] Fader, Hardie and Shang (2010), Marketing Science 29(6).
        """
        _check_whole(rows.T, horizon)
        staying = self._staying(rows, int(horizon.max(initial=0.0)))
        ahead = np.arange(1, staying.shape[1] + 1)
        periods = np.sum(np.where(ahead <= horizon[:, None], staying, 0.0), axis=1)
        return np.asarray(self._there(rows) * self._chance(rows) * periods)

    def moments(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of the purchases within `horizon`."""
        mean = self.expected(rows, np.full(rows.x.shape, horizon))
        staying, there = self._staying(rows, int(horizon)), self._there(rows)
        k = np.arange(1, staying.shape[1] + 1)
        buys_twice = self._chance(rows) * (self.alpha + rows.x + 1)
        buys_twice = buys_twice / (self.alpha + self.beta + rows.T + 1)
        pairs = there * buys_twice * 2 * (staying @ (k - 1.0))
        b = self.beta + rows.T - rows.x
        skips = np.exp(
            special.betaln((self.alpha + rows.x)[:, None], b[:, None] + np.arange(k.size + 1))
            - special.betaln(self.alpha + rows.x, b)[:, None]
        )
        stays = np.column_stack([np.ones(len(b)), staying])
        leaves = np.column_stack([stays[:, :-1] - stays[:, 1:], stays[:, -1:]])
        none_if_there = np.sum(skips * leaves, axis=1)
        return Moments(1 - there * (1 - none_if_there), mean, pairs + mean - mean**2)

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n purchases in `horizon` periods), by the number of periods lived through.

        References
        ----------
        .. [1] Fader, Hardie and Shang (2010), Marketing Science 29(6).
        """
        _check_whole(np.array([horizon]))
        lived = np.arange(int(horizon) + 1)[None, :]
        counts = n[:, None]
        possible = counts <= lived
        skipped = np.where(possible, lived - counts, 0)
        ways = (
            special.gammaln(lived + 1) - special.gammaln(counts + 1) - special.gammaln(skipped + 1)
        )
        bought = special.betaln(self.alpha + counts, self.beta + skipped)
        bought -= special.betaln(self.alpha, self.beta)
        stays = np.exp(special.betaln(self.gamma, self.delta + lived[0]))
        stays = stays / np.exp(special.betaln(self.gamma, self.delta))
        leaves = np.append(stays[:-1] - stays[1:], stays[-1])
        return np.asarray(np.where(possible, np.exp(ways + bought), 0.0) @ leaves)

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon` periods, those of the k-th by exp(-k rate).

        References
        ----------
        .. [1] Fader, Hardie and Shang (2010), Marketing Science 29(6).
        """
        if horizon < np.inf:
            _check_whole(rows.T, np.array([horizon]))
        end = int(np.ceil(min(horizon, 40.0 / rate))) if rate > 0 else int(horizon)
        worth = np.exp(-rate * np.arange(1, end + 1))
        periods = self._staying(rows, end) @ worth
        return np.asarray(self._there(rows) * self._chance(rows) * periods)

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw how many periods each lives through, and in which of them each buys.

        The last of x purchases, spread evenly over m periods, lies at or before j with the
        chance that all x fall on the first j.
        """
        _check_whole(T, np.array([holdout]))
        buys = rng.beta(self.alpha, self.beta, T.size)
        leaves = rng.beta(self.gamma, self.delta, T.size)
        life = waits(leaves, rng) - 1
        lived = np.minimum(T, life).astype(np.int64)
        x = rng.binomial(lived, buys)
        t_x = last_of(x, lived, rng)
        later = rng.binomial(np.clip(life - T, 0, holdout).astype(np.int64), buys)
        return Drawn(x.astype(np.float64), t_x, later.astype(np.float64))

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each in `horizon` periods, from what its history leaves open."""
        _check_whole(rows.T, np.array([horizon]))
        there = rng.random(rows.x.size) < self._there(rows)
        buys = rng.beta(self.alpha + rows.x, self.beta + rows.T - rows.x)
        life = waits(rng.beta(self.gamma, self.delta + rows.T), rng) - 1
        periods = np.minimum(life, horizon).astype(np.int64)
        return np.asarray(rng.binomial(periods, buys) * there, dtype=np.float64)

    def _there(self, rows: Rows) -> Floats:
        """P(there in the last period)."""
        return np.asarray(np.exp(-Chances(rows).relative(self.parameters.to_numpy())[0]))

    def _chance(self, rows: Rows) -> Floats:
        """Mean chance to buy in a period of somebody who was there throughout."""
        return np.asarray((self.alpha + rows.x) / (self.alpha + self.beta + rows.T))

    def _staying(self, rows: Rows, periods: int) -> Floats:
        """P(there in each of the coming periods), of somebody there in the last one."""
        n = rows.T[:, None] + np.arange(periods)
        step = np.log(self.delta + n) - np.log(self.gamma + self.delta + n)
        return np.asarray(np.exp(np.cumsum(step, axis=1)))


def fit_bg_bb(customers: pd.DataFrame) -> BGBB:
    """Fit the BG/BB to histories of periods with and without a purchase.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `frequency` (periods with a purchase), `recency` (the last of them; 0 when there is
        none) and `n_periods` (periods observed after the first purchase), whole numbers; with
        a column `weight`, a row stands for that many customers.

    Returns
    -------
    BGBB

    Raises
    ------
    DataError
        When a history cannot be true, or nobody has bought again.
    FitError
        When the likelihood has no peak.

    Warns
    -----
    AnalysisWarning
        When the maximum lies on a boundary, such as nobody ever leaving.

    References
    ----------
    .. [1] Fader, Hardie and Shang (2010), Customer-base analysis in a discrete-time
       noncontractual setting, Marketing Science 29(6).
    """
    everybody = read_customers(customers, for_fit=True, time=BGBB.time_column)
    why = "the BG/BB counts periods from the first purchase on"
    refuse_unborn(customers, everybody, why, "Leave these customers out.")
    rows, _ = everybody.distinct()
    _check_whole(rows.T, rows.t_x)
    if (rows.x > rows.t_x).any():
        raise DataError(
            "`frequency` must be <= `recency`: at most one purchase a period counts; "
            f"{int(rows.weight @ (rows.x > rows.t_x))} of {rows.weight.sum():.0f} break this, "
            f"first with {rows.x[rows.x > rows.t_x][0]:.0f}. Count periods, not purchases."
        )
    size = float(rows.weight.sum())
    peak = maximise(Likelihood(rows), np.log([1.0, 1.0, 0.5, 2.0]), size, LIMITS)
    alpha, beta, gamma, delta = peak.parameters
    return BGBB(alpha=alpha, beta=beta, gamma=gamma, delta=delta, n_customers=size, peak=peak)


def _check_whole(*times: Floats) -> None:
    for time in times:
        broken = time != np.floor(time)
        if broken.any():
            raise DataError(
                "times must be whole numbers of periods for the BG/BB; "
                f"{int(broken.sum())} of {time.size} are not, first {time[broken][0]}. "
                "Count periods, or use a model for continuous time (fit_bg_nbd)."
            )
