from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import assert_equals_r, expected, lung, rossi, telco

from analysis import survival
from analysis.errors import AnalysisWarning, DataError

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
