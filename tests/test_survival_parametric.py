from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from survival_reference import assert_equals_r, expected, levels, lung, rossi, telco

from analysis import survival
from analysis.errors import AnalysisWarning, DataError, FitError

DISTRIBUTIONS: list[Any] = ["weibull", "exponential", "lognormal", "loglogistic"]


def columns(name: str) -> dict[str, Any]:
    if name.startswith("lung"):
        frame = lung() if name == "lung alone" else lung().dropna(subset=["ph.ecog"])
        X, time, event = frame[["age", "sex", "ph.ecog"]], frame["time"], frame["status"]
    elif name == "rossi":
        frame = rossi()
        X, time, event = frame.drop(columns=["week", "arrest"]), frame["week"], frame["arrest"]
    else:
        frame = telco().query("tenure > 0")
        X = levels(frame, ["contract", "internet", "senior", "monthly_charges"])
        time, event = frame["tenure"], frame["churn"]
    X = None if name.endswith("alone") else X
    return {"covariates": X, "durations": time, "events": event}


# --- published values: R 4.2.2, survreg of survival 3.5-3; asked for at 1e-5, equal to 1e-8 ------


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lung", "aft"),
        ("lung alone", "aft_intercept_only"),
        ("rossi", "aft"),
        ("telco", "aft_rows_tenure_gt0"),
        ("telco alone", "aft_intercept_only_tenure_gt0"),
    ],
)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_fits_equal_r(name: str, key: str, distribution: Any) -> None:
    r = expected(name.split(" ")[0])[key][distribution]
    aft = survival.fit_aft(**columns(name), distribution=distribution)
    assert aft.n == r["n"]
    assert_equals_r(aft.table["coef"], r["coef"])
    assert_equals_r(aft.table["se"], r["se_coef"])
    assert_equals_r(aft.scale, r["scale"])
    assert_equals_r(aft.log_scale, r["log_scale"])
    assert_equals_r(aft.se_log_scale, r["se_log_scale"])
    assert_equals_r(aft.log_likelihood, r["loglik"])
    assert_equals_r(aft.log_likelihood_null, r["loglik_null"])
    assert_equals_r(aft.aic, r["aic"])


# --- worked by hand ------------------------------------------------------------------------------


def test_the_exponential_rate_is_events_over_time() -> None:
    aft = survival.fit_aft(None, [1, 2, 3, 4], [1, 0, 1, 1], distribution="exponential")
    assert aft.table["coef"].item() == pytest.approx(np.log(10 / 3))
    assert aft.table["se"].item() == pytest.approx(1 / np.sqrt(3))
    late = survival.fit_aft(
        None, [1, 2, 3, 4], [1, 0, 1, 1], entry=[0, 1, 1, 2], distribution="exponential"
    )
    assert late.table["coef"].item() == pytest.approx(np.log(6 / 3))


# --- invariants ----------------------------------------------------------------------------------

CURVES: dict[str, Any] = {
    "weibull": lambda t, mu, sigma: stats.weibull_min(1 / sigma, scale=np.exp(mu)).sf(t),
    "exponential": lambda t, mu, _: stats.expon(scale=np.exp(mu)).sf(t),
    "lognormal": lambda t, mu, sigma: stats.lognorm(sigma, scale=np.exp(mu)).sf(t),
    "loglogistic": lambda t, mu, sigma: stats.fisk(1 / sigma, scale=np.exp(mu)).sf(t),
}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_predictions_equal_scipy(distribution: Any) -> None:
    data = columns("rossi")
    aft = survival.fit_aft(**data, distribution=distribution)
    rows = data["covariates"][:3]
    table = aft.survival(rows, [10, 60])
    mu = np.repeat(aft.linear_predictor(rows).to_numpy(), 2)
    wanted = CURVES[distribution](table["time"].to_numpy(), mu, aft.scale)
    np.testing.assert_allclose(table["survival"], wanted)
    assert (table["low"] < table["survival"]).all()
    assert (table["survival"] < table["high"]).all()
    median = aft.quantile(rows).to_numpy()
    at_median = aft.survival(rows, median)["survival"].to_numpy().reshape(3, 3)
    np.testing.assert_allclose(np.diag(at_median), 0.5)


@given(st.floats(0.01, 1000), st.sampled_from(DISTRIBUTIONS))
@settings(deadline=None, max_examples=40)
def test_the_unit_of_time_only_moves_the_intercept(unit: float, distribution: Any) -> None:
    data = columns("lung")
    one = survival.fit_aft(**data, distribution=distribution)
    two = survival.fit_aft(
        data["covariates"], data["durations"] * unit, data["events"], distribution=distribution
    )
    shift = np.r_[np.log(unit), 0, 0, 0]
    np.testing.assert_allclose(two.table["coef"], one.table["coef"] + shift, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(two.scale, one.scale, rtol=1e-8)


def test_a_weight_of_two_is_two_rows() -> None:
    data = columns("rossi")
    weight = np.resize([1, 2], len(data["events"]))
    weighted = survival.fit_aft(**data, weights=weight)
    rows = np.repeat(np.arange(len(weight)), weight)
    repeated = survival.fit_aft(
        data["covariates"].to_numpy()[rows],
        data["durations"].to_numpy()[rows],
        data["events"].to_numpy()[rows],
    )
    np.testing.assert_allclose(weighted.table["coef"], repeated.table["coef"], rtol=1e-8)
    np.testing.assert_allclose(weighted.covariance, repeated.covariance, rtol=1e-7)


# --- recovery of simulated truth -----------------------------------------------------------------


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_recovers_the_truth_under_delayed_entry(distribution: Any) -> None:
    rng = np.random.default_rng(12)
    n, sigma = 8000, 1.0 if distribution == "exponential" else 0.6
    x = rng.normal(size=(n, 2))
    noise = {
        "lognormal": rng.normal(size=n),
        "loglogistic": rng.logistic(size=n),
    }.get(distribution, np.log(rng.exponential(size=n)))
    time = np.exp(2 + x @ [0.5, -0.3] + sigma * noise)
    entry = rng.uniform(0, 6, n)
    seen, end = time > entry, np.minimum(time, 20)
    seen &= end > entry
    aft = survival.fit_aft(
        x[seen], end[seen], (time <= 20)[seen], entry=entry[seen], distribution=distribution
    )
    gap = (aft.table["coef"] - [2, 0.5, -0.3]).abs()
    assert (gap < 4 * aft.table["se"]).all()
    if distribution != "exponential":
        assert abs(aft.log_scale - np.log(sigma)) < 4 * aft.se_log_scale


def test_late_entries_that_bend_the_likelihood_upwards_are_climbed_past() -> None:
    # With few rows and late entries the surface is a saddle where Newton's method begins.
    rng = np.random.default_rng(8)
    leaves = np.exp(2 + rng.uniform(0.3, 1.5) * np.log(rng.exponential(size=300)))
    entry = rng.uniform(0, rng.choice([5, 20, 60]), 300)
    seen = leaves > entry
    end = np.minimum(leaves, entry + rng.choice([2, 10, 100]))
    time, event, entry = end[seen], (leaves == end)[seen], entry[seen]
    aft = survival.fit_aft(None, time, event, entry=entry)

    def log_likelihood(mu: float, sigma: float) -> float:
        z, z0 = (np.log(time) - mu) / sigma, (np.log(entry) - mu) / sigma
        return float((event * (z - np.log(sigma) - np.log(time)) - np.exp(z) + np.exp(z0)).sum())

    mu = aft.table["coef"][0]
    assert aft.log_likelihood == pytest.approx(log_likelihood(mu, aft.scale))
    for step in (0.01, -0.01):
        assert log_likelihood(mu + step, aft.scale) < aft.log_likelihood
        assert log_likelihood(mu, aft.scale + step) < aft.log_likelihood


def test_a_fit_without_covariates_predicts_one_curve() -> None:
    aft = survival.fit_aft(None, [1.0, 2, 3, 4], [1, 0, 1, 1], distribution="exponential")
    rows = aft.survival(None, [1, 5])
    np.testing.assert_allclose(rows["survival"], np.exp(-np.array([1, 5]) * 3 / 10))
    assert aft.quantile(None).item() == pytest.approx(np.log(2) * 10 / 3)
    with pytest.raises(DataError, match="`covariates` is only for a fit that has them"):
        aft.survival([[1.0]], 1)


# --- errors and warnings, by their message -------------------------------------------------------

FRAME = pd.DataFrame({"a": [1.0, 0, 1, 1, 0, 0], "b": [3.0, 1, 2, 2, 4, 1]})
TIME, EVENT = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((FRAME, [0, *TIME[1:]], EVENT), {}, "`durations` must be > 0 .* 1 of 6 .* with 0.0"),
        ((FRAME.assign(c=7), TIME, EVENT), {}, "must vary among the rows.* first 'c'"),
        ((FRAME.assign(c=FRAME["a"] * 2), TIME, EVENT), {}, "first 'c', which repeats 'a'"),
        ((FRAME, TIME, EVENT), {"distribution": "gamma"}, "`distribution` must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.fit_aft(*arguments, **options)


def test_no_events_is_said() -> None:
    with pytest.raises(FitError, match="needs events; none of the 6 rows has one"):
        survival.fit_aft(FRAME, TIME, np.zeros(6))


def test_separation_is_named() -> None:
    rng = np.random.default_rng(4)
    X = pd.DataFrame({"x": rng.normal(size=200), "never_leaves": np.r_[np.ones(30), np.zeros(170)]})
    time, event = rng.exponential(size=200), (rng.random(200) < 0.7) & (X["never_leaves"] == 0)
    with pytest.warns(AnalysisWarning, match="'never_leaves' separates"):
        survival.fit_aft(X, time, event)


def test_predictions_refuse_what_they_cannot_place() -> None:
    aft = survival.fit_aft(FRAME, TIME, EVENT)
    with pytest.raises(DataError, match="must be those of the fit"):
        aft.survival(FRAME[["b", "a"]], 1)
    with pytest.raises(DataError, match="`times` must be > 0"):
        aft.survival(FRAME, 0)
    with pytest.raises(DataError, match="`p` must lie between 0 and 1; got 50"):
        aft.quantile(FRAME, 50)
