"""From a table to the reports, by the command, as a person would run it."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest
from archives import REPORTS

from analysis import cli

LARGEST_REPORT_BYTES = 400_000


class Page(HTMLParser):
    """What a check needs of a page: its addresses, its pictures, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.alternatives: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        values = dict(attrs)
        self.addresses += [values[name] for name in ("href", "src") if values.get(name)]
        if tag == "img" or values.get("role") == "img":
            self.alternatives.append(values.get("alt") or values.get("aria-label") or "")

    def handle_data(self, data):
        self.text += f"{data} "


def test_all_six_reports_of_the_last_complete_month_are_there(sample_archive):
    for report in REPORTS:
        run = sample_archive.run(report)
        manifest = json.loads((run / "manifest.json").read_text("utf-8"))
        assert manifest["status"] == "succeeded"
        assert manifest["input"]["rows"] == 1_469_307
        assert manifest["input"]["orders"] == 155_848
    assert "December 2017" in Page(sample_archive.pages()["index"].read_text("utf-8")).text


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_one_small_file_that_reaches_for_nothing(sample_archive, report):
    html = sample_archive.html(report)
    page = Page(html)
    assert len(html.encode()) <= LARGEST_REPORT_BYTES
    assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", html)
    assert "script" not in page.tags
    outside = [
        one for one in page.addresses if not one.startswith(("#", "data:", "tables/", "../"))
    ]
    assert outside == []
    assert page.alternatives
    assert all(len(one) > 20 for one in page.alternatives)


@pytest.mark.parametrize("report", REPORTS)
def test_no_number_is_bare_and_no_label_raw(sample_archive, report):
    run = sample_archive.run(report)
    text = Page((run / "report.html").read_text("utf-8")).text
    shown = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(?:nan|NaN|None|NaT|inf)\b", shown.split("Method and limits")[0])
    assert not re.search(r"\d\.\d{5,}", shown)
    findings = json.loads((run / "findings.json").read_text("utf-8"))
    assert sum(one["main"] for one in findings) in range(1, 7)
    assert all(one["interval"] for one in findings if one["kpi"])


def test_the_lists_are_beside_the_reports_and_safe_to_open(sample_archive):
    lists = sorted(sample_archive.folder.glob("*/2017-12/current/tables/*.csv"))
    names = {path.stem for path in lists}
    assert {"early_warnings", "win_back", "customer_value", "value_tiers"} <= names
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        risky = [one for one in cells if one[:1] in tuple("=+-@") and not is_number(one)]
        assert risky == []


def test_the_summary_ranks_the_actions_of_the_others(sample_archive):
    run = sample_archive.run("summary")
    with (run / "tables" / "actions.csv").open(encoding="utf-8-sig", newline="") as stream:
        actions = list(csv.DictReader(stream))
    assert {"churn", "segmentation", "retention"} <= {one["report"] for one in actions}
    stakes = [float(one["at_stake"]) for one in actions if one["at_stake"]]
    assert stakes == sorted(stakes, reverse=True)


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None


def test_a_small_european_export_goes_all_the_way(export_archive, capsys):
    settings = ["--settings", str(export_archive.folder.parent / "analysis.toml")]
    assert cli.main([*settings, "check"]) == cli.DONE
    assert "orders.csv, line 414" in capsys.readouterr().out
    for report in REPORTS:
        html = export_archive.html(report)
        assert "script" not in Page(html).tags
        assert "€" in html or report == "data_quality"
