"""The command line: its exit codes, and that a refusal writes nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from notebook_builder import write_runnable

from analysis.cli import main
from analysis.exit_codes import EXIT_CODES

SETTINGS = (
    '[transactions]\npath = "orders.csv"\ncustomer_id = "c"\norder_date = "d"\namount = "a"\n'
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "analysis.toml").write_text(SETTINGS)
    (tmp_path / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    write_runnable(tmp_path / "notebooks" / "02_broken.ipynb", "1 / 0")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_render_makes_reports_and_says_where(project, capsys):
    assert main(["render", "orders", "--period", "2017-02"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == str(project / "reports" / "index.html")
    assert "orders: done" in err
    assert (project / "reports" / "orders" / "2017-02" / "current" / "report.html").is_file()
    assert main(["index"]) == 0


def test_check_reads_the_data_and_says_what_is_in_them(project, capsys):
    assert main(["check"]) == 0
    assert "28 February 2017" in capsys.readouterr().out
    assert not (project / "reports").exists()


def test_a_failed_report_is_told_and_counted(project, capsys):
    assert main(["render", "orders", "broken", "--workers", "1"]) == 1
    out, err = capsys.readouterr()
    assert "1 of 2 reports made" in out
    fault = "cell 4 ended in ZeroDivisionError: division by zero. Notebook: "
    assert f"broken for 2017-02 failed: {fault}" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["render", "order"], "Did you mean 'orders'?"),
        (["render", "orders", "--set", "weeks=3"], "'orders' has no parameter 'weeks'"),
        (["render", "orders", "--set", "period=2017"], "'period' is set by the runner"),
        (["render", "orders", "--period", "2016"], "lies before them"),
        (["render", "orders", "--period", "2019-W03"], "lies after them"),
        (["render", "orders", "--period", "soon"], "A period is written 2017 (year)"),
        (["--settings", "no.toml", "render", "orders"], "there is none at"),
        (["render", "--settings", "no.toml", "orders"], "there is none at"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_written(project, capsys, arguments, message):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not (project / "reports").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["render"], ["render", "orders", "--all"], ["render", "x", "--workers", "0"]],
)
def test_a_command_that_is_none_is_refused(project, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("command", [[], ["render"], ["due"], ["init"]])
def test_help_documents_the_exit_codes(capsys, command):
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    assert EXIT_CODES.strip() in capsys.readouterr().out
    codes = [line.split()[0] for line in EXIT_CODES.splitlines()[1:] if line[2] != " "]
    assert codes == ["0", "1", "2", "3", "4", "130"]


def test_the_module_is_the_command():
    asked = [sys.executable, "-m", "analysis", "--help"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("usage: analysis")
