"""The last forecast of the value report: kept, made again, scored, and the record of all."""

import dataclasses
import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from analysis import clv, forecasts, retention, summary, tables
from analysis.charts import clv_check
from analysis.clv import layout_forecast
from analysis.clv import sentences_forecast as outcome
from analysis.clv.next_period import ORDER_DAYS, SALES
from analysis.errors import TooFewError
from analysis.periods import Period

MARCH, APRIL = Period.parse("2021-03"), Period.parse("2021-04")
MADE = forecasts.Forecast(
    id=ORDER_DAYS,
    made_for="2021-03",
    label="Order days",
    value=4.0,
    low=2.0,
    high=6.0,
    level=0.9,
    unit="order days",
    made_on="2021-02-28",
    method="BG/NBD",
    naive=2.0,
    known=3.0,
)
SOLD = dataclasses.replace(MADE, id=SALES, value=50.0, low=10.0, high=70.0, unit="EUR", known=30.0)


def shop(*more, until="2021-04-30"):
    """A and B are known by February; A comes 2 times in March, B once, C is new in March."""
    orders = [
        ("A", "2021-01-04", 10.0),
        ("A", "2021-02-01", 10.0),
        ("B", "2021-02-20", 10.0),
        ("A", "2021-03-01", 15.0),
        ("A", "2021-03-31", 15.0),
        ("B", "2021-03-10", 20.0),
        ("C", "2021-03-05", 40.0),
        ("C", "2021-04-02", 40.0),
        *more,
    ]
    frame = pd.DataFrame(orders, columns=["customer_id", "order_date", "amount"])
    frame = frame[frame["order_date"] <= until]
    return tables.from_frame(frame.assign(order_date=pd.to_datetime(frame["order_date"])))


def last(**changes):
    """The toy forecast of March, scored: 4 forecast, 3 came."""
    scored = forecasts.score(MADE, 3.0, known=3.0)
    found = clv.LastForecast(
        period=MARCH,
        kept=True,
        order_days=scored,
        sales=forecasts.score(SOLD, 50.0, known=30.0),
        of_newcomers=1,
        complete=True,
        record=(scored,),
    )
    return dataclasses.replace(found, **changes)


def record(*actual):
    """One kept forecast a month, of 4 order days (2 to 6), and what came."""
    months = [f"2020-{month:02d}" for month in range(1, len(actual) + 1)]
    return tuple(
        forecasts.score(dataclasses.replace(MADE, made_for=month), came)
        for month, came in zip(months, actual, strict=True)
    )


# By hand ----------------------------------------------------------------------------------------


def test_what_came_is_counted_from_the_customers_known_at_the_time():
    orders, sales = clv.score_kept(shop(), [MADE, SOLD], MARCH.end)
    assert orders.actual == 3.0  # C was not known in February
    assert sales.actual == 50.0
    assert orders.error == pytest.approx(1 / 3)
    assert orders.covered
    assert orders.restated == sales.restated == 0.0


def test_an_order_found_later_in_the_past_is_seen_as_a_restatement():
    late = shop(("B", "2021-01-30", 5.0))
    orders, sales = clv.score_kept(late, [MADE, SOLD], MARCH.end)
    assert orders.restated == pytest.approx(1 / 3)
    assert sales.restated == pytest.approx(1 / 6)
    said = outcome.origin(last(order_days=orders)).data["text/plain"]
    assert "they held 3 order days when the forecast was made, and hold 4 today" in said


def test_a_period_not_over_stays_open_and_a_scored_one_as_it_was():
    done = forecasts.score(MADE, 99.0)
    assert clv.score_kept(shop(), [MADE], dt.date(2021, 3, 30)) == [MADE]
    assert clv.score_kept(shop(), [done], MARCH.end) == [done]
    other = dataclasses.replace(MADE, id="churn.lost")
    assert clv.score_kept(shop(), [other], MARCH.end) == []


def test_the_record_waits_until_the_data_reach_the_end_of_the_period():
    none = TooFewError("too few")
    assert clv.forecasts_to_keep(shop(until="2021-03-30"), none, MARCH, [MADE]) == [MADE]
    assert clv.forecasts_to_keep(shop(), none, MARCH, [MADE])[0].actual == 3.0


# Sentences --------------------------------------------------------------------------------------


def test_the_score_is_said_beside_the_naive_rule():
    finding = outcome.held(last())
    assert finding.headline == (
        "On 28 February 2021 the forecast for March 2021 was 4 order days; 3 came: +33.3% off, "
        "inside the 90% interval 2 to 6. Their sales came to €50.00: the forecast was 0.0% off, "
        "inside its interval €10.00 to €70.00."
    )
    assert "against -33.3% off by repeating the 31 days before" in finding.comparison
    assert finding.comparison.endswith("customers new in March 2021 added 1 order day")
    assert finding.direction == "good"


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"order_days": forecasts.score(MADE, 7.0)}, "bad"),
        ({"sales": forecasts.score(SOLD, 90.0)}, "neutral"),
        ({"sales": None}, "good"),
        ({"order_days": forecasts.score(MADE, 2.0)}, "neutral"),  # the naive rule said 2
        ({"order_days": forecasts.score(MADE, 7.0), "complete": False}, "neutral"),
    ],
)
def test_the_direction_goes_by_interval_naive_rule_and_completeness(changes, direction):
    assert outcome.held(last(**changes)).direction == direction


def test_where_the_forecast_comes_from_is_said():
    said = outcome.origin(last()).data["text/plain"]
    assert "the report of February 2021 showed, as it was archived then." in said
    again = outcome.origin(last(kept=False, record=())).data["text/plain"]
    assert again.startswith("No forecast for March 2021 is in the archive. This one was made again")
    assert again.endswith("as the report of February 2021 would have made it.")
    older = dataclasses.replace(MADE, made_for="2021-01", made_on="2020-12-31")
    stale = last(kept=False, record=(forecasts.score(older, 8.0),))
    assert (
        outcome.origin(stale)
        .data["text/plain"]
        .endswith(
            "The newest forecast in the archive, of 31 December 2020, is for January 2021: it was "
            "-50.0% off, outside its interval."
        )
    )


def test_a_period_not_over_is_warned_of():
    bundle = outcome.origin(last(complete=False))
    assert "The data end before March 2021 does" in bundle.data["text/plain"]
    note = next(data for mime, data in bundle.data.items() if "note" in mime)
    assert note["level"] == "warning"


def test_both_scores_are_in_the_table():
    content = next(
        data for mime, data in layout_forecast.scores(last()).data.items() if "+" in mime
    )
    assert [row[:4] for row in content["rows"]] == [
        ["Order days", "4", "2 to 6", "3"],
        ["Sales", "€50.00", "€10.00 to €70.00", "€50.00"],
    ]
    assert content["rows"][1][4] == "0.0%"


@pytest.mark.parametrize(
    ("actual", "said", "direction"),
    [
        ([3, 5, 6, 4], "4 held within their 90% interval, as many as", "good"),
        ([3, 5, 9, 4], "3 held within their 90% interval, as many as", "good"),  # chance 0.34
        ([9, 9, 9, 4], "1 held within their 90% interval, fewer than chance", "bad"),
    ],
)
def test_the_record_is_judged_by_chance(actual, said, direction):
    sold = (forecasts.score(SOLD, 50.0), forecasts.score(SOLD, 99.0))
    finding = outcome.past(last(record=record(*actual), sales_record=sold))
    assert finding.headline.endswith("off on average. Of their sales, 1 of 2 held.")
    assert finding.headline.startswith("Of the last 4 forecasts of order days that reports kept, ")
    assert said in finding.headline
    assert finding.direction == direction
    held = sum(2 <= came <= 6 for came in actual)
    assert finding.value == held / 4


def test_a_record_of_one_is_none():
    finding = outcome.past(last())
    assert finding.refused
    assert finding.headline.endswith("There so far: 1.")


def test_the_trend_of_the_card_ends_with_the_last_error():
    past = record(5, 8)
    finding = outcome.held(last(record=(*past, last().order_days)))
    assert finding.trend == pytest.approx((-0.2, -0.5, 1 / 3))
    assert finding.trend[-1] == finding.value


def test_the_chart_draws_the_record():
    table = layout_forecast.record(last(record=record(3, 9)))
    ax = clv_check.forecast_record(table)
    dots = [line for line in ax.get_lines() if line.get_label() == "came"]
    np.testing.assert_array_equal(dots[0].get_ydata(), [3, 9])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Jan\n2020", "Feb\n2020"]
    assert not clv_check.forecast_record(layout_forecast.record(TooFewError("no"))).lines
    plt.close("all")


def test_too_little_is_said_in_place_of_a_score():
    reason = TooFewError("Too few orders.")
    assert outcome.held(reason).refused
    assert outcome.past(reason).refused
    assert outcome.origin(reason) is layout_forecast.scores(reason) is None


# The sample --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(sample, value_study, sample_settings):
    """What the report of November would have kept, read back from its file."""
    eve = dt.date(2017, 11, 30)
    burn_in = retention.burn_in_days(sample, eve, sample_settings.churn)
    check = clv.check_holdout(sample, eve, sample_settings, burn_in_days=burn_in)
    study = clv.study_value(sample, eve, sample_settings, check)
    made = clv.forecasts_to_keep(sample, study, Period.parse("2017-11"), [])
    return forecasts.parse(json.loads(json.dumps([dataclasses.asdict(one) for one in made])))


def test_the_forecast_kept_is_scored_by_the_next_report(sample, sample_settings, kept):
    december = Period.parse("2017-12")
    found = clv.score_last_forecast(sample, december, sample_settings, kept, burn_in_days=70)
    customers = summary.summarise_customers(sample, december.end, calibration_end="2017-11-30")
    assert found.kept
    assert found.complete
    assert found.order_days.made_on == "2017-11-30"
    assert found.order_days.actual == customers["holdout_frequency"].sum()
    assert found.sales.actual == pytest.approx(customers["holdout_total"].sum())
    assert found.order_days.covered
    assert found.order_days.restated == found.sales.restated == 0.0
    everybody = summary.summarise_customers(sample, december.end)
    new = everybody[everybody["first_order"] > "2017-11-30"]
    assert found.of_newcomers == (new["frequency"] + 1).sum()
    before = summary.summarise_customers(sample, "2017-10-30")
    known = (customers["frequency"] + 1).sum()
    assert found.order_days.naive == known - (before["frequency"] + 1).sum()
    assert len(found.record) == len(found.sales_record) == 1


def test_made_again_it_is_the_one_that_was_kept(sample, sample_settings, kept):
    """Nothing of the sample was restated, so that both are one; and again is not in the record."""
    december = Period.parse("2017-12")
    burn_in = retention.burn_in_days(sample, dt.date(2017, 11, 30), sample_settings.churn)
    again = clv.score_last_forecast(sample, december, sample_settings, [], burn_in_days=burn_in)
    assert not again.kept
    assert again.record == ()
    orders, sales = clv.score_kept(sample, kept, december.end)
    assert again.order_days == orders
    assert again.sales == sales


def test_the_next_report_hands_on_the_record_and_its_own(sample, value_study, kept):
    december = Period.parse("2017-12")
    handed_on = clv.forecasts_to_keep(sample, value_study, december, kept)
    assert [(one.made_for, one.is_open) for one in handed_on] == [
        *[("2017-12", False)] * 2,
        *[("2018-01", True)] * 2,
    ]
    forecasts.emit(*handed_on)
    orders, sales = handed_on[2:]
    month = clv.value(
        value_study.histories.to_frame(),
        value_study.purchases,
        value_study.spend,
        horizon=31 / 7,
        annual_discount_rate=0.1,
        margin=0.2,
    )
    assert orders.value == pytest.approx(month.estimate("expected_purchases").estimate)
    assert (sales.low, sales.high) == pytest.approx(month.estimate("expected_sales")[1:])
    assert sales.unit == "USD"
    assert orders.known == (value_study.customers.to_frame()["frequency"] + 1).sum()
