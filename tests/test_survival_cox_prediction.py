from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survival_fits import FITS, fit, lung_columns
from survival_reference import assert_equals_r, expected, levels

from analysis import survival
from analysis.errors import DataError
from analysis.survival import cox_baseline

# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


@pytest.mark.parametrize("data", ["lung", "rossi"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_residuals_equal_r(data: str, ties: str) -> None:
    cox, _ = fit(f"{data} {ties}")
    r = expected(data)[f"resid_{ties}"]
    for kind in ("martingale", "deviance"):
        assert_equals_r(cox.residuals(kind)[kind], r[kind], atol=1e-11)
    for kind in ("score", "dfbeta"):
        assert_equals_r(cox.residuals(kind), r[kind]["values"], atol=1e-11)
    for ours, theirs in [("schoenfeld", "schoenfeld"), ("scaled_schoenfeld", "scaledsch")]:
        rows = cox.residuals(ours)  # type: ignore[arg-type]
        assert_equals_r(rows["time"], r[theirs]["time"])
        assert_equals_r(rows.drop(columns="time"), r[theirs]["values"], atol=1e-11)


def test_telco_residuals_equal_r() -> None:
    cox, _ = fit("telco efron")
    r = expected("telco")["resid_sums"]
    assert cox.residuals("martingale")["martingale"].sum() == pytest.approx(0, abs=1e-9)
    assert_equals_r(cox.residuals("martingale")["martingale"][:20], r["martingale_first20"])
    assert_equals_r(cox.residuals("deviance")["deviance"][:20], r["deviance_first20"])
    assert_equals_r(cox.residuals("dfbeta")[:5], r["dfbeta_first5"], atol=1e-10)


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("lung efron", "base_efron"),
        ("lung breslow", "base_breslow"),
        ("lung strata", "base_strata_sex"),
        ("rossi efron", "base_efron"),
        ("rossi breslow", "base_breslow"),
        ("rossi strata", "base_strata_wexp"),
        ("telco efron", "base_efron"),
        ("telco breslow", "base_breslow"),
        ("telco strata", "base_strata_contract"),
    ],
)
def test_baseline_and_predicted_survival_equal_r(case: str, key: str) -> None:
    cox, _ = fit(case)
    name, _, _, columns, options = FITS[case]
    r = expected(name)[key]
    hazard = cox.baseline_hazard()
    parts = [part for _, part in hazard.groupby("stratum")] if "stratum" in hazard else [hazard]
    for part, entry in zip(parts, r["cumhaz_at_zero_covariates"].values(), strict=True):
        upto = np.searchsorted(part["time"], entry["time"], side="right")
        assert_equals_r(np.append(0, part["cumulative_hazard"])[upto], entry["cumhaz"])
    if "newdata" not in r:
        return
    rows = pd.DataFrame(r["newdata"])
    times = r["newdata_log"]["time"]
    times = times[: len(times) // len(set(r["newdata_log"].get("strata", [0])))]
    strata = rows[options["strata"]] if "strata" in options else None
    X = levels(rows, columns, like=cox.columns)
    assert_equals_r(cox.linear_predictor(X), r["newdata_lp_zero"])
    for interval in ("log", "log-log", "plain"):
        predicted = cox.survival(X, times, strata=strata, interval=interval)
        for ours, theirs in [
            ("survival", "surv"),
            ("std_err", "std_err"),
            ("low", "lower"),
            ("high", "upper"),
        ]:
            wanted = np.array(r[f"newdata_{interval}"][theirs], float)
            by_row = wanted.T if strata is None else wanted.reshape(len(rows), -1)
            assert_equals_r(predicted[ours], by_row.ravel())
    medians = cox.quantile(X, strata=strata, interval="log")
    for ours, theirs in [("time", "estimate"), ("low", "lower"), ("high", "upper")]:
        wanted = np.array(r["newdata_median"][theirs], float)
        np.testing.assert_array_equal(medians[ours], wanted)  # R's null is never reached


# --- worked by hand ------------------------------------------------------------------------------


def test_predicted_survival_is_just_after_the_event() -> None:
    # statsmodels returns S(t-).
    cox = survival.fit_cox(np.array([[1.0], [0.0], [1.0]]), [1, 2, 3], [1, 1, 0])
    S = cox.survival(np.array([[0.0]]), [0.999, 1, 1.5])["survival"]
    assert S[0] == 1.0
    assert S[1] == S[2] < 1


# --- invariants ----------------------------------------------------------------------------------


def test_a_quantile_is_where_the_predicted_curve_gets_there() -> None:
    cox, _ = fit("lung strata")
    X = lung_columns(["age", "ph.ecog"])["covariates"][:40]
    strata = np.resize([1, 2], len(X))
    days = np.arange(1, 1100)
    found = cox.quantile(X, 0.3, strata=strata)
    assert found["row"].tolist() == X.index.tolist()
    for k, row in found.iterrows():
        curve = cox.survival(X[k : k + 1], days, strata=strata[k : k + 1])
        for ours, limit in [("time", "survival"), ("low", "low"), ("high", "high")]:
            down = days[curve[limit] <= 0.7]
            assert row[ours] == down[0] if len(down) else np.isnan(row[ours])


def test_many_customers_are_laid_out_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cox, _ = fit("lung efron")
    X = lung_columns()["covariates"]
    whole = cox.quantile(X)
    monkeypatch.setattr(cox_baseline, "_BLOCK", 1)
    pd.testing.assert_frame_equal(cox.quantile(X), whole)
    assert cox.quantile(X[:0]).empty
    assert cox.survival(X[:0], 100).empty


def test_who_lies_far_outside_the_data_overflows_nothing() -> None:
    cox, _ = fit("lung efron")
    X = lung_columns()["covariates"][:2].to_numpy(float) * [1e6, 1, 1]
    rows = cox.survival(pd.DataFrame(X, columns=cox.columns), [4, 5, 500])
    assert rows["survival"].tolist() == [1, 0, 0] * 2
    assert rows["std_err"].tolist() == [0, 0, 0] * 2
    assert np.isfinite(rows[["low", "high"]]).all(axis=None)
    far = lung_columns()["covariates"].assign(age=lambda f: f["age"] - 1e6)
    again = survival.fit_cox(**lung_columns() | {"covariates": far})
    assert np.isposinf(again.baseline_hazard()["hazard"]).all()  # of an age of a million
    here = cox.survival(lung_columns()["covariates"][:2], [5, 500])["survival"]
    np.testing.assert_allclose(again.survival(far[:2], [5, 500])["survival"], here, rtol=1e-8)


# --- errors, by their message --------------------------------------------------------------------


def test_predictions_refuse_what_they_cannot_place() -> None:
    cox, _ = fit("lung strata")
    X = lung_columns(["age", "ph.ecog"])["covariates"]
    with pytest.raises(DataError, match="needs `strata` with one label a row"):
        cox.survival(X, 100)
    with pytest.raises(DataError, match=r"`strata` must be labels of the fit; .* first 9"):
        cox.survival(X, 100, strata=np.full(len(X), 9))
    with pytest.raises(DataError, match="must be those of the fit, in its order"):
        cox.survival(X[["ph.ecog", "age"]], 100, strata=np.ones(len(X)))
    plain, _ = fit("lung efron")
    with pytest.raises(DataError, match="only for a stratified fit"):
        plain.survival(lung_columns()["covariates"], 100, strata=np.ones(len(X)))
    with pytest.raises(DataError, match=r"`p` must lie between 0 and 1; got 50\. The median"):
        plain.quantile(lung_columns()["covariates"], 50)
