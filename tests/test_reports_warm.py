"""The process that runs are forked from: it ends when it is left, and says nothing of it."""

import pytest
from notebook_builder import write_runnable

from analysis.reports.execution import Runner
from analysis.reports.warm import can_fork


@pytest.mark.skipif(not can_fork(), reason="runs are forked on Linux alone")
def test_the_process_that_runs_are_forked_from_ends_in_silence(tmp_path, capfd):
    """DuckDB complains of leaks when an interpreter with frozen objects is taken apart."""
    notebook = write_runnable(tmp_path / "x.ipynb", "import duckdb")
    (tmp_path / "run").mkdir()
    with Runner(modules=["duckdb"]) as runner:
        assert runner.run(notebook, tmp_path / "run", {}).fault == ""
    assert capfd.readouterr().err == ""
