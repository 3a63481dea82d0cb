from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from survival_fits import FITS, fit, lung_columns, rossi_columns
from survival_reference import assert_equals_r, expected

from analysis import survival
from analysis.survival.observations import observe
from analysis.survival.risk_sets import risk_sets

TRANSFORMS: list[Any] = ["km", "rank", "identity", "log"]

# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


@pytest.mark.parametrize("case", FITS)
def test_coefficients_equal_r(case: str) -> None:
    cox, r = fit(case)
    assert (cox.n, cox.n_events) == (r["n"], r["nevent"])
    table = cox.table
    assert_equals_r(table["coef"], r["coef"])
    assert_equals_r(table["se"], r["se"])
    assert_equals_r(table["robust_se"], r.get("robust_se", [None] * len(table)))
    assert_equals_r(table["hazard_ratio"], r["exp_coef"])
    assert_equals_r(np.log(table["low"]), r["lower95"])
    assert_equals_r(np.log(table["high"]), r["upper95"])
    assert_equals_r(table["z"], r["z"], rtol=2e-8)
    assert_equals_r(np.exp(table["log_p"]), r["p"], rtol=1e-6 if min(r["p"]) < 1e-30 else 1e-8)
    assert_equals_r(cox.covariance, r["var"])
    assert_equals_r(cox.log_likelihood, r["loglik"])
    assert_equals_r(cox.log_likelihood_null, r["loglik_null"])
    assert_equals_r(cox.aic, r["aic"])
    assert_equals_r(cox.bic, r["bic"])


def whole_tests(r: dict[str, Any]) -> pd.DataFrame:
    keys = [key for key in ("lr_test", "score_test", "wald_test", "robust_score") if key in r]
    rows = [[r[key].get("chisq", r[key].get("test")), r[key]["df"],
             r[key].get("p", r[key].get("pvalue"))] for key in keys]  # fmt: skip
    return pd.DataFrame(rows, columns=["statistic", "dof", "p"], dtype=float)


@pytest.mark.parametrize("case", FITS)
def test_tests_of_the_whole_equal_r(case: str) -> None:
    cox, r = fit(case)
    theirs = whole_tests(r)
    if case == "telco clusters":  # 4 clusters cannot tell 6 coefficients apart; R shows 17,247
        assert cox.tests["statistic"][2:].isna().all()
        theirs.loc[2:] = np.nan
    statistic = theirs["statistic"]
    assert_equals_r(cox.tests["statistic"], statistic)
    assert_equals_r(cox.tests["dof"], theirs["dof"])
    # An error of 1e-8 in the statistic is one of 1e-8 times half of it in p.
    for ours, p, x in zip(cox.tests["p"], theirs["p"], statistic, strict=True):
        assert_equals_r(ours, p, rtol=1e-8 * max(1.0, x))


@pytest.mark.parametrize("case", [c for c in FITS if c not in ("lung weights",)])
def test_concordance_equals_r(case: str) -> None:
    cox, r = fit(case)
    if "concordance" not in r:
        return
    c = cox.concordance
    assert_equals_r(c.value, r["concordance"]["c"])
    assert_equals_r(c.std_err, r["concordance"]["se"])
    assert (c.concordant, c.discordant) == (
        r["concordance"]["concordant"],
        r["concordance"]["discordant"],
    )
    assert c.tied_score == r["concordance"]["tied.x"]
    assert c.tied_time == r["concordance"]["tied.y"] + r["concordance"]["tied.xy"]


def test_ridge_equals_r() -> None:
    r = expected("lung")["cox_ridge_theta10_scaleFALSE"]
    cox = survival.fit_cox(**lung_columns(), ridge=10)
    assert_equals_r(cox.table["coef"], r["coef"])
    assert_equals_r(cox.log_likelihood, r["loglik"])


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(
    ("case", "keys"),
    [
        ("lung efron", ["zph_efron"]),
        ("lung breslow", ["zph_breslow"]),
        ("lung strata", ["zph_strata_sex"]),
        ("rossi efron", ["zph_efron"]),
        ("rossi breslow", ["zph_breslow"]),
        ("rossi strata", ["zph_strata_wexp"]),
        ("telco efron", ["zph_efron"]),
        ("telco breslow", ["zph_breslow"]),
        ("telco strata", ["zph_strata_contract_efron"]),
        ("telco strata breslow", ["zph_strata_contract_breslow"]),
        ("telco window", ["window_24_months", "zph"]),
        ("telco month to month", ["month_to_month_internet_subset", "zph"]),
    ],
)
def test_proportionality_equals_r(case: str, keys: list[str], transform: Any) -> None:
    cox, _ = fit(case)
    r = expected(FITS[case][0])
    for key in keys:
        r = r[key]
    # R stops at a relative change of 1e-9 in the likelihood; on telco that shows in the 8th digit.
    close = {"rtol": 2e-8, "atol": 1e-10}
    by_coef = cox.proportionality_test(transform)
    assert_equals_r(by_coef["statistic"], r[transform]["by_coef"]["chisq"], **close)
    assert by_coef["dof"].tolist() == r[transform]["by_coef"]["df"]
    assert_equals_r(by_coef["p"], r[transform]["by_coef"]["p"], rtol=1e-5)
    terms = {name: [c for c in cox.columns if c == name or c.startswith(f"{name}=")]
             for name in FITS[case][3]}  # fmt: skip
    by_term = cox.proportionality_test(transform, terms=terms)
    assert_equals_r(by_term["statistic"], r[transform]["by_term"]["chisq"], **close)
    assert by_term["dof"].tolist() == r[transform]["by_term"]["df"]
    assert_equals_r(by_term["p"], r[transform]["by_term"]["p"], rtol=1e-5)


# --- worked by hand ------------------------------------------------------------------------------


def test_three_customers_by_hand() -> None:
    # Events of x=1 at 1 and x=0 at 2, x=1 still there: L = e/(2e+1) * 1/(1+e), at most where
    # e = exp(b) solves 1/e = 2/(2e+1) + 1/(1+e), so e = 1/sqrt(2).
    cox = survival.fit_cox(np.array([[1.0], [0.0], [1.0]]), [1, 2, 3], [1, 1, 0])
    assert cox.table["hazard_ratio"].item() == pytest.approx(1 / np.sqrt(2))
    e = 1 / np.sqrt(2)
    assert cox.log_likelihood == pytest.approx(np.log(e / (2 * e + 1) / (1 + e)))


def test_someone_censored_before_the_first_event_changes_nothing_robust() -> None:
    # statsmodels returns NaN robust errors here.
    base = rossi_columns(robust=True)
    early = {
        "covariates": pd.concat([base["covariates"], base["covariates"][:1]], ignore_index=True),
        "durations": np.append(base["durations"], 0.5),
        "events": np.append(base["events"], 0),
        "robust": True,
    }
    one, two = survival.fit_cox(**base).table, survival.fit_cox(**early).table
    pd.testing.assert_series_equal(one["robust_se"], two["robust_se"], rtol=1e-9)


# --- invariants ----------------------------------------------------------------------------------


def naive_log_likelihood(b: Any, x: Any, time: Any, event: Any, entry: Any, stratum: Any) -> float:
    """Efron's partial likelihood written as the book has it, one event at a time."""
    total, risk = 0.0, np.exp(x @ b)
    for s in np.unique(stratum):
        for t in np.unique(time[event & (stratum == s)]):
            at_risk = (entry < t) & (t <= time) & (stratum == s)
            dying = event & (time == t) & (stratum == s)
            d = dying.sum()
            total += (x[dying] @ b).sum()
            for k in range(d):
                total -= np.log(risk[at_risk].sum() - k / d * risk[dying].sum())
    return total


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_equals_a_naive_second_implementation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 2))
    time, stratum = rng.integers(2, 9, 40).astype(float), rng.integers(0, 2, 40)
    entry, event = np.floor(time * rng.random(40) * 0.7), rng.random(40) < 0.7
    cox = survival.fit_cox(x, time, event, entry=entry, strata=stratum)

    def minus(b: Any) -> float:
        return -naive_log_likelihood(b, x, time, event, entry, stratum)

    best = minimize(minus, np.zeros(2), tol=1e-10)
    assert cox.log_likelihood == pytest.approx(-minus(cox.coefficients), rel=1e-10)
    assert cox.log_likelihood >= -best.fun - 1e-7


def test_rows_split_in_time_are_the_same_customer() -> None:
    whole = rossi_columns()
    X, time, event = whole["covariates"], whole["durations"].to_numpy(), whole["events"].to_numpy()
    cut = time > 20
    split = {
        "covariates": pd.concat([X, X[cut]], ignore_index=True),
        "durations": np.r_[np.where(cut, 20, time), time[cut]],
        "events": np.r_[np.where(cut, 0, event), event[cut]],
        "entry": np.r_[np.zeros(len(X)), np.full(cut.sum(), 20)],
        "clusters": np.r_[np.arange(len(X)), np.flatnonzero(cut)],
    }
    one, two = survival.fit_cox(**whole, robust=True), survival.fit_cox(**split)
    columns = ["coef", "se", "robust_se"]
    pd.testing.assert_frame_equal(one.table[columns], two.table[columns], rtol=1e-9)


def test_units_and_row_order_do_not_matter() -> None:
    data = rossi_columns()
    scaled = data | {"covariates": data["covariates"] * 1e6 + 1e7}
    one, two = survival.fit_cox(**data), survival.fit_cox(**scaled)
    np.testing.assert_allclose(two.coefficients * 1e6, one.coefficients, rtol=1e-7)
    order = np.random.default_rng(1).permutation(len(data["events"]))
    shuffled = survival.fit_cox(**{k: v.iloc[order] for k, v in data.items()})
    np.testing.assert_allclose(shuffled.coefficients, one.coefficients, rtol=1e-10)
    m = shuffled.residuals("martingale").sort_index()
    pd.testing.assert_frame_equal(m, one.residuals("martingale"), rtol=1e-8)


def test_a_fit_is_frozen_and_inputs_are_left_alone() -> None:
    data = rossi_columns()
    before = data["covariates"].copy()
    cox = survival.fit_cox(**data)
    pd.testing.assert_frame_equal(data["covariates"], before)
    with pytest.raises(FrozenInstanceError):
        cox.n = 1  # type: ignore[misc]


def test_step_halving_reaches_the_maximum_where_a_full_step_goes_down() -> None:
    # Two extreme covariate values make plain Newton overshoot; statsmodels has no step-halving.
    rng = np.random.default_rng(15)
    x = np.r_[rng.normal(size=12) * 0.1, 30 * rng.normal(size=2)][:, None]
    time = rng.exponential(size=14) * np.exp(-x[:, 0])
    risk = risk_sets(x, observe(time, np.ones(14)), None, efron=True)
    b, heights = np.zeros(1), []
    for _ in range(3):
        sums = risk.evaluate(b)
        heights.append(sums.log_likelihood)
        b = b + np.linalg.solve(risk.information(sums), risk.score(sums))
    assert heights[2] < heights[1]
    cox = survival.fit_cox(x, time, np.ones(14))
    assert cox.log_likelihood > max(heights)
    assert abs(cox.residuals("score").sum().item()) < 1e-7


# --- recovery of simulated truth -----------------------------------------------------------------


def test_recovers_simulated_hazard_ratios() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20_000, 3))
    truth = np.array([0.7, -0.4, 0.0])
    time = rng.weibull(1.5, 20_000) * np.exp(-x @ truth / 1.5) * 10
    entry = rng.uniform(0, 3, 20_000)
    seen = time > entry
    end = np.minimum(time, 12)
    table = survival.fit_cox(
        x[seen],
        np.ceil(end[seen] * 4) / 4,
        (time == end)[seen],
        entry=np.floor(entry[seen] * 4) / 4,
    ).table
    assert (abs(table["coef"] - truth) < 4 * table["se"] + 0.02).all()
