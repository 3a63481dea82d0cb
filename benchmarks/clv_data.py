"""Simulated customers for the measurements, on a grid of whole weeks or days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import clv
from analysis.clv.likelihood import Maximum

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DAYS", "simulate"]

SEED = 20051
YEAR, DAYS = 52, 7  # weeks, days a week

# As of CDNOW, in weeks and dollars (Fader, Hardie and Lee 2005; Fader and Hardie 2013)
UNKNOWN = {"n_customers": 1.0, "peak": Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))}
MODELS = {
    "bg_nbd": clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, **UNKNOWN),
    "pareto_nbd": clv.ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, **UNKNOWN),
}
SPEND = clv.GammaGamma(p=6.25, q=3.74, v=15.44, **UNKNOWN)


def simulate(work: str, customers: int, steps_a_week: int) -> pd.DataFrame:
    """Return the histories of customers seen for one to two years, in steps of 1/7 or 1 week."""
    days = np.random.default_rng(SEED).integers(YEAR * DAYS, 2 * YEAR * DAYS, customers)
    model = MODELS.get(work, MODELS["bg_nbd"])
    drawn = model.simulate_customers(days / DAYS, seed=SEED)
    age = np.ceil(drawn["T"] * steps_a_week)
    on_grid = drawn.assign(T=age, recency=np.minimum(np.ceil(drawn["recency"] * steps_a_week), age))
    spent = SPEND.simulate_spend(on_grid, seed=SEED)["monetary_value"].round(2).clip(lower=0.01)
    return on_grid.assign(monetary_value=spent.fillna(0.0))
