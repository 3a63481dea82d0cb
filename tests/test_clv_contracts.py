"""The value of contracts: against R's restricted means, by hand, by simulation, by the fit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, special
from survival_reference import expected, lung

from analysis import clv, survival
from analysis.errors import DataError

TERMS = {"margin_per_period": 10.0, "periods_per_year": 12.0, "annual_discount_rate": 0.10}
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
CURVE = pd.DataFrame(
    {"time": [1.0, 2.0, 3.0], "survival": [0.8, 0.6, 0.3], "std_err": [0.04, 0.05, 0.05]}
)


# Published -----------------------------------------------------------------------------------


def test_at_a_margin_of_one_and_no_discount_it_is_the_restricted_mean_of_r():
    """R 4.2.2, survival 3.5-3: area under the curve to tau, with its Greenwood error."""
    curve = survival.kaplan_meier(lung()["time"], lung()["status"])
    for entry in expected("lung")["km"]["rmst"]:
        row = clv.value_contracts(
            curve.table,
            margin_per_period=1.0,
            periods_per_year=365.25,
            annual_discount_rate=0.0,
            horizon=entry["tau"],
        ).iloc[0]
        assert row["value"] == pytest.approx(entry["rmst"]["all"], rel=1e-10)
        reach = special.ndtri(0.95) * entry["se"]["all"]
        assert row["high"] - row["value"] == pytest.approx(reach, rel=1e-8)


def test_renewals_of_a_long_horizon_are_the_published_closed_form():
    """Fader and Hardie (2010), Marketing Science 29(1): discounted expected lifetime."""
    fit, rate = clv.fit_shifted_beta_geometric(REGULAR), 0.10
    terms = {"margin_per_period": 1.0, "periods_per_year": 1.0, "annual_discount_rate": rate}
    row = clv.value_renewals(fit, **terms, horizon=500).iloc[0]
    closed = special.hyp2f1(1, fit.beta, fit.alpha + fit.beta, 1 / (1 + rate))
    assert row["value"] == pytest.approx(closed, rel=1e-10)


# By hand -------------------------------------------------------------------------------------


def test_a_new_contract_by_hand():
    """10 x (1 + .8 + .6) for three months, each discounted to its beginning or all along."""
    month = 1.10 ** (-1 / 12)
    advance = clv.value_contracts(CURVE, **TERMS, horizon=3, paid="in advance").iloc[0]
    assert advance["expected_periods"] == pytest.approx(2.4)
    assert advance["value"] == pytest.approx(10 * (1 + 0.8 * month + 0.6 * month**2))
    steady = clv.value_contracts(CURVE, **TERMS, horizon=3).iloc[0]
    within = (1 - month) / -np.log(month)
    assert steady["value"] == pytest.approx(advance["value"] * within)


def test_one_that_has_lasted_a_month_by_hand():
    """S(1 + t) / S(1): 1, then .75; log S moves by .05^2/.6^2 - .04^2/.8^2 between."""
    flat = TERMS | {"annual_discount_rate": 0.0}
    row = clv.value_contracts(CURVE, **flat, horizon=2, tenures=[1], confidence=0.95).iloc[0]
    assert row["value"] == pytest.approx(17.5)
    error = 10 * 0.75 * np.sqrt((0.05 / 0.6) ** 2 - (0.04 / 0.8) ** 2)
    assert row["high"] - row["value"] == pytest.approx(1.959963985 * error)
    assert row["value"] - row["low"] == pytest.approx(1.959963985 * error)


def test_a_fraction_of_a_period_counts_in_part():
    flat = TERMS | {"annual_discount_rate": 0.0}
    row = clv.value_contracts(CURVE, **flat, horizon=1.25, tenures=[0.5]).iloc[0]
    assert row["value"] == pytest.approx(10 * (0.5 + 0.8 * 0.75))
    advance = clv.value_contracts(CURVE, **flat, horizon=2, tenures=[0.5], paid="in advance")
    assert advance["value"].item() == pytest.approx(10 * (1 + 0.8))


def test_a_cost_above_the_margin_makes_a_negative_value():
    row = clv.value_contracts(CURVE, **TERMS | {"margin_per_period": -2.0}, horizon=3).iloc[0]
    assert row["low"] < row["value"] < row["high"] < 0


def test_where_all_contracts_end_the_curve_reaches_any_horizon():
    curve = survival.kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])
    near = clv.value_contracts(curve.table, **TERMS, horizon=4)
    pd.testing.assert_frame_equal(near, clv.value_contracts(curve.table, **TERMS, horizon=90))


# Invariants ----------------------------------------------------------------------------------


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    drops=st.lists(st.floats(0.01, 0.4), min_size=2, max_size=12),
    tenure=st.floats(0.0, 1.9),
    rate=st.floats(0.0, 0.5),
)
def test_the_value_is_the_integral_of_the_curve(drops, tenure, rate):
    left = np.cumprod(1 - np.array(drops))
    time = np.arange(1.0, left.size + 1)
    curve = pd.DataFrame({"time": time, "survival": left, "std_err": 0.0})
    horizon = time[-1] - tenure

    def there(t):
        return np.append(1.0, left)[np.searchsorted(time, t, side="right")]

    whole = integrate.quad(
        lambda t: 10 * there(tenure + t) / there(tenure) * (1 + rate) ** (-t / 12),
        0,
        horizon,
        points=np.unique(np.append(time - tenure, 0.0).clip(0)),
        limit=200,
    )[0]
    terms = TERMS | {"annual_discount_rate": rate}
    row = clv.value_contracts(curve, **terms, horizon=horizon, tenures=[tenure]).iloc[0]
    assert row["value"] == pytest.approx(whole, rel=1e-7)
    assert row["low"] == row["value"] == row["high"]
    assert row["discounted_periods"] <= row["expected_periods"] * (1 + 1e-12)


def test_steps_of_the_curve_without_an_event_change_nothing():
    more = pd.DataFrame(
        {
            "time": [0.0, 0.5, 1.0, 1.5, 2.0, 3.0],
            "survival": [1.0, 1.0, 0.8, 0.8, 0.6, 0.3],
            "std_err": [0.0, 0.0, 0.04, 0.04, 0.05, 0.05],
        }
    )
    rows = [clv.value_contracts(one, **TERMS, horizon=2, tenures=[0, 1]) for one in (CURVE, more)]
    pd.testing.assert_frame_equal(*rows)


# Simulated truth -----------------------------------------------------------------------------


def test_the_interval_covers_the_true_value():
    """Exponential lives, half of them censored, of contracts that have lasted 6 months."""
    rng = np.random.default_rng(8)
    hazard = 0.06
    rate = np.log(1.10) / 12
    truth = 10 * (1 - np.exp(-12 * (hazard + rate))) / (hazard + rate)
    inside = 0
    for _ in range(150):
        lasts, watched = rng.exponential(1 / hazard, 150), rng.uniform(12, 60, 150)
        curve = survival.kaplan_meier(np.minimum(lasts, watched), lasts <= watched)
        row = clv.value_contracts(curve.table, **TERMS, horizon=12, tenures=[6]).iloc[0]
        inside += row["low"] <= truth <= row["high"]
    assert 0.85 <= inside / 150 <= 0.95


def test_the_interval_of_a_fit_is_as_wide_as_fits_scatter():
    rng = np.random.default_rng(14)
    truth = clv.fit_shifted_beta_geometric(REGULAR)
    ahead = TERMS | {"horizon": 12, "tenures": [0, 3]}
    chance = -np.diff(truth.survival(np.arange(8)), append=0.0)
    values = []
    for _ in range(40):
        lost = rng.multinomial(1000, chance)[:-1]
        fit = clv.fit_shifted_beta_geometric(1000 - np.append(0, np.cumsum(lost)))
        values.append(clv.value_renewals(fit, **ahead)["value"])
    claimed = clv.value_renewals(truth, **ahead)
    error = (claimed["high"] - claimed["value"]) / special.ndtri(0.95)
    assert_allclose(np.std(values, axis=0), error, rtol=0.35)


def test_a_fit_and_its_curve_agree():
    fit = clv.fit_shifted_beta_geometric(REGULAR)
    time = np.arange(25.0)
    curve = pd.DataFrame({"time": time, "survival": fit.survival(time), "std_err": 0.0})
    by_curve = clv.value_contracts(curve, **TERMS, horizon=12, tenures=[0, 5], paid="in advance")
    by_fit = clv.value_renewals(fit, **TERMS, horizon=12, tenures=[0, 5])
    columns = ["tenure", "expected_periods", "discounted_periods", "value"]
    assert_allclose(by_curve[columns], by_fit[columns], rtol=1e-12)
    assert (by_fit["low"] < by_fit["value"]).all()
    assert by_fit["value"].is_monotonic_increasing  # those who stayed are those who stay


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 4}, r"reach to the tenure plus the horizon, 4; it ends at 3, where .* 0\.3"),
        ({"tenures": [2]}, "reach to the tenure plus the horizon, 5"),
        ({"tenures": [-1]}, "`tenures` must be finite and >= 0; got -1"),
        ({"paid": "late"}, "`paid` must be 'steadily' or 'in advance'; got 'late'"),
        ({"margin_per_period": np.nan}, "`margin_per_period` must be finite; got nan"),
        ({"annual_discount_rate": -0.1}, "`annual_discount_rate` must be finite and >= 0"),
        ({"periods_per_year": 0}, "`periods_per_year` must be finite and > 0"),
        ({"horizon": 0}, "`horizon` must be finite and > 0"),
        ({"confidence": 90}, r"`confidence` must be in \(0, 1\]; got 90"),
        ({"curve": CURVE.iloc[::-1]}, "`time` must be >= 0 and rise; 2 of 3 break this, first row"),
        ({"curve": CURVE.assign(survival=[0.6, 0.8, 0.3])}, "`survival` must fall from 1"),
        ({"curve": CURVE.assign(std_err=-1.0)}, "`std_err` must be >= 0"),
        ({"curve": CURVE.assign(std_err=np.nan)}, "`std_err` must be a finite number; 3 of 3"),
        ({"curve": CURVE.drop(columns="std_err")}, "needs a column `std_err`"),
        ({"curve": CURVE.assign(group=[*"aab"])}, "must be of one group; it holds 2, first 'a'"),
    ],
)
def test_terms_and_curves_that_make_no_sense_are_refused(change, message):
    call = {"curve": CURVE, "horizon": 3.0} | TERMS | change
    with pytest.raises(DataError, match=message):
        clv.value_contracts(call.pop("curve"), **call)


def test_a_tenure_that_nobody_reached_is_refused():
    curve = survival.kaplan_meier([1, 2, 3], [1, 1, 1]).table
    with pytest.raises(DataError, match="the curve is 0 before 3"):
        clv.value_contracts(curve, **TERMS, horizon=1, tenures=[3])


def test_renewals_come_in_whole_periods():
    fit = clv.fit_shifted_beta_geometric([1000, 869, 743, 653])
    with pytest.raises(DataError, match=r"`horizon` must be a count of periods; got 2\.5"):
        clv.value_renewals(fit, **TERMS, horizon=2.5)
