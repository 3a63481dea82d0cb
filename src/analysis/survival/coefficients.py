"""Coefficients as a tidy table, with the ratio that each stands for and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import log_ndtr, ndtr

from analysis.survival.intervals import normal_quantile

if TYPE_CHECKING:
    from analysis.survival.observations import Floats


def coefficient_table(
    names: list[str], coef: Floats, se: Floats, confidence: float, *, ratio: str
) -> pd.DataFrame:
    """Columns `covariate`, `coef`, `se`, the ratio, `low`, `high`, `z`, `p`, `log_p`."""
    z_limit, z = normal_quantile(confidence), coef / se
    with np.errstate(over="ignore"):
        value, low, high = np.exp([coef, coef - z_limit * se, coef + z_limit * se])
    return pd.DataFrame(
        {
            "covariate": names,
            "coef": coef,
            "se": se,
            ratio: value,
            "low": low,
            "high": high,
            "z": z,
            "p": 2 * ndtr(-np.abs(z)),
            "log_p": np.log(2) + log_ndtr(-np.abs(z)),
        }
    )
