"""Pieces of a simulated history: what the models draw with, and the table it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Drawn", "as_customers", "last_of", "waits"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Simulated histories in the symbols of the papers: a row a customer.

    Attributes
    ----------
    x, t_x : ndarray
        Repeat purchases within T, and the time of the last one.
    x_holdout : ndarray
        Purchases in the holdout after T.
    log_gaps : ndarray, optional
        Sum of the logarithms of the gaps between purchases, of models that read it.
    """

    x: Floats
    t_x: Floats
    x_holdout: Floats
    log_gaps: Floats | None = None


def as_customers(drawn: Drawn, T: Floats, time_column: str, holdout: float) -> pd.DataFrame:
    """Return the histories as a customer summary, with a holdout where it is > 0."""
    columns: dict[str, ArrayLike] = {
        "customer_id": np.arange(T.size),
        "frequency": drawn.x.astype(np.int64),
        "recency": drawn.t_x,
        time_column: T,
    }
    if drawn.log_gaps is not None:
        columns["log_gaps"] = drawn.log_gaps
    if holdout > 0:
        columns["holdout_frequency"] = drawn.x_holdout.astype(np.int64)
        columns["holdout_T"] = np.full(T.size, holdout)
    return pd.DataFrame(columns)


def waits(chance: Floats, rng: np.random.Generator) -> Floats:
    """Draw at which of its opportunities each chance is taken: 1, 2, ..., or never (infinite)."""
    with np.errstate(divide="ignore"):  # a chance of 0 is never taken, one of 1 at once
        counts = np.ceil(rng.standard_exponential(chance.size) / -np.log1p(-chance))
    return np.asarray(np.maximum(counts, 1.0))


def last_of(x: NDArray[np.int64], m: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Draw the highest of x different numbers from 1 to m, by walking down from m."""
    level = rng.random(x.size)
    last, cumulated = m.copy(), np.ones(x.size)
    for _ in range(int((m - x).max(initial=0))):
        cumulated *= np.where(last > 0, (last - x) / np.maximum(last, 1), 0.0)
        down = (level < cumulated) & (x > 0)
        if not down.any():
            break
        last = np.where(down, last - 1, last)
    return np.where(x > 0, last, 0).astype(np.float64)
