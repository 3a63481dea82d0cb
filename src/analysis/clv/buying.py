"""What every model of customers who buy, and one day silently stop, can answer.

A model supplies a few array functions of the distinct histories; the public methods take a
customer summary and give back a Series with its index.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from analysis.clv.discounting import discount, discount_factor
from analysis.clv.drawing import Drawn, as_customers
from analysis.clv.fits import Fit
from analysis.clv.histories import newcomers
from analysis.clv.inputs import read_customers
from analysis.clv.terms import positive
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["BuyingModel", "Drawn", "Moments", "Outlook"]


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of the number of purchases in a horizon: a row a history."""

    nothing: Floats
    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead within a horizon: a row a distinct history.

    Attributes
    ----------
    alive : ndarray
        P(still a customer).
    moments : Moments
        Of the purchases.
    discount : ndarray
        By what the expected purchases shrink when each is discounted from its moment.
    slopes : ndarray
        How expected purchases move with the logarithm of each parameter, a column each.
    """

    alive: Floats
    moments: Moments
    discount: Floats
    slopes: Floats


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BuyingModel(Fit, ABC):
    """A fitted model of repeat buying and silent dropout; it predicts."""

    time_column: ClassVar[str] = "T"
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

    def mean_course(self, rows: Rows, times: Floats) -> Floats:
        """Return the purchases expected of all rows together within each of `times`."""
        return np.array(
            [rows.weight @ self.expected(rows, np.full(rows.x.shape, t)) for t in times]
        )

    def variance_course(self, rows: Rows, times: Floats) -> Floats:
        """Return by how much chance alone varies these totals."""
        return np.array([rows.weight @ self.moments(rows, float(t)).variance for t in times])

    @abstractmethod
    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """P(n repeat purchases) of a customer not yet seen, for each n."""

    @abstractmethod
    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Draw a new customer for each T, exactly as the model tells the story."""

    @abstractmethod
    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each row within `horizon`, from what its history leaves open."""

    @property
    @abstractmethod
    def mean_rate(self) -> float:
        """Purchases per time unit of the mean customer, while a customer."""

    def read(self, customers: pd.DataFrame) -> Rows:
        """Take out of a customer summary what the predictions depend on, in its order."""
        return read_customers(customers, for_fit=False, time=self.time_column)

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
        return self._by_history(customers, self.alive, "probability_alive")

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
        return self._by_history(
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

    def discounted_expected_transactions(
        self, customers: pd.DataFrame, rate: float, *, horizon: float = np.inf
    ) -> pd.Series:
        """How many purchases is each customer still worth, counted at today's value (DERT)?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`, `recency` and `T`, in the time unit of the fit.
        rate : float
            Continuously compounded discount rate per time unit; > 0.
        horizon : float
            How far to look, from each customer's T on, in the unit of the fit; for ever unless
            given.

        Returns
        -------
        Series, indexed like `customers`
        """
        rate = positive("rate", rate)
        horizon = horizon if horizon == np.inf else positive("horizon", horizon)
        return self._by_history(
            customers,
            lambda rows: self.discounted(rows, horizon, rate),
            "discounted_expected_transactions",
        )

    def simulate_customers(self, T: ArrayLike, *, seed: int, holdout: float = 0.0) -> pd.DataFrame:
        """What would customers do who are as this model says, one for each `T`?

        Parameters
        ----------
        T : array of float
            How long each is observed from the first purchase on, in the unit of the fit; >= 0.
        seed : int
            The same seed gives the same customers, whatever the holdout.
        holdout : float
            Time after each T in which purchases are counted too; >= 0.

        Returns
        -------
        DataFrame, one row per customer
            `customer_id` (0, 1, ...), `frequency`, `recency` and `T` as for a fit (`n_periods`
            where the model counts periods); with a holdout also `holdout_frequency` and
            `holdout_T`.
        """
        times = np.asarray(T, dtype=np.float64).ravel()
        if not np.all(np.isfinite(times) & (times >= 0)):
            raise DataError(f"`T` must be finite and >= 0; got {T!r}. Give times of observation.")
        if not (np.isfinite(holdout) and holdout >= 0):
            raise DataError(f"`holdout` must be finite and >= 0; got {holdout}. Give a time.")
        drawn = self.draw(times, float(holdout), np.random.default_rng(seed))
        return as_customers(drawn, times, self.time_column, float(holdout))

    def simulate_purchases(
        self, customers: pd.DataFrame, horizon: float, *, seed: int | np.random.Generator
    ) -> pd.Series:
        """What may each customer buy within `horizon`: one of the futures the history leaves open?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`, `recency` and `T`, in the time unit of the fit.
        horizon : float
            Time from each customer's T on, in the unit of the fit; > 0.
        seed : int or Generator
            The same seed gives the same future.

        Returns
        -------
        Series of int, indexed like `customers`
        """
        rows, rng = self.read(customers), np.random.default_rng(seed)
        bought = self.draw_ahead(rows, positive("horizon", horizon), rng).astype(np.int64)
        return pd.Series(bought, index=customers.index, name="purchases")

    def discounted(self, rows: Rows, horizon: float, rate: float) -> Floats:
        """Expected purchases within `horizon`, each discounted from its moment at `rate`."""
        scale = self.alpha + rows.T
        return discount(lambda t: self.expected(rows, t), scale, horizon, rate)

    def look_ahead(self, rows: Rows, horizon: float, rate: float) -> Outlook:
        """What `value` needs to know of the purchases ahead of each distinct history."""
        moments, ahead = self.moments(rows, horizon), np.full(rows.x.shape, horizon)
        return Outlook(
            alive=self.alive(rows),
            moments=moments,
            discount=discount_factor(self.discounted(rows, horizon, rate), moments.mean),
            slopes=self.sensitivity(lambda model: model.expected(rows, ahead)),
        )

    def _by_history(
        self, customers: pd.DataFrame, answer: Callable[[Rows], Floats], name: str
    ) -> pd.Series:
        """Answer once for each distinct history, and hand every customer its answer."""
        distinct, position = self.read(customers).distinct()
        return pd.Series(answer(distinct)[position], index=customers.index, name=name)
