"""The BG/NBD at the parameters of its paper, and a formula as printed there."""

import numpy as np
from scipy import special

from analysis import clv
from analysis.clv.likelihood import Maximum

PAPER = (0.243, 4.414, 0.793, 2.426)


def model_at(r, alpha, a, b, kind=clv.BGNBD):
    peak = Maximum(np.log([r, alpha, a, b]), 0.0, np.zeros((4, 4)))
    return kind(r=r, alpha=alpha, a=a, b=b, n_customers=1.0, peak=peak)


def hypergeometric_form(parameters, x, t_x, T, t):
    """Eq. 10 as printed: fine away from a = 1 and for few purchases."""
    r, alpha, a, b = parameters
    inner = special.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
    gain = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * inner
    left = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x else 0.0
    return (a + b + x - 1) / (a - 1) * gain / (1 + left)
