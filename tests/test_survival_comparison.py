from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from survival_reference import assert_equals_r, expected, lung, rossi, telco

from analysis import survival
from analysis.errors import DataError
from analysis.survival.comparison import adjusted, log_chi2_sf


def prio3(frame: pd.DataFrame) -> pd.Series:
    return pd.cut(frame["prio"], [-1, 1, 3, 99], labels=[1, 2, 3]).astype(int)


LUNG = (lung, "time", "status")
ROSSI = (rossi, "week", "arrest")
TELCO = (telco, "tenure", "churn")


def columns(data: Any, group: Any, **options: Any) -> dict[str, Any]:
    """Take the rows where every column is known, as R does."""
    load, duration, event = data
    frame = load()
    frame = frame.assign(group=group(frame) if callable(group) else frame[group])
    layers = options.pop("strata", None)
    frame = frame.dropna(subset=["group", *(layers or [])])
    if layers:
        options["strata"] = frame[layers]
    return {
        "durations": frame[duration],
        "events": frame[event],
        "groups": frame["group"],
    } | options


# --- published values: R 4.2.2, survival 3.5-3; equal to 1e-8, R prints 15 digits ----------------


@pytest.mark.parametrize(
    ("key", "data", "group", "options"),
    [
        ("logrank_sex", LUNG, "sex", {}),
        ("peto_sex", LUNG, "sex", {"weighting": (1, 0)}),
        ("logrank_sex_strata_phecog", LUNG, "sex", {"strata": ["ph.ecog"]}),
        ("logrank_phecog_k", LUNG, "ph.ecog", {}),
        ("logrank_fin", ROSSI, "fin", {}),
        ("peto_fin", ROSSI, "fin", {"weighting": (1, 0)}),
        ("logrank_fin_strata_race", ROSSI, "fin", {"strata": ["race"]}),
        ("logrank_fin_strata_wexp_mar", ROSSI, "fin", {"strata": ["wexp", "mar"]}),
        ("logrank_contract", TELCO, "contract", {}),
        ("logrank_payment", TELCO, "payment", {}),
        ("logrank_gender", TELCO, "gender", {}),
        ("logrank_senior", TELCO, "senior", {}),
        ("peto_senior", TELCO, "senior", {"weighting": (1, 0)}),
        ("logrank_senior_strata_contract", TELCO, "senior", {"strata": ["contract"]}),
        (
            "logrank_payment_strata_contract_internet",
            TELCO,
            "payment",
            {"strata": ["contract", "internet"]},
        ),
    ],
)
def test_log_rank_equals_r(key: str, data: Any, group: str, options: dict[str, Any]) -> None:
    r = expected(data[0].__name__)[key]
    test = survival.log_rank(**columns(data, group, **options))
    assert test.dof == r["df"]
    assert_equals_r(test.statistic, r["chisq"])
    assert_equals_r(test.log_p_value, r["log_p"])
    assert_equals_r(test.p_value, r["p"], rtol=1e-8 * max(1, r["chisq"]))
    assert_equals_r(test.table["n"], r["n"])
    assert_equals_r(test.table["observed"], r["observed"])
    assert_equals_r(test.table["expected"], r["expected"])
    assert_equals_r(test.covariance, r["var"], atol=1e-9)


@pytest.mark.parametrize(
    ("data", "key", "group"),
    [(LUNG, "weighted_sex", "sex"), (TELCO, "weighted_payment", "payment")],
)
def test_weightings_equal_r(data: Any, key: str, group: str) -> None:
    names: dict[str, Any] = {
        "logrank": "log-rank",
        "gehan": "gehan",
        "tarone": "tarone-ware",
        "peto_prentice_n1": "peto",
        "fh_1_0": (1, 0),
        "fh_0_1": (0, 1),
        "fh_1_1": (1, 1),
    }
    for name, r in expected(data[0].__name__)[key].items():
        test = survival.log_rank(**columns(data, group, weighting=names[name]))
        assert_equals_r(test.statistic, r["chisq"])
        assert_equals_r(test.p_value, r["p"], rtol=1e-7 if r["p"] < 1e-100 else 1e-8)
        assert_equals_r(test.table["observed"] - test.table["expected"], r["U"], atol=1e-8)


@pytest.mark.parametrize(
    ("data", "key", "group"),
    [
        (LUNG, "trend_phecog", "ph.ecog"),
        (ROSSI, "trend_prio3", prio3),
        (TELCO, "trend_contract", "contract"),
    ],
)
def test_trend_equals_r(data: Any, key: str, group: Any) -> None:
    r = expected(data[0].__name__)[key]
    test = survival.trend_test(**columns(data, group), scores=r["scores"])
    equal_steps = survival.trend_test(**columns(data, group))
    assert_equals_r(test.statistic, r["z"])
    assert_equals_r(test.statistic**2, r["chisq"])
    shift = test.table["score"] @ (test.table["observed"] - test.table["expected"])
    assert_equals_r(shift, r["U"])
    assert_equals_r(equal_steps.statistic, r["z"])
    assert_equals_r(test.p_value, r["p"], atol=1e-300)
    assert np.isfinite(test.log_p_value)


@pytest.mark.parametrize(
    ("data", "key", "group"),
    [
        (LUNG, "pairwise_phecog", "ph.ecog"),
        (ROSSI, "pairwise_prio3", prio3),
        (TELCO, "pairwise_payment", "payment"),
    ],
)
@pytest.mark.parametrize(
    ("adjust", "r_column"),
    [
        ("holm", "p_holm"),
        ("bonferroni", "p_bonferroni"),
        ("hochberg", "p_hochberg"),
        ("benjamini-hochberg", "p_bh"),
        ("none", "p"),
    ],
)
def test_pairwise_equals_r(data: Any, key: str, group: Any, adjust: Any, r_column: str) -> None:
    r = pd.DataFrame(expected(data[0].__name__)[key])
    table = survival.pairwise_log_rank(**columns(data, group), adjust=adjust)
    assert table["group_a"].tolist() == r["a"].tolist()
    assert table["group_b"].tolist() == r["b"].tolist()
    assert_equals_r(table["statistic"], r["chisq"])
    assert_equals_r(table["p_adjusted"], r[r_column], rtol=1e-8, atol=1e-300)


def test_delayed_entry_equals_r() -> None:
    frame = telco().query("tenure > 0")
    r = expected("telco")["window_24_months"]["logrank_contract"]
    entry = np.maximum(0, frame["tenure"] - 24)
    test = survival.log_rank(frame["tenure"], frame["churn"], frame["contract"], entry=entry)
    assert_equals_r(test.table["expected"], r["expected"])
    assert_equals_r(test.statistic, r["chisq"])


def test_risk_in_the_last_month_only_equals_r() -> None:
    frame = telco().query("tenure > 0")
    r = expected("telco")["period_last_month"]["logrank_senior"]
    entry = frame["tenure"] - 1
    test = survival.log_rank(frame["tenure"], frame["churn"], frame["senior"], entry=entry)
    for column in ("observed", "expected"):
        assert_equals_r(test.table[column], r[column])
    assert_equals_r(test.statistic, r["chisq"])
    assert_equals_r(test.p_value, r["p"], rtol=1e-6)


@pytest.mark.parametrize(
    "group", ["gender", "online_security", "tech_support", "partner", "dependents"]
)
def test_a_subset_equals_r(group: str) -> None:
    frame = telco().query("contract == 'Month-to-month' and internet != 'No'")
    r = expected("telco")["month_to_month_internet_subset"]["logrank"][group]
    test = survival.log_rank(frame["tenure"], frame["churn"], frame[group])
    assert_equals_r(test.table["expected"], r["expected"])
    assert_equals_r(test.covariance, r["var"])
    assert_equals_r(test.log_p_value, r["log_p"])


# --- worked by hand ------------------------------------------------------------------------------


def test_two_against_two_by_hand() -> None:
    # a leaves at 1 and 2, b at 3 and 4: expected for a 2/4 + 1/3, variance 1/4 + 2/9.
    test = survival.log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    assert test.table["expected"].tolist() == pytest.approx([5 / 6, 4 - 5 / 6])
    assert test.statistic == pytest.approx((2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9))


def test_log_p_stays_finite_where_p_does_not() -> None:
    time = np.r_[np.linspace(1, 2, 4000), np.linspace(3, 4, 4000)]
    test = survival.log_rank(time, np.ones(8000), np.repeat(["soon", "late"], 4000))
    assert test.p_value == 0.0
    assert np.isfinite(test.log_p_value)
    assert test.log_p_value < -2000


# --- invariants ----------------------------------------------------------------------------------


@given(st.floats(0.01, 600), st.integers(1, 40))
def test_log_chi2_sf_equals_scipy(x: float, dof: int) -> None:
    truth = stats.chi2.logsf(x, dof)
    assert log_chi2_sf(x, dof) == pytest.approx(truth, rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_equals_scipy_and_keeps_order(p: list[float]) -> None:
    values = np.array(p)
    np.testing.assert_allclose(
        adjusted(values, "benjamini-hochberg"), stats.false_discovery_control(values)
    )
    holm = adjusted(values, "holm")
    assert (holm >= adjusted(values, "hochberg") - 1e-12).all()
    assert (np.diff(holm[np.argsort(values)]) >= 0).all()


SAMPLES = st.lists(
    st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 2), st.integers(0, 4)),
    min_size=8,
    max_size=40,
).map(lambda rows: np.array([row for row in rows if row[3] < row[0]]).reshape(-1, 4).T)


@given(SAMPLES)
@settings(deadline=None, max_examples=60)
def test_equals_a_naive_second_implementation(sample: Any) -> None:
    time, event, group, entry = sample
    expectations = dict.fromkeys(np.unique(group).tolist(), 0.0)
    for t in np.unique(time[event == 1]):
        risk = (entry < t) & (t <= time)
        d = (event * (time == t)).sum()
        for label in expectations:
            expectations[label] += d * (risk & (group == label)).sum() / risk.sum()
    try:
        test = survival.log_rank(time, event, group, entry=entry)
    except DataError:
        return
    np.testing.assert_allclose(test.table["expected"], list(expectations.values()))
    assert test.table["observed"].sum() == pytest.approx(test.table["expected"].sum())
    np.testing.assert_allclose(test.covariance.sum(axis=0), 0, atol=1e-9)


# --- recovery of simulated truth -----------------------------------------------------------------


def test_p_values_are_uniform_under_equality() -> None:
    rng = np.random.default_rng(11)
    p = []
    for _ in range(300):
        time, event = rng.exponential(size=200), rng.random(200) < 0.7
        p.append(survival.log_rank(time, event, rng.integers(0, 3, 200)).p_value)
    assert stats.kstest(p, "uniform").pvalue > 0.01


# --- errors, by their message --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "options", "message"),
    [
        (["a", "a", "a"], {}, "`groups` must hold two labels or more; it holds 1"),
        (["a", "b", None], {}, "`groups` must not be missing"),
        (["a", "b", "b"], {"weighting": "cox"}, "`weighting` must be 'log-rank'"),
        (["a", "b", "b"], {"strata": [1, 2, 3]}, "events while two groups are at risk"),
    ],
)
def test_what_cannot_be_compared_is_refused(groups: Any, options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.log_rank([1, 2, 3], [1, 1, 0], groups, **options)


def test_wrong_scores_and_adjustments_are_refused() -> None:
    data: dict[str, Any] = {"durations": [1, 2, 3], "events": [1, 1, 0], "groups": [1, 2, 2]}
    with pytest.raises(DataError, match="`scores` must be one a group: 2 expected, 3 given"):
        survival.trend_test(**data, scores=[1, 2, 3])
    with pytest.raises(DataError, match="`adjust` must be 'holm'"):
        survival.pairwise_log_rank(**data, adjust="sidak")
