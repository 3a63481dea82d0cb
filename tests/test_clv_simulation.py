"""Simulated customers and futures against what the formulas of their models say."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, history, simulate_bg
from numpy.testing import assert_allclose
from scipy import stats

from analysis import clv
from analysis.clv.drawing import last_of, waits
from analysis.clv.inputs import read_customers
from analysis.clv.likelihood import Maximum
from analysis.clv.resampling import resample
from analysis.errors import DataError

SIZE = 60_000


def model_of(kind, **parameters):
    logs = np.log(list(parameters.values()))
    peak = Maximum(logs, 0.0, np.zeros((logs.size, logs.size)))
    return kind(**parameters, n_customers=1.0, peak=peak)


MODELS = {
    "BG/NBD": model_of(clv.BGNBD, r=0.8, alpha=6.0, a=0.9, b=3.0),
    "MBG/NBD": model_of(clv.MBGNBD, r=0.8, alpha=6.0, a=0.9, b=3.0),
    "Pareto/NBD": model_of(clv.ParetoNBD, r=0.8, alpha=6.0, s=0.7, beta=12.0),
    "BG/BB": model_of(clv.BGBB, alpha=1.2, beta=0.75, gamma=0.66, delta=2.8),
}
CONTINUOUS = [name for name in MODELS if name != "BG/BB"]
every_model = pytest.mark.parametrize("name", MODELS)


def observe(name, seed=1, **options):
    """Simulate with 39 units of time and a holdout of 20, or 6 periods and 5."""
    time, holdout = (6.0, 5.0) if name == "BG/BB" else (39.0, 20.0)
    simulated = MODELS[name].simulate_customers(np.full(SIZE, time), seed=seed, holdout=holdout)
    return simulated, time, holdout


# Against formulas and independent code ------------------------------------------------------


@every_model
def test_simulated_counts_follow_the_distribution_of_the_paper(name):
    """Chi-squared over the counts up to 9: a wrong draw is off by far more than chance."""
    customers, time, _ = observe(name)
    counts = np.arange(7 if name == "BG/BB" else 10)
    chances = MODELS[name].probability_of_purchases(counts, time)
    seen = np.bincount(customers["frequency"], minlength=counts.size)[: counts.size]
    expected = SIZE * chances
    rest = SIZE - expected.sum(), SIZE - seen.sum()
    misfit = np.sum((seen - expected) ** 2 / expected)
    misfit += (rest[0] - rest[1]) ** 2 / rest[0] if rest[0] > 1 else 0.0
    assert stats.chi2.sf(misfit, counts.size) > 1e-3


@every_model
def test_what_follows_is_what_the_model_expects_of_each_history(name):
    """Frequency and recency go in, so a wrong last purchase would show in one of the groups."""
    customers, _, holdout = observe(name, seed=2)
    expected = MODELS[name].expected_purchases(customers, holdout)
    bought = customers["holdout_frequency"]
    group = pd.qcut(customers["recency"].rank(method="first"), 5, labels=False) * 10
    group += customers["frequency"].clip(upper=3)
    off = (bought - expected).groupby(group).agg(["mean", "std", "size"])
    off = off[off["size"] > 500]
    assert len(off) >= 6
    assert (off["mean"].abs() / (off["std"] / np.sqrt(off["size"]))).max() < 3.7


def test_the_bg_nbd_equals_customers_who_live_purchase_by_purchase():
    rng, T = np.random.default_rng(3), np.full(8000, 39.0)
    lived = simulate_bg((0.8, 6.0, 0.9, 3.0), T, 20.0, rng)
    drawn = MODELS["BG/NBD"].simulate_customers(T, seed=4, holdout=20.0)
    for column in ("frequency", "recency", "holdout_frequency"):
        assert stats.ks_2samp(lived[column], drawn[column]).pvalue > 1e-3


@every_model
def test_futures_of_one_history_have_its_moments(name):
    model = MODELS[name]
    one = pd.DataFrame({"frequency": [3], "recency": [5.0], model.time_column: [6.0]})
    horizon = 5.0
    moments = model.moments(model.read(one), horizon)
    copies = one.loc[np.zeros(SIZE, dtype=int)]
    futures = model.simulate_purchases(copies, horizon, seed=5)
    error = np.sqrt(moments.variance.item() / SIZE)
    assert futures.mean() == pytest.approx(moments.mean.item(), abs=3.5 * error)
    assert futures.var() == pytest.approx(moments.variance.item(), rel=0.04)
    assert (futures == 0).mean() == pytest.approx(moments.nothing.item(), abs=0.008)


def test_the_last_of_some_periods_is_hypergeometric():
    """Three purchases in six periods: the last is j with chance C(j-1, 2) / C(6, 3)."""
    last = last_of(np.full(SIZE, 3), np.full(SIZE, 6), np.random.default_rng(6))
    seen = np.bincount(last.astype(int), minlength=7) / SIZE
    assert_allclose(seen, np.array([0, 0, 0, 1, 3, 6, 10]) / 20, atol=0.008)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_purchases_within_a_horizon_are_each_discounted_from_their_moment(name):
    """A sum over small steps; a long horizon is as good as for ever."""
    model, customer, rate = MODELS[name], history(4, 30.7, 38.9), 0.02
    times = np.linspace(0, 52, 2001)
    rows = read_customers(customer, for_fit=False)
    each = rows.take(np.zeros(times.size, dtype=np.intp))
    steps = np.diff(model.expected(each, times))
    naive = steps @ np.exp(-rate * (times[1:] + times[:-1]) / 2)
    within = model.discounted_expected_transactions(customer, rate, horizon=52).item()
    assert within == pytest.approx(naive, rel=1e-6)
    long = model.discounted_expected_transactions(customer, rate, horizon=5000).item()
    for_ever = model.discounted_expected_transactions(customer, rate).item()
    assert long == pytest.approx(for_ever, rel=1e-8)


def test_periods_are_discounted_one_by_one():
    model = MODELS["BG/BB"]
    donor = pd.DataFrame({"frequency": [4], "recency": [5], "n_periods": [6]})
    gained = np.diff([0.0] + [model.expected_purchases(donor, n).item() for n in (1, 2, 3)])
    by_hand = gained @ 1.1 ** -np.arange(1.0, 4.0)
    ours = model.discounted_expected_transactions(donor, np.log(1.1), horizon=3).item()
    assert ours == pytest.approx(by_hand, rel=1e-12)


# Invariants ---------------------------------------------------------------------------------


@every_model
def test_a_seed_decides_and_the_holdout_changes_nothing_before_it(name):
    with_holdout, time, _ = observe(name)
    again, *_ = observe(name)
    alone = MODELS[name].simulate_customers(np.full(SIZE, time), seed=1)
    pd.testing.assert_frame_equal(with_holdout, again)
    pd.testing.assert_frame_equal(with_holdout[alone.columns], alone)
    other, *_ = observe(name, seed=2)
    assert not other["frequency"].equals(alone["frequency"])
    once, twice = (MODELS[name].simulate_purchases(alone[:50], 5, seed=7) for _ in range(2))
    pd.testing.assert_series_equal(once, twice)


@every_model
def test_simulated_customers_can_be_fitted(name):
    customers, *_ = observe(name)
    rows = read_customers(customers, for_fit=True, time=MODELS[name].time_column)
    assert (rows.t_x <= rows.T).all()
    assert ((rows.t_x > 0) == (rows.x > 0)).all()


@pytest.mark.parametrize(
    "model",
    [
        model_of(clv.BGNBD, r=1e-4, alpha=1e-9, a=1e-6, b=1e6),  # rates of 0, nobody leaves
        model_of(clv.MBGNBD, r=2.0, alpha=1e-3, a=1e6, b=1e-6),  # all leave at once
        model_of(clv.BGNBD, r=1e6, alpha=5e6, a=1e-12, b=1e-12),
        model_of(clv.ParetoNBD, r=1e-4, alpha=1e6, s=1e-6, beta=1e6),
        model_of(clv.ParetoNBD, r=2.0, alpha=1.0, s=1e6, beta=1e-6),
    ],
)
def test_extreme_parameters_and_times_give_whole_customers(model):
    customers = model.simulate_customers([0.0, 1e-9, 1.0, 1e7], seed=8, holdout=1e7)
    rows = read_customers(customers, for_fit=False)
    assert np.isfinite(rows.t_x).all()
    assert customers["frequency"].iloc[0] == 0
    assert (customers["holdout_frequency"] >= 0).all()


def test_a_chance_is_taken_at_once_never_or_after_as_many_as_it_says():
    rng = np.random.default_rng(9)
    assert waits(np.array([0.0, 1.0]), rng).tolist() == [np.inf, 1.0]
    assert waits(np.full(SIZE, 1e-300), rng).min() > 1e290
    counts = waits(np.full(SIZE, 0.25), rng)
    assert (counts == 1).mean() == pytest.approx(0.25, abs=0.007)
    assert counts.mean() == pytest.approx(4.0, rel=0.02)


# Spend ---------------------------------------------------------------------------------------


def test_simulated_spend_has_the_mean_of_all_and_keeps_to_the_customer():
    spend = model_of(clv.GammaGamma, p=6.25, q=3.74, v=15.44)
    customers = pd.DataFrame({"frequency": np.tile([0, 1, 8], SIZE // 3), "holdout_frequency": 2})
    paid = spend.simulate_spend(customers, seed=10)
    assert paid["monetary_value"].isna().equals(customers["frequency"] == 0)
    by_count = paid.groupby("frequency")["monetary_value"].mean()
    assert_allclose(by_count[[1, 8]], spend.mean_spend, rtol=0.03)
    regulars = paid[paid["frequency"] == 8]
    low = regulars["monetary_value"] < regulars["monetary_value"].median()
    expected = 2 * spend.expected_spend(regulars)
    for group in (low, ~low):
        assert regulars["holdout_total"][group].mean() == pytest.approx(
            expected[group].mean(), rel=0.03
        )
    pd.testing.assert_frame_equal(paid, spend.simulate_spend(customers, seed=10))


# Customers who were there before the data ------------------------------------------------------


@pytest.mark.parametrize("name", ["BG/NBD", "Pareto/NBD"])
def test_customers_seen_early_on_are_simulated_as_such(name):
    """Only those who bought within 4 weeks are in the table: kept one by one, as in life."""
    rng, model = np.random.default_rng(11), MODELS[name]
    early = model.simulate_customers(np.full(SIZE, 4.0), seed=12, holdout=35.0)
    early = early[early["frequency"] > 0]
    whole = (early["frequency"] + early["holdout_frequency"]).mean()
    table = pd.DataFrame(
        {"frequency": 1, "recency": 2.0, "T": 39.0, "seen_within": np.full(len(early), 4.0)}
    )
    drawn = resample(model, table, rng)
    assert drawn["frequency"].min() == 1
    error = drawn["frequency"].std() / np.sqrt(len(drawn))
    assert drawn["frequency"].mean() == pytest.approx(whole, abs=5 * error)
    # a customer of one purchase made it within the 4 weeks
    assert drawn["recency"][drawn["frequency"] == 1].max() <= 4.0


def test_those_before_the_data_are_refused_where_they_cannot_be_drawn():
    table = pd.DataFrame({"frequency": [1], "recency": [2.0], "T": [39.0], "seen_within": [4.0]})
    with pytest.raises(DataError, match=r"by a BG/NBD or a Pareto/NBD; this is a MBG/NBD"):
        resample(MODELS["MBG/NBD"], table, np.random.default_rng(0))


# Errors ----------------------------------------------------------------------------------------


def test_what_cannot_be_simulated_is_refused():
    model = MODELS["BG/NBD"]
    with pytest.raises(DataError, match="`T` must be finite and >= 0"):
        model.simulate_customers([1.0, -1.0], seed=1)
    with pytest.raises(DataError, match="`holdout` must be finite and >= 0; got -1"):
        model.simulate_customers([1.0], seed=1, holdout=-1)
    with pytest.raises(DataError, match="`horizon` must be finite and > 0"):
        model.discounted_expected_transactions(cdnow(), 0.1, horizon=0)
    with pytest.raises(DataError, match="whole numbers of periods"):
        MODELS["BG/BB"].simulate_customers([2.5], seed=1)
