"""The MBG/CNBD-k: the BG/CNBD-k in which a customer may leave straight after the first purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.clv.erlang import ErlangGeometric
from analysis.clv.erlang_fit import fit_regularity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MBGCNBD", "fit_mbg_cnbd"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MBGCNBD(ErlangGeometric):
    """A fitted MBG/CNBD-k: customers may leave after each purchase, the first included.

    Attributes
    ----------
    k : int
        Stages a purchase: gaps between purchases are Erlang-k. With k = 1 it is the MBG/NBD.
    r, alpha : float
        Shape and rate of the gamma distribution of the rates of stages; alpha in time units.
        The mean customer makes r / (k alpha) purchases per time unit.
    a, b : float
        Parameters of the beta distribution of the chance to leave after a purchase.
    """

    prefix: ClassVar[str] = "MBG/CNBD"
    at_start: ClassVar[int] = 1


def fit_mbg_cnbd(customers: pd.DataFrame, *, k: int | None = None) -> MBGCNBD:
    """Fit the MBG/CNBD-k to a customer summary by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        As for `fit_bg_cnbd`, whose errors and warnings are raised here too.
    k : int, optional
        As for `fit_bg_cnbd`: estimated when not given.

    Returns
    -------
    MBGCNBD

    References
    ----------
    .. [1] Reutterer, Platzer and Schroeder (2021), Leveraging purchase regularity for
       predicting customer behavior the easy way, Int. J. of Research in Marketing 38(1).
    """
    k, peak, size = fit_regularity(customers, MBGCNBD.at_start, k)
    r, alpha, a, b = peak.parameters
    return MBGCNBD(k=k, r=r, alpha=alpha, a=a, b=b, n_customers=size, peak=peak)
