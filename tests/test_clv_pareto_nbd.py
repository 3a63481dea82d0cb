"""The Pareto/NBD against its paper, R, integration, simulation, and at its edges."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, history
from numpy.testing import assert_allclose
from scipy import optimize, special

from analysis import clv
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers
from analysis.clv.likelihood import Maximum
from analysis.clv.pareto_nbd import Likelihood, odds_gone
from analysis.errors import AnalysisWarning


def model_at(r, alpha, s, beta):
    peak = Maximum(np.log([r, alpha, s, beta]), 0.0, np.zeros((4, 4)))
    return clv.ParetoNBD(r=r, alpha=alpha, s=s, beta=beta, n_customers=1.0, peak=peak)


@pytest.fixture(scope="module")
def fit():
    return clv.fit_pareto_nbd(cdnow())


def simulate_pareto(parameters, T, horizon, rng):
    """Live the story: a row a customer, with what happens in the horizon after T."""
    r, alpha, s, beta = parameters
    rate, life = (
        rng.gamma(r, 1 / alpha, T.size),
        rng.exponential(1 / rng.gamma(s, 1 / beta, T.size)),
    )
    rows = []
    for customer in range(T.size):
        end = min(life[customer], T[customer] + horizon)
        times = np.sort(rng.uniform(0, end, rng.poisson(rate[customer] * end)))
        before = times[times <= T[customer]]
        rows.append((before.size, before.max(initial=0.0), times.size - before.size))
    frame = pd.DataFrame(rows, columns=["frequency", "recency", "holdout_frequency"])
    return frame.assign(T=T, alive=life > T)


def story(parameters, x, t_x, T, quantity):
    """Sum the story over a fine grid of log rates of buying and of leaving, without algebra."""
    r, alpha, s, beta = parameters
    log_buy, log_leave = np.meshgrid(np.linspace(-45, 6, 1601), np.linspace(-45, 6, 1601))
    buy, leave = np.exp(log_buy), np.exp(log_leave)
    prior = np.exp(r * log_buy - alpha * buy + s * log_leave - beta * leave)
    stayed = buy**x * np.exp(-(buy + leave) * T)
    lost = np.exp(-(buy + leave) * t_x) - np.exp(-(buy + leave) * T)
    gone = buy**x * leave / (buy + leave) * lost
    return (prior * stayed * quantity(buy, leave)).sum() / (prior * (stayed + gone)).sum()


# Published values ------------------------------------------------------------------------------


def test_the_cdnow_fit_equals_the_paper_and_r(fit):
    """Fader, Hardie and Lee (2005), table 2; more digits: maximum likelihood in R."""
    assert fit.parameters.round(3).tolist() == [0.553, 10.578, 0.606, 11.669]
    assert round(fit.log_likelihood, 1) == -9595.0
    assert_allclose(fit.parameters, [0.55327705, 10.57768365, 0.60623995, 11.66873452], rtol=2e-7)
    assert fit.log_likelihood == pytest.approx(-9594.976179, abs=1e-6)
    assert fit.boundary == ""


def test_the_likelihood_equals_the_hypergeometric_form():
    """Fader and Hardie's note writes the chance to have left by 2F1, for alpha >= beta or not."""
    for r, alpha, s, beta in ((0.55, 10.6, 0.61, 11.7), (0.55, 11.7, 0.61, 10.6)):
        x, t_x, T = 4, 30.7, 38.9
        high, low = max(alpha, beta), min(alpha, beta)
        power, second = r + s + x, (s + 1 if alpha >= beta else r + x)

        def part(t, high=high, low=low, power=power, second=second):
            inner = special.hyp2f1(power, second, power + 1, (high - low) / (high + t))
            return inner / (high + t) ** power

        gone = s / power * (part(t_x) - part(T))
        whole = (alpha + T) ** -(r + x) * (beta + T) ** -s + gone
        start = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        ours = Likelihood(Rows(*(np.array([v]) for v in (float(x), t_x, T, 1.0))))
        value = ours(np.log([r, alpha, s, beta]))[0]
        assert value == pytest.approx(start + np.log(whole), rel=1e-12)


def test_discounted_purchases_equal_the_closed_form(fit):
    """Fader, Hardie and Lee (2005), J. of Marketing Research 42, eq. 6: by Tricomi's function."""
    x, t_x, T, rate = 4, 30.7, 38.9, 0.0027
    likelihood = Likelihood(Rows(*(np.array([v]) for v in (float(x), t_x, T, 1.0))))
    log_likelihood = likelihood(np.log(fit.parameters.to_numpy()))[0]
    r, alpha, s, beta = fit.parameters
    log_top = r * np.log(alpha) + s * np.log(beta) + (s - 1) * np.log(rate)
    log_top += special.gammaln(r + x + 1) - special.gammaln(r)
    log_top -= (r + x + 1) * np.log(alpha + T) + log_likelihood
    closed = np.exp(log_top) * special.hyperu(s, s, rate * (beta + T))
    ours = fit.discounted_expected_transactions(history(x, t_x, T), rate).item()
    assert ours == pytest.approx(closed, rel=1e-8)


@pytest.mark.parametrize("T", [38.9, 1e7])
@pytest.mark.parametrize("silence", [1e-6, 0.5, 1.0])
@pytest.mark.parametrize("x", [0, 4, 170, 2000])
@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.61, 11.7), (3.0, 1e-3, 1.0, 400.0)])
def test_the_odds_of_having_left_are_the_integral(parameters, x, silence, T):
    """The trapezoid rule on a logarithmic grid so fine that it is exact to 1e-9."""
    r, alpha, s, beta = parameters
    t_x, silence = (1 - silence) * T * (x > 0), silence * T
    ours = odds_gone(
        np.array([r + x]), s, np.array([alpha + t_x]), np.array([beta + t_x]), np.array([silence])
    )
    A, B = alpha + t_x, beta + t_x
    scale = 1 / ((r + x) / A + (s + 1) / B)
    v = np.linspace(0, np.log1p(silence / scale), 400_001)
    y = scale * np.expm1(v)
    gained = (r + x) * np.log((A + silence) / (A + y)) + s * np.log((B + silence) / (B + y))
    log_part = np.log(s) + gained - np.log(B + y) + np.log(scale) + v
    top = log_part.max()
    direct = top + np.log(np.trapezoid(np.exp(log_part - top), v))
    assert ours.log_odds.item() == pytest.approx(direct, rel=1e-9, abs=1e-9)


# Independent code --------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [(0, 0.0, 20.0), (2, 12.0, 20.0)])
def test_predictions_equal_the_summed_story(seen):
    parameters, t = (1.3, 6.0, 1.4, 9.0), 15.0
    model, customer = model_at(*parameters), history(*seen)
    alive = story(parameters, *seen, lambda buy, leave: 1.0)
    assert model.probability_alive(customer).item() == pytest.approx(alive, rel=1e-7)
    future = story(parameters, *seen, lambda buy, leave: -buy * np.expm1(-leave * t) / leave)
    assert model.expected_purchases(customer, t).item() == pytest.approx(future, rel=1e-7)


def test_moments_equal_simulated_futures(fit):
    rng, t = np.random.default_rng(5), 39.0
    rows = read_customers(cdnow(), for_fit=False)
    size = (2000, rows.x.size)
    buy = rng.gamma(fit.r + rows.x, 1 / (fit.alpha + rows.T), size)
    life = rng.exponential(1 / rng.gamma(fit.s, 1 / (fit.beta + rows.T), size))
    bought = rng.poisson(buy * np.minimum(life, t)) * (rng.random(size) < fit.alive(rows))
    moments = fit.moments(rows, t)
    assert moments.mean.sum() == pytest.approx(bought.mean(axis=0).sum(), rel=5e-3)
    assert moments.variance.sum() == pytest.approx(bought.var(axis=0).sum(), rel=1e-2)
    assert moments.nothing.sum() == pytest.approx((bought == 0).mean(axis=0).sum(), rel=2e-3)


def test_the_gradient_is_the_slope():
    rows, _ = read_customers(cdnow(), for_fit=True).distinct()
    likelihood, point = Likelihood(rows), np.log([0.4, 8.0, 0.5, 9.0])
    slope = optimize.approx_fprime(point, lambda at: likelihood(at)[0], 1e-7)
    assert_allclose(likelihood(point)[1], slope, rtol=1e-4)


def test_the_distribution_sums_to_one_and_has_the_expected_mean(fit):
    n = np.arange(3000)
    chances = fit.probability_of_purchases(n, 39.0)
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert chances @ n == pytest.approx(float(fit.expected_purchases_new(39.0)), rel=1e-8)


# Edges -------------------------------------------------------------------------------------------


def test_s_equal_to_one_is_the_limit_of_its_neighbours():
    values = [
        model_at(0.55, 10.6, s, 11.7).expected_purchases(history(4, 30.7, 38.9), 39).item()
        for s in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-11)


def test_extreme_histories_stay_finite(fit):
    many = pd.DataFrame({"frequency": [170, 2000, 1, 0], "recency": [38.9, 38.0, 5e6, 0.0]})
    many["T"] = [38.9, 38.9, 1e7, 0.0]
    assert fit.probability_alive(many).between(0, 1).all()
    assert np.isfinite(fit.expected_purchases(many, 39)).all()
    assert np.isfinite(Likelihood(read_customers(many, for_fit=False))(np.zeros(4))[0])


@pytest.mark.parametrize("unit", [604_800.0, 1 / 52.18])
def test_the_unit_of_time_does_not_matter(fit, unit):
    other = clv.fit_pareto_nbd(
        cdnow().assign(recency=lambda d: d["recency"] * unit, T=lambda d: d["T"] * unit)
    )
    back = [other.r, other.alpha / unit, other.s, other.beta / unit]
    assert_allclose(back, fit.parameters.to_numpy(), rtol=1e-7)


def test_customers_who_never_leave_are_a_boundary():
    rng, T = np.random.default_rng(3), np.full(2000, 40.0)
    x = rng.poisson(rng.gamma(2.0, 0.1, 2000) * T)
    customers = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, T, 0.0), "T": T})
    with pytest.warns(AnalysisWarning, match="no customer leaves"):
        fit = clv.fit_pareto_nbd(customers)
    assert fit.standard_errors[["s", "beta"]].isna().all()
    assert fit.probability_alive(customers).min() > 0.99


# Recovery -----------------------------------------------------------------------------------


def test_parameters_and_future_of_a_simulated_story_are_recovered():
    truth, rng = (0.8, 6.0, 1.2, 15.0), np.random.default_rng(14)
    customers = simulate_pareto(truth, rng.uniform(20, 40, 5000), 20.0, rng)
    fit = clv.fit_pareto_nbd(customers)
    z = (fit.parameters.to_numpy() - truth) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3
    # binomial: the standard error of 5,000 draws is below 0.7 points
    assert fit.probability_alive(customers).mean() == pytest.approx(
        customers["alive"].mean(), abs=0.02
    )
    expected = fit.expected_purchases(customers, 20.0).sum()
    assert expected == pytest.approx(customers["holdout_frequency"].sum(), rel=0.05)
