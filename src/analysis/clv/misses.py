"""By how much did a forecast miss the holdout, and is one better than another beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.language import say
from analysis.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Miss", "beats", "measure_miss", "pick"]

_SAME = 1e-9  # the same forecast, but for rounding


@dataclass(frozen=True, slots=True)
class Miss:
    """How far a forecast missed, as shares of all purchases that came.

    Attributes
    ----------
    total : float
        The groups' totals: what was too much or too little in each, added up.
    customer : float
        Customer by customer: mean absolute error over mean purchases.
    parts : ndarray, a row for each of both, a column a customer
        What each customer adds to the error of either (influence function).
    """

    total: float
    customer: float
    parts: Floats = field(repr=False)

    def __str__(self) -> str:
        return say(
            "{total} in total and {customer} customer by customer",
            total=percent(self.total),
            customer=percent(self.customer),
        )

    @property
    def score(self) -> float:
        """Both together."""
        return self.total + self.customer


def measure_miss(predicted: Floats, actual: Floats, groups: Sequence[NDArray[np.bool_]]) -> Miss:
    """Measure how far `predicted` missed `actual`, in each group and customer by customer.

    Parameters
    ----------
    predicted, actual : ndarray
        Purchases of each customer in the holdout.
    groups : sequence of ndarray of bool
        Who belongs together; everybody is in one group.
    """
    came = max(float(actual.sum()), 1.0)
    off, towards = predicted - actual, np.zeros(actual.size)
    for group in groups:
        towards[group] = np.sign(off[group].sum())
    errors = np.array([towards * off, np.abs(off)])
    total, customer = (errors.sum(axis=1) / came).tolist()
    return Miss(total, customer, (errors - np.outer([total, customer], actual)) / came)


def beats(one: Miss, other: Miss) -> bool:
    """Tell whether `one` is better than `other` by more than chance.

    It has to be better in total or customer by customer by more than one standard error of the
    difference [1]_, and worse by as much in neither; where it is better in one and worse in the
    other, the sum decides. Both are compared on the same customers, so that what is hard to
    forecast for both is no noise.

    References
    ----------
    .. [1] Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees, 3.4.3.
    """
    gains = np.array([other.total - one.total, other.customer - one.customer])
    noise = np.sqrt(np.sum((other.parts - one.parts) ** 2, axis=1)) + _SAME
    better, worse = bool(np.any(gains > noise)), bool(np.any(gains < -noise))
    return better and (not worse or one.score < other.score)


def pick(misses: Mapping[str, Miss], names: Iterable[str]) -> str:
    """Return the first of `names`, or the last one to beat those before it."""
    chosen, *others = names
    for name in others:
        chosen = name if beats(misses[name], misses[chosen]) else chosen
    return chosen
