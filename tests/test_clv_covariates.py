"""Models with covariates against integration, against the plain models, and against simulation.

The estimates that CLVTools prints are of its apparel data, which no package for Python carries.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from clv_described import (
    BASE,
    BG,
    FITS,
    PARETO,
    TRUTH,
    integrated_bg,
    integrated_pareto,
    model_at,
    people,
)
from clv_reference import cdnow, history
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special

from analysis import clv
from analysis.clv import bg_nbd_covariates, pareto_nbd_covariates
from analysis.clv.beta_geometric import Likelihood as PlainLikelihood
from analysis.clv.covariate_fit import Family, Penalty, _Likelihood
from analysis.clv.covariates import Effects
from analysis.clv.inputs import read_customers

LIKELIHOODS = {BG: bg_nbd_covariates.Likelihood, PARETO: pareto_nbd_covariates.Likelihood}


@pytest.fixture(scope="module", params=[BG, PARETO], ids=["BG/NBD", "Pareto/NBD"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def simulated(kind):
    truth = model_at(kind, BASE[kind], TRUTH)
    return truth.simulate_like(people(1500), seed=11, holdout=20.0)


@pytest.fixture(scope="module")
def fit(kind, simulated):
    return FITS[kind](simulated, purchase=["gender", "age"], dropout=["gender"])


@pytest.mark.parametrize("seen", [(0, 0.0, 20.0), (1, 3.0, 30.0), (2, 28.0, 30.0), (5, 9.0, 25.0)])
@pytest.mark.parametrize("gender", [0, 1])
def test_the_likelihood_is_the_integrated_story_at_parameters_of_ones_own(kind, gender, seen):
    """alpha exp(-z), and a exp(z), b exp(z) or beta exp(-z): Fader and Hardie (2007), CLVTools."""
    first, scale, third, fourth = BASE[kind]
    rate, leave = np.exp(0.7 * gender), np.exp(-0.5 * gender)
    if kind is BG:
        expected = integrated_bg((first, scale / rate, third * leave, fourth * leave), *seen)
    else:
        expected = integrated_pareto((first, scale / rate, third, fourth / leave), *seen)
    own = model_at(kind, BASE[kind], TRUTH).model_for({"gender": gender, "age": 0}).parameters
    rows = read_customers(history(*seen), for_fit=False)
    values, _ = LIKELIHOODS[kind](rows)(np.log(own.to_numpy())[:, None])
    assert values.item() == pytest.approx(expected, abs=1e-8)


def test_the_gradient_is_the_slope(kind, simulated):
    family = Family(kind, LIKELIHOODS[kind], lambda rows: np.zeros(4), ())
    effects = Effects(("age", "gender"), ("gender", "age"), ("gender",))
    z = simulated[["age", "gender"]].to_numpy(dtype=float)
    rows = replace(read_customers(simulated, for_fit=True), z=z)
    likelihood = _Likelihood(rows, family, effects, Penalty(0.3, 0.7))
    point = np.array([-0.3, 1.6, -0.4, 1.1, 0.2, -0.3, 0.15])
    slope = optimize.approx_fprime(point, lambda p: likelihood(p)[0], 1e-7)
    assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


def test_each_customer_is_answered_by_the_plain_model_of_his_kind(kind, fit, simulated):
    few = simulated.iloc[[0, 1, 2, 3, 500, 501]]
    questions = {
        "alive": lambda model, some: model.probability_alive(some),
        "expected": lambda model, some: model.expected_purchases(some, 30.0),
        "long": lambda model, some: model.expected_purchases(some, 3000.0),
        "for ever": lambda model, some: model.discounted_expected_transactions(some, 0.002),
        "discounted": lambda model, some: model.discounted_expected_transactions(
            some, 0.002, horizon=52.0
        ),
        "nothing": lambda model, some: model.moments(model.read(some), 30.0).nothing,
        "variance": lambda model, some: model.moments(model.read(some), 30.0).variance,
    }
    for name, ask in questions.items():
        together = np.asarray(ask(fit, few))
        for i in range(len(few)):
            one = few.iloc[[i]]
            alone = fit.model_for(one[["gender", "age"]].iloc[0])
            assert type(alone) is fit.plain
            assert together[i] == pytest.approx(np.asarray(ask(alone, one)).item(), rel=1e-9), name


# Invariants ----------------------------------------------------------------------------------


def test_without_effects_everything_is_as_in_the_plain_model(kind):
    customers = people(300).assign(**cdnow()[["frequency", "recency", "T"]].iloc[:300])
    bare = model_at(kind, BASE[kind], (0.0, 0.0, 0.0))
    plain = bare.model_for({"gender": 1.0, "age": 50.0})
    assert_allclose(plain.parameters, BASE[kind], rtol=1e-14)
    assert_allclose(bare.probability_alive(customers), plain.probability_alive(customers))
    assert_allclose(
        bare.discounted_expected_transactions(customers, 0.01),
        plain.discounted_expected_transactions(customers, 0.01),
    )
    rows = read_customers(customers.query("T > 0"), for_fit=True)
    logs = np.log(BASE[kind])[:, None] + np.zeros(rows.x.size)
    own = (rows.weight @ LIKELIHOODS[kind](rows)(logs)[0]).item()
    if kind is BG:
        assert own == pytest.approx(PlainLikelihood(rows, 0)(logs[:, 0])[0], rel=1e-12)


def test_a_large_penalty_gives_the_plain_model(kind, simulated):
    plain = {BG: clv.fit_bg_nbd, PARETO: clv.fit_pareto_nbd}[kind](simulated)
    drawn = FITS[kind](
        simulated, purchase=["gender"], dropout=["gender"], l2_purchase=1e6, l2_dropout=1e6
    )
    assert np.abs(drawn.coefficients).max() < 1e-6
    assert_allclose(drawn.parameters.iloc[:4], plain.parameters, rtol=1e-5)
    assert drawn.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-3)
    assert drawn.penalised


def test_the_penalty_is_that_of_clvtools():
    """The mean log-likelihood less l2 times the sum of squares, found by plain code."""
    simulated = model_at(BG, BASE[BG], TRUTH).simulate_like(people(1000), seed=12)
    groups = [
        read_customers(simulated.query(f"gender == {g}"), for_fit=True).distinct()[0]
        for g in (0, 1)
    ]
    size = len(simulated)

    def criterion(point):
        r, alpha, a, b, on_purchase, on_dropout = point
        value = 0.0
        for g, rows in enumerate(groups):
            logs = np.array([r, alpha - g * on_purchase, a + g * on_dropout, b + g * on_dropout])
            value += PlainLikelihood(rows, 0)(logs)[0]
        return -value / size + 0.2 * on_purchase**2 + 0.1 * on_dropout**2

    options = {"xatol": 1e-7, "fatol": 1e-13, "maxiter": 9000, "maxfev": 9000}
    start = np.append(np.log(BASE[BG]), [0.1, 0.1])
    found = optimize.minimize(criterion, start, method="Nelder-Mead", options=options)
    fit = FITS[BG](
        simulated, purchase=["gender"], dropout=["gender"], l2_purchase=0.2, l2_dropout=0.1
    )
    assert_allclose(fit.working, found.x, atol=2e-5)
    penalty = 0.2 * fit.coefficients[0] ** 2 + 0.1 * fit.coefficients[1] ** 2
    assert -fit.log_likelihood / size + penalty == pytest.approx(found.fun, abs=1e-10)


@settings(derandomize=True, max_examples=3, deadline=None)
@given(shift=st.floats(-3000, 3000), unit=st.floats(1e-3, 1e3))
def test_the_unit_of_a_covariate_is_no_matter(shift, unit):
    truth = model_at(BG, BASE[BG], TRUTH)
    customers = truth.simulate_like(people(400), seed=3)
    fit = FITS[BG](customers, purchase=["age", "gender"], dropout=["age"])
    other = customers.assign(age=customers["age"] * unit + shift)
    moved = FITS[BG](other, purchase=["age", "gender"], dropout=["age"])
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    scaled = np.array(fit.coefficients) / [unit, 1, unit]
    assert_allclose(moved.coefficients, scaled, rtol=1e-4, atol=1e-7 / unit)
    assert_allclose(moved.table["z"], fit.table["z"], rtol=1e-3, atol=1e-5)
    assert_allclose(
        moved.expected_purchases(other, 20), fit.expected_purchases(customers, 20), rtol=1e-4
    )


def test_the_unit_of_time_is_no_matter(kind, simulated, fit):
    seconds = simulated.assign(recency=simulated["recency"] * 604800, T=simulated["T"] * 604800)
    again = FITS[kind](seconds, purchase=["gender", "age"], dropout=["gender"])
    assert_allclose(again.coefficients, fit.coefficients, rtol=1e-5)
    assert again.alpha == pytest.approx(fit.alpha * 604800, rel=1e-5)


def test_rows_with_weights_are_as_many_customers(kind, simulated):
    coarse = simulated.assign(recency=np.ceil(simulated["recency"]), age=simulated["age"] // 20)
    columns = ["frequency", "recency", "T", "gender", "age"]
    weighted = coarse.groupby(columns, as_index=False).size().rename(columns={"size": "weight"})
    assert len(weighted) < len(coarse)
    each = FITS[kind](coarse, purchase=["age"], dropout=["gender"])
    cells = FITS[kind](weighted, purchase=["age"], dropout=["gender"])
    assert_allclose(cells.parameters, each.parameters, rtol=1e-6)
    assert cells.n_customers == len(coarse)


def test_booleans_decimals_and_nullable_numbers_are_numbers(simulated, fit, kind):
    typed = simulated.assign(
        gender=simulated["gender"].astype(bool).astype("boolean"),
        age=[Decimal(int(age)) for age in simulated["age"]],
    )
    again = FITS[kind](typed, purchase=["gender", "age"], dropout=["gender"])
    assert_allclose(again.parameters, fit.parameters, rtol=1e-12)


# The constraint ------------------------------------------------------------------------------


def test_one_coefficient_for_both_processes(kind, simulated):
    free = FITS[kind](simulated, purchase=["gender", "age"], dropout=["gender"])
    tied = FITS[kind](simulated, purchase=["gender", "age"], dropout=["gender"], same=["gender"])
    assert list(tied.parameters.index[4:]) == ["purchase.age", "both.gender"]
    assert list(tied.table["acts_on"]) == ["purchase", "both"]
    assert tied.free == free.free - 1
    assert tied.log_likelihood < free.log_likelihood
    one, other = tied.model_for({"gender": 0, "age": 0}), tied.model_for({"gender": 1, "age": 0})
    effect = np.exp(tied.parameters["both.gender"])
    assert other.alpha / one.alpha == pytest.approx(1 / effect)
    if kind is BG:
        assert_allclose([other.a / one.a, other.b / one.b], effect)
    else:
        assert other.beta / one.beta == pytest.approx(1 / effect)


# Recovery ------------------------------------------------------------------------------------


def test_simulated_coefficients_are_recovered(kind, fit):
    truth = model_at(kind, BASE[kind], TRUTH)
    error = np.sqrt(np.diag(fit.peak.log_covariance))
    assert np.abs((fit.working - truth.working) / error).max() < 3.5
    assert fit.table["se"].max() < 0.3
    assert fit.boundary == ""


def test_forecasts_of_simulated_customers_come_true_by_group(fit, simulated):
    forecast = simulated.assign(expected=fit.expected_purchases(simulated, 20.0))
    totals = forecast.groupby("gender")[["expected", "holdout_frequency"]].sum()
    assert_allclose(totals["expected"], totals["holdout_frequency"], rtol=0.12)


def test_standard_errors_of_a_kind_of_customer_follow_the_delta_method(fit):
    kind = {"gender": 1.0, "age": 30.0}
    slopes = fit.sensitivity(lambda model: np.log(model.model_for(kind).parameters.to_numpy()))
    error = np.sqrt(np.diag(slopes @ fit.peak.log_covariance @ slopes.T))
    plain = fit.model_for(kind)
    assert_allclose(plain.standard_errors / plain.parameters, error, rtol=1e-6)


def test_the_mean_rate_is_that_at_mean_covariates(fit, simulated):
    means = simulated[["gender", "age"]].mean()
    alpha = fit.alpha * np.exp(-(means @ np.array(fit.coefficients[:2])))
    assert fit.mean_rate == pytest.approx(fit.r / alpha)


def test_the_table_states_each_coefficient_with_its_ratio(fit):
    table = fit.table
    assert list(table["covariate"]) == ["gender", "age", "gender"]
    assert list(table["acts_on"]) == ["purchase", "purchase", "dropout"]
    assert_allclose(table["ratio"], np.exp(fit.coefficients))
    assert_allclose(table["se"], fit.standard_errors.iloc[4:])
    assert_allclose(np.log(table["high"]) - table["coef"], 1.959964 * table["se"], rtol=1e-6)
    assert_allclose(table["p"], 2 * special.ndtr(-np.abs(table["coef"] / table["se"])))


def test_customers_are_valued_by_their_own_covariates(fit, simulated):
    money = clv.fit_gamma_gamma(cdnow())
    some = simulated.head(200).assign(monetary_value=30.0)
    worth = clv.value(
        some, fit, money, horizon=26, annual_discount_rate=0.1, margin=0.3, confidence=0.9
    )
    assert_allclose(worth.table["expected_purchases"], fit.expected_purchases(some, 26))
    total = worth.estimate("expected_purchases")
    assert total.low < total.estimate < total.high


def test_simulated_customers_keep_who_they_are(kind):
    truth = model_at(kind, BASE[kind], TRUTH)
    who = people(50).set_index(pd.Index(range(100, 150))).assign(customer_id=range(7, 57))
    drawn = truth.simulate_like(who, seed=5)
    assert drawn.index.equals(who.index)
    pd.testing.assert_frame_equal(drawn[list(who.columns)], who)
    pd.testing.assert_frame_equal(truth.simulate_like(who, seed=5), drawn)
    many = truth.simulate_like(who.iloc[np.zeros(4000, int)].reset_index(drop=True), seed=1)
    of_kind = truth.model_for(who.iloc[0][["gender", "age"]])
    expected = of_kind.expected_purchases_new(who["T"].iloc[0]).item()
    error = many["frequency"].std() / np.sqrt(4000)
    assert abs(many["frequency"].mean() - expected) < 4 * error
