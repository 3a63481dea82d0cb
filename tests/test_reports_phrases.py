"""The words and the small line of a card, in each language."""

from __future__ import annotations

import re

import pytest

from analysis import language, wording
from analysis.findings import COUNTED, Finding
from analysis.periods import Period
from analysis.reports.html.phrases import interval, verdict, way
from analysis.reports.html.sparkline import sparkline


# Texts of `wording`, so that both languages are read as they are written.
@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_the_way_of_a_change_is_read_in_each_language(spoken):
    language.use(spoken)
    than = Period.parse("2017-11").title
    assert way(wording.change(110, 100, than)) == "up"
    assert way(wording.points(0.1, 0.12, than)) == "down"
    assert way(wording.change(100, 100, than)) == "same"
    assert way(wording.change(100, 0, than)) == ""
    assert way("a margin of $5") == ""


@pytest.mark.parametrize(
    ("direction", "comparison", "word"),
    [
        ("good", "up 2.0% on May", "better"),
        ("bad", "against 5", "worse"),
        ("neutral", "down 2.0% on May", "neutral"),
        ("neutral", "unchanged from May", ""),
        ("neutral", "against 5", ""),
        ("", "up 2.0% on May", ""),
    ],
)
def test_a_word_says_what_the_colour_does(direction, comparison, word):
    finding = Finding(id="a", headline="A.", comparison=comparison, direction=direction)
    assert verdict(finding) == word


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1 to 2", "95% interval 1 to 2"),
        ("90% interval 1 to 2", "90% interval 1 to 2"),
        ("usual range 1 to 2", "usual range 1 to 2"),
        ("-US$8,368至US$15,250", "95% interval -US$8,368至US$15,250"),
        ("CHF 12.00 to CHF 13.00", "95% interval CHF 12.00 to CHF 13.00"),
        ("常见范围1至2", "常见范围1至2"),
        (COUNTED, "counted, not estimated"),
        ("", ""),
    ],
)
def test_an_interval_says_of_what_level_it_is(given, shown):
    assert interval(Finding(id="a", headline="A.", interval=given)) == shown


# Worked by hand: 144 by 36 with a margin of 4, so values lie between 4 (high) and 32 (low).
def test_a_sparkline_by_hand():
    drawing = sparkline([0.0, 2.0, 1.0])
    assert re.findall(r'points="([^"]+)"', drawing) == ["4,32 72,4 140,18"]
    assert 'cx="140" cy="18"' in drawing
    assert "Number 2 of the last 3 periods" in drawing


def test_a_sparkline_has_a_gap_where_a_value_is_missing():
    drawing = sparkline([1.0, 2.0, None, 3.0, 2.0])
    assert [run.count(",") for run in re.findall(r'points="([^"]+)"', drawing)] == [2, 2]


def test_a_number_that_hardly_moves_is_drawn_flat():
    heights = [
        float(point.split(",")[1])
        for point in re.findall(r'points="([^"]+)"', sparkline([100.0, 100.5, 100.0]))[0].split()
    ]
    assert max(heights) - min(heights) < 2
    assert "18 " in sparkline([0.0, 0.0])


def test_a_sparkline_begins_where_the_values_do():
    assert sparkline([None, None, 1.0, 2.0]) == sparkline([1.0, 2.0])


@pytest.mark.parametrize("trend", [(), (1.0,), (None, 1.0), (1.0, 2.0, None)])
def test_too_short_a_trend_draws_nothing(trend):
    assert sparkline(trend) == ""
