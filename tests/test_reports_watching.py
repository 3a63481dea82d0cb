"""Watching: a run at once, one every day, and an end when it is told to end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time as clock
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from analysis.cli import main
from analysis.errors import ReportError
from analysis.reports import watching
from analysis.reports.timetable import Timetable

BERLIN = ZoneInfo("Europe/Berlin")


def table(*words, at=time(6)):
    return Timetable([sys.executable, "-c", *words], at, "Europe/Berlin")


def test_it_runs_every_day_at_the_time_of_the_zone_also_when_the_clocks_change():
    (job,) = watching._scheduler(table(), lambda: None).get_jobs()
    moment, runs = datetime(2017, 3, 25, 0, tzinfo=BERLIN), []
    for _ in range(3):
        moment = job.trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
        runs.append(moment.isoformat())
    assert runs == [
        "2017-03-25T06:00:00+01:00", "2017-03-26T06:00:00+02:00", "2017-03-27T06:00:00+02:00",
    ]  # fmt: skip
    assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)


def test_a_run_that_fails_is_told_and_ends_nothing():
    said = []
    watching._Runs(table("import sys; sys.exit(1)"), said.append).run()
    assert said == ["`due` ended with exit code 1; next at 06:00, Europe/Berlin."]


def test_without_apscheduler_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apscheduler.schedulers.blocking", None)
    with pytest.raises(ReportError, match=r"needs APScheduler, .*`pip install apscheduler`"):
        watching.watch(table("1"), print)


def test_watch_runs_due_with_these_settings(tmp_path, monkeypatch):
    (tmp_path / "analysis.toml").write_text(
        'time_zone = "Europe/Berlin"\n[transactions]\npath = "orders.csv"\n'
    )
    asked = []
    monkeypatch.setattr(watching, "watch", lambda timetable, say: asked.append(timetable))
    file = tmp_path / "analysis.toml"
    assert main(["watch", "--at", "05:30", "--settings", str(file)]) == 0
    words = (sys.executable, "-P", "-m", "analysis", "due", "--settings", str(file), "--quiet")
    assert asked == [Timetable(words, time(5, 30), "Europe/Berlin")]


WATCH = """
import sys
from datetime import UTC, datetime, time
from analysis.reports import watching
from analysis.reports.timetable import Timetable

scheduler = watching._scheduler

def soon(timetable, job):
    made = scheduler(timetable, job)
    if sys.argv[1] == "soon":
        made.get_jobs()[0].modify(next_run_time=datetime.now(UTC))
    return made

watching._scheduler = soon
job = "import pathlib, sys, time; p = pathlib.Path(sys.argv[1]); again = p.exists(); p.touch();" \\
    "print('again' if again else 'once', flush=True); again and time.sleep(60)"
words = [sys.executable, "-c", job, sys.argv[2]]
watching.watch(Timetable(words, time(6), "UTC"), lambda text: print(text, flush=True))
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("when", ["between", "soon"], ids=["between-runs", "in-a-run"])
def test_it_runs_at_once_and_ends_when_told(tmp_path, sent, when):
    command = [sys.executable, "-c", WATCH, when, str(tmp_path / "ran")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "once\n"
        assert process.stdout.readline() == "`due` ended with exit code 0; next at 06:00, UTC.\n"
        if when == "soon":
            assert process.stdout.readline() == "again\n"
        else:
            clock.sleep(0.5)
        process.send_signal(sent)
        _, error = process.communicate(timeout=20)
    assert error.rstrip().endswith("KeyboardInterrupt")
    assert "JobLookupError" not in error
