"""The check on a holdout: forecasts, their intervals, tracking, and customers of unknown birth."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import CALIBRATION_END, cdnow, cdnow_purchases, simulate_bg
from numpy.testing import assert_allclose

from analysis import clv
from analysis.clv.likelihood import Maximum
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


# Customers there before ------------------------------------------------------------------------


def test_tracking_counts_every_order_of_those_there_before_from_the_stretch_on():
    """Poisson buyers of one pace who never leave: the mean of a week, given one seen in time."""
    rng = np.random.default_rng(12)
    T, within, pace = 10.0, 2.0, 0.7
    customers = pd.DataFrame({"T": np.full(4000, T), "seen_within": within, "frequency": 1})
    customers["recency"] = rng.uniform(0, within, 4000)
    customers["first_order"] = END - pd.Timedelta(days=69)
    even = clv.BGNBD(r=7e5, alpha=1e6, a=1e-6, b=1e6, n_customers=1, peak=_no_peak())
    days = pd.DataFrame({"order_date": pd.date_range(END - pd.Timedelta(days=83), END)})
    days = days.assign(order_days=40, first_days=3)
    known_from = END - pd.Timedelta(days=56)
    weeks = clv.track_weeks(days, customers, even, END, 2, known_from=known_from)
    weeks = weeks.set_index("week")
    assert weeks.loc[:-10, "model"].isna().all()
    # given a purchase in two weeks, a week of those has 2 pace / (1 - exp(-2 pace)) / 2
    first_two = 4000 * pace / (1 - np.exp(-pace * within))
    assert_allclose(weeks.loc[-9:-8, "model"], first_two, rtol=1e-4)
    assert_allclose(weeks.loc[-7:0, "model"], 4000 * pace, rtol=1e-4)
    # first orders count where they are no first ones
    assert weeks.loc[-9, "actual"] == 7 * 40
    assert weeks.loc[0, "actual"] == 7 * (40 - 3)


def _no_peak():
    return Maximum(np.zeros(4), 0.0, np.zeros((4, 4)))
