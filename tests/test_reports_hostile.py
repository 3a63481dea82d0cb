"""Names that would like to be code are shown as text, and customers not at all."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest
from archives import (
    HOSTILE_CUSTOMERS,
    HOSTILE_PRODUCTS,
    HOSTILE_SEGMENTS,
    OVERRIDE,
    REPORTS,
    export_customers,
)
from reading import labels

from analysis import exports

ARCHIVES = ["sample_archive", "export_archive"]
LISTS_OF_CUSTOMERS = ("customer_segments", "customer_value", "win_back")


class Shown(HTMLParser):
    """The text of a page, its alternative texts, and the tags and attributes it is made of."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts, self.headings = set(), set(), [], []
        self._inside = ""
        self.feed(html)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self._inside = tag
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value for name, value in attrs if name in ("alt", "aria-label")]

    def handle_data(self, data):
        self.texts.append(data)
        if self._inside == "th":
            self.headings.append(data.strip())


def one_line(name):
    return " ".join(name.split())


def read_list(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def pages(export_archive):
    return {name: Shown(path.read_text("utf-8")) for name, path in export_archive.pages().items()}


def test_names_of_products_and_segments_are_shown_as_they_are(pages):
    for name in HOSTILE_PRODUCTS:
        assert one_line(name) in pages["data_quality"].text
    assert any(one_line(name) in pages["segmentation"].text for name in HOSTILE_SEGMENTS)


@pytest.mark.parametrize("name", [*REPORTS, "index"])
def test_no_name_becomes_markup(pages, name):
    assert not pages[name].tags & {"script", "i", "iframe", "object"} or name == "index"
    assert not {one for one in pages[name].attributes if one.startswith("on")}
    assert "<b>Shop</b> & Söhne" in pages[name].text
    assert OVERRIDE not in pages[name].text


@pytest.mark.parametrize("name", ["findings.json", "manifest.json"])
def test_json_holds_the_names_as_they_are(export_archive, name):
    texts = {report: (export_archive.run(report) / name).read_text("utf-8") for report in REPORTS}
    assert all(json.loads(text) for text in texts.values())
    if name == "findings.json":
        headlines = [one["headline"] for one in json.loads(texts["data_quality"])]
        assert any(HOSTILE_PRODUCTS[0] in headline for headline in headlines)


def test_no_list_starts_a_formula(export_archive):
    lists = sorted(export_archive.folder.glob("*/*/current/tables/*.csv"))
    assert len(lists) > 10
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        risky = [one for one in cells if re.match(r"\s*[=+@-]", one) and not is_number(one)]
        assert risky == [], path.name


@pytest.mark.parametrize("name", LISTS_OF_CUSTOMERS)
def test_a_list_that_is_read_back_names_the_same_customers(export_archive, name):
    path = next(export_archive.folder.glob(f"*/*/current/tables/{name}.csv"))
    listed = [exports.original(row["customer_id"]) for row in read_list(path)]
    assert listed
    assert set(listed) <= set(export_customers())
    assert len(set(listed)) == len(listed)
    if name != "win_back":
        assert set(HOSTILE_CUSTOMERS) <= set(listed)


def test_a_turned_name_is_set_aside_and_listed(export_archive):
    aside = read_list(export_archive.run("data_quality") / "tables" / "rows_set_aside.csv")
    rules = sorted(row["rule"] for row in aside)
    assert rules == [
        "the category has a control character",
        "the customer has an invisible character",
        "the customer is missing",
    ]


@pytest.mark.parametrize("report", REPORTS)
def test_a_page_for_managers_names_no_customer(export_archive, pages, report):
    findings = (export_archive.run(report) / "findings.json").read_text("utf-8")
    drawn = labels(export_archive.run(report))
    assert drawn
    assert not set(drawn) & set(export_customers()) - set(HOSTILE_PRODUCTS)
    for customer in export_customers():
        if customer not in HOSTILE_PRODUCTS and not customer.startswith("<script>"):
            assert customer not in pages[report].text
            assert customer not in findings
    assert HOSTILE_CUSTOMERS[0] not in pages[report].text


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("archive", ARCHIVES)
def test_nothing_behind_a_page_is_told_by_customer(request, archive, report):
    run = request.getfixturevalue(archive).run(report)
    headings = Shown((run / "report.html").read_text("utf-8")).headings
    assert not [one for one in headings if re.fullmatch(r"(?i)(customer|household)( id)?", one)]
    for path in run.glob("tables/figure-*.csv"):
        assert "customer_id" not in path.read_text("utf-8-sig").splitlines()[0]


def is_number(text):
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None
