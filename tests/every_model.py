"""Every model of buying, for tests that hold for all of them."""

import numpy as np
from clv_reference import cdnow

from analysis import clv


def fit_regular(customers):
    return clv.fit_bg_cnbd(customers, k=2)


FITS = {
    "BG/NBD": clv.fit_bg_nbd,
    "MBG/NBD": clv.fit_mbg_nbd,
    "Pareto/NBD": clv.fit_pareto_nbd,
    "BG/CNBD-2": fit_regular,
}
TERMS = {"horizon": 52, "annual_discount_rate": 0.1, "margin": 0.3}


def shoppers():
    """Return CDNOW, as if each bought evenly: enough for a fit of regular buyers."""
    x, t_x = cdnow()["frequency"], cdnow()["recency"]
    return cdnow().assign(log_gaps=x * np.log(t_x.where(x > 0, 1.0) / x.where(x > 0, 1)))
