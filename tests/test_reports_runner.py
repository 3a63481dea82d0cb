"""Running a notebook: what is good, what is a failure, and that nothing outlives it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from notebook_builder import write_runnable
from running import run

from analysis.reports import execution as execution_module
from analysis.reports import manifest as manifest_module
from analysis.reports.execution import Limits, Runner
from analysis.reports.warm import can_fork


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
