from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import links
from survival_reference import assert_equals_r, expected, levels, rossi, telco

from analysis import survival
from analysis.errors import AnalysisWarning, DataError, FitError

LINKS: list[Any] = ["logit", "cloglog"]


def rossi_columns() -> dict[str, Any]:
    frame = rossi()
    X = frame.drop(columns=["week", "arrest"])
    return {"covariates": X, "durations": frame["week"], "events": frame["arrest"]}


def telco_columns() -> dict[str, Any]:
    frame = telco().query("tenure > 0")
    X = levels(frame, ["contract", "internet", "senior", "monthly_charges"])
    return {"covariates": X, "durations": frame["tenure"], "events": frame["churn"]}


# --- published values: R 4.2.2, glm on person-periods --------------------------------------------
# R stops at a relative change of 1e-8 in the deviance and takes its errors from the step before, so
# its logit coefficients are exact to 1e-8, the rest to 1e-6; the likelihoods agree to 1e-12.


@pytest.mark.parametrize("link", LINKS)
def test_a_quadratic_baseline_equals_r(link: Any) -> None:
    r = expected("rossi")[f"discrete_{link}"]
    fit = survival.fit_discrete_hazard(**rossi_columns(), link=link, baseline=2)
    assert fit.n_periods == r["n"]
    assert fit.baseline["term"].tolist() == ["1", "t", "t^2"]
    coef = np.r_[fit.baseline["coef"][0], fit.table["coef"], fit.baseline["coef"][1:]]
    se = np.r_[fit.baseline["se"][0], fit.table["se"], fit.baseline["se"][1:]]
    assert_equals_r(coef, r["coef"], rtol=1e-8)
    assert_equals_r(se, r["se"], rtol=1e-6)
    assert_equals_r(fit.log_likelihood, r["loglik"], rtol=1e-12)
    assert_equals_r(-2 * fit.log_likelihood, r["deviance"], rtol=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_a_level_for_each_month_equals_r(link: Any) -> None:
    r = expected("telco")[f"discrete_{link}"]
    fit = survival.fit_discrete_hazard(**telco_columns(), link=link)
    assert fit.n_periods == r["n"]
    assert_equals_r(fit.table["coef"], r["coef"], rtol=1e-8 if link == "logit" else 1e-6)
    assert_equals_r(fit.table["se"], r["se"], rtol=1e-6)
    assert_equals_r(fit.baseline["coef"], r["month_coef"], rtol=1e-6)
    assert_equals_r(fit.log_likelihood, r["loglik"], rtol=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_a_glm_that_does_not_stop_early_agrees_where_r_has_fewer_digits(link: Any) -> None:
    data = rossi_columns()
    last, event = data["durations"].to_numpy(int), data["events"].to_numpy(bool)
    row = np.repeat(np.arange(len(last)), last)
    week = np.concatenate([np.arange(1, n + 1) for n in last])
    Z = np.column_stack(
        [np.ones(len(week)), data["covariates"].to_numpy(float)[row], week, week**2]
    )
    scale = np.abs(Z).max(axis=0)
    family = sm.families.Binomial({"logit": links.Logit, "cloglog": links.CLogLog}[link]())
    left = (week == last[row]) & event[row]
    glm = sm.GLM(left.astype(float), Z / scale, family=family).fit(
        tol=1e-15, tol_criterion="params"
    )
    fit = survival.fit_discrete_hazard(**data, link=link, baseline=2)
    coef = np.r_[fit.baseline["coef"][0], fit.table["coef"], fit.baseline["coef"][1:]]
    se = np.r_[fit.baseline["se"][0], fit.table["se"], fit.baseline["se"][1:]]
    np.testing.assert_allclose(coef, glm.params / scale, rtol=1e-10)
    np.testing.assert_allclose(se, glm.bse / scale, rtol=1e-10)


# --- worked by hand ------------------------------------------------------------------------------


def test_hazards_of_two_groups_by_hand() -> None:
    # x=0: 1 of 4 leaves in period 1; x=1: 2 of 4. One period: the odds ratio is (2/2) / (1/3).
    x = np.repeat([[0.0], [1.0]], 4, axis=0)
    event = [1, 0, 0, 0, 1, 1, 0, 0]
    fit = survival.fit_discrete_hazard(x, np.ones(8), event)
    assert fit.table["ratio"].item() == pytest.approx(3)
    assert fit.hazard(np.array([[0.0], [1.0]]))[1].tolist() == pytest.approx([0.25, 0.5])
    assert fit.survival(np.array([[1.0]]), 1)["survival"].item() == pytest.approx(0.5)


# --- invariants ----------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from(LINKS))
@settings(deadline=None, max_examples=20)
def test_equals_a_naive_second_implementation(seed: int, link: Any) -> None:
    rng = np.random.default_rng(seed)
    x, last = rng.normal(size=(60, 2)), rng.integers(1, 6, 60)
    entry = np.minimum(rng.integers(0, 3, 60), last - 1)
    event, weight = rng.random(60) < 0.6, rng.integers(1, 4, 60)
    fit = survival.fit_discrete_hazard(
        x, last, event, entry=entry, weights=weight, link=link, baseline=1
    )
    hazard, total = fit.hazard(x).to_numpy(), 0.0
    for i in range(60):
        for t in range(entry[i] + 1, last[i] + 1):
            h = hazard[i, t - 1]
            total += weight[i] * np.log(h if event[i] and t == last[i] else 1 - h)
    assert fit.log_likelihood == pytest.approx(total)
    assert fit.n_periods == (last - entry).sum()


def test_the_complementary_log_log_link_is_close_to_cox() -> None:
    data = rossi_columns()
    discrete = survival.fit_discrete_hazard(**data, link="cloglog", baseline=2).table
    cox = survival.fit_cox(**data).table
    gap = (discrete["coef"] - cox["coef"]).abs()
    assert (gap < 0.1 * cox["se"]).all()


def test_predicted_errors_equal_the_slope_in_the_coefficients() -> None:
    fit = survival.fit_discrete_hazard(**rossi_columns(), baseline=1)
    X = rossi_columns()["covariates"][:1]
    row = fit.survival(X, 20).iloc[0]
    assert row["low"] < row["survival"] < row["high"]
    coef = np.r_[fit.table["coef"], fit.baseline["coef"]]

    def chance(b: Any) -> float:
        eta = X.to_numpy()[0] @ b[:-2] + b[-2] + b[-1] * np.arange(1, 21)
        return float(np.prod(1 / (1 + np.exp(eta))))

    slope = np.array([
        (chance(coef + h) - chance(coef - h)) / 2e-6 for h in 1e-6 * np.eye(len(coef))
    ])  # fmt: skip
    assert row["survival"] == pytest.approx(chance(coef))
    assert row["std_err"] == pytest.approx(np.sqrt(slope @ fit.covariance @ slope), rel=1e-5)


# --- recovery of simulated truth -----------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
def test_recovers_simulated_hazards(link: Any) -> None:
    rng = np.random.default_rng(15)
    x = rng.normal(size=(20_000, 1))
    eta = -2.5 + 0.1 * np.arange(1, 13) + 0.6 * x
    hazard = 1 / (1 + np.exp(-eta)) if link == "logit" else -np.expm1(-np.exp(eta))
    leaves = rng.random(hazard.shape) < hazard
    event = leaves.any(axis=1)
    last = np.where(event, leaves.argmax(axis=1) + 1, 12)
    fit = survival.fit_discrete_hazard(x, last, event, link=link, baseline=1)
    assert abs(fit.table["coef"][0] - 0.6) < 4 * fit.table["se"][0]
    assert (abs(fit.baseline["coef"] - [-2.5, 0.1]) < 4 * fit.baseline["se"]).all()


# --- errors and warnings, by their message -------------------------------------------------------

FRAME = pd.DataFrame({"a": [1.0, 0, 1, 1, 0, 0], "b": [3.0, 1, 2, 2, 4, 1]})
TIME, EVENT = [1, 2, 3, 1, 2, 3], [1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((FRAME, [1.5, *TIME[1:]], EVENT), {}, "`durations` must be whole numbers >= 1; 1 of 6"),
        ((FRAME, [0, *TIME[1:]], EVENT), {}, "`durations` must be whole numbers >= 1; 1 of 6"),
        ((FRAME, TIME, EVENT), {"entry": [0.5] * 6}, "`entry` must be whole numbers >= 0; 6 of 6"),
        ((FRAME, TIME, EVENT), {"link": "probit"}, "`link` must be 'logit' or 'cloglog'"),
        ((FRAME, TIME, EVENT), {"baseline": "spline"}, "`baseline` must be 'each' or a degree"),
        ((FRAME.assign(c=1), TIME, EVENT), {}, "must vary among the rows.* first 'c'"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.fit_discrete_hazard(*arguments, **options)


def test_no_events_is_said() -> None:
    with pytest.raises(FitError, match="needs events; none of the 6 rows has one"):
        survival.fit_discrete_hazard(FRAME, TIME, np.zeros(6))


def test_a_period_without_events_is_named() -> None:
    rng = np.random.default_rng(2)
    x, last = rng.normal(size=(300, 1)), rng.integers(1, 5, 300)
    event = (rng.random(300) < 0.5) & (last != 3)
    with pytest.warns(AnalysisWarning, match="'period 3' separates"):
        survival.fit_discrete_hazard(x, last, event)


def test_later_periods_are_refused() -> None:
    fit = survival.fit_discrete_hazard(**rossi_columns(), baseline=1)
    with pytest.raises(DataError, match="`times` must be periods of the fit, 1 to 52; 1 of 2"):
        fit.survival(rossi_columns()["covariates"], [10, 60])
