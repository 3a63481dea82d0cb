"""What a report says of its data: how far they reach, what was set aside, what is near it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.archive import Archive
from analysis.reports.coverage import Coverage, settle_days
from analysis.reports.framing import frame
from analysis.reports.handover import PREVIOUS
from analysis.reports.html import Link
from analysis.reports.manifest import InputFacts
from analysis.reports.plan import Plan
from analysis.settings import Settings

MARCH = Period.parse("2017-03")
SETTINGS = {
    "transactions": {"path": "o.csv", "customer_id": "c", "order_date": "d", "amount": "a"},
    "schedule": [{"every": "month", "reports": ["churn"], "settle_days": 2}],
}
FACTS = InputFacts(
    sha256="0", settings_sha256="1", description="orders.csv", first_date="2017-01-05",
    last_date="2017-04-01", customers=1200, orders=3400, rows=3500, rows_set_aside=100,
    set_aside_by_rule={"the customer is missing": 99, "the amount is missing": 1},
)  # fmt: skip


@pytest.mark.parametrize(
    ("last", "settle", "stale_days", "provisional"),
    [
        ("2017-03-31", 0, 0, ""),
        ("2017-03-30", 0, 1, "The numbers will still change, until the data reach 31 March 2017."),
        ("2017-04-01", 2, 0, "Orders of the period may come in until 2 April 2017, and the data "),
        ("2017-04-02", 2, 0, ""),
        ("2017-03-15", 2, 16, "The numbers will still change"),
    ],
)
def test_a_report_is_provisional_until_its_period_has_settled(
    last, settle, stale_days, provisional
):
    coverage = Coverage(date(2017, 1, 1), date.fromisoformat(last), MARCH, settle)
    assert coverage.stale_days == stale_days
    assert coverage.provisional is bool(provisional)
    assert coverage.why_provisional().startswith(provisional)
    assert bool(coverage.why_provisional()) is bool(provisional)
    said = f"The last {stale_days} day" if stale_days else ""
    assert coverage.why_stale().startswith(said)
    assert bool(coverage.why_stale()) is bool(stale_days)


@given(st.dates(date(2016, 1, 1), date(2018, 1, 1)), st.integers(0, 40))
def test_stale_data_are_provisional_and_settled_data_are_neither(last, settle):
    coverage = Coverage(date(2016, 1, 1), last, MARCH, settle)
    assert coverage.provisional or not coverage.stale_days
    assert coverage.provisional is (last < coverage.settled)
    assert coverage.freshness().startswith(str(last.day))


def test_data_that_begin_within_the_period_are_told(tmp_path):
    said = [Coverage(date(2017, 3, day), date(2018, 1, 1), MARCH).in_words(2, 3) for day in (1, 2)]
    assert said[0] == (
        "Covers 1 to 31 March 2017. The data hold 2 customers and 3 orders, from 1 March 2017 to "
        "1 January 2018."
    )
    assert said[1].endswith("They begin after the period does; what came before is not in it.")


def test_only_a_schedule_of_the_settings_says_how_late_orders_come():
    settings = Settings.model_validate(SETTINGS)
    assert settle_days(settings, "churn", MARCH) == 2
    assert settle_days(settings, "clv", MARCH) == 0
    assert settle_days(settings, "churn", Period.parse("2017")) == 0


def test_the_frame_of_a_report_follows_from_its_plan_and_its_last_report(tmp_path):
    settings = Settings.model_validate(SETTINGS)
    titles = {"churn": "Churn", "clv": "Customer value"}
    plan = Plan(settings, MARCH, FACTS, Archive(tmp_path), (), titles)
    report = SimpleNamespace(
        name="churn",
        notebook=SimpleNamespace(name="04_churn.ipynb"),
        parameters=SimpleNamespace(own=lambda: ("recent_days", "attributes")),
    )
    staged = tmp_path / "run"
    (staged / PREVIOUS).mkdir(parents=True)
    last = Finding(id="churn.rate", headline="It fell.", method="MBG/NBD")
    found.write(staged / PREVIOUS / found.FILE, [last])
    values = {"period": "2017-03", "recent_days": 28, "attributes": ""}
    around = frame(plan, report, values, "churn/2017-01/r1", staged)
    assert around.earlier == Link("January 2017", "../../2017-01/current/report.html")
    assert around.later == Link("April 2017", "../../../index.html#p-2017-04")
    assert around.others == (Link("Customer value", "../../../clv/2017-03/current/report.html"),)
    assert (around.last.period, around.last.findings) == ("January 2017", (last,))
    assert dict(around.quality) == {
        "Rows": "3,500 read, 3,400 kept, 100 set aside",
        "Customers and orders": "1,200 customers and 3,400 orders",
        "Newest order": "1 April 2017, after the end of the period",
        "Checks that failed": "the customer is missing (99 rows); the amount is missing (1 row)",
    }
    assert dict(around.provenance)["Parameters"] == "period = 2017-03, recent_days = 28"
    assert around.provisional
    assert around.stale == ""
    first = frame(plan, report, values, "", tmp_path)
    assert (first.earlier, first.last) == (None, None)
