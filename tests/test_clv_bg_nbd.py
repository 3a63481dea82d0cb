"""The BG/NBD against its paper, against integration, against simulation, and at its edges."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from clv_reference import bg_posterior_mean, cdnow, history, simulate_bg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special

from analysis import clv
from analysis.clv.averages import beta_average
from analysis.clv.beta_geometric import Likelihood
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers
from analysis.clv.likelihood import Maximum
from analysis.errors import AnalysisWarning, DataError

PAPER = (0.243, 4.414, 0.793, 2.426)


def model_at(r, alpha, a, b, kind=clv.BGNBD):
    peak = Maximum(np.log([r, alpha, a, b]), 0.0, np.zeros((4, 4)))
    return kind(r=r, alpha=alpha, a=a, b=b, n_customers=1.0, peak=peak)


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


# Independent code ----------------------------------------------------------------------------


def hypergeometric_form(parameters, x, t_x, T, t):
    """Eq. 10 as printed: fine away from a = 1 and for few purchases."""
    r, alpha, a, b = parameters
    inner = special.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
    gain = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * inner
    left = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x else 0.0
    return (a + b + x - 1) / (a - 1) * gain / (1 + left)


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


# Edges, where other libraries return NaN ------------------------------------------------------


def test_a_equal_to_one_is_the_limit_of_its_neighbours():
    customer = history(4, 30.7, 38.9)
    values = [
        model_at(0.243, 4.414, a, 2.426).expected_purchases(customer, 39).item()
        for a in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-11)


def test_thousands_of_purchases_and_long_times_stay_finite():
    model = model_at(*PAPER)
    many = pd.DataFrame({"frequency": [170, 2000, 1], "recency": [38.9, 38.0, 5e6]})
    many["T"] = [38.9, 38.9, 1e7]
    expected = model.expected_purchases(many, 39)
    # a buyer who is surely there and leaves with p = a / (a + b + x) makes 1/p purchases at most
    assert expected.between(0, 3000).all()
    assert expected.iloc[0] == pytest.approx(
        hypergeometric_form(PAPER, 170, 38.9, 38.9, 39), rel=1e-8
    )
    assert np.isfinite(model.expected_purchases_new([0.0, 1e7])).all()


def test_the_average_over_p_equals_brute_force():
    """Brute force over skewed, narrow and far-off beta distributions."""
    for a, b, c, s in [(0.3, 55.0, 26.0, 64.0), (144.0, 3662.0, 16.4, 68.5), (1.6, 14, 3.9, 6e3)]:
        u = np.linspace(np.log(a / b) - 60 / a - 15, np.log(a / b) + 25, 400_001)
        density = np.exp(a * special.log_expit(u) + b * special.log_expit(-u))
        p = special.expit(u)
        brute = density @ (-np.expm1(-c * np.log1p(p * s)) / p) / density.sum()
        ours = beta_average(
            lambda p, _, c=c, s=s: -np.expm1(-c * np.log1p(p * s)) / p,
            np.array([a]),
            np.array([b]),
            np.array([1 / ((c + 2) * s)]),
        )
        assert ours.item() == pytest.approx(brute, rel=1e-9)


def test_customers_who_never_leave_are_a_boundary_without_absurd_errors():
    rng = np.random.default_rng(3)
    T = np.full(4000, 40.0)
    x = rng.poisson(rng.gamma(2.0, 0.1, 4000) * T)
    customers = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, T, 0.0), "T": T})
    with pytest.warns(AnalysisWarning, match="no customer leaves"):
        fit = clv.fit_bg_nbd(customers)
    assert fit.boundary == "no customer leaves"
    assert fit.standard_errors[["a", "b"]].isna().all()
    assert_allclose([fit.r, fit.alpha], [2.0, 10.0], rtol=0.1)
    assert fit.probability_alive(customers).min() > 0.999
    straight_on = (fit.r + x) / (fit.alpha + T) * 10
    assert_allclose(fit.expected_purchases(customers, 10), straight_on, rtol=1e-3)


def test_customers_who_are_all_alike_are_a_boundary():
    rng = np.random.default_rng(4)
    customers = simulate_bg((1e6, 5e6, 0.8, 2.5), np.full(1500, 40.0), 1.0, rng)
    with pytest.warns(AnalysisWarning, match="do not differ in how often they buy"):
        fit = clv.fit_bg_nbd(customers)
    assert fit.r / fit.alpha == pytest.approx(0.2, rel=0.05)
    assert fit.aic == pytest.approx(6 - 2 * fit.log_likelihood)


@pytest.mark.parametrize("size", [1, 50])
def test_one_customer_and_identical_customers_give_finite_answers(size):
    customers = pd.concat([history(3, 20.0, 30.0)] * size, ignore_index=True)
    with pytest.warns(AnalysisWarning, match="boundary"):
        fit = clv.fit_bg_nbd(customers)
    assert np.isfinite(fit.log_likelihood)
    assert np.isfinite(fit.expected_purchases(customers, 10)).all()


# Recovery ----------------------------------------------------------------------------------


def test_simulated_truth_is_within_the_errors():
    truth = (0.8, 6.0, 0.9, 3.0)
    rng = np.random.default_rng(11)
    fit = clv.fit_bg_nbd(simulate_bg(truth, rng.uniform(20, 40, 6000), 1.0, rng))
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3


# Errors ------------------------------------------------------------------------------------

GOOD = pd.DataFrame(
    {"customer_id": ["a", "b", "c"], "frequency": [2, 0, 1], "recency": [5, 0, 3], "T": [9, 9, 9]}
).astype({"recency": float, "T": float})


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("recency", [5, 0, 9.5], "`recency` must be <= `T`.*1 of 3.*first customer_id='c'.*9.5"),
        ("T", [9, 0, 9], "`T` must be > 0 for a fit; 1 of 3.*customer_id='b'.*Leave out"),
        ("T", [9, -1, 9], "`T` must be >= 0"),
        ("frequency", [2, 0, 1.5], "must be a count.*customer_id='c' with 1.5"),
        ("frequency", [2, 0, np.nan], "finite number; 1 of 3"),
        ("recency", [5, 2, 3], "must be 0 where `frequency` is 0"),
        ("recency", [5, 0, 0], "must be > 0 where `frequency` is > 0"),
        ("customer_id", ["a", "b", "a"], "must be unique; 1 of 3"),
        ("frequency", ["x", "y", "z"], "must hold numbers"),
    ],
)
def test_histories_that_cannot_be_true_are_refused(column, values, message):
    with pytest.raises(DataError, match=message):
        clv.fit_bg_nbd(GOOD.assign(**{column: values}))


def test_nothing_to_fit_is_refused():
    with pytest.raises(DataError, match=r"repeat buyers; none of 3.*Observe them for longer"):
        clv.fit_bg_nbd(GOOD.assign(frequency=0, recency=0.0))
    with pytest.raises(DataError, match="at least one customer"):
        clv.fit_bg_nbd(GOOD.iloc[:0])
    with pytest.raises(DataError, match=r"needs a column `T`.*summarise_customers"):
        clv.fit_bg_nbd(GOOD.drop(columns="T"))


def test_a_prediction_needs_a_sensible_horizon(fit):
    with pytest.raises(DataError, match=r"`horizon` must be finite and > 0; got 0"):
        fit.expected_purchases(GOOD, 0)
    with pytest.raises(DataError, match=r"`n` must be a count"):
        fit.probability_of_purchases([0.5], 10)
    with pytest.raises(DataError, match=r"`rate` must be finite and > 0"):
        fit.discounted_expected_transactions(GOOD, -0.1)


def test_a_customer_of_the_last_day_can_be_predicted(fit):
    newcomer = fit.expected_purchases(history(0, 0, 0), 39).item()
    assert newcomer == pytest.approx(float(fit.expected_purchases_new(39)), rel=1e-13)


def test_an_empty_table_has_an_empty_prediction(fit):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fit.expected_purchases(GOOD.iloc[:0], 10).empty


def test_a_fit_prints_what_it_is(fit):
    assert str(fit) == (
        "BGNBD(r=0.242595, alpha=4.4136, a=0.792922, b=2.42591; "
        "log-likelihood -9582.4292, 2357 customers)"
    )
