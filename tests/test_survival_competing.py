from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


# --- worked by hand ------------------------------------------------------------------------------


def test_four_customers_by_hand() -> None:
    table = survival.aalen_johansen([1, 2, 3, 4], ["price", "moved", None, "price"]).table
    price = table[table["cause"] == "price"]
    assert price["n_event"].tolist() == [1, 0, 0, 1]
    np.testing.assert_allclose(price["cumulative_incidence"], [0.25, 0.25, 0.25, 0.75])
    moved = table[table["cause"] == "moved"]
    np.testing.assert_allclose(moved["cumulative_incidence"], [0, 0.25, 0.25, 0.25])


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


# --- errors, by their message --------------------------------------------------------------------


def test_bad_causes_are_named() -> None:
    with pytest.raises(DataError, match="`causes` must hold a label where a row ended; all 2"):
        survival.aalen_johansen([1, 2], [None, np.nan])
    with pytest.raises(DataError, match="`durations` has 2 and `causes` has 1"):
        survival.aalen_johansen([1, 2], ["a"])
    with pytest.raises(DataError, match="`durations` must be >= 0; 1 of 2"):
        survival.aalen_johansen([1, -2], ["a", None])
