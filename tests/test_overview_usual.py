"""Figures held against the usual range of the periods before."""

import numpy as np
import pandas as pd
import pytest
from orders_by_hand import MARCH

from analysis import overview, retention
from analysis.errors import PeriodError
from analysis.overview import sentences
from analysis.periods import Period


def activity_of(revenues, first="2024-01-01"):
    months = pd.date_range(first, periods=len(revenues), freq="MS")
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


def test_figures_are_held_against_the_usual_range_of_the_periods_before():
    """100, 120, 110: mean 110, s 10, t 4.303 with two degrees of freedom, and a root of 4/3."""
    figures = overview.compare_figures(activity_of([100, 120, 110, 161]), Period.parse("2024-04"))
    revenue = figures.set_index("figure").loc["revenue"]
    assert (revenue["value"], revenue["previous"]) == (161, 110)
    step = 4.302653 * 10 * np.sqrt(4 / 3)
    assert revenue["usual_low"] == pytest.approx(110 - step)
    assert revenue["usual_high"] == pytest.approx(110 + step)
    assert revenue["verdict"] == "above"
    assert np.isnan(revenue["year_before"])


def test_two_periods_make_no_usual_range():
    figures = overview.compare_figures(activity_of([100, 120, 90]), MARCH)
    assert set(figures["verdict"]) == {"unknown"}
    finding = sentences.figure_finding(
        figures, activity_of([100, 120, 90]), "revenue", MARCH, "USD"
    )
    assert finding.interval == "no usual range yet"
    assert finding.direction == "neutral"


def test_a_period_that_is_not_over_is_not_judged():
    """Half a month of sales is no fall."""
    activity = activity_of([100, 101, 102, 99, 50])
    activity.loc[4, "complete"] = False
    may = Period.parse("2024-05")
    figures = overview.compare_figures(activity, may)
    finding = sentences.figure_finding(figures, activity, "revenue", may, "USD")
    assert finding.direction == "neutral"
    assert "not judged, since the data end before the period does." in finding.headline


def test_a_card_has_its_changes_its_trend_and_its_band():
    activity = activity_of([*range(100, 112), 150], first="2023-01-01")
    january = Period.parse("2024-01")
    figures = overview.compare_figures(activity, january)
    finding = sentences.figure_finding(figures, activity, "revenue", january, "USD")
    assert finding.comparison == "up 35.1% on December 2023"
    assert finding.year_before == "up 50.0% on January 2023"
    assert finding.trend == (*range(100, 112), 150)
    assert finding.direction == "good"
    assert finding.interval.startswith("usual range $")
    first = Period.parse("2023-01")
    alone = overview.compare_figures(activity.head(1), first)
    finding = sentences.figure_finding(alone, activity.head(1), "revenue", first, "USD")
    assert finding.comparison == "no comparison with December 2022"
    assert finding.year_before == "no data for January 2022"
    assert finding.trend == (100.0,)


def test_a_period_without_orders_is_refused():
    with pytest.raises(PeriodError, match="May 2024 must hold at least one order"):
        overview.compare_figures(activity_of([1, 2, 3]), Period.parse("2024-05"))


def test_december_in_the_sample_is_above_its_usual_range(sample):
    activity = retention.activity_by_period(sample, "2017-12-31")
    period = Period.parse("2017-12")
    figures = overview.compare_figures(activity, period)
    finding = sentences.figure_finding(figures, activity, "revenue", period, "USD")
    assert finding.value == pytest.approx(421_720.45)
    assert finding.direction == "good"
    assert finding.headline.startswith("Net sales in December 2017: $421,720, up 9.2% on November")
    assert finding.year_before == "no data for December 2016"
    groups = overview.compare_groups(activity, period, period.previous)
    parts = overview.explain_change(groups)
    assert parts["effect"].sum() == pytest.approx(35_693.24)
