"""Customers with covariates for the tests: models at chosen parameters, and people to live them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from analysis import clv
from analysis.clv.likelihood import Maximum

BG, PARETO = clv.BGNBDCovariates, clv.ParetoNBDCovariates
BASE = {BG: (0.8, 6.0, 0.8, 2.4), PARETO: (0.8, 6.0, 0.6, 10.0)}
TRUTH = (0.7, 0.02, -0.5)
FITS = {BG: clv.fit_bg_nbd_covariates, PARETO: clv.fit_pareto_nbd_covariates}


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


# Independent code ----------------------------------------------------------------------------


def log_mean(log_prior, log_value):
    return special.logsumexp(log_prior + log_value) - special.logsumexp(log_prior)


def integrated_bg(parameters, x, t_x, T):
    """One customer's log-likelihood, straight from the story on a grid of rate and chance."""
    r, alpha, a, b = parameters
    log_rate, logit = np.meshgrid(np.linspace(-45, 8, 301), np.linspace(-45, 45, 401))
    rate, stay = np.exp(log_rate), special.log_expit(-logit)
    prior = r * log_rate - alpha * rate + a * special.log_expit(logit) + b * stay
    history = x * stay + x * log_rate - rate * T
    if x:
        left = special.log_expit(logit) + (x - 1) * stay + x * log_rate - rate * t_x
        history = np.logaddexp(history, left)
    return log_mean(prior, history)


def integrated_pareto(parameters, x, t_x, T):
    r, alpha, s, beta = parameters
    log_rate, log_leave = np.meshgrid(np.linspace(-45, 8, 301), np.linspace(-45, 8, 301))
    rate, leave = np.exp(log_rate), np.exp(log_leave)
    prior = r * log_rate - alpha * rate + s * log_leave - beta * leave
    both = rate + leave
    left = log_leave - np.log(both) - both * t_x
    stayed = log_rate - np.log(both) - both * T
    return log_mean(prior, x * log_rate + np.logaddexp(left, stayed))
