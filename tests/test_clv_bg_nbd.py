"""The BG/NBD against its paper, against integration, against simulation, and at its edges."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from bg_nbd_paper import PAPER, hypergeometric_form, model_at
from clv_reference import bg_posterior_mean, cdnow, history, simulate_bg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize

from analysis import clv
from analysis.clv.beta_geometric import Likelihood
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers


@pytest.fixture(scope="module")
def fit():
    return clv.fit_bg_nbd(cdnow())


# Published values --------------------------------------------------------------------------


def test_the_cdnow_fit_equals_the_paper_and_r(fit):
    """Fader, Hardie and Lee (2005), table 2; more digits: maximum likelihood in R.

    R's optimiser stops when the likelihood changes by 1e-8 of itself, so 7 digits agree.
    """
    assert fit.parameters.round(3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert round(fit.log_likelihood, 1) == -9582.4
    assert_allclose(fit.parameters, [0.24259453, 4.41360229, 0.79292196, 2.42590667], rtol=2e-7)
    assert fit.log_likelihood == pytest.approx(-9582.429207, abs=1e-6)
    # R's curvature is a second difference of the likelihood: 5 digits
    assert_allclose(fit.standard_errors, [0.012557, 0.378224, 0.185733, 0.705407], rtol=4e-5)
    assert fit.boundary == ""
    assert fit.n_customers == 2357


def test_one_customer_has_the_published_likelihood():
    rows = Rows(*(np.array([value]) for value in (4.0, 30.7, 38.9, 1.0)))
    assert Likelihood(rows, 0)(np.log(PAPER))[0] == pytest.approx(-15.32935235570709, rel=1e-13)


def test_total_repeat_purchases_of_the_cohort_follow_the_paper(fit):
    """Fader, Hardie and Lee (2005), section 5: somewhat below the 1,882 of the holdout."""
    expected = fit.expected_purchases(cdnow(), 39).sum()
    assert cdnow()["holdout_frequency"].sum() == 1882
    assert 0.85 < expected / 1882 < 0.96


# By hand -----------------------------------------------------------------------------------


def test_aic_and_bic_count_four_parameters(fit):
    assert fit.aic == pytest.approx(8 - 2 * fit.log_likelihood)
    assert fit.bic == pytest.approx(4 * np.log(2357) - 2 * fit.log_likelihood)


def test_somebody_without_repeat_purchases_has_had_no_chance_to_leave(fit):
    assert fit.probability_alive(history(0, 0, 100)).item() == 1.0


def test_the_chance_to_be_there_is_the_odds_of_the_last_purchase():
    r, alpha, a, b = PAPER
    odds = a / (b + 1) * ((alpha + 38.9) / (alpha + 30.7)) ** (r + 2)
    alive = model_at(*PAPER).probability_alive(history(2, 30.7, 38.9)).item()
    assert alive == pytest.approx(1 / (1 + odds), rel=1e-13)


@pytest.mark.parametrize("t", [0.1, 5.0, 39.0, 150.0])
@pytest.mark.parametrize("seen", [(0, 0.0, 38.9), (1, 2.0, 10.0), (4, 30.7, 38.9), (25, 30, 31)])
def test_expected_purchases_equal_the_printed_formula(seen, t):
    ours = model_at(*PAPER).expected_purchases(history(*seen), t).item()
    assert ours == pytest.approx(hypergeometric_form(PAPER, *seen, t), rel=1e-9)


@pytest.mark.parametrize("seen", [(0, 0.0, 20.0), (2, 12.0, 20.0)])
def test_predictions_equal_the_integrated_story(seen):
    """The story integrated numerically in two dimensions: no algebra in common."""
    parameters, t = (1.3, 6.0, 1.4, 3.1), 15.0
    model, customer = model_at(*parameters), history(*seen)

    def future(rate, leave, stayed):
        return stayed * -np.expm1(-rate * leave * t) / leave

    def there(rate, leave, stayed):
        return stayed

    expected = bg_posterior_mean(future, parameters, *seen)
    assert model.expected_purchases(customer, t).item() == pytest.approx(expected, rel=1e-8)
    alive = bg_posterior_mean(there, parameters, *seen)
    assert model.probability_alive(customer).item() == pytest.approx(alive, rel=1e-8)


def test_moments_equal_simulated_futures(fit):
    rng, t = np.random.default_rng(5), 39.0
    rows = read_customers(cdnow(), for_fit=False)
    size = (1500, rows.x.size)
    rate = rng.gamma(fit.r + rows.x, 1 / (fit.alpha + rows.T), size)
    leave = rng.beta(fit.a, fit.b + rows.x, size)
    there = rng.random(size) < fit.alive(rows)
    bought = np.minimum(rng.poisson(rate * t), rng.geometric(np.maximum(leave, 1e-9))) * there
    moments = fit.moments(rows, t)
    assert moments.mean.sum() == pytest.approx(bought.mean(axis=0).sum(), rel=5e-3)
    assert moments.variance.sum() == pytest.approx(bought.var(axis=0).sum(), rel=1e-2)
    assert moments.nothing.sum() == pytest.approx((bought == 0).mean(axis=0).sum(), rel=1e-3)


def test_the_gradient_is_the_slope():
    rows, _ = read_customers(cdnow(), for_fit=True).distinct()
    for at_start in (0, 1):
        likelihood, point = Likelihood(rows, at_start), np.log([0.3, 5.0, 0.7, 2.0])
        slope = optimize.approx_fprime(point, lambda p, f=likelihood: f(p)[0], 1e-7)
        assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


def test_discounting_for_a_horizon_and_for_ever(fit):
    """Riemann sum over small steps, and a horizon long enough to be for ever."""
    rows, rate = read_customers(history(4, 30.7, 38.9), for_fit=False), 0.002
    times = np.linspace(0, 52, 1001)
    steps = np.diff([fit.expected(rows, np.array([t])).item() for t in times])
    naive = steps @ np.exp(-rate * (times[1:] + times[:-1]) / 2)
    assert fit.discounted(rows, 52.0, rate).item() == pytest.approx(naive, rel=1e-6)
    for_ever = fit.discounted_expected_transactions(history(4, 30.7, 38.9), rate).item()
    assert fit.discounted(rows, 15_000.0, rate).item() == pytest.approx(for_ever, rel=1e-6)


# Invariants --------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [7.0, 604_800.0, 1 / 52.18])
def test_the_unit_of_time_does_not_matter(fit, unit):
    other = clv.fit_bg_nbd(
        cdnow().assign(recency=lambda d: d["recency"] * unit, T=lambda d: d["T"] * unit)
    )
    assert_allclose(
        [other.r, other.alpha / unit, other.a, other.b], fit.parameters.to_numpy(), rtol=1e-8
    )


def test_compressed_rows_and_other_column_types_give_the_same_fit(fit):
    keys = ["frequency", "recency", "T"]
    compressed = cdnow().groupby(keys, as_index=False).size().rename(columns={"size": "weight"})
    assert len(compressed) < 1500
    again = clv.fit_bg_nbd(compressed)
    assert_allclose(again.parameters, fit.parameters, rtol=1e-9)
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
    typed = cdnow()[keys].assign(
        frequency=lambda d: d["frequency"].astype("Int64"),
        recency=lambda d: [Decimal(str(v)) for v in d["recency"]],
        T=lambda d: d["T"].astype("double[pyarrow]"),
    )
    assert_allclose(clv.fit_bg_nbd(typed).parameters, fit.parameters, rtol=1e-9)


def test_a_fit_is_deterministic_and_leaves_its_input_alone(fit):
    customers, before = cdnow().copy(), cdnow().copy()
    assert clv.fit_bg_nbd(customers).parameters.tolist() == fit.parameters.tolist()
    pd.testing.assert_frame_equal(customers, before)


positive = st.floats(0.05, 50.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(positive, positive, positive, positive, st.integers(0, 300), st.floats(0, 1), positive)
def test_predictions_stay_within_reason(r, alpha, a, b, x, share, t):
    model = model_at(r, alpha, a, b)
    customer = history(x, 20 * max(share, 0.01) * (x > 0), 20.0)
    alive = model.probability_alive(customer).item()
    expected = model.expected_purchases(customer, t).item()
    most = (r + x) / (alpha + 20.0) * t
    assert 0 <= alive <= 1
    assert 0 <= expected <= alive * most * (1 + 1e-9)
    assert expected <= model.expected_purchases(customer, 2 * t).item()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(positive, positive, st.floats(0.3, 20.0), positive, st.floats(0.1, 100.0))
def test_the_distribution_sums_to_one_and_has_the_expected_mean(r, alpha, a, b, t):
    model, n = model_at(r, alpha, a, b), np.arange(4000)
    chances = model.probability_of_purchases(n, t)
    mean = float(model.expected_purchases_new(t))
    beyond = 1.0 - chances.sum()
    assert chances.min() >= -1e-15
    assert beyond >= -1e-12
    assert chances @ n <= mean * (1 + 1e-9)
    if beyond < 1e-14:
        assert chances @ n == pytest.approx(mean, rel=1e-8)


# Recovery ----------------------------------------------------------------------------------


def test_simulated_truth_is_within_the_errors():
    truth = (0.8, 6.0, 0.9, 3.0)
    rng = np.random.default_rng(11)
    fit = clv.fit_bg_nbd(simulate_bg(truth, rng.uniform(20, 40, 6000), 1.0, rng))
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3
