"""What repeat buyers spent, as far as a fit of spend needs to know: sums over any parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.condensing import condense_parts
from analysis.clv.inputs import check_names, number_column, read_weight, refuse
from analysis.errors import TooFewError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Spent", "purchases_and_spend", "read_spend"]

_SAME = 1e-9  # of the mean: a spread so small is rounding


@dataclass(frozen=True, slots=True)
class Spent:
    """What repeat buyers spent.

    Attributes
    ----------
    customers, mean, lowest, highest : float
        Repeat buyers; their mean spend per purchase: over all, the least and the most.
    counts, buyers : ndarray
        Numbers of purchases that there are, and how many made just as many.
    log_totals : float
        Sum of the logarithms of all that each spent.
    points, weights : ndarray, list of two ndarray
        These logarithms, or few in their place, with two sets of weights: customers, and
        customers times their purchases (see `condense`).
    """

    customers: float
    mean: float
    lowest: float
    highest: float
    counts: Floats
    buyers: Floats
    log_totals: float
    points: Floats
    weights: list[Floats]

    @property
    def all_equal(self) -> bool:
        """Whether everybody pays the same every time."""
        return self.highest - self.lowest <= _SAME * self.mean


def read_spend(customers: pd.DataFrame | Iterable[pd.DataFrame]) -> Spent:
    """Add up what repeat buyers spent, whose rows may come in several parts.

    Raises
    ------
    DataError, TooFewError
        As `fit_gamma_gamma`.
    """
    parts = [customers] if isinstance(customers, pd.DataFrame) else customers
    known: list[tuple[Floats, ...]] = []
    rows = 0

    def logarithms() -> Iterable[tuple[Floats, Floats, Floats]]:
        nonlocal rows
        for part in parts:
            rows += len(part)
            x, z, weight = _buyers(part)
            if x.size:
                counts, buyers = _count(x, weight)
                totals = np.log(x * z)
                sums = np.array([weight @ z, z.min(), z.max(), weight @ totals])
                known.append((counts, buyers, sums))
                yield totals, weight, weight * x

    points, weights = condense_parts(logarithms())
    if not known:
        raise TooFewError(
            f"a fit of spend needs repeat buyers; none of {rows} customers has "
            "`frequency` > 0, so no first offender. Observe them for longer."
        )
    counts, buyers, sums = zip(*known, strict=True)
    both = _count(np.concatenate(counts), np.concatenate(buyers))
    total, lowest, highest, log_totals = np.array(sums).T
    size = float(both[1].sum())
    return Spent(
        customers=size,
        mean=float(total.sum()) / size,
        lowest=float(lowest.min()),
        highest=float(highest.max()),
        counts=both[0],
        buyers=both[1],
        log_totals=float(log_totals.sum()),
        points=points,
        weights=weights,
    )


def purchases_and_spend(customers: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return repeat purchases and mean spend of each customer; 0 where there is none."""
    x = number_column(customers, "frequency")
    refuse(customers, x < 0, "frequency", "`frequency` must be >= 0", "Make the table anew.")
    buyers = x > 0
    spend = np.where(buyers, number_column(customers, "monetary_value", among=buyers), 0.0)
    rule = "`monetary_value` must not be < 0 for repeat buyers"
    way_out = "Net off refunds first."
    refuse(customers, spend < 0, "monetary_value", rule, way_out, among=buyers)
    return x, spend


def _buyers(customers: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    x, z = purchases_and_spend(customers)
    rule = "`monetary_value` must be > 0 for repeat buyers"
    way_out = "Net off refunds first, or leave these customers out of the fit."
    refuse(customers, (x > 0) & (z <= 0), "monetary_value", rule, way_out)
    check_names(customers)
    weight, buyers = read_weight(customers), np.flatnonzero(x)
    return x[buyers], z[buyers], weight[buyers]


def _count(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    found, place = np.unique(values, return_inverse=True)
    return found, np.bincount(place, weight).astype(np.float64, copy=False)
