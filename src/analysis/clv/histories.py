"""Purchase histories as arrays: one row a distinct history.

A fit and a prediction depend on a customer only through (x, t_x, T): the number of
repeat purchases, the time of the last one, and the time observed. A million customers
on a weekly grid have a few thousand distinct histories, so everything here works on
those, each with the number of customers that share it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Rows", "more_than", "newcomers"]

_LARGEST_KEY = 2**62
_WIDE, _EXACT = 10_000, 2**52  # a range of whole numbers worth counting in, and how far up
_MANY = 10_000  # histories whose likelihood takes a while
_COARSE = 20  # steps of time that the mean customer is rounded to


@dataclass(frozen=True, slots=True)
class Rows:
    """Purchase histories in the symbols of the papers, each counted `weight` times.

    Where `seen_within` is a number, the history begins with the data instead of with a first
    purchase, of somebody who was a customer then (see `analysis.clv.truncation`). NaN, or no
    such array at all, means followed from the first purchase on. `z` has a row of covariates
    for each history, where the model has covariates.
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats
    seen_within: Floats | None = None
    z: Floats | None = None

    def chances(self, at_start: int) -> Floats:
        """Return how often each could leave: at every purchase since, and `at_start` at birth."""
        if self.seen_within is None:
            return np.asarray(self.x + at_start)
        return np.asarray(self.x + at_start * np.isnan(self.seen_within))

    def distinct(self) -> tuple[Rows, NDArray[np.intp]]:
        """Return the distinct histories, and for each row the position of its own."""
        origin = [] if self.seen_within is None else [np.nan_to_num(self.seen_within)]
        covariates = [] if self.z is None else list(self.z.T)
        position, count = _number_rows([self.x, self.t_x, self.T, *origin, *covariates])
        one_of_each = np.empty(count, dtype=np.intp)
        one_of_each[position] = np.arange(position.size)
        weight = np.bincount(position, weights=self.weight, minlength=count).astype(np.float64)
        return replace(self.take(one_of_each), weight=weight), position

    def coarse(self) -> Rows | None:
        """Return fewer histories that are nearly the same: times are rounded. None if needless."""
        if self.x.size < _MANY:
            return None
        step = float(np.average(self.T, weights=self.weight)) / _COARSE
        T = np.maximum(np.rint(self.T / step), 1.0) * step
        return replace(self, t_x=np.rint(self.t_x / step) * step, T=T).distinct()[0]

    def take(self, which: NDArray[np.intp]) -> Rows:
        """Return the rows at the positions `which`."""
        origin = None if self.seen_within is None else self.seen_within[which]
        z = None if self.z is None else self.z[which]
        return Rows(self.x[which], self.t_x[which], self.T[which], self.weight[which], origin, z)


def newcomers(size: int) -> Rows:
    """Return histories of no length: customers who have just bought for the first time."""
    zero = np.zeros(size)
    return Rows(zero, zero, zero, np.ones(size))


def more_than(counts: Floats, weight: Floats) -> Floats:
    """Return how many customers have a count above 0, above 1, and so on."""
    exactly = np.bincount(counts.astype(np.intp), weights=weight)
    return np.asarray(np.cumsum(exactly[::-1])[::-1][1:], dtype=np.float64)


def _number_rows(columns: Sequence[Floats]) -> tuple[NDArray[np.intp], int]:
    """Number the distinct rows; return each row's number, and how many there are."""
    key, span = np.zeros(columns[0].size, dtype=np.int64), 1
    for column in columns:
        codes, count = _number_values(column)
        if span * count > _LARGEST_KEY:
            key, kept = pd.factorize(key)
            span = len(kept)
        key, span = key * count + codes, span * count
    if span > 2 * key.size:
        position, kept = pd.factorize(key)
        return position.astype(np.intp), len(kept)
    present = np.bincount(key, minlength=span) > 0  # on a grid counting is quicker than hashing
    return (np.cumsum(present) - 1)[key], int(present.sum())


def _number_values(column: Floats) -> tuple[NDArray[np.int64], int]:
    """Number the values; return each row's number, and how many numbers there are."""
    if column.size and np.ptp(column) < _WIDE and abs(column[0]) < _EXACT:
        whole = column.astype(np.int64)
        if (whole == column).all():  # they are numbers already
            whole -= whole.min()
            return whole, int(whole.max()) + 1
    codes, values = pd.factorize(column)
    return codes.astype(np.int64), len(values)
