"""Key figures of past periods: the same as snapshots of those days, and what to make of them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis import segmentation
from analysis.periods import Period
from analysis.segmentation import layout, sentences_change
from analysis.segmentation.stakes import margin_of_a_year
from analysis.segmentation.standing import standing
from analysis.settings import LifecycleSettings, Settings

RULES = Settings(
    transactions={"sample": "complete-journey"},
    lifecycle=LifecycleSettings(
        loyal_orders=3, loyal_window_days=90, new_days=20, dormant_days=30, lost_days=60
    ),
)
MARCH = Period.parse("2024-03")


def orders(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return frame.assign(order_date=pd.to_datetime(frame["order_date"]))


def seldom(seed=3, customers=60):
    """Return two years of customers who order at random, with some returns."""
    rng = np.random.default_rng(seed)
    n = 12 * customers
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 730, n), "D")
    amount = np.where(rng.random(n) < 0.1, -5.0, rng.gamma(2.0, 20.0, n).round(2))
    ids = pd.Series(rng.integers(0, customers, n)).astype(str)
    return pd.DataFrame({"customer_id": ids, "order_date": day, "amount": amount})


def test_a_history_worked_by_hand():
    """ann comes each month; bob stops after January: silent for 30 days at the end of February."""
    frame = orders(
        ("ann", "2024-01-05", 10.0), ("ann", "2024-02-05", 10.0), ("ann", "2024-03-05", 10.0),
        ("bob", "2024-01-20", 5.0), ("eve", "2024-03-30", 1.0),
    )  # fmt: skip
    now, _ = segmentation.take_snapshots(frame, MARCH, RULES)
    history = segmentation.take_history(frame, MARCH, now, RULES)
    assert history["period_start"].dt.month.tolist() == [1, 2, 3]
    assert history["customers"].tolist() == [2, 2, 3]
    assert history["active_customers"].tolist()[1:] == [1, 2]
    assert np.isnan(history["active_customers"][0])  # 27 days of data tell no silence of 30
    assert history["fell_silent"].tolist()[1:] == [1, 0]


@pytest.mark.parametrize("kind", ["week", "month", "quarter"])
def test_the_history_is_that_of_snapshots_of_the_same_days(kind):
    frame = seldom()
    period = Period.last_complete(kind, frame["order_date"].max().date())
    now, _ = segmentation.take_snapshots(frame, period, RULES)
    history = segmentation.take_history(frame, period, now, RULES)
    asked = period
    for row in history.iloc[:-4:-1].to_dict("records"):
        assert row["period_start"] == pd.Timestamp(asked.start)
        then, before = (
            segmentation.take_snapshot(frame, day, RULES, window_days=now.window_days)
            for day in (asked.end, asked.previous.end)
        )
        stages = then.customers.to_frame()["stage"]
        assert row["customers"] == len(stages)
        assert row["loyal"] == pytest.approx((stages == "Loyal").mean())
        assert row["active"] == pytest.approx(1 - stages.isin(["Dormant", "Lost"]).mean())
        spread = segmentation.concentration(then.customers, value="spend", top=[0.2])
        assert row["top_fifth"] == pytest.approx(spread.top["share_of_spend"][0])
        moves = segmentation.migration(before.customers, then.customers, "stage")
        assert row["fell_silent"] == sentences_change._count(
            moves, ["New", "Repeat", "Loyal"], ["Dormant", "Lost"]
        )
        asked = asked.previous


def test_the_year_before_is_there_though_beyond_the_trend():
    frame = seldom()
    period = Period.parse("2024-W40")
    now, _ = segmentation.take_snapshots(frame, period, RULES)
    history = segmentation.take_history(frame, period, now, RULES)
    assert len(history) == 14
    assert history["period_start"][0] == pd.Timestamp(period.year_before.start)
    stands = standing(history, "fell_silent", period, more_is="bad")
    assert stands.year_before.endswith("on week 40 of 2023")
    assert len(stands.trend) == 13


def figures(values, complete=True):
    starts = pd.date_range("2023-10-01", periods=len(values), freq="MS")
    table = pd.DataFrame({"period_start": starts, "complete": True, "loyal": values})
    table["fell_silent"] = [100 * value for value in values]
    table.loc[table.index[-1], "complete"] = complete
    return table


def test_a_figure_is_coloured_only_out_of_its_usual_range():
    steady = [0.50, 0.51, 0.49, 0.50, 0.51]
    assert standing(figures([*steady, 0.60]), "loyal", MARCH).direction == "good"
    assert standing(figures([*steady, 0.40]), "loyal", MARCH).direction == "bad"
    assert standing(figures([*steady, 0.52]), "loyal", MARCH).direction == "neutral"
    more_silent = standing(figures([*steady, 0.60]), "fell_silent", MARCH, more_is="bad")
    assert more_silent.direction == "bad"
    assert standing(figures([*steady, 0.40], complete=False), "loyal", MARCH).direction == "neutral"
    assert standing(figures([0.5, 0.9]), "loyal", Period.parse("2023-11")).direction == "neutral"


def test_the_margin_of_a_year_by_hand(sample, sample_settings):
    now, _ = segmentation.take_snapshots(sample, Period.parse("2017-12"), sample_settings)
    half = dataclasses.replace(now, window_days=73)
    stake = margin_of_a_year(pd.Series([30.0, 40.0]), half, 0.2)
    assert stake.value == pytest.approx(70.0)  # a fifth of 70, five times a year
    assert stake.low == 0.0
    assert stake.high == pytest.approx(70 + 1.959964 * 50)


def test_shares_of_too_few_people_are_left_out():
    sizes = pd.DataFrame(
        {
            "group": ["Gold", "Silver"], "customers": [3, 97], "share_of_customers": [0.03, 0.97],
            "customers_before": [2.0, 98.0], "share_of_spend": [0.5, 0.5],
            "spend_low": [0.4, 0.4], "spend_high": [0.6, 0.6],
        }
    )  # fmt: skip
    shown = layout.of_groups(sizes)
    assert shown["share_of_customers"].isna().tolist() == [True, False]
    assert shown["customers"].tolist() == [3, 97]  # `display` hides these itself
