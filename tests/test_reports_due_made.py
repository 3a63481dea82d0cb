"""What is due is made, once, and nothing else; through failures, kills and other processes."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from due_project import SETTINGS, orders_of_two_months, put_run, write_settings
from notebook_builder import run_at_once, write_runnable

from analysis.cli import main
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner


@pytest.fixture
def project(tmp_path, monkeypatch):
    orders_of_two_months(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_due_makes_exactly_what_is_missing(project, capsys):
    arguments = ["due", "--now", "2017-03-06T06:00"]
    assert main([*arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2017-01     orders          to be made, due since 2017-02-04",
        "2017-01     summary         to be made, due since 2017-02-04",
        "2017-02     orders          to be made, due since 2017-03-04",
        "2017-02     summary         to be made, due since 2017-03-04",
        "4 reports to be made, 0 waiting.",
    ]
    assert not (project / "reports").exists()
    put_run(project, "orders", "2017-01", data_end="2017-01-31")
    (project / "reports/orders/2017-01/current/findings.json").write_text("[]")
    assert main([*arguments, "--from", "2017-01", "--to", "2017-01"]) == 0
    assert "1 of 1 reports made" in capsys.readouterr().out
    assert main([*arguments, "--to", "2017-01"]) == 0
    assert "Nothing is due" in capsys.readouterr().out
    assert [run.report for run, _ in Archive(project / "reports").runs()] == ["orders", "summary"]


def test_a_failed_report_is_tried_again_and_then_the_summary_too(project, capsys, monkeypatch):
    monkeypatch.setattr(Runner, "run", run_at_once)
    arguments = ["due", "--now", "2017-03-06T06:00", "--from", "2017-02", "--quiet"]
    write_runnable(project / "notebooks" / "03_more.ipynb", "1 / 0")
    write_settings(
        project, '[[schedule]]\nreports = ["orders", "summary", "more"]\nevery = "month"\n'
    )
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("analysis: more for 2017-02 failed: cell 4 ended in ZeroDivisionError")
    write_runnable(project / "notebooks" / "03_more.ipynb", "1")
    assert main(arguments) == 0
    assert capsys.readouterr() == ("", "")
    runs = Archive(project / "reports").runs()
    assert Counter(run.report for run, _ in runs) == {"orders": 1, "more": 1, "summary": 2}
    assert main(arguments) == 0


def test_what_fails_again_and_again_is_left_alone_until_something_changes(
    project, capsys, monkeypatch
):
    monkeypatch.setattr(Runner, "run", run_at_once)
    arguments = ["due", "orders", "--now", "2017-03-06", "--from", "2017-02", "--quiet"]
    write_runnable(project / "notebooks" / "01_orders.ipynb", "1 / 0")
    archive = Archive(project / "reports")
    for number in range(1, 6):
        assert main(arguments) == 1
        assert len(archive.failures("orders", "2017-02")) == min(number, 3)
        left = "failed 3 times with the same data, settings and code" in capsys.readouterr().err
        assert left is (number > 3)
    assert main([*arguments, "--retry-failed"]) == 1
    with (project / "orders.csv").open("a") as orders:
        orders.write("x1,2017-03-01,1.50\n")
    assert main(arguments) == 1
    assert [run.failures for run, _ in archive.failures()] == [1, 2, 3, 4, 1]
    write_runnable(project / "notebooks" / "01_orders.ipynb", "1")
    assert main(arguments) == 0


def test_a_report_that_another_process_is_making_is_no_failure(project, capsys, monkeypatch):
    monkeypatch.setattr(Runner, "run", run_at_once)
    arguments = ["--now", "2017-03-06", "--from", "2017-02"]
    with Archive(project / "reports").staged("orders", "2017-02"):
        assert main(["due", "orders", *arguments]) == 3
        assert main(["render", "orders", "--period", "2017-02"]) == 3
    said = f"orders for 2017-02 was left out: A report .* being made by process {os.getpid()}. Wait"
    assert len(re.findall(said, capsys.readouterr().err)) == 2
    assert main(["due", "orders", *arguments]) == 0


def test_an_index_that_a_kill_left_behind_is_written_by_the_next_due(project, monkeypatch):
    monkeypatch.setattr(Runner, "run", run_at_once)
    arguments = ["due", "orders", "--now", "2017-03-06", "--from", "2017-02"]
    assert main(arguments) == 0
    index = project / "reports" / "index.html"
    index.write_text("old")
    os.utime(index, (0, 0))
    assert main([*arguments, "--dry-run"]) == 0
    assert index.read_text() == "old"
    assert main(arguments) == 0
    assert "February 2017" in index.read_text()
    before = index.stat().st_mtime_ns
    assert main(arguments) == 0
    assert index.stat().st_mtime_ns == before


def test_the_command_line_stays_english_whatever_the_language_of_the_reports(
    project, capsys, monkeypatch
):
    monkeypatch.setattr(Runner, "run", run_at_once)
    (project / "analysis.toml").write_text('language = "zh"\n' + SETTINGS.format(zone="UTC"))
    assert main(["due", "orders", "--now", "2017-04-06", "--from", "2017-01"]) == 3
    said = capsys.readouterr()
    assert not re.search("[\u4e00-\u9fff]", said.out + said.err)
    assert "Rendering 1 report of February 2017" in said.err
    assert "the data end on 28 February 2017" in said.err
    assert '<html lang="zh' in (project / "reports" / "index.html").read_text("utf-8")


def test_a_period_that_the_data_do_not_reach_waits_for_them(project, capsys):
    arguments = ["due", "orders", "--now", "2017-04-06", "--from", "2017-03"]
    assert main(arguments) == 3
    said = "1 report of 2017-03 must wait: the data end on 28 February 2017."
    assert said in capsys.readouterr().err
    assert main([*arguments, "--dry-run"]) == 0
    assert "waits for data, due since 2017-04-04" in capsys.readouterr().out
    assert main(["due", "--now", "2017-02-06", "--from", "2016-01", "--to", "2016-12"]) == 0


def test_two_processes_do_not_catch_up_at_once(project, capsys):
    with Archive(project / "reports").catching_up():
        assert main(["due", "--now", "2017-03-06", "--from", "2017-01"]) == 3
    assert f"is being made by process {os.getpid()}. Wait" in capsys.readouterr().err


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
from notebook_builder import run_at_once
from analysis.cli import main
from analysis.reports.execution import Runner

Runner.run = run_at_once
sys.exit(main(["due", "--now", "2017-04-07", "--from", "2017-W02", "--quiet"]))
"""


def test_a_backfill_that_is_killed_again_and_again_ends_whole_and_nothing_twice(project):
    write_settings(project, '[[schedule]]\nreports = ["orders"]\nevery = "week"\n')
    rows = "".join(f"x,{date(2017, 1, 5) + timedelta(days=n)},1.5\n" for n in range(95))
    (project / "orders.csv").write_text(f"c,d,a\n{rows}")
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent)]
    chance = random.Random(7)
    kills = 0
    for _ in range(2):
        with subprocess.Popen(command) as process:
            archive = project / "reports" / "orders"
            begun = len(list(archive.glob("*")))
            while len(list(archive.glob("*"))) < begun + 5 and process.poll() is None:
                time.sleep(0.005)
            try:
                process.wait(chance.uniform(0, 0.2))
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
    assert kills >= 1
    subprocess.run(command, check=True)
    runs = Archive(project / "reports").runs()
    assert set(Counter(run.period for run, _ in runs).values()) == {1}
    assert len(runs) == 12
    for run, folder in runs:
        assert Archive(project / "reports").current("orders", run.period) == folder.resolve()
        assert (folder / "report.html").read_text().rstrip().endswith("</html>")
    assert not list((project / "reports" / ".staging").iterdir())
