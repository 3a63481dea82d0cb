"""The BG/NBD at its edges: limits of its formulas, boundaries, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from bg_nbd_paper import PAPER, hypergeometric_form, model_at
from clv_reference import cdnow, history, simulate_bg
from numpy.testing import assert_allclose
from scipy import special

from analysis import clv
from analysis.clv.averages import beta_average
from analysis.errors import AnalysisWarning, DataError


@pytest.fixture(scope="module")
def fit():
    return clv.fit_bg_nbd(cdnow())


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
