"""Several models beside the naive rules: what each missed, which is recommended, and why."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, simulate_bg
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv.comparison import usual_models
from analysis.clv.holdout import LAST_PERIOD, OWN_PACE
from analysis.clv.likelihood import Maximum
from analysis.clv.misses import Missed, beats, measure_misses, pick
from analysis.errors import AnalysisWarning, FitError

EVERYBODY = [np.ones(4, dtype=bool)]


def miss(*predicted, actual=(4.0, 0.0, 2.0, 2.0), groups=EVERYBODY):
    actual = np.array(actual)
    piece = Missed(np.array([predicted], float), actual, np.ones(actual.size), groups)
    return measure_misses(["it"], [piece]).misses()["it"]


# Published -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared():
    weekly = pd.DataFrame({"actual": np.full(39, 1882 / 39), "naive": np.full(39, 60.0)})
    return clv.compare(cdnow(), last_period=cdnow()["frequency"] + 1.0, weekly=weekly)


def test_the_published_fits_stand_in_the_table(compared):
    """Log-likelihoods of CDNOW: Fader, Hardie and Lee (2005), table 2."""
    table = compared.table.set_index("forecast")
    assert table.loc["BG/NBD", "log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    assert table.loc["Pareto/NBD", "log_likelihood"] == pytest.approx(-9595.0, abs=0.05)
    assert table.loc["BG/NBD", "aic"] == pytest.approx(8 + 2 * 9582.43, abs=0.05)
    assert (table["actual"] == 1882).all()
    assert set(table.index) == {"BG/NBD", "MBG/NBD", "Pareto/NBD", LAST_PERIOD, OWN_PACE}
    assert compared.recommended == compared.model
    assert f"the naive rule ({LAST_PERIOD}" in compared.reason or OWN_PACE in compared.reason


def test_the_scores_are_what_they_say(compared):
    row = compared.table.set_index("forecast").loc["BG/NBD"]
    expected = compared.models["BG/NBD"].expected_purchases(cdnow(), 39)
    off = expected - cdnow()["holdout_frequency"]
    assert row["error"] == pytest.approx(off.sum() / 1882)
    assert row["root_mean_square_error"] == pytest.approx(np.sqrt((off**2).mean()))
    assert row["score"] == pytest.approx((abs(off.sum()) + off.abs().sum()) / 1882)
    assert row["covered"] == (row["low"] <= 1882 <= row["high"])
    weeks = np.diff([0, *(compared.models["BG/NBD"].expected_purchases(cdnow(), t).sum()
                          for t in range(1, 40))])  # fmt: skip
    assert row["weekly_error"] == pytest.approx(np.abs(weeks - 1882 / 39).mean() / (1882 / 39))
    naive = compared.table.set_index("forecast").loc[LAST_PERIOD, "weekly_error"]
    assert naive == pytest.approx(39 * 60 / 1882 - 1)
    assert compared.table["score"].is_monotonic_increasing


# By hand -------------------------------------------------------------------------------------


def test_what_was_missed_by_hand():
    found = miss(2.0, 1.0, 2.0, 2.0)
    assert found.total == 1 / 8
    assert found.customer == 3 / 8
    assert str(found) == "12.5% in total and 37.5% customer by customer"
    old = np.array([True, True, False, False])
    apart = miss(2.0, 1.0, 2.0, 3.0, groups=[old, ~old])
    assert apart.total == 2 / 8  # too little for one group is not made good by too much for another


def test_no_purchase_at_all_is_no_division_by_nothing():
    assert miss(0.5, 0.0, 0.0, 0.0, actual=(0.0, 0.0, 0.0, 0.0)).total == 0.5


def test_one_beats_another_by_more_than_chance_only():
    rng = np.random.default_rng(3)
    actual = rng.poisson(3.0, 4000).astype(float)
    off = rng.normal(0.0, 0.5, (2, 4000))
    predicted = np.array([3.0 + off[0], 3.0 + off[1], 3.0 + 5 * off[0]])
    misses = errors_in_parts(["good", "as good", "bad"], predicted, actual, 1).misses()
    good, as_good, bad = misses.values()
    assert beats(good, bad)
    assert beats(as_good, bad)
    assert not beats(bad, good)
    assert not beats(good, as_good)
    assert not beats(as_good, good)
    assert not beats(good, good)
    assert pick(misses, ["as good", "good", "bad"]) == "as good"
    assert pick(misses, ["bad", "good", "as good"]) == "good"


def errors_in_parts(names, predicted, actual, parts):
    """Measure errors of customers in so many parts, the old ones (every third) apart."""
    old = np.arange(actual.size) % 3 == 0
    weight = 1.0 + np.arange(actual.size) % 2
    places = np.array_split(np.arange(actual.size), parts)
    return measure_misses(
        names,
        (Missed(predicted[:, at], actual[at], weight[at], [old[at], ~old[at]]) for at in places),
    )


def test_errors_and_their_noise_are_those_of_every_single_customer():
    """The definition: what each customer adds to the error, customer by customer."""
    rng = np.random.default_rng(5)
    actual = rng.poisson(2.0, 300).astype(float)
    predicted = np.array([2.2 + rng.normal(0, 0.3, 300), 1.7 + rng.normal(0, 0.3, 300)])
    weight = 1.0 + np.arange(300) % 2
    single, old = np.repeat(np.arange(300), weight.astype(int)), np.arange(300) % 3 == 0
    came, parts, expected = (weight @ actual), [], []
    for one in predicted:
        off = one - actual
        towards = np.where(old, np.sign(weight @ (off * old)), np.sign(weight @ (off * ~old)))
        errors = np.array([towards * off, np.abs(off)])[:, single]
        expected.append(errors.sum(axis=1) / came)
        parts.append((errors - np.outer(expected[-1], actual[single])) / came)
    noise = np.sqrt(((parts[1] - parts[0]) ** 2).sum(axis=1))
    for pieces in (1, 7):
        one, other = errors_in_parts(["a", "b"], predicted, actual, pieces).misses().values()
        assert_allclose([one.total, one.customer], expected[0], rtol=1e-12)
        assert_allclose([other.total, other.customer], expected[1], rtol=1e-12)
        assert_allclose(one.noise(other), noise, rtol=1e-9)


# What is recommended --------------------------------------------------------------------------


def test_of_equals_the_simpler_or_likelier_is_used():
    rng = np.random.default_rng(6)
    customers = simulate_bg((0.8, 6.0, 0.9, 3.0), rng.uniform(20, 40, 900), 20.0, rng)
    found = clv.compare(customers)
    table = found.table.set_index("forecast")
    assert found.model == "BG/NBD"
    assert table.loc["BG/NBD", "parameters"] == 4
    assert found.recommended == found.model
    assert "less than the naive rule (own pace carried on" in found.reason
    assert LAST_PERIOD not in table.index


def test_a_naive_rule_that_no_model_beats_is_recommended():
    """Customers who buy as many as ever in the holdout, and are forecast by their own pace."""
    x = np.tile(np.arange(1, 31), 20)
    customers = pd.DataFrame({"frequency": x, "recency": 20.0 + x / 7, "T": 26.0})
    customers = customers.assign(holdout_frequency=x, holdout_T=26.0)
    found = _quietly(clv.compare, customers, last_period=pd.Series(x.astype(float)))
    assert found.recommended in (LAST_PERIOD, OWN_PACE)
    assert found.model in found.models
    assert found.reason.startswith("no model beats the naive rule")
    assert f"the best of them, {found.model}, missed" in found.reason


def test_a_model_that_fails_is_a_reason_and_one_on_a_boundary_a_remark():
    rng = np.random.default_rng(7)
    x = rng.poisson(rng.gamma(2.0, 3.0, 500))
    history = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, 25.9, 0.0), "T": 26.0})
    customers = history.assign(holdout_frequency=x, holdout_T=26.0)

    def never(_):
        raise FitError("no peak today")

    models = {"BG/NBD": clv.fit_bg_nbd, "unlucky": never}
    found = _quietly(clv.compare, customers, models=models)
    assert found.failed == {"unlucky": "no peak today"}
    assert found.table.set_index("forecast").loc["BG/NBD", "remark"] == "no customer leaves"
    with pytest.raises(FitError, match="unlucky: no peak today"):
        clv.compare(customers, models={"unlucky": never})


def test_even_gaps_are_found_out_and_random_ones_too():
    T = np.random.default_rng(3).uniform(20, 50, 2000)
    known = {"n_customers": 1.0, "peak": Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))}
    even = clv.BGCNBD(k=3, r=2.0, alpha=2.0, a=0.6, b=4.0, **known)
    found = _quietly(clv.compare, even.simulate_customers(T, seed=5, holdout=30.0))
    assert found.models["BG/CNBD-k"].k == 3
    assert found.model == "BG/CNBD-k"
    assert found.table["forecast"].iloc[0] == "BG/CNBD-k"
    at_random = cdnow().assign(log_gaps=_random_gaps(cdnow()))
    models = {"BG/NBD": clv.fit_bg_nbd, "BG/CNBD-k": clv.fit_bg_cnbd}
    found = _quietly(clv.compare, at_random, models=models)
    assert found.failed == {"BG/CNBD-k": "the gaps are no more even than at random (k = 1)"}


def _random_gaps(customers):
    """Spread each customer's purchases over his or her time anyhow, and add up the logarithms."""
    rng = np.random.default_rng(1)
    history = customers[["frequency", "recency"]].to_numpy()
    gaps = [rng.dirichlet(np.ones(int(x))) * t for x, t in history if x]
    sums = np.zeros(len(customers))
    sums[customers["frequency"] > 0] = [np.log(some).sum() for some in gaps]
    return sums


def test_models_for_even_gaps_need_the_gaps():
    assert "BG/CNBD-k" not in usual_models(cdnow())
    assert "BG/CNBD-k" in usual_models(cdnow().assign(log_gaps=0.0))


def _quietly(call, *arguments, **options):
    """A boundary is a remark, not a warning: any warning fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", AnalysisWarning)
        return call(*arguments, **options)
