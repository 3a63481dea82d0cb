"""The customer summary on a Spark cluster of this machine, and on DuckDB, over the same lines.

Each side runs `customer_days` and `customer_summary` over the Parquet file where it is, and sends
back what fits and charts are made of: for each number of repeat order days the customers, the
orders and the money. Run as a file:  python scale_spark.py ENGINE FOLDER MEMORY
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clv_work import peak_megabytes
from scale_work import LAST_DAY, LINES

CLUSTER = "local-cluster[2,1,3072]"
DRIVER, EXECUTOR = "1g", "3g"
_STATISTICS = """
SELECT
    frequency,
    COUNT(*) AS customers,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(total_minor) AS BIGINT) AS total_minor,
    CAST(SUM(first_day_minor) AS BIGINT) AS first_day_minor,
    MIN(first_order) AS first_order,
    MAX(last_order) AS last_order
FROM customer_summary
GROUP BY frequency
ORDER BY frequency
"""


def summed(engine: Any, lines: str) -> list[dict[str, Any]]:
    """Ask an engine that has the lines for the sums of its customers."""
    from analysis.engines import read_query

    asked = engine.with_table("transactions", LINES.format(lines))
    asked = asked.with_table("customer_summary", read_query("customer_summary"))
    day = dt.date.fromisoformat(LAST_DAY)
    return list(asked.run(_STATISTICS, as_of=day, calibration_end=day).to_pylist())


def on_duckdb(folder: Path, memory: str) -> tuple[list[dict[str, Any]], float]:
    """Run it in this process."""
    import duckdb

    from analysis.engines.remote import RemoteEngine

    connection = duckdb.connect(config={"memory_limit": memory} if memory else {})
    connection.execute("SET temp_directory = ?", [str(folder / "spill")])
    connection.sql(f"CREATE VIEW lines AS FROM '{folder / 'lines.parquet'}'")
    engine = RemoteEngine("duckdb", lambda query: connection.sql(query).to_arrow_table())
    return summed(engine, "lines"), peak_megabytes()


def on_spark(folder: Path, _memory: str) -> tuple[list[dict[str, Any]], float]:
    """Start a cluster whose executors are processes of their own, and run it there."""
    import pyspark
    from pyspark.sql import SparkSession

    from analysis.engines.remote import connect_spark

    home = Path(tempfile.mkdtemp(prefix="spark-", dir=folder))
    for name in ("bin", "jars", "python"):
        (home / name).symlink_to(Path(pyspark.__file__).parent / name)
    os.environ |= {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = SparkSession.builder.master(CLUSTER)
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": DRIVER,
        "spark.executor.memory": EXECUTOR,
        "spark.local.dir": str(home),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "64",
    }.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        session.read.parquet(str(folder / "lines.parquet")).createOrReplaceTempView("lines")
        found = summed(connect_spark(session), "lines")
        megabytes = sum(map(_peak, _descendants(os.getpid())))
        _end(session)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return found, megabytes


def _end(session: Any) -> None:
    """Wait for the end of all its processes, so that their seconds are counted."""
    gateway = session.sparkContext._gateway
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def _descendants(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _descendants(int(child))
    return found


def _peak(process: int) -> float:
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    return int(fields.get("VmHWM", "0").split()[0]) / 1024  # one that has ended has none


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    engine, folder, memory = sys.argv[1:]
    cpu, wall = _cpu(), time.monotonic()
    found, megabytes = {"duckdb": on_duckdb, "spark": on_spark}[engine](Path(folder), memory)
    told = hashlib.sha256(json.dumps(found, default=str).encode()).hexdigest()
    report = {"seconds": _cpu() - cpu, "wall": time.monotonic() - wall, "megabytes": megabytes}
    print(json.dumps({**report, "rows": len(found), "answer": told}))


if __name__ == "__main__":
    main()
