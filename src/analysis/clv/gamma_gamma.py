"""The Gamma-Gamma model of spend: what a customer pays per purchase, in the long run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.fits import Fit
from analysis.clv.inputs import number_column, refuse
from analysis.clv.likelihood import Limit, maximise
from analysis.clv.ranks import spend_with_frequency
from analysis.clv.spent import purchases_and_spend, read_spend
from analysis.customer_table import CustomerTable
from analysis.errors import FitError, TooFewError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from analysis.clv.spent import Spent

    Floats = NDArray[np.float64]

__all__ = ["GammaGamma", "fit_gamma_gamma", "fit_spent", "spend_by_frequency"]

LIMITS = (
    Limit("customers do not differ in what they spend", (0, 1, 1), (1,), (1, 2)),
    Limit("a customer spends the same every time", (1, 0, -1), (0,), (0, 2)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GammaGamma(Fit):
    """A fitted Gamma-Gamma model.

    Attributes
    ----------
    p : float
        Shape of the gamma distribution of one customer's purchases.
    q, v : float
        Shape and rate of the gamma distribution of customers' rates; v in money.
    """

    label: ClassVar[str] = "Gamma-Gamma"
    names: ClassVar[tuple[str, ...]] = ("p", "q", "v")
    p: float
    q: float
    v: float

    @property
    def mean_spend(self) -> float:
        """Mean spend per purchase over all customers."""
        return self.p * self.v / (self.q - 1)

    def expected_spend(self, customers: pd.DataFrame) -> pd.Series:
        """What will each customer spend per purchase, in the long run?

        The customer's own mean, drawn towards the mean of all the more, the fewer the
        purchases behind it.

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency` and `monetary_value` (mean spend of a repeat purchase; not read
            where `frequency` is 0).

        Returns
        -------
        Series, indexed like `customers`, in the money of the fit

        References
        ----------
        .. [1] Fader and Hardie (2013), The Gamma-Gamma model of monetary value, eq. 5.
        """
        x, z = purchases_and_spend(customers)
        mean = self.p * (self.v + x * z) / (self.p * x + self.q - 1)
        return pd.Series(mean, index=customers.index, name="expected_spend")

    def spread(self, x: Floats) -> tuple[Floats, Floats]:
        """How far own mean spend and single purchases scatter after `x` repeat purchases.

        Returns
        -------
        tuple of ndarray
            Expected square of the own mean, and expected variance between purchases, both as
            multiples of the square of the expected mean; NaN where they have no bound.
        """
        shape = self.p * x + self.q
        square = np.where(shape > 2, (shape - 1) / np.where(shape > 2, shape - 2, 1), np.nan)
        return square, square / self.p

    def mean_slopes(self, x: Floats) -> Floats:
        """How expected spend moves with the logarithms of p, q and v, after `x` purchases.

        Returns
        -------
        ndarray, a row a parameter of two columns of `x`
            By how much for each unit of expected spend, and beside it.
        """
        rest = self.p * x + self.q - 1
        nothing = np.zeros_like(rest)
        return np.array(
            [
                [(self.q - 1) / rest, nothing],
                [-self.q / rest, nothing],
                [nothing, self.p * self.v / rest],
            ]
        )

    def simulate_spend(
        self, customers: pd.DataFrame, *, seed: int | np.random.Generator
    ) -> pd.DataFrame:
        """What would customers with these purchases spend, were they as this model says?

        Parameters
        ----------
        customers : DataFrame, one row per customer
            `frequency`; with `holdout_frequency` spend in the holdout is drawn too.
        seed : int
            The same seed gives the same spend.

        Returns
        -------
        DataFrame
            `customers` with `monetary_value` (missing where `frequency` is 0), and with
            `holdout_total` where there is a holdout.
        """
        x = number_column(customers, "frequency")
        refuse(customers, x < 0, "frequency", "`frequency` must be >= 0", "Make the table anew.")
        rng = np.random.default_rng(seed)
        rate = rng.gamma(self.q, 1 / self.v, x.size)
        total = rng.standard_gamma(self.p * x) / rate
        spent = customers.assign(monetary_value=np.where(x > 0, total / np.maximum(x, 1), np.nan))
        if "holdout_frequency" not in customers.columns:
            return spent
        later = rng.standard_gamma(self.p * number_column(customers, "holdout_frequency"))
        return spent.assign(holdout_total=later / rate)


def fit_gamma_gamma(customers: pd.DataFrame | Iterable[pd.DataFrame]) -> GammaGamma:
    """Fit the Gamma-Gamma model to repeat buyers by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer, or several of them
        `frequency` and `monetary_value` (mean spend of a repeat purchase); with a column
        `weight`, a row stands for that many customers. Rows with frequency 0 are left out:
        they say nothing of repeat spend.

    Returns
    -------
    GammaGamma

    Raises
    ------
    DataError
        When a repeat buyer's spend is not > 0.
    TooFewError
        When there is no repeat buyer, or all spend the same.
    FitError
        When q <= 1, where the mean over customers has no bound, or no peak is found.

    Warns
    -----
    AnalysisWarning
        When the maximum lies on a boundary, such as all customers spending alike.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), RFM and CLV: using iso-value curves for customer
       base analysis, J. of Marketing Research 42(4), appendix.
    .. [2] Fader and Hardie (2013), The Gamma-Gamma model of monetary value, eq. 1a.
    """
    return fit_spent(read_spend(customers))


def fit_spent(spent: Spent) -> GammaGamma:
    """Fit the Gamma-Gamma model to what repeat buyers spent, as in `fit_gamma_gamma`."""
    if spent.all_equal:
        raise TooFewError(
            "a fit of spend needs repeat buyers who differ in `monetary_value`; all "
            f"{spent.customers:.0f} have {spent.mean:.2f}, so there is nothing to learn. Value "
            "their purchases at that spend: clv.fit_spend."
        )
    start = np.log([2.0, 3.0, spent.mean])
    peak = maximise(Likelihood(spent), start, spent.customers, LIMITS)
    p, q, v = peak.parameters
    if q <= 1.0:
        raise FitError(
            f"`q` must be > 1, or the mean spend over customers has no bound; the fit to "
            f"{spent.customers:.0f} repeat buyers gives q={q:.4g} (p={p:.4g}, v={v:.4g}). "
            "A few customers spend far above all others: fit them apart, or cap their spend."
        )
    return GammaGamma(p=p, q=q, v=v, n_customers=spent.customers, peak=peak)


def spend_by_frequency(
    customers: pd.DataFrame | CustomerTable, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Do customers who buy more often also spend more each time? The model says no.

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `frequency` and `monetary_value`.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of float
        Spearman's rank correlation over repeat buyers, with its interval (Fisher's z, with
        the variance of Bonett and Wright 2000); missing below 4 repeat buyers.
    """
    if isinstance(customers, pd.DataFrame):
        purchases_and_spend(customers)
        customers = CustomerTable.of(customers)
    rho, n = spend_with_frequency(customers)
    if n < 4 or np.isnan(rho):
        return float("nan"), float("nan"), float("nan")
    reach = special.ndtri((1 + confidence) / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    middle = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return rho, float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


class Likelihood:
    """Log-likelihood of the mean spends, and its gradient in the log-parameters."""

    def __init__(self, spent: Spent) -> None:
        self.counts, self.customers = spent.counts, spent.buyers
        self.log_means = spent.log_totals - float(self.customers @ np.log(self.counts))
        self.weight, self.weighted_x = spent.weights
        self.total = np.exp(spent.points)

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        p, q, v = parameters = np.exp(log_parameters)
        x, n = self.counts, self.customers
        above = self.weight @ np.log1p(self.total / v)
        below = self.weighted_x @ np.log1p(v / self.total)
        value = -n @ special.betaln(p * x, q) - self.log_means - q * above - p * below
        both, share = special.digamma(p * x + q), 1 / (v + self.total)
        gradient = np.array(
            [
                (n * x) @ (both - special.digamma(p * x)) - below,
                n @ (both - special.digamma(q)) - above,
                q * ((self.weight * self.total) @ share) / v - p * (self.weighted_x @ share),
            ]
        )
        return float(value), gradient * parameters
