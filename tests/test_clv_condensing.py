"""Few points in place of many: the same sums, to the last digits."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.clv import condensing
from analysis.clv.condensing import condense, condense_parts
from analysis.clv.gamma_gamma import Likelihood
from analysis.clv.spent import read_spend


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(6).normal(4.0, 1.5, 30_000)


def test_few_points_stay_as_they_are():
    points, weight = np.array([3.0, 1.0]), np.array([2.0, 5.0])
    same, (kept,) = condense(points, weight)
    assert same.tolist() == points.tolist()
    assert kept.tolist() == weight.tolist()


def test_sums_of_polynomials_are_kept(points):
    weight = np.random.default_rng(7).uniform(1, 3, points.size)
    nodes, carried = condense(points, np.ones(points.size), weight)
    assert nodes.size < points.size / 3
    for power in range(6):
        assert carried[0] @ nodes**power == pytest.approx((points**power).sum(), rel=1e-13)
        assert carried[1] @ nodes**power == pytest.approx(weight @ points**power, rel=1e-13)


def test_points_in_parts_come_to_the_same(points):
    weight = np.random.default_rng(7).uniform(1, 3, points.size)
    nodes, carried = condense(points, weight)
    parts = [(points[at::7], weight[at::7]) for at in range(7)]
    again, added = condense_parts(parts)
    np.testing.assert_array_equal(again, nodes)
    assert_allclose(added, carried, atol=1e-9)
    few = condense_parts([(points[:9], weight[:9]), (points[9:20], weight[9:20])])
    np.testing.assert_array_equal(few[0], points[:20])


@pytest.mark.parametrize("centre", [-15.0, 0.0, 4.0, 4.005, 20.0])
def test_sums_of_smooth_functions_are_kept(points, centre):
    nodes, (carried,) = condense(points, np.ones(points.size))
    for function in (np.exp, lambda u: 1 / (1 + np.exp(-u)), lambda u: np.log1p(np.exp(u))):
        kept = carried @ function(nodes - centre)
        assert kept == pytest.approx(function(points - centre).sum(), rel=1e-13)


@pytest.mark.parametrize(
    "parameters", [(6.25, 3.74, 15.44), (0.1, 0.2, 1e3), (1e6, 3.7, 1e-4), (6.2, 1e6, 1e7)]
)
def test_a_condensed_likelihood_is_the_likelihood(points, monkeypatch, parameters):
    rng = np.random.default_rng(8)
    x = rng.integers(1, 30, points.size).astype(float)
    weight = rng.uniform(0.5, 2.0, points.size)
    data = pd.DataFrame({"frequency": x, "monetary_value": np.exp(points) / x, "weight": weight})
    condensed = Likelihood(read_spend(data))
    monkeypatch.setattr(condensing, "_FEW", points.size)
    plain = Likelihood(read_spend(data))
    assert condensed.total.size < plain.total.size / 3
    ours, theirs = condensed(np.log(parameters)), plain(np.log(parameters))
    assert ours[0] == pytest.approx(theirs[0], rel=1e-12)
    assert_allclose(ours[1], theirs[1], rtol=1e-9)
