"""Databases by URL: one adapter for all, each driver imported only when its URL asks for it.

===========================================  ====================================================
``duckdb:///data/shop.duckdb``               a file, from the folder of the settings
``sqlite:///data/shop.db``                   a file; loaded only, since its types are the values'
``postgresql://user:password@host/shop``     ADBC; all answers are of one moment
``spark://local[2]``, ``spark://host:7077``  a session of this process; ``sc://host``: Spark Connect
``trino://user@host:8080/catalog/schema``    the client of Trino; with a password over TLS
``bigquery://project/dataset``               Google's client, with the rights of the surroundings
``snowflake://user:password@account/db``     Snowflake's connector; ``?warehouse=W&role=R``
``clickhouse://user:password@host/shop``     ClickHouse Connect; ``clickhouses://`` over TLS
===========================================  ====================================================

The last four are not run by any test: their SQL is generated and kept in tests/dialects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.engines.connections.files import open_duckdb, open_sqlite
from analysis.engines.connections.postgresql import open_postgresql
from analysis.engines.connections.spark import open_spark
from analysis.engines.connections.warehouses import (
    open_bigquery,
    open_clickhouse,
    open_snowflake,
    open_trino,
)
from analysis.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.engines.connections.connection import Connection

__all__ = ["connect"]

_OPENERS: dict[str, Callable[[str, Path], Connection]] = {
    "duckdb": open_duckdb,
    "sqlite": open_sqlite,
    "postgres": open_postgresql,
    "postgresql": open_postgresql,
    "spark": open_spark,
    "sc": open_spark,
    "trino": open_trino,
    "bigquery": open_bigquery,
    "snowflake": open_snowflake,
    "clickhouse": open_clickhouse,
    "clickhouses": open_clickhouse,
}


def connect(url: str, root: Path) -> Connection:
    """Reach the database of a URL; paths of files begin in the folder `root`.

    Raises
    ------
    SourceError
        The URL begins with no name that is known, its driver is not installed, or it does not
        answer.
    """
    scheme = url.partition(":")[0]
    if scheme not in _OPENERS:
        raise SourceError(
            "`url` must begin with duckdb:, sqlite:, postgresql:, spark:, sc:, trino:, bigquery:, "
            f'snowflake: or clickhouse:; it begins with "{scheme}:". Export the table to Parquet, '
            "and name that file as `path`."
        )
    return _OPENERS[scheme](url, root)
