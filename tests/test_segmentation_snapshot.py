"""Snapshots of two dates, by hand."""

import datetime as dt

import pandas as pd
import pytest
from segment_findings import all_findings

from analysis import segmentation
from analysis.errors import DataError, PeriodError
from analysis.periods import Period
from analysis.segmentation import (
    sentences,
)
from analysis.settings import LifecycleSettings, Settings

FRAME = pd.DataFrame(
    [
        ("ann", "2023-01-10", 40.0),
        ("ann", "2024-02-10", 10.1),
        ("ann", "2024-03-05", 20.2),
        ("bob", "2023-06-01", 100.0),
        ("cid", "2024-02-20", 30.3),
        ("cid", "2024-02-28", -5.3),
        ("dan", "2024-03-30", 5.0),
    ],
    columns=["customer_id", "order_date", "amount"],
).assign(order_date=lambda frame: pd.to_datetime(frame["order_date"]))
MARCH = Period.parse("2024-03")


@pytest.fixture
def rules() -> Settings:
    return Settings(
        transactions={"sample": "complete-journey"},
        lifecycle=LifecycleSettings(loyal_orders=2, dormant_days=45, lost_days=200),
    )


def test_recent_activity_by_hand():
    """31 days to 31 March 2024 are the month of March."""
    recent = segmentation.recent_activity(FRAME, dt.date(2024, 3, 31), 31)
    assert recent["customer_id"].tolist() == ["ann", "bob", "cid", "dan"]
    assert recent["orders"].tolist() == [1, 0, 0, 1]
    assert recent["spend"].tolist() == [20.2, 0.0, 0.0, 5.0]
    assert recent["orders_to_date"].tolist() == [3, 1, 1, 1]
    assert recent["spend_to_date"].tolist() == pytest.approx([70.3, 100.0, 25.0, 5.0])
    assert recent["days_since_last_order"].tolist() == [26, 304, 40, 1]


def test_snapshots_by_hand(rules):
    now, before = segmentation.take_snapshots(FRAME, MARCH, rules)
    assert (now.as_of, before.as_of) == (dt.date(2024, 3, 30), dt.date(2024, 2, 29))
    assert now.window_days == before.window_days == 365
    one = now.customers.to_frame().set_index("customer_id")
    assert one["stage"].to_dict() == {"ann": "Loyal", "bob": "Lost", "cid": "New", "dan": "New"}
    assert one["spend"].to_dict() == {"ann": 30.3, "bob": 100.0, "cid": 25.0, "dan": 5.0}
    assert before.customers.to_frame()["customer_id"].tolist() == ["ann", "bob", "cid"]
    assert before.customers.to_frame()["stage"].tolist() == ["Repeat", "Lost", "New"]


def test_the_look_back_shrinks_to_what_both_dates_have(rules):
    young = FRAME[FRAME["order_date"] >= "2024-02-10"]
    now, before = segmentation.take_snapshots(young, MARCH, rules)
    assert now.window_days == before.window_days == 20  # 10 to 29 February
    assert now.loyal_orders == pytest.approx(2 * 20 / 365)
    first, nobody = segmentation.take_snapshots(young, Period.parse("2024-02"), rules)
    assert first.window_days == 20
    assert len(nobody.customers) == 0


def test_an_estimated_window_replaces_the_lost_limit(rules):
    now, _ = segmentation.take_snapshots(FRAME, MARCH, rules, lost_days=400)
    assert (now.dormant_days, now.lost_days) == (45, 400)
    assert now.customers.to_frame().set_index("customer_id")["stage"]["bob"] == "Dormant"
    short, _ = segmentation.take_snapshots(FRAME, MARCH, rules, lost_days=40)
    assert (short.dormant_days, short.lost_days) == (20, 40)
    assert short.customers.to_frame().set_index("customer_id")["stage"].to_dict() == {
        "ann": "Dormant", "bob": "Lost", "cid": "Dormant", "dan": "New",
    }  # fmt: skip


def test_sums_of_money_do_not_split_equals(rules):
    """10.1 + 20.2 minus 10.1 in floats is not 20.2; here both customers spent the same."""
    rows = [("a", "2024-01-01", 10.1), ("a", "2024-03-01", 20.2), ("b", "2024-03-01", 20.2)]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    recent = segmentation.recent_activity(frame, dt.date(2024, 3, 31), 31)
    assert recent["spend"].tolist() == [20.2, 20.2]


def test_falling_behind_by_hand(rules):
    later = pd.concat(
        [
            FRAME,
            pd.DataFrame(
                {
                    "customer_id": ["eve", "eve"],
                    "order_date": pd.to_datetime(["2024-03-30", "2024-04-30"]),
                    "amount": [1.0, 1.0],
                }
            ),
        ]
    )
    now, before = segmentation.take_snapshots(later, Period.parse("2024-04"), rules)
    behind = segmentation.falling_behind(now, before).to_frame()
    assert behind["customer_id"].tolist() == ["ann", "cid"]
    assert behind["reason"].tolist() == ["Fell silent", "Fell silent"]
    assert behind["spend_at_stake"].tolist() == [30.3, 25.0]


def test_few_customers_give_no_number(rules):
    now, before = segmentation.take_snapshots(FRAME, MARCH, rules)
    past = segmentation.take_history(FRAME, MARCH, now, rules)
    findings = all_findings(now, before, past, MARCH)
    findings.append(sentences.natural_groups(now, seed=1))
    for finding in findings:
        assert finding.refused, finding.id
    assert "30 customers on 30 March 2024; there were under 5" in findings[0].headline


def test_returns_alone_make_no_customers(rules):
    returns = FRAME.assign(amount=-1.0)
    with pytest.raises(DataError, match="No order on or before 2024-03-30"):
        segmentation.take_snapshots(returns, MARCH, rules)


def test_a_period_outside_the_data(rules):
    with pytest.raises(PeriodError, match=r"2023-01-10 to 2024-03-30; June 2022 does not\. Choose"):
        segmentation.take_snapshots(FRAME, Period.parse("2022-06"), rules)
    with pytest.raises(PeriodError, match="June 2025 does not"):
        segmentation.take_snapshots(FRAME, Period.parse("2025-06"), rules)
