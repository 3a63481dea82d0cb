"""The risk of leaving in each stretch of the time as a customer, from counts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special, stats

from analysis.churn.paces import DAYS_PER_MONTH

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_EDGES = (0, 1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 84, 96, 120, 180, 240, 360)


def count_stretches(rows: pd.DataFrame) -> pd.DataFrame:
    """Count customers, losses and customer-months in each stretch of tenure."""
    entry, time = rows["entry"].to_numpy(), rows["duration"].to_numpy()
    n = rows["customers"].to_numpy()
    found = []
    for begin, end in pairwise(_EDGES):
        first, last = (np.ceil(edge * DAYS_PER_MONTH) for edge in (begin, end))
        inside = np.clip(time, first, last) - np.clip(entry, first, last)
        lost = rows["event"].to_numpy() & (time > first) & (time <= last)
        months = (n * inside).sum() / DAYS_PER_MONTH
        found.append((begin, end, n[inside > 0].sum(), n[lost].sum(), months))
    columns = ["begin", "end", "customers", "lost", "customer_months"]
    return pd.DataFrame(found, columns=columns)


def in_a_month(hazard: pd.Series | Floats) -> pd.Series | Floats:
    """Return the share that leaves in a month at a hazard a month."""
    share: pd.Series | Floats = 1 - np.exp(-hazard)
    return share


def same_risk(hazard: pd.DataFrame) -> float:
    """How likely are differences so large if the risk is the same in every stretch of tenure?

    Parameters
    ----------
    hazard : DataFrame
        From `tenure_hazard`.

    Returns
    -------
    float
        p-value of the deviance of one Poisson rate for all stretches; 1 for a single stretch.
    """
    lost, months = hazard["lost"].to_numpy(float), hazard["customer_months"].to_numpy(float)
    expected = months * lost.sum() / months.sum()
    deviance = 2 * (special.xlogy(lost, lost) - special.xlogy(lost, expected)).sum()
    return float(stats.chi2.sf(max(deviance, 0.0), len(hazard) - 1)) if len(hazard) > 1 else 1.0
