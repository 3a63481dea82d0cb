from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import TELCO, assert_equals_r, expected, lifelines_csv, telco

from analysis import survival
from analysis.errors import DataError

# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


@pytest.mark.parametrize("name", ["lung", "rossi"])
def test_the_packaged_data_are_those_r_was_given(name: str) -> None:
    if not TELCO.is_dir():
        pytest.skip("R's copies are not beside this repository (shared/reference/survival)")
    given_to_r = pd.read_csv(TELCO.parent / name / "data.csv").drop(columns="id")
    ours = lifelines_csv(name)
    if name == "lung":  # R codes an event 1, the package 2
        ours["status"] -= ours["status"].min()
    pd.testing.assert_frame_equal(ours, given_to_r, check_dtype=False)


def holdout() -> pd.DataFrame:
    telco()
    return pd.read_csv(TELCO / "holdout_predictions.csv")


def test_harrell_of_a_holdout_equals_r() -> None:
    frame, r = holdout(), expected("telco")["holdout"]["harrell"]
    c = survival.concordance(frame["lp"], frame["tenure"], frame["churn"])
    assert_equals_r(c.value, r["c"])
    assert_equals_r(c.std_err, r["se"])


# --- worked by hand ------------------------------------------------------------------------------


def test_four_customers_by_hand() -> None:
    # Pairs: 1-2 right, 1-3 wrong, 1-4 equal; 2 is censored; 3-4 right.
    c = survival.concordance([2, 1, 3, 2], [1, 2, 3, 4], [1, 0, 1, 0])
    assert (c.concordant, c.discordant, c.tied_score, c.tied_time) == (2, 1, 1, 0)
    assert c.value == pytest.approx(2.5 / 4)


def test_events_at_one_time_cannot_be_compared_but_censored_there_can() -> None:
    c = survival.concordance([3, 2, 1], [5, 5, 5], [1, 1, 0])
    assert (c.concordant, c.discordant, c.tied_time) == (2, 0, 1)


# --- invariants ----------------------------------------------------------------------------------


def naive(x: Any, time: Any, event: Any, entry: Any, weight: Any) -> list[float]:
    found = [0.0, 0.0, 0.0, 0.0]
    for i in np.flatnonzero(event):
        for j in range(len(x)):
            pair = weight[i] * weight[j]
            if event[j] and time[j] == time[i] and i < j:
                found[3] += pair
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if later and entry[j] < time[i]:
                found[0 if x[j] < x[i] else 1 if x[j] > x[i] else 2] += pair
    return found


SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(1, 9), st.booleans(), st.integers(0, 8), st.integers(1, 3)
    ),
    min_size=2,
    max_size=40,
).map(lambda rows: np.array([row for row in rows if row[3] < row[1]]).reshape(-1, 5).T)


@given(SAMPLES)
@settings(deadline=None, max_examples=150)
def test_equals_a_naive_second_implementation(sample: Any) -> None:
    x, time, event, entry, weight = sample
    truth = naive(x, time, event, entry, weight) if len(x) else [0.0]
    if sum(truth[:3]) == 0:
        return
    c = survival.concordance(x, time, event, entry=entry, weights=weight)
    assert [c.concordant, c.discordant, c.tied_score, c.tied_time] == truth


def test_the_jackknife_error_is_the_derivative_in_the_weights() -> None:
    rng = np.random.default_rng(3)
    x, time, event = rng.normal(size=30), rng.integers(1, 15, 30), rng.random(30) < 0.6
    c = survival.concordance(x, time, event)
    influence = [
        (survival.concordance(x, time, event, weights=1 + 1e-5 * (np.arange(30) == i)).value
         - c.value) / 1e-5
        for i in range(30)
    ]  # fmt: skip
    assert c.std_err == pytest.approx(np.sqrt(np.sum(np.square(influence))), rel=1e-3)


def test_strata_add_up() -> None:
    rng = np.random.default_rng(8)
    x, time, event = rng.normal(size=60), rng.integers(1, 15, 60), rng.random(60) < 0.6
    stratum = np.repeat(["a", "b"], 30)
    both = survival.concordance(x, time, event, strata=stratum)
    one, two = (survival.concordance(x[s], time[s], event[s]) for s in (slice(30), slice(30, 60)))
    assert both.concordant == one.concordant + two.concordant
    assert both.discordant == one.discordant + two.discordant


# --- recovery of simulated truth -----------------------------------------------------------------


def test_a_perfect_and_a_useless_score() -> None:
    rng = np.random.default_rng(1)
    time = rng.exponential(size=5000)
    assert survival.concordance(-time, time, np.ones(5000)).value == 1.0
    useless = survival.concordance(rng.normal(size=5000), time, rng.random(5000) < 0.7)
    assert useless.low < 0.5 < useless.high


# --- errors, by their message --------------------------------------------------------------------


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(DataError, match="needs an event while somebody else is at risk"):
        survival.concordance([1, 2], [1, 2], [0, 1])
    with pytest.raises(DataError, match="`scores` has 1 and `durations` has 2"):
        survival.concordance([1], [1, 2], [0, 1])
