"""The check on a holdout: forecasts, their intervals, tracking, and customers of unknown birth."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import CALIBRATION_END, cdnow, cdnow_purchases, simulate_bg
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv.births import EVERYBODY, KNOWN_BIRTHS
from analysis.errors import DataError

END = pd.Timestamp(CALIBRATION_END)


@pytest.fixture(scope="module")
def model():
    return clv.fit_bg_nbd(cdnow())


@pytest.fixture(scope="module")
def last_period():
    """Order days in the 39 weeks before the end, which are nearly all of them."""
    return cdnow()["frequency"] + 1.0


@pytest.fixture(scope="module")
def forecast(model, last_period):
    return clv.forecast_holdout(cdnow(), model, last_period)


@pytest.fixture(scope="module")
def order_days():
    purchases = cdnow_purchases().drop_duplicates(["customer_id", "order_date"])
    first = purchases.groupby("customer_id")["order_date"].transform("min")
    marked = purchases.assign(first_days=purchases["order_date"] == first)
    days = marked.groupby("order_date")["first_days"].agg(order_days="size", first_days="sum")
    return days.reset_index()


def test_tracking_follows_the_published_cumulative_curve(model, order_days):
    """Fader, Hardie and Lee (2005), figure 3: the model's curve stays close to the count."""
    weeks = clv.track_weeks(order_days, cdnow(), model, END, 39)
    known = weeks[~weeks["holdout"]]
    assert known["actual"].sum() == cdnow()["frequency"].sum()
    assert known["model"].sum() == pytest.approx(cdnow()["frequency"].sum(), rel=0.06)
    ahead = weeks[weeks["holdout"]]
    assert ahead["total_actual"].iloc[-1] == 1882
    whole = model.expected_purchases(cdnow(), 39).sum()
    assert ahead["total_model"].iloc[-1] == pytest.approx(whole, rel=1e-12)
    assert (ahead["total_low"] < ahead["total_model"]).all()


def test_weeks_are_counted_from_the_end_of_the_calibration(model, order_days):
    weeks = clv.track_weeks(order_days, cdnow(), model, END, 39)
    first = weeks[weeks["week"] == 1].iloc[0]
    assert first["week_end"] == END + pd.Timedelta(days=7)
    inside = order_days["order_date"].between(END + pd.Timedelta(days=1), first["week_end"])
    assert first["actual"] == order_days.loc[inside, "order_days"].sum()
    last_known = weeks[weeks["week"] == 0].iloc[0]
    assert last_known["week_end"] == END
    naive = weeks.set_index("week")["naive"]
    inside = order_days["order_date"].between(END - pd.Timedelta(days=6), END)
    assert naive[39] == order_days.loc[inside, "order_days"].sum()


def test_scores_are_what_they_say(forecast, model):
    scores = clv.score_forecasts(forecast).set_index("forecast")
    table = forecast.table
    expected = model.expected_purchases(cdnow(), cdnow()["holdout_T"].iloc[0])
    assert scores.loc["model", "predicted"] == pytest.approx(expected.sum())
    off = (expected - cdnow()["holdout_frequency"]).abs().mean()
    assert scores.loc["model", "mean_absolute_error"] == pytest.approx(off)
    ranks = table["model"].corr(table["actual"], method="spearman")
    assert scores.loc["model", "rank_correlation"] == pytest.approx(ranks)
    naive = cdnow()["frequency"] / cdnow()["T"] * cdnow()["holdout_T"]
    assert_allclose(table["own pace carried on"], naive)
    assert scores.loc["model", "mean_absolute_error"] < scores["mean_absolute_error"].iloc[1:].min()


def test_deciles_hold_a_tenth_each_and_rise(forecast):
    deciles = clv.score_by_decile(forecast)
    assert deciles["customers"].between(235, 236).all()
    assert (np.diff(deciles["predicted"]) > 0).all()
    total = (deciles["actual"] * deciles["customers"]).sum()
    assert total == pytest.approx(cdnow()["holdout_frequency"].sum())


def test_the_interval_of_the_total_covers_what_comes():
    """30 cohorts from the model, refitted: 27 intervals should cover, give or take 3 (2 sd)."""
    rng, covered = np.random.default_rng(31), 0
    for _ in range(30):
        customers = simulate_bg((0.8, 6.0, 0.9, 3.0), rng.uniform(20, 40, 400), 20.0, rng)
        nothing = pd.Series(0.0, index=customers.index)
        forecast = clv.forecast_holdout(customers, clv.fit_bg_nbd(customers), nothing)
        low, high = forecast.interval()
        covered += low <= customers["holdout_frequency"].sum() <= high
    assert 24 <= covered <= 30


def test_a_holdout_of_several_lengths_is_refused(model, last_period):
    mixed = cdnow().assign(holdout_T=np.arange(2357.0))
    with pytest.raises(DataError, match="one time > 0 for all; found 2357 values"):
        clv.forecast_holdout(mixed, model, last_period)


# Customers of unknown birth --------------------------------------------------------------------


def left_truncated(rng, *, old, new):
    """Return customers seen through a window: old ones were there before and buy more often."""
    before = simulate_bg((4.0, 4.0, 1.0, 60.0), np.full(old, 40.0), 13.0, rng)
    after = simulate_bg((0.8, 4.0, 1.0, 8.0), rng.uniform(1, 35, new), 13.0, rng)
    both = pd.concat([before, after], ignore_index=True)
    return both, pd.Series([False] * old + [True] * new)


def test_old_customers_who_buy_more_are_kept_in_the_fit():
    customers, known = left_truncated(np.random.default_rng(41), old=900, new=300)
    found = clv.compare_births(customers, known, clv.fit_bg_nbd)
    assert found.recommended == EVERYBODY
    assert found.fits["fitted_on"].tolist() == [EVERYBODY, KNOWN_BIRTHS]
    assert found.fits["customers"].tolist() == [1200, 300]
    pace = found.fits.set_index("fitted_on")["purchases_per_week"]
    assert pace[EVERYBODY] > 2 * pace[KNOWN_BIRTHS]
    errors = found.errors.set_index(["fitted_on", "group"])["error"]
    # to the fit on newcomers, old customers look like lucky ones, and are drawn down
    assert errors[KNOWN_BIRTHS, "first order unknown"] < -0.02
    assert abs(errors[EVERYBODY, "first order unknown"]) < 0.05
    assert "missed both groups by" in found.reason


def test_where_all_are_alike_the_fit_on_known_births_is_preferred():
    rng = np.random.default_rng(42)
    customers = simulate_bg((0.8, 4.0, 1.0, 8.0), rng.uniform(5, 40, 4000), 13.0, rng)
    known = pd.Series(np.arange(4000) % 2 == 0)
    found = clv.compare_births(customers, known, clv.fit_bg_nbd)
    assert found.recommended in (EVERYBODY, KNOWN_BIRTHS)
    gaps = found.errors[found.errors["group"] == "everybody"].set_index("fitted_on")["error"]
    assert abs(gaps[EVERYBODY] - gaps[KNOWN_BIRTHS]) < 0.05


def test_nothing_to_choose_and_too_few_to_choose():
    customers, known = left_truncated(np.random.default_rng(43), old=300, new=100)
    everybody_known = clv.compare_births(customers, known | True, clv.fit_bg_nbd)
    assert everybody_known.recommended == EVERYBODY
    assert "every first order is known" in everybody_known.reason
    few = clv.compare_births(customers, known & False, clv.fit_bg_nbd)
    assert few.recommended == EVERYBODY
    assert few.reason == "only 0 repeat buyers are known to be new, too few to fit apart"
    assert few.errors["group"].tolist() == ["everybody", "first order unknown"]
