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
    """Return undiscounted sales and purchases of each customer in each future."""
    rows = read_customers(customers, for_fit=False)
    size = (futures, rows.x.size)
    rate = rng.gamma(purchases.r + rows.x, 1 / (purchases.alpha + rows.T), size)
    leave = rng.beta(purchases.a, purchases.b + rows.x, size)
    there = rng.random(size) < purchases.alive(rows)
    bought = np.minimum(rng.poisson(rate * horizon), rng.geometric(np.maximum(leave, 1e-9))) * there
    z = customers["monetary_value"].fillna(0.0).to_numpy()
    scale = rng.gamma(spend.p * rows.x + spend.q, 1 / (spend.v + rows.x * z), size)
    paid = rng.gamma(np.maximum(spend.p * bought, 1e-12), 1 / scale)
    return np.where(bought > 0, paid, 0.0), bought


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


def test_value_now_ahead_and_total_by_hand(fits):
    """Margin x sales so far - 2 for each order day - 10 to win the customer."""
    few = cdnow().head(3).assign(total=[100.0, 0.0, 40.0], frequency=[2, 0, 1])
    few = few.assign(recency=[20.0, 0.0, 30.0], monetary_value=[40.0, np.nan, 20.0])
    costs = {"cost_to_serve": 2.0, "cost_to_acquire": 10.0}
    valued = clv.value(few, *fits, **TERMS, **costs)
    assert valued.table["value_now"].tolist() == [25 - 6 - 10, 0 - 2 - 10, 10 - 4 - 10]
    assert_allclose(valued.table["value_total"], valued.table["value_now"] + valued.table["value"])
    now, ahead, total = (valued.estimate(f"value{name}") for name in ("_now", "", "_total"))
    assert now == (-7.0, -7.0, -7.0)
    assert_allclose(total, np.add(now, ahead))
    before_costs = clv.value(few, *fits, **TERMS).table
    factor = before_costs["value"] / (0.25 * before_costs["expected_sales"])
    less = before_costs["value"] - factor * 2.0 * before_costs["expected_purchases"]
    assert_allclose(valued.table["value"], less)


def test_order_days_are_those_given_where_the_frequency_counts_from_later_on(fits):
    two = cdnow().head(2).assign(total=100.0, frequency=3, recency=20.0, monetary_value=30.0)
    for given, days in (({}, 4), ({"order_days": 9}, 9)):
        valued = clv.value(two.assign(**given), *fits, **TERMS, cost_to_serve=2.0)
        assert valued.table["value_now"].tolist() == [25 - 2 * days] * 2


def test_without_past_sales_only_what_is_ahead_is_told(valuation):
    assert not {"value_now", "value_total"} & set(valuation.table.columns)
    assert valuation.total().index.tolist() == ["expected_purchases", "expected_sales", "value"]
    assert valuation.costs == clv.Costs(None, None)


def test_a_cost_above_the_contribution_makes_a_negative_value(fits):
    dear = clv.value(cdnow(), *fits, **TERMS, cost_to_serve=30.0)
    value = dear.estimate("value")
    assert value.low < value.estimate < value.high < 0
    assert (dear.table["value"] < 0).mean() > 0.99
    assert dear.intervals()["value_low"].min() < dear.table["value"].min()


# Intervals -----------------------------------------------------------------------------------


def test_the_parts_are_carried_over_in_order(valuation):
    table = valuation.table
    assert table["customer_id"].tolist() == cdnow()["customer_id"].tolist()
    limits = valuation.intervals()
    assert (limits["value_low"] <= limits["value_high"]).all()
    assert limits.index.equals(table.index)
    assert table["probability_alive"].between(0, 1).all()


def test_the_total_is_the_sum_and_its_interval_holds_the_spread(valuation):
    total = valuation.total()
    assert total.loc["value", "estimate"] == pytest.approx(valuation.table["value"].sum())
    assert (total["low"] < total["estimate"]).all()
    assert (total["estimate"] < total["high"]).all()
    half = np.arange(len(valuation.table)) % 2 == 0
    parts = valuation.estimate("value", half), valuation.estimate("value", ~half)
    assert parts[0].estimate + parts[1].estimate == pytest.approx(total.loc["value", "estimate"])


@pytest.mark.parametrize("cost", [0.0, 10.0, 30.0])
def test_intervals_of_single_customers_and_totals_cover_simulated_futures(fits, cost):
    """Fixed parameters: coverage of customers is that of the gamma shape; of totals, normal.

    At a cost of 30 a purchase, most lose money: a customer spends 35 at the mean.
    """
    purchases, spend = fits
    customers = cdnow()
    terms = {"horizon": 39.0, "annual_discount_rate": 0.0, "margin": 1.0}
    certain = clv.value(customers, *fits, **terms, cost_to_serve=cost)
    sales, bought = simulate_values(
        customers, purchases, spend, horizon=39.0, futures=400, rng=np.random.default_rng(21)
    )
    futures = sales - cost * bought
    low, high = certain.intervals().to_numpy().T
    inside = ((futures >= low - 1e-9) & (futures <= high + 1e-9)).mean()
    # above 90% where nothing at all is likelier than that; the cost is taken at its expectation
    assert 0.87 < inside < (0.95 if cost else 0.93)
    spread = np.sqrt(certain.ahead.variances(certain.brings("value")).sum())
    mean, error = futures.sum(axis=1).mean(), spread / np.sqrt(400)
    assert mean == pytest.approx(certain.table["value"].sum(), abs=4 * error)
    assert futures.sum(axis=1).std() == pytest.approx(spread, rel=0.12)


def test_who_has_surely_left_is_worth_nothing_within_any_limits(fits):
    """Once P(alive) of 1e-178 vanished in the square of its mean."""
    gone = pd.DataFrame(
        {"frequency": [300], "recency": [30.0], "T": [130.0], "monetary_value": [20.0]}
    )
    valued = clv.value(gone, *fits, **TERMS)
    assert 0 < valued.table["value"].item() < 1e-170
    assert valued.intervals().to_numpy().tolist() == [[0.0, 0.0]]
    assert valued.estimate("value").high < 1e-80


def test_limits_widen_with_what_they_should_cover(valuation):
    narrow, wide = valuation.intervals(0.5), valuation.intervals(0.99)
    assert (narrow["value_low"] >= wide["value_low"]).all()
    assert (narrow["value_high"] <= wide["value_high"]).all()
    assert (narrow["value_high"] < wide["value_high"]).mean() > 0.99
    pd.testing.assert_frame_equal(valuation.intervals(), valuation.intervals(0.90))


def test_totals_are_the_sums_of_customers_whichever_are_chosen(fits):
    """Against a plain sum over customers, with differences over each of them as slopes."""
    customers = cdnow().head(60)
    valued = clv.value(customers, *fits, **TERMS, cost_to_serve=1.5)
    which = np.arange(60) % 3 == 0
    brings, ahead = valued.brings("value"), valued.ahead
    own = np.array(
        [ahead.total(brings, ahead.sums(np.arange(60) == one)).slopes for one in range(60)]
    )
    slope = own[which].sum(axis=0)
    variance = slope @ ahead.covariance @ slope + ahead.variances(brings)[which].sum()
    estimate = valued.estimate("value", which)
    assert estimate.estimate == pytest.approx(valued.table["value"][which].sum(), rel=1e-12)
    assert estimate.high - estimate.estimate == pytest.approx(1.6448536 * np.sqrt(variance))
    assert estimate == valued.estimate("value", pd.Series(which))


def test_slopes_of_the_value_are_its_differences(fits):
    """Discounting aside: by how much a purchase shrinks until then is held."""
    purchases, spend = fits
    customers = cdnow().iloc[:40]
    valued = clv.value(customers, *fits, **TERMS | {"annual_discount_rate": 0.0}, cost_to_serve=3.0)
    slopes = valued.ahead.total(valued.brings("value"), valued.ahead.sums()).slopes
    differences = []
    for at, log in enumerate(np.log([*purchases.parameters, *spend.parameters])):
        ends = []
        for step in (1e-4, -1e-4):
            moved = np.log([*purchases.parameters, *spend.parameters])
            moved[at] = log + step
            there = purchases.at(moved[:4]), spend.at(moved[4:])
            each = 0.25 * there[1].expected_spend(customers) - 3.0
            ends.append((there[0].expected_purchases(customers, 52.0) * each).sum())
        differences.append((ends[0] - ends[1]) / 2e-4)
    assert_allclose(slopes, differences, rtol=1e-5)


def test_no_bound_on_spend_leaves_the_interval_out_with_a_warning(fits):
    purchases, spend = fits
    heavy = spend.at(np.log([6.0, 1.5, 15.0]))
    with pytest.warns(AnalysisWarning, match="no bound for 1411 of 2357"):
        valuation = clv.value(cdnow(), purchases, heavy, **TERMS)
    assert valuation.intervals()["value_high"].isna().sum() == 1411
    assert np.isnan(valuation.estimate("value").high)
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
        ({"cost_to_serve": -1.0}, r"`cost_to_serve` must be finite and >= 0; got -1\.0"),
        ({"cost_to_acquire": np.inf}, "`cost_to_acquire` must be finite and >= 0; got inf"),
        ({"cost_to_acquire": 5.0}, "needs a column `total`, the sales of each customer so far"),
        ({"unit": "month"}, "`unit` must be 'day' or 'week'; got 'month'"),
    ],
)
def test_terms_that_make_no_sense_are_refused(fits, terms, message):
    with pytest.raises(DataError, match=message):
        clv.value(cdnow(), *fits, **TERMS | terms)


def test_a_number_that_is_not_there_is_refused(valuation):
    with pytest.raises(DataError, match=r"one of expected_purchases, .*, value; got 'value_now'"):
        valuation.estimate("value_now")


def test_rows_of_several_customers_are_refused(fits):
    two = cdnow().head(3).assign(weight=[1, 2, 1])
    with pytest.raises(DataError, match="in a valuation a row is one customer; 1 of 3 break this"):
        clv.value(two, *fits, **TERMS)


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
