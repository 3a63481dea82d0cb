"""The figures of a period: comparisons, exact decomposition, ranked actions."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import overview, retention
from analysis.errors import DataError, PeriodError
from analysis.overview import sentences
from analysis.periods import Period


def activity_of(revenues: list[float]) -> pd.DataFrame:
    months = pd.date_range("2024-01-01", periods=len(revenues), freq="MS")
    revenue = np.asarray(revenues, dtype=float)
    return pd.DataFrame(
        {
            "period_start": months,
            "complete": True,
            "customers": 10,
            "orders": 20,
            "revenue": revenue,
            "revenue_per_day": revenue / 30,
            "revenue_per_customer": revenue / 10,
            "orders_per_customer": 2.0,
            "revenue_per_order": revenue / 20,
        }
    )


def test_figures_are_held_against_the_range_of_the_periods_before():
    figures = overview.compare_figures(activity_of([100, 120, 110, 150]), Period.parse("2024-04"))
    revenue = figures.set_index("figure").loc["revenue"]
    assert (revenue["value"], revenue["previous"]) == (150, 110)
    assert (revenue["usual_low"], revenue["usual_high"]) == (100, 120)
    assert revenue["verdict"] == "above"
    assert np.isnan(revenue["year_before"])


def test_two_periods_make_no_usual_range():
    figures = overview.compare_figures(activity_of([100, 120, 90]), Period.parse("2024-03"))
    assert set(figures["verdict"]) == {"unknown"}


def test_a_decomposition_worked_by_hand():
    """From 10 customers to 20 with all else equal: the whole rise comes from customers."""
    activity = activity_of([100, 200]).assign(customers=[10, 20], orders=[20, 40])
    activity = activity.assign(revenue_per_order=[5.0, 5.0])
    parts = overview.decompose_revenue(activity, Period.parse("2024-02"))
    np.testing.assert_allclose(parts["effect"], [100, 0, 0], atol=1e-12)


positive = st.floats(0.1, 1e6)


@given(old=st.tuples(positive, positive, positive), new=st.tuples(positive, positive, positive))
def test_the_parts_add_up_to_the_change(old, new):
    activity = activity_of([np.prod(old), np.prod(new)]).assign(
        customers=[old[0], new[0]],
        orders_per_customer=[old[1], new[1]],
        revenue_per_order=[old[2], new[2]],
    )
    parts = overview.decompose_revenue(activity, Period.parse("2024-02"))
    change = np.prod(new) - np.prod(old)
    assert parts["effect"].sum() == pytest.approx(change, rel=1e-6, abs=1e-6 * np.prod(old))


def test_the_first_period_has_nothing_to_be_explained():
    parts = overview.decompose_revenue(activity_of([100]), Period.parse("2024-01"))
    assert parts.empty
    finding = sentences.decomposition_finding(parts, Period.parse("2024-01"), "USD")
    assert finding.headline == "There is no December 2023 to explain the change against."


def test_actions_are_ranked_by_what_is_at_stake(tmp_path):
    found = [
        {"id": "a", "headline": "A", "action": "Do a.", "at_stake": 5.0, "main": True},
        {"id": "b", "headline": "B", "action": "Do b.", "at_stake": None, "main": True},
        {"id": "c", "headline": "C", "action": "", "at_stake": None, "main": True},
    ]
    (tmp_path / "churn.json").write_text(json.dumps(found), "utf-8")
    more = [{"id": "d", "headline": "D", "action": "Do d.", "at_stake": 9.0, "main": False}]
    (tmp_path / "clv.json").write_text(json.dumps(more), "utf-8")
    actions = overview.rank_actions(overview.collect_findings(tmp_path))
    assert actions["action"].tolist() == ["Do d.", "Do a.", "Do b."]
    assert actions["report"].tolist() == ["clv", "churn", "churn"]
    january = Period.parse("2024-01")
    said = sentences.actions_finding(actions, january, "USD").headline
    assert "3 actions for January 2024, 2 of them with money at stake" in said
    alone = sentences.actions_finding(actions.head(1), january, "USD").headline
    assert alone.endswith(
        "1 action for January 2024, of the report on customer value, with $9.00 at stake."
    )


@pytest.mark.parametrize("folder", ["", "not there"])
def test_without_other_reports_there_are_no_actions(folder):
    findings = overview.collect_findings(folder)
    assert findings.empty
    finding = sentences.actions_finding(
        overview.rank_actions(findings), Period.parse("2024-01"), "USD"
    )
    assert "render them first" in finding.headline


def test_a_file_that_holds_no_findings_is_refused(tmp_path):
    (tmp_path / "churn.json").write_text('{"a": 1}', "utf-8")
    with pytest.raises(DataError, match=r"churn\.json must hold a list of findings"):
        overview.collect_findings(tmp_path)


def test_a_period_without_orders_is_refused():
    with pytest.raises(PeriodError, match="May 2024 must hold at least one order"):
        overview.compare_figures(activity_of([1, 2, 3]), Period.parse("2024-05"))


def test_december_in_the_sample_is_above_its_usual_range(sample):
    activity = retention.activity_by_period(sample, "2017-12-31")
    period = Period.parse("2017-12")
    figures = overview.compare_figures(activity, period)
    finding = sentences.figure_finding(figures, "revenue", period, "USD")
    assert finding.value == pytest.approx(421_720.45)
    assert finding.direction == "good"
    assert finding.headline.startswith("Net sales in December 2017: $421,720, up 9.2% on November")
