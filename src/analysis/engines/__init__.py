"""Where the queries run: one small adapter an engine.

An engine holds the canonical tables as relations and answers a query with an
Arrow table. DuckDB, embedded in the process, is the default; `remote` asks a
server or a cluster that has the data already.
"""

from analysis.engines.customers import among, between, drawn
from analysis.engines.duckdb import DuckDBEngine
from analysis.engines.engine import Engine
from analysis.engines.queries import read_query

__all__ = ["DuckDBEngine", "Engine", "among", "between", "drawn", "read_query"]
