"""Snapshots, findings and charts of the sample."""

import dataclasses
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from segment_findings import all_findings

from analysis import language, segmentation
from analysis.charts import segmentation as charts
from analysis.customer_table import CustomerTable
from analysis.periods import Period
from analysis.segmentation import (
    sentences,
    sentences_change,
    sentences_profile,
    sentences_value,
)


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    plt.close("all")


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


def test_falling_from_gold_puts_the_missing_spend_at_stake(december):
    now, before = december
    behind = segmentation.falling_behind(now, before).to_frame()
    gold = behind[behind["reason"] == "Fell from gold"]
    assert (gold["tier_before"] == "Gold").all()
    np.testing.assert_allclose(
        gold["spend_at_stake"], (gold["spend_before"] - gold["spend"]).clip(lower=0)
    )
    assert behind["spend_at_stake"].is_monotonic_decreasing


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
