"""By how much did forecasts miss the holdout, and is one better than another beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.language import say
from analysis.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Errors", "Miss", "Missed", "beats", "measure_misses", "pick"]

_SAME = 1e-9  # the same forecast, but for rounding


class Missed(NamedTuple):
    """Forecasts of some customers, and what came.

    Attributes
    ----------
    predicted : ndarray, a row a forecast, a column a customer
        Purchases in the holdout.
    actual, weight : ndarray
        Those that came, and how many customers each stands for.
    groups : sequence of ndarray of bool
        Who belongs together; everybody is in one group.
    """

    predicted: Floats
    actual: Floats
    weight: Floats
    groups: Sequence[NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Errors:
    """Sums over the customers of each group: of errors, and of their products.

    Attributes
    ----------
    names : sequence of str
        Of the forecasts.
    products : ndarray, a matrix a group
        Of all products of the errors, their sizes, what came, and 1, in this order.
    """

    names: Sequence[str]
    products: Floats = field(repr=False)

    def sums(self, group: int | None = None) -> dict[str, Floats]:
        """Return sums over a group, or all: `off`, `size` and `square` of errors, a value each.

        And `came` and `customers`, of which there is one.
        """
        of_all = self.products.sum(axis=0) if group is None else self.products[group]
        k = len(self.names)
        return {
            "off": of_all[:k, -1],
            "size": of_all[k : 2 * k, -1],
            "square": np.diag(of_all)[:k],
            "came": of_all[-2, -1],
            "customers": of_all[-1, -1],
        }

    def of(self, name: str) -> dict[str, float]:
        """Return the sums over all customers of one forecast."""
        at = list(self.names).index(name)
        return {
            key: float(np.atleast_1d(sums)[at if np.ndim(sums) else 0])
            for key, sums in self.sums().items()
        }

    def misses(self) -> dict[str, Miss]:
        """Return what each forecast missed, by its name."""
        k, came = len(self.names), max(float(self.sums()["came"]), 1.0)
        off = self.products[:, :k, -1]
        towards = np.sign(off)
        total, customer = np.abs(off).sum(axis=0) / came, self.sums()["size"] / came
        parts = np.zeros((k, 2, *self.products.shape[:2]))
        for j in range(k):
            parts[j, 0, :, j] = towards[:, j]
            parts[j, 1, :, k + j] = 1.0
            parts[j, :, :, -2] = -np.array([total[j], customer[j]])[:, None]
        return {
            name: Miss(float(total[j]), float(customer[j]), parts[j] / came, self.products)
            for j, name in enumerate(self.names)
        }


@dataclass(frozen=True, slots=True)
class Miss:
    """How far a forecast missed, as shares of all purchases that came.

    Attributes
    ----------
    total : float
        The groups' totals: what was too much or too little in each, added up.
    customer : float
        Customer by customer: mean absolute error over mean purchases.
    parts : ndarray
        What each customer adds to the error of either (influence function): how often the
        columns of `products` count in it, for each of both and each group.
    products : ndarray
        As of `Errors`.
    """

    total: float
    customer: float
    parts: Floats = field(repr=False)
    products: Floats = field(repr=False)

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

    def noise(self, other: Miss) -> Floats:
        """Return the standard error of how much more `other` missed: in total, one by one."""
        apart = other.parts - self.parts
        variance = np.einsum("egi,gij,egj->e", apart, self.products, apart)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def measure_misses(names: Sequence[str], pieces: Iterable[Missed]) -> Errors:
    """Measure how far forecasts missed what came; the customers may come in several pieces."""
    products: Floats | None = None
    for predicted, actual, weight, groups in pieces:
        off = predicted - actual
        columns = np.vstack([off, np.abs(off), actual, np.ones_like(actual)])
        added = np.array([(columns * (weight * who)) @ columns.T for who in groups])
        products = added if products is None else products + added
    if products is None:
        raise ValueError("errors are measured of at least one piece")
    return Errors(tuple(names), products)


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
    noise = one.noise(other) + _SAME
    better, worse = bool(np.any(gains > noise)), bool(np.any(gains < -noise))
    return better and (not worse or one.score < other.score)


def pick(misses: Mapping[str, Miss], names: Iterable[str]) -> str:
    """Return the first of `names`, or the last one to beat those before it."""
    chosen, *others = names
    for name in others:
        chosen = name if beats(misses[name], misses[chosen]) else chosen
    return chosen
