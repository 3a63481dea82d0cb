"""Profiles by attribute."""

from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.errors import DataError
from analysis.segmentation import coverage, profile, read_attributes
from analysis.segmentation.profile import holm, level_key
from analysis.tables import from_frame


def customers_of(tiers, spend=None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(tiers))],
            "tier": tiers,
            "spend": [1.0] * len(tiers) if spend is None else spend,
        }
    )


def test_a_two_by_two_table_by_hand():
    """30 of 40 in town and 10 of 40 outside are gold: chi-squared with Yates' correction."""
    tiers = ["Gold"] * 30 + ["Bronze"] * 10 + ["Gold"] * 10 + ["Bronze"] * 30
    attributes = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(80)], "where": ["town"] * 40 + ["outside"] * 40}
    )
    table = profile(customers_of([*tiers, "Gold"]), attributes)
    assert table["level"].tolist() == ["outside", "town"]
    assert table["in_group"].tolist() == [10, 30]
    assert table["share"].tolist() == [0.25, 0.75]
    assert table["overall"].tolist() == [0.5, 0.5]
    statistic = 80 * (abs(30 * 30 - 10 * 10) - 40) ** 2 / (40 * 40 * 40 * 40)
    assert table["p_value"].tolist() == pytest.approx([stats.chi2.sf(statistic, 1)] * 2)
    assert table["p_adjusted"].tolist() == table["p_value"].tolist()


def test_small_levels_are_left_out_and_unknown_ones_named():
    attributes = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(10)], "size": ["1"] * 4 + [None] * 4 + ["2"] * 2}
    )
    table = profile(customers_of(["Gold", "Bronze"] * 5), attributes, minimum_customers=4)
    assert table["level"].tolist() == ["1", "Not stated"]


def test_one_level_cannot_be_tested():
    attributes = pd.DataFrame({"customer_id": ["c0", "c1"], "size": ["1", "1"]})
    table = profile(customers_of(["Gold", "Bronze"]), attributes, minimum_customers=1)
    assert table["p_value"].isna().all()
    assert table["share"].tolist() == [0.5]


def test_no_attributes_give_an_empty_profile():
    nobody = pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    assert profile(customers_of(["Gold"]), nobody).empty
    assert coverage(customers_of(["Gold"]), nobody).known == 0


def test_levels_read_in_natural_order():
    levels = ["250K+", "Not stated", "100-124K", "15-24K", "Under 15K", "renter", "owner"]
    assert sorted(levels, key=level_key) == [
        "Under 15K", "15-24K", "100-124K", "250K+", "owner", "renter", "Not stated",
    ]  # fmt: skip


def test_coverage_by_hand():
    """Means 4 and 2 of two customers each: variances 2 and 2, relative errors 1/4 and 1/2."""
    attributes = pd.DataFrame({"customer_id": ["c0", "c1"]})
    result = coverage(customers_of(["Gold"] * 4, [3.0, 5.0, 1.0, 3.0]), attributes)
    assert (result.known, result.customers, result.ratio) == (2, 4, 2.0)
    step = 1.959964 * np.sqrt(1 / 16 + 1 / 4)
    assert (result.low, result.high) == pytest.approx((2 * np.exp(-step), 2 * np.exp(step)))


def test_a_source_without_attributes_gives_none():
    orders = pd.DataFrame(
        {"customer_id": ["a"], "order_date": [pd.Timestamp("2024-01-01")], "amount": [1.0]}
    )
    assert len(read_attributes(from_frame(orders))) == 0


def test_the_attributes_of_the_sample(sample):
    attributes = read_attributes(sample)
    assert len(attributes) == 801
    assert "income" in attributes.columns


@settings(max_examples=30)
@given(st.lists(st.integers(0, 100).map(lambda percent: percent / 100), min_size=1, max_size=8))
def test_holm_equals_statsmodels(p_values):
    with mock.patch("gc.collect"):  # statsmodels calls it each time, for half a second
        theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(theirs)


def test_holm_leaves_out_what_could_not_be_tested():
    assert holm([0.01, float("nan"), 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_a_group_that_is_not_there():
    with pytest.raises(DataError, match="`group` must be a value of `tier`; 'Platinum' is not"):
        profile(customers_of(["Gold"]), pd.DataFrame({"customer_id": ["c0"]}), group="Platinum")
