"""The MBG/NBD against its paper, R, and a simulated story."""

import numpy as np
import pytest
from clv_reference import cdnow, history, simulate_bg
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv.beta_geometric import Likelihood
from analysis.clv.histories import Rows


@pytest.fixture(scope="module")
def fit():
    return clv.fit_mbg_nbd(cdnow())


def test_the_cdnow_fit_equals_the_paper_and_r(fit):
    """Batislam, Denizel and Filiztekin (2007); more digits: maximum likelihood in R."""
    assert fit.parameters.round(3).tolist() == [0.525, 6.183, 0.891, 1.614]
    assert_allclose(fit.parameters, [0.52484311, 6.18308466, 0.89135937, 1.61400225], rtol=2e-7)
    assert fit.log_likelihood == pytest.approx(-9582.135716, abs=1e-6)


def test_one_customer_has_the_published_likelihood():
    rows = Rows(*(np.array([value]) for value in (4.0, 30.7, 38.9, 1.0)))
    point = np.log([0.243, 4.414, 0.793, 2.426])
    assert Likelihood(rows, 1)(point)[0] == pytest.approx(-15.487436077892465, rel=1e-13)


def test_somebody_without_repeat_purchases_may_have_left_at_once(fit):
    odds = fit.a / fit.b * ((fit.alpha + 30) / fit.alpha) ** fit.r
    assert fit.probability_alive(history(0, 0, 30)).item() == pytest.approx(1 / (1 + odds))
    newcomer = fit.probability_alive(history(0, 0, 0)).item()
    assert newcomer == pytest.approx(fit.b / (fit.a + fit.b))


def test_the_distribution_sums_to_one_and_has_the_expected_mean(fit):
    n = np.arange(2000)
    chances = fit.probability_of_purchases(n, 39.0)
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert chances @ n == pytest.approx(float(fit.expected_purchases_new(39.0)), rel=1e-9)


def test_parameters_and_future_of_a_simulated_story_are_recovered():
    truth, rng = (0.8, 6.0, 0.9, 3.0), np.random.default_rng(12)
    customers = simulate_bg(truth, rng.uniform(20, 40, 6000), 20.0, rng, at_start=True)
    fit = clv.fit_mbg_nbd(customers)
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3
    expected = fit.expected_purchases(customers, 20.0).sum()
    # the sum of 6,000 skewed counts has a standard error of about 2%
    assert expected == pytest.approx(customers["holdout_frequency"].sum(), rel=0.06)
