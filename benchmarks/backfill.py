"""Kill a backfill again and again, and look at what is left.

A backfill of many periods is started, killed by `kill -9` at random moments, and started again,
while a second one runs beside it now and then. In the end a last run completes it; then every
report must be there, whole, current and made once, and nothing may be left half-made. The
notebook that is run is a small one; all processes are real.

    python -m benchmarks.backfill [--periods 100] [--kills 25] [--seed 7] [--beside 0.2]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FIRST = date(2015, 1, 5)  # a Monday
SETTINGS = """title = "A shop"
[transactions]
path = "orders.csv"
customer_id = "customer"
order_date = "day"
amount = "amount"
[reports]
names = ["orders"]
[[schedule]]
every = "week"
settle_days = 0
"""
PARAMETERS = """\
period: str = "2015-W02"
settings_path: str = ""
tables_dir: str = ""
previous_dir: str = ""
"""
FINDING = """\
import time
from analysis.findings import Finding
time.sleep(0.2)
Finding(id="orders.sum", headline=f"All is well in {period}.", main=True)
"""
LIST = """\
import pandas as pd
from analysis import exports
exports.save(pd.DataFrame({"week": [period]}), "weeks", tables_dir)
"""


@dataclass(frozen=True, slots=True)
class Left:
    """What was found in the archive; all but `reports` should be nothing."""

    reports: int
    missing: int
    twice: int
    not_whole: int
    not_current: int
    half_made: int

    @property
    def good(self) -> bool:
        """Whether the archive is as if nothing had ever been killed."""
        return not (
            self.missing or self.twice or self.not_whole or self.not_current or self.half_made
        )


def prepare(folder: Path, periods: int) -> list[str]:
    """Write settings, orders and a notebook; return the keys of the periods."""
    days = [FIRST + timedelta(days=n) for n in range(7 * periods)]
    rows = "".join(f"c{day.toordinal() % 9},{day},{day.day}.50\n" for day in days)
    (folder / "orders.csv").write_text(f"customer,day,amount\n{rows}", "utf-8")
    (folder / "analysis.toml").write_text(SETTINGS, "utf-8")
    cells = [
        new_markdown_cell("# Orders\n\nAre they well?", id="title"),
        new_code_cell(PARAMETERS.strip(), id="parameters", metadata={"tags": ["parameters"]}),
        new_code_cell(FINDING.strip(), id="finding"),
        new_code_cell(LIST.strip(), id="list"),
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    (folder / "notebooks").mkdir()
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "notebooks" / "01_orders.ipynb")
    weeks = ((FIRST + timedelta(weeks=n)).isocalendar() for n in range(periods))
    return [f"{year}-W{week:02d}" for year, week, _ in weeks]


def command(keys: list[str]) -> list[str]:
    """Return the backfill, as a person would type it a day after the last period."""
    after = FIRST + timedelta(weeks=len(keys), days=1)
    words = ["due", "--from", keys[0], "--now", after.isoformat(), "--quiet"]
    return [sys.executable, "-m", "analysis", *words]


def begin(keys: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a backfill that a kill of its own leaves nobody else's process behind."""
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(command(keys), cwd=folder, stderr=said, start_new_session=True)


def kill_again_and_again(
    keys: list[str], folder: Path, chance: random.Random, kills: int, beside: float
) -> int:
    """Start, kill at a random moment, start again; return how often that was done."""
    done = 0
    while done < kills:
        runs = [begin(keys, folder)]
        if chance.random() < beside:
            runs.append(begin(keys, folder))
        try:
            runs[0].wait(chance.uniform(0.5, 12.0))
            break
        except subprocess.TimeoutExpired:
            for run in runs:
                os.kill(run.pid, signal.SIGKILL)
            done += 1
        finally:
            for run in runs:
                run.wait()
    return done


def look(keys: list[str], folder: Path) -> Left:
    """Look at every report as a reader would, and at every trace of a process."""
    archive = folder / "reports"
    places = sorted((archive / "orders").iterdir())
    runs = Counter(
        {p.name: sum(r.is_dir() and not r.is_symlink() for r in p.iterdir()) for p in places}
    )
    whole = [p.name for p in places if is_whole(p / "current")]
    strays = [link for p in places for link in p.glob(".current-*")]
    return Left(
        reports=len(places),
        missing=len(set(keys) - {p.name for p in places}),
        twice=sum(number > 1 for number in runs.values()),
        not_whole=len(places) - len(whole),
        not_current=sum(not (p / "current").exists() for p in places),
        half_made=len(list((archive / ".staging").iterdir())) + len(strays),
    )


def is_whole(run: Path) -> bool:
    """Say whether a run has all its files, and the page that its manifest was written for."""
    try:
        manifest = json.loads((run / "manifest.json").read_text("utf-8"))
        page = (run / "report.html").read_bytes()
        findings = json.loads((run / "findings.json").read_text("utf-8"))
        lists = (run / "tables" / "weeks.csv").read_text("utf-8-sig")
    except (OSError, ValueError):
        return False
    key = run.parent.name
    return (
        manifest["status"] == "succeeded"
        and manifest["period"] == key
        and hashlib.sha256(page).hexdigest() == manifest["report_sha256"]
        and findings[0]["headline"] == f"All is well in {key}."
        and key in lists
    )


def strangers(folder: Path) -> int:
    """Count the processes that still work in the folder."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += path.resolve().is_relative_to(folder)
        except OSError:
            continue
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--periods", type=int, default=100)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--beside", type=float, default=0.2, help="how often two run at once")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-backfill-") as name:
        folder, clock = Path(name).resolve(), time.perf_counter()
        keys = prepare(folder, given.periods)
        chance = random.Random(given.seed)
        kills = kill_again_and_again(keys, folder, chance, given.kills, given.beside)
        code = subprocess.run(command(keys), cwd=folder, check=False).returncode
        again = subprocess.run(command(keys), cwd=folder, check=False).returncode
        left, seconds = look(keys, folder), time.perf_counter() - clock
        print(f"{given.periods} periods, killed {kills} times, {seconds:.0f} s")
        print(f"exit codes of the last runs: {code}, {again}; processes left: {strangers(folder)}")
        print(left)
        good = left.good and left.reports == given.periods and (code, again) == (0, 0)
        print("every report is there, whole, current and made once" if good else "MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
