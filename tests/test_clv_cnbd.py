"""The BG/CNBD-k and MBG/CNBD-k against their story: integrated, simulated, and at k = 1."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, cdnow_purchases, history
from cnbd_stories import BTYDPLUS, counted, model_at, rows_of, simulated, story, story_grid
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

from analysis import clv, summary
from analysis.clv.buying import BuyingModel
from analysis.clv.erlang_fit import Likelihood
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers


def cdnow_with_gaps():
    days = cdnow_purchases()[["customer_id", "order_date"]].drop_duplicates()
    days = days[days["order_date"] <= "1997-09-30"].sort_values(["customer_id", "order_date"])
    gap = days.groupby("customer_id")["order_date"].diff().dt.days / 7
    return cdnow().assign(log_gaps=np.log(gap).groupby(days["customer_id"]).sum().to_numpy())


# Published values --------------------------------------------------------------------------


def test_cdnow_buyers_are_not_regular_and_the_fit_is_that_of_the_mbg_nbd():
    """The CDNOW demo of the R package BTYDplus finds k = 1 ("no regularity detected").

    Estimates: Batislam, Denizel and Filiztekin (2007), with more digits by R.
    """
    fit = clv.fit_mbg_cnbd(cdnow_with_gaps())
    assert (fit.k, fit.label) == (1, "MBG/CNBD-1")
    assert fit.parameters.round(3).tolist() == [0.525, 6.183, 0.891, 1.614]
    assert_allclose(fit.parameters, [0.52484311, 6.18308466, 0.89135937, 1.61400225], rtol=2e-7)
    assert fit.log_likelihood == pytest.approx(-9582.135716, abs=1e-6)


# By hand -----------------------------------------------------------------------------------


def test_one_customer_by_hand():
    """k = 2, a purchase at 5 of 10: gap density, then silence with 0 or 1 stage, or gone.

    With r = 1 and alpha = 10, lambda^n exp(-lambda t) averages n! 10 / (10 + t)^(n + 1).
    """
    there, one_stage, gone = 20 / 20**3, 5 * 60 / 20**4, 20 / 15**3
    chance = 5 * (there + one_stage + gone) / 2
    likelihood = Likelihood(rows_of(1, 5, 10), 2, 0, np.log(5))
    point = np.log([1, 10, 1, 1])
    assert likelihood(point)[0] == pytest.approx(np.log(chance), rel=1e-13)
    model = model_at(clv.BGCNBD, 2, 1, 10, 1, 1)
    alive = (there + one_stage) / (there + one_stage + gone)
    assert model.probability_alive(history(1, 5, 10)).item() == pytest.approx(alive, rel=1e-13)


def test_the_mean_rate_counts_purchases_not_stages():
    assert model_at(clv.BGCNBD, 4, 2.0, 5.0, 1, 1).mean_rate == 0.1


@pytest.mark.parametrize(
    ("kind", "k", "gaps"),
    [
        (clv.BGCNBD, 2, (3.0, 5.0, 1.5)),
        (clv.BGCNBD, 3, ()),
        (clv.MBGCNBD, 3, (4.0, 4.5)),
        (clv.MBGCNBD, 5, ()),
        (clv.BGCNBD, 4, (2.0, 2.2, 2.4, 1.8, 2.1)),
    ],
)
def test_likelihood_and_predictions_equal_the_story_integrated(kind, k, gaps):
    T, ahead = 14.0, 9.0
    log_likelihood, *outlook = story(BTYDPLUS, k, kind.at_start, gaps, T, ahead)
    rows = rows_of(len(gaps), sum(gaps), T)
    ours = Likelihood(rows, k, kind.at_start, float(np.log(gaps).sum()))
    # the trapezoid rule over 35 and 90 logarithms is exact to about 1e-9
    assert ours(np.log(BTYDPLUS))[0] == pytest.approx(log_likelihood, abs=1e-8)
    model = model_at(kind, k, *BTYDPLUS)
    moments = model.moments(rows, ahead)
    found = [model.alive(rows), moments.nothing, moments.mean, moments.variance]
    assert_allclose(np.concatenate(found), outlook, rtol=1e-7)


@pytest.mark.parametrize(
    ("k", "x", "t_x", "T", "horizon"),
    [(2, 2000, 99.9, 100, 400), (3, 0, 0, 50, 2000), (7, 12, 30, 31, 500), (12, 200, 99, 100, 8)],
)
@pytest.mark.parametrize("a", [0.05, 1.0, 6.0])
def test_many_purchases_and_long_times_ahead_equal_the_count(k, x, t_x, T, horizon, a):
    model = model_at(clv.MBGCNBD, k, 0.4, 2.0, a, 3.0)
    mean, variance = counted(model, x, t_x, T, horizon)
    moments = model.moments(rows_of(x, t_x, T), horizon)
    assert moments.mean.item() == pytest.approx(mean, rel=1e-8)
    assert moments.variance.item() == pytest.approx(variance, rel=1e-6)


def test_purchases_at_todays_value_equal_those_of_the_renewal_process():
    """For one rate and chance: f^(k-j) / (1 - q f^k) with f = rate / (rate + discount rate)."""
    k, discount, gaps, T = 3, 0.01, (6.0, 9.0, 5.0), 30.0
    rate, leave, prior, chance = story_grid(BTYDPLUS)
    of_gaps = np.prod([stats.gamma.pdf(gap, k, scale=1 / rate) for gap in gaps], axis=0) * prior
    passed = stats.poisson.pmf(np.arange(k)[:, None], rate * (T - sum(gaps)))
    share, stays = rate / (rate + discount), chance * (1 - leave) ** len(gaps)
    once = np.sum(of_gaps * passed * share ** (k - np.arange(k)[:, None]), axis=0)
    total = once @ (1 / (1 - np.outer(share**k, 1 - leave))) @ stays
    there = np.sum(of_gaps * passed) * stays.sum()
    model = model_at(clv.BGCNBD, k, *BTYDPLUS)
    customer = history(3, 20, 30)
    ours = model.discounted_expected_transactions(customer, discount).item()
    alive = model.probability_alive(customer).item()
    assert ours == pytest.approx(alive * total / there, rel=1e-6)


@pytest.mark.parametrize(("k", "a", "b", "within"), [(3, 0.7, 3.0, 1e-8), (12, 6.0, 68.0, 3e-3)])
def test_totals_along_a_curve_are_those_of_each_customer_at_each_time(k, a, b, within):
    model = model_at(clv.MBGCNBD, k, 8.0, 20.0 / k, a, b)
    x, t_x, T = np.array([[0.0, 0, 5], [1, 7, 7], [8, 30, 44], [40, 50, 52]]).T
    rows, times = Rows(x, t_x, T, np.array([5.0, 1, 2, 3])), np.array([1.0, 4.0, 13.0])
    for name in ("mean_course", "variance_course"):
        one_by_one = getattr(BuyingModel, name)(model, rows, times)
        assert_allclose(getattr(model, name)(rows, times), one_by_one, rtol=within)


def test_discounting_along_a_curve_is_a_sum_over_small_steps_for_each_customer():
    model = model_at(clv.MBGCNBD, 3, 0.8, 2.0, 0.7, 3.0)
    x, t_x, T = np.array([[0.0, 0, 5], [1, 7, 7], [8, 30, 44], [40, 50, 52]]).T
    rows, t = Rows(x, t_x, T, np.ones(4)), np.linspace(0, 60, 1501)
    many = rows.take(np.repeat(np.arange(4), t.size))
    steps = np.diff(model.expected(many, np.tile(t, 4)).reshape(4, -1))
    naive = steps @ np.exp(-0.03 * (t[1:] + t[:-1]) / 2)
    assert_allclose(model.discounted(rows, 60.0, 0.03), naive, rtol=2e-6)


# The Erlang-1: models that are there already -------------------------------------------------


@pytest.mark.parametrize(("fit", "base"), [("bg_cnbd", "bg_nbd"), ("mbg_cnbd", "mbg_nbd")])
def test_with_one_stage_a_purchase_it_is_the_nbd_model(fit, base):
    one = getattr(clv, f"fit_{fit}")(cdnow(), k=1)
    nbd = getattr(clv, f"fit_{base}")(cdnow())
    assert_allclose(one.parameters, nbd.parameters, rtol=1e-9)
    assert one.log_likelihood == pytest.approx(nbd.log_likelihood, abs=1e-8)
    assert_allclose(one.standard_errors, nbd.standard_errors, rtol=1e-6)
    rows, _ = read_customers(cdnow(), for_fit=False).distinct()
    same = model_at(type(one), 1, *nbd.parameters)
    assert_allclose(same.alive(rows), nbd.alive(rows), rtol=1e-12)
    ours, theirs = same.moments(rows, 39.0), nbd.moments(rows, 39.0)
    assert_allclose(ours.nothing, theirs.nothing, rtol=1e-12)
    assert_allclose(ours.mean, theirs.mean, rtol=1e-9)
    assert_allclose(ours.variance, theirs.variance, rtol=1e-9)
    n = np.arange(40)
    assert_allclose(
        same.probability_of_purchases(n, 39), nbd.probability_of_purchases(n, 39), rtol=1e-10
    )
    some = rows.take(np.arange(50))
    assert_allclose(same.discounted(some, np.inf, 0.01), nbd.discounted(some, np.inf, 0.01))


# Invariants --------------------------------------------------------------------------------


def test_the_gradient_is_the_slope():
    customers = simulated(size=300)
    rows, _ = read_customers(customers, for_fit=True).distinct()
    for k, at_start in ((2, 0), (5, 1)):
        likelihood, point = Likelihood(rows, k, at_start, 12.0), np.log([0.7, 3.0, 0.6, 2.0])
        slope = optimize.approx_fprime(point, lambda p, f=likelihood: f(p)[0], 1e-7)
        assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


def test_the_unit_of_time_does_not_matter():
    """Densities are per unit: a purchase costs the logarithm of the unit in every model."""
    weeks = simulated(size=800)
    x, unit = weeks["frequency"], 7.0
    days = weeks.assign(
        recency=weeks["recency"] * unit,
        T=weeks["T"] * unit,
        log_gaps=weeks["log_gaps"] + x * np.log(unit),
    )
    one, other = clv.fit_bg_cnbd(weeks), clv.fit_bg_cnbd(days)
    assert one.k == other.k
    expected = one.parameters * [1, unit, 1, 1]
    assert_allclose(other.parameters, expected, rtol=1e-7)
    per_purchase = (one.log_likelihood - other.log_likelihood) / x.sum()
    assert per_purchase == pytest.approx(np.log(unit), rel=1e-9)


def test_compressed_rows_give_the_same_fit():
    customers = cdnow_with_gaps()
    rows = summary.compress(customers)
    assert len(rows) < 1500
    assert rows["log_gaps"] @ rows["weight"] == pytest.approx(customers["log_gaps"].sum())
    one, other = clv.fit_bg_cnbd(customers, k=2), clv.fit_bg_cnbd(rows, k=2)
    assert_allclose(one.parameters, other.parameters, rtol=1e-9)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)


positive = st.floats(0.05, 50.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.integers(1, 8),
    positive,
    positive,
    positive,
    positive,
    st.integers(0, 300),
    st.floats(0.01, 1),
    positive,
)
def test_predictions_stay_within_reason(k, r, alpha, a, b, x, share, t):
    model = model_at(clv.MBGCNBD, k, r, alpha, a, b)
    customer = history(x, 20 * share * (x > 0), 20.0)
    alive = model.probability_alive(customer).item()
    expected = model.expected_purchases(customer, t).item()
    nothing = model.moments(model.read(customer), t).nothing.item()
    stages_ahead = (r + k * (x + 1)) / (alpha + 20.0) * t
    assert 0 <= alive <= 1
    assert -1e-12 <= expected <= alive * (stages_ahead / k + 1) * (1 + 1e-9)
    assert 1 - alive - 1e-12 <= nothing <= 1
    assert expected >= 1 - nothing - 1e-9
    assert expected <= model.expected_purchases(customer, 2 * t).item() + 1e-12


@pytest.mark.parametrize(("kind", "k"), [(clv.BGCNBD, 2), (clv.MBGCNBD, 5)])
def test_the_distribution_sums_to_one_and_has_the_expected_mean(kind, k):
    model, n = model_at(kind, k, *BTYDPLUS), np.arange(2000)
    chances = model.probability_of_purchases(n, 30.0)
    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert chances @ n == pytest.approx(float(model.expected_purchases_new(30.0)), rel=1e-9)


def test_a_equal_to_one_is_the_limit_of_its_neighbours():
    values = [
        model_at(clv.BGCNBD, 3, 0.8, 2.0, a, 2.4).expected_purchases(history(4, 30.7, 38.9), 39)
        for a in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert values[1].item() == pytest.approx((values[0] + values[2]).item() / 2, rel=1e-11)


def test_thousands_of_purchases_for_ever_stay_finite():
    model = model_at(clv.MBGCNBD, 3, *BTYDPLUS)
    many = pd.DataFrame({"frequency": [170, 2000, 1, 0], "recency": [38.9, 38.9, 5e6, 0.0]})
    many["T"] = [38.9, 38.9, 1e7, 0.0]
    rate = 1e-5
    worth = model.discounted_expected_transactions(many, rate)
    # at most the purchases of one who never leaves, for ever
    pace = (model.r + 3 * many["frequency"] + 3) / (3 * (model.alpha + many["T"]))
    assert worth.between(0, pace / rate + 1).all()
    assert worth.iloc[1] > worth.iloc[0]
    assert np.isfinite(model.expected_purchases_new([0.0, 1e9])).all()
