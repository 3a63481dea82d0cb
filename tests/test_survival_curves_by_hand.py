"""Curves by hand, against a naive second implementation, and what they refuse."""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import lung

from analysis import survival
from analysis.errors import AnalysisWarning, DataError

INTERVALS = ["log-log", "log", "plain", "logit", "arcsin"]

# --- worked by hand ------------------------------------------------------------------------------


def test_five_customers_by_hand() -> None:
    curve = survival.kaplan_meier([1, 2, 2, 3, 4], [True, True, False, False, True])
    assert curve.table["n_risk"].tolist() == [5, 4, 2, 1]
    np.testing.assert_allclose(curve.table["survival"], [0.8, 0.6, 0.6, 0.0])
    np.testing.assert_allclose(curve.table["std_err"][0], np.sqrt(0.8 * 0.2 / 5))
    assert np.isnan(curve.table["std_err"][3])
    np.testing.assert_allclose(curve.restricted_mean(4)["mean"], 1 + 0.8 + 2 * 0.6)


def test_who_enters_at_t_is_not_at_risk_at_t() -> None:
    # statsmodels counts an entrant at the very moment of entry.
    curve = survival.kaplan_meier([2, 3, 4], [1, 1, 1], entry=[0, 2, 0])
    assert curve.table["n_risk"].tolist() == [2, 2, 1]
    assert curve.at([2, 2.5, 3.5])["n_risk"].tolist() == [2, 2, 1]


def test_quantile_on_a_plateau_is_its_midpoint() -> None:
    curve = survival.kaplan_meier([1, 2, 6, 7], [1, 1, 1, 1])
    assert curve.quantile(0.5)["time"].item() == 4.0
    assert np.isnan(survival.kaplan_meier([1, 2, 3], [1, 0, 0]).quantile(0.5)["time"].item())


# --- invariants ----------------------------------------------------------------------------------

SAMPLES = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 8), st.integers(1, 4)),
    min_size=1,
    max_size=30,
).map(lambda rows: np.array([row for row in rows if row[2] < row[0]] or [(2, True, 0, 1)]).T)


@given(SAMPLES)
@settings(deadline=None, max_examples=60)
@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_equals_a_naive_second_implementation(sample: Any) -> None:
    time, event, entry, weight = sample
    table = survival.kaplan_meier(time, event, entry=entry, weights=weight).table
    S = 1.0
    for row in table.itertuples():
        n = sum(w for t, e, w in zip(time, entry, weight, strict=True) if e < row.time <= t)
        d = sum(w for t, y, w in zip(time, event, weight, strict=True) if y and t == row.time)
        S *= 1 - d / n
        assert (row.n_risk, row.n_event) == (n, d)
        assert row.survival == pytest.approx(S)


@given(SAMPLES)
@settings(deadline=None, max_examples=30)
@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_a_weight_of_three_is_three_rows(sample: Any) -> None:
    time, event, entry, weight = sample
    weighted = survival.kaplan_meier(time, event, entry=entry, weights=weight)
    time, event, entry = (np.repeat(column, weight) for column in (time, event, entry))
    repeated = survival.kaplan_meier(time, event, entry=entry)
    pd.testing.assert_frame_equal(weighted.table, repeated.table)


@given(SAMPLES)
@settings(deadline=None, max_examples=30)
@pytest.mark.parametrize("interval", INTERVALS)
def test_limits_hold_the_estimate_and_stay_in_range(interval: Any, sample: Any) -> None:
    time, event, _, weight = sample
    table = survival.kaplan_meier(time, event, weights=weight, interval=interval).table
    known = table.dropna()
    assert (known["low"] <= known["survival"] + 1e-12).all()
    assert (known["high"] >= known["survival"] - 1e-12).all()
    assert known["low"].ge(0).all()
    assert known["high"].le(1).all()


@given(st.lists(st.tuples(st.floats(0, 1e300), st.booleans()), min_size=1, max_size=30))
def test_times_of_every_size_are_put_in_order(rows: Any) -> None:
    time, event = np.array([t for t, _ in rows]), [e for _, e in rows]
    time[time == 0] = -0.0
    table = survival.kaplan_meier(time, event).table
    weighted = survival.kaplan_meier(time, event, weights=np.ones(len(time))).table
    pd.testing.assert_frame_equal(table, weighted)
    assert table["time"].tolist() == sorted(set(time.tolist()))


def test_inputs_are_left_alone_and_row_order_does_not_matter() -> None:
    frame = lung()
    before = frame.copy()
    shuffled = frame.sample(frac=1, random_state=3)
    one = survival.kaplan_meier(frame["time"], frame["status"], groups=frame["sex"])
    two = survival.kaplan_meier(shuffled["time"], shuffled["status"], groups=shuffled["sex"])
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "double[pyarrow]", object])
def test_column_types_do_not_matter(dtype: Any) -> None:
    time = pd.Series([3, 1, 4]).astype(dtype)
    if dtype is object:
        time = pd.Series([decimal.Decimal(x) for x in (3, 1, 4)])
    event = pd.Series([True, False, True], dtype="boolean")
    table = survival.kaplan_meier(time, event).table
    assert table["time"].tolist() == [1, 3, 4]
    assert table["n_event"].tolist() == [0, 1, 1]


# --- recovery of simulated truth -----------------------------------------------------------------


def test_recovers_an_exponential_under_delayed_entry() -> None:
    rng = np.random.default_rng(7)
    time, entry = rng.exponential(10, 40_000), rng.uniform(0, 10, 40_000)
    seen = time > entry
    end = np.minimum(time, entry + 15)
    curve = survival.kaplan_meier(end[seen], (time == end)[seen], entry=entry[seen])
    rows = curve.given(0.2).at([5, 10, 15])
    truth = np.exp(-(rows["time"] - 0.2) / 10)
    assert (abs(rows["survival"] - truth) < 4 * rows["std_err"]).all()
    naive = survival.kaplan_meier(end[seen], (time == end)[seen]).at(10)["survival"].item()
    assert naive > np.exp(-1) + 0.1  # ignoring the late entry flatters


# --- errors, by their message --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, -4.0, 2], [1, 1, 1]), "`durations` must be >= 0; 1 of 3 break this, first row 1"),
        (([1, None, 2], [1, 1, 1]), "`durations` must be finite numbers; 1 of 3 break this"),
        (([1, 2, 3], [1, 2, 1]), r"`events` must be True or False .* first row 1 .* with 2.0"),
        (([1, 2], [1, 2, 1]), "`durations` has 2 and `events` has 3"),
        (([], []), "at least one row"),
        ((["1", "2"], [1, 1]), "`durations` must be numbers; it is of type str"),
        ((pd.to_timedelta([1, 2], "D"), [1, 1]), "for lengths of time"),
        (([1, 2], [1, pd.NA]), "`events` must be finite numbers"),
    ],
)
def test_bad_columns_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.kaplan_meier(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": [0, 2]}, "`entry` must be before the row's duration.* 1 of 2 .* first row 1"),
        ({"weights": [1, 0]}, "`weights` must be > 0; 1 of 2"),
        ({"groups": ["a", None]}, "`groups` must not be missing; 1 of 2 break this, first row 1"),
        ({"groups": ["a"]}, "`groups` has 1"),
        ({"interval": "wald"}, "`interval` must be one of"),
        ({"confidence": 95}, "`confidence` must lie between 0 and 1; got 95"),
    ],
)
def test_bad_options_are_named(options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.kaplan_meier([1, 2], [1, 1], **options)


def test_series_that_do_not_match_are_refused() -> None:
    time, event = pd.Series([1, 2]), pd.Series([1, 1], index=[1, 0])
    with pytest.raises(DataError, match="indices must be equal; these differ"):
        survival.kaplan_meier(time, event)


def test_summaries_refuse_what_they_cannot_know() -> None:
    curve = survival.kaplan_meier([1, 2, 3], [1, 1, 0])
    with pytest.raises(DataError, match=r"the last time observed, 3\.0; got 9"):
        curve.restricted_mean(9)
    with pytest.raises(DataError, match="nobody is at 5"):
        curve.given(5)
    with pytest.raises(DataError, match="`p` must lie between 0 and 1"):
        curve.quantile(50)
    with pytest.raises(DataError, match="A difference needs two groups"):
        curve.restricted_mean_difference(2)
    with pytest.raises(DataError, match="`ties` must be"):
        survival.nelson_aalen([1], [1], ties="efron")  # type: ignore[arg-type]


def test_a_risk_set_that_empties_early_is_said() -> None:
    with pytest.warns(AnalysisWarning, match=r"at risk at time 1.0 had the event.* up to 6.0"):
        survival.kaplan_meier([1, 5, 6], [1, 1, 0], entry=[0, 2, 2])
