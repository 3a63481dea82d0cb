"""The Gamma-Gamma model of spend against its note, R, simulation, and its refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose
from scipy import integrate, optimize, stats

from analysis import clv
from analysis.clv.gamma_gamma import Likelihood
from analysis.clv.spent import read_spend
from analysis.errors import AnalysisWarning, DataError, FitError, TooFewError


@pytest.fixture(scope="module")
def fit():
    return clv.fit_gamma_gamma(cdnow())


def simulate_spend(p, q, v, x, rng):
    rate = rng.gamma(q, 1 / v, x.size)
    z = rng.gamma(p * np.maximum(x, 1), 1 / rate) / np.maximum(x, 1)
    return pd.DataFrame({"frequency": x, "monetary_value": np.where(x > 0, z, np.nan)})


def test_the_cdnow_fit_equals_the_note_and_r(fit):
    """Fader and Hardie (2013), section 5; more digits: maximum likelihood in R."""
    assert fit.parameters.round(2).tolist() == [6.25, 3.74, 15.44]
    assert_allclose(fit.parameters, [6.24957, 3.74422, 15.44352], atol=6e-6)
    assert fit.log_likelihood == pytest.approx(-4055.917695, abs=1e-6)
    assert fit.n_customers == 946
    assert fit.mean_spend == pytest.approx(35.17037, abs=5e-6)
    assert cdnow()["monetary_value"].mean() == pytest.approx(35.077848, abs=5e-7)


def test_expected_spend_is_the_weighted_mean_of_all_and_own(fit):
    """Eq. 5 of the note: weights (q - 1) and p x."""
    customer = pd.DataFrame({"frequency": [2, 0], "monetary_value": [50.0, np.nan]})
    own = fit.p * 2 / (fit.p * 2 + fit.q - 1)
    by_hand = [(1 - own) * fit.mean_spend + own * 50.0, fit.mean_spend]
    assert_allclose(fit.expected_spend(customer), by_hand, rtol=1e-13)


def test_the_likelihood_is_the_integrated_story():
    """A customer's rate is gamma, his mean spend given it too: integrate the rate out."""
    p, q, v, x, z = 6.25, 3.74, 15.44, 3, 40.0

    def integrand(rate):
        return stats.gamma.pdf(z, p * x, scale=1 / (rate * x)) * stats.gamma.pdf(
            rate, q, scale=1 / v
        )

    direct = np.log(integrate.quad(integrand, 0, 10, points=[0.2, 0.5])[0])
    spent = read_spend(pd.DataFrame({"frequency": [x], "monetary_value": [z]}))
    ours = Likelihood(spent)(np.log([p, q, v]))[0]
    assert ours == pytest.approx(direct, rel=1e-8)


def test_mean_and_spread_are_those_of_a_simulated_customer(fit):
    customer = pd.DataFrame({"frequency": [4], "monetary_value": [50.0]})
    mean = fit.expected_spend(customer).item()
    square, between_purchases = fit.spread(np.array([4.0]))
    rng = np.random.default_rng(2)
    rate = rng.gamma(4 * fit.p + fit.q, 1 / (fit.v + 200.0), 400_000)
    assert mean == pytest.approx((fit.p / rate).mean(), rel=3e-3)
    assert square.item() * mean**2 == pytest.approx(((fit.p / rate) ** 2).mean(), rel=6e-3)
    assert between_purchases.item() * mean**2 == pytest.approx((fit.p / rate**2).mean(), rel=6e-3)


def test_slopes_of_the_mean_are_its_differences(fit):
    customers = pd.DataFrame({"frequency": [0, 1, 4], "monetary_value": [np.nan, 9.0, 50.0]})
    of_spend, beside = np.moveaxis(fit.mean_slopes(np.array([0.0, 1.0, 4.0])), 1, 0)
    slopes = of_spend * fit.expected_spend(customers).to_numpy() + beside
    differences = fit.sensitivity(lambda model: model.expected_spend(customers).to_numpy())
    assert_allclose(slopes.T, differences, rtol=1e-6, atol=1e-9)


def test_the_gradient_is_the_slope():
    rng = np.random.default_rng(1)
    data = simulate_spend(3.0, 4.0, 20.0, rng.integers(1, 9, 300), rng)
    likelihood = Likelihood(read_spend(data))
    point = np.log([2.0, 3.0, 15.0])
    slope = optimize.approx_fprime(point, lambda at: likelihood(at)[0], 1e-7)
    assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


@pytest.mark.parametrize("unit", [100.0, 1e-6])
def test_the_unit_of_money_does_not_matter(fit, unit):
    other = clv.fit_gamma_gamma(cdnow().assign(monetary_value=lambda d: d["monetary_value"] * unit))
    assert_allclose([other.p, other.q, other.v / unit], fit.parameters.to_numpy(), rtol=1e-7)


def test_weights_stand_for_customers():
    rng = np.random.default_rng(7)
    data = simulate_spend(3.0, 4.0, 20.0, rng.integers(1, 9, 200), rng)
    twice = clv.fit_gamma_gamma(pd.concat([data, data]))
    weighted = clv.fit_gamma_gamma(data.assign(weight=2))
    assert_allclose(twice.parameters, weighted.parameters, rtol=1e-8)
    assert twice.log_likelihood == pytest.approx(weighted.log_likelihood, rel=1e-12)


def test_spend_beside_frequency_is_spearmans_correlation():
    customers = cdnow()
    repeat = customers[customers["frequency"] > 0]
    expected = stats.spearmanr(repeat["frequency"], repeat["monetary_value"]).statistic
    rho, low, high = clv.spend_by_frequency(customers)
    assert rho == pytest.approx(expected, rel=1e-12)
    reach = 1.959964 * np.sqrt((1 + rho**2 / 2) / (946 - 3))  # Bonett and Wright (2000)
    assert (low, high) == pytest.approx(
        (np.tanh(np.arctanh(rho) - reach), np.tanh(np.arctanh(rho) + reach)), rel=1e-6
    )


def test_weights_stand_for_customers_in_the_correlation_too():
    rng = np.random.default_rng(11)
    data = simulate_spend(3.0, 4.0, 20.0, rng.integers(0, 5, 80), rng)
    data["monetary_value"] = data["monetary_value"].round()  # so that there are ties
    several = rng.integers(1, 4, 80)
    repeated = clv.spend_by_frequency(data.loc[data.index.repeat(several)])
    assert clv.spend_by_frequency(data.assign(weight=several)) == pytest.approx(repeated)
    assert clv.spend_by_frequency(data) != pytest.approx(repeated)


def test_simulated_truth_is_within_the_errors():
    rng, truth = np.random.default_rng(8), np.array([2.5, 3.5, 25.0])
    fit = clv.fit_gamma_gamma(simulate_spend(*truth, rng.integers(0, 12, 5000), rng))
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3


def test_customers_who_spend_alike_are_a_boundary():
    rng = np.random.default_rng(19)
    x = rng.integers(1, 9, 400)
    spend = rng.gamma(5.0 * x, 8.0) / x
    with pytest.warns(AnalysisWarning, match="do not differ in what they spend"):
        fit = clv.fit_gamma_gamma(pd.DataFrame({"frequency": x, "monetary_value": spend}))
    assert fit.standard_errors[["q", "v"]].isna().all()
    assert fit.mean_spend == pytest.approx(40.0, rel=0.05)
    assert np.ptp(fit.expected_spend(pd.DataFrame({"frequency": x, "monetary_value": spend}))) < 0.1


@pytest.mark.parametrize("seed", range(20))
def test_many_purchases_of_customers_who_spend_alike_are_fitted(seed):
    """Far out at a limit the log-likelihood loses its digits; it must not lose the fit."""
    spend = np.random.default_rng(seed).gamma(2 * 51, 10 / 51, 60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        fit = clv.fit_gamma_gamma(pd.DataFrame({"frequency": 51, "monetary_value": spend}))
    assert fit.mean_spend == pytest.approx(spend.mean(), rel=1e-2)


def test_one_price_for_all_is_too_little_to_learn_from():
    same = pd.DataFrame({"frequency": [1, 4, 2], "monetary_value": [0.3, 0.1 + 0.2, 0.3]})
    with pytest.raises(TooFewError, match=r"who differ in `monetary_value`; all 3 have 0\.30"):
        clv.fit_gamma_gamma(same)


def test_one_price_for_all_is_valued_at_that_price():
    """By hand: each expected purchase brings 12.50, with no doubt about it."""
    customers = cdnow().assign(monetary_value=12.5)
    spend = clv.fit_spend(customers)
    assert isinstance(spend, clv.ConstantSpend)
    assert spend.n_customers == 946
    purchases = clv.fit_bg_nbd(customers)
    terms = {"horizon": 39.0, "annual_discount_rate": 0.0, "margin": 1.0}
    valued = clv.value(customers, purchases, spend, **terms)
    orders, sales = (valued.estimate(f"expected_{name}") for name in ("purchases", "sales"))
    assert_allclose(sales, 12.5 * np.array(orders), rtol=1e-12)
    assert_allclose(valued.table["expected_spend"], 12.5)
    spread = clv.value_components(valued).set_index("component").loc["spend"]
    assert_allclose(spread[["value", "low", "high"]].astype(float), 0.0, atol=1e-6)
    assert (
        clv.residual_value(customers, purchases, spend, annual_discount_rate=0.1, margin=0.3)
        .estimate()
        .estimate
        > 0
    )


def test_customers_may_come_in_parts(fit):
    customers = cdnow()
    parts = (customers.iloc[at : at + 500] for at in range(0, len(customers), 500))
    assert_allclose(clv.fit_gamma_gamma(parts).parameters, fit.parameters, rtol=1e-12)


def test_where_spend_differs_the_model_is_fitted(fit):
    assert clv.fit_spend(cdnow()).parameters.equals(fit.parameters)
    one = pd.DataFrame({"frequency": [1, 4, 0], "monetary_value": [3.0, 3.0, np.nan]})
    assert clv.fit_spend(one.assign(weight=[2, 3, 9])).n_customers == 5
    with pytest.raises(TooFewError, match="none of 3 customers"):
        clv.fit_spend(one.assign(frequency=0))
    with pytest.raises(DataError, match=r"must be > 0 for repeat buyers"):
        clv.fit_spend(one.assign(monetary_value=0.0))


def test_no_mean_is_refused_with_the_reason():
    rng = np.random.default_rng(10)
    data = simulate_spend(4.0, 0.8, 10.0, rng.integers(1, 9, 500), rng)
    with pytest.raises(FitError, match=r"`q` must be > 1.*no bound.*500 repeat buyers gives q=0\."):
        clv.fit_gamma_gamma(data)


def test_spend_that_cannot_be_is_refused():
    data = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "frequency": [1, 2, 0], "monetary_value": [9, -4.0, 0]}
    )
    with pytest.raises(
        DataError,
        match=r"must not be < 0 for repeat buyers; 1 of 2.*first customer_id='b' with -4\.0",
    ):
        clv.fit_gamma_gamma(data)
    with pytest.raises(DataError, match=r"must be > 0 for repeat buyers; 1 of 3.*'b' with 0\.0"):
        clv.fit_gamma_gamma(data.assign(monetary_value=[9, 0.0, 0]))
    with pytest.raises(DataError, match="none of 3 customers has `frequency` > 0"):
        clv.fit_gamma_gamma(data.assign(frequency=0))
    with pytest.raises(DataError, match="must be a finite number; 1 of 2"):
        clv.fit_gamma_gamma(data.assign(monetary_value=[9, np.nan, np.nan]))
    spent = data.assign(monetary_value=[9, 4.0, 0])
    with pytest.raises(DataError, match=r"`weight` must be > 0; 1 of 3.*'b' with -1"):
        clv.fit_gamma_gamma(spent.assign(weight=[1, -1, 1]))
    with pytest.raises(DataError, match=r"`customer_id` must be unique; 1 of 3.*'a'"):
        clv.fit_gamma_gamma(spent.assign(customer_id=["a", "a", "c"]))
