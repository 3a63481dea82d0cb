"""What a Cox model refuses, by name, and what data cannot tell it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from survival_fits import fit, rossi_columns

from analysis import survival
from analysis.errors import AnalysisWarning, DataError, FitError

# --- errors and warnings, by their message -------------------------------------------------------

TIME, EVENT = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 1, 0]
FRAME = pd.DataFrame({"a": [1.0, 0, 1, 1, 0, 0], "b": [3.0, 1, 2, 2, 4, 1]})


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        (FRAME.assign(c=7), "must vary among the rows at risk; 1 of 3 do not, first 'c'"),
        (FRAME.assign(c=FRAME["a"] - 2 * FRAME["b"]), "first 'c', which repeats 'a', 'b'"),
        (FRAME.assign(c=[1, None, 1, 1, 1, 1]), r"`covariates\['c'\]` must be finite numbers; 1"),
        (FRAME.assign(c="x"), r"`covariates\['c'\]` must be numbers; it is of type"),
        (FRAME[["a", "a"]], "no name twice"),
        (FRAME[[]], "at least one column"),
        (np.array(TIME), "must have rows and columns; it has 1 dimension"),
        (FRAME[:3], "`covariates` has 3 and `durations` has 6"),
    ],
)
def test_bad_covariates_are_named(covariates: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.fit_cox(covariates, TIME, EVENT)


def test_a_covariate_that_is_the_stratum_is_named() -> None:
    strata = FRAME["a"] > 0
    with pytest.raises(DataError, match="first 'a', which does not vary within risk sets"):
        survival.fit_cox(FRAME, TIME, EVENT, strata=strata)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ties": "exact"}, "`ties` must be 'efron' or 'breslow'"),
        ({"ridge": -1}, "`ridge` must be >= 0; got -1"),
        ({"weights": [1, 1, 1, 1, 1, -1]}, "`weights` must be > 0; 1 of 6"),
    ],
)
def test_bad_options_are_named(options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.fit_cox(FRAME, TIME, EVENT, **options)


def test_no_events_is_said() -> None:
    with pytest.raises(FitError, match="needs events; none of the 6 rows has one"):
        survival.fit_cox(FRAME, TIME, np.zeros(6))


def test_separation_is_named_and_ridge_heals_it() -> None:
    rng = np.random.default_rng(4)
    never = np.r_[np.ones(30), np.zeros(170)]
    X = pd.DataFrame({"x": rng.normal(size=200), "never_leaves": never})
    time, event = rng.exponential(size=200), (rng.random(200) < 0.7) & (never == 0)
    with pytest.warns(AnalysisWarning, match="'never_leaves' separates") as caught:
        cox = survival.fit_cox(X, time, event)
    assert len(caught) == 1
    assert np.isfinite(cox.table["coef"]).all()
    assert cox.table["coef"][1] < -5
    healed = survival.fit_cox(X, time, event, ridge=1.0)
    assert -5 < healed.table["coef"][1] < 0


def test_events_at_one_time_tell_nothing_of_a_change_over_time() -> None:
    rng = np.random.default_rng(1)
    x, event = rng.normal(size=200), rng.random(200) < 0.3
    cox = survival.fit_cox(pd.DataFrame({"x": x}), np.where(event, 5.0, 9.0), event)
    tests = cox.proportionality_test()
    assert list(tests["term"]) == ["x", "GLOBAL"]
    assert tests[["statistic", "p", "log_p"]].isna().all(axis=None)


def test_tests_and_residuals_refuse_unknown_names() -> None:
    cox, _ = fit("rossi efron")
    with pytest.raises(DataError, match="`kind` must be 'martingale'"):
        cox.residuals("cox")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="`transform` must be 'km'"):
        cox.proportionality_test("sqrt")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="`terms` must name covariates of the fit; 'colour'"):
        cox.proportionality_test(terms={"t": ["colour"]})
    ridge = survival.fit_cox(**rossi_columns(), ridge=1)
    with pytest.raises(FitError, match="needs an unpenalised maximum"):
        ridge.proportionality_test()
    at_zero = survival.fit_cox(FRAME, np.array(TIME) - 1, EVENT)
    with pytest.raises(DataError, match="'log' needs event times > 0"):
        at_zero.proportionality_test("log")
