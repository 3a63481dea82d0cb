"""The customer summary at a million, ten million and a hundred million lines.

`make bench-scale` simulates lines of which few customers have many, with whole numbers or texts of
36 letters as ids, and measures in processes of their own: one scan that groups by customer, which
no summary can beat; our summary as one query over the file; our first opening, which reads, checks
and keeps every line; our summary of the opened source; and those of pandas and the peers, whose
data are in memory before the clock starts. Beyond ten million lines the engine has 500 MB.

How CPU time grows is told of like work: without that limit, and of customers taken in parts.

`--spark` compares a Spark cluster of this machine, `--reports` makes all reports.
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

from benchmarks import scale_reports
from benchmarks.scale_data import IDS, provide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Report = dict[str, Any]

WORK = Path(__file__).with_name("scale_work.py")
SPARK = Path(__file__).with_name("scale_spark.py")
PEERS = Path(os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python"))
PACKAGES = ("lifetimes", "clvkit", "pymc-marketing")
OURS = ("scan", "query", "opening", "ours")
TITLES = {
    "scan": "one scan",
    "query": "ours, one query",
    "query_free": "one query, no limit",
    "opening_free": "opening, no limit",
    "parts": "opened, in parts",
    "opening": "ours, first opening",
    "ours": "ours, opened before",
    "duckdb": "DuckDB",
    "spark": "Spark, 2 executors",
}
LINES = (1_000_000, 10_000_000, 100_000_000)
PEER_LINES = 10_000_000  # above, a peer needs more memory than a machine has
CPU_SHARE, MEMORY_SHARE = 1 / 4, 1 / 3  # of the best peer's, at ten million lines
SCANS, LIMIT_MB = 8, 500  # of the CPU of one scan; the engine's memory, at a hundred million
ALIKE = {False: {"parts": "parts"}, True: {"query_free": "query", "opening_free": "opening"}}
"""What is measured besides at ten million lines, and beyond, so that like is held against like."""
MARGIN = 1.25  # of the growth of the lines: what a busy machine may add


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(options.data or folder).resolve()
        if options.reports:
            lines = provide(data, scale_reports.LINES, "numbers")
            print(scale_reports.measure(lines))
        elif options.spark:
            for lines in options.lines or [LINES[-1]]:
                compare_spark(provide(data, lines, options.ids[0]), lines)
        else:
            _compare(options, data)


def _compare(options: argparse.Namespace, data: Path) -> None:
    if not options.ours and not PEERS.exists():
        sys.exit(f"No peers at {PEERS}: run `make bench-scale`, or give --ours.")
    print(_HEAD)
    for ids in options.ids:
        before: tuple[int, Mapping[str, Report]] | None = None
        for lines in sorted(options.lines or LINES):
            others = () if options.ours or lines > PEER_LINES else ("pandas", *PACKAGES)
            reports = run(provide(data, lines, ids), lines, ids, others)
            if before is not None:
                print(f"  {growth(lines, reports, *before)}", flush=True)
            before = lines, reports


def run(folder: Path, lines: int, ids: str, others: Sequence[str]) -> dict[str, Report]:
    """Measure everybody on the same lines, and hold ours against the targets."""
    memory = f"{LIMIT_MB}MB" if lines > PEER_LINES else ""
    within = f", the engine within {memory}" if memory else ""
    print(f"{lines:,} lines, customers are {ids}{within}", flush=True)
    reports: dict[str, Report] = {}
    for work in (*OURS, *others):
        reports[work] = measure(WORK, work, folder, memory)
        print(_row(work, reports[work], reports["scan"]), flush=True)
    for name, work in ALIKE[lines > PEER_LINES].items() if lines >= PEER_LINES else ():
        reports[name] = measure(WORK, work, folder, "")
        print(_row(name, reports[name], reports["scan"]), flush=True)
    print(f"  {verdict(lines, reports)}", flush=True)
    return reports


def compare_spark(folder: Path, lines: int) -> None:
    """Let both engines add up the customers of the same lines."""
    print(f"{lines:,} lines, customers summed up by their number of orders\n{_HEAD}", flush=True)
    scan = measure(WORK, "scan", folder, "")
    both = {engine: measure(SPARK, engine, folder, "") for engine in ("duckdb", "spark")}
    for engine, report in both.items():
        print(_row(engine, report, scan), flush=True)
    same = both["duckdb"].get("answer") == both["spark"].get("answer")
    rows = both["duckdb"].get("rows", 0)
    print(f"  {'the same' if same else 'other'} {rows} rows of sums", flush=True)


def measure(script: Path, work: str, folder: Path, memory: str) -> Report:
    """Run the work in a process of its own; return its report, or why there is none."""
    python = str(PEERS) if work in (*PACKAGES, "pandas") else sys.executable
    for left in (folder / "data", folder / "spill") if work == "opening" else ():
        subprocess.run(["rm", "-rf", str(left)], check=True)
    done = subprocess.run(
        [python, str(script), work, str(folder), memory],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    if work in OURS:
        raise RuntimeError(done.stderr)
    said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
    absent = "ModuleNotFoundError" in said
    hint = " (make bench-scale PYMC=1)" if work == "pymc-marketing" else ""
    return {"missing": f"not installed{hint}" if absent else said}


def verdict(lines: int, reports: Mapping[str, Report]) -> str:
    """Hold our summary against the scan and the best peer."""
    mine, scan = reports["ours"], reports["scan"]
    scans = reports["query"]["seconds"] / scan["seconds"]
    said = [f"{scans:.1f} scans from the file, {mine['seconds'] / scan['seconds']:.1f} once opened"]
    if lines > PEER_LINES:
        said.append(f"at most {SCANS}: {'met' if scans <= SCANS else 'missed'}")
    known = [one for name, one in reports.items() if name in PACKAGES and "missing" not in one]
    if known:
        cpu = mine["seconds"] / min(report["seconds"] for report in known)
        memory = mine["megabytes"] / min(report["megabytes"] for report in known)
        said.append(f"{cpu:.2f} of the best peer's CPU ({_met(cpu, CPU_SHARE, lines)})")
        said.append(f"{memory:.2f} of its memory ({_met(memory, MEMORY_SHARE, lines)})")
    apart = ("scan", "opening", "opening_free")
    counted = [one for name, one in reports.items() if name not in apart]
    answers = {str(one["answer"]) for one in counted if "missing" not in one}
    return "; ".join([*said, "same answers" if len(answers) == 1 else "answers differ"])


def growth(
    lines: int, reports: Mapping[str, Report], fewer: int, before: Mapping[str, Report]
) -> str:
    """Say how CPU time grew beside the lines, of work without a limit and of customers in parts."""
    times = lines / fewer
    now = {work: reports.get(f"{work}_free", reports[work]) for work in OURS}
    then = {**before, "ours": before["parts"]} if "query_free" in reports else before
    grown = {work: now[work]["seconds"] / then[work]["seconds"] for work in OURS}
    said = ", ".join(f"{TITLES[work]} {factor:.1f}" for work, factor in grown.items())
    most = max(grown[work] for work in OURS if work != "scan")
    met = "met" if most <= MARGIN * times else "missed"
    return f"{times:.0f} times the lines take so many times the CPU: {said} (no faster: {met})"


def _met(share: float, most: float, lines: int) -> str:
    if lines != PEER_LINES:
        return f"the target is for {PEER_LINES:,} lines"
    return f"at most {most:.2f}: {'met' if share <= most else 'missed'}"


_HEAD = f"{'':<22}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'scans':>8}"


def _row(work: str, report: Report, scan: Report) -> str:
    name = f"  {TITLES.get(work, work):<20}"
    if "missing" in report:
        return f"{name}  {report['missing']}"
    cost = f"{report['seconds']:>9.2f}{report['wall']:>9.2f}{report['megabytes']:>9.0f}"
    return f"{name}{cost}{report['seconds'] / scan['seconds']:>8.1f}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="*", help="instead of 1, 10 and 100 million")
    parser.add_argument("--ids", nargs="*", choices=list(IDS), default=list(IDS))
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--data", help="folder where lines are kept and used again")
    parser.add_argument("--spark", action="store_true", help="compare Spark, at 100 million")
    parser.add_argument("--reports", action="store_true", help="make all reports, at 10 million")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
