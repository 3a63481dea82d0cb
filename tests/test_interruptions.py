"""Kill -9, a full disk and several runs at once: nothing half-written is ever read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from interruptions import load
from table_files import PLAIN, put, rows

from analysis import tables

HERE = Path(__file__).parent
MANY = "".join(f"K{at % 50},2024-01-{1 + at % 28:02},{at}\n" for at in range(300))
ORDERS = f"customer_id,order_date,amount\n{MANY}x,someday,1\n"


@pytest.fixture
def project(tmp_path):
    """A project that knows what it should read, and has nothing in its cache."""
    found = put(tmp_path, {"orders.csv": ORDERS}, PLAIN)
    load(tmp_path)
    aside = tmp_path / "data" / "cache" / "rejects" / "transactions.csv"
    (tmp_path / "aside").write_bytes(aside.read_bytes())
    (tmp_path / "expected").write_text(repr(rows(tables.open_source(found))))
    (tmp_path / "data").rename(tmp_path / "first")
    return tmp_path


def jobs(work, **strides):
    """Name the jobs that stop a work at every so many steps, or at each where that is asked for."""
    each = bool(os.environ.get("ANALYSIS_EVERY_STEP"))
    return [f"{work}:{kind}:1:{1 if each else stride}" for kind, stride in strides.items()]


def outcome(project, *jobs):
    """Return what did not hold, and how many times a work was stopped."""
    done = subprocess.run(
        [sys.executable, str(HERE / "interruptions.py"), str(project), *jobs],
        env=os.environ | {"PYTHONPATH": str(HERE)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    ran = [line for line in lines if "children" in line]
    assert len(ran) == len(jobs)
    return [line for line in lines if line not in ran], ran


def test_whatever_stops_the_loading_the_next_run_reads_all(project):
    wrong, _ = outcome(project, *jobs("load", kill=23, full=11), "load:together:3:1")
    assert wrong == []


def test_whatever_stops_a_run_its_readers_see_a_whole_one(project):
    wrong, _ = outcome(project, *jobs("archive", kill=13, full=9))
    assert wrong == []
