"""Runs: what counts as a success, what readers see after a failure, what the archive keeps."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import subprocess
import sys
import time
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from archive_builder import SHOP
from notebook_builder import PARAMETERS, run_at_once, write_runnable
from rich.console import Console

from analysis import forecasts
from analysis.errors import PeriodError, ReportError
from analysis.reports import execution as execution_module
from analysis.reports import found
from analysis.reports import manifest as manifest_module
from analysis.reports.archive import Archive
from analysis.reports.execution import Limits, Runner
from analysis.reports.index import read_entries, write_index
from analysis.reports.manifest import Manifest
from analysis.reports.plan import make_plan, read_assignments
from analysis.reports.progress import progress_display
from analysis.reports.rendering import Outcome, render
from analysis.reports.warm import can_fork
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


def run(tmp_path, *sources, limits=None):
    notebook = write_runnable(tmp_path / "x.ipynb", *sources)
    (tmp_path / "run").mkdir()
    with Runner(limits or Limits()) as runner:
        return runner.run(notebook, tmp_path / "run", {"period": "2017-11"})


@pytest.mark.parametrize("forks", [True, False])
def test_a_notebook_that_runs_to_its_end_is_good(tmp_path, monkeypatch, forks):
    monkeypatch.setattr(execution_module, "can_fork", lambda: forks and sys.platform == "linux")
    execution = run(
        tmp_path, "print(period)", "import os\nprint(os.environ['OMP_NUM_THREADS'])", ""
    )
    assert execution.fault == ""
    texts = [o.text for cell in execution.notebook.cells for o in cell.get("outputs", [])]
    assert texts == ["2017-11\n", "1\n"]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "executed.ipynb",
        "log.txt",
    ]


@pytest.mark.parametrize(
    ("sources", "limits", "fault"),
    [
        (["1 / 0", "2"], None, "cell 4 ended in ZeroDivisionError: division by zero"),
        (["import sys; sys.exit(0)", "2"], None, "cell 4 ended in SystemExit: 0"),
        (["import os; os.kill(os.getpid(), 9)", "2"], None,
         "cell 4 did not run to its end: the kernel died"),
        (["import time; time.sleep(60)", "2"], Limits(cell=1),
         "cell 4 ended in KeyboardInterrupt: a cell took longer than 1 seconds"),
        (["import time; time.sleep(60)"], Limits(whole=4), "it took longer than 4 seconds"),
        (["1", "import os; os.kill(os.getppid(), 9)"], None, "its process ended early"),
    ],
    ids=["exception", "exit", "dead-kernel", "slow-cell", "slow-run", "dead-process"],
)  # fmt: skip
def test_a_run_that_only_looks_complete_is_a_failure(tmp_path, sources, limits, fault):
    execution = run(tmp_path, *sources, limits=limits)
    assert fault in execution.fault
    assert execution.may_pass is not any(name in fault for name in ("ZeroDivision", "SystemExit"))


def test_a_run_ends_with_the_process_that_started_it(tmp_path):
    notebook = write_runnable(
        tmp_path / "x.ipynb",
        "import os\nopen('pid', 'w').write(f'{os.getpid()} {os.getppid()}')",
        "import ctypes; ctypes.PyDLL(None).sleep(120)  # hears of nothing meanwhile",
    )
    (tmp_path / "run").mkdir()
    code = (
        "import sys; from pathlib import Path; from analysis.reports.execution import Runner;"
        "Runner().run(Path(sys.argv[1]), Path(sys.argv[2]), {})"
    )
    with subprocess.Popen([sys.executable, "-c", code, notebook, tmp_path / "run"]) as parent:
        pids = wait_for(lambda: (tmp_path / "run" / "pid").read_text().split())
        parent.kill()
    wait_for(lambda: not any(is_running(pid) for pid in pids))


def test_not_even_a_kernel_that_hears_nothing_outlives_its_limit(tmp_path):
    if not can_fork():
        pytest.skip("only where processes can be forked")
    execution = run(
        tmp_path,
        "import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid()))",
        "import ctypes; ctypes.PyDLL(None).sleep(120)",
        limits=Limits(whole=8),
    )
    assert execution.fault.endswith("it took longer than 8 seconds")
    pid = (tmp_path / "run" / "pid").read_text()
    wait_for(lambda: not is_running(pid))


def test_runs_are_forked_from_one_process_that_imported_once(tmp_path):
    if not can_fork():
        pytest.skip("only where processes can be forked")
    notebook = write_runnable(
        tmp_path / "x.ipynb",
        "import sys, os, json, pathlib\n"
        "seen = {'early': 'colorsys' in sys.modules, 'kernel': os.getpid(), 'run': os.getppid()}\n"
        "import random; seen |= {'chance': random.random()}\n"
        "pathlib.Path('seen.json').write_text(json.dumps(seen))",
    )
    seen = []
    with Runner(modules=["colorsys", "no_such_module"]) as runner:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            assert runner.run(notebook, tmp_path / name, {}).fault == ""
            seen.append(json.loads((tmp_path / name / "seen.json").read_text()))
    assert all(one["early"] for one in seen)
    assert len({one[name] for one in seen for name in ("kernel", "run")}) == 4
    assert seen[0]["chance"] != seen[1]["chance"]
    wait_for(lambda: not any(is_running(one["run"]) for one in seen))


def test_a_process_to_fork_from_that_was_killed_is_replaced(tmp_path, monkeypatch):
    if not can_fork():
        pytest.skip("only where processes can be forked")
    notebook = write_runnable(tmp_path / "x.ipynb", "1")
    with Runner() as runner:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            assert runner.run(notebook, tmp_path / name, {}).fault == ""
            runner._forks._process.kill()
            runner._forks._process.wait()
        monkeypatch.setattr(sys, "executable", "/bin/false")
        (tmp_path / "third").mkdir()
        lost = runner.run(notebook, tmp_path / "third", {})
    assert lost.fault.endswith("The process that runs are forked from has ended.")
    assert lost.may_pass


def test_a_module_that_starts_threads_is_not_imported_before_a_fork(tmp_path, monkeypatch):
    if not can_fork():
        pytest.skip("only where processes can be forked")
    (tmp_path / "busy.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    notebook = write_runnable(tmp_path / "x.ipynb", "import sys; assert 'busy' not in sys.modules")
    (tmp_path / "run").mkdir()
    with Runner(modules=["busy"]) as runner:
        assert runner.run(notebook, tmp_path / "run", {}).fault == ""


def test_a_drive_too_slow_for_git_stops_no_report(tmp_path, monkeypatch):
    def slow(command, timeout, **_options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(manifest_module.subprocess, "run", slow)
    assert manifest_module.git_commit(tmp_path) == ""


def test_stop_ends_a_run_that_is_just_being_started(tmp_path, monkeypatch):
    start = Runner._child

    def stopped_meanwhile(runner, log):
        process = start(runner, log)
        runner.stop()
        return process

    monkeypatch.setattr(Runner, "_child", stopped_meanwhile)
    execution = run(tmp_path, "")
    assert (execution.fault, execution.may_pass) == ("nothing was executed: it was stopped", False)


def test_stop_ends_what_is_running(tmp_path):
    runner = Runner()
    runner.stop()
    assert runner.run(tmp_path / "x.ipynb", tmp_path, {}).fault == "it was stopped"


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


def test_two_processes_do_not_make_the_same_report(tmp_path):
    archive = Archive(tmp_path)
    with (
        archive.staged("churn", "2017-02"),
        pytest.raises(
            ReportError, match=rf"churn for 2017-02 is being made by process {os.getpid()}"
        ),
        archive.staged("churn", "2017-02"),
    ):
        pass
    with archive.staged("churn", "2017-02") as folder:
        assert list(folder.parent.iterdir()) == [folder]


def test_an_index_of_nothing_says_how_to_begin(tmp_path):
    path = write_index(Archive(tmp_path / "reports"), SHOP)
    assert "analysis render --all" in path.read_text()


def test_a_damaged_manifest_is_named(tmp_path):
    folder = tmp_path / "orders" / "2017-02" / "x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"report": "orders"}))
    with pytest.raises(ReportError, match=r"orders/2017-02/x/manifest\.json is not"):
        write_index(Archive(tmp_path), SHOP)


def is_running(pid):
    with contextlib.suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return False


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if met := condition():
                return met
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")
