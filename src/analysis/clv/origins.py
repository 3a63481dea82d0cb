"""Old customers and new ones, each by a fit of their own.

Who is a customer when the data begin has stayed already: the quick leavers of earlier years are
gone. In a business as it was before, such survivors leave more seldom than newcomers do, and
one fit for both would be wrong for both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from scipy import linalg

from analysis.clv.buying import BuyingModel, Moments
from analysis.clv.likelihood import Limit, Maximum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.clv.drawing import Drawn
    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]
    Answer = Callable[[BuyingModel, Rows, Places], list[Floats]]

__all__ = ["TwoOrigins", "fit_by_origin"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TwoOrigins(BuyingModel):
    """Two fits of one model: customers followed from their birth, and those there before.

    Attributes
    ----------
    new, old : BuyingModel
        The fits; `old` answers for rows with a number in `seen_within`, `new` for all others,
        those still to come included.
    """

    new: BuyingModel
    old: BuyingModel

    @property
    def label(self) -> str:  # type: ignore[override]
        """The name of the model for readers."""
        return self.new.label

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The parameters of the new, then of the old."""
        return (*self.new.names, *(f"{name}_old" for name in self.old.names))

    @property
    def parameters(self) -> pd.Series:
        """The parameters, by name."""
        values = [*self.new.parameters, *self.old.parameters]
        return pd.Series(values, index=list(self.names), dtype=float)

    @property
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer fitted to, while a customer."""
        rates = [self.new.mean_rate, self.old.mean_rate]
        return float(np.average(rates, weights=[self.new.n_customers, self.old.n_customers]))

    def at(self, log_parameters: Floats) -> Self:
        """Return the same model at other parameters, given as logarithms."""
        of_new, of_old = np.split(log_parameters, [len(self.new.names)])
        return replace(self, new=self.new.at(of_new), old=self.old.at(of_old))

    def read(self, customers: pd.DataFrame) -> Rows:
        """Take out of a customer summary what the predictions depend on, in its order."""
        return self.new.read(customers)

    def alive(self, rows: Rows) -> Floats:
        """P(still a customer) for each row."""
        return self._of_each(rows, lambda model, some, _: [model.alive(some)])[0]

    def expected(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases within `horizon`, which has one value a row."""
        return self._of_each(
            rows, lambda model, some, place: [model.expected(some, horizon[place])]
        )[0]

    def moments(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of purchases within `horizon`."""

        def answer(model: BuyingModel, some: Rows, _: Places) -> list[Floats]:
            found = model.moments(some, horizon)
            return [found.nothing, found.mean, found.variance]

        return Moments(*self._of_each(rows, answer))

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon`, each discounted from its moment at `rate`."""
        return self._of_each(rows, lambda model, some, _: [model.discounted(some, horizon, rate)])[
            0
        ]

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases) of a customer not yet seen, for each n."""
        return self.new.distribution_new(n, horizon)

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw a new customer for each T."""
        return self.new.draw(T, holdout, rng)

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each row within `horizon`, from what its history leaves open."""
        return self._of_each(rows, lambda model, some, _: [model.draw_ahead(some, horizon, rng)])[0]

    def _of_each(self, rows: Rows, answer: Answer) -> list[Floats]:
        """Let each fit answer for its own rows, and put the answers in their places."""
        within = np.full(rows.x.shape, np.nan) if rows.seen_within is None else rows.seen_within
        places = np.flatnonzero(np.isnan(within)), np.flatnonzero(~np.isnan(within))
        answers = [
            answer(model, rows.take(place), place)
            for model, place in zip((self.new, self.old), places, strict=True)
        ]
        back = np.argsort(np.concatenate(places))
        return [np.concatenate(both)[back] for both in zip(*answers, strict=True)]


def fit_by_origin(
    fit: Callable[[pd.DataFrame], BuyingModel],
) -> Callable[[pd.DataFrame], TwoOrigins]:
    """Return a fit that is `fit` twice: to new customers, and to those there before the data.

    Parameters
    ----------
    fit : callable
        `fit_bg_nbd` or another that takes a summary.

    Returns
    -------
    callable
        Takes a summary with `seen_within` (`summary.count_from_begin`), in which it must be
        missing for some and given for others.
    """

    def fit_both(customers: pd.DataFrame) -> TwoOrigins:
        old = customers["seen_within"].notna()
        of_new, of_old = fit(customers[~old]), fit(customers[old])
        return TwoOrigins(
            new=of_new,
            old=of_old,
            alpha=of_new.alpha,
            n_customers=of_new.n_customers + of_old.n_customers,
            peak=_both(of_new.peak, of_old.peak),
        )

    return fit_both


def _both(new: Maximum, old: Maximum) -> Maximum:
    """Return the maximum of the two likelihoods together, which have no parameter in common."""
    sizes = new.log_parameters.size, old.log_parameters.size
    limits = (
        *(_moved(limit, "new", 0, sizes) for limit in new.limits),
        *(_moved(limit, "old", sizes[0], sizes) for limit in old.limits),
    )
    return Maximum(
        np.concatenate([new.log_parameters, old.log_parameters]),
        new.log_likelihood + old.log_likelihood,
        linalg.block_diag(new.log_covariance, old.log_covariance),
        limits,
    )


def _moved(limit: Limit, whose: str, by: int, sizes: tuple[int, int]) -> Limit:
    """Return the limit of one of the two fits, as one of both."""
    direction = np.zeros(sum(sizes))
    direction[by : by + len(limit.direction)] = limit.direction
    return Limit(
        f"of the {whose} customers: {limit.reason}",
        tuple(direction.tolist()),
        tuple(i + by for i in limit.held),
        tuple(i + by for i in limit.unsettled),
    )
