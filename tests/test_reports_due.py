"""What is due: the periods of the schedules that are over, minus the reports that are there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from due_project import orders_of_two_months, put_run, write_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_builder import write_runnable

from analysis.cli import main
from analysis.errors import PeriodError, SettingsError
from analysis.reports.archive import Archive
from analysis.reports.due import Reach, due_reports, missing, today
from analysis.settings import load


@pytest.fixture
def project(tmp_path, monkeypatch):
    orders_of_two_months(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keys(dues):
    return [(due.period.key, due.report.name) for due in dues]


def due_on(settings, day, names=(), **options):
    return due_reports(settings, Reach(date.fromisoformat(day), **options), names)


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
