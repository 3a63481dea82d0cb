"""The search for the peak: a rough likelihood shows the way and changes nothing."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv import histories, likelihood
from analysis.clv.likelihood import Maximum, maximise
from analysis.errors import AnalysisWarning

UNKNOWN = {"n_customers": 1.0, "peak": Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))}
CASES = [
    (clv.fit_bg_nbd, clv.BGNBD(r=0.8, alpha=6.0, a=0.9, b=3.0, **UNKNOWN)),
    (clv.fit_mbg_nbd, clv.MBGNBD(r=0.8, alpha=6.0, a=0.9, b=3.0, **UNKNOWN)),
    (clv.fit_pareto_nbd, clv.ParetoNBD(r=0.8, alpha=6.0, s=1.2, beta=15.0, **UNKNOWN)),
]


def bumpy(point):
    """Highest at (1, -2), not a quadratic."""
    x, y = point[0] - 1, point[1] + 2
    slope = [-2 * np.sinh(x) - 0.5 * y, -2 * y - 0.5 * x]
    return float(-2 * np.cosh(x) - y**2 - 0.5 * x * y), np.array(slope)


@pytest.mark.parametrize(
    "rough",
    [
        bumpy,
        lambda p: (-((p - 0.8) @ (p - 0.8)), -2 * (p - 0.8)),  # another peak and curvature
        lambda p: (float(p.sum()), np.ones(2)),  # no peak
        lambda p: (float(-np.exp(p).sum()), -np.exp(p)),  # runs away
        lambda p: (float("nan"), np.full(2, np.nan)),
    ],
)
def test_the_peak_is_the_same_whatever_the_rough_way(rough):
    found = maximise(bumpy, np.zeros(2), 1.0, rough=rough)
    assert_allclose(found.log_parameters, [1.0, -2.0], atol=1e-9)
    assert_allclose(np.linalg.inv(found.log_covariance), [[2, 0.5], [0.5, 2]], atol=1e-6)


@pytest.mark.parametrize(("fit", "model"), CASES)
def test_a_large_table_is_fitted_by_the_rough_way_to_the_same_digits(fit, model, monkeypatch):
    rng = np.random.default_rng(31)
    customers = model.simulate_customers(rng.uniform(20, 60, 20_000), seed=32)
    quick = fit(customers)
    climbs = []
    climb = likelihood._climb
    monkeypatch.setattr(likelihood, "_climb", lambda *a: climbs.append(1) or climb(*a))
    fit(customers)
    assert len(climbs) == 1  # on the coarse histories alone
    monkeypatch.setattr(histories, "_MANY", 1_000_000)
    plain = fit(customers)
    assert_allclose(quick.parameters, plain.parameters, rtol=1e-9)
    assert quick.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-13)
    assert_allclose(quick.standard_errors, plain.standard_errors, rtol=1e-3)


def test_a_limit_is_found_by_the_rough_way_too():
    rng = np.random.default_rng(33)
    T = rng.uniform(30, 40, 20_000)
    x = rng.poisson(rng.gamma(2.0, 0.1, T.size) * T)
    customers = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, T, 0.0), "T": T})
    with pytest.warns(AnalysisWarning, match="no customer leaves"):
        fit = clv.fit_bg_nbd(customers)
    assert_allclose([fit.r, fit.alpha], [2.0, 10.0], rtol=0.05)
