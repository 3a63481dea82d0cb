from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from survival_reference import assert_equals_r, expected, lung, rossi, telco

from analysis import survival

if TYPE_CHECKING:
    import pandas as pd

INTERVALS = ["log-log", "log", "plain", "logit", "arcsin"]


def monthly() -> pd.DataFrame:
    return telco().query("contract == 'Month-to-month' and internet != 'No'")


# name in expected.json -> data, duration, event, group
CURVES: dict[str, tuple[str, Any, str, str, str | None]] = {
    "lung": ("km", lung, "time", "status", None),
    "lung by sex": ("km_by_sex", lung, "time", "status", "sex"),
    "rossi": ("km", rossi, "week", "arrest", None),
    "rossi by fin": ("km_by_fin", rossi, "week", "arrest", "fin"),
    "telco": ("km", telco, "tenure", "churn", None),
    "telco by contract": ("km_by_contract", telco, "tenure", "churn", "contract"),
    "telco by internet": ("km_by_internet", telco, "tenure", "churn", "internet"),
    "telco by senior": ("km_by_senior", telco, "tenure", "churn", "senior"),
    "telco subset": ("month_to_month_internet_subset", monthly, "tenure", "churn", None),
}
WITHOUT_CURVE = ("telco by internet", "telco subset")  # R's means are not there, or no curve


def fit(case: str, **options: Any) -> tuple[survival.KaplanMeier, dict[str, Any]]:
    key, data, duration, event, group = CURVES[case]
    frame = data()
    groups = None if group is None else frame[group]
    curve = survival.kaplan_meier(frame[duration], frame[event], groups=groups, **options)
    r = expected(case.split(" ")[0])[key]
    return curve, r.get("km", r)


def per_group(table: pd.DataFrame) -> list[pd.DataFrame]:
    if "group" not in table:
        return [table]
    return [part for _, part in table.groupby("group", sort=False, observed=True)]


# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


@pytest.mark.parametrize("case", [name for name in CURVES if name != "telco by internet"])
def test_table_equals_r(case: str) -> None:
    curve, r = fit(case)
    _, data, duration, event, group = CURVES[case]
    groups = None if group is None else data()[group]
    hazard = survival.nelson_aalen(data()[duration], data()[event], groups=groups).table
    for rows, group in zip(per_group(hazard), r["groups"].values(), strict=True):
        assert_equals_r(rows["cumulative_hazard"], group["curve"]["cumhaz"])
        assert_equals_r(rows["std_err"], group["curve"]["std_chaz"])
        assert rows["n_risk"].iloc[0] == group["n"] == group["n_start"]
        assert rows["n_event"].sum() == group["events"]
    for rows, group in zip(per_group(curve.table), r["groups"].values(), strict=True):
        for ours, theirs in [
            ("time", "time"),
            ("n_risk", "n_risk"),
            ("n_event", "n_event"),
            ("n_censored", "n_censor"),
            ("survival", "surv"),
        ]:
            assert_equals_r(rows[ours], group["curve"][theirs])
        assert_equals_r(rows["std_err"] / rows["survival"], group["curve"]["std_err_log"])


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("case", CURVES)
def test_limits_and_quantiles_equal_r(case: str, interval: str) -> None:
    curve, r = fit(case, interval=interval)
    for group, r_group in zip(
        per_group(curve.at(next(iter(r["groups"].values()))["at"]["time"])),
        r["groups"].values(),
        strict=True,
    ):
        assert_equals_r(group["n_risk"], r_group["at"]["n_risk"])
        assert_equals_r(group["survival"], r_group["at"]["surv"])
        assert_equals_r(group["std_err"], r_group["at"]["std_err"])
        assert_equals_r(group["low"], r_group["ci"][interval]["lower"])
        assert_equals_r(group["high"], r_group["ci"][interval]["upper"])
    for group, r_group in zip(
        per_group(curve.quantile([0.1, 0.25, 0.5, 0.75])), r["groups"].values(), strict=True
    ):
        quantiles = r_group["quantiles"][interval]
        for ours, theirs in [("time", "estimate"), ("low", "lower"), ("high", "upper")]:
            np.testing.assert_allclose(group[ours], np.array(quantiles[theirs], float), rtol=1e-8)


@pytest.mark.parametrize("case", [name for name in CURVES if name not in WITHOUT_CURVE])
def test_restricted_mean_equals_r(case: str) -> None:
    curve, r = fit(case)
    for entry in r["rmst"]:
        mean = curve.restricted_mean(entry["tau"])
        assert_equals_r(mean["mean"], list(entry["rmst"].values()))
        assert_equals_r(mean["std_err"], list(entry["se"].values()))
        if "diff_second_minus_first" in entry:
            row = curve.restricted_mean_difference(entry["tau"]).iloc[0]
            difference = entry["diff_second_minus_first"]
            for ours, theirs in [
                ("difference", "estimate"),
                ("std_err", "se"),
                ("z", "z"),
                ("p_value", "p"),
                ("low", "lower"),
                ("high", "upper"),
            ]:
                assert_equals_r(row[ours], difference[theirs])


@pytest.mark.parametrize("case", ["lung", "rossi", "telco"])
def test_conditional_survival_equals_r(case: str) -> None:
    curve, _ = fit(case)
    for entry in expected(case)["conditional_survival"]:
        rows = curve.given(entry["given_alive_at"]).at(entry["time"])
        assert_equals_r(rows["survival"], entry["conditional_surv"])
        assert_equals_r(rows["std_err"], entry["std_err"])
        assert_equals_r(rows["low"], entry["lower_loglog"])
        assert_equals_r(rows["high"], entry["upper_loglog"])


def test_conditional_survival_by_group_equals_r() -> None:
    curve, _ = fit("telco by contract")
    for entry in expected("telco")["conditional_survival_by_contract"]:
        times = entry["time"][:3]
        rows = curve.given(entry["given_alive_at"]).at(times)
        assert_equals_r(rows["survival"], entry["conditional_surv"])
        assert_equals_r(rows["std_err"], entry["std_err"])
        assert_equals_r(rows["low"], entry["lower_loglog"])
        assert_equals_r(rows["high"], entry["upper_loglog"])


def test_mean_residual_life_equals_r() -> None:
    curve, _ = fit("telco")
    for entry in expected("telco")["restricted_mean_residual_life"]:
        start = entry["alive_at"]
        mean = curve.given(start, at_start=False).restricted_mean(start + entry["horizon"])
        assert_equals_r(mean["mean"], entry["months"])
        (row,) = curve.mean_residual_life(start, entry["horizon"]).to_dict("records")
        assert (row["start"], row["horizon"]) == (start, entry["horizon"])
        assert_equals_r(row["mean"], entry["months"])
        assert row["std_err"] == mean["std_err"].item()
        assert row["low"] < row["mean"] < row["high"] <= entry["horizon"]


def test_discounted_months_equal_r() -> None:
    r = expected("telco")["clv_npv_km"]

    def worth(curve: survival.KaplanMeier, begin: int, months: int) -> list[float]:
        k = np.arange(1, months + 1)
        parts = per_group(curve.at(begin + k))
        return [float((part["survival"] * 30 / (1 + 0.10 / 12) ** k).sum()) for part in parts]

    everybody, by_contract = fit("telco")[0], fit("telco by contract")[0]
    later = everybody.given(12, at_start=False)
    for months in (12, 24, 36):
        key = f"H{months}"
        assert_equals_r(worth(everybody, 0, months), r["all"][key])
        assert_equals_r(worth(later, 12, months), r["conditional_on_alive_at_12_all"][key])
        wanted = [contract[key] for contract in r["by_contract"].values()]
        assert_equals_r(worth(by_contract, 0, months), wanted)


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("lung", "na"),
        ("lung by sex", "na_by_sex"),
        ("rossi", "na"),
        ("telco", "na"),
        ("telco by contract", "na_by_contract"),
    ],
)
@pytest.mark.parametrize("ties", ["nelson-aalen", "fleming-harrington"])
def test_cumulative_hazard_equals_r(case: str, key: str, ties: Any) -> None:
    _, data, duration, event, group = CURVES[case]
    frame = data()
    groups = None if group is None else frame[group]
    hazard = survival.nelson_aalen(frame[duration], frame[event], groups=groups, ties=ties)
    r = expected(case.split(" ")[0])[key]
    r = r["nelson_aalen" if ties == "nelson-aalen" else "fleming_harrington_ties"]
    times = next(iter(r.values()))["time"]
    for rows, entry in zip(per_group(hazard.at(times)), r.values(), strict=True):
        assert_equals_r(rows["cumulative_hazard"], entry["cumhaz"])
        assert_equals_r(rows["std_err"], entry["std_chaz"])
        assert_equals_r(rows["survival"], entry["surv"])


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(
    ("key", "table", "width", "group"),
    [
        ("period_last_month", "km", 1, None),
        ("period_last_month", "km_by_contract", 1, "contract"),
        ("window_24_months", "km", 24, None),
    ],
)
def test_delayed_entry_equals_r(
    key: str, table: str, width: int, group: str | None, interval: Any
) -> None:
    frame = telco().query("tenure > 0")
    entry = np.maximum(0, frame["tenure"] - width)
    groups = None if group is None else frame[group]
    r = expected("telco")[key][table]["groups"]
    curve = survival.kaplan_meier(
        frame["tenure"], frame["churn"], entry=entry, groups=groups, interval=interval
    )
    rows = curve.at(next(iter(r.values()))["at"]["time"])
    quantiles = curve.quantile([0.1, 0.25, 0.5, 0.75])
    parts = (per_group(t) for t in (curve.table, rows, quantiles))
    for table_rows, at, quantile, theirs in zip(*parts, r.values(), strict=True):
        assert_equals_r(table_rows["n_risk"], theirs["curve"]["n_risk"])
        assert_equals_r(table_rows["survival"], theirs["curve"]["surv"])
        assert_equals_r(at["n_risk"], theirs["at"]["n_risk"])
        assert_equals_r(at["survival"], theirs["at"]["surv"])
        assert_equals_r(at["std_err"], theirs["at"]["std_err"])
        assert_equals_r(at["low"], theirs["ci"][interval]["lower"])
        assert_equals_r(at["high"], theirs["ci"][interval]["upper"])
        wanted = np.array(theirs["quantiles"][interval]["estimate"], float)
        np.testing.assert_allclose(quantile["time"], wanted)


@pytest.mark.parametrize("ties", ["nelson-aalen", "fleming-harrington"])
def test_delayed_entry_hazard_equals_r(ties: Any) -> None:
    frame = telco().query("tenure > 0")
    entry = np.maximum(0, frame["tenure"] - 24)
    key = "nelson_aalen" if ties == "nelson-aalen" else "fleming_harrington_ties"
    r = expected("telco")["window_24_months"]["na"][key]["all"]
    hazard = survival.nelson_aalen(frame["tenure"], frame["churn"], entry=entry, ties=ties)
    rows = hazard.at(r["time"])
    assert_equals_r(rows["cumulative_hazard"], r["cumhaz"])
    assert_equals_r(rows["std_err"], r["std_chaz"])
    assert_equals_r(rows["survival"], r["surv"])
