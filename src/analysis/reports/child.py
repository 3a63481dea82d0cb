"""Run one notebook by papermill: the program of the child process.

Started by `execution`, with the job as one line of JSON on standard input. It answers
with one line of JSON for each finished cell, and a last one when the notebook is through.
When the other end of standard input closes, the parent is gone, and so must this
process be, with the kernel that it started.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import IO, Any

KERNEL = "analysis"


def main() -> None:
    """Read the job, run it, report."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed goes to the log
    job = json.loads(sys.stdin.readline())
    os.environ.update(job["environment"])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if _run(job, answers):
        _answer(answers, {"done": True})


def _run(job: dict[str, Any], answers: IO[str]) -> bool:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook
    from traitlets.config import Config

    def cell_executed(cell_index: int, **_: Any) -> None:
        _answer(answers, {"cell": cell_index})

    sockets = {"transport": "ipc", "ip": f"{job['runtime']}/kernel"}
    try:
        execute_notebook(
            job["notebook"],
            job["output"],
            parameters=job["parameters"],
            kernel_name=KERNEL,
            language="python",
            cwd=job["folder"],
            progress_bar=False,
            start_timeout=job["start_seconds"],
            execution_timeout=job["cell_seconds"],
            autosave_cell_every=0,
            on_cell_executed=cell_executed,
            config=Config({"KernelManager": sockets}),
        )
    except CellTimeoutError:
        _answer(answers, {"problem": f"a cell took longer than {job['cell_seconds']:,} seconds"})
    except DeadKernelError:
        _answer(answers, {"problem": "the kernel died"})
    except PapermillExecutionError:
        _answer(answers, {"problem": "a cell failed"})
    else:
        return True
    return False


def _answer(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
