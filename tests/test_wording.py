"""Numbers as readers meet them."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import wording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (wording.count(1469307), "1,469,307"),
        (wording.number(3.14159, 2), "3.14"),
        (wording.percent(0.1234), "12.3%"),
        (wording.percent(-0.00001), "0.0%"),
        (wording.money(29.488, "USD"), "$29.49"),
        (wording.money(4596.2, "USD"), "$4,596"),
        (wording.money(4_596_077.0, "USD"), "$4.6 million"),
        (wording.money(0, "USD"), "$0"),
        (wording.money(-12345, "EUR"), "-€12,345"),
        (wording.money(50, "JPY"), "¥50"),
        (wording.money(999_999.9, "USD"), "$1,000,000"),
        (wording.money(999_999_999, "USD"), "$1 billion"),
        (wording.money(-2.5e15, "USD"), "-$2,500 trillion"),
        (wording.money(5_250_000, "MXN"), "MX$5.25 million"),
        (wording.money(5_000_000, "TMT"), "TMT5 million"),
        (wording.money(1.2346, "KWD"), "KWD1.235"),
        (wording.money(-0.3, "JPY"), "¥0"),
        (wording.days(1), "1 day"),
        (wording.days(104.6), "105 days"),
        (wording.plural(1, "customer"), "1 customer"),
        (wording.plural(1.2, "customer"), "1 customer"),
        (wording.plural(2469, "customer"), "2,469 customers"),
        (wording.plural(2, "company", "companies"), "2 companies"),
        (wording.date(dt.date(2017, 11, 5)), "5 November 2017"),
        (wording.span(0.1, 0.2, wording.percent), "10.0% to 20.0%"),
        (wording.change(110, 100, "October"), "up 10.0% on October"),
        (wording.change(100, 100, "October"), "unchanged from October"),
        (wording.change(1, 0, "October"), "no comparison with October"),
        (wording.points(0.12, 0.10, "October"), "up 2.0 points on October"),
        (wording.points(0.1, 0.1, "October"), "unchanged from October"),
        (wording.points(0.1, math.nan, "October"), "no comparison with October"),
        (wording.join(["a", "b", "c"]), "a, b and c"),
        (wording.join(["a"]), "a"),
        (wording.label("days_since_last_order"), "Days since last order"),
    ],
)
def test_a_number_reads_as_a_person_would_write_it(text, expected):
    assert text == expected


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, pd.NA, np.float64("nan")])
def test_a_missing_value_is_a_dash_and_never_nan(missing):
    for written in (
        wording.count(missing),
        wording.percent(missing),
        wording.money(missing, "USD"),
        wording.days(missing),
        wording.number(missing),
    ):
        assert written == wording.MISSING


@given(st.floats(-1e15, 1e15) | st.sampled_from([math.nan, math.inf, -math.inf]))
def test_no_number_is_written_as_nan_inf_or_minus_zero(value):
    for written in (wording.percent(value), wording.number(value), wording.money(value, "USD")):
        assert "nan" not in written.lower()
        assert "inf" not in written.lower()
        assert written not in ("-0.0", "-0.0%", "-$0.00")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(1200), "1,200"),
        (1200.5, "1,200.50"),
        (True, "yes"),
        (np.bool_(False), "no"),
        ("<b>", "<b>"),
        (dt.date(2017, 11, 5), "2017-11-05"),
        (pd.Timestamp("2017-11-05 12:00"), "2017-11-05"),
        (None, wording.MISSING),
    ],
)
def test_a_cell_is_written_by_its_type(value, expected):
    assert wording.cell(value) == expected
