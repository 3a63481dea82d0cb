"""What value is made of, what is left of it for ever, and the lifetime value as it is taught."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from numpy.testing import assert_allclose

from analysis import clv
from analysis.errors import DataError

TERMS = {"annual_discount_rate": 0.10, "margin": 0.25}


@pytest.fixture(scope="module")
def fits():
    return clv.fit_bg_nbd(cdnow()), clv.fit_gamma_gamma(cdnow())


@pytest.fixture(scope="module")
def valuation(fits):
    return clv.value(cdnow(), *fits, horizon=52.0, **TERMS, cost_to_serve=1.0)


# The lifetime value as it is taught --------------------------------------------------------


def test_the_case_as_it_is_taught():
    """52 weeks x 40 are 2,080 a year, and 62,400 in 30 years."""
    taught = clv.lifetime_example(1.0, annual_discount_rate=0.10).set_index("case")
    assert taught.loc["as taught", "value"] == 62_400
    assert taught.loc["as taught", "value"] / taught.loc["as taught", "years"] == 2_080


def test_with_four_of_five_kept_the_years_are_the_geometric_series():
    """1 + .8 + .8^2 + ... + .8^29 first years of 2,080; discounted from each purchase's moment."""
    table = clv.lifetime_example(0.8, annual_discount_rate=0.10).set_index("case")
    series = np.sum(0.8 ** np.arange(30))
    assert table.loc["with survival", "value"] == pytest.approx(2_080 * series, rel=1e-12)
    within = 0.10 / (1.10 * np.log(1.10))  # a year of purchases, at the value of its beginning
    annuity = np.sum(1.10 ** -np.arange(30.0))
    assert table.loc["with discount", "value"] == pytest.approx(2_080 * within * annuity)
    both = (1 - (0.8 / 1.1) ** 30) / np.log(1.1 / 0.8) / ((1 - 0.8) / np.log(1 / 0.8))
    assert table.loc["with both", "value"] == pytest.approx(2_080 * both)
    assert table["share"].tolist() == pytest.approx((table["value"] / 62_400).tolist())
    assert (table["low"] == table["high"]).all()


def test_a_fit_counts_first_years_by_its_curve_of_newcomers(fits):
    purchases, _ = fits
    table = clv.lifetime_example(
        purchases, per_purchase=30.0, purchases_per_year=4.0, years=5.0, annual_discount_rate=0.10
    ).set_index("case")
    weeks, new = 365.25 / 7, purchases.expected_purchases_new
    assert table.loc["with survival", "value"] == pytest.approx(120 * new(5 * weeks) / new(weeks))
    times = np.linspace(0, 5 * weeks, 4001)
    discounted = np.diff(new(times)) @ 1.10 ** (-(times[1:] + times[:-1]) / 2 / weeks)
    assert table.loc["with both", "value"] == pytest.approx(120 * discounted / new(weeks), rel=1e-5)
    fitted = table.loc[["with survival", "with both"]]
    assert (fitted["low"] < fitted["value"]).all()
    assert (fitted["value"] < fitted["high"]).all()
    assert table.loc["with both", "share"] == table["share"].min()


def test_customers_who_are_there_count_from_now_on(fits):
    purchases, _ = fits
    weeks = 365.25 / 7
    table = clv.lifetime_example(purchases, cdnow(), annual_discount_rate=0.0).set_index("case")
    ahead = [purchases.expected_purchases(cdnow(), t * weeks).sum() for t in (30, 1)]
    assert table.loc["with survival", "years"] == pytest.approx(ahead[0] / ahead[1])
    assert table.loc["with both", "years"] == pytest.approx(table.loc["with survival", "years"])
    assert table.loc["with discount", "value"] == pytest.approx(62_400)
    newcomers = clv.lifetime_example(purchases, annual_discount_rate=0.0)["years"][1]
    assert table.loc["with survival", "years"] > newcomers  # who is left leaves less readily


def test_days_and_weeks_tell_the_same_story(fits):
    in_days = clv.fit_bg_nbd(cdnow().assign(**{c: cdnow()[c] * 7 for c in ("recency", "T")}))
    tables = [
        clv.lifetime_example(fit, annual_discount_rate=0.1, unit=unit).drop(columns="case")
        for fit, unit in ((fits[0], "week"), (in_days, "day"))
    ]
    assert_allclose(*tables, rtol=1e-5)


def test_the_interval_of_the_example_is_as_wide_as_fits_scatter(fits):
    purchases, _ = fits
    claimed = clv.lifetime_example(purchases, years=3.0, annual_discount_rate=0.1)
    values = []
    for seed in range(25):
        drawn = purchases.simulate_customers(cdnow()["T"], seed=seed)
        fit = clv.fit_bg_nbd(drawn)
        values.append(clv.lifetime_example(fit, years=3.0, annual_discount_rate=0.1)["value"])
    error = (claimed["high"] - claimed["value"]) / 1.6448536
    assert_allclose(np.std(values, axis=0)[[1, 3]], error[[1, 3]], rtol=0.35)


# Components --------------------------------------------------------------------------------


def test_components_by_hand(fits):
    """Repeat purchase: at the mean spend of all; spend: by how much each differs from it."""
    valued = clv.value(cdnow().head(50), *fits, horizon=52.0, **TERMS)
    table, parts = valued.table, clv.value_components(valued).set_index("component")
    per_purchase = table["value"] / table["expected_spend"]
    coming = per_purchase * table["expected_spend"].mean()
    assert parts.loc["repeat purchase", "value"] == pytest.approx(coming.sum())
    assert parts.loc["spend", "value"] == pytest.approx((table["value"] - coming).sum())


def test_components_add_up_and_the_rest_is_said_not_to_be_measured(valuation):
    parts = clv.value_components(valuation).set_index("component")
    total = valuation.estimate("value")
    assert parts["value"].sum() == pytest.approx(total.estimate, rel=1e-12)
    assert parts["measured"].tolist() == [True, True, False, False, False]
    absent = parts.loc[["cross-sell", "referral", "saved cost"]]
    assert absent[["value", "low", "high"]].isna().all(axis=None)
    assert absent["note"].str.startswith("needs ").all()
    measured = parts[parts["measured"]]
    assert (measured["low"] < measured["value"]).all()
    assert (measured["value"] < measured["high"]).all()


def test_components_of_groups_add_up_to_those_of_all(valuation):
    half = np.arange(len(valuation.table)) % 2 == 0
    parts = [clv.value_components(valuation, which)["value"] for which in (half, ~half, None)]
    assert_allclose((parts[0] + parts[1])[:2], parts[2][:2])
    rest = parts[2][2:]
    assert rest.isna().all()


def test_slopes_of_components_are_their_differences(fits):
    """Of spend in its own parameters: the mean of all moves too. No chance, so error = slopes."""
    purchases, spend = fits
    customers = cdnow().iloc[:80]
    flat = {"horizon": 52.0, "annual_discount_rate": 0.0, "margin": 1.0}
    point = np.log([*purchases.parameters, *spend.parameters])

    def spending(moved):
        there = purchases.at(moved[:4]), spend.at(moved[4:])
        return clv.value_components(clv.value(customers, *there, **flat))["value"][1]

    steps = 1e-4 * np.eye(point.size)
    slope = np.array([(spending(point + s) - spending(point - s)) / 2e-4 for s in steps])
    valued = clv.value(customers, *fits, **flat)
    own = valued.table["expected_spend"].mean()
    brings = clv.ahead.PerPurchase(1.0, own)
    chance = valued.ahead.variances(brings).sum()
    error = np.sqrt(chance + slope @ valued.ahead.covariance @ slope)
    row = clv.value_components(valued).iloc[1]
    assert row["high"] - row["value"] == pytest.approx(1.6448536 * error, rel=1e-5)


def test_components_of_nobody_are_nothing(fits):
    valued = clv.value(cdnow().iloc[:0], *fits, horizon=52.0, **TERMS)
    assert clv.value_components(valued)["value"].iloc[:2].tolist() == [0.0, 0.0]


# For ever ----------------------------------------------------------------------------------


def test_residual_value_is_dert_times_spend_times_margin(fits):
    purchases, spend = fits
    residual = clv.residual_value(cdnow(), *fits, **TERMS)
    rate = clv.continuous_rate(0.10, "week")
    dert = purchases.discounted_expected_transactions(cdnow(), rate)
    assert_allclose(residual.table["discounted_purchases"], dert, rtol=1e-12)
    by_hand = 0.25 * dert * spend.expected_spend(cdnow())
    assert_allclose(residual.table["residual_value"], by_hand, rtol=1e-12)
    assert residual.estimate().estimate == pytest.approx(by_hand.sum(), rel=1e-12)


def test_the_value_over_ever_longer_horizons_comes_to_it(fits):
    residual = clv.residual_value(cdnow(), *fits, **TERMS, cost_to_serve=2.0)
    long = clv.value(cdnow(), *fits, horizon=5200.0, **TERMS, cost_to_serve=2.0)
    year = clv.value(cdnow(), *fits, horizon=52.0, **TERMS, cost_to_serve=2.0)
    assert_allclose(long.table["value"], residual.table["residual_value"], rtol=2e-4)
    assert (year.table["value"] < residual.table["residual_value"]).all()


def test_its_interval_holds_the_scatter_of_simulated_futures(fits):
    """Fixed parameters; each purchase discounted from its own moment, to the end."""
    purchases, spend = fits
    residual = clv.residual_value(cdnow(), *fits, annual_discount_rate=0.3, margin=1.0)
    rate = clv.continuous_rate(0.3, "week")
    totals = simulate_for_ever(cdnow(), purchases, spend, rate, np.random.default_rng(3), 60)
    chance = np.sqrt(residual.ahead.variances(residual.brings).sum())
    estimate = residual.estimate()
    assert totals.mean() == pytest.approx(estimate.estimate, abs=4 * chance / np.sqrt(60))
    assert totals.std() == pytest.approx(chance, rel=0.25)
    assert estimate.high - estimate.estimate > 1.6448536 * chance


def simulate_for_ever(customers, purchases, spend, rate, rng, futures):
    """Live on until nothing counts any more; return discounted sales of all, a future a row."""
    x, T = customers["frequency"].to_numpy(float), customers["T"].to_numpy()
    z = customers["monetary_value"].fillna(0.0).to_numpy()
    there = purchases.probability_alive(customers).to_numpy()
    totals = []
    for _ in range(futures):
        pace = rng.gamma(purchases.r + x, 1 / (purchases.alpha + T))
        leave = rng.beta(purchases.a, purchases.b + x)
        price = rng.gamma(spend.p * x + spend.q, 1 / (spend.v + x * z))
        who = np.flatnonzero(rng.random(x.size) < there)
        now, total = np.zeros(x.size), 0.0
        while who.size:
            now[who] += rng.exponential(1 / pace[who])
            who = who[now[who] < 12 / rate]
            paid = rng.gamma(spend.p, 1 / price[who])
            total += float(np.exp(-rate * now[who]) @ paid)
            who = who[rng.random(who.size) > leave[who]]
        totals.append(total)
    return np.array(totals)


def test_the_slopes_of_the_residual_value_are_its_differences(fits):
    purchases, spend = fits
    customers = cdnow().iloc[:40]
    residual, rate = clv.residual_value(customers, *fits, **TERMS), clv.continuous_rate(0.1, "week")
    sums = residual.ahead.sums()
    slopes = residual.ahead.total(residual.brings, sums).slopes
    point = np.log([*purchases.parameters, *spend.parameters])

    def everything(moved):
        dert = purchases.at(moved[:4]).discounted_expected_transactions(customers, rate)
        return 0.25 * (dert * spend.at(moved[4:]).expected_spend(customers)).sum()

    steps = 1e-4 * np.eye(point.size)
    differences = [(everything(point + s) - everything(point - s)) / 2e-4 for s in steps]
    assert_allclose(slopes, differences, rtol=1e-5)


def test_groups_and_ids_are_carried_over(fits):
    residual = clv.residual_value(cdnow(), *fits, **TERMS)
    assert residual.table["customer_id"].tolist() == cdnow()["customer_id"].tolist()
    half = pd.Series(np.arange(len(cdnow())) % 2 == 0)
    parts = residual.estimate(half).estimate + residual.estimate(~half).estimate
    assert parts == pytest.approx(residual.estimate().estimate)


# Errors --------------------------------------------------------------------------------------


def test_a_sum_without_end_needs_a_discount(fits):
    with pytest.raises(DataError, match=r"must be > 0 for a value without end; got 0.*clv\.value"):
        clv.residual_value(cdnow(), *fits, annual_discount_rate=0.0, margin=0.25)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"staying": 0.0}, r"`staying` must be in \(0, 1\]; got 0\.0"),
        ({"staying": 1.2}, r"`staying` must be in \(0, 1\]; got 1\.2"),
        ({"per_purchase": -40.0}, "`per_purchase` must be finite and > 0"),
        ({"purchases_per_year": 0.0}, "`purchases_per_year` must be finite and > 0"),
        ({"years": 0.5}, r"`years` must be finite and >= 1; got 0\.5"),
        ({"unit": "month"}, "`unit` must be 'day' or 'week'"),
    ],
)
def test_examples_that_make_no_sense_are_refused(terms, message):
    call = {"staying": 0.8, "annual_discount_rate": 0.1} | terms
    with pytest.raises(DataError, match=message):
        clv.lifetime_example(call.pop("staying"), **call)
