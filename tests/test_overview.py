"""The figures of a period: comparisons, an exact split of the change, the last report."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orders_by_hand import FEBRUARY, JANUARY, MARCH, ORDERS

from analysis import exports, language, overview, retention
from analysis.errors import DataError
from analysis.overview import layout, sentences, sentences_change
from analysis.periods import Period


def test_a_change_worked_by_hand():
    """January 40 from ann and bob, both kept; February 120: ann again, eve and dan new.

    Kept: 2 heads at 20 each, then 1 at 40: mean worth 30, so 30 x -1 from who came, and
    1.5 heads x 20 more from what they did. New: none, then 2 at 40, all from who came.
    ann ordered twice instead of once (mean 20 an order), each order again worth 20.
    """
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    groups = overview.compare_groups(activity, FEBRUARY, JANUARY).set_index("group")
    assert groups["mix"].to_dict() == {"kept": -30.0, "returned": 0.0, "new": 80.0}
    assert groups["behaviour"].to_dict() == {"kept": 30.0, "returned": 0.0, "new": 0.0}
    parts = overview.explain_change(groups.reset_index(), restated=5.0)
    effects = parts.set_index("factor")["effect"]
    # Three customers for two, each kind at its mean share (2/3 kept, 1/3 new) and mean worth.
    assert effects["customers"] == pytest.approx(30 * 2 / 3 + 40 * 1 / 3)
    assert effects["composition"] == pytest.approx(50 - effects["customers"])
    assert effects["orders_per_customer"] == 30.0
    assert effects["revenue_per_order"] == 0.0
    assert effects.sum() == pytest.approx(120 - 40 + 5)
    assert parts.groupby("part")["effect"].sum().to_dict() == {
        "data": 5.0, "mix": pytest.approx(50.0), "behaviour": 30.0,
    }  # fmt: skip


@st.composite
def periods_of_groups(draw):
    """Give an activity of three periods: heads, orders and sales of each kind of customer."""
    rows = []
    for start in pd.date_range("2024-01-01", periods=3, freq="MS"):
        row = {"period_start": start}
        for name in ("kept", "returned", "new"):
            heads = draw(st.integers(0, 9))
            row[name] = heads
            row[f"{name}_orders"] = heads + draw(st.integers(0, 20)) if heads else 0
            row[f"{name}_revenue"] = draw(st.sampled_from([-40.0, 0.0, 7.5, 1e5])) if heads else 0.0
        rows.append(row)
    frame = pd.DataFrame(rows)
    wholes = {"customers": "{}", "orders": "{}_orders", "revenue": "{}_revenue"}
    return frame.assign(
        **{
            whole: sum(frame[form.format(name)] for name in ("kept", "returned", "new"))
            for whole, form in wholes.items()
        }
    )


@settings(max_examples=30, deadline=None)
@given(activity=periods_of_groups(), restated=st.sampled_from([np.nan, 0.0, -12.5]))
def test_the_parts_sum_to_the_whole(activity, restated):
    """Whatever came, sales of zero and below included: parts, factors and groups all agree."""
    revenue = activity.set_index("period_start")["revenue"]
    for base, period in ((JANUARY, FEBRUARY), (JANUARY, MARCH), (FEBRUARY, MARCH)):
        groups = overview.compare_groups(activity, period, base)
        parts = overview.explain_change(groups, restated)
        if groups.empty:
            assert parts.empty
            continue
        change = revenue[pd.Timestamp(period.start)] - revenue[pd.Timestamp(base.start)]
        near = {"abs": 1e-6}
        assert groups["mix"].sum() + groups["behaviour"].sum() == pytest.approx(change, **near)
        assert parts["effect"].sum() == pytest.approx(change + np.nan_to_num(restated), **near)
        by_part = parts.groupby("part")["effect"].sum()
        assert by_part["mix"] == pytest.approx(groups["mix"].sum(), **near)
        assert by_part["behaviour"] == pytest.approx(groups["behaviour"].sum(), **near)


def test_against_the_first_period_of_the_data_all_are_one_group():
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    groups = overview.compare_groups(activity, JANUARY, JANUARY.previous)
    assert groups["group"].tolist() == ["all"]
    parts = overview.explain_change(groups)
    assert parts.set_index("factor")["effect"]["composition"] == 0.0
    said = sentences_change.change_finding(parts, groups, JANUARY.previous, "USD").headline
    assert "How many came accounts for +$0, and what each of them did for +$38.00." in said


def test_the_first_period_has_nothing_to_be_explained():
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    december = Period.parse("2023-12")
    groups = overview.compare_groups(activity, december, december.previous)
    parts = overview.explain_change(groups)
    finding = sentences_change.change_finding(parts, groups, december.previous, "USD")
    assert finding.refused
    assert finding.headline == "There is no November 2023 to explain the change against."
    assert layout.groups_table(groups, december.previous, "USD") is None


@pytest.fixture
def earlier_run(tmp_path):
    """Return the folder of the run for January, as the runner keeps it."""
    activity = retention.activity_by_period(ORDERS, "2024-01-31")
    exports.save(activity, "figures_by_period", tmp_path / "run" / "tables")
    (tmp_path / "run" / "manifest.json").write_text('{"period": "2024-01"}', "utf-8")
    return tmp_path / "run"


def test_what_was_restated_since_the_last_report_by_hand(earlier_run):
    """A late order of 7 in January, by a customer who was there already."""
    late = pd.DataFrame(
        {"customer_id": ["bob"], "order_date": [pd.Timestamp("2024-01-25")], "amount": [7.0]}
    )
    activity = retention.activity_by_period(pd.concat([ORDERS, late]), "2024-02-29")
    last = overview.read_last_report(earlier_run, "month")
    assert (last.period, last.told("revenue")) == (JANUARY, 40.0)
    restated = overview.restated_figures(last, activity)
    assert restated[["figure", "reported", "now", "change"]].to_numpy().tolist() == [
        ["revenue", 40.0, 47.0, 7.0],
        ["orders", 2, 3, 1],
    ]
    said = sentences_change.restated_finding(last, restated, FEBRUARY, "USD").headline
    assert said == (
        "2 figures of 1 period differ from the report on January 2024. The largest difference is"
        " in the net sales of January 2024: $40.00 then, $47.00 now."
    )
    base, effect = overview.held_against(last, activity, FEBRUARY)
    assert (base, effect) == (JANUARY, 7.0)
    groups = overview.compare_groups(activity, FEBRUARY, base)
    parts = overview.explain_change(groups, effect)
    assert parts["effect"].sum() == pytest.approx(120 - 40)
    headline = sentences_change.change_finding(parts, groups, base, "USD").headline
    assert headline.startswith(
        "Net sales are $80.00 above those reported for January 2024. Restated data account for"
        " +$7.00, who came for"
    )


def test_an_unchanged_past_is_said_to_stand(earlier_run):
    last = overview.read_last_report(earlier_run, "month")
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    restated = overview.restated_figures(last, activity)
    assert restated.empty
    finding = sentences_change.restated_finding(last, restated, FEBRUARY, "USD")
    assert finding.headline.startswith("The past stands as it was told:")
    assert layout.restated_table(restated, FEBRUARY, "USD") is None


def test_periods_that_the_data_no_longer_reach_are_not_restated(earlier_run):
    """A source that keeps the last weeks alone: December is gone, January cut."""
    last = overview.read_last_report(earlier_run, "month")
    kept = ORDERS[ORDERS["order_date"] >= "2024-01-15"]
    activity = retention.activity_by_period(kept, "2024-02-29")
    assert overview.restated_figures(last, activity).empty


@pytest.mark.parametrize("kind", ["week", "quarter", "year"])
def test_a_report_on_another_kind_of_period_is_no_earlier_one(earlier_run, kind):
    assert overview.read_last_report(earlier_run, kind) is None


def test_without_an_earlier_report_the_period_before_is_the_base(tmp_path):
    assert overview.read_last_report("", "month") is None
    assert overview.read_last_report(tmp_path, "month") is None
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    base, effect = overview.held_against(None, activity, FEBRUARY)
    assert base == JANUARY
    assert np.isnan(effect)
    restated = overview.restated_figures(None, activity)
    said = sentences_change.restated_finding(None, restated, FEBRUARY, "USD").headline
    assert "No earlier report of this kind was kept" in said
    parts = overview.explain_change(overview.compare_groups(activity, FEBRUARY, base), effect)
    assert "restated" not in set(parts["factor"])


def test_a_run_that_is_none_is_refused(earlier_run, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(earlier_run, broken)
    (broken / "tables" / "figures_by_period.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match="broken must hold the run of an earlier report"):
        overview.read_last_report(broken, "month")


def test_chinese_tells_the_same_numbers_and_no_english(earlier_run):
    activity = retention.activity_by_period(ORDERS, "2024-02-29")
    last = overview.read_last_report(earlier_run, "month")

    def found():
        groups = overview.compare_groups(activity, FEBRUARY, JANUARY)
        parts = overview.explain_change(groups, 5.0)
        figures = overview.compare_figures(activity, FEBRUARY)
        restated = overview.restated_figures(last, activity)
        return [
            sentences.figure_finding(figures, activity, "revenue", FEBRUARY, "CNY"),
            sentences_change.change_finding(parts, groups, JANUARY, "CNY"),
            sentences_change.restated_finding(last, restated, FEBRUARY, "CNY"),
        ]

    english = found()
    language.use("zh")
    for one, other in zip(english, found(), strict=True):
        kept = ("id", "value", "trend", "direction")
        assert [getattr(one, name) for name in kept] == [getattr(other, name) for name in kept]
        assert not re.search("[a-z]{2,}", other.headline + other.label + other.year_before)
    assert "较2024年1月上升" in sentences_change.change_finding(
        overview.explain_change(overview.compare_groups(activity, FEBRUARY, JANUARY)),
        overview.compare_groups(activity, FEBRUARY, JANUARY), JANUARY, "CNY",
    ).headline  # fmt: skip


def test_json_of_the_findings_is_plain(sample):
    activity = retention.activity_by_period(sample, "2017-12-31")
    period = Period.parse("2017-12")
    figures = overview.compare_figures(activity, period)
    finding = sentences.figure_finding(figures, activity, "revenue", period, "USD")
    assert json.loads(json.dumps(finding.to_dict(), allow_nan=False))["trend"][-1] == finding.value
