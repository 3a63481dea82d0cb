"""The survival estimators beside their peers: CPU seconds of one thread, peak memory, answers.

`make bench-survival` simulates customers, hands the same ones to every package in a process of
its own, and prints our time and memory beside the targets. Peers that take minutes are left out
above a size that is printed; slow ones run once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

WORK = Path(__file__).with_name("survival_work.py")
PEERS = Path(os.environ.get("PEERS_PYTHON", ".venv-peers-survival/bin/python"))
HERE = ("ours", "statsmodels")  # in the project's own environment
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
COEFFICIENTS = np.array([0.5, -0.4, 0.3, -0.2, 0.1])
MEAN_WEEKS, LONGEST_WATCH = 40.0, 143.0  # of which three in ten are censored
MEMORY = 500  # MB, of a Cox fit to a million customers


@dataclass(frozen=True, slots=True)
class Row:
    """Some work on simulated customers, with its targets at a million of them.

    Ours may take `seconds`, and `share` of the time of the peer `beside`.
    """

    name: str
    work: str
    weeks: bool
    seconds: float
    peers: tuple[str, ...]
    beside: str = ""
    share: float = np.inf


SM, SK, LL = "statsmodels", "scikit-survival", "lifelines"
ROWS = (
    Row("Cox Efron, continuous", "cox", False, 3.0, (SK, SM, LL), SK, 1 / 15),
    Row("Cox Efron, weeks", "cox", True, 2.0, (SM, SK, LL), SM, 1 / 4),
    Row("Kaplan-Meier, continuous, with intervals", "kaplan_meier", False, 0.3, (SM,)),
    Row("log-rank, continuous", "log_rank", False, 0.6, (SM,)),
    Row("Harrell concordance, continuous", "concordance", False, 2.0, (LL,)),
)
LIMITS = {  # customers up to which a peer is run
    ("cox", False, SM): 20_000,
    ("cox", False, LL): 20_000,
    ("cox", True, LL): 200_000,
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    if not options.ours and not PEERS.exists():
        sys.exit(f"No peers at {PEERS}: run `make bench-survival`, or give --ours.")
    print(f"{options.customers:,} customers, 5 covariates, one thread")
    print(f"{'':<18}{'CPU s':>9}{'peak MB':>9}{'ours / it':>11}   target")
    for row in ROWS:
        if options.rows.lower() in row.name.lower():
            run(row, options.customers, () if options.ours else row.peers)


def run(row: Row, size: int, peers: Sequence[str]) -> None:
    """Do the work of a row with every package and print a line for each."""
    print(row.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npz"
        np.savez(path, **simulate(size, weeks=row.weeks))
        mine = measure("ours", row.work, path)
        print(f"  {'ours':<16}{_cost(mine)}{'':>11}   {_met(row, mine, size)}", flush=True)
        for peer in peers:
            most = LIMITS.get((row.work, row.weeks, peer), size)
            if size > most:
                line = f"  left out: it takes minutes above {most:,} customers"
            else:
                line = beside(row, peer, mine, measure(peer, row.work, path))
            print(f"  {peer:<16}{line}", flush=True)


def simulate(size: int, *, weeks: bool, seed: int = 7) -> dict[str, np.ndarray]:
    """Customers whose hazard depends on five covariates, watched for a random time."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(size, len(COEFFICIENTS)))
    score = X @ COEFFICIENTS
    leaves = rng.exponential(MEAN_WEEKS * np.exp(-score))
    watched = rng.uniform(0, LONGEST_WATCH, size)
    time = np.minimum(leaves, watched)
    return {
        "X": X,
        "score": score,
        "group": (X[:, 0] > 0).astype(int),
        "time": np.ceil(time) if weeks else time,
        "event": leaves <= watched,
    }


def measure(package: str, work: str, path: Path) -> dict[str, Any]:
    """Run the work in a process of its own; return its report, or why there is none."""
    python = sys.executable if package in HERE else str(PEERS)
    done = subprocess.run(
        [python, str(WORK), package, work, str(path)],
        capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD,
    )  # fmt: skip
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    if package == "ours":
        raise RuntimeError(done.stderr)
    return {"missing": "not installed" if "ModuleNotFoundError" in reason else reason}


def beside(row: Row, peer: str, mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Say how a peer's time and answer compare with ours."""
    if "missing" in theirs:
        return f"  {theirs['missing']}"
    share = mine["seconds"] / theirs["seconds"]
    verdict = ""
    if peer == row.beside:
        verdict = f"1/{1 / row.share:.0f} {'met' if share <= row.share else 'missed'}"
    apart = np.abs(np.subtract(mine["answer"], theirs["answer"])).max()
    ratio = f"1/{1 / share:.1f}" if share <= 1 else f"{share:.2f}"
    return f"{_cost(theirs)}{ratio:>11}   {verdict:<12} answers within {apart:.0e}"


def _met(row: Row, mine: dict[str, Any], size: int) -> str:
    if size != 1_000_000:
        return "targets are for 1,000,000"
    said = [f"{row.seconds:g} s {'met' if mine['seconds'] <= row.seconds else 'missed'}"]
    if row.work == "cox":
        said.append(f"{MEMORY} MB {'met' if mine['megabytes'] <= MEMORY else 'missed'}")
    return ", ".join(said)


def _cost(report: dict[str, Any]) -> str:
    return f"{report['seconds']:>9.3f}{report['megabytes']:>9.0f}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.survival", description=__doc__)
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
