"""The value models beside their peers: CPU seconds of one thread, peak memory, and who is right.

`make bench-clv` simulates customers, hands the same ones to every package in a process of its
own, and prints how our time compares with the target. A fit that is fast and wrong is worth
nothing: the answers are compared too, fits by the true log-likelihood of both optima.
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

from analysis.clv import beta_geometric, gamma_gamma, pareto_nbd
from analysis.clv.inputs import read_customers
from analysis.clv.spent import read_spend
from benchmarks.clv_data import DAYS, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MEMORY = 600  # MB, at a million customers
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
WORK = Path(__file__).with_name("clv_work.py")
PEERS = Path(os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python"))


@dataclass(frozen=True, slots=True)
class Row:
    """Some work on simulated customers; our time may be `target` of that of the peer `beside`."""

    name: str
    work: str
    steps_a_week: int
    customers: int
    peers: tuple[str, ...]
    beside: str
    target: float


WEEKLY, DAILY = 1, DAYS
MANY, SOME = 1_000_000, 100_000
L, C, P = "lifetimes", "clvkit", "pymc-marketing"
ROWS = (
    Row("BG/NBD fit, weekly grid", "bg_nbd", WEEKLY, MANY, (L, C, P), L, 1 / 40),
    Row("BG/NBD fit, daily grid", "bg_nbd", DAILY, MANY, (L,), L, 1 / 10),
    Row("Pareto/NBD fit, weekly grid", "pareto_nbd", WEEKLY, SOME, (L, P), L, 1 / 50),
    Row("Pareto/NBD fit, daily grid", "pareto_nbd", DAILY, SOME, (L,), L, 1 / 50),
    Row("Gamma-Gamma fit", "gamma_gamma", WEEKLY, MANY, (C, L, P), C, 1 / 4),
    Row("value over a year, weekly grid", "value", WEEKLY, MANY, (L, C), L, 1 / 20),
    Row("value over a year, daily grid", "value", DAILY, MANY, (L,), L, 1 / 20),
)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    if not options.ours and not PEERS.exists():
        sys.exit(f"The peers are not installed at {PEERS}: run `make bench-clv`, or give --ours.")
    print(f"{'':<18}{'CPU s':>9}{'peak MB':>9}{'ours / it':>11}   target      answers beside ours")
    for row in ROWS:
        if options.rows.lower() in row.name.lower():
            run(row, options.customers or row.customers, () if options.ours else row.peers)


def run(row: Row, size: int, peers: Sequence[str]) -> None:
    """Do the work of a row with every package and print a line for each."""
    customers = simulate(row.work, size, row.steps_a_week)
    print(f"{row.name}, {size:,} customers")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "customers.npz"
        np.savez(data, **{name: customers[name].to_numpy() for name in customers})
        mine = measure("ours", row, data)
        room = "met" if mine["megabytes"] < MEMORY else "missed"
        print(f"  {'ours':<16}{_cost(mine)}{'':>11}   under {MEMORY} MB: {room}", flush=True)
        for peer in peers:
            theirs = measure(peer, row, data)
            print(f"  {peer:<16}{_beside(row, peer, customers, mine, theirs)}", flush=True)


def measure(package: str, row: Row, data: Path) -> dict[str, Any]:
    """Run the work in a process of its own; return its report, or why there is none."""
    python = sys.executable if package == "ours" else str(PEERS)
    command = [python, str(WORK), package, row.work, str(data), str(row.steps_a_week)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD
    )
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    if package == "ours":
        raise RuntimeError(done.stderr)
    return {"missing": "not installed" if "ModuleNotFoundError" in reason else reason}


def _beside(
    row: Row, peer: str, customers: pd.DataFrame, mine: dict[str, Any], theirs: dict[str, Any]
) -> str:
    if "missing" in theirs:
        return str(theirs["missing"])
    ratio = mine["seconds"] / theirs["seconds"]
    verdict = ""
    if peer == row.beside:
        verdict = f"1/{1 / row.target:.0f} {'met' if ratio <= row.target else 'missed'}"
    answers = _agreement(row.work, customers, mine, theirs)
    return f"{_cost(theirs)}     1/{1 / ratio:<5.0f}   {verdict:<12}{answers}"


def _cost(report: dict[str, Any]) -> str:
    return f"{report['seconds']:>9.3f}{report['megabytes']:>9.0f}"


def _agreement(
    work: str, customers: pd.DataFrame, mine: dict[str, Any], theirs: dict[str, Any]
) -> str:
    """Say how far the answers are apart, and which parameters the data prefer."""
    if work == "value":
        return f"their total is {theirs['total'] / mine['total'] - 1:+.2%} off ours"
    ours, peers = np.array(mine["parameters"]), np.array(theirs["parameters"])
    gain = log_likelihood(work, customers, ours) - log_likelihood(work, customers, peers)
    return f"parameters within {np.abs(peers / ours - 1).max():.0e}, log-likelihood {-gain:+.1e}"


def log_likelihood(work: str, customers: pd.DataFrame, parameters: np.ndarray) -> float:
    """Return the true log-likelihood of all customers."""
    if work == "gamma_gamma":
        return gamma_gamma.Likelihood(read_spend(customers))(np.log(parameters))[0]
    rows, _ = read_customers(customers, for_fit=True).distinct()
    kinds = {
        "bg_nbd": lambda: beta_geometric.Likelihood(rows, 0),
        "pareto_nbd": lambda: pareto_nbd.Likelihood(rows),
    }
    return float(kinds[work]()(np.log(parameters))[0])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clv", description=__doc__)
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--customers", type=int, help="instead of each row's own number")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
