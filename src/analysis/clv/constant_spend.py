"""Spend where there is nothing to learn: every repeat buyer pays the same every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from analysis.clv.fits import Fit
from analysis.clv.gamma_gamma import GammaGamma, fit_spent
from analysis.clv.likelihood import Limit, Maximum
from analysis.clv.spent import read_spend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ConstantSpend", "SpendModel", "fit_spend"]

ALIKE = Limit("everybody spends the same every time", (0,), (0,), (0,))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ConstantSpend(Fit):
    """The one spend of all purchases, such as the price of a ticket.

    It answers what the Gamma-Gamma model answers, without uncertainty of its own.

    Attributes
    ----------
    spend : float
        Of each purchase, in money.
    """

    label: ClassVar[str] = "Constant spend"
    names: ClassVar[tuple[str, ...]] = ("spend",)
    spend: float

    @property
    def mean_spend(self) -> float:
        """Mean spend per purchase over all customers."""
        return self.spend

    def expected_spend(self, customers: pd.DataFrame) -> pd.Series:
        """What will each customer spend per purchase? The same."""
        return pd.Series(self.spend, index=customers.index, name="expected_spend", dtype=float)

    def spread(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the square of the own mean, in squares of the mean, and no variance beside it."""
        return np.ones_like(x), np.zeros_like(x)

    def mean_slopes(self, x: Floats) -> Floats:
        """Return how expected spend moves with the logarithm of the spend: as it does itself."""
        return np.array([[np.ones_like(x), np.zeros_like(x)]])


SpendModel = GammaGamma | ConstantSpend


def fit_spend(customers: pd.DataFrame | Iterable[pd.DataFrame]) -> SpendModel:
    """Fit the Gamma-Gamma model to repeat buyers, or take the one spend that all of them have.

    Parameters
    ----------
    customers : DataFrame, one row per customer, or several of them
        As for `fit_gamma_gamma`.

    Returns
    -------
    GammaGamma or ConstantSpend

    Raises
    ------
    DataError, TooFewError, FitError
        As `fit_gamma_gamma`, but for spend that is equal.
    """
    spent = read_spend(customers)
    if not spent.all_equal:
        return fit_spent(spent)
    known = Maximum(np.log([spent.mean]), 0.0, np.zeros((1, 1)), (ALIKE,))
    return ConstantSpend(spend=spent.mean, n_customers=spent.customers, peak=known)
