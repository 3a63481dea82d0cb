"""The BG/NBD: who will buy again, and how often, from when they bought so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.clv.beta_geometric import BetaGeometric, fit_parameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BGNBD", "fit_bg_nbd"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BGNBD(BetaGeometric):
    """A fitted BG/NBD: customers may leave after each repeat purchase.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; alpha in time units.
    a, b : float
        Parameters of the beta distribution of the chance to leave after a purchase.
    """

    label: ClassVar[str] = "BG/NBD"
    at_start: ClassVar[int] = 0


def fit_bg_nbd(customers: pd.DataFrame) -> BGNBD:
    """Fit the BG/NBD to a customer summary by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `frequency` (repeat purchases), `recency` (time of the last one) and `T` (time
        observed), both times counted from the first purchase in one unit; with a column
        `weight`, a row stands for that many customers.

    Returns
    -------
    BGNBD

    Raises
    ------
    DataError
        When a history cannot be true, or nobody has bought twice.
    FitError
        When the likelihood has no peak.

    Warns
    -----
    AnalysisWarning
        When the maximum lies on a boundary, such as nobody ever leaving.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an
       alternative to the Pareto/NBD model, Marketing Science 24(2).
    """
    peak, size = fit_parameters(customers, BGNBD.at_start)
    r, alpha, a, b = peak.parameters
    return BGNBD(r=r, alpha=alpha, a=a, b=b, n_customers=size, peak=peak)
