"""Models in which purchases come at random while somebody is a customer.

There, a silence tells whether somebody has left and nothing else: what those who are still
there will buy depends on the number of purchases and the time observed alone. A few thousand
pairs of these stand for hundreds of thousands of distinct histories.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.buying import BuyingModel, Moments, Outlook
from analysis.clv.discounting import discount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["RandomBuying"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RandomBuying(BuyingModel):
    """A model whose forecast is P(alive) times that of somebody known to be there."""

    @abstractmethod
    def expected_there(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases of somebody known to be there; `t_x` is not read."""

    @abstractmethod
    def moments_there(self, rows: Rows, horizon: float) -> Moments:
        """Moments of the purchases of somebody known to be there; `t_x` is not read."""

    def expected(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases within `horizon`, which has one value a row."""
        return self.alive(rows) * self.expected_there(rows, horizon)

    def moments(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of purchases within `horizon`."""
        states, place = _states(rows)
        return _seen(self.moments_there(states, horizon), place, self.alive(rows))

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon`, each discounted from its moment at `rate`."""
        states, place = _states(rows)
        return self.alive(rows) * self._discounted_there(states, horizon, rate)[place]

    def look_ahead(self, rows: Rows, horizon: float, rate: float) -> Outlook:
        """What `value` needs to know of the purchases ahead of each distinct history."""
        states, place = _states(rows)
        there, alive = self.moments_there(states, horizon), self.alive(rows)
        ahead = np.full(states.x.shape, horizon)
        return Outlook(
            alive=alive,
            moments=_seen(there, place, alive),
            discount=(self._discounted_there(states, horizon, rate) / there.mean)[place],
            slopes=self.sensitivity(
                lambda m: m.alive(rows) * m.expected_there(states, ahead)[place]
            ),
        )

    def _discounted_there(self, states: Rows, horizon: float, rate: float) -> Floats:
        scale = self.alpha + states.T
        return discount(lambda t: self.expected_there(states, t), scale, horizon, rate)


def _states(rows: Rows) -> tuple[Rows, NDArray[np.intp]]:
    """Return the distinct histories but for the silence, and for each row the place of its own."""
    return replace(rows, t_x=np.where(rows.x > 0, rows.T, 0.0)).distinct()


def _seen(there: Moments, place: NDArray[np.intp], alive: Floats) -> Moments:
    """Return the moments of somebody who is there with chance `alive`, and else buys nothing."""
    mean = alive * there.mean[place]
    square = alive * (there.variance + there.mean**2)[place]
    return Moments(1.0 - alive * (1.0 - there.nothing)[place], mean, square - mean**2)
