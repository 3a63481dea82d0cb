"""The MBG/NBD: the BG/NBD in which a customer may also leave straight after the first purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.clv.beta_geometric import BetaGeometric, fit_parameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MBGNBD", "fit_mbg_nbd"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MBGNBD(BetaGeometric):
    """A fitted MBG/NBD: customers may leave after each purchase, the first included.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; alpha in time units.
    a, b : float
        Parameters of the beta distribution of the chance to leave after a purchase.
    """

    label: ClassVar[str] = "MBG/NBD"
    at_start: ClassVar[int] = 1


def fit_mbg_nbd(customers: pd.DataFrame) -> MBGNBD:
    """Fit the MBG/NBD to a customer summary by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `fit_bg_nbd`, whose errors and warnings are raised here too.

    Returns
    -------
    MBGNBD

    References
    ----------
    .. [1] Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of
       models for customer base analysis, Int. J. of Research in Marketing 24(3).
    """
    peak, size = fit_parameters(customers, MBGNBD.at_start)
    r, alpha, a, b = peak.parameters
    return MBGNBD(r=r, alpha=alpha, a=a, b=b, n_customers=size, peak=peak)
