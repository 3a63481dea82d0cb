"""The index: what it says of an archive, with its script and without, in two languages."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from html.parser import HTMLParser

import pytest
from archive_builder import MONTHS, SHOP, four_months, kpi, put

from analysis.periods import Period
from analysis.reports.index import read_entries, write_index
from analysis.reports.index.figures import difference, read_figures
from analysis.reports.index.lines import draw_line


@pytest.fixture
def archive(tmp_path):
    return four_months(tmp_path / "reports")


class Text(HTMLParser):
    """The words of a page between its tags, but for style and script."""

    def __init__(self, html):
        super().__init__()
        self.words, self.hidden = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.hidden = tag in {"style", "script"}

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        if not self.hidden:
            self.words += data.split()


def written(archive, **more):
    html = write_index(archive, SHOP.model_copy(update=more)).read_text("utf-8")
    return html, " ".join(Text(html).words)


def test_the_page_says_what_is_newest_how_it_moved_and_what_failed(archive):
    html, text = written(archive)
    assert "Data up to 31 December 2017" in text
    assert text.index("Summary Q4 2017 Final $120 left.") < text.index("Churn December 2017 Last")
    assert "Tried 3 January 2018, 06:00 UTC; shown is the last good report, made 3 Jan" in text
    row = "Left 4.5% 1% to 9% 4.0% 1% to 9% +0.5 points counted by another method All reports"
    assert row in text
    assert "Figure Course December 2017 November 2017 Change Churn" in text
    line = "5.0% in September 2017, 4.5% in December 2017; lowest 4.0%, highest 6.0%"
    assert f'aria-label="{line}"' in html
    assert '<tbody id="p-2017-11">' in html


def test_it_is_whole_without_its_script_and_lets_no_other_in(archive):
    html, _ = written(archive)
    assert html.count("<form ") == 1 + html.count("<form hidden>")
    assert all("hidden" in form for form in re.findall(r"<form[^>]*>", html))
    assert html.count('<tr data-report="') == 5
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert re.search(
        r"default-src &#39;none&#39;.*script-src &#39;sha256-[\w+/]{43}=&#39;;", policy
    )
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"?(https?:)?//", html)


def test_a_report_that_was_never_made_leads_to_the_last_good_one(archive):
    put(archive, "churn", "2018-01", fault="it broke")
    entries = read_entries(archive)
    latest = next(one for one in entries if one.period.key == "2018-01")
    assert (latest.address, latest.state) == ("", "failed")
    assert latest.instead.period.key == "2017-12"
    _, text = written(archive)
    assert "No report yet. Tried 3 February 2018, 00:00 UTC. The last good one is that of" in text
    assert "No report of January 2018 yet." in text


def test_a_report_over_data_that_end_early_is_provisional(archive):
    put(archive, "churn", "2018-01", data_end=date(2018, 1, 30))
    assert read_entries(archive)[0].state == "provisional"


def test_figures_are_by_kind_of_period_with_labels_that_fit_all_of_them(archive):
    for period in MONTHS[:2]:
        label = f"Came again in {Period.parse(period).title}"
        put(archive, "retention", period, kpi(0.9, "90%", id="r", label=label), number=3)
    (table,) = read_figures(read_entries(archive))
    assert (table.kind, [period.key for period in table.periods]) == ("month", MONTHS[::-1])
    assert [(title, [s.label for s in rows]) for title, rows in table.reports] == [
        ("Churn", ["Left"]),
        ("Retention", ["Came again"]),
    ]
    assert [cell and cell[0] for cell in table.data["rows"][1]] == [None, None, 0.9, 0.9]


@pytest.mark.parametrize(
    ("new", "old", "change"),
    [
        ((0.045, "4.5%"), (0.04, "4.0%"), "+0.5 points"),
        ((90.0, "$90"), (120.0, "$120"), "−25.0%"),
        ((120.0, "120"), (120.01, "120"), "0.0%"),
        ((5.0, "5"), (0.0, "0"), "–"),
        ((-5.0, "-5"), (3.0, "3"), "–"),
        ((math.nan, "?"), (3.0, "3"), "–"),
        (None, (3.0, "3"), "–"),
    ],
)
def test_a_change_is_in_points_for_shares_and_relative_for_the_rest(archive, new, old, change):
    for period, shown in (("2017-10", old), ("2017-11", new)):
        put(archive, "clv", period, *([kpi(*shown, id="clv.x")] if shown else []))
    (table,) = read_figures(read_entries(archive))
    ((newer, older),) = [
        s.cells[1:3] for title, rows in table.reports for s in rows if title == "Clv"
    ]
    assert difference(newer, older) == change


def test_a_line_has_a_gap_where_a_period_is_missing_and_is_flat_where_nothing_moves():
    months = [Period.parse(key) for key in ("2017-01", "2017-02", "2017-04")]
    line = str(draw_line([(month, 7.0, "7") for month in months]))
    path = re.search(r'd="([^"]*)"', line)[1]
    assert re.findall("[ML]", path) == ["M", "L", "M"]
    assert set(re.findall(r"[ML][\d.]+ ([\d.]+)", path)) == {"20.0"}
    assert [float(x) for x in re.findall(r'cx="([\d.]+)"', line)] == [5.0, 59.4, 163.0]
    assert draw_line([(months[0], 7.0, "7"), (months[1], None, "")]) == ""


def test_a_line_shows_the_size_of_what_moved():
    months = [Period.parse(key) for key in MONTHS]
    line = str(
        draw_line(list(zip(months, (1.0, 3.0, 2.0, 2.0), ("1", "3", "2", "2"), strict=True)))
    )
    assert re.findall(r'cy="([\d.]+)"', line) == ["35.0", "5.0", "20.0", "20.0"]


def test_hostile_texts_stay_texts(archive):
    evil = "</script><script>alert(1)</script>"
    put(archive, "churn", "2018-01", kpi(0.1, evil, label=evil, method=evil))
    html, text = written(archive)
    assert html.count("<script") == 2
    assert evil in text
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert data["rows"][0][0][1] == evil


def test_made_up_data_are_said_to_be_made_up(archive):
    assert "Simulated data" not in written(archive)[1]
    assert "Simulated data These customers are made up" in written(archive, simulated=True)[1]


def test_it_speaks_chinese_with_the_same_numbers(archive):
    _, english = written(archive)
    html, chinese = written(archive, language="zh")
    assert '<html lang="zh-CN">' in html
    assert "关键指标（按月）" in chinese
    assert "+0.5个百分点" in chinese
    for number in ("4.5%", "4.0%", "$120"):
        assert chinese.count(number) == english.count(number)
    left = set(re.findall(r"[A-Za-z]{3,}", chinese)) - {
        "shop",
        "Churn",
        "Summary",
        "Left",
        "left",
        "Sales",
        "UTC",
        "failed",
    }
    assert left == set()
