"""The value of customers: by hand, against simulated futures, its intervals, its tiers."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv.inputs import read_customers
from analysis.errors import AnalysisWarning, DataError

TERMS = {"horizon": 52.0, "annual_discount_rate": 0.10, "margin": 0.25}


@pytest.fixture(scope="module")
def fits():
    return clv.fit_bg_nbd(cdnow()), clv.fit_gamma_gamma(cdnow())


@pytest.fixture(scope="module")
def valuation(fits):
    return clv.value(cdnow(), *fits, **TERMS)


def simulate_values(customers, purchases, spend, *, horizon, futures, rng):
    """Return the undiscounted sales of each customer in each future, drawn from the fits."""
    rows = read_customers(customers, for_fit=False)
    size = (futures, rows.x.size)
    rate = rng.gamma(purchases.r + rows.x, 1 / (purchases.alpha + rows.T), size)
    leave = rng.beta(purchases.a, purchases.b + rows.x, size)
    there = rng.random(size) < purchases.alive(rows)
    bought = np.minimum(rng.poisson(rate * horizon), rng.geometric(np.maximum(leave, 1e-9))) * there
    z = customers["monetary_value"].fillna(0.0).to_numpy()
    scale = rng.gamma(spend.p * rows.x + spend.q, 1 / (spend.v + rows.x * z), size)
    paid = rng.gamma(np.maximum(spend.p * bought, 1e-12), 1 / scale)
    return np.where(bought > 0, paid, 0.0)


# By hand -----------------------------------------------------------------------------------


def test_without_discount_and_with_full_margin_value_is_expected_sales(fits):
    flat = clv.value(cdnow(), *fits, horizon=39.0, annual_discount_rate=0.0, margin=1.0)
    purchases, spend = fits
    by_hand = purchases.expected_purchases(cdnow(), 39.0) * spend.expected_spend(cdnow())
    assert_allclose(flat.table["value"], by_hand, rtol=1e-12)
    assert_allclose(flat.table["expected_sales"], by_hand, rtol=1e-12)


def test_the_annual_rate_is_converted_once_and_exactly():
    assert clv.continuous_rate(0.10, "day") * 365.25 == pytest.approx(np.log(1.10), rel=1e-15)
    assert clv.continuous_rate(0.10, "week") == pytest.approx(7 * clv.continuous_rate(0.10, "day"))
    assert clv.continuous_rate(0.0, "day") == 0.0


def test_each_purchase_is_discounted_from_its_moment(fits):
    """Sum over small steps of expected purchases, each at its own discount."""
    purchases, spend = fits
    one = cdnow()[cdnow()["frequency"] == 5].head(1)
    valued = clv.value(one, purchases, spend, **TERMS)
    times = np.linspace(0, 52, 417)
    steps = np.diff([0.0, *(purchases.expected_purchases(one, t).item() for t in times[1:])])
    factors = 1.10 ** (-(times[1:] + times[:-1]) / 2 / (365.25 / 7))
    by_hand = 0.25 * spend.expected_spend(one).item() * (steps @ factors)
    assert valued.table["value"].item() == pytest.approx(by_hand, rel=1e-6)


def test_days_and_weeks_give_the_same_value(valuation):
    in_days = cdnow().assign(recency=lambda d: d["recency"] * 7, T=lambda d: d["T"] * 7)
    fits = clv.fit_bg_nbd(in_days), clv.fit_gamma_gamma(in_days)
    same = clv.value(in_days, *fits, **TERMS | {"horizon": 364.0}, unit="day")
    assert_allclose(same.table["value"], valuation.table["value"], rtol=1e-6)


# Intervals -----------------------------------------------------------------------------------


def test_the_parts_are_carried_over_in_order(valuation):
    table = valuation.table
    assert table["customer_id"].tolist() == cdnow()["customer_id"].tolist()
    assert (table["value_low"] <= table["value_high"]).all()
    assert table["probability_alive"].between(0, 1).all()


def test_the_total_is_the_sum_and_its_interval_holds_the_spread(valuation):
    total = valuation.total()
    assert total.loc["value", "estimate"] == pytest.approx(valuation.table["value"].sum())
    assert (total["low"] < total["estimate"]).all()
    assert (total["estimate"] < total["high"]).all()
    half = np.arange(len(valuation.table)) % 2 == 0
    parts = valuation.estimate("value", half), valuation.estimate("value", ~half)
    assert parts[0].estimate + parts[1].estimate == pytest.approx(total.loc["value", "estimate"])


def test_intervals_of_single_customers_and_totals_cover_simulated_futures(fits):
    """Fixed parameters: coverage of customers is that of the gamma shape; of totals, normal."""
    purchases, spend = fits
    customers = cdnow()
    certain = clv.value(customers, *fits, horizon=39.0, annual_discount_rate=0.0, margin=1.0)
    futures = simulate_values(
        customers, purchases, spend, horizon=39.0, futures=400, rng=np.random.default_rng(21)
    )
    low, high = certain.table["value_low"].to_numpy(), certain.table["value_high"].to_numpy()
    inside = ((futures >= low - 1e-9) & (futures <= high)).mean()
    # one-sided for those with a large chance of nothing, so between 90% and 95% is right
    assert 0.88 < inside < 0.96
    assert futures.mean(axis=0).sum() == pytest.approx(certain.table["value"].sum(), rel=0.01)
    spread = np.sqrt(np.sum(certain.spreads["value"] ** 2))
    assert futures.sum(axis=1).std() == pytest.approx(spread, rel=0.12)


def test_no_bound_on_spend_leaves_the_interval_out_with_a_warning(fits):
    purchases, spend = fits
    heavy = spend.at(np.log([6.0, 1.5, 15.0]))
    with pytest.warns(AnalysisWarning, match="no bound for 1411 of 2357"):
        valuation = clv.value(cdnow(), purchases, heavy, **TERMS)
    assert valuation.table["value_high"].isna().sum() == 1411
    assert valuation.table["value"].notna().all()


# Tiers ---------------------------------------------------------------------------------------


def test_tiers_rank_by_value_and_add_up(valuation):
    tiers = clv.assign_tiers(valuation, gold_share=0.2, silver_share=0.3)
    table = clv.tier_table(valuation, tiers).set_index("tier")
    worth = valuation.table["value"]
    assert table["customers"].sum() == len(worth)
    assert table["value"].sum() == pytest.approx(worth.sum())
    assert table["share_of_value"].sum() == pytest.approx(1.0)
    assert table.loc["Gold", "cut_off"] == worth[tiers == "Gold"].min()
    assert worth[tiers == "Gold"].min() > worth[tiers == "Silver"].max()
    assert table.loc["Gold", "customers"] <= 0.2 * len(worth)


def test_customers_of_equal_value_are_not_split(valuation):
    tiers = clv.assign_tiers(valuation)
    values = valuation.table["value"]
    assert tiers.groupby(values).nunique().max() == 1


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"margin": 0.0}, r"`margin` must be in \(0, 1\]; got 0\.0"),
        ({"margin": 25}, r"`margin` must be in \(0, 1\]; got 25"),
        ({"annual_discount_rate": -0.1}, r"`annual_discount_rate` must be finite and >= 0"),
        ({"horizon": 0}, "`horizon` must be finite and > 0"),
        ({"unit": "month"}, "`unit` must be 'day' or 'week'; got 'month'"),
    ],
)
def test_terms_that_make_no_sense_are_refused(fits, terms, message):
    with pytest.raises(DataError, match=message):
        clv.value(cdnow(), *fits, **TERMS | terms)


def test_shares_that_leave_no_bronze_are_refused(valuation):
    with pytest.raises(DataError, match=r"leave some for bronze; got 0\.6 and 0\.5"):
        clv.assign_tiers(valuation, gold_share=0.6, silver_share=0.5)


def test_one_customer_can_be_valued(fits):
    one = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "monetary_value": [np.nan]})
    assert clv.value(one, *fits, **TERMS).table["value"].item() > 0


def test_nobody_is_worth_nothing(fits):
    nobody = cdnow().iloc[:0]
    valuation = clv.value(nobody, *fits, **TERMS)
    assert valuation.table.empty
    assert (valuation.total() == 0).all().all()
    assert fits[0].probability_alive(nobody).empty
