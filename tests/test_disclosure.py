"""Counts of people that are too small to be told to managers."""

import numpy as np
import pandas as pd
import pytest

from analysis import disclosure, display, language
from analysis.charts import style
from analysis.findings import Finding
from analysis.settings import ReportSettings


@pytest.fixture(autouse=True)
def _as_by_default():
    disclosure.use(ReportSettings())
    yield
    disclosure.use(ReportSettings())


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "under 5"), (4, "under 5"), (5, "5"), (1234, "1,234")]
)
def test_one_to_four_people_are_told_as_under_five(count, shown):
    assert disclosure.people(count) == shown


def test_the_noun_of_a_hidden_count_is_plural():
    assert disclosure.plural(1, "customer") == "under 5 customers"
    assert disclosure.plural(1, "person", "people") == "under 5 people"
    assert disclosure.plural(0, "customer") == "0 customers"
    assert disclosure.plural(6, "customer") == "6 customers"


def test_analysts_are_told_every_count():
    disclosure.use(ReportSettings(audience="analyst"))
    assert [disclosure.people(n) for n in range(4)] == ["0", "1", "2", "3"]
    assert disclosure.plural(1, "customer") == "1 customer"


def test_the_settings_say_how_small_is_small():
    disclosure.use(ReportSettings(smallest_count=10))
    assert disclosure.plural(9, "customer") == "under 10 customers"
    assert disclosure.people(10) == "10"


def test_a_missing_count_is_not_hidden():
    assert disclosure.people(float("nan")) == "–"


def test_chinese_hides_as_much():
    language.use("zh")
    assert disclosure.plural(3, "customer") == "少于5位客户"


GROUPS = pd.DataFrame(
    {"group": list("abcde"), "customers": [3, 0, np.nan, 50, 9], "weeks": [1.5] * 5}
)


def test_tables_and_the_numbers_of_a_figure_hide_the_columns_that_count_people():
    table = display.table(GROUPS, title="Groups", people=("customers",))
    hidden = ["under 5", "0", "–", "50", "5 or more"]
    assert [row[1] for row in table.data[display.TABLE_MIME]["rows"]] == hidden
    assert [row[2] for row in table.data[display.TABLE_MIME]["rows"]] == [
        *("–", "1.50", "1.50", "1.50", "–"),
    ]
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    finding = Finding(id="a", headline="A.")
    written = {"customers": "{:.0f} of them".format}
    figure = display.figure(axes, finding, data=GROUPS, formats=written, people=("customers",))
    shown = figure.data[display.FIGURE_MIME]
    texts = ["under 5", "0 of them", "–", "50 of them", "5 or more"]
    assert [row[1] for row in shown["numbers"]["rows"]] == texts
    assert [row[1] for row in shown["rows"]] == ["under 5", 0.0, None, 50.0, "5 or more"]
    assert [row[2] for row in shown["rows"]] == [None, 1.5, 1.5, 1.5, None]
