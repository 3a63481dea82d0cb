"""The customer summary at a million, ten million and more lines, beside its peers and its limit.

`make bench-scale` simulates lines of which few customers have many, with whole numbers or texts of
36 letters as ids, and measures in processes of their own: one scan that groups by customer, which
no summary can beat; our first opening, which reads and checks every line; our summary; and those of
the peers, whose data are in memory before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

WORK = Path(__file__).with_name("scale_work.py")
PEERS = Path(os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python"))
PACKAGES = ("lifetimes", "clvkit")
LINES = (1_000_000, 10_000_000)
PEER_LINES = 10_000_000  # above, a peer needs more memory than a machine has
CPU_SHARE, MEMORY_SHARE = 1 / 4, 1 / 3  # of the best peer's, at ten million lines
SCANS, LIMIT_MB = 8, 500  # of the time of one scan; the engine's memory, at a hundred million
_IDS = {
    "numbers": "id",
    "texts of 36": "format('{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}', hash(id) & 4294967295,"
    " hash(id + 1) & 65535, hash(id + 2) & 4095, hash(id + 3) & 4095, id)",
}
_ORDERS = """
CREATE TEMP TABLE orders AS
SELECT
    range AS order_id,
    CAST(floor($customers * pow(random(), 2.5)) AS BIGINT) AS id,
    DATE '2015-01-01' + CAST(floor(3650 * sqrt(random())) AS INTEGER) AS order_date
FROM range($orders)
"""
_LINES = """
SELECT {id} AS customer_id, order_id, order_date,
    CAST(round(exp(2.5 + 2 * random()), 2) AS DECIMAL(10, 2)) AS amount
FROM orders, range(3)
"""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    if not options.ours and not PEERS.exists():
        sys.exit(f"No peers at {PEERS}: run `make bench-scale`, or give --ours.")
    print(f"{'':<22}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}")
    for lines in options.lines or LINES:
        for ids in _IDS:
            with tempfile.TemporaryDirectory() as folder:
                simulate(Path(folder) / "lines.parquet", lines, ids)
                peers = PACKAGES if not options.ours and lines <= PEER_LINES else ()
                run(Path(folder), lines, ids, peers)


def simulate(path: Path, lines: int, ids: str) -> None:
    """Write orders of three lines each; a tenth of the customers makes four tenths of them."""
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(path.parent)}) as made:
        made.execute("SELECT setseed(0.42)")
        made.execute(_ORDERS, {"customers": lines // 50, "orders": lines // 3})
        query = _LINES.format(id=_IDS[ids])
        made.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def run(folder: Path, lines: int, ids: str, peers: Sequence[str]) -> None:
    """Measure everybody on the same lines, and hold ours against the targets."""
    print(f"{lines:,} lines, customers are {ids}")
    memory = f"{LIMIT_MB}MB" if lines > PEER_LINES else ""
    scan = measure("scan", folder, memory)
    opening = measure("opening", folder, memory)
    mine = measure("ours", folder, memory)
    theirs = [measure(package, folder, memory) for package in peers]
    for name, report in zip(
        ("one scan", "ours, first opening", "ours, the summary", *peers),
        (scan, opening, mine, *theirs),
        strict=True,
    ):
        print(f"  {name:<20}{_cost(report)}", flush=True)
    print(f"  {_verdict(lines, scan, mine, theirs)}", flush=True)


def measure(package: str, folder: Path, memory: str) -> dict[str, Any]:
    """Run the work in a process of its own; return its report, or why there is none."""
    python = str(PEERS) if package in PACKAGES else sys.executable
    done = subprocess.run(
        [python, str(WORK), package, str(folder), memory],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    if package not in PACKAGES:
        raise RuntimeError(done.stderr)
    return {"missing": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}


def _verdict(
    lines: int, scan: dict[str, Any], mine: dict[str, Any], theirs: Sequence[dict[str, Any]]
) -> str:
    said = [f"{mine['seconds'] / scan['seconds']:.1f} scans"]
    if lines > PEER_LINES:
        met = mine["seconds"] <= SCANS * scan["seconds"]
        said.append(f"at most {SCANS}: {'met' if met else 'missed'}")
    known = [report for report in theirs if "missing" not in report]
    if known:
        cpu = mine["seconds"] / min(report["seconds"] for report in known)
        memory = mine["megabytes"] / min(report["megabytes"] for report in known)
        said.append(f"{cpu:.2f} of the best peer's CPU ({_met(cpu, CPU_SHARE, lines)})")
        said.append(f"{memory:.2f} of its memory ({_met(memory, MEMORY_SHARE, lines)})")
        agree = all(report["answer"] == mine["answer"] for report in known)
        said.append("same answers" if agree else "answers differ")
    return "; ".join(said)


def _met(share: float, most: float, lines: int) -> str:
    if lines != PEER_LINES:
        return f"the target is for {PEER_LINES:,} lines"
    return f"at most {most:.2f}: {'met' if share <= most else 'missed'}"


def _cost(report: dict[str, Any]) -> str:
    if "missing" in report:
        return f"  {report['missing']}"
    return f"{report['seconds']:>9.2f}{report['wall']:>9.2f}{report['megabytes']:>9.0f}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="*", help="instead of 1 and 10 million")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
