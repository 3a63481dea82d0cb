"""Counts of purchases: the model beside what was counted, for new and for old customers."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose
from scipy import stats

from analysis import clv
from analysis.clv.likelihood import Maximum
from analysis.clv.origins import fit_by_origin

KNOWN = {"n_customers": 1.0, "peak": Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))}
BG = clv.BGNBD(r=0.9, alpha=3.0, a=0.7, b=3.0, **KNOWN)
MBG = clv.MBGNBD(r=0.9, alpha=3.0, a=0.7, b=3.0, **KNOWN)
PARETO = clv.ParetoNBD(r=0.9, alpha=3.0, s=0.8, beta=9.0, **KNOWN)


def test_new_customers_are_expected_by_their_own_age():
    model = clv.fit_bg_nbd(cdnow())
    bars = clv.purchase_counts(cdnow(), model)
    assert bars["actual"].tolist()[:3] == [1411, 439, 214]  # counted by the published summary
    assert bars["expected"].sum() == pytest.approx(2357)
    by_age = [float(model.probability_of_purchases(1, T)) for T in cdnow()["T"].unique()]
    sizes = cdnow()["T"].value_counts(sort=False)
    assert bars["expected"][1] == pytest.approx(float(sizes.to_numpy() @ by_age), rel=1e-4)
    assert clv.misfit(bars, 4) > 0.05


def one_group(T, within, size=100):
    """Return histories of one length, whose counts of purchases do not matter here."""
    return pd.DataFrame({"frequency": np.tile([1, 2, 3, 1], size // 4), "T": T}).assign(
        seen_within=within
    )


@pytest.mark.parametrize("model", [BG, PARETO])
def test_seen_at_any_time_is_to_have_bought_at_all(model):
    """Where the whole of the time counts, the condition is one purchase or more."""
    bars = clv.purchase_counts(one_group(20.0, 20.0), model)
    plain = model.probability_of_purchases(np.arange(7), 20.0)
    assert bars["expected"][0] == 0
    assert_allclose(bars["expected"][1:7], 100 * plain[1:] / (1 - plain[0]), rtol=1e-9)
    assert bars["expected"].sum() == pytest.approx(100)


@pytest.mark.parametrize("model", [BG, PARETO])
def test_seen_within_a_stretch_is_what_simulation_says(model):
    """Given x purchases, the last at t_x, the others lie evenly before it: so does the first."""
    T, within = 20.0, 4.0
    drawn = model.simulate_customers(np.full(400_000, T), seed=4)
    x, last = drawn["frequency"].to_numpy(), drawn["recency"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        late = np.where(x > 1, (1 - within / last).clip(0) ** (x - 1.0), last > within)
    seen = np.where(x > 0, 1 - late, 0.0)
    simulated = np.bincount(np.minimum(x, 7), weights=seen) / seen.sum()
    bars = clv.purchase_counts(one_group(T, within), model)
    assert_allclose(bars["expected"] / 100, simulated, atol=0.004)


def test_an_old_customer_of_the_mbg_nbd_has_no_chance_to_leave_at_the_start():
    rows = one_group(20.0, 4.0)
    assert_allclose(
        clv.purchase_counts(rows, MBG)["expected"], clv.purchase_counts(rows, BG)["expected"]
    )
    assert not np.allclose(
        clv.purchase_counts(rows.assign(seen_within=np.nan), MBG)["expected"],
        clv.purchase_counts(rows.assign(seen_within=np.nan), BG)["expected"],
    )


def test_old_and_new_are_expected_by_their_own_fits():
    new = BG.simulate_customers(np.full(400, 30.0), seed=1)
    old = PARETO.simulate_customers(np.full(600, 40.0), seed=2)
    old = old[old["frequency"] > 0].assign(seen_within=40.0)
    both = pd.concat([new, old], ignore_index=True).drop(columns="customer_id")
    model = fit_by_origin(clv.fit_bg_nbd)(both)
    whole = clv.purchase_counts(both, model)
    parts = clv.purchase_counts(both[both["seen_within"].notna()], model.old)
    others = clv.purchase_counts(both[both["seen_within"].isna()], model.new)
    assert whole["expected"][0] == pytest.approx(others["expected"][0])
    assert whole["expected"].sum() == pytest.approx(len(both))
    assert parts["expected"].sum() == pytest.approx(len(old))


def test_bars_are_wide_where_customers_buy_often():
    rows = pd.DataFrame({"frequency": np.arange(120), "T": 52.0})
    bars = clv.purchase_counts(rows, BG)
    assert bars["first"].tolist()[:3] == [0, 1, 11]
    assert bars["last"].tolist()[:2] == [0, 10]
    assert np.isnan(bars["last"].iloc[-1])
    assert bars["actual"].tolist()[:3] == [1, 10, 10]
    assert bars["actual"].sum() == 120


def test_the_test_of_fit_by_hand():
    """Four bars of 20, two of them 4 off: a chi-squared of (16 + 16) / 20 = 1.6."""
    bars = pd.DataFrame({"actual": [24, 16, 20, 20], "expected": [20.0] * 4})
    assert clv.misfit(bars, 1) == pytest.approx(stats.chi2.sf(1.6, 2))
    assert np.isnan(clv.misfit(bars, 3))
    thin = pd.DataFrame({"actual": [24, 16, 20, 1, 3], "expected": [20.0, 20, 20, 2, 2]})
    assert 0 < clv.misfit(thin, 1) < 1
