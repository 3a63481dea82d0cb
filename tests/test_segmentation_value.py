"""Value tiers, key accounts and concentration."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import DataError
from analysis.segmentation import concentration, key_accounts, tier_cutoffs, value_tiers
from analysis.segmentation.shares import shares_of_spend

AMOUNTS = st.sampled_from([-20.0, -0.01, 0.0, 0.5, 1.0, 9.99, 10.0, 250.0, 1e6])


def frame_of(total) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i:03}" for i in range(len(total))], "total": total})


def test_gini_and_lorenz_curve_of_a_pareto_distribution():
    """Kleiber and Kotz (2003), section 3.2: Gini 1/(2a-1), L(p) = 1 - (1-p)^(1-1/a).

    The points are the quantiles at (i - 1/2)/n; the discrete sums then differ from the
    integrals by the tail beyond the last point, below 1e-3 for a = 4 and n = 20,000.
    """
    shape, n = 4.0, 20_000
    points = (1 - (np.arange(n) + 0.5) / n) ** (-1 / shape)
    result = concentration(frame_of(points), top=(0.01, 0.2))
    assert result.gini == pytest.approx(1 / (2 * shape - 1), abs=1e-3)
    assert result.top["share_of_spend"].tolist() == pytest.approx(
        [0.01 ** (1 - 1 / shape), 0.2 ** (1 - 1 / shape)], abs=1e-3
    )
    p = result.lorenz["share_of_customers"]
    np.testing.assert_allclose(
        result.lorenz["share_of_spend"], 1 - (1 - p) ** (1 - 1 / shape), atol=1e-3
    )


def test_gini_of_the_lognormal_distribution():
    """Aitchison and Brown (1957): 2 Phi(sigma / sqrt 2) - 1; same argument as above."""
    points = stats.lognorm.ppf((np.arange(20_000) + 0.5) / 20_000, s=0.8)
    expected = 2 * stats.norm.cdf(0.8 / math.sqrt(2)) - 1
    assert concentration(frame_of(points)).gini == pytest.approx(expected, abs=1e-3)


def test_the_worked_example_of_the_tiers():
    spend = [90.0, 70.0, 70.0, 40.0, 30.0, 20.0, 10.0, 5.0, 0.0, -3.0]
    tiers = value_tiers(frame_of(spend))
    assert tiers["tier"].tolist() == ["Gold", *["Silver"] * 4, *["Bronze"] * 5]
    assert tiers["rank"].tolist() == [1, 2, 2, 4, 5, 6, 7, 8, 9, 10]
    cutoffs = tier_cutoffs(tiers)
    assert cutoffs["tier"].tolist() == ["Gold", "Silver", "Bronze"]
    assert cutoffs["customers"].tolist() == [1, 4, 5]
    assert cutoffs["lowest"].tolist() == [90.0, 30.0, -3.0]
    assert cutoffs["highest"].tolist() == [90.0, 70.0, 20.0]
    assert cutoffs["share_of_spend"].tolist() == pytest.approx([90 / 332, 210 / 332, 32 / 332])


def test_equals_who_do_not_fit_are_all_bronze():
    assert set(value_tiers(frame_of([5.0] * 8))["tier"]) == {"Bronze"}


def test_who_spent_nothing_is_bronze_even_at_the_top():
    assert value_tiers(frame_of([1.0] + [0.0] * 9))["tier"].tolist() == ["Gold"] + ["Bronze"] * 9
    sinking = frame_of([5.0, 0.0, *range(-8, 0)])
    assert value_tiers(sinking)["tier"].tolist() == ["Gold"] + ["Bronze"] * 9


def test_shares_that_are_whole_numbers_of_customers_are_filled():
    counts = value_tiers(frame_of(np.arange(1.0, 11)), gold_share=0.3, silver_share=0.3)["tier"]
    assert counts.value_counts().reindex(["Gold", "Silver", "Bronze"]).tolist() == [3, 3, 4]


def test_key_accounts_by_hand():
    customers = frame_of([10.0, 50.0, 30.0, 30.0, 0.0, -20.0]).assign(city=list("abcdef"))
    listed = key_accounts(customers, share=0.1, at_least=2)
    assert listed["customer_id"].tolist() == ["c001", "c002", "c003"]
    assert listed["rank"].tolist() == [1, 2, 2]
    assert listed["city"].tolist() == ["b", "c", "d"]
    assert listed["share_of_spend"].tolist() == [0.5, 0.3, 0.3]
    assert listed["cumulative_share"].tolist() == pytest.approx([0.5, 0.8, 1.1])


def test_a_rank_that_is_there_already_is_replaced():
    listed = key_accounts(frame_of([1.0, 2.0]).assign(rank=9))
    assert listed.columns.tolist() == [
        "rank", "customer_id", "total", "share_of_spend", "cumulative_share",
    ]  # fmt: skip
    assert listed["rank"].tolist() == [1, 2]


def test_an_index_that_repeats_does_not_matter():
    customers = frame_of([10.0, 50.0, 30.0])
    repeated = customers.set_index(pd.Index([7, 7, 7]))
    pd.testing.assert_frame_equal(key_accounts(repeated), key_accounts(customers))


def test_key_accounts_have_spent_something():
    assert len(key_accounts(frame_of([5.0, 0.0, -1.0]))) == 1
    assert len(key_accounts(frame_of([1.0] * 500))) == 500


def test_concentration_by_hand():
    """Four customers with 1, 2, 3, 4: sum (2i - 5) x = 10, so Gini = 10 / (4 * 10)."""
    result = concentration(frame_of([4.0, 2.0, 1.0, 3.0]), top=(0.25, 0.5))
    assert result.gini == pytest.approx(0.25)
    assert result.top["customers"].tolist() == [1, 2]
    assert result.top["share_of_spend"].tolist() == pytest.approx([0.4, 0.7])
    lorenz = result.lorenz.set_index(result.lorenz["share_of_customers"].round(2))
    assert lorenz.loc[[0.0, 0.25, 0.5, 0.75, 1.0], "share_of_spend"].tolist() == pytest.approx(
        [0, 0.1, 0.3, 0.6, 1]
    )


def test_returns_beyond_purchases_count_as_nothing():
    result = concentration(frame_of([-50.0, 0.0, 10.0]))
    assert result.below_zero == 1
    assert result.customers == 3
    assert result.gini == pytest.approx(concentration(frame_of([0.0, 0.0, 10.0])).gini)


def test_nobody_is_ahead_when_all_spend_the_same():
    result = concentration(frame_of([7.0] * 50), top=(0.2,))
    assert result.gini == pytest.approx(0, abs=1e-12)
    assert result.top["share_of_spend"].iloc[0] == pytest.approx(0.2)


@given(st.lists(AMOUNTS, min_size=1, max_size=40), st.floats(0.05, 0.45), st.floats(0.05, 0.5))
def test_tiers_never_split_equals_nor_overflow(total, gold_share, silver_share):
    tiers = value_tiers(frame_of(total), gold_share=gold_share, silver_share=silver_share)
    assert tiers.groupby("spend")["tier"].nunique().max() == 1
    assert tiers.sort_values("spend", ascending=False)["tier"].cat.codes.is_monotonic_increasing
    assert (tiers.loc[tiers["spend"] <= 0, "tier"] == "Bronze").all()
    sizes = tiers["tier"].value_counts()
    assert sizes["Gold"] <= gold_share * len(total) + 1e-6
    assert sizes["Gold"] + sizes["Silver"] <= (gold_share + silver_share) * len(total) + 1e-6
    cutoffs = tier_cutoffs(tiers)
    assert cutoffs["customers"].sum() == len(total)
    assert cutoffs["share_of_customers"].sum() == pytest.approx(1)
    assert cutoffs["spend"].sum() == pytest.approx(sum(total))


@given(st.lists(AMOUNTS, min_size=2, max_size=40).filter(lambda total: max(total) > 0))
def test_concentration_stays_in_its_bounds(total):
    result = concentration(frame_of(total), top=(0.01, 0.2, 0.5))
    assert -1e-12 <= result.gini < 1
    shares = result.top["share_of_spend"]
    assert shares.between(0, 1 + 1e-12).all()
    assert shares.is_monotonic_increasing
    assert (shares >= result.top["top_share"] - 1e-12).all()
    spend = result.lorenz["share_of_spend"].to_numpy()
    assert spend[0] == 0
    assert spend[-1] == 1
    assert (np.diff(spend) >= -1e-12).all()
    assert (np.diff(spend, 2) >= -1e-9).all()  # convex
    assert (spend <= result.lorenz["share_of_customers"] + 1e-12).all()


@given(st.lists(AMOUNTS, min_size=2, max_size=30).filter(lambda total: max(total) > 0))
def test_concentration_knows_neither_order_nor_currency(total):
    one = concentration(frame_of(total))
    other = concentration(frame_of([100 * amount for amount in reversed(total)]))
    assert one.gini == pytest.approx(other.gini, abs=1e-12)
    assert one.gini_low == pytest.approx(other.gini_low, abs=1e-9, nan_ok=True)


def test_errors_equal_the_jackknife_and_the_bootstrap():
    rng = np.random.default_rng(7)
    x = rng.lognormal(sigma=1.0, size=800)
    n = len(x)
    result = concentration(frame_of(x), top=(0.2,))

    def gini(values):
        values = np.sort(values)
        m = len(values)
        return np.sum((2 * np.arange(1, m + 1) - m - 1) * values) / (m * values.sum())

    def top_fifth(values):
        return np.sort(values)[-160:].sum() / values.sum()

    left_out = np.array([gini(np.delete(x, i)) for i in range(n)])
    jackknife = math.sqrt((n - 1) ** 2 / n * left_out.var(ddof=1))
    assert error_of(result.gini_low, result.gini_high) == pytest.approx(jackknife, rel=0.02)
    draws = [top_fifth(rng.choice(x, n)) for _ in range(2000)]
    limits = result.top.iloc[0]
    # A bootstrap error from 2,000 draws is itself known to 1.6%; 8% is five of these.
    assert error_of(limits["low"], limits["high"]) == pytest.approx(np.std(draws), rel=0.08)


def error_of(low: float, high: float) -> float:
    """Return the standard error behind 95% limits that are symmetric on the logit scale."""
    middle = (math.log(low / (1 - low)) + math.log(high / (1 - high))) / 2
    p = 1 / (1 + math.exp(-middle))
    width = math.log(high / (1 - high)) - math.log(low / (1 - low))
    return width / (2 * 1.959964) * p * (1 - p)


def test_intervals_cover_the_truth():
    """400 samples: a coverage of 95% is seen between 91.7% and 98.3% in 998 of 1,000 runs.

    The lower bound gives two points more for the skew that a sample of 500 leaves.
    """
    rng = np.random.default_rng(11)
    gini = 2 * stats.norm.cdf(0.7 / math.sqrt(2)) - 1
    top_fifth = stats.norm.cdf(0.7 - stats.norm.ppf(0.8))
    half = stats.norm.cdf(0.7)  # lognormal spend of those above the median
    hits = np.zeros(3)
    for _ in range(400):
        x = rng.lognormal(sigma=0.7, size=500)
        result = concentration(frame_of(x), top=(0.2,))
        hits[0] += result.gini_low < gini < result.gini_high
        hits[1] += result.top["low"].iloc[0] < top_fifth < result.top["high"].iloc[0]
        groups = [x[x > 1], x[x <= 1]]
        _, low, high = shares_of_spend([y.sum() for y in groups], [y @ y for y in groups])
        hits[2] += low[0] < half < high[0]
    assert ((hits / 400 > 0.897) & (hits / 400 < 0.983)).all()


def test_a_share_outside_its_range():
    with pytest.raises(DataError, match="`gold_share` is a share and lies between 0 and 1; got 1"):
        value_tiers(frame_of([1.0]), gold_share=1)
    with pytest.raises(
        DataError, match=r"together must stay below 1, for bronze; got 0\.6 \+ 0\.4"
    ):
        value_tiers(frame_of([1.0]), gold_share=0.6, silver_share=0.4)
    with pytest.raises(DataError, match="`top` is a share"):
        concentration(frame_of([1.0]), top=(20,))


def test_concentration_without_any_spend():
    with pytest.raises(DataError, match="at least one customer with `total` above 0; none of 2"):
        concentration(frame_of([0.0, -3.0]))
