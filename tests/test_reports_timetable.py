"""Timetables: cron and systemd run the very words that were meant, whatever is in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.cli import main
from analysis.errors import ReportError
from analysis.reports.timetable import Timetable

NASTY = '/srv/my shop\'s 50%/$HOME `x` "é" a\\%b\\.toml'
SETTINGS = '[transactions]\npath = "orders.csv"\n'


def as_cron_reads(line):
    r"""Return what cron gives to sh: `\%` is a percent sign, and a bare one ends the command."""
    command = line.rstrip("\n").split(" ", 5)[5]
    assert not re.search(r"(?<!\\)%", command)
    return re.sub(r"\\(.)", lambda m: "%" if m[1] == "%" else m[0], command)


@given(words=st.lists(st.text(st.sampled_from("ab /%'\"$`\\é;&|<>*"), min_size=1), max_size=3))
@example(words=[NASTY])
def test_cron_runs_the_words_that_were_meant(words):
    line = Timetable(["printf", "%s\\n", *words], time(6, 30), "UTC").crontab()
    assert line.startswith("30 6 * * * printf ")
    answer = subprocess.run(
        ["sh", "-c", as_cron_reads(line)], capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines() == (words or [""])


def test_percent_signs_and_spaces_by_hand():
    words = ["/opt/a b/python", "100%.toml", "%%", "c %"]
    assert Timetable(words, time(0, 5), "UTC").crontab() == (
        "5 0 * * * '/opt/a b/python' 100\\%.toml \\%\\% 'c '\\%\n"
    )
    _, service = Timetable([*words, '$A"\\'], time(0, 5), "UTC").systemd()
    assert 'ExecStart=:"/opt/a b/python" "100%%.toml" "%%%%" "c %%" "$A\\"\\\\"\n' in (service)


def test_a_line_break_in_a_path_is_refused():
    with pytest.raises(ReportError, match=r"one line of printable signs; 'a\\nb' is not"):
        Timetable(["a\nb"], time(6), "UTC")


def test_what_systemd_would_not_start_is_refused():
    with pytest.raises(ReportError, match=r"quotes or backslashes; /it's/python has"):
        Timetable(["/it's/python"], time(6), "UTC").systemd()


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "my 100% shop"
    folder.mkdir()
    (folder / "analysis.toml").write_text(f'time_zone = "Europe/Berlin"\n{SETTINGS}')
    monkeypatch.chdir(folder)
    return folder


def test_schedule_prints_a_crontab_line(project, capsys):
    assert main(["schedule", "--at", "05:07"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    settings = str(project / "analysis.toml").replace("%", "'\\%'")
    assert line == f"7 5 * * * {sys.executable} -P -m analysis due --settings '{settings}' --quiet"


def verify(folder, timer, service):
    """Return what systemd finds wrong with two units."""
    units = [folder / "analysis-due.timer", folder / "analysis-due.service"]
    for unit, text in zip(units, (timer, service), strict=True):
        unit.write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in answer.stderr.splitlines() if "analysis-due" in line]


def test_schedule_prints_a_timer_and_a_service(project, capsys):
    assert main(["schedule", "--systemd"]) == 0
    out = capsys.readouterr().out
    assert "OnCalendar=*-*-* 06:00:00 Europe/Berlin\nPersistent=true\n" in out
    assert f'ExecStart=:{sys.executable} -P -m analysis due --settings "' in out


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units_and_finds_the_command(project):
    program = project / "50% of $HOME=1"
    program.symlink_to(sys.executable)
    timer, service = Timetable([str(program), "a"], time(6), "Europe/Berlin").systemd()
    assert verify(project.parent, timer, service) == []
    program.unlink()
    (problem,) = verify(project.parent, timer, service)
    assert f"{program} is not executable" in problem


@pytest.mark.parametrize("at", ["25:00", "six", "06:00:30", "06:00+01:00"])
def test_a_time_that_is_none_is_refused(project, at, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["schedule", "--at", at])
    assert caught.value.code == 2
    assert f"must be a time like 06:00; got '{at}'" in capsys.readouterr().err
