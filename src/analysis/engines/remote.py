"""Engines that hold the data already: the queries go there, and only their answers come back.

Nothing is created there, not even a temporary view: each query brings its canonical tables with
it, as common table expressions over the tables of the source. Reading rights are enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from analysis.engines.connections import connect
from analysis.engines.connections.spark import SparkConnection
from analysis.engines.dialects import parse, translate
from analysis.engines.queries import read_query
from analysis.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.engines.connections.connection import Connection
    from analysis.engines.dialects import Value

__all__ = ["RemoteEngine", "connect_postgresql", "connect_spark"]


@dataclass(frozen=True, slots=True)
class RemoteEngine:
    """Canonical tables as queries over the tables of a server or a cluster.

    Attributes
    ----------
    dialect : str
        Of its SQL, as sqlglot names it.
    fetch : function
        Sends a query and returns its answer.
    relations : mapping of canonical table to query
        In DuckDB's dialect.
    close : function
        Ends the connection.
    """

    dialect: str
    fetch: Callable[[str], pa.Table] = field(repr=False)
    relations: Mapping[str, str] = field(default_factory=dict)
    close: Callable[[], None] = field(default=lambda: None, repr=False)

    @classmethod
    def over(cls, connection: Connection) -> Self:
        """Ask through a connection."""
        return cls(
            connection.dialect,
            lambda query: connection.answer(query).read_all(),
            close=connection.close,
        )

    def with_table(self, name: str, query: str) -> Self:
        """Call what `query` answers, in DuckDB's dialect, the canonical table `name`."""
        parse(query)
        further = {"customer_days": read_query("customer_days")} if name == "transactions" else {}
        return replace(self, relations={**self.relations, name: query, **further})

    def run(self, query: str, **values: Value) -> pa.Table:
        """Answer `query`, with each `$name` in it replaced by `values[name]`."""
        answer = self.fetch(translate(query, self.dialect, values, self.relations))
        return pa.table(
            [_plain(column.combine_chunks()) for column in answer.columns], answer.column_names
        )

    def where(self, condition: str) -> Self:
        """Show the same tables with the rows of some customers alone; nothing is copied."""
        return replace(
            self,
            relations={
                name: exp.select("*")
                .from_(parse(query).subquery("all_rows"))
                .where(condition, dialect="duckdb")
                .sql("duckdb")
                if _of_customers(name)
                else query
                for name, query in self.relations.items()
            },
        )


def _of_customers(table: str) -> bool:
    return table == "customer_days" or (
        table in TABLES and any(column.name == "customer_id" for column in TABLES[table].columns)
    )


def connect_postgresql(url: str) -> RemoteEngine:
    """Reach a PostgreSQL server, whose tables are only read."""
    return RemoteEngine.over(connect(url, Path()))


def connect_spark(session: Any) -> RemoteEngine:
    """Use a Spark session (of 4.0 or later), which answers in Arrow."""
    return RemoteEngine.over(SparkConnection(session))


def _plain(column: pa.Array) -> pa.Array:
    """Return a column in the type that the analyses expect: 64-bit numbers and plain text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(column.storage)
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        whole = pa.types.is_decimal(kind) and kind.scale == 0
        return column.cast(pa.int64() if whole else pa.float64())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.cast(column, pa.timestamp("us"))
    return column
