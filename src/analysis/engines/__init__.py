"""Where the queries run: one small adapter an engine.

An engine holds the canonical tables as relations and answers a query with an
Arrow table. DuckDB, embedded in the process, is the default.
"""

from analysis.engines.duckdb import DuckDBEngine
from analysis.engines.queries import read_query

__all__ = ["DuckDBEngine", "read_query"]
