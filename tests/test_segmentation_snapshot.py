"""Snapshots of two dates, sizes of groups, lists, findings and charts."""

import dataclasses
import datetime as dt
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis import language, segmentation
from analysis.charts import segmentation as charts
from analysis.customer_table import CustomerTable
from analysis.errors import DataError, PeriodError
from analysis.periods import Period
from analysis.segmentation import (
    sentences,
    sentences_change,
    sentences_profile,
    sentences_value,
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


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    plt.close("all")


@pytest.fixture
def rules() -> Settings:
    return Settings(
        transactions={"sample": "complete-journey"},
        lifecycle=LifecycleSettings(loyal_orders=2, dormant_days=45, lost_days=200),
    )


@pytest.fixture(scope="module")
def december(sample, sample_settings):
    return segmentation.take_snapshots(sample, Period.parse("2017-12"), sample_settings)


@pytest.fixture(scope="module")
def history(sample, sample_settings, december):
    period = Period.parse("2017-12")
    return segmentation.take_history(sample, period, december[0], sample_settings)


@pytest.fixture(scope="module")
def january(sample, sample_settings):
    return segmentation.take_snapshots(sample, Period.parse("2017-01"), sample_settings)


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


def test_sample_adds_up(december):
    now, before = december
    assert len(now.customers) == 2469
    assert now.window_days == before.window_days == 334
    assert now.customers.to_frame()["spend_to_date"].sum() == pytest.approx(4_596_039.53, abs=1)
    for column in ("stage", "tier", "segment"):
        sizes = segmentation.sizes_over_time(now, before, column)
        assert sizes["customers"].sum() == 2469
        assert sizes["share_of_spend"].sum() == pytest.approx(1)
        assert sizes["customers_before"].sum() == len(before.customers)
        known = sizes.dropna()
        assert known["share_of_spend"].between(known["spend_low"], known["spend_high"]).all()


def test_action_list_covers_everybody(december):
    now, _ = december
    actions = segmentation.action_list(now.customers)
    assert actions["customers"].sum() == len(now.customers)
    assert actions["aim"].is_monotonic_increasing
    assert actions["action"].str.len().gt(10).all()


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
    behind = segmentation.falling_behind(now, before)
    assert behind["customer_id"].tolist() == ["ann", "cid"]
    assert behind["reason"].tolist() == ["Fell silent", "Fell silent"]
    assert behind["spend_at_stake"].tolist() == [30.3, 25.0]


def test_falling_from_gold_puts_the_missing_spend_at_stake(december):
    now, before = december
    behind = segmentation.falling_behind(now, before)
    gold = behind[behind["reason"] == "Fell from gold"]
    assert (gold["tier_before"] == "Gold").all()
    np.testing.assert_allclose(
        gold["spend_at_stake"], (gold["spend_before"] - gold["spend"]).clip(lower=0)
    )
    assert behind["spend_at_stake"].is_monotonic_decreasing


def all_findings(now, before, history, period):
    moves = {
        name: segmentation.migration(before.customers, now.customers, name)
        for name in ("tier", "stage", "segment")
    }
    spread, earlier = (segmentation.concentration_of(one) for one in (now, before))
    sizes = segmentation.sizes_over_time(now, before, "stage")
    accounts = segmentation.key_accounts(now.customers, value="spend")
    behind = segmentation.falling_behind(now, before)
    return [
        sentences.active(now, before, history, period),
        sentences.stages(sizes, now, before, history, period),
        sentences.segments(segmentation.group_sizes(now.customers, "segment"), now),
        sentences.grid(segmentation.rfm_grid(now.customers), now),
        sentences_value.concentrated(spread, earlier, now, before, history, period),
        sentences_value.gini(spread, now),
        sentences_value.tiers(
            segmentation.tier_cutoffs(now.customers),
            segmentation.tier_cutoffs(before.customers),
            now,
            before,
        ),
        sentences_value.accounts(accounts, now, 0.25),
        sentences_change.tier_moves(moves["tier"], before),
        sentences_change.stage_moves(moves["stage"], before, history, period),
        sentences_change.stability(moves["segment"], moves["tier"], before),
        sentences_change.behind(behind, before, 0.25),
        sentences_change.win_back(now),
    ]


def test_findings_of_the_sample_say_their_numbers(december, history):
    findings = all_findings(*december, history, Period.parse("2017-12"))
    findings.append(sentences.natural_groups(december[0], seed=1))
    found = {finding.id.split(".")[1]: finding for finding in findings}
    assert len(found) == 14
    assert not any(finding.refused for finding in found.values())
    assert found["active"].headline.startswith("2,248 of 2,469 customers (91.0%) ordered in the")
    assert found["concentration"].value == pytest.approx(0.5468, abs=1e-4)
    assert "53.4% to 56.0%" in found["concentration"].headline
    assert found["tier_moves"].headline.startswith("Since 30 November 2017, 94.6% of the customers")
    assert "22 of 492 left gold" in found["tier_moves"].headline
    assert "The customers form no natural groups" in found["natural_groups"].headline
    assert "78 of the 220" in found["stage_moves"].headline
    assert 1 <= sum(finding.main for finding in found.values()) <= 6
    for card in (finding for finding in findings if finding.kpi):
        assert card.comparison
        assert card.year_before == "no data for December 2016"
        assert card.trend[-1] == pytest.approx(card.value)
        assert card.direction == "neutral"
    assert found["active"].comparison == "up 0.2% on 30 November 2017"
    assert found["stage_moves"].label == "Fell silent in December 2017 (60 days)"
    assert len(found["stage_moves"].trend) == 10
    assert not any("nan" in finding.headline for finding in found.values())


def test_chinese_tells_the_same_numbers_and_no_english(december, history):
    period = Period.parse("2017-12")
    english = all_findings(*december, history, period)
    language.use("zh")
    chinese = all_findings(*december, history, Period.parse("2017-12"))
    for one, other in zip(english, chinese, strict=True):
        kept = ("id", "value", "trend", "direction", "at_stake", "people", "list_name", "refused")
        assert [getattr(one, name) for name in kept] == [getattr(other, name) for name in kept]
        said = f"{other.headline}{other.label}{other.interval}{other.comparison}{other.action}"
        assert not re.search("[a-z]{2,}", said), said
        shares = [sorted(re.findall(r"[\d.]+%", each.headline)) for each in (one, other)]
        assert shares[0] == shares[1]


def test_without_an_earlier_date_comparisons_are_refused(january, sample, sample_settings):
    now, before = january
    first = Period.parse("2017-01")
    past = segmentation.take_history(sample, first, now, sample_settings)
    assert len(before.customers) == 0
    findings = all_findings(now, before, past, first)
    found = {finding.id.split(".")[1]: finding for finding in findings}
    refused = {name for name, finding in found.items() if finding.refused}
    assert refused == {"active", "tier_moves", "stage_moves", "stability", "behind"}
    assert "needs 60 days of history; there are 30" in found["active"].headline
    assert not any("nan" in finding.headline for finding in found.values())


def test_few_customers_give_no_number(rules):
    now, before = segmentation.take_snapshots(FRAME, MARCH, rules)
    past = segmentation.take_history(FRAME, MARCH, now, rules)
    findings = all_findings(now, before, past, MARCH)
    findings.append(sentences.natural_groups(now, seed=1))
    for finding in findings:
        assert finding.refused, finding.id
    assert "30 customers on 30 March 2024; there were under 5" in findings[0].headline


def test_without_any_spend_nobody_brings_a_share_of_it(december, history):
    now, before = (
        dataclasses.replace(
            one, customers=CustomerTable.of(one.customers.to_frame().assign(spend=-1.0))
        )
        for one in december
    )
    sizes = segmentation.sizes_over_time(now, before, "segment")
    stages = segmentation.sizes_over_time(now, before, "stage")
    cutoffs = segmentation.tier_cutoffs(now.customers)
    for finding in (
        sentences.stages(stages, now, before, history, Period.parse("2017-12")),
        sentences.segments(sizes, now),
        sentences_value.gini(segmentation.concentration_of(now), now),
        sentences_value.tiers(cutoffs, cutoffs, now, before),
    ):
        assert finding.refused
        assert finding.headline.endswith("needs more spend than returns.")
    assert "of the spend" not in sentences_change.win_back(now).headline


def test_customers_without_differences_are_not_grouped(december):
    now, _ = december
    rows = now.customers.to_frame().assign(orders=1)
    equal = dataclasses.replace(now, customers=CustomerTable.of(rows))
    finding = sentences.natural_groups(equal, seed=1)
    assert finding.refused
    assert "50 customers who differ in recency, orders and spend" in finding.headline


def test_nobody_behind_and_nobody_silent_is_said_plainly(december, history):
    now, _ = december
    nobody = segmentation.falling_behind(now, now)
    assert sentences_change.behind(nobody, now, 0.25).headline == (
        "Nobody fell silent or out of gold since 31 December 2017."
    )
    everybody = now.customers.to_frame()
    buying = everybody[everybody["stage"] == "Loyal"]
    moves = segmentation.migration(buying, buying, "stage")
    said = sentences_change.stage_moves(moves, now, history, Period.parse("2017-12")).headline
    assert "nobody was dormant or lost then" in said


def test_the_basis_is_said(december, january):
    assert sentences.basis(*december, 365) == (
        "Customers as of 31 December 2017, compared with those as of 30 November 2017. Orders and"
        " spend are those of the last 334 days up to each date, not of 365 days: the data begin"
        " too late for that, and both dates must look back equally far to compare."
    )
    assert "without a comparison: the data begin within the period" in sentences.basis(
        *january, 365
    )


def test_attributes_are_put_into_words(december, sample):
    now, _ = december
    attributes = segmentation.read_attributes(sample)
    known = sentences_profile.known(segmentation.coverage(now.customers, attributes), "USD")
    assert known.headline.startswith("Attributes are known for 801 of 2,469 customers (32.4%).")
    differs = sentences_profile.differs(segmentation.profile(now.customers, attributes))
    assert "differs by income: from 23% (15-24K, 74 customers)" in differs.headline
    none = attributes.to_frame().iloc[:0]
    assert "no attributes" in sentences_profile.known(
        segmentation.coverage(now.customers, none), "USD"
    ).headline  # fmt: skip
    assert sentences_profile.differs(segmentation.profile(now.customers, none)).refused


def test_the_window_is_said_in_words(december):
    now, _ = december
    assert sentences.window_in_words(now) == "the last 334 days"


def test_bars_draw_the_customers_of_each_group(december):
    sizes = segmentation.sizes_over_time(*december, "stage")
    axes = charts.group_bars(sizes)
    assert [bar.get_width() for bar in axes.patches] == sizes["customers"].tolist()
    assert [text.get_text() for text in axes.get_yticklabels()] == list(segmentation.STAGES)


def test_shares_are_drawn_highest_spend_first(december):
    sizes = segmentation.group_sizes(december[0].customers, "segment")
    axes = charts.shares_of_groups(sizes)
    customers, spend = axes.lines
    assert sorted(spend.get_xdata(), reverse=True) == list(spend.get_xdata())
    assert sum(customers.get_xdata()) == pytest.approx(1)
    assert axes.get_yticklabels()[0].get_text() == "Champions"


def test_the_score_grid_writes_every_cell(december):
    cells = segmentation.rfm_grid(december[0].customers)
    axes = charts.score_grid(cells)
    assert len(axes.texts) == 50
    drawn = np.asarray(axes.images[0].get_array())
    assert drawn.sum() == 2469
    assert drawn[0, -1] == 319  # recency 5 on top, value 5 to the right


def test_the_lorenz_curve_is_the_table(december):
    lorenz = segmentation.concentration(december[0].customers, value="spend").lorenz
    axes = charts.lorenz_curve(lorenz)
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), lorenz["share_of_spend"])
    assert any("the top 20% bring 55%" in text.get_text() for text in axes.texts)


def test_the_migration_matrix_shades_movers_only(december):
    now, before = december
    axes = charts.migration_matrix(segmentation.migration(before.customers, now.customers, "tier"))
    shade = np.asarray(axes.images[0].get_array())
    assert shade.shape == (4, 3)
    assert shade.diagonal().tolist() == [0, 0, 0]
    assert shade[3].tolist() == [0, 0, 0]
    assert shade[0, 1] == pytest.approx(22 / 492)
    assert axes.get_yticklabels()[0].get_text() == "Gold (492)"


def test_attribute_shares_draw_the_clearest_attribute(december, sample):
    levels = segmentation.profile(december[0].customers, segmentation.read_attributes(sample))
    axes = charts.attribute_shares(levels)
    income = levels[levels["attribute"] == "income"]
    assert list(axes.lines[0].get_xdata()) == income["share"].tolist()


def test_charts_of_nothing_are_empty_axes(january):
    now, before = january
    moves = segmentation.migration(before.customers, now.customers, "tier")
    assert charts.migration_matrix(moves) is not None
    levels = segmentation.profile(now.customers, pd.DataFrame({"customer_id": ["1"]}))
    assert charts.attribute_shares(levels) is not None


def test_returns_alone_make_no_customers(rules):
    returns = FRAME.assign(amount=-1.0)
    with pytest.raises(DataError, match="No order on or before 2024-03-30"):
        segmentation.take_snapshots(returns, MARCH, rules)


def test_a_period_outside_the_data(rules):
    with pytest.raises(PeriodError, match=r"2023-01-10 to 2024-03-30; June 2022 does not\. Choose"):
        segmentation.take_snapshots(FRAME, Period.parse("2022-06"), rules)
    with pytest.raises(PeriodError, match="June 2025 does not"):
        segmentation.take_snapshots(FRAME, Period.parse("2025-06"), rules)
