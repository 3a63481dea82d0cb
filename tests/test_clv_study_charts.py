"""The charts of the value report draw what is in its tables."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from analysis import disclosure
from analysis.charts import clv as charts
from analysis.charts import clv_check
from analysis.clv import layout, layout_check
from analysis.settings import ReportSettings

# Charts -------------------------------------------------------------------------------------


@pytest.fixture
def drawn():
    disclosure.use(ReportSettings(audience="analyst"))
    yield lambda chart, table: chart(table)
    plt.close("all")


def test_charts_draw_what_is_in_the_tables(value_study, value_check, drawn):
    weeks = layout.weeks(value_check)
    ax = drawn(charts.weekly_purchases, weeks)
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    np.testing.assert_array_equal(lines["what came"], weeks["actual"])
    np.testing.assert_array_equal(lines["model"], weeks["model"])
    ax = drawn(charts.total_purchases, weeks)
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    assert lines["as last time"][-1] == 32_078 / 31_777 - 1
    assert lines["model"][-1] == pytest.approx(-0.0028, abs=5e-4)
    bars = layout.value_bars(value_study)
    ax = drawn(charts.value_histogram, bars)
    assert sum(patch.get_height() for patch in ax.patches) == len(value_study.customers)
    ax = drawn(charts.deciles, layout.deciles(value_check))
    assert [patch.get_height() for patch in ax.patches] == value_check.deciles["predicted"].tolist()
    ax = drawn(charts.tier_shares, layout.tiers(value_study))
    assert sum(patch.get_width() for patch in ax.patches) == pytest.approx(2.0)
    ax = drawn(clv_check.birth_errors, layout_check.births(value_check))
    dots = np.concatenate(
        [line.get_xdata() for line in ax.get_lines() if line.get_marker() != "None"]
    )
    assert sorted(dots) == sorted(value_check.births.errors["error"])
    bars = layout_check.purchases_so_far(value_study)
    ax = drawn(clv_check.purchase_counts, bars)
    assert [patch.get_height() for patch in ax.patches] == bars["actual"].tolist()
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), bars["expected"])
    ax = drawn(charts.alive_map, layout.alive_map(value_study))
    shown = layout.alive_map(value_study)["probability_alive"]
    assert ax.collections[0].get_array().size == shown.size


@pytest.mark.parametrize(
    "chart",
    [
        charts.weekly_purchases,
        charts.total_purchases,
        charts.value_histogram,
        charts.deciles,
        charts.tier_shares,
        clv_check.birth_errors,
        clv_check.purchase_counts,
        charts.alive_map,
    ],
)
def test_charts_of_nothing_are_empty(chart, drawn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not drawn(chart, pd.DataFrame()).lines
