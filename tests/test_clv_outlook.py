"""Looking ahead from purchases and age alone gives what each history gives by itself."""

import numpy as np
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose
from scipy import integrate

from analysis import clv
from analysis.clv.buying import BuyingModel
from analysis.clv.discounting import discount
from analysis.clv.inputs import read_customers

RATE = float(np.log(1.10) * 7 / 365.25)


@pytest.fixture(scope="module", params=[clv.fit_bg_nbd, clv.fit_mbg_nbd, clv.fit_pareto_nbd])
def model(request):
    return request.param(cdnow())


def distinct(customers):
    return read_customers(customers, for_fit=False).distinct()[0]


@pytest.mark.parametrize("truncated", [False, True])
def test_it_is_the_general_one_for_every_history(model, truncated):
    customers = cdnow().head(150)
    if truncated:  # a third was there before the data; who never bought again was not seen then
        there = (np.arange(150) % 3 == 0) & (customers["frequency"] > 0)
        customers = customers.assign(seen_within=np.where(there, 26.0, np.nan))
    rows = distinct(customers)
    short, general = (
        look(rows, 52.0, RATE)
        for look in (model.look_ahead, lambda *terms: BuyingModel.look_ahead(model, *terms))
    )
    assert_allclose(short.alive, general.alive, rtol=1e-13)
    assert_allclose(short.discount, general.discount, rtol=1e-12)
    assert_allclose(short.slopes, general.slopes, rtol=1e-8, atol=1e-9)
    for name in ("nothing", "mean", "variance"):
        assert_allclose(getattr(short.moments, name), getattr(general.moments, name), rtol=1e-12)
    for horizon, rate in ((52.0, 0.0), (400.0, RATE), (np.inf, RATE)):
        wanted = BuyingModel.discounted(model, rows, horizon, rate)
        assert_allclose(model.discounted(rows, horizon, rate), wanted, rtol=1e-12)


def test_a_mixture_of_being_there_and_not_has_the_moments_of_a_simulation(model):
    customers = cdnow()[cdnow()["frequency"] == 3].head(4)
    rows = distinct(customers)
    moments, rng = model.moments(rows, 39.0), np.random.default_rng(5)
    for at in range(rows.x.size):
        one = rows.take(np.full(40_000, at))
        bought = model.draw_ahead(one, 39.0, rng)
        assert bought.mean() == pytest.approx(moments.mean[at], rel=0.04, abs=0.01)
        assert bought.var() == pytest.approx(moments.variance[at], rel=0.10, abs=0.02)
        assert (bought == 0).mean() == pytest.approx(moments.nothing[at], abs=0.01)


@pytest.mark.parametrize(
    ("horizon", "rate"), [(5.0, 0.001), (52.0, 0.002), (1900.0, 0.002), (9000.0, 0.002)]
)
def test_discounting_is_the_integral(horizon, rate):
    """Of a customer who leaves at a Pareto moment: E(t) = log(1 + t), dE = dt / (1 + t)."""
    ours = discount(np.log1p, np.array([1.0, 30.0]), horizon, rate)
    direct = integrate.quad(
        lambda t: np.exp(-rate * t) / (1 + t), 0, horizon, epsabs=1e-13, limit=400
    )[0]
    assert ours[0] == pytest.approx(direct, rel=1e-9)
    assert ours[1] == pytest.approx(direct, rel=1e-4)  # a scale far from the bend costs digits


def test_without_a_rate_nothing_is_discounted():
    assert discount(np.log1p, np.ones(2), 7.0, 0.0).tolist() == [np.log(8.0)] * 2
