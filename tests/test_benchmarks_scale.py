"""The lines of the scale benchmark, the work on them, and what is said of the targets."""

import json
import subprocess
import sys

import duckdb
import pytest

from benchmarks import scale
from benchmarks.scale_data import provide

REPORT = {"seconds": 1.0, "wall": 1.0, "megabytes": 100.0, "answer": [2, 3]}


def reports(**seconds):
    return {work: REPORT | {"seconds": spent} for work, spent in seconds.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return provide(tmp_path_factory.mktemp("lines"), 3_000, "texts of 36")


def test_few_customers_have_many_lines(folder):
    counted = duckdb.sql(
        f"SELECT count(*) AS lines FROM '{folder / 'lines.parquet'}' GROUP BY customer_id"
        " ORDER BY lines DESC"
    ).fetchnumpy()["lines"]
    assert counted.sum() == 3_000
    assert 0.3 < counted[: 60 // 10].sum() / 3_000 < 0.6
    [[length]] = duckdb.sql(
        f"SELECT DISTINCT length(customer_id) FROM '{folder / 'lines.parquet'}'"
    ).fetchall()
    assert length == 36


def test_lines_that_are_there_are_used_again(folder):
    made = (folder / "lines.parquet").stat()
    again = provide(folder.parent, 3_000, "texts of 36")
    assert (again / "lines.parquet").stat().st_mtime_ns == made.st_mtime_ns


def test_whoever_counts_counts_the_same(folder):
    code = (
        "import json, pathlib, scale_work as work; place = pathlib.Path('.');"
        "names = ('query', 'ours', 'parts', 'pandas');"
        "print(json.dumps([work.WORKS[name](place, '')() for name in names]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True,
        env={"PYTHONPATH": str(scale.WORK.parent), "PATH": ""},
    )  # fmt: skip
    query, ours, parts, pandas = json.loads(done.stdout)
    assert query == ours == parts == pandas
    assert query[0] > 50


def test_the_verdict_at_a_hundred_million_lines():
    found = reports(scan=10.0, query=30.0, opening=90.0, ours=5.0)
    assert scale.verdict(100_000_000, found) == (
        "3.0 scans from the file, 0.5 once opened; at most 8: met; same answers"
    )
    found["query"]["seconds"] = 81.0
    assert "at most 8: missed" in scale.verdict(100_000_000, found)


def test_the_verdict_beside_peers():
    found = reports(scan=1.0, query=3.0, opening=9.0, ours=2.0, pandas=1.0, lifetimes=10.0)
    found["clvkit"] = {"missing": "not installed"}
    said = scale.verdict(10_000_000, found)
    assert "0.20 of the best peer's CPU (at most 0.25: met)" in said
    assert "1.00 of its memory (at most 0.33: missed)" in said
    found["lifetimes"]["answer"] = [2, 4]
    assert scale.verdict(10_000_000, found).endswith("answers differ")


def test_growth_is_held_against_that_of_the_lines():
    few, many = (reports(**dict.fromkeys(scale.OURS, factor * 2.0)) for factor in (1, 11))
    said = scale.growth(100, many, 10, few)
    assert said.startswith("10 times the lines take so many times the CPU: one scan 11.0, ")
    assert said.endswith("(no faster: met)")
    many["ours"]["seconds"] = 26.0
    assert scale.growth(100, many, 10, few).endswith("(no faster: missed)")


def test_growth_is_told_of_like_work():
    few = reports(**dict.fromkeys(scale.OURS, 2.0), parts=4.0)
    many = reports(**dict.fromkeys(scale.OURS, 40.0), query_free=20.0, opening_free=22.0)
    assert scale.growth(100, many, 10, few) == (
        "10 times the lines take so many times the CPU: one scan 20.0, ours, one query 10.0,"
        " ours, first opening 11.0, ours, opened before 10.0 (no faster: met)"
    )


def test_a_peer_that_is_not_installed_says_how_to_get_it(folder, monkeypatch):
    monkeypatch.setattr(scale, "PEERS", sys.executable)
    missing = scale.measure(scale.WORK, "pymc-marketing", folder, "")
    assert missing == {"missing": "not installed (make bench-scale PYMC=1)"}
