"""Customers of unknown birth: the likelihood that conditions on them, the choice of treatment."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_reference import simulate_bg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special

from analysis import clv
from analysis.clv import beta_geometric, pareto_nbd
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers
from analysis.clv.origins import fit_by_origin
from analysis.clv.truncation import conditioned
from analysis.errors import AnalysisWarning, DataError

LIKELIHOODS = {
    "bg": lambda rows: beta_geometric.Likelihood(rows, 0),
    "mbg": lambda rows: beta_geometric.Likelihood(rows, 1),
    "pareto": pareto_nbd.Likelihood,
}


def old_rows(x, t_x, T, seen_within):
    return Rows(*(np.atleast_1d(np.asarray(v, float)) for v in (x, t_x, T, 1.0, seen_within)))


# By hand and by integration -----------------------------------------------------------------


def test_one_purchase_by_hand():
    """BG/NBD, r = alpha = a = b = 1: one purchase at 1 of 3 weeks, seen within the first 2.

    By the paper's equation, B(1, 2)/B(1, 1) alpha^r / (alpha + T)^(r + x) = 1/2 * 1/16 is the
    part of those still there, B(2, 1)/B(1, 1) alpha^r / (alpha + t_x)^(r + x) = 1/2 * 1/4 that of
    those who left; a purchase within 2 weeks has chance 1 - 1/3.
    """
    value, _ = conditioned(LIKELIHOODS["bg"], old_rows(1, 1, 3, 2))(np.zeros(4))
    assert value == pytest.approx(np.log((1 / 32 + 1 / 8) / (2 / 3)), rel=1e-13)


def integral(kind, parameters, x, t_x, T):
    """Average the likelihood of one history over what customers are like, on a fine grid."""
    r, alpha, c, d = parameters
    u, v = np.meshgrid(np.linspace(-40, 8, 1601), np.linspace(-40, 40, 1601))
    step = (u[0, 1] - u[0, 0]) * (v[1, 0] - v[0, 0])
    rate = np.exp(u)
    prior = np.exp(r * (u + np.log(alpha)) - alpha * rate - special.gammaln(r))
    if kind == "pareto":
        leave = np.exp(np.minimum(v, 12))
        prior = prior * np.exp(c * (v + np.log(d)) - d * np.exp(v) - special.gammaln(c))
        both = rate + leave
        gone = leave / both * (np.exp(-both * t_x) - np.exp(-both * T))
        chance = rate**x * (np.exp(-both * T) + gone)
    else:
        leave = special.expit(v)
        prior = prior * np.exp(
            c * special.log_expit(v) + d * special.log_expit(-v) - special.betaln(c, d)
        )
        stayed = (1 - leave) ** x * rate**x * np.exp(-rate * T)
        left = leave * (1 - leave) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0
        chance = stayed + left
    return float((prior * chance).sum() * step)


@pytest.mark.parametrize("kind", ["bg", "mbg", "pareto"])
@pytest.mark.parametrize(("x", "t_x", "T", "within"), [(1, 2.0, 39.0, 17.4), (7, 30.5, 39.0, 4.0)])
def test_the_likelihood_is_that_of_a_numerical_integration(kind, x, t_x, T, within):
    """An MBG/NBD customer there before has no chance to leave at the start: as in the BG/NBD."""
    parameters = (0.9, 4.2, 0.7, 3.1)
    value, _ = conditioned(LIKELIHOODS[kind], old_rows(x, t_x, T, within))(np.log(parameters))
    seen = 1 - integral(kind, parameters, 0, 0.0, within)
    expected = integral(kind, parameters, x, t_x, T) / seen
    assert np.exp(value) == pytest.approx(expected, rel=1e-7)


def test_the_chance_to_go_unseen_by_hand():
    """Who is active at the start is silent for a while with the chance of the gamma mixture."""
    model = clv.BGNBD(r=0.8, alpha=3.0, a=0.6, b=2.0, n_customers=1, peak=None)
    unseen = model.moments(old_rows(0, 0, 0, 5.0), 5.0).nothing[0]
    assert unseen == pytest.approx((3.0 / 8.0) ** 0.8, rel=1e-12)


# Invariants ---------------------------------------------------------------------------------

positive = st.floats(0.2, 5.0)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(LIKELIHOODS)), st.tuples(positive, positive, positive, positive))
def test_the_gradient_is_that_of_the_likelihood(kind, parameters):
    rows = Rows(
        np.array([0.0, 3, 1, 9]),
        np.array([0.0, 4, 2, 30]),
        np.array([8.0, 20, 39, 39]),
        np.array([2.0, 1, 3, 2]),
        np.array([np.nan, np.nan, 17.4, 17.4]),
    )
    likelihood, point = conditioned(LIKELIHOODS[kind], rows), np.log(parameters)
    _, gradient = likelihood(point)
    for i, step in enumerate(1e-5 * np.eye(4)):
        slope = (likelihood(point + step)[0] - likelihood(point - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_without_old_customers_nothing_changes():
    rng = np.random.default_rng(3)
    customers = simulate_bg((0.8, 4.0, 1.0, 8.0), rng.uniform(5, 40, 300), 13.0, rng)
    marked = customers.assign(seen_within=np.nan)
    assert clv.fit_bg_nbd(marked).log_likelihood == clv.fit_bg_nbd(customers).log_likelihood


# Recovery of a truth ------------------------------------------------------------------------

TRUTH = {"r": 1.2, "alpha": 3.0, "s": 2.5, "beta": 40.0}
WINDOW, SEEN_WITHIN, HOLDOUT = 40.0, 8.0, 20.0


def long_running_business(rng, births=260_000, years_in_weeks=3000.0):
    """Return those seen in a window, who were customers when it opens: their true summary.

    Births come evenly over a time much longer than any life. Who is a customer at the opening
    has by then left the more seldom: with mu ~ Gamma(s, beta) at birth and a life of mean 1/mu,
    survivors have mu ~ Gamma(s - 1, beta), and buy from then on as at birth.
    """
    rate = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], births)
    life = rng.standard_exponential(births) / rng.gamma(TRUTH["s"], 1 / TRUTH["beta"], births)
    rest = life - rng.uniform(0, years_in_weeks, births)
    rate, rest = rate[rest > 0], rest[rest > 0]
    there = np.minimum(rest, WINDOW)
    x = rng.poisson(rate * there)
    last = np.where(x > 0, there * rng.random(x.size) ** (1 / np.maximum(x, 1)), 0.0)
    first = np.where(x > 1, last * (1 - rng.random(x.size) ** (1 / np.maximum(x - 1, 1))), last)
    later = rng.poisson(rate * (np.minimum(rest, WINDOW + HOLDOUT) - there))
    table = pd.DataFrame({"frequency": x, "recency": last, "T": WINDOW, "first": first})
    table = table.assign(seen_within=SEEN_WITHIN, holdout_frequency=later)
    return table[(x > 0) & (first <= SEEN_WITHIN)].reset_index(drop=True)


def as_if_born_at_the_first_order(table):
    return table.assign(
        frequency=table["frequency"] - 1,
        recency=table["recency"] - table["first"],
        T=table["T"] - table["first"],
    ).drop(columns="seen_within")


@pytest.fixture(scope="module")
def business():
    return long_running_business(np.random.default_rng(8))


def test_the_conditioned_fit_finds_the_truth_of_those_active_at_the_start(business):
    found = clv.fit_pareto_nbd(business)
    truth = np.log([TRUTH["r"], TRUTH["alpha"], TRUTH["s"] - 1, TRUTH["beta"]])
    off = found.peak.log_parameters - truth
    distance = float(off @ np.linalg.solve(found.peak.log_covariance, off))
    assert distance < 14.9  # 99.5% of a chi-squared with 4 degrees of freedom
    forecast = clv.forecast_holdout(
        business.assign(holdout_T=HOLDOUT), found, business["frequency"]
    )
    low, high = forecast.interval(confidence=0.99)
    assert low < business["holdout_frequency"].sum() < high


def test_the_naive_fit_is_biased(business):
    """Born at the first order seen, all look too keen: who was not seen is left out."""
    naive = clv.fit_pareto_nbd(as_if_born_at_the_first_order(business))
    right = clv.fit_pareto_nbd(business)
    truth = TRUTH["r"] / TRUTH["alpha"]
    error = np.hypot(*(right.standard_errors[["r", "alpha"]] / right.parameters[["r", "alpha"]]))
    assert right.mean_rate == pytest.approx(truth, rel=2 * error)
    assert naive.mean_rate > 1.1 * truth
    assert naive.r > TRUTH["r"] + 5 * naive.standard_errors["r"]


def test_old_and_new_have_fits_of_their_own(business):
    rng = np.random.default_rng(9)
    new = simulate_bg((0.8, 4.0, 1.0, 8.0), rng.uniform(5, 40, 300), HOLDOUT, rng)
    both = pd.concat([business.head(500), new], ignore_index=True)
    found = fit_by_origin(clv.fit_bg_nbd)(both)
    old = both["seen_within"].notna()
    of_old, of_new = clv.fit_bg_nbd(both[old]), clv.fit_bg_nbd(both[~old])
    assert found.log_likelihood == of_old.log_likelihood + of_new.log_likelihood
    assert found.aic == pytest.approx(of_old.aic + of_new.aic)
    expected = found.expected_purchases(both, 10.0)
    assert_allclose(expected[old], of_old.expected_purchases(both[old], 10.0))
    assert_allclose(expected[~old], of_new.expected_purchases(both[~old], 10.0))
    assert found.parameters.index.tolist() == [
        *("r", "alpha", "a", "b"),
        *("r_old", "alpha_old", "a_old", "b_old"),
    ]
    total = clv.forecast_holdout(both.assign(holdout_T=HOLDOUT), found, both["frequency"])
    low, high = total.interval()
    assert low < total.table["model"].sum() < high


# Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"seen_within": [9.0, np.nan]},
            "`seen_within` must be > 0 and <= `T`, or missing; 1 of 2",
        ),
        (
            {"seen_within": [0.0, np.nan]},
            "`seen_within` must be > 0 and <= `T`, or missing; 1 of 2",
        ),
        (
            {"seen_within": [4.0, np.nan], "frequency": [0, 1], "recency": [0.0, 2.0]},
            "who was not seen is not in the table; 1 of 2 break this, first row 0",
        ),
    ],
)
def test_histories_that_cannot_be_are_refused(columns, message):
    customers = pd.DataFrame({"frequency": [2, 1], "recency": [3.0, 2.0], "T": [8.0, 8.0]})
    with pytest.raises(DataError, match=message.replace("(", r"\(")):
        clv.fit_bg_nbd(customers.assign(**columns))


def test_a_silent_customer_can_be_forecast_though_not_fitted():
    silent = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [13.0], "seen_within": [13.0]})
    assert read_customers(silent, for_fit=False).seen_within.tolist() == [13.0]


def test_boundaries_of_one_of_two_fits_are_named():
    """Old customers of whom nobody leaves: the boundary is theirs, and said to be."""
    rng = np.random.default_rng(5)
    x = rng.poisson(12, 300) + 1
    stay = pd.DataFrame({"frequency": x, "recency": 12.9, "T": 13.0, "seen_within": 13.0})
    new = simulate_bg((0.8, 4.0, 1.0, 3.0), rng.uniform(5, 40, 400), 13.0, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        found = fit_by_origin(clv.fit_bg_nbd)(pd.concat([stay, new], ignore_index=True))
    assert "of the old customers: no customer leaves" in found.boundary
    assert found.standard_errors[["a_old", "b_old"]].isna().all()
    assert found.standard_errors[["r", "alpha", "a", "b"]].notna().all()
