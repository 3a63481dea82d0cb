"""Customers with covariates for the tests: models at chosen parameters, and people to live them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import clv
from analysis.clv.likelihood import Maximum

BG, PARETO = clv.BGNBDCovariates, clv.ParetoNBDCovariates
BASE = {BG: (0.8, 6.0, 0.8, 2.4), PARETO: (0.8, 6.0, 0.6, 10.0)}
TRUTH = (0.7, 0.02, -0.5)


def model_at(kind, base, coefficients, purchase=("gender", "age"), dropout=("gender",), same=()):
    size = 4 + len(coefficients)
    return kind(
        **dict(zip(kind.names, base, strict=True)),
        purchase=purchase,
        dropout=dropout,
        same=same,
        coefficients=tuple(coefficients),
        l2_purchase=0.0,
        l2_dropout=0.0,
        means=(0.0,) * len({*purchase, *dropout}),
        spreads=(1.0,) * len({*purchase, *dropout}),
        n_customers=1.0,
        peak=Maximum(np.zeros(size), 0.0, np.zeros((size, size))),
    )


def people(size, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "T": rng.integers(20, 52, size).astype(float),
            "gender": rng.integers(0, 2, size),
            "age": rng.normal(40, 12, size).round(),
        }
    )
