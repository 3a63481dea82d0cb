"""What is tried again: failures that may pass, with growing waits, and nothing else."""

from __future__ import annotations

import sqlite3

import pytest
from notebook_builder import write_runnable

from analysis import tables
from analysis.cli import main
from analysis.errors import SourceError, SourceUnavailableError
from analysis.reports.archive import Archive
from analysis.reports.execution import Execution, Runner
from analysis.reports.manifest import Manifest
from analysis.reports.retries import Retries
from analysis.settings import load

SETTINGS = """[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
[reports]
names = ["orders"]
retry_wait_seconds = 0.0
"""
ONCE = """import os, pathlib
tried = pathlib.Path({tried!r})
pathlib.Path(tables_dir, f"attempt-{{tried.exists()}}.csv").write_text("a")
if not tried.exists():
    tried.touch()
    {failure}"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "analysis.toml").write_text(SETTINGS)
    (tmp_path / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put_failing_once(project, failure):
    source = ONCE.format(tried=str(project / "tried"), failure=failure)
    write_runnable(project / "notebooks" / "01_orders.ipynb", source)


def test_waits_grow_fourfold():
    assert Retries(3, 30.0).waits == (30.0, 120.0, 480.0)
    assert Retries(0, 30.0).waits == ()


@pytest.mark.parametrize(
    ("outcomes", "attempts"),
    [
        (["good"], 1),
        (["passing", "good"], 2),
        (["passing", "passing", "good"], 3),
        (["passing", "passing", "passing", "good"], 3),
        (["final", "good"], 1),
        (["passing", "final", "good"], 2),
    ],
)
def test_only_what_may_pass_is_tried_again(outcomes, attempts):
    waits, left = [], iter(outcomes)

    def attempt():
        kind = next(left)
        return Execution(None, "" if kind == "good" else "it broke", 0.0, kind == "passing")

    def pause(seconds):
        waits.append(seconds)
        return False

    execution, tried = Retries(2, 1.0).run(attempt, pause)
    assert tried == attempts
    assert (execution.fault == "") is (outcomes[attempts - 1] == "good")
    assert waits == [1.0, 4.0][: attempts - 1]


def test_nothing_is_tried_again_once_it_was_stopped():
    runner = Runner()
    runner.stop()
    broken = Execution(None, "it broke", 0.0, may_pass=True)
    assert Retries(2, 3600.0).run(lambda: broken, runner.pause) == (broken, 1)


def test_a_kernel_that_dies_once_leaves_a_good_report(project):
    put_failing_once(project, "os.kill(os.getpid(), 9)")
    assert main(["render", "orders"]) == 0
    folder = Archive(project / "reports").current("orders", "2017-02")
    assert Manifest.read(folder).attempts == 2
    assert [path.name for path in (folder / "tables").iterdir()] == ["attempt-True.csv"]


def test_a_source_that_is_away_once_leaves_a_good_report(project):
    put_failing_once(
        project,
        "from analysis.errors import SourceUnavailableError; raise SourceUnavailableError('away')",
    )
    assert main(["render", "orders"]) == 0


def test_a_rule_that_is_broken_is_not_tried_again(project, capsys):
    put_failing_once(project, "from analysis.errors import DataError; raise DataError('no')")
    assert main(["render", "orders"]) == 1
    ((run, _),) = Archive(project / "reports").failures()
    assert (run.attempts, run.fault) == (1, "cell 4 ended in DataError: no")


def test_a_failure_that_did_not_pass_says_how_often_it_was_tried(project, monkeypatch, capsys):
    broken = Execution(None, "the kernel died", 0.0, may_pass=True)
    monkeypatch.setattr(Runner, "run", lambda *_: broken)
    assert main(["render", "orders"]) == 1
    assert "the kernel died (tried 3 times)" in capsys.readouterr().err


def test_due_waits_for_a_source_that_is_away(project, capsys):
    (project / "orders.csv").rename(project / "away.csv")
    assert main(["due", "--now", "2017-03-06"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("analysis: `path` must name a file that is there")
    assert [line.endswith("Trying again in 0 s.") for line in lines] == [True, True, False]
    assert not (project / "reports").exists()


def test_a_source_answers_in_the_end():
    answers = [SourceUnavailableError("away"), SourceUnavailableError("away"), 7]

    def source():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert Retries(2, 0.0).read(source, lambda _: None) == 7
    answers[:] = [SourceError("no such column"), 7]
    with pytest.raises(SourceError, match="no such column"):
        Retries(2, 0.0).read(source, lambda _: None)


def test_a_database_that_is_in_use_may_answer_later_and_one_without_the_table_will_not(project):
    shop = sqlite3.connect(project / "shop.db", isolation_level=None)
    shop.execute("CREATE TABLE orders AS SELECT 'x' AS c, '2017-01-05' AS d, 1.5 AS a")
    text = SETTINGS.replace('path = "orders.csv"', 'url = "sqlite:///shop.db"\ntable = "orders"')
    (project / "analysis.toml").write_text(text)
    shop.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceUnavailableError, match="database is locked"):
        tables.open_source(load())
    shop.close()
    (project / "analysis.toml").write_text(text.replace('"orders"\ncust', '"order"\ncust'))
    with pytest.raises(SourceError, match="no such table") as caught:
        tables.open_source(load())
    assert not isinstance(caught.value, SourceUnavailableError)
