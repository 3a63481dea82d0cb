from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from survival_reference import assert_equals_r, expected, telco

from analysis import survival
from analysis.errors import DataError


def causes(column: str) -> pd.Series:
    return telco()[column].where(telco()[column] > 0)


def assert_shares_equal_r(
    ours: survival.AalenJohansen, r: dict[str, Any], names: list[Any], *, group: Any = None
) -> None:
    table = ours.at(r["time"])
    if group is not None:
        table = table[table["group"] == group]
    for k, name in enumerate(names, start=1):  # the first state of R is having no event
        rows = table[table["cause"] == name]
        assert_equals_r(rows["cumulative_incidence"], np.array(r["pstate"])[:, k])
        assert_equals_r(rows["std_err"], np.array(r["std_err_ij"])[:, k])
        if "lower_log" in r:
            seen = np.array(r["pstate"])[:, k] > 0  # before, R says 0 in one table, NA in another
            assert_equals_r(rows["low"][seen], np.array(r["lower_log"], float)[seen, k])
            assert_equals_r(rows["high"][seen], np.array(r["upper_log"], float)[seen, k])


# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


def test_five_causes_equal_r() -> None:
    r = expected("telco")["aj_cause5"]["groups"]["all"]
    ours = survival.aalen_johansen(telco()["tenure"], causes("cause5"), interval="log")
    assert_shares_equal_r(ours, r, [1, 2, 3, 4, 5])


@pytest.mark.parametrize(("column", "count"), [("cause2", 2), ("cause5", 5)])
def test_causes_by_contract_equal_r(column: str, count: int) -> None:
    ours = survival.aalen_johansen(
        telco()["tenure"], causes(column), groups=telco()["contract"], interval="log"
    )
    for name, r in expected("telco")[f"aj_{column}_by_contract"]["groups"].items():
        group = name.removeprefix("contract=")
        assert_shares_equal_r(ours, r, list(range(1, count + 1)), group=group)


def test_delayed_entry_equals_r() -> None:
    later = telco()["tenure"] > 0
    tenure = telco()["tenure"][later]
    ours = survival.aalen_johansen(
        tenure, causes("cause5")[later], entry=np.maximum(0, tenure - 24), interval="log"
    )
    assert_shares_equal_r(ours, expected("telco")["aj_cause5_delayed_24m"], [1, 2, 3, 4, 5])


def test_aalen_variances_equal_r() -> None:  # cmprsk
    tenure, r = telco()["tenure"], expected("telco")
    for key, column, group in [
        ("cuminc_cause5", "cause5", None),
        ("cuminc_cause5_by_contract", "cause5", "contract"),
        ("cuminc_cause2_by_senior", "cause2", "senior"),
    ]:
        groups = None if group is None else telco()[group].astype(str)
        ours = survival.aalen_johansen(tenure, causes(column), groups=groups, variance="aalen")
        rows = ours.at(r[key]["time"])
        rows["name"] = rows.get("group", "1") + " " + rows["cause"].astype(int).astype(str)
        assert set(rows["name"]) == set(r[key]["est"])
        for name, part in rows.groupby("name"):
            assert_equals_r(part["cumulative_incidence"], r[key]["est"][name])
            assert_equals_r(part["std_err"] ** 2, r[key]["var"][name])


def test_time_lost_equals_r() -> None:
    ours = survival.aalen_johansen(telco()["tenure"], causes("cause5"))
    for r in expected("telco")["aj_cause5"]["restricted_mean_time_in_state"]:
        table = ours.time_lost(r["tau"])
        _, events, means = np.array(r["values"]).T
        assert_equals_r(table["time_lost"], means[1:])
        assert_equals_r(r["tau"] - table["time_lost"].sum(), means[0])
        shares = ours.table.groupby("cause")["n_event"].sum()
        assert shares.tolist() == events[1:].tolist()


@pytest.mark.parametrize(
    ("key", "column", "group"),
    [
        ("cuminc_cause5_by_contract", "cause5", "contract"),
        ("cuminc_cause2_by_senior", "cause2", "senior"),
    ],
)
def test_gray_equals_r(key: str, column: str, group: str) -> None:  # cmprsk
    r = expected("telco")[key]["gray_test"]
    table = survival.gray_test(telco()["tenure"], causes(column), telco()[group])
    assert table["cause"].tolist() == [float(cause) for cause in r["cause"]]
    assert_equals_r(table["statistic"], r["stat"])
    assert table["dof"].tolist() == r["df"]
    assert_equals_r(table["p_value"], r["p"], atol=1e-15)


# --- worked by hand ------------------------------------------------------------------------------


def test_four_customers_by_hand() -> None:
    table = survival.aalen_johansen([1, 2, 3, 4], ["price", "moved", None, "price"]).table
    price = table[table["cause"] == "price"]
    assert price["n_event"].tolist() == [1, 0, 0, 1]
    np.testing.assert_allclose(price["cumulative_incidence"], [0.25, 0.25, 0.25, 0.75])
    moved = table[table["cause"] == "moved"]
    np.testing.assert_allclose(moved["cumulative_incidence"], [0, 0.25, 0.25, 0.25])


def test_time_lost_by_hand() -> None:
    # Price takes a quarter from 1 on and a half from 4 on; moving a quarter from 2 on.
    ours = survival.aalen_johansen([1, 2, 3, 4, 5], ["price", "moved", None, "price", None])
    table = ours.time_lost(4).set_index("cause")
    assert table.loc["price", "time_lost"] == pytest.approx(0.2 * 3)
    assert table.loc["moved", "time_lost"] == pytest.approx(0.2 * 2)


def test_gray_of_a_single_cause_is_the_log_rank_test() -> None:
    # The scores are the same, and their variances in a large sample.
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1], 4000)
    leaves = rng.exponential(1 + 0.1 * group)
    time, cause = np.minimum(leaves, 1), np.where(leaves < 1, "left", None)
    (row,) = survival.gray_test(time, cause, group).to_dict("records")
    known = survival.log_rank(time, leaves < 1, group)
    assert known.statistic > 8
    assert row["statistic"] == pytest.approx(known.statistic, rel=0.05)
    assert row["dof"] == 1


# --- invariants ----------------------------------------------------------------------------------

SAMPLES = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["a", "b", None]), st.integers(0, 8)),
    min_size=3,
    max_size=30,
).map(lambda rows: [row for row in rows if row[2] < row[0]] + [(10, "a", 0), (9, "b", 0)])


@given(SAMPLES)
@settings(deadline=None, max_examples=40)
@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_all_shares_add_up_to_one(sample: Any) -> None:
    time, cause, entry = map(list, zip(*sample, strict=True))
    event = [c is not None for c in cause]
    shares = survival.aalen_johansen(time, cause, entry=entry).table
    stayed = survival.kaplan_meier(time, event, entry=entry).table["survival"]
    total = shares.groupby("time")["cumulative_incidence"].sum().to_numpy() + stayed
    np.testing.assert_allclose(total, 1)


@given(SAMPLES)
@settings(deadline=None, max_examples=25)
def test_errors_equal_a_numerical_jackknife(sample: Any) -> None:
    time, cause, entry = (list(column) for column in zip(*sample, strict=True))
    n = len(time)
    ours = survival.aalen_johansen(time, cause, entry=entry)
    squares = np.zeros(len(ours.table))
    for i in range(n):
        up, down = (
            survival.aalen_johansen(time, cause, entry=entry, weights=1 + h * (np.arange(n) == i))
            for h in (1e-5, -1e-5)
        )
        slope = up.table["cumulative_incidence"] - down.table["cumulative_incidence"]
        squares += (slope / 2e-5) ** 2
    # Where everybody left has the event at once the derivative is one-sided; not compared.
    left = ours.table["n_risk"].to_numpy() > 1
    np.testing.assert_allclose(ours.table["std_err"][left], np.sqrt(squares)[left], atol=2e-5)


@given(SAMPLES, st.floats(0.5, 9))
@settings(deadline=None, max_examples=12)
def test_the_error_of_the_time_lost_equals_a_numerical_jackknife(sample: Any, tau: float) -> None:
    time, cause, entry = (list(column) for column in zip(*sample, strict=True))
    n = len(time)
    ours = survival.aalen_johansen(time, cause, entry=entry)
    left = ours.table.query("n_risk > 1")  # see above
    tau = min(tau, left["time"].max())
    squares = np.zeros(2 if "b" in cause else 1)
    for i in range(n):
        up, down = (
            survival.aalen_johansen(time, cause, entry=entry, weights=1 + h * (np.arange(n) == i))
            for h in (1e-5, -1e-5)
        )
        slope = up.time_lost(tau)["time_lost"] - down.time_lost(tau)["time_lost"]
        squares += (slope / 2e-5) ** 2
    np.testing.assert_allclose(ours.time_lost(tau)["std_err"], np.sqrt(squares), atol=1e-4)


def test_a_weight_of_two_is_two_rows() -> None:
    time, cause, weight = [1, 2, 3, 3, 5], ["a", "b", None, "a", "b"], [2, 1, 2, 1, 2]
    weighted = survival.aalen_johansen(time, cause, weights=weight)
    rows = np.repeat(np.arange(5), weight)
    repeated = survival.aalen_johansen(np.array(time)[rows], np.array(cause, object)[rows])
    pd.testing.assert_frame_equal(weighted.table, repeated.table)


# --- recovery of simulated truth -----------------------------------------------------------------


def test_recovers_two_constant_hazards() -> None:
    rng = np.random.default_rng(9)
    time, price = rng.exponential(10, 20_000), rng.random(20_000) < 0.3
    cause = np.where(price, "price", "moved").astype(object)
    end = np.minimum(time, 12)
    cause[time > 12] = None
    table = survival.aalen_johansen(end, cause).at(8).set_index("cause")
    truth = pd.Series({"price": 0.3, "moved": 0.7}) * (1 - np.exp(-0.8))
    gap = (table["cumulative_incidence"] - truth).abs()
    assert (gap < 4 * table["std_err"]).all()


def test_gray_is_uniform_under_equality_and_sees_what_differs() -> None:
    rng = np.random.default_rng(6)
    p = []
    for _ in range(200):
        time, group = rng.integers(1, 30, 150), rng.integers(0, 3, 150)
        cause = rng.choice(np.array(["a", "b", None], object), 150, p=[0.4, 0.4, 0.2])
        p.append(survival.gray_test(time, cause, group)["p_value"][0])
    assert stats.kstest(p, "uniform").pvalue > 0.01
    # One pace of leaving for price, yet moving takes many of the second group before.
    group = np.repeat([0, 1], 5000)
    price, moved = rng.exponential(10, 10_000), rng.exponential(np.where(group == 1, 3, 30))
    cause = np.where(price < moved, "price", "moved")
    time = np.minimum(price, moved)
    by_share = survival.gray_test(time, cause, group).set_index("cause")
    by_pace = survival.log_rank(time, cause == "price", group)
    assert by_share.loc["price", "log_p_value"] < -20
    assert by_pace.log_p_value > -7


# --- errors, by their message --------------------------------------------------------------------


def test_bad_causes_are_named() -> None:
    with pytest.raises(DataError, match="`causes` must hold a label where a row ended; all 2"):
        survival.aalen_johansen([1, 2], [None, np.nan])
    with pytest.raises(DataError, match="`durations` has 2 and `causes` has 1"):
        survival.aalen_johansen([1, 2], ["a"])
    with pytest.raises(DataError, match="`durations` must be >= 0; 1 of 2"):
        survival.aalen_johansen([1, -2], ["a", None])


def test_bad_options_are_named() -> None:
    with pytest.raises(DataError, match="`variance` must be one of"):
        survival.aalen_johansen([1, 2], ["a", "b"], variance="delta")  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"`tau` must lie between 0 and .* 2\.0; got 3"):
        survival.aalen_johansen([1, 2], ["a", "b"]).time_lost(3)
    with pytest.raises(DataError, match="`groups` must hold two labels or more; it holds 1"):
        survival.gray_test([1, 2], ["a", "b"], [1, 1])
