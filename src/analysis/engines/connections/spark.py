"""Spark: a session of this process, a cluster's master, or a server of Spark Connect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.engines.connections.connection import driver, kind_of

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["SparkConnection", "open_spark"]


def open_spark(url: str, root: Path) -> SparkConnection:
    """Start a session, or go on in the one that this process has.

    ``spark://local[2]`` and ``spark://local-cluster[2,1,1024]`` start a Spark of their own,
    ``spark://host:7077`` asks a master, ``sc://host`` a Spark Connect server. Files can be named
    as tables are: ``table = "parquet.`/data/orders`"``.
    """
    del root
    what = "Spark 4 is reached through pyspark"
    sql = driver("pyspark.sql", '"customer-notebooks[spark]"', what)
    errors = driver("pyspark.errors", '"customer-notebooks[spark]"', what)
    builder = sql.SparkSession.builder.appName("customer-notebooks")
    if url.startswith("sc:"):
        builder = builder.remote(url)
    elif (master := url.partition("://")[2]).startswith("local"):
        builder = builder.master(master)
    else:
        builder = builder.master(url)
    return SparkConnection(builder.getOrCreate(), (errors.PySparkException,))


@dataclass(frozen=True, slots=True)
class SparkConnection:
    """A session of Spark 4 or later, which answers in Arrow; it outlives this connection."""

    session: Any
    failures: tuple[type[Exception], ...] = ()
    dialect: str = "spark"
    one_moment: bool = False
    in_place: bool = True

    def kinds(self, query: str) -> list[tuple[str, str]]:
        """Look at the columns without running anything."""
        return [(field.name, kind_of(field)) for field in self.answer(query).schema]

    def answer(self, query: str) -> pa.RecordBatchReader:
        """Answer a query; all of its rows are in memory then."""
        return self.session.sql(query).toArrow().to_reader()

    def close(self) -> None:
        """Leave the session to whoever else is in it."""
