"""What acting should bring and what it did: published values, toys by hand, truth recovered."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import churn, tables
from analysis.churn.control import _shares
from analysis.errors import DataError, TooFewError

TOY = pd.DataFrame(
    {"customer_id": ["a", "b", "c"], "at_stake": [1000.0, 200.0, 40.0],
     "at_stake_error": [100.0, 50.0, 10.0]}
)  # fmt: skip


def test_the_interval_of_a_difference_of_shares():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, Table II, (a), method 10: 56/70 - 48/80
    acted, left = np.arange(70) < 56, np.arange(80) < 48
    found = _shares(acted, left, 0.95)
    assert found["difference"] == pytest.approx(0.2)
    assert (found["low"], found["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_the_group_of_a_customer_is_its_hash():
    digest = hashlib.sha256(b"2017-12\nc7").hexdigest()
    share = int(digest[:16], 16) / 16**16
    assert churn.control_group(["c7"], "2017-12", share + 1e-9) == ["leave alone"]
    assert churn.control_group(["c7"], "2017-12", share - 1e-9) == ["act"]
    assert churn.control_group([7], "2017-12", 0.5) == churn.control_group(["7"], "2017-12", 0.5)


def test_an_expected_gain_worked_by_hand():
    found = churn.expected_gain(TOY, "at_stake", success_rate=0.1, contact_cost=6)
    assert list(found.table.to_frame()["expected_gain"]) == pytest.approx([94, 14, -2])
    assert list(found.table.to_frame()["worthwhile"]) == [True, True, False]
    assert (found.worthwhile, found.cost, found.gain) == (2, 12, pytest.approx(108))
    half = 1.959964 * np.sqrt(0.09 * (1000**2 + 200**2) + 0.1 * (100**2 + 50**2))
    assert (found.low, found.high) == pytest.approx((108 - half, 108 + half), rel=1e-6)
    assert (found.break_even_rate, found.break_even_value) == pytest.approx((12 / 1200, 60))
    half = 1.959964 * np.sqrt(100**2 + 50**2 + 10**2)
    assert (found.value_low, found.value_high) == pytest.approx((1240 - half, 1240 + half))
    at_break_even = churn.expected_gain(
        TOY.head(2), "at_stake", success_rate=found.break_even_rate + 1e-12, contact_cost=6
    )
    assert at_break_even.table.to_frame()["expected_gain"].sum() == pytest.approx(0, abs=1e-6)


def test_nobody_is_worth_a_contact_that_costs_too_much():
    found = churn.expected_gain(TOY, "at_stake", success_rate=0.1, contact_cost=500)
    assert (found.worthwhile, found.cost, found.gain, found.low) == (0, 0, 0, 0)
    assert np.isnan(found.break_even_rate)
    empty = churn.expected_gain(TOY.head(0), "at_stake", success_rate=0.1, contact_cost=5)
    assert (empty.customers, empty.value, empty.gain) == (0, 0, 0)


def test_a_gain_by_risk_worked_by_hand():
    rows = pd.DataFrame({"value": [1000.0, 200.0], "value_error": [100.0, 50.0], "p": [0.5, 0.1]})
    found = churn.expected_gain(rows, "value", risk="p", success_rate=0.1, contact_cost=6)
    assert list(found.table.to_frame()["expected_gain"]) == pytest.approx([44, -4])
    assert (found.worthwhile, found.gain, found.value) == (1, 44, 520)
    z = stats.norm.ppf(0.975)
    # sum of p (1 - p) v^2 + p e^2, for who would leave and for who would be kept
    stake = 0.25 * 1000**2 + 0.5 * 100**2 + 0.09 * 200**2 + 0.1 * 50**2
    assert found.value_high == pytest.approx(520 + z * np.sqrt(stake))
    assert found.high == pytest.approx(44 + z * np.sqrt(0.05 * 0.95 * 1000**2 + 0.05 * 100**2))
    assert found.break_even_rate == pytest.approx(6 / 500)
    certain = churn.expected_gain(
        rows.assign(p=1.0), "value", risk="p", success_rate=0.1, contact_cost=6
    )
    without = churn.expected_gain(rows, "value", success_rate=0.1, contact_cost=6)
    assert (certain.gain, certain.low, certain.value_low) == (
        without.gain, without.low, without.value_low,
    )  # fmt: skip


def test_the_groups_are_stable_random_and_drawn_anew_each_period():
    ids = [f"c{i}" for i in range(20_000)]
    december = np.array(churn.control_group(ids, "2017-12", 0.1)) == "leave alone"
    again = np.array(churn.control_group(ids[::-1], "2017-12", 0.1))[::-1] == "leave alone"
    january = np.array(churn.control_group(ids, "2018-01", 0.1)) == "leave alone"
    assert (december == again).all()
    assert stats.binomtest(int(december.sum()), 20_000, 0.1).pvalue > 0.001
    assert stats.binomtest(int((december & january).sum()), 20_000, 0.01).pvalue > 0.001
    larger = np.array(churn.control_group(ids, "2017-12", 0.2)) == "leave alone"
    assert (larger | ~december).all()  # a larger share leaves the same ones alone, and more
    assert set(churn.control_group(ids, "2017-12", 0.0)) == {"act"}


def campaign(rng, customers=4000, lift=0.08):
    """Customers of a list of whom 30% order anyway, and `lift` more of those acted on."""
    ids = [f"c{i:04d}" for i in range(customers)]
    listed = pd.DataFrame({"customer_id": ids, "group": churn.control_group(ids, "2024-01", 0.3)})
    chance = 0.3 + lift * (listed["group"] == "act")
    orders = listed.loc[rng.random(customers) < chance, ["customer_id"]]
    after = orders.assign(order_date=pd.Timestamp("2024-02-10"), amount=20.0)
    before = listed[["customer_id"]].assign(order_date=pd.Timestamp("2024-01-05"), amount=20.0)
    return tables.from_frame(pd.concat([before, after])), listed


def test_what_acting_did_is_recovered():
    source, listed = campaign(np.random.default_rng(3))
    found = churn.measure_action(
        source, listed, after="2024-01-31", until="2024-02-29", margin=0.25
    )
    assert found.controlled
    rows = found.effect.set_index("outcome")
    assert rows.loc["ordered", "low"] < 0.08 < rows.loc["ordered", "high"]
    assert rows.loc["margin", "difference"] == pytest.approx(5 * rows.loc["ordered", "difference"])
    assert rows.loc["ordered", "p_value"] < 1e-4
    assert list(found.groups["customers"]) == [
        (listed["group"] == name).sum() for name in ("act", "leave alone")
    ]
    nothing = churn.measure_action(source, listed, after="2024-02-10", until="2024-02-29")
    assert (nothing.effect["difference"] == 0).all()


def test_the_interval_covers_no_effect_as_often_as_it_says():
    source, everybody = campaign(np.random.default_rng(11), 10_000, lift=0.0)
    covered = 0
    for first in range(0, 10_000, 400):
        listed = everybody.iloc[first : first + 400].reset_index(drop=True)
        found = churn.measure_action(source, listed, after="2024-01-31", until="2024-02-29")
        row = found.effect.iloc[0]
        covered += row["low"] <= 0 <= row["high"]
    assert covered >= 21


def test_without_a_control_group_it_is_an_association():
    source, listed = campaign(np.random.default_rng(3))
    contacted = listed.assign(contacted=listed["group"] == "act", group="act")
    found = churn.measure_action(source, contacted, after="2024-01-31", until="2024-02-29")
    assert not found.controlled
    assert found.effect["difference"].iloc[0] > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"success_rate": 0.0}, "`success_rate` is a share of the customers contacted"),
        ({"contact_cost": -1.0}, "`contact_cost` must be >= 0; it is -1.0"),
        ({"value": "worth"}, "needs the column `worth`; it is not there"),
    ],
)
def test_values_out_of_range(options, message):
    given = {"value": "at_stake", "success_rate": 0.1, "contact_cost": 5.0} | options
    with pytest.raises(DataError, match=message):
        churn.expected_gain(TOY, given.pop("value"), **given)


def test_lists_that_cannot_be_measured():
    source, listed = campaign(np.random.default_rng(3), 60)
    days = {"after": "2024-01-31", "until": "2024-02-29"}
    with pytest.raises(DataError, match="`group` with some 'leave alone', or a column `contacted`"):
        churn.measure_action(source, listed.assign(group="act"), **days)
    with pytest.raises(DataError, match="'c0000' is there more often"):
        churn.measure_action(source, pd.concat([listed, listed.head(1)]), **days)
    with pytest.raises(TooFewError, match="at least 10 customers acted on and as many left alone"):
        churn.measure_action(source, listed.head(12), **days)
    with pytest.raises(DataError, match=r"in \[0, 1\); it is 1.0"):
        churn.control_group(["a"], "2024-01", 1.0)
