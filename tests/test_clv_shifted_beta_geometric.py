"""Retention of subscribers against the papers' cohorts, closed forms and simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, special

from analysis import clv
from analysis.clv.shifted_beta_geometric import log_likelihood_of
from analysis.errors import AnalysisWarning, DataError

# Fader and Hardie (2007), table 1: percent of two cohorts left after 0 to 7 years
HIGH_END = np.array([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]) * 10
REGULAR = np.array([100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]) * 10
# what was left after 12 years, which the fits have not seen
HIGH_END_12 = 0.394


@pytest.mark.parametrize(
    ("cohort", "printed", "digits", "log_likelihood"),
    [
        (HIGH_END, [0.668, 3.806], [0.66808831, 3.80609477], -1611.158147),
        (REGULAR, [0.704, 1.182], [0.70407732, 1.18204305], -1680.265188),
    ],
)
def test_both_cohorts_equal_the_paper_and_r(cohort, printed, digits, log_likelihood):
    """Fader and Hardie (2007); more digits: maximum likelihood in R (to about 1e-7)."""
    fit = clv.fit_shifted_beta_geometric(cohort)
    assert fit.parameters.round(3).tolist() == printed
    assert_allclose(fit.parameters, digits, rtol=3e-7)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)


def test_survival_after_twelve_years_is_projected_as_published():
    high, regular = (clv.fit_shifted_beta_geometric(cohort) for cohort in (HIGH_END, REGULAR))
    assert float(high.survival(12)) == pytest.approx(0.377999, abs=5e-7)
    assert float(regular.survival(12)) == pytest.approx(0.170037, abs=5e-7)


def test_duration_dependence_brings_the_projection_closer():
    """The point of Fader et al. (2018): the beta-discrete-Weibull projects this cohort better."""
    simple = clv.fit_shifted_beta_geometric(HIGH_END)
    richer = clv.fit_beta_discrete_weibull(HIGH_END)
    assert richer.log_likelihood > simple.log_likelihood + 5
    assert richer.c > 1
    assert abs(richer.survival(12) - HIGH_END_12) < abs(simple.survival(12) - HIGH_END_12)


def test_retention_rates_are_ratios_and_rise():
    fit = clv.fit_shifted_beta_geometric(HIGH_END)
    t = np.arange(1, 20)
    by_hand = (fit.beta + t - 1) / (fit.alpha + fit.beta + t - 1)
    assert_allclose(fit.retention_rate(t), by_hand, rtol=1e-12)
    assert_allclose(np.cumprod(fit.retention_rate(t)), fit.survival(t), rtol=1e-12)
    assert (np.diff(fit.retention_rate(t)) > 0).all()
    assert float(fit.survival(0)) == 1.0


@pytest.mark.parametrize("due", [1, 4])
def test_residual_lifetime_equals_the_closed_form(due):
    """Fader and Hardie (2010), Marketing Science 29(1): by a hypergeometric function."""
    fit, rate = clv.fit_shifted_beta_geometric(REGULAR), 0.10
    lead = (fit.beta + due - 1) / (fit.alpha + fit.beta + due - 1)
    inner = special.hyp2f1(1, fit.beta + due, fit.alpha + fit.beta + due, 1 / (1 + rate))
    ours = fit.discounted_expected_lifetime(rate, due=due)
    assert ours == pytest.approx(lead * inner, rel=1e-10)
    whole = 1 + fit.discounted_expected_lifetime(rate, due=1) / (1 + rate)
    assert fit.discounted_expected_lifetime(rate) == pytest.approx(whole, rel=1e-10)


def test_the_simple_model_is_the_richer_one_with_c_equal_to_one():
    fit = clv.fit_shifted_beta_geometric(REGULAR)
    richer = clv.fit_beta_discrete_weibull(REGULAR).at(np.log([fit.alpha, fit.beta, 1.0]))
    t = np.arange(15)
    assert_allclose(richer.survival(t), fit.survival(t), rtol=1e-12)


def test_the_gradient_is_the_slope():
    point = np.log([0.5, 1.5, 1.3])
    slope = optimize.approx_fprime(point, lambda at: log_likelihood_of(at, REGULAR)[0], 1e-7)
    assert_allclose(log_likelihood_of(point, REGULAR)[1], slope, rtol=1e-4)


def test_simulated_truth_is_within_the_errors():
    rng = np.random.default_rng(17)
    chance = rng.beta(0.8, 2.5, 20_000)
    life = rng.geometric(chance)
    survivors = [(life > t).sum() for t in range(9)]
    fit = clv.fit_shifted_beta_geometric(survivors)
    assert np.abs((fit.parameters - [0.8, 2.5]) / fit.standard_errors).max() < 3
    richer = clv.fit_beta_discrete_weibull(survivors)
    assert abs(richer.c - 1.0) / richer.standard_errors["c"] < 3


def test_subscribers_who_are_all_alike_are_a_boundary():
    survivors = 10_000 * 0.8 ** np.arange(7)
    with pytest.warns(AnalysisWarning, match="do not differ in how readily they cancel"):
        fit = clv.fit_shifted_beta_geometric(survivors)
    assert_allclose(fit.retention_rate(np.arange(1, 30)), 0.8, rtol=1e-4)
    assert fit.standard_errors.isna().all()


@pytest.mark.parametrize(
    ("survivors", "message"),
    [
        ([100, 90], "at least 2 renewals; got 2 counts"),
        ([100, 90, 95], "never rise; 1 of 3 break this, first at 2 with 95"),
        ([100, 50, -1], "first at 2 with -1"),
        ([100, 100, 100], "must fall; all 3 counts are 100"),
    ],
)
def test_counts_that_are_no_cohort_are_refused(survivors, message):
    with pytest.raises(DataError, match=message):
        clv.fit_shifted_beta_geometric(survivors)


def test_times_that_make_no_sense_are_refused():
    fit = clv.fit_shifted_beta_geometric(REGULAR)
    with pytest.raises(DataError, match="`t` must be finite and >= 0"):
        fit.survival(-1)
    with pytest.raises(DataError, match="The first renewal is 1"):
        fit.retention_rate(0)
    with pytest.raises(DataError, match="`due` must be a count"):
        fit.discounted_expected_lifetime(0.1, due=-1)
    with pytest.raises(DataError, match="at least 3 renewals"):
        clv.fit_beta_discrete_weibull([100, 90, 80])


# Simulated cohorts and finite horizons ------------------------------------------------------


def test_the_chances_to_leave_and_to_stay_add_up():
    fit = clv.fit_beta_discrete_weibull(HIGH_END)
    leaves = fit.probability_of_leaving(np.arange(1, 9))
    assert leaves.sum() + float(fit.survival(8)) == pytest.approx(1.0, rel=1e-13)


def test_a_simulated_cohort_shrinks_as_the_curve_says():
    fit = clv.fit_shifted_beta_geometric(REGULAR)
    cohort = fit.simulate_survivors(100_000, 10, seed=18)
    assert cohort[0] == 100_000
    assert_allclose(cohort / 100_000, fit.survival(np.arange(11)), atol=0.005)
    assert (np.diff(cohort) <= 0).all()
    assert cohort.tolist() == fit.simulate_survivors(100_000, 10, seed=18).tolist()
    with pytest.raises(DataError, match="`size` must be a count >= 1"):
        fit.simulate_survivors(0, 5, seed=1)


def test_a_finite_lifetime_counts_its_periods():
    fit = clv.fit_shifted_beta_geometric(REGULAR)
    by_hand = fit.survival(np.arange(3)) @ 1.1 ** -np.arange(3.0)
    three = fit.discounted_expected_lifetime(0.10, horizon=3)
    assert three == pytest.approx(by_hand, rel=1e-13)
    for_ever = fit.discounted_expected_lifetime(0.10)
    assert fit.discounted_expected_lifetime(0.10, horizon=10_000) == pytest.approx(for_ever)
    with pytest.raises(DataError, match=r"`horizon` must be a count of periods; got 2\.5"):
        fit.discounted_expected_lifetime(0.10, horizon=2.5)
