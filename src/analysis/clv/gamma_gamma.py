"""The Gamma-Gamma model of spend: what a customer pays per purchase, in the long run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.condensing import condense
from analysis.clv.fits import Fit
from analysis.clv.inputs import check_names, number_column, read_weight, refuse
from analysis.clv.likelihood import Limit, maximise
from analysis.errors import FitError, TooFewError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GammaGamma", "fit_gamma_gamma", "one_price", "spend_by_frequency"]

LIMITS = (
    Limit("customers do not differ in what they spend", (0, 1, 1), (1,), (1, 2)),
    Limit("a customer spends the same every time", (1, 0, -1), (0,), (0, 2)),
)


_SAME = 1e-9  # of the mean: a spread so small is rounding


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
        x, z = _purchases_and_spend(customers)
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


def fit_gamma_gamma(customers: pd.DataFrame) -> GammaGamma:
    """Fit the Gamma-Gamma model to repeat buyers by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
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
    x, z = _purchases_and_spend(customers)
    rule = "`monetary_value` must be > 0 for repeat buyers"
    way_out = "Net off refunds first, or leave these customers out of the fit."
    refuse(customers, (x > 0) & (z <= 0), "monetary_value", rule, way_out)
    check_names(customers)
    weight = read_weight(customers)
    buyers = np.flatnonzero(x)
    if not buyers.size:
        raise TooFewError(
            f"a fit of spend needs repeat buyers; none of {len(customers)} customers has "
            "`frequency` > 0, so no first offender. Observe them for longer."
        )
    x, z, weight = x[buyers], z[buyers], weight[buyers]
    size = float(weight.sum())
    mean = float(weight @ z) / size
    if np.ptp(z) <= _SAME * mean:
        raise TooFewError(
            "a fit of spend needs repeat buyers who differ in `monetary_value`; all "
            f"{size:.0f} have {mean:.2f}, so there is nothing to learn. Value their purchases "
            "at that spend: clv.fit_spend."
        )
    peak = maximise(Likelihood(x, z, weight), np.log([2.0, 3.0, mean]), size, LIMITS)
    p, q, v = peak.parameters
    if q <= 1.0:
        raise FitError(
            f"`q` must be > 1, or the mean spend over customers has no bound; the fit to "
            f"{size:.0f} repeat buyers gives q={q:.4g} (p={p:.4g}, v={v:.4g}). "
            "A few customers spend far above all others: fit them apart, or cap their spend."
        )
    return GammaGamma(p=p, q=q, v=v, n_customers=size, peak=peak)


def one_price(customers: pd.DataFrame) -> float | None:
    """Return the spend that every purchase of repeat buyers has; None where they differ."""
    x, z = _purchases_and_spend(customers)
    paid = z[x > 0]
    if not paid.size or paid.min() <= 0 or np.ptp(paid) > _SAME * paid.mean():
        return None
    return float(paid.mean())


def spend_by_frequency(
    customers: pd.DataFrame, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Do customers who buy more often also spend more each time? The model says no.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `frequency` and `monetary_value`; with a column `weight`, a row stands for that many.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of float
        Spearman's rank correlation over repeat buyers, with its interval (Fisher's z, with
        the variance of Bonett and Wright 2000); missing below 4 repeat buyers.
    """
    x, z = _purchases_and_spend(customers)
    buyers = x > 0
    weight = read_weight(customers)[buyers]
    ranks = [_mean_ranks(values[buyers], weight) for values in (x, z)]
    n = float(weight.sum())
    if n < 4 or min(np.ptp(ranks[0]), np.ptp(ranks[1])) == 0:
        return float("nan"), float("nan"), float("nan")
    covariance = np.cov(np.vstack(ranks), aweights=weight)
    rho = float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    reach = special.ndtri((1 + confidence) / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    middle = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return rho, float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def _mean_ranks(values: Floats, weight: Floats) -> Floats:
    """Return the rank of each value, equal ones at their mean, where a row stands for several."""
    _, place = np.unique(values, return_inverse=True)
    sizes = np.bincount(place, weight)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[place])


class Likelihood:
    """Log-likelihood of the mean spends, and its gradient in the log-parameters."""

    def __init__(self, x: Floats, z: Floats, weight: Floats) -> None:
        place, counts = pd.factorize(x)
        self.counts, self.customers = np.asarray(counts), np.bincount(place, weight)
        totals = np.log(x * z)
        self.log_means = float(weight @ totals - self.customers @ np.log(self.counts))
        totals, (self.weight, self.weighted_x) = condense(totals, weight, weight * x)
        self.total = np.exp(totals)

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


def _purchases_and_spend(customers: pd.DataFrame) -> tuple[Floats, Floats]:
    x = number_column(customers, "frequency")
    refuse(customers, x < 0, "frequency", "`frequency` must be >= 0", "Make the table anew.")
    buyers = x > 0
    spend = np.where(buyers, number_column(customers, "monetary_value", among=buyers), 0.0)
    rule = "`monetary_value` must not be < 0 for repeat buyers"
    way_out = "Net off refunds first."
    refuse(customers, spend < 0, "monetary_value", rule, way_out, among=buyers)
    return x, spend
