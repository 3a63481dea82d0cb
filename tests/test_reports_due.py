"""What is due: the periods of the schedules that are over, minus the reports that are there."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_builder import PARAMETERS, run_at_once, write_runnable

from analysis.cli import main
from analysis.errors import PeriodError, SettingsError
from analysis.reports.archive import Archive
from analysis.reports.due import Reach, due_reports, missing, today
from analysis.reports.execution import Runner
from analysis.reports.manifest import InputFacts, Manifest
from analysis.settings import load

SETTINGS = """time_zone = "{zone}"
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
[reports]
names = ["orders", "summary"]
"""
LATE = f'{PARAMETERS}\nfindings_dir: str = ""'
READS = "import pathlib\nassert sorted(pathlib.Path(findings_dir).iterdir()), 'nothing found'"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Orders from 5 January to 28 February 2017, a report and one that reads what it found."""
    days = [date(2017, 1, 5) + timedelta(days=3 * n) for n in range(19)]
    rows = "".join(f"x{n % 3},{day},1.50\n" for n, day in enumerate(days))
    (tmp_path / "orders.csv").write_text(f"c,d,a\n{rows}")
    assert days[-1] == date(2017, 2, 28)
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    write_runnable(tmp_path / "notebooks" / "02_summary.ipynb", READS, parameters=LATE)
    write_settings(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_settings(project, more="", zone="UTC"):
    (project / "analysis.toml").write_text(SETTINGS.format(zone=zone) + more)
    return load(project / "analysis.toml")


def keys(dues):
    return [(due.period.key, due.report.name) for due in dues]


def due_on(settings, day, names=(), **options):
    return due_reports(settings, Reach(date.fromisoformat(day), **options), names)


def put_run(project, report, period, *, data_end="2017-02-28", minute=0, seconds=1.0, **more):
    """Archive a run that never ran: its manifest alone."""
    facts = InputFacts(
        sha256="0", settings_sha256="0", description="", first_date="2017-01-05",
        last_date=data_end, customers=1, orders=1, rows=1, rows_set_aside=0,
    )  # fmt: skip
    manifest = Manifest(
        report=report, title=report, period=period, run=f"r{minute}", notebook="x", parameters={},
        status="succeeded", input=facts, notebook_sha256="0", versions={}, commit="",
        started=datetime(2017, 4, 1, 6, minute, tzinfo=UTC), seconds={"notebook": seconds},
        **more,
    )  # fmt: skip
    archive = Archive(project / "reports")
    with archive.staged(report, period) as staged:
        manifest.write(staged)
        return archive.publish(staged, report, period)


def test_a_period_falls_due_when_it_is_over_and_has_settled(project):
    settings = load()
    assert keys(due_on(settings, "2017-02-03", catch_up_days=0)) == []
    both = [("2017-01", "orders"), ("2017-01", "summary")]
    assert keys(due_on(settings, "2017-02-04", catch_up_days=0)) == both
    assert keys(due_on(settings, "2017-02-05", catch_up_days=0)) == []
    assert keys(due_on(settings, "2017-02-05", catch_up_days=1)) == both
    assert {due.since for due in due_on(settings, "2017-02-05", catch_up_days=1)} == {
        date(2017, 2, 4)
    }


def test_the_order_is_by_period_and_what_reads_the_others_comes_last(project):
    settings = write_settings(
        project,
        '[[schedule]]\nreports = ["summary", "orders"]\nevery = "month"\nsettle_days = 0\n'
        '[[schedule]]\nreports = ["orders"]\nevery = "quarter"\nsettle_days = 0\n',
    )
    assert keys(due_on(settings, "2017-04-01", first=date(2017, 1, 1))) == [
        ("2017-01", "orders"), ("2017-01", "summary"), ("2017-02", "orders"),
        ("2017-02", "summary"), ("2017-03", "orders"), ("2017-03", "summary"),
        ("2017-Q1", "orders"),
    ]  # fmt: skip


def test_a_first_and_a_last_period_bound_what_is_looked_at(project):
    reach = Reach.between(date(2020, 1, 1), "2017-02", "2017-Q2")
    found = [due.period.key for due in due_reports(load(), reach, ["orders"])]
    assert found == ["2017-02", "2017-03", "2017-04", "2017-05", "2017-06"]
    with pytest.raises(PeriodError, match="begins with 2017-02 cannot end with 2016"):
        Reach.between(date(2020, 1, 1), "2017-02", "2016")


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("Pacific/Auckland", "2017-01-31T11:30:00+00:00", date(2017, 2, 1)),
        ("America/New_York", "2017-02-01T04:30:00+00:00", date(2017, 1, 31)),
        ("America/New_York", "2017-02-01T04:30:00", date(2017, 2, 1)),
    ],
)
def test_the_day_is_that_of_the_settings_time_zone(project, zone, now, day):
    assert today(write_settings(project, zone=zone), datetime.fromisoformat(now)) == day


@settings(deadline=None)  # files are written
@given(
    every=st.sampled_from(["week", "month", "quarter", "year"]),
    settle=st.integers(0, 40),
    age=st.integers(0, 900),
    day=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
)
def test_every_period_is_due_once_and_none_before_its_time(
    every, settle, age, day, tmp_path_factory
):
    folder = tmp_path_factory.getbasetemp() / "periods"
    if not (folder / "notebooks").is_dir():
        write_runnable(folder / "notebooks" / "01_orders.ipynb", "1")
    settings = write_settings(
        folder,
        f'[[schedule]]\nreports = ["orders"]\nevery = "{every}"\n'
        f"settle_days = {settle}\ncatch_up_days = {age}\n",
    )
    dues = due_reports(settings, Reach(day))
    assert all(due.period.end + timedelta(days=settle + 1) == due.since for due in dues)
    assert all(timedelta(0) <= day - due.since <= timedelta(days=age) for due in dues)
    assert all(one.period.next == other.period for one, other in pairwise(dues))
    if dues:
        outside = (dues[0].period.previous, dues[-1].period.next)
        ages = [day - (period.end + timedelta(days=settle + 1)) for period in outside]
        assert ages[0] > timedelta(days=age)
        assert ages[1] < timedelta(0)


def test_a_report_counts_when_its_data_reached_the_end_of_its_period(project):
    settings, archive = load(), Archive(project / "reports")
    dues = due_on(settings, "2017-03-10", first=date(2017, 2, 1))
    put_run(project, "orders", "2017-02", data_end="2017-02-27")
    assert ("2017-02", "orders") in keys(missing(dues, archive))
    put_run(project, "orders", "2017-02", data_end="2017-02-28", minute=1)
    assert keys(missing(dues, archive)) == [("2017-02", "summary")]


def test_a_provisional_report_counts_until_the_data_have_gone_on(project):
    archive = Archive(project / "reports")
    dues = due_on(load(), "2017-03-10", names=["orders"], first=date(2017, 2, 1))
    put_run(project, "orders", "2017-02", data_end="2017-03-01", provisional=True)
    assert missing(dues, archive, date(2017, 3, 1)) == []
    assert keys(missing(dues, archive, date(2017, 3, 2))) == [("2017-02", "orders")]
    put_run(project, "orders", "2017-02", data_end="2017-02-27", provisional=True, minute=1)
    assert keys(missing(dues, archive, date(2017, 2, 27))) == [("2017-02", "orders")]


def test_a_summary_is_behind_when_another_report_was_made_after_it(project):
    archive = Archive(project / "reports")
    dues = due_on(load(), "2017-03-10", first=date(2017, 2, 1))
    put_run(project, "orders", "2017-02", minute=1)
    put_run(project, "summary", "2017-02", minute=2)
    assert missing(dues, archive) == []
    put_run(project, "orders", "2017-02", minute=1, seconds=61.0)
    assert keys(missing(dues, archive)) == [("2017-02", "summary")]


def test_a_switch_that_was_cut_off_is_finished(project):
    archive = Archive(project / "reports")
    folder = put_run(project, "orders", "2017-01")
    place = folder.parent
    (place / "current").rename(place / f".current-{folder.name}")  # killed before the last step
    (place / ".current-never").symlink_to("never")  # killed before the run was moved
    assert archive.current("orders", "2017-01") is None
    assert [run.report for run, _ in archive.runs()] == ["orders"]
    archive.mend()
    assert archive.current("orders", "2017-01") == folder
    assert sorted(path.name for path in place.iterdir()) == sorted(["current", folder.name])


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["due", "order"], "Did you mean 'orders'?"),
        (["due", "extra"], "No [[schedule]] makes 'extra'; those of the settings make orders, sum"),
        (["due", "--from", "soon"], "A period is written 2017 (year)"),
        (["due", "--from", "2017-02", "--to", "2017-01"], "Exchange --from and --to"),
    ],
)
def test_what_cannot_be_due_is_refused_and_nothing_written(project, capsys, arguments, message):
    write_runnable(project / "notebooks" / "09_extra.ipynb", "1")
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not (project / "reports").exists()


@pytest.mark.parametrize(
    "arguments", [["--now", "today"], ["--catch-up", "-1"], ["--workers", "0"]]
)
def test_a_malformed_option_is_refused(project, arguments):
    with pytest.raises(SystemExit) as caught:
        main(["due", *arguments])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[[schedule]]\n", r"\[schedule\] `every` is required"),
        ("[[schedule]]\nevery = 'day'", r"\[schedule\] `every` is 'day'"),
        ("[[schedule]]\nevery = 'week'\nsettle = 3", r"`settle` is not a setting. .*settle_days"),
        ("[[schedule]]\nevery = 'week'\nsettle_days = -1", r"greater than or equal to 0"),
        (
            "[[schedule]]\nevery = 'week'\n[[schedule]]\nevery = 'week'\nreports = ['summary']",
            r'"summary" is made for every week by two \[\[schedule\]\]; remove it from one',
        ),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(project, more, said):
    with pytest.raises(SettingsError, match=said):
        write_settings(project, more)


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
                pass
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
