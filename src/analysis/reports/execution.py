"""Run a notebook in a process of its own, and believe nothing but completed cells.

A notebook that was stopped by ``sys.exit(0)``, by a timeout or by the death of its
kernel looks complete in the file that papermill leaves. Here a run is good only when
the child said so, no cell holds an error, and the kernel answered for every one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import nbformat

from analysis.errors import ReportError, SourceUnavailableError
from analysis.reports import child
from analysis.reports.surroundings import own_folders, settled, write_kernel
from analysis.reports.warm import Forks, can_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbformat import NotebookNode

    from analysis.reports.warm import Child

__all__ = ["Execution", "Limits", "Runner", "fault"]

_MARKER = "papermill-error-cell-tag"
_SAID_BY_CELL = "a cell failed"
OUTPUT = "executed.ipynb"
LOG = "log.txt"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a run may take, in seconds, and how many threads its arithmetic gets."""

    start: int = 120
    cell: int = 900
    whole: int = 3600
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run ended; `fault` is empty when it is good.

    Where it is not, `may_pass` says whether the same run may be good another time.
    """

    notebook: NotebookNode | None
    fault: str
    seconds: float
    may_pass: bool = False


@dataclass(slots=True)
class Runner:
    """Starts runs, and can stop all that are still going; to be used in a `with` statement.

    Attributes
    ----------
    limits : Limits
    modules : sequence of str
        What the notebooks import; where processes can be forked it is imported but once.
    """

    limits: Limits = Limits()
    modules: Sequence[str] = ()
    _forks: Forks | None = None
    _live: set[int] = field(default_factory=set)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        notebook: Path,
        folder: Path,
        parameters: Mapping[str, Any],
        on_cell: Callable[[int], None] = lambda _: None,
    ) -> Execution:
        """Run a notebook inside `folder`, which keeps the outcome as `executed.ipynb`.

        Parameters
        ----------
        notebook : Path
            What to run; it is not changed.
        folder : Path
            Working folder of the kernel. `log.txt` in it holds what was printed.
        parameters : mapping of str to value
            Checked before; see `parameters`.
        on_cell : callable, optional
            Told the number of each cell when it is done.

        Returns
        -------
        Execution
            Never raises for what the notebook did.
        """
        started = time.monotonic()
        if self.stopped:
            return Execution(None, "it was stopped", 0.0)
        runtime = Path(tempfile.mkdtemp(prefix="analysis-"))
        try:
            job = self._job(notebook, folder, runtime, parameters)
            problem = self._run_child(runtime, job, on_cell)
        except ConnectionError as error:
            problem = str(error)
        finally:
            shutil.rmtree(runtime, ignore_errors=True)
        executed = _read(folder / OUTPUT)
        where = fault(executed) if executed is not None else "nothing was executed"
        text = ": ".join(part for part in (where, problem) if part and part != _SAID_BY_CELL)
        may_pass = not self.stopped and (
            problem not in ("", _SAID_BY_CELL) or _missed_its_source(executed)
        )
        return Execution(executed, text, time.monotonic() - started, may_pass)

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait for so long, or until `stop` is called; return whether it was."""
        return self._stopped.wait(seconds)

    def __post_init__(self) -> None:
        if can_fork():
            self._forks = Forks(self.modules, settled(self.limits.threads))

    def stop(self) -> None:
        """End all runs at once; each will be reported as failed."""
        self._stopped.set()
        for leader in list(self._live):
            _kill(leader)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        """End all runs, and what was kept for further ones."""
        self.stop()
        if self._forks is not None:
            self._forks.stop()

    def _job(
        self, notebook: Path, folder: Path, runtime: Path, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "runtime": str(runtime),
            "notebook": str(notebook.resolve()),
            "output": str(folder.resolve() / OUTPUT),
            "folder": str(folder.resolve()),
            "parameters": dict(parameters),
            "environment": own_folders(runtime),
            "start_seconds": self.limits.start,
            "cell_seconds": self.limits.cell,
        }

    def _run_child(self, runtime: Path, job: dict[str, Any], on_cell: Callable[[int], None]) -> str:
        """Return what went wrong, as far as the process shows it."""
        write_kernel(runtime, forked=self._forks is not None)
        with (
            (Path(job["folder"]) / LOG).open("w", encoding="utf-8") as log,
            self._child(log) as process,
        ):
            self._live.add(process.pid)
            if self.stopped:  # while the process was started, so that `stop` did not know of it
                _kill(process.pid)
            timer = threading.Timer(self.limits.whole, _kill, [process.pid])
            timer.start()
            try:
                problem = _follow(process, job, on_cell)
            finally:
                late = not timer.is_alive()
                timer.cancel()
                _kill(process.pid)
                self._live.discard(process.pid)
        if self.stopped:
            return "it was stopped"
        if late:
            return f"it took longer than {self.limits.whole:,} seconds"
        return problem

    def _child(self, log: IO[str]) -> subprocess.Popen[str] | Child:
        """Start the process of a run, which leads a session."""
        if self._forks is not None:
            return self._forks.child(log)
        return subprocess.Popen(  # noqa: S603 - this interpreter and a module of this package
            [sys.executable, "-P", "-m", child.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | settled(self.limits.threads),
            encoding="utf-8",
            start_new_session=True,
        )


def fault(notebook: NotebookNode) -> str:
    """Return why an executed notebook is not complete; nothing when it is.

    Papermill marks cells that were never started, and the one that a kernel died in, as
    completed, so its marks do not count: the kernel must have numbered and answered a
    cell, and left no error.
    """
    cells = [cell for cell in notebook.cells if _MARKER not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                return f"cell {number} ended in {output.ename}: {output.evalue}".rstrip(": ")
        answered = "shell.execute_reply" in cell.metadata.get("execution", {})
        if not (answered and cell.execution_count):
            return f"cell {number} did not run to its end"
    return ""


def _missed_its_source(notebook: NotebookNode | None) -> bool:
    return notebook is not None and any(
        output.output_type == "error" and output.ename == SourceUnavailableError.__name__
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def _follow(
    process: subprocess.Popen[str] | Child, job: dict[str, Any], on_cell: Callable[[int], None]
) -> str:
    """Hand over the job, pass on the progress, and return what went wrong, if anything."""
    if process.stdin is None or process.stdout is None:
        raise ReportError("The process of a run must have both its pipes; it has not.")
    problem = "its process ended early, see log.txt"
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        return problem
    for line in process.stdout:
        message = json.loads(line)
        if "cell" in message:
            on_cell(message["cell"])
        if "problem" in message:
            problem = message["problem"]
        if "done" in message:
            return ""
    return problem


def _kill(leader: int) -> None:
    """End a session by its leader; one that was just forked leads none yet."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):  # already gone: all that is wanted
            kill(leader, signal.SIGKILL)


def _read(path: Path) -> NotebookNode | None:
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError):  # none was written, or only a part: the fault says why
        return None
    return notebook
