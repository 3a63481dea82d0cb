"""What every model of customers who buy, and one day silently stop, can answer.

A model supplies four array functions of the distinct histories; the public methods take a
customer summary and give back a Series with its index.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.fits import Fit
from analysis.clv.inputs import newcomers, read_customers
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from analysis.clv.inputs import Rows

    Floats = NDArray[np.float64]

__all__ = ["BuyingModel", "Moments", "positive"]

_FEW = np.polynomial.legendre.leggauss(16)  # discounting over a horizon
_MANY = np.polynomial.legendre.leggauss(48)  # discounting for ever


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of the number of purchases in a horizon: a row a history."""

    nothing: Floats
    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BuyingModel(Fit, ABC):
    """A fitted model of repeat buying and silent dropout; it predicts."""

    alpha: float

    # What a model supplies -------------------------------------------------------------

    @abstractmethod
    def alive(self, rows: Rows) -> Floats:
        """P(still a customer) for each row."""

    @abstractmethod
    def expected(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases within `horizon`, which has one value a row."""

    @abstractmethod
    def moments(self, rows: Rows, horizon: float) -> Moments:
        """Chance of no purchase, mean and variance of purchases within `horizon`."""

    @abstractmethod
    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases) of a customer not yet seen, for each n."""

    @property
    @abstractmethod
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer, while a customer."""

    def expected_new(self, horizon: Floats) -> Floats:
        """Expected repeat purchases of a newcomer within each `horizon`: a history of no length."""
        return self.expected(newcomers(horizon.size), horizon)

    # What a user calls -----------------------------------------------------------------

    def probability_alive(self, customers: pd.DataFrame) -> pd.Series:
        """How likely is it that each customer has not left for good?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`, `recency` and `T`, in the time unit of the fit.

        Returns
        -------
        Series, indexed like `customers`, between 0 and 1
        """
        return _by_history(customers, self.alive, "probability_alive")

    def expected_purchases(self, customers: pd.DataFrame, horizon: float) -> pd.Series:
        """How many repeat purchases will each customer make within `horizon`?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`, `recency` and `T`, in the time unit of the fit.
        horizon : float
            Time from each customer's T on, in the unit of the fit; > 0.

        Returns
        -------
        Series, indexed like `customers`
        """
        horizon = positive("horizon", horizon)
        return _by_history(
            customers,
            lambda rows: self.expected(rows, np.full(rows.x.shape, horizon)),
            "expected_purchases",
        )

    def expected_purchases_new(self, horizon: ArrayLike) -> Floats:
        """How many repeat purchases will someone make who has just bought for the first time?

        Parameters
        ----------
        horizon : float or array of float
            Time from the first purchase on, in the unit of the fit; >= 0.

        Returns
        -------
        ndarray, shaped like `horizon`
        """
        times = np.asarray(horizon, dtype=np.float64)
        if not np.all(np.isfinite(times) & (times >= 0)):
            raise DataError(f"`horizon` must be finite and >= 0; got {horizon!r}. Give a time.")
        return self.expected_new(times.ravel()).reshape(times.shape)

    def probability_of_purchases(self, n: ArrayLike, horizon: float) -> Floats:
        """How likely are exactly `n` repeat purchases of a new customer within `horizon`?

        Parameters
        ----------
        n : int or array of int
            Number of repeat purchases; >= 0.
        horizon : float
            Time from the first purchase on, in the unit of the fit; > 0.

        Returns
        -------
        ndarray, shaped like `n`
        """
        counts = np.asarray(n)
        if counts.size and (counts.dtype.kind not in "iu" or counts.min() < 0):
            raise DataError(f"`n` must be a count: 0, 1, 2, ...; got {n!r}. Give whole numbers.")
        flat = counts.astype(np.int64).ravel()
        chances = self.distribution_new(flat, positive("horizon", horizon))
        return chances.reshape(counts.shape)

    def discounted_expected_transactions(self, customers: pd.DataFrame, rate: float) -> pd.Series:
        """How many purchases is each customer still worth, counted at today's value (DERT)?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`, `recency` and `T`, in the time unit of the fit.
        rate : float
            Continuously compounded discount rate per time unit; > 0.

        Returns
        -------
        Series, indexed like `customers`
        """
        rate = positive("rate", rate)
        return _by_history(
            customers,
            lambda rows: self.discounted(rows, np.inf, rate),
            "discounted_expected_transactions",
        )

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon`, each discounted from its moment at `rate`.

        The integral of exp(-rate t) dE(t), by parts: exp(-rate h) E(h) plus the rate times
        the integral of exp(-rate t) E(t). Nodes are spread evenly in log(1 + t/scale),
        because E bends on the scale of a customer's own history.
        """
        if rate == 0.0:
            return self.expected(rows, np.full(rows.x.shape, horizon))
        end = min(horizon, 40.0 / rate)
        scale = self.alpha + rows.T
        reach = np.log1p(end / scale)
        total = np.exp(-rate * end) * self.expected(rows, np.full(rows.x.shape, end))
        for node, weight in zip(*(_FEW if horizon < np.inf else _MANY), strict=True):
            v = reach * (node + 1) / 2
            t = scale * np.expm1(v)
            slope = scale * np.exp(v) * reach / 2
            total += weight * rate * np.exp(-rate * t) * slope * self.expected(rows, t)
        return np.asarray(total)


def positive(name: str, value: float) -> float:
    """Return `value` when it is finite and > 0; otherwise say so."""
    if not (np.isfinite(value) and value > 0):
        raise DataError(f"`{name}` must be finite and > 0; got {value}. Give a positive number.")
    return float(value)


def _by_history(customers: pd.DataFrame, answer: Callable[[Rows], Floats], name: str) -> pd.Series:
    """Answer once for each distinct history, and hand every customer its answer."""
    distinct, position = read_customers(customers, for_fit=False).distinct()
    return pd.Series(answer(distinct)[position], index=customers.index, name=name)
