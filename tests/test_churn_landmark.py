"""What a landmark knows, and how long customers stay after it: toys, no look-ahead, recovery."""

import numpy as np
import pandas as pd
import pytest
from churn_simulation import BEGIN, DAILY_HAZARD, END, contract_customers

from analysis import churn, survival, tables
from analysis.churn.habits import count_orders
from analysis.churn.paces import pace_groups
from analysis.errors import DataError, TooFewError

HABITS = ["days_since_last_order", "known_days", "orders_per_month", "pace_trend"]


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("contracts"))


def orders(days_by_customer, amount=10.0):
    rows = [
        (customer, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), amount)
        for customer, days in days_by_customer.items()
        for day in days
    ]
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])


TOY = orders(
    {
        "ann": [0, 20, 40, 60, 62, 90],  # comes back on day 90 after 28 days of silence
        "bob": [0, 30, 58],  # silent for good
        "eve": [0, 10],  # lost before the landmark
        "kim": [75, 95],  # won after it
        "max": [50, 70, 90, 99],
    }
)


def test_a_churn_table_worked_by_hand():
    # Landmark on day 60, window of 25 days, last day 100.
    table = churn.churn_table(TOY, "2024-04-10", 25, landmark="2024-03-01")
    rows = table.set_index("customer_id")
    assert list(rows.index) == ["ann", "bob", "kim", "max"]
    assert list(rows["at_landmark"]) == [True, True, False, True]
    ann, bob, kim, late = (rows.loc[name] for name in rows.index)
    assert (ann["entry"], ann["duration"], ann["event"], ann["returned"]) == (60, 87, True, True)
    # bob's silences of 30 and 28 days had ended two spells; the third began on day 58
    assert (bob["entry"], bob["duration"], bob["event"], bob["returned"]) == (2, 25, True, False)
    assert (kim["entry"], kim["duration"], kim["event"]) == (0, 25, False)
    assert (late["entry"], late["duration"], late["event"]) == (10, 50, False)
    assert list(rows["start_known"]) == [False, True, True, True]
    assert (bob["days_since_last_order"], bob["known_days"]) == (2, 60)
    assert kim[HABITS].isna().all()


def test_habits_worked_by_hand():
    source = tables.from_frame(TOY.loc[TOY["customer_id"] != "kim"])
    counts = count_orders(source, pd.Timestamp("2024-03-01"), 28).set_index("customer_id")
    # 28 recent days are day 33 to 60; the habit runs from the day after the first order to 32
    assert list(counts.loc["ann", ["habit_orders", "habit_days"]]) == [1, 32]
    assert list(counts.loc["ann", ["recent_orders", "recent_days"]]) == [2, 28]
    assert list(counts.loc["max", ["habit_orders", "habit_days"]]) == [0, 0]
    assert list(counts.loc["max", ["recent_orders", "recent_days"]]) == [0, 10]
    everyone = (1 + 1 + 1 + 2 + 1) / (3 * 32 + 3 * 28 + 10)
    active = churn.active_customers(source, "2024-03-01", 25).set_index("customer_id")
    pace = (3 + 28 * everyone) / (60 + 28)
    assert active.loc["ann", "orders_per_month"] == pytest.approx(365.25 / 12 * pace)
    before = (1 + 28 * everyone) / (32 + 28)
    trend = (2 + 28 * before) / (28 + 28) / before
    assert active.loc["ann", "pace_trend"] == pytest.approx(trend)
    assert active.loc["ann", "spend_per_order"] == 10.0


def test_groups_of_pace_say_their_rule():
    pace = 365.25 / 12 / pd.Series([1, 2, 3, 4, 5, 6, 7, 8], dtype=float)
    groups = pace_groups(pace, np.array([3.0, 4.0, 6.0]))
    assert list(groups.cat.categories) == [
        "orders at least every 3 days",
        "orders every 3 to 4 days",
        "orders every 4 to 6 days",
        "orders less often than every 6 days",
    ]
    assert list(groups.cat.codes) == [0, 0, 0, 1, 2, 2, 3, 3]


def test_a_day_on_which_nobody_is_a_customer_has_no_rows():
    frame = pd.DataFrame({"customer_id": ["a"], "order_date": ["2024-01-05"], "amount": [1.0]})
    assert churn.active_customers(frame, "2024-06-01", 20).empty
    none = pace_groups(pd.Series(dtype=float), np.array([]))
    assert list(none.cat.categories) == ["all customers"]


def test_all_sections_have_the_same_groups_of_pace(sample):
    by_window = churn.customer_segments(sample, "2017-12-31", "pace")
    curves = churn.segment_curves(sample, "2017-12-31", 121, by="pace")
    assert list(curves.summary["segment"]) == list(by_window.cat.categories)
    sizes = by_window.value_counts(normalize=True)
    assert sizes.between(0.2, 0.3).all()


def test_nothing_after_the_landmark_changes_what_it_knew(sample):
    landmark = pd.Timestamp("2017-07-01")
    before = sample.engine.run(
        "SELECT customer_id, order_date, amount_minor / 100.0 AS amount FROM transactions"
        " WHERE order_date <= $day",
        day=landmark.date(),
    ).to_pandas(date_as_object=False)
    rng = np.random.default_rng(1)
    invented = before.sample(20_000, random_state=1).assign(
        order_date=landmark + pd.to_timedelta(rng.integers(1, 180, 20_000), "D"),
        amount=rng.uniform(0, 900, 20_000).round(2),
    )
    other = tables.from_frame(pd.concat([before, invented]))
    known = [*HABITS, "spend_per_order", "pace", "entry", "start_known"]
    tables_by_future = [
        churn.churn_table(source, "2017-12-31", 121, landmark=landmark)
        .query("at_landmark")
        .set_index("customer_id")[known]
        for source in (sample, other)
    ]
    pd.testing.assert_frame_equal(*tables_by_future)
    alone = churn.active_customers(sample, landmark, 121).set_index("customer_id")
    pd.testing.assert_frame_equal(tables_by_future[0][HABITS], alone[HABITS], check_dtype=False)


def test_delayed_entry_recovers_how_long_contracts_last(contracts):
    rule = churn.ContractEnd(0, 0, pd.DataFrame())
    curves = churn.segment_curves(contracts, END, rule, by="plan", landmark_days=365)
    assert (curves.scale, curves.start_known) == ("tenure", 1.0)
    summary = curves.summary.set_index("segment")
    for plan, hazard in DAILY_HAZARD.items():
        true = np.exp(-hazard * (curves.horizon - curves.start))
        assert summary.loc[plan, "low"] < true < summary.loc[plan, "high"]
    assert curves.p_value < 1e-6
    table = churn.churn_table(contracts, END, rule, landmark=END - pd.Timedelta(days=365))
    naive = survival.kaplan_meier(table["duration"], table["event"], groups=table["plan"])
    at = naive.at([300]).set_index("group")
    for plan, hazard in DAILY_HAZARD.items():
        assert at.loc[plan, "low"] > np.exp(-300 * hazard)  # it promises too much


def test_follow_up_from_the_landmark_recovers_the_rate_of_leaving(contracts):
    rule = churn.ContractEnd(0, 0, pd.DataFrame())
    table = churn.churn_table(contracts, END, rule, landmark=BEGIN + pd.Timedelta(days=400))
    curves = churn.survival_by_segment(table, "plan", scale="landmark")
    for row in curves.summary.itertuples():
        true = np.exp(-DAILY_HAZARD[row.segment] * curves.horizon)
        assert row.low < true < row.high
    numbers = curves.numbers_at_risk
    assert (numbers["time"].iloc[0], numbers["n_risk"].iloc[0]) == (
        0,
        (table["at_landmark"] & (table["plan"] == "monthly")).sum(),
    )


def test_left_truncated_data_are_read_from_the_landmark(sample):
    rule = churn.inactivity_window(sample, "2017-12-31")
    curves = churn.segment_curves(sample, "2017-12-31", rule, by="pace")
    assert curves.scale == "landmark"
    assert curves.landmark == pd.Timestamp("2017-07-01")
    assert curves.start_known < 0.05
    assert (curves.summary["lost"].sum(), curves.summary["returned"].sum()) == (191, 113)
    assert curves.summary["customers"].sum() == 2341


def test_a_young_history_moves_the_landmark_instead_of_hiding_customers(sample):
    rule = churn.inactivity_window(sample, "2017-08-31")
    curves = churn.segment_curves(sample, "2017-08-31", rule)
    assert curves.landmark == pd.Timestamp("2017-01-01") + pd.Timedelta(days=rule.days)


def test_where_nobody_is_lost_the_limit_is_exact():
    table = churn.churn_table(
        orders({f"c{i}": range(0, 100, 5) for i in range(40)}), "2024-03-31", 20,
        landmark="2024-02-15",
    )  # fmt: skip
    summary = churn.survival_by_segment(table).summary.iloc[0]
    assert (summary["stayed"], summary["high"]) == (1.0, 1.0)
    assert summary["low"] == pytest.approx(0.05 ** (1 / 40))


def test_errors_by_message(contracts):
    with pytest.raises(DataError, match="2024-03-01 is not before 2024-03-01"):
        churn.churn_table(TOY, "2024-03-01", 25, landmark="2024-03-01")
    with pytest.raises(TooFewError, match="needs customers active on 1 December 2023"):
        churn.churn_table(TOY, "2024-03-01", 25, landmark="2023-12-01")
    table = churn.churn_table(TOY, "2024-04-10", 25, landmark="2024-03-01")
    with pytest.raises(TooFewError, match="at least 30 customers; no segment has so many"):
        churn.survival_by_segment(table)
    with pytest.raises(DataError, match="`region` is no column of the churn table"):
        churn.survival_by_segment(table, "region")
    window = churn.inactivity_window(TOY, "2024-04-10", days=90)
    with pytest.raises(TooFewError, match="needs 90 days of history to see who is active"):
        churn.segment_curves(TOY, "2024-04-10", window)
