"""Counts of people that are too small to be told to managers."""

import numpy as np
import pandas as pd
import pytest

from analysis import disclosure, display, exports, findings, language
from analysis.charts import style
from analysis.disclosure import discretion
from analysis.findings import Finding
from analysis.reports.manifest import Manifest
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


def told_of(**values):
    finding = Finding(id="a", **values)
    return Finding(**finding._repr_mimebundle_()[findings.MIME])


def test_a_share_of_too_few_is_bounded_and_takes_its_interval_along():
    told = told_of(
        headline="3.7% of 54 left in May 2023: under 5 customers (interval 1.0% to 12.5%).",
        value=2 / 54, value_text="3.7%", interval="1.0% to 12.5%", comparison="up 1.0 points",
        trend=(0.01, 2 / 54), of_people=(2, 54),
    )  # fmt: skip
    assert told.headline == "Under 9.3% of 54 left in May 2023: under 5 customers."
    assert told.value_text == "under 9.3%"
    assert (told.value, told.interval, told.comparison, told.trend) == (None, "", "", ())


def test_a_share_of_all_but_too_few_is_bounded_too():
    told = told_of(
        headline="Of 54 customers 96.3% came again (95% interval 87.5% to 99.0%).",
        value=52 / 54, value_text="96.3%", interval="87.5% to 99.0%", of_people=(52, 54),
    )  # fmt: skip
    assert told.headline == "Of 54 customers over 90.7% came again."
    assert (told.value, told.value_text) == (None, "over 90.7%")


@pytest.mark.parametrize(
    ("headline", "of_people"),
    [
        ("0.0% of 53 customers left.", (0, 53)),
        ("9.4% of 53 customers left: 5 customers (95% interval 4.1% to 20.3%).", (5, 53)),
        ("1.8% of 2,329 went silent: 42 customers (95% interval 1.3% to 2.4%).", (42, 2329)),
        ("All 3 of 3 left: 100.0%.", (3, 3)),
        ("Net sales of 27 customers are up 3.6% on November 2023.", None),
    ],
)
def test_other_shares_stay_as_they_are(headline, of_people):
    told = told_of(headline=headline, value=0.1, of_people=of_people)
    assert (told.headline, told.value, told.of_people) == (headline, 0.1, None)


def test_analysts_read_the_share():
    disclosure.use(ReportSettings(audience="analyst"))
    told = told_of(headline="3.7% left.", value=2 / 54, value_text="3.7%", of_people=(2, 54))
    assert told.headline == "3.7% left."


MONTHS = pd.DataFrame({
    "month": pd.date_range("2023-01-01", periods=6, freq="MS"),
    "customers": [60, 70, 81, 79, 90, 95],
    "new": [3, 6, 9, 8, 12, 9],
    "revenue": [600.0, 700.0, 810.0, 790.0, 900.0, 950.0],
    "new_revenue": [31.0, 61.0, 92.0, 81.0, 119.0, 88.0],
    "share_new": [3 / 60, 6 / 70, 9 / 81, 8 / 79, 12 / 90, 9 / 95],
})  # fmt: skip
PEOPLE = ("customers", "new")


def test_a_list_of_sums_loses_what_follows_from_hidden_counts():
    told = discretion.told(MONTHS, PEOPLE)
    assert list(told["new"]) == ["under 5", "5 or more", 9, 8, 12, 9]
    assert list(told["customers"]) == list(MONTHS["customers"])
    assert list(told["new_revenue"].isna()) == [True, True, False, False, False, False]
    # a share of three in sixty tells the three, whichever column it stands beside
    assert list(told["revenue"].isna()) == [True, False, False, False, False, False]
    assert list(MONTHS["new"]) == [3, 6, 9, 8, 12, 9]


def test_running_sums_and_differences_go_with_what_they_are_made_of():
    frame = pd.DataFrame(
        {"group": list("abcd"), "people": [20, 3, 9, 40], "before": [22, 7, 8, 41]}
    )
    frame["change"] = frame["people"] - frame["before"]
    frame["so_far"] = frame["people"].cumsum() / frame["people"].sum()
    told = discretion.told(frame, ["people", "before"])
    assert list(told["people"]) == [20, "under 5", "5 or more", 40]
    assert list(told["change"].isna()) == [False, True, True, False]
    assert told["so_far"].isna().all()


def test_what_the_last_report_withheld_stays_and_what_it_told_is_known(tmp_path):
    # last month 6 was withheld beside the 3; this month 5 would be smaller, but 6 must stay
    exports.save(MONTHS, "months", tmp_path / "tables", people=PEOPLE)
    later = pd.concat([MONTHS, MONTHS.tail(1).assign(month=pd.Timestamp("2023-07-01"), new=5)])
    disclosure.use(ReportSettings(), tmp_path)
    told = discretion.told(later, PEOPLE)
    assert list(told["new"]) == ["under 5", "5 or more", 9, 8, 12, 9, 5]


def test_tables_of_one_report_withhold_the_same_of_a_row():
    first = discretion.told(MONTHS, PEOPLE)
    later = discretion.told(MONTHS.assign(new=[3, 6, 9, 8, 5, 9]).drop(columns="month"), PEOPLE)
    assert list(first["new"])[:2] == list(later["new"])[:2] == ["under 5", "5 or more"]


def test_what_a_sentence_told_no_table_withholds_and_the_other_way_round():
    assert disclosure.people(6) == "6"
    told = discretion.told(MONTHS, PEOPLE)
    assert list(told["new"]) == ["under 5", 6, 9, "5 or more", 12, 9]
    assert disclosure.plural(8, "customer") == "5 or more customers"


def test_parts_of_a_whole_cover_each_other():
    assert discretion.parts(0, 25, 2) == ["0", "5 or more", "under 5"]
    disclosure.use(ReportSettings())
    assert discretion.parts(7, 25, 8) == ["7", "25", "8"]


COUNTS = (
    "customers",
    "kept",
    "returned",
    "new",
    "lapsed",
    "active",
    "customers_before",
    "in_group",
)


def test_no_list_of_a_report_tells_a_small_count_or_what_gives_it_back(export_archive):
    hidden = 0
    for path in sorted(export_archive.folder.glob("*/*/current/tables/*.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if "customer_id" in rows:
            continue
        for name in (name for name in COUNTS if name in rows):
            assert not set(rows[name]) & {"1", "2", "3", "4", "1.0", "2.0", "3.0", "4.0"}, path
            hidden += rows[name].isin(["under 5", "not told"]).sum()
        if {"customers", "kept", "returned", "new"} <= set(rows):
            few = rows[rows["new"] == "under 5"]
            beside = few[["customers", "kept", "returned"]]
            assert len(few)
            assert (
                beside.map(lambda cell: cell in ("under 5", "5 or more", "not told"))
                .any(axis=1)
                .all()
            ), path
    assert hidden > 20


def test_the_manifest_counts_what_totals_still_tell(export_archive):
    found = {
        report: Manifest.read(export_archive.run(report)).exposed
        for report in ("segmentation", "retention", "clv")
    }
    assert found["segmentation"] > 0  # 60 customers in 25 cells
    assert found["clv"] == 0


def test_a_share_of_something_else_goes_with_a_hidden_count():
    assert disclosure.share(0.104, 3) == "–"
    assert disclosure.share(0.05, 30) == "5.0%"
    disclosure.withhold([30])
    assert disclosure.share(0.05, 30) == "–"
