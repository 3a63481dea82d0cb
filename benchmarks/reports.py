"""Make all reports of a period, beside papermill and nbconvert on the same notebooks.

The peers are run as their manuals say: for each notebook one `papermill` and one
`jupyter nbconvert` command, one after another, with the kernel that is installed. Both sides
read the same settings in the same folder, in turn, with the data already in the project's cache.
The summary of the peers reads the findings that our run has left, as the peers leave none.

    python -m benchmarks.reports [--period 2017-12] [--rounds 1] [--settings FILE]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from analysis.reports.catalogue import find_reports, notebooks_folder
from analysis.settings import load

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WALL, CPU = 0.5, 1.0
"""At most this share of the peers' wall time, and of their CPU time."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and of all processors with all child processes."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def cost(command: list[str | Path], folder: Path) -> Cost:
    """Run a command and measure it.

    Raises
    ------
    RuntimeError
        It failed; what it said is in the message.
    """
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    spent = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return Cost(wall, spent)


def ours(folder: Path, period: str) -> Cost:
    """Make every report by `analysis render` into an archive that is empty."""
    shutil.rmtree(folder / "reports", ignore_errors=True)
    return cost([BIN / "analysis", "render", "--all", "--period", period], folder)


def theirs(folder: Path, period: str) -> Cost:
    """Make every report by papermill and nbconvert."""
    work = folder / "peers"
    shutil.rmtree(work, ignore_errors=True)
    settings = load(folder / "analysis.toml")
    total = Cost(0.0, 0.0)
    for report in find_reports(notebooks_folder(folder), settings.reports.names):
        place = work / report.name
        place.mkdir(parents=True)
        values = {"period": period, "settings_path": "../../analysis.toml", "tables_dir": "tables"}
        if report.reads_findings:
            newest = folder / "reports" / report.name / period / "current" / "findings"
            values["findings_dir"] = str(newest)
        words = [word for name, value in values.items() for word in ("-p", name, value)]
        total += cost([BIN / "papermill", report.notebook, "executed.ipynb", *words], place)
        convert = [BIN / "jupyter", "nbconvert", "--to", "html", "--no-input", "executed.ipynb"]
        total += cost(convert, place)
        if not (place / "executed.html").is_file():
            raise RuntimeError(f"nbconvert left no report of {report.name}")
    return total


def verdict(ratio: float, most: float) -> str:
    """Say a ratio beside its target."""
    return f"{ratio:.2f} (at most {most:.2f}: {'met' if ratio <= most else 'missed'})"


def compare(mine: list[Cost], peers: list[Cost]) -> list[str]:
    """Return a line for each measure, of the medians of all rounds."""
    lines = []
    for name, most in (("wall", WALL), ("cpu", CPU)):
        one, other = (statistics.median(getattr(c, name) for c in side) for side in (mine, peers))
        said = f"{one:>10.1f}{other:>24.1f}   {verdict(one / other, most)}"
        lines.append(f"{name + ', s':<12}{said}")
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--period", default="2017-12")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--settings", type=Path, default=ROOT / "analysis.toml")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as name:
        folder = Path(name)
        shutil.copyfile(given.settings, folder / "analysis.toml")
        cost([BIN / "analysis", "check"], folder)
        mine, peers = [], []
        for _ in range(given.rounds):
            mine.append(ours(folder, given.period))
            peers.append(theirs(folder, given.period))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"All reports of {given.period}, {cores} cores, median of {given.rounds}")
    print(f"{'':<12}{'analysis':>10}{'papermill + nbconvert':>24}   ratio")
    print("\n".join(compare(mine, peers)))


if __name__ == "__main__":
    main()
