"""Models whose customers differ by what is known of them: each has parameters of his or her own.

A covariate z moves the logarithm of a parameter by coefficient x z. So the model of one customer
is the plain one at parameters of the customer's own, and everything it predicts is predicted by
the plain model, with an array for each parameter that differs between the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

import numpy as np
import pandas as pd

from analysis.clv.covariates import Effects, read_covariates
from analysis.clv.inputs import number_column, read_customers
from analysis.clv.likelihood import Limit, Maximum
from analysis.clv.random_buying import RandomBuying
from analysis.errors import DataError
from analysis.survival.coefficients import coefficient_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.clv.buying import Drawn, Moments
    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["CovariateModel", "own_units"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CovariateModel(RandomBuying):
    """A fitted model with covariates that do not change with time.

    Attributes
    ----------
    purchase, dropout, same : tuple of str
        The columns that act on buying, on leaving, and those with one coefficient for both.
    coefficients : tuple of float
        In the order of `parameters`: those on buying, on leaving, and on both.
    l2_purchase, l2_dropout : float
        The penalties of the fit, 0 for none.
    means, spreads : tuple of float
        Mean and standard deviation of each covariate, of the customers fitted to; in the order
        of `effects.columns`.

    Notes
    -----
    Where there is a penalty, it is taken for granted in standard errors and intervals: they say
    how far the penalised coefficients would move with other customers, not how far the penalty
    has drawn them to zero.
    """

    plain: ClassVar[type[RandomBuying]]
    on_purchase: ClassVar[tuple[float, ...]]  # how the log-parameters move with the covariates
    on_dropout: ClassVar[tuple[float, ...]]
    r: float
    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    same: tuple[str, ...]
    coefficients: tuple[float, ...]
    l2_purchase: float
    l2_dropout: float
    means: tuple[float, ...]
    spreads: tuple[float, ...]

    @property
    def effects(self) -> Effects:
        """Which columns act on what."""
        return Effects(self.purchase, self.dropout, self.same)

    @property
    def penalised(self) -> bool:
        """Whether the coefficients were drawn towards zero."""
        return self.l2_purchase > 0 or self.l2_dropout > 0

    @property
    def mean_rate(self) -> float:
        """Purchases per time unit, while a customer, of the mean one with mean covariates."""
        return self.model_for(dict(zip(self.effects.columns, self.means, strict=True))).mean_rate

    @property
    def parameters(self) -> pd.Series:
        """The parameters of a customer whose covariates are all 0, then the coefficients."""
        values = [*(getattr(self, name) for name in self.names), *self.coefficients]
        return pd.Series(values, index=[*self.names, *self.effects.names], dtype=float)

    @property
    def working(self) -> Floats:
        """The parameters as they are searched for: coefficients stay as they are."""
        base = np.log([getattr(self, name) for name in self.names])
        return np.array([*base, *self.coefficients])

    @property
    def _slopes(self) -> Floats:
        base = [getattr(self, name) for name in self.names]
        return np.array([*base, *np.ones(len(self.coefficients))])

    @property
    def _ways(self) -> Floats:
        """Steps for covariates of mean 0 and spread 1: no customer's model moves far."""
        return own_units(type(self), self.effects, np.array(self.means), np.array(self.spreads))

    def at(self, log_parameters: Floats) -> Self:
        """Return the same model at other parameters, given as logarithms where positive."""
        count = len(self.names)
        base: dict[str, Any] = dict(
            zip(self.names, np.exp(log_parameters[:count]).tolist(), strict=True)
        )
        return replace(self, **base, coefficients=tuple(log_parameters[count:].tolist()))

    @property
    def table(self) -> pd.DataFrame:
        """The coefficients, a row each, with 95% limits.

        Columns `covariate`, `acts_on`, `coef`, `se`, `ratio` (by what one unit more of the
        covariate multiplies: see the fit), `low` and `high` of it, `z`, `p` and `log_p`.
        """
        covariance = self.covariance.to_numpy()[len(self.names) :, len(self.names) :]
        acts_on, columns = zip(*self.effects.coefficients, strict=True)
        coef = np.array(self.coefficients)
        table = coefficient_table(
            list(columns), coef, np.sqrt(np.diag(covariance)), 0.95, ratio="ratio"
        )
        table.insert(1, "acts_on", acts_on)
        return table

    # What a kind of customer is like -------------------------------------------------------

    def model_for(self, covariates: Mapping[str, float]) -> RandomBuying:
        """What is the model of the customers with these covariates?

        Its curves for new customers, its simulations and standard errors are theirs.

        Parameters
        ----------
        covariates : mapping or Series
            A number for each column of the fit.

        Returns
        -------
        BuyingModel
            The plain model.
        """
        z = read_covariates(pd.DataFrame([dict(covariates)]), self.effects.columns)
        count = len(self.names)
        move = np.hstack([np.eye(count), self._moves(z)[:, :, 0]])
        limits = tuple(
            Limit(way.reason, way.direction[:count], *_below(count, way.held, way.unsettled))
            for way in self.peak.limits
        )
        peak = Maximum(
            move @ self.working,
            self.log_likelihood,
            move @ self.peak.log_covariance @ move.T,
            limits,
        )
        own: dict[str, Any] = dict(zip(self.names, peak.parameters, strict=True))
        return self.plain(**own, n_customers=self.n_customers, peak=peak)

    def simulate_like(
        self, customers: pd.DataFrame, *, seed: int, holdout: float = 0.0
    ) -> pd.DataFrame:
        """What would customers like these do, if all is as this model says?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `T` and the covariates.
        seed, holdout
            As for `simulate_customers`.

        Returns
        -------
        DataFrame, indexed like `customers`
            What `simulate_customers` returns, and the covariates.
        """
        z = read_covariates(customers, self.effects.columns)
        T = number_column(customers, "T")
        drawn = self._with(z).simulate_customers(T, seed=seed, holdout=holdout)
        known = customers.filter(["customer_id", *self.effects.columns])
        return drawn.set_axis(customers.index, axis=0).assign(**known)

    # What the plain model answers, for each row at its own parameters ------------------------

    def read(self, customers: pd.DataFrame) -> Rows:
        """Take out of a customer summary what the predictions depend on, in its order."""
        z = read_covariates(customers, self.effects.columns)
        return replace(read_customers(customers, for_fit=False), z=z)

    def alive(self, rows: Rows) -> Floats:
        """P(still a customer) for each row."""
        return self._of(rows).alive(rows)

    def expected_there(self, rows: Rows, horizon: Floats) -> Floats:
        """Expected purchases of somebody known to be there."""
        return self._of(rows).expected_there(rows, horizon)

    def moments_there(self, rows: Rows, horizon: float) -> Moments:
        """Moments of the purchases of somebody known to be there."""
        return self._of(rows).moments_there(rows, horizon)

    def draw_ahead(self, rows: Rows, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the purchases of each within `horizon`, from what its history leaves open."""
        return self._of(rows).draw_ahead(rows, horizon, rng)

    def _discounted_there(self, states: Rows, horizon: float, rate: float) -> Floats:
        return self._of(states)._discounted_there(states, horizon, rate)

    def _of(self, rows: Rows) -> RandomBuying:
        if rows.z is None:
            self._refuse_new()
        return self._with(rows.z)

    def _with(self, z: Floats) -> RandomBuying:
        """Return the plain model with a value for each row where a parameter differs by row."""
        moved = np.einsum("pkr,k->pr", self._moves(z), self.coefficients)
        own: dict[str, Any] = {
            name: getattr(self, name) * np.exp(move) if move.any() else getattr(self, name)
            for name, move in zip(self.names, moved, strict=True)
        }
        return self.plain(**own, n_customers=self.n_customers, peak=self.peak)

    def _moves(self, z: Floats) -> Floats:
        """How each log-parameter moves with each coefficient, for each row of covariates."""
        purchase, dropout = (z @ self.effects.matrix(name) for name in ("purchase", "dropout"))
        by_purchase = np.multiply.outer(np.array(self.on_purchase), purchase.T)
        return np.asarray(by_purchase + np.multiply.outer(np.array(self.on_dropout), dropout.T))

    # What needs a kind of customer first ---------------------------------------------------

    def expected_new(self, horizon: Floats) -> Floats:
        """Refuse: it depends on the covariates."""
        self._refuse_new()

    def distribution_new(self, n: NDArray[np.int64], horizon: float) -> Floats:
        """Refuse: it depends on the covariates."""
        self._refuse_new()

    def draw(self, T: Floats, holdout: float, rng: np.random.Generator) -> Drawn:
        """Refuse: it depends on the covariates."""
        self._refuse_new()

    def _refuse_new(self) -> NoReturn:
        columns = ", ".join(f"`{column}`" for column in self.effects.columns)
        raise DataError(
            f"new customers need covariates: what they do depends on {columns}. Take the model of "
            "one kind of customer, model_for({column: value, ...}), or simulate_like(customers)."
        )


def own_units(
    model: type[CovariateModel], effects: Effects, means: Floats, spreads: Floats
) -> Floats:
    """Return what takes parameters for covariates of mean 0 and spread 1 to those as they came."""
    count = len(model.names)
    purchase, dropout = effects.matrix("purchase"), effects.matrix("dropout")
    change = np.eye(count + purchase.shape[1])
    change[:count, count:] = -np.outer(model.on_purchase, means / spreads @ purchase)
    change[:count, count:] -= np.outer(model.on_dropout, means / spreads @ dropout)
    change[count:, count:] /= spreads @ np.maximum(purchase, dropout)
    return change


def _below(count: int, *positions: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(i for i in some if i < count) for some in positions)
