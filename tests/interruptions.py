"""Work that is stopped at one of its steps on the disk: by kill -9, or since the disk is full.

Run as a program, since a process with threads cannot be forked in peace:

    python tests/interruptions.py FOLDER load:kill:1:9 archive:full:2:5 ...

does each work again and again in children of its own, of which each is stopped one stride later
than the one before, until one gets through. After each the outcome is looked at, and what does not
hold is printed. Steps are what Python does to files under the folder, and each batch of Parquet.
`load:together:4:1` does it in four processes at once, which nobody stops.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import archive_builder
import pyarrow.parquet as pq
from table_files import rows

from analysis import settings, tables
from analysis.errors import BusyError
from analysis.reports.archive import Archive
from analysis.reports.index import write_index

if TYPE_CHECKING:
    from collections.abc import Callable

WRITES = {"os.rename", "os.mkdir", "os.symlink", "tempfile.mkdtemp", "tempfile.mkstemp", "parquet"}
READS = {"os.remove", "os.rmdir", "os.utime", "os.listdir", "os.scandir"}
STOPPED, THROUGH, FULL = -signal.SIGKILL, 0, 28
MONTH = "2017-12"


class Steps:
    """Counts the steps of a process, and stops it at one of them."""

    def __init__(self, folder: Path, last: int, kind: str) -> None:
        self.folder, self.left, self.kind = str(folder), last, kind
        sys.addaudithook(self.step)
        for name in ("write_batch", "write_table", "close"):
            setattr(pq.ParquetWriter, name, self.counted(getattr(pq.ParquetWriter, name)))

    def counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def step_and_write(*given: Any, **more: Any) -> Any:
            self.step("parquet", (self.folder,))
            return method(*given, **more)

        return step_and_write

    def step(self, event: str, given: tuple[Any, ...]) -> None:
        writes = event in WRITES or (event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR))
        if not (writes or (self.kind == "kill" and (event == "open" or event in READS))):
            return
        if self.folder not in str(given[0]):
            return
        self.left -= 1
        if self.left == 0 and self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left <= 0 and self.kind == "full":
            raise OSError(FULL, "No space left on device")


def load(folder: Path) -> None:
    """Read, check and keep the tables of a project, and the rows set aside."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tables.check_command(settings.load(folder / "analysis.toml"))


def loaded(folder: Path) -> str:
    """Say what is wrong with what there is of the tables; nothing when all is well."""
    aside = folder / "data" / "cache" / "rejects" / "transactions.csv"
    if aside.exists() and aside.read_bytes() != (folder / "aside").read_bytes():
        return "a part of the rows set aside was left as if it were all"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = tables.open_source(settings.load(folder / "analysis.toml"))
    if repr(rows(source)) != (folder / "expected").read_text():
        return "other rows were read than the first time"
    for entry in (folder / "data" / "cache" / "tables").glob("[!m]*"):
        shutil.rmtree(entry)  # so that the next child has all to do
    return ""


def archive(folder: Path) -> None:
    """Put a good and a failed run into an archive, and write its index."""
    made = Archive(folder / "reports")
    made.mend()
    hour = 1 + len(list((folder / "reports" / "churn" / MONTH).glob("r*")))
    archive_builder.put(made, "churn", MONTH, archive_builder.kpi(0.05, "5.0%"), hour=hour % 24)
    archive_builder.put(made, "churn", MONTH, fault="it broke", hour=23 - hour % 24)
    write_index(made, archive_builder.SHOP)


def archived(folder: Path) -> str:
    """Say what is wrong with an archive as its readers see it."""
    made = Archive(folder / "reports")
    index = folder / "reports" / "index.html"
    if index.exists() and not index.read_text("utf-8").rstrip().endswith("</html>"):
        return "half an index is shown"
    for _, run in (*made.runs(), *made.failures()):
        if not (run / "report.html").read_text().endswith("</p>"):
            return f"{run} is not whole"
    made.mend()
    runs = sorted(run.name for _, run in made.runs())
    current = made.current("churn", MONTH)
    if runs and (current is None or current.name not in runs):
        return "no run is shown though there is one"
    shutil.rmtree(folder / "reports", ignore_errors=True)
    return ""


def child(work: Callable[[Path], None], folder: Path, last: int, kind: str) -> int:
    """Do the work in a process that is stopped at a step; return how it ended."""
    process = os.fork()
    if not process:
        try:
            Steps(folder, last, kind)
            work(folder)
            os._exit(THROUGH)
        except (OSError, BusyError):
            os._exit(FULL)
        except BaseException as error:
            print(f"step {last}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def checked(check: Callable[[Path], str], folder: Path, last: int) -> None:
    """Look at the outcome in a process of its own, as the next run would."""
    process = os.fork()
    if not process:
        wrong = ""
        try:
            wrong = check(folder)
        except BaseException as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            print(f"step {last}: {wrong}", flush=True)
        os._exit(0)
    os.waitpid(process, 0)


def stopped(job: str, folder: Path) -> None:
    """Stop a work at one step after the other."""
    name, kind, first, stride = job.split(":")
    work, check = {"load": (load, loaded), "archive": (archive, archived)}[name]
    if kind == "together":
        together(work, folder, int(first))
        checked(check, folder, 0)
        return
    step = int(first)
    while (ended := child(work, folder, step, kind)) != THROUGH:
        if ended != (STOPPED if kind == "kill" else FULL):
            print(f"step {step}: ended with {ended}")
        checked(check, folder, step)
        step += int(stride)
    checked(check, folder, step)
    print(f"{job}: {step // int(stride)} children")


def together(work: Callable[[Path], None], folder: Path, number: int) -> None:
    """Do a work in several processes at once."""
    children = [os.fork() for _ in range(number) if os.getpid() == PARENT]
    if os.getpid() != PARENT:
        work(folder)
        os._exit(0)
    ends = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in children]
    print("load together:", "children" if not any(ends) else f"ended with {ends}")


PARENT = os.getpid()

if __name__ == "__main__":
    for job in sys.argv[2:]:
        stopped(job, Path(sys.argv[1]))
