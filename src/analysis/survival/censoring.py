"""How long observation itself lasts: the weights that make up for those not watched to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.survival.counting import count, in_time_order

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Observations


@dataclass(frozen=True, slots=True)
class Censoring:
    """Kaplan-Meier curve G of the censoring times; at one time, events leave before censoring."""

    time: Floats
    G: Floats

    def before(self, t: Floats) -> Floats:
        """G(t-): chance that observation lasts up to t."""
        return np.append(1.0, self.G)[np.searchsorted(self.time, t)]

    def after(self, t: Floats) -> Floats:
        """G(t): chance that observation lasts past t."""
        return np.append(1.0, self.G)[np.searchsorted(self.time, t, side="right")]


def censoring(sample: Observations) -> Censoring:
    """Estimate G from the sample itself."""
    counts = count(in_time_order(sample))
    left = counts.n_risk - counts.n_event
    share = np.divide(counts.n_censored, left, out=np.zeros_like(left), where=left > 0)
    return Censoring(counts.time, np.multiply.accumulate(1 - share))
