"""Data quality: counted facts of the sample, oddities made by hand, and what is drawn."""

import datetime as dt

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_files import PLAIN, open_files

from analysis import quality, tables
from analysis.charts import quality as charts
from analysis.errors import DataError
from analysis.periods import Period
from analysis.quality import sentences

DECEMBER = Period.parse("2017-12")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def shop(days=120, *, without=(), **columns):
    """Return a source with nine orders a day from 1 January 2024, none on the days `without`."""
    dates = pd.date_range("2024-01-01", periods=days).difference(pd.to_datetime(list(without)))
    frame = pd.DataFrame({"order_date": np.repeat(dates, 9)})
    frame["customer_id"] = [f"c{number % 40}" for number in range(len(frame))]
    frame["order_id"] = [f"o{number}" for number in range(len(frame))]
    return tables.from_frame(frame.assign(amount=10.0, **columns))


def by_kind(oddities):
    return oddities.set_index("kind")


def test_the_sample_lacks_christmas_and_nothing_else(sample):
    days = quality.calendar(sample, Period.parse("2017"))
    assert len(days) == 365
    odd = days[days["state"] != "fine"]
    assert odd["date"].to_list() == [pd.Timestamp("2017-12-25")]
    finding = sentences.coverage_finding(days, Period.parse("2017"))
    assert finding.headline == (
        "364 of the 365 days of 2017 have orders. There are none on 25 December 2017."
    )


def test_the_weeks_of_the_sample_prove_its_time_zone(sample):
    # 53 weeks are numbered; the weeks end at 5:00 UTC in winter and at 4:00 in summer
    weeks = quality.week_check(sample).set_index("zone")
    assert weeks.loc["America/New_York", "fitting"] == 53
    assert weeks.loc["UTC", "fitting"] == 1
    finding = sentences.zone_finding(weeks.reset_index(), sample)
    assert finding.direction == "good"
    assert "53 of the 53" in finding.headline


def test_the_oddities_of_the_sample(sample):
    whole = by_kind(quality.count_oddities(sample, Period.parse("2017")))["rows"]
    assert whole["zero_lines"] == 11_246
    assert whole["paid_nothing"] == 478
    assert whole["zero_quantity"] == 8_869
    assert whole["without_category"] == 4_836
    assert whole[["return_lines", "identical", "of_two_customers", "on_two_days"]].sum() == 0


def test_fuel_is_sold_by_volume(sample):
    quantities = quality.measure_quantities(sample, DECEMBER.end)
    odd = quantities[quantities["by_volume"]]
    assert odd["category"].to_list() == ["FUEL", "MISCELLANEOUS"]
    assert odd["largest"].to_list() == [89_638, 36_140]
    assert "Fuel and Miscellaneous" in sentences.quantities_finding(quantities).headline


def test_the_described_are_not_like_the_others(sample):
    described = quality.describe_customers(sample, DECEMBER.end)
    assert described["customers"].to_list() == [1668, 801]
    assert described["amount_share"].sum() == pytest.approx(1)
    finding = sentences.described_finding(described)
    assert "801 of 2,469 customers (32.4%), who make 57.1%" in finding.headline
    assert finding.action


def test_four_in_five_were_there_before(sample):
    firsts = quality.first_orders(sample, DECEMBER.end)
    assert firsts["customers"].iloc[0] == 1983
    assert firsts["customers"].sum() == 2469
    assert firsts["cumulative"].iloc[-1] == pytest.approx(1)
    assert "80.3%" in sentences.truncation_finding(firsts).headline


def test_a_toy_by_hand():
    frame = pd.DataFrame(
        [
            ("a", "o1", "2024-01-30", 10, "p", "x"),
            ("a", "o1", "2024-01-30", 10, "p", "x"),  # identical
            ("a", "o2", "2024-02-01", 0, "p", None),  # zero, no category, order of nothing
            ("b", "o2", "2024-02-02", 0, None, "x"),  # zero, the order of two customers and days
            ("b", "o3", "2024-02-03", -4, "p", "x"),  # return
        ],
        columns=["customer_id", "order_id", "order_date", "amount", "product_id", "category"],
    )
    source = tables.from_frame(frame)
    table = by_kind(quality.count_oddities(source, Period.parse("2024-02")))
    assert table["rows"].to_dict() == {
        "zero_lines": 2,
        "paid_nothing": 1,
        "return_lines": 1,
        "identical": 0,
        "zero_quantity": 0,
        "without_product": 1,
        "without_category": 1,
        "of_two_customers": 1,
        "on_two_days": 1,
    }
    assert table.loc["identical", "rows_before"] == 1
    assert table.loc["zero_lines", "share"] == pytest.approx(2 / 3)
    assert table.loc["paid_nothing", "share"] == pytest.approx(1 / 2)
    assert table.loc["return_lines", "amount"] == -4


def test_gaps_thin_days_and_the_end_of_the_data():
    source = shop(without=["2024-03-05", "2024-03-06"])
    march = quality.calendar(source, Period.parse("2024-03"))
    assert march.loc[march["state"] == "none", "date"].dt.day.to_list() == [5, 6]
    headline = sentences.coverage_finding(march, Period.parse("2024-03")).headline
    assert "29 of the 31 days of March 2024" in headline
    assert "none on 5 March 2024 and 6 March 2024" in headline

    april = Period.parse("2024-04")
    days = quality.calendar(source, april)
    assert (days["state"] == "not yet").sum() == 1
    assert "The data stop on 29 April 2024, 1 day early." in (
        sentences.coverage_finding(days, april).headline
    )
    assert sentences.verdict_finding(source, days, april).direction == "bad"

    later = Period.parse("2024-06")
    days = quality.calendar(source, later)
    assert sentences.coverage_finding(days, later).refused
    assert sentences.oddities_finding(quality.count_oddities(source, later), later).refused
    assert "hold nothing of June 2024" in sentences.verdict_finding(source, days, later).headline


def test_a_thin_day_is_told_from_a_weekday_that_is_always_thin():
    dates = pd.date_range("2024-01-01", periods=84)
    orders = np.where(dates.day_of_week == 6, 3, 30)
    orders[40] = 9
    frame = pd.DataFrame({"order_date": np.repeat(dates, orders), "amount": 1.0})
    frame["order_id"] = frame.index.astype(str)
    frame["customer_id"] = "c" + frame["order_id"]
    days = quality.calendar(tables.from_frame(frame), Period.parse("2024-03"))
    assert days.index[days["state"] == "few"].to_list() == [40]


def test_closed_sundays_and_quiet_days_of_a_small_shop_are_no_gaps():
    dates = pd.date_range("2024-01-01", "2024-06-30")
    dates = dates[(dates.day_of_week != 6) & (dates != "2024-04-10")]
    busy = pd.DataFrame({"order_date": np.repeat(dates, 20), "amount": 1.0})
    busy["customer_id"] = busy.index.astype(str)
    april = Period.parse("2024-04")
    days = quality.calendar(tables.from_frame(busy), april)
    assert days.loc[days["state"] == "none", "date"].to_list() == [pd.Timestamp("2024-04-10")]
    assert (days.loc[days["date"].dt.day_of_week == 6, "state"] == "quiet").all()
    headline = sentences.coverage_finding(days, april).headline
    assert "25 of the 30 days" in headline
    assert "4 days without any are nothing unusual" in headline
    # two orders a day: a day without one is chance
    quiet = quality.calendar(tables.from_frame(busy[busy.index % 10 == 0]), april)
    assert set(quiet["state"]) == {"fine", "quiet"}


def test_an_outage_of_two_months_is_found_though_it_outlasts_what_is_usual():
    outage = [str(day.date()) for day in pd.date_range("2024-02-01", "2024-03-31")]
    days = quality.calendar(shop(200, without=outage), Period.parse("2024-03"))
    assert (days["state"] == "none").sum() == 60


def test_rows_set_aside_are_summed_up_without_their_values(tmp_path):
    text = "customer_id,order_date,amount\n" + "a,2024-01-01,1\n" * 20 + "SECRET,2024-01-01,x\n" * 3
    source = open_files(tmp_path, {"orders.csv": text}, PLAIN)
    rejects = quality.summarise_rejects(source)
    assert rejects[["column", "rows", "file", "line"]].to_numpy().tolist() == [
        ["amount", 3, "orders.csv", 22]
    ]
    assert "SECRET" not in rejects.to_string()
    assert "3 of 23 rows (13.0%)" in sentences.rejects_finding(rejects, source).headline


def test_without_optional_columns_nothing_is_made_up():
    source = shop()
    assert quality.describe_customers(source, source.last_date).empty
    assert quality.measure_quantities(source, source.last_date).empty
    assert quality.week_check(source).empty
    assert sentences.described_finding(quality.describe_customers(source, source.last_date)).refused
    assert sentences.quantities_finding(
        quality.measure_quantities(source, source.last_date)
    ).refused
    assert (
        "as the settings say" in sentences.zone_finding(quality.week_check(source), source).headline
    )


def test_data_that_reach_back_to_the_first_customers_are_said_to():
    frame = pd.DataFrame({"order_date": pd.date_range("2024-01-01", periods=300), "amount": 1.0})
    frame["customer_id"] = [f"c{number}" for number in range(300)]
    firsts = quality.first_orders(tables.from_frame(frame), dt.date(2024, 10, 26))
    assert "no crowd of old customers" in sentences.truncation_finding(firsts).headline
    few = sentences.truncation_finding(firsts.head(3))
    assert few.refused


@settings(max_examples=10, deadline=None)
@given(
    offsets=st.lists(st.integers(0, 90), min_size=1, max_size=60),
    amounts=st.lists(st.integers(-500, 500), min_size=60, max_size=60),
)
def test_counts_add_up_whatever_the_rows(offsets, amounts):
    start = pd.Timestamp("2024-01-01")
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number % 7}" for number in range(len(offsets))],
            "order_date": [start + pd.Timedelta(days=offset) for offset in offsets],
            "amount": [cents / 100 for cents in amounts[: len(offsets)]],
        }
    )
    source = tables.from_frame(frame)
    period = Period("month", dt.date(2024, 3, 1), dt.date(2024, 3, 31))
    days = quality.calendar(source, period)
    within = frame[frame["order_date"] <= "2024-03-31"]
    assert days["lines"].sum() == len(within)
    assert days["amount"].sum() == pytest.approx(within["amount"].sum())
    table = by_kind(quality.count_oddities(source, period))
    zero = within["amount"] == 0
    assert table.loc["zero_lines", ["rows", "rows_before"]].sum() == zero.sum()


def test_a_period_before_the_data_is_refused():
    with pytest.raises(DataError, match=r"they begin on 2024-01-01\. Name a later period"):
        quality.calendar(shop(), Period.parse("2023-12"))


def test_the_calendar_draws_every_known_day_and_marks_the_gaps():
    days = quality.calendar(shop(without=["2024-03-05"]), Period.parse("2024-04"))
    ax = charts.orders_by_day(days)
    line, gaps = ax.lines
    assert line.get_ydata().tolist() == days.loc[days["state"] != "not yet", "orders"].to_list()
    assert [str(date)[:10] for date in gaps.get_xdata()] == ["2024-03-05"]
    assert ax.get_ylabel() == "orders a day"


def test_quantities_are_drawn_from_the_largest_down(sample):
    quantities = quality.measure_quantities(sample, DECEMBER.end)
    ax = charts.quantity_ranges(quantities)
    assert [text.get_text() for text in ax.get_yticklabels()][-1] == "FUEL"
    assert ax.collections[0].get_segments()[-1][1][0] == 89_638


def test_first_orders_are_drawn_as_bars(sample):
    firsts = quality.first_orders(sample, DECEMBER.end)
    ax = charts.first_orders(firsts)
    assert [bar.get_height() for bar in ax.patches] == firsts["customers"].to_list()


@pytest.mark.parametrize("days", [20, 200, 800, 2000])
def test_ticks_stay_few_however_long_the_data(days):
    source = shop(days)
    last = source.last_date
    ax = charts.orders_by_day(quality.calendar(source, Period("day", last, last)))
    assert 2 <= len(ax.get_xticks()) <= 17


def test_charts_of_nothing_are_empty():
    source = shop()
    assert charts.quantity_ranges(quality.measure_quantities(source, source.last_date))
    assert charts.first_orders(quality.first_orders(source, source.last_date).head(0))
