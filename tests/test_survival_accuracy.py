from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_fits import TELCO as TELCO_COVARIATES
from survival_fits import fit, telco_columns
from survival_reference import TELCO, assert_equals_r, expected, lifelines_csv, lung, rossi, telco

from analysis import survival
from analysis.errors import DataError
from analysis.survival.inversions import inversions

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


@pytest.mark.parametrize(
    ("name", "options"), [("uno", {}), ("uno_ymax_60", {"tau": 60})], ids=["all", "tau"]
)
def test_uno_of_a_holdout_equals_r(name: str, options: dict[str, Any]) -> None:
    frame, r = holdout(), expected("telco")["holdout"][name]
    c = survival.concordance(
        frame["lp"], frame["tenure"], frame["churn"], weighting="uno", **options
    )
    assert_equals_r(c.value, r["c"])
    assert_equals_r(c.std_err, r["se"])


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("n", {}),
        ("n/G2", {"weighting": "uno"}),
        ("n_ymax_{}", {"tau": True}),
        ("n/G2_ymax_{}", {"weighting": "uno", "tau": True}),
    ],
)
@pytest.mark.parametrize("name", ["lung", "rossi", "telco"])
def test_variants_equal_r(name: str, key: str, options: dict[str, Any]) -> None:
    if name == "telco":
        cox, _ = fit("telco efron")
        data, r = telco_columns(TELCO_COVARIATES), expected("telco")["concordance_variants"]
        options = {k: 60 if k == "tau" else v for k, v in options.items()}
        scores = cox.linear_predictor(data["covariates"])
        c = survival.concordance(scores, data["durations"], data["events"], **options)
        assert_equals_r(c.value, r[key.format(60)]["c"])
        assert_equals_r(c.std_err, r[key.format(60)]["se"])
        return
    if name == "lung":
        frame, tau = lung().dropna(subset=["ph.ecog"]), 500
        X, time, event = frame[["age", "sex", "ph.ecog"]], frame["time"], frame["status"]
    else:
        frame, tau = rossi(), 40
        X, time, event = frame.drop(columns=["week", "arrest"]), frame["week"], frame["arrest"]
    scores = survival.fit_cox(X, time, event).linear_predictor(X)
    options = {k: tau if k == "tau" else v for k, v in options.items()}
    c, r = survival.concordance(scores, time, event, **options), expected(name)
    assert_equals_r(c.value, r["concordance_variants_efron"][key.format(tau)]["c"])
    assert_equals_r(c.std_err, r["concordance_variants_efron"][key.format(tau)]["se"])


def test_brier_and_auc_of_a_holdout_equal_r() -> None:
    frame, r = holdout(), expected("telco")["holdout"]
    S = frame.filter(like="surv_").to_numpy()
    brier = survival.brier_score(S, frame["tenure"], frame["churn"], r["times"])
    assert_equals_r(brier["brier"], r["brier_cox"])
    assert_equals_r(brier["null"], r["brier_null"])
    auc = survival.dynamic_auc(frame["lp"], frame["tenure"], frame["churn"], r["times"])
    assert_equals_r(auc["auc"], r["auc_cumulative_dynamic"])


def test_integrated_brier_of_a_holdout_equals_r() -> None:
    # R divides by the whole time from 0 though it sums from the first time on.
    frame, r = holdout(), expected("telco")["holdout"]
    S, times = frame.filter(like="surv_").to_numpy(), np.array(r["times"])
    for k in range(1, len(times)):
        table = survival.integrated_brier_score(
            S[:, : k + 1], frame["tenure"], frame["churn"], times[: k + 1]
        )
        span = (times[k] - times[0]) / times[k]
        assert_equals_r(table["brier"] * span, r["ibs_cox_cumulative"][k])


def test_calibration_of_a_holdout_equals_r() -> None:
    frame, r = holdout(), pd.DataFrame(expected("telco")["holdout"]["calibration_12m"])
    table = survival.calibration(1 - frame["surv_12"], frame["tenure"], frame["churn"], 12)
    assert table["n"].tolist() == r["n"].tolist()
    assert_equals_r(table["predicted"], r["mean_predicted_churn"])
    assert_equals_r(table["observed"], r["km_observed_churn"])
    np.testing.assert_allclose(table["low"], r["lower"].astype(float), rtol=1e-8)
    np.testing.assert_allclose(table["high"], r["upper"].astype(float), rtol=1e-8)


# --- worked by hand ------------------------------------------------------------------------------


def test_four_customers_by_hand() -> None:
    # Pairs: 1-2 right, 1-3 wrong, 1-4 equal; 2 is censored; 3-4 right.
    c = survival.concordance([2, 1, 3, 2], [1, 2, 3, 4], [1, 0, 1, 0])
    assert (c.concordant, c.discordant, c.tied_score, c.tied_time) == (2, 1, 1, 0)
    assert c.value == pytest.approx(2.5 / 4)


def test_events_at_one_time_cannot_be_compared_but_censored_there_can() -> None:
    c = survival.concordance([3, 2, 1], [5, 5, 5], [1, 1, 0])
    assert (c.concordant, c.discordant, c.tied_time) == (2, 0, 1)


def test_brier_and_auc_by_hand() -> None:
    # Gone at 1, lost from sight at 2, gone at 3, here at 5; at time 4, G(3-) = G(4) = 2/3.
    time, event, S = [1, 2, 3, 5], [1, 0, 1, 0], [0.2, 0.5, 0.4, 0.9]
    row = survival.brier_score(S, time, event, 4).iloc[0]
    assert row["brier"] == pytest.approx((0.04 + 0.16 * 1.5 + 0.01 * 1.5) / 4)
    auc = survival.dynamic_auc([4, 2, 1, 1], time, event, 4).iloc[0]
    assert auc["auc"] == pytest.approx((1 + 1.5 * 0.5) / 2.5)
    assert (auc["n_cases"], auc["n_controls"]) == (2, 1)


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


@given(SAMPLES, st.sampled_from(["harrell", "uno"]))
@settings(deadline=None, max_examples=60)
def test_strata_add_up_row_by_row(sample: Any, weighting: Any) -> None:
    x, time, event, entry, weight = sample
    stratum = np.arange(len(x)) % 3
    parts = []
    for s in range(3):
        rows = stratum == s
        try:
            part = survival.concordance(
                x[rows], time[rows], event[rows], entry=entry[rows], weights=weight[rows],
                weighting=weighting,
            )  # fmt: skip
        except DataError:
            continue
        parts.append([part.concordant, part.discordant, part.tied_score])
    try:
        whole = survival.concordance(
            x, time, event, entry=entry, weights=weight, strata=stratum, weighting=weighting
        )
    except DataError:
        return
    np.testing.assert_allclose(
        [whole.concordant, whole.discordant, whole.tied_score], np.sum(parts, axis=0), atol=1e-9
    )


@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 1023, 1024, 1025, 40_000])
@pytest.mark.parametrize("whole", [True, False])
def test_inversions_equal_a_sum_over_places(n: int, whole: bool) -> None:
    rng = np.random.default_rng(n)
    sequence = rng.permutation(n)
    early = rng.integers(0, 9, n).astype(float) if whole else rng.random(n)
    late = np.full(n, 8.0) if whole else 20 * rng.random(n)
    met = inversions(sequence, early, late)
    for i in rng.integers(0, n, 40):
        before, after = sequence[:i] > sequence[i], sequence[i + 1 :] < sequence[i]
        truth = late[i] * early[:i][before].sum() + early[i] * late[i + 1 :][after].sum()
        assert met[i] == pytest.approx(truth, rel=1e-12, abs=1e-9)


def test_many_strata_take_no_longer_than_few() -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    x, time, event = rng.normal(size=n), rng.exponential(size=n), rng.random(n) < 0.7

    def seconds(strata: int) -> float:
        start = process_time()
        survival.concordance(x, time, event, strata=np.arange(n) % strata)
        return process_time() - start

    assert min(seconds(5000) for _ in range(3)) < 5 * min(seconds(2) for _ in range(3))


# --- recovery of simulated truth -----------------------------------------------------------------


def test_a_perfect_and_a_useless_score() -> None:
    rng = np.random.default_rng(1)
    time = rng.exponential(size=5000)
    assert survival.concordance(-time, time, np.ones(5000)).value == 1.0
    useless = survival.concordance(rng.normal(size=5000), time, rng.random(5000) < 0.7)
    assert useless.low < 0.5 < useless.high


def test_true_chances_are_calibrated_and_beat_the_null() -> None:
    rng = np.random.default_rng(6)
    rate = np.exp(rng.normal(size=20_000))
    time, censored = rng.exponential(1 / rate), rng.exponential(2, 20_000)
    end, event = np.minimum(time, censored), time <= censored
    table = survival.calibration(1 - np.exp(-rate * 0.5), end, event, 0.5)
    assert table["predicted"].between(table["low"] - 0.02, table["high"] + 0.02).all()
    brier = survival.brier_score(np.exp(-rate * 0.5), end, event, 0.5).iloc[0]
    truth = np.mean(np.exp(-rate * 0.5) * (1 - np.exp(-rate * 0.5)))
    assert abs(brier["brier"] - truth) < 4 * brier["std_err"]
    assert brier["skill"] > 0.1
