"""The bootstrap against intervals known otherwise, and what it says of its failures."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose

from analysis import clv, summary
from analysis.errors import AnalysisWarning, DataError, FitError


@pytest.fixture(scope="module")
def fit():
    return clv.fit_bg_nbd(cdnow())


@pytest.fixture(scope="module")
def replicated(fit):
    return clv.bootstrap(fit, cdnow(), lambda model: model.parameters, seed=1, replicates=60)


def test_parameters_spread_as_their_standard_errors_say(fit, replicated):
    """On the log scale, where the estimates are close to normal; 60 draws give 9% of error."""
    spread = np.log(replicated.draws).std(axis=0, ddof=1)
    assert_allclose(spread, fit.standard_errors / fit.parameters, rtol=0.3)
    assert replicated.table.index.tolist() == ["r", "alpha", "a", "b"]
    assert_allclose(replicated.table["estimate"], fit.parameters)
    assert (replicated.table["low"] < fit.parameters).all()
    assert (replicated.table["high"] > fit.parameters).all()
    assert replicated.failed == 0


def test_the_future_of_all_lies_where_the_exact_variance_puts_it(fit):
    """The delta method for the parameters and the exact variance of counts, against chance."""
    customers = cdnow()
    ours = clv.bootstrap(
        fit,
        customers,
        lambda model: model.expected_purchases(customers, 39).sum(),
        future=lambda model, rng: model.simulate_purchases(customers, 39, seed=rng).sum(),
        seed=2,
        replicates=80,
    )
    low, high = clv.forecast_holdout(customers, fit, customers["frequency"]).interval()
    width = (ours.table["high"] - ours.table["low"]).item()
    assert width == pytest.approx(high - low, rel=0.25)
    assert ours.table["estimate"].item() == pytest.approx(
        fit.expected_purchases(customers, 39).sum()
    )
    assert ours.draws.mean() == pytest.approx((low + high) / 2, rel=0.03)


def test_purchases_and_spend_are_simulated_together(fit):
    customers, spend = cdnow(), clv.fit_gamma_gamma(cdnow())
    both = clv.bootstrap(
        (fit, spend), customers, lambda pair: [pair[0].r, pair[1].mean_spend], seed=3, replicates=40
    )
    assert all(isinstance(pair[1], clv.GammaGamma) for pair in both.models)
    error = np.sqrt(
        spend.sensitivity(lambda model: np.array([model.mean_spend]))
        @ spend.peak.log_covariance
        @ spend.sensitivity(lambda model: np.array([model.mean_spend])).T
    ).item()
    assert both.draws[:, 1].std() == pytest.approx(error, rel=0.35)


def test_weights_seeds_and_replicates_do_as_they_say(fit):
    compressed = summary.compress(cdnow())
    first, again = (
        clv.bootstrap(fit, compressed, lambda model: model.r, seed=4, replicates=n)
        for n in (25, 30)
    )
    assert_allclose(first.draws, again.draws[:25])
    assert all(model.n_customers == 2357 for model in first.models)
    with pytest.raises(DataError, match="`weight` must be a number of customers"):
        clv.bootstrap(fit, compressed.assign(weight=1.5), lambda model: model.r, seed=4)


def test_cohorts_of_subscribers_are_simulated_too():
    """The binomial share left after seven years, which the data fix: 491 of 1,000."""
    cohort = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    fit = clv.fit_shifted_beta_geometric(cohort)
    left = clv.bootstrap(fit, cohort, lambda model: model.survival([7]), seed=5, replicates=60)
    error = np.sqrt(0.491 * 0.509 / 1000)
    assert 0.6 < left.draws.std() / error < 1.2


def test_regular_buyers_keep_their_k_and_covariates_need_a_fit(fit):
    customers = fit.simulate_customers(np.full(300, 39.0), seed=8)
    x, t_x = customers["frequency"], customers["recency"]
    gaps = x * np.log(t_x.where(x > 0, 1.0) / x.where(x > 0, 1)) - 0.3 * (x > 1)
    customers = customers.assign(log_gaps=gaps, z=customers.index % 2)
    regular = clv.fit_bg_cnbd(customers, k=2)
    found = clv.bootstrap(regular, customers, lambda model: model.k, seed=8, replicates=20)
    assert found.draws.ravel().tolist() == [2.0] * (20 - found.failed)
    by_z = clv.fit_bg_nbd_covariates(customers, purchase=["z"], dropout=["z"])
    with pytest.raises(DataError, match="`fit` must be given for a BG/NBD with covariates"):
        clv.bootstrap(by_z, customers, lambda model: model.r, seed=8)


def test_failures_are_counted_said_and_left_out(fit):
    """Hardly anybody buys again, so that some replicates have no repeat buyer at all."""
    rare = fit.at(np.log([0.4, 800.0, 0.8, 2.4]))
    customers = pd.DataFrame({"frequency": [1] + [0] * 79, "recency": [5.0] + [0.0] * 79})
    customers["T"] = 30.0
    with pytest.warns(AnalysisWarning, match=r"of 40 replicates have no fit and are left out"):
        found = clv.bootstrap(rare, customers, lambda model: model.r, seed=6, replicates=40)
    assert 0 < found.failed == sum(found.reasons.values()) < 40
    assert len(found.models) == len(found.draws) == 40 - found.failed
    assert "a fit needs repeat buyers" in next(iter(found.reasons))
    assert found.at_boundary > 0
    never = fit.at(np.log([0.4, 1e9, 0.8, 2.4]))
    with pytest.raises(FitError, match=r"half of the replicates must have a fit; 20 of 20"):
        clv.bootstrap(never, customers, lambda model: model.r, seed=7, replicates=20)


def test_senseless_requests_are_refused(fit):
    with pytest.raises(DataError, match="`replicates` must be >= 20"):
        clv.bootstrap(fit, cdnow(), lambda model: model.r, seed=1, replicates=5)
    with pytest.raises(DataError, match="`model` must be a fit, or a tuple of fits; got str"):
        clv.bootstrap("fit", cdnow(), lambda model: 1.0, seed=1)
    with pytest.raises(DataError, match="`customers` must be a DataFrame for a BG/NBD; got list"):
        clv.bootstrap(fit, [100, 50], lambda model: model.r, seed=1)
