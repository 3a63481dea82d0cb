"""What customers are worth: how often they buy, how much they spend, how long they stay."""

from analysis.clv.bg_nbd import BGNBD, fit_bg_nbd
from analysis.clv.gamma_gamma import GammaGamma, fit_gamma_gamma
from analysis.clv.mbg_nbd import MBGNBD, fit_mbg_nbd

__all__ = [
    "BGNBD",
    "MBGNBD",
    "GammaGamma",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
]
