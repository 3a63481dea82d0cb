"""From a table to the reports, by the command, as a person would run it."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis import cli

ROOT = Path(__file__).parents[1]
REPORTS = ["data_quality", "segmentation", "retention", "churn", "clv", "summary"]
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
        self.text += data


@pytest.fixture(scope="module")
def sample_archive(tmp_path_factory):
    """All reports of the sample for its last month, in a folder of their own."""
    folder = tmp_path_factory.mktemp("sample")
    settings = (ROOT / "analysis.toml").read_text("utf-8")
    (folder / "analysis.toml").write_text(settings, "utf-8")
    code = cli.main(["--settings", str(folder / "analysis.toml"), "render", "--all"])
    assert code == cli.DONE
    return folder / "reports"


def test_all_six_reports_of_the_last_complete_month_are_there(sample_archive):
    for report in REPORTS:
        run = sample_archive / report / "2017-12" / "current"
        manifest = json.loads((run / "manifest.json").read_text("utf-8"))
        assert manifest["status"] == "succeeded"
        assert manifest["input"]["rows"] == 1_469_307
        assert manifest["input"]["orders"] == 155_848
    assert "December 2017" in Page((sample_archive / "index.html").read_text("utf-8")).text


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_one_small_file_that_reaches_for_nothing(sample_archive, report):
    html = (sample_archive / report / "2017-12" / "current" / "report.html").read_text("utf-8")
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
    run = sample_archive / report / "2017-12" / "current"
    text = Page((run / "report.html").read_text("utf-8")).text
    shown = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(?:nan|NaN|None|NaT|inf)\b", shown.split("Method and limits")[0])
    assert not re.search(r"\d\.\d{5,}", shown)
    findings = json.loads((run / "findings.json").read_text("utf-8"))
    assert sum(one["main"] for one in findings) in range(1, 7)
    assert all(one["interval"] for one in findings if one["kpi"])


def test_the_lists_are_beside_the_reports_and_safe_to_open(sample_archive):
    lists = sorted(sample_archive.glob("*/2017-12/current/tables/*.csv"))
    names = {path.stem for path in lists}
    assert {"early_warnings", "win_back", "customer_value", "value_tiers"} <= names
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        risky = [one for one in cells if one[:1] in tuple("=+-@") and not is_number(one)]
        assert risky == []


def test_the_summary_ranks_the_actions_of_the_others(sample_archive):
    run = sample_archive / "summary" / "2017-12" / "current"
    with (run / "tables" / "actions.csv").open(encoding="utf-8-sig", newline="") as stream:
        actions = list(csv.DictReader(stream))
    assert {"churn", "segmentation", "retention"} <= {one["report"] for one in actions}
    stakes = [float(one["at_stake"]) for one in actions if one["at_stake"]]
    assert stakes == sorted(stakes, reverse=True)


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None


def european_export(folder: Path) -> None:
    """An export with semicolons, decimal commas, day-first dates, returns and a bad row."""
    lines = ["Kundennr;Datum;Betrag;Warengruppe"]
    for customer in range(60):
        for order in range(3 + customer % 9):
            day, month = 1 + (customer * 7 + order * 11) % 28, 1 + (customer + 2 * order) % 12
            euros, cents = 5 + (customer * order) % 40, (customer * 13) % 100
            name = "<script>alert(1)</script>" if customer % 2 else "=cmd|'/c calc'!A1"
            lines.append(f"K{customer:03d};{day:02d}.{month:02d}.2023;{euros},{cents:02d};{name}")
    lines += ["K001;05.06.2023;-4,50;Retoure", ";06.06.2023;1,00;ohne Kunde"]
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", "cp1252")
    (folder / "analysis.toml").write_text(
        'currency = "EUR"\n[transactions]\npath = "orders.csv"\ncustomer_id = "Kundennr"\n'
        'order_date = "Datum"\namount = "Betrag"\ncategory = "Warengruppe"\nseparator = ";"\n'
        'decimal = ","\ndate_format = "%d.%m.%Y"\nencoding = "cp1252"\n',
        "utf-8",
    )


def test_a_small_european_export_goes_all_the_way(tmp_path, capsys):
    european_export(tmp_path)
    settings = ["--settings", str(tmp_path / "analysis.toml")]
    assert cli.main([*settings, "check"]) == cli.DONE
    assert "orders.csv, line 414" in capsys.readouterr().out
    assert cli.main([*settings, "render", "--all", "--period", "2023-12"]) == cli.DONE
    for report in REPORTS:
        html = (tmp_path / "reports" / report / "2023-12" / "current" / "report.html").read_text(
            "utf-8"
        )
        assert "script" not in Page(html).tags
        assert not re.search(r"\bK0\d\d\b", html), "a page for managers names no customer"
        assert "€" in html or report == "data_quality"
