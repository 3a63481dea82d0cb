"""Periods, cohorts and second orders: toys by hand, invariants, the sample."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import language, retention
from analysis.customer_table import CustomerTable
from analysis.errors import DataError
from analysis.periods import Period
from analysis.proportions import wilson_interval
from analysis.retention import layout, sentences, sentences_cohorts

TOY = pd.DataFrame(
    [
        ("ann", "2024-01-10", 10.0),
        ("ann", "2024-02-10", 20.0),
        ("ann", "2024-03-10", 30.0),
        ("bob", "2024-01-20", 5.0),
        ("bob", "2024-03-20", 7.0),
        ("eve", "2024-02-05", 50.0),
        ("eve", "2024-03-05", -8.0),
    ],
    columns=["customer_id", "order_date", "amount"],
).assign(order_date=lambda frame: pd.to_datetime(frame["order_date"]))


def test_activity_of_a_toy_worked_by_hand():
    activity = retention.activity_by_period(TOY, "2024-03-31")
    assert list(activity["customers"]) == [2, 2, 2]
    assert list(activity["new"]) == [2, 1, 0]
    assert list(activity["kept"]) == [0, 1, 1]  # a refund does not keep eve
    assert list(activity["returned"]) == [0, 0, 1]
    assert list(activity["lapsed"].astype(object)) == [pd.NA, 1, 1]
    assert list(activity["lapsed_revenue"].iloc[1:]) == [5.0, 50.0]
    assert list(activity["revenue"]) == [15.0, 70.0, 37.0]
    assert list(activity["days"]) == [31, 29, 31]
    assert activity["revenue_per_day"].iloc[1] == 70 / 29
    assert list(activity["retention"].iloc[1:]) == [0.5, 0.5]


def test_the_interval_of_retention_is_wilsons():
    """Wilson (1927) for 1 of 2 at 95%: 0.0945 to 0.9055."""
    activity = retention.activity_by_period(TOY, "2024-03-31")
    assert activity["low"].iloc[1] == pytest.approx(0.09453, abs=5e-6)
    assert activity["high"].iloc[1] == pytest.approx(0.90547, abs=5e-6)


def test_a_period_without_orders_is_a_row_of_zeros():
    gap = TOY[TOY["order_date"].dt.month != 2]
    activity = retention.activity_by_period(gap, "2024-03-31")
    assert list(activity["customers"]) == [2, 0, 2]
    assert list(activity["returned"]) == [0, 0, 2]
    assert activity["retention"].isna().tolist() == [True, False, True]


def test_a_period_not_over_is_not_complete():
    activity = retention.activity_by_period(TOY, "2024-03-15")
    assert list(activity["complete"]) == [False, True, False]


def test_a_period_after_the_end_of_the_data_is_not_complete():
    """The data end on 20 March: the rest of the month may still come."""
    activity = retention.activity_by_period(TOY, "2024-03-31")
    assert list(activity["complete"]) == [False, True, False]


def test_cohorts_of_a_toy_worked_by_hand():
    cells = retention.cohort_triangle(TOY, "2024-03-31")
    heads = retention.as_triangle(cells, "retention")
    assert heads.loc["2024-01-01"].tolist() == [1.0, 0.5, 1.0]
    assert heads.loc["2024-02-01", [0, 1]].tolist() == [1.0, 0.0]
    assert np.isnan(heads.loc["2024-02-01", 2])
    revenue = retention.as_triangle(cells, "revenue")
    assert revenue.loc["2024-02-01", [0, 1]].tolist() == [50.0, -8.0]


def test_a_month_not_over_is_left_empty():
    cells = retention.cohort_triangle(TOY, "2024-03-30")
    assert cells.groupby("cohort")["age_months"].max().tolist() == [1, 0]


def test_without_a_month_lived_to_its_end_there_is_no_cohort():
    cells = retention.cohort_triangle(TOY, "2024-01-25")
    assert cells.empty
    assert sentences_cohorts.cohort_finding(cells, age_months=3, minimum_customers=30).refused
    assert "Every cohort begins long enough" in sentences_cohorts.truncation_caveat(cells, 30)


def test_too_few_silences_make_every_cohort_a_mixture(sample_settings):
    assert retention.burn_in_days(TOY, "2024-03-31", sample_settings.churn) == 82


def test_cohorts_within_the_burn_in_are_marked():
    cells = retention.cohort_triangle(TOY, "2024-03-31", burn_in_days=20)
    marked = cells.drop_duplicates("cohort").set_index("cohort")["left_truncated"]
    assert marked.tolist() == [True, False]


orders = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 300), st.sampled_from([1.0, 2.5])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(rows=orders, kind=st.sampled_from(["week", "month", "quarter"]))
def test_every_customer_and_every_cent_is_counted_once(rows, kind):
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    frame = frame.assign(
        customer_id=frame["customer_id"].astype(str),
        order_date=pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], "D"),
    ).drop(columns="day")
    activity = retention.activity_by_period(frame, "2023-12-31", kind=kind)
    assert (activity["new"] + activity["kept"] + activity["returned"]).equals(activity["customers"])
    assert activity["new"].sum() == frame["customer_id"].nunique()
    assert activity["revenue"].sum() == pytest.approx(frame["amount"].sum())
    for whole in ("orders", "revenue"):
        parts = sum(activity[f"{name}_{whole}"] for name in ("kept", "returned", "new"))
        assert parts.tolist() == pytest.approx(activity[whole].tolist())
    cells = retention.cohort_triangle(frame, "2023-12-31")
    assert cells["active"].le(cells["customers"]).all()
    assert cells["revenue"].sum() == pytest.approx(frame["amount"].sum())


def test_the_second_order_curve_recovers_a_known_rate():
    """Second orders at 5% a day for 2,000 new customers: half by day ln(.5)/ln(.95) = 13.5."""
    rng = np.random.default_rng(1)
    first = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(30, 200, 2000), "D")
    gap = pd.to_timedelta(rng.geometric(0.05, 2000), "D")
    ids = pd.Series(range(2000)).astype(str)
    frame = pd.DataFrame(
        {
            "customer_id": pd.concat([ids, ids], ignore_index=True),
            "order_date": first.append(first + gap),
            "amount": 1.0,
        }
    )
    anchor = pd.DataFrame(
        {"customer_id": ["old"], "order_date": [pd.Timestamp("2024-01-01")], "amount": [1.0]}
    )
    curve = retention.second_order_curve(
        pd.concat([frame, anchor]), "2024-07-01", burn_in_days=10, horizon_days=40
    )
    truth = 1 - 0.95 ** curve["days"]
    assert (curve["low"].le(truth) & curve["high"].ge(truth)).mean() > 0.9
    assert np.abs(curve["share"] - truth).max() < 0.03


@pytest.mark.parametrize(
    ("kind", "labels", "first"),
    [
        ("month", ["Jan", "Feb", "Mar\n2024"], "January 2024"),
        ("quarter", ["Q1\n2024"], "Q1 2024"),
        ("year", ["2024"], "2024"),
    ],
)
def test_periods_have_names_for_tables_and_short_ones_for_axes(kind, labels, first):
    activity = retention.activity_by_period(TOY, "2024-03-31", kind=kind)
    named = layout.label_periods(activity, kind)
    assert named["period_label"].tolist() == labels
    assert named["period"].iloc[0] == first


def test_too_few_new_customers_give_no_curve_and_a_refusal():
    curve = retention.second_order_curve(TOY, "2024-03-31", burn_in_days=5)
    assert curve.empty
    finding = sentences_cohorts.second_order_finding(curve, 30)
    assert finding.refused
    assert finding.headline.startswith("Not enough data: the time to a second order needs 30")


def test_the_sample_keeps_nine_of_ten_customers_a_month(sample):
    activity = retention.activity_by_period(sample, "2017-12-31")
    finding = sentences.retention_finding(activity, Period.parse("2017-12"), 30)
    assert finding.value == pytest.approx(1869 / 2061)
    assert finding.headline.endswith("within the usual range (88.1% to 93.3%).")
    assert finding.comparison == "down 0.4 points on November 2017"
    assert finding.year_before == "no data for December 2016"
    assert finding.trend[-1] == finding.value
    assert len(finding.trend) == 11
    assert finding.direction == "neutral"


def test_chinese_tells_the_same_numbers_and_no_english(sample):
    december = Period.parse("2017-12")
    activity = retention.activity_by_period(sample, "2017-12-31")
    away = retention.customers_who_stayed_away(sample, december)

    def found():
        return [
            sentences.retention_finding(activity, december, 30),
            sentences.flows_finding(activity, away, december, "USD", margin=0.25),
        ]

    english = found()
    language.use("zh")
    for one, other in zip(english, found(), strict=True):
        kept = ("id", "value", "trend", "direction", "at_stake", "people", "list_name")
        assert [getattr(one, name) for name in kept] == [getattr(other, name) for name in kept]
        assert not re.search("[a-z]{2,}", other.headline + other.label + other.action + other.basis)
    assert layout.over_time("X", layout.recent(activity, "month"), "month") == (
        "按月的X，2017年1月至2017年12月"
    )


def test_who_stayed_away_by_hand():
    away = retention.customers_who_stayed_away(TOY, Period.parse("2024-02"))
    assert away.to_frame()["customer_id"].tolist() == ["bob"]
    assert away.to_frame()[["orders", "spend"]].to_numpy().tolist() == [[1, 5.0]]
    # In March eve only brought something back: no order, and not what she spent in February.
    away = retention.customers_who_stayed_away(TOY, Period.parse("2024-03")).to_frame()
    assert away["customer_id"].tolist() == ["eve"]
    assert away["spend"].tolist() == [50.0]
    assert away["last_order"].tolist() == [pd.Timestamp("2024-02-05")]


def test_the_list_is_the_number_that_is_told(sample):
    december = Period.parse("2017-12")
    activity = retention.activity_by_period(sample, "2017-12-31").iloc[-1]
    away = retention.customers_who_stayed_away(sample, december)
    assert len(away) == activity["lapsed"] == 192
    assert away.total("spend") == pytest.approx(activity["lapsed_revenue"])


def test_the_invitation_says_who_and_what_margin(sample):
    december = Period.parse("2017-12")
    activity = retention.activity_by_period(sample, "2017-12-31")
    away = retention.customers_who_stayed_away(sample, december)
    finding = sentences.flows_finding(activity, away, december, "USD", margin=0.25)
    assert (finding.people, finding.list_name) == (192, "customers_who_stayed_away")
    assert finding.at_stake == pytest.approx(0.25 * 12_971.84)
    assert finding.at_stake_low < finding.at_stake < finding.at_stake_high
    assert finding.basis == "margin of November 2017"
    assert finding.action.startswith(
        "Invite the 192 customers who stayed away; they had brought a margin of $3,243 in November"
    )
    none = CustomerTable.of(away.to_frame().iloc[:0])
    nobody = sentences.flows_finding(activity, none, december, "USD", margin=0.25)
    assert (nobody.action, nobody.at_stake, nobody.people) == ("", None, None)


def small(retained, of=1000):
    """Return an activity in which `retained` customers of `of` came again in each month."""
    kept = np.array(retained)
    low, high = wilson_interval(kept, np.full(len(kept), of))
    return pd.DataFrame(
        {
            "period_start": pd.date_range("2024-01-01", periods=len(kept), freq="MS"),
            "complete": True, "customers": of, "retention": kept / of, "low": low, "high": high,
        }
    )  # fmt: skip


def test_a_share_is_called_bad_only_out_of_the_range_and_clear_of_the_level():
    june = Period.parse("2024-06")

    def direction(retained, of=1000):
        return sentences.retention_finding(small(retained, of), june, 30).direction

    assert direction([700, 705, 695, 700, 700, 600]) == "bad"
    assert direction([700, 705, 695, 700, 700, 800]) == "good"
    assert direction([700, 600, 800, 650, 750, 600]) == "neutral"  # it moves so anyway
    assert direction([28, 28, 28, 28, 28, 27], of=40) == "neutral"  # one of forty is chance


def test_a_share_of_a_period_that_is_not_over_is_not_judged():
    activity = small([700, 705, 695, 700, 700, 300])
    activity.loc[5, "complete"] = False
    finding = sentences.retention_finding(activity, Period.parse("2024-06"), 30)
    assert finding.direction == "neutral"
    assert finding.headline.endswith("not judged, since the data end before the period does.")


def test_the_finding_of_a_period_without_data_is_a_refusal():
    activity = retention.activity_by_period(TOY, "2024-03-31")
    finding = sentences.retention_finding(activity, Period.parse("2024-03"), 30)
    assert finding.refused
    assert "needs 30 customers in February 2024; there are under 5" in finding.headline


def test_dates_before_the_data_are_refused():
    with pytest.raises(DataError, match="the data begin on 2024-01-10"):
        retention.activity_by_period(TOY, "2023-12-31")


def test_an_unknown_kind_of_period_is_refused():
    with pytest.raises(DataError, match="must be one of day, week, month, quarter, year"):
        retention.activity_by_period(TOY, "2024-03-31", kind="decade")
