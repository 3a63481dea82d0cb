"""The page around a report's content: its first screen, the numbers of figures, its frame."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from notebook_builder import notebook

from analysis import display, exports, language
from analysis.charts import style
from analysis.errors import ReportError
from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports import found
from analysis.reports.html import (
    Frame,
    LastReport,
    Link,
    read_content,
    render_report,
    write_figure_tables,
)

RATE = Finding(
    id="churn.rate",
    headline="12.3% fell silent.",
    label="Churn",
    value=0.123,
    value_text="12.3%",
    interval="10.1% to 14.2%",
    comparison="up 1.2 points on November 2017",
    direction="bad",
    kpi=True,
    trend=(0.11, 0.125, 0.111, 0.123),
    year_before="down 0.4 points on December 2016",
    method="121 days of silence",
)
CALL = Finding(
    id="churn.warnings",
    headline="45 slowed down.",
    action="Call them.",
    at_stake=26518.0,
    at_stake_low=20000.0,
    at_stake_high=33000.0,
    basis="margin of the next 52 weeks",
    people=45,
    list_name="slowed_down",
)


class Text(HTMLParser):
    """The text of a page, words set apart by one space."""

    def __init__(self, html):
        super().__init__()
        self.found, self._in_style = [], False
        self.feed(html)
        self.text = " ".join(" ".join(self.found).split())

    def handle_starttag(self, tag, attributes):
        self._in_style = tag == "style"

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, data):
        if not self._in_style:
            self.found.append(data)


def page(*cells, frame=None, **options):
    frame = frame or Frame(period=Period.parse("2017-12"), tables="tables")
    return render_report(read_content(notebook(*cells, **options)), frame)


def part(html, start, end):
    """Return the text of a page between two pieces of markup."""
    return Text(html[html.index(start) : html.index(end, html.index(start))]).text


def chart(finding=RATE, *, rows=3, **options):
    axes = style.new_axes()
    axes.plot([1, 2], [3, 4])
    data = pd.DataFrame({"group": ["=1+1"] * rows, "customers": range(rows), "share": 1 / 3})
    return display.figure(axes, finding, data=data, **options)


def test_a_card_by_hand():
    html = page("## Part", [RATE])
    assert part(html, '<ul class="cards of1"', "</ul>").split(">", 1)[-1].strip() == (
        "Churn 12.3% 95% interval 10.1% to 14.2% "
        "▲ up 1.2 points on November 2017 worse ▼ down 0.4 points on December 2016"
    )
    assert 'aria-label="Number 2 of the last 4 periods, from the highest"' in html


def test_the_question_and_warnings_come_before_the_numbers_and_their_basis_after():
    warning = display.note("Wrong clock.", "warning")
    html = page([display.note("Counted by day."), warning, RATE], "## Part\n\nText.")
    order = [html.index(text) for text in ("Who is leaving?", "Wrong clock.", "Key figures")]
    assert [*order, html.index("Counted by day.")] == sorted(
        [*order, html.index("Counted by day.")]
    )
    assert html.index("Counted by day.") < html.index("<nav")


def test_an_action_by_hand():
    listed = exports.Export("slowed_down", "Customers who slowed down", "tables/slowed_down.csv", 9)
    html = page("## Whom to call?", [CALL, listed])
    assert part(html, '<section class="todo"', "</section>") == (
        "What to do Call them. Who 45 customers Customers who slowed down, CSV "
        "At stake $26,518 ($20,000 to $33,000) margin of the next 52 weeks Why Whom to call?"
    )
    assert '<a href="tables/slowed_down.csv" download>Customers who' in html


def test_an_action_of_another_report_leads_there():
    churn = Link("Churn", "../../../churn/2017-12/current/report.html")
    act = Finding(id="a", headline="A.", action="Act.", list_name="churn/win_back")
    html = page("## Part", [act], frame=Frame(others=(churn,)))
    folder = "../../../churn/2017-12/current"
    assert f'<a href="{folder}/tables/win_back.csv" download>List in Churn, CSV</a>' in html
    assert f'<dt>Why</dt><dd><a href="{folder}/report.html">Churn</a>' in html
    assert "List in" not in page("## Part", [act])


def test_a_list_that_no_spreadsheet_holds_is_found_and_named_in_every_report():
    long = exports.Export("slowed_down", "Who slowed down", "tables/slowed_down.parquet", 2_000_000)
    html = page("## Whom to call?", [CALL, long])
    assert '<a href="tables/slowed_down.parquet" download>Who slowed down, Parquet</a>' in html
    assert "2,000,000 rows, Parquet" in Text(html).text
    [handed] = found.handed_on(read_content(notebook("## Whom to call?", [CALL, long])))
    act = replace(handed, list_name=f"churn/{handed.list_name}")
    churn = Link("Churn", "../../../churn/2017-12/current/report.html")
    html = page("## Part", [act], frame=Frame(others=(churn,)))
    file = "../../../churn/2017-12/current/tables/slowed_down.parquet"
    assert f'<a href="{file}" download>List in Churn, Parquet</a>' in html
    assert "List in" not in page(
        "## Part", [replace(act, list_name="churn/a.exe")], frame=Frame(others=(churn,))
    )


def test_an_action_without_list_or_money_says_only_why():
    html = page("## Part", [Finding(id="a", headline="A.", action="Act.", list_name="unknown")])
    assert part(html, '<section class="todo"', "</section>") == "What to do Act. Why Part"


def test_a_few_people_to_act_on_are_not_counted_out():
    html = page("## Part", [Finding(id="a", headline="A.", action="Act.", people=2)])
    assert "Who under 5 customers Why" in Text(html).text


def test_the_numbers_of_a_figure_are_folded_under_it_and_written_beside_it(tmp_path):
    content = read_content(notebook("## Part", [chart(rows=100, subtitle="Share of all, in 2017")]))
    html = render_report(content, Frame(tables="tables"))
    assert "Share of all, in 2017" in Text(html).text
    folded = part(html, "<details>", "</details>")
    assert folded.startswith("The numbers Group Customers Share =1+1 0 0.33")
    assert "The first 60 of 100 rows; the CSV holds them all." in folded
    assert html.count("<tr><td>") == 60
    assert '<a href="tables/figure-churn.rate.csv" download>' in html
    assert write_figure_tables(content, tmp_path) == ["figure-churn.rate.csv"]
    with (tmp_path / "figure-churn.rate.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["group", "customers", "share"]
    assert len(rows) == 101
    assert rows[2] == ["'=1+1", "1", "0.3333333333333333"]


def test_without_a_folder_for_them_no_link_leads_to_the_numbers():
    html = page("## Part", [chart()], frame=Frame())
    assert "Numbers as CSV" not in html
    assert "<summary>The numbers</summary>" in html


def test_two_figures_of_one_finding_get_files_of_their_own():
    content = read_content(notebook("## Part", [chart(), chart()]))
    assert [figure.file for figure in content.figures] == [
        "figure-churn.rate.csv", "figure-churn.rate-2.csv"
    ]  # fmt: skip


def test_a_figure_whose_finding_could_not_name_a_file_is_refused():
    with pytest.raises(ReportError, match=r"names the file .* got '../up'"):
        page("## Part", [chart(Finding(id="../up", headline="A."))])


def test_a_report_that_would_be_too_large_shows_fewer_numbers():
    wide = pd.DataFrame({f"column_{n}": ["x" * 60] * 60 for n in range(40)})
    charts = []
    for number in range(5):
        axes = style.new_axes()
        charts.append(
            display.figure(axes, Finding(id=f"a{number}", headline="A."), data=wide, labels={})
        )
    html = page("## Part", charts)
    assert len(html.encode()) <= 400_000
    assert "The first 20 of 60 rows" in html


def test_a_changed_method_is_told_where_the_number_is_and_on_the_first_screen():
    old = Finding(id=RATE.id, headline="Old.", method="90 days of silence")
    frame = Frame(last=LastReport("November 2017", (old,)))
    html = page("## Part", [RATE], frame=frame)
    assert "the report of November 2017, so compare them with care: Churn." in Text(html).text
    assert "Now: 121 days of silence. Before: 90 days of silence." in Text(html).text
    same = Frame(last=LastReport("November 2017", (RATE,)))
    unknown = Frame(last=LastReport("November 2017", (Finding(id=RATE.id, headline="Old."),)))
    chinese = Finding(id=RATE.id, headline="12%的客户沉默。", method="沉默90天")
    translated = Frame(last=LastReport("2017年11月", (chinese,)))
    for quiet in (same, unknown, translated, Frame()):
        assert "Another method" not in page("## Part", [RATE], frame=quiet)


def test_the_frame_tells_what_the_numbers_rest_on():
    frame = Frame(
        collection="Households",
        coverage="Covers 1 to 31 December 2017.",
        stale="The newest order is 40 days old.",
        provisional="Two days are missing.",
        simulated=True,
        quality=(("Checks that failed", "2"),),
        earlier=Link("November 2017", "../../2017-11/current/report.html"),
        later=Link("January 2018", "../../../index.html#p-2018-01"),
        others=(Link("Retention", "../../../retention/2017-12/current/report.html"),),
    )
    html = page("## Part", [RATE], frame=frame)
    top = part(html, "<header>", "</header>")
    for text in (
        "The data are out of date The newest order is 40 days old.",
        "Provisional Two days are missing.",
        "Simulated data These customers are made up",
        "November 2017",
        "January 2018",
    ):
        assert text in top
    assert "How good the data are Checks that failed 2" in part(html, "<footer>", "</footer>")
    for link in (frame.earlier, frame.later, *frame.others):
        assert f'href="{link.address}"' in html
    assert "out of date" not in page("## Part", [RATE])
    assert "Simulated" not in page("## Part", [RATE])


def test_only_the_terms_that_a_report_uses_are_explained():
    html = page("## Part\n\nHalf are below the median.", [RATE])
    terms = part(html, 'id="terms"', "</section>")
    assert re.findall(r"(95% interval|Churn|Median|Percentage points|Cohort|Margin)", terms) == [
        "95% interval", "Churn", "Median", "Percentage points"
    ]  # fmt: skip


def test_a_chinese_report_keeps_its_anchors_and_numbers():
    cells = ("## Method", [RATE, CALL])
    english = page(*cells)
    language.use("zh")
    chinese = page(*cells)
    assert '<html lang="zh-CN">' in chinese
    assert "95%置信区间10.1% to 14.2%" in Text(chinese).text
    for name in ("id", "href"):
        form = rf' {name}="(#?s-[^"]+)"'
        assert re.findall(form, chinese) == re.findall(form, english)
    assert "行动清单" in Text(chinese).text
