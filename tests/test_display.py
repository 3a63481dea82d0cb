"""Findings, figures, tables and notes as notebook outputs."""

import json
import math

import matplotlib.pyplot as plt
import pandas as pd

from analysis import display, findings
from analysis.charts import style
from analysis.findings import Finding

HOSTILE = "<script>alert(1)</script>"


def finding(**values):
    return Finding(**{"id": "test.one", "headline": "Ten of 12 stayed.", **values})


def test_a_finding_is_json_and_html():
    bundle = finding(value=10 / 12, action="Call the two.")._repr_mimebundle_()
    content = json.loads(json.dumps(bundle[findings.MIME]))
    assert content["headline"] == "Ten of 12 stayed."
    assert content["value"] == 10 / 12
    assert "Call the two." in bundle["text/html"]
    assert bundle["text/plain"] == "Ten of 12 stayed."


def test_not_enough_data_says_what_is_missing():
    refused = findings.not_enough_data("churn.rate", "the churn rate", "30 customers; there are 12")
    assert refused.value is None
    assert refused.headline == ("Not enough data: the churn rate needs 30 customers; there are 12.")


def test_main_points_begin_with_those_behind_key_figures():
    rule, aside = finding(id="rule", main=True), finding(id="aside", kpi=True)
    rate = finding(id="rate", main=True, kpi=True)
    assert findings.main_points([rule, aside, rate]) == [rate, rule]


def test_a_figure_carries_its_sentence_as_alternative_text_and_is_closed():
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    bundle = display.figure(axes, finding())
    data, metadata = bundle._repr_mimebundle_()
    assert metadata["image/svg+xml"]["alt"] == "Ten of 12 stayed."
    assert data[findings.MIME]["id"] == "test.one"
    assert "<svg" in data["image/svg+xml"]
    assert plt.get_fignums() == []


def test_a_figure_shows_its_subtitle_and_keeps_its_numbers():
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    data = pd.DataFrame({"day": [pd.Timestamp("2017-12-01"), pd.NaT], "share": [0.25, math.inf]})
    written = {"share": "{:.0%}".format}
    bundle = display.figure(axes, finding(), subtitle=HOSTILE, data=data, formats=written)
    assert "<p>&lt;script&gt;" in bundle.data["text/html"]
    shown = json.loads(json.dumps(bundle.data[display.FIGURE_MIME], allow_nan=False))
    assert shown["subtitle"] == HOSTILE
    assert shown["numbers"]["columns"] == ["Day", "Share"]
    assert shown["numbers"]["rows"][0] == ["2017-12-01", "25%"]
    assert shown["columns"] == ["day", "share"]
    assert shown["rows"] == [["2017-12-01", 0.25], [None, None]]


def test_the_same_chart_is_the_same_bytes():
    def draw():
        axes = style.new_axes()
        axes.plot([1, 2, 3], [3, 1, 4])
        axes.set_xlabel("weeks")
        return display.figure(axes, finding()).data["image/svg+xml"]

    assert draw() == draw()


def test_a_table_writes_every_value_readably():
    frame = pd.DataFrame({"segment": ["a", None], "days_silent": [1200, 3], "share": [0.5, None]})
    bundle = display.table(frame, title="Segments", formats={"share": lambda x: f"{100 * x:.0f}%"})
    content = bundle.data[display.TABLE_MIME]
    assert content["columns"] == ["Segment", "Days silent", "Share"]
    assert content["rows"] == [["a", "1,200", "50%"], ["–", "3", "–"]]
    assert content["align"] == ["left", "right", "right"]


def test_counts_stay_counts_where_some_are_missing():
    frame = pd.DataFrame({"orders": [1200.0, None], "share": [1.0, 0.5], "inf": [math.inf, 1.0]})
    content = display.table(frame, title="Orders").data[display.TABLE_MIME]
    assert content["rows"] == [["1,200", "1.00", "–"], ["–", "0.50", "1.00"]]


def test_names_are_data_and_never_markup():
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    shown = [
        display.table(frame, title=HOSTILE).data["text/html"],
        display.note(HOSTILE).data["text/html"],
        finding(headline=HOSTILE, action=HOSTILE)._repr_mimebundle_()["text/html"],
    ]
    for html in shown:
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_hostile_label_in_a_chart_stays_text():
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    axes.set_xlabel(HOSTILE)
    assert "<script" not in display.figure(axes, finding()).data["image/svg+xml"]
