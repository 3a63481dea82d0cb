"""Forecasts that are kept with a report and scored by a later one."""

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import forecasts
from analysis.errors import DataError, ReportError
from analysis.periods import Period

MADE = forecasts.Forecast(
    id="clv.order_days",
    made_for="2018-01",
    label="Order days",
    value=110.0,
    low=90.0,
    high=130.0,
    level=0.9,
    unit="order days",
    made_on="2017-12-31",
    naive=80.0,
    known=1000.0,
)


def test_a_forecast_held_against_what_came():
    """By hand: 110 forecast, 100 came: 10% too high, and the naive 80 are 20% too low."""
    held = forecasts.score(MADE, 100, known=1000.0)
    assert held.error == pytest.approx(0.10)
    assert held.naive_error == pytest.approx(-0.20)
    assert held.covered
    assert held.restated == 0.0
    assert not held.is_open
    assert not forecasts.score(MADE, 131).covered
    assert forecasts.score(MADE, 90).covered


def test_a_restated_past_is_told_as_a_share_of_what_was_known():
    assert forecasts.score(MADE, 100, known=1010.0).restated == pytest.approx(0.01)
    assert forecasts.score(dataclasses.replace(MADE, known=None), 100, known=7.0).restated == 0.0
    assert math.isinf(forecasts.score(dataclasses.replace(MADE, known=0.0), 1, known=7.0).restated)


def test_while_it_is_open_there_is_no_error():
    assert MADE.is_open
    assert not MADE.covered
    assert math.isnan(MADE.error)
    assert math.isnan(forecasts.score(MADE, 0).error)


def test_the_record_is_in_the_order_of_the_periods_whatever_their_kind():
    keys = ["2017-11", "2017-W46", "2017-02", "2016-Q4"]
    past = [forecasts.score(dataclasses.replace(MADE, made_for=key), 100) for key in keys]
    assert [one.made_for for one in forecasts.scored([*past, MADE], MADE.id)] == [
        "2016-Q4",
        "2017-02",
        "2017-11",
        "2017-W46",
    ]
    assert forecasts.scored(past, "churn.lost") == []


def test_only_an_open_forecast_of_that_number_and_period_is_found():
    january, old = Period.parse("2018-01"), forecasts.score(MADE, 100)
    assert forecasts.open_for([old, MADE], MADE.id, january) == MADE
    assert forecasts.open_for([old], MADE.id, january) is None
    assert forecasts.open_for([MADE], MADE.id, january.next) is None
    assert forecasts.open_for([MADE], "clv.sales", january) is None


numbers = st.floats(-1e12, 1e12)


@given(numbers, st.floats(0, 1e6), st.floats(0, 1e6), st.none() | numbers, st.text(max_size=20))
def test_what_is_emitted_is_read_back(tmp_path_factory, value, below, above, naive, label):
    made = dataclasses.replace(
        MADE, value=value, low=value - below, high=value + above, naive=naive, label=label
    )
    output = forecasts.emit(made)._repr_mimebundle_()
    folder = tmp_path_factory.mktemp("run")
    kept = forecasts.parse(json.loads(json.dumps(output[forecasts.MIME])))
    forecasts.write(folder / forecasts.FILE, kept)
    assert forecasts.read(folder) == [made]
    assert not {"text/html", "image/svg+xml"} & set(output)


def test_no_folder_and_no_file_hold_no_forecasts(tmp_path):
    assert forecasts.read("") == []
    assert forecasts.read(tmp_path) == []


def test_fields_of_a_later_version_are_passed_over(tmp_path):
    row = dataclasses.asdict(MADE) | {"weather": "fine"}
    (tmp_path / forecasts.FILE).write_text(json.dumps([row]), "utf-8")
    assert forecasts.read(tmp_path) == [MADE]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": math.nan}, "`value` must be finite; got nan"),
        ({"naive": math.inf}, "`naive` must be finite"),
        ({"low": 140.0}, "`low` must not be above `high`"),
        ({"level": 90.0}, "`level` lies between 0 and 1"),
        ({"made_for": "Jan 2018"}, "Jan 2018"),
        ({"made_on": "31.12.2017"}, "31.12.2017"),
    ],
)
def test_what_is_no_forecast_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(MADE, **change)


def test_one_number_of_one_period_is_forecast_once():
    with pytest.raises(DataError, match=r"'clv\.order_days' is there twice for 2018-01"):
        forecasts.emit(MADE, forecasts.score(MADE, 1))


@pytest.mark.parametrize("text", ["{", "[1]", '[{"id": "x"}]', "null", '[{"level": 2}]'])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / forecasts.FILE).write_text(text, "utf-8")
    with pytest.raises(ReportError, match=r"forecasts\.json must hold forecasts: .* out of the"):
        forecasts.read(tmp_path)


def test_a_row_that_breaks_a_rule_is_named(tmp_path):
    row = dataclasses.asdict(MADE) | {"made_for": "soon"}
    (tmp_path / forecasts.FILE).write_text(json.dumps([row]), "utf-8")
    with pytest.raises(ReportError, match="soon"):
        forecasts.read(tmp_path)
