from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from survival_reference import expected, telco

from analysis import survival
from analysis.errors import AnalysisWarning, DataError, FitError
from analysis.survival.cure_likelihood import evaluate, rows_of
from analysis.survival.observations import observe


def simulated(n: int, seed: int, *, late: bool = False, share: float = -0.3) -> dict[str, Any]:
    """Customers of whom some never leave; those who do have all left long before the end."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    cured = rng.random(n) < expit(share + 0.8 * x)
    leaves = np.where(cured, np.inf, np.exp(1.5 + 0.4 * z) * rng.weibull(1.4, n))
    watched, entry = rng.uniform(20, 60, n), rng.uniform(0, 4, n) * late
    seen = leaves > entry
    time = np.minimum(leaves, watched)[seen]
    data = {"durations": time, "events": (leaves <= watched)[seen], "entry": entry[seen]}
    return data | {"x": x[seen, None], "z": z[seen, None]}


def plain(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("durations", "events", "entry")}


# --- published values: R 4.2.2, optim, which stops at about 1e-6 ---------------------------------


def test_a_fit_equals_r() -> None:
    r, frame = expected("telco")["weibull_mixture_cure_tenure_gt0"], telco().query("tenure > 0")
    with pytest.warns(
        AnalysisWarning, match="only 55% of those who will ever leave had left by 72"
    ):
        fit = survival.fit_weibull_cure(frame["tenure"], frame["churn"])
    assert fit.cured_share()["cured_share"].item() == pytest.approx(r["cure_fraction"], rel=1e-5)
    assert fit.table["ratio"][1] == pytest.approx(r["lambda"], rel=1e-5)
    assert fit.shape == pytest.approx(r["rho"], rel=1e-5)
    assert fit.log_likelihood == pytest.approx(r["loglik"], rel=1e-11)
    assert fit.table["se"][0] == pytest.approx(r["logit_p_se"], rel=1e-5)


# --- worked by hand ------------------------------------------------------------------------------


def test_the_likelihood_of_three_customers_by_hand() -> None:
    # A quarter never leaves, the others at scale 2 and shape 1: one leaves at 2, one is here at 4,
    # one came at 2 and is here at 4.
    sample = observe([2, 4, 4], [1, 0, 0], entry=[0, 0, 2])
    one = np.ones((3, 1))
    b = np.array([np.log(1 / 3), np.log(2), 0.0])
    value, _, _ = evaluate(b, rows_of(sample, one, one))
    stays = [0.25 + 0.75 * np.exp(-t / 2) for t in (2, 4)]
    by_hand = 0.75 * 0.5 * np.exp(-1) * stays[1] * stays[1] / stays[0]
    assert value == pytest.approx(np.log(by_hand))


def test_an_end_without_events_by_hand() -> None:
    # Last event at 6, watched up to 8: of 5 customers, 2 left after 4. (1 - 2/5)^5
    end = survival.follow_up([1, 5, 6, 8, 8], [1, 1, 1, 0, 0])
    assert (end.last_time, end.last_event) == (8, 6)
    assert end.p_value == pytest.approx(0.6**5)
    doubled = survival.follow_up([1, 5, 6, 8], [1, 1, 1, 0], weights=[2, 2, 2, 4])
    assert doubled.p_value == pytest.approx(0.6**10)
    assert survival.follow_up([1, 2, 3], [1, 1, 1]).p_value == 1


# --- invariants ----------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.floats(-6, 6), st.floats(-1.5, 1.5))
@settings(deadline=None, max_examples=40)
def test_slopes_equal_differences(seed: int, a: float, k: float) -> None:
    rng = np.random.default_rng(seed)
    time = rng.exponential(size=12) * 3 + 0.01
    sample = observe(time, rng.random(12) < 0.5, entry=time * rng.integers(0, 2, 12) / 2)
    one, z = np.ones((12, 1)), np.column_stack([np.ones(12), rng.normal(size=12)])
    rows, b = rows_of(sample, one, z), np.array([a, 0.5, -0.3, k])
    _, slope, second = evaluate(b, rows)
    h = 1e-5
    sides = [[evaluate(b + sign * h * e, rows) for sign in (1, -1)] for e in np.eye(4)]
    rise = [(up[0] - down[0]) / (2 * h) for up, down in sides]
    bend = [(up[1] - down[1]) / (2 * h) for up, down in sides]
    scale = 1 + np.abs(second).max()
    np.testing.assert_allclose(slope, rise, atol=1e-7 * scale)
    np.testing.assert_allclose(second, bend, atol=1e-7 * scale)


def test_units_and_weights_do_not_matter() -> None:
    data = simulated(600, 1)
    one = survival.fit_weibull_cure(**plain(data))
    days = survival.fit_weibull_cure(data["durations"] * 30, data["events"])
    np.testing.assert_allclose(days.table["coef"], one.table["coef"] + [0, np.log(30)], rtol=1e-6)
    np.testing.assert_allclose(days.cured_share(), one.cured_share(), rtol=1e-6)
    weight = np.resize([1, 2], len(data["durations"]))
    rows = np.repeat(np.arange(len(weight)), weight)
    weighted = survival.fit_weibull_cure(**plain(data), weights=weight)
    repeated = survival.fit_weibull_cure(data["durations"][rows], data["events"][rows])
    np.testing.assert_allclose(weighted.table["se"], repeated.table["se"], rtol=1e-6)
    np.testing.assert_allclose(weighted.log_likelihood, repeated.log_likelihood, rtol=1e-10)


def test_covariates_in_other_units_give_the_same_curves() -> None:
    data = simulated(600, 2)
    x, z = data["x"], data["z"]
    one = survival.fit_weibull_cure(**plain(data), share_covariates=x, scale_covariates=z)
    two = survival.fit_weibull_cure(
        **plain(data), share_covariates=x * 50 + 1e3, scale_covariates=z / 9
    )
    curves = one.survival([1, 30], share_covariates=x, scale_covariates=z)
    again = two.survival([1, 30], share_covariates=x * 50 + 1e3, scale_covariates=z / 9)
    pd.testing.assert_frame_equal(curves, again, rtol=1e-5)


def test_predicted_errors_equal_the_slope_in_the_coefficients() -> None:
    data = simulated(800, 3)
    x, z = data["x"], data["z"]
    fit = survival.fit_weibull_cure(**plain(data), share_covariates=x, scale_covariates=z)
    row = fit.survival(3, share_covariates=x[:1], scale_covariates=z[:1]).iloc[0]
    coef = np.append(fit.table["coef"], fit.log_shape)

    def stays(b: Any) -> float:
        cured = expit(b[0] + b[1] * x[0, 0])
        hazard = (3 / np.exp(b[2] + b[3] * z[0, 0])) ** np.exp(b[4])
        return float(cured + (1 - cured) * np.exp(-hazard))

    slope = [(stays(coef + h) - stays(coef - h)) / 2e-6 for h in 1e-6 * np.eye(5)]
    assert row["survival"] == pytest.approx(stays(coef))
    assert row["std_err"] == pytest.approx(np.sqrt(slope @ fit.covariance @ slope), rel=1e-5)
    assert row["low"] < row["survival"] < row["high"]
    share = fit.cured_share(x[:1]).iloc[0]
    assert share["cured_share"] == pytest.approx(expit(coef[0] + coef[1] * x[0, 0]))
    assert share["low"] < share["cured_share"] < share["high"]


# --- recovery of simulated truth -----------------------------------------------------------------


@pytest.mark.parametrize("late", [False, True])
def test_recovers_the_truth(late: bool) -> None:
    data = simulated(3000, 4, late=late)
    fit = survival.fit_weibull_cure(
        **plain(data), share_covariates=data["x"], scale_covariates=data["z"]
    )
    truth = [-0.3, 0.8, 1.5, 0.4]
    assert fit.table["part"].tolist() == ["cured share"] * 2 + ["log scale"] * 2
    assert ((fit.table["coef"] - truth).abs() < 4 * fit.table["se"]).all()
    assert (fit.table["se"] < 0.15).all()
    assert abs(fit.log_shape - np.log(1.4)) < 4 * fit.se_log_shape
    assert fit.has_plateau
    assert not fit.at_boundary


def test_intervals_hold_the_true_share_as_often_as_they_say() -> None:
    held = 0
    truth = expit(-0.3 + 0.8 * np.random.default_rng(1).normal(size=200_000)).mean()
    for seed in range(25):
        data = simulated(400, 100 + seed)
        share = survival.fit_weibull_cure(**plain(data)).cured_share().iloc[0]
        held += share["low"] <= truth <= share["high"]
    assert held >= 20


def test_nobody_cured_is_said_to_be_a_boundary() -> None:
    rng = np.random.default_rng(5)
    leaves, watched = 5 * rng.weibull(1.4, 2000), rng.uniform(1, 40, 2000)
    time, event = np.minimum(leaves, watched), leaves <= watched
    fit = survival.fit_weibull_cure(time, event)
    assert fit.at_boundary
    assert fit.p_no_cure == 0.5
    share = fit.cured_share().iloc[0]
    assert (share["cured_share"], share["low"]) == (0, 0)
    assert np.isnan(share["std_err"])
    assert 0 < share["high"] < 0.005
    aft = survival.fit_aft(None, time, event)
    ours, theirs = fit.survival([1, 4, 9]), aft.survival(None, [1, 4, 9])
    np.testing.assert_allclose(ours["survival"], theirs["survival"], rtol=1e-7)
    np.testing.assert_allclose(ours["std_err"], theirs["std_err"], rtol=1e-6)
    assert fit.log_likelihood == pytest.approx(aft.log_likelihood, rel=1e-12)


def test_the_upper_limit_at_the_boundary_is_where_the_likelihood_is_down() -> None:
    rng = np.random.default_rng(8)
    time = 5 * rng.weibull(1.4, 60)
    event = time < 12
    fit = survival.fit_weibull_cure(np.minimum(time, 12), event)
    assert fit.at_boundary
    rows = rows_of(observe(np.minimum(time, 12), event), np.ones((60, 1)), np.ones((60, 1)))
    share = fit.cured_share()["high"].item()
    a, m, k = np.log(share / (1 - share)), fit.table["coef"][1], fit.log_shape
    grid = [evaluate(np.array([a, m + dm, k + dk]), rows)[0]
            for dm in np.linspace(-0.2, 0.1, 31) for dk in np.linspace(-0.1, 0.3, 41)]  # fmt: skip
    assert 2 * (fit.log_likelihood - max(grid)) == pytest.approx(2.7055, abs=0.02)


@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_p_values_without_cured_are_as_large_as_they_say() -> None:
    small = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        leaves = rng.weibull(1.2, 150)
        fit = survival.fit_weibull_cure(np.minimum(leaves, 3), leaves <= 3)
        small += fit.p_no_cure < 0.2
    assert 1 <= small <= 11


# --- errors and warnings, by their message -------------------------------------------------------


def test_a_short_watch_is_said() -> None:
    data = simulated(2000, 6)
    time, event = np.minimum(data["durations"], 4), data["events"] & (data["durations"] <= 4)
    with pytest.warns(
        AnalysisWarning, match=r"curve level off: by the fit only .* by 4, .* watch longer"
    ):
        fit = survival.fit_weibull_cure(time, event)
    assert not fit.has_plateau


def test_an_end_too_close_to_the_last_event_is_said() -> None:
    leaves = np.linspace(0.01, 0.99, 100)
    leaves = (-np.log1p(-leaves)) ** (1 / 3)
    time = np.append(leaves, [1.68] * 40)
    with pytest.warns(AnalysisWarning, match=r"ends at 1.68, too soon after the last event at 1.6"):
        survival.fit_weibull_cure(time, time < 1.68)


def test_a_level_where_nobody_is_cured_is_named() -> None:
    data = simulated(3000, 7)
    leaver = (np.arange(len(data["durations"])) % 4 == 0).astype(float)
    rng = np.random.default_rng(1)
    time = np.where(leaver == 1, 2 * rng.weibull(1.4, len(leaver)), data["durations"])
    event = data["events"] | (leaver == 1)
    X = pd.DataFrame({"x": data["x"][:, 0], "leaver": leaver})
    with pytest.warns(AnalysisWarning, match="'leaver' separates"):
        survival.fit_weibull_cure(time, event, share_covariates=X)


TIME, EVENT = [1.0, 2.0, 3.0, 4.0, 5.0, 60.0], [1, 1, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, *TIME[1:]], EVENT), {}, "`durations` must be > 0 .* 1 of 6 .* with 0.0"),
        ((TIME, EVENT), {"share_covariates": np.ones((6, 1))}, "must vary .* first 'x0'"),
        ((TIME, EVENT), {"scale_covariates": np.ones((5, 1))}, "`durations` has 6 and `scale` has"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        survival.fit_weibull_cure(*arguments, **options)


def test_no_events_is_said() -> None:
    with pytest.raises(FitError, match="needs events; none of the 6 rows has one"):
        survival.fit_weibull_cure(TIME, np.zeros(6))
    with pytest.raises(FitError, match="none of the 6 rows has one"):
        survival.follow_up(TIME, np.zeros(6))


def test_predictions_refuse_what_they_cannot_place() -> None:
    data = simulated(300, 9)
    x, z = data["x"], data["z"]
    fit = survival.fit_weibull_cure(**plain(data), share_covariates=x, scale_covariates=z)
    with pytest.raises(DataError, match=r"needs `share_covariates`, with columns \['x0'\]"):
        fit.cured_share()
    with pytest.raises(DataError, match="must describe the same rows; they have 2 and 3"):
        fit.survival(1, share_covariates=x[:2], scale_covariates=z[:3])
    with pytest.raises(DataError, match="`times` must be > 0"):
        fit.survival(0, share_covariates=x, scale_covariates=z)
    alone = survival.fit_weibull_cure(**plain(data))
    with pytest.raises(DataError, match="only for a fit that has them; this one has none"):
        alone.cured_share(x)
