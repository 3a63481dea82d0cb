"""DuckDB, embedded: the engine that needs nothing but its wheel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class DuckDBEngine:
    """The canonical tables in one DuckDB connection."""

    connection: duckdb.DuckDBPyConnection

    def run(self, query: str, **values: Any) -> pa.Table:
        """Answer `query`, with each `$name` in it bound to `values[name]`."""
        return self.connection.sql(query, params=values or None).to_arrow_table()
