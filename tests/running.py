"""A run of a small notebook, for the tests."""

from __future__ import annotations

from notebook_builder import write_runnable

from analysis.reports.execution import Limits, Runner


def run(tmp_path, *sources, limits=None):
    notebook = write_runnable(tmp_path / "x.ipynb", *sources)
    (tmp_path / "run").mkdir()
    with Runner(limits or Limits()) as runner:
        return runner.run(notebook, tmp_path / "run", {"period": "2017-11"})
