"""Runs: what counts as a success, what readers see after a failure, what the archive keeps."""

from __future__ import annotations

import csv
import re
from datetime import date
from io import StringIO

import pytest
from notebook_builder import PARAMETERS, run_at_once, write_runnable
from rich.console import Console

from analysis import forecasts
from analysis.errors import PeriodError, ReportError
from analysis.reports import found
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner
from analysis.reports.index import read_entries
from analysis.reports.manifest import Manifest
from analysis.reports.plan import make_plan, read_assignments
from analysis.reports.progress import progress_display
from analysis.reports.rendering import Outcome, render
from analysis.settings import load

EVIL = "<script>alert(1)</script>"
SHOW = """from IPython.display import display
finding = {{"id": "a", "headline": {headline!r}, "main": True, "kpi": True, "label": "Sum",
           "value": float("nan"), "value_text": "7", "action": "Call.", "at_stake": 5.0}}
display({{"application/vnd.analysis.finding+json": finding}}, raw=True)"""
LIST = """import pandas as pd
from analysis import exports
exports.save(pd.DataFrame({{"customer": [{customer!r}]}}), "calls", tables_dir)"""
SETTINGS = """title = "A shop"
[transactions]
path = "orders.csv"
customer_id = "customer"
order_date = "day"
amount = "amount"
"""


@pytest.fixture
def project(tmp_path):
    """A folder with settings, ten orders of early 2017, and a notebook that works."""
    (tmp_path / "analysis.toml").write_text(SETTINGS)
    days = [date(2017, 1 + n // 4, 3 + n).isoformat() for n in range(10)]
    rows = "".join(f"c{n % 3},{day},{n}.50\n" for n, day in enumerate(days))
    (tmp_path / "orders.csv").write_text(f"customer,day,amount\n{rows}")
    put(tmp_path, SHOW.format(headline="All is well."))
    return tmp_path


def put(project, *sources, name="01_orders", parameters=PARAMETERS):
    return write_runnable(project / "notebooks" / f"{name}.ipynb", *sources, parameters=parameters)


def plan(project, *names, **options):
    file = project / "analysis.toml"
    return make_plan(load(file), file, names or ["orders"], **options)


class Silent:
    def say(self, text):
        pass

    def started(self, report):
        pass

    def advanced(self, report, cell):
        pass

    def finished(self, report, outcome):
        pass


def make(project, *names, **options):
    return render(plan(project, *names, **options), Silent())


def test_a_report_and_what_lies_beside_it(project):
    put(project, SHOW.format(headline=f"Best: {EVIL}."), LIST.format(customer=f"=1+1{EVIL}"))
    (outcome,) = make(project, period="2017-02")
    assert outcome.fault == ""
    folder = project / "reports" / "orders" / "2017-02" / "current"
    assert outcome.folder == folder.resolve()
    assert sorted(path.name for path in folder.iterdir()) == [
        "executed.ipynb", "findings.json", "manifest.json", "report.html", "tables",
    ]  # fmt: skip
    html = (folder / "report.html").read_text()
    assert "&lt;script&gt;" in html
    assert EVIL not in html
    assert not re.search(r"(src|href)=\"?(https?:)?//", html)
    assert str(project) not in html
    assert "Covers 1 to 28 February 2017. The data hold 3 customers and 10 orders" in html
    table = (folder / "tables" / "calls.csv").read_text("utf-8-sig")
    assert list(csv.reader(table.splitlines())) == [["customer"], [f"'=1+1{EVIL}"]]
    (finding,) = found.read(folder / "findings.json")
    assert (finding.headline, finding.value) == (f"Best: {EVIL}.", None)
    manifest = Manifest.read(folder)
    assert manifest.status == "succeeded"
    assert manifest.parameters["tables_dir"] == "tables"
    assert (folder.resolve() / manifest.parameters["settings_path"]).resolve() == (
        project / "analysis.toml"
    )
    assert re.fullmatch("[0-9a-f]{64}", manifest.input.sha256)
    assert manifest.seconds["notebook"] > 0
    index = (project / "reports" / "index.html").read_text()
    assert EVIL not in index
    assert f'href="orders/2017-02/{outcome.folder.name}/report.html"' in index
    assert "Best: &lt;script&gt;" in index


def test_a_failed_run_never_replaces_a_good_report(project):
    (good,) = make(project, period="2017-02")
    before = (good.folder / "report.html").read_bytes()
    put(project, SHOW.format(headline="Half."), "import sys; sys.exit(0)")
    (bad,) = make(project, period="2017-02")
    assert bad.fault == "cell 5 ended in SystemExit: 0"
    archive = Archive(project / "reports")
    assert archive.current("orders", "2017-02") == good.folder
    assert (project / "reports/orders/2017-02/current/report.html").read_bytes() == before
    assert bad.folder.parent == project / "reports" / ".failed" / "orders_2017-02"
    assert (bad.folder / "executed.ipynb").is_file()
    assert Manifest.read(bad.folder).fault == bad.fault
    assert not list((project / "reports" / ".staging").iterdir())
    index = (project / "reports" / "index.html").read_text()
    assert "The latest attempt failed" in index
    assert "All is well." in index
    put(project, SHOW.format(headline="Good again."))
    make(project, period="2017-02")
    index = (project / "reports" / "index.html").read_text()
    assert "attempt failed" not in index
    assert "Good again." in index
    assert "2 runs kept" in index


def test_an_interrupted_rendering_leaves_nothing_behind(project):
    class Interrupted(Silent):
        def advanced(self, report, cell):
            raise KeyboardInterrupt

    put(project, "import time; time.sleep(60)", name="02_slow")
    with pytest.raises(KeyboardInterrupt):
        render(plan(project, "orders", "slow", period="2017-02"), Interrupted())
    assert not [path for path in (project / "reports").rglob("*") if path.suffix != ""]
    assert not list((project / "reports" / ".staging").iterdir())


def test_progress_is_bars_on_a_terminal_and_lines_elsewhere(project):
    (report, _), *_ = plan(project).orders
    shown = {}
    for terminal in (True, False):
        console = Console(file=StringIO(), force_terminal=terminal, width=80)
        with progress_display(console) as progress:
            progress.say("Reading [the] data")
            progress.started(report)
            progress.advanced(report, 2)
            progress.finished(report, Outcome("orders", "it broke", None, 1.25))
        shown[terminal] = console.file.getvalue()
    assert shown[False] == "Reading [the] data\norders: started\norders: failed, 1.2 s\n"
    assert "orders failed" in shown[True]
    assert "2/3" in shown[True]


def test_a_report_that_cannot_be_laid_out_is_a_failure(project):
    picture = 'from IPython.display import SVG\nSVG(\'<svg xmlns="http://www.w3.org/2000/svg" '
    put(project, picture + 'width="1" height="1"/>\')')
    (outcome,) = make(project, period="2017-02")
    assert "alternative text" in outcome.fault
    assert not (project / "reports" / "orders").exists()
    assert "No report yet" in (project / "reports" / "index.html").read_text()


def test_the_same_input_gives_the_same_bytes(project):
    (one,), (other,) = (make(project, period="2017-02") for _ in range(2))
    assert one.folder != other.folder
    for name in ("report.html", "findings.json"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_the_summary_comes_last_and_reads_what_the_others_found(project):
    put(
        project,
        SHOW.format(headline="All is well."),
        "from analysis.forecasts import Forecast, emit\n"
        "emit(Forecast(id='a.sum', made_for='2017-03', label='Sum', value=7.0, low=6.0, high=9.0,"
        " level=0.9, unit='order days'))",
    )
    reads = (
        "import json, pathlib\n"
        "found = json.loads(pathlib.Path(findings_dir, 'orders.json').read_text())\n"
        "assert found[0]['headline'] == 'All is well.', found\n"
        "ahead = json.loads(pathlib.Path(findings_dir, 'forecasts', 'orders.json').read_text())\n"
        "assert [(one['id'], one['value']) for one in ahead] == [('a.sum', 7.0)], ahead"
    )
    more = f'{PARAMETERS}\nfindings_dir: str = ""'
    put(project, reads, name="00_summary", parameters=more)
    summary, orders = make(project, "orders", "summary", period="2017-02")
    assert (summary.fault, orders.fault) == ("", "")
    (kept,) = forecasts.read(orders.folder)
    assert (kept.made_for, kept.low, kept.high) == ("2017-03", 6.0, 9.0)
    assert not (summary.folder / forecasts.FILE).exists()
    entries = read_entries(Archive(project / "reports"))
    assert sorted(entry.order for entry in entries) == [
        (False, "00_summary.ipynb"),
        (True, "01_orders.ipynb"),
    ]


def test_a_run_reads_a_copy_of_the_last_earlier_report_of_its_kind(project, monkeypatch):
    read = []

    def look(self, notebook, folder, parameters, on_cell):
        (folder / "tables" / "calls.csv").write_text("a")
        given = (folder / "previous").rglob("*.*")
        read.append((parameters["previous_dir"], sorted(path.name for path in given)))
        return run_at_once(self, notebook, folder, parameters, on_cell)

    monkeypatch.setattr(Runner, "run", look)
    made, before = {}, {"2017-02": "2017-01"}
    for period in ("2017-01", "2017", "2017-03", "2017-02", "2017-03"):
        before["2017-03"] = "2017-02" if "2017-02" in made else "2017-01"
        (outcome,) = make(project, period=period)
        assert outcome.fault == ""
        made[period] = outcome.folder
        manifest = Manifest.read(outcome.folder)
        if period in before:
            expected = f"orders/{before[period]}/{made[before[period]].name}"
            assert (manifest.previous, manifest.parameters["previous_dir"]) == (
                expected,
                "previous",
            )
            assert read[-1] == ("previous", ["calls.csv", "findings.json", "manifest.json"])
        else:
            assert (manifest.previous, read[-1]) == ("", ("", []))
        assert not (outcome.folder / "previous").exists()


def test_a_parameter_goes_to_the_reports_that_have_it(project):
    put(project, "1", name="02_more", parameters=f"{PARAMETERS}\nweeks: int = 52")
    orders = plan(project, "orders", "more", assignments={"weeks": "26"}).orders
    assert [parameters.get("weeks") for _, parameters in orders] == [None, 26]
    with pytest.raises(ReportError, match=r"'orders' has no parameter 'week'. It has: none"):
        plan(project, assignments={"week": "26"})


def test_the_last_complete_period_is_the_default(project):
    assert plan(project).period.key == "2017-02"


@pytest.mark.parametrize(("period", "where"), [("2016-12", "before"), ("2018", "after")])
def test_a_period_outside_the_data_is_refused_and_nothing_written(project, period, where):
    with pytest.raises(PeriodError, match=rf"lies {where} them: the data run from 3 January 2017"):
        plan(project, period=period)
    assert not (project / "reports").exists()


def test_an_unknown_report_is_refused(project):
    with pytest.raises(ReportError, match=r"no report 'ordes'. Did you mean 'orders'\? There are"):
        plan(project, "ordes")
    assert plan(project, "01_orders").orders[0][0].name == "orders"


def test_a_text_without_a_sign_is_no_assignment():
    assert read_assignments(["a=1", "b = x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(ReportError, match="written name=value; got 'a'"):
        read_assignments(["a"])
