"""The BG/CNBD-k: the BG/NBD for customers whose purchases come more evenly than at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.clv.erlang import ErlangGeometric
from analysis.clv.erlang_fit import fit_regularity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BGCNBD", "fit_bg_cnbd"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BGCNBD(ErlangGeometric):
    """A fitted BG/CNBD-k: customers may leave after each repeat purchase.

    Attributes
    ----------
    k : int
        Stages a purchase: gaps between purchases are Erlang-k. With k = 1 it is the BG/NBD.
    r, alpha : float
        Shape and rate of the gamma distribution of the rates of stages; alpha in time units.
        The mean customer makes r / (k alpha) purchases per time unit.
    a, b : float
        Parameters of the beta distribution of the chance to leave after a purchase.
    """

    prefix: ClassVar[str] = "BG/CNBD"
    at_start: ClassVar[int] = 0


def fit_bg_cnbd(customers: pd.DataFrame, *, k: int | None = None) -> BGCNBD:
    """Fit the BG/CNBD-k to a customer summary by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `fit_bg_nbd`, with a column `log_gaps`: the sum of the natural logarithms of the
        gaps between a customer's purchases, in the unit of `recency`
        (`summary.summarise_customers` with `gaps`). Predictions do not need it.
    k : int, optional
        Stages a purchase; >= 1. Without it, k goes up from 1 until the likelihood has fallen
        twice, to 12 at most, and the most likely k is taken.

    Returns
    -------
    BGCNBD

    Raises
    ------
    DataError
        As `fit_bg_nbd`; and when `log_gaps` is missing or cannot be true, unless k is 1.
    FitError
        When the likelihood has no peak.

    Warns
    -----
    AnalysisWarning
        When the maximum lies on a boundary, such as nobody ever leaving.

    Notes
    -----
    `aic` and `bic` count r, alpha, a and b, not k.

    A day is the shortest gap that is seen, so customers who order every few days look more
    regular than they are, and k rises for that alone: let a holdout choose (`clv.compare`).

    References
    ----------
    .. [1] Reutterer, Platzer and Schroeder (2021), Leveraging purchase regularity for
       predicting customer behavior the easy way, Int. J. of Research in Marketing 38(1).
    """
    k, peak, size = fit_regularity(customers, BGCNBD.at_start, k)
    r, alpha, a, b = peak.parameters
    return BGCNBD(k=k, r=r, alpha=alpha, a=a, b=b, n_customers=size, peak=peak)
