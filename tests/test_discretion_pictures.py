"""Pictures draw small counts no more exactly than their tables tell them."""

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis import disclosure, display
from analysis.charts import clv, overview, quality, retention, segmentation, style
from analysis.findings import Finding
from analysis.settings import ReportSettings


def first_months(few):
    months = pd.date_range("2023-01-01", periods=5, freq="MS")
    counts = [few, 60, 30, 12, 40]
    return quality.first_orders(pd.DataFrame({"month": months, "customers": counts}))


def groups(few):
    table = pd.DataFrame({"group": list("abcd"), "customers": [few, 20, 60, 80]})
    before = table.assign(share_of_customers=table["customers"] / 200)
    return segmentation.group_bars(before.assign(customers_before=[30, 40, 50, 60]))


def score_cells(few):
    cells = pd.DataFrame(
        itertools.product([4, 5], [1, 2, 3]), columns=["recency_score", "value_score"]
    )
    cells = cells.assign(segment="x", customers=[few, 20, 30, 40, 50, 60])
    return segmentation.score_grid(cells)


def flows(few):
    table = pd.DataFrame({"period_label": list("abcd"), "customers": [60 + few, 70, 81, 79]})
    parts = {"kept": [40, 45, 52, 50], "returned": [20, 15, 20, 20], "new": [few, 10, 9, 9]}
    return retention.customer_flows(table.assign(**parts, lapsed=[9, 10, 11, 12]))


def figure_of_periods(few):
    table = pd.DataFrame({"period_label": list("abc"), "customers": [50, 60, few]})
    nothing = (np.nan, np.nan)
    return overview.figure_by_period(
        table, "customers", usual=nothing, written=disclosure.people, ylabel=""
    )


def bars_of_value(few):
    table = pd.DataFrame({"low": [0.0, 10.0, 20.0], "high": [10.0, 20.0, 30.0]})
    return clv.value_histogram(table.assign(customers=[few, 60, 50], tier="Gold"))


CHARTS = [first_months, groups, score_cells, flows, figure_of_periods, bars_of_value]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_picture_of_two_people_is_that_of_three(chart):
    pictures = []
    for few in (2, 3):
        disclosure.use(ReportSettings())
        drawn = display.figure(chart(few), Finding(id="a", headline="A."))
        pictures.append(drawn.data["image/svg+xml"])
    assert pictures[0] == pictures[1]
    disclosure.use(ReportSettings(audience="analyst"))
    as_it_is = display.figure(chart(3), Finding(id="a", headline="A."))
    assert as_it_is.data["image/svg+xml"] != pictures[1]


@pytest.mark.parametrize("chart", [first_months, score_cells, bars_of_value])
def test_a_picture_of_many_people_is_the_same_for_managers_and_analysts(chart):
    pictures = []
    for audience in ("manager", "analyst"):
        disclosure.use(ReportSettings(audience=audience))
        drawn = display.figure(chart(25), Finding(id="a", headline="A."))
        pictures.append(drawn.data["image/svg+xml"])
    assert pictures[0] == pictures[1]


def test_a_figure_says_that_it_does_not_draw_all_as_it_is():
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    finding = Finding(id="a", headline="A.")
    months = pd.DataFrame({"month": ["Jan", "Feb", "Mar"], "new": [3, 60, 9]})
    figure = display.figure(axes, finding, subtitle="By month", data=months, people=["new"])
    told = figure.data[display.FIGURE_MIME]["subtitle"]
    assert told == "By month; counts that are not told are drawn alike, or not at all"
