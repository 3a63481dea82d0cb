"""The BG/BB against its paper, by hand, and against a simulated story."""

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import optimize

from analysis import clv
from analysis.clv.bg_bb_likelihood import Likelihood
from analysis.clv.inputs import read_customers
from analysis.errors import AnalysisWarning, DataError


@pytest.fixture(scope="module")
def donors():
    """Return the 11,104 donors of the paper, as 22 cells: a file of the lifetimes package."""
    (path,) = (f for f in files("lifetimes") or () if str(f) == "lifetimes/datasets/donations.csv")
    names = {"periods": "n_periods", "weights": "weight"}
    return pd.read_csv(str(path.locate())).rename(columns=names)


@pytest.fixture(scope="module")
def fit(donors):
    return clv.fit_bg_bb(donors)


@pytest.fixture(scope="module")
def published(fit):
    """Return the model at R's estimates."""
    return fit.at(np.log([1.2035231, 0.7497166, 0.6567167, 2.7834330]))


REGULAR = pd.DataFrame({"frequency": [6], "recency": [6], "n_periods": [6]})


def simulate(parameters, size, n, ahead, rng):
    alpha, beta, gamma, delta = parameters
    buys, leaves = rng.beta(alpha, beta, size), rng.beta(gamma, delta, size)
    life = rng.geometric(np.maximum(leaves, 1e-9)) - 1
    periods = np.arange(1, n + ahead + 1)
    bought = (rng.random((size, n + ahead)) < buys[:, None]) & (periods <= life[:, None])
    before = bought[:, :n]
    recency = np.where(before, periods[:n], 0).max(axis=1)
    frame = pd.DataFrame({"frequency": before.sum(axis=1), "recency": recency, "n_periods": n})
    return frame.assign(ahead=bought[:, n:].sum(axis=1), there=life > n)


def test_the_donations_fit_equals_the_paper_and_r(fit):
    """Fader, Hardie and Shang (2010), to one in the last digit; more digits: R.

    The surface is flat: R stops a millionth of a parameter away, at a likelihood as high.
    """
    assert_allclose(fit.parameters, [1.203, 0.750, 0.657, 2.784], atol=1e-3)
    assert round(fit.log_likelihood, 2) == -33225.58
    assert_allclose(fit.parameters, [1.2035231, 0.7497166, 0.6567167, 2.783433], rtol=5e-6)
    assert fit.log_likelihood == pytest.approx(-33225.5812743, abs=1e-6)
    assert fit.n_customers == 11_104


def test_a_regular_donor_is_worth_what_the_paper_says(published):
    dert = published.discounted_expected_transactions(REGULAR, np.log(1.1)).item()
    assert dert == pytest.approx(5.909898, abs=1e-6)
    assert published.expected_purchases(REGULAR, 5).item() == pytest.approx(3.752545, abs=1e-6)


def test_the_likelihood_by_hand():
    """Two periods, a purchase in the first: there to the end, or gone before the second."""
    alpha, beta, gamma, delta = 1.0, 1.0, 1.0, 2.0
    # uniform p: E[p] = 1/2, E[p (1-p)] = 1/6; leaving: E[(1-t)^2] = 1/2, E[t (1-t)] = 1/6
    once = pd.DataFrame({"frequency": [1], "recency": [1], "n_periods": [2]})
    rows = read_customers(once, for_fit=True, time="n_periods")
    value = Likelihood(rows)(np.log([alpha, beta, gamma, delta]))[0]
    assert np.exp(value) == pytest.approx(1 / 6 * 1 / 2 + 1 / 2 * 1 / 6, rel=1e-12)


def test_the_gradient_is_the_slope(donors):
    likelihood = Likelihood(read_customers(donors, for_fit=True, time="n_periods"))
    point = np.log([1.0, 0.8, 0.5, 2.0])
    slope = optimize.approx_fprime(point, lambda at: likelihood(at)[0], 1e-7)
    assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


def test_the_distribution_is_that_of_the_histories(fit, donors):
    """The chances of 0 to 6 gifts add up the likelihoods of the histories with as many."""
    chances = fit.probability_of_purchases(np.arange(7), 6)
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    assert chances @ np.arange(7) == pytest.approx(float(fit.expected_purchases_new(6)), rel=1e-12)
    counted = donors.groupby("frequency")["weight"].sum() / donors["weight"].sum()
    assert_allclose(chances, counted, atol=0.01)


def test_moments_and_future_of_a_simulated_story():
    truth, rng = (1.2, 0.75, 0.66, 2.8), np.random.default_rng(15)
    customers = simulate(truth, 20_000, 6, 5, rng)
    fit = clv.fit_bg_bb(customers)
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3
    moments = fit.moments(fit.read(customers), 5.0)
    assert moments.mean.sum() == pytest.approx(customers["ahead"].sum(), rel=0.03)
    assert moments.nothing.mean() == pytest.approx((customers["ahead"] == 0).mean(), abs=0.01)
    whole = moments.variance.mean() + moments.mean.var()
    assert whole == pytest.approx(customers["ahead"].var(), rel=0.03)
    there = fit.probability_alive(customers).mean()
    assert there == pytest.approx(customers["there"].mean(), abs=0.015)


def test_gamma_equal_to_one_is_no_special_case(fit):
    values = [
        fit.at(np.log([1.2, 0.75, gamma, 2.8])).expected_purchases(REGULAR, 5).item()
        for gamma in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-11)


def test_donors_who_never_leave_are_a_boundary():
    rng = np.random.default_rng(16)
    customers = simulate((2.0, 2.0, 1e-9, 1.0), 3000, 6, 1, rng)
    customers = customers.assign(recency=np.where(customers["frequency"] > 0, 6, 0))
    with pytest.warns(AnalysisWarning, match="boundary"):
        fit = clv.fit_bg_bb(customers)
    assert fit.standard_errors[["gamma", "delta"]].isna().all()


def test_what_is_no_whole_number_of_periods_is_refused(fit, donors):
    with pytest.raises(DataError, match=r"whole numbers of periods.*use a model for continuous"):
        clv.fit_bg_bb(donors.assign(n_periods=6.5))
    with pytest.raises(DataError, match="`frequency` must be <= `recency`"):
        clv.fit_bg_bb(donors.assign(frequency=donors["frequency"] * 2))
    with pytest.raises(DataError, match="whole numbers of periods"):
        fit.expected_purchases(REGULAR, 2.5)
    with pytest.raises(DataError, match=r"whole numbers of periods.*first 2\.5"):
        fit.discounted_expected_transactions(REGULAR, 0.1, horizon=2.5)
    there_before = donors.assign(seen_within=np.where(donors["frequency"] > 3, 1.0, np.nan))
    with pytest.raises(DataError, match=r"from the first purchase on: `seen_within` must be missi"):
        clv.fit_bg_bb(there_before)
